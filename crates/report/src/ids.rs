//! Printed ids, as short as they can be within one run.

use std::collections::BTreeSet;

use firstseen_assess::Witness;
use firstseen_model::{ClaimId, FindingId, MatchId, NoteId, RecordingId, SightingId};

use crate::{Run, Told};

/// All ids of a run, so that each is printed as short as tells it from the others.
pub(crate) struct Ids {
    sightings: BTreeSet<SightingId>,
    claims: BTreeSet<ClaimId>,
    matches: BTreeSet<MatchId>,
    findings: BTreeSet<FindingId>,
    notes: BTreeSet<NoteId>,
    recordings: BTreeSet<RecordingId>,
}

impl Ids {
    pub(crate) fn of(run: &Run) -> Self {
        let matches = || run.files.iter().flat_map(|file| &file.matches);
        let findings = || run.files.iter().flat_map(|file| &file.findings);
        let witnesses = || {
            findings().flat_map(|finding| finding.evidence.iter().map(|evidence| evidence.witness))
        };
        let mut ids = Self {
            sightings: matches()
                .flat_map(|known| known.sightings.iter().map(|sighting| sighting.id()))
                .collect(),
            claims: run
                .files
                .iter()
                .flat_map(|file| file.claims.iter().map(|weighed| weighed.claim.id()))
                .collect(),
            matches: matches().map(|known| known.found.id()).collect(),
            findings: findings().map(|finding| finding.id()).collect(),
            notes: BTreeSet::new(),
            recordings: matches().filter_map(|known| known.reference.recording).collect(),
        };
        for event in run.files.iter().filter_map(|file| file.history.as_ref()).flatten() {
            match event.of {
                Told::Sighting(id) => _ = ids.sightings.insert(id),
                Told::Claim(id) => _ = ids.claims.insert(id),
                Told::Note(id) => _ = ids.notes.insert(id),
                Told::Decision(id) => _ = ids.matches.insert(id),
                Told::Metadata => {}
            }
        }
        for file in &run.files {
            let known =
                file.matches.iter().map(|found| &found.first_known).chain([&file.first_known]);
            ids.sightings.extend(known.flatten().map(|known| known.sighting));
        }
        ids.findings.extend(
            run.baseline.iter().flat_map(|known| &known.absent).map(|absent| absent.listed.id),
        );
        for finding in findings() {
            ids.claims.extend(finding.claim);
            ids.matches.extend(finding.with_match);
        }
        for witness in witnesses() {
            match witness {
                Witness::Sighting(id) => _ = ids.sightings.insert(id),
                Witness::Claim(id) => _ = ids.claims.insert(id),
                Witness::Match(id) => _ = ids.matches.insert(id),
                Witness::Note(id) => _ = ids.notes.insert(id),
                // An asset is told by its SHA-256.
                Witness::Asset(_) => {}
            }
        }
        ids
    }

    pub(crate) fn witness(&self, witness: Witness) -> String {
        match witness {
            Witness::Sighting(id) => self.sighting(&id),
            Witness::Claim(id) => self.claim(&id),
            Witness::Match(id) => self.found(&id),
            Witness::Note(id) => id.short_among(beside(&self.notes, &id)),
            Witness::Asset(id) => id.short(),
        }
    }

    /// The id of a record, where it has one.
    pub(crate) fn told(&self, told: Told) -> Option<String> {
        match told {
            Told::Sighting(id) => Some(self.sighting(&id)),
            Told::Claim(id) => Some(self.claim(&id)),
            Told::Note(id) => Some(id.short_among(beside(&self.notes, &id))),
            Told::Decision(id) => Some(self.found(&id)),
            Told::Metadata => None,
        }
    }

    pub(crate) fn recording(&self, id: &RecordingId) -> String {
        id.short_among(beside(&self.recordings, id))
    }

    pub(crate) fn sighting(&self, id: &SightingId) -> String {
        id.short_among(beside(&self.sightings, id))
    }

    pub(crate) fn claim(&self, id: &ClaimId) -> String {
        id.short_among(beside(&self.claims, id))
    }

    pub(crate) fn found(&self, id: &MatchId) -> String {
        id.short_among(beside(&self.matches, id))
    }

    pub(crate) fn finding(&self, id: &FindingId) -> String {
        id.short_among(beside(&self.findings, id))
    }
}

/// The ids before and after: none shares more digits.
fn beside<'a, T: Ord>(all: &'a BTreeSet<T>, id: &T) -> impl Iterator<Item = &'a T> {
    use std::ops::Bound::{Excluded, Unbounded};
    let before = all.range((Unbounded, Excluded(id))).next_back();
    let after = all.range((Excluded(id), Unbounded)).next();
    before.into_iter().chain(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_decide_how_long_an_id_is() {
        let id = |a, b| {
            let mut bytes = [0; 32];
            (bytes[0], bytes[2]) = (a, b);
            FindingId(bytes)
        };
        let all = BTreeSet::from([id(1, 0), id(2, 0x10), id(2, 0x20), id(3, 0)]);
        let short: Vec<String> = all.iter().map(|id| id.short_among(beside(&all, id))).collect();
        assert_eq!(short, ["F-0100", "F-02001", "F-02002", "F-0300"]);
    }
}
