//! The part of a file through which a match speaks of it.

use firstseen_match::{Grade, Match};
use firstseen_model::{MediaTime, Span};

use crate::Case;
use crate::verdict::{WHOLE, covered};

/// Stretches that a message names; the others are counted.
const NAMED: usize = 3;

/// The innocent reading of a finding that speaks of a part only.
pub(crate) const OTHER_PART: &str = "the claim may be about another part of this file";

/// The stretches of the query that a match found, where they are a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    told: String,
    several: bool,
}

impl Stretch {
    /// The part through which a match speaks; `None` where it speaks of the whole file: for identical bytes, pictures,
    /// and where nearly all of it matches.
    pub(crate) fn of(case: &Case<'_>, found: &Match) -> Option<Self> {
        if found.grade == Grade::IdenticalBytes {
            return None;
        }
        let whole = |length: MediaTime| {
            covered(std::iter::once(found)).seconds() >= WHOLE * length.seconds()
        };
        if case.duration.is_some_and(whole) {
            return None;
        }
        let mut spans: Vec<Span> = found.segments.iter().map(|segment| segment.query).collect();
        spans.sort_unstable();
        spans.dedup();
        spans.retain(|span| *span != Span::default());
        let told: Vec<String> = spans
            .iter()
            .take(NAMED)
            .map(|span| match span.length() {
                MediaTime::ZERO => span.start.to_string(),
                _ => format!("{}-{}", span.start, span.end),
            })
            .collect();
        let told = match spans.len() {
            0 => return None,
            all if all > NAMED => format!("{} and {} more", told.join(", "), all - NAMED),
            _ => told.join(", "),
        };
        Some(Self { told, several: spans.len() > 1 })
    }

    /// As the subject of a sentence, with the fitting form of its verb.
    pub(crate) fn subject(&self, one: &str, several: &str) -> String {
        let (noun, verb) = if self.several { ("stretches", several) } else { ("stretch", one) };
        format!("the {noun} {} {verb}", self.told)
    }
}
