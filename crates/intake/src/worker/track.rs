//! The time track of a video in the making.

use std::ops::ControlFlow;

use firstseen_fingerprint::drift;
use firstseen_model::{Luma, MediaTime};

use super::serve::Answer;
use super::wire::Reply;
use crate::plan::Purpose;
use crate::record::TRACK_STEP;

/// Codes in one message, so that it stays well under its limit.
const TRACK_CHUNK: usize = 4096;

/// Writes a code each [`TRACK_STEP`]: that of the frame shown then.
pub(super) struct Track {
    purpose: Purpose,
    shown: Option<Luma>,
    written: i64,
    codes: Vec<u64>,
    variants: Vec<[u64; 7]>,
}

impl Track {
    pub(super) fn new(purpose: Purpose) -> Self {
        Self { purpose, shown: None, written: 0, codes: Vec::new(), variants: Vec::new() }
    }

    pub(super) fn see(
        &mut self,
        at: MediaTime,
        tiny: &Luma,
        reply: &mut Answer<'_>,
    ) -> ControlFlow<()> {
        self.write_until(at, reply)?;
        self.shown = Some(tiny.clone());
        ControlFlow::Continue(())
    }

    /// Writes the codes of all steps before `end` for which the frame shown is known.
    fn write_until(&mut self, end: MediaTime, reply: &mut Answer<'_>) -> ControlFlow<()> {
        let Some(shown) = &self.shown else { return ControlFlow::Continue(()) };
        if self.written * TRACK_STEP.0 >= end.0 {
            return ControlFlow::Continue(());
        }
        let all = drift::track_codes_dihedral(shown);
        while self.written * TRACK_STEP.0 < end.0 {
            self.codes.push(all[0]);
            if self.purpose == Purpose::Query {
                self.variants.push(std::array::from_fn(|i| all[i + 1]));
            }
            self.written += 1;
            if self.codes.len() == TRACK_CHUNK {
                self.flush(reply)?;
                return self.write_until(end, reply);
            }
        }
        ControlFlow::Continue(())
    }

    fn flush(&mut self, reply: &mut Answer<'_>) -> ControlFlow<()> {
        let codes = std::mem::take(&mut self.codes);
        let variants = std::mem::take(&mut self.variants);
        reply(Reply::Track { codes, variants })
    }

    pub(super) fn finish(&mut self, end: MediaTime, reply: &mut Answer<'_>) {
        // The last frame is shown at its own time at least.
        let _ = self.write_until(end + MediaTime(1), reply);
        let _ = self.flush(reply);
    }
}
