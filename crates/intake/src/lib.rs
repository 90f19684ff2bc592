//! Reads one open file in a jailed worker process: decodes, samples, fingerprints, and hands back its record.
//!
//! [`Pool`] hands an open file to a worker process of the same binary and gets a [`Look`] back; [`worker::serve()`] is
//! that process's whole life. Records cross the border, never frames: see [`worker::wire`].

mod cutouts;
pub mod plan;
pub mod record;
pub mod sample;
pub mod source;
pub mod worker;

pub use plan::{Depth, Plan, ProcessLimits, Purpose};
pub use record::{Cutout, Gate, Record, Sample, TRACK_STEP, TimeTrack};
pub use source::{Source, SourceError};
pub use worker::host::{End, Launch, Look, Pool, PoolError};
pub use worker::wire::Moment;
