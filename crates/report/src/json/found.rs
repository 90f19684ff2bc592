//! Matches of the JSON report, with their segments.

use std::collections::BTreeMap;

use firstseen_match::{LessPicture, Pair, Segment};
use firstseen_model::{AssetFacts, MediaKind, Span};
use serde::Serialize;

use super::path;
use super::wire::{FirstKnownWire, SightingWire};
use crate::ids::Ids;
use crate::{MatchReport, words};

/// Paths of pictures by what they show.
type Files = BTreeMap<&'static str, String>;

#[derive(Serialize)]
pub(super) struct MatchWire<'a> {
    id: String,
    grade: &'static str,
    score: f32,
    false_match_rate: Option<f64>,
    decision: Option<&'static str>,
    query_share: Option<f64>,
    sound: Option<&'static str>,
    reference: ReferenceWire<'a>,
    first_known: Option<FirstKnownWire<'a>>,
    segments: Vec<SegmentWire<'a>>,
    sightings: Vec<SightingWire<'a>>,
}

impl<'a> MatchWire<'a> {
    pub(super) fn of(known: &'a MatchReport, query: Option<&AssetFacts>, ids: &Ids) -> Self {
        let (found, reference) = (&known.found, &known.reference);
        let kind = query.map_or(MediaKind::Picture, |query| query.kind);
        Self {
            id: ids.found(&found.id()),
            grade: found.grade.word(),
            score: found.score,
            false_match_rate: known.false_match_rate,
            decision: known.decision.as_ref().map(|decision| decision.ruling.word()),
            query_share: query.and_then(|query| known.query_share(query)),
            sound: None,
            reference: ReferenceWire {
                sha256: found.reference.to_string(),
                path: reference.path.as_deref().map(path::readable),
                path_base64: reference.path.as_deref().and_then(path::unreadable),
                title: reference.title.as_deref(),
                recording: reference.recording.map(|recording| ids.recording(&recording)),
                of_scan: reference.of_scan,
            },
            first_known: known.first_known.as_ref().map(|known| FirstKnownWire::of(known, ids)),
            segments: found
                .segments
                .iter()
                .enumerate()
                .map(|(i, segment)| {
                    let files = known.frames.as_ref().and_then(|frames| frames.segments.get(i));
                    SegmentWire::of(segment, kind, files)
                })
                .collect(),
            sightings: known
                .sightings
                .iter()
                .map(|sighting| SightingWire::of(sighting, ids))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct ReferenceWire<'a> {
    sha256: String,
    path: Option<String>,
    path_base64: Option<String>,
    title: Option<&'a str>,
    recording: Option<String>,
    of_scan: bool,
}

#[derive(Serialize)]
struct SpanWire {
    start_s: f64,
    end_s: f64,
}

impl From<Span> for SpanWire {
    fn from(span: Span) -> Self {
        Self { start_s: span.start.seconds(), end_s: span.end.seconds() }
    }
}

#[derive(Serialize)]
struct SegmentWire<'a> {
    query: SpanWire,
    reference: SpanWire,
    speed: f32,
    reversed: bool,
    frames: u32,
    frames_looked_at: u32,
    features: Option<u32>,
    edit: EditWire,
    pairs: Vec<PairWire<'a>>,
}

impl<'a> SegmentWire<'a> {
    fn of(segment: &Segment, kind: MediaKind, files: Option<&'a Files>) -> Self {
        let edit = &segment.edit;
        Self {
            query: segment.query.into(),
            reference: segment.reference.into(),
            speed: segment.speed,
            reversed: segment.reversed,
            frames: segment.frames,
            frames_looked_at: segment.frames_looked_at,
            features: segment.features,
            edit: EditWire {
                mirrored: edit.dihedral.mirrored,
                rotation_deg: words::turn_deg(edit),
                stretched: (edit.stretched != 0.0).then_some(edit.stretched),
                negative: edit.negative,
                crop: edit.crop,
                placed: edit.placed,
                overlays: edit.overlays.clone(),
                less_picture: edit.less_picture.map(|side| match side {
                    LessPicture::Query => "query",
                    LessPicture::Reference => "reference",
                }),
                light: edit
                    .light
                    .map(|light| LightWire { levels: light.levels, contrast: light.contrast }),
                uncertainty: edit.uncertainty,
                words: words::edit(segment, kind),
            },
            // The best pair is the one that pictures are made of.
            pairs: segment
                .pairs
                .iter()
                .enumerate()
                .map(|(i, pair)| PairWire::of(pair, files.filter(|_| i == 0)))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct EditWire {
    mirrored: bool,
    rotation_deg: f32,
    stretched: Option<f32>,
    negative: bool,
    crop: Option<[f32; 4]>,
    placed: Option<[f32; 4]>,
    overlays: Vec<[f32; 4]>,
    less_picture: Option<&'static str>,
    light: Option<LightWire>,
    uncertainty: Option<f32>,
    words: String,
}

#[derive(Serialize)]
struct LightWire {
    levels: f32,
    contrast: f32,
}

#[derive(Serialize)]
struct PairWire<'a> {
    query_s: f64,
    reference_s: f64,
    distance_bits: Option<u16>,
    agreement: Option<f32>,
    blocks: u32,
    tone: Option<f32>,
    files: BTreeMap<&'static str, &'a str>,
}

impl<'a> PairWire<'a> {
    fn of(pair: &Pair, files: Option<&'a Files>) -> Self {
        Self {
            query_s: pair.query.seconds(),
            reference_s: pair.reference.seconds(),
            distance_bits: pair.distance,
            agreement: pair.agreement,
            blocks: pair.blocks,
            tone: pair.tone,
            files: files.into_iter().flatten().map(|(what, path)| (*what, path.as_str())).collect(),
        }
    }
}
