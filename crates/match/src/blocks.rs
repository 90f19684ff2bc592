//! Block-wise correlation of two small pictures: which parts show the same.

use std::borrow::Cow;

use firstseen_fingerprint::{shrink, turn};
use firstseen_model::{Luma, View};

/// Side of a block in pixels of a thumbnail.
pub const BLOCK: usize = 8;

/// Pixels by which a block may be off: two thumbnails of one frame are resampled from different sizes.
const SLACK: i64 = 1;

/// Least sum of squared differences from the mean in a block with texture: a standard deviation of 4 levels.
const TEXTURED: f64 = 16.0 * (BLOCK * BLOCK) as f64;

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
pub fn laid(query: &Luma, view: View, width: usize, height: usize) -> Luma {
    let turned = turn::turned(query.view(), view.dihedral);
    let sized: Cow<'_, Luma> = if (turned.width(), turned.height()) == (width, height) {
        Cow::Owned(turned)
    } else {
        Cow::Owned(shrink::to_size(turned.view(), width, height))
    };
    if view.negative {
        Luma::from_fn(width, height, |x, y| 255 - sized.at(x, y))
    } else {
        sized.into_owned()
    }
}

/// Best correlation of the reference's block at `(x, y)` with the query's near there.
fn block(query: &Luma, reference: &Luma, x: usize, y: usize) -> Option<f32> {
    let (reference_mean, reference_power) = moments(reference, x, y);
    let (_, query_power) = moments(query, x, y);
    if reference_power < TEXTURED && query_power < TEXTURED {
        return None;
    }
    let mut best = -1.0_f64;
    for dy in -SLACK..=SLACK {
        for dx in -SLACK..=SLACK {
            let (qx, qy) = (x as i64 + dx, y as i64 + dy);
            let fits = qx >= 0
                && qy >= 0
                && qx as usize + BLOCK <= query.width()
                && qy as usize + BLOCK <= query.height();
            if !fits {
                continue;
            }
            let (qx, qy) = (qx as usize, qy as usize);
            let (mean, power) = moments(query, qx, qy);
            let mut product = 0.0;
            for row in 0..BLOCK {
                for column in 0..BLOCK {
                    product += (f64::from(query.at(qx + column, qy + row)) - mean)
                        * (f64::from(reference.at(x + column, y + row)) - reference_mean);
                }
            }
            let scale = libm::sqrt(power * reference_power);
            if scale > 0.0 {
                best = best.max(product / scale);
            }
        }
    }
    Some(best as f32)
}

/// Mean of a block, and the sum of squared differences from it.
fn moments(picture: &Luma, x: usize, y: usize) -> (f64, f64) {
    let (mut sum, mut squares) = (0_u32, 0_u32);
    for row in y..y + BLOCK {
        for column in x..x + BLOCK {
            let value = u32::from(picture.at(column, row));
            sum += value;
            squares += value * value;
        }
    }
    let count = (BLOCK * BLOCK) as f64;
    let mean = f64::from(sum) / count;
    (mean, f64::from(squares) - mean * f64::from(sum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use firstseen_model::Dihedral;

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
