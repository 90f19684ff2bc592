//! The report as SARIF 2.1.0.
//!
//! Findings are results, their rules come with innocent readings as help, files are artifacts with their hashes, and
//! what could not be looked at is a notification. Media have no lines, so results have no regions; stretches of time
//! are properties.

mod log;
mod result;
mod uri;

use std::collections::BTreeMap;
use std::io::{self, Write};

use firstseen_assess::{Kind, Rule, Strength, rules};
use firstseen_model::AssetId;
use serde_json::json;

use self::log::{
    Artifact, ArtifactLocation, Driver, Help, Invocation, Level, Location, Log, Message,
    Notification, RuleDescriptor, RunLog, Severity, Tool, hashes,
};
use self::result::{absent, result};
use crate::ids::Ids;
use crate::text::gap;
use crate::{FileReport, Run, escape, json, words};

/// Writes one log with one run.
pub(crate) fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let ids = Ids::of(run);
    let artifacts = Artifacts::of(run);
    let found = run.files.iter().enumerate().flat_map(|(index, file)| {
        let place = Location::of(&file.path, index);
        file.findings.iter().map(move |finding| (file, finding, place.clone()))
    });
    let mut results: Vec<_> = found
        .map(|(file, finding, place)| result(file, finding, place, &artifacts, &ids))
        .collect();
    results.extend(run.baseline.iter().flat_map(|compared| &compared.absent).map(absent));
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [RunLog {
            tool: Tool {
                driver: Driver {
                    name: "firstseen",
                    version: escape::text(&run.tool.version),
                    rules: rules().iter().map(descriptor).collect(),
                },
            },
            automation_details: json!({ "id": format!("firstseen/{}/", run.command) }),
            invocations: [invocation(run)],
            results,
            artifacts: artifacts.all,
            properties: json!({
                "as_of": words::moment(run.as_of),
                "profile": run.profile.word(),
                "settings": run.settings,
                "index": run.index.as_ref().map(|index| &index.location),
                "snapshot": run.index.as_ref().map(|index| &index.snapshot),
                "complete": run.complete,
                "fail_on": run.exit.fail_on,
            }),
        }],
    };
    json::document_of(&log, out)
}

/// Files, in the order of the run, then the assets that they match.
struct Artifacts {
    all: Vec<Artifact>,
    references: BTreeMap<AssetId, usize>,
}

impl Artifacts {
    fn of(run: &Run) -> Self {
        let mut all: Vec<Artifact> = run.files.iter().map(given).collect();
        let mut references = BTreeMap::new();
        for known in run.files.iter().flat_map(|file| &file.matches) {
            let id = known.found.reference;
            references.entry(id).or_insert_with(|| {
                all.push(Artifact {
                    location: known.reference.shown_path().map(ArtifactLocation::named),
                    roles: None,
                    length: None,
                    mime_type: None,
                    hashes: Some(hashes(id)),
                });
                all.len() - 1
            });
        }
        Self { all, references }
    }
}

fn given(file: &FileReport) -> Artifact {
    let facts = file.asset.as_ref().map(|asset| &asset.facts);
    Artifact {
        location: Some(ArtifactLocation::named(&file.path)),
        roles: Some(["analysisTarget"]),
        length: facts.map(|facts| facts.size_bytes),
        mime_type: facts.map(|facts| facts.mime.clone()).filter(|mime| !mime.is_empty()),
        hashes: facts.map(|facts| hashes(facts.id)),
    }
}

fn descriptor(rule: &Rule) -> RuleDescriptor {
    let readings: Vec<String> =
        rule.innocent.iter().map(|reading| format!("- {reading}")).collect();
    let readings = readings.join("\n");
    let severity = Severity::of(rule.kind, Strength::Strong);
    RuleDescriptor {
        id: rule.id.0,
        short_description: Message::ours(rule.about),
        help: Help {
            text: format!("{}\n\nInnocent readings:\n{readings}", rule.about),
            markdown: format!("{}\n\n**Innocent readings**\n\n{readings}", rule.about),
        },
        default_configuration: json!({ "level": severity.level }),
        properties: json!({ "kind": rule.kind.word(), "tags": ["provenance", rule.kind.word()] }),
    }
}

impl Severity {
    /// How a finding stands in SARIF: a weak one is for a person to look at, a strong contradiction fails.
    fn of(kind: Kind, strength: Strength) -> Self {
        match kind {
            _ if strength == Strength::Weak => Self { kind: "review", level: Level::None },
            Kind::Conflict => Self { kind: "fail", level: Level::Error },
            Kind::Inconsistency => Self { kind: "fail", level: Level::Warning },
            Kind::History | Kind::Declared => Self { kind: "informational", level: Level::None },
        }
    }
}

fn invocation(run: &Run) -> Invocation {
    let failed = run.files.iter().enumerate().filter_map(|(index, file)| {
        let failure = file.failure?;
        let (level, known) = match file.new_failure() {
            Some(_) => (Level::Error, ""),
            None => (Level::Note, ", as in the baseline"),
        };
        let gaps: Vec<String> = file.gaps.iter().map(gap).collect();
        Some(Notification {
            level,
            message: Message::of(&format!("{}{known}: {}", failure.why, gaps.join("; "))),
            locations: Some([Location::of(&file.path, index)]),
        })
    });
    let without_place =
        |level, text: &str| Notification { level, message: Message::of(text), locations: None };
    let told = run.suppressions.iter().filter(|used| used.word() != "used").map(|used| {
        let text = format!("{}: {} {}", used.entry.place, used.word(), used.entry.target());
        without_place(Level::Warning, &text)
    });
    let interrupted = (!run.complete)
        .then(|| without_place(Level::Error, "interrupted: not every input was looked at"));
    Invocation {
        execution_successful: run.complete,
        exit_code: run.exit.code,
        exit_code_description: run.exit.because.join("; "),
        start_time_utc: words::moment(run.as_of),
        tool_execution_notifications: interrupted.into_iter().chain(failed).chain(told).collect(),
    }
}

#[cfg(test)]
mod tests;
