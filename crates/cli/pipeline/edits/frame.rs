//! Copies with something added around the picture.

use firstseen_media::Rgb;

use super::crop::filling;
use super::draw::{Canvas, Hand, Ink};
use super::quality::fitted;
use super::truth::part_of;
use super::{Edited, Seeded};

/// Black bars above and below.
pub(super) fn letterbox(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let bar = (reference.height() as f32 * seeded.within(0.1..0.25)).round();
    bordered(reference, Border { top: bar, bottom: bar, ..Border::default() }, [0; 3])
}

/// Black bars left and right.
pub(super) fn pillarbox(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let bar = (reference.width() as f32 * seeded.within(0.1..0.25)).round();
    bordered(reference, Border { left: bar, right: bar, ..Border::default() }, [0; 3])
}

/// One colour all round.
pub(super) fn pad(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let (width, height) = (reference.width() as f32, reference.height() as f32);
    let (across, down) = (seeded.within(0.06..0.2), seeded.within(0.06..0.2));
    let border = Border {
        left: (width * across).round(),
        right: (width * across).round(),
        top: (height * down).round(),
        bottom: (height * down).round(),
    };
    let colour = if seeded.chance(0.4) { [255; 3] } else { seeded.colour() };
    bordered(reference, border, colour)
}

/// In the frame of a phone, or a wide one for a tall picture, over an enlarged and blurred copy of itself.
pub(super) fn blur_916(reference: &Rgb, _: &mut Seeded, _: &[Rgb]) -> Edited {
    let tall = reference.width() * 4 >= reference.height() * 3;
    let (width, height) = if tall { (720.0, 1280.0) } else { (1280.0, 720.0) };
    let behind = filling(reference, width / 8.0, height / 8.0).blurred(3.0);
    let mut canvas = Canvas { picture: behind.resized(width as usize, height as usize) };
    let middle = |room: f32, side: usize| ((room - side as f32) / 2.0).round();
    for byte in canvas.picture.bytes_mut() {
        *byte = (f32::from(*byte) * 0.8) as u8;
    }
    let sharp = fitted(reference, width, height);
    let (x, y) = (middle(width, sharp.width()), middle(height, sharp.height()));
    canvas.paste(&sharp, x, y);
    laid(canvas, &sharp, x, y)
}

/// A white strip with text above.
pub(super) fn meme_strip(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    strips(reference, seeded, 0)
}

/// White strips with text above and below.
pub(super) fn meme_both(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    strips(reference, seeded, 2 + seeded.clone().below(4))
}

fn strips(reference: &Rgb, seeded: &mut Seeded, words_below: usize) -> Edited {
    let width = reference.width() as f32;
    let hand = Hand::bold(width * 0.05, Ink::solid([10, 10, 10]));
    let count = 7 + seeded.below(8);
    let above = hand.lines(&seeded.words(count), width * 0.92);
    let below = if words_below > 0 {
        hand.lines(&seeded.words(words_below), width * 0.92)
    } else {
        Vec::new()
    };
    let step = hand.height * 1.6;
    let room = |lines: &[String]| {
        let lines = lines.len() as f32;
        if lines > 0.0 { (lines * step + hand.height).round() } else { 0.0 }
    };
    let border = Border { top: room(&above), bottom: room(&below), ..Border::default() };
    let mut edited = bordered(reference, border, [255; 3]);
    let mut canvas = Canvas::on(&edited.picture);
    let lower = border.top + reference.height() as f32;
    for (lines, top) in [(above, 0.0), (below, lower)] {
        for (i, line) in lines.iter().enumerate() {
            canvas.write_centred(
                line,
                width / 2.0,
                top + hand.height * 0.8 + i as f32 * step,
                hand,
            );
        }
    }
    edited.picture = canvas.picture;
    edited
}

/// Pixels added on each side.
#[derive(Clone, Copy, Default)]
struct Border {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
}

fn bordered(reference: &Rgb, border: Border, colour: [u8; 3]) -> Edited {
    let width = reference.width() as f32 + border.left + border.right;
    let height = reference.height() as f32 + border.top + border.bottom;
    let mut canvas = Canvas::new(width, height, colour);
    canvas.paste(reference, border.left, border.top);
    laid(canvas, reference, border.left, border.top)
}

/// The canvas as a copy that shows all of the reference where `picture` lies.
fn laid(canvas: Canvas, picture: &Rgb, x: f32, y: f32) -> Edited {
    let placed = part_of(&canvas.picture, x, y, picture.width() as f32, picture.height() as f32);
    Edited::whole(canvas.picture).placed(placed)
}
