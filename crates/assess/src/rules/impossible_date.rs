//! Dates of capture that cannot be.

use firstseen_media::Fact;

use super::Rule;
use crate::moment::{Moment, moments};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

pub(super) const RULE: Rule = Rule {
    id: RuleId("impossible-date"),
    kind: Kind::Inconsistency,
    about: "the date of capture lies in the future, before there were digital cameras, or on no day of the calendar",
    innocent: &[
        "the camera's clock was not set",
        "a scan, dated by hand to when the picture was taken",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let captured = moments(case.metadata, &["datetime_original", "quicktime_creation_date"]);
    let of_moment = captured.iter().find_map(|moment| {
        let why = impossible(case, moment)?;
        Some((moment.fact, moment.bounds(), why))
    });
    let of_text = || {
        let fact = case.metadata.facts.iter().find(|fact| on_no_day(fact))?;
        Some((fact, (None, None), "is on no day of the calendar"))
    };
    let Some((fact, bounds, why)) = of_moment.or_else(of_text) else { return Vec::new() };
    let message = format!("the date of capture, \"{}\", {why}", fact.raw.trim());
    let mut finding = RULE.finding(case, Strength::Weak, message);
    finding.evidence = vec![Evidence::fact(case.asset, fact, bounds)];
    vec![finding]
}

fn impossible(case: &Case<'_>, moment: &Moment<'_>) -> Option<&'static str> {
    if moment.earliest > case.as_of {
        Some("lies in the future")
    } else if !moment.can_be(case.as_of) {
        Some("lies before there were digital cameras")
    } else {
        None
    }
}

/// A date of capture with a digit other than zero that is none; zeros and blanks only say that there is no date.
fn on_no_day(fact: &Fact) -> bool {
    matches!(fact.name.as_str(), "datetime_original" | "exif:DateTimeOriginal")
        && fact.raw.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
        && fact.raw.bytes().filter(u8::is_ascii_digit).count() >= 8
        && not_a_date(fact)
}

fn not_a_date(fact: &Fact) -> bool {
    let alone = firstseen_media::Metadata {
        facts: vec![Fact { name: "modify_date".to_owned(), ..fact.clone() }],
        ..Default::default()
    };
    moments(&alone, &["modify_date"]).is_empty()
}

#[cfg(test)]
mod tests {
    use crate::scene::Scene;

    fn check(name: &str, value: &str, expected: &[&str]) {
        let scene = Scene::default().saying(&[(name, value, "exif:Exif")]);
        assert_eq!(scene.found("impossible-date"), expected, "{value:?}");
    }

    #[test]
    fn what_cannot_be_is_a_hint() {
        check("datetime_original", "2031-01-05T12:00:00", &["weak"]);
        check("datetime_original", "1945-05-08T12:00:00", &["weak"]);
        check("exif:DateTimeOriginal", "2024:13:01 12:00:00", &["weak"]);
        check("exif:DateTimeOriginal", "2024:02:30 12:00:00", &["weak"]);
        check("quicktime_creation_date", "2031-01-05T12:00:00+0300", &["weak"]);
    }

    #[test]
    fn zeros_and_blanks_are_no_date() {
        check("exif:DateTimeOriginal", "0000:00:00 00:00:00", &[]);
        check("exif:DateTimeOriginal", "    :  :     :  :  ", &[]);
        check("datetime_original", "", &[]);
    }

    #[test]
    fn dates_of_today_and_of_old_cameras_can_be() {
        // The clock of the check is 2026-11-23T08:00Z; in the Pacific that is ten hours later.
        check("datetime_original", "2026-11-23T20:00:00", &[]);
        check("datetime_original", "1996-11-10T20:59:21", &[]);
        check("exif:DateTimeOriginal", "2024:02:29 12:00:00", &[]);
    }

    #[test]
    fn other_fields_may_be_older_than_cameras() {
        check("date_created", "1945-05-08", &[]);
        check("container_create_date", "1904-01-01T00:00:00", &[]);
        check("exif:DateTimeOriginal", "n/a", &[]);
    }
}
