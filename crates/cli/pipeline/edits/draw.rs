//! Drawing with smooth edges: boxes, discs, strokes, text and other pictures.

use firstseen_media::Rgb;

use super::text::{self, Letter};

/// A box in pixels, from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

impl Area {
    pub(crate) const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    /// The box that much larger on every side.
    fn grown(self, by: f32) -> Self {
        Self::new(self.x - by, self.y - by, self.width + 2.0 * by, self.height + 2.0 * by)
    }
}

/// A colour, and how much it covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ink {
    colour: [u8; 3],
    cover: f32,
}

impl Ink {
    pub(crate) const WHITE: Self = Self::solid([255; 3]);
    pub(crate) const BLACK: Self = Self::solid([0; 3]);

    pub(crate) const fn solid(colour: [u8; 3]) -> Self {
        Self { colour, cover: 1.0 }
    }

    pub(crate) const fn covering(self, cover: f32) -> Self {
        Self { cover, ..self }
    }
}

/// How text looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hand {
    /// Height of a capital in pixels.
    pub(crate) height: f32,
    /// 0 for thin to 1 for bold.
    pub(crate) weight: f32,
    pub(crate) ink: Ink,
}

impl Hand {
    pub(crate) const fn plain(height: f32, ink: Ink) -> Self {
        Self { height, weight: 0.3, ink }
    }

    pub(crate) const fn bold(height: f32, ink: Ink) -> Self {
        Self { height, weight: 1.0, ink }
    }

    /// Pixels that `text` takes across.
    pub(crate) fn width(self, text: &str) -> f32 {
        text::columns(text) * self.height / text::CAPITAL
    }

    /// `text` with a question mark for every letter that the font has not.
    pub(crate) fn written(text: &str) -> String {
        text.chars().map(|letter| if Letter::is_known(letter) { letter } else { '?' }).collect()
    }

    /// Lines of `text` that are at most `width` pixels wide.
    pub(crate) fn lines(self, text: &str, width: f32) -> Vec<String> {
        text::wrapped(text, width * text::CAPITAL / self.height)
    }
}

/// A picture that is drawn on.
#[derive(Clone, Debug)]
pub(crate) struct Canvas {
    pub(crate) picture: Rgb,
}

impl Canvas {
    pub(crate) fn new(width: f32, height: f32, colour: [u8; 3]) -> Self {
        Self { picture: Rgb::plain(width as usize, height as usize, colour) }
    }

    pub(crate) fn on(picture: &Rgb) -> Self {
        Self { picture: picture.clone() }
    }

    pub(crate) fn width(&self) -> f32 {
        self.picture.width() as f32
    }

    pub(crate) fn height(&self) -> f32 {
        self.picture.height() as f32
    }

    /// Inks where `distance`, in pixels and negative inside, says that the shape is; nothing outside of `around`.
    fn shape(&mut self, around: Area, ink: Ink, distance: impl Fn(f32, f32) -> f32) {
        let around = around.grown(1.0);
        let columns = clipped(around.x, around.width, self.picture.width());
        for y in clipped(around.y, around.height, self.picture.height()) {
            for x in columns.clone() {
                let cover = (0.5 - distance(x as f32 + 0.5, y as f32 + 0.5)).clamp(0.0, 1.0);
                self.blend(x, y, ink.covering(ink.cover * cover));
            }
        }
    }

    fn blend(&mut self, x: usize, y: usize, ink: Ink) {
        if ink.cover <= 0.0 {
            return;
        }
        let below = self.picture.at(x, y);
        let mixed = std::array::from_fn(|c| {
            let (old, new) = (f32::from(below[c]), f32::from(ink.colour[c]));
            (old + (new - old) * ink.cover + 0.5) as u8
        });
        self.picture.put(x, y, mixed);
    }

    pub(crate) fn block(&mut self, area: Area, ink: Ink) {
        self.rounded(area, 0.0, ink);
    }

    /// A box with round corners.
    pub(crate) fn rounded(&mut self, area: Area, radius: f32, ink: Ink) {
        let (half_width, half_height) = (area.width / 2.0, area.height / 2.0);
        let (cx, cy) = (area.x + half_width, area.y + half_height);
        let radius = radius.min(half_width).min(half_height);
        self.shape(area, ink, |x, y| {
            let (dx, dy) =
                ((x - cx).abs() - half_width + radius, (y - cy).abs() - half_height + radius);
            dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
        });
    }

    pub(crate) fn disc(&mut self, cx: f32, cy: f32, radius: f32, ink: Ink) {
        let around = Area::new(cx - radius, cy - radius, 2.0 * radius, 2.0 * radius);
        self.shape(around, ink, |x, y| (x - cx).hypot(y - cy) - radius);
    }

    /// Part of a circle's line: where `seen` says so of the direction from its middle.
    pub(crate) fn ring(
        &mut self,
        (cx, cy): (f32, f32),
        (radius, thick): (f32, f32),
        ink: Ink,
        seen: impl Fn(f32, f32) -> bool,
    ) {
        let reach = radius + thick;
        let around = Area::new(cx - reach, cy - reach, 2.0 * reach, 2.0 * reach);
        self.shape(around, ink, |x, y| {
            let (dx, dy) = (x - cx, y - cy);
            let far = (dx.hypot(dy) - radius).abs() - thick / 2.0;
            if seen(dx, dy) { far } else { far.max(1.0) }
        });
    }

    /// A line with round ends.
    pub(crate) fn stroke(&mut self, from: (f32, f32), to: (f32, f32), thick: f32, ink: Ink) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let long = (dx * dx + dy * dy).max(1e-6);
        let around = Area::new(from.0.min(to.0), from.1.min(to.1), dx.abs(), dy.abs()).grown(thick);
        self.shape(around, ink, |x, y| {
            let along = (((x - from.0) * dx + (y - from.1) * dy) / long).clamp(0.0, 1.0);
            (x - from.0 - along * dx).hypot(y - from.1 - along * dy) - thick / 2.0
        });
    }

    /// A triangle that points to the right, as on a button that plays.
    pub(crate) fn arrowhead(&mut self, area: Area, ink: Ink) {
        let middle = area.y + area.height / 2.0;
        let slope = area.height / 2.0 / area.width;
        self.shape(area, ink, |x, y| {
            let edge = (area.x + area.width - x) * slope;
            ((y - middle).abs() - edge).max(area.x - x)
        });
    }

    pub(crate) fn heart(&mut self, cx: f32, cy: f32, radius: f32, ink: Ink) {
        let around = Area::new(cx, cy, 0.0, 0.0).grown(radius * 1.3);
        self.shape(around, ink, |x, y| {
            let (dx, dy) = ((x - cx).abs() / radius, (y - cy) / radius);
            let lobe = (dx - 0.47).hypot(dy + 0.3) - 0.53;
            // Below the lobes two slanted edges meet in the point.
            let point = (dx * 0.76 + dy * 0.66 - 0.64).max(-dy - 0.3).max(dx - 1.0);
            lobe.min(point) * radius
        });
    }

    /// Another picture, with its upper left corner at whole pixels `x`, `y`; what lies outside is left out.
    pub(crate) fn paste(&mut self, other: &Rgb, x: f32, y: f32) {
        self.paste_rounded(other, x, y, 0.0);
    }

    /// The same with round corners.
    pub(crate) fn paste_rounded(&mut self, other: &Rgb, x: f32, y: f32, radius: f32) {
        let (x, y) = (x.round(), y.round());
        let (half_width, half_height) = (other.width() as f32 / 2.0, other.height() as f32 / 2.0);
        for row in clipped(y, other.height() as f32, self.picture.height()) {
            for column in clipped(x, other.width() as f32, self.picture.width()) {
                let (left, top) = (column as f32 - x, row as f32 - y);
                let dx = ((left + 0.5 - half_width).abs() - half_width + radius).max(0.0);
                let dy = ((top + 0.5 - half_height).abs() - half_height + radius).max(0.0);
                let cover = (0.5 + radius - dx.hypot(dy)).clamp(0.0, 1.0);
                let cover = if radius > 0.0 { cover } else { 1.0 };
                let colour = other.at(left as usize, top as usize);
                self.blend(column, row, Ink { colour, cover });
            }
        }
    }

    /// Text whose capitals begin at `x` and have their upper edge at `y`; returns where it ends.
    pub(crate) fn write(&mut self, text: &str, x: f32, y: f32, hand: Hand) -> f32 {
        let scale = hand.height / text::CAPITAL;
        let mut x = x;
        for letter in text.chars() {
            let shape = Letter::of(letter);
            let wide = shape.width as f32 * scale;
            if letter != ' ' {
                let around =
                    Area::new(x, y, wide, hand.height * 9.0 / text::CAPITAL).grown(scale / 2.0);
                // Where the ink passes this value lies the edge; it is steeper the larger the letters are.
                let edge = 0.55 - 0.25 * hand.weight;
                self.shape(around, hand.ink, |px, py| {
                    (edge - shape.ink((px - x) / scale, (py - y) / scale)) * scale.max(1.0)
                });
            }
            x += wide + scale;
        }
        x
    }

    /// Text in the middle of the picture's width.
    pub(crate) fn write_centred(&mut self, text: &str, middle: f32, y: f32, hand: Hand) {
        self.write(text, middle - hand.width(text) / 2.0, y, hand);
    }

    /// White text with a dark edge, as on captions.
    pub(crate) fn write_outlined(&mut self, text: &str, middle: f32, y: f32, hand: Hand) {
        let by = (hand.height / 10.0).max(1.0);
        for (dx, dy) in [
            (-1.0, 0.0),
            (1.0, 0.0),
            (0.0, -1.0),
            (0.0, 1.0),
            (-0.7, -0.7),
            (0.7, 0.7),
            (0.7, -0.7),
            (-0.7, 0.7),
        ] {
            let dark = Hand { ink: Ink::BLACK, ..hand };
            self.write_centred(text, middle + dx * by, y + dy * by, dark);
        }
        self.write_centred(text, middle, y, hand);
    }
}

/// Pixels of a side that a stretch of it touches.
fn clipped(from: f32, long: f32, side: usize) -> std::ops::Range<usize> {
    let start = (from.floor().max(0.0) as usize).min(side);
    let end = ((from + long).ceil().max(0.0) as usize).min(side);
    start..end.max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_is_left_out() {
        let mut canvas = Canvas::new(20.0, 10.0, [9; 3]);
        let before = canvas.picture.clone();
        canvas.block(Area::new(-40.0, 2.0, 30.0, 5.0), Ink::WHITE);
        canvas.disc(60.0, 60.0, 8.0, Ink::WHITE);
        canvas.paste(&before, 30.0, 0.0);
        assert_eq!(canvas.picture, before);
        canvas.paste(&Rgb::plain(8, 8, [200; 3]), -4.0, -4.0);
        assert_eq!((canvas.picture.at(3, 3), canvas.picture.at(4, 4)), ([200; 3], [9; 3]));
    }

    #[test]
    fn text_leaves_ink_between_where_it_begins_and_ends() {
        let mut canvas = Canvas::new(80.0, 30.0, [255; 3]);
        let end = canvas.write("Bold", 5.0, 5.0, Hand::bold(14.0, Ink::BLACK));
        let dark = |x: usize| (0..30).any(|y| canvas.picture.at(x, y)[0] < 60);
        assert!((6..end as usize).any(dark) && !(0..4).any(dark));
        assert!(!(end as usize + 2..80).any(dark));
    }
}
