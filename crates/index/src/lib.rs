//! Keeps records and finds every code within a radius.
//!
//! An [`Index`] is a folder. One [`Writer`] at a time puts records into it; any number of [`Snapshot`]s answer from
//! what was committed when they were taken. SQLite is the catalogue and the only commit point;
//! fingerprints lie in segments beside it, which never change once written. Every row carries a checksum, every parent
//! the tally of its rows and every 64 KiB of a segment a sum, so that damage is an error and never a shorter answer.
//! `docs/format.md` has the format.

mod catalogue;
mod checksum;
mod compact;
mod cutouts;
mod derive;
mod error;
mod export;
mod find;
mod index;
mod kept;
mod like;
mod limit;
mod live;
mod lock;
mod merge;
mod moment;
mod name;
mod near;
mod part;
mod recording;
mod remove;
mod repair;
pub mod scan;
mod scans;
mod segment;
mod shared;
mod shelves;
mod snapshot;
mod statements;
mod stats;
mod store;
mod stored;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

use firstseen_fingerprint::{Pdq, Quality};
use firstseen_intake::{Gate, Record};
use firstseen_model::{AssetFacts, Claim, MediaTime, Profile, Sighting};
use jiff::Timestamp;

pub use catalogue::marker::ids_of;
pub use compact::Compacted;
pub use cutouts::StoredCutout;
pub use error::IndexError;
pub use export::Level;
pub use find::{FoundRow, Search};
pub use index::{Access, Index, owner_uid};
pub use like::{MAX_HITS, PROBES};
pub use limit::{Limit, Within};
pub use merge::{Merged, Renamed};
pub use name::{SnapshotId, SnapshotName};
pub use near::{Answer, COMMON, CodeHit, CodeQuery};
pub use recording::Recording;
pub use remove::{Removed, Selection};
pub use repair::{LOST, Lost};
pub use scans::{Before, LastScan, ScanError, ScanRun, ScanState, ScannedFile, Waiting, stamp};
pub use shared::Shared;
pub use snapshot::Snapshot;
pub use statements::{Stated, Statements};
pub use stats::Stats;
pub use verify::Problem;
pub use writer::{Put, PutAsset, Writer};

/// What an asset is to the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It was seen: queries are looked up among these.
    Reference,
    /// It was asked about and is remembered. It never counts as seen.
    Query,
}

/// One file's worth of what goes into an index.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What came of reading it.
    pub record: &'a Record,
    /// What it is to the index.
    pub role: Role,
    /// Where it lies, if it is to be known again there.
    pub file: Option<&'a FileSeen>,
    /// Where it was seen. All are of the record's asset.
    pub sightings: &'a [Sighting],
    /// What is said of it. All are of the record's asset.
    pub claims: &'a [Claim],
}

/// A file as it lay there when it was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileSeen {
    /// Bytes relative to the folder that holds the index's; `../` leads outside it.
    pub path: Vec<u8>,
    /// Size of the file.
    pub size_bytes: u64,
    /// When it was last changed, in nanoseconds since 1970.
    pub modified_ns: i64,
}

/// Names a stored sample. Never used again once the sample is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleId(pub u64);

/// One moment of a stored asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSample {
    /// Its name here.
    pub id: SampleId,
    /// When.
    pub at: MediaTime,
    /// Number of its shot, from 0.
    pub shot: u32,
    /// Own texture measure, 0 flat to 100 full of detail.
    pub texture: u8,
    /// Why it never carries a match alone, if so.
    pub gate: Option<Gate>,
    /// PDQ of the full frame.
    pub pdq: Pdq,
    /// PDQ's own quality.
    pub pdq_quality: Quality,
    /// 64-bit gradient hash.
    pub gradient: u64,
}

/// What an index knows of an asset itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAsset {
    /// What is plain to see.
    pub facts: AssetFacts,
    /// How thoroughly it was looked at.
    pub profile: Profile,
    /// What it is to the index.
    pub role: Role,
    /// Where it lies, sorted.
    pub paths: Vec<Vec<u8>>,
    /// The title of its earliest sighting that has one.
    pub title: Option<String>,
    /// When it was first put in.
    pub added_at: Timestamp,
}
