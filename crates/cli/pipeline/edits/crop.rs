//! Copies that show a part of the picture.

use firstseen_media::Rgb;

use super::truth::part_of;
use super::{Edited, Seeded};

pub(super) fn crop_5(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    removed(reference, seeded, 0.05)
}

pub(super) fn crop_10(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    removed(reference, seeded, 0.1)
}

pub(super) fn crop_20(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    removed(reference, seeded, 0.2)
}

pub(super) fn crop_30(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    removed(reference, seeded, 0.3)
}

pub(super) fn crop_50(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    removed(reference, seeded, 0.5)
}

pub(super) fn crop_75(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    removed(reference, seeded, 0.75)
}

/// The middle, as tall as on a phone.
pub(super) fn crop_916(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    shaped(reference, 9.0 / 16.0)
}

/// The middle, of the shape `width / height`.
pub(super) fn shaped(reference: &Rgb, shape: f32) -> Edited {
    let (width, height) = (reference.width() as f32, reference.height() as f32);
    let (wide, high) = (width.min(height * shape).round(), height.min(width / shape).round());
    cut(reference, ((width - wide) / 2.0).floor(), ((height - high) / 2.0).floor(), wide, high)
}

/// As much of the middle as fills `width` x `height` without being stretched, at that size.
pub(super) fn filling(picture: &Rgb, width: f32, height: f32) -> Rgb {
    shaped(picture, width / height).picture.resized(width as usize, height as usize)
}

/// What is left where a share of the area is cut off, somewhere, at about the same shape.
fn removed(reference: &Rgb, seeded: &mut Seeded, share: f32) -> Edited {
    let (width, height) = (reference.width() as f32, reference.height() as f32);
    let side = (1.0 - share).sqrt();
    // A hand never keeps the shape exactly; no side may come out longer than it was.
    let most = (1.0 / side).min(1.12);
    let stretch = seeded.within(1.0 / most..most);
    let (wide, high) = ((width * side * stretch).round(), (height * side / stretch).round());
    let (x, y) =
        ((width - wide).max(0.0) * seeded.unit(), (height - high).max(0.0) * seeded.unit());
    cut(reference, x.floor(), y.floor(), wide, high)
}

fn cut(reference: &Rgb, x: f32, y: f32, wide: f32, high: f32) -> Edited {
    let picture =
        reference.part(x as usize, y as usize, wide.max(1.0) as usize, high.max(1.0) as usize);
    let crop = part_of(reference, x, y, picture.width() as f32, picture.height() as f32);
    Edited::whole(picture).cropped(crop)
}
