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
    let tool = run::tool();
    let mut lines = vec![
        format!("firstseen {}", tool.version),
        format!("FFmpeg    {}", tool.ffmpeg.as_deref().unwrap_or("not there")),
    ];
    let algorithms = tool.algorithms.iter();
    lines.extend(algorithms.map(|(name, version)| format!("algorithm {name} version {version}")));
    lines.extend([
        format!("jobs      {}", settings.jobs),
        format!("search    {}", scan::Kernel::best()),
        format!("credit    {}", gazetteer::credit()),
        "network   none: this program has no network code".to_owned(),
    ]);
    match settings.pool()?.protections()? {
        Some(on) => lines.extend(on.iter().map(|protection| format!("workers   {protection}"))),
        None => lines.push("workers   none: files are read in this process".to_owned()),
    }
    lines.extend(jail::MISSING.iter().map(|missing| format!("workers   not there yet: {missing}")));
    output::write_lines("doctor", lines, Exit::Clean, settings, out)
}
