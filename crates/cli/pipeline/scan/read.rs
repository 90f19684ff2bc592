//! Reads what is to be looked at, side by side, so that nothing is read twice where a scan is interrupted.

use std::os::unix::ffi::OsStrExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use firstseen_index::{FileSeen, ScannedFile, Waiting};
use firstseen_intake::{Depth, Plan, Purpose};
use firstseen_model::FileState;
use firstseen_report::{Change, FileReport, Verdict};

use super::changes::{Look, Step, looks};
use super::{KnownBy, Scanning, lock};
use crate::pipeline::add::scanned_sightings;
use crate::pipeline::look::{Failed, Looked};
use crate::pipeline::parallel;
use crate::pipeline::walk::Met;
use crate::progress::Progress;

/// Files after which what was done is brought to the disk.
const COMMIT_FILES: usize = 64;
/// Time after which what was done is brought to the disk.
const COMMIT_EVERY: Duration = Duration::from_secs(1);

/// When what was done was brought to the disk for the last time.
pub(super) struct Group {
    files: usize,
    since: Instant,
}

impl Group {
    #[expect(clippy::disallowed_methods, reason = "commits are grouped by time")]
    pub(super) fn new() -> Self {
        Self { files: 0, since: Instant::now() }
    }

    /// One more is done; whether it is time to bring it to the disk.
    pub(super) fn is_full(&mut self) -> bool {
        self.files += 1;
        let full = self.files >= COMMIT_FILES || self.since.elapsed() >= COMMIT_EVERY;
        if full {
            *self = Self::new();
        }
        full
    }
}

impl Scanning<'_> {
    /// Reads the files that are to be looked at; returns how many an earlier scan had read.
    pub(super) fn read(&self, steps: &mut [Step]) -> anyhow::Result<usize> {
        let settings = self.scan.settings;
        let looks = looks(steps);
        let progress =
            Progress::new(settings.common.progress, settings.common.quiet, looks.len() as u64);
        let (resumed, group) = (AtomicUsize::new(0), Mutex::new(Group::new()));
        let read = parallel::map(&looks, settings.jobs, |(_, look)| {
            if let Some(told) = self.read_before(look)? {
                resumed.fetch_add(1, Ordering::Relaxed);
                progress.advance(1, 0.0);
                return anyhow::Ok(Step::Look(Box::new(Look { told, ..(**look).clone() })));
            }
            let (step, seconds) = self.read_one(look)?;
            if lock(&group).is_full() {
                lock(&self.run).commit()?;
                lock(&self.state).commit()?;
            }
            progress.advance(1, seconds);
            Ok(step)
        })?;
        progress.finish();
        for ((i, _), step) in looks.into_iter().zip(read) {
            steps[i] = step?;
        }
        lock(&self.run).commit()?;
        Ok(resumed.into_inner())
    }

    /// What is said of a file that an interrupted scan has read, if that is still the same.
    fn read_before(&self, look: &Look) -> anyhow::Result<Option<[u8; 32]>> {
        let Some((asset, told)) = lock(&self.run).known(&look.file)? else { return Ok(None) };
        if self.scan.known_by == KnownBy::Bytes {
            let source = self.reader.open(&look.met);
            if source.and_then(|source| self.reader.identify(&source)).ok() != Some(asset) {
                return Ok(None);
            }
        }
        Ok(Some(told).filter(|told| *told == self.scan.told.stamp(&look.met.path, asset)))
    }

    fn read_one(&self, look: &Look) -> anyhow::Result<(Step, f64)> {
        let settings = self.scan.settings;
        let met = &look.met;
        let plan = Plan { depth: Depth::Frames(settings.profile), purpose: Purpose::Query };
        let Looked { record, state, source } = match self.reader.look(met, plan)? {
            Ok(looked) => looked,
            Err(failed) => {
                let known = lock(&self.state).file(&look.file.path)?;
                return Ok((self.failed(met, failed, known, Some(&look.file))?, 0.0));
            }
        };
        let id = record.asset.id;
        // Before what it is taken of is read: what changes meanwhile is noticed the next time.
        let told = self.scan.told.stamp(&met.path, id);
        let (beside, claims) = self.scan.told.of(&met.path, id, self.reader.pool)?;
        let seen = self.kept.file(&met.path, &source);
        let drafts = scanned_sightings(&self.scan.question.sighting, &beside, &seen, settings);
        let sightings = drafts.into_iter().map(|draft| draft.of(id)).collect();
        let seconds = record.asset.duration.map_or(0.0, |duration| duration.seconds());
        let file = FileSeen {
            path: look.file.path.clone(),
            size_bytes: source.size_bytes(),
            modified_ns: source.modified_ns(),
        };
        let waiting = Waiting { record, state, sightings, claims, gaps: beside.gaps };
        lock(&self.run).put(&file, &told, &waiting)?;
        Ok((Step::Look(Box::new(Look { told, file, ..look.clone() })), seconds))
    }

    /// Reports and remembers a file that could not be looked at. What is known of its bytes stays known.
    pub(super) fn failed(
        &self,
        met: &Met,
        failed: Failed,
        known: Option<ScannedFile>,
        file: Option<&FileSeen>,
    ) -> anyhow::Result<Step> {
        let interrupted = self.scan.settings.interrupt.is_set();
        let passed_over = met.skipped.is_some();
        let skipped = failed.state == FileState::Skipped;
        let change = match &known {
            _ if skipped && !interrupted => None,
            Some(_) => Some(Change::Retried),
            None => Some(Change::New),
        };
        let verdict = Some(Verdict::NotLookedAt);
        let report = FileReport { verdict, change, ..failed.report(met) };
        if passed_over || interrupted {
            return Ok(Step::Done(Box::new(report)));
        }
        let now = self.scan.settings.now;
        let known = known.unwrap_or_else(|| ScannedFile {
            file: file.cloned().unwrap_or_else(|| FileSeen {
                path: self.below(&met.path),
                size_bytes: 0,
                modified_ns: 0,
            }),
            asset: None,
            told: [0; 32],
            said: [0; 32],
            snapshot: String::new(),
            looked: now,
            before: None,
            gone: None,
            added: false,
            round: 0,
            change: String::new(),
            report: String::new(),
        });
        let mut state = lock(&self.state);
        // Without bytes that are known, its size and time tell whether it is worth another look.
        let lay = match (known.asset, file) {
            (None, Some(file)) => file.clone(),
            _ => known.file.clone(),
        };
        let known = ScannedFile {
            file: lay,
            gone: None,
            round: state.round(),
            change: change.map(|change| change.word().to_owned()).unwrap_or_default(),
            report: report.keep()?,
            ..known
        };
        state.put(&known)?;
        Ok(Step::Done(Box::new(report)))
    }

    /// The path of a file as the report tells it.
    pub(super) fn shown(met: &Met) -> Vec<u8> {
        met.path.as_os_str().as_bytes().to_vec()
    }
}
