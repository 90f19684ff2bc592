//! What was found: matches, their segments, and how the copies differ.

use firstseen_model::{AssetId, Dihedral, MatchId, MediaTime, Span};
use serde::{Deserialize, Serialize};

use crate::lay::Lay;

/// Two assets that share footage, or look as if they did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// What was asked about.
    pub query: AssetId,
    /// What was seen before.
    pub reference: AssetId,
    /// How far it may be relied on.
    pub grade: Grade,
    /// 0..=1, comparable within one version of the algorithms.
    pub score: f32,
    /// The stretches that match, by query time. Identical bytes have one that covers all.
    pub segments: Vec<Segment>,
}

impl Match {
    /// Its printed id, the same from both sides.
    #[must_use]
    pub fn id(&self) -> MatchId {
        MatchId::of_pair(self.query, self.reference)
    }
}

/// How far a match may be relied on, from the best. Only the first two say "seen" and feed rules that accuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// The same SHA-256.
    IdenticalBytes,
    /// The judge agrees.
    SameFootage,
    /// A fixed camera or room, another moment perhaps.
    SamePlace,
    /// Codes are near, and nothing else was shown.
    Lead,
}

impl Grade {
    /// The word of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::IdenticalBytes => "identical-bytes",
            Self::SameFootage => "same-footage",
            Self::SamePlace => "same-place",
            Self::Lead => "lead",
        }
    }

    /// Whether it says "seen".
    #[must_use]
    pub fn seen(self) -> bool {
        matches!(self, Self::IdenticalBytes | Self::SameFootage)
    }
}

/// A stretch of the query that lies on a stretch of the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Where in the query.
    pub query: Span,
    /// Where in the reference.
    pub reference: Span,
    /// Reference seconds that pass in one query second.
    pub speed: f32,
    /// Whether one of them runs backwards.
    pub reversed: bool,
    /// Frames of the query within that matched.
    pub frames: u32,
    /// Usable frames of the query within that were looked at.
    pub frames_looked_at: u32,
    /// Local features that agree in how the query lies; `None` where it was found by codes of whole frames.
    pub features: Option<u32>,
    /// How the copies differ.
    pub edit: Edit,
    /// Moments that show it, best first.
    pub pairs: Vec<Pair>,
}

/// One moment on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Time in the query.
    pub query: MediaTime,
    /// Time in the reference.
    pub reference: MediaTime,
    /// Bits by which the codes differ, of 256; `None` where the pair was found by its time alone.
    pub distance: Option<u16>,
    /// Share of textured blocks that agree, 0..=1; `None` where a thumbnail is missing.
    pub agreement: Option<f32>,
    /// Textured blocks that were compared.
    pub blocks: u32,
    /// How far those that agree are light and dark alike, -1 to 1.
    pub tone: Option<f32>,
}

/// How the copies differ. What was not measured is `None`, never guessed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// How the query lies on the reference: what a replay needs.
    pub lay: Lay,
    /// What has to be done to the query so that it lies as the reference does.
    pub dihedral: Dihedral,
    /// Whether dark and light have changed places.
    pub negative: bool,
    /// Degrees, clockwise, by which the query has to be turned after that, -45 to 45.
    pub turned_deg: f32,
    /// How much wider, for its height, the picture is in the query; 1 where it is not stretched, 0 where not measured.
    pub stretched: f32,
    /// Where the query's picture lies in the upright reference: x, y, width, height as shares.
    pub crop: Option<[f32; 4]>,
    /// Where the reference's picture lies in the query: x, y, width, height as shares.
    pub placed: Option<[f32; 4]>,
    /// Boxes of the query that show something else.
    pub overlays: Vec<[f32; 4]>,
    /// Which side lacks picture; `None` where neither does, or it cannot be told.
    pub less_picture: Option<LessPicture>,
    /// How light and contrast differ, where they do.
    pub light: Option<Light>,
    /// Share of a side by which each edge of the boxes may be off.
    pub uncertainty: Option<f32>,
}

/// How light and contrast of the query differ from the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Light {
    /// Levels of 256 by which the query is lighter on average; less than 0 where it is darker.
    pub levels: f32,
    /// Its contrast in parts of the reference's.
    pub contrast: f32,
}

/// Which side of a match lacks picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LessPicture {
    /// The query.
    Query,
    /// The reference.
    Reference,
}
