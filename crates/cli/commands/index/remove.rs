//! `index remove`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use firstseen_index::Selection;
use firstseen_model::AssetId;

use crate::exit::Exit;
use crate::pipeline::paths::Kept;
use crate::pipeline::wording::counted;
use crate::settings::Settings;
use crate::{locate, output, turn};

/// Remove what came from a source, an asset, a path or a case
///
/// It is found no more from then on, also where this index is merged with others. Its fingerprints stay in the index's
/// files until `index compact`.
#[derive(Debug, Args)]
#[group(id = "what", required = true, multiple = false)]
pub(super) struct RemoveArgs {
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

pub(super) fn run(
    args: &RemoveArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
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
    if removed.assets > 0 {
        lines.push(
            "fingerprints are found no more, and leave the disk with `firstseen index compact`"
                .to_owned(),
        );
    }
    output::write_lines("index remove", lines, Exit::Clean, settings, out)
}
