//! Watches workers from outside: time without a frame, CPU, resident memory. A worker over a limit is ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use firstseen_model::MediaTime;
use rustix::process::{Pid, Signal, kill_process};

use crate::plan::ProcessLimits;

/// Time between two looks at all workers.
const INTERVAL: Duration = Duration::from_millis(50);

/// Frames which show that a video gets somewhere, however slow its decoder is.
const FRAMES_OF_PROGRESS: u64 = 100;

/// What is said of a file that was being looked at when somebody asked to stop.
pub const INTERRUPTED: &str = "interrupted";

/// One worker, as its watcher sees it.
#[derive(Debug)]
pub struct Watched {
    pid: Pid,
    job: Mutex<Option<Job>>,
}

/// What a worker is busy with.
#[derive(Debug)]
struct Job {
    last_frame: Instant,
    cpu_before: Duration,
    media: MediaTime,
    frames: u64,
    still: bool,
    ended: Option<String>,
}

/// Watches all workers of a pool from a thread of its own.
#[derive(Debug)]
pub struct Watch {
    workers: Arc<Mutex<Vec<Arc<Watched>>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// A watcher under these limits; once `interrupt` is set it ends all that are busy.
    #[must_use]
    pub fn new(limits: ProcessLimits, interrupt: Arc<AtomicBool>) -> Self {
        let workers: Arc<Mutex<Vec<Arc<Watched>>>> = Arc::default();
        let stop = Arc::new(AtomicBool::new(false));
        let thread = {
            let (workers, stop) = (Arc::clone(&workers), Arc::clone(&stop));
            #[expect(clippy::disallowed_methods, reason = "the pool's one watcher")]
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    std::thread::park_timeout(INTERVAL);
                    let all = lock(&workers).clone();
                    for worker in all {
                        worker.look(&limits, interrupt.load(Ordering::Relaxed));
                    }
                }
            })
        };
        Self { workers, stop, thread: Some(thread) }
    }

    /// Watches one more process.
    #[must_use]
    pub fn add(&self, pid: Pid) -> Arc<Watched> {
        let watched = Arc::new(Watched { pid, job: Mutex::new(None) });
        lock(&self.workers).push(Arc::clone(&watched));
        watched
    }

    /// Watches one process less.
    pub fn drop_worker(&self, gone: &Arc<Watched>) {
        lock(&self.workers).retain(|worker| !Arc::ptr_eq(worker, gone));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It only ends by the flag; a panic in it has cost nothing but its watch.
            let _ = thread.join();
        }
    }
}

impl Watched {
    /// A file was handed over.
    #[expect(clippy::disallowed_methods, reason = "the watcher's clock")]
    pub fn start(&self) {
        *lock(&self.job) = Some(Job {
            last_frame: Instant::now(),
            cpu_before: usage(self.pid).map_or(Duration::ZERO, |usage| usage.cpu),
            media: MediaTime::ZERO,
            frames: 0,
            still: false,
            ended: None,
        });
    }

    /// The file is a picture or an animation.
    pub fn is_still(&self) {
        if let Some(job) = lock(&self.job).as_mut() {
            job.still = true;
        }
    }

    /// A frame, sample or other word came.
    #[expect(clippy::disallowed_methods, reason = "the watcher's clock")]
    pub fn progress(&self, at: Option<MediaTime>, frames: Option<u64>) {
        if let Some(job) = lock(&self.job).as_mut() {
            job.last_frame = Instant::now();
            job.media = job.media.max(at.unwrap_or_default());
            job.frames = job.frames.max(frames.unwrap_or_default());
        }
    }

    /// The file is done with; says at which limit the worker was ended, if it was.
    pub fn finish(&self) -> Option<String> {
        lock(&self.job).take().and_then(|job| job.ended)
    }

    fn look(&self, limits: &ProcessLimits, interrupted: bool) {
        let mut job = lock(&self.job);
        let Some(job) = job.as_mut().filter(|job| job.ended.is_none()) else { return };
        job.ended = if interrupted {
            Some(INTERRUPTED.to_owned())
        } else {
            job.over(limits, usage(self.pid))
        };
        if job.ended.is_some() {
            // Where it is gone already, its socket tells.
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }
}

impl Job {
    fn over(&self, limits: &ProcessLimits, usage: Option<Usage>) -> Option<String> {
        if self.last_frame.elapsed() > limits.stall {
            return Some(format!("no new frame for {} s (limit time)", limits.stall.as_secs()));
        }
        let usage = usage?;
        if usage.resident_bytes > limits.memory_bytes {
            let most = limits.memory_bytes >> 20;
            return Some(format!("its reader needs over {most} MiB of memory (limit memory)"));
        }
        let cpu = usage.cpu.saturating_sub(self.cpu_before);
        let seen = Duration::from_micros(self.media.0.max(0) as u64);
        let stuck =
            self.still || seen < Duration::from_secs(10) && self.frames < FRAMES_OF_PROGRESS;
        let most = if stuck {
            limits.cpu_still
        } else {
            limits.cpu + seen.saturating_mul(limits.cpu_per_media)
        };
        (cpu > most).then(|| {
            format!("{} s of CPU time for {} s of media (limit cpu)", cpu.as_secs(), seen.as_secs())
        })
    }
}

/// What a process has used.
struct Usage {
    cpu: Duration,
    resident_bytes: u64,
}

/// Reads `/proc`; `None` where there is none, so that only the wall clock is watched there.
fn usage(pid: Pid) -> Option<Usage> {
    let pid = pid.as_raw_nonzero();
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name stands in brackets and may hold spaces and brackets itself.
    let mut fields = stat[stat.rfind(')')? + 1..].split_ascii_whitespace();
    let user: u64 = fields.nth(11)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let resident_pages: u64 = fields.nth(8)?.parse().ok()?;
    let ticks = rustix::param::clock_ticks_per_second().max(1);
    Some(Usage {
        cpu: Duration::from_millis((user + system) * 1000 / ticks),
        resident_bytes: resident_pages * rustix::param::page_size() as u64,
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is inside is whole after each statement, so a panic elsewhere has not broken it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_tells_what_a_process_uses() {
        let usage = usage(rustix::process::getpid()).unwrap();
        assert!(usage.resident_bytes > 100_000 && usage.resident_bytes < 10_000_000_000);
    }

    #[expect(clippy::disallowed_methods, reason = "a job begins now")]
    fn job(media_s: f64, frames: u64, still: bool) -> Job {
        Job {
            last_frame: Instant::now(),
            cpu_before: Duration::ZERO,
            media: MediaTime::from_seconds(media_s),
            frames,
            still,
            ended: None,
        }
    }

    #[test]
    fn cpu_time_is_measured_against_what_came_of_it() {
        let limits = ProcessLimits::default();
        let over = |job: Job, cpu_s| {
            let usage = Usage { cpu: Duration::from_secs(cpu_s), resident_bytes: 0 };
            job.over(&limits, Some(usage)).is_some()
        };
        assert!(!over(job(0.0, 0, true), 20) && over(job(0.0, 0, true), 21));
        assert!(!over(job(2.0, 5, false), 20) && over(job(2.0, 5, false), 21));
        // A slow codec that keeps giving frames is no bomb.
        assert!(!over(job(2.0, 120, false), 60));
        assert!(!over(job(3600.0, 90_000, false), 7800) && over(job(3600.0, 90_000, false), 7801));
    }
}
