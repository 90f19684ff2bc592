//! Turns hits into aligned segments, with the edit that explains them.
//!
//! Hits of single samples become votes for an asset, a view and an offset in time ([`vote`]); the time tracks of both
//! sides place the ends ([`align`]); the judge compares thumbnails block by block ([`mod@judge`]) and grades. A still is a
//! video of one frame, so a photo finds its video. No stage reads a file or a clock.

pub mod align;
pub mod blocks;
mod edit;
pub mod found;
pub mod judge;
pub mod lay;
#[cfg(test)]
mod made;
mod moment;
mod overlay;
mod pairs;
pub mod place;
pub mod references;
pub mod replay;
mod verdict;
pub mod vote;

pub use found::{Edit, Grade, LessPicture, Light, Match, Pair, Segment};
pub use judge::judge;
pub use lay::Lay;
pub use place::{Asked, Listed, Placed, Plane, place, shortlist};
pub use references::{Reference, ReferenceSample, References};
pub use replay::{Replay, replay};
pub use verdict::Explained;
pub use vote::{Candidate, Chain, Placement, add_placements, candidates};

/// The thresholds of matching; each default is measured, see `BENCHMARKS.md`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params {
    /// Greatest distance of two PDQ codes held alike, inclusive.
    pub radius_bits: u16,
    /// Least correlation of two blocks that agree.
    pub block_correlation: f32,
    /// Least share of textured blocks that must agree for a pair of frames to be the same picture.
    pub block_share: f32,
    /// The same where features placed the query, which alone is much: captions and stickers may cover the rest.
    pub placed_share: f32,
    /// Least number of textured blocks on which anything may be judged.
    pub least_blocks: u32,
    /// Candidates that go to the judge.
    pub candidates: usize,
    /// Assets in the index that are no copies of each other, as far as is known.
    pub recordings: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            radius_bits: firstseen_fingerprint::pdq::RADIUS,
            block_correlation: 0.8,
            block_share: 0.7,
            placed_share: 0.5,
            least_blocks: 12,
            candidates: 1000,
            recordings: 0,
        }
    }
}
