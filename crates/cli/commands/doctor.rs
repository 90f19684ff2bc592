//! `doctor`.

use std::io::Write;

use clap::Args;
use firstseen_assess::gazetteer;
use firstseen_index::scan;
use firstseen_intake::worker::jail;

use crate::exit::Exit;
use crate::output;
use crate::pipeline::run;
use crate::settings::Settings;

/// Tell versions, what the processor offers, and which protections of workers are on
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {}

pub(super) fn run(
    _: &DoctorArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    output::lines_only("doctor", settings)?;
    let tool = run::tool();
    writeln!(out, "firstseen {}", tool.version)?;
    writeln!(out, "FFmpeg    {}", tool.ffmpeg.as_deref().unwrap_or("not there"))?;
    for (name, version) in &tool.algorithms {
        writeln!(out, "algorithm {name} version {version}")?;
    }
    writeln!(out, "jobs      {}", settings.jobs)?;
    writeln!(out, "search    {}", scan::Kernel::best())?;
    writeln!(out, "credit    {}", gazetteer::credit())?;
    writeln!(out, "network   none: this program has no network code")?;
    let pool = settings.pool()?;
    match pool.protections()? {
        Some(protections) => {
            for protection in protections {
                writeln!(out, "workers   {protection}")?;
            }
        }
        None => writeln!(out, "workers   none: files are read in this process")?,
    }
    for missing in jail::MISSING {
        writeln!(out, "workers   not there yet: {missing}")?;
    }
    Ok(Exit::Clean)
}
