//! The program: arguments, settings, the parallel pipeline, progress, exit codes.

mod commands;
mod config;
mod estimate;
mod exit;
mod fail_on;
mod interrupt;
mod locate;
mod outcome;
mod output;
mod pipeline;
mod progress;
mod settings;
mod suppress;
mod turn;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;

pub use exit::Exit;

/// Runs the program as the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // A worker has no settings, no terminal and no business with either.
    if arguments.get(1).is_some_and(|first| first == "worker") {
        return commands::worker::run().into();
    }
    run(arguments).into()
}

fn run(arguments: Vec<OsString>) -> Exit {
    let arguments = match config::with_settings_of_file(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return could_not_run(&error),
    };
    let cli = match commands::Cli::parse_arguments(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Clap's own codes are 2 for a mistake and 0 for help; only the words are its own.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Clean,
                _ => Exit::CouldNotRun,
            };
        }
    };
    match commands::run(cli) {
        Ok(exit) => exit,
        Err(error) => {
            let closed = error
                .downcast_ref::<std::io::Error>()
                .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe);
            // Whoever read our output has had enough: that is no failure of ours.
            match error.downcast_ref::<turn::Stopped>() {
                _ if closed => Exit::Clean,
                Some(_) => {
                    could_not_run(&error);
                    turn::Stopped::EXIT
                }
                None => could_not_run(&error),
            }
        }
    }
}

fn could_not_run(error: &anyhow::Error) -> Exit {
    let mut told = String::new();
    for (i, cause) in error.chain().enumerate() {
        let cause = firstseen_report::escape::text(cause.to_string());
        // Some name their cause themselves.
        if i > 0 && told.ends_with(&cause) {
            continue;
        }
        told += if i == 0 { "firstseen: " } else { ": " };
        told += &cause;
    }
    // Without a standard error there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "{told}");
    Exit::CouldNotRun
}
