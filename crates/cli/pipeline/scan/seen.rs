//! What was scanned, as an index of its own beside the state, and what of it goes into the index that was asked.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use anyhow::anyhow;
use firstseen_index::{
    Access, Entry, FileSeen, Index, IndexError, PutAsset, Role, Selection, Snapshot, Waiting,
    Writer,
};
use firstseen_report::Change;

use super::changes::{Look, Step};
use super::read::Group;
use super::{Scanning, lock};
use crate::pipeline::wording::counted;
use crate::turn;

impl Scanning<'_> {
    /// Puts what was read among what was scanned, in the order of paths; returns all of that.
    pub(super) fn seen(&self, steps: &[Step], snapshot: &Snapshot) -> anyhow::Result<Snapshot> {
        let index = self.seen_index()?;
        let mut writer = None;
        let mut group = Group::new();
        for step in steps {
            let Step::Look(look) = step else { continue };
            let Some(waiting) = lock(&self.run).get(&look.file.path)? else { continue };
            let file = self.file(look);
            // What the index knows of this path it tells itself.
            if snapshot.file(&file.path)?.is_some_and(|(_, id)| id == waiting.asset()) {
                continue;
            }
            let writer = match &mut writer {
                Some(writer) => writer,
                None => writer.insert(index.writer(self.scan.settings.now)?),
            };
            if look.change == Change::Changed {
                writer.remove(&Selection::Path(file.path.clone()))?;
            }
            put(writer, &waiting, &file)?;
            if group.is_full() {
                writer.commit()?;
            }
        }
        if let Some(mut writer) = writer {
            writer.commit()?;
        }
        Ok(index.snapshot()?)
    }

    /// The index of what was scanned and not added; made where it is not there.
    pub(super) fn seen_index(&self) -> anyhow::Result<Index> {
        let folder = self.scan.place.seen();
        let opened = match Index::open(&folder, Access::Write) {
            // Nothing is there, or an index whose making was interrupted; what else it may be, its maker tells.
            Err(IndexError::NotFound { .. } | IndexError::Foreign { .. }) => Index::create(&folder),
            opened => opened,
        };
        opened.map_err(|error| {
            let folder = folder.display();
            match error {
                IndexError::Foreign { why, .. } => anyhow!(
                    "cannot keep what was scanned in {folder}: {why}; move it away, or name another path with --state"
                ),
                other => anyhow!(other)
                    .context(format!("cannot keep what was scanned in {folder}; --state names another path")),
            }
        })
    }

    /// Puts what was read into the index that was asked at `asked`; returns what is to be said of it, and up to which
    /// sequence number nobody else has added anything since.
    pub(super) fn add(&self, asked: u64) -> anyhow::Result<(Vec<String>, u64)> {
        let settings = self.scan.settings;
        if settings.interrupt.is_set() {
            return Ok((Vec::new(), asked));
        }
        // What was asked comes to the disk before what it is added to, so that a scan that is killed goes on with both.
        lock(&self.state).commit()?;
        let mut writer = turn::writer(self.scan.index, settings)?;
        let alone = self.scan.index.snapshot()?.id().sequence == asked;
        let (mut new, mut paths, mut group) = (0, Vec::new(), Group::new());
        for met in self.scan.met {
            let path = self.below(&met.path);
            let Some(waiting) = lock(&self.run).get(&path)? else { continue };
            let known = lock(&self.state).file(&path)?;
            let Some(known) = known.filter(|known| known.asset == Some(waiting.asset())) else {
                continue;
            };
            let file = FileSeen { path: self.kept.path(&met.path), ..known.file.clone() };
            let put = put(&mut writer, &waiting, &file)?;
            new += usize::from(put != PutAsset::Known);
            paths.push(path);
            if group.is_full() {
                writer.commit()?;
            }
        }
        let committed = writer.commit()?.sequence;
        drop(writer);
        // What it says of them from now on is what it says with them in it.
        let after = self.scan.index.snapshot()?;
        let mut state = lock(&self.state);
        for path in &paths {
            let Some(mut known) = state.file(path)? else { continue };
            let shown = self.scan.place.given.join(OsStr::from_bytes(path));
            let shown = shown.as_os_str().as_bytes().to_vec();
            if let (Some(report), Some(asset)) =
                (firstseen_report::FileReport::kept(&known.report, shown), known.asset)
            {
                known.said = self.said(&report, asset, &after)?;
                known.snapshot = after.id().to_string();
            }
            known.added = true;
            state.put(&known)?;
        }
        state.commit()?;
        drop(state);
        self.leave_seen(&after)?;
        let said = counted(new as u64, "file");
        let own = if alone { committed } else { asked };
        Ok((vec![format!("{said} added to {}", self.scan.index.location())], own))
    }

    /// Takes what is in the index now out of what was scanned and not added: also what an interrupted scan has left.
    fn leave_seen(&self, after: &Snapshot) -> anyhow::Result<()> {
        let index = self.seen_index()?;
        let mut writer = index.writer(self.scan.settings.now)?;
        for asset in index.snapshot()?.all()? {
            if after.role(&asset)? == Some(Role::Reference) {
                writer.remove(&Selection::Asset(asset))?;
            }
        }
        writer.commit()?;
        drop(writer);
        index.discard_if_empty()?;
        Ok(())
    }

    /// The file as an index keeps it.
    fn file(&self, look: &Look) -> FileSeen {
        FileSeen { path: self.kept.path(&look.met.path), ..look.file.clone() }
    }
}

/// Puts a query's record as a reference's.
fn put(writer: &mut Writer, waiting: &Waiting, file: &FileSeen) -> Result<PutAsset, IndexError> {
    let mut record = waiting.record.clone();
    // An index keeps the same subset of a query's samples as of a reference's.
    record.samples.retain(|sample| sample.kept);
    for sample in &mut record.samples {
        sample.views.clear();
    }
    if let Some(track) = &mut record.track {
        track.variants.clear();
    }
    let entry = Entry {
        record: &record,
        role: Role::Reference,
        file: Some(file),
        sightings: &waiting.sightings,
        claims: &waiting.claims,
    };
    Ok(writer.put(&entry)?.asset)
}
