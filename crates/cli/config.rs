//! `firstseen.toml`: long option names as keys, taken where the command line is silent.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{ArgAction, CommandFactory};

use crate::commands::Cli;

/// The name of the settings file in the working folder.
const FILE: &str = "firstseen.toml";

/// The arguments with those of the settings file put before them, so that the command line has the last word.
///
/// # Errors
///
/// Where the file cannot be read or holds what no option is called.
pub(crate) fn with_settings_of_file(arguments: Vec<OsString>) -> anyhow::Result<Vec<OsString>> {
    let Some(file) = file_of(&arguments) else { return Ok(arguments) };
    let text = match std::fs::read_to_string(&file.path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !file.named => {
            return Ok(arguments);
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", file.path.display()));
        }
    };
    let table: toml::Table =
        text.parse().with_context(|| format!("{} is no TOML", file.path.display()))?;
    let program = Cli::command();
    let Some((place, command)) = subcommand(&arguments, &program) else { return Ok(arguments) };
    let mut settings = Vec::new();
    for (key, value) in &table {
        let mut anywhere = std::iter::once(&program).chain(program.get_subcommands());
        if !anywhere.any(|command| option(command, key).is_some()) {
            bail!(
                "{}: no option is called {key:?}; keys are long option names",
                file.path.display()
            );
        }
        let found = option(command, key).or_else(|| option(&program, key));
        let Some(argument) = found else { continue };
        let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
        match value {
            toml::Value::Boolean(on) if !takes_value => {
                if *on {
                    settings.push(format!("--{key}").into());
                }
            }
            toml::Value::Array(values) if takes_value => {
                for value in values {
                    settings.push(pair(key, value).with_context(|| bad(&file.path, key))?);
                }
            }
            value if takes_value => {
                settings.push(pair(key, value).with_context(|| bad(&file.path, key))?);
            }
            _ => bail!(bad(&file.path, key)),
        }
    }
    let mut all = arguments;
    all.splice(place + 1..place + 1, settings);
    Ok(all)
}

struct File {
    path: PathBuf,
    named: bool,
}

/// The settings file: named, else the one in the working folder unless that lies in what is to be looked at.
fn file_of(arguments: &[OsString]) -> Option<File> {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        }
        if word == "--config" {
            return words.next().map(|path| File { path: path.into(), named: true });
        }
        if let Some(path) = word.to_str().and_then(|word| word.strip_prefix("--config=")) {
            return Some(File { path: path.into(), named: true });
        }
    }
    let here = std::env::current_dir().ok()?;
    // Whoever made the folder that is looked at has no say in how it is looked at.
    let looked_at = |argument: &OsString| {
        let path = Path::new(argument);
        path.is_dir() && path.canonicalize().is_ok_and(|path| here.starts_with(path))
    };
    let planted = arguments.iter().skip(1).any(looked_at);
    (!planted).then(|| File { path: FILE.into(), named: false })
}

fn subcommand<'a>(
    arguments: &[OsString],
    program: &'a clap::Command,
) -> Option<(usize, &'a clap::Command)> {
    arguments.iter().enumerate().skip(1).find_map(|(i, word)| {
        let command = program.find_subcommand(word.to_str()?)?;
        Some((i, command))
    })
}

fn option<'a>(command: &'a clap::Command, key: &str) -> Option<&'a clap::Arg> {
    command.get_arguments().find(|argument| argument.get_long() == Some(key))
}

fn pair(key: &str, value: &toml::Value) -> Option<OsString> {
    let value = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Datetime(date) => date.to_string(),
        _ => return None,
    };
    Some(format!("--{key}={value}").into())
}

fn bad(path: &Path, key: &str) -> String {
    format!("{}: {key} has a value of the wrong kind", path.display())
}
