//! The subcommands, one file each.

mod add;
mod audit;
mod calibrate;
mod check;
mod compare;
mod completions;
mod decide;
mod doctor;
mod find;
mod history;
mod index;
mod inspect;
mod keyframes;
mod man;
mod note;
pub(crate) mod options;
mod scan;
pub(crate) mod within;
pub(crate) mod worker;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::exit::Exit;
use crate::settings::{Common, Settings};

/// Was this footage seen before; where, and when at the earliest; which part of it; how do the copies differ; can the
/// claim still hold? Answers from an index of media seen before, offline.
#[derive(Debug, Parser)]
#[command(name = "firstseen", version, arg_required_else_help = true, max_term_width = 100, after_help = after_help())]
pub(crate) struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(Box<add::AddArgs>),
    Check(Box<check::CheckArgs>),
    Scan(Box<scan::ScanArgs>),
    Compare(compare::CompareArgs),
    Inspect(inspect::InspectArgs),
    Keyframes(keyframes::KeyframesArgs),
    History(history::HistoryArgs),
    Find(find::FindArgs),
    Note(note::NoteArgs),
    Decide(decide::DecideArgs),
    Audit(audit::AuditArgs),
    Calibrate(calibrate::CalibrateArgs),
    Index(index::IndexArgs),
    Doctor(doctor::DoctorArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

impl Cli {
    /// Reads the command line; what is given twice counts as given last.
    pub(crate) fn parse_arguments(arguments: Vec<OsString>) -> Result<Self, clap::Error> {
        let matches = Self::command().args_override_self(true).try_get_matches_from(arguments)?;
        Self::from_arg_matches(&matches)
    }

    /// Names of the subcommands that exist.
    pub(crate) fn names() -> Vec<String> {
        let command = Self::command();
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect()
    }
}

fn after_help() -> String {
    let mut text = "Exit codes:\n".to_owned();
    for exit in Exit::ALL {
        text += &format!("  {:3}  {}\n", exit.code(), exit.about());
    }
    text
}

/// Runs a subcommand.
///
/// # Errors
///
/// Where it could not run at all.
pub(crate) fn run(cli: Cli) -> anyhow::Result<Exit> {
    let settings = Settings::of(&cli.common)?;
    let out = &mut std::io::stdout().lock();
    match &cli.command {
        Command::Add(args) => add::run(args, &settings, out),
        Command::Check(args) => check::run(args, &settings, out),
        Command::Scan(args) => scan::run(args, &settings, out),
        Command::Compare(args) => compare::run(args, &settings, out),
        Command::Inspect(args) => inspect::run(args, &settings, out),
        Command::Keyframes(args) => keyframes::run(args, &settings, out),
        Command::History(args) => history::run(args, &settings, out),
        Command::Find(args) => find::run(args, &settings, out),
        Command::Note(args) => note::run(args, &settings, out),
        Command::Decide(args) => decide::run(args, &settings, out),
        Command::Audit(args) => audit::run(args, &settings, out),
        Command::Calibrate(args) => calibrate::run(args, &settings, out),
        Command::Index(args) => index::run(args, &settings, out),
        Command::Doctor(args) => doctor::run(args, &settings, out),
        Command::Completions(args) => completions::run(args, out),
        Command::Man(args) => man::run(args, out),
    }
}
