//! Clocks that were set for another country than that of the place.

use firstseen_model::{Place, PlaceKind};
use jiff::SignedDuration;

use super::Rule;
use crate::gazetteer;
use crate::moment::{Moment, clock_ahead, signed};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// A clock this near to the place's agrees with it: summer time is forgotten, and borders are near.
const SLACK: SignedDuration = SignedDuration::from_hours(1);

pub(super) const RULE: Rule = Rule {
    id: RuleId("zone-elsewhere"),
    kind: Kind::Inconsistency,
    about: "the device's clock was set to a zone that its coordinates, or without them the claimed place, do not have",
    innocent: &[
        "a traveller's clock, set at home",
        "a clock that is set by hand, or to UTC for all of a unit's cameras",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let Some((taken, ahead)) = clock_ahead(case.metadata) else { return Vec::new() };
    // Many cameras and programs that know no zone write zero.
    if ahead.is_zero() {
        return Vec::new();
    }
    let finding = |whose: &str| {
        let message =
            format!("the clock was set to UTC{}, which clocks at {whose} are not", signed(ahead));
        let mut finding = RULE.finding(case, Strength::Weak, message);
        finding.evidence = vec![Evidence::fact(case.asset, taken.fact, taken.bounds())];
        finding
    };
    let mut camera = case.metadata.places.iter().filter(|place| place.kind == PlaceKind::Camera);
    if let Some(place) = camera.next() {
        let elsewhere = goes_by(place, &taken, ahead) == Some(false);
        return elsewhere.then(|| finding("its own coordinates")).into_iter().collect();
    }
    let of_claim = |claim: &firstseen_model::Claim| {
        let place = claim.place.as_ref()?;
        let there = gazetteer::looked_up(place);
        (goes_by(&there, &taken, ahead) == Some(false)).then(|| {
            let mut finding = finding("the claimed place");
            finding.claim = Some(claim.id());
            finding.evidence.push(Evidence::event_place(claim, place));
            finding
        })
    };
    case.claims.iter().filter_map(of_claim).collect()
}

/// Whether clocks at a place are as far ahead of UTC at that moment, give or take an hour; `None` where no zone of the
/// place is known.
pub(crate) fn goes_by(place: &Place, taken: &Moment<'_>, ahead: SignedDuration) -> Option<bool> {
    let zones = gazetteer::zones(place);
    let at = |zone: &jiff::tz::TimeZone, moment| {
        SignedDuration::from_secs(zone.to_offset(moment).seconds().into())
    };
    let near = |zone: &jiff::tz::TimeZone| {
        [taken.earliest, taken.latest]
            .iter()
            .any(|moment| (at(zone, *moment) - ahead).abs() <= SLACK)
    };
    (!zones.is_empty()).then(|| zones.iter().any(near))
}

#[cfg(test)]
mod tests {
    use firstseen_model::Basis;

    use super::*;
    use crate::scene::Scene;

    const NOON: (&str, &str, &str) = ("datetime_original", "2024-10-18T12:00:00", "exif:Exif");

    fn offset(text: &str) -> Scene {
        Scene::default().saying(&[NOON, ("offset_original", text, "exif:Exif")])
    }

    fn check(mut scene: Scene, place: &str, expected: &[&str]) {
        scene.metadata.places = vec![Place::parse(place, PlaceKind::Camera, Basis::Exif).unwrap()];
        assert_eq!(scene.found("zone-elsewhere"), expected, "{place}");
    }

    /// Kursk and Vladivostok.
    const KURSK: &str = "51.73,36.19";
    const FAR_EAST: &str = "43.12,131.89";

    #[test]
    fn a_clock_of_another_country_is_a_hint() {
        check(offset("+10:00"), KURSK, &["weak"]);
        check(offset("+03:00"), FAR_EAST, &["weak"]);
        // By the satellites' clock, where no zone is written.
        let implied = Scene::default()
            .saying(&[NOON, ("gps_datetime_utc", "2024-10-18T02:00:01", "exif:GPS")]);
        check(implied, KURSK, &["weak"]);
    }

    #[test]
    fn a_claimed_place_counts_where_the_file_has_none() {
        let mut scene =
            Scene::claimed_at(KURSK).saying(&[NOON, ("offset_original", "+10:00", "exif:Exif")]);
        assert_eq!(scene.found("zone-elsewhere"), ["weak"]);
        assert!(scene.findings("zone-elsewhere")[0].claim.is_some());
        scene.claims[0].place = None;
        assert!(scene.found("zone-elsewhere").is_empty());
    }

    #[test]
    fn the_zone_of_the_place_and_its_neighbours_agree() {
        check(offset("+03:00"), KURSK, &[]);
        check(offset("+02:00"), KURSK, &[]);
        check(offset("+10:00"), FAR_EAST, &[]);
    }

    #[test]
    fn zero_is_what_clocks_without_a_zone_write() {
        check(offset("Z"), FAR_EAST, &[]);
        check(offset("+00:00"), FAR_EAST, &[]);
    }

    #[test]
    fn a_clock_without_zone_and_the_open_sea_say_nothing() {
        check(Scene::default().saying(&[NOON]), KURSK, &[]);
        check(offset("+10:00"), "-48.88,-123.39", &[]);
    }
}
