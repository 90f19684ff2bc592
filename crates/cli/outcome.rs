//! What a run comes to: which findings count, what earlier runs knew, what persons have set aside.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use firstseen_report::{Baseline, Compared, Run};

use crate::exit::Exit;
use crate::fail_on::FailOn;
use crate::output;
use crate::pipeline::run;
use crate::suppress::Suppressions;

/// What makes the program end with 10 or 3.
#[derive(Clone, Debug, Args)]
pub(crate) struct OutcomeOptions {
    /// What makes the program end with 10: kinds (conflict, history, any, ...) with :weak, :strong or :exact, and rules;
    /// with new: before it, only what the baseline does not hold
    #[arg(long, value_name = "WHAT,...", default_value_t = FailOn::default(), help_heading = "Outcome")]
    fail_on: FailOn,
    /// End with 3 where frames were unusable too
    #[arg(long, help_heading = "Outcome")]
    strict: bool,
    /// Tell findings that this file holds from new ones; failures that it holds do not end with 3
    #[arg(long, value_name = "FILE", help_heading = "Outcome")]
    baseline: Option<PathBuf>,
    /// Write what was found, and what could not be looked at, as the next run's baseline
    #[arg(long, value_name = "FILE", help_heading = "Outcome")]
    write_baseline: Option<PathBuf>,
    /// Findings that do not count, with rule, asset or path, reason, author and expiry, as TOML
    #[arg(long, value_name = "FILE", help_heading = "Outcome")]
    suppress: Option<PathBuf>,
}

/// What makes the program end with 10 or 3, with the files that the options name.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    options: OutcomeOptions,
    baseline: Option<Baseline>,
    suppressions: Suppressions,
}

impl OutcomeOptions {
    /// Reads the files that are named, so that a mistake in them costs no long run.
    ///
    /// # Errors
    ///
    /// Where one cannot be read or makes no sense, the baseline would be written over something else, or `new:` has
    /// nothing to be new against.
    pub(crate) fn read(&self) -> anyhow::Result<Outcome> {
        if self.fail_on.asks_new() && self.baseline.is_none() && self.write_baseline.is_none() {
            bail!(
                "--fail-on {}: new: needs --baseline FILE; make one with --write-baseline FILE",
                self.fail_on
            );
        }
        self.read_after_scans()
    }

    /// The same where `new:` without a baseline is what the last scan has not found.
    ///
    /// # Errors
    ///
    /// As [`OutcomeOptions::read`].
    pub(crate) fn read_after_scans(&self) -> anyhow::Result<Outcome> {
        if let Some(path) = &self.write_baseline {
            refuse_to_destroy(path)?;
        }
        Ok(Outcome {
            baseline: self.baseline.as_deref().map(read_baseline).transpose()?,
            suppressions: match &self.suppress {
                Some(path) => Suppressions::read(path)?,
                None => Suppressions::default(),
            },
            options: self.clone(),
        })
    }
}

impl Outcome {
    /// Marks what is new and what is set aside, settles the exit code, and writes the next baseline.
    ///
    /// # Errors
    ///
    /// Where that cannot be written.
    pub(crate) fn settle(&self, run: &mut Run) -> anyhow::Result<Exit> {
        self.settle_after(run, None)
    }

    /// The same after a scan, held against what the last one has found where there is no baseline.
    ///
    /// # Errors
    ///
    /// As [`Outcome::settle`].
    pub(crate) fn settle_after(&self, run: &mut Run, last: Option<&Found>) -> anyhow::Result<Exit> {
        let options = &self.options;
        run::note_failures(run, options.strict);
        if let (Some(baseline), Some(path)) = (&self.baseline, &options.baseline) {
            let file = path.display().to_string();
            hold_against(run, baseline, Compared { file, of_scan: false, absent: Vec::new() });
            fail_against(run, baseline);
        } else if let Some(last) = last {
            // What could not be looked at still cannot: that the last scan knew does not make it well.
            let file = last.when.clone();
            let compared = Compared { file, of_scan: true, absent: Vec::new() };
            hold_against(run, &last.baseline, compared);
        }
        self.suppressions.mark(run);
        let mut setting = |name: &str, path: &Option<PathBuf>| {
            if let Some(path) = path {
                run.settings.insert(name.to_owned(), path.display().to_string());
            }
        };
        setting("baseline", &options.baseline);
        setting("suppress", &options.suppress);
        let exit = run::settle(run, Some(&options.fail_on), options.strict);
        if let Some(path) = &options.write_baseline {
            self.write(run, path)?;
        }
        Ok(exit)
    }

    fn write(&self, run: &mut Run, path: &Path) -> anyhow::Result<()> {
        let shown = path.display();
        if !run.complete {
            run.notes.push(format!("interrupted: the baseline {shown} was not written"));
            return Ok(());
        }
        let next = Baseline::of(run, self.baseline.as_ref());
        let mut bytes = Vec::new();
        next.write(&mut bytes)?;
        output::put(path, &bytes)
            .with_context(|| format!("--write-baseline: cannot write {shown}"))?;
        let (findings, failures) = next.counts();
        run.notes
            .push(format!("baseline {shown} written: findings {findings}, failures {failures}"));
        Ok(())
    }
}

/// What an earlier scan has found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// When it was.
    pub(crate) when: String,
    /// That.
    pub(crate) baseline: Baseline,
}

fn hold_against(run: &mut Run, baseline: &Baseline, against: Compared) {
    for file in &mut run.files {
        for finding in &file.findings {
            let standing = file.standings.entry(finding.id()).or_default();
            standing.baseline = Some(baseline.state(finding));
        }
    }
    // Of an interrupted run, what is absent was perhaps not reached.
    let absent = if run.complete { baseline.absent(run) } else { Vec::new() };
    run.baseline = Some(Compared { absent, ..against });
}

/// Marks the failures that a baseline knows.
fn fail_against(run: &mut Run, baseline: &Baseline) {
    for file in &mut run.files {
        if let Some(why) = file.failure.map(|failure| failure.why) {
            let state = baseline.failure_state(file, why);
            file.failure = Some(firstseen_report::Failure { why, baseline: Some(state) });
        }
    }
}

fn read_baseline(path: &Path) -> anyhow::Result<Baseline> {
    let shown = path.display();
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(
                "--baseline {shown}: there is no such file; make it with --write-baseline {shown}"
            )
        }
        Err(error) => return Err(error).with_context(|| format!("--baseline {shown}")),
    };
    Baseline::parse(&bytes).map_err(|error| {
        anyhow::anyhow!(
            "--baseline {shown}: {error}; put the file back that was written, or write it anew with --write-baseline \
             {shown}"
        )
    })
}

/// Refuses to put a baseline in the place of anything but an earlier one, whole or not.
fn refuse_to_destroy(path: &Path) -> anyhow::Result<()> {
    output::refuse_in_index("--write-baseline", path, "baselines")?;
    let there = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(error).with_context(|| format!("--write-baseline {}", path.display()));
        }
    };
    if there.is_empty() || Baseline::is_one(&there) {
        return Ok(());
    }
    bail!(
        "--write-baseline: {} is there already and is no earlier baseline; name another path, or remove it first",
        path.display()
    )
}
