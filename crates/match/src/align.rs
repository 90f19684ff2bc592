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
    /// By how many bits the codes change within the stretch, on the side where they change less: 0 where somebody
    /// stands still before a fixed camera.
    pub change_bits: u32,
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
    let (first, last) = (step(seed.start).max(0), step(seed.end).min(query.len() as i64 - 1));
    let coarse = (offset.0 as f64 / TRACK_STEP.0 as f64).round() as i64;
    // A few steps around the hits, or a single hit would fit anywhere.
    let window = |shift| steps(&query, reference, first - 4, last + 4, shift);
    let tried = coarse.saturating_sub(SEARCH_STEPS)..=coarse.saturating_add(SEARCH_STEPS);
    let most = tried.clone().map(|shift| window(shift).count()).max()?;
    let shift = tried
        // Where the ends of two tracks hardly overlap, they fit by chance.
        .filter(|&shift| 2 * window(shift).count() >= most)
        .filter_map(|shift| Some((mean(window(shift))?, (shift - coarse).abs(), shift)))
        .min_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))))
        .map(|(_, _, shift)| shift)?;
    let inside = |at: i64| bits(&query, reference, at, shift).is_some();
    let agrees = |at: i64| -> bool {
        let half = WINDOW as i64 / 2;
        inside(at)
            && mean(steps(&query, reference, at - half, at + half, shift))
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
    let mean = mean(steps(&query, reference, start, end, shift))?;
    Some(Aligned {
        query: Span { start: time(start), end: time(end) },
        reference: Span { start: time(start + shift), end: time(end + shift) },
        mean_bits: mean as f32,
        sharpness_bits: sharpness(&query, reference, start, end, shift, mean),
        parted_ends: u8::from(parts(start, -1)) + u8::from(parts(end, 1)),
        change_bits: change(&query, start, end).min(change(reference, start + shift, end + shift)),
    })
}

/// Greatest distance of two codes within a stretch of one track.
fn change(track: &[u64], start: i64, end: i64) -> u32 {
    let within = |at: i64| usize::try_from(at).ok().and_then(|at| track.get(at)).copied();
    let codes: Vec<u64> = (start..=end).filter_map(within).collect();
    // From first, middle and last: every pair would cost the square of an hour's codes.
    let anchors = [codes.first(), codes.get(codes.len() / 2), codes.last()];
    let far = |anchor: &u64| codes.iter().map(|code| (code ^ anchor).count_ones()).max();
    anchors.into_iter().flatten().filter_map(far).max().unwrap_or(0)
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
    at.0.saturating_add(TRACK_STEP.0 / 2).div_euclid(TRACK_STEP.0)
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
    let b = reference.get(usize::try_from(at.checked_add(shift)?).ok()?)?;
    Some((a ^ b).count_ones())
}

/// Distances at the steps from `from` to `to` that both sides have.
fn steps(
    query: &[u64],
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
