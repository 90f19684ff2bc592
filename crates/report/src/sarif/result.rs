//! Findings as results.

use firstseen_assess::{Finding, rules};
use firstseen_match::Segment;
use firstseen_model::Span;
use serde_json::{Value, json};

use super::Artifacts;
use super::log::{
    ArtifactLocation, Level, Location, Message, PhysicalLocation, ResultLog, Severity, Suppressed,
};
use crate::ids::Ids;
use crate::{Absent, FileReport, MatchReport, Standing, Suppression, words};

/// What a finding's identity is called among the fingerprints of a result.
const FINGERPRINT: &str = "firstseenFinding/v1";

pub(super) fn result(
    file: &FileReport,
    finding: &Finding,
    place: Location,
    artifacts: &Artifacts,
    ids: &Ids,
) -> ResultLog {
    let standing = file.standing(finding);
    let severity = severity(finding, &standing);
    let known = file.matches.iter().find(|known| Some(known.found.id()) == finding.with_match);
    ResultLog {
        rule_id: finding.rule.to_string(),
        rule_index: rules().iter().position(|rule| rule.id == finding.rule),
        kind: severity.kind,
        level: severity.level,
        message: message(finding),
        locations: [place],
        related_locations: known.map(|known| related(known, artifacts, ids)).into_iter().collect(),
        partial_fingerprints: json!({ FINGERPRINT: finding.id().short(64) }),
        baseline_state: standing.baseline.map(|state| state.word()),
        suppressions: standing.suppressed.as_ref().map(|entry| [suppressed(entry)]),
        properties: properties(finding, known, ids),
    }
}

/// A finding of the baseline that was not found.
pub(super) fn absent(absent: &Absent) -> ResultLog {
    let listed = &absent.listed;
    let location = ArtifactLocation::named(listed.path.as_bytes());
    ResultLog {
        rule_id: listed.rule.clone(),
        rule_index: rules().iter().position(|rule| rule.id.0 == listed.rule),
        kind: "informational",
        level: Level::None,
        message: Message::of(&format!("in the baseline: {}", absent.why.word())),
        locations: [Location {
            id: None,
            physical_location: PhysicalLocation { artifact_location: location },
            message: None,
        }],
        related_locations: Vec::new(),
        partial_fingerprints: json!({ FINGERPRINT: listed.id.short(64) }),
        baseline_state: Some("absent"),
        suppressions: None,
        properties: json!({ "strength": listed.strength.word(), "sha256": listed.asset.to_string() }),
    }
}

/// What `--fail-on` asks for fails, whatever its kind.
fn severity(finding: &Finding, standing: &Standing) -> Severity {
    let severity = Severity::of(finding.kind, finding.strength);
    if standing.counts && severity.kind != "fail" {
        return Severity { kind: "fail", level: Level::Warning };
    }
    severity
}

/// What the rule states, never without its innocent readings.
fn message(finding: &Finding) -> Message {
    if finding.innocent.is_empty() {
        Message::of(&finding.message)
    } else {
        Message::of(&format!("{} (or: {})", finding.message, finding.innocent.join("; ")))
    }
}

fn related(known: &MatchReport, artifacts: &Artifacts, ids: &Ids) -> Location {
    let found = &known.found;
    let location = ArtifactLocation {
        uri: known.reference.shown_path().and_then(|path| ArtifactLocation::named(path).uri),
        index: artifacts.references.get(&found.reference).copied(),
    };
    let words = format!("{}: {}", ids.found(&found.id()), found.grade.word().replace('-', " "));
    Location {
        id: Some(1),
        physical_location: PhysicalLocation { artifact_location: location },
        message: Some(Message::of(&words)),
    }
}

fn suppressed(entry: &Suppression) -> Suppressed {
    Suppressed {
        kind: "external",
        status: "accepted",
        justification: entry.reason.clone(),
        properties: json!({
            "author": entry.author,
            "expires": entry.expires.map(|day| day.to_string()),
            "entry": entry.place,
        }),
    }
}

fn properties(finding: &Finding, known: Option<&MatchReport>, ids: &Ids) -> Value {
    let evidence: Vec<Value> = finding
        .evidence
        .iter()
        .map(|evidence| {
            json!({
                "type": evidence.witness.word(),
                "ref": ids.witness(evidence.witness),
                "field": evidence.field,
                "raw": evidence.raw,
                "earliest": evidence.earliest.map(words::moment),
                "latest": evidence.latest.map(words::moment),
                "record": evidence.record,
                "basis": evidence.basis,
            })
        })
        .collect();
    json!({
        "finding": ids.finding(&finding.id()),
        "kind": finding.kind.word(),
        "strength": finding.strength.word(),
        "sha256": finding.asset.to_string(),
        "claim": finding.claim.map(|claim| ids.claim(&claim)),
        "match": finding.with_match.map(|found| ids.found(&found)),
        "grade": known.map(|known| known.found.grade.word()),
        "score": known.map(|known| known.found.score),
        "segments": known.map(|known| known.found.segments.iter().map(segment).collect::<Vec<_>>()),
        "innocent": finding.innocent,
        "evidence": evidence,
    })
}

fn segment(segment: &Segment) -> Value {
    let span = |span: Span| json!({ "start_s": span.start.seconds(), "end_s": span.end.seconds() });
    json!({
        "query": span(segment.query),
        "reference": span(segment.reference),
        "speed": segment.speed,
        "reversed": segment.reversed,
    })
}
