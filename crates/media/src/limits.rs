//! How much of a file is looked at.

use serde::{Deserialize, Serialize};

/// How much of a file is looked at before it is given up, or cut with a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Pixels of a baseline JPEG, which is decoded a few rows at a time.
    pub still_pixels_jpeg: u64,
    /// Pixels of every other still, at four bytes a pixel; wider pixels count for more. A quarter of it is an
    /// animation's canvas, which is held several times.
    pub still_pixels: u64,
    /// Pixels of a video frame.
    pub frame_pixels: u64,
    /// Frames of an animation that are decoded, fewer of a large one; the rest is a gap.
    pub animation_frames: u32,
    /// Bytes of metadata blocks that are read, inflated.
    pub metadata_bytes: u64,
    /// Bytes of one text that are kept.
    pub text_bytes: usize,
}

impl Default for Limits {
    /// The largest phone sensors have 200 Mpx, and 8K film passes; the worker that decodes has 1 GiB.
    fn default() -> Self {
        Self {
            still_pixels_jpeg: 300_000_000,
            still_pixels: 100_000_000,
            frame_pixels: 8192 * 8192,
            animation_frames: 2000,
            metadata_bytes: 16 << 20,
            text_bytes: 64 << 10,
        }
    }
}
