//! Captions of the same footage that put it in different places.

use firstseen_match::Match;
use firstseen_model::{Place, PlaceKind, Sighting};

use super::Rule;
use crate::gazetteer;
use crate::proof::witnesses;
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

pub(super) const RULE: Rule = Rule {
    id: RuleId("captions-disagree"),
    kind: Kind::Inconsistency,
    about: "two posts of the same footage name places that cannot both be",
    innocent: &[
        "one names where the reporter or the channel is, not where the footage was taken",
        "the footage holds several places, and each post names one",
        "a smaller place of the same name is meant",
    ],
    check,
};

/// One finding for the file's own records and one for each match, on the first two captions that disagree.
fn check(case: &Case<'_>) -> Vec<Finding> {
    let captions: Vec<(&Sighting, Option<&Match>, Place)> = witnesses(case)
        .into_iter()
        .filter_map(|(sighting, found)| {
            let place = sighting.seen.place.as_ref()?;
            let place = (place.kind == PlaceKind::Caption).then(|| gazetteer::looked_up(place))?;
            Some((sighting, found, place))
        })
        .collect();
    let mut findings: Vec<Finding> = Vec::new();
    for (at, (one, of_one, there)) in captions.iter().enumerate() {
        for (other, of_other, elsewhere) in &captions[at + 1..] {
            // Two copies are each like the query, and not surely of the same moment as one another.
            let found = match (of_one, of_other) {
                (Some(a), Some(b)) if a.id() != b.id() => continue,
                (a, b) => a.or(*b),
            };
            let with_match = found.map(Match::id);
            let is_told = findings.iter().any(|finding| finding.with_match == with_match);
            if is_told || gazetteer::apart(there, elsewhere).is_none() {
                continue;
            }
            let text = format!(
                "captions of the same footage name different places: {} and {}",
                there.text, elsewhere.text
            );
            let mut finding = RULE.finding(case, Strength::Weak, text);
            finding.with_match = with_match;
            finding.evidence = vec![Evidence::place(one, there), Evidence::place(other, elsewhere)];
            findings.push(finding);
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{Lead, SameFootage};
    use firstseen_model::{Basis, SightingDraft};

    use super::*;
    use crate::scene::{Scene, at_path, sidecar};

    fn captioned(place: &str, kind: PlaceKind) -> SightingDraft {
        let place = Some(Place::named(place, kind, sidecar()));
        SightingDraft { place, ..at_path(&format!("archive/{kind:?}")) }
    }

    fn check(one: &str, other: &str, expected: &[&str]) {
        let scene = Scene::default()
            .given(captioned(one, PlaceKind::Caption))
            .matching(SameFootage, captioned(other, PlaceKind::Caption));
        assert_eq!(scene.found("captions-disagree"), expected, "{one} and {other}");
    }

    #[test]
    fn places_that_cannot_both_be_are_a_hint() {
        check("Kyzyl, RU", "Kursk Oblast", &["weak"]);
        check("Aleppo", "Kharkiv Oblast", &["weak"]);
        check("Sergeevka", "Syria", &["weak"]);
    }

    #[test]
    fn places_that_can_both_be_are_none() {
        check("Kursk", "Kursk Oblast, RU", &[]);
        check("Kursk", "Russia", &[]);
        check("Sergeevka", "Primorsky Krai", &[]);
        check("Crimea", "Russia", &[]);
        check("the old mill", "Syria", &[]);
        check("Kyiv", "Киев", &[]);
    }

    #[test]
    fn only_captions_of_the_same_footage_are_compared() {
        let kyzyl = || captioned("Kyzyl, RU", PlaceKind::Caption);
        let kursk = |kind| captioned("Kursk Oblast", kind);
        let lead = Scene::default().given(kyzyl()).matching(Lead, kursk(PlaceKind::Caption));
        assert!(lead.found("captions-disagree").is_empty());
        let channel =
            Scene::default().given(kyzyl()).matching(SameFootage, kursk(PlaceKind::Channel));
        assert!(channel.found("captions-disagree").is_empty());
        let copies = Scene::default()
            .matching(SameFootage, kyzyl())
            .matching(SameFootage, kursk(PlaceKind::Caption));
        assert!(copies.found("captions-disagree").is_empty());
        let person = Place::named("Kyzyl", PlaceKind::Camera, Basis::Person);
        let place = SightingDraft { place: Some(person), ..at_path("archive/person") };
        let camera = Scene::default().given(place).matching(SameFootage, kursk(PlaceKind::Caption));
        assert!(camera.found("captions-disagree").is_empty());
    }
}
