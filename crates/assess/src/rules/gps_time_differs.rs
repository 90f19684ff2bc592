//! A camera's clock that no zone brings to the satellites' time.

use jiff::SignedDuration;
use jiff::tz::Offset;

use super::{Rule, span};
use crate::moment::{Moment, is_a_zone, moments};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// Clocks that are this near to a zone's offset are in it: fixes are minutes old, and clocks drift.
const SLACK: SignedDuration = SignedDuration::from_mins(5);
/// A fix is this old where there was no sky in between.
const STALE: SignedDuration = SignedDuration::from_hours(1);
/// From this on no old position explains it: indoors a receiver keeps its last one for days.
const FAR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The satellites' count of weeks begins anew after this; receivers that do not know are that far off.
const ROLLOVER: SignedDuration = SignedDuration::from_hours(1024 * 7 * 24);

pub(super) const RULE: Rule = Rule {
    id: RuleId("gps-time-differs"),
    kind: Kind::Inconsistency,
    about: "the camera's clock and the satellites' differ by more than zones explain; weak under 30 days",
    innocent: &[
        "the camera's clock was wrong",
        "the position is an old one, from where there was a view of the sky",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let captured = moments(case.metadata, &["datetime_original", "quicktime_creation_date"]);
    let fixes = moments(case.metadata, &["gps_datetime_utc"]);
    // Another block's fix may be another device's.
    let pair = captured.iter().find_map(|taken| {
        let fix = fixes.first()?;
        (taken.to_the_second && fix.to_the_second).then_some((taken, fix))
    });
    pair.and_then(|(taken, fix)| differ(case, taken, fix)).into_iter().collect()
}

fn differ(case: &Case<'_>, taken: &Moment<'_>, fix: &Moment<'_>) -> Option<Finding> {
    let offset = taken.offset.unwrap_or(Offset::UTC);
    let ahead = offset.to_timestamp(taken.local).ok()?.duration_since(fix.earliest);
    let apart = ahead.abs();
    let explained = match taken.offset {
        Some(_) => apart <= STALE,
        None => is_a_zone(ahead, SLACK),
    };
    if explained {
        return None;
    }
    let rolled_over =
        (1..=2).any(|weeks| (apart - ROLLOVER * weeks).abs() <= SignedDuration::from_hours(48));
    let far = apart >= FAR && !taken.never_set() && !rolled_over;
    let direction = if ahead.is_negative() { "behind" } else { "ahead of" };
    let why = match taken.offset {
        Some(_) => "with its zone counted",
        None => "which is no zone's offset",
    };
    let message = format!(
        "the camera's clock is {} {direction} the satellites' ({} against {}), {why}",
        span(apart),
        taken.fact.value,
        fix.fact.value,
    );
    let strength = if far { Strength::Strong } else { Strength::Weak };
    let mut finding = RULE.finding(case, strength, message);
    finding.evidence = [taken, fix]
        .map(|moment| Evidence::fact(case.asset, moment.fact, moment.bounds()))
        .to_vec();
    if rolled_over {
        finding.innocent.push("the receiver's count of weeks began anew".to_owned());
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use crate::scene::Scene;

    fn check(taken: &str, fix: &str, expected: &[&str]) {
        let scene = Scene::default().saying(&[
            ("datetime_original", taken, "exif:Exif"),
            ("gps_datetime_utc", fix, "exif:GPS"),
        ]);
        assert_eq!(scene.found("gps-time-differs"), expected, "{taken} {fix}");
    }

    #[test]
    fn clocks_in_a_zone_agree() {
        check("2010-05-15T17:12:05", "2010-05-15T15:12:07", &[]);
        check("2018-02-05T15:11:44", "2018-02-05T07:11:43", &[]);
        check("2024-10-18T12:45:00", "2024-10-18T07:00:00", &[]);
        check("2024-10-18T02:00:00", "2024-10-17T12:00:00", &[]);
    }

    #[test]
    fn what_no_zone_explains_is_a_hint() {
        check("2024-10-18T12:22:00", "2024-10-18T07:00:00", &["weak"]);
        check("2024-10-18T12:00:00", "2024-10-17T12:00:00", &["weak"]);
        check("2024-10-18T12:00:00", "2024-10-10T12:00:00", &["weak"]);
        check("2024-10-18T12:00:00+02:00", "2024-10-18T07:00:00", &["weak"]);
    }

    #[test]
    fn months_apart_are_strong() {
        check("2024-10-18T12:00:00", "2022-03-11T09:00:00", &["strong"]);
        check("2022-03-11T12:00:00", "2024-10-18T09:00:00", &["strong"]);
        check("2024-10-18T12:00:00Z", "2024-08-10T12:00:00", &["strong"]);
    }

    #[test]
    fn unset_clocks_and_counts_of_weeks_are_a_hint_only() {
        check("2005-01-01T00:10:00", "2024-10-18T09:00:00", &["weak"]);
        check("2024-10-18T12:00:00", "2005-03-04T12:00:00", &["weak"]);
    }

    #[test]
    fn a_fix_of_the_hour_before_agrees_with_a_zone() {
        check("2024-10-18T12:00:00+02:00", "2024-10-18T09:10:00", &[]);
    }

    #[test]
    fn one_clock_alone_says_nothing() {
        let scene =
            Scene::default().saying(&[("gps_datetime_utc", "2022-03-11T09:00:00", "exif:GPS")]);
        assert!(scene.found("gps-time-differs").is_empty());
        check("2024-10-18", "2022-03-11T09:00:00", &[]);
    }
}
