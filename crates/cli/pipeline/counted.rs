//! What of an index counts, where a question is limited to some of its sightings.

use firstseen_index::{IndexError, Limit, Recording, Snapshot};
use firstseen_model::{AssetId, Decision, Note, Sighting, Subject};

/// An index seen through a limit: nothing else of it shows.
///
/// What persons state has no case. Under a limit it shows only of assets all of whose sightings count, so that a name
/// given in one case is not told in another.
#[derive(Clone, Copy)]
pub(crate) struct Counted<'a> {
    /// The index.
    pub(crate) snapshot: &'a Snapshot,
    /// Which of its sightings count.
    pub(crate) limit: &'a Limit,
}

impl<'a> Counted<'a> {
    /// Where an asset was seen, as far as it counts.
    pub(crate) fn sightings(&self, id: &AssetId) -> Result<Vec<Sighting>, IndexError> {
        let mut sightings = self.snapshot.sightings(id)?;
        sightings.retain(|sighting| self.limit.holds(&sighting.seen));
        Ok(sightings)
    }

    /// Whether all that is known of an asset may be told.
    pub(crate) fn whole(&self, id: &AssetId) -> Result<bool, IndexError> {
        if self.limit.is_none() {
            return Ok(true);
        }
        let sightings = self.snapshot.sightings(id)?;
        Ok(!sightings.is_empty() && sightings.iter().all(|s| self.limit.holds(&s.seen)))
    }

    /// The recording that an asset belongs to, where all of it may be told.
    pub(crate) fn recording_of(&self, id: &AssetId) -> Result<Option<&'a Recording>, IndexError> {
        let recording = self.snapshot.statements()?.recording_of(id);
        for member in recording.iter().flat_map(|recording| &recording.members) {
            if !self.whole(member)? {
                return Ok(None);
            }
        }
        Ok(recording)
    }

    /// What persons state of an asset and its recording; nothing that was taken back.
    pub(crate) fn notes_on(&self, id: &AssetId) -> Result<Vec<Note>, IndexError> {
        let mut notes = self.snapshot.statements()?.notes_on(id);
        if !self.limit.is_none() && !notes.is_empty() {
            let (whole, recording) = (self.whole(id)?, self.recording_of(id)?);
            notes.retain(|note| match note.on {
                Subject::Asset(_) => whole,
                Subject::Recording(_) => recording.is_some(),
            });
        }
        Ok(notes)
    }

    /// What persons call an asset.
    pub(crate) fn label(&self, id: &AssetId) -> Result<Option<String>, IndexError> {
        let whole = self.limit.is_none() || self.recording_of(id)?.is_some();
        Ok(if whole { self.snapshot.statements()?.label(id) } else { None })
    }

    /// The newest word on a pair. It holds whatever counts; who said it and why does not show under a limit.
    pub(crate) fn decision(
        &self,
        one: AssetId,
        other: AssetId,
    ) -> Result<Option<Decision>, IndexError> {
        let decision = self.snapshot.statements()?.decision(one, other).cloned();
        Ok(decision.map(|decision| match self.limit.is_none() {
            true => decision,
            false => Decision { by: String::new(), note: String::new(), ..decision },
        }))
    }

    /// A path under which an asset was seen.
    pub(crate) fn path(&self, id: &AssetId) -> Result<Option<Vec<u8>>, IndexError> {
        if self.limit.is_none()
            && let Some(asset) = self.snapshot.asset(id)?
            && let Some(path) = asset.paths.first()
        {
            return Ok(Some(path.clone()));
        }
        Ok(self.sightings(id)?.into_iter().filter_map(|sighting| sighting.seen.path).min())
    }

    /// What an asset is called: by a person, else by its earliest sighting that has a title.
    pub(crate) fn title(&self, id: &AssetId) -> Result<Option<String>, IndexError> {
        if let Some(label) = self.label(id)? {
            return Ok(Some(label));
        }
        let titles = self.sightings(id)?.into_iter().map(|sighting| sighting.seen.title);
        Ok(titles.into_iter().find(|title| !title.is_empty()))
    }
}
