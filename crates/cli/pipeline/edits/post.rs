//! Screenshots of posts that show the picture.

use firstseen_media::Rgb;

use super::crop::shaped;
use super::draw::{Area, Canvas, Hand, Ink};
use super::quality::fitted;
use super::truth::part_of;
use super::{Edited, Seeded};

/// Width of the phone.
const WIDTH: f32 = 720.0;

/// A post on a phone.
pub(super) fn social_post(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let shape = reference.width() as f32 / reference.height() as f32;
    // Apps cut what is tall, and some posts are square.
    let wanted = if shape < 0.8 {
        0.8
    } else if seeded.chance(0.3) {
        1.0
    } else {
        shape
    };
    shaped(reference, wanted).then(|photo| screenshot(photo, seeded))
}

/// A post that shows a post.
pub(super) fn quote(reference: &Rgb, seeded: &mut Seeded, _: &[Rgb]) -> Edited {
    let look = Look::of(seeded);
    let margin = 28.0;
    let inner = WIDTH - 2.0 * margin;
    let photo = fitted(reference, inner, 640.0);
    let mut page = Page::of(look, 1300.0 + photo.height() as f32);
    page.phone(seeded);
    page.author(seeded, margin, 64.0);
    page.text(seeded, margin, inner, 18);

    let card_top = page.y;
    page.y += 20.0;
    page.author(seeded, margin + 20.0, 40.0);
    page.text(seeded, margin + 20.0, inner - 40.0, 14);
    let (x, y) = (margin + ((inner - photo.width() as f32) / 2.0).round(), page.y.round());
    page.canvas.paste_rounded(&photo, x, y, 18.0);
    page.y = y + photo.height() as f32;
    page.outline(Area::new(margin, card_top, inner, page.y - card_top), 20.0);
    page.y += 24.0;
    page.buttons(seeded, margin);
    page.replies(seeded, margin);
    let picture = page.finished();
    let placed = part_of(&picture, x, y, photo.width() as f32, photo.height() as f32);
    Edited::whole(picture).placed(placed)
}

/// The screen of an app that shows no picture.
pub(super) fn without_photo(seeded: &mut Seeded) -> Rgb {
    let mut page = Page::of(Look::of(seeded), 2400.0);
    page.phone(seeded);
    for _ in 0..2 {
        page.author(seeded, 28.0, 72.0);
        let words = 12 + seeded.below(24);
        page.text(seeded, 28.0, WIDTH - 56.0, words);
        page.buttons(seeded, 28.0);
    }
    page.replies(seeded, 28.0);
    page.finished()
}

fn screenshot(photo: &Rgb, seeded: &mut Seeded) -> Edited {
    let look = Look::of(seeded);
    // Some apps show pictures from edge to edge, some within the column of text.
    let margin = if seeded.chance(0.5) { 0.0 } else { 28.0 };
    let photo = fitted(photo, WIDTH - 2.0 * margin, 1000.0);
    let mut page = Page::of(look, 1000.0 + photo.height() as f32);
    page.phone(seeded);
    page.author(seeded, 28.0, 72.0);
    let words = 6 + seeded.below(20);
    page.text(seeded, 28.0, WIDTH - 56.0, words);
    let (x, y) = (((WIDTH - photo.width() as f32) / 2.0).round(), page.y.round());
    page.canvas.paste_rounded(&photo, x, y, if margin > 0.0 { 20.0 } else { 0.0 });
    page.y = y + photo.height() as f32 + 24.0;
    page.buttons(seeded, 28.0);
    page.replies(seeded, 28.0);
    let picture = page.finished();
    let placed = part_of(&picture, x, y, photo.width() as f32, photo.height() as f32);
    Edited::whole(picture).placed(placed)
}

/// The colours of an app.
#[derive(Clone, Copy)]
struct Look {
    ground: [u8; 3],
    text: Ink,
    quiet: Ink,
    accent: Ink,
}

impl Look {
    fn of(seeded: &mut Seeded) -> Self {
        let accent = Ink::solid(seeded.colour());
        if seeded.chance(0.5) {
            let (text, quiet) = (Ink::solid([15, 20, 25]), Ink::solid([115, 122, 130]));
            Self { ground: [255; 3], text, quiet, accent }
        } else {
            let (text, quiet) = (Ink::solid([236; 3]), Ink::solid([120, 126, 134]));
            Self { ground: [14, 16, 20], text, quiet, accent }
        }
    }
}

/// A screen that is filled from above.
struct Page {
    canvas: Canvas,
    look: Look,
    /// Where the next thing goes.
    y: f32,
}

impl Page {
    fn of(look: Look, height: f32) -> Self {
        Self { canvas: Canvas::new(WIDTH, height, look.ground), look, y: 0.0 }
    }

    /// The phone's own line, and the bar of the app.
    fn phone(&mut self, seeded: &mut Seeded) {
        let Look { text, quiet, accent, .. } = self.look;
        let clock = seeded.clock();
        self.canvas.write(&clock, 36.0, 20.0, Hand::bold(17.0, text));
        for bar in 0..4_u8 {
            let high = 5.0 + 4.0 * f32::from(bar);
            let x = 560.0 + 8.0 * f32::from(bar);
            self.canvas.block(Area::new(x, 37.0 - high, 5.0, high), text);
        }
        self.canvas.rounded(Area::new(632.0, 20.0, 44.0, 18.0), 5.0, quiet);
        let charge = 38.0 * seeded.within(0.2..1.0);
        self.canvas.rounded(Area::new(635.0, 23.0, charge, 12.0), 3.0, text);
        self.canvas.stroke((44.0, 88.0), (30.0, 102.0), 4.0, text);
        self.canvas.stroke((30.0, 102.0), (44.0, 116.0), 4.0, text);
        let name = seeded.words(1);
        self.canvas.write_centred(&name, WIDTH / 2.0, 92.0, Hand::bold(21.0, text));
        self.canvas.disc(WIDTH - 50.0, 102.0, 17.0, accent);
        self.y = 138.0;
        self.rule();
    }

    fn rule(&mut self) {
        let quiet = self.look.quiet.covering(0.3);
        self.canvas.block(Area::new(0.0, self.y, WIDTH, 2.0), quiet);
        self.y += 20.0;
    }

    /// Avatar, name and handle.
    fn author(&mut self, seeded: &mut Seeded, x: f32, side: f32) {
        let Look { text, quiet, .. } = self.look;
        let (cx, cy, radius) = (x + side / 2.0, self.y + side / 2.0, side / 2.0);
        let (coat, skin) = (Ink::solid(seeded.colour()), Ink::solid([225, 180, 150]));
        self.canvas.disc(cx, cy, radius, Ink::solid(seeded.colour()));
        self.canvas.disc(cx, cy - radius * 0.15, radius * 0.38, skin);
        self.canvas.ring((cx, cy), (radius * 0.7, radius * 0.5), coat, |dx, dy| {
            dy > radius * 0.3 && dx.abs() < radius * 0.62
        });
        let name = Hand::bold(side * 0.27, text);
        let left = x + side + 16.0;
        let words = seeded.words(2);
        let end = self.canvas.write(&words, left, self.y + side * 0.1, name);
        if seeded.chance(0.4) {
            let r = side * 0.14;
            self.canvas.disc(end + r * 1.5, self.y + side * 0.23, r, Ink::solid([40, 140, 240]));
        }
        let handle =
            format!("@{} - {}h", words.to_lowercase().replace(' ', ""), 1 + seeded.below(23));
        let small = Hand::plain(side * 0.22, quiet);
        self.canvas.write(&handle, left, self.y + side * 0.6, small);
        for dot in [0.0, 9.0, 18.0] {
            self.canvas.disc(WIDTH - 60.0 + dot, cy, 3.0, quiet);
        }
        self.y += side + 18.0;
    }

    fn text(&mut self, seeded: &mut Seeded, x: f32, width: f32, words: usize) {
        let hand = Hand::plain(19.0, self.look.text);
        for line in hand.lines(&seeded.words(words), width) {
            self.canvas.write(&line, x, self.y, hand);
            self.y += 34.0;
        }
        self.y += 6.0;
    }

    fn outline(&mut self, area: Area, radius: f32) {
        let quiet = self.look.quiet;
        let (right, bottom) = (area.x + area.width, area.y + area.height);
        let (left, top) = (area.x, area.y);
        let thick = 2.0;
        let canvas = &mut self.canvas;
        canvas.stroke((left + radius, top), (right - radius, top), thick, quiet);
        canvas.stroke((left + radius, bottom), (right - radius, bottom), thick, quiet);
        canvas.stroke((left, top + radius), (left, bottom - radius), thick, quiet);
        canvas.stroke((right, top + radius), (right, bottom - radius), thick, quiet);
        for (cx, cy, sx, sy) in [
            (left + radius, top + radius, -1.0, -1.0),
            (right - radius, top + radius, 1.0, -1.0),
            (left + radius, bottom - radius, -1.0, 1.0),
            (right - radius, bottom - radius, 1.0, 1.0),
        ] {
            canvas
                .ring((cx, cy), (radius, thick), quiet, |dx, dy| dx * sx >= 0.0 && dy * sy >= 0.0);
        }
    }

    /// Heart, balloon and arrow with their counts.
    fn buttons(&mut self, seeded: &mut Seeded, x: f32) {
        let Look { text, quiet, .. } = self.look;
        let y = self.y + 20.0;
        let liked = Ink::solid([228, 40, 70]);
        let small = Hand::plain(15.0, quiet);
        self.canvas.heart(x + 18.0, y, 17.0, if seeded.chance(0.5) { liked } else { quiet });
        let count = format!("{}.{}", 1 + seeded.below(90), seeded.below(10));
        self.canvas.write(&count, x + 46.0, y - 7.0, small);
        self.canvas.ring((x + 208.0, y), (15.0, 3.5), text, |_, _| true);
        self.canvas.stroke((x + 196.0, y + 11.0), (x + 192.0, y + 20.0), 3.5, text);
        let count = (10 + seeded.below(800)).to_string();
        self.canvas.write(&count, x + 236.0, y - 7.0, small);
        self.canvas.stroke((x + 400.0, y + 14.0), (x + 400.0, y - 14.0), 3.5, text);
        self.canvas.stroke((x + 400.0, y - 14.0), (x + 389.0, y - 3.0), 3.5, text);
        self.canvas.stroke((x + 400.0, y - 14.0), (x + 411.0, y - 3.0), 3.5, text);
        let mark = (x + 600.0, y);
        self.canvas.stroke((mark.0 - 9.0, y - 14.0), (mark.0 - 9.0, y + 14.0), 3.5, text);
        self.canvas.stroke((mark.0 + 9.0, y - 14.0), (mark.0 + 9.0, y + 14.0), 3.5, text);
        self.canvas.stroke((mark.0 - 9.0, y - 14.0), (mark.0 + 9.0, y - 14.0), 3.5, text);
        self.canvas.stroke((mark.0 - 9.0, y + 14.0), (mark.0, y + 5.0), 3.5, text);
        self.canvas.stroke((mark.0 + 9.0, y + 14.0), (mark.0, y + 5.0), 3.5, text);
        self.y += 62.0;
    }

    /// What others wrote below.
    fn replies(&mut self, seeded: &mut Seeded, x: f32) {
        self.rule();
        for _ in 0..1 + seeded.below(2) {
            self.author(seeded, x, 52.0);
            let words = 4 + seeded.below(9);
            self.text(seeded, x + 68.0, WIDTH - x - 120.0, words);
        }
    }

    /// The screen down to the app's lower bar.
    fn finished(mut self) -> Rgb {
        let Look { text, quiet, .. } = self.look;
        let used = self.y + 92.0;
        self.rule();
        for (i, x) in [72.0, 216.0, 360.0, 504.0, 648.0].into_iter().enumerate() {
            let y = self.y + 24.0;
            if i == 2 {
                self.canvas.rounded(Area::new(x - 17.0, y - 17.0, 34.0, 34.0), 9.0, text);
            } else {
                self.canvas.ring((x, y), (15.0, 4.0), quiet, |_, _| true);
            }
        }
        let height = (used as usize).min(self.canvas.picture.height());
        self.canvas.picture.part(0, 0, WIDTH as usize, height)
    }
}
