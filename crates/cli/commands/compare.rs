//! `compare`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::options::refuse_addresses;
use crate::exit::Exit;
use crate::output::{self, ReplayFile};
use crate::pipeline::compare::{self, Explain, Wanted};
use crate::pipeline::frames::Frames;
use crate::pipeline::run;
use crate::pipeline::walk::Met;
use crate::settings::Settings;

/// Say why two files match, or do not; needs no index
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// The file that is asked about
    #[arg(value_name = "A")]
    query: PathBuf,
    /// The file that it is held against
    #[arg(value_name = "B")]
    reference: PathBuf,
    /// Say stage by stage why they match or do not
    #[arg(long)]
    explain: bool,
    /// Write the match as a picture: A, B with the same edit, and their difference side by side
    ///
    /// In the difference, what agrees is black and what B does not show is hatched in blue.
    #[arg(long, value_name = "FILE.png")]
    replay: Option<PathBuf>,
    /// Write query, reference, replayed edit and difference of each stretch as JPEG files into a folder
    #[arg(long, value_name = "DIR")]
    frames: Option<PathBuf>,
}

pub(super) fn run(
    args: &CompareArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    refuse_addresses(&[args.query.clone(), args.reference.clone()])?;
    for path in [&args.query, &args.reference] {
        if path.is_dir() {
            bail!("{} is a folder; compare takes two files", path.display());
        }
    }
    let explain = if args.explain { Explain::Stages } else { Explain::No };
    let inputs = [args.query.as_path(), args.reference.as_path()];
    let replay = args.replay.as_deref().map(|path| ReplayFile::at(path, &inputs)).transpose()?;
    let mut met = inputs.map(|path| Met::named(path.to_path_buf()));
    let frames = Frames::for_inputs(args.frames.as_deref(), &reports, &mut met)?;
    let wanted = Wanted { explain, frames, replay };
    let compared = compare::compare(&args.query, &args.reference, &wanted, settings)?;
    let mut run = run::run("compare", settings, None, compared.files);
    run.notes = compared.notes;
    let exit = run::settle(&mut run, None, false);
    output::write(&run, true, settings, &reports, out)?;
    Ok(exit)
}
