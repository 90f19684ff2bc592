//! Coordinates in a file that lie elsewhere than the claim.

use firstseen_model::{Basis, Claim, Place, PlaceKind, Point};

use super::{Rule, length};
use crate::gazetteer;
use crate::speaker::{Speaker, heard_once, speakers};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// Coordinates are rounded to hundredths of a degree by tools that mind privacy.
const ROUNDED_M: f64 = 1_000.0;
/// No further from a place than this, the places around tell whose ground it is.
const INHABITED_M: f64 = 100_000.0;

pub(super) const RULE: Rule = Rule {
    id: RuleId("gps-elsewhere"),
    kind: Kind::Conflict,
    about: "coordinates in the file, or in a matching copy, lie elsewhere than the claim says",
    innocent: &[
        "the position is an old one, or of where the file was saved",
        "the camera stood far from what it shows",
        "the coordinates were rounded or entered by hand",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let speakers = speakers(case);
    let claims = case.claims.iter().filter_map(|claim| Some((claim, claim.place.as_ref()?)));
    heard_once(claims.flat_map(|(claim, claimed)| {
        speakers.iter().filter_map(move |speaker| elsewhere(case, speaker, claim, claimed))
    }))
}

/// A speaker's coordinates, where all of them lie elsewhere.
fn elsewhere(
    case: &Case<'_>,
    speaker: &Speaker<'_>,
    claim: &Claim,
    claimed: &Place,
) -> Option<Finding> {
    let claimed_there = gazetteer::looked_up(claimed);
    let camera = speaker.metadata.places.iter().filter(|place| place.kind == PlaceKind::Camera);
    let mut nearest: Option<(Option<f64>, &Place, Point)> = None;
    for (place, point) in camera.filter_map(|place| Some((place, place.point?))) {
        // One position that fits silences the others.
        let apart = gazetteer::apart(&rounded(&point), &claimed_there)?;
        let nearer = |(least, ..): &(Option<f64>, _, _)| apart.metres < *least;
        if nearest.as_ref().is_none_or(nearer) {
            nearest = Some((apart.metres, place, point));
        }
    }
    let (apart_m, place, point) = nearest?;
    let from = match apart_m {
        Some(metres) => format!("at least {} from where the claim puts it", length(metres)),
        None => "outside of where the claim puts it".to_owned(),
    };
    let message = format!("{} holds coordinates {from}", speaker.name());
    // Anyone can write them, and a fix may be stale: a hint, whatever the distance.
    let mut finding = RULE.finding(case, Strength::Weak, message);
    finding.claim = Some(claim.id());
    finding.evidence = evidence(speaker, place);
    finding.evidence.push(Evidence::event_place(claim, claimed));
    // Far from any place nothing tells an area's ground from another's, and that is no fit.
    let inhabited = |point: &Point| gazetteer::nearest(point).is_some_and(|(_, m)| m < INHABITED_M);
    let fits = |point: &Point| {
        gazetteer::apart(&rounded(point), &claimed_there).is_none()
            && (claimed_there.area.is_none() || inhabited(point))
    };
    if flipped(&point).iter().any(fits) {
        let flip = "with the sign of latitude or longitude flipped it would fit";
        finding.innocent.insert(0, flip.to_owned());
    }
    speaker.stamp(case, &mut finding);
    Some(finding)
}

/// The place of a point, as far off as rounding makes it.
fn rounded(point: &Point) -> Place {
    let point = Point { radius_m: point.radius_m.max(ROUNDED_M), ..*point };
    Place { point: Some(point), ..Place::named("", PlaceKind::Camera, Basis::Exif) }
}

/// The point with the signs of its degrees lost, as where `S` or `W` was not written.
fn flipped(point: &Point) -> [Point; 3] {
    let (latitude, longitude) = (-point.latitude, -point.longitude);
    [
        Point { latitude, ..*point },
        Point { longitude, ..*point },
        Point { latitude, longitude, ..*point },
    ]
}

/// The fields that hold the coordinates, or the place as it was read.
fn evidence(speaker: &Speaker<'_>, place: &Place) -> Vec<Evidence> {
    let fields = ["gps_lat", "gps_lon", "location"];
    let held = |fact: &&firstseen_media::Fact| {
        fields.contains(&fact.name.as_str()) && place.text.contains(fact.value.as_str())
    };
    let facts: Vec<Evidence> = (speaker.metadata.facts.iter().filter(held))
        .map(|fact| Evidence::fact(speaker.asset, fact, (None, None)))
        .collect();
    if !facts.is_empty() {
        return facts;
    }
    vec![Evidence {
        witness: crate::Witness::Asset(speaker.asset),
        field: "place".into(),
        raw: place.text.clone(),
        earliest: None,
        latest: None,
        record: "metadata".to_owned(),
        basis: place.basis.to_string(),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Scene;
    use firstseen_match::Grade::{Lead, SameFootage};

    fn at(text: &str) -> Place {
        Place::parse(text, PlaceKind::Camera, Basis::Exif).unwrap()
    }

    /// Kursk, claimed, against coordinates of the file itself.
    fn check(places: &[&str], expected: &[&str]) {
        let mut scene = Scene::claimed_at("51.73,36.19~50km");
        scene.metadata.places = places.iter().map(|text| at(text)).collect();
        assert_eq!(scene.found("gps-elsewhere"), expected, "{places:?}");
    }

    #[test]
    fn coordinates_elsewhere_are_a_hint() {
        check(&["51.72,94.44"], &["weak"]);
        check(&["-33.86,151.21"], &["weak"]);
        let mut scene = Scene::claimed_at("51.73,36.19~50km")
            .saying(&[("gps_lat", "51.72", "exif:GPS"), ("gps_lon", "94.44", "exif:GPS")]);
        scene.metadata.places = vec![at("51.72,94.44")];
        let finding = &scene.findings("gps-elsewhere")[0];
        assert!(
            finding.message.starts_with("this file holds coordinates at least 38"),
            "{}",
            finding.message
        );
        assert_eq!(finding.evidence[0].record, "exif:GPS");
        assert_eq!(finding.evidence.len(), 3);
    }

    #[test]
    fn a_copys_coordinates_speak_and_a_leads_do_not() {
        let copy = |grade| {
            let mut scene = Scene::claimed_at("51.73,36.19~50km").matching_saying(grade, &[]);
            scene.of_matches[0].0.places = vec![at("51.72,94.44")];
            scene.found("gps-elsewhere")
        };
        assert_eq!(copy(SameFootage), ["weak"]);
        assert!(copy(Lead).is_empty());
    }

    #[test]
    fn a_lost_sign_is_the_first_innocent_reading() {
        let mut scene = Scene::claimed_at("-33.86,151.21~5km");
        scene.metadata.places = vec![at("33.86,151.21")];
        let finding = &scene.findings("gps-elsewhere")[0];
        assert!(finding.innocent[0].contains("flipped"), "{:?}", finding.innocent);
    }

    #[test]
    fn a_sign_that_leads_into_the_wilds_was_not_lost() {
        let mut scene = Scene::claimed_at("0,0");
        scene.claims[0].place =
            gazetteer::place("Kursk Oblast, RU", PlaceKind::Event, Basis::Person).ok();
        scene.metadata.places = vec![at("51.7,94.4")];
        let finding = &scene.findings("gps-elsewhere")[0];
        assert!(!finding.innocent[0].contains("flipped"), "{:?}", finding.innocent);
    }

    #[test]
    fn places_that_touch_do_not_conflict() {
        check(&["51.73,36.19"], &[]);
        check(&["52.18,36.19~10m"], &[]);
        check(&["51.72,94.44~9000km"], &[]);
    }

    #[test]
    fn one_position_that_fits_silences_the_others() {
        check(&["51.72,94.44", "51.73,36.19"], &[]);
    }

    #[test]
    fn a_claim_by_name_alone_and_a_file_without_coordinates_say_nothing() {
        check(&[], &[]);
        let mut scene = Scene::claimed_at("51.73,36.19");
        scene.metadata.places = vec![at("51.72,94.44")];
        scene.claims[0].place = Some(Place::named("the old mill", PlaceKind::Event, Basis::Person));
        assert!(scene.found("gps-elsewhere").is_empty());
    }

    #[test]
    fn a_claimed_country_is_an_area() {
        let found = |claimed: &str| {
            let mut scene = Scene::claimed_at("51.73,36.19");
            scene.metadata.places = vec![at("51.72,94.44")];
            scene.claims[0].place =
                Some(gazetteer::place(claimed, PlaceKind::Event, Basis::Person).unwrap());
            scene.found("gps-elsewhere")
        };
        assert_eq!(found("UA"), ["weak"]);
        assert_eq!(found("Kursk Oblast, RU"), ["weak"]);
        assert!(found("RU").is_empty());
    }
}
