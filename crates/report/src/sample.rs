//! Runs to test the formats with: assessed as the program does.

use std::collections::BTreeMap;

use firstseen_assess::{
    Case, Known, Looked, Verdict, assess, first_known, first_known_of, outcome, verdict,
};
use firstseen_match::{Edit, Grade, LessPicture, Match, Pair, Segment};
use firstseen_media::{Fact, FactKind, Metadata, Trust};
use firstseen_model::{
    AssetFacts, AssetId, Basis, Claim, DateKind, Dated, Dihedral, FileState, Gap, MediaKind,
    MediaTime, Place, PlaceKind, Profile, Sighting, SightingDraft, SightingId, Span,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Asset, ClaimWeighed, Code, Event, Exit, FileReport, FirstKnown, Frames, IndexInfo, MatchReport,
    Moment, Reference, Run, Told, Tool,
};

const QUERY: AssetId = AssetId([0x9c; 32]);
/// Bytes that begin as a JPEG does.
const JPEG: &[u8] = b"\xff\xd8\xff\xe0";
const REFERENCE: AssetId = AssetId([0x41; 32]);

/// One of each kind of run.
pub(crate) fn runs() -> Vec<Run> {
    vec![recycled(), several(), inspected(), empty(), told()]
}

/// A clip that was posted two years before what it is said to show.
pub(crate) fn recycled() -> Run {
    run("check", vec![recycled_clip("clip.mp4")])
}

/// Files with different verdicts.
pub(crate) fn several() -> Run {
    let clean = FileReport {
        verdict: Some(Verdict::NotInIndex),
        asset: Some(asset(AssetId([3; 32]), MediaKind::Picture)),
        ..plain("b.jpg")
    };
    let broken = FileReport {
        verdict: Some(Verdict::NotLookedAt),
        ..FileReport::not_looked_at(
            b"c\x1b[31m.mp4".to_vec(),
            FileState::Damaged,
            Gap::new("file", "no frame\ncould be read"),
        )
    };
    run("check", vec![recycled_clip("a.mp4"), clean, broken])
}

/// What a file says of itself.
pub(crate) fn inspected() -> Run {
    let fact = |name: &str, value: &str, kind, trust| Fact {
        name: name.to_owned(),
        value: value.to_owned(),
        raw: value.to_owned(),
        read_from: "exif:IFD0".to_owned(),
        kind,
        trust,
    };
    let metadata = Metadata {
        previews: Vec::new(),
        facts: vec![
            fact("make", "Nikon\u{202e}", FactKind::Device, Trust::Declared),
            fact("gps_lat", "43.35", FactKind::Place, Trust::Declared),
            fact("datetime_original", "2024:10:18 07:05:30", FactKind::Date, Trust::Hint),
            fact("has_c2pa", "false", FactKind::Other, Trust::Measured),
        ],
        dates: vec![Dated::parse("2024-10-18T07:05:30", DateKind::Captured, Basis::Exif).unwrap()],
        places: vec![],
    };
    let codes = vec![Code {
        algorithm: "pdq".to_owned(),
        at: MediaTime::ZERO,
        hex: "0f".repeat(32),
        quality: Some(100),
    }];
    let file = FileReport {
        asset: Some(asset(QUERY, MediaKind::Picture)),
        metadata: Some(metadata),
        codes: Some(codes),
        ..plain("photo.jpg")
    };
    Run { index: None, ..run("inspect", vec![file]) }
}

/// A run that was interrupted before anything came of it.
pub(crate) fn empty() -> Run {
    Run { complete: false, exit: Exit { code: 130, ..Exit::default() }, ..run("add", vec![]) }
}

/// A record of the index on a time line.
pub(crate) fn told() -> Run {
    let event = Event {
        of: Told::Sighting(SightingId([7; 32])),
        what: "posted",
        date: Some(Dated::parse("2022-03-11", DateKind::Posted, Basis::Person).unwrap()),
        by: "telegram @example\u{202e}".to_owned(),
        words: "::error::x".to_owned(),
        place: Some("Tuva\u{1b}".to_owned()),
        case: Some("##vso[x]".to_owned()),
    };
    run("history", vec![FileReport { history: Some(vec![event]), ..plain("tuva.mp4") }])
}

/// A file of which nothing is known but its path.
pub(crate) fn plain(path: &str) -> FileReport {
    let gap = Gap::at("frame", MediaTime(12_400_000), "dark");
    FileReport::not_looked_at(path.as_bytes().to_vec(), FileState::Ok, gap)
}

pub(crate) fn run(command: &str, files: Vec<FileReport>) -> Run {
    Run {
        tool: Tool {
            version: "0.1.0".to_owned(),
            ffmpeg: Some("5.1.9".to_owned()),
            algorithms: BTreeMap::from([("pdq".to_owned(), 1)]),
        },
        command: command.to_owned(),
        as_of: at("2026-11-23T08:00:00Z"),
        profile: Profile::Standard,
        settings: BTreeMap::new(),
        index: Some(IndexInfo {
            location: ".firstseen".to_owned(),
            snapshot: "1-2-3".to_owned(),
            assets: 41_210,
            codes: 3_120_044,
            earliest: Some(at("2013-01-04T00:00:00Z")),
            latest: Some(at("2026-11-02T00:00:00Z")),
            ..IndexInfo::default()
        }),
        files,
        baseline: None,
        suppressions: vec![],
        notes: vec![],
        commands: ["check", "compare", "keyframes", "inspect"].map(str::to_owned).to_vec(),
        unseen_edits: "crops, borders, captions over much of the picture".to_owned(),
        complete: true,
        exit: Exit {
            code: 10,
            fail_on: Some("conflict:strong,recycled".to_owned()),
            because: vec!["predates-claim".to_owned()],
            also: vec![],
        },
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn asset(id: AssetId, kind: MediaKind) -> Asset {
    let facts = AssetFacts {
        id,
        kind,
        size_bytes: 5_120_000,
        mime: "video/mp4".to_owned(),
        width: 720,
        height: 1280,
        duration: (kind == MediaKind::Video).then_some(MediaTime(31_020_000)),
        has_sound: None,
    };
    Asset { facts, frames_used: 61, frames_unusable: 3 }
}

fn recycled_clip(path: &str) -> FileReport {
    let given = Sighting {
        asset: QUERY,
        seen: SightingDraft {
            source: "local".to_owned(),
            record: "command line".to_owned(),
            path: Some(path.as_bytes().to_vec()),
            dates: vec![Dated::parse("2024-10-20", DateKind::Posted, Basis::Person).unwrap()],
            ..SightingDraft::default()
        },
    };
    let claim = Claim {
        asset: QUERY,
        by: Some("kd".to_owned()),
        text: "North Korean \"troops\"\u{202e}".to_owned(),
        event: Some(Dated::parse("2024-10", DateKind::Event, Basis::Person).unwrap()),
        place: Some(Place::parse("51.7,36.2~100km", PlaceKind::Event, Basis::Person).unwrap()),
    };
    let seen = [Sighting { asset: REFERENCE, seen: seen_in_tuva() }];
    let found = found();
    let metadata = Metadata::default();
    let matches = [Known {
        found: &found,
        sightings: &seen,
        metadata: &metadata,
        notes: &[],
        decision: None,
    }];
    let (own, given, claims) = ([given.clone()], [given.id()], [claim.clone()]);
    let case = Case {
        asset: QUERY,
        duration: None,
        own: &own,
        given: &given,
        claims: &claims,
        matches: &matches,
        metadata: &metadata,
        notes: &[],
        shared: &[],
        replaced: None,
        as_of: at("2026-11-23T08:00:00Z"),
        older_than: SignedDuration::from_hours(30 * 24),
    };
    let findings = assess(&case);
    let (outcome, why) = outcome(&claim, &findings, &case);
    let looked = Looked { state: FileState::Ok, frames_used: 61, usable: MediaTime(31_020_000) };
    FileReport {
        asset: Some(asset(QUERY, MediaKind::Video)),
        verdict: Some(verdict(&case, looked)),
        first_known: first_known(&case).map(FirstKnown::from),
        own: own.to_vec(),
        matches: vec![MatchReport {
            found: found.clone(),
            reference: Reference::from(&seen[..]),
            first_known: first_known_of(&case, &matches[0]).map(FirstKnown::from),
            sightings: seen.to_vec(),
            decision: None,
            false_match_rate: Some(0.0008),
            frames: Some(Frames {
                stem: "pictures/9c9c9c9c-M-0123abcd".to_owned(),
                segments: vec![BTreeMap::from([(
                    "query",
                    "pictures/9c9c9c9c-M-0123abcd-1-query.jpg".to_owned(),
                )])],
            }),
            moments: vec![Moment {
                query: MediaTime(3_200_000),
                reference: MediaTime(15_700_000),
                pictures: BTreeMap::from([("query", JPEG.to_vec()), ("replay", JPEG.to_vec())]),
                remarks: vec!["no picture of the reference: it is not there".to_owned()],
                ..Moment::default()
            }],
        }],
        claims: vec![ClaimWeighed { claim, outcome, why }],
        findings,
        ..plain(path)
    }
}

fn seen_in_tuva() -> SightingDraft {
    SightingDraft {
        source: "telegram".to_owned(),
        post: Some("123".to_owned()),
        channel: Some("@example".to_owned()),
        dates: vec![
            Dated::parse(
                "2022-03-11T18:00:00Z",
                DateKind::Posted,
                Basis::Sidecar("telegram".to_owned()),
            )
            .unwrap(),
            Dated::parse("2026-11-02T09:00:00Z", DateKind::Collected, Basis::IndexClock).unwrap(),
        ],
        place: Some(Place::parse("51.72,94.44", PlaceKind::Camera, Basis::Person).unwrap()),
        title: "training ground, Tuva".to_owned(),
        record: "result.json".to_owned(),
        path: Some(b"archive/tuva.mp4".to_vec()),
        ..SightingDraft::default()
    }
}

fn found() -> Match {
    let span = |start, end| Span {
        start: MediaTime::from_seconds(start),
        end: MediaTime::from_seconds(end),
    };
    Match {
        query: QUERY,
        reference: REFERENCE,
        grade: Grade::SameFootage,
        score: 0.97,
        segments: vec![Segment {
            query: span(2.0, 29.5),
            reference: span(14.5, 42.0),
            speed: 1.0,
            reversed: false,
            frames: 55,
            frames_looked_at: 56,
            features: None,
            edit: Edit {
                dihedral: Dihedral { mirrored: true, quarter_turns: 0 },
                crop: Some([0.12, 0.08, 0.71, 0.71]),
                overlays: vec![[0.0, 0.82, 1.0, 0.18]],
                less_picture: Some(LessPicture::Query),
                ..Edit::default()
            },
            pairs: vec![Pair {
                query: MediaTime(3_200_000),
                reference: MediaTime(15_700_000),
                distance: Some(9),
                agreement: Some(0.9),
                blocks: 100,
                tone: Some(0.99),
            }],
        }],
    }
}
