//! Made pictures that resemble much and are a copy of nothing: for tests that nothing is found.

use firstseen_media::Rgb;

use super::crop::filling;
use super::draw::{Area, Canvas, Hand, Ink};
use super::{Seeded, post};

/// A made picture and what it is.
#[derive(Clone, Debug)]
pub(crate) struct Distractor {
    /// In kebab-case.
    pub(crate) name: String,
    pub(crate) picture: Rgb,
}

/// All of them; `photos`, of which none may be a reference, are what a shared caption card lies over.
pub(crate) fn distractors(photos: &[Rgb]) -> Vec<Distractor> {
    let mut all = Vec::new();
    let mut add = |name: String, picture: Rgb| all.push(Distractor { name, picture });
    for (name, colour) in
        [("black", [0; 3]), ("white", [255; 3]), ("grey", [128; 3]), ("blue", [20, 50, 160])]
    {
        add(format!("flat-{name}"), Rgb::plain(640, 480, colour));
    }
    for i in 0..3 {
        add(format!("gradient-{i}"), gradient(&mut seeded("gradient", i)));
        add(format!("noise-{i}"), noise(&mut seeded("noise", i), 1 << (2 * i)));
        add(format!("hills-{i}"), hills(&mut seeded("hills", i), 800, 600));
    }
    for i in 0..4 {
        add(format!("text-card-{i}"), text_card(&mut seeded("text-card", i)));
        add(
            format!("brick-wall-{i}"),
            brick_wall(&mut seeded("brick-wall", i), 18.0 + 16.0 * i as f32),
        );
        add(format!("crowd-{i}"), crowd(&mut seeded("crowd", i), 10.0 + 7.0 * i as f32));
        add(format!("screen-{i}"), post::without_photo(&mut seeded("screen", i)));
    }
    for (i, side) in [20, 40, 80, 100].into_iter().enumerate() {
        add(format!("chessboard-{i}"), chessboard(side));
    }
    for (i, photo) in photos.iter().enumerate() {
        add(format!("caption-card-{i}"), caption_card(photo));
    }
    all
}

fn seeded(name: &str, i: usize) -> Seeded {
    Seeded::of(&[name.as_bytes(), &i.to_le_bytes()])
}

fn gradient(seeded: &mut Seeded) -> Rgb {
    let (from, to) = (seeded.colour(), seeded.colour());
    let slant = seeded.unit();
    Rgb::from_fn(640, 480, |x, y| {
        let along = x as f32 / 640.0 * slant + y as f32 / 480.0 * (1.0 - slant);
        std::array::from_fn(|c| {
            (f32::from(from[c]) + (f32::from(to[c]) - f32::from(from[c])) * along) as u8
        })
    })
}

/// Noise in boxes of that many pixels a side.
fn noise(seeded: &mut Seeded, side: usize) -> Rgb {
    let (width, height) = (640 / side, 480 / side);
    let small =
        Rgb::from_fn(width, height, |_, _| std::array::from_fn(|_| seeded.below(256) as u8));
    Rgb::from_fn(640, 480, |x, y| small.at(x / side, y / side))
}

/// A made landscape: a sky, ridges, one behind the other, and a sun.
pub(super) fn hills(seeded: &mut Seeded, width: usize, height: usize) -> Rgb {
    let (sky, ground) = (seeded.colour(), seeded.colour());
    let mut canvas = Canvas::new(width as f32, height as f32, sky);
    let (wide, high) = (canvas.width(), canvas.height());
    let sun = Ink::solid([255, 235, 180]);
    canvas.disc(wide * seeded.unit(), high * seeded.within(0.1..0.4), high * 0.07, sun);
    for ridge in 1..=5_u8 {
        let near = f32::from(ridge) / 5.0;
        let waves: Vec<(f32, f32, f32)> = (0..5)
            .map(|i| {
                let fine = 2.0_f32.powi(i);
                let size = high * 0.08 / fine.powf(0.8);
                (fine * seeded.within(2.0..5.0) / wide, seeded.within(0.0..6.3), size)
            })
            .collect();
        let colour: [u8; 3] = std::array::from_fn(|c| {
            let (far, close) = (f32::from(sky[c]), f32::from(ground[c]) * 0.6);
            (far + (close - far) * near) as u8
        });
        for x in 0..width {
            let line: f32 = waves.iter().map(|(f, p, size)| (x as f32 * f + p).sin() * size).sum();
            let top = (high * (0.3 + 0.13 * f32::from(ridge)) + line).max(0.0) as usize;
            for y in top..height {
                let grain = 10.0 * near * seeded.bell();
                let lit = colour.map(|value| (f32::from(value) + grain) as u8);
                canvas.picture.put(x, y, lit);
            }
        }
    }
    canvas.picture
}

/// Nothing but text.
fn text_card(seeded: &mut Seeded) -> Rgb {
    let light = seeded.chance(0.5);
    let (ground, ink) = if light { ([250; 3], Ink::BLACK) } else { (seeded.colour(), Ink::WHITE) };
    let mut canvas = Canvas::new(720.0, 720.0, ground);
    let hand = Hand::bold(seeded.within(20.0..42.0), ink);
    let mut y = 60.0;
    for line in hand.lines(&seeded.words(60), 620.0) {
        if y > 640.0 {
            break;
        }
        canvas.write(&line, 50.0, y, hand);
        y += hand.height * 1.7;
    }
    canvas.picture
}

fn chessboard(side: usize) -> Rgb {
    Rgb::from_fn(800, 800, |x, y| {
        if (x / side + y / side).is_multiple_of(2) { [238, 228, 205] } else { [92, 62, 40] }
    })
}

/// A wall of bricks of that height, each of its own shade.
fn brick_wall(seeded: &mut Seeded, high: f32) -> Rgb {
    let mortar = [150, 145, 138];
    let mut canvas = Canvas::new(800.0, 600.0, mortar);
    let brick = [170.0, 95.0, 70.0].map(|value| value * seeded.within(0.7..1.25));
    let (wide, joint) = (high * seeded.within(2.2..3.2), high * 0.12);
    let mut row = 0;
    while row as f32 * high < 600.0 {
        let mut x = if row % 2 == 0 { -wide / 2.0 } else { 0.0 };
        while x < 800.0 {
            let shade = seeded.within(0.85..1.15);
            let colour = brick.map(|value| (value * shade) as u8);
            let area = Area::new(x, row as f32 * high, wide - joint, high - joint);
            canvas.rounded(area, joint, Ink::solid(colour));
            x += wide;
        }
        row += 1;
    }
    let bytes = canvas.picture.bytes_mut();
    for byte in bytes {
        *byte = (f32::from(*byte) + 7.0 * seeded.bell()) as u8;
    }
    canvas.picture
}

/// Many faces of that radius, none the same and all alike.
fn crowd(seeded: &mut Seeded, radius: f32) -> Rgb {
    let mut canvas = Canvas::new(800.0, 600.0, [60, 62, 70]);
    let mut y = radius;
    while y < 640.0 {
        let mut x = -radius * seeded.unit();
        while x < 820.0 {
            let (cx, cy) = (x + radius * 0.3 * seeded.bell(), y + radius * 0.3 * seeded.bell());
            let skin = seeded.within(0.4..1.0);
            let skin = [235.0, 190.0, 160.0].map(|value| (value * skin) as u8);
            let (coat, hair) = (seeded.colour(), seeded.colour().map(|value| value / 3));
            canvas.disc(cx, cy + radius * 1.7, radius * 1.3, Ink::solid(coat));
            canvas.disc(cx, cy - radius * 0.15, radius, Ink::solid(hair));
            canvas.disc(cx, cy + radius * 0.15, radius * 0.85, Ink::solid(skin));
            for side in [-0.3, 0.3] {
                canvas.disc(cx + side * radius, cy, radius * 0.11, Ink::BLACK);
            }
            canvas.stroke(
                (cx - radius * 0.25, cy + radius * 0.5),
                (cx + radius * 0.25, cy + radius * 0.5),
                radius * 0.1,
                Ink::solid([120, 40, 40]),
            );
            x += radius * 2.1;
        }
        y += radius * 1.8;
    }
    canvas.picture
}

/// The same card with the same text over the upper part of any photo, and the same frame around it.
fn caption_card(photo: &Rgb) -> Rgb {
    let mut seeded = seeded("caption-card", 0);
    let mut canvas = Canvas::new(720.0, 900.0, [255; 3]);
    canvas.paste(&filling(photo, 660.0, 560.0), 30.0, 310.0);
    canvas.block(Area::new(30.0, 30.0, 660.0, 280.0), Ink::solid(seeded.colour()));
    let hand = Hand::bold(34.0, Ink::WHITE);
    for (i, line) in hand.lines(&seeded.words(14), 600.0).iter().take(4).enumerate() {
        canvas.write(line, 60.0, 60.0 + 60.0 * i as f32, hand);
    }
    canvas.picture
}
