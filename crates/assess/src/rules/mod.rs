//! The rules, one file each.

mod blocks_disagree;
pub(crate) mod caption_place_elsewhere;
mod captions_disagree;
mod capture_after_event;
mod capture_before_event;
mod container_date_differs;
mod dates_disorder;
pub(crate) mod declared_generated;
mod dims_differ;
mod edited_with;
mod fixity_changed;
pub(crate) mod generator_settings;
mod gps_elsewhere;
mod gps_time_differs;
mod impossible_date;
mod place_conflict;
mod predates_claim;
#[cfg(test)]
mod properties;
mod recycled;
mod seen_before;
mod shared_id;
pub(crate) mod software_after_capture;
mod system_after_capture;
mod thumbnail_differs;
pub(crate) mod zone_elsewhere;

use jiff::SignedDuration;

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
    &[
        predates_claim::RULE,
        place_conflict::RULE,
        capture_before_event::RULE,
        capture_after_event::RULE,
        gps_elsewhere::RULE,
        caption_place_elsewhere::RULE,
        captions_disagree::RULE,
        dates_disorder::RULE,
        gps_time_differs::RULE,
        container_date_differs::RULE,
        zone_elsewhere::RULE,
        system_after_capture::RULE,
        impossible_date::RULE,
        blocks_disagree::RULE,
        thumbnail_differs::RULE,
        dims_differ::RULE,
        fixity_changed::RULE,
        recycled::RULE,
        seen_before::RULE,
        declared_generated::RULE,
        generator_settings::RULE,
        software_after_capture::RULE,
        edited_with::RULE,
        shared_id::RULE,
    ]
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

/// A length of time for people: days from two days on.
fn span(length: SignedDuration) -> String {
    let (hours, minutes) = (length.as_hours(), length.as_mins() % 60);
    match (hours, minutes) {
        (48.., _) => format!("{} days", hours / 24),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A distance for people.
fn length(metres: f64) -> String {
    if metres < 1_000.0 { format!("{metres:.0} m") } else { format!("{:.0} km", metres / 1_000.0) }
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
