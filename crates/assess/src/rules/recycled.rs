//! Footage that is posted again long after it was first seen.

use std::cmp::Reverse;

use firstseen_model::DateKind;

use super::Rule;
use crate::first_known::posted_before;
use crate::stretch::Stretch;
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
    let days = gap.as_hours() / 24;
    let stretch = first.found.and_then(|found| Stretch::of(case, found));
    let what = match &stretch {
        Some(stretch) => stretch.subject("of it was", "of it were"),
        None => "the same footage was".to_owned(),
    };
    let message = format!(
        "this file was posted at {posted_at} or later, {days} {} or more after {what} {} on or before {by}",
        if days == 1 { "day" } else { "days" },
        if first.date.kind == DateKind::Archived { "archived" } else { "posted" },
    );
    let mut finding = RULE.finding(case, first.strength, message);
    if stretch.is_some() {
        finding.innocent.insert(0, "a report that shows older footage among its own".to_owned());
    }
    finding.with_match = first.match_id();
    finding.evidence =
        vec![Evidence::date(first.sighting, first.date), Evidence::date(own, posted)];
    vec![finding]
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{Lead, SameFootage};
    use firstseen_model::Basis;

    use super::*;
    use crate::scene::{Scene, at_path, dated, posted, segment, sidecar};

    fn check(scene: &Scene, expected: &[&str]) {
        assert_eq!(scene.found("recycled"), expected);
    }

    fn own(text: &str) -> Scene {
        Scene::default().given(posted(text))
    }

    #[test]
    fn a_post_long_after_the_first_known_one_is_recycled() {
        let scene = own("2024-10-20").matching(SameFootage, posted("2022-03-11T18:00:00Z"));
        check(&scene, &["strong"]);
        assert_eq!(
            scene.findings("recycled")[0].message,
            "this file was posted at 2024-10-19T10:00:00Z or later, 952 days or more after the same footage was posted \
             on or before 2022-03-11T18:00:00Z"
        );
    }

    #[test]
    fn a_report_that_shows_an_older_stretch_is_told_by_the_stretch() {
        let mut scene = own("2024-10-20").matching(SameFootage, posted("2022-03-11T18:00:00Z"));
        scene.matches[0].0.segments = vec![segment(5.0, 10.0)];
        let finding = &scene.findings("recycled")[0];
        let told = "952 days or more after the stretch 00:05.0-00:10.0 of it was posted on or";
        assert!(finding.message.contains(told), "{}", finding.message);
        assert!(finding.innocent[0].contains("older footage among its own"));
    }

    #[test]
    fn thirty_days_are_not_long() {
        check(
            &own("2024-10-31T00:00:00Z").matching(SameFootage, posted("2024-10-01T00:00:00Z")),
            &[],
        );
        check(
            &own("2024-10-31T00:00:01Z").matching(SameFootage, posted("2024-10-01T00:00:00Z")),
            &["strong"],
        );
        check(&own("2024-10").matching(SameFootage, posted("2024-09")), &[]);
    }

    #[test]
    fn an_older_post_of_the_query_is_not_recycled() {
        check(&own("2020-01-01").matching(SameFootage, posted("2022-03-11")), &[]);
    }

    #[test]
    fn it_needs_the_querys_own_posted_date() {
        let undated = Scene::default().given(at_path("clip.mp4"));
        check(&undated.matching(SameFootage, posted("2022-03-11")), &[]);
        let captured = Scene::default().given(dated("2024-10-20", DateKind::Captured, Basis::Exif));
        check(&captured.matching(SameFootage, posted("2022-03-11")), &[]);
    }

    #[test]
    fn only_posts_and_archives_are_first_known() {
        let held = dated("2022-03-11", DateKind::Collected, Basis::IndexClock);
        check(&own("2024-10-20").matching(SameFootage, held), &[]);
        let archived = dated("2022-03-11", DateKind::Archived, Basis::WebArchive);
        check(&own("2024-10-20").matching(SameFootage, archived), &["strong"]);
        check(&own("2024-10-20").matching(Lead, posted("2022-03-11")), &[]);
    }

    #[test]
    fn the_querys_own_post_is_left_out() {
        let post = |text: &str, path: &str| {
            let mut seen = posted(text);
            (seen.post, seen.path) = (Some("123".to_owned()), Some(path.into()));
            seen
        };
        // The same post, read before with another date.
        let scene =
            Scene::default().given(post("2024-10-20", "a")).indexed(post("2022-03-11", "b"));
        check(&scene, &[]);
        let elsewhere =
            Scene::default().given(post("2024-10-20", "a")).indexed(posted("2022-03-11"));
        check(&elsewhere, &["strong"]);
    }

    #[test]
    fn doubt_on_either_side_is_weak() {
        check(&own("2024-10-20?").matching(SameFootage, posted("2022-03-11")), &["weak"]);
        let named = dated("2022-03-11", DateKind::Posted, Basis::FileName);
        check(&own("2024-10-20").matching(SameFootage, named), &["weak"]);
        let mut edited = posted("2022-03-11");
        edited.dates.push(
            firstseen_model::Dated::parse("2024-10-19", DateKind::Edited, sidecar()).unwrap(),
        );
        check(&own("2024-10-20").matching(SameFootage, edited), &[]);
    }
}
