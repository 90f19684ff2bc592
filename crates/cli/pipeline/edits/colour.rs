//! Copies of the whole picture in other colours.

use firstseen_media::Rgb;

use super::{Edited, Seeded};

/// A colour with a value of 0 to 1 for each of its parts, which may lie beyond while it is worked on.
type Colour = [f32; 3];

pub(super) fn bright(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    recoloured(reference, |colour| colour.map(|value| value * 1.25 + 0.1))
}

pub(super) fn dark(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    recoloured(reference, |colour| colour.map(|value| value * 0.5))
}

pub(super) fn contrast(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    recoloured(reference, |colour| colour.map(|value| (value - 0.5) * 1.6 + 0.5))
}

pub(super) fn grey(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    recoloured(reference, |colour| [luma(colour); 3])
}

/// A filter of one colour over the picture.
pub(super) fn tint(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let over: Colour = seeded.colour().map(|value| f32::from(value) / 255.0);
    recoloured(reference, |colour| std::array::from_fn(|c| colour[c] * 0.65 + over[c] * 0.35))
}

/// All hues moved along by a third of a circle or less.
pub(super) fn hue(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let (sin, cos) = (seeded.sign() * seeded.within(0.7..2.1)).sin_cos();
    recoloured(reference, |[r, g, b]| {
        let (y, i, q) =
            (luma([r, g, b]), 0.596 * r - 0.274 * g - 0.322 * b, 0.211 * r - 0.523 * g + 0.312 * b);
        let (i, q) = (i * cos - q * sin, i * sin + q * cos);
        [y + 0.956 * i + 0.621 * q, y - 0.272 * i - 0.647 * q, y - 1.106 * i + 1.703 * q]
    })
}

pub(super) fn sepia(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    recoloured(reference, |[r, g, b]| {
        [
            0.393 * r + 0.769 * g + 0.189 * b,
            0.349 * r + 0.686 * g + 0.168 * b,
            0.272 * r + 0.534 * g + 0.131 * b,
        ]
    })
}

pub(super) fn negative(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    recoloured(reference, |colour| colour.map(|value| 1.0 - value))
}

fn recoloured(reference: &Rgb, change: impl Fn(Colour) -> Colour) -> Edited {
    let mut picture = reference.clone();
    for pixel in picture.bytes_mut().chunks_exact_mut(3) {
        let colour = change([pixel[0], pixel[1], pixel[2]].map(|value| f32::from(value) / 255.0));
        pixel.copy_from_slice(&colour.map(|value| (value * 255.0).round() as u8));
    }
    Edited::whole(picture)
}

fn luma([r, g, b]: Colour) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}
