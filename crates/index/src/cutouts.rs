//! What is kept of the cutouts of references, for whoever weighs a hit of local features.

use std::collections::BTreeMap;

use firstseen_model::{AssetId, MediaTime, Part};
use rusqlite::Connection;

use crate::SampleId;
use crate::catalogue::asset::{Asset, Detail};
use crate::catalogue::cutout::CutoutRow;
use crate::catalogue::sample::{SampleRow, Thumbnail};
use crate::error::{IndexError, Trouble};
use crate::snapshot::Snapshot;
use crate::spool::Extent;

/// A sample's cutout: the part of it whose local features are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredCutout {
    /// The sample.
    pub sample: SampleId,
    /// Its asset.
    pub asset: AssetId,
    /// Its time there.
    pub at: MediaTime,
    /// Its shot there.
    pub shot: u32,
    /// Its texture, 0 flat to 100 full of detail.
    pub texture: u8,
    /// The part of its frame.
    pub part: Part,
    /// Columns of the plane that the features were found on; 0 where the sample has none.
    pub width: u16,
    /// Its rows.
    pub height: u16,
    /// Grey JPEG of the part: its own, or the sample's where the part is the whole frame. `None` where none was kept.
    pub thumbnail: Option<Vec<u8>>,
}

/// Rows that a cutout is made of.
#[derive(Clone, Copy)]
struct Rows {
    asset: AssetId,
    at: MediaTime,
    shot: u32,
    texture: u8,
    cutout: Option<CutoutRow>,
    thumbnail: Option<Extent>,
}

impl Snapshot {
    /// The cutouts of samples, in their order. Of a sample without local features the whole frame, on a plane of 0x0.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`] where a sample has gone since.
    pub fn cutouts(&self, samples: &[u64]) -> Result<Vec<StoredCutout>, IndexError> {
        let rows = self.handle.read(|connection| self.cutout_rows(connection, samples))?;
        let read = samples.iter().map(|sample| {
            let rows = rows.get(&SampleId(*sample)).ok_or(Trouble::Changed)?;
            self.cutout(SampleId(*sample), rows)
        });
        let read: Result<_, Trouble> = read.collect();
        read.map_err(|trouble| trouble.of(&self.handle.location, 0))
    }

    /// The rows of all samples of the assets that `samples` belong to.
    fn cutout_rows(
        &self,
        connection: &Connection,
        samples: &[u64],
    ) -> Result<BTreeMap<SampleId, Rows>, Trouble> {
        let mut found = BTreeMap::new();
        for asset in self.assets_of(connection, samples.iter().map(|sample| SampleId(*sample)))? {
            let thumbnails = Detail::load(connection, &asset)?.thumbnails;
            let thumbnails = Thumbnail::of_asset(connection, &asset, thumbnails)?;
            let cutouts = CutoutRow::of_asset(connection, &asset)?;
            for SampleRow { stored, .. } in SampleRow::of_asset(connection, &asset)? {
                let cutout = cutouts.binary_search_by_key(&stored.id, |cutout| cutout.sample);
                let thumbnail = thumbnails.binary_search_by_key(&stored.id, |kept| kept.sample);
                let rows = Rows {
                    asset: asset.id,
                    at: stored.at,
                    shot: stored.shot,
                    texture: stored.texture,
                    cutout: cutout.ok().map(|at| cutouts[at]),
                    thumbnail: thumbnail.ok().map(|at| thumbnails[at].extent),
                };
                found.insert(stored.id, rows);
            }
        }
        Ok(found)
    }

    fn cutout(&self, sample: SampleId, rows: &Rows) -> Result<StoredCutout, Trouble> {
        let Rows { asset, at, shot, texture, .. } = *rows;
        let (part, width, height) = (Part::WHOLE, 0, 0);
        let mut stored =
            StoredCutout { sample, asset, at, shot, texture, part, width, height, thumbnail: None };
        if let Some(row) = &rows.cutout {
            let bytes = row.bytes(&self.spool)?;
            let opened = row.open(&bytes)?;
            (stored.part, stored.width, stored.height) = (opened.part, opened.width, opened.height);
            stored.thumbnail =
                Some(opened.thumbnail.to_vec()).filter(|thumbnail| !thumbnail.is_empty());
        }
        if let (None, Some(extent)) = (&stored.thumbnail, &rows.thumbnail) {
            stored.thumbnail = Some(self.spool.read(extent)?);
        }
        Ok(stored)
    }

    /// The assets that samples belong to, by number, each once.
    pub(crate) fn assets_of(
        &self,
        connection: &Connection,
        samples: impl Iterator<Item = SampleId>,
    ) -> Result<Vec<Asset>, Trouble> {
        let mut select = connection.prepare_cached("SELECT asset FROM sample WHERE id = ?1")?;
        let mut numbers = std::collections::BTreeSet::new();
        for sample in samples {
            let mut rows = select.query([sample.0.cast_signed()])?;
            let row = rows.next()?.ok_or_else(|| self.gone(connection, "sample", None))?;
            numbers.insert(row.get::<_, i64>(0)?);
        }
        let find = |num| {
            let asset = Asset::find_by_number(connection, num)?;
            asset.ok_or_else(|| self.gone(connection, "asset", None))
        };
        numbers.into_iter().map(find).collect()
    }
}
