//! What lies over a copy: captions, tickers, logos, stickers.

use firstseen_model::Part;

use crate::blocks::Comparison;
use crate::lay::Lay;

/// Correlation under which a block shows something else.
const OTHER: f32 = 0.5;

/// Fewest blocks that make an overlay.
const OVERLAY_BLOCKS: usize = 3;

/// Most overlays that are told.
const MAX_OVERLAYS: usize = 8;

/// Boxes of the query, as shares of its frame, that show something else than the reference does there.
pub(crate) fn overlays(comparison: &Comparison, lay: &Lay, here: Part) -> Vec<[f32; 4]> {
    let (columns, rows) = (comparison.columns, comparison.rows);
    let other = |i: usize| comparison.correlation[i].is_some_and(|c| c < OTHER);
    let mut seen = vec![false; columns * rows];
    let mut found = Vec::new();
    for start in 0..columns * rows {
        if seen[start] || !other(start) {
            continue;
        }
        let (mut left, mut top, mut right, mut bottom) = (columns, rows, 0, 0);
        let (mut waiting, mut count) = (vec![start], 0);
        seen[start] = true;
        while let Some(i) = waiting.pop() {
            let (x, y) = (i % columns, i / columns);
            count += 1;
            (left, right) = (left.min(x), right.max(x + 1));
            (top, bottom) = (top.min(y), bottom.max(y + 1));
            let beside = [
                (x > 0).then(|| i - 1),
                (x + 1 < columns).then_some(i + 1),
                (y > 0).then(|| i - columns),
                (y + 1 < rows).then_some(i + columns),
            ];
            for next in beside.into_iter().flatten() {
                if !seen[next] && other(next) {
                    seen[next] = true;
                    waiting.push(next);
                }
            }
        }
        // A thread of blocks through the picture is noise along an edge, not a box.
        if 2 * count >= (right - left) * (bottom - top) {
            found.push(Covered { count, left, top, right, bottom });
        }
    }
    let mut found = joined(found);
    found.retain(|covered| covered.count >= OVERLAY_BLOCKS);
    found.sort_by_key(|covered| (std::cmp::Reverse(covered.count), covered.top, covered.left));
    found.truncate(MAX_OVERLAYS);
    let in_frame = |covered: Covered| {
        let (width, height) = comparison.block;
        let (x, y) = (covered.left as f32 * width, covered.top as f32 * height);
        // What is left behind the last whole block goes with it.
        let end = |block: usize, blocks: usize, size: f32| {
            if block == blocks { 1.0 } else { block as f32 * size }
        };
        let right = end(covered.right, columns, width);
        let bottom = end(covered.bottom, rows, height);
        let part = lay.boxed(Part { x, y, width: right - x, height: bottom - y });
        [
            here.x + part.x * here.width,
            here.y + part.y * here.height,
            part.width * here.width,
            part.height * here.height,
        ]
    };
    found.into_iter().map(in_frame).collect()
}

/// Blocks that show something else, and the box around them.
#[derive(Clone, Copy)]
struct Covered {
    count: usize,
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

/// Blocks without detail that may lie between two words of one line.
const WORD_GAP: usize = 3;

/// Boxes side by side are one: words of a caption, with the ground between them.
fn joined(mut boxes: Vec<Covered>) -> Vec<Covered> {
    let beside = |a: &Covered, b: &Covered| {
        let shared = a.bottom.min(b.bottom).saturating_sub(a.top.max(b.top));
        let lower = (a.bottom - a.top).min(b.bottom - b.top);
        let gap = a.left.max(b.left).saturating_sub(a.right.min(b.right));
        2 * shared >= lower && gap <= WORD_GAP
    };
    let mut i = 0;
    while i < boxes.len() {
        let other = (i + 1..boxes.len()).find(|&j| beside(&boxes[i], &boxes[j]));
        let Some(other) = other else {
            i += 1;
            continue;
        };
        let b = boxes.swap_remove(other);
        let a = boxes[i];
        boxes[i] = Covered {
            count: a.count + b.count,
            left: a.left.min(b.left),
            top: a.top.min(b.top),
            right: a.right.max(b.right),
            bottom: a.bottom.max(b.bottom),
        };
        // What it grew by may touch what it did not before.
        i = 0;
    }
    boxes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::{pasted, scene};

    #[test]
    fn what_covers_the_bottom_is_one_box_there() {
        let picture = scene(3);
        let covered = pasted(&picture, &scene(8), [0, 56, 128, 16]);
        let seen = Comparison::of(&covered, &Lay::default(), &picture);
        let found = overlays(&seen, &Lay::default(), Part::WHOLE);
        let [x, y, width, height] = found[0];
        assert!(x < 0.2 && width > 0.6 && y > 0.7 && y + height > 0.95, "{found:?}");
        assert_eq!(
            overlays(
                &Comparison::of(&picture, &Lay::default(), &picture),
                &Lay::default(),
                Part::WHOLE
            ),
            [[0.0; 4]; 0]
        );
    }
}
