//! What an index keeps of a record's fingerprint.

use firstseen_fingerprint::{dhash, local, pdq};
use firstseen_intake::{Cutout, Record, Sample};
use firstseen_model::View;

use crate::catalogue::asset::{Held, spell_facts};
use crate::checksum::Fields;
use crate::segment::{Cut, Moment, Part};
use crate::stored::{self, Stored};
use crate::{Role, SampleId};

/// Version of the PDQ codes that this program writes and searches.
pub(crate) const PDQ_VERSION: u16 = pdq::VERSION;
/// Version of the gradient codes that this program writes.
pub(crate) const GRADIENT_VERSION: u16 = dhash::VERSION;
/// Version of the local features that this program writes and searches.
pub(crate) const LOCAL_VERSION: u16 = local::VERSION;

/// Greatest number of a shot that is kept: a row has three bytes for it.
pub(crate) const MAX_SHOT: u32 = 0xff_ffff;

/// What is kept of a record: kept samples by time, each with its thumbnail and first cutout, and the time track's codes.
/// Its variants serve a query only. Features of samples that never carry a match are not searched, and not kept.
pub(crate) fn part_of(record: &Record, num: i64, came: u64, role: Role) -> Part {
    let kept = record.samples.iter().filter(|sample| sample.kept);
    let mut moments: Vec<_> = kept.map(moment).collect();
    moments.sort_by_key(|moment| moment.at);
    let track = record.track.as_ref().map(|track| track.codes.clone());
    Part { id: record.asset.id, num, came, role, profile: record.profile, moments, track }
}

fn moment(sample: &Sample) -> Moment {
    Moment {
        at: sample.at,
        shot: sample.shot.min(MAX_SHOT),
        texture: sample.texture,
        gate: sample.gate,
        pdq: sample.pdq,
        pdq_quality: sample.pdq_quality,
        gradient: sample.gradient,
        thumbnail: sample.thumbnail.clone(),
        cutout: cut(sample),
    }
}

/// The first cutout's features as they are; `None` where a sample has none.
fn cut(sample: &Sample) -> Option<Cut> {
    let Cutout { part, features, thumbnail } = sample.cutouts.first()?;
    let (_, plain) = features.iter().find(|(view, _)| *view == View::default())?;
    let points = if sample.gate.is_some() { Vec::new() } else { plain.points.clone() };
    let (width, height) = (plain.width, plain.height);
    Some(Cut { part: *part, width, height, thumbnail: thumbnail.clone(), features: points })
}

/// Bytes that a part takes, nearly.
pub(crate) fn bytes_of(part: &Part) -> u64 {
    let moments = part.moments.iter().map(|moment| {
        let cutout = moment.cutout.as_ref();
        let cutout = cutout.map_or(0, |cut| 24 + cut.thumbnail.len() + 44 * cut.features.len());
        64 + moment.thumbnail.len() + cutout
    });
    (72 + moments.sum::<usize>() + part.track.as_ref().map_or(0, |track| 8 * track.len())) as u64
}

/// How much a part holds.
pub(crate) fn held(part: &Part) -> Held {
    let mut held = Held::default();
    for moment in &part.moments {
        let features = moment.cutout.as_ref().map_or(0, |cutout| cutout.features.len());
        match moment.gate {
            None => held.searched += 1,
            Some(_) => held.others += 1,
        }
        held.featured += u64::from(features > 0);
        held.features += features as u64;
    }
    held
}

/// BLAKE3 of a record as an index keeps it: facts, metadata, gaps, and the fingerprint.
pub(crate) fn content_of(record: &Record, part: &Part) -> [u8; 32] {
    let mut fields = spell_facts(Fields::of("record"), &record.asset)
        .int(record.profile.stored())
        .text(&stored::metadata_to_json(&record.metadata))
        .text(&stored::gaps_to_json(&record.gaps));
    for moment in &part.moments {
        fields = fields
            .int(moment.at.0)
            .int(moment.shot.into())
            .int(moment.texture.into())
            .int(moment.gate.map_or(0, Stored::stored))
            .int(moment.pdq_quality.0.into())
            .int(moment.gradient.cast_signed())
            .bytes(&moment.pdq.0.map(u64::to_be_bytes).concat())
            .bytes(blake3::hash(&moment.thumbnail).as_bytes())
            .maybe(moment.cutout.as_ref(), spell_cut);
    }
    let track = part.track.as_ref();
    fields
        .maybe(track, |fields, codes| {
            fields.bytes(&codes.iter().flat_map(|code| code.to_le_bytes()).collect::<Vec<_>>())
        })
        .hash()
}

fn spell_cut(fields: Fields, cut: &Cut) -> Fields {
    let part = cut.part;
    let sides = [part.x, part.y, part.width, part.height];
    let fields = sides.iter().fold(fields, |fields, side| fields.int(side.to_bits().into()));
    let fields = fields
        .int(cut.width.into())
        .int(cut.height.into())
        .bytes(blake3::hash(&cut.thumbnail).as_bytes());
    let features: Vec<u8> = cut.features.iter().flat_map(feature_bytes).collect();
    fields.bytes(blake3::hash(&features).as_bytes())
}

/// A feature in 38 bytes: `x` and `y` in two each, level, angle, and the four words of its descriptor, little-endian.
pub(crate) fn feature_bytes(feature: &firstseen_model::Feature) -> [u8; 38] {
    let mut bytes = [0; 38];
    bytes[..2].copy_from_slice(&feature.x.to_le_bytes());
    bytes[2..4].copy_from_slice(&feature.y.to_le_bytes());
    (bytes[4], bytes[5]) = (feature.level, feature.angle);
    for (word, place) in feature.descriptor.0.iter().zip(bytes[6..].chunks_exact_mut(8)) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// Names a row of a snapshot's segment.
pub(crate) fn sample_id(segment: usize, row: u32) -> SampleId {
    SampleId((segment as u64) << 32 | u64::from(row))
}

/// The segment's place in the snapshot, and the row.
pub(crate) fn row_of(SampleId(id): SampleId) -> (usize, u32) {
    ((id >> 32) as usize, id as u32)
}
