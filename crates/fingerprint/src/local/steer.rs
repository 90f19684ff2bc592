//! What the surroundings of a corner look like, turned with them.

use std::sync::LazyLock;

use firstseen_model::{Descriptor, Luma};

/// Pixels from the middle of a patch to its edge.
pub(crate) const RADIUS: usize = 15;

/// Pixels along a side of a patch.
const SIDE: usize = 2 * RADIUS + 1;

/// Bytes from a row of a patch to the next: a power of two, so that every place is within its array.
const STRIDE: usize = 32;

/// 256 tests, each two points as column and row from the middle: whether the first is darker than the second.
const TESTS: &[u8; 1024] = include_bytes!("../../tables/tests.bin");

/// Half a turn of 256 steps.
const HALF: u8 = 128;

/// A square of pixels around a corner.
#[derive(Clone)]
pub(super) struct Patch([u8; STRIDE * STRIDE]);

impl Patch {
    /// The surroundings of a pixel at least [`RADIUS`] from all edges.
    pub(super) fn of(level: &Luma, x: usize, y: usize) -> Self {
        let mut patch = [0; STRIDE * STRIDE];
        let rows = level.bytes().chunks_exact(level.width()).skip(y - RADIUS);
        for (row, out) in rows.zip(patch.chunks_exact_mut(STRIDE)).take(SIDE) {
            out[..SIDE].copy_from_slice(&row[x - RADIUS..][..SIDE]);
        }
        Self(patch)
    }

    /// Left and right change places.
    pub(super) fn mirror(&mut self) {
        for row in self.0.chunks_exact_mut(STRIDE) {
            row[..SIDE].reverse();
        }
    }

    /// Dark and light change places.
    pub(super) fn negate(&mut self) {
        for pixel in &mut self.0 {
            *pixel = 255 - *pixel;
        }
    }

    /// Where the light lies, clockwise from the right, in 1/256 of a turn.
    ///
    /// # Source
    ///
    /// P. Rosin, "Measuring Corner Properties", 1999: the intensity centroid.
    pub(super) fn angle(&self) -> u8 {
        let (mut x, mut y) = (0, 0);
        for (row, pixels) in self.0.chunks_exact(STRIDE).take(SIDE).enumerate() {
            let half = HALVES[row];
            let mut sum = 0;
            for (column, &pixel) in pixels[RADIUS - half..=RADIUS + half].iter().enumerate() {
                let pixel = i32::from(pixel);
                sum += pixel;
                x += (column as i32 - half as i32) * pixel;
            }
            y += (row as i32 - RADIUS as i32) * sum;
        }
        direction(x, y)
    }

    /// The 256 tests at `angle`.
    pub(super) fn describe(&self, angle: u8) -> Descriptor {
        let tests = &STEERED[usize::from(angle)];
        let mut words = [0; 4];
        for (word, tests) in words.iter_mut().zip(tests.chunks_exact(64)) {
            for (bit, &[a, b]) in tests.iter().enumerate() {
                // The remainder tells the compiler that no place is beyond the array.
                let [a, b] = [a, b].map(|place| self.0[usize::from(place) % (STRIDE * STRIDE)]);
                *word |= u64::from(a < b) << bit;
            }
        }
        Descriptor(words)
    }

    /// The pixel at a point given as column and row from the middle, once the patch is turned upright.
    pub(super) fn upright(&self, (x, y): (i8, i8), angle: u8) -> u8 {
        self.0[usize::from(steered((x, y), angle))]
    }
}

/// Pixels from the middle of a patch's row to the edge of its disc.
const HALVES: [usize; SIDE] = {
    let mut halves = [0; SIDE];
    let mut row = 0;
    while row < SIDE {
        let y = row.abs_diff(RADIUS);
        halves[row] = (RADIUS * RADIUS - y * y).isqrt();
        row += 1;
    }
    halves
};

/// The places in a patch that each test looks at, for each angle.
static STEERED: LazyLock<Vec<[[u16; 2]; 256]>> = LazyLock::new(|| {
    let at = |angle: u8| {
        std::array::from_fn(|test| {
            let [a, b, c, d] = std::array::from_fn(|i| TESTS[4 * test + i].cast_signed());
            [(a, b), (c, d)].map(|point| steered(point, angle))
        })
    };
    (0..=255).map(at).collect()
});

/// The place in a patch of a point turned by `angle`.
fn steered((x, y): (i8, i8), angle: u8) -> u16 {
    let (x, y) = (i32::from(x), i32::from(y));
    let (sin, cos) = (sine(angle), sine(angle.wrapping_add(64)));
    // Halves away from the middle, so that a turn by half is exact.
    let rounded = |sum: i32| sum.signum() * ((sum.abs() + UNIT / 2) / UNIT) + RADIUS as i32;
    (rounded(x * sin + y * cos) * STRIDE as i32 + rounded(x * cos - y * sin)) as u16
}

/// What 1 is in [`QUARTER`].
const UNIT: i32 = 1 << 14;

/// Sines of the first quarter of a turn, from 0 to 64 of 256 steps; then those halfway between them.
static QUARTER: LazyLock<([i32; 65], [i32; 64])> = LazyLock::new(|| {
    let sine = |steps: f64| {
        libm::round(libm::sin(steps * std::f64::consts::PI / 128.0) * f64::from(UNIT)) as i32
    };
    (
        std::array::from_fn(|step| sine(step as f64)),
        std::array::from_fn(|step| sine(step as f64 + 0.5)),
    )
});

/// The sine of an angle in 1/256 of a turn; the same for angles that mirror each other, but for the sign.
fn sine(angle: u8) -> i32 {
    let quarter = &QUARTER.0;
    let at = usize::from(angle % HALF);
    let sine = quarter[at.min(usize::from(HALF) - at)];
    if angle < HALF { sine } else { -sine }
}

/// The direction of a vector in 1/256 of a turn, clockwise from the right where rows count downwards.
fn direction(x: i32, y: i32) -> u8 {
    let (along, up) = (i64::from(x.abs()), i64::from(y.abs()));
    let halfway = &QUARTER.1;
    // Beyond the direction halfway between a step and the next?
    let steps: Vec<usize> = (0..64).collect();
    let in_quarter = steps.partition_point(|&step| {
        up * i64::from(halfway[63 - step]) > along * i64::from(halfway[step])
    }) as u8;
    let in_half = if x < 0 { HALF - in_quarter } else { in_quarter };
    if y < 0 { in_half.wrapping_neg() } else { in_half }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_those_of_the_arc_tangent() {
        for (x, y) in (-40..=40).flat_map(|x| (-40..=40).map(move |y| (x, y))) {
            let turn = libm::atan2(f64::from(y), f64::from(x)) / std::f64::consts::TAU;
            let off = (f64::from(direction(x, y)) - turn * 256.0).rem_euclid(256.0);
            assert!((x, y) == (0, 0) || off.min(256.0 - off) <= 0.51, "{x} {y}");
        }
    }

    #[test]
    fn a_mirrored_vector_has_the_mirrored_direction() {
        for (x, y) in (1..40).flat_map(|x| (-40..=40).map(move |y| (x, y))) {
            assert_eq!(direction(-x, y), HALF.wrapping_sub(direction(x, y)), "{x} {y}");
        }
    }

    #[test]
    fn every_point_of_every_test_keeps_within_the_disc() {
        for point in TESTS.chunks_exact(2) {
            let [x, y] = [point[0], point[1]].map(|at| i32::from(at.cast_signed()));
            assert!(x * x + y * y <= (RADIUS * RADIUS) as i32, "{x} {y}");
        }
    }

    #[test]
    fn light_on_a_side_gives_the_angle_of_that_side() {
        let check = |light: fn(usize, usize) -> bool, expected: u8| {
            let level = Luma::from_fn(31, 31, |x, y| if light(x, y) { 200 } else { 50 });
            assert_eq!(Patch::of(&level, 15, 15).angle(), expected);
        };
        check(|x, _| x > 20, 0);
        check(|x, y| x > 15 && y > 15, 32);
        check(|_, y| y > 20, 64);
        check(|x, _| x < 10, 128);
        check(|_, y| y < 10, 192);
    }

    #[test]
    fn a_patch_turned_by_right_angles_keeps_its_descriptor() {
        let pixel = |x: usize, y: usize| ((x * x * 3 + y * 7 + x * y) % 200 + x) as u8;
        let mut patch = Patch::of(&Luma::from_fn(31, 31, pixel), 15, 15);
        let turned = Patch::of(&Luma::from_fn(31, 31, |x, y| pixel(y, 30 - x)), 15, 15);
        let (angle, other) = (patch.angle(), turned.angle());
        assert_eq!(other, angle.wrapping_add(64));
        assert_eq!(patch.describe(angle), turned.describe(other));
        patch.negate();
        assert_eq!(patch.angle(), angle.wrapping_add(HALF));
    }
}
