//! How much there is to see in a picture, and pictures that must never carry a match alone.
//!
//! PDQ's quality drops real scenes and keeps slopes and title cards, hence a measure of its own. Detail is a pixel that
//! bends away from its neighbours in a row or column: a slope has none, however steep.

use firstseen_model::{Luma, LumaView};

use crate::shrink;

/// Version of what this module gives.
pub const VERSION: u16 = 1;

/// Long side of the plane that is looked at: strokes of text on a card are still there, noise of sensors hardly.
const LONG_SIDE: usize = 256;

/// Side of a block in pixels of that plane.
const BLOCK: usize = 8;

/// Mean bend of a block, in levels, that counts as full of detail.
const FULL_BEND: u32 = 16;

/// Least bend that may be detail in the faintest picture; noise of sensors and encoders stays below it.
const LEAST_BEND: u8 = 4;

/// Greatest mean bend that is put down to noise.
const MOST_NOISE: u8 = 4;

/// Greatest luma of a picture without light, but for a hundredth of its pixels.
const DARK: u8 = 32;

/// Why a picture must never carry a match alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GateReason {
    /// Nearly no light, and no detail in what there is.
    Dark,
    /// One tone or a slope, with at most a small mark on it.
    Flat,
    /// A flat ground with nothing on it but strokes of one other tone.
    TextOnly,
}

/// What [`look`] says of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texture {
    /// 0 flat to 100 full of detail everywhere.
    pub measure: u8,
    /// Why it must never carry a match alone, if so.
    pub gate: Option<GateReason>,
}

/// Returns how much detail `view` has, 0..=100.
#[must_use]
pub fn measure(view: LumaView<'_>) -> u8 {
    look(view).measure
}

/// Returns why `view` must never carry a match alone, `None` for nearly every picture of something.
#[must_use]
pub fn gate(view: LumaView<'_>) -> Option<GateReason> {
    look(view).gate
}

/// Returns [`measure`] and [`gate`] of `view` at the price of one.
#[must_use]
pub fn look(view: LumaView<'_>) -> Texture {
    let plane = shrink::to_fit(view, LONG_SIDE);
    let tones = Tones::of(&plane);
    let bends = bends(&plane);
    let noise = noise(&bends);
    Texture { measure: measured(&bends, noise), gate: gated(&plane, &tones, &bends, noise) }
}

/// The mean bend of the smoothest tenth of blocks: noise is everywhere. At most [`MOST_NOISE`], so that gravel is not
/// taken for noise.
fn noise(bends: &Luma) -> u8 {
    let mut means: Vec<u32> = blocks(bends)
        .map(|block| block.pixels().map(u32::from).sum::<u32>() / block.area())
        .collect();
    let tenth = means.len() / 10;
    let (_, &mut mean, _) = means.select_nth_unstable(tenth);
    mean.min(MOST_NOISE.into()) as u8
}

/// The mean over blocks of their mean bend beyond noise, none of them counting beyond full.
fn measured(bends: &Luma, noise: u8) -> u8 {
    let (mut sum, mut count) = (0, 0);
    for block in blocks(bends) {
        let bend: u32 = block.pixels().map(|bend| u32::from(bend.saturating_sub(noise))).sum();
        sum += (bend * 100 / (block.area() * FULL_BEND)).min(100);
        count += 1;
    }
    (sum / count) as u8
}

fn gated(plane: &Luma, tones: &Tones, bends: &Luma, noise: u8) -> Option<GateReason> {
    // What is detail depends on the contrast that there is, and on noise.
    let least = ((tones.light - tones.dark) / 24).clamp(LEAST_BEND, 6).max((4 * noise).min(8));
    let detailed = per_mille(blocks(bends).map(|block| {
        let bent = block.pixels().filter(|&bend| bend >= least).count() as u32;
        bent * 16 >= block.area()
    }));
    if detailed < 40 {
        return Some(if tones.light <= DARK { GateReason::Dark } else { GateReason::Flat });
    }
    is_text(plane, tones).then_some(GateReason::TextOnly)
}

/// Whether nearly all of `plane` is one flat tone, and the rest strokes of one other: no pixel on the wrong side of the
/// ground, and none of a third tone but on the slopes of strokes.
fn is_text(plane: &Luma, tones: &Tones) -> bool {
    let ground = tones.commonest(8, |_| true);
    let on_ground = |pixel: u8| pixel.abs_diff(ground) <= 8;
    let bare = per_mille(blocks(plane).map(|block| block.pixels().all(on_ground)));
    if bare < 550 {
        return false;
    }
    let ink = tones.commonest(32, |tone| tone.abs_diff(ground) > 48);
    let (width, height) = (plane.width(), plane.height());
    let (mut strokes, mut inked, mut strange) = (0, 0, 0);
    for y in 0..height {
        for x in 0..width {
            let pixel = plane.at(x, y);
            if on_ground(pixel) {
                continue;
            }
            strokes += 1;
            inked += usize::from(pixel.abs_diff(ground) > 48);
            let beyond = (pixel > ground) != (ink > ground);
            let even = |x: usize, y: usize| plane.at(x, y).abs_diff(pixel) <= 12;
            let third = pixel.abs_diff(ink) > 32
                && even(x.saturating_sub(1), y)
                && even((x + 1).min(width - 1), y)
                && even(x, y.saturating_sub(1))
                && even(x, (y + 1).min(height - 1));
            strange += usize::from(beyond || third);
        }
    }
    // A faint scene lies as near to its ground as noise does, and has no ink.
    inked * 4 > strokes && strange * 100 <= width * height
}

/// By how many levels each pixel differs from the straight line between its neighbours, in its row or its column,
/// doubled; the greater of the two. Pixels at an edge have no such line.
fn bends(plane: &Luma) -> Luma {
    let (width, height) = (plane.width(), plane.height());
    let bytes = plane.bytes();
    let bend = |before: u8, at: u8, after: u8| {
        (2 * i16::from(at) - i16::from(before) - i16::from(after)).unsigned_abs().min(255) as u8
    };
    let mut bends = vec![0; bytes.len()];
    for (row, bends) in bytes.chunks_exact(width).zip(bends.chunks_exact_mut(width)) {
        for (three, out) in row.windows(3).zip(bends.iter_mut().skip(1)) {
            *out = bend(three[0], three[1], three[2]);
        }
    }
    for y in 1..height.saturating_sub(1) {
        let row = |y: usize| &bytes[y * width..][..width];
        let out = &mut bends[y * width..][..width];
        for (((out, &above), &at), &below) in
            out.iter_mut().zip(row(y - 1)).zip(row(y)).zip(row(y + 1))
        {
            *out = bend(above, at, below).max(*out);
        }
    }
    Luma::new(width, height, bends).expect("one bend a pixel")
}

/// How often each tone occurs, and where the tones lie but for the outermost hundredths.
struct Tones {
    counts: [u32; 256],
    dark: u8,
    light: u8,
}

impl Tones {
    fn of(plane: &Luma) -> Self {
        let mut counts = [0; 256];
        for &pixel in plane.bytes() {
            counts[usize::from(pixel)] += 1;
        }
        let hundredth = plane.bytes().len() as u32 / 100;
        let mut all: [u8; 256] = std::array::from_fn(|tone| tone as u8);
        let dark = outermost(&all, &counts, hundredth);
        all.reverse();
        let light = outermost(&all, &counts, hundredth);
        Self { counts, dark, light }
    }

    /// The tone that has the most pixels within `reach` of it, the darkest of equals, counting only those that
    /// `counts`.
    fn commonest(&self, reach: u8, counts: impl Fn(u8) -> bool) -> u8 {
        let near = |tone: u8| -> u32 {
            (tone.saturating_sub(reach)..=tone.saturating_add(reach))
                .filter(|&near| counts(near))
                .map(|near| self.counts[usize::from(near)])
                .sum()
        };
        (0..=255).rev().max_by_key(|&tone| near(tone)).unwrap_or(0)
    }
}

/// The first of `tones` that has more than `few` pixels up to it.
fn outermost(tones: &[u8], counts: &[u32; 256], few: u32) -> u8 {
    let mut sum = 0;
    let found = tones.iter().find(|&&tone| {
        sum += counts[usize::from(tone)];
        sum > few
    });
    found.copied().unwrap_or_default()
}

/// A block of at most [`BLOCK`] x [`BLOCK`] pixels, less at the last edges.
#[derive(Clone, Copy)]
struct Block<'a> {
    plane: &'a Luma,
    x: usize,
    y: usize,
}

fn blocks(plane: &Luma) -> impl Iterator<Item = Block<'_>> {
    let rows = (0..plane.height()).step_by(BLOCK);
    rows.flat_map(move |y| (0..plane.width()).step_by(BLOCK).map(move |x| Block { plane, x, y }))
}

impl<'a> Block<'a> {
    fn pixels(self) -> impl Iterator<Item = u8> + use<'a> {
        let (width, height) = (self.plane.width(), self.plane.height());
        let (end_x, end_y) = ((self.x + BLOCK).min(width), (self.y + BLOCK).min(height));
        let bytes = self.plane.bytes();
        (self.y..end_y).flat_map(move |y| &bytes[y * width + self.x..y * width + end_x]).copied()
    }

    fn area(self) -> u32 {
        let (width, height) = (self.plane.width(), self.plane.height());
        ((width - self.x).min(BLOCK) * (height - self.y).min(BLOCK)) as u32
    }
}

/// Thousandths of `facts` that hold; there is at least one.
fn per_mille(facts: impl Iterator<Item = bool>) -> usize {
    let (mut holding, mut count) = (0, 0);
    for fact in facts {
        holding += usize::from(fact);
        count += 1;
    }
    holding * 1000 / count
}

#[cfg(test)]
mod tests;
