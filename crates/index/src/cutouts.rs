//! What is kept of the cutouts of references, for whoever weighs a hit of local features.

use firstseen_model::{AssetId, MediaTime, Part};

use crate::SampleId;
use crate::error::{IndexError, Trouble};
use crate::snapshot::Snapshot;

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

impl Snapshot {
    /// The cutouts of samples, in their order. Of a sample without local features the whole frame, on a plane of 0x0.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn cutouts(&self, samples: &[u64]) -> Result<Vec<StoredCutout>, IndexError> {
        let read = samples.iter().map(|sample| self.cutout(SampleId(*sample)));
        let read: Result<_, Trouble> = read.collect();
        read.map_err(|trouble| self.error(trouble))
    }

    fn cutout(&self, sample: SampleId) -> Result<StoredCutout, Trouble> {
        let (live, number) = self.row_of(sample)?;
        let segment = &live.segment;
        let row = segment.row(number)?;
        let mut stored = StoredCutout {
            sample,
            asset: segment.entry(row.asset)?.id,
            at: row.at,
            shot: row.shot,
            texture: row.texture,
            part: Part::WHOLE,
            width: 0,
            height: 0,
            thumbnail: None,
        };
        if let Some(cut) = segment.cutout(number)? {
            (stored.part, stored.width, stored.height) = (cut.part, cut.width, cut.height);
            stored.thumbnail = Some(cut.thumbnail).filter(|thumbnail| !thumbnail.is_empty());
        }
        if stored.thumbnail.is_none() {
            stored.thumbnail = segment.thumbnail(number)?;
        }
        Ok(stored)
    }
}
