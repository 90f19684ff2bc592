//! Turns luma into codes that stay close when footage is re-encoded, and says how far to trust them.
//!
//! Everything here is a pure function of its pixels: no I/O, no clock, no thread, and the same bits on every processor.
//! Integers throughout, but for [`pdq`], whose floats keep the order of operations of its reference.

pub mod dhash;
pub mod drift;
pub mod hamming;
pub mod local;
#[cfg(test)]
mod made;
pub mod pdq;
pub mod shrink;
pub mod texture;
pub mod turn;
pub mod views;

pub use pdq::{Pdq, Quality};

/// Why a picture has no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FingerprintError {
    /// A side is under [`pdq::MIN_SIDE`] after reduction, so the code's bits would come from interpolation.
    #[error(
        "picture is {width}x{height} pixels where it is hashed; a side must have at least {min}",
        min = pdq::MIN_SIDE
    )]
    #[expect(missing_docs, reason = "the message names the fields")]
    TooSmall { width: usize, height: usize },
}
