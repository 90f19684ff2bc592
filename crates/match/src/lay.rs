//! How a query lies on a reference: which point of the one shows which point of the other.

use std::borrow::Cow;

use firstseen_fingerprint::{shrink, turn};
use firstseen_model::{Dihedral, Luma, Part, View};
use serde::{Deserialize, Serialize};

/// Where each point of the upright reference is found in the query, both in shares of their sides, and whether dark and
/// light have changed places.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lay {
    /// Two rows of `x = a u + b v + c`.
    to_query: [[f64; 3]; 2],
    /// Whether dark and light have changed places.
    pub negative: bool,
}

impl Default for Lay {
    fn default() -> Self {
        Self::of_view(View::default())
    }
}

impl Lay {
    /// The lay whose rows are `to_query`; `None` where it has no inverse.
    #[must_use]
    pub fn new(to_query: [[f64; 3]; 2], negative: bool) -> Option<Self> {
        let lay = Self { to_query, negative };
        (lay.determinant().abs() > 1e-6).then_some(lay)
    }

    /// The lay of a query that `view` brings to lie as the reference does.
    #[must_use]
    pub fn of_view(view: View) -> Self {
        let [mut x, y] = match view.dihedral.quarter_turns % 4 {
            0 => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            1 => [[0.0, 1.0, 0.0], [-1.0, 0.0, 1.0]],
            2 => [[-1.0, 0.0, 1.0], [0.0, -1.0, 1.0]],
            _ => [[0.0, -1.0, 1.0], [1.0, 0.0, 0.0]],
        };
        if view.dihedral.mirrored {
            x = [-x[0], -x[1], 1.0 - x[2]];
        }
        Self { to_query: [x, y], negative: view.negative }
    }

    /// The view, where nothing but mirror and right angles is between the two.
    #[must_use]
    pub fn view(&self) -> Option<View> {
        Dihedral::ALL
            .map(|dihedral| View { dihedral, negative: self.negative })
            .into_iter()
            .find(|view| Self::of_view(*view).to_query == self.to_query)
    }

    /// The mirror and right angles nearest to it.
    #[must_use]
    pub fn nearest_view(&self) -> View {
        let [[a, b, _], [c, d, _]] = self.to_query;
        let fit = |dihedral| {
            let [[e, f, _], [g, h, _]] = Self::of_view(View { dihedral, negative: false }).to_query;
            a * e + b * f + c * g + d * h
        };
        let best = Dihedral::ALL.into_iter().rev().max_by(|a, b| fit(*a).total_cmp(&fit(*b)));
        View { dihedral: best.unwrap_or_default(), negative: self.negative }
    }

    /// Where the reference's `(u, v)` lies in the query.
    #[must_use]
    pub fn at(&self, u: f64, v: f64) -> (f64, f64) {
        let [x, y] = self.to_query;
        (x[0] * u + x[1] * v + x[2], y[0] * u + y[1] * v + y[2])
    }

    fn determinant(&self) -> f64 {
        let [[a, b, _], [c, d, _]] = self.to_query;
        a * d - b * c
    }

    /// The lay the other way: where each point of the query is found in the reference.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let [[a, b, e], [c, d, f]] = self.to_query;
        let det = self.determinant();
        let to_query = [
            [d / det, -b / det, (b * f - d * e) / det],
            [-c / det, a / det, (c * e - a * f) / det],
        ];
        Self { to_query, negative: self.negative }
    }

    /// The lay of whole pictures, where this one is of a part of the query on a part of the reference.
    #[must_use]
    pub fn of_parts(&self, query: Part, reference: Part) -> Self {
        self.before(&enlarged(query)).after(&enlarged(reference).inverse())
    }

    /// The lay of a part of the query on a part of the reference, where this one is of whole pictures.
    #[must_use]
    pub fn on_parts(&self, query: Part, reference: Part) -> Self {
        self.before(&enlarged(query).inverse()).after(&enlarged(reference))
    }

    /// `next` done to what this one gives.
    fn before(&self, next: &Self) -> Self {
        let [x, y] = next.to_query;
        let [mine, yours] = self.to_query;
        let row = |n: [f64; 3]| {
            let of = |i: usize| n[0] * mine[i] + n[1] * yours[i];
            [of(0), of(1), of(2) + n[2]]
        };
        Self { to_query: [row(x), row(y)], negative: self.negative }
    }

    /// This one done to what `first` gives.
    fn after(&self, first: &Self) -> Self {
        let combined = first.before(self);
        Self { negative: self.negative, ..combined }
    }

    /// Degrees by which the query is turned clockwise against the reference once mirrored as [`Lay::nearest_view`]
    /// says, -180 to 180, and how much larger the reference's picture is in the query than in the reference, along its
    /// sides. Sizes are of whole pictures, in pixels.
    #[must_use]
    pub fn turn_and_scale(&self, query: (f64, f64), reference: (f64, f64)) -> (f64, f64) {
        let [[a, b, _], [c, d, _]] = self.to_query;
        let mirrored = self.determinant() < 0.0;
        let side = if mirrored { -1.0 } else { 1.0 };
        // What one pixel to the right, and one down, become.
        let right = (a * query.0 / reference.0 * side, c * query.1 / reference.0);
        let down = (b * query.0 / reference.1 * side, d * query.1 / reference.1);
        let turn = libm::atan2(right.1 - down.0, right.0 + down.1).to_degrees();
        let area = (right.0 * down.1 - right.1 * down.0).abs();
        (turn, libm::sqrt(area))
    }

    /// How much wider, for its height, the reference's picture is in the query. Sizes are of whole pictures, in pixels.
    #[must_use]
    pub fn widening(&self, query: (f64, f64), reference: (f64, f64)) -> f64 {
        let [[a, b, _], [c, d, _]] = self.to_query;
        let length = |x: f64, y: f64, by: f64| {
            let (x, y) = (x * query.0 / by, y * query.1 / by);
            libm::sqrt(x * x + y * y)
        };
        length(a, c, reference.0) / length(b, d, reference.1).max(1e-9)
    }

    /// The box around what becomes of `part` of the reference, within the query.
    #[must_use]
    pub fn boxed(&self, part: Part) -> Part {
        let (left, top) = (f64::from(part.x), f64::from(part.y));
        let (right, bottom) = (left + f64::from(part.width), top + f64::from(part.height));
        let corners = [(left, top), (right, top), (left, bottom), (right, bottom)];
        let at = corners.map(|(u, v)| self.at(u, v));
        let low = |values: [f64; 4]| values.into_iter().fold(f64::MAX, f64::min).clamp(0.0, 1.0);
        let high = |values: [f64; 4]| values.into_iter().fold(f64::MIN, f64::max).clamp(0.0, 1.0);
        let (xs, ys) = (at.map(|at| at.0), at.map(|at| at.1));
        Part {
            x: low(xs) as f32,
            y: low(ys) as f32,
            width: (high(xs) - low(xs)) as f32,
            height: (high(ys) - low(ys)) as f32,
        }
    }
}

/// The lay that places the whole of a picture on a part of another.
fn enlarged(part: Part) -> Lay {
    let [x, y, width, height] = [part.x, part.y, part.width, part.height].map(f64::from);
    Lay { to_query: [[width, 0.0, x], [0.0, height, y]], negative: false }
}

/// A query brought to lie as the reference does.
#[derive(Clone, Debug)]
pub struct Laid<'a> {
    /// Its pixels; anything where it shows nothing of the reference.
    pub luma: Cow<'a, Luma>,
    /// Which pixels it shows, row by row; empty where it shows all.
    pub shown: Vec<bool>,
}

impl Laid<'_> {
    /// Whether it shows the pixel at `(x, y)`.
    #[must_use]
    pub fn shows(&self, x: usize, y: usize) -> bool {
        self.shown.is_empty() || self.shown[y * self.luma.width() + x]
    }
}

/// `query` as it lies on a reference of `width` x `height` pixels.
#[must_use]
pub fn laid<'a>(query: &'a Luma, lay: &Lay, width: usize, height: usize) -> Laid<'a> {
    let mut laid = match lay.view() {
        Some(view) => Laid { luma: turned(query, view.dihedral, width, height), shown: Vec::new() },
        None => projected(query, lay, width, height),
    };
    if lay.negative {
        let plain = laid.luma;
        laid.luma = Cow::Owned(Luma::from_fn(width, height, |x, y| 255 - plain.at(x, y)));
    }
    laid
}

fn turned(query: &Luma, dihedral: Dihedral, width: usize, height: usize) -> Cow<'_, Luma> {
    let mut laid = Cow::Borrowed(query);
    if dihedral != Dihedral::UPRIGHT {
        laid = Cow::Owned(turn::turned(laid.view(), dihedral));
    }
    if (laid.width(), laid.height()) != (width, height) {
        laid = Cow::Owned(shrink::to_size(laid.view(), width, height));
    }
    laid
}

fn projected(query: &Luma, lay: &Lay, width: usize, height: usize) -> Laid<'static> {
    let (columns, rows) = pixels_a_pixel(query, lay, width, height);
    // Area means first, or fine detail would be picked at by chance; down to two pixels a pixel, since a value between
    // four pixels is blurred.
    let reduced =
        |side: usize, ratio: f64| ((2.0 * side as f64 / ratio.max(2.0)).round() as usize).max(1);
    let small = (reduced(query.width(), columns), reduced(query.height(), rows));
    let query = if small == (query.width(), query.height()) {
        Cow::Borrowed(query)
    } else {
        Cow::Owned(shrink::to_size(query.view(), small.0, small.1))
    };
    let (w, h) = (query.width() as f64, query.height() as f64);
    let mut shown = Vec::with_capacity(width * height);
    let luma = Luma::from_fn(width, height, |x, y| {
        let at = |right: f64, down: f64| {
            lay.at((x as f64 + right) / width as f64, (y as f64 + down) / height as f64)
        };
        let (u, v) = at(0.5, 0.5);
        let inside = (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v);
        shown.push(inside);
        if !inside {
            return 0;
        }
        let quarters = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
        let sum: f64 = quarters
            .into_iter()
            .map(|(right, down)| {
                let (u, v) = at(right, down);
                between(&query, u * w - 0.5, v * h - 0.5)
            })
            .sum();
        (sum / 4.0).round() as u8
    });
    Laid { luma: Cow::Owned(luma), shown }
}

/// Pixels of the query, across and down, on one of a reference of `width` x `height`.
pub(crate) fn pixels_a_pixel(query: &Luma, lay: &Lay, width: usize, height: usize) -> (f64, f64) {
    let [[a, b, _], [c, d, _]] = lay.to_query;
    let (w, h) = (width as f64, height as f64);
    let length = |u: f64, v: f64| libm::sqrt(u * u / (w * w) + v * v / (h * h));
    (length(a, b) * query.width() as f64, length(c, d) * query.height() as f64)
}

/// The value between the four pixels around `(x, y)`.
pub(crate) fn between(picture: &Luma, x: f64, y: f64) -> f64 {
    let x = x.clamp(0.0, (picture.width() - 1) as f64);
    let y = y.clamp(0.0, (picture.height() - 1) as f64);
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) =
        ((left + 1).min(picture.width() - 1), (top + 1).min(picture.height() - 1));
    let (across, down) = (x - left as f64, y - top as f64);
    let row = |y| {
        f64::from(picture.at(left, y)) * (1.0 - across) + f64::from(picture.at(right, y)) * across
    };
    row(top) * (1.0 - down) + row(bottom) * down
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::scene;

    fn close(a: (f64, f64), b: (f64, f64)) -> bool {
        (a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9
    }

    fn part(x: f32, y: f32, width: f32, height: f32) -> Part {
        Part { x, y, width, height }
    }

    #[test]
    fn a_view_lays_as_turning_does() {
        let picture = scene(3);
        for dihedral in Dihedral::ALL {
            let lay = Lay::of_view(View { dihedral, negative: false });
            let (width, height) = if dihedral.swaps_sides() { (72, 128) } else { (128, 72) };
            let plain = turn::turned(picture.view(), dihedral);
            let laid = projected(&picture, &lay, width, height).luma;
            let apart = plain.bytes().iter().zip(laid.bytes()).map(|(a, b)| a.abs_diff(*b));
            let mean = apart.map(f64::from).sum::<f64>() / plain.bytes().len() as f64;
            assert!(mean < 4.0, "{dihedral:?}: {mean}");
            assert_eq!(lay.nearest_view().dihedral, dihedral);
        }
    }

    #[test]
    fn there_and_back_is_where_it_was() {
        let lay = Lay::new([[0.5, 0.1, 0.2], [-0.1, 0.7, 0.1]], false).unwrap();
        let (x, y) = lay.at(0.3, 0.8);
        assert!(close(lay.inverse().at(x, y), (0.3, 0.8)));
        let parts = (part(0.1, 0.2, 0.5, 0.25), part(0.0, 0.25, 1.0, 0.5));
        let there = lay.of_parts(parts.0, parts.1);
        assert!(close(there.on_parts(parts.0, parts.1).at(0.3, 0.8), lay.at(0.3, 0.8)));
    }

    #[test]
    fn a_crop_lies_where_it_was_cut() {
        let lay = Lay::default().on_parts(part(0.25, 0.0, 0.5, 0.5), Part::WHOLE);
        assert!(close(lay.at(0.25, 0.5), (0.0, 1.0)));
        let crop = lay.inverse().boxed(Part::WHOLE);
        assert_eq!(crop, part(0.25, 0.0, 0.5, 0.5));
    }

    #[test]
    fn turn_and_scale_are_in_pixels() {
        // A wide reference stands on its side in a tall query, at half its size.
        let lay = Lay::of_view(View {
            dihedral: Dihedral { mirrored: false, quarter_turns: 3 },
            negative: false,
        });
        let (turn, scale) = lay.turn_and_scale((50.0, 100.0), (200.0, 100.0));
        assert!((turn - 90.0).abs() < 1e-9 && (scale - 0.5).abs() < 1e-9, "{turn} {scale}");
        let mirrored = Lay::of_view(View {
            dihedral: Dihedral { mirrored: true, quarter_turns: 0 },
            negative: false,
        });
        assert_eq!(mirrored.turn_and_scale((10.0, 10.0), (10.0, 10.0)), (0.0, 1.0));
    }

    #[test]
    fn what_is_not_shown_is_told() {
        let picture = scene(3);
        let lay = Lay::default().on_parts(part(0.0, 0.0, 0.5, 1.0), Part::WHOLE);
        let laid = laid(&picture, &lay, 128, 72);
        assert!(laid.shows(10, 10) && !laid.shows(100, 10));
    }
}
