//! Weighs claims against sightings and matches; one file a rule.
//!
//! A [`Case`] is one file with what is known of it; [`assess`] asks every rule of [`rules()`]. The same case gives the
//! same findings in the same order.

pub mod case;
pub mod finding;
pub mod first_known;
pub mod gazetteer;
mod moment;
pub mod origin;
pub mod outcome;
mod programs;
pub mod proof;
pub mod rules;
#[cfg(test)]
mod scene;
mod speaker;
pub mod strength;
mod stretch;
pub mod verdict;

pub use case::{AtPath, Case, Known, Replaced, SharedId, heard};
pub use finding::{Evidence, Finding, Kind, RuleId, Witness};
pub use first_known::{FirstKnown, first_known, first_known_of};
pub use origin::{Answer, Question, origin};
pub use outcome::{Outcome, outcome};
pub use rules::{Rule, rules};
pub use strength::Strength;
pub use verdict::{Looked, Verdict, covered, verdict};

/// Every rule's findings on a case: conflicts first, and of each kind the strongest first.
#[must_use]
pub fn assess(case: &Case<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = rules().iter().flat_map(|rule| (rule.check)(case)).collect();
    // Within one kind and strength the order is that of the rules, which is that of the manual.
    findings.sort_by_key(|finding| (finding.kind, std::cmp::Reverse(finding.strength)));
    findings
}
