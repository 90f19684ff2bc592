//! Looks media up in an index and weighs what is claimed of it.

use std::os::unix::ffi::OsStrExt;
use std::sync::{Mutex, PoisonError};

use firstseen_assess::{
    Case, Known, Looked, Replaced, SharedId, Verdict, assess, first_known, first_known_of, heard,
    outcome, verdict,
};
use firstseen_index::{Index, Limit, Role, Snapshot, ids_of};
use firstseen_intake::{Depth, Plan, Purpose, Record};
use firstseen_match::{Explained, Grade, Match};
use firstseen_media::Metadata;
use firstseen_model::{
    AssetId, Claim, Decision, FileState, MediaKind, MediaTime, Note, Sighting, SightingId,
};
use firstseen_report::{Asset, Calibrated, ClaimWeighed, FileReport, MatchReport, Reference};
use jiff::SignedDuration;

use super::calibrate;
use super::counted::Counted;
use super::decided;
use super::frames::{Frames, Leads, References, Sides};
use super::look::{self, Failed, Reader};
use super::matching::{self, Found};
use super::parallel;
use super::paths::Kept;
use super::query::Query;
use super::told::Told;
use super::walk::Met;
use crate::commands::options::GivenSighting;
use crate::pipeline::add::own_sightings;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::turn;

/// What is asked of the files.
pub(crate) struct Question {
    /// Where they were seen.
    pub(crate) sighting: GivenSighting,
    /// How long after the first known sighting a post makes footage recycled.
    pub(crate) older_than: SignedDuration,
    /// Whether what the judge turned down is listed.
    pub(crate) candidates: Candidates,
    /// Whether the files are kept as queries.
    pub(crate) remember: Remember,
    /// Where pictures of matches go, if they are wanted.
    pub(crate) frames: Option<Frames>,
    /// Which sightings of the index count.
    pub(crate) limit: Limit,
    /// Whether matches are listed that a person holds to be different or of no account.
    pub(crate) overruled: Candidates,
}

/// Which candidates are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Candidates {
    /// Those that the judge accepts.
    Accepted,
    /// All, turned-down ones as leads.
    All,
}

/// What happens to queries afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remember {
    /// Nothing.
    No,
    /// They are kept, and matched against references that come later.
    Yes,
}

/// Checks all files against an index; reports come in the order of the files.
///
/// # Errors
///
/// Where the index is damaged or no worker can be started.
pub(crate) fn check(
    met: &[Met],
    question: &Question,
    told: &Told,
    index: &Index,
    snapshot: &Snapshot,
    settings: &Settings,
) -> anyhow::Result<Vec<FileReport>> {
    let pool = settings.pool()?;
    let writer = match question.remember {
        Remember::Yes => Some(Mutex::new(turn::writer(index, settings)?)),
        Remember::No => None,
    };
    let checking = Checking {
        reader: Reader { pool: &pool, settings },
        question,
        told,
        snapshot,
        kept: Kept::for_index(index.folder()),
        settings,
    };
    let progress = Progress::new(settings.common.progress, settings.common.quiet, met.len() as u64);
    let reports = parallel::map(met, settings.jobs, |met| {
        let checked = checking.one(met)?;
        let (report, remembered) = match checked {
            Ok(checked) => checked,
            Err(failed) => {
                let verdict = Some(Verdict::NotLookedAt);
                (FileReport { verdict, ..failed.report(met) }, None)
            }
        };
        if let (Some(writer), Some(remembered)) = (&writer, remembered) {
            remembered.put(&mut writer.lock().unwrap_or_else(PoisonError::into_inner))?;
        }
        let media = report.asset.as_ref().and_then(|asset| asset.facts.duration);
        progress.advance(1, media.map_or(0.0, |duration| duration.seconds()));
        anyhow::Ok(report)
    })?;
    progress.finish();
    // What failed first is told, not that the writer has ended since.
    let reports = reports.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    if let Some(writer) = writer {
        writer.into_inner().unwrap_or_else(PoisonError::into_inner).commit()?;
    }
    Ok(reports)
}

struct Checking<'a> {
    reader: Reader<'a>,
    question: &'a Question,
    told: &'a Told,
    snapshot: &'a Snapshot,
    kept: Kept,
    settings: &'a Settings,
}

impl Checking<'_> {
    fn one(&self, met: &Met) -> anyhow::Result<Result<(FileReport, Option<Query>), Failed>> {
        let plan = Plan { depth: Depth::Frames(self.settings.profile), purpose: Purpose::Query };
        let look::Looked { record, state, source } = match self.reader.look(met, plan)? {
            Ok(looked) => looked,
            Err(failed) => return Ok(Err(failed)),
        };
        let id = record.asset.id;
        let file = self.kept.file(&met.path, &source);
        let (beside, claims) = self.told.of(&met.path, id, self.reader.pool)?;
        let drafts = own_sightings(&self.question.sighting, &beside, &file, self.settings);
        let given: Vec<Sighting> = drafts.into_iter().map(|draft| draft.of(id)).collect();
        let limit = &self.question.limit;
        let mut found = matching::find(&record, self.snapshot, limit)?;
        let counted = Counted { snapshot: self.snapshot, limit };
        decided::add_same(&mut found, &record, &counted)?;
        let path = met.path.as_os_str().as_bytes().to_vec();
        let mut report = FileReport::of_record(path, &record);
        report.state = state;
        report.gaps.extend(beside.gaps);
        weigh(
            &mut report,
            &Weighed {
                record: &record,
                found,
                given: &given,
                claims: &claims,
                replaced: None,
                counted,
                kept: &self.kept,
            },
            self.question,
            self.settings,
        )?;
        if let Some(frames) = &self.question.frames {
            let sides = Sides {
                pool: self.reader.pool,
                query: &source,
                record: &record,
                references: References::Kept(&self.kept),
                snapshot: self.snapshot,
                interrupt: &self.settings.interrupt,
            };
            let leads = match self.question.candidates {
                Candidates::All => Leads::Shown,
                Candidates::Accepted => Leads::LeftOut,
            };
            frames.write(&mut report, &sides, leads)?;
        }
        let remembered = (self.question.remember == Remember::Yes && state.looked_at())
            .then_some(Query { record, file, sightings: given, claims });
        Ok(Ok((report, remembered)))
    }
}

/// What is weighed.
pub(crate) struct Weighed<'a> {
    /// What came of reading the file.
    pub(crate) record: &'a Record,
    /// What it matches.
    pub(crate) found: Found,
    /// Its own sightings that came with this run.
    pub(crate) given: &'a [Sighting],
    /// What is asserted of it.
    pub(crate) claims: &'a [Claim],
    /// What an earlier scan has met at its path, where that was something else.
    pub(crate) replaced: Option<&'a Replaced>,
    /// What is asked.
    pub(crate) counted: Counted<'a>,
    /// How paths of the index are told.
    pub(crate) kept: &'a Kept,
}

/// Fills a report with what follows from matches, sightings and claims.
///
/// # Errors
///
/// Where the index is damaged.
pub(crate) fn weigh(
    report: &mut FileReport,
    weighed: &Weighed<'_>,
    question: &Question,
    settings: &Settings,
) -> anyhow::Result<()> {
    let record = weighed.record;
    let id = record.asset.id;
    let counted = weighed.counted;
    let mut accepted: Vec<Accepted<'_>> = Vec::new();
    for explained in &weighed.found.explained {
        let one = Accepted::of(explained, id, &counted)?;
        if one.listed(question) {
            accepted.push(one);
        } else if one.heard.is_none() && explained.found.grade != Grade::Lead {
            report.set_aside.extend(one.decision);
        }
    }
    let known: Vec<Known<'_>> = accepted.iter().map(Accepted::known).collect();
    // That a few features agree is chance until the judge says otherwise: it is listed, and says nothing.
    let chance = |found: &Match| {
        found.grade == Grade::Lead && found.segments.iter().all(|s| s.features.is_some())
    };
    let matches: Vec<Known<'_>> = accepted
        .iter()
        .zip(&known)
        .filter(|(one, known)| one.heard.is_some() && !chance(known.found))
        .map(|(_, known)| *known)
        .collect();
    let given: Vec<SightingId> = weighed.given.iter().map(Sighting::id).collect();
    let mut own = weighed.given.to_vec();
    own.extend(counted.sightings(&id)?.into_iter().filter(|s| !given.contains(&s.id())));
    let notes = counted.notes_on(&id)?;
    let shared = shared(record, &counted)?;
    let case = Case {
        asset: id,
        duration: record.asset.duration,
        own: &own,
        given: &given,
        claims: weighed.claims,
        matches: &matches,
        metadata: &record.metadata,
        notes: &notes,
        shared: &shared,
        replaced: weighed.replaced,
        as_of: settings.now,
        older_than: question.older_than,
    };
    let asset = Asset::from(record);
    let looked = Looked {
        state: if report.state.looked_at() { report.state } else { FileState::OkWithGaps },
        frames_used: asset.frames_used,
        usable: usable(record, &asset),
    };
    report.verdict = Some(match verdict(&case, looked) {
        // A file that failed half-way may hold what was not seen of it.
        Verdict::NotInIndex | Verdict::Inconclusive if !report.state.looked_at() => {
            Verdict::NotLookedAt
        }
        verdict => verdict,
    });
    // What of the index was not searched bears on an answer that says "not there".
    if report.verdict != Some(Verdict::Seen) {
        report.gaps.extend(weighed.found.gaps.iter().cloned());
    }
    report.first_known = first_known(&case).map(Into::into);
    report.findings = assess(&case);
    let raised = accepted.iter().filter(|one| !one.explained.found.grade.seen());
    let raised: Vec<_> = raised.map(|one| one.explained.found.id()).collect();
    decided::doubt_parts(&mut report.findings, &raised);
    report.claims = weighed
        .claims
        .iter()
        .map(|claim| {
            let (outcome, why) = outcome(claim, &report.findings, &case);
            ClaimWeighed { claim: claim.clone(), outcome, why }
        })
        .collect();
    let calibrated = if accepted.is_empty() { None } else { calibrate::stored(counted.snapshot)? };
    for (one, known) in accepted.iter().zip(&known) {
        let explained = one.explained;
        let reference = &explained.found.reference;
        let (stored, path) = (counted.snapshot.asset(reference)?, counted.path(reference)?);
        let recording = counted.recording_of(reference)?;
        report.matches.push(MatchReport {
            found: explained.found.clone(),
            reference: Reference {
                from_here: path.as_ref().and_then(|path| weighed.kept.seen_from_here(path)),
                path,
                duration: stored.as_ref().and_then(|asset| asset.facts.duration),
                title: counted.title(reference)?,
                recording: recording.map(|recording| recording.id),
                of_scan: false,
                copies: recording.map_or(0, |recording| recording.members.len()),
            },
            first_known: first_known_of(&case, known).map(Into::into),
            sightings: known.sightings.to_vec(),
            decision: one.decision.clone(),
            false_match_rate: calibrated
                .as_ref()
                .filter(|_| explained.found.grade == Grade::SameFootage)
                .map(Calibrated::rate),
            frames: None,
            moments: Vec::new(),
        });
    }
    report.own = own;
    report.asset = Some(asset);
    Ok(())
}

/// A match with all that is known of the other side, and what a person decided.
struct Accepted<'a> {
    explained: &'a Explained,
    decision: Option<Decision>,
    /// What it says once the decision is heard; `None` where it says nothing.
    heard: Option<Match>,
    sightings: Vec<Sighting>,
    metadata: Metadata,
    notes: Vec<Note>,
}

impl<'a> Accepted<'a> {
    fn of(explained: &'a Explained, query: AssetId, counted: &Counted<'_>) -> anyhow::Result<Self> {
        let reference = &explained.found.reference;
        let decision = counted.decision(query, *reference)?;
        Ok(Self {
            heard: heard(&explained.found, decision.as_ref()),
            explained,
            decision,
            sightings: counted.sightings(reference)?,
            metadata: counted.snapshot.metadata(reference)?.unwrap_or_default(),
            notes: counted.notes_on(reference)?,
        })
    }

    fn listed(&self, question: &Question) -> bool {
        match &self.heard {
            Some(found) => found.grade != Grade::Lead || question.candidates == Candidates::All,
            None => {
                question.overruled == Candidates::All
                    && (self.explained.found.grade != Grade::Lead
                        || question.candidates == Candidates::All)
            }
        }
    }

    fn known(&self) -> Known<'_> {
        Known {
            found: self.heard.as_ref().unwrap_or(&self.explained.found),
            sightings: &self.sightings,
            metadata: &self.metadata,
            notes: &self.notes,
            decision: self.decision.as_ref(),
        }
    }
}

/// Ids in a query's metadata that assets of the index hold as well.
fn shared(record: &Record, counted: &Counted<'_>) -> anyhow::Result<Vec<SharedId>> {
    let (id, ids) = (record.asset.id, ids_of(&record.metadata));
    let mut shared = Vec::new();
    for found in counted.snapshot.sharing(&id, &ids, SharedId::MOST + 1)? {
        let mut assets = Vec::new();
        for asset in found.assets {
            if counted.snapshot.role(&asset)? == Some(Role::Reference)
                && counted.snapshot.counts(&asset, counted.limit)?
            {
                assets.push(asset);
            }
        }
        if !assets.is_empty() {
            shared.push(SharedId { name: found.name, id: found.id, assets });
        }
    }
    Ok(shared)
}

/// The time that a query's usable frames stand for.
fn usable(record: &Record, asset: &Asset) -> MediaTime {
    let all = asset.frames_used + asset.frames_unusable;
    match record.asset.duration {
        Some(duration) if record.asset.kind == MediaKind::Video && all > 0 => {
            MediaTime((duration.0 as f64 * f64::from(asset.frames_used) / f64::from(all)) as i64)
        }
        _ => MediaTime::ZERO,
    }
}
