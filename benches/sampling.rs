//! The curve that samples are chosen by: samples an hour against the share of moments that have one near in looks.
//!
//! `cargo bench --bench sampling -- DIR` decodes all clips of DIR, draws 20 moments of each, and tries fixed grids and the
//! drift sampler at several thresholds and budgets. A moment is covered where its PDQ lies within the radius of a kept
//! sample's, or, apart from that, where the judge would hold both thumbnails to be one picture. Every clip is tried by
//! itself, then all of them over and over as one film, on which the budget binds.

#![expect(clippy::print_stdout, reason = "what it prints is its result")]

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use firstseen_fingerprint::{Pdq, Quality, drift, pdq, shrink, texture};
use firstseen_intake::sample::{Budget, Sampler};
use firstseen_intake::{Gate, Purpose, Sample};
use firstseen_match::blocks::Comparison;
use firstseen_match::{Lay, Params};
use firstseen_media::{Decode, Frame, Limits, open};
use firstseen_model::{Luma, MediaTime, Profile};

const MOMENTS: usize = 20;
/// How often all clips follow one another in the film: some twenty minutes for two minutes and a half of clips.
const PASSES: usize = 8;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo itself passes `--bench`.
    let Some(folder) = std::env::args_os().skip(1).find(|argument| argument != "--bench") else {
        println!("sampling: needs a folder of clips");
        return Ok(());
    };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    paths.sort();
    let clips: Vec<Clip> = paths.iter().filter_map(|path| Clip::read(path).ok()).collect();
    let seconds: f64 = clips.iter().map(Clip::seconds).sum();
    let moments: usize = clips.iter().map(|clip| clip.moments.len()).sum();
    println!("{} clips of {seconds:.0} s, {moments} moments", clips.len());

    println!("\neach clip by itself");
    println!("sampler\tan hour\tPDQ within 31\tblocks agree");
    let mut nearness = Nearness::default();
    for grid in [500_000, 1_000_000, 2_000_000, 4_000_000].map(MediaTime) {
        let kept: Vec<Kept> = clips.iter().map(|clip| clip.on_grid(grid)).collect();
        row(&format!("grid of {:.1} s", grid.seconds()), &clips, &kept, 1, &mut nearness);
    }
    let free = Budget {
        per_minute: 1_000_000,
        per_hour: 60_000_000,
        at_least: 1,
        ..Budget::of(Profile::Standard)
    };
    for least_drift in [20, 40, 60, 80, 100, 120, 160, 200, 240, 320, 400] {
        let budget = Budget { least_drift, ..free };
        let kept: Vec<Kept> = clips.iter().map(|clip| clip.by_drift(budget)).collect();
        row(&format!("drift of {least_drift}, no budget"), &clips, &kept, 1, &mut nearness);
    }
    for (name, profile) in [("standard", Profile::Standard), ("thorough", Profile::Thorough)] {
        let kept: Vec<Kept> = clips.iter().map(|clip| clip.by_drift(Budget::of(profile))).collect();
        row(name, &clips, &kept, 1, &mut nearness);
    }

    println!("\nall clips as one film, {PASSES} times over");
    println!("sampler\tan hour\tPDQ within 31\tblocks agree");
    for per_hour in [400, 800, 1600] {
        let kept = film_on_grid(&clips, MediaTime(3_600_000_000 / per_hour));
        row(&format!("grid, {per_hour} an hour"), &clips, &kept, PASSES, &mut nearness);
    }
    let standard = Budget::of(Profile::Standard);
    for per_hour in [400, 800, 1600] {
        for least_drift in [40, 80, 160] {
            let budget = Budget { per_hour, least_drift, ..standard };
            let kept = film_by_drift(&clips, budget);
            row(
                &format!("drift of {least_drift}, {per_hour} an hour"),
                &clips,
                &kept,
                PASSES,
                &mut nearness,
            );
        }
    }
    Ok(())
}

/// Indices of the frames that are kept of one clip.
type Kept = BTreeSet<usize>;

/// A clip, all of it.
struct Clip {
    frames: Vec<Looked>,
    /// Frames at random, none of them gated.
    moments: Vec<usize>,
}

struct Looked {
    at: MediaTime,
    tiny: Luma,
    pdq: Pdq,
    thumbnail: Luma,
    texture: texture::Texture,
}

impl Clip {
    fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let mut frames = Vec::new();
        open(File::open(path)?, &Limits::default())?.for_each_frame(
            &Decode::default(),
            &mut |frame| {
                frames.extend(Looked::at(frame));
                ControlFlow::Continue(())
            },
        )?;
        let usable: Vec<usize> =
            (0..frames.len()).filter(|&i| frames[i].texture.gate.is_none()).collect();
        if usable.is_empty() {
            return Err("no frame to draw from".into());
        }
        let mut state = frames.len() as u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usable[(state >> 33) as usize % usable.len()]
        };
        let moments = (0..MOMENTS).map(|_| draw()).collect();
        Ok(Self { frames, moments })
    }

    fn seconds(&self) -> f64 {
        let step = self.frames.get(1).map_or(MediaTime::ZERO, |second| second.at);
        self.frames.last().map_or(0.0, |last| (last.at + step).seconds())
    }

    fn on_grid(&self, grid: MediaTime) -> Kept {
        let mut next = MediaTime::ZERO;
        let mut kept = Kept::new();
        for (i, frame) in self.frames.iter().enumerate() {
            if frame.at >= next {
                kept.insert(i);
                while next <= frame.at {
                    next = next + grid;
                }
            }
        }
        kept
    }

    fn by_drift(&self, budget: Budget) -> Kept {
        let frames = self.frames.iter().map(|frame| (frame.at, frame));
        let kept = run(frames, budget);
        (0..self.frames.len()).filter(|&i| kept.contains(&self.frames[i].at)).collect()
    }
}

impl Looked {
    fn at(frame: &Frame<'_>) -> Option<Self> {
        let luma = frame.luma();
        let reduced = shrink::by_whole_factor(luma.view(), pdq::MAX_SIDE);
        let (pdq, _) = pdq::pdq(reduced.view()).ok()?;
        Some(Self {
            at: frame.at(),
            tiny: drift::tiny(luma.view(), drift::GRID.0, drift::GRID.1),
            pdq,
            thumbnail: shrink::to_fit(reduced.view(), 128),
            texture: texture::look(reduced.view()),
        })
    }

    fn sample(&self, at: MediaTime, shot: u32) -> Sample {
        Sample {
            at,
            shot,
            kept: false,
            texture: self.texture.measure,
            gate: self.texture.gate.map(|_| Gate::Flat),
            pdq: self.pdq,
            pdq_quality: Quality(100),
            gradient: 0,
            views: Vec::new(),
            thumbnail: Vec::new(),
            cutouts: Vec::new(),
        }
    }
}

/// Times of the frames that the sampler keeps.
fn run<'a>(
    frames: impl Iterator<Item = (MediaTime, &'a Looked)>,
    budget: Budget,
) -> BTreeSet<MediaTime> {
    let mut sampler = Sampler::new(Purpose::Reference, budget);
    let mut settled = Vec::new();
    for (at, frame) in frames {
        let seen = sampler.see(at, &frame.tiny);
        if seen.sample {
            settled.extend(sampler.take(frame.sample(at, seen.shot), frame.tiny.clone(), ()));
        }
    }
    settled.extend(sampler.finish());
    settled.into_iter().filter(|(sample, ())| sample.kept).map(|(sample, ())| sample.at).collect()
}

/// The frames of all clips over and over.
fn film(clips: &[Clip]) -> impl Iterator<Item = (MediaTime, usize, usize, &Looked)> {
    let mut start = MediaTime::ZERO;
    std::iter::repeat_n(clips, PASSES).flatten().enumerate().flat_map(move |(number, clip)| {
        let began = start;
        start = start + MediaTime((clip.seconds() * 1e6) as i64);
        clip.frames.iter().enumerate().map(move |(i, frame)| (began + frame.at, number, i, frame))
    })
}

/// What of the film is kept of each clip in each pass, pass by pass.
fn film_by_drift(clips: &[Clip], budget: Budget) -> Vec<Kept> {
    let kept = run(film(clips).map(|(at, _, _, frame)| (at, frame)), budget);
    of_clips(clips, |at| kept.contains(&at))
}

fn film_on_grid(clips: &[Clip], grid: MediaTime) -> Vec<Kept> {
    let mut next = MediaTime::ZERO;
    of_clips(clips, |at| {
        let keep = at >= next;
        if keep {
            next = next + grid;
        }
        keep
    })
}

fn of_clips(clips: &[Clip], mut keep: impl FnMut(MediaTime) -> bool) -> Vec<Kept> {
    let mut kept = vec![Kept::new(); clips.len() * PASSES];
    for (at, number, i, _) in film(clips) {
        if keep(at) {
            kept[number].insert(i);
        }
    }
    kept
}

/// Prints how many samples there are, and how many moments have one near.
fn row(name: &str, clips: &[Clip], kept: &[Kept], passes: usize, nearness: &mut Nearness) {
    let (mut samples, mut moments, mut by_code, mut by_blocks) = (0, 0_usize, 0, 0);
    for (i, kept) in kept.iter().enumerate() {
        let number = i % clips.len();
        let clip = &clips[number];
        samples += kept.len();
        for &moment in &clip.moments {
            moments += 1;
            let near: Vec<(bool, bool)> =
                kept.iter().map(|&frame| nearness.of(clip, number, moment, frame)).collect();
            by_code += usize::from(near.iter().any(|near| near.0));
            by_blocks += usize::from(near.iter().any(|near| near.1));
        }
    }
    let hours = clips.iter().map(Clip::seconds).sum::<f64>() * passes as f64 / 3600.0;
    let share = |count: usize| count as f64 / moments as f64;
    println!(
        "{name}\t{:.0}\t{:.3}\t{:.3}",
        samples as f64 / hours,
        share(by_code),
        share(by_blocks)
    );
}

/// Whether two frames of one clip are near, by code and by blocks; each pair is compared once.
#[derive(Default)]
struct Nearness(HashMap<(usize, usize, usize), (bool, bool)>);

impl Nearness {
    fn of(&mut self, clip: &Clip, number: usize, moment: usize, frame: usize) -> (bool, bool) {
        *self.0.entry((number, moment, frame)).or_insert_with(|| {
            let (a, b) = (&clip.frames[moment], &clip.frames[frame]);
            let params = Params::default();
            let comparison = Comparison::of(&a.thumbnail, &Lay::default(), &b.thumbnail);
            let agree = comparison.textured() >= params.least_blocks
                && comparison.share(params.block_correlation, |_| true) >= Some(params.block_share);
            (a.pdq.distance(b.pdq) <= params.radius_bits, agree)
        })
    }
}
