//! Files that were saved by a program younger than the capture.

use firstseen_media::{Fact, Metadata};

use super::Rule;
use crate::moment::moments;
use crate::programs::{self, Release};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

pub(super) const RULE: Rule = Rule {
    id: RuleId("software-after-capture"),
    kind: Kind::Declared,
    about: "the file names a program that did not exist when it was taken: it was saved again since, and its last \
            saving lies no earlier than that program",
    innocent: &["every edit, export or upload saves anew and may keep the date of capture"],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let captured = moments(
        case.metadata,
        &["datetime_original", "quicktime_creation_date", "container_create_date"],
    );
    let Some(taken) = captured.iter().min_by_key(|moment| moment.latest) else { return Vec::new() };
    let Some((fact, release)) = youngest(case.metadata) else { return Vec::new() };
    if release.not_before <= taken.latest {
        return Vec::new();
    }
    let message = format!(
        "this file was last saved in {} or later, by a program that did not exist at the {} that it names ({})",
        release.month,
        taken.fact.name,
        programs::agent(fact),
    );
    let mut finding = RULE.finding(case, Strength::Weak, message);
    finding.evidence = vec![
        Evidence::fact(case.asset, fact, (Some(release.not_before), None)),
        Evidence::fact(case.asset, taken.fact, taken.bounds()),
    ];
    vec![finding]
}

/// The youngest program that a file names.
pub(crate) fn youngest(metadata: &Metadata) -> Option<(&Fact, Release)> {
    let named = metadata.facts.iter().filter(|fact| programs::NAMED.contains(&fact.name.as_str()));
    named
        .filter_map(|fact| Some((fact, programs::release(programs::agent(fact))?)))
        .max_by_key(|(_, release)| release.not_before)
}

#[cfg(test)]
mod tests {
    use crate::scene::Scene;

    fn check(taken: (&str, &str), program: (&str, &str), expected: &[&str]) {
        let scene = Scene::default()
            .saying(&[(taken.0, taken.1, "exif:Exif"), (program.0, program.1, "exif:IFD0")]);
        assert_eq!(scene.found("software-after-capture"), expected, "{taken:?} {program:?}");
    }

    #[test]
    fn a_younger_program_bounds_the_last_saving() {
        let photoshop = ("software", "Adobe Photoshop CC 2017 (Macintosh)");
        check(("datetime_original", "2010-05-15T17:12:05"), photoshop, &["weak"]);
        let phone = ("quicktime_creation_date", "2016-05-15T17:12:05+0200");
        check(phone, ("encoder", "Lavf58.29.100"), &["weak"]);
        let container = ("container_create_date", "2016-05-15T17:12:05");
        check(container, ("encoder_library", "x264 - core 164 r3095 baee400"), &["weak"]);
    }

    #[test]
    fn it_is_no_accusation() {
        let scene = Scene::default().saying(&[
            ("datetime_original", "2010-05-15T17:12:05", "exif:Exif"),
            ("software", "Adobe Photoshop CC 2017 (Macintosh)", "exif:IFD0"),
        ]);
        let finding = &scene.findings("software-after-capture")[0];
        assert_eq!(finding.kind, crate::Kind::Declared);
        assert_eq!(
            finding.message,
            "this file was last saved in 2016-11 or later, by a program that did not exist at the datetime_original that \
             it names (Adobe Photoshop CC 2017 (Macintosh))"
        );
    }

    #[test]
    fn programs_of_the_time_say_nothing() {
        let photoshop = ("software", "Adobe Photoshop 7.0");
        check(("datetime_original", "2002-10-26T19:26:35"), photoshop, &[]);
        check(("datetime_original", "2019-10-26T19:26:35"), ("encoder", "Lavf58.20.100"), &[]);
        // A beta was public by then.
        let beta = ("software", "Adobe Photoshop CS3 Windows");
        check(("datetime_original", "2007-01-26T19:26:35"), beta, &[]);
    }

    #[test]
    fn what_is_not_in_the_table_says_nothing() {
        check(("datetime_original", "2002-10-26T19:26:35"), ("software", "Ver.5.01"), &[]);
        check(("datetime_original", "2002-10-26T19:26:35"), ("software", "Editor 2040"), &[]);
    }

    #[test]
    fn without_a_capture_there_is_nothing_to_compare() {
        check(("modify_date", "2002-10-26T19:26:35"), ("encoder", "Lavf58.20.100"), &[]);
    }
}
