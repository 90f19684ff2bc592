//! What the judge gets to see of the assets that may match.

use std::collections::BTreeMap;

use firstseen_intake::TimeTrack;
use firstseen_model::{AssetId, Luma, MediaKind, MediaTime, Part};

/// What is known of each candidate's reference.
pub type References = BTreeMap<AssetId, Reference>;

/// One asset that may match.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Picture or video.
    pub kind: MediaKind,
    /// Columns and rows of its upright frames.
    pub size: (u32, u32),
    /// Its length; `None` for pictures and where it is not known.
    pub duration: Option<MediaTime>,
    /// Its samples by time; those far from all hits may be left out.
    pub samples: Vec<ReferenceSample>,
    /// Its time track, if it has one.
    pub track: Option<TimeTrack>,
}

/// A kept moment of a reference.
#[derive(Clone, Debug)]
pub struct ReferenceSample {
    /// When.
    pub at: MediaTime,
    /// Number of its shot.
    pub shot: u32,
    /// Own texture measure, 0..=100.
    pub texture: u8,
    /// Its picture, long side at most 128; `None` where the index keeps none.
    pub thumbnail: Option<Luma>,
    /// What bars and borders leave of its frame, where they take some of it, with a picture of its own.
    pub cutout: Option<(Part, Luma)>,
}

impl Reference {
    /// The sample at exactly `at`.
    #[must_use]
    pub fn sample_at(&self, at: MediaTime) -> Option<usize> {
        self.samples.binary_search_by_key(&at, |sample| sample.at).ok()
    }
}
