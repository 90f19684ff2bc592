//! What earlier runs and persons have said of findings and failures, in JSON.

use serde::Serialize;

use crate::ids::Ids;
use crate::{Absent, Failure, Run, Suppression, SuppressionUse};

#[derive(Serialize)]
pub(super) struct SuppressionWire<'a> {
    entry: &'a str,
    rule: &'a str,
    asset: Option<&'a str>,
    path: Option<&'a str>,
    reason: &'a str,
    author: &'a str,
    expires: Option<String>,
}

impl<'a> SuppressionWire<'a> {
    pub(super) fn of(entry: &'a Suppression) -> Self {
        Self {
            entry: &entry.place,
            rule: &entry.rule,
            asset: entry.asset.as_deref(),
            path: entry.path.as_deref(),
            reason: &entry.reason,
            author: &entry.author,
            expires: entry.expires.map(|day| day.to_string()),
        }
    }
}

#[derive(Serialize)]
pub(super) struct FailureWire {
    why: &'static str,
    baseline: Option<&'static str>,
}

impl FailureWire {
    pub(super) fn of(failure: Failure) -> Self {
        Self { why: failure.why, baseline: failure.baseline.map(|state| state.word()) }
    }
}

#[derive(Serialize)]
pub(super) struct BaselineWire<'a> {
    file: &'a str,
    absent: Vec<AbsentWire<'a>>,
}

impl<'a> BaselineWire<'a> {
    /// The baseline of a run, where it was held against one.
    pub(super) fn of(run: &'a Run, ids: &Ids) -> Option<Self> {
        let compared = run.baseline.as_ref()?;
        let absent = compared.absent.iter().map(|absent| AbsentWire::of(absent, ids)).collect();
        Some(Self { file: &compared.file, absent })
    }
}

#[derive(Serialize)]
struct AbsentWire<'a> {
    id: String,
    rule: &'a str,
    strength: &'static str,
    sha256: String,
    path: &'a str,
    why: &'static str,
}

impl<'a> AbsentWire<'a> {
    fn of(absent: &'a Absent, ids: &Ids) -> Self {
        let listed = &absent.listed;
        Self {
            id: ids.finding(&listed.id),
            rule: &listed.rule,
            strength: listed.strength.word(),
            sha256: listed.asset.to_string(),
            path: &listed.path,
            why: absent.why.word(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct SuppressionUseWire<'a> {
    #[serde(flatten)]
    entry: SuppressionWire<'a>,
    state: &'static str,
    findings: usize,
}

impl<'a> SuppressionUseWire<'a> {
    pub(super) fn of(used: &'a SuppressionUse) -> Self {
        Self {
            entry: SuppressionWire::of(&used.entry),
            state: used.word(),
            findings: used.findings,
        }
    }
}
