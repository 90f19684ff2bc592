//! The local features of all references, in memory.

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
    /// Loads and tests all that is searched.
    pub(crate) fn load(snapshot: &Snapshot) -> Result<Self, IndexError> {
        let mut loaded = Self::default();
        let searched = snapshot.handle.read(|connection| loaded.searched(snapshot, connection))?;
        let read = loaded.read(snapshot, &searched);
        read.map_err(|trouble| trouble.of(&snapshot.handle.location, 0))?;
        Ok(loaded)
    }

    /// The feature in a place.
    pub(crate) fn feature(&self, place: usize) -> Feature {
        let Corner { x, y, level, angle } = self.corners[place];
        Feature { x, y, level, angle, descriptor: self.descriptors.get(place) }
    }

    /// Place of a feature's sample among those of the codes.
    pub(crate) fn owner(&self, place: usize) -> usize {
        self.owners[place] as usize
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

    fn read(&mut self, snapshot: &Snapshot, searched: &[Searched]) -> Result<(), Trouble> {
        // No more is allocated than the spool can hold, whatever the rows say.
        let bytes = searched.iter().map(|searched| searched.row.extent.bytes);
        let bytes = bytes.fold(0, u64::saturating_add);
        if bytes > snapshot.spool.len()? {
            return Err(Trouble::rows("spool", None, "it ends before what is recorded of it"));
        }
        let count = searched.iter().map(|searched| searched.row.features as usize).sum();
        self.descriptors = Descriptors::zeroed(count);
        self.corners = vec![Corner::default(); count];
        self.owners = vec![0; count];
        let mut next = 0;
        for Searched { owner, row } in searched {
            let bytes = row.bytes(&snapshot.spool)?;
            for spelled in row.open(&bytes)?.features {
                let Feature { x, y, level, angle, descriptor } = feature(spelled);
                self.descriptors.set(next, descriptor);
                self.corners[next] = Corner { x, y, level, angle };
                self.owners[next] = *owner;
                next += 1;
            }
        }
        Ok(())
    }
}
