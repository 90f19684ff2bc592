//! How far a writer has got that goes segment by segment, and whether it is to go on.

use crate::exit::Exit;
use crate::progress::Progress;
use crate::settings::Settings;

/// What a person is told who has stopped such a run.
pub(super) const INTERRUPTED: &str =
    "interrupted: what was done is kept; the same command goes on from here";

/// Steps of a writer, each committed by itself.
pub(super) struct Steps<'a> {
    settings: &'a Settings,
    progress: Option<Progress>,
    stopped: bool,
}

impl<'a> Steps<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self { settings, progress: None, stopped: false }
    }

    /// Tells that `done` of `all` steps are done; returns whether the next one is to be made.
    pub(super) fn next(&mut self, done: usize, all: usize) -> bool {
        let common = &self.settings.common;
        let progress = self.progress.get_or_insert_with(|| {
            Progress::of_segments(common.progress, common.quiet, all as u64)
        });
        progress.reach(done as u64);
        self.stopped = self.settings.interrupt.is_set();
        !self.stopped
    }

    /// Takes the progress away; returns how the program ends.
    pub(super) fn end(self) -> Exit {
        if let Some(progress) = &self.progress {
            progress.finish();
        }
        if self.stopped { Exit::Interrupted } else { Exit::Clean }
    }
}
