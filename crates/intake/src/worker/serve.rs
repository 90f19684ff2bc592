//! A worker's life: requests come with an open file, answers go back, nothing else is opened.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::os::unix::net::UnixStream;

use firstseen_fingerprint::{FingerprintError, dhash, drift, pdq, shrink, texture, turn};
use firstseen_media::{self as media, Decode, Frame, Frames, Limits, Media, MediaError};
use firstseen_model::{Dihedral, Gap, Luma, LumaView, MediaKind, MediaTime, Profile, View};

use super::companion;
use super::track::Track;
use super::wire::{self, Moment, Reply, Request, STILL_CHUNK};
use crate::cutouts::{Effort, PLANE_SIDE, THUMBNAIL_QUALITY, THUMBNAIL_SIDE, Waiting, cutouts};
use crate::plan::{Depth, Plan, Purpose};
use crate::record::{Gate, Sample};
use crate::sample::{Budget, Sampler};

/// JPEG quality of a still for people.
const STILL_QUALITY: u8 = 90;
/// Frames between two words on how far it got.
const PROGRESS_FRAMES: u64 = 8;

/// Answers requests until the other side is gone.
///
/// # Errors
///
/// What the socket says; the process has nothing left to do then.
pub fn serve(socket: &UnixStream, protections: &[&str]) -> io::Result<()> {
    while let Some((request, handle)) = wire::receive_with_handle::<Request>(socket)? {
        let mut lost = None;
        let mut out = BufWriter::new(socket);
        answer(File::from(handle), &request, protections, &mut |reply| {
            // Each write wakes the other side. These can wait for the next that cannot: what the file says of itself must
            // be there should its decoder crash, and progress shows that it has not.
            let waits = matches!(reply, Reply::Shape(_) | Reply::Sample(_) | Reply::Gap(_));
            let sent = wire::send(&mut out, &reply);
            match sent.and_then(|()| if waits { Ok(()) } else { out.flush() }) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    lost = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        if let Some(error) = lost {
            return Err(error);
        }
    }
    Ok(())
}

/// Where answers go; `Break` where nobody listens any more.
pub type Answer<'a> = dyn FnMut(Reply) -> ControlFlow<()> + 'a;

/// Answers one request about one file.
pub fn answer(file: File, request: &Request, protections: &[&str], reply: &mut Answer<'_>) {
    let told = |error: MediaError| (error.state(), error.to_string());
    let done = match request {
        Request::Read { plan, limits } => read(file, *plan, limits, reply).map_err(told),
        Request::Moments { limits } => moments(file, limits, reply).map_err(told),
        Request::Stills { times, max_side, limits } => {
            stills(file, times, *max_side, limits, reply).map_err(told)
        }
        Request::Companion { format } => companion::companion(&file, *format, reply).map(|()| None),
        Request::Claims => companion::claims(&file, reply).map(|()| None),
        Request::Protections => {
            let protections = protections.iter().map(|&name| name.to_owned()).collect();
            let _ = reply(Reply::Protections(protections));
            Ok(None)
        }
    };
    // Where nobody listens there is nobody to tell.
    let _ = match done {
        Ok(end) => reply(Reply::Done { end }),
        Err((state, why)) => reply(Reply::Failed { state, why }),
    };
}

fn read(
    file: File,
    plan: Plan,
    limits: &Limits,
    reply: &mut Answer<'_>,
) -> Result<Option<MediaTime>, MediaError> {
    let mut media = media::open(file, limits)?;
    let _ = reply(Reply::Shape(media.shape().clone()));
    let (metadata, gaps) = media.metadata();
    facts(metadata, reply);
    for gap in gaps {
        let _ = reply(Reply::Gap(gap));
    }
    if let Some(why) = media.broken() {
        return Err(why);
    }
    let Depth::Frames(profile) = plan.depth else { return Ok(None) };
    match media.shape().kind {
        MediaKind::Picture => picture(&mut media, plan.purpose, reply).map(|()| None),
        MediaKind::Video => {
            let end = video(&mut media, plan.purpose, profile, reply)?;
            // Now its length is known, not only declared.
            let _ = reply(Reply::Shape(media.shape().clone()));
            Ok(end)
        }
    }
}

/// Sends what the file says of itself in parts that fit a message.
fn facts(metadata: media::Metadata, reply: &mut Answer<'_>) {
    let mut part = Vec::new();
    let mut size = 0;
    for fact in metadata.facts {
        let length = fact.name.len() + fact.value.len() + fact.raw.len() + fact.read_from.len();
        if size + length > wire::MAX_FRAME / 2 {
            let facts = std::mem::take(&mut part);
            let _ = reply(Reply::Facts { facts, dates: Vec::new(), places: Vec::new() });
            size = 0;
        }
        size += length + 16;
        part.push(fact);
    }
    let _ = reply(Reply::Facts { facts: part, dates: metadata.dates, places: metadata.places });
    if !metadata.previews.is_empty() {
        let _ = reply(Reply::Previews(metadata.previews));
    }
}

fn picture(media: &mut Media, purpose: Purpose, reply: &mut Answer<'_>) -> Result<(), MediaError> {
    let mut sample = None;
    let held = media.previews();
    let mut compared = (Vec::new(), Vec::new());
    let gaps = media.for_each_frame(&Decode::default(), &mut |frame| {
        let looked = looked_at(frame, 0, purpose, |view, sample| {
            if sample.gate.is_none() {
                sample.cutouts = cutouts(view, purpose, Effort::Parts);
            }
            if !held.is_empty() {
                compared = held.compared(view);
            }
        });
        sample = Some(looked.map(|(sample, ())| sample).map_err(|error| error.to_string()));
        ControlFlow::Break(())
    })?;
    let (previews, not_compared) = compared;
    if !previews.is_empty() {
        let _ = reply(Reply::Previews(previews));
    }
    for gap in gaps.into_iter().chain(not_compared) {
        let _ = reply(Reply::Gap(gap));
    }
    let _ = match sample {
        Some(Ok(sample)) => {
            if let Some(gate) = sample.gate {
                let _ = reply(Reply::Gap(Gap::at("frame", MediaTime::ZERO, gate.word())));
            }
            reply(Reply::Sample(Box::new(Sample { kept: true, ..sample })))
        }
        Some(Err(why)) => reply(Reply::Gap(Gap::at("frame", MediaTime::ZERO, why))),
        None => ControlFlow::Continue(()),
    };
    Ok(())
}

/// Samples and time track of a video.
fn video(
    media: &mut Media,
    purpose: Purpose,
    profile: Profile,
    reply: &mut Answer<'_>,
) -> Result<Option<MediaTime>, MediaError> {
    let mut watch = Watcher::new(purpose, profile);
    let frames = if profile == Profile::Triage { Frames::Keyframes } else { Frames::All };
    let decode = Decode { frames, ..Decode::default() };
    let gaps = media.for_each_frame(&decode, &mut |frame| watch.see(frame, reply))?;
    watch.finish(media.shape().duration, reply);
    for gap in gaps {
        let _ = reply(Reply::Gap(gap));
    }
    if profile == Profile::Triage {
        let _ = reply(Reply::Gap(Gap::new("time-track", "triage looks at codec keyframes only")));
    }
    Ok(watch.newest)
}

/// Turns frames into samples and a time track while they come by.
struct Watcher {
    purpose: Purpose,
    sampler: Sampler<Option<Luma>>,
    waiting: Waiting,
    features: usize,
    track: Option<Track>,
    frames: u64,
    newest: Option<MediaTime>,
    unusable: u64,
}

impl Watcher {
    fn new(purpose: Purpose, profile: Profile) -> Self {
        Self {
            purpose,
            sampler: Sampler::new(purpose, Budget::of(profile)),
            waiting: Waiting::new(),
            features: if profile == Profile::Thorough { 60 } else { 12 },
            track: (profile != Profile::Triage).then(|| Track::new(purpose)),
            frames: 0,
            newest: None,
            unusable: 0,
        }
    }

    fn see(&mut self, frame: &Frame<'_>, reply: &mut Answer<'_>) -> ControlFlow<()> {
        let at = frame.at();
        let tiny = tiny(frame);
        if let Some(track) = &mut self.track {
            track.see(at, &tiny, reply)?;
        }
        let seen = self.sampler.see(at, &tiny);
        if seen.sample {
            let plane = |view: LumaView<'_>, sample: &mut Sample| {
                sample.gate.is_none().then(|| shrink::to_fit(view, PLANE_SIDE))
            };
            match looked_at(frame, seen.shot, self.purpose, plane) {
                Ok((sample, plane)) => {
                    if let Some(gate) = sample.gate {
                        self.unusable += 1;
                        if self.unusable <= 100 {
                            reply(Reply::Gap(Gap::at("frame", at, gate.word())))?;
                        }
                    }
                    for settled in self.sampler.take(sample, tiny, plane) {
                        self.settled(settled, reply)?;
                    }
                }
                Err(error) => {
                    // All frames of a stream have one size: once said is enough.
                    if self.frames == 0 {
                        reply(Reply::Gap(Gap::at("frame", at, error.to_string())))?;
                    }
                }
            }
        }
        self.newest = Some(at);
        self.frames += 1;
        if self.frames % PROGRESS_FRAMES == 1 {
            reply(Reply::Progress { at, frames: self.frames })?;
        }
        ControlFlow::Continue(())
    }

    /// Sends a sample of which it is known whether an index keeps it: only then are its features wanted.
    fn settled(
        &mut self,
        (mut sample, plane): (Sample, Option<Luma>),
        reply: &mut Answer<'_>,
    ) -> ControlFlow<()> {
        if let Some(plane) = plane.filter(|_| sample.kept) {
            match self.purpose {
                Purpose::Reference => {
                    sample.cutouts = cutouts(plane.view(), self.purpose, Effort::Frame);
                }
                Purpose::Query => self.waiting.push(sample.at, sample.shot, plane),
            }
        }
        reply(Reply::Sample(Box::new(sample)))
    }

    fn finish(&mut self, duration: Option<MediaTime>, reply: &mut Answer<'_>) {
        for settled in self.sampler.finish() {
            let _ = self.settled(settled, reply);
        }
        let chosen = self.waiting.finish(self.features);
        for (at, cutouts) in chosen.frames {
            let _ = reply(Reply::Cutouts { at, cutouts });
        }
        if chosen.left_out > 0 {
            let why =
                format!("{} frames were looked up by the code of the whole only", chosen.left_out);
            let _ = reply(Reply::Gap(Gap::new("features", why)));
        }
        if let (Some(track), Some(newest)) = (&mut self.track, self.newest) {
            // A duration is the container's word: the last frame holds for a second at most beyond what was seen.
            let end = duration.unwrap_or(newest).clamp(newest, newest + MediaTime(1_000_000));
            track.finish(end, reply);
        }
        if self.unusable > 100 {
            let more = self.unusable - 100;
            let _ =
                reply(Reply::Gap(Gap::new("frame", format!("{more} more frames are unusable"))));
        }
    }
}

/// The drift measure's tiny luma of a frame: full range, upright.
fn tiny(frame: &Frame<'_>) -> Luma {
    let turned = frame.turn();
    let (columns, rows) =
        if turned.swaps_sides() { (drift::GRID.1, drift::GRID.0) } else { drift::GRID };
    let mut tiny = drift::tiny(frame.raw(), columns, rows);
    if turned != Dihedral::UPRIGHT {
        tiny = turn::turned(tiny.view(), turned);
    }
    let levels = frame.levels();
    let (width, height) = (tiny.width(), tiny.height());
    let mut bytes = tiny.into_bytes();
    for byte in &mut bytes {
        *byte = levels[usize::from(*byte)];
    }
    Luma::new(width, height, bytes).unwrap_or_else(|| Luma::from_fn(width, height, |_, _| 0))
}

/// The codes of one frame, and what `more` makes of its luma.
fn looked_at<P>(
    frame: &Frame<'_>,
    shot: u32,
    purpose: Purpose,
    more: impl FnOnce(LumaView<'_>, &mut Sample) -> P,
) -> Result<(Sample, P), FingerprintError> {
    let upright: Luma;
    let luma = match frame.plain_luma() {
        Some(luma) => luma,
        None => {
            upright = frame.luma();
            upright.view()
        }
    };
    let reduced: Luma;
    let view = if luma.width().max(luma.height()) > pdq::MAX_SIDE {
        reduced = shrink::by_whole_factor(luma, pdq::MAX_SIDE);
        reduced.view()
    } else {
        luma
    };
    let mut sample = fingerprint(view, frame.at(), shot, purpose)?;
    let more = more(view, &mut sample);
    Ok((sample, more))
}

/// The codes of a picture of at most [`pdq::MAX_SIDE`].
fn fingerprint(
    view: LumaView<'_>,
    at: MediaTime,
    shot: u32,
    purpose: Purpose,
) -> Result<Sample, FingerprintError> {
    let (pdq, pdq_quality, views) = match purpose {
        Purpose::Reference => {
            let (code, quality) = pdq::pdq(view)?;
            (code, quality, Vec::new())
        }
        Purpose::Query => {
            let (codes, quality) = pdq::dihedral(view)?;
            let views = Dihedral::ALL
                .into_iter()
                .zip(codes)
                .skip(1)
                .map(|(dihedral, code)| (View { dihedral, negative: false }, code))
                .collect();
            (codes[0], quality, views)
        }
    };
    let small = shrink::to_fit(view, THUMBNAIL_SIDE);
    let look = texture::look(view);
    Ok(Sample {
        at,
        shot,
        kept: false,
        texture: look.measure,
        gate: look.gate.map(|reason| match reason {
            texture::GateReason::Dark => Gate::Dark,
            texture::GateReason::Flat => Gate::Flat,
            texture::GateReason::TextOnly => Gate::TextOnly,
        }),
        pdq,
        pdq_quality,
        gradient: dhash::gradient(small.view()),
        views,
        thumbnail: media::encode_grey_jpeg(small.view(), THUMBNAIL_QUALITY),
        cutouts: Vec::new(),
    })
}

fn moments(
    file: File,
    limits: &Limits,
    reply: &mut Answer<'_>,
) -> Result<Option<MediaTime>, MediaError> {
    let mut media = media::open(file, limits)?;
    let _ = reply(Reply::Shape(media.shape().clone()));
    let mut sampler: Sampler<()> = Sampler::new(Purpose::Reference, Budget::of(Profile::Standard));
    let (mut frames, mut newest) = (0_u64, None);
    let gaps = media.for_each_frame(&Decode::default(), &mut |frame| {
        let at = frame.at();
        let seen = sampler.see(at, &tiny(frame));
        newest = Some(at);
        frames += 1;
        if frames % PROGRESS_FRAMES == 1 {
            reply(Reply::Progress { at, frames })?;
        }
        if frame.is_keyframe() || seen.shot_start {
            let moment = Moment { at, keyframe: frame.is_keyframe(), shot_start: seen.shot_start };
            reply(Reply::Moment(moment))?;
        }
        ControlFlow::Continue(())
    })?;
    for gap in gaps {
        let _ = reply(Reply::Gap(gap));
    }
    Ok(newest)
}

fn stills(
    file: File,
    times: &[MediaTime],
    max_side: u32,
    limits: &Limits,
    reply: &mut Answer<'_>,
) -> Result<Option<MediaTime>, MediaError> {
    let mut media = media::open(file, limits)?;
    let mut wanted = times.iter().copied().peekable();
    let Some(first) = wanted.peek().copied() else { return Ok(None) };
    let (mut frames, mut failed) = (0_u64, None);
    let decode = Decode { from: Some(first), ..Decode::default() };
    let gaps = media.for_each_frame(&decode, &mut |frame| {
        frames += 1;
        if frames % PROGRESS_FRAMES == 1 {
            reply(Reply::Progress { at: frame.at(), frames })?;
        }
        while let Some(time) = wanted.next_if(|time| *time <= frame.at()) {
            match frame.jpeg(max_side, STILL_QUALITY) {
                Ok(jpeg) => {
                    let count = jpeg.len().div_ceil(STILL_CHUNK);
                    for (i, part) in jpeg.chunks(STILL_CHUNK).enumerate() {
                        let last = i + 1 == count;
                        reply(Reply::Still { at: time, bytes: part.to_vec(), last })?;
                    }
                }
                Err(error) => failed = Some(error),
            }
        }
        if wanted.peek().is_none() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    for gap in gaps {
        let _ = reply(Reply::Gap(gap));
    }
    failed.map_or(Ok(None), Err)
}
