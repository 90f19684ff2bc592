//! Smaller planes by area means, in whole numbers, so that every processor gives the same bytes.

use std::ops::Range;

use firstseen_model::{Luma, LumaView};

/// Rows whose sum still fits 16 bits: 257 * 255 = 65,535.
const ROWS_IN_U16: usize = 257;

/// Returns `view` reduced by the smallest whole factor `k` that brings both sides to at most `max_side`.
///
/// Each pixel is the rounded mean (halves up) of a block of `k` x `k`; the last column and row of blocks are means of
/// the pixels that are there, so a side becomes its length over `k`, rounded up. A `k` of 1 copies.
///
/// # Panics
///
/// Where `max_side` is 0.
#[must_use]
pub fn by_whole_factor(view: LumaView<'_>, max_side: usize) -> Luma {
    let (width, height) = (view.width(), view.height());
    let k = width.max(height).div_ceil(max_side);
    if k <= 1 {
        return view.to_owned();
    }
    let (columns, rows) = (width.div_ceil(k), height.div_ceil(k));
    let mut sums = ColumnSums::new(width);
    let mut bytes = Vec::with_capacity(columns * rows);
    for first in (0..height).step_by(k) {
        let deep = k.min(height - first);
        sums.clear();
        sums.add_rows(view, first..first + deep, 1);
        let whole = Mean::of(k * deep);
        bytes.extend(sums.total.chunks(k).map(|block| {
            let sum = block.iter().map(|&sum| u64::from(sum)).sum();
            if block.len() == k { whole.mean(sum) } else { Mean::of(block.len() * deep).mean(sum) }
        }));
    }
    plane(columns, rows, bytes)
}

/// Returns `view` at `width` x `height`, each pixel the rounded mean (halves up) of the area that it covers.
///
/// Pixels that lie across a border count by the part within, exactly. Any ratio will do, each way on its own; a side
/// that grows repeats its pixels and blends only where a border falls within one.
///
/// # Panics
///
/// Where a side is 0.
#[must_use]
pub fn to_size(view: LumaView<'_>, width: usize, height: usize) -> Luma {
    assert!(width > 0 && height > 0, "a picture has at least one pixel");
    if (width, height) == (view.width(), view.height()) {
        return view.to_owned();
    }
    let area = Mean::of(view.width() * view.height());
    let across: Vec<Cover> = (0..width).map(|x| Cover::of(x, width, view.width())).collect();
    let mut sums = ColumnSums::new(view.width());
    let mut bytes = Vec::with_capacity(width * height);
    for y in 0..height {
        let down = Cover::of(y, height, view.height());
        sums.clear();
        // Where borders fall between rows, all weights are the same.
        let (first, last) = (down.first, down.last);
        let begin = if down.first_weight == height { first } else { first + 1 };
        let end = if down.last_weight == height { last + 1 } else { last };
        sums.add_rows(view, first..begin, down.first_weight);
        sums.add_rows(view, begin..end, height);
        if last > first {
            sums.add_rows(view, end..last + 1, down.last_weight);
        }
        bytes.extend(across.iter().map(|cover| area.mean(cover.sum(&sums.total, width as u64))));
    }
    plane(width, height, bytes)
}

/// Returns `view` with its long side at most `long_side` and its shape kept as nearly as whole pixels allow; never
/// enlarged.
///
/// # Panics
///
/// Where `long_side` is 0.
#[must_use]
pub fn to_fit(view: LumaView<'_>, long_side: usize) -> Luma {
    let (width, height) = (view.width(), view.height());
    let long = width.max(height);
    if long <= long_side {
        return view.to_owned();
    }
    let fitted = |side: usize| ((2 * side * long_side + long) / (2 * long)).max(1);
    to_size(view, fitted(width), fitted(height))
}

/// The pixels of a side that one pixel of the new side covers, `first..=last`, in parts of 1 / new side of a pixel.
struct Cover {
    first: usize,
    last: usize,
    first_weight: usize,
    last_weight: usize,
}

impl Cover {
    /// What pixel `at` of `new` covers of `old` pixels. A pixel between first and last counts `new` parts, and all
    /// together count `old`.
    fn of(at: usize, new: usize, old: usize) -> Self {
        let (from, to) = (at * old, (at + 1) * old);
        let (first, last) = (from / new, (to - 1) / new);
        Self {
            first,
            last,
            first_weight: to.min((first + 1) * new) - from,
            last_weight: to - last * new,
        }
    }

    /// The weighted sum of `columns`, of which a whole one counts `whole`.
    fn sum(&self, columns: &[u32], whole: u64) -> u64 {
        let first = u64::from(columns[self.first]) * self.first_weight as u64;
        if self.first == self.last {
            return first;
        }
        let between = &columns[self.first + 1..self.last];
        let between: u64 = between.iter().map(|&sum| u64::from(sum)).sum();
        first + between * whole + u64::from(columns[self.last]) * self.last_weight as u64
    }
}

/// Sums down each column. Sums fit: weights of all rows of a pixel add up to the height, and a plane of 2^24 rows is
/// beyond every limit.
struct ColumnSums {
    total: Vec<u32>,
    rows: Vec<u16>,
}

impl ColumnSums {
    fn new(width: usize) -> Self {
        Self { total: vec![0; width], rows: vec![0; width] }
    }

    fn clear(&mut self) {
        self.total.fill(0);
    }

    /// Adds `rows` of `view`, each times `weight`.
    ///
    /// Four rows at a time in 16 bits, which LLVM turns into vectors.
    fn add_rows(&mut self, view: LumaView<'_>, rows: Range<usize>, weight: usize) {
        let mut y = rows.start;
        while y < rows.end {
            let end = rows.end.min(y + ROWS_IN_U16);
            self.rows.fill(0);
            while y + 4 <= end {
                let (a, b, c, d) = (view.row(y), view.row(y + 1), view.row(y + 2), view.row(y + 3));
                for ((((sum, &a), &b), &c), &d) in self.rows.iter_mut().zip(a).zip(b).zip(c).zip(d)
                {
                    *sum += u16::from(a) + u16::from(b) + u16::from(c) + u16::from(d);
                }
                y += 4;
            }
            while y < end {
                for (sum, &pixel) in self.rows.iter_mut().zip(view.row(y)) {
                    *sum += u16::from(pixel);
                }
                y += 1;
            }
            // Products of two 16-bit numbers are far cheaper in vectors than those of 32.
            if let Ok(weight) = u16::try_from(weight) {
                for (total, &sum) in self.total.iter_mut().zip(&self.rows) {
                    *total += u32::from(sum) * u32::from(weight);
                }
            } else {
                for (total, &sum) in self.total.iter_mut().zip(&self.rows) {
                    *total += u32::from(sum) * weight as u32;
                }
            }
        }
    }
}

/// Rounded division of sums of `count` bytes by `count`, by multiplication where that is exact.
#[derive(Clone, Copy)]
struct Mean {
    count: u64,
    /// `floor(2^55 / count) + 1`, or 0 where dividing is the only exact way.
    factor: u64,
}

impl Mean {
    const SHIFT: u32 = 55;

    fn of(count: usize) -> Self {
        let count = count as u64;
        // The product errs by under sum / 2^55, which is harmless under 1 / count; sums are under 256 * count.
        let factor = if count <= 1 << 23 { (1 << Self::SHIFT) / count + 1 } else { 0 };
        Self { count, factor }
    }

    /// The mean, halves up.
    #[inline]
    fn mean(self, sum: u64) -> u8 {
        let sum = sum + self.count / 2;
        (if self.factor > 0 { (sum * self.factor) >> Self::SHIFT } else { sum / self.count }) as u8
    }
}

fn plane(width: usize, height: usize, bytes: Vec<u8>) -> Luma {
    Luma::new(width, height, bytes).expect("a row of blocks gives a row of means")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::planes;
    use proptest::prelude::*;

    /// Cuts each pixel into `new` x `new` parts and counts them one by one.
    fn to_size_plainly(old: &Luma, width: usize, height: usize) -> Luma {
        let area = old.width() * old.height();
        Luma::from_fn(width, height, |x, y| {
            let mut sum = area / 2;
            for part_y in y * old.height()..(y + 1) * old.height() {
                for part_x in x * old.width()..(x + 1) * old.width() {
                    sum += usize::from(old.at(part_x / width, part_y / height));
                }
            }
            (sum / area) as u8
        })
    }

    fn by_whole_factor_plainly(old: &Luma, max_side: usize) -> Luma {
        let k = (1..).find(|k| old.width().max(old.height()) <= k * max_side).unwrap();
        Luma::from_fn(old.width().div_ceil(k), old.height().div_ceil(k), |x, y| {
            let (mut sum, mut count) = (0, 0);
            for old_y in y * k..old.height().min((y + 1) * k) {
                for old_x in x * k..old.width().min((x + 1) * k) {
                    sum += usize::from(old.at(old_x, old_y));
                    count += 1;
                }
            }
            ((sum + count / 2) / count) as u8
        })
    }

    proptest! {
        #[test]
        fn a_new_size_equals_its_plain_twin(old in planes(), width in 1usize..50, height in 1usize..50) {
            prop_assert_eq!(to_size(old.view(), width, height), to_size_plainly(&old, width, height));
        }

        #[test]
        fn a_whole_factor_equals_its_plain_twin(old in planes(), max_side in 1usize..45) {
            let new = by_whole_factor(old.view(), max_side);
            prop_assert!(new.width().max(new.height()) <= max_side);
            prop_assert_eq!(new, by_whole_factor_plainly(&old, max_side));
        }

        #[test]
        fn means_by_multiplication_are_exact(count in 1usize..=1 << 23, parts in 0u64..256 << 23) {
            let sum = parts % (255 * count as u64 + 1);
            let plain = (sum + count as u64 / 2) / count as u64;
            prop_assert_eq!(u64::from(Mean::of(count).mean(sum)), plain);
        }
    }

    #[test]
    fn a_flat_plane_stays_as_it_is_at_any_size() {
        let white = Luma::from_fn(1920, 1081, |_, _| 255);
        assert!(to_size(white.view(), 64, 36).bytes().iter().all(|&pixel| pixel == 255));
        assert!(by_whole_factor(white.view(), 7).bytes().iter().all(|&pixel| pixel == 255));
        let tall = Luma::from_fn(1, 5_000_000, |_, _| 255);
        assert_eq!(to_size(tall.view(), 1, 1).bytes(), [255]);
    }

    #[test]
    fn a_fitted_picture_keeps_its_shape() {
        let check = |width, height, expected: (usize, usize)| {
            let fitted = to_fit(Luma::from_fn(width, height, |_, _| 0).view(), 128);
            assert_eq!((fitted.width(), fitted.height()), expected);
        };
        check(640, 480, (128, 96));
        check(720, 1280, (72, 128));
        check(100, 128, (100, 128));
        check(1000, 3, (128, 1));
    }

    #[test]
    fn padding_is_never_read() {
        let view = LumaView::new(&[10, 20, 99, 30, 40, 99], 2, 2, 3).unwrap();
        assert_eq!(to_size(view, 1, 1).bytes(), [25]);
        assert_eq!(by_whole_factor(view, 1).bytes(), [25]);
    }
}
