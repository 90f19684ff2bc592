use std::collections::BTreeSet;

use firstseen_model::{Area, Basis, Place, PlaceError, PlaceKind};
use proptest::prelude::*;

use super::spots::{Entry, spots};
use super::*;
use crate::Strength;

fn at(text: &str) -> Place {
    place(text, PlaceKind::Event, Basis::Person).unwrap()
}

fn point(text: &str) -> Point {
    at(text).point.unwrap()
}

/// The first spot's number, how many there are, and the area as `RU.41`.
fn look(text: &str) -> (Option<u32>, usize, String) {
    let place = at(text);
    let area = place.area.map(|area| match area.region {
        Some(region) => format!("{}.{region}", area.country),
        None => area.country,
    });
    let first = place.spots.first().map(|spot| spot.geonames);
    (first, place.spots.len(), area.unwrap_or_default())
}

#[test]
fn countries_and_areas_are_found_by_code_and_name() {
    for (text, area) in [
        ("UA", "UA"),
        ("Ukraine", "UA"),
        ("Украина", "UA"),
        ("Україна", "UA"),
        ("UKRAINE", "UA"),
        ("우크라이나", "UA"),
        ("أوكرانيا", "UA"),
        ("乌克兰", "UA"),
        ("USA", "US"),
        ("UK", "GB"),
        ("Côte d’Ivoire", "CI"),
        ("Türkiye", "TR"),
        ("Kursk Oblast, RU", "RU.41"),
        ("Kursk Oblast", "RU.41"),
        ("kursk oblast", "RU.41"),
        ("Kurskaya oblast", "RU.41"),
        ("Курская область", "RU.41"),
        ("Курська область", "RU.41"),
        ("RU-KRS", "RU.41"),
        ("Primorsky Krai", "RU.59"),
        ("Приморский край", "RU.59"),
        ("Primorskiy kray, Russia", "RU.59"),
        ("Kharkiv Oblast", "UA.07"),
        ("Харьковская область", "UA.07"),
        ("UA-63", "UA.07"),
        ("US-TX", "US.TX"),
        ("Texas, US", "US.TX"),
    ] {
        assert_eq!(look(text).2, area, "{text}");
    }
}

#[test]
fn towns_are_found_in_any_script() {
    for (text, geonames) in [
        ("Kyzyl, RU", 1_500_973),
        ("Кызыл, RU", 1_500_973),
        ("Kyiv", 703_448),
        ("Kiev", 703_448),
        ("Київ", 703_448),
        ("Киев, Украина", 703_448),
        ("키예프", 703_448),
        ("Seoul", 1_835_848),
        ("서울", 1_835_848),
        ("東京", 1_850_147),
        ("北京", 1_816_670),
        ("دمشق", 170_654),
        ("غزة", 281_133),
        ("München", 2_867_714),
        ("MUNCHEN", 2_867_714),
        ("Munich", 2_867_714),
        ("São Paulo", 3_448_439),
        ("Sao Paulo, BR", 3_448_439),
        ("Kharkov", 706_483),
        ("Khar'kiv", 706_483),
        ("Аль-Фашир", 379_555),
        ("geonames:2013348", 2_013_348),
    ] {
        let found = at(text).spots;
        assert!(
            found.iter().any(|spot| spot.geonames == geonames),
            "{text}: {:?}",
            found.iter().map(|spot| (spot.geonames, &spot.name)).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_name_that_several_places_bear_is_not_guessed() {
    let countries = |text: &str| -> Vec<String> {
        at(text).spots.into_iter().map(|spot| spot.area.country).collect()
    };
    let all: BTreeSet<String> = countries("Sergeevka").into_iter().collect();
    assert!(["RU", "KZ"].iter().all(|country| all.contains(*country)), "{all:?}");
    assert_eq!(at("Sergeevka").point, None);
    for same in ["Sergeyevka", "Сергеевка", "sergejevka"] {
        let found: BTreeSet<String> = countries(same).into_iter().collect();
        assert!(["RU", "KZ"].iter().all(|country| found.contains(*country)), "{same}: {found:?}");
    }
    assert!(countries("Сергіївка").iter().all(|country| country == "UA"));
    // The last two are of Donetsk and Kherson, to which Russia gives its code.
    assert_eq!(countries("Sergeevka, RU"), ["RU", "RU", "UA", "UA"]);
    assert_eq!(countries("Sergeevka, Primorsky Krai, RU"), ["RU", "RU"]);
    assert_eq!(countries("Sergeevka, KZ"), ["KZ"]);
    assert!(at("Sergeevka, KZ").point.is_some());
}

#[test]
fn candidates_are_told_with_the_way_out() {
    let told = |text: &str| candidates_told(&at(text)).unwrap_or_default();
    assert!(told("Sergeevka, RU").starts_with("4 places are called"), "{}", told("Sergeevka, RU"));
    assert!(told("Sergeevka").contains("geonames:"), "{}", told("Sergeevka"));
    assert!(told("Georgia").contains("2 areas"), "{}", told("Georgia"));
    assert!(told("Nowheresk").contains("no place is called"), "{}", told("Nowheresk"));
    assert!(told("Kursk, Nowhere").contains("no country or first-level area"));
    assert_eq!(candidates_told(&at("43.35,133.36")), None);
    assert_eq!(candidates_told(&at("Kursk Oblast, RU")), None);
    assert_eq!(candidates_told(&at("Kyzyl, RU")), None);
}

#[test]
fn what_is_no_place_is_an_error_with_the_way_out() {
    let fault = |text| place(text, PlaceKind::Event, Basis::Person).unwrap_err();
    assert_eq!(fault("QQ"), PlaceError::UnknownCode("QQ".to_owned()));
    assert_eq!(fault("RU-QQQ"), PlaceError::UnknownCode("RU-QQQ".to_owned()));
    assert_eq!(fault("geonames:1"), PlaceError::UnknownNumber("1".to_owned()));
    assert_eq!(fault("geonames:x"), PlaceError::UnknownNumber("x".to_owned()));
    assert_eq!(fault("  "), PlaceError::Empty);
    assert!(matches!(fault("43.35 133.36"), PlaceError::Malformed(_)));
}

fn check(one: &str, other: &str, expected: Option<Strength>) {
    let found = |one: &str, other: &str| apart(&at(one), &at(other)).map(|apart| apart.strength);
    assert_eq!(found(one, other), expected, "{one} and {other}");
    assert_eq!(found(other, one), expected, "{other} and {one}");
}

#[test]
fn places_that_cannot_both_be_are_apart() {
    check("51.72,94.44", "Kursk Oblast, RU", Some(Strength::Exact));
    check("Kyzyl, RU", "Kursk Oblast, RU", Some(Strength::Exact));
    check("Kyzyl, RU", "Kursk, RU", Some(Strength::Exact));
    check("Kyiv, UA", "RU", Some(Strength::Exact));
    check("Seoul, KR", "North Korea", None);
    check("Busan, KR", "North Korea", Some(Strength::Exact));
    check("Kursk Oblast, RU", "UA", Some(Strength::Exact));
    check("Kursk Oblast, RU", "Primorsky Krai, RU", Some(Strength::Exact));
    check("Syria", "Ukraine", Some(Strength::Exact));
}

#[test]
fn a_name_alone_is_weak_and_conflicts_for_each_that_bears_it() {
    check("Kyzyl", "Kursk Oblast, RU", Some(Strength::Weak));
    check("Sergeevka", "Kursk Oblast, RU", Some(Strength::Weak));
    check("Sergeevka", "43.35,133.36", None);
    check("Sergeevka", "Primorsky Krai, RU", None);
    check("Sergeevka", "KZ", None);
    check("Sergeevka, KZ", "Primorsky Krai, RU", Some(Strength::Exact));
    // Hamlets of an area may bear the name of its town, and not that of a city.
    check("Sudzha, Kursk Oblast", "52.40,34.60", Some(Strength::Weak));
    check("Sudzha, RU", "Kyzyl, RU", Some(Strength::Weak));
    check("Sudzha, Kursk Oblast", "Kyzyl, RU", Some(Strength::Exact));
    check("Nowheresk", "Kursk Oblast, RU", None);
    check("Georgia", "Kursk Oblast, RU", None);
    // The town's name may mean the area around it.
    check("Kursk", "51.19,35.27", None);
}

#[test]
fn parts_and_neighbours_are_not_apart() {
    check("Kursk Oblast, RU", "RU", None);
    check("Kursk, RU", "Kursk Oblast, RU", None);
    check("Kursk Oblast, RU", "Belgorod Oblast, RU", None);
    // Sudzha, 10 km from the border, and Sumy, 40 km from it.
    check("51.19,35.27", "UA", None);
    check("50.91,34.80", "RU", None);
    check("Baarle-Hertog, BE", "NL", None);
    check("Büsingen, DE", "CH", None);
}

#[test]
fn disputed_ground_conflicts_with_no_ones_code() {
    for (place, codes) in [
        ("44.95,34.10", ["UA", "RU"]),
        ("48.00,37.80", ["UA", "RU"]),
        ("Donetsk Oblast, UA", ["UA", "RU"]),
        ("Crimea, UA", ["UA", "RU"]),
        ("43.00,41.02", ["GE", "RU"]),
        ("42.66,21.16", ["XK", "RS"]),
        ("25.03,121.56", ["TW", "CN"]),
        ("31.50,34.46", ["PS", "IL"]),
        ("34.08,74.80", ["IN", "PK"]),
        ("35.30,33.30", ["CY", "TR"]),
        ("44.03,145.86", ["RU", "JP"]),
        ("16.24,-61.53", ["GP", "FR"]),
        ("18.47,-66.11", ["PR", "US"]),
        ("46.84,29.61", ["MD", "RU"]),
        ("47.07,32.80", ["UA", "RU"]),
        ("27.67,-8.13", ["EH", "DZ"]),
        ("16.10,-88.80", ["BZ", "GT"]),
        ("34.59,32.98", ["CY", "GB"]),
        ("33.13,35.82", ["SY", "IL"]),
        ("14.52,40.40", ["ER", "ET"]),
        ("20.70,116.72", ["TW", "CN"]),
        ("-12.78,45.23", ["YT", "KM"]),
        ("35.89,-5.32", ["ES", "MA"]),
        ("6.80,-58.16", ["GY", "VE"]),
        ("27.58,91.87", ["IN", "CN"]),
    ] {
        for code in codes {
            check(place, code, None);
        }
    }
    check("UA", "RU", None);
    check("FR", "RE", None);
    check("VA", "IT", None);
    check("Monaco", "France", None);
    check("Simferopol, RU", "Crimea, UA", None);
    check("44.95,34.10", "Kursk Oblast, RU", Some(Strength::Exact));
}

#[test]
fn where_nobody_lives_nothing_is_apart_from_an_area() {
    for (point, areas) in [
        ("0,-140", ["FR", "US", "RU"]),
        ("90,0", ["RU", "CA", "NO"]),
        ("-90,0", ["US", "GB", "RU"]),
        ("54.4,-54.4", ["NO", "GB", "GL"]),
        ("-54.4,3.4", ["NO", "GB", "ZA"]),
        ("57.6,-13.69", ["GB", "IE", "RU"]),
        ("10.3,-109.2", ["FR", "MX", "RU"]),
        ("77.5,-40", ["GL", "DK", "RU"]),
        // An islet of Croatia that lies nearer to Italy, and one of the United States off Haiti.
        ("42.39,16.26", ["HR", "IT", "HR"]),
        ("18.40,-75.01", ["US", "HT", "US"]),
    ] {
        for area in areas {
            check(point, area, None);
        }
    }
    // The date line runs through Fiji.
    check("-16.8,-179.97", "FJ", None);
    check("-16.8,179.97", "FJ", None);
}

#[test]
fn a_known_place_narrows_a_date() {
    let earliest =
        |date, place| event(date, Some(&at(place))).unwrap().earliest.unwrap().to_string();
    assert_eq!(earliest("2024-10", "Kursk Oblast, RU"), "2024-09-30T21:00:00Z");
    assert_eq!(earliest("2024-10", "Kyzyl, RU"), "2024-09-30T17:00:00Z");
    assert_eq!(earliest("2024-10-18T07:05Z", "Kyzyl, RU"), "2024-10-18T07:05:00Z");
    // Kamchatka's and Kaliningrad's clocks are both the country's.
    assert_eq!(earliest("2024-10-18", "RU"), "2024-10-17T12:00:00Z");
    assert_eq!(earliest("2024-10-18", "0,-140"), "2024-10-17T10:00:00Z");
    assert_eq!(earliest("2024-10-18", "Nowheresk"), "2024-10-17T10:00:00Z");
    let none = event("2024-10", None).unwrap();
    assert_eq!(none.earliest.unwrap().to_string(), "2024-09-30T10:00:00Z");
}

#[test]
fn a_disputed_place_goes_by_the_clocks_of_all_who_claim_it() {
    let names: Vec<String> = zones(&at("48.00,37.80"))
        .iter()
        .filter_map(|zone| zone.iana_name().map(str::to_owned))
        .collect();
    assert!(names.iter().any(|name| name == "Europe/Kyiv"), "{names:?}");
    assert!(names.iter().any(|name| name == "Europe/Moscow"), "{names:?}");
}

#[test]
fn every_time_zone_is_known() {
    let names: BTreeSet<&str> =
        spots().entries().filter_map(|entry| spots().zone(&entry)).collect();
    let database = jiff::tz::TimeZoneDatabase::bundled();
    for name in names {
        assert!(database.get(name).is_ok(), "{name}");
    }
}

#[test]
fn the_nearest_place_and_its_country_are_told_where_that_is_safe() {
    let (spot, metres) = nearest(&point("51.7195,94.4500")).unwrap();
    assert_eq!(spot.name, "Kyzyl");
    assert!(metres < 2_000.0, "{metres}");
    assert_eq!(country_of(&point("51.7195,94.4500")), Some("RU"));
    assert_eq!(country_of(&point("50.91,34.80")), None, "Sumy is near the border");
    assert_eq!(country_of(&point("44.95,34.10")), None, "Crimea is disputed");
    assert_eq!(country_of(&point("0,-140")), None);
    assert!(nearest(&point("0,-140")).unwrap().1 > 500_000.0);
}

#[test]
fn each_place_is_found_by_its_name() {
    assert_eq!(spots().count(), 234_908);
    // A prime leap meets all parts of the Earth, and of the file.
    for at in (0..spots().count()).step_by(97) {
        let entry = spots().entry(at).unwrap();
        let spot = spots().spot(&entry);
        if fold(&spot.name).is_empty() {
            continue;
        }
        let found = spots().named(&spot.name);
        assert!(found.iter().any(|(_, other)| *other == entry), "{spot:?}");
    }
}

fn of(entry: &Entry) -> Spot {
    spots().spot(entry)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_place_is_never_apart_from_its_country_its_region_and_its_name(at_ in 0_usize..234_908) {
        let spot = of(&spots().entry(at_).unwrap());
        let there = Place {
            point: Some(Point { radius_m: 1.0, ..spot.point }),
            ..Place::named("there", PlaceKind::Camera, Basis::Person)
        };
        prop_assert_eq!(apart(&there, &at(&spot.area.country)), None);
        let region = Place {
            area: Some(spot.area.clone()),
            ..Place::named("region", PlaceKind::Event, Basis::Person)
        };
        prop_assert_eq!(apart(&there, &region), None);
        if !fold(&spot.name).is_empty() && let Ok(named) = place(&spot.name, PlaceKind::Event, Basis::Person) {
            prop_assert_eq!(apart(&there, &named), None, "{}", spot.name);
        }
    }

    #[test]
    fn a_point_is_never_apart_from_the_areas_of_places_near_it(
        at_ in 0_usize..234_908, north in -0.3..0.3f64, east in -0.3..0.3f64,
    ) {
        let middle = spots().entry(at_).unwrap().point;
        let latitude = (middle.latitude + north).clamp(-90.0, 90.0);
        let longitude = (middle.longitude + east).clamp(-180.0, 180.0);
        let point = Point { latitude, longitude, radius_m: 1.0 };
        let there = Place {
            point: Some(point),
            ..Place::named("there", PlaceKind::Camera, Basis::Person)
        };
        for (_, near) in spots().within(&point, 50_000.0) {
            let area = of(&near).area;
            for region in [None, area.region.clone()] {
                let area = Place {
                    area: Some(Area { region, ..area.clone() }),
                    ..Place::named("area", PlaceKind::Event, Basis::Person)
                };
                prop_assert_eq!(apart(&there, &area), None);
            }
        }
    }

    #[test]
    fn no_text_panics(text in ".{0,40}") {
        if let Ok(place) = place(&text, PlaceKind::Event, Basis::Person) {
            let _ = (candidates_told(&place), zones(&place), apart(&place, &place));
        }
    }
}

#[test]
fn what_lies_within_reach_is_what_a_look_at_every_place_finds() {
    for (text, metres) in [
        ("51.73,36.19", 60_000.0),
        ("-16.8,-179.97", 300_000.0),
        ("78.2,15.6", 1_500_000.0),
        ("0,0", 2_000_000.0),
        ("-89.9,10", 4_500_000.0),
    ] {
        let point = point(text);
        let found: BTreeSet<u32> =
            spots().within(&point, metres).iter().map(|(_, entry)| entry.geonames).collect();
        let all: BTreeSet<u32> = spots()
            .entries()
            .filter(|entry| point.distance_m(&entry.point) <= metres)
            .map(|entry| entry.geonames)
            .collect();
        assert_eq!(found, all, "{text}");
    }
}

#[test]
fn the_next_place_of_a_country_is_that_of_a_plain_search() {
    let points = [(48.0, 37.8), (-54.8, -68.3), (0.0, 179.9), (71.0, -8.0), (35.0, 33.0)];
    for (latitude, longitude) in points {
        let point = Point { latitude, longitude, radius_m: 1.0 };
        for country in ["UA", "RU", "FJ", "NZ"] {
            let is_there = |entry: &Entry| areas::areas()[entry.area].country == country;
            let apart = |entry: &Entry| point.distance_m(&entry.point);
            let plain =
                spots().entries().filter(is_there).min_by(|a, b| apart(a).total_cmp(&apart(b)));
            let found = spots().nearest_of(&point, is_there);
            assert_eq!(found.map(|entry| apart(&entry)), plain.map(|entry| apart(&entry)));
        }
    }
}

#[test]
fn a_spot_is_found_again_by_its_number() {
    for at in (0..spots().count()).step_by(997) {
        let entry = spots().entry(at).unwrap();
        assert_eq!(spots().found_again(&spots().spot(&entry)), Some(entry));
        assert_eq!(spots().numbered(entry.geonames), Some(entry));
    }
}
