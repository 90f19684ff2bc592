//! The one value that all reports come from.

use std::collections::BTreeMap;

use firstseen_fingerprint::{dhash, drift, local, pdq, views};
use firstseen_index::{IndexError, Limit, Snapshot};
use firstseen_model::FileState;
use firstseen_report::{self as report, Failure, FileReport, IndexInfo, Run, Tool, Verdict};

use crate::commands::Cli;
use crate::commands::within::words;
use crate::exit::Exit;
use crate::fail_on::FailOn;
use crate::settings::Settings;

/// Edits that this version cannot see through.
const UNSEEN: &str =
    "crops to under a quarter, insets under a third of the width, heavy blur, another speed";

/// A run with everything but its exit code.
pub(crate) fn run(
    command: &str,
    settings: &Settings,
    index: Option<IndexInfo>,
    files: Vec<FileReport>,
) -> Run {
    Run {
        tool: tool(),
        command: command.to_owned(),
        as_of: settings.now,
        profile: settings.profile,
        settings: shown(settings),
        index,
        files,
        baseline: None,
        suppressions: Vec::new(),
        notes: Vec::new(),
        commands: Cli::names(),
        unseen_edits: UNSEEN.to_owned(),
        complete: !settings.interrupt.is_set(),
        exit: report::Exit::default(),
    }
}

/// Versions of what runs.
pub(crate) fn tool() -> Tool {
    let algorithms = [
        ("pdq", pdq::VERSION),
        ("gradient", dhash::VERSION),
        ("track", drift::VERSION),
        ("local", local::VERSION),
        ("views", views::VERSION),
        ("sampler", firstseen_intake::sample::VERSION),
    ];
    Tool {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ffmpeg: Some(firstseen_media::ffmpeg_version()),
        algorithms: algorithms.map(|(name, version)| (name.to_owned(), u32::from(version))).into(),
    }
}

/// The settings that bear on results. How many jobs ran does not: the report is the same.
fn shown(settings: &Settings) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::new();
    for limit in &settings.common.limit {
        if let Some((name, value)) = limit.split_once('=') {
            shown.insert(format!("limit-{name}"), value.to_owned());
        }
    }
    if settings.common.in_process {
        shown.insert("in-process".to_owned(), "true".to_owned());
    }
    shown
}

/// What reports say of an index.
///
/// # Errors
///
/// Where it is damaged.
pub(crate) fn index_info(location: &str, snapshot: &Snapshot) -> Result<IndexInfo, IndexError> {
    let stats = snapshot.stats()?;
    Ok(IndexInfo {
        location: location.to_owned(),
        snapshot: snapshot.id().to_string(),
        assets: stats.references,
        codes: stats.codes,
        earliest: stats.earliest,
        latest: stats.latest,
        only_triage: stats.only_triage,
        sightings: Some(stats.sightings),
        claims: Some(stats.claims),
        notes: Some(stats.notes),
        decisions: Some(stats.decisions),
        recordings: Some(stats.recordings),
        limited: None,
        size_bytes: Some(stats.bytes),
        calibrated: super::calibrate::stored(snapshot)?,
    })
}

/// What reports say of an index where only some of its sightings count: nothing of the others.
///
/// # Errors
///
/// Where it is damaged.
pub(crate) fn index_info_within(
    location: &str,
    snapshot: &Snapshot,
    limit: &Limit,
) -> Result<IndexInfo, IndexError> {
    if limit.is_none() {
        return index_info(location, snapshot);
    }
    let within = snapshot.within(limit)?;
    Ok(IndexInfo {
        location: location.to_owned(),
        snapshot: snapshot.id().to_string(),
        assets: within.assets,
        codes: within.codes,
        earliest: within.earliest,
        latest: within.latest,
        only_triage: within.only_triage,
        sightings: Some(within.sightings),
        limited: words(limit),
        calibrated: super::calibrate::stored(snapshot)?,
        ..IndexInfo::default()
    })
}

/// Settles the exit code of a run, and says why it is what it is.
pub(crate) fn settle(run: &mut Run, fail_on: Option<&FailOn>, strict: bool) -> Exit {
    let mut reasons: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    if !run.complete {
        reasons.entry(Exit::Interrupted.code()).or_default().push("interrupted".to_owned());
    }
    if let Some(fail_on) = fail_on {
        let mut rules: BTreeMap<String, usize> = BTreeMap::new();
        for file in &mut run.files {
            for finding in &file.findings {
                let standing = file.standings.entry(finding.id()).or_default();
                let counts = fail_on.counts(finding, standing);
                standing.counts |= counts;
                if counts {
                    let rule = format!("{} {}", finding.strength.word(), finding.rule);
                    *rules.entry(rule).or_default() += 1;
                }
            }
        }
        let told = rules.into_iter().map(|(rule, count)| format!("{count} {rule}"));
        let told: Vec<String> = told.collect();
        if !told.is_empty() {
            reasons.insert(Exit::Found.code(), told);
        }
    }
    note_failures(run, strict);
    let missed = missed(run);
    if !missed.is_empty() {
        reasons.insert(Exit::NotAllChecked.code(), missed);
    }
    let order = [Exit::Interrupted, Exit::Found, Exit::NotAllChecked];
    let exit =
        order.into_iter().find(|exit| reasons.contains_key(&exit.code())).unwrap_or(Exit::Clean);
    run.exit = report::Exit {
        code: exit.code(),
        fail_on: fail_on.map(ToString::to_string),
        because: reasons.remove(&exit.code()).unwrap_or_default(),
        also: reasons.keys().rev().copied().collect(),
    };
    exit
}

/// Notes of each file why it counts as not looked at, if it does and that is not noted yet.
pub(crate) fn note_failures(run: &mut Run, strict: bool) {
    for file in run.files.iter_mut().filter(|file| file.failure.is_none()) {
        let why = match (file.state, file.verdict) {
            (FileState::Skipped, _) => None,
            (state, _) if !state.looked_at() => Some(state.word()),
            (_, Some(Verdict::Inconclusive)) => Some("inconclusive"),
            (_, Some(Verdict::NotLookedAt)) => Some("not looked at in full"),
            _ if strict && file.asset.as_ref().is_some_and(|asset| asset.frames_unusable > 0) => {
                Some("with unusable frames")
            }
            _ => None,
        };
        file.failure = why.map(|why| Failure { why, baseline: None });
    }
}

/// What could not be looked at, and no baseline knows.
fn missed(run: &Run) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for why in run.files.iter().filter_map(FileReport::new_failure) {
        *counts.entry(why).or_default() += 1;
    }
    let mut missed: Vec<String> =
        counts.into_iter().map(|(why, count)| format!("{count} {why}")).collect();
    let takes_files = run.command != "audit";
    if takes_files && run.complete && run.files.iter().all(|file| file.state == FileState::Skipped)
    {
        missed.push("no media found".to_owned());
    }
    let asks = matches!(run.command.as_str(), "check" | "scan" | "audit");
    if asks && run.index.as_ref().is_some_and(|index| index.assets == 0) {
        let limited = run.index.as_ref().and_then(|index| index.limited.as_ref());
        missed.push(limited.map_or_else(
            || "the index has no assets".to_owned(),
            |limit| format!("no asset of the index counts: none in it is of {limit}"),
        ));
    }
    missed
}
