//! The local features of all references, in memory.

use std::ops::Range;

use firstseen_fingerprint::local::LISTS;
use firstseen_model::{Feature, Gap};
use rusqlite::Connection;

use crate::Role;
use crate::catalogue::cutout::{CutoutRow, LOCAL_VERSION, feature};
use crate::checksum::Tally;
use crate::error::{IndexError, Trouble};
use crate::scan::Descriptors;
use crate::snapshot::Snapshot;

/// The local features of all references, but for those that are not searched: 42 bytes each.
#[derive(Default)]
pub(crate) struct ReferenceFeatures {
    pub(crate) descriptors: Descriptors,
    /// One for each descriptor.
    corners: Vec<Corner>,
    /// For each descriptor the place of its sample among those of the codes.
    owners: Vec<u32>,
    /// Where each list ends; empty where there are too few features for lists.
    ends: Vec<usize>,
    /// Samples that have no features.
    without: u64,
    /// Samples that were left out for their features' version.
    other_version: u64,
}

/// What a feature has beside its descriptor.
#[derive(Clone, Copy, Default)]
struct Corner {
    x: u16,
    y: u16,
    level: u8,
    angle: u8,
}

/// A cutout that is searched.
struct Searched {
    /// Place of its sample among those of the codes.
    owner: u32,
    row: CutoutRow,
}

impl ReferenceFeatures {
    /// Loads and tests all that is searched; sorts it into lists where there is at least so much.
    pub(crate) fn load(snapshot: &Snapshot, listed_from: usize) -> Result<Self, IndexError> {
        let mut loaded = Self::default();
        let searched = snapshot.handle.read(|connection| loaded.searched(snapshot, connection))?;
        let read = loaded.read(snapshot, &searched, listed_from);
        read.map_err(|trouble| trouble.of(&snapshot.handle.location, 0))?;
        Ok(loaded)
    }

    /// The feature in a place.
    pub(crate) fn feature(&self, place: usize) -> Feature {
        let Corner { x, y, level, angle } = self.corners[place];
        Feature { x, y, level, angle, descriptor: self.descriptors.view().get(place) }
    }

    /// Place of a feature's sample among those of the codes.
    pub(crate) fn owner(&self, place: usize) -> usize {
        self.owners[place] as usize
    }

    /// The places of a list's features; `None` where they are not sorted into lists.
    pub(crate) fn list(&self, list: u16) -> Option<Range<usize>> {
        let list = usize::from(list);
        let end = *self.ends.get(list)?;
        Some(list.checked_sub(1).map_or(0, |before| self.ends[before])..end)
    }

    /// Whether they are sorted into lists.
    pub(crate) fn are_listed(&self) -> bool {
        !self.ends.is_empty()
    }

    pub(crate) fn not_searched(&self) -> Vec<Gap> {
        let gap = |count: u64, why: &str| {
            (count > 0).then(|| Gap::new("reference-samples", format!("{count} {why}")))
        };
        [
            gap(self.without, "have no local features"),
            gap(self.other_version, "have local features of another version"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The cutouts of all samples that are searched, by sample. What is left out is counted.
    fn searched(
        &mut self,
        snapshot: &Snapshot,
        connection: &Connection,
    ) -> Result<Vec<Searched>, Trouble> {
        let (mut searched, mut tally) = (Vec::new(), Tally::default());
        CutoutRow::for_each(connection, |row, sum, asset| {
            let known = snapshot.assets.binary_search_by_key(&asset, |known| known.num);
            if known.is_ok_and(|at| snapshot.assets[at].role == Role::Reference) {
                tally.add(sum);
                if let Some(owner) = snapshot.codes.place(row.sample) {
                    searched.push(Searched { owner, row });
                }
            }
        })?;
        if tally != snapshot.cutouts {
            return Err(snapshot.gone(connection, "cutout", None));
        }
        let samples = searched.len();
        self.without = (snapshot.codes().saturating_sub(samples)) as u64;
        searched.retain(|searched| searched.row.local_version == LOCAL_VERSION);
        self.other_version = (samples - searched.len()) as u64;
        Ok(searched)
    }

    fn read(
        &mut self,
        snapshot: &Snapshot,
        searched: &[Searched],
        listed_from: usize,
    ) -> Result<(), Trouble> {
        // No more is allocated than the spool can hold, whatever the rows say.
        let bytes = searched.iter().map(|searched| searched.row.extent.bytes);
        let bytes = bytes.fold(0, u64::saturating_add);
        if bytes > snapshot.spool.len()? {
            return Err(Trouble::rows("spool", None, "it ends before what is recorded of it"));
        }
        let count = searched.iter().map(|searched| searched.row.features as usize).sum();
        if count >= listed_from {
            self.ends = list_ends(snapshot, searched)?;
        }
        self.descriptors = Descriptors::zeroed(count);
        self.corners = vec![Corner::default(); count];
        self.owners = vec![0; count];
        // Where the next feature of each list goes; without lists all are of one.
        let mut next: Vec<_> = (0..LISTS as u16).map_while(|list| self.list(list)).collect();
        if next.is_empty() {
            next.push(0..count);
        }
        for Searched { owner, row } in searched {
            let bytes = row.bytes(&snapshot.spool)?;
            let opened = row.open(&bytes)?;
            for (spelled, list) in opened.features.iter().zip(opened.lists()) {
                let list = if self.ends.is_empty() { 0 } else { list };
                let place = next.get_mut(usize::from(list)).and_then(Iterator::next);
                let place = place.ok_or_else(other_list)?;
                let Feature { x, y, level, angle, descriptor } = feature(spelled);
                self.descriptors.set(place, descriptor);
                self.corners[place] = Corner { x, y, level, angle };
                self.owners[place] = *owner;
            }
        }
        Ok(())
    }
}

/// Where each list ends once all features are sorted into them.
fn list_ends(snapshot: &Snapshot, searched: &[Searched]) -> Result<Vec<usize>, Trouble> {
    let mut ends = vec![0; LISTS];
    for Searched { row, .. } in searched {
        for list in row.lists(&snapshot.spool)? {
            *ends.get_mut(usize::from(list)).ok_or_else(other_list)? += 1;
        }
    }
    let mut end = 0;
    for count in &mut ends {
        end += *count;
        *count = end;
    }
    Ok(ends)
}

fn other_list() -> Trouble {
    Trouble::rows("spool", None, "features are not in the lists that were counted")
}
