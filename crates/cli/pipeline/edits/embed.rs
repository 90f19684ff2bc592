//! Copies in which the picture is one thing among others.

use firstseen_media::Rgb;

use super::crop::{filling, shaped};
use super::draw::{Area, Canvas, Hand, Ink};
use super::quality::fitted;
use super::truth::part_of;
use super::{Edited, Seeded};

/// An inset of half the width over another picture.
pub(super) fn pip_50(reference: &Rgb, seeded: &mut Seeded, others: &[Rgb]) -> Edited {
    inset(reference, seeded, others, 0.5)
}

/// An inset of less than a third of the width over another picture.
pub(super) fn pip_30(reference: &Rgb, seeded: &mut Seeded, others: &[Rgb]) -> Edited {
    inset(reference, seeded, others, 0.3)
}

fn inset(reference: &Rgb, seeded: &mut Seeded, others: &[Rgb], share: f32) -> Edited {
    let mut canvas = Canvas { picture: filling(&other(seeded, others, 0), 960.0, 540.0) };
    let (width, height) = (canvas.width(), canvas.height());
    let small = fitted(reference, width * share, height * 0.9);
    let (room_x, room_y) = (width - small.width() as f32, height - small.height() as f32);
    let margin = width * 0.025;
    let side = |seeded: &mut Seeded, room: f32| {
        let near = seeded.chance(0.5);
        if near { margin.min(room) } else { (room - margin).max(0.0) }.round()
    };
    let (x, y) = (side(seeded, room_x), side(seeded, room_y));
    if seeded.chance(0.5) {
        let rim = 4.0;
        let (wide, high) = (small.width() as f32 + 2.0 * rim, small.height() as f32 + 2.0 * rim);
        canvas.block(Area::new(x - rim, y - rim, wide, high), Ink::WHITE);
    }
    canvas.paste(&small, x, y);
    let placed = part_of(&canvas.picture, x, y, small.width() as f32, small.height() as f32);
    Edited::whole(canvas.picture).placed(placed)
}

/// Beside or above another picture.
pub(super) fn collage_2(reference: &Rgb, seeded: &mut Seeded, others: &[Rgb]) -> Edited {
    if seeded.chance(0.5) {
        grid(reference, seeded, others, (2, 1))
    } else {
        grid(reference, seeded, others, (1, 2))
    }
}

/// One of four.
pub(super) fn collage_4(reference: &Rgb, seeded: &mut Seeded, others: &[Rgb]) -> Edited {
    grid(reference, seeded, others, (2, 2))
}

/// Pictures in boxes of the reference's shape, the reference uncropped.
fn grid(
    reference: &Rgb,
    seeded: &mut Seeded,
    others: &[Rgb],
    (columns, rows): (usize, usize),
) -> Edited {
    let own = fitted(reference, 640.0, 640.0);
    let (wide, high) = (own.width() as f32, own.height() as f32);
    let gap = [0.0, 6.0, 12.0][seeded.below(3)];
    let ground = if seeded.chance(0.7) { [255; 3] } else { [12; 3] };
    let along = |cells: usize, side: f32| cells as f32 * (side + gap) + gap;
    let mut canvas = Canvas::new(along(columns, wide), along(rows, high), ground);
    let chosen = seeded.below(columns * rows);
    let mut placed = None;
    for cell in 0..columns * rows {
        let x = gap + (cell % columns) as f32 * (wide + gap);
        let y = gap + (cell / columns) as f32 * (high + gap);
        if cell == chosen {
            canvas.paste(&own, x, y);
            placed = Some(part_of(&canvas.picture, x, y, wide, high));
        } else {
            canvas.paste(&filling(&other(&mut seeded.clone(), others, cell), wide, high), x, y);
        }
    }
    let edited = Edited::whole(canvas.picture);
    placed.map_or(edited.clone(), |placed| edited.placed(placed))
}

/// Two halves side by side, each the middle of its picture.
pub(super) fn split_screen(reference: &Rgb, seeded: &mut Seeded, others: &[Rgb]) -> Edited {
    let (half, high) = (480.0, 540.0);
    let left = seeded.chance(0.5);
    let beside = filling(&other(seeded, others, 0), half, high);
    shaped(reference, half / high).then(|own| {
        let mut canvas = Canvas::new(2.0 * half, high, [0; 3]);
        let (own_x, other_x) = if left { (0.0, half) } else { (half, 0.0) };
        canvas.paste(&own.resized(half as usize, high as usize), own_x, 0.0);
        canvas.paste(&beside, other_x, 0.0);
        canvas.block(Area::new(half - 2.0, 0.0, 4.0, high), Ink::WHITE);
        let placed = part_of(&canvas.picture, own_x, 0.0, half, high);
        Edited::whole(canvas.picture).placed(placed)
    })
}

/// The window of a program that plays videos.
pub(super) fn player(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let (width, screen, bar, title) = (1024.0, 576.0, 54.0, 36.0);
    let mut canvas = Canvas::new(width, title + screen + bar, [0; 3]);
    let shown = fitted(reference, width, screen);
    let x = ((width - shown.width() as f32) / 2.0).round();
    let y = title + ((screen - shown.height() as f32) / 2.0).round();
    canvas.paste(&shown, x, y);
    let placed = part_of(&canvas.picture, x, y, shown.width() as f32, shown.height() as f32);

    let dark = seeded.chance(0.6);
    let (ground, text) = if dark { ([38, 38, 42], [225; 3]) } else { ([232; 3], [40; 3]) };
    let text = Ink::solid(text);
    canvas.block(Area::new(0.0, 0.0, width, title), Ink::solid(ground));
    let name = seeded.words(4);
    canvas.write_centred(&name, width / 2.0, 12.0, Hand::plain(12.0, text));
    for (i, colour) in [[240, 95, 85], [245, 190, 70], [95, 200, 90]].into_iter().enumerate() {
        canvas.disc(20.0 + 22.0 * i as f32, title / 2.0, 7.0, Ink::solid(colour));
    }
    let top = title + screen;
    canvas.block(Area::new(0.0, top, width, bar), Ink::solid(ground));
    let along = seeded.within(0.05..0.95);
    let accent = Ink::solid(seeded.colour());
    let line = Area::new(20.0, top + 8.0, width - 40.0, 5.0);
    canvas.rounded(line, 2.5, text.covering(0.35));
    canvas.rounded(Area { width: line.width * along, ..line }, 2.5, accent);
    canvas.disc(line.x + line.width * along, line.y + 2.5, 8.0, accent);
    canvas.arrowhead(Area::new(24.0, top + 23.0, 16.0, 20.0), text);
    canvas.block(Area::new(62.0, top + 23.0, 3.0, 20.0), text);
    canvas.arrowhead(Area::new(66.0, top + 23.0, 14.0, 20.0), text);
    canvas.block(Area::new(102.0, top + 29.0, 7.0, 8.0), text);
    canvas.ring((106.0, top + 33.0), (10.0, 2.5), text, |dx, _| dx > 4.0);
    let times = format!("{} - {}", seeded.clock(), seeded.clock());
    canvas.write(&times, 136.0, top + 27.0, Hand::plain(12.0, text));
    for (dx, dy) in [(0.0, 0.0), (12.0, 0.0), (0.0, 12.0), (12.0, 12.0)] {
        canvas.block(Area::new(width - 46.0 + dx, top + 23.0 + dy, 9.0, 9.0), text);
    }
    if seeded.chance(0.5) {
        // Paused, with the large button in the middle.
        canvas.disc(width / 2.0, title + screen / 2.0, 44.0, Ink::BLACK.covering(0.55));
        let (x, y) = (width / 2.0 - 13.0, title + screen / 2.0 - 20.0);
        canvas.arrowhead(Area::new(x, y, 34.0, 40.0), Ink::WHITE);
    }
    Edited::whole(canvas.picture).placed(placed)
}

/// Another picture, and a different one for each of `which` where there are enough; a made one where there is none.
fn other(seeded: &mut Seeded, others: &[Rgb], which: usize) -> Rgb {
    if others.is_empty() {
        return super::distractors::hills(seeded, 800, 600);
    }
    others[(seeded.below(others.len()) + which) % others.len()].clone()
}
