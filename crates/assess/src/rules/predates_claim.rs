//! Footage that was there before the event it is said to show.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use firstseen_model::{Claim, DateKind, Dated};
use jiff::Timestamp;

use super::Rule;
use crate::proof::{Proof, proofs, witnesses};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// Sightings that a finding names; the others are counted.
const NAMED: usize = 5;

pub(super) const RULE: Rule = Rule {
    id: RuleId("predates-claim"),
    kind: Kind::Conflict,
    about: "the footage was posted, archived or collected before the claimed event can have begun",
    innocent: &["the claim's date is that of a repost, not of the event"],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    case.claims.iter().flat_map(|claim| check_claim(case, claim)).collect()
}

/// One finding for the file's own records and one for each match, each on its best proof.
fn check_claim(case: &Case<'_>, claim: &Claim) -> Vec<Finding> {
    let Some((event, begins)) =
        claim.event.as_ref().and_then(|event| Some((event, event.earliest?)))
    else {
        return Vec::new();
    };
    let mut by_match: BTreeMap<_, Vec<Proof<'_>>> = BTreeMap::new();
    for (sighting, found) in witnesses(case) {
        let best = proofs(sighting, found)
            .filter_map(|proof| weigh(proof, event, begins))
            .min_by_key(|proof| (Reverse(proof.strength), proof.when()));
        if let Some(proof) = best {
            by_match.entry(proof.match_id()).or_default().push(proof);
        }
    }
    by_match
        .into_iter()
        .map(|(with_match, mut proofs)| {
            proofs.sort_by_key(|proof| (Reverse(proof.strength), proof.when()));
            let best = proofs[0];
            let mut finding =
                RULE.finding(case, best.strength, message(&best, begins, proofs.len()));
            finding.claim = Some(claim.id());
            finding.with_match = with_match;
            finding.evidence = proofs
                .iter()
                .take(NAMED)
                .map(|proof| Evidence::date(proof.sighting, proof.date))
                .collect();
            finding.evidence.push(Evidence::event(claim, event));
            let record = format!(
                "the date of record {:?} ({}) is wrong",
                best.sighting.seen.record, best.date.basis
            );
            finding.innocent.insert(0, record);
            finding
        })
        .collect()
}

/// The proof with the strength that it has against this event; `None` where it does not lie before it.
fn weigh<'a>(proof: Proof<'a>, event: &Dated, begins: Timestamp) -> Option<Proof<'a>> {
    let latest = proof.date.latest.filter(|latest| *latest < begins)?;
    let gap = Strength::of_gap(begins.duration_since(latest));
    let strength = proof.strength.min(gap).min(Strength::of_date(event));
    Some(Proof { strength, ..proof })
}

fn message(best: &Proof<'_>, begins: Timestamp, sightings: usize) -> String {
    let what = match best.date.kind {
        DateKind::Archived => "archived",
        DateKind::Collected => "held",
        DateKind::Edited => "posted (as last edited)",
        _ => "posted",
    };
    let by = best.date.latest.unwrap_or(begins);
    let whose = if best.found.is_none() { "this file itself was " } else { "" };
    let more = match sightings {
        0 | 1 => String::new(),
        more => format!(" ({more} sightings in all)"),
    };
    format!(
        "{whose}already {what} on or before {by}{more}; the claim puts the event at {begins} or later"
    )
}
