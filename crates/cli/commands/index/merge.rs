//! `index merge`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use firstseen_index::{Index, Merged};

use super::steps::{INTERRUPTED, Steps};
use crate::exit::Exit;
use crate::pipeline::paths::Kept;
use crate::pipeline::wording::counted;
use crate::settings::Settings;
use crate::{locate, output, turn};

/// Take in what other indexes hold, without their media
///
/// Assets, fingerprints, sightings, claims, notes and decisions that are not known yet; the other indexes stay as they
/// are. What was removed from this index does not come back. Where an asset is known to both, the richer fingerprint stays.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Folders that are an index or hold a `.firstseen`
    #[arg(required = true, value_name = "OTHER")]
    others: Vec<PathBuf>,
}

pub(super) fn run(
    args: &MergeArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    // Before an index is made: where another one cannot be read, nothing is.
    let others = args.others.iter().map(|path| Other::open(path));
    let others = others.collect::<anyhow::Result<Vec<_>>>()?;
    let (index, made) = locate::open_or_create(settings, &[])?;
    for other in &others {
        other.refuse_itself(&index)?;
    }
    let mut lines = Vec::new();
    if made == locate::Made::Now {
        lines.push(format!("made the index {}", index.location()));
    }
    let kept = Kept::for_index(index.folder());
    let mut writer = turn::writer(&index, settings)?;
    let mut exit = Exit::Clean;
    for Other { index: other, given } in others {
        let theirs = Kept::for_index(other.folder());
        let mut steps = Steps::new(settings);
        let merged = writer
            .merge(&other, &|path| kept.renamed(path, &theirs), &mut |done, all| {
                steps.next(done, all)
            })
            .with_context(|| format!("merging {}", given.display()))?;
        exit = steps.end();
        lines.extend(told(&merged, &given));
        if exit == Exit::Interrupted {
            lines.push(INTERRUPTED.to_owned());
            break;
        }
    }
    output::write_lines("index merge", lines, exit, settings, out)
}

/// An index to take things from.
struct Other {
    index: Index,
    given: PathBuf,
}

impl Other {
    fn open(given: &Path) -> anyhow::Result<Self> {
        let opened = || {
            let index = locate::open_named(given)?;
            // What is damaged shows before anything is taken from it.
            index.snapshot()?;
            anyhow::Ok(index)
        };
        let index = opened().with_context(|| format!("cannot merge {}", given.display()))?;
        Ok(Self { index, given: given.to_path_buf() })
    }

    /// Refuses to merge an index into itself, or into a copy that holds the same.
    fn refuse_itself(&self, index: &Index) -> anyhow::Result<()> {
        let whole = |index: &Index| index.folder().and_then(|folder| folder.canonicalize().ok());
        let given = self.given.display();
        if whole(&self.index) == whole(index) {
            bail!("cannot merge {given} into itself; name another index, or this one with --index");
        }
        if self.index.snapshot()?.id() == index.snapshot()?.id() {
            bail!("cannot merge {given}: it is a copy of {}, with nothing more", index.location());
        }
        Ok(())
    }
}

/// What came of an index.
fn told(merged: &Merged, given: &Path) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: took {}, {}, {}, {} of persons",
        given.display(),
        counted(merged.assets as u64, "asset"),
        counted(merged.sightings as u64, "sighting"),
        counted(merged.claims as u64, "claim"),
        counted(merged.statements as u64, "statement")
    )];
    if merged.upgraded > 0 {
        lines.push(format!(
            "{} known before had a poorer fingerprint, which was replaced",
            counted(merged.upgraded as u64, "asset")
        ));
    }
    match merged.removed_here {
        0 => {}
        1 => lines.push("1 thing was removed from this index and stays so".to_owned()),
        many => lines.push(format!("{many} things were removed from this index and stay so")),
    }
    lines.extend(merged.removed_there.iter().map(|asset| {
        format!(
            "{:.12} was removed there and is kept here; `firstseen index remove --asset {asset}` removes it",
            asset.to_string()
        )
    }));
    lines
}
