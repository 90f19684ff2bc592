//! `index export`.

use std::io::{BufWriter, Write};

use anyhow::bail;
use clap::{Args, ValueEnum};
use firstseen_index::Level;

use crate::exit::Exit;
use crate::locate;
use crate::settings::{FormatOption, Settings};

/// Print records in a fixed order, one JSON object a line
///
/// Codes, features and thumbnails can be turned back into pictures to a degree: treat what holds them as media.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
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
    args: &ExportArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
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
