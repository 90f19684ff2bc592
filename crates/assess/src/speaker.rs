//! Files that speak of the query by what they say of themselves.

use firstseen_match::Match;
use firstseen_media::Metadata;
use firstseen_model::{AssetId, Note};

use crate::stretch::{OTHER_PART, Stretch};
use crate::{Case, Finding, Strength};

/// A file that speaks of the query: itself, or a copy that matches it and says "seen".
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speaker<'a> {
    /// Its bytes.
    pub(crate) asset: AssetId,
    /// What it says of itself.
    pub(crate) metadata: &'a Metadata,
    /// What persons state of it.
    pub(crate) notes: &'a [Note],
    /// The match through which it speaks; `None` for the query itself.
    pub(crate) found: Option<&'a Match>,
    /// How far the match carries what it says.
    pub(crate) carries: Strength,
}

impl Speaker<'_> {
    /// Who it is, as the subject of a sentence.
    pub(crate) fn name(&self) -> &'static str {
        if self.found.is_some() { "the matching copy" } else { "this file" }
    }

    /// Marks a finding as resting on it.
    pub(crate) fn stamp(&self, case: &Case<'_>, finding: &mut Finding) {
        finding.with_match = self.found.map(Match::id);
        finding.strength = finding.strength.min(self.carries);
        if self.found.is_some_and(|found| Stretch::of(case, found).is_some()) {
            finding.innocent.push(OTHER_PART.to_owned());
        }
    }
}

/// The query first, then the copies that say "seen", from the best. Through a lead or the same place nobody speaks.
pub(crate) fn speakers<'a>(case: &Case<'a>) -> Vec<Speaker<'a>> {
    let mut speakers = vec![Speaker {
        asset: case.asset,
        metadata: case.metadata,
        notes: case.notes,
        found: None,
        carries: Strength::Exact,
    }];
    let others = case.seen().filter(|known| known.found.reference != case.asset);
    speakers.extend(others.filter_map(|known| {
        let carries = Strength::of_grade(known.found.grade)?;
        let (metadata, notes, found) = (known.metadata, known.notes, Some(known.found));
        Some(Speaker { asset: known.found.reference, metadata, notes, found, carries })
    }));
    speakers
}

/// Findings that rest on different words: copies that carry the same fields as the file, or as one another, are heard
/// once, the first of them.
pub(crate) fn heard_once(findings: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    let words = |finding: &Finding| -> Vec<(String, String)> {
        let said = finding.evidence.iter().map(|one| (one.field.to_string(), one.raw.clone()));
        said.collect()
    };
    for finding in findings {
        let repeats =
            |other: &Finding| other.claim == finding.claim && words(other) == words(&finding);
        if !kept.iter().any(repeats) {
            kept.push(finding);
        }
    }
    kept
}
