//! Which moments of a clip are sampled, and which of those an index keeps.
//!
//! Two things follow from one signal, the drift of a tiny luma plane: where shots start, and when the picture has moved
//! on so far that a new sample is worth its 13 kB. Candidates come on a grid; each minute is settled at its end, by the
//! lowest drift threshold whose samples the budget can pay. So memory stays flat over hours of video.

use firstseen_fingerprint::drift;
use firstseen_model::{Luma, MediaTime, Profile};

use crate::plan::Purpose;
use crate::record::Sample;

/// Version of what is sampled when.
pub const VERSION: u16 = 1;

/// Length of the stretch that is settled at once.
const MINUTE: MediaTime = MediaTime(60_000_000);

/// What sampling may spend, by profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Samples kept in any one minute.
    pub per_minute: u32,
    /// Samples an hour on average.
    pub per_hour: u32,
    /// Samples that a clip gets in any case, if it has so many candidates.
    pub at_least: u32,
    /// Drift under which a new sample shows nothing new.
    pub least_drift: u32,
    /// Distance of two candidates of a reference.
    pub grid: MediaTime,
}

impl Budget {
    /// The budget of a profile; the figures are chosen by the curve in the decision record on sampling.
    #[must_use]
    pub fn of(profile: Profile) -> Self {
        match profile {
            Profile::Triage | Profile::Standard => Self {
                per_minute: 30,
                per_hour: 800,
                at_least: 4,
                least_drift: LEAST_DRIFT,
                grid: MediaTime(500_000),
            },
            Profile::Thorough => Self {
                per_minute: 60,
                per_hour: 1600,
                at_least: 8,
                least_drift: LEAST_DRIFT / 2,
                grid: MediaTime(250_000),
            },
        }
    }
}

/// Drift under which two frames are held the same picture: codes of frames 95 apart differ by 31 bits as a rule. The
/// samples that 40 keeps beyond those of 80 are of calm footage, where they tell moments apart; see the decision record
/// on sampling.
const LEAST_DRIFT: u32 = 40;

/// Distance of two samples of a query, so that a reference's sample has one within half of it.
const QUERY_GRID: MediaTime = MediaTime(250_000);

/// Query samples after which the grid doubles, so that a film as a query stays within memory.
const QUERY_SAMPLES: u64 = 4000;

/// Chooses moments while frames come by. `P` is what is known of a frame until its sample is settled.
#[derive(Debug)]
pub struct Sampler<P> {
    purpose: Purpose,
    budget: Budget,
    shot: u32,
    previous: Option<Luma>,
    candidate: Option<(MediaTime, Luma)>,
    candidates: u64,
    minute: Vec<(Sample, Luma, P)>,
    minute_ends: MediaTime,
    kept: Option<(u32, Luma)>,
    kept_count: u32,
    allowance_milli: u64,
}

impl<P> Sampler<P> {
    /// A sampler at the first frame.
    #[must_use]
    pub fn new(purpose: Purpose, budget: Budget) -> Self {
        Self {
            purpose,
            budget,
            shot: 0,
            previous: None,
            candidate: None,
            candidates: 0,
            minute: Vec::new(),
            minute_ends: MINUTE,
            kept: None,
            kept_count: 0,
            // A short clip may spend a whole minute's worth at once.
            allowance_milli: u64::from(budget.per_minute) * 1000,
        }
    }

    /// Takes note of a frame's tiny luma; says whether a shot starts with it and whether it is to be sampled.
    pub fn see(&mut self, at: MediaTime, tiny: &Luma) -> Seen {
        let cut = self.previous.as_ref().is_some_and(|previous| drift::cut(previous, tiny));
        if cut {
            self.shot += 1;
        }
        self.previous = Some(tiny.clone());
        let sample = match &self.candidate {
            None => true,
            Some(_) if cut => true,
            Some((last, then)) => {
                let waited = at - *last;
                match self.purpose {
                    Purpose::Query => waited >= self.query_grid(),
                    // A picture that stands still is looked at again after four steps only.
                    Purpose::Reference => {
                        waited >= self.budget.grid
                            && (waited.0 >= 4 * self.budget.grid.0
                                || drift::moved(then, tiny) >= self.budget.least_drift)
                    }
                }
            }
        };
        if sample {
            self.candidate = Some((at, tiny.clone()));
            self.candidates += 1;
        }
        Seen { shot: self.shot, shot_start: cut || self.candidates == 1 && sample, sample }
    }

    fn query_grid(&self) -> MediaTime {
        let doublings = (self.candidates / QUERY_SAMPLES).min(6);
        MediaTime(QUERY_GRID.0 << doublings)
    }

    /// Takes a sample that [`Sampler::see`] asked for; returns those that are settled, in order of time.
    pub fn take(&mut self, sample: Sample, tiny: Luma, more: P) -> Vec<(Sample, P)> {
        let mut settled = Vec::new();
        while sample.at >= self.minute_ends {
            settled.extend(self.settle());
            self.minute_ends = self.minute_ends + MINUTE;
        }
        self.minute.push((sample, tiny, more));
        settled
    }

    /// The samples that are left, at the end of the clip.
    pub fn finish(&mut self) -> Vec<(Sample, P)> {
        self.settle()
    }

    /// Marks which samples of the minute an index keeps, by the lowest drift threshold that the allowance pays for.
    fn settle(&mut self) -> Vec<(Sample, P)> {
        let minute = std::mem::take(&mut self.minute);
        if minute.is_empty() {
            self.refill();
            return Vec::new();
        }
        let allowed = (self.allowance_milli / 1000).min(u64::from(self.budget.per_minute)) as usize;
        // At least one a minute, whatever was spent before: no stretch of a film goes without.
        let allowed = allowed.max(1);
        let mut choice = self.moved_on(&minute, self.budget.least_drift);
        if choice.len() > allowed {
            let (mut low, mut high) = (self.budget.least_drift, u32::MAX / 2);
            while low + 1 < high {
                let middle = low.midpoint(high);
                if self.moved_on(&minute, middle).len() > allowed {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            choice = self.moved_on(&minute, high);
        }
        let missing =
            (self.budget.at_least as usize).saturating_sub(self.kept_count as usize + choice.len());
        if missing > 0 {
            choice = with_more(&choice, minute.len(), missing);
        }
        self.kept_count += choice.len() as u32;
        self.allowance_milli = self.allowance_milli.saturating_sub(choice.len() as u64 * 1000);
        self.refill();
        if let Some(&last) = choice.last() {
            self.kept = Some((minute[last].0.shot, minute[last].1.clone()));
        }
        let mut settled = Vec::with_capacity(minute.len());
        for (i, (mut sample, _, more)) in minute.into_iter().enumerate() {
            sample.kept = choice.binary_search(&i).is_ok();
            if sample.kept || self.purpose == Purpose::Query {
                settled.push((sample, more));
            }
        }
        settled
    }

    fn refill(&mut self) {
        let cap = u64::from(self.budget.per_minute) * 2000;
        self.allowance_milli =
            (self.allowance_milli + u64::from(self.budget.per_hour) * 1000 / 60).min(cap);
    }

    /// Those whose picture has moved on by `threshold` since the last one chosen. Gated frames are worth nothing.
    fn moved_on(&self, minute: &[(Sample, Luma, P)], threshold: u32) -> Vec<usize> {
        let mut last: Option<(u32, &Luma)> = self.kept.as_ref().map(|(shot, tiny)| (*shot, tiny));
        let mut choice = Vec::new();
        for (i, (sample, tiny, _)) in minute.iter().enumerate() {
            let worth = sample.gate.is_none()
                && last.is_none_or(|(shot, then)| {
                    let drift = drift::moved(then, tiny);
                    // A new shot is worth a sample sooner: it may be all that a compilation shows of a recording.
                    drift >= if sample.shot == shot { threshold } else { threshold / 2 }
                });
            if worth {
                choice.push(i);
                last = Some((sample.shot, tiny));
            }
        }
        choice
    }
}

/// What a frame is to the sampler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Number of its shot, from 0.
    pub shot: u32,
    /// Whether the shot starts with it.
    pub shot_start: bool,
    /// Whether it is to be sampled.
    pub sample: bool,
}

/// `choice` out of `count`, and `missing` more, spread evenly over the gaps that it leaves.
fn with_more(choice: &[usize], count: usize, missing: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = choice.to_vec();
    for _ in 0..missing {
        let free = (0..count).filter(|i| !chosen.contains(i));
        // The candidate farthest from all chosen; with none chosen, the middle one.
        let best = free.max_by_key(|&i| {
            let nearest = chosen.iter().map(|&c| c.abs_diff(i)).min();
            (nearest.unwrap_or(count - i.abs_diff(count / 2)), std::cmp::Reverse(i))
        });
        match best {
            Some(best) => chosen.push(best),
            None => break,
        }
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use firstseen_fingerprint::{Pdq, Quality};

    fn sample(at: MediaTime, shot: u32) -> Sample {
        Sample {
            at,
            shot,
            kept: false,
            texture: 50,
            gate: None,
            pdq: Pdq([0; 4]),
            pdq_quality: Quality(100),
            gradient: 0,
            views: Vec::new(),
            thumbnail: Vec::new(),
            cutouts: Vec::new(),
        }
    }

    /// Runs a clip of `seconds` at 10 frames a second whose frame at `t` is `picture(t)`.
    fn run(purpose: Purpose, seconds: u32, picture: impl Fn(f64) -> Luma) -> Vec<Sample> {
        let mut sampler = Sampler::new(purpose, Budget::of(Profile::Standard));
        let mut out = Vec::new();
        for frame in 0..seconds * 10 {
            let at = MediaTime(i64::from(frame) * 100_000);
            let tiny = picture(at.seconds());
            let seen = sampler.see(at, &tiny);
            if seen.sample {
                out.extend(sampler.take(sample(at, seen.shot), tiny, ()));
            }
        }
        out.extend(sampler.finish());
        out.into_iter().map(|(sample, ())| sample).collect()
    }

    fn noise(seed: u64) -> Luma {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        Luma::from_fn(64, 36, |_, _| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
    }

    #[test]
    fn a_still_clip_gets_the_least() {
        let kept = run(Purpose::Reference, 600, |_| noise(1));
        assert_eq!(kept.iter().filter(|sample| sample.kept).count(), 4);
    }

    #[test]
    fn every_shot_of_a_calm_edit_is_sampled() {
        let kept = run(Purpose::Reference, 120, |t| noise(1 + (t / 10.0) as u64));
        let mut shots: Vec<u32> = kept.iter().map(|sample| sample.shot).collect();
        shots.dedup();
        assert_eq!(shots, (0..12).collect::<Vec<_>>());
    }

    #[test]
    fn restless_footage_stays_within_the_budget() {
        // Twenty minutes: a third of 800, and the first minute's allowance.
        let kept = run(Purpose::Reference, 1200, |t| noise(1 + (t * 10.0) as u64));
        assert!(kept.len() <= 310 && kept.len() >= 240, "{} samples", kept.len());
        let fullest =
            (0..20).map(|m| kept.iter().filter(|sample| sample.at.0 / MINUTE.0 == m).count()).max();
        assert!(fullest <= Some(30), "{fullest:?} samples in one minute");
    }

    #[test]
    fn a_query_is_sampled_four_times_a_second() {
        let all = run(Purpose::Query, 10, |_| noise(1));
        assert!(all.len() >= 33, "{} samples", all.len());
        assert!(all.windows(2).all(|pair| pair[0].at < pair[1].at));
    }
}
