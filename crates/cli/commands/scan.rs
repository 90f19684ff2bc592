//! `scan`.

use std::io::Write;
use std::path::PathBuf;
use std::slice;

use anyhow::Context;
use clap::Args;
use firstseen_index::LastScan;
use firstseen_report::{Baseline, FileReport, Run};

use super::check::days;
use super::options::{ClaimOptions, RecordOptions, SightingOptions, refuse_addresses};
use super::within::LimitOptions;
use crate::exit::Exit;
use crate::outcome::{Found, OutcomeOptions};
use crate::pipeline::check::{Candidates, Question, Remember};
use crate::pipeline::paths::Kept;
use crate::pipeline::scan::{self, Add, KnownBy, Place, Remembered, Scan};
use crate::pipeline::{printed, run, walk};
use crate::settings::{FormatOption, Settings};
use crate::{locate, output};

/// Look at what is new or changed in a folder since the last scan, and weigh the claims made of it
///
/// Files of the same size and time, or the same bytes, are not looked at again: what was found in them is carried along.
/// Failures are tried again each time. An interrupted scan goes on where it stopped.
#[derive(Debug, Args)]
pub(super) struct ScanArgs {
    /// Folder to scan
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Put what is new into the index, once it was looked up
    #[arg(long)]
    add: bool,
    /// Read every file again for its SHA-256, so that what has decayed in silence is found
    #[arg(long)]
    rehash: bool,
    /// Where to remember what was scanned [default: a file in the index's folder]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Leave out what this pattern matches, below the folder or by name; may be given more than once
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    #[command(flatten)]
    sighting: SightingOptions,
    #[command(flatten)]
    claim: ClaimOptions,
    #[command(flatten)]
    records: RecordOptions,
    #[command(flatten)]
    outcome: OutcomeOptions,
    /// Days after the first known sighting from which on a post is recycled footage
    #[arg(long, value_name = "DAYS", default_value = "30", help_heading = "Outcome")]
    older_than: String,
    /// Tell every file in full
    #[arg(long)]
    details: bool,
    /// List candidates that were turned down too, as leads
    #[arg(long)]
    all_candidates: bool,
    #[command(flatten)]
    limit: LimitOptions,
}

pub(super) fn run(
    args: &ScanArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    let outcome = args.outcome.read_after_scans()?;
    let overruled = settings.common.format != FormatOption::Text || args.details;
    let candidates = |all| if all { Candidates::All } else { Candidates::Accepted };
    let question = Question {
        sighting: args.sighting.read()?,
        older_than: days(&args.older_than)?,
        candidates: candidates(args.all_candidates),
        remember: Remember::No,
        frames: None,
        limit: args.limit.read()?,
        overruled: candidates(overruled || args.all_candidates),
    };
    let claim = args.claim.read()?;
    let folder = slice::from_ref(&args.folder);
    refuse_addresses(folder)?;
    let index = if args.add {
        locate::open_to_write(settings, folder)?
    } else {
        locate::open(settings, folder)?
    };
    let place = Place::of(&args.folder, args.state.as_deref(), &index)?;
    let mut met = walk::walk(folder, &args.exclude)?;
    place.leave_out(&mut met);
    let told = args.records.read(&mut met, claim, settings)?;
    let answers = answers(&question, settings);
    let remembered = place.hold(&answers, settings)?;
    let last = remembered.state.last().map(found_last).transpose()?;
    let scan = Scan {
        met: &met,
        question: &question,
        told: &told,
        index: &index,
        place: &place,
        add: if args.add { Add::Yes } else { Add::No },
        known_by: if args.rehash { KnownBy::Bytes } else { KnownBy::SizeAndTime },
        answers: &answers,
        settings,
    };
    let (scanned, remembered) = scan::scan(&scan, remembered)?;
    let kept = Kept::for_index(index.folder());
    if let Err(error) = printed::keep(index.folder(), &scanned.files, &kept)
        && settings.common.verbose
    {
        output::tell(settings, &format!("{error:#}: decide them by two paths"));
    }
    let info = run::index_info_within(index.location(), &scanned.asked, &question.limit)?;
    let mut run = run::run("scan", settings, Some(info), scanned.files);
    run.settings.insert("older-than".to_owned(), args.older_than.clone());
    run.notes = scanned.notes;
    run.notes.extend(question.sighting.candidates());
    run.notes.extend(told.summary(settings.common.verbose));
    let exit = outcome.settle_after(&mut run, last.as_ref())?;
    output::write(&run, args.details, settings, &reports, out)?;
    // What nobody was told of is new the next time.
    if run.complete {
        let snapshot = scanned.asked.id().to_string();
        let (sequence, own) = (scanned.sequence, scanned.own);
        complete(&run, &place, remembered, |known| LastScan {
            completed: settings.now,
            answers,
            snapshot,
            sequence,
            own,
            known,
        })?;
    }
    Ok(exit)
}

/// What the answers depend on besides the files and the index, a line each.
fn answers(question: &Question, settings: &Settings) -> String {
    let tool = run::tool();
    let mut lines = vec![
        format!("program={}", tool.version),
        format!("ffmpeg={}", tool.ffmpeg.unwrap_or_default()),
        format!("--profile={:?}", settings.profile),
        format!("--limit={:?}", settings.common.limit),
        format!("--older-than={}", question.older_than),
        format!("sighting={:?}", question.sighting),
        format!("which sightings count={:?}", question.limit),
        format!("--all-candidates={:?}", question.candidates),
    ];
    lines.extend(tool.algorithms.into_iter().map(|(name, version)| format!("{name}={version}")));
    lines.join("\n")
}

fn found_last(last: &LastScan) -> anyhow::Result<Found> {
    let baseline = Baseline::parse(last.known.as_bytes())
        .context("what the last scan has found cannot be read")?;
    Ok(Found { when: last.completed.to_string(), baseline })
}

/// Remembers that a scan came to its end, with all that it and those before have found of files that are gone.
fn complete(
    run: &Run,
    place: &Place,
    mut remembered: Remembered,
    last: impl FnOnce(String) -> LastScan,
) -> anyhow::Result<()> {
    let mut found = Baseline::of(run, None);
    remembered.state.for_each(|known| {
        if known.gone.is_some()
            && let Some(report) = FileReport::kept(&known.report, known.file.path)
        {
            found.add(&report);
        }
    })?;
    let mut known = Vec::new();
    found.write(&mut known)?;
    remembered.state.complete(last(String::from_utf8(known)?))?;
    place.end_run(remembered.run)?;
    Ok(())
}
