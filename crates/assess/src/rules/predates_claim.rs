//! Footage that was there before the event it is said to show.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use firstseen_model::{Claim, DateKind, Dated, Sighting};
use jiff::Timestamp;

use super::Rule;
use crate::proof::{Proof, proofs, witnesses};
use crate::stretch::{OTHER_PART, Stretch};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// Sightings that a finding names; the others are counted.
const NAMED: usize = 5;

/// The innocent reading of an archive's date: its pages are put together of what was fetched at several times.
const LATER_COPY: &str =
    "the archive shows the old page with a picture or clip that it fetched later";

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
    let found: Vec<(Finding, &Sighting)> = by_match
        .into_iter()
        .map(|(with_match, mut proofs)| {
            proofs.sort_by_key(|proof| (Reverse(proof.strength), proof.when()));
            let best = proofs[0];
            let mut finding =
                RULE.finding(case, best.strength, message(case, &best, begins, proofs.len()));
            finding.claim = Some(claim.id());
            finding.with_match = with_match;
            finding.evidence = proofs
                .iter()
                .take(NAMED)
                .map(|proof| Evidence::date(proof.sighting, proof.date))
                .collect();
            finding.evidence.push(Evidence::event(claim, event));
            let (record, basis) = (&best.sighting.seen.record, &best.date.basis);
            let record = format!("the date of record \"{record}\" ({basis}) is wrong");
            finding.innocent.insert(0, record);
            if best.date.kind == DateKind::Archived {
                finding.innocent.insert(1, LATER_COPY.to_owned());
            }
            if best.found.is_some_and(|found| Stretch::of(case, found).is_some()) {
                finding.innocent.push(OTHER_PART.to_owned());
            }
            (finding, best.sighting)
        })
        .collect();
    told_apart(found)
}

/// The findings, with the record in the message where several would read the same.
fn told_apart(found: Vec<(Finding, &Sighting)>) -> Vec<Finding> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for (finding, _) in &found {
        *times.entry(finding.message.clone()).or_default() += 1;
    }
    found
        .into_iter()
        .map(|(mut finding, sighting)| {
            if times.get(&finding.message).is_some_and(|times| *times > 1) {
                // Many sightings may come from one record, so the asset is named as well.
                let (record, asset) = (&sighting.seen.record, sighting.asset.short());
                finding.message += &format!(" (record \"{record}\" of {asset})");
            }
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

fn message(case: &Case<'_>, best: &Proof<'_>, begins: Timestamp, sightings: usize) -> String {
    let what = match best.date.kind {
        DateKind::Archived => "archived",
        DateKind::Collected => "held",
        DateKind::Edited => "posted (as last edited)",
        _ => "posted",
    };
    let by = best.date.latest.unwrap_or(begins);
    let whose = match best.found {
        None => "this file itself was ".to_owned(),
        Some(found) => Stretch::of(case, found)
            .map(|stretch| stretch.subject("was ", "were "))
            .unwrap_or_default(),
    };
    let more = match sightings {
        0 | 1 => String::new(),
        more => format!(" ({more} sightings in all)"),
    };
    format!(
        "{whose}already {what} on or before {by}{more}; the claim puts the event at {begins} or later"
    )
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{self, IdenticalBytes, Lead, SameFootage, SamePlace};
    use firstseen_match::Segment;
    use firstseen_model::Basis;

    use super::*;
    use crate::scene::{Scene, at_path, dated, posted, segment, sidecar};

    fn check(scene: &Scene, expected: &[&str]) {
        assert_eq!(scene.found("predates-claim"), expected);
    }

    fn seen(grade: Grade, post: &str) -> Scene {
        Scene::claimed("2024-10").matching(grade, posted(post))
    }

    #[test]
    fn a_post_before_the_event_conflicts() {
        check(&seen(SameFootage, "2022-03-11"), &["strong"]);
        let finding = &seen(SameFootage, "2022-03-11T18:00:00Z").findings("predates-claim")[0];
        assert_eq!(
            finding.message,
            "already posted on or before 2022-03-11T18:00:00Z; the claim puts the event at 2024-09-30T10:00:00Z or later"
        );
        assert_eq!(
            finding.innocent[0],
            "the date of record \"command line\" (sidecar:yt-dlp) is wrong"
        );
        assert_eq!(finding.evidence.len(), 2);
    }

    #[test]
    fn identical_bytes_do_not_lift_a_date_above_its_basis() {
        check(&seen(IdenticalBytes, "2022-03-11"), &["strong"]);
        let named = dated("2022-03-11", DateKind::Posted, Basis::FileName);
        check(&Scene::claimed("2024-10").matching(IdenticalBytes, named), &["weak"]);
    }

    #[test]
    fn only_same_footage_accuses() {
        check(&seen(SamePlace, "2022-03-11"), &[]);
        check(&seen(Lead, "2022-03-11"), &[]);
    }

    #[test]
    fn zones_are_room_for_doubt() {
        // 08:00 on the 18th in Vladivostok is 22:00 on the 17th in UTC: the post came an hour later.
        let event = "2024-10-18T08:00+10:00";
        check(&Scene::claimed(event).matching(SameFootage, posted("2024-10-17T23:00:00Z")), &[]);
        // The day alone may have begun at 10:00 UTC on the day before.
        check(
            &Scene::claimed("2024-10-18").matching(SameFootage, posted("2024-10-17T23:00:00Z")),
            &[],
        );
        check(
            &Scene::claimed("2024-10-18").matching(SameFootage, posted("2024-10-17T09:59:59Z")),
            &["weak"],
        );
        check(
            &Scene::claimed("2024-10-18").matching(SameFootage, posted("2024-10-17T08:00:00")),
            &[],
        );
    }

    #[test]
    fn a_month_is_as_wide_as_it_is() {
        check(&seen(SameFootage, "2024-10-18"), &[]);
        check(&seen(SameFootage, "2024-09"), &[]);
        check(&seen(SameFootage, "2024"), &[]);
        check(&seen(SameFootage, "2024-08"), &["strong"]);
    }

    #[test]
    fn a_gap_under_two_days_is_weak() {
        let event = "2024-10-18T12:00:00Z";
        check(
            &Scene::claimed(event).matching(SameFootage, posted("2024-10-16T12:00:01Z")),
            &["weak"],
        );
        check(
            &Scene::claimed(event).matching(SameFootage, posted("2024-10-16T12:00:00Z")),
            &["strong"],
        );
    }

    #[test]
    fn doubt_on_either_side_is_weak() {
        check(&seen(SameFootage, "2022-03-11~"), &["weak"]);
        check(&Scene::claimed("2024-10?").matching(SameFootage, posted("2022-03-11")), &["weak"]);
        check(&Scene::claimed("2024~").matching(SameFootage, posted("2023-06-01")), &[]);
    }

    #[test]
    fn a_repost_proves_nothing_about_an_older_event() {
        check(&Scene::claimed("2024-10-18").matching(SameFootage, posted("2024-10-22")), &[]);
        check(&Scene::claimed("../2024-10-18").matching(SameFootage, posted("2022-03-11")), &[]);
    }

    #[test]
    fn an_edited_post_counts_from_its_edit() {
        let mut edited = posted("2022-03-11");
        edited.dates.push(Dated::parse("2024-12-01", DateKind::Edited, sidecar()).unwrap());
        check(&Scene::claimed("2024-10").matching(SameFootage, edited.clone()), &[]);
        check(&Scene::claimed("2025-03").matching(SameFootage, edited.clone()), &["strong"]);
        // An edit at an unknown time may have come last.
        edited.dates[1].latest = None;
        check(&Scene::claimed("2025-03").matching(SameFootage, edited), &[]);
    }

    #[test]
    fn dates_in_the_file_prove_nothing() {
        for kind in [DateKind::Captured, DateKind::Encoded] {
            check(
                &Scene::claimed("2024-10")
                    .matching(SameFootage, dated("2020-01-01", kind, Basis::Exif)),
                &[],
            );
        }
    }

    #[test]
    fn an_archived_page_may_show_what_was_fetched_later() {
        let readings = |kind, basis| {
            let scene =
                Scene::claimed("2024-10").matching(SameFootage, dated("2022-03-11", kind, basis));
            scene.findings("predates-claim")[0].innocent.contains(&LATER_COPY.to_owned())
        };
        assert!(readings(DateKind::Archived, Basis::WebArchive));
        assert!(!readings(DateKind::Posted, Basis::Person));
    }

    #[test]
    fn what_was_held_by_then_existed_by_then() {
        let held = dated("2024-01-05T08:00:00Z", DateKind::Collected, Basis::IndexClock);
        let scene = Scene::claimed("2024-10").matching(SameFootage, held);
        check(&scene, &["strong"]);
        assert!(
            scene.findings("predates-claim")[0].message.starts_with("already held on or before")
        );
    }

    #[test]
    fn the_files_own_post_counts_and_is_named_so() {
        for scene in [
            Scene::claimed("2024-10").given(posted("2022-03-11")),
            Scene::claimed("2024-10").indexed(posted("2022-03-11")),
        ] {
            check(&scene, &["strong"]);
            let finding = &scene.findings("predates-claim")[0];
            assert!(finding.message.starts_with("this file itself was already posted"));
            assert_eq!(finding.with_match, None);
        }
        check(&Scene::claimed("2024-10").given(at_path("clip.mp4")), &[]);
    }

    #[test]
    fn a_strong_date_is_not_hidden_by_an_earlier_weak_one() {
        let mut seen = dated("2019-01-01", DateKind::Posted, Basis::FileName);
        seen.dates.push(Dated::parse("2022-03-11", DateKind::Archived, Basis::WebArchive).unwrap());
        check(&Scene::claimed("2024-10").matching(SameFootage, seen), &["strong"]);
    }

    #[test]
    fn the_stretch_that_was_posted_is_named_and_the_rest_left_open() {
        let said = |grade, segments: Vec<Segment>| {
            let mut scene = seen(grade, "2022-03-11");
            scene.matches[0].0.segments = segments;
            let finding = scene.findings("predates-claim").remove(0);
            let other_part = "the claim may be about another part of this file".to_owned();
            (finding.message, finding.innocent.contains(&other_part))
        };
        let (message, other_part) = said(SameFootage, vec![segment(5.0, 10.0)]);
        assert!(message.starts_with("the stretch 00:05.0-00:10.0 was already posted"), "{message}");
        assert!(other_part);
        let (message, _) = said(SameFootage, vec![segment(5.0, 10.0), segment(0.0, 2.0)]);
        let two = "the stretches 00:00.0-00:02.0, 00:05.0-00:10.0 were already posted";
        assert!(message.starts_with(two), "{message}");
        let many = (0..5).map(|i| segment(f64::from(i), f64::from(i) + 0.5)).collect();
        assert!(said(SameFootage, many).0.contains("00:02.0-00:02.5 and 2 more were already"));
        // Two pictures, and the same bytes, are whole.
        for whole in [
            said(SameFootage, vec![segment(0.0, 0.0)]),
            said(IdenticalBytes, vec![segment(0.0, 9.0)]),
        ] {
            assert!(whole.0.starts_with("already posted") && !whole.1);
        }
    }

    #[test]
    fn findings_that_would_read_the_same_name_their_records() {
        let scene = seen(SameFootage, "2022-03-11").matching(SameFootage, posted("2022-03-11"));
        let messages: Vec<String> =
            scene.findings("predates-claim").into_iter().map(|finding| finding.message).collect();
        assert_ne!(messages[0], messages[1]);
        assert!(messages[0].contains("(record \"command line\" of 0"), "{}", messages[0]);
        let other = seen(SameFootage, "2022-03-11").matching(SameFootage, posted("2021-01-01"));
        assert!(
            other
                .findings("predates-claim")
                .iter()
                .all(|finding| !finding.message.contains("record"))
        );
    }

    #[test]
    fn each_match_and_claim_has_a_finding_of_its_own() {
        let scene = seen(SameFootage, "2022-03-11").matching(SameFootage, posted("2021-01-01"));
        check(&scene, &["strong", "strong"]);
        let findings = scene.findings("predates-claim");
        assert_ne!(findings[0].id(), findings[1].id());
    }
}
