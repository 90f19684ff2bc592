//! Ever smaller copies of a plane, in whole numbers.

use firstseen_model::{Luma, LumaView};

/// Levels of a pyramid at most.
pub(super) const LEVELS: usize = 10;

/// Sides of a level are 5/6 of those of the level before.
const STEP: (usize, usize) = (5, 6);

/// What weights of two neighbours add up to: a weighed byte still fits 15 bits.
const WHOLE: u16 = 128;

/// The plane and its smaller copies, each a step smaller than the one before, while both sides are at least `min_side`.
pub(super) fn levels(plane: Luma, min_side: usize) -> Vec<Luma> {
    let next = |level: &Luma, number: usize| {
        let side = |side: usize| (2 * side * STEP.0 + STEP.1) / (2 * STEP.1);
        let (width, height) = (side(level.width()), side(level.height()));
        let goes_on = number < LEVELS && width.min(height) >= min_side;
        goes_on.then(|| resized(level.view(), width, height))
    };
    let mut levels = vec![plane];
    while let Some(level) = levels.last().and_then(|last| next(last, levels.len())) {
        levels.push(level);
    }
    levels
}

/// `view` at another size, each pixel blended from the nearest two each way.
pub(super) fn resized(view: LumaView<'_>, width: usize, height: usize) -> Luma {
    let across: Vec<Blend> = (0..width).map(|x| Blend::of(x, width, view.width())).collect();
    // With its last repeated, so that each has a next.
    let mut row = vec![0u16; view.width() + 1];
    let mut bytes = Vec::with_capacity(width * height);
    for y in 0..height {
        let down = Blend::of(y, height, view.height());
        let (upper, lower) = (view.row(down.first), view.row(down.second));
        for ((sum, &upper), &lower) in row.iter_mut().zip(upper).zip(lower) {
            *sum = u16::from(upper) * (WHOLE - down.weight) + u16::from(lower) * down.weight;
        }
        row[view.width()] = row[view.width() - 1];
        bytes.extend(across.iter().map(|blend| {
            let two = &row[blend.first..blend.first + 2];
            let (first, second) = (u32::from(two[0]), u32::from(two[1]));
            let weight = u32::from(blend.weight);
            let whole = u32::from(WHOLE);
            ((first * (whole - weight) + second * weight + whole * whole / 2) / (whole * whole))
                as u8
        }));
    }
    Luma::new(width, height, bytes).expect("as many bytes as pixels")
}

/// The two pixels of a side between which the centre of a new pixel lies, and the weight of the second.
struct Blend {
    first: usize,
    second: usize,
    weight: u16,
}

impl Blend {
    /// Where pixel `at` of `new` lies among `old` pixels.
    fn of(at: usize, new: usize, old: usize) -> Self {
        // In 1 / (2 * new) of a pixel, from the centre of the first.
        let last = (old - 1) * 2 * new;
        let place = ((2 * at + 1) * old).saturating_sub(new).min(last);
        let (first, rest) = (place / (2 * new), place % (2 * new));
        let weight = (rest * usize::from(WHOLE) + new) / (2 * new);
        Self { first, second: (first + 1).min(old - 1), weight: weight as u16 }
    }
}

/// Weights of a bell two pixels wide, in 256ths: the middle, then outwards.
const BELL: [u16; 4] = [56, 49, 33, 18];

/// `plane` smoothed by a bell of 7x7; edges repeat.
pub(super) fn smoothed(plane: &Luma) -> Luma {
    let (width, height) = (plane.width(), plane.height());
    let row = |y: usize| &plane.bytes()[y * width..][..width];
    let reach = BELL.len() - 1;
    let mut bytes = vec![0; width * height];
    // A row smoothed downwards, with its ends repeated.
    let mut padded = vec![0u8; width + 2 * reach];
    for (y, out) in bytes.chunks_exact_mut(width).enumerate() {
        let at = |offset: usize| row((y + offset).saturating_sub(reach).min(height - 1));
        let rows: [&[u8]; 7] = std::array::from_fn(at);
        bell(rows, &mut padded[reach..reach + width]);
        let (first, last) = (padded[reach], padded[reach + width - 1]);
        padded[..reach].fill(first);
        padded[reach + width..].fill(last);
        bell(std::array::from_fn(|offset| &padded[offset..][..width]), out);
    }
    Luma::new(width, height, bytes).expect("as many bytes as pixels")
}

/// The bell's mean of seven neighbours, for each place.
fn bell(from: [&[u8]; 7], out: &mut [u8]) {
    let count = out.len();
    let [a, b, c, d, e, f, g] = from.map(|slice| &slice[..count]);
    for i in 0..count {
        let pair = |left: &[u8], right: &[u8]| u16::from(left[i]) + u16::from(right[i]);
        let sum = u16::from(d[i]) * BELL[0]
            + pair(c, e) * BELL[1]
            + pair(b, f) * BELL[2]
            + pair(a, g) * BELL[3];
        // 255 * 256 + 128 still fits.
        out[i] = ((sum + 128) >> 8) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::planes;
    use proptest::prelude::*;

    fn smoothed_plainly(plane: &Luma) -> Luma {
        let (width, height) = (plane.width() as isize, plane.height() as isize);
        let weight = |offset: isize| u32::from(BELL[offset.unsigned_abs()]);
        let down = |x: isize, y: isize| {
            let near =
                |offset: isize| plane.at(x as usize, (y + offset).clamp(0, height - 1) as usize);
            (-3..=3).map(|offset| weight(offset) * u32::from(near(offset))).sum::<u32>()
        };
        Luma::from_fn(plane.width(), plane.height(), |x, y| {
            let near = |offset: isize| down((x as isize + offset).clamp(0, width - 1), y as isize);
            let rounded = |sum| (sum + 128) / 256;
            rounded((-3..=3).map(|offset| weight(offset) * rounded(near(offset))).sum()) as u8
        })
    }

    proptest! {
        #[test]
        fn smoothing_equals_its_plain_twin(plane in planes()) {
            prop_assert_eq!(smoothed(&plane), smoothed_plainly(&plane));
        }

        #[test]
        fn another_size_keeps_within_the_tones(plane in planes(), width in 1usize..90, height in 1usize..90) {
            let new = resized(plane.view(), width, height);
            let (least, most) = (plane.bytes().iter().min(), plane.bytes().iter().max());
            prop_assert!(new.bytes().iter().min() >= least && new.bytes().iter().max() <= most);
        }
    }

    #[test]
    fn a_slope_stays_a_slope_at_any_size() {
        let slope = Luma::from_fn(60, 4, |x, _| (x * 4) as u8);
        let smaller = resized(slope.view(), 50, 3);
        for x in 0..50 {
            let expected = (x as f64 + 0.5) * 4.8 - 2.0;
            assert!((f64::from(smaller.at(x, 1)) - expected).abs() <= 0.6, "{x}");
        }
        assert_eq!(resized(slope.view(), 60, 4), slope);
    }

    #[test]
    fn a_pyramid_ends_where_a_side_gets_too_short() {
        let sizes = |width, height| -> Vec<(usize, usize)> {
            let plane = Luma::from_fn(width, height, |_, _| 0);
            levels(plane, 33).iter().map(|level| (level.width(), level.height())).collect()
        };
        assert_eq!(sizes(480, 320).len(), LEVELS);
        assert_eq!(sizes(72, 60), [(72, 60), (60, 50), (50, 42), (42, 35)]);
        assert_eq!(sizes(480, 3), [(480, 3)]);
    }
}
