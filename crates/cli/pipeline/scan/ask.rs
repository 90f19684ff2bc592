//! Asks the index, and what the scan itself has read, about each file.

use std::sync::Mutex;

use firstseen_assess::{AtPath, Replaced};
use firstseen_index::{Before, ScannedFile, Snapshot, Waiting, stamp};
use firstseen_model::{AssetId, Sighting};
use firstseen_report::FileReport;
use jiff::Timestamp;

use super::changes::{Look, Step, looks};
use super::read::Group;
use super::{Scanning, lock};
use crate::pipeline::check::{Weighed, weigh};
use crate::pipeline::counted::Counted;
use crate::pipeline::decided;
use crate::pipeline::matching;
use crate::pipeline::parallel;
use crate::progress::Progress;

/// What is asked.
pub(super) struct Asked<'a> {
    /// The index.
    pub(super) index: &'a Snapshot,
    /// The same, and what was scanned and is not in it.
    pub(super) both: &'a Snapshot,
}

impl Scanning<'_> {
    /// Asks about all files that were read, and remembers the answers.
    pub(super) fn ask(&self, steps: &mut [Step], asked: &Asked<'_>) -> anyhow::Result<()> {
        let settings = self.scan.settings;
        let looks = looks(steps);
        let progress =
            Progress::new(settings.common.progress, settings.common.quiet, looks.len() as u64);
        let group = Mutex::new(Group::new());
        let answers = parallel::map(&looks, settings.jobs, |(_, look)| {
            if settings.interrupt.is_set() {
                return anyhow::Ok(None);
            }
            let Some(waiting) = lock(&self.run).get(&look.file.path)? else { return Ok(None) };
            let report = self.ask_one(look, &waiting, asked)?;
            let said = self.said(&report, waiting.asset(), asked.index)?;
            let mut state = lock(&self.state);
            let known = ScannedFile {
                file: look.file.clone(),
                asset: Some(waiting.asset()),
                told: look.told,
                said,
                snapshot: asked.index.id().to_string(),
                looked: settings.now,
                before: look.before,
                gone: None,
                added: false,
                round: state.round(),
                change: look.change.word().to_owned(),
                report: report.keep()?,
            };
            state.put(&known)?;
            if lock(&group).is_full() {
                state.commit()?;
            }
            drop(state);
            progress.advance(1, 0.0);
            Ok(Some(report))
        })?;
        progress.finish();
        for ((i, _), report) in looks.into_iter().zip(answers) {
            if let Some(report) = report? {
                steps[i] = Step::Done(Box::new(report));
            }
        }
        Ok(())
    }

    fn ask_one(
        &self,
        look: &Look,
        waiting: &Waiting,
        asked: &Asked<'_>,
    ) -> anyhow::Result<FileReport> {
        let limit = &self.scan.question.limit;
        let counted = Counted { snapshot: asked.both, limit };
        let record = &waiting.record;
        let id = record.asset.id;
        let mut found = matching::find(record, asked.both, limit)?;
        decided::add_same(&mut found, record, &counted)?;
        let path = self.kept.path(&look.met.path);
        let stored = asked.both.asset(&id)?;
        let copies = others_of(&path, stored.map(|known| known.paths));
        // A file that only this scan has met is no match of itself, unless its bytes lie at another path too.
        if copies.is_empty() && asked.index.role(&id)?.is_none() {
            found.explained.retain(|known| known.found.reference != id);
        }
        let given: Vec<Sighting> = waiting.sightings.iter().map(as_given).collect();
        let mut report = FileReport::of_record(Self::shown(&look.met), record);
        report.state = waiting.state;
        report.change = Some(look.change);
        report.gaps.extend(waiting.gaps.iter().cloned());
        let replaced = look.before.map(|before| replaced(&before, look, id));
        let weighed = Weighed {
            record,
            found,
            given: &given,
            claims: &waiting.claims,
            replaced: replaced.as_ref(),
            counted,
            kept: &self.kept,
        };
        weigh(&mut report, &weighed, self.scan.question, self.scan.settings)?;
        for known in &mut report.matches {
            let reference = &mut known.reference;
            reference.of_scan = asked.index.role(&known.found.reference)?.is_none();
            // Its own path says nothing of where else the same bytes lie.
            if reference.path.as_ref() == Some(&path)
                && let Some(copy) = copies.first()
            {
                reference.from_here = self.kept.seen_from_here(copy);
                reference.path = Some(copy.clone());
            }
        }
        Ok(report)
    }

    /// Hash of all that the index says of a file and of what it matches, and that its report rests on.
    pub(super) fn said(
        &self,
        report: &FileReport,
        id: AssetId,
        snapshot: &Snapshot,
    ) -> anyhow::Result<[u8; 32]> {
        let counted = Counted { snapshot, limit: &self.scan.question.limit };
        let matched = report.matches.iter().map(|known| known.found.reference);
        let aside = report.set_aside.iter().flat_map(|said| [said.one, said.other]);
        let mut all: Vec<AssetId> = matched.chain(aside).chain([id]).collect();
        all.sort_unstable();
        all.dedup();
        let mut text = String::new();
        for other in all {
            let recording = counted.recording_of(&other)?.map(|recording| recording.id);
            text += &format!(
                "{other:?} {:?} {:?} {:?} {recording:?} {:?} {:?}\n",
                snapshot.role(&other)?,
                counted.sightings(&other)?,
                counted.notes_on(&other)?,
                counted.label(&other)?,
                counted.decision(id, other)?,
            );
        }
        let same = snapshot.statements()?.same_as(&id);
        Ok(stamp(&format!("{text}{same:?}")))
    }
}

/// The paths at which the same bytes lie, but for this one.
fn others_of(path: &Vec<u8>, paths: Option<Vec<Vec<u8>>>) -> Vec<Vec<u8>> {
    paths.unwrap_or_default().into_iter().filter(|other| other != path).collect()
}

/// A sighting of a file that is asked about: it came into our hands only for that.
fn as_given(sighting: &Sighting) -> Sighting {
    let mut given = sighting.clone();
    given.seen.dates.retain(|date| date.basis != firstseen_model::Basis::IndexClock);
    given
}

fn replaced(before: &Before, look: &Look, now: AssetId) -> Replaced {
    let at_path = |asset, size_bytes, modified_ns: i64| AtPath {
        asset,
        size_bytes,
        modified: Timestamp::from_nanosecond(modified_ns.into()).ok(),
    };
    Replaced {
        before: at_path(before.asset, before.size_bytes, before.modified_ns),
        now: at_path(now, look.file.size_bytes, look.file.modified_ns),
        seen: before.looked,
    }
}
