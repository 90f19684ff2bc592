//! Copies that were mirrored, turned, or filmed off a screen.

use firstseen_media::Rgb;
use firstseen_model::Part;

use super::draw::{Area, Canvas, Ink};
use super::truth::part_of;
use super::{Edited, Seeded};

pub(super) fn mirror(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    let (width, height) = (reference.width(), reference.height());
    let mut edited =
        Edited::whole(Rgb::from_fn(width, height, |x, y| reference.at(width - 1 - x, y)));
    edited.truth.mirrored = true;
    edited
}

pub(super) fn turn_90(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    let (width, height) = (reference.width(), reference.height());
    Edited::whole(Rgb::from_fn(height, width, |x, y| reference.at(y, height - 1 - x))).turned(90.0)
}

pub(super) fn turn_180(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    let (width, height) = (reference.width(), reference.height());
    let turned = Rgb::from_fn(width, height, |x, y| reference.at(width - 1 - x, height - 1 - y));
    Edited::whole(turned).turned(180.0)
}

pub(super) fn turn_270(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    let (width, height) = (reference.width(), reference.height());
    Edited::whole(Rgb::from_fn(height, width, |x, y| reference.at(width - 1 - y, x))).turned(270.0)
}

pub(super) fn turn_3(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    turned_whole(reference, 3.0 * seeded.sign())
}

pub(super) fn turn_10(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    turned_whole(reference, 10.0 * seeded.sign())
}

pub(super) fn turn_15(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    turned_whole(reference, 15.0 * seeded.sign())
}

pub(super) fn turn_30(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    turned_whole(reference, 30.0 * seeded.sign())
}

pub(super) fn turn_10_cut(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    turned_cut(reference, 10.0 * seeded.sign())
}

pub(super) fn turn_30_cut(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    turned_cut(reference, 30.0 * seeded.sign())
}

/// The whole picture turned, in a frame with black corners.
fn turned_whole(reference: &Rgb, degrees: f32) -> Edited {
    let (width, height) = (reference.width() as f32, reference.height() as f32);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let wide = width * cos.abs() + height * sin.abs();
    let high = width * sin.abs() + height * cos.abs();
    let picture = turned(reference, degrees, wide, high);
    Edited::whole(picture).turned(degrees)
}

/// The picture turned, and cut to the greatest box of its own shape that has no black corners.
fn turned_cut(reference: &Rgb, degrees: f32) -> Edited {
    let (width, height) = (reference.width() as f32, reference.height() as f32);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (sin, cos) = (sin.abs(), cos.abs());
    let scale = (width / (width * cos + height * sin)).min(height / (width * sin + height * cos));
    let (wide, high) = (width * scale, height * scale);
    let seen = ((wide * cos + high * sin) / width, (wide * sin + high * cos) / height);
    let crop =
        Part { x: (1.0 - seen.0) / 2.0, y: (1.0 - seen.1) / 2.0, width: seen.0, height: seen.1 };
    Edited::whole(turned(reference, degrees, wide, high)).cropped(crop).turned(degrees)
}

/// The picture turned clockwise about its middle, as seen through a frame of `wide` x `high` pixels around it.
fn turned(reference: &Rgb, degrees: f32, wide: f32, high: f32) -> Rgb {
    let (width, height) = (reference.width() as f32, reference.height() as f32);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (wide, high) = (wide.round().max(1.0), high.round().max(1.0));
    Rgb::from_fn(wide as usize, high as usize, |x, y| {
        let (dx, dy) = (x as f32 + 0.5 - wide / 2.0, y as f32 + 0.5 - high / 2.0);
        let (sx, sy) = (dx * cos + dy * sin + width / 2.0, dy * cos - dx * sin + height / 2.0);
        sampled(reference, sx, sy, [0.0; 3]).map(|value| value as u8)
    })
}

/// A screen that shows the picture, photographed by hand: from aside, with moire, glare, noise and a darker rim.
pub(super) fn screen_photo(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let (width, height) = (reference.width() as f32, reference.height() as f32);
    let bezel = (0.03 * width.max(height)).round();
    let mut screen = Canvas::new(width + 2.0 * bezel, height + 2.0 * bezel, [16, 16, 18]);
    screen.paste(reference, bezel, bezel);
    screen.block(Area::new(0.0, 0.0, screen.width(), bezel / 6.0), Ink::solid([70, 70, 74]));
    let screen = screen.picture;

    let (wide, high) = (width.round(), height.round());
    let mut corner = |x: f32, y: f32| {
        // Each corner lies a little inside the photo, at its own distance.
        let (dx, dy) = (seeded.within(0.01..0.09), seeded.within(0.01..0.09));
        ((x + dx * (1.0 - 2.0 * x)) * wide, (y + dy * (1.0 - 2.0 * y)) * high)
    };
    let corners = [corner(0.0, 0.0), corner(1.0, 0.0), corner(1.0, 1.0), corner(0.0, 1.0)];
    let lens = Lens::of(corners);
    let wall = seeded.colour().map(|value| f32::from(value) * 0.35);
    let filmed = Rgb::from_fn(wide as usize, high as usize, |x, y| {
        let (u, v) = lens.inverse(x as f32 + 0.5, y as f32 + 0.5);
        let (sx, sy) = (u * screen.width() as f32, v * screen.height() as f32);
        sampled(&screen, sx, sy, wall).map(|value| value as u8)
    });
    // A hand-held phone is never quite in focus.
    let mut filmed = filmed.blurred(0.0011 * wide.max(high));

    let (ax, ay) = (seeded.within(0.5..1.1), seeded.within(0.05..0.3));
    let glare = (seeded.unit() * wide, seeded.unit() * high, 0.25 * wide.max(high));
    let cast = [seeded.within(0.9..1.05), seeded.within(0.95..1.05), seeded.within(0.95..1.15)];
    let (moire, bent) = (seeded.within(5.0..9.0), seeded.within(0.0004..0.0012));
    for y in 0..filmed.height() {
        for x in 0..filmed.width() {
            let (fx, fy) = (x as f32, y as f32);
            let waves =
                (ax * fx + ay * fy + bent * fy * fx * 0.1).sin() * (ax * 0.93 * fy - ay * fx).sin();
            let (dx, dy) = (fx / wide - 0.5, fy / high - 0.5);
            let rim = 1.0 - 0.55 * (dx * dx + dy * dy);
            let far = ((fx - glare.0).powi(2) + (fy - glare.1).powi(2)) / (glare.2 * glare.2);
            let shine = 70.0 * (-far).exp();
            let colour = filmed.at(x, y);
            let colour = std::array::from_fn(|c| {
                let lit = (f32::from(colour[c]) * 0.9 + 8.0) * rim * cast[c];
                (lit + moire * waves + shine + 4.0 * seeded.bell()).round() as u8
            });
            filmed.put(x, y, colour);
        }
    }

    let inner: Vec<(f32, f32)> = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
        .into_iter()
        .map(|(u, v)| {
            let (sx, sy) = (bezel + u * width, bezel + v * height);
            lens.forward(sx / screen.width() as f32, sy / screen.height() as f32)
        })
        .collect();
    let least = |of: fn(&(f32, f32)) -> f32| inner.iter().map(of).fold(f32::MAX, f32::min);
    let most = |of: fn(&(f32, f32)) -> f32| inner.iter().map(of).fold(f32::MIN, f32::max);
    let (left, top) = (least(|p| p.0), least(|p| p.1));
    let placed = part_of(&filmed, left, top, most(|p| p.0) - left, most(|p| p.1) - top);
    Edited::whole(filmed).placed(placed)
}

/// A plane seen from aside: the unit square brought to four corners.
///
/// Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3.
struct Lens([f32; 9]);

impl Lens {
    /// The corners from the upper left one clockwise.
    fn of([(x0, y0), (x1, y1), (x2, y2), (x3, y3)]: [(f32, f32); 4]) -> Self {
        let (dx1, dx2, sx) = (x1 - x2, x3 - x2, x0 - x1 + x2 - x3);
        let (dy1, dy2, sy) = (y1 - y2, y3 - y2, y0 - y1 + y2 - y3);
        let scale = dx1 * dy2 - dx2 * dy1;
        let (g, h) = ((sx * dy2 - dx2 * sy) / scale, (dx1 * sy - sx * dy1) / scale);
        Self([
            x1 - x0 + g * x1,
            x3 - x0 + h * x3,
            x0,
            y1 - y0 + g * y1,
            y3 - y0 + h * y3,
            y0,
            g,
            h,
            1.0,
        ])
    }

    fn forward(&self, u: f32, v: f32) -> (f32, f32) {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let w = g * u + h * v + i;
        ((a * u + b * v + c) / w, (d * u + e * v + f) / w)
    }

    fn inverse(&self, x: f32, y: f32) -> (f32, f32) {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let u = (e * i - f * h) * x + (c * h - b * i) * y + (b * f - c * e);
        let v = (f * g - d * i) * x + (a * i - c * g) * y + (c * d - a * f);
        let w = (d * h - e * g) * x + (b * g - a * h) * y + (a * e - b * d);
        (u / w, v / w)
    }
}

/// The colour between pixels at `x`, `y`, running into `outside` over the last pixel.
fn sampled(picture: &Rgb, x: f32, y: f32, outside: [f32; 3]) -> [f32; 3] {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let inside = x.min(width - x).min(y).min(height - y);
    let cover = (inside + 0.5).clamp(0.0, 1.0);
    if cover == 0.0 {
        return outside;
    }
    let (x, y) = ((x - 0.5).clamp(0.0, width - 1.0), (y - 0.5).clamp(0.0, height - 1.0));
    let (column, row) = (x as usize, y as usize);
    let (across, down) = (x - column as f32, y - row as f32);
    let mix = |a: [u8; 3], b: [u8; 3]| -> [f32; 3] {
        std::array::from_fn(|c| f32::from(a[c]) * (1.0 - across) + f32::from(b[c]) * across)
    };
    let upper = mix(picture.at(column, row), picture.at(column + 1, row));
    let lower = mix(picture.at(column, row + 1), picture.at(column + 1, row + 1));
    std::array::from_fn(|c| {
        let colour = upper[c] * (1.0 - down) + lower[c] * down;
        outside[c] + (colour - outside[c]) * cover
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_right_angles_are_none() {
        let reference = Rgb::from_fn(5, 3, |x, y| [x as u8, y as u8, 7]);
        let mut seeded = Seeded::of(&[b"turn"]);
        let mut turn =
            |picture: &Rgb, edit: super::super::Act| edit(picture, &mut seeded, &[]).picture;
        let quarter = turn(&reference, turn_90);
        assert_eq!(quarter.at(2, 0), reference.at(0, 0));
        assert_eq!(turn(&quarter, turn_270), reference);
        assert_eq!(turn(&quarter, turn_90), turn(&reference, turn_180));
    }

    #[test]
    fn a_lens_undoes_itself() {
        let lens = Lens::of([(3.0, 4.0), (90.0, 9.0), (80.0, 70.0), (8.0, 66.0)]);
        assert_eq!(lens.forward(0.0, 0.0), (3.0, 4.0));
        let (x, y) = lens.forward(0.3, 0.8);
        let (u, v) = lens.inverse(x, y);
        assert!((u - 0.3).abs() < 1e-4 && (v - 0.8).abs() < 1e-4, "{u} {v}");
    }
}
