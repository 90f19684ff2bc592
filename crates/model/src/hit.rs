//! Two samples that look alike.

use serde::{Deserialize, Serialize};

use crate::{AssetId, Feature, MediaTime};

/// A way of turning looks or sound into a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// PDQ, 256 bits.
    Pdq,
    /// Gradient of a picture of 9x8, 64 bits.
    Gradient,
    /// Local features, 256 bits each.
    Local,
}

/// A code's algorithm and the version of it. Codes of different versions are never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CodeVersion {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Its version.
    pub version: u16,
}

/// One of the eight ways in which a picture can be turned by right angles and mirrored.
///
/// What is done to the *query* so that it lies as the reference does: first `mirror` (left and right change places),
/// then `quarter_turns` clockwise.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Dihedral {
    /// Whether left and right change places.
    pub mirrored: bool,
    /// Clockwise quarter turns after that, 0..=3.
    pub quarter_turns: u8,
}

impl Dihedral {
    /// As it is.
    pub const UPRIGHT: Self = Self { mirrored: false, quarter_turns: 0 };

    /// All eight, [`Dihedral::UPRIGHT`] first; a variant's place here is its [`Dihedral::index`].
    pub const ALL: [Self; 8] = {
        let mut all = [Self::UPRIGHT; 8];
        let mut i = 0;
        while i < 8 {
            all[i] = Self { mirrored: i >= 4, quarter_turns: (i % 4) as u8 };
            i += 1;
        }
        all
    };

    /// Its place in [`Dihedral::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.mirrored) * 4 + usize::from(self.quarter_turns % 4)
    }

    /// Whether width and height change places.
    #[must_use]
    pub fn swaps_sides(self) -> bool {
        self.quarter_turns % 2 == 1
    }
}

/// How the query was looked at for a code: always something done to the query, never to the reference.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct View {
    /// Mirrored and turned so.
    pub dihedral: Dihedral,
    /// Whether dark and light change places.
    pub negative: bool,
}

/// A sample of the query and a sample of a reference whose codes are near.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hit {
    /// Time in the query.
    pub at: MediaTime,
    /// How the query was looked at.
    pub view: View,
    /// Algorithm and version of both codes.
    pub code: CodeVersion,
    /// The asset that was seen before.
    pub reference: AssetId,
    /// Time in that asset.
    pub reference_at: MediaTime,
    /// Bits that differ.
    pub distance: u16,
}

/// A corner of the query and a corner of a reference that look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureHit {
    /// Which of the query's features, by its place in what was asked.
    pub point: u32,
    /// Number of the reference's sample.
    pub sample: u64,
    /// The reference's feature.
    pub feature: Feature,
    /// Bits that differ.
    pub distance: u16,
}
