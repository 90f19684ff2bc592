//! What is wanted of a file, and how much it may cost.

use std::time::Duration;

use firstseen_model::Profile;
use serde::{Deserialize, Serialize};

/// What is wanted of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// How deep to look.
    pub depth: Depth,
    /// What the record is for.
    pub purpose: Purpose,
}

/// How deep to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Depth {
    /// What the file says of itself; nothing is decoded.
    Metadata,
    /// Frames too, as the profile says.
    Frames(Profile),
}

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To be kept and found later: as many samples as an index keeps.
    Reference,
    /// To be looked up: samples in close order, each under all views.
    Query,
}

/// What one file may cost; each limit hit is a gap that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessLimits {
    /// Longest wait for the next frame.
    pub stall: Duration,
    /// CPU time of a file beyond [`ProcessLimits::cpu_per_media`] times the media time seen.
    pub cpu: Duration,
    /// CPU seconds allowed for each second of media seen.
    pub cpu_per_media: u32,
    /// CPU time of a still or an animation, and of a video before it got anywhere.
    pub cpu_still: Duration,
    /// Resident memory of a worker.
    pub memory_bytes: u64,
    /// Largest file looked at.
    pub file_bytes: u64,
}

impl Default for ProcessLimits {
    fn default() -> Self {
        Self {
            stall: Duration::from_secs(30),
            cpu: Duration::from_secs(600),
            cpu_per_media: 2,
            cpu_still: Duration::from_secs(20),
            memory_bytes: 1 << 30,
            file_bytes: 64 << 30,
        }
    }
}
