//! Whether the footage was seen before.

use firstseen_match::{Grade, Match};
use firstseen_model::{FileState, MediaTime, Ruling, Span};
use serde::{Deserialize, Serialize};

use crate::{Case, Known};

/// Of the usable time of a query, the share in same footage from which it is seen, not partly seen.
pub const WHOLE: f64 = 0.8;

/// The answer to "was this seen before?".
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// Yes.
    Seen,
    /// Part of it was.
    PartlySeen {
        /// Query time in segments that were.
        seen: MediaTime,
        /// Usable query time.
        of: MediaTime,
    },
    /// Only leads or the same place.
    Possible,
    /// Nothing like it is in the index.
    NotInIndex,
    /// It is in the index itself, and seen nowhere else.
    AlreadyInIndex,
    /// No frame of it could be used.
    Inconclusive,
    /// It could not be looked at.
    NotLookedAt,
}

/// How much of a query was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Looked {
    /// What became of the file.
    pub state: FileState,
    /// Frames that could be used.
    pub frames_used: u32,
    /// Time that they stand for; zero for pictures.
    pub usable: MediaTime,
}

/// Whether the footage of a case was seen before.
#[must_use]
pub fn verdict(case: &Case<'_>, looked: Looked) -> Verdict {
    if !looked.state.looked_at() {
        return Verdict::NotLookedAt;
    }
    let seen: Vec<&Known<'_>> = case.seen().collect();
    let elsewhere: Vec<&Known<'_>> = seen
        .iter()
        .copied()
        .filter(|known| {
            let itself = known.found.reference == case.asset;
            !case.others(known).is_empty() || (!itself && known.sightings.is_empty())
        })
        .collect();
    // The same bytes, recorded elsewhere.
    if case.own.iter().any(|sighting| !case.is_own(sighting)) {
        return Verdict::Seen;
    }
    if elsewhere.is_empty() {
        return if !seen.is_empty() {
            Verdict::AlreadyInIndex
        } else if !case.matches.is_empty() {
            Verdict::Possible
        } else if looked.frames_used == 0 {
            Verdict::Inconclusive
        } else {
            Verdict::NotInIndex
        };
    }
    let covered = covered(elsewhere.iter().map(|known| known.found));
    let whole = looked.usable.seconds() * WHOLE;
    let identical = elsewhere.iter().any(|known| known.found.grade == Grade::IdenticalBytes);
    // A person's word on two that no stretch was found of is on all of them.
    let said = elsewhere.iter().any(|known| {
        let same = known.decision.is_some_and(|decision| decision.ruling == Ruling::Same);
        same && known.found.segments.is_empty()
    });
    if identical || said || covered.seconds() >= whole {
        Verdict::Seen
    } else {
        Verdict::PartlySeen { seen: covered, of: looked.usable }
    }
}

/// Query time that lies in any segment, each moment once.
pub fn covered<'a>(matches: impl Iterator<Item = &'a Match>) -> MediaTime {
    let mut spans: Vec<Span> =
        matches.flat_map(|found| found.segments.iter().map(|segment| segment.query)).collect();
    spans.sort();
    let (mut total, mut end) = (MediaTime::ZERO, MediaTime(i64::MIN));
    for span in spans {
        let start = span.start.max(end);
        if span.end > start {
            total = total + (span.end - start);
            end = span.end;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{self, IdenticalBytes, Lead, SameFootage, SamePlace};

    use super::*;
    use crate::scene::{Scene, at_path, segment};

    fn check(scene: &Scene, frames_used: u32, expected: Verdict) {
        let usable = MediaTime::from_seconds(31.0);
        let looked = Looked { state: FileState::Ok, frames_used, usable };
        assert_eq!(scene.with(|case| verdict(case, looked)), expected);
    }

    fn matching(grade: Grade, stretches: &[(f64, f64)]) -> Scene {
        let mut scene = Scene::default().matching(grade, at_path("b.mp4"));
        scene.matches[0].0.segments =
            stretches.iter().map(|(start, end)| segment(*start, *end)).collect();
        scene
    }

    #[test]
    fn four_fifths_are_all_of_it() {
        check(&matching(SameFootage, &[(0.0, 24.8)]), 9, Verdict::Seen);
        let seen = MediaTime::from_seconds(4.0);
        let of = MediaTime::from_seconds(31.0);
        check(
            &matching(SameFootage, &[(1.0, 4.0), (2.0, 5.0)]),
            9,
            Verdict::PartlySeen { seen, of },
        );
        check(&matching(IdenticalBytes, &[]), 9, Verdict::Seen);
    }

    #[test]
    fn a_picture_has_no_time_to_share() {
        let looked = Looked { state: FileState::Ok, frames_used: 1, usable: MediaTime::ZERO };
        let scene = matching(SameFootage, &[(0.0, 0.0)]);
        assert_eq!(scene.with(|case| verdict(case, looked)), Verdict::Seen);
    }

    #[test]
    fn less_than_same_footage_is_possible() {
        check(&matching(SamePlace, &[(0.0, 31.0)]), 9, Verdict::Possible);
        check(&matching(Lead, &[(0.0, 31.0)]), 0, Verdict::Possible);
    }

    #[test]
    fn nothing_found_means_something_only_where_something_was_looked_at() {
        check(&Scene::default(), 9, Verdict::NotInIndex);
        check(&Scene::default(), 0, Verdict::Inconclusive);
        let looked = Looked { state: FileState::Damaged, frames_used: 0, usable: MediaTime::ZERO };
        assert_eq!(Scene::default().with(|case| verdict(case, looked)), Verdict::NotLookedAt);
    }

    #[test]
    fn the_file_itself_in_the_index_is_already_there() {
        let mut scene = matching(IdenticalBytes, &[]).given(at_path("b.mp4"));
        scene.matches[0].0.reference = crate::scene::QUERY;
        check(&scene, 9, Verdict::AlreadyInIndex);
        scene.matches[0].1.push(at_path("c.mp4").of(crate::scene::QUERY));
        check(&scene, 9, Verdict::Seen);
        check(
            &Scene::default().given(at_path("b.mp4")).indexed(at_path("c.mp4")),
            9,
            Verdict::Seen,
        );
    }
}
