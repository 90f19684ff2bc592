//! Whether the footage was seen before.

use firstseen_match::Grade;
use firstseen_model::{FileState, MediaTime, Span};

use crate::{Case, Known};

/// Of the usable time of a query, the share in same footage from which it is seen, not partly seen.
pub const WHOLE: f64 = 0.8;

/// The answer to "was this seen before?".
#[derive(Clone, Copy, Debug, PartialEq)]
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
    let covered = covered(&elsewhere);
    let whole = looked.usable.seconds() * WHOLE;
    let identical = elsewhere.iter().any(|known| known.found.grade == Grade::IdenticalBytes);
    if identical || covered.seconds() >= whole {
        Verdict::Seen
    } else {
        Verdict::PartlySeen { seen: covered, of: looked.usable }
    }
}

/// Query time that lies in any segment, each moment once.
fn covered(matches: &[&Known<'_>]) -> MediaTime {
    let mut spans: Vec<Span> = matches
        .iter()
        .flat_map(|known| known.found.segments.iter().map(|segment| segment.query))
        .collect();
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
