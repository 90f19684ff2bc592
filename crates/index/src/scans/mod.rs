//! What `scan` remembers of a folder: beside an index, and no part of it.
//!
//! A [`ScanState`] holds what became of each file, so that only what is new or changed is looked at; a [`ScanRun`] holds
//! what an unfinished scan has read already. Both are SQLite files of their own, and either may be deleted: the next scan
//! looks at everything again.

mod error;
mod file;
mod run;
mod state;

pub use error::ScanError;
pub use run::{ScanRun, Waiting};
pub use state::{Before, LastScan, ScanState, ScannedFile};

/// Hash of a text, to tell later whether it is still the same.
#[must_use]
pub fn stamp(text: &str) -> [u8; 32] {
    *blake3::hash(text.as_bytes()).as_bytes()
}
