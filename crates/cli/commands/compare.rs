//! `compare`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::options::refuse_addresses;
use crate::exit::Exit;
use crate::output;
use crate::pipeline::compare::{self, Explain};
use crate::pipeline::run;
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
    let compared = compare::compare(&args.query, &args.reference, explain, settings)?;
    let mut run = run::run("compare", settings, None, compared.files);
    run.notes = compared.notes;
    let exit = run::settle(&mut run, None, false);
    output::write(&run, true, settings, &reports, out)?;
    Ok(exit)
}
