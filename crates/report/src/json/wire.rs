//! Records of the JSON report. Names and meanings stay; fields may be added.

use std::collections::BTreeMap;

use firstseen_assess::{Evidence, Finding, Witness};
use firstseen_model::{DateKind, Dated, Gap, Place, Sighting, Spot};
use jiff::Timestamp;
use serde::Serialize;

use super::event::EventWire;
use super::found::MatchWire;
use super::metadata::{Fact, Flat};
use super::origin::AnswerWire;
use super::path;
use super::standing::{BaselineWire, FailureWire, SuppressionUseWire, SuppressionWire};
use crate::ids::Ids;
use crate::{ClaimWeighed, Code, FileReport, FirstKnown, Run, words};

/// A line of jsonl: a value with its type.
#[derive(Serialize)]
pub(super) struct Line<T> {
    r#type: &'static str,
    #[serde(flatten)]
    value: T,
}

impl<T> Line<T> {
    pub(super) fn new(r#type: &'static str, value: T) -> Self {
        Self { r#type, value }
    }
}

#[derive(Serialize)]
pub(super) struct Document<'a> {
    #[serde(flatten)]
    pub(super) head: Head<'a>,
    pub(super) files: Vec<File<'a>>,
    pub(super) summary: Totals<'a>,
}

#[derive(Serialize)]
pub(super) struct Head<'a> {
    schema: &'static str,
    tool: ToolWire<'a>,
    run: RunWire<'a>,
    index: Option<IndexWire<'a>>,
}

#[derive(Serialize)]
struct ToolWire<'a> {
    version: &'a str,
    ffmpeg: Option<&'a str>,
    algorithms: &'a BTreeMap<String, u32>,
}

#[derive(Serialize)]
struct RunWire<'a> {
    command: &'a str,
    as_of: String,
    profile: &'static str,
    settings: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct IndexWire<'a> {
    location: &'a str,
    snapshot: &'a str,
    assets: u64,
    codes: u64,
    earliest: Option<String>,
    latest: Option<String>,
    only_triage: u64,
    sightings: Option<u64>,
    claims: Option<u64>,
    notes: Option<u64>,
    decisions: Option<u64>,
    recordings: Option<u64>,
    limited: Option<&'a str>,
    bytes: Option<u64>,
}

impl<'a> Head<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        Self {
            schema: "firstseen.report/1",
            tool: ToolWire {
                version: &run.tool.version,
                ffmpeg: run.tool.ffmpeg.as_deref(),
                algorithms: &run.tool.algorithms,
            },
            run: RunWire {
                command: &run.command,
                as_of: words::moment(run.as_of),
                profile: run.profile.word(),
                settings: &run.settings,
            },
            index: run.index.as_ref().map(|index| IndexWire {
                location: &index.location,
                snapshot: &index.snapshot,
                assets: index.assets,
                codes: index.codes,
                earliest: index.earliest.map(words::day),
                latest: index.latest.map(words::day),
                only_triage: index.only_triage,
                sightings: index.sightings,
                claims: index.claims,
                notes: index.notes,
                decisions: index.decisions,
                recordings: index.recordings,
                limited: index.limited.as_deref(),
                bytes: index.size_bytes,
            }),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Totals<'a> {
    files: usize,
    states: BTreeMap<&'static str, usize>,
    verdicts: BTreeMap<&'static str, usize>,
    findings: BTreeMap<&'static str, BTreeMap<&'static str, usize>>,
    baseline: Option<BaselineWire<'a>>,
    suppressions: Vec<SuppressionUseWire<'a>>,
    notes: &'a [String],
    complete: bool,
    exit: ExitWire<'a>,
}

#[derive(Serialize)]
struct ExitWire<'a> {
    code: u8,
    fail_on: Option<&'a str>,
    because: &'a [String],
    also: &'a [u8],
}

impl<'a> Totals<'a> {
    pub(super) fn of(run: &'a Run, ids: &Ids) -> Self {
        let summary = run.summary();
        let exit = &run.exit;
        Self {
            files: summary.files,
            states: summary.states,
            verdicts: summary.verdicts,
            findings: summary.findings,
            baseline: BaselineWire::of(run, ids),
            suppressions: run.suppressions.iter().map(SuppressionUseWire::of).collect(),
            notes: &run.notes,
            complete: run.complete,
            exit: ExitWire {
                code: exit.code,
                fail_on: exit.fail_on.as_deref(),
                because: &exit.because,
                also: &exit.also,
            },
        }
    }
}

#[derive(Serialize)]
pub(super) struct File<'a> {
    path: String,
    path_base64: Option<String>,
    state: &'static str,
    failure: Option<FailureWire>,
    change: Option<&'static str>,
    asset: Option<AssetWire>,
    verdict: Option<&'static str>,
    first_known: Option<FirstKnownWire<'a>>,
    matches: Vec<MatchWire<'a>>,
    claims: Vec<ClaimWire<'a>>,
    findings: Vec<FindingWire<'a>>,
    history: Option<Vec<EventWire<'a>>>,
    gaps: Vec<GapWire<'a>>,
    answers: Option<Vec<AnswerWire>>,
    metadata: Option<Flat<'a>>,
    facts: Option<Vec<Fact<'a>>>,
    dates: Option<Vec<DateWire<'a>>>,
    codes: Option<Vec<CodeWire<'a>>>,
}

impl<'a> File<'a> {
    pub(super) fn of(file: &'a FileReport, ids: &Ids) -> Self {
        let metadata = file.metadata.as_ref();
        let facts = file.asset.as_ref().map(|asset| &asset.facts);
        Self {
            path: path::readable(&file.path),
            path_base64: path::unreadable(&file.path),
            state: file.state.word(),
            failure: file.failure.map(FailureWire::of),
            change: file.change.map(|change| change.word()),
            asset: file.asset.as_ref().map(|asset| AssetWire {
                sha256: asset.facts.id.to_string(),
                kind: asset.facts.kind.word(),
                bytes: asset.facts.size_bytes,
                width: asset.facts.width,
                height: asset.facts.height,
                duration_s: asset.facts.duration.map(|duration| duration.seconds()),
                frames_used: asset.frames_used,
                frames_unusable: asset.frames_unusable,
            }),
            verdict: file.verdict.map(words::verdict),
            first_known: file.first_known.as_ref().map(|known| FirstKnownWire::of(known, ids)),
            matches: file.matches.iter().map(|known| MatchWire::of(known, facts, ids)).collect(),
            claims: file.claims.iter().map(|weighed| ClaimWire::of(weighed, file, ids)).collect(),
            findings: (file.findings.iter())
                .map(|finding| FindingWire::of(finding, file, ids))
                .collect(),
            history: (file.history.as_ref())
                .map(|events| events.iter().map(|event| EventWire::of(event, ids)).collect()),
            gaps: file.gaps.iter().map(GapWire::of).collect(),
            answers: metadata.map(AnswerWire::all),
            metadata: metadata.map(|metadata| Flat::of(metadata, facts)),
            facts: metadata.map(|metadata| metadata.facts.iter().map(Fact::of).collect()),
            dates: metadata.map(|metadata| metadata.dates.iter().map(DateWire::of).collect()),
            codes: file.codes.as_ref().map(|codes| codes.iter().map(CodeWire::of).collect()),
        }
    }
}

#[derive(Serialize)]
struct AssetWire {
    sha256: String,
    kind: &'static str,
    bytes: u64,
    width: u32,
    height: u32,
    duration_s: Option<f64>,
    frames_used: u32,
    frames_unusable: u32,
}

#[derive(Serialize)]
pub(super) struct DateWire<'a> {
    text: &'a str,
    earliest: Option<String>,
    latest: Option<String>,
    kind: &'static str,
    basis: String,
}

impl<'a> DateWire<'a> {
    pub(super) fn of(date: &'a Dated) -> Self {
        Self {
            text: &date.text,
            earliest: date.earliest.map(words::moment),
            latest: date.latest.map(words::moment),
            kind: date.kind.word(),
            basis: date.basis.to_string(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct FirstKnownWire<'a> {
    #[serde(flatten)]
    date: DateWire<'a>,
    sighting: String,
}

impl<'a> FirstKnownWire<'a> {
    pub(super) fn of(known: &'a FirstKnown, ids: &Ids) -> Self {
        Self { date: DateWire::of(&known.date), sighting: ids.sighting(&known.sighting) }
    }
}

#[derive(Serialize)]
pub(super) struct SightingWire<'a> {
    id: String,
    source: &'a str,
    channel: Option<&'a str>,
    post: Option<&'a str>,
    url: Option<&'a str>,
    posted: Option<DateWire<'a>>,
    edited: Option<DateWire<'a>>,
    collected: Option<DateWire<'a>>,
    archived: Option<DateWire<'a>>,
    archive_url: Option<&'a str>,
    title: Option<&'a str>,
    caption: Option<&'a str>,
    case: Option<&'a str>,
    place: Option<PlaceWire<'a>>,
    record: &'a str,
}

impl<'a> SightingWire<'a> {
    pub(super) fn of(sighting: &'a Sighting, ids: &Ids) -> Self {
        let seen = &sighting.seen;
        let date = |kind| seen.date(kind).map(DateWire::of);
        Self {
            id: ids.sighting(&sighting.id()),
            source: &seen.source,
            channel: seen.channel.as_deref(),
            post: seen.post.as_deref(),
            url: seen.url.as_deref(),
            posted: date(DateKind::Posted),
            edited: date(DateKind::Edited),
            collected: date(DateKind::Collected),
            archived: date(DateKind::Archived),
            archive_url: seen.archive_url.as_deref(),
            title: given(&seen.title),
            caption: given(&seen.caption),
            case: seen.case.as_deref(),
            place: seen.place.as_ref().map(PlaceWire::of),
            record: &seen.record,
        }
    }
}

#[derive(Serialize)]
struct PlaceWire<'a> {
    text: &'a str,
    latitude: Option<f64>,
    longitude: Option<f64>,
    radius_m: Option<f64>,
    basis: String,
    candidates: Vec<CandidateWire<'a>>,
}

impl<'a> PlaceWire<'a> {
    fn of(place: &'a Place) -> Self {
        Self {
            text: &place.text,
            latitude: place.point.map(|point| point.latitude),
            longitude: place.point.map(|point| point.longitude),
            radius_m: place.point.map(|point| point.radius_m),
            basis: place.basis.to_string(),
            candidates: place.spots.iter().map(CandidateWire::of).collect(),
        }
    }
}

/// A populated place that a name may mean.
#[derive(Serialize)]
struct CandidateWire<'a> {
    geonames: u32,
    name: &'a str,
    country: &'a str,
    region: Option<&'a str>,
    lat: f64,
    lon: f64,
}

impl<'a> CandidateWire<'a> {
    fn of(spot: &'a Spot) -> Self {
        let area = &spot.area;
        Self {
            geonames: spot.geonames,
            name: &spot.name,
            country: &area.country,
            region: area.region.is_some().then_some(area.name.as_str()),
            lat: spot.point.latitude,
            lon: spot.point.longitude,
        }
    }
}

#[derive(Serialize)]
struct ClaimWire<'a> {
    id: String,
    text: Option<&'a str>,
    by: Option<&'a str>,
    event: Option<DateWire<'a>>,
    place: Option<PlaceWire<'a>>,
    outcome: &'static str,
    why: &'a str,
    findings: Vec<String>,
}

impl<'a> ClaimWire<'a> {
    fn of(weighed: &'a ClaimWeighed, file: &FileReport, ids: &Ids) -> Self {
        let claim = &weighed.claim;
        let id = claim.id();
        let findings = file.findings.iter().filter(|finding| finding.claim == Some(id));
        Self {
            id: ids.claim(&id),
            text: given(&claim.text),
            by: claim.by.as_deref(),
            event: claim.event.as_ref().map(DateWire::of),
            place: claim.place.as_ref().map(PlaceWire::of),
            outcome: weighed.outcome.word(),
            why: &weighed.why,
            findings: findings.map(|finding| ids.finding(&finding.id())).collect(),
        }
    }
}

#[derive(Serialize)]
struct FindingWire<'a> {
    id: String,
    rule: &'static str,
    kind: &'static str,
    strength: &'static str,
    claim: Option<String>,
    r#match: Option<String>,
    message: &'a str,
    innocent: &'a [String],
    baseline: Option<&'static str>,
    suppressed: Option<SuppressionWire<'a>>,
    evidence: Vec<EvidenceWire<'a>>,
}

impl<'a> FindingWire<'a> {
    fn of(finding: &'a Finding, file: &'a FileReport, ids: &Ids) -> Self {
        let standing = file.standings.get(&finding.id());
        let suppressed = standing.and_then(|standing| standing.suppressed.as_ref());
        Self {
            id: ids.finding(&finding.id()),
            rule: finding.rule.0,
            kind: finding.kind.word(),
            strength: finding.strength.word(),
            claim: finding.claim.map(|claim| ids.claim(&claim)),
            r#match: finding.with_match.map(|found| ids.found(&found)),
            message: &finding.message,
            innocent: &finding.innocent,
            baseline: standing.and_then(|standing| Some(standing.baseline?.word())),
            suppressed: suppressed.map(SuppressionWire::of),
            evidence: finding
                .evidence
                .iter()
                .map(|evidence| EvidenceWire::of(evidence, ids))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct EvidenceWire<'a> {
    r#type: &'static str,
    r#ref: String,
    field: &'a str,
    raw: &'a str,
    earliest: Option<String>,
    latest: Option<String>,
    record: &'a str,
    basis: &'a str,
}

impl<'a> EvidenceWire<'a> {
    fn of(evidence: &'a Evidence, ids: &Ids) -> Self {
        let moment = |at: Option<Timestamp>| at.map(words::moment);
        Self {
            r#type: evidence.witness.word(),
            r#ref: match evidence.witness {
                Witness::Asset(id) => id.to_string(),
                witness => ids.witness(witness),
            },
            field: &evidence.field,
            raw: &evidence.raw,
            earliest: moment(evidence.earliest),
            latest: moment(evidence.latest),
            record: &evidence.record,
            basis: &evidence.basis,
        }
    }
}

#[derive(Serialize)]
struct GapWire<'a> {
    what: &'a str,
    at_s: Option<f64>,
    why: &'a str,
}

impl<'a> GapWire<'a> {
    fn of(gap: &'a Gap) -> Self {
        Self { what: &gap.what, at_s: gap.at.map(|at| at.seconds()), why: &gap.why }
    }
}

#[derive(Serialize)]
struct CodeWire<'a> {
    algorithm: &'a str,
    time_s: f64,
    hex: &'a str,
    quality: Option<u8>,
}

impl<'a> CodeWire<'a> {
    fn of(code: &'a Code) -> Self {
        Self {
            algorithm: &code.algorithm,
            time_s: code.at.seconds(),
            hex: &code.hex,
            quality: code.quality,
        }
    }
}

/// An empty text is an unknown one.
pub(super) fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
