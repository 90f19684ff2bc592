//! Borders of a part found in a small plane, to the pixel of the full one.

use firstseen_model::LumaView;

use super::bounds::Bounds;

/// Pixels of a border that are looked at.
const SAMPLES: usize = 160;

/// Returns `small`, a box of `plane`, as a box of `frame`, each border moved to the strongest straight edge nearby.
pub(super) fn at_full_size(frame: LumaView<'_>, plane: LumaView<'_>, small: Bounds) -> Bounds {
    let old = (plane.width(), plane.height());
    let new = (frame.width(), frame.height());
    if old == new {
        return small;
    }
    let mut bounds = small.scaled(old, new);
    let reach = |old: usize, new: usize| new.div_ceil(old) + 1;
    let across = reach(old.0, new.0);
    let down = reach(old.1, new.1);
    let rows = samples(bounds.top, bounds.bottom);
    let columns = samples(bounds.left, bounds.right);
    let column_edge = |x: usize| -> u32 {
        rows.iter().map(|&y| difference(frame.row(y)[x - 1], frame.row(y)[x])).sum()
    };
    let row_edge = |y: usize| -> u32 {
        let (above, row) = (frame.row(y - 1), frame.row(y));
        columns.iter().map(|&x| difference(above[x], row[x])).sum()
    };
    bounds.left = strongest(bounds.left, across, frame.width(), column_edge);
    bounds.right = strongest(bounds.right, across, frame.width(), column_edge).max(bounds.left + 1);
    bounds.top = strongest(bounds.top, down, frame.height(), row_edge);
    bounds.bottom = strongest(bounds.bottom, down, frame.height(), row_edge).max(bounds.top + 1);
    bounds
}

/// Large differences count no more than middling ones: a few strokes must not outweigh a border.
fn difference(a: u8, b: u8) -> u32 {
    u32::from(a.abs_diff(b).min(40))
}

/// Pixels evenly spaced within `from..to`, away from the corners.
fn samples(from: usize, to: usize) -> Vec<usize> {
    let length = to - from;
    let inset = length / 16;
    let (from, length) = (from + inset, length - 2 * inset);
    let count = length.min(SAMPLES);
    (0..count).map(|i| from + (2 * i + 1) * length / (2 * count)).collect()
}

/// The edge within `reach` of `at` with the greatest `strength`; the rims of the frame stay where they are.
fn strongest(at: usize, reach: usize, side: usize, strength: impl Fn(usize) -> u32) -> usize {
    if at == 0 || at >= side {
        return at.min(side);
    }
    let from = at.saturating_sub(reach).max(1);
    let to = (at + reach).min(side - 1);
    (from..=to)
        .max_by_key(|&edge| (strength(edge), std::cmp::Reverse(edge.abs_diff(at))))
        .unwrap_or(at)
}
