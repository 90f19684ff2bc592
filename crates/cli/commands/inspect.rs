//! `inspect`.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use clap::Args;
use firstseen_intake::{Depth, Plan, Purpose};
use firstseen_report::{Code, FileReport};

use super::options::Inputs;
use crate::exit::Exit;
use crate::output;
use crate::pipeline::look::{Looked, Reader};
use crate::pipeline::walk::Met;
use crate::pipeline::{parallel, run};
use crate::settings::Settings;

/// Show every date, place, device and program that files name, with kind, basis and trust; needs no index
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Show PDQ codes too, as other tools write them
    #[arg(long)]
    codes: bool,
}

pub(super) fn run(
    args: &InspectArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    let paths = args.inputs.paths()?;
    let met = args.inputs.walk(&paths)?;
    let pool = settings.pool()?;
    let reader = Reader { pool: &pool, settings };
    let depth = if args.codes { Depth::Frames(settings.profile) } else { Depth::Metadata };
    let files = parallel::map(&met, settings.jobs, |met| one(met, &reader, depth))?;
    let files = files.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let mut run = run::run("inspect", settings, None, files);
    let exit = run::settle(&mut run, None, false);
    output::write(&run, true, settings, &reports, out)?;
    Ok(exit)
}

fn one(met: &Met, reader: &Reader<'_>, depth: Depth) -> anyhow::Result<FileReport> {
    let plan = Plan { depth, purpose: Purpose::Reference };
    let Looked { record, state, .. } = match reader.look(met, plan)? {
        Ok(looked) => looked,
        Err(failed) => return Ok(failed.report(met)),
    };
    let path = met.path.as_os_str().as_bytes().to_vec();
    let mut report = FileReport::of_record(path, &record);
    report.state = state;
    if depth != Depth::Metadata {
        report.codes = Some(record.samples.iter().map(Code::from).collect());
    }
    report.metadata = Some(record.metadata);
    Ok(report)
}
