//! One process writes to an index at a time; the others wait for their turn.

use std::time::{Duration, Instant};

use anyhow::Context;
use firstseen_index::{Index, IndexError, Writer};

use crate::exit::Exit;
use crate::output;
use crate::settings::Settings;

/// Time between two looks at whether the other one is done.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Somebody asked to stop before it was our turn; nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stopped;

impl Stopped {
    /// How the program ends.
    pub(crate) const EXIT: Exit = Exit::Interrupted;
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("interrupted while another process was writing; nothing was written")
    }
}

impl std::error::Error for Stopped {}

/// Becomes the one writer of an index. While another process is, says which and waits, for as long as `--wait` says.
///
/// # Errors
///
/// Where the other one is still at work then, which is named; [`Stopped`]; and where the index cannot be written to.
#[expect(clippy::disallowed_methods, reason = "waiting has an end")]
pub(crate) fn writer(index: &Index, settings: &Settings) -> anyhow::Result<Writer> {
    let wait = Duration::from_secs(settings.common.wait.into());
    let started = Instant::now();
    let mut told = false;
    loop {
        let error = match index.writer(settings.now) {
            Err(error @ IndexError::Busy { .. }) if !wait.is_zero() => error,
            done => return Ok(done?),
        };
        if started.elapsed() >= wait {
            let waited = format!("waited {} s; --wait SECONDS waits longer", wait.as_secs());
            return Err(error).context(waited);
        }
        if settings.interrupt.is_set() {
            return Err(Stopped.into());
        }
        if !told {
            let who = match &error {
                IndexError::Busy { pid: Some(pid), .. } => format!("process {pid}"),
                _ => "another process".to_owned(),
            };
            let line = format!("waiting for {who}, which writes to {}", index.location());
            output::tell(settings, &line);
            told = true;
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
