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
