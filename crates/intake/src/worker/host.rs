//! The side that asks: a pool of worker processes, one file each at a time, none of whose words is taken on trust.

use std::io::{self, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use firstseen_fingerprint::local;
use firstseen_media::sidecar::Companion;
use firstseen_media::{Limits, Metadata, Shape};
use firstseen_model::feature::SUBPIXELS;
use firstseen_model::{
    AssetFacts, AssetId, Features, FileState, Gap, MediaKind, MediaTime, Profile, View,
};
use rustix::process::Pid;

use super::serve;
use super::watch::{Watch, Watched};
use super::wire::{self, CompanionFormat, Moment, Reply, Request};
use crate::plan::{Depth, Plan, ProcessLimits};
use crate::record::{Cutout, Gate, Record, Sample, TimeTrack};
use crate::source::Source;

/// Most samples believed of one file: 30 hours of queries at the densest grid.
const MAX_SAMPLES: usize = 500_000;
/// Most codes of a time track believed: 600 hours.
const MAX_TRACK: usize = 10_000_000;
/// Most fields believed of one file.
const MAX_FACTS: usize = 65_536;
/// Most gaps listed of one file; more are counted.
const MAX_GAPS: usize = 1_000;
/// Most moments believed of one file.
const MAX_MOMENTS: usize = 1_000_000;
/// Longest thumbnail: ten times what a busy one takes.
const MAX_THUMBNAIL: usize = 64 << 10;
/// Longest still.
const MAX_STILL: usize = 256 << 20;

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

/// Most parts of a frame.
const MAX_CUTOUTS: usize = 8;
/// Most views of a part.
const MAX_VIEWS: usize = 4;
/// Most features of a view.
const MAX_POINTS: usize = 2 * local::COUNT;

/// What came of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// What became of it.
    pub state: FileState,
    /// Its record. A file that failed half-way has one of what came out before.
    pub record: Option<Record>,
    /// Why it failed, if it did.
    pub why: Option<String>,
}

/// Where files are read.
#[derive(Clone, Debug)]
pub enum Launch {
    /// In processes of this program, started with the argument `worker`.
    Program(PathBuf),
    /// In this process: for debugging only.
    InProcess,
}

/// A worker could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start a worker process ({program}): {why}")]
#[expect(missing_docs, reason = "the message names the fields")]
pub struct PoolError {
    pub program: String,
    pub why: io::Error,
}

/// A pool of worker processes. As many are started as are asked at the same time.
#[derive(Debug)]
pub struct Pool {
    launch: Launch,
    limits: Limits,
    idle: Mutex<Vec<Worker>>,
    watch: Watch,
}

#[derive(Debug)]
struct Worker {
    child: Child,
    socket: UnixStream,
    watched: Arc<Watched>,
}

impl Pool {
    /// A pool that reads files so and under these limits; the first worker starts with the first file, and all that
    /// are busy are ended once `interrupt` is set.
    #[must_use]
    pub fn new(
        launch: Launch,
        process: ProcessLimits,
        limits: Limits,
        interrupt: Arc<AtomicBool>,
    ) -> Self {
        Self { launch, limits, idle: Mutex::new(Vec::new()), watch: Watch::new(process, interrupt) }
    }

    /// The record of `source`, whose SHA-256 is `id`.
    ///
    /// # Errors
    ///
    /// [`PoolError`] where no worker can be started; all that is wrong with the file is in the [`Look`].
    pub fn read(&self, source: &Source, id: AssetId, plan: Plan) -> Result<Look, PoolError> {
        let request = Request::Read { plan, limits: self.limits.clone() };
        let mut gathered = Gathered::default();
        let end = self.ask(source, &request, &mut |reply| gathered.take(reply))?;
        Ok(gathered.look(id, source.size_bytes(), plan, end))
    }

    /// Codec keyframes and starts of shots of `source`, and why there are not more, if that is so.
    ///
    /// # Errors
    ///
    /// As [`Pool::read`].
    pub fn moments(&self, source: &Source) -> Result<(Vec<Moment>, End), PoolError> {
        let request = Request::Moments { limits: self.limits.clone() };
        let mut moments: Vec<Moment> = Vec::new();
        let end = self.ask(source, &request, &mut |reply| match reply {
            Reply::Moment(moment) if moments.len() < MAX_MOMENTS => {
                moments.push(moment);
                Ok(())
            }
            Reply::Moment(_) => Err("too many moments"),
            _ => Ok(()),
        })?;
        Ok((moments, end))
    }

    /// JPEGs of `source` at `times`, which rise; each is handed to `each` as soon as it is whole.
    ///
    /// # Errors
    ///
    /// As [`Pool::read`].
    pub fn stills(
        &self,
        source: &Source,
        times: &[MediaTime],
        max_side: u32,
        each: &mut dyn FnMut(MediaTime, &[u8]),
    ) -> Result<End, PoolError> {
        let request =
            Request::Stills { times: times.to_vec(), max_side, limits: self.limits.clone() };
        let mut jpeg = Vec::new();
        self.ask(source, &request, &mut |reply| {
            if let Reply::Still { at, bytes, last } = reply {
                if jpeg.len() + bytes.len() > MAX_STILL {
                    return Err("a still is too long");
                }
                jpeg.extend(bytes);
                if last {
                    each(at, &jpeg);
                    jpeg.clear();
                }
            }
            Ok(())
        })
    }

    /// What a companion file says.
    ///
    /// # Errors
    ///
    /// As [`Pool::read`].
    pub fn companion(
        &self,
        source: &Source,
        format: CompanionFormat,
    ) -> Result<Result<Companion, End>, PoolError> {
        let mut found = None;
        let end = self.ask(source, &Request::Companion { format }, &mut |reply| {
            if let Reply::Companion(companion) = reply {
                found = Some(*companion);
            }
            Ok(())
        })?;
        Ok(found.ok_or(end))
    }

    /// What workers have given up; `None` where files are read in this process.
    ///
    /// # Errors
    ///
    /// As [`Pool::read`], and where there is no `/dev/null` to ask with.
    pub fn protections(&self) -> Result<Option<Vec<String>>, PoolError> {
        let Launch::Program(program) = &self.launch else { return Ok(None) };
        let failed = |why| PoolError { program: program.display().to_string(), why };
        let source = Source::nothing().map_err(failed)?;
        let mut found = None;
        self.ask(&source, &Request::Protections, &mut |reply| {
            if let Reply::Protections(protections) = reply {
                found = Some(protections);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Asks one worker about one file; `take` gets each answer, and what it finds wrong with one ends that worker.
    fn ask(
        &self,
        source: &Source,
        request: &Request,
        take: &mut dyn FnMut(Reply) -> Result<(), &'static str>,
    ) -> Result<End, PoolError> {
        let Launch::Program(_) = self.launch else { return Ok(in_process(source, request, take)) };
        let mut worker = self.worker()?;
        worker.watched.start();
        let (end, healthy) = worker.ask(source, request, take);
        let limit = worker.watched.finish();
        if healthy && limit.is_none() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
            return Ok(end);
        }
        self.watch.drop_worker(&worker.watched);
        // It may be gone already; its status tells how.
        let _ = worker.child.kill();
        let status = worker.child.wait();
        Ok(match limit {
            Some(limit) => End::failed(FileState::OverLimit, limit),
            None if end.state == FileState::Crashed => {
                let how = status.map_or_else(|error| error.to_string(), |status| died_of(&status));
                End::failed(FileState::Crashed, format!("{} ({how})", end.why.unwrap_or_default()))
            }
            None => end,
        })
    }

    fn worker(&self) -> Result<Worker, PoolError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| self.start(), Ok)
    }

    fn start(&self) -> Result<Worker, PoolError> {
        let Launch::Program(program) = &self.launch else { unreachable!("asked in this process") };
        let failed = |why| PoolError { program: program.display().to_string(), why };
        let (socket, theirs) = UnixStream::pair().map_err(failed)?;
        #[expect(clippy::disallowed_methods, reason = "the pool of workers")]
        let child = Command::new(program)
            .arg("worker")
            // Ctrl-C on a terminal goes to the whole group; when a worker ends is the pool's business.
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let watched = self.watch.add(Pid::from_child(&child));
        Ok(Worker { child, socket, watched })
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for mut worker in self.idle.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            drop(worker.socket);
            let _ = worker.child.wait();
        }
    }
}

impl Worker {
    /// Says how it ended, and whether this worker may be asked again.
    fn ask(
        &mut self,
        source: &Source,
        request: &Request,
        take: &mut dyn FnMut(Reply) -> Result<(), &'static str>,
    ) -> (End, bool) {
        let crashed = |why: String| (End::failed(FileState::Crashed, why), false);
        if let Err(error) = wire::send_with_handle(&self.socket, request, source) {
            return crashed(format!("its reader did not take it: {error}"));
        }
        // The last word on a file ends its answers, so nothing of the next file's is read ahead.
        let mut answers = BufReader::new(&self.socket);
        loop {
            let reply = match wire::receive::<Reply>(&mut answers) {
                Ok(Some(reply)) => reply,
                Ok(None) => return crashed("its reader died".to_owned()),
                Err(error) => return crashed(format!("its reader died: {error}")),
            };
            match reply {
                Reply::Done { end } => return (End::done(end), true),
                Reply::Failed { state, why } => return (End::failed(state, why), true),
                Reply::Progress { at, frames } => self.watched.progress(Some(at), Some(frames)),
                reply => {
                    if matches!(&reply, Reply::Shape(shape) if short(shape)) {
                        self.watched.is_still();
                    }
                    self.watched.progress(None, None);
                    if let Err(why) = take(reply) {
                        return crashed(format!("its reader makes no sense: {why}"));
                    }
                }
            }
        }
    }
}

/// Whether it is a picture, or an animation that is decoded like one.
fn short(shape: &Shape) -> bool {
    shape.kind == MediaKind::Picture || shape.mime.starts_with("image/")
}

fn died_of(status: &std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (_, Some(signal)) => format!("signal {signal}"),
        (Some(code), _) => format!("exit code {code}"),
        _ => "unknown end".to_owned(),
    }
}

fn in_process(
    source: &Source,
    request: &Request,
    take: &mut dyn FnMut(Reply) -> Result<(), &'static str>,
) -> End {
    let mut end = End::failed(FileState::Crashed, "its reader ended without a word".to_owned());
    let file = match source.file().try_clone() {
        Ok(file) => file,
        Err(error) => return End::failed(FileState::Unreadable, error.to_string()),
    };
    serve::answer(file, request, &[], &mut |reply| {
        match reply {
            Reply::Done { end: at } => end = End::done(at),
            Reply::Failed { state, why } => end = End::failed(state, why),
            Reply::Progress { .. } => {}
            reply => {
                if let Err(why) = take(reply) {
                    end = End::failed(FileState::Crashed, why.to_owned());
                    return std::ops::ControlFlow::Break(());
                }
            }
        }
        std::ops::ControlFlow::Continue(())
    });
    end
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// [`FileState::Ok`], or what became of the file.
    pub state: FileState,
    /// Why, where it is not ok.
    pub why: Option<String>,
    /// The end of what was seen, where it has one.
    pub at: Option<MediaTime>,
}

impl End {
    fn done(at: Option<MediaTime>) -> Self {
        Self { state: FileState::Ok, why: None, at }
    }

    fn failed(state: FileState, why: String) -> Self {
        Self { state, why: Some(why), at: None }
    }
}

/// A record in the making; each part is checked as it comes.
#[derive(Default)]
struct Gathered {
    shape: Option<Shape>,
    metadata: Metadata,
    samples: Vec<Sample>,
    track: Option<TimeTrack>,
    gaps: Vec<Gap>,
    gaps_left_out: usize,
}

impl Gathered {
    fn take(&mut self, reply: Reply) -> Result<(), &'static str> {
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

    fn look(mut self, id: AssetId, size_bytes: u64, plan: Plan, end: End) -> Look {
        let Some(shape) = self.shape.take() else {
            return Look { state: end.state, record: None, why: end.why };
        };
        if self.gaps_left_out > 0 {
            let more = self.gaps_left_out;
            self.gaps.push(Gap::new("gap", format!("{more} more gaps are not listed")));
        }
        let wants_frames = matches!(plan.depth, Depth::Frames(_));
        if let (Some(why), false) = (&end.why, self.samples.is_empty()) {
            self.gaps.push(Gap::new("rest", why.clone()));
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
