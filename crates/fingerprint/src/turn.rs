//! Planes mirrored and turned by right angles.

use firstseen_model::{Dihedral, Luma, LumaView};

/// Returns `view` after `dihedral` was done to it: mirrored first, then turned clockwise.
#[must_use]
pub fn turned(view: LumaView<'_>, dihedral: Dihedral) -> Luma {
    let (old_width, old_height) = (view.width(), view.height());
    let (width, height) =
        if dihedral.swaps_sides() { (old_height, old_width) } else { (old_width, old_height) };
    Luma::from_fn(width, height, |x, y| {
        // Where the pixel was before the turn, then before the mirror.
        let (x, y) = match dihedral.quarter_turns % 4 {
            0 => (x, y),
            1 => (y, old_height - 1 - x),
            2 => (old_width - 1 - x, old_height - 1 - y),
            _ => (old_width - 1 - y, x),
        };
        view.row(y)[if dihedral.mirrored { old_width - 1 - x } else { x }]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mirrored: bool, quarter_turns: u8, width: usize, expected: [u8; 6]) {
        let turned = turned(
            LumaView::new(&[1, 2, 3, 4, 5, 6], 3, 2, 3).unwrap(),
            Dihedral { mirrored, quarter_turns },
        );
        assert_eq!((turned.width(), turned.bytes()), (width, expected.as_slice()));
    }

    #[test]
    fn a_mirror_comes_before_clockwise_turns() {
        check(false, 0, 3, [1, 2, 3, 4, 5, 6]);
        check(false, 1, 2, [4, 1, 5, 2, 6, 3]);
        check(false, 2, 3, [6, 5, 4, 3, 2, 1]);
        check(false, 3, 2, [3, 6, 2, 5, 1, 4]);
        check(true, 0, 3, [3, 2, 1, 6, 5, 4]);
        check(true, 1, 2, [6, 3, 5, 2, 4, 1]);
        check(true, 2, 3, [4, 5, 6, 1, 2, 3]);
        check(true, 3, 2, [1, 4, 2, 5, 3, 6]);
    }
}
