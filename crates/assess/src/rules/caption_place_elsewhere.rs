//! Caption fields that name another place than the claim.

use firstseen_media::{Fact, Metadata};
use firstseen_model::{Basis, Claim, Place, PlaceKind};

use super::Rule;
use crate::gazetteer;
use crate::moment::block;
use crate::speaker::{Speaker, heard_once, speakers};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

pub(super) const RULE: Rule = Rule {
    id: RuleId("caption-place-elsewhere"),
    kind: Kind::Conflict,
    about: "the city and country that the caption fields of the file, or of a matching copy, name lie elsewhere than the \
            claim says; silent where coordinates in the file allow the claim",
    innocent: &[
        "agencies write where the report was filed, not where the picture was taken",
        "the fields are left over from another picture",
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

fn elsewhere(
    case: &Case<'_>,
    speaker: &Speaker<'_>,
    claim: &Claim,
    claimed: &Place,
) -> Option<Finding> {
    let there = gazetteer::looked_up(claimed);
    let apart = |place: &Place| gazetteer::apart(place, &there).is_some();
    let camera = speaker.metadata.places.iter().filter(|place| place.kind == PlaceKind::Camera);
    let named = named_places(speaker.metadata);
    let (first, fact) = named.first()?;
    if camera.clone().any(|place| !apart(place)) || !named.iter().all(|(place, _)| apart(place)) {
        return None;
    }
    let message = format!(
        "the caption fields of {} name {}, which is not where the claim puts it",
        speaker.name(),
        first.text
    );
    let mut finding = RULE.finding(case, Strength::Weak, message);
    finding.claim = Some(claim.id());
    finding.evidence = fields(speaker.metadata, block(&fact.read_from))
        .map(|fact| Evidence::fact(speaker.asset, fact, (None, None)))
        .collect();
    finding.evidence.push(Evidence::event_place(claim, claimed));
    speaker.stamp(case, &mut finding);
    Some(finding)
}

/// The places that caption fields name, one a block, each with the field that tells most of it; those that the
/// gazetteer does not know are known by name alone.
pub(crate) fn named_places(metadata: &Metadata) -> Vec<(Place, &Fact)> {
    let mut blocks: Vec<&str> = Vec::new();
    for fact in metadata.facts.iter().filter(|fact| FIELDS.contains(&fact.name.as_str())) {
        if !blocks.contains(&block(&fact.read_from)) {
            blocks.push(block(&fact.read_from));
        }
    }
    blocks.into_iter().filter_map(|block| named_place(metadata, block)).collect()
}

/// Fields of a caption that name a place, from the narrowest.
const FIELDS: [&str; 4] = ["city", "region", "country", "country_code"];

fn fields<'a>(metadata: &'a Metadata, of: &str) -> impl Iterator<Item = &'a Fact> {
    let told = |fact: &&Fact, of: &str| {
        let said = !fact.value.trim().is_empty();
        FIELDS.contains(&fact.name.as_str()) && block(&fact.read_from) == of && said
    };
    let of = of.to_owned();
    metadata.facts.iter().filter(move |fact| told(fact, &of))
}

fn named_place<'a>(metadata: &'a Metadata, of: &str) -> Option<(Place, &'a Fact)> {
    let field = |name: &str| fields(metadata, of).find(|fact| fact.name == name);
    let (city, region) = (field("city"), field("region"));
    let country = field("country").or_else(|| field("country_code"));
    let look_up = |text: &str| gazetteer::place(text, PlaceKind::Caption, Basis::Xmp).ok();
    let known = |place: &Place| place.area.is_some() || !place.spots.is_empty();
    let with = |narrow: Option<&'a Fact>, wide: Option<&'a Fact>| {
        let narrow = narrow?;
        let text = match wide {
            Some(wide) => format!("{}, {}", narrow.value.trim(), wide.value.trim()),
            None => narrow.value.trim().to_owned(),
        };
        Some((look_up(&text)?, narrow))
    };
    let ways = [with(city, country), with(region, country), with(country, None)];
    let mut ways = ways.into_iter().flatten();
    // A quarter or a base that the gazetteer does not know lies in its country all the same.
    let first = ways.next()?;
    if known(&first.0) {
        return Some(first);
    }
    ways.find(|(place, _)| known(place)).or(Some(first))
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{SameFootage, SamePlace};

    use super::*;
    use crate::scene::Scene;

    fn claimed(place: &str) -> Scene {
        let mut scene = Scene::claimed_at("0,0");
        scene.claims[0].place =
            Some(gazetteer::place(place, PlaceKind::Event, Basis::Person).unwrap());
        scene
    }

    fn check(claim: &str, facts: &[(&str, &str, &str)], expected: &[&str]) {
        let scene = claimed(claim).saying(facts);
        assert_eq!(scene.found("caption-place-elsewhere"), expected, "{claim} {facts:?}");
    }

    const KYZYL: [(&str, &str, &str); 2] =
        [("city", "Kyzyl", "iptc"), ("country", "Russia", "iptc")];

    #[test]
    fn a_caption_from_elsewhere_is_a_hint() {
        check("Kursk Oblast, RU", &KYZYL, &["weak"]);
        check("UA", &[("country", "Syria", "xmp")], &["weak"]);
        check(
            "51.73,36.19~50km",
            &[("city", "Aleppo", "xmp"), ("country_code", "SY", "xmp")],
            &["weak"],
        );
        let finding = &claimed("UA").saying(&KYZYL).findings("caption-place-elsewhere")[0];
        assert_eq!(
            finding.message,
            "the caption fields of this file name Kyzyl, Russia, which is not where the claim puts it"
        );
        assert_eq!(finding.evidence.len(), 3);
    }

    #[test]
    fn a_copys_caption_speaks_and_that_of_the_same_place_does_not() {
        let found =
            |grade| claimed("UA").matching_saying(grade, &KYZYL).found("caption-place-elsewhere");
        assert_eq!(found(SameFootage), ["weak"]);
        assert!(found(SamePlace).is_empty());
    }

    #[test]
    fn the_same_place_in_other_words_agrees() {
        check("RU", &KYZYL, &[]);
        check("51.72,94.44~5km", &[("city", "Кызыл", "xmp"), ("country", "Россия", "xmp")], &[]);
        check("Tuva, RU", &[("country", "Russian Federation", "iptc")], &[]);
    }

    #[test]
    fn names_that_nobody_knows_say_nothing() {
        check("UA", &[("city", "Position 7", "iptc")], &[]);
        check("UA", &[("city", "", "iptc")], &[]);
        // The country tells, where the quarter is not known.
        check("UA", &[("city", "Quarter 9b", "iptc"), ("country", "Syria", "iptc")], &["weak"]);
    }

    #[test]
    fn one_block_that_fits_silences_the_others() {
        check("UA", &[KYZYL[0], KYZYL[1], ("country", "Ukraine", "xmp")], &[]);
    }

    #[test]
    fn coordinates_that_fit_silence_the_dateline() {
        let mut scene = claimed("UA").saying(&KYZYL);
        scene.metadata.places =
            vec![Place::parse("50.45,30.52", PlaceKind::Camera, Basis::Exif).unwrap()];
        assert!(scene.found("caption-place-elsewhere").is_empty());
    }
}
