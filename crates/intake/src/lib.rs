//! Reads one open file in a jailed worker process: decodes, samples, fingerprints, and hands back its record.

pub mod record;

pub use record::{Gate, Record, Sample, TimeTrack, TRACK_STEP};
