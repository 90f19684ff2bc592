//! PDQ, 256 bits.
//!
//! Luma is smoothed by two passes of a box filter and decimated to 64x64; its 16x16 lowest frequencies without the
//! constant ones, compared with their median, are the bits. Version 1 is that of the reference, bit for bit, on rounded
//! 8-bit luma of at most [`MAX_SIDE`] a side; a greater plane is reduced first, by [`by_whole_factor`].

mod dct;
mod jarosz;

use std::fmt;
use std::str::FromStr;

use firstseen_model::{Dihedral, Luma, LumaView};
use serde::{Deserialize, Serialize};

use crate::FingerprintError;
use crate::shrink::by_whole_factor;

/// Version of the codes that [`pdq`] and [`dihedral`] give.
pub const VERSION: u16 = 1;

/// Greatest distance of two frames held alike, in bits of 256, inclusive; vPDQ's default.
pub const RADIUS: u16 = 31;

/// Least side of a plane that is hashed: two pixels to a half-wave of the highest of the 16 frequencies.
pub const MIN_SIDE: usize = 32;

/// Greatest side of a plane that is hashed as it is.
pub const MAX_SIDE: usize = 1024;

/// A PDQ code: 256 bits, the first hex digit of its interchange form in the top bits of the first word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Pdq(pub [u64; 4]);

/// PDQ's own measure of gradients, 0..=100. Stored, never decided on: it drops real scenes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Quality(pub u8);

/// Returns the PDQ code of `picture`, and the quality that says how far to trust it.
///
/// Any shape will do whose sides are at least [`MIN_SIDE`] after reduction to at most [`MAX_SIDE`].
///
/// # Errors
///
/// [`FingerprintError::TooSmall`].
///
/// # Source
///
/// Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019; bit for bit that of its
/// C++ reference on the vectors in `samples/pdq/`.
pub fn pdq(picture: LumaView<'_>) -> Result<(Pdq, Quality), FingerprintError> {
    let (frequencies, quality) = frequencies(picture)?;
    Ok((frequencies.code(), quality))
}

/// Returns the PDQ codes of `picture` mirrored and turned, by [`Dihedral::index`], and its quality.
///
/// They are derived from one set of frequencies as the reference does it, by changing signs and places. The code of a
/// picture that really was turned differs from them in up to 26 bits on the photos of `samples/pdq/`, since an even window
/// is not symmetrical.
///
/// # Errors
///
/// [`FingerprintError::TooSmall`].
///
/// # Source
///
/// As [`pdq`].
pub fn dihedral(picture: LumaView<'_>) -> Result<([Pdq; 8], Quality), FingerprintError> {
    let (frequencies, quality) = frequencies(picture)?;
    Ok((Dihedral::ALL.map(|dihedral| frequencies.turned(dihedral).code()), quality))
}

fn frequencies(picture: LumaView<'_>) -> Result<(dct::Frequencies, Quality), FingerprintError> {
    let reduced: Luma;
    let plane = if picture.width().max(picture.height()) > MAX_SIDE {
        reduced = by_whole_factor(picture, MAX_SIDE);
        reduced.view()
    } else {
        picture
    };
    let (width, height) = (plane.width(), plane.height());
    if width.min(height) < MIN_SIDE {
        return Err(FingerprintError::TooSmall { width, height });
    }
    let grid = jarosz::decimated(plane);
    Ok((dct::Frequencies::of(&grid), quality(&grid)))
}

/// The sum of significant steps between neighbours, scaled as the reference does.
fn quality(grid: &jarosz::Grid) -> Quality {
    // A step counts whole hundredths of full scale, cut towards 0, so that small ones count nothing.
    let step = |a: f32, b: f32| (((a - b) * 100.0) / 255.0) as i32;
    let down =
        grid.windows(2).flat_map(|pair| pair[0].iter().zip(&pair[1]).map(|(&a, &b)| step(a, b)));
    let across = grid.iter().flat_map(|row| row.windows(2).map(|pair| step(pair[0], pair[1])));
    let sum: u32 = down.chain(across).map(i32::unsigned_abs).sum();
    Quality((sum / 90).min(100) as u8)
}

impl Pdq {
    /// Bits that differ, 0..=256.
    #[must_use]
    pub fn distance(self, other: Self) -> u16 {
        self.0.iter().zip(other.0).map(|(a, b)| (a ^ b).count_ones() as u16).sum()
    }

    /// The code of the negative of the picture, to within a few bits: dark and light change every frequency's sign.
    #[must_use]
    pub fn negative(self) -> Self {
        Self(self.0.map(|word| !word))
    }

    /// The bytes of its interchange form, the first hex digits first.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (chunk, word) in bytes.chunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }

    /// The code with these bytes; the inverse of [`Pdq::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let mut words = [0; 4];
        for (i, &byte) in bytes.iter().enumerate() {
            words[i / 8] = words[i / 8] << 8 | u64::from(byte);
        }
        Self(words)
    }
}

/// Prints 64 hex digits in lower case, as the reference does.
impl fmt::Display for Pdq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|word| write!(f, "{word:016x}"))
    }
}

/// The text is not a PDQ code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PDQ code has 64 hex digits")]
pub struct NotPdq;

/// Reads 64 hex digits, in either case.
impl FromStr for Pdq {
    type Err = NotPdq;

    fn from_str(text: &str) -> Result<Self, NotPdq> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotPdq);
        }
        let mut words = [0; 4];
        for (i, word) in words.iter_mut().enumerate() {
            *word = u64::from_str_radix(&text[16 * i..][..16], 16).map_err(|_| NotPdq)?;
        }
        Ok(Self(words))
    }
}

#[cfg(test)]
mod tests;
