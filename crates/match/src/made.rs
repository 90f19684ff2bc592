//! Made footage for the tests: scenes of smooth noise, films, and the records, references and hits of them.

use firstseen_fingerprint::{Pdq, Quality, drift, pdq, shrink};
use firstseen_intake::{Record, Sample, TRACK_STEP, TimeTrack};
use firstseen_media::{Metadata, encode_grey_jpeg};
use firstseen_model::{
    Algorithm, AssetFacts, AssetId, CodeVersion, Dihedral, Hit, Luma, MediaKind, MediaTime,
    Profile, View,
};

use crate::lay::{Lay, laid};
use crate::{Reference, ReferenceSample};

/// Size of all made pictures.
pub(crate) const SIZE: (usize, usize) = (128, 72);

/// The first is the query's.
pub(crate) fn asset(number: u32) -> AssetId {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&number.to_be_bytes());
    AssetId(id)
}

pub(crate) fn seconds(seconds: f64) -> MediaTime {
    MediaTime::from_seconds(seconds)
}

pub(crate) fn view(dihedral: usize) -> View {
    View { dihedral: Dihedral::ALL[dihedral], negative: false }
}

/// Numbers that look random, the same for each seed.
pub(crate) fn noise(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

/// A smooth picture, another one for each seed.
pub(crate) fn scene(seed: u64) -> Luma {
    let mut next = noise(seed);
    let coarse = Luma::from_fn(17, 10, |_, _| (next() >> 56) as u8);
    shrink::to_size(coarse.view(), SIZE.0, SIZE.1)
}

/// `picture` with up to `levels` more or less in each pixel, as a poor encoder leaves it.
pub(crate) fn encoded_again(picture: &Luma, levels: u64, seed: u64) -> Luma {
    let mut next = noise(seed);
    Luma::from_fn(picture.width(), picture.height(), |x, y| {
        let off = (next() % (2 * levels + 1)) as i64 - levels as i64;
        (i64::from(picture.at(x, y)) + off).clamp(0, 255) as u8
    })
}

/// `picture` with `patch`'s own pixels in a box of `width` x `height` at `(left, top)`.
pub(crate) fn pasted(picture: &Luma, patch: &Luma, [left, top, width, height]: [usize; 4]) -> Luma {
    Luma::from_fn(picture.width(), picture.height(), |x, y| {
        let inside = (left..left + width).contains(&x) && (top..top + height).contains(&y);
        if inside { patch.at(x - left, y - top) } else { picture.at(x, y) }
    })
}

/// Pictures each [`TRACK_STEP`], each with the number of its shot.
#[derive(Clone)]
pub(crate) struct Film(pub(crate) Vec<(u32, Luma)>);

impl Film {
    /// Shots of `steps` each, one for each seed, over all of which a bright thing wanders its own way.
    pub(crate) fn of_shots(seeds: &[u64], steps: usize) -> Self {
        let shot = |(shot, &seed): (usize, &u64)| {
            let all = Self::fixed_camera(seed, seed, steps).0;
            all.into_iter().map(move |(_, frame)| (shot as u32, frame)).collect::<Vec<_>>()
        };
        Self(seeds.iter().enumerate().flat_map(shot).collect())
    }

    /// One fixed camera: `place` is what stands still, `moment` the way that a textured thing wanders before it.
    pub(crate) fn fixed_camera(place: u64, moment: u64, steps: usize) -> Self {
        let (back, thing) = (scene(place), scene(moment ^ 0xffff));
        let mut next = noise(moment);
        let frame = |_| {
            let (left, top) = (next() as usize % (SIZE.0 - 40), next() as usize % (SIZE.1 - 30));
            (0, pasted(&back, &thing, [left, top, 40, 30]))
        };
        Self((0..steps).map(frame).collect())
    }

    /// Nothing moves.
    pub(crate) fn still(seed: u64, steps: usize) -> Self {
        Self(vec![(0, scene(seed)); steps])
    }

    /// A part, as if cut out.
    pub(crate) fn part(&self, steps: std::ops::Range<usize>) -> Self {
        Self(self.0[steps].to_vec())
    }

    /// This and then `other`, after a cut.
    pub(crate) fn then(mut self, other: &Self) -> Self {
        let shots = self.0.last().map_or(0, |last| last.0 + 1);
        self.0.extend(other.0.iter().map(|(shot, frame)| (shot + shots, frame.clone())));
        self
    }

    /// Encoded again, and mirrored or turned.
    pub(crate) fn copied(&self, view: View, seed: u64) -> Self {
        let copy = |(i, (shot, frame)): (usize, &(u32, Luma))| {
            let (width, height) = (frame.width(), frame.height());
            let turned = if view.dihedral.swaps_sides() {
                laid(frame, &Lay::of_view(view), height, width).luma
            } else {
                laid(frame, &Lay::of_view(view), width, height).luma
            };
            (*shot, encoded_again(turned.as_ref(), 4, seed + i as u64))
        };
        Self(self.0.iter().enumerate().map(copy).collect())
    }

    fn track(&self) -> TimeTrack {
        let all = self.0.iter().map(|(_, frame)| drift::track_codes_dihedral(frame));
        let (codes, variants) = all
            .map(|codes| (codes[0], std::array::from_fn(|dihedral| codes[dihedral + 1])))
            .unzip();
        TimeTrack { codes, variants }
    }

    fn at(step: usize) -> MediaTime {
        MediaTime(TRACK_STEP.0 * step as i64)
    }

    /// What intake makes of it as a query.
    pub(crate) fn query(&self) -> Record {
        let samples = self.0.iter().enumerate();
        let samples = samples.map(|(i, (shot, frame))| sample(Self::at(i), *shot, frame));
        record(MediaKind::Video, samples.collect(), Some(self.track()))
    }

    /// What an index keeps of it: a sample each half second.
    pub(crate) fn reference(&self) -> Reference {
        let samples = self.0.iter().enumerate().step_by(2).map(|(i, (shot, frame))| {
            ReferenceSample { shot: *shot, at: Self::at(i), ..reference_sample(frame) }
        });
        Reference {
            kind: MediaKind::Video,
            size: (640, 360),
            duration: Some(Self::at(self.0.len())),
            samples: samples.collect(),
            track: Some(TimeTrack { variants: Vec::new(), ..self.track() }),
        }
    }
}

fn reference_sample(picture: &Luma) -> ReferenceSample {
    let jpeg = encode_grey_jpeg(picture.view(), 60);
    let thumbnail = firstseen_media::decode_grey_jpeg(&jpeg, 160).ok();
    ReferenceSample { at: MediaTime::ZERO, shot: 0, texture: 80, thumbnail, cutout: None }
}

/// What an index keeps of a picture.
pub(crate) fn picture_reference(picture: &Luma) -> Reference {
    Reference {
        kind: MediaKind::Picture,
        size: (picture.width() as u32, picture.height() as u32),
        duration: None,
        samples: vec![reference_sample(picture)],
        track: None,
    }
}

/// What intake makes of a picture as a query.
pub(crate) fn picture_query(picture: &Luma) -> Record {
    record(MediaKind::Picture, vec![sample(MediaTime::ZERO, 0, picture)], None)
}

pub(crate) fn record(kind: MediaKind, samples: Vec<Sample>, track: Option<TimeTrack>) -> Record {
    let duration = samples.last().filter(|_| kind == MediaKind::Video);
    Record {
        asset: AssetFacts {
            id: asset(0),
            kind,
            size_bytes: 1,
            mime: String::new(),
            width: SIZE.0 as u32,
            height: SIZE.1 as u32,
            duration: duration.map(|last| last.at + TRACK_STEP),
            has_sound: None,
        },
        profile: Profile::Standard,
        samples,
        track,
        metadata: Metadata::default(),
        gaps: Vec::new(),
    }
}

/// A sample as intake makes it, its codes under all eight views.
pub(crate) fn sample(at: MediaTime, shot: u32, picture: &Luma) -> Sample {
    let (codes, quality) = pdq::dihedral(picture.view()).unwrap();
    let views = (1..8).map(|i| (view(i), codes[i])).collect();
    let thumbnail = encode_grey_jpeg(picture.view(), 60);
    Sample { pdq: codes[0], pdq_quality: quality, views, thumbnail, ..bare_sample(at, shot) }
}

/// A sample of which nothing but its moment matters.
pub(crate) fn bare_sample(at: MediaTime, shot: u32) -> Sample {
    Sample {
        at,
        shot,
        kept: true,
        texture: 80,
        gate: None,
        pdq: Pdq([0; 4]),
        pdq_quality: Quality(100),
        gradient: 0,
        views: Vec::new(),
        thumbnail: Vec::new(),
        cutouts: Vec::new(),
    }
}

pub(crate) fn hit(at: f64, reference: u32, reference_at: f64, distance: u16) -> Hit {
    Hit {
        at: seconds(at),
        view: View::default(),
        code: CodeVersion { algorithm: Algorithm::Pdq, version: pdq::VERSION },
        reference: asset(reference),
        reference_at: seconds(reference_at),
        distance,
    }
}

/// The hits that an index gives: all codes within the radius, under all views.
pub(crate) fn hits(query: &Record, number: u32, reference: &Reference) -> Vec<Hit> {
    let mut found = Vec::new();
    for there in &reference.samples {
        let Some(picture) = &there.thumbnail else { continue };
        let (code, _) = pdq::pdq(picture.view()).unwrap();
        for here in &query.samples {
            let views = std::iter::once((View::default(), here.pdq));
            for (view, seen) in views.chain(here.views.iter().copied()) {
                let distance = seen.distance(code);
                if distance <= pdq::RADIUS {
                    let plain = hit(0.0, number, 0.0, distance);
                    found.push(Hit { at: here.at, view, reference_at: there.at, ..plain });
                }
            }
        }
    }
    found
}
