//! Places the ends of a stretch by the time tracks of both sides.

use firstseen_intake::{TRACK_STEP, TimeTrack};
use firstseen_model::{MediaTime, Span, View};

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
}

/// Places the ends of a stretch that hits have found between `seed` (in the query) at `offset` (reference time less
/// query time), or returns `None` where the tracks disagree even there.
#[must_use]
pub fn align(
    query: &TimeTrack,
    reference: &TimeTrack,
    view: View,
    seed: Span,
    offset: MediaTime,
) -> Option<Aligned> {
    let query = codes_under(query, view);
    let reference = &reference.codes;
    let (first, last) = (step(seed.start), step(seed.end));
    let coarse = (offset.0 as f64 / TRACK_STEP.0 as f64).round() as i64;
    let shift = (coarse - SEARCH_STEPS..=coarse + SEARCH_STEPS)
        .filter_map(|shift| {
            // A few steps around the hits, or a single hit would fit anywhere.
            let mean = mean_bits(&query, reference, (first - 4).max(0), last + 4, shift)?;
            Some((mean, (shift - coarse).abs(), shift))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))))
        .map(|(_, _, shift)| shift)?;
    let inside = |at: i64| bits(&query, reference, at, shift).is_some();
    let agrees = |at: i64| -> bool {
        let half = WINDOW as i64 / 2;
        inside(at)
            && mean_bits(&query, reference, at - half, at + half, shift)
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
            && !cut_near(&query, at, onward)
            && !cut_near(reference, at + shift, onward)
    };
    let mean = mean_bits(&query, reference, start, end, shift)?;
    Some(Aligned {
        query: Span { start: time(start), end: time(end) },
        reference: Span { start: time(start + shift), end: time(end + shift) },
        mean_bits: mean as f32,
        sharpness_bits: sharpness(&query, reference, start, end, shift, mean),
        parted_ends: u8::from(parts(start, -1)) + u8::from(parts(end, 1)),
    })
}

/// Steps by which the tracks are set off to see how sharp an alignment is.
const OFF_STEPS: [i64; 8] = [-8, -6, -4, -2, 2, 4, 6, 8];

/// Steps that a stretch must have for that.
const SHARP_STEPS: i64 = 4;

fn sharpness(
    query: &[u64],
    reference: &[u64],
    start: i64,
    end: i64,
    shift: i64,
    mean: f64,
) -> Option<f32> {
    if end - start + 1 < SHARP_STEPS {
        return None;
    }
    let off: Vec<f64> = OFF_STEPS
        .into_iter()
        .filter_map(|off| {
            let enough =
                (start..=end).filter(|&at| bits(query, reference, at, shift + off).is_some());
            (enough.count() as i64 >= SHARP_STEPS)
                .then(|| mean_bits(query, reference, start, end, shift + off))
                .flatten()
        })
        .collect();
    (!off.is_empty()).then(|| (off.iter().sum::<f64>() / off.len() as f64 - mean) as f32)
}

/// Bits by which neighbouring codes of a track differ at a cut.
const CUT_BITS: u32 = 16;

/// Whether a cut lies at the end of a stretch: within two steps of `at`, onward.
fn cut_near(track: &[u64], at: i64, onward: i64) -> bool {
    (-1..3).any(|i| {
        let (a, b) = (at + i * onward, at + (i + 1) * onward);
        let code = |at: i64| usize::try_from(at).ok().and_then(|at| track.get(at));
        match (code(a), code(b)) {
            (Some(a), Some(b)) => (a ^ b).count_ones() >= CUT_BITS,
            _ => true,
        }
    })
}

/// Whether the query's step at `at` agrees with the reference's at `at + offset`.
#[must_use]
pub fn agrees_at(
    query: &TimeTrack,
    reference: &TimeTrack,
    view: View,
    at: MediaTime,
    reference_at: MediaTime,
) -> bool {
    let query = code_under(query, view, step(at));
    let reference = usize::try_from(step(reference_at)).ok().and_then(|i| reference.codes.get(i));
    match (query, reference) {
        (Some(query), Some(reference)) => f64::from((query ^ reference).count_ones()) <= AGREE_BITS,
        _ => false,
    }
}

fn step(at: MediaTime) -> i64 {
    (at.0 + TRACK_STEP.0 / 2).div_euclid(TRACK_STEP.0)
}

fn time(step: i64) -> MediaTime {
    MediaTime(step * TRACK_STEP.0)
}

fn code_under(track: &TimeTrack, view: View, step: i64) -> Option<u64> {
    let i = usize::try_from(step).ok()?;
    let code = match view.dihedral.index() {
        0 => *track.codes.get(i)?,
        dihedral => track.variants.get(i)?[dihedral - 1],
    };
    Some(if view.negative { !code } else { code })
}

fn codes_under(track: &TimeTrack, view: View) -> Vec<u64> {
    (0..track.codes.len() as i64).map_while(|i| code_under(track, view, i)).collect()
}

fn bits(query: &[u64], reference: &[u64], at: i64, shift: i64) -> Option<u32> {
    let a = query.get(usize::try_from(at).ok()?)?;
    let b = reference.get(usize::try_from(at + shift).ok()?)?;
    Some((a ^ b).count_ones())
}

/// Mean distance over the steps that both sides have; `None` where they share none.
fn mean_bits(query: &[u64], reference: &[u64], from: i64, to: i64, shift: i64) -> Option<f64> {
    let all: Vec<u32> = (from..=to).filter_map(|at| bits(query, reference, at, shift)).collect();
    (!all.is_empty())
        .then(|| all.iter().map(|&bits| f64::from(bits)).sum::<f64>() / all.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(seed: u64, count: usize) -> Vec<u64> {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state ^ state >> 29
        };
        (0..count).map(|_| next()).collect()
    }

    fn track(codes: Vec<u64>) -> TimeTrack {
        TimeTrack { codes, variants: Vec::new() }
    }

    #[test]
    fn an_excerpt_is_placed_to_the_step() {
        let reference = track(codes(1, 400));
        let query = track([codes(2, 8), reference.codes[100..140].to_vec(), codes(3, 8)].concat());
        let seed = Span { start: MediaTime(4_000_000), end: MediaTime(8_000_000) };
        // The votes are a second off.
        let found =
            align(&query, &reference, View::default(), seed, MediaTime(24_000_000)).unwrap();
        assert_eq!(found.reference.start - found.query.start, MediaTime(23_000_000));
        assert!((found.query.start.0 - 2_000_000).abs() <= 250_000, "{found:?}");
        assert!((found.query.end.0 - 11_750_000).abs() <= 250_000, "{found:?}");
    }

    #[test]
    fn tracks_that_disagree_give_nothing() {
        let seed = Span { start: MediaTime(0), end: MediaTime(2_000_000) };
        let found =
            align(&track(codes(1, 40)), &track(codes(2, 40)), View::default(), seed, MediaTime(0));
        assert_eq!(found, None);
    }
}
