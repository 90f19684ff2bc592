//! `index`: looking after an index of media seen before.

mod compact;
mod export;
mod merge;
mod remove;
mod stats;
mod steps;
mod verify;

use std::io::Write;

use clap::{Args, Subcommand};

use crate::exit::Exit;
use crate::settings::Settings;

/// Look after an index: stats, verify, compact, merge, remove, export
#[derive(Debug, Args)]
pub(super) struct IndexArgs {
    #[command(subcommand)]
    command: IndexCommand,
}

#[derive(Debug, Subcommand)]
enum IndexCommand {
    /// Tell what the index holds, and what it takes
    Stats,
    Verify(verify::VerifyArgs),
    /// Merge its files of fingerprints, and give back the room of what was removed
    ///
    /// No answer changes. What is done is kept where it is interrupted.
    Compact,
    Merge(merge::MergeArgs),
    Remove(remove::RemoveArgs),
    Export(export::ExportArgs),
}

pub(super) fn run(
    args: &IndexArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    match &args.command {
        IndexCommand::Stats => stats::run(settings, out),
        IndexCommand::Verify(args) => verify::run(args, settings, out),
        IndexCommand::Compact => compact::run(settings, out),
        IndexCommand::Merge(args) => merge::run(args, settings, out),
        IndexCommand::Remove(args) => remove::run(args, settings, out),
        IndexCommand::Export(args) => export::run(args, settings, out),
    }
}
