//! Options that say which sightings count.

use anyhow::{Context, bail};
use clap::Args;
use firstseen_index::Limit;
use firstseen_model::{Basis, DateKind, Dated};
use jiff::Timestamp;

/// Which sightings count.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Which sightings count")]
pub(crate) struct LimitOptions {
    /// Those of this case; nothing of another shows, and notes only of what was seen nowhere else
    #[arg(long, value_name = "NAME")]
    in_case: Option<String>,
    /// Those of this platform or collection
    #[arg(long, value_name = "NAME")]
    in_source: Option<String>,
    /// Those surely posted or archived before then
    #[arg(long, value_name = "EDTF")]
    posted_before: Option<String>,
}

impl LimitOptions {
    /// What counts.
    ///
    /// # Errors
    ///
    /// Where the date makes no sense.
    pub(crate) fn read(&self) -> anyhow::Result<Limit> {
        Ok(Limit {
            case: self.in_case.clone(),
            source: self.in_source.clone(),
            posted_before: self.posted_before.as_deref().map(begins).transpose()?,
        })
    }
}

fn begins(text: &str) -> anyhow::Result<Timestamp> {
    let date = Dated::parse(text, DateKind::Posted, Basis::Person).context("--posted-before")?;
    let Some(earliest) = date.earliest else {
        bail!("--posted-before {text}: a date with a beginning is needed");
    };
    Ok(earliest)
}

/// A limit for people: `case "depot", source "telegram"`; `None` where everything counts.
pub(crate) fn words(limit: &Limit) -> Option<String> {
    let quoted = |what: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{what} \"{}\"", value.replace('"', "'")))
    };
    let before = limit.posted_before.map(|before| format!("posted before {before}"));
    let parts = [quoted("case", &limit.case), quoted("source", &limit.source), before];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
