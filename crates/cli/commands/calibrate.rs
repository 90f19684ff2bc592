//! `calibrate`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::options::refuse_addresses;
use crate::exit::Exit;
use crate::pipeline::calibrate::{self, Wanted};
use crate::pipeline::edits::{ALL, Edit};
use crate::settings::{FormatOption, Settings};
use crate::{locate, output, turn};

/// Count how many edited copies of your own pictures are found, and how often something else is
///
/// Every other picture of the folder, in the order of their SHA-256, becomes a reference of an index in memory. Copies of
/// all are made in memory, edited the way that pictures change when people share them, and looked up. What that comes to is
/// kept with the index, where there is one, and named beside its matches.
#[derive(Debug, Args)]
pub(super) struct CalibrateArgs {
    /// Folder with pictures, no two of them alike; a hundred or more
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Only these edits [default: all; a name that there is not lists them]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    edits: Vec<String>,
    /// Most pictures used, chosen evenly
    #[arg(long, value_name = "N", default_value_t = 200)]
    pictures: usize,
    /// Keep the edited copies in this folder, with what was done to each in truth.jsonl
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

pub(super) fn run(
    args: &CalibrateArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    if settings.common.format == FormatOption::Jsonl || !settings.common.report.is_empty() {
        bail!("calibrate prints its counts as text or json, and writes no report");
    }
    refuse_addresses(std::slice::from_ref(&args.folder))?;
    if !args.folder.is_dir() {
        bail!("{} is no folder", args.folder.display());
    }
    if let Some(keep) = &args.keep
        && std::path::absolute(keep)?.starts_with(std::path::absolute(&args.folder)?)
    {
        bail!("--keep: {} lies in the folder of the pictures; name another", keep.display());
    }
    // Asked first: who named an index that is not there should not hear of it after an hour.
    let index = locate::open_to_write_if_there(settings, std::slice::from_ref(&args.folder))?;
    let wanted = Wanted {
        folder: &args.folder,
        edits: edits(&args.edits)?,
        pictures: args.pictures,
        keep: args.keep.as_deref(),
    };
    let counted = calibrate::calibrate(&wanted, settings);
    if settings.interrupt.is_set() {
        output::tell(settings, "interrupted: nothing was counted to the end, and nothing is kept");
        return Ok(Exit::Interrupted);
    }
    let counted = counted?;
    match settings.common.format {
        FormatOption::Json => counted.calibration.json(out)?,
        _ => counted.calibration.text(&counted.remarks, out)?,
    }
    match index {
        Some(index) if args.edits.is_empty() => {
            turn::writer(&index, settings)
                .and_then(|writer| calibrate::store(&counted.calibration, writer))
                .context("the counts cannot be kept with the index")?;
            output::tell(settings, &format!("kept with the index {}", index.location()));
        }
        Some(_) => output::tell(settings, "not kept with the index: not all edits were made"),
        None => output::tell(settings, "not kept: there is no index here"),
    }
    Ok(Exit::Clean)
}

/// The edits of these names; all where none is named.
fn edits(names: &[String]) -> anyhow::Result<Vec<&'static Edit>> {
    if names.is_empty() {
        return Ok(ALL.iter().collect());
    }
    let named = names.iter().map(|name| {
        Edit::named(name).with_context(|| {
            let known: Vec<&str> = ALL.iter().map(|edit| edit.name).collect();
            format!("--edits {name}: no such edit; there are {}", known.join(", "))
        })
    });
    named.collect()
}
