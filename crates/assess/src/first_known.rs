//! The earliest sighting in this index.

use firstseen_model::{DateKind, Dated, MatchId, Sighting, SightingId};

use crate::proof::{Proof, proofs, witnesses};
use crate::{Case, Known};

/// The earliest posted or archived sighting, by its latest bound.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstKnown<'a> {
    /// The sighting.
    pub sighting: &'a Sighting,
    /// Its id.
    pub id: SightingId,
    /// Its date; of an edited post the edit's.
    pub date: &'a Dated,
    /// The match through which it speaks of the query; `None` for a record of the same bytes.
    pub with_match: Option<MatchId>,
}

impl<'a> From<Proof<'a>> for FirstKnown<'a> {
    fn from(proof: Proof<'a>) -> Self {
        Self {
            sighting: proof.sighting,
            id: proof.sighting.id(),
            date: proof.date,
            with_match: proof.match_id(),
        }
    }
}

/// Where the footage of a case is first known from, the query's own sightings left out; `None` where none of the
/// others is dated.
#[must_use]
pub fn first_known<'a>(case: &Case<'a>) -> Option<FirstKnown<'a>> {
    earliest(posted_before(case)).map(FirstKnown::from)
}

/// Where one match is first known from, the query's own sightings left out.
#[must_use]
pub fn first_known_of<'a>(case: &Case<'_>, known: &Known<'a>) -> Option<FirstKnown<'a>> {
    let others = case.others(known).into_iter();
    let proofs = others.flat_map(|sighting| proofs(sighting, None)).filter(is_public);
    earliest(proofs.map(|proof| Proof { found: Some(known.found), ..proof })).map(FirstKnown::from)
}

/// Every posted or archived date of sightings that are not the query's own.
pub(crate) fn posted_before<'a>(case: &Case<'a>) -> Vec<Proof<'a>> {
    witnesses(case)
        .into_iter()
        .filter(|(sighting, _)| !case.is_own(sighting))
        .flat_map(|(sighting, found)| proofs(sighting, found))
        .filter(is_public)
        .collect()
}

/// When a file came into somebody's hands is not when it was first seen.
fn is_public(proof: &Proof<'_>) -> bool {
    proof.date.kind != DateKind::Collected
}

fn earliest<'a>(proofs: impl IntoIterator<Item = Proof<'a>>) -> Option<Proof<'a>> {
    proofs.into_iter().min_by_key(Proof::when)
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{Lead, SameFootage};
    use firstseen_model::Basis;

    use super::*;
    use crate::scene::{Scene, dated, posted};

    fn check(scene: &Scene, expected: Option<&str>) {
        let found = scene.with(|case| first_known(case).map(|known| known.date.text.clone()));
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn it_is_the_earliest_by_latest_bound() {
        // A year may have lasted until its end.
        let scene = Scene::default()
            .matching(SameFootage, posted("2022"))
            .matching(SameFootage, posted("2022-06-01"));
        check(&scene, Some("2022-06-01"));
    }

    #[test]
    fn it_is_posted_or_archived_by_others_in_same_footage() {
        let held = dated("2020-01-01", DateKind::Collected, Basis::IndexClock);
        check(&Scene::default().matching(SameFootage, held), None);
        check(&Scene::default().matching(Lead, posted("2020")), None);
        check(&Scene::default().given(posted("2020")), None);
        check(&Scene::default().indexed(posted("2020")), Some("2020"));
        let archived = dated("2021-01-01", DateKind::Archived, Basis::WebArchive);
        check(&Scene::default().matching(SameFootage, archived), Some("2021-01-01"));
    }

    #[test]
    fn each_match_has_its_own() {
        let scene = Scene::default()
            .matching(SameFootage, posted("2022"))
            .matching(SameFootage, posted("2023"));
        scene.with(|case| {
            let of = |i: usize| first_known_of(case, &case.matches[i]).unwrap();
            assert_eq!([of(0), of(1)].map(|known| known.date.text.clone()), ["2022", "2023"]);
            assert_eq!(of(1).with_match, Some(case.matches[1].found.id()));
        });
    }
}
