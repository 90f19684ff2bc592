//! Footage that is posted again long after it was first seen.

use std::cmp::Reverse;

use firstseen_model::DateKind;

use super::Rule;
use crate::first_known::posted_before;
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

pub(super) const RULE: Rule = Rule {
    id: RuleId("recycled"),
    kind: Kind::History,
    about: "the file was posted long after the same footage was first known; needs the file's own posted date",
    innocent: &[
        "a look back, an anniversary or a report about the older footage",
        "the older record's date is wrong",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let own_posts =
        case.own.iter().filter(|sighting| case.is_own(sighting)).filter_map(|sighting| {
            let posted = sighting.seen.date(DateKind::Posted)?;
            Some((posted.earliest?, posted, sighting))
        });
    let Some((posted_at, posted, own)) = own_posts.min_by_key(|(at, _, own)| (*at, own.id()))
    else {
        return Vec::new();
    };
    let earlier = posted_before(case).into_iter().filter_map(|mut proof| {
        let gap = posted_at.duration_since(proof.date.latest?);
        proof.strength = proof.strength.min(Strength::of_date(posted)).min(Strength::of_gap(gap));
        (gap > case.older_than).then_some((proof, gap))
    });
    let Some((first, gap)) =
        earlier.min_by_key(|(proof, _)| (Reverse(proof.strength), proof.when()))
    else {
        return Vec::new();
    };
    let by = first.date.latest.unwrap_or(posted_at);
    let message = format!(
        "this file was posted at {posted_at} or later, {} days or more after the same footage was {} on or before {by}",
        gap.as_hours() / 24,
        if first.date.kind == DateKind::Archived { "archived" } else { "posted" },
    );
    let mut finding = RULE.finding(case, first.strength, message);
    finding.with_match = first.match_id();
    finding.evidence =
        vec![Evidence::date(first.sighting, first.date), Evidence::date(own, posted)];
    vec![finding]
}
