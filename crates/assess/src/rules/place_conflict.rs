//! Footage from elsewhere than where it is said to show.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use firstseen_match::Match;
use firstseen_model::{Area, Claim, Note, Place, PlaceKind, Sighting};
use jiff::Timestamp;

use super::{Rule, length};
use crate::gazetteer::{self, Apart};
use crate::proof::witnesses;
use crate::speaker::speakers;
use crate::stretch::{OTHER_PART, Stretch};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// From so far a camera may show a fire, a column of smoke or a mountain, in metres: a lesser distance between where it
/// stood and where the event was is a hint only.
const SIGHT_M: f64 = 50_000.0;
/// The youngest state of the table of codes is that of South Sudan, 2011-07-09: what was before had other borders.
const LAST_BORDERS: Timestamp = Timestamp::constant(1_310_169_600, 0);

pub(super) const RULE: Rule = Rule {
    id: RuleId("place-conflict"),
    kind: Kind::Conflict,
    about: "the camera stood, or the picture shows a place, elsewhere than the claim says",
    innocent: &[
        "the place of the record is that of a stretch which is not in this file",
        "the claim's place is where the report was written",
        "the camera stood far from what it shows",
    ],
    check,
};

/// A place of the footage that lies elsewhere.
struct Elsewhere<'a> {
    said: Said<'a>,
    place: &'a Place,
    found: Option<&'a Match>,
    strength: Strength,
    apart: Apart,
    /// Why it is a hint only, where that is for others than itself.
    doubt: Option<String>,
}

/// Who says where the footage is of.
#[derive(Clone, Copy)]
enum Said<'a> {
    Sighting(&'a Sighting),
    Note(&'a Note),
}

impl Said<'_> {
    /// The same order on every machine.
    fn order(&self) -> impl Ord + use<> {
        match self {
            Self::Sighting(sighting) => (0, sighting.id().0.to_vec()),
            Self::Note(note) => (1, note.id().0.to_vec()),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Sighting(sighting) => format!("record \"{}\"", sighting.seen.record),
            Self::Note(note) => format!("the note of {}", note.by),
        }
    }

    fn evidence(&self, place: &Place) -> Evidence {
        match self {
            Self::Sighting(sighting) => Evidence::place(sighting, place),
            Self::Note(note) => Evidence::noted_place(note, place),
        }
    }
}

impl Elsewhere<'_> {
    /// Takes it for a hint where another record of the footage, which cannot hold as well, puts it where the claim does,
    /// and where only today's borders tell the two places apart.
    fn doubt(&mut self, claim: &Claim, there_too: &[(Said<'_>, Place)]) {
        let here = gazetteer::looked_up(self.place);
        let against = there_too.iter().find(|(_, place)| gazetteer::apart(place, &here).is_some());
        let latest = claim.event.as_ref().and_then(|event| event.latest);
        let old_borders = latest.is_some_and(|latest| latest < LAST_BORDERS);
        self.doubt = if let Some((said, place)) = against {
            Some(format!("{} puts it elsewhere: {}", said.name(), place.text))
        } else if old_borders && self.apart.metres.is_none() {
            Some("borders and names were others at that time".to_owned())
        } else {
            None
        };
        if self.doubt.is_some() {
            self.strength = Strength::Weak;
        }
    }
}

fn check(case: &Case<'_>) -> Vec<Finding> {
    case.claims.iter().flat_map(|claim| check_claim(case, claim)).collect()
}

/// One finding for the file's own records and one for each match, each on its best place.
fn check_claim(case: &Case<'_>, claim: &Claim) -> Vec<Finding> {
    let Some(claimed) = &claim.place else { return Vec::new() };
    let there = gazetteer::looked_up(claimed);
    let mut by_match: BTreeMap<_, Elsewhere<'_>> = BTreeMap::new();
    let (mut elsewhere, mut there_too) = (Vec::new(), Vec::new());
    for (said, place, found) in places(case) {
        match weigh(said, place, found, &there) {
            Some(one) => elsewhere.push(one),
            None if Strength::of_place(place).is_some() => {
                there_too.push((said, gazetteer::looked_up(place)));
            }
            None => {}
        }
    }
    for mut one in elsewhere {
        one.doubt(claim, &there_too);
        let key = |one: &Elsewhere<'_>| (Reverse(one.strength), one.said.order());
        match by_match.entry(one.found.map(Match::id)) {
            Entry::Vacant(free) => {
                free.insert(one);
            }
            Entry::Occupied(mut best) => {
                if key(&one) < key(best.get()) {
                    best.insert(one);
                }
            }
        }
    }
    by_match
        .into_iter()
        .map(|(with_match, elsewhere)| {
            let stretch = elsewhere.found.and_then(|found| Stretch::of(case, found));
            let text = message(&elsewhere, &there, stretch.as_ref());
            let mut finding = RULE.finding(case, elsewhere.strength, text);
            finding.claim = Some(claim.id());
            finding.with_match = with_match;
            finding.evidence = vec![
                elsewhere.said.evidence(elsewhere.place),
                Evidence::event_place(claim, claimed),
            ];
            finding.innocent.extend(stretch.map(|_| OTHER_PART.to_owned()));
            finding.innocent.extend(elsewhere.doubt);
            let told = [(elsewhere.place, "the record"), (&there, "the claim")];
            finding.innocent.extend(told.into_iter().filter_map(assumed_radius));
            finding.innocent.extend(told.into_iter().filter_map(name_alone));
            finding
        })
        .collect()
}

/// Each place that records and persons give of the footage, and the match through which it speaks.
fn places<'a>(case: &Case<'a>) -> Vec<(Said<'a>, &'a Place, Option<&'a Match>)> {
    let seen = witnesses(case).into_iter().filter_map(|(sighting, found)| {
        Some((Said::Sighting(sighting), sighting.seen.place.as_ref()?, found))
    });
    let noted = speakers(case).into_iter().flat_map(|speaker| {
        let notes = speaker.notes.iter().filter(|note| note.retracted.is_none());
        notes.filter_map(move |note| Some((Said::Note(note), note.place.as_ref()?, speaker.found)))
    });
    seen.chain(noted).collect()
}

/// The place, where it and the claimed one have no point in common.
fn weigh<'a>(
    said: Said<'a>,
    place: &'a Place,
    found: Option<&'a Match>,
    claimed: &Place,
) -> Option<Elsewhere<'a>> {
    let grade = found.map_or(Some(Strength::Exact), |found| Strength::of_grade(found.grade))?;
    let carries = Strength::of_place(place)?.min(grade);
    let apart = gazetteer::apart(&gazetteer::looked_up(place), claimed)?;
    let is_in_sight =
        place.kind == PlaceKind::Camera && apart.metres.is_some_and(|metres| metres < SIGHT_M);
    let sight = if is_in_sight { Strength::Weak } else { Strength::Exact };
    let strength = carries.min(apart.strength).min(sight);
    Some(Elsewhere { said, place, found, strength, apart, doubt: None })
}

fn message(elsewhere: &Elsewhere<'_>, claimed: &Place, stretch: Option<&Stretch>) -> String {
    let (one, several) = match elsewhere.place.kind {
        PlaceKind::Shown => ("shows a place", "show a place"),
        _ => ("was filmed", "were filmed"),
    };
    let what = match (elsewhere.found, stretch) {
        (None, _) => format!("this file itself {one}"),
        (Some(_), Some(stretch)) => stretch.subject(one, several),
        (Some(_), None) => format!("the same footage {one}"),
    };
    let from = match (elsewhere.apart.metres, &claimed.area) {
        (Some(metres), _) => format!("at least {} from where the claim puts it", length(metres)),
        (None, Some(area)) => format!("outside of {}, where the claim puts it", named(area)),
        (None, None) => "in another area than where the claim puts it".to_owned(),
    };
    let candidates = match claimed.spots.len() {
        0 | 1 => String::new(),
        count => format!(", whichever of {count} places is meant"),
    };
    let place = &elsewhere.place;
    let by = match elsewhere.said {
        Said::Sighting(_) => format!("by {}", place.basis),
        Said::Note(note) => format!("note by {}", note.by),
    };
    format!("{what} {from}{candidates}: {} ({by})", place.text)
}

fn named(area: &Area) -> String {
    if area.region.is_some() {
        format!("{}, {}", area.name, area.country)
    } else {
        area.name.clone()
    }
}

/// The innocent reading of coordinates whose radius nobody gave.
fn assumed_radius((place, whose): (&Place, &str)) -> Option<String> {
    let given = place.text.contains('~') || !place.spots.is_empty();
    let radius = length(place.point.filter(|_| !given)?.radius_m);
    Some(format!(
        "{whose} has coordinates without a radius and may be further off than the {radius} assumed"
    ))
}

/// The innocent reading of a town that was looked up: smaller places bear its name as well.
fn name_alone((place, whose): (&Place, &str)) -> Option<String> {
    let is_looked_up = !place.spots.is_empty() && !place.text.starts_with("geonames:");
    is_looked_up.then(|| format!("{whose} means a smaller place of the same name"))
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{SameFootage, SamePlace};
    use firstseen_model::Basis;

    use super::*;
    use crate::scene::{Scene, noted, placed, segment};

    /// Kursk, claimed, against a place of the matching footage.
    fn check(place: &str, kind: PlaceKind, basis: Basis, expected: &[&str]) {
        let scene =
            Scene::claimed_at("51.73,36.19~50km").matching(SameFootage, placed(place, kind, basis));
        assert_eq!(scene.found("place-conflict"), expected, "{place}");
    }

    const KYZYL: &str = "51.72,94.44";

    #[test]
    fn a_camera_elsewhere_conflicts() {
        check(KYZYL, PlaceKind::Camera, Basis::Person, &["strong"]);
        check(KYZYL, PlaceKind::Shown, Basis::Person, &["strong"]);
        check("-51.72,-143.81", PlaceKind::Camera, Basis::Person, &["strong"]);
    }

    #[test]
    fn places_that_touch_do_not() {
        check("51.73,36.19~1m", PlaceKind::Camera, Basis::Person, &[]);
        check("52.20,36.19~5km", PlaceKind::Camera, Basis::Person, &[]);
        check("52.20,36.19~1km", PlaceKind::Camera, Basis::Person, &["weak"]);
        check("0,0~20000km", PlaceKind::Camera, Basis::Person, &[]);
    }

    #[test]
    fn a_distance_that_is_small_beside_a_radius_is_weak() {
        // 100 km north of Kursk and a little more; the claim's radius is 50 km.
        check("52.62,36.19~1km", PlaceKind::Camera, Basis::Person, &["weak"]);
        check("52.70,36.19~1km", PlaceKind::Camera, Basis::Person, &["strong"]);
        let near = |place| {
            let seen = placed(place, PlaceKind::Camera, Basis::Person);
            Scene::claimed_at("0,0~1m").matching(SameFootage, seen).found("place-conflict")
        };
        assert_eq!(near("0,0.46~1m"), ["strong"], "51 km");
        assert_eq!(near("0,0.44~1m"), ["weak"], "a camera sees smoke from 49 km off");
        let shown = |place| {
            let seen = placed(place, PlaceKind::Shown, Basis::Person);
            Scene::claimed_at("0,0~1m").matching(SameFootage, seen).found("place-conflict")
        };
        assert_eq!(shown("0,0.044~1m"), ["weak"], "4.9 km");
        assert_eq!(shown("0,0.046~1m"), ["strong"], "5.1 km");
    }

    #[test]
    fn a_radius_that_nobody_gave_is_an_innocent_reading() {
        let readings = |claimed, seen| {
            let seen = placed(seen, PlaceKind::Camera, Basis::Person);
            let scene = Scene::claimed_at(claimed).matching(SameFootage, seen);
            scene.findings("place-conflict")[0].innocent[RULE.innocent.len()..].to_vec()
        };
        assert!(readings("51.73,36.19~2km", "51.72,94.44~1km").is_empty());
        assert_eq!(
            readings("51.73,36.19~2km", KYZYL),
            [
                "the record has coordinates without a radius and may be further off than the 1 km assumed"
            ]
        );
        assert_eq!(readings("51.73,36.19", KYZYL).len(), 2);
    }

    #[test]
    fn the_date_line_is_no_border() {
        let scene = Scene::claimed_at("0,179.99~2km")
            .matching(SameFootage, placed("0,-179.99~2km", PlaceKind::Camera, Basis::Person));
        assert!(scene.found("place-conflict").is_empty());
    }

    #[test]
    fn coordinates_in_a_file_alone_are_weak_and_captions_nothing() {
        check(KYZYL, PlaceKind::Camera, Basis::Exif, &["weak"]);
        check(KYZYL, PlaceKind::Camera, Basis::ExifGps, &["weak"]);
        check(KYZYL, PlaceKind::Caption, Basis::Person, &[]);
        check(KYZYL, PlaceKind::Channel, Basis::Person, &[]);
    }

    #[test]
    fn a_name_alone_conflicts_with_nothing() {
        let mut seen = placed(KYZYL, PlaceKind::Camera, Basis::Person);
        seen.place = Some(Place::named("the old mill", PlaceKind::Camera, Basis::Person));
        let scene = Scene::claimed_at("51.73,36.19").matching(SameFootage, seen);
        assert!(scene.found("place-conflict").is_empty());
    }

    #[test]
    fn names_that_are_known_conflict_as_places() {
        let found = |claimed: &str, seen: &str| {
            let look = |text, kind| gazetteer::place(text, kind, Basis::Person).unwrap();
            let mut record = placed(KYZYL, PlaceKind::Camera, Basis::Person);
            record.place = Some(look(seen, PlaceKind::Camera));
            let mut scene = Scene::claimed_at(KYZYL).matching(SameFootage, record);
            scene.claims[0].place = Some(look(claimed, PlaceKind::Event));
            scene.found("place-conflict")
        };
        assert_eq!(found("Kursk Oblast, RU", "Kyzyl, RU"), ["strong"]);
        assert_eq!(found("UA", "51.72,94.44~1km"), ["strong"]);
        assert_eq!(found("Sergeevka", "Kyzyl, RU"), ["weak"], "each Sergeevka is elsewhere");
        assert!(found("Sergeevka", "43.35,133.36~5km").is_empty(), "one of them is there");
        assert!(found("RU", "Kyzyl, RU").is_empty());
        assert!(found("RU", "Simferopol, UA").is_empty(), "disputed");
        assert!(found("Nowheresk", "Kyzyl, RU").is_empty());
    }

    #[test]
    fn a_note_speaks_and_is_named_until_it_is_taken_back() {
        let mut note = noted("2022");
        note.place = Some(Place::parse(KYZYL, PlaceKind::Camera, Basis::Person).unwrap());
        let mut scene = Scene::claimed_at("51.73,36.19~50km");
        scene.notes = vec![note];
        let finding = &scene.findings("place-conflict")[0];
        assert_eq!(finding.strength, Strength::Strong);
        assert!(finding.message.ends_with("51.72,94.44 (note by kd)"), "{}", finding.message);
        assert_eq!(finding.evidence[0].record, "note by kd");
        scene.notes[0].retracted = Some(firstseen_model::Retraction {
            by: "kd".to_owned(),
            at: "2026-11-02T08:00:00Z".parse().unwrap(),
        });
        assert!(scene.found("place-conflict").is_empty());
    }

    #[test]
    fn persons_who_disagree_leave_a_hint() {
        let note = |by: &str, place: &str| {
            let mut note = noted("2022");
            note.by = by.to_owned();
            note.place = Some(gazetteer::place(place, PlaceKind::Camera, Basis::Person).unwrap());
            note
        };
        let mut scene = Scene::claimed_at("51.73,36.19~50km");
        scene.notes = vec![note("kd", KYZYL), note("am", "51.73,36.19")];
        let finding = &scene.findings("place-conflict")[0];
        assert_eq!(finding.strength, Strength::Weak);
        let other = "the note of am puts it elsewhere: 51.73,36.19".to_owned();
        assert!(finding.innocent.contains(&other), "{:?}", finding.innocent);
        // What holds of both speaks for neither.
        scene.notes[1] = note("am", "RU");
        assert_eq!(scene.found("place-conflict"), ["strong"]);
        // A copy's record counts as well, a caption does not.
        scene.notes.truncate(1);
        let copy = |kind| placed("51.73,36.19", kind, Basis::Person);
        let scene = scene.matching(SameFootage, copy(PlaceKind::Caption));
        assert_eq!(scene.found("place-conflict"), ["strong"]);
        let scene = scene.matching(SameFootage, copy(PlaceKind::Camera));
        assert_eq!(scene.found("place-conflict"), ["weak"]);
    }

    #[test]
    fn the_stretch_that_lies_elsewhere_is_named() {
        let mut scene = Scene::claimed_at("51.73,36.19~50km")
            .matching(SameFootage, placed(KYZYL, PlaceKind::Camera, Basis::Person));
        scene.matches[0].0.segments = vec![segment(5.0, 10.0)];
        let finding = &scene.findings("place-conflict")[0];
        let told = "the stretch 00:05.0-00:10.0 was filmed at least 38";
        assert!(finding.message.starts_with(told), "{}", finding.message);
        assert!(finding.innocent.contains(&OTHER_PART.to_owned()));
    }

    #[test]
    fn borders_of_another_time_are_a_hint() {
        let found = |event: &str| {
            let juba = placed("4.85,31.60~5km", PlaceKind::Camera, Basis::Person);
            let mut scene = Scene::claimed(event).matching(SameFootage, juba);
            let sudan = gazetteer::place("SD", PlaceKind::Event, Basis::Person).unwrap();
            scene.claims[0].place = Some(sudan);
            scene.found("place-conflict")
        };
        assert_eq!(found("2005-01"), ["weak"]);
        assert_eq!(found("2023-04-15"), ["strong"]);
    }

    #[test]
    fn the_same_place_is_not_the_same_footage() {
        let scene = Scene::claimed_at("51.73,36.19")
            .matching(SamePlace, placed(KYZYL, PlaceKind::Camera, Basis::Person));
        assert!(scene.found("place-conflict").is_empty());
    }

    #[test]
    fn the_files_own_place_counts_and_is_named_so() {
        let scene =
            Scene::claimed_at("51.73,36.19").given(placed(KYZYL, PlaceKind::Camera, Basis::Person));
        let finding = &scene.findings("place-conflict")[0];
        assert!(
            finding.message.starts_with("this file itself was filmed at least 38"),
            "{}",
            finding.message
        );
    }
}
