//! Phones whose system is younger than the capture.

use firstseen_media::Fact;

use super::Rule;
use crate::moment::{Moment, moments};
use crate::programs::{self, Release};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

pub(super) const RULE: Rule = Rule {
    id: RuleId("system-after-capture"),
    kind: Kind::Inconsistency,
    about: "a phone names the version of its system at the capture, and that version did not exist then; weak where the \
            file was changed since, or the clock was perhaps never set",
    innocent: &[
        "the phone's clock was behind",
        "an edit on the phone wrote the system of that day",
        "the date was set by hand, as for the picture of an old print",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let Some((fact, name, release)) = system(case) else { return Vec::new() };
    let captured = moments(case.metadata, &["datetime_original", "quicktime_creation_date"]);
    let Some(taken) = captured.iter().max_by_key(|moment| moment.latest) else { return Vec::new() };
    if release.not_before <= taken.latest {
        return Vec::new();
    }
    let changed = |moment: &Moment<'_>| moment.latest >= release.not_before;
    let written =
        moments(case.metadata, &["modify_date", "metadata_date", "container_create_date"]);
    let doubt = written.iter().any(changed) || taken.never_set();
    let gap = Strength::of_gap(release.not_before.duration_since(taken.latest));
    let strength = if doubt { Strength::Weak } else { gap.min(Strength::Strong) };
    let message = format!(
        "this file says that it was taken on or before {} under {name}, which did not exist before {}",
        taken.latest, release.month,
    );
    let mut finding = RULE.finding(case, strength, message);
    finding.evidence = vec![
        Evidence::fact(case.asset, fact, (Some(release.not_before), None)),
        Evidence::fact(case.asset, taken.fact, taken.bounds()),
    ];
    vec![finding]
}

/// The phone's system and since when it can have been in use.
fn system<'a>(case: &Case<'a>) -> Option<(&'a Fact, String, Release)> {
    let make = case.metadata.value("make").unwrap_or_default();
    let model = case.metadata.value("model").unwrap_or_default();
    let apple = make == "Apple" && (model.starts_with("iPhone") || model.starts_with("iPad"));
    case.metadata.facts.iter().find_map(|fact| {
        let value = fact.value.trim();
        let number = value.starts_with(|c: char| c.is_ascii_digit());
        let name = match fact.name.as_str() {
            "software" if apple && number => format!("iOS {value}"),
            "android_version" if number => format!("Android {value}"),
            _ => return None,
        };
        let release = programs::release(&name)?;
        Some((fact, name, release))
    })
}

#[cfg(test)]
mod tests {
    use crate::scene::Scene;

    fn phone(taken: &str, software: &str) -> Scene {
        Scene::default().saying(&[
            ("make", "Apple", "exif:IFD0"),
            ("model", "iPhone 8", "exif:IFD0"),
            ("datetime_original", taken, "exif:Exif"),
            ("software", software, "exif:IFD0"),
        ])
    }

    fn check(scene: &Scene, expected: &[&str]) {
        assert_eq!(scene.found("system-after-capture"), expected);
    }

    #[test]
    fn a_system_that_did_not_exist_is_strong() {
        check(&phone("2016-02-05T15:11:44", "11.2.2"), &["strong"]);
        check(&phone("2022-02-24T06:00:00", "17.5.1"), &["strong"]);
        let android = Scene::default().saying(&[
            ("quicktime_creation_date", "2016-02-05T15:11:44+0200", "container"),
            ("android_version", "10", "container"),
        ]);
        check(&android, &["strong"]);
    }

    #[test]
    fn a_system_of_the_time_says_nothing() {
        check(&phone("2018-02-05T15:11:44", "11.2.2"), &[]);
        check(&phone("2024-10-18T15:11:44", "11.2.2"), &[]);
        // Developers had it by then.
        check(&phone("2017-06-20T15:11:44", "11.0"), &[]);
    }

    #[test]
    fn a_change_since_may_have_written_the_system() {
        let changed = [("modify_date", "2019-01-05T15:11:44", "exif:IFD0")];
        check(&phone("2016-02-05T15:11:44", "11.2.2").saying(&changed), &["weak"]);
        check(&phone("2001-01-01T00:11:44", "11.2.2"), &["weak"]);
    }

    #[test]
    fn other_makers_count_otherwise() {
        let camera = Scene::default().saying(&[
            ("make", "Canon", "exif:IFD0"),
            ("datetime_original", "2005-02-05T15:11:44", "exif:Exif"),
            ("software", "11.2.2", "exif:IFD0"),
        ]);
        check(&camera, &[]);
    }

    #[test]
    fn versions_that_nobody_knows_say_nothing() {
        check(&phone("2016-02-05T15:11:44", "Photos 3.0"), &[]);
        check(&phone("2005-02-05T15:11:44", "1.1.4"), &[]);
    }
}
