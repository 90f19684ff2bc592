//! `index stats|verify|remove|export`.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use firstseen_index::{Level, Selection};
use firstseen_model::AssetId;
use firstseen_report::Calibrated;

use crate::exit::Exit;
use crate::pipeline::paths::Kept;
use crate::pipeline::run;
use crate::pipeline::wording::counted;
use crate::settings::{FormatOption, Settings};
use crate::{locate, output, turn};

/// Look after an index: stats, verify, remove, export
#[derive(Debug, Args)]
pub(super) struct IndexArgs {
    #[command(subcommand)]
    command: IndexCommand,
}

#[derive(Debug, Subcommand)]
enum IndexCommand {
    /// Tell what the index holds
    Stats,
    /// Test every checksum and reference; ends with 2 where something is damaged
    Verify(VerifyArgs),
    Remove(RemoveArgs),
    Export(ExportArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// Make again what follows from other records: the words that a search finds, and ids in metadata
    #[arg(long)]
    repair: bool,
}

/// Remove what came from a source, an asset, a path or a case
#[derive(Debug, Args)]
#[group(id = "what", required = true, multiple = false)]
struct RemoveArgs {
    /// All sightings of a source, and assets seen nowhere else
    #[arg(long, group = "what", value_name = "NAME")]
    source: Option<String>,
    /// One asset, by its SHA-256
    #[arg(long, group = "what", value_name = "SHA-256")]
    asset: Option<String>,
    /// A file, or all files below a folder
    #[arg(long, group = "what", value_name = "PATH")]
    path: Option<PathBuf>,
    /// All sightings of a case, and assets seen nowhere else
    #[arg(long, group = "what", value_name = "NAME")]
    case: Option<String>,
}

/// Print records in a fixed order, one JSON object a line
///
/// Codes, features and thumbnails can be turned back into pictures to a degree: treat what holds them as media.
#[derive(Debug, Args)]
struct ExportArgs {
    /// How much: codes, sightings and claims too, time tracks too, or all with thumbnails
    #[arg(long, value_enum, default_value_t = LevelOption::Sightings)]
    level: LevelOption,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LevelOption {
    /// SHA-256, sizes and codes
    Hashes,
    /// Paths, sightings and claims too
    Sightings,
    /// Time tracks too
    Features,
    /// Thumbnails and metadata too
    All,
}

pub(super) fn run(
    args: &IndexArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    match &args.command {
        IndexCommand::Stats => stats(settings, out),
        IndexCommand::Verify(args) => verify(args, settings, out),
        IndexCommand::Remove(args) => remove(args, settings, out),
        IndexCommand::Export(args) => export(args, settings, out),
    }
}

fn stats(settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    let index = locate::open(settings, &[])?;
    let snapshot = index.snapshot()?;
    let stats = snapshot.stats()?;
    let info = run::index_info(index.location(), &snapshot)?;
    let calibrated = info.calibrated.as_ref().map_or_else(
        || "not calibrated for these versions: firstseen calibrate DIR".to_owned(),
        Calibrated::words,
    );
    let mut run = run::run("index stats", settings, Some(info), Vec::new());
    run.notes = vec![
        format!(
            "{}: {}, {} of {:.1} hours",
            counted(stats.references, "reference"),
            counted(stats.pictures, "picture"),
            counted(stats.videos, "video"),
            stats.hours
        ),
        format!("remembered queries: {}", stats.queries),
        format!(
            "{}, {}, {} made by persons",
            counted(stats.notes, "note"),
            counted(stats.decisions, "decision"),
            counted(stats.recordings, "recording")
        ),
        format!("frames that carry no match (dark, flat, text only): {}", stats.samples_unusable),
    ];
    run.notes.extend(
        stats.sources.iter().map(|(source, count)| format!("sightings from {source}: {count}")),
    );
    run.notes.push(calibrated);
    // Nothing was to be looked at, so nothing was missed.
    output::write(&run, true, settings, &reports, out)?;
    Ok(Exit::Clean)
}

fn verify(args: &VerifyArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let index = if args.repair {
        let index = locate::open_to_write(settings, &[])?;
        let mut writer = turn::writer(&index, settings)?;
        writer.derive_again()?;
        writer.commit()?;
        drop(writer);
        index
    } else {
        locate::open(settings, &[])?
    };
    let problems = index.snapshot()?.verify()?;
    let mut lines: Vec<String> = (problems.iter())
        .map(|problem| {
            let asset = problem.asset.map_or_else(String::new, |asset| format!("{asset}: "));
            format!("{asset}{}; {}", problem.what, problem.advice)
        })
        .collect();
    let exit = if lines.is_empty() {
        lines.push(format!("{}: every checksum and reference is right", index.location()));
        Exit::Clean
    } else {
        Exit::CouldNotRun
    };
    output::write_lines("index verify", lines, exit, settings, out)
}

fn remove(args: &RemoveArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let index = locate::open_to_write(settings, &[])?;
    let what = match (&args.source, &args.asset, &args.path, &args.case) {
        (Some(source), ..) => Selection::Source(source.clone()),
        (_, Some(asset), ..) => {
            Selection::Asset(asset.parse::<AssetId>().with_context(|| format!("--asset {asset}"))?)
        }
        (_, _, Some(path), _) => Selection::Path(Kept::for_index(index.folder()).path(path)),
        (_, _, _, Some(case)) => Selection::Case(case.clone()),
        _ => bail!("one of --source, --asset, --path, --case is needed"),
    };
    let mut writer = turn::writer(&index, settings)?;
    let removed = writer.remove(&what)?;
    writer.commit()?;
    let mut lines = vec![format!(
        "removed {}, {}, {}, {}",
        counted(removed.assets as u64, "asset"),
        counted(removed.sightings as u64, "sighting"),
        counted(removed.claims as u64, "claim"),
        counted(removed.files as u64, "file")
    )];
    if removed.notes + removed.decisions > 0 {
        lines.push(format!(
            "and what persons said: {}, {}",
            counted(removed.notes as u64, "note"),
            counted(removed.decisions as u64, "decision")
        ));
    }
    output::write_lines("index remove", lines, Exit::Clean, settings, out)
}

fn export(args: &ExportArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    if settings.common.format == FormatOption::Json {
        bail!("export writes one JSON object a line: --format jsonl");
    }
    let index = locate::open(settings, &[])?;
    let level = match args.level {
        LevelOption::Hashes => Level::Hashes,
        LevelOption::Sightings => Level::Sightings,
        LevelOption::Features => Level::Features,
        LevelOption::All => Level::All,
    };
    let mut out = BufWriter::new(out);
    index.snapshot()?.export(level, &mut |record| firstseen_report::json_line(record, &mut out))?;
    out.flush()?;
    Ok(Exit::Clean)
}
