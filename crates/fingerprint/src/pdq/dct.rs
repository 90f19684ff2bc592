//! The lowest frequencies of the decimated picture, and the bits they give.

use std::sync::LazyLock;

use firstseen_model::Dihedral;

use super::Pdq;
use super::jarosz::{Grid, SIDE};

/// Frequencies each way, from one half-wave a side; the constant is left out.
const COUNT: usize = 16;

/// Weights of the 64 samples in each of the 16 frequencies, by sample.
///
/// As the reference has them: cosine in double, scale factor rounded to single first, product rounded to single.
static WEIGHTS: LazyLock<[[f32; COUNT]; SIDE]> = LazyLock::new(|| {
    let scale = f64::from(libm::sqrt(2.0 / SIDE as f64) as f32);
    let step = std::f64::consts::PI / 2.0 / SIDE as f64;
    std::array::from_fn(|sample| {
        std::array::from_fn(|frequency| {
            (scale * libm::cos(step * (frequency + 1) as f64 * (2 * sample + 1) as f64)) as f32
        })
    })
});

/// 16x16 frequencies, those along columns by row.
pub(super) struct Frequencies([[f32; COUNT]; COUNT]);

impl Frequencies {
    /// The cosine transform of `grid`, first along columns; each sum runs over the samples in order, as the
    /// reference's does.
    pub(super) fn of(grid: &Grid) -> Self {
        let weights = &*WEIGHTS;
        let mut along_columns = [[0f32; SIDE]; COUNT];
        for (row, row_weights) in grid.iter().zip(weights) {
            for (sums, &weight) in along_columns.iter_mut().zip(row_weights) {
                for (sum, &sample) in sums.iter_mut().zip(row) {
                    *sum += weight * sample;
                }
            }
        }
        let mut both = [[0f32; COUNT]; COUNT];
        for (sums, row) in both.iter_mut().zip(&along_columns) {
            for (&sample, column_weights) in row.iter().zip(weights) {
                for (sum, &weight) in sums.iter_mut().zip(column_weights) {
                    *sum += sample * weight;
                }
            }
        }
        Self(both)
    }

    /// The frequencies of the picture after `dihedral` was done to it.
    ///
    /// A mirror changes the sign of each frequency with an odd count of half-waves, which are those at even places;
    /// a clockwise quarter turn is a transposition and a mirror after it.
    pub(super) fn turned(&self, dihedral: Dihedral) -> Self {
        let mut turned = self.0;
        if dihedral.mirrored {
            mirror(&mut turned);
        }
        for _ in 0..dihedral.quarter_turns % 4 {
            turned = std::array::from_fn(|y| std::array::from_fn(|x| turned[x][y]));
            mirror(&mut turned);
        }
        Self(turned)
    }

    /// One bit a frequency, set where it lies over the median: the 128th smallest of 256, which is what the reference's
    /// selection (torben) comes to. The first frequency is the lowest bit of the last word.
    pub(super) fn code(&self) -> Pdq {
        let mut sorted: [f32; COUNT * COUNT] = [0.0; COUNT * COUNT];
        sorted.copy_from_slice(self.0.as_flattened());
        let (_, &mut median, _) =
            sorted.select_nth_unstable_by(COUNT * COUNT / 2 - 1, f32::total_cmp);
        let mut words = [0u64; 4];
        for (i, &frequency) in self.0.as_flattened().iter().enumerate() {
            words[3 - i / 64] |= u64::from(frequency > median) << (i % 64);
        }
        Pdq(words)
    }
}

fn mirror(frequencies: &mut [[f32; COUNT]; COUNT]) {
    for row in frequencies {
        for frequency in row.iter_mut().step_by(2) {
            *frequency = -*frequency;
        }
    }
}
