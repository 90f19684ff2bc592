//! Footage that was taken before the event it is said to show, by its own word or a person's.

use firstseen_model::{Claim, Dated};
use jiff::{SignedDuration, Timestamp};

use super::Rule;
use crate::moment::{CAPTURED, Clock, Moment, moments};
use crate::speaker::{Speaker, heard_once, speakers};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// Fields of the device's clock that are set when a picture is made or sooner, beside those of the capture itself.
const ALSO: [&str; 2] = ["datetime_digitized", "container_create_date"];

pub(super) const RULE: Rule = Rule {
    id: RuleId("capture-before-event"),
    kind: Kind::Conflict,
    about: "the file, a matching copy or a person's note says that the footage was taken before the claimed event can \
            have begun; fields of the file alone are weak unless the satellites' clock agrees with the camera's",
    innocent: &[OF_FIELDS[0], "the claim's date is that of a repost, not of the event"],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let speakers = speakers(case);
    let claims = case.claims.iter().filter_map(|claim| Some((claim, claim.event.as_ref()?)));
    heard_once(claims.flat_map(|(claim, event)| {
        speakers.iter().filter_map(move |speaker| {
            let words = Words::of(case, speaker, event, Side::Before)?;
            Some(words.finding(&RULE, case, speaker, claim, event))
        })
    }))
}

/// Innocent readings that hold of a file's own fields, and not of a person's word.
pub(super) const OF_FIELDS: [&str; 3] = [
    "the camera's clock was behind, or was never set",
    "the camera's clock was ahead",
    "the file is a picture or recording of a screen or a print, or was saved anew with a new date",
];
/// The satellites' count of weeks begins anew after this; receivers that do not know set themselves, and the camera, back
/// by as much.
const ROLLOVER: SignedDuration = SignedDuration::from_hours(1024 * 7 * 24);
/// Pictures of the damage are taken for so long after an event, and are said to be of its day.
const AFTERMATH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// On which side of the event the capture lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// It is over before the event can have begun.
    Before,
    /// It begins after the event must have ended.
    After,
}

impl Side {
    /// How far an interval lies on this side of an event; `None` where it touches it, or a bound is open.
    fn gap(
        self,
        bounds: (Option<Timestamp>, Option<Timestamp>),
        event: &Dated,
    ) -> Option<SignedDuration> {
        let (from, to) = match self {
            Self::Before => (bounds.1?, event.earliest?),
            Self::After => (event.latest?, bounds.0?),
        };
        let gap = to.duration_since(from);
        gap.is_positive().then_some(gap)
    }
}

/// What a speaker says of when the footage was taken, wholly on one side of an event.
pub(super) struct Words {
    strength: Strength,
    message: String,
    evidence: Vec<Evidence>,
    /// Between which the footage was taken by them.
    bounds: (Option<Timestamp>, Option<Timestamp>),
    by_person: bool,
    other_innocent: Vec<String>,
}

impl Words {
    /// A person's word goes before the file's own; `None` where neither lies wholly on that side.
    pub(super) fn of(
        case: &Case<'_>,
        speaker: &Speaker<'_>,
        event: &Dated,
        side: Side,
    ) -> Option<Self> {
        let noted = noted(speaker, event, side);
        // A copy may be a recording of a screen, which is later than what it shows.
        let own = speaker.found.is_none() || side == Side::Before;
        let measured = || own.then(|| measured(case, speaker, event, side)).flatten();
        let mut words = noted.or_else(measured)?;
        words.doubt(case, event, side);
        Some(words)
    }

    /// Takes them for a hint where a person's note on the file or a copy allows what is claimed, and cannot hold as well.
    fn doubt(&mut self, case: &Case<'_>, event: &Dated, side: Side) {
        let speakers = speakers(case);
        let notes = speakers.iter().flat_map(|speaker| speaker.notes);
        let mut dated = notes.filter_map(|note| Some((note, note.captured.as_ref()?)));
        let against = dated.find(|(_, date)| {
            side.gap((date.earliest, date.latest), event).is_none()
                && (is_before(self.bounds, (date.earliest, date.latest))
                    || is_before((date.earliest, date.latest), self.bounds))
        });
        if let Some((note, date)) = against {
            self.strength = Strength::Weak;
            self.other_innocent.push(format!("the note of {} says {}", note.by, date.text));
        }
    }

    /// The finding of a rule that rests on them.
    pub(super) fn finding(
        self,
        rule: &Rule,
        case: &Case<'_>,
        speaker: &Speaker<'_>,
        claim: &Claim,
        event: &Dated,
    ) -> Finding {
        let mut finding =
            rule.finding(case, self.strength.min(Strength::of_date(event)), self.message);
        finding.claim = Some(claim.id());
        finding.evidence = self.evidence;
        finding.evidence.push(Evidence::event(claim, event));
        if self.by_person {
            finding.innocent.retain(|reading| !OF_FIELDS.contains(&reading.as_str()));
        }
        finding.innocent.extend(self.other_innocent);
        speaker.stamp(case, &mut finding);
        finding
    }
}

/// Whether one interval is over before another begins.
fn is_before(
    one: (Option<Timestamp>, Option<Timestamp>),
    other: (Option<Timestamp>, Option<Timestamp>),
) -> bool {
    one.1.zip(other.0).is_some_and(|(ends, begins)| ends < begins)
}

/// By a person's notes: the strongest, unless another note allows what is claimed.
fn noted(speaker: &Speaker<'_>, event: &Dated, side: Side) -> Option<Words> {
    let notes = || speaker.notes.iter().filter_map(|note| Some((note, note.captured.as_ref()?)));
    let gap = |date: &Dated| side.gap((date.earliest, date.latest), event);
    if notes().any(|(_, date)| gap(date).is_none()) {
        return None;
    }
    let far = |gap| match side {
        Side::After if gap < AFTERMATH => Strength::Weak,
        _ => Strength::of_gap(gap),
    };
    let strength = |date: &Dated, gap| Strength::of_date(date).min(far(gap));
    let weighed = notes().filter_map(|(note, date)| {
        let gap = gap(date)?;
        Some((strength(date, gap), gap, note, date))
    });
    let (strength, _, note, date) = weighed.max_by_key(|(strength, gap, ..)| (*strength, *gap))?;
    let taken = match side {
        Side::Before => format!("on or before {}", date.latest?),
        Side::After => format!("on or after {}", date.earliest?),
    };
    Some(Words {
        strength,
        message: format!("taken {taken}, by a note of {}; {}", note.by, puts(event, side)?),
        evidence: vec![Evidence::captured(note, date)],
        bounds: (date.earliest, date.latest),
        by_person: true,
        other_innocent: vec![format!("the note of {} is wrong", note.by)],
    })
}

/// By the file's own fields: silent where any of them allows what is claimed, and where persons have spoken.
fn measured(case: &Case<'_>, speaker: &Speaker<'_>, event: &Dated, side: Side) -> Option<Words> {
    if speaker.notes.iter().any(|note| note.captured.is_some()) {
        return None;
    }
    let captured = moments(speaker.metadata, &CAPTURED);
    let captured: Vec<Moment<'_>> =
        captured.into_iter().filter(|moment| moment.can_be(case.as_of)).collect();
    if captured.iter().any(|moment| side.gap(moment.bounds(), event).is_none()) {
        return None;
    }
    let mut all = captured;
    if side == Side::Before {
        let also = moments(speaker.metadata, &ALSO);
        // A container without a clock says when clocks begin.
        let says = |moment: &Moment<'_>| moment.can_be(case.as_of) && !moment.never_set();
        all.extend(
            also.into_iter()
                .filter(says)
                .filter(|moment| side.gap(moment.bounds(), event).is_some()),
        );
    }
    // The one that says least against the claim speaks for all.
    let closest = all.iter().min_by_key(|moment| side.gap(moment.bounds(), event))?;
    let gap = side.gap(closest.bounds(), event)?;
    let rolled_over =
        side == Side::Before && all.iter().any(|moment| rolled_over(case, moment, event));
    let strength = if side == Side::Before && agreed(&all) && !rolled_over {
        Strength::of_gap(gap)
    } else {
        // Afterwards anyone can take a picture of a print, of a screen, or of the damage, by a clock that is right.
        Strength::Weak
    };
    let mut other_innocent =
        vec!["the fields were copied from another file, or entered by hand".to_owned()];
    if rolled_over {
        other_innocent.push("the satellite receiver's count of weeks began anew".to_owned());
    }
    let (field, when) = (
        &closest.fact.name,
        match side {
            Side::Before => format!("on or before {}", closest.latest),
            Side::After => format!("on or after {}", closest.earliest),
        },
    );
    let clocks =
        if strength > Strength::Weak { ", and satellites' clock and camera's agree" } else { "" };
    Some(Words {
        // A clock is somebody's word however well two agree.
        strength: strength.min(Strength::Strong),
        message: format!(
            "{} says that it was taken {when} (by its {field}{clocks}); {}",
            speaker.name(),
            puts(event, side)?
        ),
        evidence: all
            .iter()
            .map(|moment| Evidence::fact(speaker.asset, moment.fact, moment.bounds()))
            .collect(),
        bounds: closest.bounds(),
        by_person: false,
        other_innocent,
    })
}

/// Whether a moment would fit an event if the satellites' count of weeks had begun anew in between.
fn rolled_over(case: &Case<'_>, moment: &Moment<'_>, event: &Dated) -> bool {
    let room = SignedDuration::from_hours(48);
    (1..=2).any(|times| {
        let earliest = moment.earliest.checked_add(ROLLOVER * times - room);
        let latest = moment.latest.checked_add(ROLLOVER * times + room);
        let (Ok(earliest), Ok(latest)) = (earliest, latest) else { return false };
        earliest <= case.as_of
            && event.earliest.is_none_or(|begins| begins <= latest)
            && event.latest.is_none_or(|ends| earliest <= ends)
    })
}

/// Whether the satellites' clock and the device's, which was set, tell the same day.
fn agreed(moments: &[Moment<'_>]) -> bool {
    let day = SignedDuration::from_hours(24);
    let of = |clock| moments.iter().filter(move |moment| moment.clock() == clock);
    of(Clock::Satellite).any(|satellite| {
        let earliest = satellite.earliest.checked_sub(day);
        let latest = satellite.latest.checked_add(day);
        let (Ok(earliest), Ok(latest)) = (earliest, latest) else { return false };
        of(Clock::Device).any(|device| !device.never_set() && device.overlaps(earliest, latest))
    })
}

fn puts(event: &Dated, side: Side) -> Option<String> {
    Some(match side {
        Side::Before => format!("the claim puts the event at {} or later", event.earliest?),
        Side::After => format!("the claim puts the event at {} or earlier", event.latest?),
    })
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{IdenticalBytes, Lead, SameFootage, SamePlace};

    use crate::scene::{Scene, noted};

    const TAKEN: (&str, &str, &str) = ("datetime_original", "2022-03-11T12:00:00", "exif:Exif");
    const FIX: (&str, &str, &str) = ("gps_datetime_utc", "2022-03-11T09:00:02", "exif:GPS");

    fn check(scene: &Scene, expected: &[&str]) {
        assert_eq!(scene.found("capture-before-event"), expected);
    }

    fn saying(facts: &[(&str, &str, &str)]) -> Scene {
        Scene::claimed("2024-10").saying(facts)
    }

    #[test]
    fn a_cameras_clock_alone_is_weak() {
        let scene = saying(&[TAKEN]);
        check(&scene, &["weak"]);
        assert_eq!(
            scene.findings("capture-before-event")[0].message,
            "this file says that it was taken on or before 2022-03-12T00:00:00Z (by its datetime_original); the claim \
             puts the event at 2024-09-30T10:00:00Z or later"
        );
        check(&saying(&[("container_create_date", "2022-03-11T12:00:00", "container")]), &["weak"]);
    }

    #[test]
    fn satellites_that_agree_make_it_strong() {
        check(&saying(&[TAKEN, FIX]), &["strong"]);
        check(&saying(&[FIX]), &["weak"]);
        // Another day: one of the two clocks is wrong.
        check(
            &saying(&[TAKEN, ("gps_datetime_utc", "2022-03-20T09:00:02", "exif:GPS")]),
            &["weak"],
        );
    }

    #[test]
    fn other_blocks_repeat_the_same_clock() {
        check(&saying(&[TAKEN, ("date_created", "2022-03-11T12:00:00", "xmp")]), &["weak"]);
    }

    #[test]
    fn a_clock_that_was_never_set_is_weak() {
        let reset = ("datetime_original", "2022-01-01T00:01:00", "exif:Exif");
        let year = ("datetime_original", "2015-01-01T00:01:00", "exif:Exif");
        let fix = ("gps_datetime_utc", "2015-01-01T00:01:00", "exif:GPS");
        check(&saying(&[year, fix]), &["weak"]);
        check(&saying(&[reset]), &["weak"]);
    }

    #[test]
    fn dates_that_cannot_be_say_nothing() {
        check(&saying(&[("datetime_original", "1970-01-01T00:01:00", "exif:Exif")]), &[]);
        for never in ["1904-01-01T00:00:00", "1970-01-01T00:00:00", "2000-01-01T00:00:00"] {
            check(&saying(&[("container_create_date", never, "container")]), &[]);
        }
    }

    #[test]
    fn any_field_of_the_capture_that_allows_the_claim_silences_it() {
        check(&saying(&[TAKEN, ("gps_datetime_utc", "2024-10-02T09:00:00", "exif:GPS")]), &[]);
        check(&saying(&[TAKEN, ("date_created", "2024-10-02", "iptc")]), &[]);
        // When it was scanned says nothing of when it was taken.
        check(
            &saying(&[TAKEN, ("datetime_digitized", "2024-10-02T09:00:00", "exif:Exif")]),
            &["weak"],
        );
    }

    #[test]
    fn zones_and_short_gaps_are_room_for_doubt() {
        let near = |text: &str| {
            Scene::claimed("2024-10-18T12:00:00Z").saying(&[
                ("datetime_original", text, "exif:Exif"),
                ("gps_datetime_utc", text, "exif:GPS"),
            ])
        };
        check(&near("2024-10-18T11:00:00"), &[]);
        check(&near("2024-10-17T11:00:00"), &["weak"]);
        check(&near("2024-10-14T11:00:00"), &["strong"]);
        check(&Scene::claimed("2024-10?").saying(&[TAKEN, FIX]), &["weak"]);
        check(&Scene::claimed("../2024-10").saying(&[TAKEN, FIX]), &[]);
    }

    #[test]
    fn an_earlier_copy_speaks_for_the_stripped_one() {
        let copy = |grade| Scene::claimed("2024-10").matching_saying(grade, &[TAKEN, FIX]);
        check(&copy(SameFootage), &["strong"]);
        check(&copy(IdenticalBytes), &["strong"]);
        check(&copy(SamePlace), &[]);
        check(&copy(Lead), &[]);
        let finding = &copy(SameFootage).findings("capture-before-event")[0];
        assert!(finding.message.starts_with("the matching copy says"), "{}", finding.message);
        assert!(finding.with_match.is_some());
        assert_eq!(finding.evidence[0].record, "exif:Exif");
    }

    #[test]
    fn copies_that_repeat_the_same_fields_are_heard_once() {
        let scene = saying(&[TAKEN, FIX])
            .matching_saying(SameFootage, &[TAKEN, FIX])
            .matching_saying(SameFootage, &[TAKEN]);
        check(&scene, &["strong", "weak"]);
        assert_eq!(scene.findings("capture-before-event")[0].with_match, None);
    }

    #[test]
    fn a_receiver_whose_weeks_began_anew_is_weak() {
        // 1,024 weeks before 2024-10-18.
        let back = |day: &str| {
            saying(&[
                ("datetime_original", &format!("{day}T12:00:00"), "exif:Exif"),
                ("gps_datetime_utc", &format!("{day}T09:00:02"), "exif:GPS"),
            ])
        };
        check(&back("2005-03-04"), &["weak"]);
        check(&back("2005-06-04"), &["strong"]);
        check(&Scene::claimed("2024-10/..").saying(&[TAKEN, FIX]), &["strong"]);
    }

    #[test]
    fn a_note_that_allows_the_claim_makes_a_copys_word_a_hint() {
        let copy = Scene::claimed("2024-10").matching_saying(SameFootage, &[TAKEN, FIX]);
        let with = |captured: &str| {
            let mut scene = Scene { notes: vec![noted(captured)], ..Scene::claimed("2024-10") };
            (scene.matches, scene.of_matches) = (copy.matches.clone(), copy.of_matches.clone());
            scene
        };
        check(&with("2024-10-02"), &["weak"]);
        let finding = &with("2024-10-02").findings("capture-before-event")[0];
        assert!(finding.innocent.contains(&"the note of kd says 2024-10-02".to_owned()));
        // What holds of both speaks for neither.
        check(&with("2022/2024"), &["strong"]);
    }

    #[test]
    fn a_cameras_clock_is_no_reading_of_a_persons_word() {
        let mut scene = Scene::claimed("2024-10");
        scene.notes.push(noted("2022-03-11"));
        let readings = &scene.findings("capture-before-event")[0].innocent;
        assert!(readings.iter().all(|reading| !reading.contains("clock")), "{readings:?}");
        assert!(readings.contains(&"the note of kd is wrong".to_owned()));
        let fields = &saying(&[TAKEN]).findings("capture-before-event")[0].innocent;
        assert!(fields[0].contains("clock"), "{fields:?}");
    }

    #[test]
    fn a_persons_note_is_strong_and_goes_before_the_file() {
        let mut scene = Scene::claimed("2024-10");
        scene.notes.push(noted("2022-03-11"));
        check(&scene, &["strong"]);
        assert!(scene.findings("capture-before-event")[0].message.contains("by a note of kd"));
        scene.notes[0] = noted("2022-03?");
        check(&scene, &["weak"]);
        let mut disputed = saying(&[TAKEN, FIX]);
        disputed.notes.push(noted("2024-10-02"));
        check(&disputed, &[]);
        disputed.notes.push(noted("2022-03-11"));
        check(&disputed, &[]);
    }
}
