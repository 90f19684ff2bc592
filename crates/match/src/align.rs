//! Places the ends of a stretch by the time tracks of both sides.

use firstseen_intake::{TRACK_STEP, TimeTrack};
use firstseen_model::{Luma, MediaTime, Span, View};

use crate::lay::{Lay, laid};

/// Bits of 64 by which two track codes of the same moment may differ; unrelated ones differ by 32 on average.
const AGREE_BITS: f64 = 14.0;

/// Steps that are averaged, so that one frame of a cut or flash does not end a stretch.
const WINDOW: usize = 3;

/// How far around the votes' offset the tracks are tried.
const SEARCH_STEPS: i64 = 6;

/// A stretch whose ends were placed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aligned {
    /// Where in the query.
    pub query: Span,
    /// Where in the reference.
    pub reference: Span,
    /// Mean distance of the codes within, in bits of 64.
    pub mean_bits: f32,
    /// By how many bits the codes are farther apart half a second to two seconds off: great where something moves and
    /// the moments are the same, nothing where nothing moves; `None` where the stretch is too short to tell.
    pub sharpness_bits: Option<f32>,
    /// Ends of the stretch, of its two, at which both sides go on without a cut and part all the same. What is cut out
    /// of one recording begins and ends with a cut, or with the file.
    pub parted_ends: u8,
    /// By how many bits the codes change within the stretch, on the side where they change less: 0 where somebody
    /// stands still before a fixed camera.
    pub change_bits: u32,
}

/// Places the ends of a stretch that hits have found between `seed` (in the query) at `offset` (reference time less
/// query time), or returns `None` where the tracks disagree even there.
#[must_use]
pub fn align(
    query: &[Code],
    reference: &TimeTrack,
    seed: Span,
    offset: MediaTime,
) -> Option<Aligned> {
    let reference = &reference.codes;
    let (first, last) = (step(seed.start).max(0), step(seed.end).min(query.len() as i64 - 1));
    let coarse = (offset.0 as f64 / TRACK_STEP.0 as f64).round() as i64;
    // A few steps around the hits, or a single hit would fit anywhere.
    let window = |shift| steps(query, reference, first - 4, last + 4, shift);
    let tried = coarse.saturating_sub(SEARCH_STEPS)..=coarse.saturating_add(SEARCH_STEPS);
    let most = tried.clone().map(|shift| window(shift).count()).max()?;
    let shift = tried
        // Where the ends of two tracks hardly overlap, they fit by chance.
        .filter(|&shift| 2 * window(shift).count() >= most)
        .filter_map(|shift| Some((mean(window(shift))?, (shift - coarse).abs(), shift)))
        .min_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))))
        .map(|(_, _, shift)| shift)?;
    let inside = |at: i64| bits(query, reference, at, shift).is_some();
    let agrees = |at: i64| -> bool {
        let half = WINDOW as i64 / 2;
        inside(at)
            && mean(steps(query, reference, at - half, at + half, shift))
                .is_some_and(|mean| mean <= AGREE_BITS)
    };
    let mut start = (first..=last).find(|&at| agrees(at))?;
    let mut end = (first..=last).rev().find(|&at| agrees(at))?;
    while inside(start - 1) && agrees(start - 1) {
        start -= 1;
    }
    while inside(end + 1) && agrees(end + 1) {
        end += 1;
    }
    let parts = |at: i64, onward: i64| {
        inside(at + onward)
            && inside(at + 2 * onward)
            && !cut_near(|at| Some(*query.get(at)?), at, onward)
            && !cut_near(|at| Some(Code::of(*reference.get(at)?)), at + shift, onward)
    };
    let mean = mean(steps(query, reference, start, end, shift))?;
    Some(Aligned {
        query: Span { start: time(start), end: time(end) },
        reference: Span { start: time(start + shift), end: time(end + shift) },
        mean_bits: mean as f32,
        sharpness_bits: sharpness(query, reference, start, end, shift, mean),
        parted_ends: u8::from(parts(start, -1)) + u8::from(parts(end, 1)),
        change_bits: change(start..=end, |at| Some(*query.get(at)?))
            .min(change(start + shift..=end + shift, |at| Some(Code::of(*reference.get(at)?)))),
    })
}

/// Greatest distance of two codes within a stretch of one track.
fn change(stretch: std::ops::RangeInclusive<i64>, track: impl Fn(usize) -> Option<Code>) -> u32 {
    let codes: Vec<Code> = stretch.filter_map(|at| track(usize::try_from(at).ok()?)).collect();
    // From first, middle and last: every pair would cost the square of an hour's codes.
    let anchors = [codes.first(), codes.get(codes.len() / 2), codes.last()];
    let far = |anchor: &Code| codes.iter().filter_map(|code| code.bits(*anchor)).max();
    anchors.into_iter().flatten().filter_map(far).max().unwrap_or(0)
}

/// Steps by which the tracks are set off to see how sharp an alignment is.
const OFF_STEPS: [i64; 8] = [-8, -6, -4, -2, 2, 4, 6, 8];

/// Steps that a stretch must have for that.
const SHARP_STEPS: i64 = 4;

fn sharpness(
    query: &[Code],
    reference: &[u64],
    start: i64,
    end: i64,
    shift: i64,
    mean: f64,
) -> Option<f32> {
    if end - start + 1 < SHARP_STEPS {
        return None;
    }
    let off: Vec<(i64, f64)> = OFF_STEPS
        .into_iter()
        .filter_map(|off| {
            let all = || steps(query, reference, start, end, shift + off);
            (all().count() as i64 >= SHARP_STEPS).then(|| Some((off, self::mean(all())?))).flatten()
        })
        .collect();
    // Where one track ends, only earlier or only later moments are left to tell by: that something went by before is
    // no sign that what goes by now is the same.
    let both_ways =
        off.first().is_some_and(|first| first.0 < 0) && off.last().is_some_and(|last| last.0 > 0);
    let sum: f64 = off.iter().map(|(_, bits)| bits).sum();
    both_ways.then(|| (sum / off.len() as f64 - mean) as f32)
}

/// Bits by which neighbouring codes of a track differ at a cut.
const CUT_BITS: u32 = 16;

/// Whether a cut lies at the end of a stretch: within two steps of `at`, onward.
fn cut_near(track: impl Fn(usize) -> Option<Code>, at: i64, onward: i64) -> bool {
    (-1..3).any(|i| {
        let code = |at: i64| usize::try_from(at).ok().and_then(&track);
        match (code(at + i * onward), code(at + (i + 1) * onward)) {
            (Some(a), Some(b)) => a.bits(b).is_none_or(|bits| bits >= CUT_BITS),
            _ => true,
        }
    })
}

/// Whether the query's step at `at` agrees with the reference's at `reference_at`.
#[must_use]
pub fn agrees_at(
    query: &[Code],
    reference: &TimeTrack,
    at: MediaTime,
    reference_at: MediaTime,
) -> bool {
    bits(query, &reference.codes, step(at), step(reference_at) - step(at))
        .is_some_and(|bits| f64::from(bits) <= AGREE_BITS)
}

/// One step of a query's track, as the reference would have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    bits: u64,
    /// Bits that the query shows.
    known: u64,
}

/// Least bits that a step must show to be held against another.
const LEAST_KNOWN: u32 = 16;

impl Code {
    fn of(bits: u64) -> Self {
        Self { bits, known: u64::MAX }
    }

    /// Bits of 64 by which they differ, by what both show.
    fn bits(self, other: Self) -> Option<u32> {
        let known = self.known & other.known;
        let count = known.count_ones();
        let apart = ((self.bits ^ other.bits) & known).count_ones();
        (count >= LEAST_KNOWN).then(|| (apart * 64 + count / 2) / count)
    }
}

/// The codes of a query that `view` brings to lie as the reference does.
#[must_use]
pub fn codes_under(track: &TimeTrack, view: View) -> Vec<Code> {
    let code = |i: usize| {
        let code = match view.dihedral.index() {
            0 => *track.codes.get(i)?,
            dihedral => track.variants.get(i)?[dihedral - 1],
        };
        Some(Code::of(if view.negative { !code } else { code }))
    };
    (0..track.codes.len()).map_while(code).collect()
}

/// The codes of a query that lies as `lay` says, by the thumbnails of its `frames`, in order of time.
#[must_use]
pub fn codes_laid<'a>(
    frames: impl IntoIterator<Item = (MediaTime, &'a Luma)>,
    lay: &Lay,
    steps: usize,
) -> Vec<Code> {
    let mut codes = vec![(TRACK_STEP, Code { bits: 0, known: 0 }); steps];
    for (at, frame) in frames {
        let first = (at.0 / TRACK_STEP.0) as usize;
        let mut made = None;
        // A frame serves the step before it and the one after, whichever is nearer.
        for (i, (gap, code)) in codes.iter_mut().enumerate().skip(first).take(2) {
            let apart = MediaTime((i as i64 * TRACK_STEP.0 - at.0).abs());
            if apart < *gap {
                *gap = apart;
                *code = *made.get_or_insert_with(|| code_laid(frame, lay));
            }
        }
    }
    codes.into_iter().map(|(_, code)| code).collect()
}

/// Pixels of a cell of the 9 x 8 that a code is made of, a side.
const CELL: usize = 4;

/// Difference of two cells, in levels, under which it is a matter of noise which of them is the lighter one.
const LEAST_LEVELS: f32 = 1.5;

/// As [`firstseen_fingerprint::drift::track_code`], with what the query does not show left out, and what is flat there.
fn code_laid(frame: &Luma, lay: &Lay) -> Code {
    let laid = laid(frame, lay, 9 * CELL, 8 * CELL);
    let mean = |column: usize, row: usize| {
        let pixels = (0..CELL * CELL).map(|i| (column * CELL + i % CELL, row * CELL + i / CELL));
        let shown = pixels.filter(|&(x, y)| laid.shows(x, y));
        let (sum, count) = shown
            .fold((0, 0), |(sum, count), (x, y)| (sum + u32::from(laid.luma.at(x, y)), count + 1));
        (count * 4 >= CELL * CELL * 3).then(|| sum as f32 / count as f32)
    };
    let mut code = Code { bits: 0, known: 0 };
    for (row, column) in (0..8).flat_map(|row| (0..8).map(move |column| (row, column))) {
        let (here, next) = (mean(column, row), mean(column + 1, row));
        let apart = here.zip(next).map(|(here, next)| next - here);
        let known = apart.is_some_and(|apart| apart.abs() >= LEAST_LEVELS);
        code.bits = code.bits << 1 | u64::from(apart.is_some_and(|apart| apart > 0.0));
        code.known = code.known << 1 | u64::from(known);
    }
    code
}

fn step(at: MediaTime) -> i64 {
    at.0.saturating_add(TRACK_STEP.0 / 2).div_euclid(TRACK_STEP.0)
}

fn time(step: i64) -> MediaTime {
    MediaTime(step * TRACK_STEP.0)
}

fn bits(query: &[Code], reference: &[u64], at: i64, shift: i64) -> Option<u32> {
    let a = query.get(usize::try_from(at).ok()?)?;
    let b = reference.get(usize::try_from(at.checked_add(shift)?).ok()?)?;
    a.bits(Code::of(*b))
}

/// Distances at the steps from `from` to `to` that both sides have.
fn steps(
    query: &[Code],
    reference: &[u64],
    from: i64,
    to: i64,
    shift: i64,
) -> impl Iterator<Item = u32> {
    (from.max(0)..=to)
        .map_while(move |at| {
            query.get(usize::try_from(at).ok()?)?;
            Some(bits(query, reference, at, shift))
        })
        .flatten()
}

/// `None` where there are none.
fn mean(distances: impl Iterator<Item = u32>) -> Option<f64> {
    let (sum, count) =
        distances.fold((0_u64, 0_u64), |(sum, count), bits| (sum + u64::from(bits), count + 1));
    (count > 0).then(|| sum as f64 / count as f64)
}

#[cfg(test)]
mod tests;
