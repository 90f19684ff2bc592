//! Puts media into an index: files side by side, one writer, commits in groups.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use firstseen_index::{
    Entry, FileSeen, Index, IndexError, LOST, Put, PutAsset, Role, Snapshot, StoredAsset, Writer,
};
use firstseen_intake::{Depth, Plan, Purpose, Record, Source};
use firstseen_media::{Metadata, names};
use firstseen_model::{
    AssetFacts, AssetId, Basis, DateKind, Dated, Doubt, FileState, Profile, SightingDraft,
};
use firstseen_report::FileReport;
use jiff::Timestamp;

use super::companions::Beside;
use super::look::{Failed, Reader};
use super::parallel;
use super::paths::Kept;
use super::told::Told;
use super::walk::Met;
use super::wording::{counted, of_files};
use crate::commands::options::GivenSighting;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::turn;

/// Files after which what was read is committed.
const COMMIT_FILES: usize = 64;
/// Time after which what was read is committed.
const COMMIT_EVERY: Duration = Duration::from_secs(1);

/// What is said of the files given.
pub(crate) struct Said {
    /// Where they were seen.
    pub(crate) sighting: GivenSighting,
    /// What is asserted of them, and what records say.
    pub(crate) told: Told,
}

/// What `add` did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Added {
    /// Assets that were not known.
    pub(crate) new: usize,
    /// Files whose bytes were known.
    pub(crate) known: usize,
    /// Files that lay there unchanged.
    pub(crate) unchanged: usize,
    /// Assets known by a poorer profile.
    pub(crate) upgraded: usize,
    /// Assets known as queries only.
    pub(crate) promoted: usize,
    /// Sightings that were not known.
    pub(crate) sightings: usize,
    /// Claims that were not known.
    pub(crate) claims: usize,
    /// Files with a sighting that has a posted or archived date.
    pub(crate) dated: usize,
}

/// Adds all files; returns their reports in order and what was done.
///
/// # Errors
///
/// Where the index cannot be written to or no worker can be started; what was committed before stays.
pub(crate) fn add(
    met: &[Met],
    said: &Said,
    index: &Index,
    settings: &Settings,
) -> anyhow::Result<(Vec<FileReport>, Added)> {
    let pool = settings.pool()?;
    // Its turn first: what another process adds meanwhile is known then.
    let writer = turn::writer(index, settings)?;
    let snapshot = index.snapshot()?;
    let adding = Adding {
        reader: Reader { pool: &pool, settings },
        said,
        snapshot: &snapshot,
        kept: Kept::for_index(index.folder()),
        sink: Mutex::new(Sink::new(writer)),
        progress: Progress::new(settings.common.progress, settings.common.quiet, met.len() as u64),
        settings,
    };
    let first = parallel::map(met, settings.jobs, |met| adding.one(met, Turn::First))?;
    let mut reports = Vec::with_capacity(met.len());
    for (met, report) in met.iter().zip(first) {
        // Twins of a file that was being read have waited until it was done.
        reports.push(match report? {
            Outcome::Done(report) => *report,
            Outcome::Twin => match adding.one(met, Turn::Again)? {
                Outcome::Done(report) => *report,
                Outcome::Twin => unreachable!("nothing else is being read"),
            },
        });
    }
    adding.progress.finish();
    let mut sink = adding.sink.into_inner().unwrap_or_else(PoisonError::into_inner);
    sink.commit()?;
    Ok((reports, sink.added))
}

enum Outcome {
    Done(Box<FileReport>),
    /// The same bytes are being read right now.
    Twin,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    First,
    Again,
}

struct Adding<'a> {
    reader: Reader<'a>,
    said: &'a Said,
    snapshot: &'a Snapshot,
    kept: Kept,
    sink: Mutex<Sink>,
    progress: Progress,
    settings: &'a Settings,
}

/// Where records go, one at a time.
struct Sink {
    writer: Writer,
    /// Assets of this run; `None` while one is being read.
    run: HashMap<AssetId, Option<AssetFacts>>,
    since_commit: usize,
    committed: Instant,
    added: Added,
}

impl Sink {
    #[expect(clippy::disallowed_methods, reason = "commits are grouped by time")]
    fn new(writer: Writer) -> Self {
        Self {
            writer,
            run: HashMap::new(),
            since_commit: 0,
            committed: Instant::now(),
            added: Added::default(),
        }
    }

    fn put(&mut self, entry: &Entry<'_>) -> Result<Put, IndexError> {
        let put = self.writer.put(entry)?;
        self.since_commit += 1;
        if self.since_commit >= COMMIT_FILES || self.committed.elapsed() >= COMMIT_EVERY {
            self.commit()?;
        }
        Ok(put)
    }

    #[expect(clippy::disallowed_methods, reason = "commits are grouped by time")]
    fn commit(&mut self) -> Result<(), IndexError> {
        self.writer.commit()?;
        self.since_commit = 0;
        self.committed = Instant::now();
        Ok(())
    }
}

impl Adding<'_> {
    fn one(&self, met: &Met, turn: Turn) -> anyhow::Result<Outcome> {
        let source = match self.reader.open(met) {
            Ok(source) => source,
            Err(failed) => return Ok(self.done(failed.report(met))),
        };
        let file = self.kept.file(&met.path, &source);
        if let Some((seen, id)) = self.snapshot.file(&file.path)?
            && seen == file
            && let Some(asset) = self.snapshot.asset(&id)?
            && self.is_known_well(&asset)?
        {
            return self.known(met, &file, &asset.facts, true);
        }
        let id = match self.reader.identify(&source) {
            Ok(id) => id,
            Err(failed) => return Ok(self.done(failed.report(met))),
        };
        if let Some(asset) = self.snapshot.asset(&id)?
            && self.is_known_well(&asset)?
        {
            return self.known(met, &file, &asset.facts, false);
        }
        match self.claim(id, turn) {
            Claimed::Known(facts) => return self.known(met, &file, &facts, false),
            Claimed::Twin => return Ok(Outcome::Twin),
            Claimed::Mine => {}
        }
        let added = self.fresh(met, &source, id, &file);
        if !matches!(added, Ok(Ok(_))) {
            self.sink().run.remove(&id);
        }
        Ok(self.done(added?.unwrap_or_else(|failed| failed.report(met))))
    }

    /// Whether reading a file again would tell no more of it.
    fn is_known_well(&self, asset: &StoredAsset) -> Result<bool, IndexError> {
        let enough = asset.role == Role::Reference && asset.profile >= self.settings.profile;
        let lost = || self.snapshot.gaps(&asset.facts.id);
        Ok(enough && !lost()?.iter().any(|gap| gap.what == LOST))
    }

    /// Reads a file whose bytes are not known.
    fn fresh(
        &self,
        met: &Met,
        source: &Source,
        id: AssetId,
        file: &FileSeen,
    ) -> anyhow::Result<Result<FileReport, Failed>> {
        let plan =
            Plan { depth: Depth::Frames(self.settings.profile), purpose: Purpose::Reference };
        let (record, state) = match self.reader.read(met, source, id, plan)? {
            Ok(read) => read,
            Err(failed) => return Ok(Err(failed)),
        };
        let (report, _) = self.put(met, &record, file, Some(state))?;
        self.sink().run.insert(id, Some(record.asset));
        Ok(Ok(report))
    }

    /// Takes note of a file whose bytes are known: its path, and what is said of it.
    fn known(
        &self,
        met: &Met,
        file: &FileSeen,
        facts: &AssetFacts,
        unchanged: bool,
    ) -> anyhow::Result<Outcome> {
        // The poorest profile there is, so that it replaces nothing.
        let record = Record {
            asset: facts.clone(),
            profile: Profile::Triage,
            samples: Vec::new(),
            track: None,
            metadata: Metadata::default(),
            gaps: Vec::new(),
        };
        let (report, _) = self.put(met, &record, file, None)?;
        let mut sink = self.sink();
        sink.added.known += 1;
        sink.added.unchanged += usize::from(unchanged);
        drop(sink);
        Ok(self.done(report))
    }

    fn put(
        &self,
        met: &Met,
        record: &Record,
        file: &FileSeen,
        state: Option<FileState>,
    ) -> anyhow::Result<(FileReport, Put)> {
        let id = record.asset.id;
        let (beside, claims) = self.said.told.of(&met.path, id, self.reader.pool)?;
        let drafts = sightings(&self.said.sighting, &beside, file, self.settings);
        let dated = drafts
            .iter()
            .any(|draft| draft.date(DateKind::Posted).or(draft.date(DateKind::Archived)).is_some());
        let sightings: Vec<_> = drafts.into_iter().map(|draft| draft.of(id)).collect();
        let entry = Entry {
            record,
            role: Role::Reference,
            file: Some(file),
            sightings: &sightings,
            claims: &claims,
        };
        let mut sink = self.sink();
        let put = sink.put(&entry)?;
        let added = &mut sink.added;
        match put.asset {
            PutAsset::New => added.new += 1,
            PutAsset::Promoted => added.promoted += 1,
            PutAsset::Upgraded => added.upgraded += 1,
            PutAsset::Known => {}
        }
        added.sightings += put.new_sightings;
        added.claims += put.new_claims;
        added.dated += usize::from(dated);
        drop(sink);
        let path = met.path.as_os_str().as_bytes().to_vec();
        let mut report = FileReport::of_record(path, record);
        report.gaps.extend(beside.gaps);
        if state.is_none() {
            report.asset = self.stored(&record.asset)?;
        }
        report.state = match state {
            Some(FileState::Ok) | None if report.gaps.iter().any(|gap| gap.what == "companion") => {
                FileState::OkWithGaps
            }
            state => state.unwrap_or(FileState::Ok),
        };
        Ok((report, put))
    }

    /// What the report says of an asset that was not read again.
    fn stored(&self, facts: &AssetFacts) -> anyhow::Result<Option<firstseen_report::Asset>> {
        let samples = self.snapshot.samples(&facts.id)?;
        let unusable = samples.iter().filter(|sample| sample.gate.is_some()).count();
        Ok(Some(firstseen_report::Asset {
            facts: facts.clone(),
            frames_used: (samples.len() - unusable) as u32,
            frames_unusable: unusable as u32,
        }))
    }

    fn claim(&self, id: AssetId, turn: Turn) -> Claimed {
        let mut sink = self.sink();
        match sink.run.get(&id) {
            Some(Some(facts)) => Claimed::Known(facts.clone()),
            Some(None) if turn == Turn::First => Claimed::Twin,
            _ => {
                sink.run.insert(id, None);
                Claimed::Mine
            }
        }
    }

    fn done(&self, report: FileReport) -> Outcome {
        let media = report.asset.as_ref().and_then(|asset| asset.facts.duration);
        self.progress.advance(1, media.map_or(0.0, |duration| duration.seconds()));
        Outcome::Done(Box::new(report))
    }

    fn sink(&self) -> std::sync::MutexGuard<'_, Sink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Claimed {
    /// This run has it already.
    Known(AssetFacts),
    /// It is being read.
    Twin,
    /// Nobody else reads it now.
    Mine,
}

/// The sightings of one file: what its records say, and what the options say. Each has a date of its own by our
/// clock, and the path.
fn sightings(
    given: &GivenSighting,
    beside: &Beside,
    file: &FileSeen,
    settings: &Settings,
) -> Vec<SightingDraft> {
    let mut drafts = Vec::new();
    for record in &beside.seen {
        let mut draft = record.clone();
        if !given.says_where {
            draft.case = given.draft.case.clone().or(draft.case);
            // A person who says where the camera stood knows better than a caption.
            draft.place = given.draft.place.clone().or(draft.place);
        }
        drafts.push(draft);
    }
    if given.says_where || beside.seen.is_empty() {
        drafts.push(given.draft.clone());
    }
    for draft in &mut drafts {
        draft.path = Some(file.path.clone());
        draft.dates.push(collected_now(settings));
        if draft.date(DateKind::Posted).is_none() {
            draft.dates.extend(by_id(draft, settings.now));
        }
    }
    drafts
}

/// When the post was made, by the id in its address or in its record.
fn by_id(draft: &SightingDraft, now: Timestamp) -> Option<Dated> {
    let address = draft.url.as_deref().and_then(|url| names::of_address(url, now));
    address.or_else(|| names::of_post(&draft.source, draft.post.as_deref()?, now))
}

fn collected_now(settings: &Settings) -> Dated {
    Dated {
        text: settings.now.to_string(),
        earliest: Some(settings.now),
        latest: Some(settings.now),
        kind: DateKind::Collected,
        basis: Basis::IndexClock,
        doubt: Doubt::None,
    }
}

/// The sightings of a file that is scanned: it is asked about, and may come into an index.
pub(crate) fn scanned_sightings(
    given: &GivenSighting,
    beside: &Beside,
    file: &FileSeen,
    settings: &Settings,
) -> Vec<SightingDraft> {
    sightings(given, beside, file, settings)
}

/// The query's own sightings, for `check`: as [`sightings`], but it came into our hands only to be asked about.
pub(crate) fn own_sightings(
    given: &GivenSighting,
    beside: &Beside,
    file: &FileSeen,
    settings: &Settings,
) -> Vec<SightingDraft> {
    let mut drafts = sightings(given, beside, file, settings);
    for draft in &mut drafts {
        draft.dates.retain(|date| date.basis != Basis::IndexClock);
    }
    drafts
}

/// What is still to be told at the end of an `add`.
pub(crate) fn summary(
    added: &Added,
    reports: &[FileReport],
    told: &Told,
    verbose: bool,
) -> Vec<String> {
    let looked_at = reports.iter().filter(|report| report.state.looked_at()).count();
    let mut lines = vec![format!(
        "{} new, {} upgraded, {} known ({} of them unchanged)",
        added.new + added.promoted,
        added.upgraded,
        added.known,
        added.unchanged
    )];
    lines.push(format!(
        "{}, {}",
        counted(added.sightings as u64, "new sighting"),
        counted(added.claims as u64, "new claim")
    ));
    lines.extend(told.understood(verbose));
    let undated = looked_at.saturating_sub(added.dated);
    if undated > 0 {
        lines.push(format!(
            "{} no posted date; they can be found, and contradict little",
            of_files(undated, looked_at)
        ));
    }
    lines.extend(told.summary(verbose));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_id_of(source: &str, post: Option<&str>, url: Option<&str>) -> Option<String> {
        let draft = SightingDraft {
            source: source.to_owned(),
            post: post.map(str::to_owned),
            url: url.map(str::to_owned),
            ..SightingDraft::default()
        };
        by_id(&draft, "2026-11-23T00:00:00Z".parse().unwrap()).map(|date| date.text)
    }

    #[test]
    fn a_post_without_a_date_has_that_of_its_id() {
        let address = "https://x.com/example/status/1050118621198921728";
        let at = Some("2018-10-10T20:19:24Z".to_owned());
        assert_eq!(by_id_of("local", None, Some(address)), at);
        assert_eq!(by_id_of("twitter", Some("1050118621198921728"), None), at);
        assert_eq!(by_id_of("telegram", Some("1847"), Some("https://t.me/example/1847")), None);
        assert_eq!(by_id_of("local", None, None), None);
    }
}
