//! Copies of the whole picture that lost some of its quality.

use firstseen_media::{Rgb, decode_jpeg};

use super::{Edited, Seeded};

pub(super) fn none(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    Edited::whole(reference.clone())
}

pub(super) fn jpeg_30(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    Edited::whole(reference.clone()).at_quality(30)
}

pub(super) fn down_half(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    Edited::whole(reference.resized(reference.width() / 2, reference.height() / 2))
}

pub(super) fn down_quarter(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    Edited::whole(reference.resized(reference.width() / 4, reference.height() / 4))
}

/// Sent and forwarded: made smaller, and encoded twice.
pub(super) fn messaging(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    let small = fitted(reference, 800.0, 800.0);
    let once = decode_jpeg(&small.jpeg(50), 800).unwrap_or(small);
    // Not at its own size again, or the second time would cost nothing.
    Edited::whole(fitted(&once, 760.0, 760.0)).at_quality(50)
}

pub(super) fn aspect(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let (width, height) = (reference.width(), reference.height());
    let (tenth_wider, tenth_taller) = (width * 11 / 10, height * 11 / 10);
    Edited::whole(if seeded.chance(0.5) {
        reference.resized(tenth_wider, height)
    } else {
        reference.resized(width, tenth_taller)
    })
}

pub(super) fn blur(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    let longer = reference.width().max(reference.height());
    Edited::whole(reference.blurred(longer as f32 * 0.003))
}

pub(super) fn noise(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let mut picture = reference.clone();
    for byte in picture.bytes_mut() {
        *byte = (f32::from(*byte) + 14.0 * seeded.bell()).round() as u8;
    }
    Edited::whole(picture)
}

pub(super) fn sharpen(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    let soft = reference.blurred(1.5);
    let mut picture = reference.clone();
    for (byte, soft) in picture.bytes_mut().iter_mut().zip(soft.bytes()) {
        let value = f32::from(*byte);
        *byte = (value + 1.5 * (value - f32::from(*soft))).round() as u8;
    }
    Edited::whole(picture)
}

/// The picture brought to lie within `width` x `height` without being stretched.
pub(super) fn fitted(picture: &Rgb, width: f32, height: f32) -> Rgb {
    let scale = (width / picture.width() as f32).min(height / picture.height() as f32);
    let side = |side: usize| (side as f32 * scale).round() as usize;
    picture.resized(side(picture.width()), side(picture.height()))
}
