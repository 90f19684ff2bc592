//! Files that name an editor as the program that made or saved them.

use super::Rule;
use crate::programs;
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// Fields that a finding names; the others say the same.
const NAMED: usize = 5;

pub(super) const RULE: Rule = Rule {
    id: RuleId("edited-with"),
    kind: Kind::Declared,
    about: "the file names a known editor as a program that saved it, which tells nothing of what was changed",
    innocent: &[
        "press and hobby photographs pass through editors as a matter of routine: exposure, size, captions",
        "only a label was written",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let Some((_, name)) = programs::editor(case.metadata) else { return Vec::new() };
    let mut finding =
        RULE.finding(case, Strength::Weak, format!("this file says that {name} saved it"));
    let named = case.metadata.facts.iter().filter(|fact| programs::editor_in(fact).is_some());
    finding.evidence =
        named.take(NAMED).map(|fact| Evidence::fact(case.asset, fact, (None, None))).collect();
    vec![finding]
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::SameFootage;

    use crate::scene::Scene;

    fn check(name: &str, value: &str, expected: &[&str]) {
        let scene = Scene::default().saying(&[(name, value, "exif:IFD0")]);
        assert_eq!(scene.found("edited-with"), expected, "{value}");
    }

    #[test]
    fn an_editors_name_is_declared_and_weak() {
        check("software", "Adobe Photoshop CS6 (Windows)", &["weak"]);
        check("xmp_creator_tool", "Adobe Photoshop Lightroom 3.4.1", &["weak"]);
        check("software", "Snapseed 2.0", &["weak"]);
        let history = "saved; 2017-05-03T10:00:00Z; Adobe Premiere Pro CC 2017.1 (Macintosh)";
        check("xmp_history", history, &["weak"]);
        let scene = Scene::default().saying(&[("xmp_history", history, "xmp")]);
        assert_eq!(
            scene.findings("edited-with")[0].message,
            "this file says that Adobe Premiere Pro CC 2017.1 (Macintosh) saved it"
        );
    }

    #[test]
    fn cameras_and_phones_are_no_editors() {
        for value in ["Ver.1.0", "V100-02", "11.2.2", "M4021M-1006", "HDR+ 1.0.19", "NIKON D1X"] {
            check("software", value, &[]);
        }
    }

    #[test]
    fn tools_that_carry_or_show_pictures_are_no_editors() {
        for value in ["Picasa", "Photos 1.5", "Nikon Transfer 6.2.1 W", "OLYMPUS Master 2.04W"] {
            check("software", value, &[]);
        }
    }

    #[test]
    fn an_edited_copy_says_nothing_of_this_file() {
        let copy = [("software", "Adobe Photoshop 7.0", "exif:IFD0")];
        assert!(
            Scene::default().matching_saying(SameFootage, &copy).found("edited-with").is_empty()
        );
    }

    #[test]
    fn a_name_within_a_text_is_no_program() {
        check("caption", "Adobe Photoshop for beginners", &[]);
        check("software", "Preset for Adobe Photoshop", &[]);
    }
}
