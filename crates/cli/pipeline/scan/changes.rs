//! What is new or changed: by size and time, and by SHA-256 where these do not settle it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use firstseen_index::{Before, FileSeen, Role, ScannedFile, Snapshot};
use firstseen_model::{AssetId, FileState};
use firstseen_report::{Change, FileReport, Verdict};

use super::references::Sought;
use super::{Add, KnownBy, Scanning, lock};
use crate::pipeline::look::Failed;
use crate::pipeline::parallel;
use crate::pipeline::walk::Met;

/// What becomes of one file.
pub(super) enum Step {
    /// It is looked at.
    Look(Box<Look>),
    /// Its report is there.
    Done(Box<FileReport>),
}

/// The files that are looked at, with their places among all.
pub(super) fn looks(steps: &[Step]) -> Vec<(usize, Box<Look>)> {
    let looks = steps.iter().enumerate().filter_map(|(i, step)| match step {
        Step::Look(look) => Some((i, look.clone())),
        Step::Done(_) => None,
    });
    looks.collect()
}

/// A file that is looked at.
#[derive(Clone)]
pub(super) struct Look {
    /// The file.
    pub(super) met: Met,
    /// As it lies there, with its path below the folder.
    pub(super) file: FileSeen,
    /// What has changed.
    pub(super) change: Change,
    /// What lay there before.
    pub(super) before: Option<Before>,
    /// Hash of what is said of it; known once it was read.
    pub(super) told: [u8; 32],
}

impl Step {
    /// The report; of what was never looked at, that it was not.
    pub(super) fn report(self) -> FileReport {
        match self {
            Self::Done(report) => *report,
            Self::Look(look) => {
                let failed = Failed::new(FileState::Skipped, "interrupted before it was looked at");
                let verdict = Some(Verdict::NotLookedAt);
                FileReport { verdict, change: Some(look.change), ..failed.report(&look.met) }
            }
        }
    }
}

impl Scanning<'_> {
    /// Tells for each file whether it has to be looked at; what is carried along is there already.
    pub(super) fn compare(
        &self,
        snapshot: &Snapshot,
        sought: &Sought,
        everything: bool,
    ) -> anyhow::Result<Vec<Step>> {
        let comparing = Comparing { scanning: self, snapshot, sought, everything };
        let steps =
            parallel::map(self.scan.met, self.scan.settings.jobs, |met| comparing.one(met))?;
        steps.into_iter().collect()
    }

    /// Marks files of earlier scans that are not there; returns those that were there the last time.
    pub(super) fn gone(&self) -> anyhow::Result<Vec<String>> {
        let met: std::collections::HashSet<Vec<u8>> =
            self.scan.met.iter().map(|met| self.below(&met.path)).collect();
        let mut missing = Vec::new();
        let mut state = lock(&self.state);
        state.for_each(|known| {
            if known.gone.is_none() && !met.contains(&known.file.path) {
                missing.push(known);
            }
        })?;
        let mut gone = Vec::new();
        for mut known in missing {
            let path = self.scan.place.given.join(OsStr::from_bytes(&known.file.path));
            // What lies there is left out now; what cannot be seen may still be there.
            let not_there = path.symlink_metadata().is_err_and(|error| {
                matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                )
            });
            if not_there {
                known.gone = Some(self.scan.settings.now);
                gone.push(path.display().to_string());
                state.put(&known)?;
            }
        }
        Ok(gone)
    }
}

struct Comparing<'a> {
    scanning: &'a Scanning<'a>,
    snapshot: &'a Snapshot,
    sought: &'a Sought,
    everything: bool,
}

impl Comparing<'_> {
    fn one(&self, met: &Met) -> anyhow::Result<Step> {
        let scanning = self.scanning;
        let path = scanning.below(&met.path);
        let known = lock(&scanning.state).file(&path)?;
        let there = met.path.symlink_metadata();
        let (None, None, Ok(there)) = (&met.skipped, &met.unreadable, there) else {
            let failed = match scanning.reader.open(met) {
                Err(failed) => failed,
                Ok(_) => Failed::new(FileState::Unreadable, "came while the folder was walked"),
            };
            return scanning.failed(met, failed, known, None);
        };
        let modified =
            there.mtime().saturating_mul(1_000_000_000).saturating_add(there.mtime_nsec());
        let file = FileSeen { path, size_bytes: there.len(), modified_ns: modified };
        let look = |change, before| {
            Ok(Step::Look(Box::new(Look {
                met: met.clone(),
                file: file.clone(),
                change,
                before,
                told: [0; 32],
            })))
        };
        let Some(known) = known else { return look(Change::New, None) };
        let by_bytes = scanning.scan.known_by == KnownBy::Bytes && known.asset.is_some();
        if known.file == file && !by_bytes {
            return self.same(met, known, &file);
        }
        let Some(asset) = known.asset else { return look(Change::Retried, known.before) };
        if scanning.scan.settings.interrupt.is_set() {
            return look(Change::Unchanged, known.before);
        }
        // Where size and time have changed, and where they are not trusted, the bytes alone can say.
        let identified =
            scanning.reader.open(met).and_then(|source| scanning.reader.identify(&source));
        match identified {
            Err(failed) => scanning.failed(met, failed, Some(known), Some(&file)),
            Ok(now) if now == asset => self.same(met, known, &file),
            Ok(now) => look(Change::Changed, before(&known, asset, now)),
        }
    }

    /// Whether the index knows the bytes as a reference, and that they lie at this path.
    fn is_in_index(&self, met: &Met, asset: AssetId) -> anyhow::Result<bool> {
        let path = self.scanning.kept.path(&met.path);
        Ok(self.snapshot.role(&asset)? == Some(Role::Reference)
            && self.snapshot.file(&path)?.is_some_and(|(_, there)| there == asset))
    }

    /// A file whose bytes are those that were looked at.
    fn same(&self, met: &Met, mut known: ScannedFile, file: &FileSeen) -> anyhow::Result<Step> {
        let scanning = self.scanning;
        let (fresh, path) = (known.round == lock(&scanning.state).round(), met.path.as_os_str());
        // Nobody was told of what an interrupted scan has found.
        let change = Change::ALL.into_iter().find(|change| fresh && change.word() == known.change);
        let change = change.unwrap_or(Change::Unchanged);
        let look = |change| {
            let (met, file, before) = (met.clone(), file.clone(), known.before);
            Ok(Step::Look(Box::new(Look { met, file, change, before, told: [0; 32] })))
        };
        let kept = FileReport::kept(&known.report, path.as_bytes().to_vec());
        let Some(kept) = kept else { return look(change) };
        let carried = matches!(kept.state, FileState::Unsupported | FileState::Skipped);
        // A failure is tried again, and never taken for an answer.
        if !(carried || kept.state.looked_at() && kept.verdict != Some(Verdict::NotLookedAt)) {
            return look(Change::Retried);
        }
        if self.everything {
            return look(change);
        }
        if let Some(asset) = known.asset.filter(|_| kept.state.looked_at()) {
            if scanning.scan.add == Add::Yes && !known.added {
                if !(fresh && self.is_in_index(met, asset)?) {
                    return look(change);
                }
                // This scan has put it there, and was interrupted before it could say so: what the index says of it from
                // now on is what it says with it in it.
                known.said = scanning.said(&kept, asset, self.snapshot)?;
                known.snapshot = self.snapshot.id().to_string();
                known.added = true;
                lock(&scanning.state).put(&known)?;
            }
            if scanning.scan.told.stamp(&met.path, asset) != known.told {
                return look(change);
            }
            if self.sought.holds(&known) {
                return look(Change::NewReference);
            }
            let now = self.snapshot.id().to_string();
            if known.snapshot != now {
                let said = scanning.said(&kept, asset, self.snapshot)?;
                if said != known.said {
                    return look(change);
                }
            }
        }
        if known.file != *file || known.gone.is_some() {
            (known.file, known.gone) = (file.clone(), None);
            lock(&scanning.state).put(&known)?;
        }
        let change = kept.state.looked_at().then_some(change);
        Ok(Step::Done(Box::new(FileReport { change, ..kept })))
    }
}

/// What lay at a path where `now` lies; nothing where what lay there first is back.
fn before(known: &ScannedFile, asset: AssetId, now: AssetId) -> Option<Before> {
    if known.before.is_some_and(|first| first.asset == now) {
        return None;
    }
    Some(Before {
        asset,
        size_bytes: known.file.size_bytes,
        modified_ns: known.file.modified_ns,
        looked: known.looked,
    })
}
