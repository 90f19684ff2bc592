//! `check`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use firstseen_index::SnapshotName;
use jiff::SignedDuration;

use super::options::{ClaimOptions, Inputs, RecordOptions, SightingOptions};
use super::within::LimitOptions;
use crate::exit::Exit;
use crate::outcome::OutcomeOptions;
use crate::pipeline::check::{self, Candidates, Question, Remember};
use crate::pipeline::frames::Frames;
use crate::pipeline::paths::Kept;
use crate::pipeline::{printed, run};
use crate::settings::{FormatOption, Settings};
use crate::{locate, output};

/// Look media up in the index and weigh the claim made of them
///
/// --event-date and --event-place are when and where it is said to have happened; the post that carries it goes into
/// --posted.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    inputs: Inputs,
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
    /// Keep the files as queries, to be matched against what is added later; never counted as seen
    #[arg(long, conflicts_with = "at")]
    remember: bool,
    /// Answer as the index was at an earlier moment, which a report names as its `snapshot`
    #[arg(long, value_name = "SNAPSHOT")]
    at: Option<SnapshotName>,
    /// Tell every file in full
    #[arg(long)]
    details: bool,
    /// Write query, reference, replayed edit and difference of each match as JPEG files into a folder
    ///
    /// In the difference, what agrees is black and what the reference does not show is hatched in blue. The report names
    /// the files.
    #[arg(long, value_name = "DIR")]
    frames: Option<PathBuf>,
    /// List candidates that were turned down too, as leads
    #[arg(long)]
    all_candidates: bool,
    #[command(flatten)]
    limit: LimitOptions,
}

pub(super) fn run(
    args: &CheckArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    let outcome = args.outcome.read()?;
    let mut question = Question {
        sighting: args.sighting.read()?,
        older_than: days(&args.older_than)?,
        candidates: if args.all_candidates { Candidates::All } else { Candidates::Accepted },
        remember: if args.remember { Remember::Yes } else { Remember::No },
        frames: None,
        limit: args.limit.read()?,
        // A program reads what a person decided of each match; people are told how many were set aside.
        overruled: if args.details
            || args.all_candidates
            || settings.common.format != FormatOption::Text
        {
            Candidates::All
        } else {
            Candidates::Accepted
        },
    };
    let claim = args.claim.read()?;
    let paths = args.inputs.paths()?;
    let mut met = args.inputs.walk(&paths)?;
    let told = args.records.read(&mut met, claim, settings)?;
    let index = if args.remember {
        locate::open_to_write(settings, &paths)?
    } else {
        locate::open(settings, &paths)?
    };
    let snapshot = match &args.at {
        Some(at) => index.snapshot_at(at)?,
        None => index.snapshot()?,
    };
    // The folder is made when nothing else is in the way.
    question.frames = Frames::for_inputs(args.frames.as_deref(), &reports, &mut met)?;
    let files = check::check(&met, &question, &told, &index, &snapshot, settings)?;
    let kept = Kept::for_index(index.folder());
    if let Err(error) = printed::keep(index.folder(), &files, &kept)
        && settings.common.verbose
    {
        output::tell(settings, &format!("{error:#}: decide them by two paths"));
    }
    let info = run::index_info_within(index.location(), &snapshot, &question.limit)?;
    let mut run = run::run("check", settings, Some(info), files);
    run.settings.insert("older-than".to_owned(), args.older_than.clone());
    run.notes.extend(question.sighting.candidates());
    run.notes.extend(told.summary(settings.common.verbose));
    let exit = outcome.settle(&mut run)?;
    output::write(&run, args.details, settings, &reports, out)?;
    Ok(exit)
}

/// Days, as `30` or `30d`.
pub(super) fn days(text: &str) -> anyhow::Result<SignedDuration> {
    let digits = text.strip_suffix('d').unwrap_or(text);
    match digits.parse::<u32>() {
        Ok(days) => Ok(SignedDuration::from_hours(i64::from(days) * 24)),
        Err(_) => bail!("--older-than {text}: a number of days is needed, such as 30"),
    }
}
