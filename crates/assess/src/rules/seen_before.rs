//! Footage that is in the index from elsewhere.

use firstseen_match::Match;
use firstseen_model::{DateKind, Sighting};

use super::Rule;
use crate::proof::{proofs, witnesses};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// Sightings that a finding names; the others are counted.
const NAMED: usize = 5;

pub(super) const RULE: Rule = Rule {
    id: RuleId("seen-before"),
    kind: Kind::History,
    about: "the footage is in the index from elsewhere than this file",
    innocent: &[
        "footage that circulates is seen in many places; this alone says nothing against it",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut groups: Vec<(Option<&Match>, Vec<&Sighting>)> = Vec::new();
    for (sighting, found) in witnesses(case) {
        if case.is_own(sighting) {
            continue;
        }
        match groups.iter_mut().find(|(of, _)| of.map(Match::id) == found.map(Match::id)) {
            Some((_, sightings)) => sightings.push(sighting),
            None => groups.push((found, vec![sighting])),
        }
    }
    groups.into_iter().map(|(found, sightings)| state(case, found, sightings)).collect()
}

fn state(case: &Case<'_>, found: Option<&Match>, mut sightings: Vec<&Sighting>) -> Finding {
    let posted = |sighting: &Sighting| {
        proofs(sighting, None)
            .filter(|proof| proof.date.kind != DateKind::Collected)
            .map(|proof| (proof.date.latest, proof.date.text.clone()))
            .min()
    };
    sightings.sort_by_cached_key(|sighting| {
        let date = posted(sighting);
        (date.is_none(), date, sighting.id())
    });
    let dated: Vec<_> = sightings.iter().filter_map(|sighting| posted(sighting)).collect();
    let days: Vec<String> = dated
        .iter()
        .filter_map(|(latest, _)| Some(latest.as_ref()?.to_string()[..10].to_owned()))
        .collect();
    let when = match (days.first(), days.last()) {
        (Some(first), Some(last)) if first != last => {
            format!(", the first on or before {first}, the last on or before {last}")
        }
        (Some(first), _) => format!(", on or before {first}"),
        _ => ", none with a posted date".to_owned(),
    };
    let undated = sightings.len() - dated.len();
    let without = if undated > 0 && !dated.is_empty() {
        format!(", {undated} undated")
    } else {
        String::new()
    };
    let plural = if sightings.len() == 1 { "" } else { "s" };
    let message = format!("{} sighting{plural}{when}{without}", sightings.len());
    let strength = found
        .map_or(Some(Strength::Exact), |found| Strength::of_grade(found.grade))
        .unwrap_or(Strength::Weak);
    let mut finding = RULE.finding(case, strength, message);
    finding.with_match = found.map(Match::id);
    finding.evidence = sightings
        .iter()
        .take(NAMED)
        .filter_map(|sighting| {
            let proof = proofs(sighting, None).min_by_key(|proof| proof.when())?;
            Some(Evidence::date(sighting, proof.date))
        })
        .collect();
    finding
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{IdenticalBytes, Lead, SameFootage};
    use firstseen_model::Basis;

    use super::*;
    use crate::scene::{Scene, at_path, dated, posted};

    fn check(scene: &Scene, expected: &[&str]) {
        assert_eq!(scene.found("seen-before"), expected);
    }

    #[test]
    fn same_footage_elsewhere_was_seen() {
        check(&Scene::default().matching(SameFootage, posted("2022-03-11")), &["strong"]);
        check(&Scene::default().matching(IdenticalBytes, at_path("b.mp4")), &["exact"]);
        check(&Scene::default().given(at_path("a.mp4")).indexed(at_path("b.mp4")), &["exact"]);
        check(&Scene::default().matching(Lead, posted("2022-03-11")), &[]);
    }

    #[test]
    fn the_querys_own_sighting_was_not_seen_before() {
        let scene = Scene::default().given(at_path("a.mp4")).indexed(at_path("a.mp4"));
        check(&scene, &[]);
        let mut post = posted("2022-03-11");
        post.post = Some("123".to_owned());
        let mut copy = post.clone();
        copy.path = Some(b"elsewhere.mp4".to_vec());
        check(&Scene::default().given(post).matching(SameFootage, copy), &[]);
    }

    #[test]
    fn the_message_counts_and_dates() {
        let mut scene = Scene::default().matching(SameFootage, posted("2024-09-30T00:00:00Z"));
        let reference = scene.matches[0].0.reference;
        scene.matches[0].1.push(posted("2022-03-11T00:00:00Z").of(reference));
        scene.matches[0].1.push(dated("2020", DateKind::Captured, Basis::Exif).of(reference));
        assert_eq!(
            scene.findings("seen-before")[0].message,
            "3 sightings, the first on or before 2022-03-11, the last on or before 2024-09-30, 1 undated"
        );
    }
}
