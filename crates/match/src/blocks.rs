//! Block-wise correlation of two small pictures: which parts show the same.

use std::borrow::Cow;

use firstseen_fingerprint::{shrink, turn};
use firstseen_model::{Dihedral, Luma, View};

/// Side of a block in pixels of a thumbnail.
pub const BLOCK: usize = 8;

/// Least sum of squared differences from the mean in a block with texture: a standard deviation of 4 levels.
const TEXTURED: f64 = 16.0 * COUNT;

/// Pixels of a block.
const COUNT: f64 = (BLOCK * BLOCK) as f64;

/// Two pictures laid over one another, block by block.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Blocks side by side.
    pub columns: usize,
    /// Correlation of each block, row by row; `None` where both are without texture.
    pub correlation: Vec<Option<f32>>,
}

impl Comparison {
    /// Compares `query`, laid as `view` says, with `reference`.
    #[must_use]
    pub fn of(query: &Luma, view: View, reference: &Luma) -> Self {
        let laid = laid(query, view, reference.width(), reference.height());
        let (columns, rows) = (reference.width() / BLOCK, reference.height() / BLOCK);
        let mut correlation = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                correlation.push(block(&laid, reference, column * BLOCK, row * BLOCK));
            }
        }
        Self { columns, correlation }
    }

    /// The best of each block of two comparisons with the same reference. What moves agrees with the frame of its
    /// own moment only, and no sample of the query need lie exactly there.
    #[must_use]
    pub fn best_of(mut self, other: &Self) -> Self {
        for (mine, other) in self.correlation.iter_mut().zip(&other.correlation) {
            *mine = match (*mine, *other) {
                (Some(mine), Some(other)) => Some(mine.max(other)),
                // Without texture on both sides in one of them, there is nothing to see there.
                _ => None,
            };
        }
        self
    }

    /// Blocks with texture on at least one side.
    #[must_use]
    pub fn textured(&self) -> u32 {
        self.correlation.iter().flatten().count() as u32
    }

    /// Share of the textured blocks among `which` whose correlation is at least `least`; `None` where there are none.
    #[must_use]
    pub fn share(&self, least: f32, which: impl Fn(usize) -> bool) -> Option<f32> {
        let mut textured = 0_u32;
        let mut agree = 0_u32;
        for (i, correlation) in self.correlation.iter().enumerate() {
            if let (Some(correlation), true) = (correlation, which(i)) {
                textured += 1;
                agree += u32::from(*correlation >= least);
            }
        }
        (textured > 0).then(|| agree as f32 / textured as f32)
    }
}

/// `query`, laid as `view` says and brought to a size.
#[must_use]
pub fn laid(query: &Luma, view: View, width: usize, height: usize) -> Cow<'_, Luma> {
    let mut laid = Cow::Borrowed(query);
    if view.dihedral != Dihedral::UPRIGHT {
        laid = Cow::Owned(turn::turned(laid.view(), view.dihedral));
    }
    if (laid.width(), laid.height()) != (width, height) {
        laid = Cow::Owned(shrink::to_size(laid.view(), width, height));
    }
    if view.negative {
        laid = Cow::Owned(Luma::from_fn(width, height, |x, y| 255 - laid.at(x, y)));
    }
    laid
}

/// Where a block may lie, its own place first: two thumbnails of one frame are resampled from different sizes, so that
/// it may be off by a pixel.
const PLACES: [(isize, isize); 9] =
    [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)];

/// Correlation from which on no better place is looked for.
const PLAIN: f64 = 0.95;

/// Correlation of the reference's block at `(x, y)` with the query's near there: the best, or the first plain one.
fn block(query: &Luma, reference: &Luma, x: usize, y: usize) -> Option<f32> {
    let here = Pixels::at(reference, x, y);
    if here.power < TEXTURED && Pixels::at(query, x, y).power < TEXTURED {
        return None;
    }
    let mut best = -1.0_f64;
    for (dx, dy) in PLACES {
        let (Some(x), Some(y)) = (x.checked_add_signed(dx), y.checked_add_signed(dy)) else {
            continue;
        };
        if x + BLOCK <= query.width() && y + BLOCK <= query.height() {
            best = best.max(here.correlation(&Pixels::at(query, x, y)));
        }
        if best >= PLAIN {
            break;
        }
    }
    Some(best as f32)
}

/// One block's pixels, with what every comparison needs of them.
struct Pixels {
    values: [u8; BLOCK * BLOCK],
    sum: u32,
    /// Sum of squared differences from the mean.
    power: f64,
}

impl Pixels {
    fn at(picture: &Luma, x: usize, y: usize) -> Self {
        let mut values = [0; BLOCK * BLOCK];
        let rows = picture.bytes()[y * picture.width() + x..].chunks(picture.width());
        for (to, row) in values.chunks_exact_mut(BLOCK).zip(rows) {
            to.copy_from_slice(&row[..BLOCK]);
        }
        let sum = values.iter().map(|&value| u32::from(value)).sum();
        let squares = product(&values, &values);
        Self { values, sum, power: f64::from(squares) - f64::from(sum) * f64::from(sum) / COUNT }
    }

    /// -1 where one of them has a single value.
    fn correlation(&self, other: &Self) -> f64 {
        let scale = libm::sqrt(self.power * other.power);
        if scale <= 0.0 {
            return -1.0;
        }
        let apart = f64::from(self.sum) * f64::from(other.sum) / COUNT;
        (f64::from(product(&self.values, &other.values)) - apart) / scale
    }
}

fn product(a: &[u8; BLOCK * BLOCK], b: &[u8; BLOCK * BLOCK]) -> u32 {
    // In 16 bits first, of which eight fit a register.
    a.iter().zip(b).map(|(&a, &b)| u32::from(u16::from(a) * u16::from(b))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(seed: u64) -> Luma {
        let mut state = seed | 1;
        let noise: Vec<u8> = (0..17 * 10)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        shrink::to_size(Luma::new(17, 10, noise).unwrap().view(), 128, 72)
    }

    #[test]
    fn a_picture_agrees_with_itself_under_each_view_undone() {
        let picture = scene(3);
        for dihedral in Dihedral::ALL {
            for negative in [false, true] {
                let view = View { dihedral, negative };
                let reference = if dihedral.swaps_sides() {
                    laid(&picture, view, 72, 128)
                } else {
                    laid(&picture, view, 128, 72)
                };
                let seen = Comparison::of(&picture, view, &reference);
                assert_eq!(seen.share(0.8, |_| true), Some(1.0), "{view:?}");
            }
        }
    }

    #[test]
    fn unrelated_pictures_agree_hardly_anywhere() {
        let share = Comparison::of(&scene(3), View::default(), &scene(5)).share(0.8, |_| true);
        assert!(share.unwrap() < 0.2, "{share:?}");
    }

    #[test]
    fn flat_pictures_cannot_be_judged() {
        let flat = Luma::from_fn(128, 72, |_, _| 90);
        assert_eq!(Comparison::of(&flat, View::default(), &flat).textured(), 0);
    }
}
