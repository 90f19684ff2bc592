//! Blocks of a file that give one field several values.

use firstseen_media::{Fact, Metadata};

use super::Rule;
use crate::moment::moments;
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// Fields that hold one value whatever block they are in. Captions and names are left out: blocks cut and spell them
/// in ways of their own.
const SINGLE: [&str; 6] =
    ["make", "model", "body_serial", "image_unique_id", "country_code", "country"];
/// Degrees apart at which two positions are two places: a kilometre on the ground.
const APART_DEG: f64 = 0.01;

pub(super) const RULE: Rule = Rule {
    id: RuleId("blocks-disagree"),
    kind: Kind::Inconsistency,
    about: "two places of the file give one field two values: different tools wrote them",
    innocent: &[
        "a tool changed one block and left the other",
        "two devices had a part in the file",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let disagreeing: Vec<Vec<&Fact>> = dates(case.metadata)
        .into_iter()
        .chain(positions(case.metadata))
        .chain(SINGLE.iter().filter_map(|name| texts(case.metadata, name)))
        .collect();
    if disagreeing.is_empty() {
        return Vec::new();
    }
    let value =
        |fact: &&Fact| format!("{} \"{}\" ({})", fact.name, fact.value.trim(), fact.read_from);
    let told: Vec<String> = disagreeing
        .iter()
        .map(|facts| facts.iter().map(value).collect::<Vec<_>>().join(" against "))
        .collect();
    let mut finding = RULE.finding(case, Strength::Weak, told.join("; "));
    finding.evidence = disagreeing
        .iter()
        .flatten()
        .map(|fact| Evidence::fact(case.asset, fact, (None, None)))
        .collect();
    vec![finding]
}

/// Two dates of capture that cannot be one moment.
fn dates(metadata: &Metadata) -> Option<Vec<&Fact>> {
    let captured =
        moments(metadata, &["datetime_original", "date_created", "quicktime_creation_date"]);
    let first = captured.first()?;
    let other = captured.iter().find(|other| {
        let other_place = other.fact.read_from != first.fact.read_from;
        let same_text = other.local == first.local;
        other_place && !same_text && !first.overlaps(other.earliest, other.latest)
    })?;
    Some(vec![first.fact, other.fact])
}

/// Two positions further apart than rounding makes them.
fn positions(metadata: &Metadata) -> Option<Vec<&Fact>> {
    ["gps_lat", "gps_lon"].iter().find_map(|name| {
        let told = metadata.facts.iter().filter(|fact| fact.name == *name);
        let degrees: Vec<(f64, &Fact)> =
            told.filter_map(|fact| Some((fact.value.parse::<f64>().ok()?, fact))).collect();
        let (first, fact) = *degrees.first()?;
        let apart = |other: f64| {
            let apart = (other - first).abs();
            // The date line is no distance.
            apart.min((360.0 - apart).abs()) > APART_DEG
        };
        let (_, other) = degrees.iter().find(|(other, _)| apart(*other))?;
        Some(vec![fact, *other])
    })
}

/// Two texts that differ in more than case, spaces and marks, and of which neither is the other's beginning.
fn texts<'a>(metadata: &'a Metadata, name: &str) -> Option<Vec<&'a Fact>> {
    let plain = |fact: &Fact| -> String {
        fact.value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let mut told = metadata
        .facts
        .iter()
        .filter(|fact| fact.name == name)
        .map(|fact| (plain(fact), fact))
        .filter(|(text, _)| !text.is_empty());
    let (first, fact) = told.next()?;
    let (_, other) = told.find(|(other, _)| {
        !other.starts_with(first.as_str()) && !first.starts_with(other.as_str())
    })?;
    Some(vec![fact, other])
}

#[cfg(test)]
mod tests {
    use crate::scene::Scene;

    fn check(facts: &[(&str, &str, &str)], expected: &[&str]) {
        let scene = Scene::default().saying(facts);
        assert_eq!(scene.found("blocks-disagree"), expected, "{facts:?}");
    }

    #[test]
    fn two_values_of_one_field_are_a_hint_that_names_both() {
        let models = [("model", "NIKON D70", "exif:IFD0"), ("model", "Canon EOS 70D", "xmp")];
        check(&models, &["weak"]);
        assert_eq!(
            Scene::default().saying(&models).findings("blocks-disagree")[0].message,
            "model \"NIKON D70\" (exif:IFD0) against model \"Canon EOS 70D\" (xmp)"
        );
        check(&[("gps_lat", "51.72", "exif:GPS"), ("gps_lat", "43.35", "xmp")], &["weak"]);
        let dates = [
            ("datetime_original", "2022-03-11T12:00:00", "exif:Exif"),
            ("date_created", "2024-10-18", "iptc"),
        ];
        check(&dates, &["weak"]);
    }

    #[test]
    fn spelling_is_no_disagreement() {
        check(&[("make", "NIKON CORPORATION", "exif:IFD0"), ("make", "Nikon", "xmp")], &[]);
        check(&[("country", "Russia ", "iptc"), ("country", "RUSSIA", "xmp")], &[]);
        check(&[("gps_lat", "51.72", "exif:GPS"), ("gps_lat", "51.7204", "xmp")], &[]);
    }

    #[test]
    fn zones_and_precision_are_no_disagreement() {
        check(
            &[
                ("datetime_original", "2024-10-18T12:00:00", "exif:Exif"),
                ("datetime_original", "2024-10-18T12:00:00.12+10:00", "xmp"),
                ("date_created", "2024-10-18", "iptc"),
            ],
            &[],
        );
        // The same text with another zone is the same statement, spelt by another tool.
        check(
            &[
                ("datetime_original", "2024-10-18T12:00:00+10:00", "exif:Exif"),
                ("date_created", "2024-10-18T12:00:00Z", "xmp"),
            ],
            &[],
        );
    }

    #[test]
    fn the_date_line_is_no_distance() {
        check(&[("gps_lon", "179.9999", "exif:GPS"), ("gps_lon", "-179.9999", "xmp")], &[]);
    }

    #[test]
    fn captions_are_cut_and_spelt_in_many_ways() {
        check(
            &[("caption", "OLYMPUS DIGITAL CAMERA", "exif:IFD0"), ("caption", "A harbour", "iptc")],
            &[],
        );
    }

    #[test]
    fn one_block_says_nothing() {
        check(&[("model", "NIKON D70", "exif:IFD0")], &[]);
        check(&[("model", "NIKON D70", "exif:IFD0"), ("model", "", "xmp")], &[]);
    }
}
