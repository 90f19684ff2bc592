//! A clip whose container was made at another time than its pictures.

use jiff::SignedDuration;

use super::{Rule, span};
use crate::moment::moments;
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// A take, and what a phone does to it before it writes it, is over by then.
const LONGEST_TAKE: SignedDuration = SignedDuration::from_hours(12);

pub(super) const RULE: Rule = Rule {
    id: RuleId("container-date-differs"),
    kind: Kind::Inconsistency,
    about: "a clip's container was made at another time than the phone says that it was taken",
    innocent: &[
        "the clip was exported or trimmed, which makes a new container and keeps the date of capture",
        "the container's clock was not set, or is in local time",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let phone = moments(case.metadata, &["quicktime_creation_date"]);
    let container = moments(case.metadata, &["container_create_date"]);
    let (Some(taken), Some(made)) = (phone.first(), container.first()) else { return Vec::new() };
    let (before, after) =
        (taken.earliest.duration_since(made.latest), made.earliest.duration_since(taken.latest));
    let message = if made.never_set() || taken.never_set() {
        return Vec::new();
    } else if before.is_positive() {
        format!(
            "the container was made {} or more before the phone says that it was taken",
            span(before)
        )
    } else if after > LONGEST_TAKE {
        format!(
            "the container was made {} or more after the phone says that it was taken",
            span(after)
        )
    } else {
        return Vec::new();
    };
    let mut finding = RULE.finding(case, Strength::Weak, message);
    finding.evidence = [taken, made]
        .map(|moment| Evidence::fact(case.asset, moment.fact, moment.bounds()))
        .to_vec();
    vec![finding]
}

#[cfg(test)]
mod tests {
    use crate::scene::Scene;

    fn check(taken: &str, made: &str, expected: &[&str]) {
        let scene = Scene::default().saying(&[
            ("quicktime_creation_date", taken, "container"),
            ("container_create_date", made, "container"),
        ]);
        assert_eq!(scene.found("container-date-differs"), expected, "{taken} {made}");
    }

    #[test]
    fn days_apart_are_a_hint() {
        check("2024-10-18T12:00:00+0300", "2024-10-22T09:00:00", &["weak"]);
        check("2024-10-18T12:00:00+0300", "2024-10-10T09:00:00", &["weak"]);
        check("2024-10-18T12:00:00+0300", "2026-01-01T12:00:00", &["weak"]);
    }

    #[test]
    fn the_same_instant_agrees() {
        check("2024-10-18T12:00:00+0300", "2024-10-18T09:00:12", &[]);
    }

    #[test]
    fn local_time_in_the_container_agrees() {
        check("2024-10-18T12:00:00+1000", "2024-10-18T12:00:00", &[]);
        check("2024-10-18T12:00:00-1000", "2024-10-18T12:00:00", &[]);
    }

    #[test]
    fn a_container_without_a_clock_says_nothing() {
        check("2024-10-18T12:00:00+0300", "1904-01-01T00:00:00", &[]);
        check("2024-10-18T12:00:00+0300", "1970-01-01T00:00:00", &[]);
    }
}
