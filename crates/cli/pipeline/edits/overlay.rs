//! Copies with something drawn over the picture.

use firstseen_media::Rgb;

use super::draw::{Area, Canvas, Hand, Ink};
use super::{Edited, Seeded};

/// A news channel's lower third, its logo, a mark that it is live, and the time.
pub(super) fn news(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let mut canvas = Canvas::on(reference);
    let (width, height) = (canvas.width(), canvas.height());
    let unit = height.min(width * 0.75) / 100.0;
    let brand = seeded.colour();
    let (left, top) = (width * 0.05, height - 24.0 * unit);
    let wide = width * 0.9;
    canvas.block(Area::new(left, top, wide, 11.0 * unit), Ink::solid(brand));
    canvas.block(
        Area::new(left, top + 11.0 * unit, wide, 6.5 * unit),
        Ink::solid([245, 245, 245]).covering(0.95),
    );
    let headline = Hand::bold(5.0 * unit, Ink::WHITE);
    let below = Hand::plain(3.0 * unit, Ink::solid([30, 30, 30]));
    let text = seeded.words(9).to_uppercase();
    write_line(&mut canvas, &text, (left + 2.0 * unit, top + 3.0 * unit), wide * 0.95, headline);
    let text = seeded.words(14);
    write_line(&mut canvas, &text, (left + 2.0 * unit, top + 12.6 * unit), wide * 0.95, below);
    let clock = seeded.clock();
    canvas.block(
        Area::new(left + wide - 13.0 * unit, top - 6.0 * unit, 13.0 * unit, 6.0 * unit),
        Ink::solid([20, 20, 24]),
    );
    canvas.write(
        &clock,
        left + wide - 11.5 * unit,
        top - 4.6 * unit,
        Hand::bold(3.2 * unit, Ink::WHITE),
    );
    canvas.block(
        Area::new(5.0 * unit, 5.0 * unit, 15.0 * unit, 7.0 * unit),
        Ink::solid([205, 20, 30]),
    );
    canvas.write("LIVE", 7.2 * unit, 6.7 * unit, Hand::bold(3.6 * unit, Ink::WHITE));
    draw_logo(&mut canvas, seeded, (width - 19.0 * unit, 4.0 * unit), 14.0 * unit, 0.95);
    Edited::whole(canvas.picture)
}

/// A mark of who shares it, in a corner, through which the picture may show.
pub(super) fn logo(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let mut canvas = Canvas::on(reference);
    let side = canvas.width().min(canvas.height()) * seeded.within(0.16..0.24);
    let margin = side * 0.25;
    let x = if seeded.chance(0.5) { margin } else { canvas.width() - side - margin };
    let y = if seeded.chance(0.5) { margin } else { canvas.height() - side - margin };
    let cover = seeded.within(0.55..1.0);
    draw_logo(&mut canvas, seeded, (x, y), side, cover);
    Edited::whole(canvas.picture)
}

/// Large text over the lower part.
pub(super) fn caption(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let mut canvas = Canvas::on(reference);
    let (width, height) = (canvas.width(), canvas.height());
    let hand = Hand::bold((width * 0.055).min(height * 0.075), Ink::WHITE);
    let (count, upper) = (6 + seeded.below(4), seeded.chance(0.6));
    let text = seeded.words(count);
    let text = if upper { text.to_uppercase() } else { text };
    let mut lines = hand.lines(&text, width * 0.9);
    lines.truncate(3);
    let step = hand.height * 1.6;
    let mut y = height - step * lines.len() as f32 - 0.02 * height;
    for line in &lines {
        canvas.write_outlined(line, width / 2.0, y, hand);
        y += step;
    }
    Edited::whole(canvas.picture)
}

/// Faces and hearts.
pub(super) fn stickers(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let mut canvas = Canvas::on(reference);
    let (width, height) = (canvas.width(), canvas.height());
    for _ in 0..3 + seeded.below(4) {
        let radius = width.min(height) * seeded.within(0.05..0.11);
        let (x, y) = (seeded.within(0.1..0.9) * width, seeded.within(0.1..0.9) * height);
        if seeded.chance(0.3) {
            canvas.heart(x, y, radius, Ink::solid([225, 30, 55]));
        } else {
            draw_face(&mut canvas, seeded, (x, y), radius);
        }
    }
    Edited::whole(canvas.picture)
}

/// A band of running text with the time.
pub(super) fn ticker(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let mut canvas = Canvas::on(reference);
    let (width, height) = (canvas.width(), canvas.height());
    let high = (height * 0.11).min(width * 0.09);
    let top = if seeded.chance(0.8) { height - high } else { 0.0 };
    let brand = seeded.colour();
    canvas.block(Area::new(0.0, top, width, high), Ink::solid([18, 22, 40]).covering(0.93));
    let hand = Hand::bold(high * 0.4, Ink::WHITE);
    let text = seeded.words(16);
    canvas.write(&text, high * 2.6 - high * seeded.unit(), top + high * 0.28, hand);
    canvas.block(Area::new(0.0, top, high * 2.2, high), Ink::solid(brand));
    let clock = seeded.clock();
    canvas.write(&clock, high * 0.35, top + high * 0.28, hand);
    Edited::whole(canvas.picture)
}

/// A black bar over something.
pub(super) fn censor_bar(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let mut canvas = Canvas::on(reference);
    let (width, height) = (canvas.width(), canvas.height());
    let (wide, high) = (width * seeded.within(0.25..0.4), height * seeded.within(0.08..0.14));
    let x = (width - wide) * seeded.within(0.15..0.85);
    let y = (height - high) * seeded.within(0.15..0.85);
    canvas.block(Area::new(x, y, wide, high), Ink::BLACK);
    Edited::whole(canvas.picture)
}

/// A box made unrecognisable by coarse pixels.
pub(super) fn pixelated(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let mut canvas = Canvas::on(reference);
    let (width, height) = (canvas.width(), canvas.height());
    let (wide, high) = (width * seeded.within(0.2..0.35), height * seeded.within(0.2..0.35));
    let x = ((width - wide) * seeded.within(0.15..0.85)).floor();
    let y = ((height - high) * seeded.within(0.15..0.85)).floor();
    let inside = reference.part(x as usize, y as usize, wide as usize, high as usize);
    let cell = (width.max(height) / 50.0).max(2.0);
    let coarse = inside.resized((wide / cell).ceil() as usize, (high / cell).ceil() as usize);
    let boxes = Rgb::from_fn(inside.width(), inside.height(), |x, y| {
        coarse.at(x * coarse.width() / inside.width(), y * coarse.height() / inside.height())
    });
    canvas.paste(&boxes, x, y);
    Edited::whole(canvas.picture)
}

/// Three of them, one after the other.
pub(super) fn chain_overlay(reference: &Rgb, seeded: &mut Seeded, others: &[Rgb]) -> Edited {
    logo(reference, seeded, others)
        .then(|picture| stickers(picture, seeded, others))
        .then(|picture| ticker(picture, seeded, others))
}

/// A coloured box with letters and a ring.
fn draw_logo(canvas: &mut Canvas, seeded: &mut Seeded, (x, y): (f32, f32), side: f32, cover: f32) {
    let ink = |colour: [u8; 3]| Ink::solid(colour).covering(cover);
    let (ground, light) = (seeded.colour(), [250, 250, 250]);
    let name: String = seeded.words(1).to_uppercase().chars().take(3).collect();
    if seeded.chance(0.5) {
        canvas.rounded(Area::new(x, y, side, side), side * 0.18, ink(ground));
    } else {
        canvas.disc(x + side / 2.0, y + side / 2.0, side / 2.0, ink(ground));
    }
    let hand = Hand::bold(side * 0.3, ink(light));
    canvas.write_centred(&name, x + side / 2.0, y + side * 0.27, hand);
    canvas.ring(
        (x + side / 2.0, y + side / 2.0),
        (side * 0.36, side * 0.06),
        ink(light),
        |_, dy| dy > side * 0.12,
    );
}

fn draw_face(canvas: &mut Canvas, seeded: &mut Seeded, (x, y): (f32, f32), radius: f32) {
    let dark = Ink::solid([90, 55, 10]);
    canvas.disc(x, y, radius, Ink::solid([215, 150, 20]));
    canvas.disc(x, y - radius * 0.03, radius * 0.95, Ink::solid([255, 205, 60]));
    for side in [-1.0, 1.0] {
        canvas.disc(x + side * radius * 0.33, y - radius * 0.22, radius * 0.13, dark);
    }
    let down = if seeded.chance(0.7) { 1.0 } else { -1.0 };
    let mouth = (x, y + radius * if down > 0.0 { 0.05 } else { 0.65 });
    canvas.ring(mouth, (radius * 0.5, radius * 0.13), dark, |_, dy| dy * down > radius * 0.15);
    if seeded.chance(0.4) {
        canvas.disc(
            x + radius * 0.38,
            y + radius * 0.15,
            radius * 0.16,
            Ink::solid([90, 170, 240]),
        );
    }
}

/// As many words of `text` as fit.
pub(super) fn write_line(
    canvas: &mut Canvas,
    text: &str,
    (x, y): (f32, f32),
    width: f32,
    hand: Hand,
) {
    if let Some(line) = hand.lines(text, width).first() {
        canvas.write(line, x, y, hand);
    }
}
