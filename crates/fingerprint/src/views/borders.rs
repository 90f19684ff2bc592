//! What a frame has around its picture: bars and padding of one tone, strips of captions, blurred copies.
//!
//! Lines (rows from the top, columns from the left and so on) are followed inwards while they are border. A border
//! counts only where it ends at a step that runs along the whole line, which the pictures of plain things have not.

use firstseen_model::LumaView;

use super::bounds::Bounds;
use super::lines::{Lines, Side};

/// Levels by which a pixel of plain padding may differ from its tone: ringing of encoders.
const SPREAD: u8 = 10;

/// Lines by which ringing ends a bare border early: a block of encoders.
const RINGING: usize = 8;

/// Share of a line, in hundredths, that a border may have of one tone where it has no text.
const BARE: usize = 95;

/// Share of the side, in hundredths, of text on a border that no bare line parts.
const TEXT: usize = 20;

/// Share of the side, in hundredths, that borders may take from one side, and that must remain.
const DEEPEST: usize = 72;
const LEAST_LEFT: usize = 18;

/// Levels by which pixels differ across the edge of a picture.
const STEP: u8 = 9;

/// Share of the line, in hundredths, that steps at the edge of a picture: where a border has no twin, where it has
/// one, where the other side has a sure border, and where what follows may be a line of text.
const ALONE: usize = 62;
const TWIN: usize = 30;
const BESIDE: usize = 45;
const TEXT_LIKE: usize = 80;

/// Share of the line that steps at the edge of a picture within a blurred border.
const BLURRED: usize = 40;
const CLEAR: usize = 65;

/// Share of a line of a blurred border, in hundredths, that is calm where it has no text.
const CALM_SHARE: usize = 90;

/// Returns what borders leave of `frame`, all of it where there are none or where nothing would be left.
pub(super) fn cut(frame: LumaView<'_>) -> Bounds {
    let mut bounds = Bounds::whole(frame);
    // A border within a border is common, a third one is not.
    for _ in 0..2 {
        let before = bounds;
        bounds = cut_blurred(frame, bounds);
        bounds = cut_plain(frame, bounds);
        if bounds == before {
            break;
        }
    }
    bounds
}

const PAIRS: [[Side; 2]; 2] = [[Side::Top, Side::Bottom], [Side::Left, Side::Right]];

/// Where a border may end.
#[derive(Clone, Copy)]
struct End {
    /// Lines of border.
    depth: usize,
    /// Share of the line, in hundredths, that steps there.
    step: usize,
    /// Whether the border goes on beyond a stretch no deeper than a line of text.
    resumes: bool,
}

fn cut_plain(frame: LumaView<'_>, bounds: Bounds) -> Bounds {
    // What is padded on all sides fills no line, so steps are looked for along what remains of the other sides.
    let mut extent = bounds;
    for side in PAIRS.into_iter().flatten() {
        let bare = bare_lines(&Lines::new(frame, bounds, side, bounds));
        extent = without(extent, side, bare);
    }
    let mut left = bounds;
    for pair in PAIRS {
        let ends = pair.map(|side| plain_ends(&Lines::new(frame, bounds, side, extent)));
        let span = if pair[0] == Side::Top { bounds.height() } else { bounds.width() };
        let depths = match [alone(&ends[0]), alone(&ends[1])] {
            // One sure border makes the other likelier.
            [Some(a), None] => [Some(a), beside(&ends[1])],
            [None, Some(b)] => [beside(&ends[0]), Some(b)],
            [None, None] => twins(&ends, span / 50),
            both => both,
        };
        for (side, depth) in pair.into_iter().zip(depths) {
            left = without(left, side, depth.unwrap_or(0));
        }
    }
    if enough(left, bounds) { left } else { bounds }
}

/// The innermost of `ends` that is sure on its own.
fn alone(ends: &[End]) -> Option<usize> {
    let passes = |end: &&End| end.step >= if end.resumes { TEXT_LIKE } else { ALONE };
    ends.iter().rev().find(passes).map(|end| end.depth)
}

/// The innermost of `ends` that is sure where the border on the other side is.
fn beside(ends: &[End]) -> Option<usize> {
    ends.iter().rev().find(|end| end.step >= BESIDE && !end.resumes).map(|end| end.depth)
}

/// The innermost ends that are alike on both sides, to `near` lines.
fn twins([a, b]: &[Vec<End>; 2], near: usize) -> [Option<usize>; 2] {
    let likely = |end: &&End| !end.resumes;
    let twins = a.iter().rev().filter(likely).find_map(|a| {
        let twin = b.iter().rev().filter(likely).find(|b| a.depth.abs_diff(b.depth) <= near)?;
        Some((a.depth, twin.depth))
    });
    [twins.map(|twins| twins.0), twins.map(|twins| twins.1)]
}

/// `bounds` without `depth` lines at `side`, at least one pixel of it.
fn without(bounds: Bounds, side: Side, depth: usize) -> Bounds {
    let mut left = bounds;
    match side {
        Side::Top => left.top = (left.top + depth).min(left.bottom - 1),
        Side::Bottom => left.bottom = left.bottom.saturating_sub(depth).max(left.top + 1),
        Side::Left => left.left = (left.left + depth).min(left.right - 1),
        Side::Right => left.right = left.right.saturating_sub(depth).max(left.left + 1),
    }
    left
}

fn enough(left: Bounds, bounds: Bounds) -> bool {
    left.width() * 100 >= bounds.width() * LEAST_LEFT
        && left.height() * 100 >= bounds.height() * LEAST_LEFT
}

/// The tone that half of `pixels` reach.
fn median(pixels: &[u8]) -> u8 {
    let mut sorted = pixels.to_vec();
    let middle = sorted.len() / 2;
    *sorted.select_nth_unstable(middle).1
}

/// Share of `pixels`, in hundredths, that have `tone`.
fn share_of(pixels: &[u8], tone: u8) -> usize {
    100 * pixels.iter().filter(|pixel| pixel.abs_diff(tone) <= SPREAD).count() / pixels.len()
}

/// How many lines from the side have one tone and nothing else.
fn bare_lines(lines: &Lines<'_>) -> usize {
    let mut pixels = Vec::new();
    lines.read(0, &mut pixels);
    let tone = median(&pixels);
    (0..lines.count())
        .find(|&depth| {
            lines.read(depth, &mut pixels);
            share_of(&pixels, tone) < BARE
        })
        .unwrap_or(lines.count())
}

/// Where a border of one tone may end, outermost first.
fn plain_ends(lines: &Lines<'_>) -> Vec<End> {
    let count = lines.count();
    let (least, deepest) = ((count / 64).max(3), count * DEEPEST / 100);
    let mut pixels = Vec::new();
    lines.read(count.min(3) - 1, &mut pixels);
    let tone = median(&pixels);
    let mut ends: Vec<End> = Vec::new();
    let (mut last_bare, mut bare_run, mut foreign_run) = (None, 0, 0);
    for depth in 0..deepest {
        lines.read(depth, &mut pixels);
        let share = share_of(&pixels, tone);
        if share >= BARE {
            if bare_run == 0
                && let Some(end) = ends.last_mut()
            {
                end.resumes = true;
            }
            (last_bare, bare_run, foreign_run) = (Some(depth), bare_run + 1, 0);
            continue;
        }
        // The outermost line may be the rim of a scaled picture.
        let Some(last) = last_bare else {
            if depth > 1 {
                break;
            }
            continue;
        };
        if bare_run >= 2 && depth >= least {
            ends.push(end(lines, depth, Some(tone)));
        }
        bare_run = 0;
        // Text leaves ground between its letters, however large it is.
        foreign_run = if share < 15 { foreign_run + 1 } else { 0 };
        if foreign_run > 4 || (depth - last) * 100 > count * TEXT {
            break;
        }
    }
    ends.retain(|end| end.step >= TWIN);
    ends
}

/// The end of a border whose first other line is about `depth`: where lines differ most.
fn end(lines: &Lines<'_>, depth: usize, tone: Option<u8>) -> End {
    let last = lines.count() - 1;
    let (mut before, mut at) = (Vec::new(), Vec::new());
    let (mut most, mut best) = (0, depth);
    for line in depth.max(2) - 1..(depth + RINGING + 1).min(last) {
        lines.read(line - 1, &mut before);
        lines.read(line, &mut at);
        let sum: u32 =
            before.iter().zip(&at).map(|(&a, &b)| u32::from(a.abs_diff(b).min(64))).sum();
        if sum > most {
            (most, best) = (sum, line);
        }
    }
    End { depth: best, step: step(lines, best, tone), resumes: false }
}

/// Share of the line, in hundredths, that steps at `depth` from a border, of `tone` if it has one.
fn step(lines: &Lines<'_>, depth: usize, tone: Option<u8>) -> usize {
    let (mut outside, mut inside) = (Vec::new(), Vec::new());
    lines.read(depth.saturating_sub(2), &mut outside);
    lines.read((depth + 1).min(lines.count() - 1), &mut inside);
    let steps = outside.iter().zip(&inside).filter(|&(&a, &b)| {
        a.abs_diff(b) >= STEP && tone.is_none_or(|tone| a.abs_diff(tone) <= 2 * SPREAD)
    });
    100 * steps.count() / outside.len()
}

fn cut_blurred(frame: LumaView<'_>, bounds: Bounds) -> Bounds {
    for pair in PAIRS {
        let lines = pair.map(|side| Lines::new(frame, bounds, side, bounds));
        if !lines.iter().all(starts_calm) {
            continue;
        }
        // Bare borders are for the other cut, which knows more of text.
        let bare = [&lines[0], &lines[1]].map(bare_lines);
        if lines.iter().zip(bare).any(|(lines, bare)| is_page(lines, bare)) {
            continue;
        }
        let [a, b] = [&lines[0], &lines[1]].map(blurred_ends);
        // Most reposts have their picture in the middle, and text above or below it.
        let near = lines[0].count() / 50;
        let even = a
            .iter()
            .flat_map(|a| b.iter().map(move |b| (a, b)))
            .filter(|(a, b)| a.depth.abs_diff(b.depth) <= near)
            .max_by_key(|(a, b)| a.step + b.step);
        let clear = |ends: &[End]| ends.iter().find(|end| end.step >= CLEAR).copied();
        let Some((a, b)) = even.map(|(&a, &b)| (a, b)).or(clear(&a).zip(clear(&b))) else {
            continue;
        };
        if bare[0] + RINGING >= a.depth && bare[1] + RINGING >= b.depth {
            continue;
        }
        let left = without(without(bounds, pair[0], a.depth), pair[1], b.depth);
        if enough(left, bounds) && sharper(frame, left, &lines, [a.depth, b.depth]) {
            return left;
        }
    }
    bounds
}

/// Whether the border is of one tone until something with strokes begins.
fn is_page(lines: &Lines<'_>, bare: usize) -> bool {
    bare > 2 && (bare + 2 >= lines.count() || lines.calm(bare + 2) < CALM_SHARE)
}

/// Whether the outermost lines may be of a blurred picture; a glance.
fn starts_calm(lines: &Lines<'_>) -> bool {
    let count = lines.count();
    let at = |share: usize| lines.calm((count * share / 100).min(count - 1));
    [1, 2, 3, 4].into_iter().filter(|&share| at(share) >= CALM_SHARE).count() >= 3
}

/// Where a blurred border may end, outermost first: nothing but text within it steps.
fn blurred_ends(lines: &Lines<'_>) -> Vec<End> {
    let count = lines.count();
    let (least, deepest) = ((count / 32).max(6), count * 48 / 100);
    let (mut last_calm, mut calm_lines) = (0, 0);
    let mut ends: Vec<End> = Vec::new();
    // A step shows from three lines, so every other one will do.
    for depth in (0..deepest).step_by(2) {
        if lines.calm(depth) >= CALM_SHARE {
            last_calm = depth;
            calm_lines += 2;
        }
        if (depth - last_calm) * 100 > count * TEXT {
            break;
        }
        let beyond = ends.last().is_none_or(|end| depth > end.depth + 6);
        if beyond && depth >= least && calm_lines * 10 >= depth * 6 && leap(lines, depth) >= BLURRED
        {
            ends.push(end(lines, depth - 2, None));
        }
    }
    ends
}

/// Share of the line, in hundredths, that steps at `depth` far more than just outside.
fn leap(lines: &Lines<'_>, depth: usize) -> usize {
    let mut read = [Vec::new(), Vec::new(), Vec::new()];
    for (pixels, depth) in read.iter_mut().zip([depth - 5, depth - 2, depth + 1]) {
        lines.read(depth.min(lines.count() - 1), pixels);
    }
    let [far, outside, inside] = &read;
    let leaps = far.iter().zip(outside).zip(inside).filter(|&((&far, &outside), &inside)| {
        let step = outside.abs_diff(inside);
        step >= STEP && step >= far.abs_diff(outside).saturating_mul(2).saturating_add(4)
    });
    100 * leaps.count() / outside.len()
}

/// Whether what is left is sharper than the borders around it.
fn sharper(frame: LumaView<'_>, left: Bounds, lines: &[Lines<'_>; 2], depths: [usize; 2]) -> bool {
    let inner = Lines::new(frame, left, lines[0].side, left);
    let inside = inner.bend(inner.count());
    lines.iter().zip(depths).all(|(lines, depth)| {
        let outside = lines.bend(depth.saturating_sub(3).max(1));
        inside * 2 >= outside * 3
    })
}
