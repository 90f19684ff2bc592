//! One run: the one value that feeds all formats.

use std::collections::BTreeMap;

use firstseen_assess::{Finding, Outcome, Verdict, covered, heard};
use firstseen_intake::{Gate, Record, Sample};
use firstseen_match::Match;
use firstseen_media::Metadata;
use firstseen_model::{
    AssetFacts, Claim, Dated, Decision, FileState, FindingId, Gap, MediaTime, Profile, RecordingId,
    Sighting, SightingId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Calibrated, Compared, Event, Failure, Standing, SuppressionUse};

/// One run of the program.
#[derive(Clone, Debug)]
pub struct Run {
    /// What ran.
    pub tool: Tool,
    /// The subcommand, such as `check` or `index stats`.
    pub command: String,
    /// The clock that the run went by.
    pub as_of: Timestamp,
    /// How thoroughly it looked.
    pub profile: Profile,
    /// Settings that differ from their defaults or bear on results, by name.
    pub settings: BTreeMap<String, String>,
    /// The index asked; `None` where none was needed.
    pub index: Option<IndexInfo>,
    /// Every input, in the order of path bytes.
    pub files: Vec<FileReport>,
    /// The baseline that it was held against, and what of that is absent; of commands with `--baseline`.
    pub baseline: Option<Compared>,
    /// What persons have set aside, and what became of that; of commands with `--suppress`.
    pub suppressions: Vec<SuppressionUse>,
    /// Lines for the end, such as what `add` understood. May hold text from outside.
    pub notes: Vec<String>,
    /// Subcommands that exist, for "next".
    pub commands: Vec<String>,
    /// Edits that this version and profile cannot see through; printed with "not in this index".
    pub unseen_edits: String,
    /// Whether the run came to its end.
    pub complete: bool,
    /// The exit code and why.
    pub exit: Exit,
}

/// Versions of what ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tool {
    /// This program's.
    pub version: String,
    /// FFmpeg's, where it is there.
    pub ffmpeg: Option<String>,
    /// Versions of algorithms by name.
    pub algorithms: BTreeMap<String, u32>,
}

/// The index that was asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndexInfo {
    /// Where it is, as given or found.
    pub location: String,
    /// The state in which it answered.
    pub snapshot: String,
    /// Assets in it.
    pub assets: u64,
    /// Codes in it.
    pub codes: u64,
    /// Earliest posted or archived date in it.
    pub earliest: Option<Timestamp>,
    /// Latest posted or archived date in it.
    pub latest: Option<Timestamp>,
    /// Assets that only triage has looked at.
    pub only_triage: u64,
    /// Sightings in it, where counted.
    pub sightings: Option<u64>,
    /// Claims in it, where counted.
    pub claims: Option<u64>,
    /// Notes in it that hold, where counted.
    pub notes: Option<u64>,
    /// Pairs in it that a person decided on, where counted.
    pub decisions: Option<u64>,
    /// Recordings in it that persons made, where counted.
    pub recordings: Option<u64>,
    /// Which of its sightings count, where not all do, such as `case "depot"`. What is told is told of them alone.
    pub limited: Option<String>,
    /// Its size on disk, where measured.
    pub size_bytes: Option<u64>,
    /// What was counted with these versions of the algorithms.
    pub calibrated: Option<Calibrated>,
}

/// The exit code and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exit {
    /// The code.
    pub code: u8,
    /// What made it 10, as given; `None` for commands that know no 10.
    pub fail_on: Option<String>,
    /// Why it is not 0.
    pub because: Vec<String>,
    /// Codes that it outranks.
    pub also: Vec<u8>,
}

/// One input and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileReport {
    /// Its path as given.
    #[serde(skip)]
    pub path: Vec<u8>,
    /// What became of it.
    pub state: FileState,
    /// What changed since the last scan.
    #[serde(skip)]
    pub change: Option<Change>,
    /// What is plain to see, where it could be looked at.
    pub asset: Option<Asset>,
    /// Whether it was seen before; `None` where that was not asked.
    pub verdict: Option<Verdict>,
    /// Where it is first known from.
    pub first_known: Option<FirstKnown>,
    /// Where it was itself seen: what came with this run, and what the index holds of the same bytes.
    pub own: Vec<Sighting>,
    /// Assets that match, from the best.
    pub matches: Vec<MatchReport>,
    /// What persons decided of matches that are therefore left out of `matches`.
    pub set_aside: Vec<Decision>,
    /// What is asserted of it, and what came of weighing that.
    pub claims: Vec<ClaimWeighed>,
    /// What the rules state, the gravest first.
    pub findings: Vec<Finding>,
    /// What the outcome makes of its findings; none until that is settled.
    #[serde(skip)]
    pub standings: BTreeMap<FindingId, Standing>,
    /// Why it counts as not looked at, if it does; settled with the outcome.
    #[serde(skip)]
    pub failure: Option<Failure>,
    /// Records of it, in the order in which they are told; of `history`, `find`, `note` and `decide` only.
    #[serde(skip)]
    pub history: Option<Vec<Event>>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// What the file says of itself; of `inspect` only.
    #[serde(skip)]
    pub metadata: Option<Metadata>,
    /// Its codes in interchange form; where asked for.
    #[serde(skip)]
    pub codes: Option<Vec<Code>>,
}

/// What changed about a file since the last scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// It was not there.
    New,
    /// Its bytes are others.
    Changed,
    /// Nothing.
    Unchanged,
    /// It failed last time.
    Retried,
    /// Nothing but the index.
    NewReference,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::New, Self::Changed, Self::Unchanged, Self::Retried, Self::NewReference];

    /// The word of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Retried => "retried",
            Self::NewReference => "new-reference",
        }
    }
}

/// What is plain to see of a file, and how many of its frames could be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// What is plain to see.
    pub facts: AssetFacts,
    /// Frames looked at that carry a match.
    pub frames_used: u32,
    /// Frames looked at that do not.
    pub frames_unusable: u32,
}

impl From<&Record> for Asset {
    fn from(record: &Record) -> Self {
        let gated = record.samples.iter().filter(|sample| sample.gate.is_some()).count();
        Self {
            facts: record.asset.clone(),
            frames_used: (record.samples.len() - gated) as u32,
            frames_unusable: gated as u32,
        }
    }
}

/// Where something is first known from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstKnown {
    /// When.
    pub date: Dated,
    /// The sighting's id.
    pub sighting: SightingId,
    /// Channel or source, and post, for people: `@example/123`.
    pub seen_at: String,
}

impl From<firstseen_assess::FirstKnown<'_>> for FirstKnown {
    fn from(known: firstseen_assess::FirstKnown<'_>) -> Self {
        let seen = &known.sighting.seen;
        let channel = seen.channel.as_deref().unwrap_or(&seen.source);
        Self {
            date: known.date.clone(),
            sighting: known.id,
            seen_at: match &seen.post {
                Some(post) => format!("{channel}/{post}"),
                None => channel.to_owned(),
            },
        }
    }
}

/// An asset that matches, with what is known of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MatchReport {
    /// How it matches.
    pub found: Match,
    /// What it is called.
    pub reference: Reference,
    /// Where it is first known from.
    pub first_known: Option<FirstKnown>,
    /// Where it was seen, by earliest date.
    pub sightings: Vec<Sighting>,
    /// What a person decided of the pair; the newest word, which holds.
    pub decision: Option<Decision>,
    /// Greatest share of queries with a wrong match that agrees with what was counted for this index, at 95 %; of what the
    /// judge holds to be the same footage only.
    pub false_match_rate: Option<f64>,
    /// Pictures that show it, where any were written.
    #[serde(skip)]
    pub frames: Option<Frames>,
    /// Moments that show it, for a form that holds pictures itself.
    #[serde(skip)]
    pub moments: Vec<Moment>,
}

/// One moment of a match as pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Which of its segments, from 0.
    pub segment: usize,
    /// When in the query.
    pub query: MediaTime,
    /// When in the reference.
    pub reference: MediaTime,
    /// JPEGs by what they show: `query`, `reference`, `replay`, `difference`.
    pub pictures: BTreeMap<&'static str, Vec<u8>>,
    /// Why a picture is not there, or is only a small one. May hold text from outside.
    pub remarks: Vec<String>,
}

/// Pictures of a match that were written to files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frames {
    /// What all their paths begin with.
    pub stem: String,
    /// For each segment, in their order, the paths by what they show: `query`, `reference`, `replay`, `difference`.
    pub segments: Vec<BTreeMap<&'static str, String>>,
}

/// What an asset of the index is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// A path under which it was seen, as the index keeps it.
    pub path: Option<Vec<u8>>,
    /// The same path, from the working folder; for people.
    pub from_here: Option<Vec<u8>>,
    /// A title or label.
    pub title: Option<String>,
    /// How long it is; `None` for pictures, and where it is not known.
    pub duration: Option<MediaTime>,
    /// The recording that it belongs to.
    pub recording: Option<RecordingId>,
    /// How many assets that has; 0 where it belongs to none.
    pub copies: usize,
    /// Whether it is not in the index: the scan itself has met it.
    pub of_scan: bool,
}

impl Reference {
    /// Where a person finds it.
    pub(crate) fn shown_path(&self) -> Option<&[u8]> {
        self.from_here.as_deref().or(self.path.as_deref())
    }
}

impl From<&[Sighting]> for Reference {
    /// The first path and title that its sightings give.
    fn from(sightings: &[Sighting]) -> Self {
        Self {
            path: sightings.iter().find_map(|sighting| sighting.seen.path.clone()),
            from_here: None,
            duration: None,
            title: sightings.iter().map(|s| &s.seen.title).find(|title| !title.is_empty()).cloned(),
            recording: None,
            copies: 0,
            of_scan: false,
        }
    }
}

impl MatchReport {
    /// Whether the match says that the footage was seen: by its grade, or by a person's word.
    #[must_use]
    pub fn seen(&self) -> bool {
        heard(&self.found, self.decision.as_ref()).is_some_and(|found| found.grade.seen())
    }

    /// Share of the query's time that lies in its segments; `None` for pictures.
    #[must_use]
    pub fn query_share(&self, query: &AssetFacts) -> Option<f64> {
        let duration = query.duration.filter(|duration| duration.0 > 0)?;
        let covered = covered(std::iter::once(&self.found));
        Some((covered.0 as f64 / duration.0 as f64).min(1.0))
    }
}

/// A claim, weighed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClaimWeighed {
    /// What is asserted.
    pub claim: Claim,
    /// What came of it.
    pub outcome: Outcome,
    /// Why.
    pub why: String,
}

/// A code in interchange form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its algorithm, such as `pdq`.
    pub algorithm: String,
    /// Time of its frame.
    pub at: MediaTime,
    /// Its bits.
    pub hex: String,
    /// The algorithm's own measure of quality.
    pub quality: Option<u8>,
}

impl From<&Sample> for Code {
    fn from(sample: &Sample) -> Self {
        Self {
            algorithm: "pdq".to_owned(),
            at: sample.at,
            hex: sample.pdq.to_string(),
            quality: Some(sample.pdq_quality.0),
        }
    }
}

impl FileReport {
    /// A file of which nothing but its state is known, with the reason as a gap.
    #[must_use]
    pub fn not_looked_at(path: Vec<u8>, state: FileState, why: Gap) -> Self {
        Self { gaps: vec![why], ..Self::empty(path, state) }
    }

    /// A file of which a record was made; not matched against anything yet.
    #[must_use]
    pub fn of_record(path: Vec<u8>, record: &Record) -> Self {
        let state = if record.gaps.iter().any(|gap| !carries_nothing(gap)) {
            FileState::OkWithGaps
        } else {
            FileState::Ok
        };
        Self { asset: Some(record.into()), gaps: record.gaps.clone(), ..Self::empty(path, state) }
    }

    /// A file of which nothing but its state is known.
    #[must_use]
    pub fn empty(path: Vec<u8>, state: FileState) -> Self {
        Self {
            path,
            state,
            change: None,
            asset: None,
            verdict: None,
            first_known: None,
            own: Vec::new(),
            matches: Vec::new(),
            set_aside: Vec::new(),
            claims: Vec::new(),
            findings: Vec::new(),
            standings: BTreeMap::new(),
            failure: None,
            history: None,
            gaps: Vec::new(),
            metadata: None,
            codes: None,
        }
    }
}

/// Whether a gap only says that a frame was looked at and carries no match, as a dark one; nothing went wrong there.
pub(crate) fn carries_nothing(gap: &Gap) -> bool {
    let gates = [Gate::Dark, Gate::Flat, Gate::TextOnly];
    gap.what == "frame"
        && (gates.iter().any(|gate| gate.word() == gap.why)
            || gap.why.ends_with("more frames are unusable"))
}

/// Counts over all files of a run, by the words of reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files.
    pub files: usize,
    /// How many are in each state.
    pub states: BTreeMap<&'static str, usize>,
    /// How many have each verdict.
    pub verdicts: BTreeMap<&'static str, usize>,
    /// Findings by kind and strength.
    pub findings: BTreeMap<&'static str, BTreeMap<&'static str, usize>>,
}

impl Run {
    /// Counts over all files.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { files: self.files.len(), ..Summary::default() };
        for file in &self.files {
            *summary.states.entry(file.state.word()).or_default() += 1;
            if let Some(verdict) = file.verdict {
                *summary.verdicts.entry(crate::words::verdict(verdict)).or_default() += 1;
            }
            for finding in &file.findings {
                let of_kind = summary.findings.entry(finding.kind.word()).or_default();
                *of_kind.entry(finding.strength.word()).or_default() += 1;
            }
        }
        summary
    }
}
