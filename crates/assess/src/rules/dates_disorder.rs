//! A file that says it was taken after it was written, or that was posted before it says it was taken.

use jiff::SignedDuration;

use super::{Rule, span};
use crate::moment::{Moment, WRITTEN, block, moments};
use crate::proof::proofs;
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// A lead under this is no disorder: cameras set a file's fields one after another, and clocks are set in between.
const LEAST: SignedDuration = SignedDuration::from_hours(1);

pub(super) const RULE: Rule = Rule {
    id: RuleId("dates-disorder"),
    kind: Kind::Inconsistency,
    about: "by its own fields the file was taken after it was written, or after it was posted; one field alone is weak",
    innocent: &[
        "a clock was set anew, or one of two devices' clocks was wrong",
        "a date was entered by hand",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let captured = moments(case.metadata, &["datetime_original", "quicktime_creation_date"]);
    let found = captured.iter().filter_map(|taken| {
        let posted = after_posting(case, taken);
        posted.or_else(|| after_writing(case, taken))
    });
    found.max_by_key(|finding| finding.strength).into_iter().collect()
}

/// Taken after a field says that the file was written.
fn after_writing(case: &Case<'_>, taken: &Moment<'_>) -> Option<Finding> {
    let written = moments(case.metadata, &WRITTEN);
    let later = |moment: &&Moment<'_>| {
        lead(taken, moment.latest) >= LEAST && !taken.never_set() && !moment.never_set()
    };
    let before: Vec<&Moment<'_>> = written.iter().filter(later).collect();
    let first = before.iter().min_by_key(|moment| moment.latest)?;
    // Two programs that wrote different blocks seldom have the same wrong clock.
    let blocks =
        |moment: &&&Moment<'_>| block(&moment.fact.read_from) != block(&first.fact.read_from);
    let strength = if before.iter().any(|moment| blocks(&moment)) {
        Strength::of_gap(lead(taken, first.latest)).min(Strength::Strong)
    } else {
        Strength::Weak
    };
    let message = format!(
        "this file says that it was taken {} or more after it was written (its {} against its {})",
        span(lead(taken, first.latest)),
        taken.fact.name,
        first.fact.name,
    );
    let mut finding = RULE.finding(case, strength, message);
    finding.evidence = std::iter::once(taken)
        .chain(before.iter().copied())
        .map(|moment| Evidence::fact(case.asset, moment.fact, moment.bounds()))
        .collect();
    Some(finding)
}

/// Taken after a record says that these very bytes were posted, archived or held.
fn after_posting(case: &Case<'_>, taken: &Moment<'_>) -> Option<Finding> {
    let own = case.own.iter().filter(|sighting| sighting.asset == case.asset);
    let (proof, latest) = own
        .flat_map(|sighting| proofs(sighting, None))
        .filter_map(|proof| Some((proof, proof.date.latest?)))
        .filter(|(_, latest)| lead(taken, *latest) >= LEAST)
        .max_by_key(|(proof, latest)| (proof.strength, std::cmp::Reverse(*latest)))?;
    let gap = lead(taken, latest);
    let message = format!(
        "this file says that it was taken {} or more after it was {} (its {} against a record)",
        span(gap),
        proof.date.kind.word(),
        taken.fact.name,
    );
    let strength = proof.strength.min(Strength::of_gap(gap)).min(Strength::Strong);
    let mut finding = RULE.finding(case, strength, message);
    finding.evidence = vec![
        Evidence::fact(case.asset, taken.fact, taken.bounds()),
        Evidence::date(proof.sighting, proof.date),
    ];
    finding.innocent.push("the record's date is wrong".to_owned());
    Some(finding)
}

/// How long after a moment the capture lies at the least.
fn lead(taken: &Moment<'_>, written: jiff::Timestamp) -> SignedDuration {
    taken.earliest.duration_since(written)
}

#[cfg(test)]
mod tests {
    use crate::scene::{Scene, posted};

    const TAKEN: (&str, &str, &str) = ("datetime_original", "2024-10-18T12:00:00", "exif:Exif");

    fn check(scene: Scene, expected: &[&str]) {
        assert_eq!(scene.saying(&[TAKEN]).found("dates-disorder"), expected);
    }

    fn written(facts: &[(&str, &str, &str)]) -> Scene {
        Scene::default().saying(facts)
    }

    #[test]
    fn a_file_written_before_it_was_taken_is_a_hint() {
        check(written(&[("modify_date", "2022-01-18T04:27:28", "exif:IFD0")]), &["weak"]);
        check(written(&[("container_create_date", "2024-10-16T04:27:28", "container")]), &["weak"]);
        let scene =
            written(&[("modify_date", "2022-01-18T04:27:28", "exif:IFD0")]).saying(&[TAKEN]);
        assert_eq!(
            scene.findings("dates-disorder")[0].message,
            "this file says that it was taken 1003 days or more after it was written (its datetime_original against its \
             modify_date)"
        );
    }

    #[test]
    fn two_blocks_are_strong() {
        let modified = ("modify_date", "2022-01-18T04:27:28", "exif:IFD0");
        check(written(&[modified, ("metadata_date", "2022-01-20T04:27:28Z", "xmp")]), &["strong"]);
        check(
            written(&[modified, ("datetime_digitized", "2022-01-20T04:27:28", "exif:Exif")]),
            &["weak"],
        );
    }

    #[test]
    fn bytes_posted_before_they_were_taken_are_strong() {
        check(Scene::default().given(posted("2022-03-11")), &["strong"]);
        check(Scene::default().given(posted("2024-10-16")), &["weak"]);
        check(Scene::default().given(posted("2024-10-18")), &[]);
    }

    #[test]
    fn the_usual_order_and_zones_are_none() {
        check(written(&[("modify_date", "2024-10-18T12:00:00", "exif:IFD0")]), &[]);
        check(written(&[("modify_date", "2024-12-18T12:00:00", "exif:IFD0")]), &[]);
        // A computer on the other side of the Earth.
        check(written(&[("modify_date", "2024-10-17T12:00:00", "exif:IFD0")]), &[]);
        check(written(&[("metadata_date", "2024-10-18T01:00:00Z", "xmp")]), &[]);
    }

    #[test]
    fn clocks_that_were_never_set_are_none() {
        check(written(&[("modify_date", "2003-01-01T00:00:10", "exif:IFD0")]), &[]);
        check(written(&[("container_create_date", "1904-01-01T00:00:00", "container")]), &[]);
        check(written(&[("modify_date", "0000:00:00 00:00:00", "exif:IFD0")]), &[]);
    }
}
