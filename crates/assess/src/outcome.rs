//! What came of weighing a claim.

use firstseen_model::{Claim, Dated, Place};
use serde::{Deserialize, Serialize};

use crate::gazetteer;
use crate::proof::{proofs, witnesses};
use crate::speaker::speakers;
use crate::{Case, Finding, Kind, Strength};

/// What came of weighing a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// Something contradicts it.
    Conflict,
    /// Something was weighed against it and does not contradict it.
    NoConflictFound,
    /// There was nothing to weigh, or nothing to weigh it against.
    NotWeighed,
}

impl Outcome {
    /// The word of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::NoConflictFound => "no-conflict-found",
            Self::NotWeighed => "not-weighed",
        }
    }
}

/// What came of weighing a claim, and why, for people.
#[must_use]
pub fn outcome(claim: &Claim, findings: &[Finding], case: &Case<'_>) -> (Outcome, String) {
    let id = claim.id();
    let against: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.kind == Kind::Conflict && finding.claim == Some(id))
        .collect();
    if !against.is_empty() {
        return (Outcome::Conflict, format!("contradicted ({})", counted(&against)));
    }
    let event =
        claim.event.as_ref().filter(|event| event.earliest.is_some() || event.latest.is_some());
    let place = claim.place.as_ref().map(gazetteer::looked_up).filter(is_known);
    if event.is_none() && place.is_none() {
        let why = "the claim has no event date and no place that is known";
        return (Outcome::NotWeighed, why.to_owned());
    }
    let witnesses = witnesses(case);
    let dates: Vec<&Dated> = witnesses
        .iter()
        .flat_map(|(sighting, found)| proofs(sighting, *found))
        .map(|proof| proof.date)
        .collect();
    let weighs_date = event.is_some() && !dates.is_empty();
    let speakers = speakers(case);
    let noted = speakers.iter().flat_map(|speaker| speaker.notes);
    let noted =
        noted.filter(|note| note.retracted.is_none()).filter_map(|note| note.place.as_ref());
    let mut told = witnesses
        .iter()
        .filter_map(|(sighting, _)| sighting.seen.place.as_ref())
        .chain(noted)
        .filter(|place| Strength::of_place(place).is_some());
    let weighs_place = place.is_some() && told.any(|place| is_known(&gazetteer::looked_up(place)));
    if !weighs_date && !weighs_place {
        let why = if case.seen().next().is_some() {
            "no sighting of this footage has a date or place to weigh it against"
        } else if case.matches.is_empty() {
            "this footage is not in this index"
        } else {
            "only possible matches, which contradict nothing"
        };
        return (Outcome::NotWeighed, why.to_owned());
    }
    let mut why = "no conflict found in this index; this is not confirmation".to_owned();
    // Its own post says nothing of what was there before.
    let others = witnesses.iter().filter(|(sighting, _)| !case.is_own(sighting));
    let mut others = others.flat_map(|(sighting, found)| proofs(sighting, *found));
    if event.is_some_and(|event| others.any(|proof| overlap(proof.date, event))) {
        why += "; dates overlap: that it was seen before the event cannot be excluded";
    }
    (Outcome::NoConflictFound, why)
}

/// Whether more is known of a place than a name.
fn is_known(place: &Place) -> bool {
    place.point.is_some() || place.area.is_some() || !place.spots.is_empty()
}

/// Whether a date may lie before an event or after, as far as their intervals go.
fn overlap(date: &Dated, event: &Dated) -> bool {
    let not_before = event.earliest.is_none_or(|earliest| date.latest >= Some(earliest));
    let not_after = match (date.earliest, event.latest) {
        (Some(earliest), Some(latest)) => earliest <= latest,
        _ => true,
    };
    not_before && not_after
}

fn counted(findings: &[&Finding]) -> String {
    [Strength::Exact, Strength::Strong, Strength::Weak]
        .into_iter()
        .map(|strength| {
            (findings.iter().filter(|finding| finding.strength == strength).count(), strength)
        })
        .filter(|(count, _)| *count > 0)
        .map(|(count, strength)| format!("{count} {}", strength.word()))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{Lead, SameFootage};

    use super::*;
    use crate::scene::{Scene, at_path, posted};

    fn check(scene: Scene, expected: Outcome, why: &str) {
        assert_eq!(scene.outcome(), (expected, why.to_owned()));
    }

    #[test]
    fn a_genuine_clip_that_circulates_draws_no_conflict() {
        check(
            Scene::claimed("2024-10-18").matching(SameFootage, posted("2024-10-22")),
            Outcome::NoConflictFound,
            "no conflict found in this index; this is not confirmation",
        );
    }

    #[test]
    fn overlap_cannot_be_excluded() {
        check(
            Scene::claimed("2024-10-18").matching(SameFootage, posted("2024-10-18")),
            Outcome::NoConflictFound,
            "no conflict found in this index; this is not confirmation; dates overlap: that it was seen before the event \
             cannot be excluded",
        );
    }

    #[test]
    fn a_conflict_counts_its_findings() {
        let scene = Scene::claimed("2024-10")
            .matching(SameFootage, posted("2022-03-11"))
            .matching(SameFootage, posted("2022-03-11?"));
        check(scene, Outcome::Conflict, "contradicted (1 strong, 1 weak)");
    }

    #[test]
    fn what_there_is_nothing_to_weigh_against_is_not_weighed() {
        use Outcome::NotWeighed;
        check(Scene::claimed("2024-10"), NotWeighed, "this footage is not in this index");
        let undated = Scene::claimed("2024-10").matching(SameFootage, at_path("a"));
        check(
            undated,
            NotWeighed,
            "no sighting of this footage has a date or place to weigh it against",
        );
        let lead = Scene::claimed("2024-10").matching(Lead, posted("2022"));
        check(lead, NotWeighed, "only possible matches, which contradict nothing");
        let mut empty = Scene::claimed("2024-10").matching(SameFootage, posted("2022"));
        empty.claims[0].event = None;
        check(empty, NotWeighed, "the claim has no event date and no place that is known");
    }
}
