//! `man`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::Cli;
use crate::exit::Exit;

/// Print the manual page, or write one a subcommand into a folder
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Folder to write all pages into
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(args: &ManArgs, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let command = Cli::command();
    let Some(folder) = &args.folder else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        out.write_all(&page)?;
        return Ok(Exit::Clean);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    clap_mangen::generate_to(command, folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    Ok(Exit::Clean)
}
