//! A file that was taken after the event it is said to show, by its own word or a person's.

use super::Rule;
use super::capture_before_event::{OF_FIELDS, Side, Words};
use crate::speaker::{heard_once, speakers};
use crate::{Case, Finding, Kind, RuleId};

pub(super) const RULE: Rule = Rule {
    id: RuleId("capture-after-event"),
    kind: Kind::Conflict,
    about: "the file itself, or a person's note, says that the footage was taken after the claimed event must have \
            ended; fields of the file alone are weak, and so is a note under 30 days",
    innocent: &[OF_FIELDS[1], OF_FIELDS[2], "the picture shows the place or the damage afterwards"],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let speakers = speakers(case);
    let claims = case.claims.iter().filter_map(|claim| Some((claim, claim.event.as_ref()?)));
    heard_once(claims.flat_map(|(claim, event)| {
        speakers.iter().filter_map(move |speaker| {
            let words = Words::of(case, speaker, event, Side::After)?;
            Some(words.finding(&RULE, case, speaker, claim, event))
        })
    }))
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::SameFootage;

    use crate::scene::{Scene, noted};

    const TAKEN: (&str, &str, &str) = ("datetime_original", "2024-10-22T12:00:00", "exif:Exif");
    const FIX: (&str, &str, &str) = ("gps_datetime_utc", "2024-10-22T02:00:02", "exif:GPS");

    fn check(scene: &Scene, expected: &[&str]) {
        assert_eq!(scene.found("capture-after-event"), expected);
    }

    #[test]
    fn a_capture_after_the_event_conflicts() {
        check(&Scene::claimed("2024-10-18").saying(&[TAKEN]), &["weak"]);
        check(&Scene::claimed("2024-10-18").saying(&[TAKEN, FIX]), &["weak"]);
        let phone = ("quicktime_creation_date", "2024-10-22T12:00:00+1000", "container");
        check(&Scene::claimed("2024-10-18").saying(&[phone]), &["weak"]);
        let scene = Scene::claimed("2024-10-18").saying(&[TAKEN]);
        assert_eq!(
            scene.findings("capture-after-event")[0].message,
            "this file says that it was taken on or after 2024-10-21T22:00:00Z (by its datetime_original); the claim \
             puts the event at 2024-10-19T11:59:59Z or earlier"
        );
    }

    #[test]
    fn a_persons_note_is_strong() {
        let mut scene = Scene::claimed("2022-03");
        scene.notes.push(noted("2024-10"));
        check(&scene, &["strong"]);
        let readings = &scene.findings("capture-after-event")[0].innocent;
        assert!(readings.iter().all(|reading| !reading.contains("clock")), "{readings:?}");
    }

    #[test]
    fn a_picture_of_a_print_or_of_the_damage_is_a_hint() {
        // A phone that photographs an old print has both clocks right.
        check(&Scene::claimed("1995-05").saying(&[TAKEN, FIX]), &["weak"]);
        let mut damage = Scene::claimed("2024-10-18");
        damage.notes.push(noted("2024-11-02"));
        check(&damage, &["weak"]);
        damage.notes[0] = noted("2024-12-02");
        check(&damage, &["strong"]);
    }

    #[test]
    fn zones_are_room_for_doubt() {
        check(&Scene::claimed("2024-10-22").saying(&[TAKEN, FIX]), &[]);
        check(&Scene::claimed("2024-10-21").saying(&[TAKEN]), &[]);
        check(&Scene::claimed("2024-10-20").saying(&[TAKEN, FIX]), &["weak"]);
        check(&Scene::claimed("2024-10-18/..").saying(&[TAKEN, FIX]), &[]);
    }

    #[test]
    fn writing_a_file_later_is_no_capture() {
        for name in ["modify_date", "datetime_digitized", "container_create_date", "create_date"] {
            let written = (name, "2024-10-22T12:00:00", "xmp");
            check(&Scene::claimed("2022-03").saying(&[written]), &[]);
        }
    }

    #[test]
    fn a_date_in_the_future_says_nothing() {
        let ahead = ("datetime_original", "2036-02-06T12:00:00", "exif:Exif");
        check(&Scene::claimed("2024-10-18").saying(&[ahead]), &[]);
    }

    #[test]
    fn a_later_copy_says_nothing_of_this_file() {
        check(&Scene::claimed("2024-10-18").matching_saying(SameFootage, &[TAKEN, FIX]), &[]);
    }
}
