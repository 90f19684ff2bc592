//! Footage from elsewhere than where it is said to show.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use firstseen_match::Match;
use firstseen_model::{Claim, Place, PlaceKind, Point, Sighting};

use super::Rule;
use crate::proof::witnesses;
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// The great circle is this much longer than the way on the ellipsoid at most.
const SPHERE_ERROR: f64 = 0.006;

pub(super) const RULE: Rule = Rule {
    id: RuleId("place-conflict"),
    kind: Kind::Conflict,
    about: "the camera stood, or the picture shows a place, elsewhere than the claim says",
    innocent: &[
        "the place of the record is that of a stretch which is not in this file",
        "the claim's place is where the report was written",
    ],
    check,
};

/// A place of the footage that lies elsewhere.
struct Elsewhere<'a> {
    sighting: &'a Sighting,
    place: &'a Place,
    strength: Strength,
    apart_m: f64,
}

fn check(case: &Case<'_>) -> Vec<Finding> {
    case.claims.iter().flat_map(|claim| check_claim(case, claim)).collect()
}

/// One finding for the file's own records and one for each match, each on its best place.
fn check_claim(case: &Case<'_>, claim: &Claim) -> Vec<Finding> {
    let Some((claimed, point)) = claim.place.as_ref().and_then(|place| Some((place, place.point?)))
    else {
        return Vec::new();
    };
    let mut by_match: BTreeMap<_, Elsewhere<'_>> = BTreeMap::new();
    for (sighting, found) in witnesses(case) {
        let Some(place) = weigh(sighting, found, &point) else { continue };
        let key = |place: &Elsewhere<'_>| (Reverse(place.strength), place.sighting.id());
        let best = by_match.entry(found.map(Match::id));
        best.and_modify(|best| {
            if key(&place) < key(best) {
                *best = Elsewhere { ..place };
            }
        })
        .or_insert(place);
    }
    by_match
        .into_iter()
        .map(|(with_match, elsewhere)| {
            let mut finding =
                RULE.finding(case, elsewhere.strength, message(&elsewhere, with_match.is_none()));
            finding.claim = Some(claim.id());
            finding.with_match = with_match;
            finding.evidence = vec![
                Evidence::place(elsewhere.sighting, elsewhere.place),
                Evidence::event_place(claim, claimed),
            ];
            let assumed = [(elsewhere.place, "the record"), (claimed, "the claim")];
            finding.innocent.extend(assumed.into_iter().filter_map(assumed_radius));
            finding
        })
        .collect()
}

/// The sighting's place, where it and the claimed one have no point in common.
fn weigh<'a>(
    sighting: &'a Sighting,
    found: Option<&Match>,
    claimed: &Point,
) -> Option<Elsewhere<'a>> {
    let place = sighting.seen.place.as_ref()?;
    let point = place.point?;
    let grade = found.map_or(Some(Strength::Exact), |found| Strength::of_grade(found.grade))?;
    let apart_m =
        point.distance_m(claimed) * (1.0 - SPHERE_ERROR) - point.radius_m - claimed.radius_m;
    let distance = Strength::of_distance(apart_m, &point, claimed);
    let strength = Strength::of_place(place)?.min(grade).min(distance);
    (apart_m > 0.0).then_some(Elsewhere { sighting, place, strength, apart_m })
}

fn message(elsewhere: &Elsewhere<'_>, own: bool) -> String {
    let what = match elsewhere.place.kind {
        PlaceKind::Shown => "shows a place",
        _ => "was filmed",
    };
    let whose = if own { "this file itself" } else { "the same footage" };
    let apart = length(elsewhere.apart_m);
    let basis = &elsewhere.place.basis;
    format!("{whose} {what} at least {apart} from where the claim puts it (by {basis})")
}

/// The innocent reading of coordinates whose radius nobody gave.
fn assumed_radius((place, whose): (&Place, &str)) -> Option<String> {
    let radius = length(place.point.filter(|_| !place.text.contains('~'))?.radius_m);
    Some(format!(
        "{whose} has coordinates without a radius and may be further off than the {radius} assumed"
    ))
}

fn length(metres: f64) -> String {
    if metres < 1_000.0 { format!("{metres:.0} m") } else { format!("{:.0} km", metres / 1_000.0) }
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{SameFootage, SamePlace};
    use firstseen_model::Basis;

    use super::*;
    use crate::scene::{Scene, placed};

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
        assert_eq!(near("0,0.044~1m"), ["weak"], "4.9 km");
        assert_eq!(near("0,0.046~1m"), ["strong"], "5.1 km");
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
        seen.place.as_mut().unwrap().point = None;
        let scene = Scene::claimed_at("51.73,36.19").matching(SameFootage, seen);
        assert!(scene.found("place-conflict").is_empty());
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
