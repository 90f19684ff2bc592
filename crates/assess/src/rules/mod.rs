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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rule_pronounces_a_verdict() {
        for rule in rules() {
            let said = format!("{} {}", rule.about, rule.innocent.join(" ")).to_lowercase();
            let words: Vec<&str> = said.split(|c: char| !c.is_alphabetic()).collect();
            for verdict in ["fake", "false", "authentic", "original", "real"] {
                assert!(!words.contains(&verdict), "{} says {verdict}", rule.id);
            }
        }
    }

    #[test]
    fn names_are_in_kebab_case_and_differ() {
        let mut names: Vec<&str> = rules().iter().map(|rule| rule.id.0).collect();
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), rules().len());
    }
}
