//! Blocks of a page: what bare rows and columns part, as in screenshots of posts and collages with gutters.

use firstseen_model::LumaView;

use super::Proposal;
use super::bounds::Bounds;
use super::edges::Edges;

/// How often a page is cut, rows and columns in turn.
const DEEPEST: usize = 8;

/// Levels by which a pixel of a bare row may differ from its tone.
const SPREAD: u8 = 8;

/// Least mean straightness of a block's borders, in hundredths.
const LEAST_STRAIGHT: usize = 45;

/// Returns the blocks of `plane` that are large enough for a picture and have straight borders.
pub(super) fn propose(plane: LumaView<'_>, edges: &Edges) -> Vec<Proposal> {
    let mut blocks = Vec::new();
    cut(plane, Bounds::whole(plane), 0, false, &mut blocks);
    blocks
        .into_iter()
        .filter(|&block| edges.large_enough(block))
        .filter_map(|bounds| {
            let straight = edges.straightness(bounds);
            // What bare rows part is surer than what edges enclose.
            let score = straight.evidence * 2;
            (straight.sides > 0 && straight.mean >= LEAST_STRAIGHT)
                .then_some(Proposal { bounds, score })
        })
        .collect()
}

/// Cuts `bounds` where rows (or, every other time, columns) are bare, and what is left again; what cannot be cut either
/// way is a block.
fn cut(plane: LumaView<'_>, bounds: Bounds, depth: usize, stuck: bool, blocks: &mut Vec<Bounds>) {
    let by_rows = depth.is_multiple_of(2);
    let (first, last) =
        if by_rows { (bounds.top, bounds.bottom) } else { (bounds.left, bounds.right) };
    let bare = |at: usize| {
        if by_rows {
            is_bare(plane.row(at)[bounds.left..bounds.right].iter().copied())
        } else {
            is_bare((bounds.top..bounds.bottom).map(|y| plane.row(y)[at]))
        }
    };
    let runs = full_runs(first, last, bare);
    let uncut = runs == [(first, last)];
    if (uncut && stuck) || depth >= DEEPEST {
        blocks.push(bounds);
        return;
    }
    for (from, to) in runs {
        let piece = if by_rows {
            Bounds { top: from, bottom: to, ..bounds }
        } else {
            Bounds { left: from, right: to, ..bounds }
        };
        if piece.width().min(piece.height()) > 8 {
            cut(plane, piece, depth + 1, uncut, blocks);
        }
    }
}

/// The runs within `first..last` that are not bare.
fn full_runs(first: usize, last: usize, bare: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for at in (first..last).filter(|&at| !bare(at)) {
        match runs.last_mut() {
            Some(run) if run.1 == at => run.1 = at + 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}

/// Whether `pixels` have one tone, but for one in sixty-four.
fn is_bare(pixels: impl Iterator<Item = u8> + Clone) -> bool {
    let (mut count, mut sum) = (0, 0);
    for pixel in pixels.clone() {
        count += 1;
        sum += usize::from(pixel);
    }
    // The mean is the tone only where the line is bare, and else the answer is no.
    let tone = (sum / usize::max(count, 1)) as u8;
    64 * pixels.filter(|pixel| pixel.abs_diff(tone) > SPREAD).count() <= count
}
