//! The rules, one file each.

mod place_conflict;
mod predates_claim;
mod recycled;
mod seen_before;

use crate::{Case, Finding, Kind, RuleId};

/// A rule: a name that never changes, and one pure function.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// What sort of finding it makes.
    pub kind: Kind,
    /// What it states, in one sentence.
    pub about: &'static str,
    /// Innocent readings that are printed with each finding.
    pub innocent: &'static [&'static str],
    /// Its findings on a case.
    pub check: fn(&Case<'_>) -> Vec<Finding>,
}

/// All rules, in the order of the manual.
#[must_use]
pub fn rules() -> &'static [Rule] {
    &[predates_claim::RULE, place_conflict::RULE, recycled::RULE, seen_before::RULE]
}

impl Rule {
    /// A finding of this rule that rests on nothing yet.
    fn finding(&self, case: &Case<'_>, strength: crate::Strength, message: String) -> Finding {
        Finding {
            rule: self.id,
            kind: self.kind,
            strength,
            asset: case.asset,
            claim: None,
            with_match: None,
            message,
            evidence: Vec::new(),
            innocent: self.innocent.iter().map(|reading| (*reading).to_owned()).collect(),
        }
    }
}
