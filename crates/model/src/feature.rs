//! Local features: corners that stay recognisable when a picture is cropped, turned, scaled or covered in part.

use serde::{Deserialize, Serialize};

/// Fractions of a pixel in which corners are placed.
pub const SUBPIXELS: u16 = 64;

/// What a corner's surroundings look like: 256 yes-or-no tests, turned with the corner.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Descriptor(pub [u64; 4]);

impl Descriptor {
    /// Bits that differ, 0..=256.
    #[must_use]
    pub fn distance(self, other: Self) -> u16 {
        let bits = self.0.iter().zip(other.0).map(|(a, b)| (a ^ b).count_ones());
        bits.sum::<u32>() as u16
    }
}

/// One corner of a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// Columns from the left edge of the plane, in 1/[`SUBPIXELS`].
    pub x: u16,
    /// Rows from its upper edge, in 1/[`SUBPIXELS`].
    pub y: u16,
    /// Level of the pyramid that it was found on: 0 the plane itself, each further one smaller by 1.2.
    pub level: u8,
    /// Where the light lies around it, clockwise from the right, in 1/256 of a turn.
    pub angle: u8,
    /// What its surroundings look like.
    pub descriptor: Descriptor,
}

/// The corners of one plane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// Columns of the plane.
    pub width: u16,
    /// Its rows.
    pub height: u16,
    /// The corners.
    pub points: Vec<Feature>,
}
