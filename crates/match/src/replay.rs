//! The edit done again: the reference brought to lie as the query does, and where the two then still differ.
//!
//! What a reader can check with their own eyes: where the edit is understood, the difference is dark but for what was
//! laid over the picture.

use std::borrow::Cow;

use firstseen_fingerprint::shrink;
use firstseen_media::Rgb;
use firstseen_model::Luma;

use crate::found::{Edit, Light};
use crate::lay::Lay;

/// Times by which differences are shown stronger than they are; a JPEG of the same picture then stays near black.
const GAIN: u32 = 2;

/// Pixels from one line of the hatch to the next.
const HATCH: usize = 8;

/// Plain and hatched ground of a replay where the reference shows nothing.
const GROUND: [[u8; 3]; 2] = [[112; 3], [132; 3]];

/// The same of a difference; blue, since differences are grey.
const UNCOVERED: [[u8; 3]; 2] = [[16, 20, 48], [44, 56, 112]];

/// A reference as it would look in the query.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The picture, hatched where the reference shows nothing.
    pub picture: Rgb,
    /// Which pixels come from the reference, row by row.
    shown: Vec<bool>,
}

/// `reference` edited as `edit` tells, in a picture of `width` x `height` pixels.
///
/// Light and contrast are brought to the query's where they were measured, and left alone where not.
#[must_use]
pub fn replay(reference: &Rgb, edit: &Edit, width: usize, height: usize) -> Replay {
    let sampled = Sampled::of(reference, &edit.lay.inverse(), width, height);
    let placed = Placed::of(edit, width, height);
    let mut shown = Vec::with_capacity(width * height);
    let mut picture = Rgb::from_fn(width, height, |x, y| {
        let colour = if placed.holds(x, y) { sampled.at(x, y) } else { None };
        shown.push(colour.is_some());
        colour.unwrap_or_else(|| hatched(x, y, GROUND))
    });
    let levels = levels(edit, mean_luma(&picture, &shown));
    for (pixel, _) in picture.bytes_mut().chunks_mut(3).zip(&shown).filter(|(_, shown)| **shown) {
        for value in pixel {
            *value = levels[usize::from(*value)];
        }
    }
    Replay { picture, shown }
}

impl Replay {
    /// How far `query`, a picture of the same size, is from the replay in luma: black where they agree, lighter the more
    /// they differ, hatched where the reference shows nothing to compare with.
    #[must_use]
    pub fn difference(&self, query: &Rgb) -> Rgb {
        let (here, there) = (query.luma(), self.picture.luma());
        let width = self.picture.width();
        Rgb::from_fn(width, self.picture.height(), |x, y| {
            if !self.shown[y * width + x] || x >= here.width() || y >= here.height() {
                return hatched(x, y, UNCOVERED);
            }
            let apart = u32::from(here.at(x, y).abs_diff(there.at(x, y)));
            [(apart * GAIN).min(255) as u8; 3]
        })
    }
}

/// Where the reference's picture lies in the query: it may go on beyond what was cut from it and pasted there.
struct Placed {
    columns: std::ops::Range<usize>,
    rows: std::ops::Range<usize>,
}

impl Placed {
    fn of(edit: &Edit, width: usize, height: usize) -> Self {
        let [x, y, w, h] = edit.placed.unwrap_or([0.0, 0.0, 1.0, 1.0]);
        let pixels = |start: f32, length: f32, side: usize| {
            let pixel = |share: f32| (share * side as f32).round().max(0.0) as usize;
            pixel(start)..pixel(start + length)
        };
        Self { columns: pixels(x, w, width), rows: pixels(y, h, height) }
    }

    fn holds(&self, x: usize, y: usize) -> bool {
        self.columns.contains(&x) && self.rows.contains(&y)
    }
}

/// A reference that is read at the places where the query's pixels lie.
struct Sampled<'a> {
    planes: [Cow<'a, Luma>; 3],
    lay: Lay,
    width: f64,
    height: f64,
    /// Places within a pixel whose values are averaged.
    places: &'static [(f64, f64)],
}

/// The middle of a pixel: a reference of the query's size comes back as it was.
const MIDDLE: [(f64, f64); 1] = [(0.5, 0.5)];
/// The middles of its quarters.
const QUARTERS: [(f64, f64); 4] = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];

impl<'a> Sampled<'a> {
    fn of(reference: &'a Rgb, lay: &Lay, width: usize, height: usize) -> Self {
        let plane = |channel: usize| {
            Luma::from_fn(reference.width(), reference.height(), |x, y| reference.at(x, y)[channel])
        };
        let planes = [plane(0), plane(1), plane(2)];
        let (across, down) = crate::lay::pixels_a_pixel(&planes[0], lay, width, height);
        // Area means first, or fine detail would be picked at by chance; down to two pixels a pixel, since a value
        // between four pixels is blurred.
        let reduced = |side: usize, ratio: f64| {
            ((2.0 * side as f64 / ratio.max(2.0)).round() as usize).clamp(1, side)
        };
        let small = (reduced(reference.width(), across), reduced(reference.height(), down));
        Self {
            planes: planes.map(|plane| Cow::Owned(shrink::to_size(plane.view(), small.0, small.1))),
            lay: *lay,
            width: width as f64,
            height: height as f64,
            places: if across.max(down) > 1.2 { &QUARTERS } else { &MIDDLE },
        }
    }

    /// The colour that the reference has for the query's pixel at `(x, y)`; `None` where it shows nothing there.
    fn at(&self, x: usize, y: usize) -> Option<[u8; 3]> {
        let at = |right: f64, down: f64| {
            self.lay.at((x as f64 + right) / self.width, (y as f64 + down) / self.height)
        };
        let (u, v) = at(0.5, 0.5);
        if !((0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v)) {
            return None;
        }
        let (w, h) = (self.planes[0].width() as f64, self.planes[0].height() as f64);
        let mut sums = [0.0; 3];
        for (right, down) in self.places {
            let (u, v) = at(*right, *down);
            for (sum, plane) in sums.iter_mut().zip(&self.planes) {
                *sum += crate::lay::between(plane, u * w - 0.5, v * h - 0.5);
            }
        }
        Some(sums.map(|sum: f64| (sum / self.places.len() as f64).round() as u8))
    }
}

/// What becomes of each level of the reference, whose mean is `mean` where the query shows it.
fn levels(edit: &Edit, mean: f32) -> [u8; 256] {
    let light = edit.light.unwrap_or(Light { levels: 0.0, contrast: 1.0 });
    std::array::from_fn(|level| {
        let lit = (level as f32 - mean) * light.contrast + mean + light.levels;
        let lit = lit.round().clamp(0.0, 255.0) as u8;
        // Light was measured on the query turned positive.
        if edit.negative { 255 - lit } else { lit }
    })
}

fn mean_luma(picture: &Rgb, shown: &[bool]) -> f32 {
    let luma = picture.luma();
    let (sum, count) = luma
        .bytes()
        .iter()
        .zip(shown)
        .filter(|(_, shown)| **shown)
        .fold((0_u64, 0_u64), |(sum, count), (luma, _)| (sum + u64::from(*luma), count + 1));
    sum as f32 / count.max(1) as f32
}

fn hatched(x: usize, y: usize, [plain, line]: [[u8; 3]; 2]) -> [u8; 3] {
    if (x + y) % HATCH < 2 { line } else { plain }
}

#[cfg(test)]
mod tests {
    use firstseen_model::{Dihedral, Part, View};

    use super::*;

    /// Smooth waves with colours that tell the sides apart.
    fn picture(width: usize, height: usize) -> Rgb {
        Rgb::from_fn(width, height, |x, y| {
            let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
            let wave = |t: f32| (127.5 + 100.0 * libm::sinf(t)) as u8;
            [wave(9.0 * u + 2.0 * v), wave(7.0 * v * u + 1.0), (u * 200.0) as u8 + 20]
        })
    }

    fn mirrored(picture: &Rgb) -> Rgb {
        Rgb::from_fn(picture.width(), picture.height(), |x, y| {
            picture.at(picture.width() - 1 - x, y)
        })
    }

    fn mirror() -> Lay {
        let dihedral = Dihedral { mirrored: true, quarter_turns: 0 };
        Lay::of_view(View { dihedral, negative: false })
    }

    fn greatest_difference(a: &Rgb, b: &Rgb) -> u8 {
        a.bytes().iter().zip(b.bytes()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    }

    #[test]
    fn a_mirrored_crop_is_replayed_to_look_like_the_query() {
        let reference = picture(400, 300);
        // The query is the mirrored left three quarters and lower half.
        let query = mirrored(&reference.part(0, 150, 300, 150));
        let crop = Part { x: 0.0, y: 0.5, width: 0.75, height: 0.5 };
        let lay = mirror().of_parts(Part::WHOLE, crop);
        let replayed = replay(&reference, &Edit { lay, ..Edit::default() }, 300, 150);
        assert!(greatest_difference(&replayed.picture, &query) <= 2);
        assert!(
            greatest_difference(&replayed.difference(&query), &Rgb::plain(300, 150, [0; 3])) <= 6
        );
    }

    #[test]
    fn a_mirror_alone_is_replayed_to_the_byte() {
        let reference = picture(97, 61);
        let edit = Edit { lay: mirror(), ..Edit::default() };
        assert_eq!(replay(&reference, &edit, 97, 61).picture, mirrored(&reference));
    }

    #[test]
    fn a_smaller_query_is_replayed_by_area_means() {
        // Single columns of black and white: picked at by chance they would come out as one or the other.
        let reference = Rgb::from_fn(400, 300, |x, _| [(x % 2 * 255) as u8; 3]);
        let replayed = replay(&reference, &Edit::default(), 50, 40);
        assert!(greatest_difference(&replayed.picture, &Rgb::plain(50, 40, [127; 3])) <= 2);
    }

    #[test]
    fn what_the_reference_does_not_show_is_hatched() {
        let reference = picture(200, 100);
        let placed = Part { x: 0.5, y: 0.0, width: 0.5, height: 1.0 };
        let lay = Lay::default().of_parts(placed, Part::WHOLE);
        let replayed = replay(&reference, &Edit { lay, ..Edit::default() }, 200, 100);
        let query = Rgb::plain(200, 100, [255; 3]);
        let difference = replayed.difference(&query);
        for (x, y) in [(0, 0), (3, 50), (99, 99)] {
            assert!(GROUND.contains(&replayed.picture.at(x, y)));
            assert!(UNCOVERED.contains(&difference.at(x, y)));
        }
        assert!(!UNCOVERED.contains(&difference.at(100, 0)));
    }

    #[test]
    fn what_was_cut_off_before_it_was_pasted_is_not_shown() {
        let reference = picture(200, 100);
        let lay = Lay::default();
        let placed = Some([0.25, 0.0, 0.5, 1.0]);
        let edit = Edit { lay, placed, ..Edit::default() };
        let replayed = replay(&reference, &edit, 200, 100).picture;
        assert_eq!(replayed.at(50, 20), reference.at(50, 20));
        assert!(GROUND.contains(&replayed.at(49, 20)) && GROUND.contains(&replayed.at(150, 20)));
    }

    #[test]
    fn light_and_a_negative_are_replayed_where_they_were_measured() {
        let reference = picture(120, 80);
        let mean = mean_luma(&reference, &vec![true; 120 * 80]);
        let change =
            |level: u8| 255 - ((f32::from(level) - mean) * 0.5 + mean + 20.0).round() as u8;
        let query = Rgb::from_fn(120, 80, |x, y| reference.at(x, y).map(change));
        let edit = Edit {
            lay: Lay::of_view(View { negative: true, ..View::default() }),
            negative: true,
            light: Some(Light { levels: 20.0, contrast: 0.5 }),
            ..Edit::default()
        };
        assert!(greatest_difference(&replay(&reference, &edit, 120, 80).picture, &query) <= 1);
        let edit = Edit { light: None, ..edit };
        assert!(greatest_difference(&replay(&reference, &edit, 120, 80).picture, &query) > 20);
    }
}
