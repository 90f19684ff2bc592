//! PDQ, 256 bits.

use serde::{Deserialize, Serialize};

/// Greatest distance of two frames held alike, in bits of 256, inclusive; vPDQ's default.
pub const RADIUS: u16 = 31;

/// A PDQ code: 256 bits, the first hex digit of its interchange form in the top bits of the first word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Pdq(pub [u64; 4]);

impl Pdq {
    /// Bits that differ, 0..=256.
    #[must_use]
    pub fn distance(self, other: Self) -> u16 {
        self.0.iter().zip(other.0).map(|(a, b)| (a ^ b).count_ones() as u16).sum()
    }
}

/// PDQ's own measure of gradients, 0..=100. Stored, never decided on: it drops real scenes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Quality(pub u8);
