//! Dates that prove that footage existed by then.

use std::collections::BTreeSet;

use firstseen_match::Match;
use firstseen_model::{DateKind, Dated, MatchId, Sighting, SightingId};

use crate::{Case, Strength};

/// A date by whose latest bound the footage existed.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The sighting that holds it.
    pub sighting: &'a Sighting,
    /// The date; of an edited post the edit's.
    pub date: &'a Dated,
    /// The match through which it speaks of the query; `None` for the query's own sightings.
    pub found: Option<&'a Match>,
    /// How far match and date carry.
    pub strength: Strength,
}

impl Proof<'_> {
    /// The match's id, if it speaks through one.
    #[must_use]
    pub fn match_id(&self) -> Option<MatchId> {
        self.found.map(Match::id)
    }

    /// Orders proofs by what they prove: the earliest latest bound first.
    pub(crate) fn when(&self) -> impl Ord + use<> {
        (self.date.latest, self.date.earliest, self.sighting.id())
    }
}

/// Each sighting that speaks of the query once, with the match through which it does: its own first, then those of
/// the matches that say "seen".
#[must_use]
pub fn witnesses<'a>(case: &Case<'a>) -> Vec<(&'a Sighting, Option<&'a Match>)> {
    let mut witnesses: Vec<(&Sighting, Option<&Match>)> =
        case.own.iter().map(|sighting| (sighting, None)).collect();
    for known in case.seen().filter(|known| known.found.reference != case.asset) {
        witnesses.extend(known.sightings.iter().map(|sighting| (sighting, Some(known.found))));
    }
    // The index may hand the query's own records as a match of identical bytes as well.
    let own: BTreeSet<SightingId> = case.own.iter().map(Sighting::id).collect();
    let itself = case.seen().filter(|known| known.found.reference == case.asset);
    let unnamed =
        itself.flat_map(|known| known.sightings).filter(|sighting| !own.contains(&sighting.id()));
    witnesses.extend(unnamed.map(|sighting| (sighting, None)));
    witnesses
}

/// Every posted, archived or collected date of a sighting that has a latest bound.
pub fn proofs<'a>(
    sighting: &'a Sighting,
    found: Option<&'a Match>,
) -> impl Iterator<Item = Proof<'a>> + use<'a> {
    let grade = match found {
        Some(found) => Strength::of_grade(found.grade),
        None => Some(Strength::Exact),
    };
    let dates = &sighting.seen.dates;
    let last_edit = dates
        .iter()
        .filter(|date| date.kind == DateKind::Edited)
        .max_by_key(|date| (date.latest.is_none(), date.latest));
    dates
        .iter()
        .filter_map(move |date| match date.kind {
            // A post that was edited may have got its picture with the edit.
            DateKind::Posted => {
                let edit =
                    last_edit.filter(|edit| edit.latest.is_none() || edit.latest > date.latest);
                Some(edit.unwrap_or(date))
            }
            DateKind::Archived | DateKind::Collected => Some(date),
            DateKind::Captured | DateKind::Encoded | DateKind::Edited | DateKind::Event => None,
        })
        .filter(|date| date.latest.is_some())
        .filter_map(move |date| {
            let strength = Strength::of_date(date).min(grade?);
            Some(Proof { sighting, date, found, strength })
        })
}
