//! What is believed of a worker: each part of a record is checked as it comes.

use firstseen_fingerprint::local;
use firstseen_media::sidecar::claims::Claims;
use firstseen_media::sidecar::{Companion, MOST_RECORDS};
use firstseen_media::{Metadata, Shape};
use firstseen_model::feature::SUBPIXELS;
use firstseen_model::{AssetFacts, AssetId, Features, FileState, Gap, Profile, View};

use super::host::{End, Look};
use super::wire::Reply;
use crate::plan::{Depth, Plan};
use crate::record::{Cutout, Gate, Record, Sample, TimeTrack};

/// Most samples believed of one file: 30 hours of queries at the densest grid.
const MAX_SAMPLES: usize = 500_000;
/// Most codes of a time track believed: 600 hours.
const MAX_TRACK: usize = 10_000_000;
/// Most fields believed of one file.
const MAX_FACTS: usize = 65_536;
/// Most smaller pictures believed of one file.
const MAX_PREVIEWS: usize = 64;
/// Most gaps listed of one file; more are counted.
const MAX_GAPS: usize = 1_000;
/// Longest thumbnail: ten times what a busy one takes.
const MAX_THUMBNAIL: usize = 64 << 10;
/// Most parts of a frame.
const MAX_CUTOUTS: usize = 8;
/// Most views of a part.
const MAX_VIEWS: usize = 4;
/// Most features of a view.
const MAX_POINTS: usize = 2 * local::COUNT;

/// Adds the next part of a companion.
pub(super) fn companion(
    found: &mut Option<Companion>,
    part: Companion,
) -> Result<(), &'static str> {
    let Some(found) = found else {
        *found = Some(part);
        return Ok(());
    };
    if found.format != part.format {
        return Err("a companion of two tools");
    }
    if found.records.len() + part.records.len() > MOST_RECORDS
        || found.unknown_fields.len() + part.unknown_fields.len() > MAX_FACTS
        || found.notes.len() + part.notes.len() > MAX_GAPS
    {
        return Err("a companion with too many records");
    }
    found.records.extend(part.records);
    found.unknown_fields.extend(part.unknown_fields);
    found.notes.extend(part.notes);
    Ok(())
}

/// Adds the next part of a table of claims.
pub(super) fn claims(found: &mut Option<Claims>, part: Claims) -> Result<(), &'static str> {
    let found = found.get_or_insert_default();
    if found.rows.len() + part.rows.len() > MOST_RECORDS
        || found.unknown_fields.len() + part.unknown_fields.len() > MAX_FACTS
    {
        return Err("a table with too many rows");
    }
    found.rows.extend(part.rows);
    found.unknown_fields.extend(part.unknown_fields);
    Ok(())
}

/// A record in the making; each part is checked as it comes.
#[derive(Default)]
pub(super) struct Gathered {
    shape: Option<Shape>,
    metadata: Metadata,
    samples: Vec<Sample>,
    track: Option<TimeTrack>,
    gaps: Vec<Gap>,
    gaps_left_out: usize,
}

impl Gathered {
    pub(super) fn take(&mut self, reply: Reply) -> Result<(), &'static str> {
        match reply {
            Reply::Shape(shape) => self.shape = Some(shape),
            Reply::Facts { facts, dates, places } => {
                self.metadata.facts.extend(facts);
                self.metadata.dates.extend(dates);
                self.metadata.places.extend(places);
                let most = self.metadata.facts.len().max(self.metadata.dates.len());
                if most.max(self.metadata.places.len()) > MAX_FACTS {
                    return Err("too many fields");
                }
            }
            Reply::Previews(previews) if previews.len() <= MAX_PREVIEWS => {
                self.metadata.previews = previews;
            }
            Reply::Previews(_) => return Err("too many previews"),
            Reply::Sample(sample) => {
                if self.samples.last().is_some_and(|last| last.at > sample.at) || sample.at.0 < 0 {
                    return Err("samples out of order");
                }
                let large = sample.thumbnail.len() > MAX_THUMBNAIL || sample.views.len() > 16;
                if large || !sane(&sample.cutouts) {
                    return Err("a sample is too large");
                }
                if self.samples.len() == MAX_SAMPLES {
                    return Err("too many samples");
                }
                self.samples.push(*sample);
            }
            Reply::Cutouts { at, cutouts } => {
                if !sane(&cutouts) {
                    return Err("a sample is too large");
                }
                let Ok(i) = self.samples.binary_search_by_key(&at, |sample| sample.at) else {
                    return Err("parts of a frame that was not sampled");
                };
                self.samples[i].cutouts = cutouts;
            }
            Reply::Track { codes, variants } => {
                let track = self.track.get_or_insert_default();
                if !variants.is_empty() && variants.len() != codes.len()
                    || track.codes.len() + codes.len() > MAX_TRACK
                {
                    return Err("a time track of the wrong length");
                }
                track.codes.extend(codes);
                track.variants.extend(variants);
            }
            Reply::Gap(gap) if self.gaps.len() < MAX_GAPS => self.gaps.push(gap),
            Reply::Gap(_) => self.gaps_left_out += 1,
            _ => return Err("an answer to another question"),
        }
        Ok(())
    }

    /// What a file is that was decoded to its end and gave no sample.
    fn without_samples(&self) -> FileState {
        let lacks = |what: &str| self.gaps.iter().any(|gap| gap.what == what);
        match () {
            () if lacks("pixels") => FileState::Unsupported,
            // Frames came out and cannot be used: too small for a code.
            () if lacks("frame") => FileState::Ok,
            () => FileState::Damaged,
        }
    }

    pub(super) fn look(mut self, id: AssetId, size_bytes: u64, plan: Plan, end: End) -> Look {
        let Some(shape) = self.shape.take() else {
            return Look { state: end.state, record: None, why: end.why };
        };
        if self.gaps_left_out > 0 {
            let more = self.gaps_left_out;
            self.gaps.push(Gap::new("gap", format!("{more} more gaps are not listed")));
        }
        let wants_frames = matches!(plan.depth, Depth::Frames(_));
        if let Some(why) = &end.why {
            if !self.samples.is_empty() {
                self.gaps.push(Gap::new("rest", why.clone()));
            } else if !wants_frames {
                self.gaps.push(Gap::new("file", why.clone()));
            }
        }
        let state = match end.state {
            // What came out before a file broke off is used.
            FileState::Damaged if !self.samples.is_empty() => FileState::OkWithGaps,
            FileState::Ok if wants_frames && self.samples.is_empty() => self.without_samples(),
            FileState::Ok if self.gaps.iter().any(counts) => FileState::OkWithGaps,
            state => state,
        };
        let nothing = wants_frames && self.samples.is_empty();
        let why = end.why.or_else(|| {
            nothing.then(|| {
                self.gaps.first().map_or("no frame came out", |gap| gap.why.as_str()).to_owned()
            })
        });
        let asset = AssetFacts {
            id,
            kind: shape.kind,
            size_bytes,
            mime: shape.mime,
            width: shape.width,
            height: shape.height,
            duration: shape.duration.or(end.at),
            has_sound: shape.has_sound,
        };
        let record = Record {
            asset,
            profile: match plan.depth {
                Depth::Frames(profile) => profile,
                Depth::Metadata => Profile::Triage,
            },
            samples: self.samples,
            track: self.track,
            metadata: self.metadata,
            gaps: self.gaps,
        };
        Look { state, record: Some(record), why }
    }
}

/// Whether a gap makes a file less than fully looked at; frames without detail and what a profile leaves out do not.
fn counts(gap: &Gap) -> bool {
    let gated = [Gate::Dark, Gate::Flat, Gate::TextOnly].iter().any(|gate| gate.word() == gap.why);
    !(gap.what == "frame" && (gated || gap.why.ends_with("are unusable")))
        && gap.what != "time-track"
}

/// Whether the parts of a frame are no more, and no larger, than a worker makes them.
fn sane(cutouts: &[Cutout]) -> bool {
    let points = |(_, features): &(View, Features)| {
        let (width, height) = (features.width, features.height);
        let within = |at: u16, side: u16| u32::from(at) <= u32::from(side) * u32::from(SUBPIXELS);
        features.points.len() <= MAX_POINTS
            && width.max(height) as usize <= local::LONG_SIDE
            && features.points.iter().all(|p| within(p.x, width) && within(p.y, height))
    };
    let share = |value: f32| (0.0..=1.0).contains(&value);
    cutouts.len() <= MAX_CUTOUTS
        && cutouts.iter().all(|cutout| {
            let part = cutout.part;
            [part.x, part.y, part.width, part.height].into_iter().all(share)
                && part.width > 0.0
                && part.height > 0.0
                && cutout.thumbnail.len() <= MAX_THUMBNAIL
                && cutout.features.len() <= MAX_VIEWS
                && cutout.features.iter().all(points)
        })
}
