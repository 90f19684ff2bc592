//! Options that hold everywhere, and what follows from them.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use firstseen_intake::{Launch, Pool, ProcessLimits};
use firstseen_media::Limits;
use firstseen_model::Profile;
use jiff::Timestamp;

use crate::interrupt::Interrupt;
use crate::progress::ProgressStyle;

/// Options of all commands.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Common {
    /// Index to use: its folder [default: FIRSTSEEN_INDEX, else the nearest .firstseen here or above]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) index: Option<PathBuf>,
    /// Files looked at at the same time [default: one a processor]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// How thoroughly to look: triage takes codec keyframes only
    #[arg(long, global = true, value_enum, default_value_t = ProfileOption::Standard)]
    pub(crate) profile: ProfileOption,
    /// Form of the output
    #[arg(long, global = true, value_enum, default_value_t = FormatOption::Text)]
    pub(crate) format: FormatOption,
    /// Write a report as well: csv, html, json, jsonl, junit, sarif or text, such as html=report.html; may be given more
    /// than once
    #[arg(long, global = true, value_name = "FORMAT=PATH", action = clap::ArgAction::Append)]
    pub(crate) report: Vec<String>,
    /// Show pictures on pages at once, not only when they are clicked
    #[arg(long, global = true)]
    pub(crate) no_blur: bool,
    /// Change a limit: time, cpu, memory, still-pixels, frame-pixels, metadata, text, file-size
    #[arg(long, global = true, value_name = "NAME=VALUE", action = clap::ArgAction::Append)]
    pub(crate) limit: Vec<String>,
    /// How long to wait while another process writes to the index; 0: not at all
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) wait: u32,
    /// Say only what went wrong
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Say more: fields not understood, files skipped
    #[arg(long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorOption::Auto)]
    pub(crate) color: ColorOption,
    /// How to show progress, on standard error
    #[arg(long, global = true, value_enum, default_value_t = ProgressStyle::Auto)]
    pub(crate) progress: ProgressStyle,
    /// Settings file, with long option names as keys [default: firstseen.toml in the working folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Take this for now, such as 2026-11-23T08:00:00Z
    #[arg(long, global = true, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
    /// Decode in this process, without the protection of worker processes: for debugging
    #[arg(long, global = true, hide = true)]
    pub(crate) in_process: bool,
}

/// How thoroughly to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileOption {
    /// Codec keyframes only: fast, and blind between them
    Triage,
    /// Every frame
    Standard,
    /// Every frame, more samples
    Thorough,
}

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatOption {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// One JSON value a line
    Jsonl,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorOption {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Options of all commands, ready to use.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// As given.
    pub(crate) common: Common,
    /// Files looked at at the same time.
    pub(crate) jobs: usize,
    /// How thoroughly to look.
    pub(crate) profile: Profile,
    /// Now.
    pub(crate) now: Timestamp,
    /// Limits of decoders.
    pub(crate) limits: Limits,
    /// Limits of workers.
    pub(crate) process: ProcessLimits,
    /// Whether somebody asked to stop.
    pub(crate) interrupt: Interrupt,
}

impl Settings {
    /// # Errors
    ///
    /// Where an option makes no sense.
    #[expect(clippy::disallowed_methods, reason = "the program's one look at the clock")]
    pub(crate) fn of(common: &Common) -> anyhow::Result<Self> {
        let now = match &common.as_of {
            Some(text) => text.parse().with_context(|| {
                format!(
                    "--as-of {text}: a time with its zone is needed, such as 2026-11-23T08:00:00Z"
                )
            })?,
            None => Timestamp::now(),
        };
        let (limits, process) = limits(&common.limit)?;
        Ok(Self {
            jobs: common.jobs.map_or_else(processors, usize::from),
            profile: match common.profile {
                ProfileOption::Triage => Profile::Triage,
                ProfileOption::Standard => Profile::Standard,
                ProfileOption::Thorough => Profile::Thorough,
            },
            // To the second, as everything that is stored and printed.
            now: Timestamp::from_second(now.as_second()).unwrap_or(now),
            limits,
            process,
            interrupt: Interrupt::listen(),
            common: common.clone(),
        })
    }

    /// The pool of workers that reads files.
    ///
    /// # Errors
    ///
    /// Where this program's own file cannot be found.
    pub(crate) fn pool(&self) -> anyhow::Result<Pool> {
        let launch = if self.common.in_process {
            Launch::InProcess
        } else {
            Launch::Program(std::env::current_exe().context("cannot find this program's own file")?)
        };
        Ok(Pool::new(launch, self.process, self.limits.clone(), self.interrupt.flag()))
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn limits(given: &[String]) -> anyhow::Result<(Limits, ProcessLimits)> {
    let (mut limits, mut process) = (Limits::default(), ProcessLimits::default());
    for limit in given {
        let Some((name, value)) = limit.split_once('=') else {
            bail!("--limit {limit}: NAME=VALUE is needed, such as memory=2G");
        };
        let bad = || {
            format!("--limit {limit}: a number is needed, with K, M or G, or s, m or h for times")
        };
        match name {
            "time" => process.stall = duration(value).with_context(bad)?,
            "cpu" => {
                process.cpu = duration(value).with_context(bad)?;
                process.cpu_still = process.cpu_still.min(process.cpu);
            }
            "memory" => process.memory_bytes = count(value).with_context(bad)?,
            "file-size" => process.file_bytes = count(value).with_context(bad)?,
            "still-pixels" => {
                limits.still_pixels = count(value).with_context(bad)?;
                limits.still_pixels_jpeg = limits.still_pixels;
            }
            "frame-pixels" => limits.frame_pixels = count(value).with_context(bad)?,
            "metadata" => limits.metadata_bytes = count(value).with_context(bad)?,
            "text" => limits.text_bytes = count(value).with_context(bad)? as usize,
            _ => bail!(
                "--limit {limit}: no such limit (time, cpu, memory, still-pixels, frame-pixels, metadata, text, file-size)"
            ),
        }
    }
    Ok((limits, process))
}

fn count(text: &str) -> Option<u64> {
    let (digits, factor) = match text.to_ascii_uppercase().strip_suffix(['K', 'M', 'G']) {
        Some(digits) => (
            digits.to_owned(),
            match text.as_bytes()[text.len() - 1].to_ascii_uppercase() {
                b'K' => 1 << 10,
                b'M' => 1 << 20,
                _ => 1 << 30,
            },
        ),
        None => (text.to_owned(), 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(factor).filter(|count| *count > 0)
}

fn duration(text: &str) -> Option<Duration> {
    let (digits, factor) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(digits) => (
            digits,
            match text.as_bytes()[text.len() - 1] {
                b'h' => 3600,
                b'm' => 60,
                _ => 1,
            },
        ),
        None => (text, 1),
    };
    let seconds = digits.parse::<u64>().ok()?.checked_mul(factor).filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_take_units() {
        let given = ["memory=2G", "time=2m", "text=4K", "file-size=7"].map(str::to_owned);
        let (limits, process) = limits(&given).unwrap();
        assert_eq!(process.memory_bytes, 2 << 30);
        assert_eq!(process.stall, Duration::from_secs(120));
        assert_eq!(limits.text_bytes, 4096);
        assert_eq!(process.file_bytes, 7);
    }

    #[test]
    fn a_limit_that_makes_no_sense_is_refused_by_name() {
        for bad in ["memory", "memory=", "memory=-1", "memory=0", "memory=99999999999G", "speed=3"]
        {
            assert!(limits(&[bad.to_owned()]).unwrap_err().to_string().contains(bad));
        }
    }
}
