//! The side that asks: a pool of worker processes, one file each at a time, none of whose words is taken on trust.

use std::io::{self, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use firstseen_media::sidecar::claims::Claims;
use firstseen_media::sidecar::{Companion, Format};
use firstseen_media::{Limits, Shape};
use firstseen_model::{AssetId, FileState, MediaKind, MediaTime};
use rustix::process::Pid;

use super::believe::{self, Gathered};
use super::serve;
use super::watch::{Watch, Watched};
use super::wire::{self, Moment, Reply, Request};
use crate::plan::{Plan, ProcessLimits};
use crate::record::Record;
use crate::source::Source;

/// Most moments believed of one file.
const MAX_MOMENTS: usize = 1_000_000;
/// Longest still.
const MAX_STILL: usize = 256 << 20;

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

    /// What a companion file of `format` says, or of whichever tool it shows to come from.
    ///
    /// # Errors
    ///
    /// As [`Pool::read`].
    pub fn companion(
        &self,
        source: &Source,
        format: Option<Format>,
    ) -> Result<Result<Companion, End>, PoolError> {
        let mut found: Option<Companion> = None;
        let end = self.ask(source, &Request::Companion { format }, &mut |reply| match reply {
            Reply::Companion(part) => believe::companion(&mut found, *part),
            _ => Err("an answer to another question"),
        })?;
        Ok(found.filter(|_| end.state == FileState::Ok).ok_or(end))
    }

    /// What a table of claims says.
    ///
    /// # Errors
    ///
    /// As [`Pool::read`].
    pub fn claims(&self, source: &Source) -> Result<Result<Claims, End>, PoolError> {
        let mut found: Option<Claims> = None;
        let end = self.ask(source, &Request::Claims, &mut |reply| match reply {
            Reply::Claims(part) => believe::claims(&mut found, part),
            _ => Err("an answer to another question"),
        })?;
        Ok(found.filter(|_| end.state == FileState::Ok).ok_or(end))
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
