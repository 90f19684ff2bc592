//! Corners of a level: where enough of a ring of pixels is lighter or darker than its middle.

use firstseen_model::Luma;

/// The ring of 16 pixels around a pixel, clockwise from above: columns and rows.
#[rustfmt::skip]
const RING: [(isize, isize); 16] = [
    (0, -3), (1, -3), (2, -2), (3, -1), (3, 0), (3, 1), (2, 2), (1, 3),
    (0, 3), (-1, 3), (-2, 2), (-3, 1), (-3, 0), (-3, -1), (-2, -2), (-1, -3),
];

/// Pixels between a ring and its middle.
const REACH: usize = 3;

/// Parts of a pixel in which a corner is placed.
pub(super) const PARTS: i32 = 64;

/// Pixels that are looked at together.
const BLOCK: usize = 32;

/// Steps from the middle of a window to its edge where slopes are summed.
const WINDOW: usize = 3;

/// A corner of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Corner {
    /// Column and row of its pixel.
    pub(super) x: u16,
    pub(super) y: u16,
    /// Where it lies within that pixel, from its middle, in 1/[`PARTS`], at most half a pixel each way.
    pub(super) dx: i8,
    pub(super) dy: i8,
    /// By how many levels nine neighbours on the ring differ from the middle, at least.
    pub(super) contrast: u8,
}

/// The corners of `level` at least `margin` from its edges whose contrast is at least `min_contrast` and no less than
/// that of any neighbour, in rows from the top.
///
/// # Source
///
/// E. Rosten and T. Drummond, "Machine learning for high-speed corner detection", 2006: FAST with nine of sixteen.
pub(super) fn corners(level: &Luma, margin: usize, min_contrast: u8) -> Vec<Corner> {
    let (width, height) = (level.width(), level.height());
    let margin = margin.max(REACH + 1);
    let mut corners = Vec::new();
    if width <= 2 * margin || height <= 2 * margin {
        return corners;
    }
    let row = |y: usize| &level.bytes()[y * width..][..width];
    let contrasts_of = |y: usize, out: &mut [u8]| {
        let rows = std::array::from_fn(|offset| row(y + offset - REACH));
        contrasts(rows, min_contrast, &mut out[REACH..width - REACH]);
    };
    // Contrasts of a row, of the one above it and of the one below.
    let mut three = [vec![0; width], vec![0; width], vec![0; width]];
    contrasts_of(margin - 1, &mut three[1]);
    contrasts_of(margin, &mut three[2]);
    let (mut greatest, mut peaks) = (vec![0u8; width], vec![0u8; width]);
    for y in margin..height - margin {
        three.rotate_left(1);
        contrasts_of(y + 1, &mut three[2]);
        let [above, here, below] = &three;
        for (((greatest, &above), &here), &below) in
            greatest.iter_mut().zip(above).zip(here).zip(below)
        {
            *greatest = above.max(here).max(below);
        }
        let near = greatest.iter().zip(&greatest[1..]).zip(&greatest[2..]);
        for ((peak, &contrast), ((&a, &b), &c)) in peaks[1..].iter_mut().zip(&here[1..]).zip(near) {
            *peak = if contrast >= a.max(b).max(c).max(min_contrast) { contrast } else { 0 };
        }
        for (block, first) in
            peaks[margin..width - margin].chunks(BLOCK).zip((margin..).step_by(BLOCK))
        {
            if block.iter().fold(0, |any, &peak| any | peak) == 0 {
                continue;
            }
            for (&contrast, x) in block.iter().zip(first..) {
                // Of equals, the first alone.
                let later = || above[x - 1..=x + 1].contains(&contrast) || here[x - 1] == contrast;
                if contrast == 0 || later() {
                    continue;
                }
                let dx = summit(here[x - 1], contrast, here[x + 1]);
                let dy = summit(above[x], contrast, below[x]);
                corners.push(Corner { x: x as u16, y: y as u16, dx, dy, contrast });
            }
        }
    }
    corners
}

/// Where the parabola through three neighbours has its summit, from the middle one.
fn summit(before: u8, at: u8, after: u8) -> i8 {
    let [before, at, after] = [before, at, after].map(i32::from);
    let bend = 2 * at - before - after;
    let parts = (after - before) * PARTS / (2 * bend).max(1);
    parts.clamp(-PARTS / 2, PARTS / 2) as i8
}

/// For each pixel of the middle row, without the outermost three: the greatest number of levels by which all of nine
/// neighbours on its ring are lighter, or all darker. Where it is less than `min_contrast`, which is not 0, it may be 0.
///
/// It is bounded work for any picture, in minima and maxima of bytes that LLVM turns into vectors.
fn contrasts(rows: [&[u8]; 7], min_contrast: u8, out: &mut [u8]) {
    let count = out.len();
    let middle = &rows[REACH][REACH..][..count];
    let ring: [&[u8]; 16] = std::array::from_fn(|k| {
        let (column, row) = RING[k];
        &rows[row.wrapping_add_unsigned(REACH) as usize]
            [column.wrapping_add_unsigned(REACH) as usize..][..count]
    });
    let blocks = count / BLOCK * BLOCK;
    for from in (0..blocks).step_by(BLOCK) {
        let middle = block(middle, from);
        let out = out[from..].first_chunk_mut::<BLOCK>().expect("a whole block");
        // Any arc of nine has one of each two that face each other.
        let [a, b, c, d] = [0, 4, 8, 12].map(|k| block(ring[k], from));
        let mut any = 0;
        for i in 0..BLOCK {
            let lighter = a[i].max(c[i]).min(b[i].max(d[i])).saturating_sub(middle[i]);
            let darker = middle[i].saturating_sub(a[i].min(c[i]).max(b[i].min(d[i])));
            any |= lighter.max(darker).saturating_sub(min_contrast - 1);
        }
        if any == 0 {
            out.fill(0);
            continue;
        }
        let ring = ring.map(|pixels| block(pixels, from));
        for i in 0..BLOCK {
            out[i] = contrast(middle[i], std::array::from_fn(|k| ring[k][i]));
        }
    }
    for i in blocks..count {
        out[i] = contrast(middle[i], std::array::from_fn(|k| ring[k][i]));
    }
}

/// The pixels of a block.
#[inline(always)]
fn block(pixels: &[u8], from: usize) -> &[u8; BLOCK] {
    pixels[from..].first_chunk().expect("a whole block")
}

/// The contrast of a pixel to its ring.
#[inline(always)]
fn contrast(middle: u8, ring: [u8; 16]) -> u8 {
    let lighter = arc(ring.map(|pixel| pixel.saturating_sub(middle)));
    let darker = arc(ring.map(|pixel| middle.saturating_sub(pixel)));
    lighter.max(darker)
}

/// The greatest of the minima of all arcs of nine.
#[inline(always)]
fn arc(ring: [u8; 16]) -> u8 {
    // Two arcs that share eight: the greater of their minima is that of the eight and the greater of the two ends.
    let two: [u8; 8] = std::array::from_fn(|k| ring[2 * k + 1].min(ring[(2 * k + 2) % 16]));
    let four: [u8; 8] = std::array::from_fn(|k| two[k].min(two[(k + 1) % 8]));
    let mut best = 0;
    for k in 0..8 {
        let eight = four[k].min(four[(k + 2) % 8]);
        let ends = ring[2 * k].max(ring[(2 * k + 9) % 16]);
        best = best.max(eight.min(ends));
    }
    best
}

/// How firmly a corner is one: the lesser of the two slopes of its surroundings, so that an edge counts little.
///
/// # Source
///
/// J. Shi and C. Tomasi, "Good Features to Track", 1994.
///
/// # Panics
///
/// Where the corner is within four pixels of an edge.
pub(super) fn firmness(level: &Luma, corner: Corner) -> u32 {
    const SIDE: usize = 2 * WINDOW + 1;
    let width = level.width();
    let (left, top) = (usize::from(corner.x) - WINDOW - 1, usize::from(corner.y) - WINDOW - 1);
    let row = |y: usize| &level.bytes()[(top + y) * width + left..][..SIDE + 2];
    let (mut xx, mut yy, mut xy) = (0i32, 0i32, 0i32);
    for y in 0..SIDE {
        let [a, b, c] = [row(y), row(y + 1), row(y + 2)].map(|row| {
            <[u8; SIDE + 2]>::try_from(row).expect("rows of that length").map(i32::from)
        });
        for x in 0..SIDE {
            let down = a[x] + 2 * a[x + 1] + a[x + 2] - c[x] - 2 * c[x + 1] - c[x + 2];
            let across = a[x] + 2 * b[x] + c[x] - a[x + 2] - 2 * b[x + 2] - c[x + 2];
            xx += across * across;
            yy += down * down;
            xy += across * down;
        }
    }
    let (xx, yy, xy) = (i64::from(xx), i64::from(yy), i64::from(xy));
    let spread = ((xx - yy) * (xx - yy) + 4 * xy * xy).unsigned_abs().isqrt();
    let lesser = (xx + yy).unsigned_abs().saturating_sub(spread) / 2;
    lesser.isqrt() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each arc of nine on its own.
    fn contrast_plainly(level: &Luma, x: usize, y: usize) -> u8 {
        let centre = i16::from(level.at(x, y));
        let difference = |k: usize| {
            let (column, row) = RING[k % 16];
            i16::from(level.at(x.wrapping_add_signed(column), y.wrapping_add_signed(row))) - centre
        };
        let arcs = (0..16).flat_map(|first| {
            let lighter = (first..first + 9).map(difference).min();
            let darker = (first..first + 9).map(|k| -difference(k)).min();
            [lighter, darker]
        });
        arcs.flatten().max().unwrap_or(0).max(0) as u8
    }

    proptest! {
        #[test]
        fn contrasts_equal_their_plain_twin(
            bytes in proptest::collection::vec(any::<u8>(), 7 * 40),
            least in 1u8..,
        ) {
            let level = Luma::new(40, 7, bytes).unwrap();
            let mut row = [0; 34];
            contrasts(std::array::from_fn(|y| &level.bytes()[y * 40..][..40]), least, &mut row);
            for (x, contrast) in row.into_iter().enumerate() {
                let plainly = contrast_plainly(&level, x + 3, 3);
                prop_assert!(contrast == plainly || (contrast == 0 && plainly < least));
            }
        }
    }

    #[test]
    fn the_corners_of_a_square_are_found_and_its_sides_are_not() {
        let square = |x: usize, y: usize| (20..30).contains(&x) && (20..30).contains(&y);
        let level = Luma::from_fn(50, 50, |x, y| if square(x, y) { 200 } else { 50 });
        let found = corners(&level, 8, 20);
        assert_eq!(found.len(), 4);
        for (corner, place) in found.iter().zip([(20, 20), (29, 20), (20, 29), (29, 29)]) {
            assert!(corner.x.abs_diff(place.0) + corner.y.abs_diff(place.1) <= 4, "{corner:?}");
        }
        let side = Corner { x: 25, y: 20, ..found[0] };
        assert!(firmness(&level, found[0]) > 4 * firmness(&level, side));
    }

    #[test]
    fn a_plane_within_its_margins_has_no_corners() {
        let noise = Luma::from_fn(32, 60, |x, y| (x * 57 + y * 131 * x) as u8);
        assert_eq!(corners(&noise, 16, 1), []);
    }
}
