//! Block-wise correlation of two small pictures: which parts show the same.

use std::borrow::Cow;

use firstseen_fingerprint::shrink;
use firstseen_model::Luma;

use crate::lay::{Laid, Lay, laid, pixels_a_pixel};

/// Side of a block in pixels of a thumbnail.
pub const BLOCK: usize = 8;

/// Least sum of squared differences from the mean in a block with texture: a standard deviation of 4 levels.
const TEXTURED: f64 = 16.0 * COUNT;

/// Pixels of a block.
const COUNT: f64 = (BLOCK * BLOCK) as f64;

/// Fewest textured blocks of a field that says anything.
const FIELD_BLOCKS: usize = 5;

/// Two pictures laid over one another, block by block.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Blocks side by side.
    pub columns: usize,
    /// Blocks over one another.
    pub rows: usize,
    /// A block's width and height as shares of the reference's.
    pub block: (f32, f32),
    /// Correlation of each block, row by row; `None` where both are without texture, or the query does not show it.
    pub correlation: Vec<Option<f32>>,
    /// Whether the query shows each block.
    pub shown: Vec<bool>,
    /// How light each block is on both sides, query first, in sums of its pixels.
    pub light: Vec<[u32; 2]>,
}

impl Comparison {
    /// Compares `query`, laid as `lay` says, with `reference`: at the reference's size, or at that at which the query
    /// shows it where that is less.
    #[must_use]
    pub fn of(query: &Luma, lay: &Lay, reference: &Luma) -> Self {
        let (width, height) = Self::size(query, lay, reference);
        let mut reference = resized(reference, (width, height));
        let how = if lay.view().is_some() { BY_VIEW } else { BY_FEATURES };
        let mut laid = laid(query, lay, width, height);
        if how.keep == Keep::Detail {
            // What lies between pixels is blurred on one side; then let both be.
            laid.luma = Cow::Owned(blurred(&laid.luma));
            reference = Cow::Owned(blurred(&reference));
        }
        let (columns, rows) = (width / BLOCK, height / BLOCK);
        let mut correlation = Vec::with_capacity(columns * rows);
        let mut shown = Vec::with_capacity(columns * rows);
        let mut light = Vec::with_capacity(columns * rows);
        for (top, left) in
            (0..rows).flat_map(|row| (0..columns).map(move |c| (row * BLOCK, c * BLOCK)))
        {
            // A lay is affine: what shows four corners shows all between.
            let (right, bottom) = (left + BLOCK - 1, top + BLOCK - 1);
            let shows = [(left, top), (right, top), (left, bottom), (right, bottom)]
                .into_iter()
                .all(|(x, y)| laid.shows(x, y));
            shown.push(shows);
            light.push([&*laid.luma, &*reference].map(|picture| sum(picture, left, top)));
            correlation.push(shows.then(|| block(&laid, &reference, left, top, how)).flatten());
        }
        let share = |side: usize| BLOCK as f32 / side as f32;
        Self { columns, rows, block: (share(width), share(height)), correlation, shown, light }
    }

    /// Columns and rows of the pixels at which the two are compared.
    pub(crate) fn size(query: &Luma, lay: &Lay, reference: &Luma) -> (usize, usize) {
        let (width, height) = (reference.width(), reference.height());
        let (across, down) = pixels_a_pixel(query, lay, width, height);
        let ratio = across.min(down);
        if lay.view().is_some() || ratio >= 0.9 {
            return (width, height);
        }
        let reduced = |side: usize| ((side as f64 * ratio).round() as usize).max(1);
        (reduced(width), reduced(height))
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

    /// The correlation that half of the textured blocks reach; 0 where there are none.
    #[must_use]
    pub fn median(&self) -> f32 {
        let mut all: Vec<f32> = self.correlation.iter().flatten().copied().collect();
        let middle = all.len() / 2;
        all.sort_unstable_by(f32::total_cmp);
        all.get(middle).copied().unwrap_or_default()
    }

    /// Share of the fields of three by three blocks that agree nearly all over: what lies over a part of a copy leaves the
    /// others whole, where two things that are laid out alike differ a little everywhere.
    #[must_use]
    pub fn whole_fields(&self, least: f32) -> f32 {
        let (mut fields, mut whole) = (0_u32, 0_u32);
        for (row, column) in (0..self.rows.saturating_sub(2))
            .flat_map(|row| (0..self.columns.saturating_sub(2)).map(move |column| (row, column)))
        {
            let blocks = (0..9).map(|i| (row + i / 3) * self.columns + column + i % 3);
            let textured: Vec<f32> = blocks.filter_map(|i| self.correlation[i]).collect();
            let agree = textured.iter().filter(|correlation| **correlation >= least).count();
            if textured.len() >= FIELD_BLOCKS {
                fields += 1;
                whole += u32::from(agree * 20 >= textured.len() * 17);
            }
        }
        whole as f32 / fields.max(1) as f32
    }

    /// How far the blocks that agree are light and dark on both sides in the same way, -1 to 1: their correlation by
    /// brightness. Smooth blocks agree in shape by chance; that they also do so in light is no chance.
    #[must_use]
    pub fn tone(&self, least: f32) -> f64 {
        let agree = |i: &usize| self.correlation[*i].is_some_and(|c| c >= least);
        let lights: Vec<[f64; 2]> = (0..self.light.len())
            .filter(agree)
            .map(|i| self.light[i].map(|sum| f64::from(sum) / COUNT))
            .collect();
        let mean = [0, 1].map(|side| {
            lights.iter().map(|light| light[side]).sum::<f64>() / lights.len().max(1) as f64
        });
        let product = |a: usize, b: usize| -> f64 {
            lights.iter().map(|light| (light[a] - mean[a]) * (light[b] - mean[b])).sum()
        };
        let scale = libm::sqrt(product(0, 0) * product(1, 1));
        if scale > 0.0 { product(0, 1) / scale } else { 0.0 }
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

/// `picture` in a size.
pub(crate) fn resized(picture: &Luma, (width, height): (usize, usize)) -> Cow<'_, Luma> {
    if (picture.width(), picture.height()) == (width, height) {
        Cow::Borrowed(picture)
    } else {
        Cow::Owned(shrink::to_size(picture.view(), width, height))
    }
}

/// Weights 1, 2, 1 each way; the edges repeat.
fn blurred(picture: &Luma) -> Luma {
    let (width, height) = (picture.width(), picture.height());
    let mut rows = Vec::with_capacity(width * height);
    for row in picture.bytes().chunks(width) {
        rows.extend((0..width).map(|x| {
            let (left, right) = (row[x.saturating_sub(1)], row[(x + 1).min(width - 1)]);
            u16::from(left) + 2 * u16::from(row[x]) + u16::from(right)
        }));
    }
    Luma::from_fn(width, height, |x, y| {
        let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
        let sum = rows[above * width + x] + 2 * rows[y * width + x] + rows[below * width + x];
        ((sum + 8) / 16) as u8
    })
}

/// How a block is compared.
#[derive(Clone, Copy)]
struct How {
    /// How far off it may lie, in pixels.
    reach: isize,
    keep: Keep,
    /// Least power of a block with texture.
    textured: f64,
}

/// Of pictures whose whole codes are near.
const BY_VIEW: How = How { reach: 1, keep: Keep::Slopes, textured: TEXTURED };

/// Of pictures that a few features may have laid upon each other by chance.
const BY_FEATURES: How = How { reach: 2, keep: Keep::Detail, textured: DETAILED };

/// Least power beyond its slope of a block with detail: a standard deviation of 2 levels.
const DETAILED: f64 = 4.0 * COUNT;

/// Where a block may lie, its own place first: two thumbnails of one frame are resampled from different sizes, so that
/// it may be off by a pixel; and a lay made of features is right to two.
fn places(reach: isize) -> impl Iterator<Item = (isize, isize)> {
    (0..=reach).flat_map(|ring| {
        (-ring..=ring)
            .flat_map(move |y| (-ring..=ring).map(move |x| (x, y)))
            .filter(move |(x, y)| x.abs().max(y.abs()) == ring)
    })
}

/// Correlation from which on no better place is looked for.
const PLAIN: f64 = 0.95;

/// Correlation of the reference's block at `(x, y)` with the query's near there: the best, or the first plain one.
fn block(laid: &Laid<'_>, reference: &Luma, x: usize, y: usize, how: How) -> Option<f32> {
    let How { reach, keep, textured } = how;
    let here = Pixels::at(reference, x, y, keep);
    let query = laid.luma.as_ref();
    if here.power < textured && Pixels::at(query, x, y, keep).power < textured {
        return None;
    }
    let mut best = -1.0_f64;
    for (dx, dy) in places(reach) {
        let (Some(x), Some(y)) = (x.checked_add_signed(dx), y.checked_add_signed(dy)) else {
            continue;
        };
        if x + BLOCK <= query.width() && y + BLOCK <= query.height() {
            best = best.max(here.correlation(&Pixels::at(query, x, y, keep)));
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
    /// How far it slopes to the right and down: sums of pixels by their place in half pixels from the middle. 0 where slopes
    /// are left in.
    slopes: [i32; 2],
    /// Sum of squared differences from the mean, or from the plane that fits best.
    power: f64,
}

/// Sum of the squared places of a block's pixels in half pixels, each way.
const PLACES: f64 = 8.0 * 2.0 * (49 + 25 + 9 + 1) as f64;

/// What is left of a block before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// Everything but its mean.
    Slopes,
    /// Neither mean nor slope: two skies correlate wherever they are laid.
    Detail,
}

impl Pixels {
    fn at(picture: &Luma, x: usize, y: usize, keep: Keep) -> Self {
        let mut values = [0; BLOCK * BLOCK];
        let rows = picture.bytes()[y * picture.width() + x..].chunks(picture.width());
        for (to, row) in values.chunks_exact_mut(BLOCK).zip(rows) {
            to.copy_from_slice(&row[..BLOCK]);
        }
        let sum = values.iter().map(|&value| u32::from(value)).sum();
        let slopes = match keep {
            Keep::Slopes => [0, 0],
            Keep::Detail => slopes(&values),
        };
        let squares = product(&values, &values);
        let power = f64::from(squares) - f64::from(sum) * f64::from(sum) / COUNT;
        Self { values, sum, slopes, power: power - sloping(slopes, slopes) }
    }

    /// -1 where one of them has a single value.
    fn correlation(&self, other: &Self) -> f64 {
        let scale = libm::sqrt(self.power * other.power);
        if scale <= 0.0 {
            return -1.0;
        }
        let apart = f64::from(self.sum) * f64::from(other.sum) / COUNT;
        let shared = f64::from(product(&self.values, &other.values)) - apart;
        (shared - sloping(self.slopes, other.slopes)) / scale
    }
}

fn sum(picture: &Luma, x: usize, y: usize) -> u32 {
    let rows = picture.bytes()[y * picture.width() + x..].chunks(picture.width());
    rows.take(BLOCK).flat_map(|row| &row[..BLOCK]).map(|&pixel| u32::from(pixel)).sum()
}

fn slopes(values: &[u8; BLOCK * BLOCK]) -> [i32; 2] {
    let mut slopes = [0, 0];
    for (i, &value) in values.iter().enumerate() {
        let place = |at: usize| 2 * at as i32 - (BLOCK as i32 - 1);
        slopes[0] += place(i % BLOCK) * i32::from(value);
        slopes[1] += place(i / BLOCK) * i32::from(value);
    }
    slopes
}

/// What two slopes add to a product of pixels.
fn sloping(a: [i32; 2], b: [i32; 2]) -> f64 {
    (f64::from(a[0]) * f64::from(b[0]) + f64::from(a[1]) * f64::from(b[1])) / PLACES
}

fn product(a: &[u8; BLOCK * BLOCK], b: &[u8; BLOCK * BLOCK]) -> u32 {
    // In 16 bits first, of which eight fit a register.
    a.iter().zip(b).map(|(&a, &b)| u32::from(u16::from(a) * u16::from(b))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use firstseen_model::{Dihedral, Part, View};

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
                let lay = Lay::of_view(View { dihedral, negative });
                let (width, height) = if dihedral.swaps_sides() { (72, 128) } else { (128, 72) };
                let reference = laid(&picture, &lay, width, height).luma.into_owned();
                let seen = Comparison::of(&picture, &lay, &reference);
                assert_eq!(seen.share(0.8, |_| true), Some(1.0), "{lay:?}");
            }
        }
    }

    #[test]
    fn a_quarter_of_a_picture_agrees_with_its_place() {
        let picture = scene(3);
        let part = Part { x: 0.25, y: 0.5, width: 0.5, height: 0.5 };
        let crop = shrink::to_size(picture.view().part(part), 128, 72);
        let lay = Lay::default().on_parts(part, Part::WHOLE);
        let seen = Comparison::of(&crop, &lay, &picture);
        assert_eq!(seen.shown.iter().filter(|shown| **shown).count(), 8 * 4);
        assert_eq!(seen.share(0.8, |_| true), Some(1.0));
    }

    #[test]
    fn unrelated_pictures_agree_hardly_anywhere() {
        let share = Comparison::of(&scene(3), &Lay::default(), &scene(5)).share(0.8, |_| true);
        assert!(share.unwrap() < 0.2, "{share:?}");
    }

    #[test]
    fn a_band_leaves_whole_fields_and_lines_all_over_leave_none() {
        let (picture, other) = (scene(3), scene(5));
        let mixed = |from: fn(usize) -> bool| {
            let query = Luma::from_fn(128, 72, |x, y| {
                if from(y / BLOCK) { other.at(x, y) } else { picture.at(x, y) }
            });
            let seen = Comparison::of(&query, &Lay::default(), &picture);
            (seen.share(0.8, |_| true).unwrap(), seen.whole_fields(0.8))
        };
        let (band, lines) = (mixed(|row| row >= 6), mixed(|row| row % 3 == 2));
        assert!(band.0 < 0.75 && lines.0 < 0.75, "{band:?} {lines:?}");
        assert!(band.1 > 0.4 && lines.1 < 0.2, "{band:?} {lines:?}");
    }

    #[test]
    fn flat_pictures_cannot_be_judged() {
        let flat = Luma::from_fn(128, 72, |_, _| 90);
        assert_eq!(Comparison::of(&flat, &Lay::default(), &flat).textured(), 0);
    }
}
