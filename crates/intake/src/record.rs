//! What came of one file.

use firstseen_fingerprint::{Pdq, Quality};
use firstseen_media::Metadata;
use firstseen_model::{AssetFacts, Features, Gap, MediaTime, Part, Profile, View};
use serde::{Deserialize, Serialize};

/// Distance of two codes of a time track.
pub const TRACK_STEP: MediaTime = MediaTime(250_000);

/// What came of one file that could be looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What is plain to see.
    pub asset: AssetFacts,
    /// How thoroughly it was looked at.
    pub profile: Profile,
    /// Moments with their codes, by time. A picture has one, at 0.
    pub samples: Vec<Sample>,
    /// A small code each [`TRACK_STEP`]; `None` for pictures and for triage.
    pub track: Option<TimeTrack>,
    /// What the file says of itself.
    pub metadata: Metadata,
    /// What could not be looked at or used. Frames that were gated are among them.
    pub gaps: Vec<Gap>,
}

/// One moment of an asset, with its codes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When.
    pub at: MediaTime,
    /// Number of its shot, from 0.
    pub shot: u32,
    /// Whether an index keeps it; the others only serve a query.
    pub kept: bool,
    /// Own texture measure, 0 flat to 100 full of detail.
    pub texture: u8,
    /// Why it never carries a match alone, if so.
    pub gate: Option<Gate>,
    /// PDQ of the full frame.
    pub pdq: Pdq,
    /// PDQ's own quality.
    pub pdq_quality: Quality,
    /// 64-bit gradient hash, for interchange.
    pub gradient: u64,
    /// PDQ of the frame under other views; of queries only.
    pub views: Vec<(View, Pdq)>,
    /// Grey JPEG, long side at most 128, upright.
    pub thumbnail: Vec<u8>,
    /// Parts of the frame with their local features: of references one, of queries as many as were proposed. Empty
    /// where the plan or the budget left them out.
    pub cutouts: Vec<Cutout>,
}

/// A part of a frame that may be a picture of its own, with its local features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cutout {
    /// Where it lies in the upright frame. The first cutout is what bars and borders leave, or the whole frame.
    pub part: Part,
    /// Its features: as it is, and of queries also mirrored and as a negative.
    pub features: Vec<(View, Features)>,
    /// Grey JPEG of the part, long side at most 128; empty where the part is the whole frame.
    pub thumbnail: Vec<u8>,
}

/// Why a frame never carries a match alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Gate {
    /// Nearly no light.
    Dark,
    /// Nearly no detail.
    Flat,
    /// Nothing but text on a ground.
    TextOnly,
}

impl Gate {
    /// The word of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Flat => "flat",
            Self::TextOnly => "text-only",
        }
    }
}

/// One small code each [`TRACK_STEP`] from the first frame, to tell where inside an asset a moment lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeTrack {
    /// Gradient codes of the drift measure's tiny luma; the frame shown at `i * TRACK_STEP`.
    pub codes: Vec<u64>,
    /// For queries: the same under the other seven [`firstseen_model::Dihedral`]s, by index - 1; else empty.
    pub variants: Vec<[u64; 7]>,
}
