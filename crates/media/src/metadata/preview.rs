//! Smaller pictures inside a file, and how well each agrees with the main one.

use firstseen_model::{Dihedral, Gap, Luma, LumaView};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::Preview;
use crate::frame::{FULL, turned};
use crate::still::{guarded, luma_of};
use crate::thumb::decoded;

/// Longest side of a preview that is compared.
const MAX_SIDE: u32 = 4096;
/// Cells a side in which pictures are compared: fine enough for faces, coarse enough for bad thumbnails.
const CELLS: usize = 32;
/// How far the shapes of two pictures may differ that show the same, as a share: thumbnails have whole pixels.
const SAME_SHAPE: f32 = 0.04;
/// Levels by which the pixels of a bar may differ; JPEG blurs its edge.
const BAR_LEVELS: u8 = 28;
/// Agreement above which nothing better is looked for.
const SURE: f32 = 0.95;
/// Edges are trimmed by this part of a side at a time.
const TRIM_STEPS: usize = 50;
/// Times that each edge is trimmed: a camera of 2004 leaves out 6 % in its thumbnails.
const MOST_TRIMS: usize = 4;
/// Standard deviation of levels under which a picture is too flat to be compared.
const FLAT: f32 = 5.0;
/// Share of a preview that one level and its neighbours fill where it is a sign rather than a picture.
const PLACEHOLDER: f32 = 0.7;

/// A smaller picture as it lies in the file.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) read_from: String,
    pixels: Pixels,
    comparable: bool,
}

#[derive(Debug)]
enum Pixels {
    Jpeg(Vec<u8>),
    Rgb { width: u32, height: u32, bytes: Vec<u8> },
}

impl Held {
    pub(super) fn jpeg(read_from: String, bytes: Vec<u8>, comparable: bool) -> Self {
        Self { read_from, pixels: Pixels::Jpeg(bytes), comparable }
    }

    /// Packed pixels; `None` where there are none, or fewer than the size says.
    pub(super) fn rgb(
        read_from: &str,
        width: impl Into<u32>,
        height: impl Into<u32>,
        bytes: &[u8],
    ) -> Option<Self> {
        let (width, height) = (width.into(), height.into());
        let len = (width as usize).checked_mul(height as usize)?.checked_mul(3)?;
        let bytes = bytes.get(..len).filter(|bytes| !bytes.is_empty())?.to_vec();
        let pixels = Pixels::Rgb { width, height, bytes };
        Some(Self { read_from: read_from.to_owned(), pixels, comparable: true })
    }

    /// What is told of it before it is compared; `None` where its bytes are no picture.
    pub(super) fn told(&self) -> Option<Preview> {
        let (width, height) = match &self.pixels {
            Pixels::Rgb { width, height, .. } => (*width, *height),
            Pixels::Jpeg(bytes) => size(bytes)?,
        };
        Some(Preview { read_from: self.read_from.clone(), width, height, agreement: None })
    }

    fn luma(&self) -> Option<Luma> {
        match &self.pixels {
            Pixels::Rgb { width, height, bytes } => {
                let luma = bytes.as_chunks().0.iter().map(|rgb| luma_of(*rgb)).collect();
                Luma::new(*width as usize, *height as usize, luma)
            }
            Pixels::Jpeg(bytes) => {
                let options = options().jpeg_set_out_colorspace(ColorSpace::Luma);
                let (width, height, luma) =
                    decoded(bytes, options, "preview-side", MAX_SIDE).ok()?;
                Luma::new(width, height, luma)
            }
        }
    }
}

fn options() -> DecoderOptions {
    // Rubbish behind a thumbnail is usual.
    DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(16)
}

pub(super) fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let read = || {
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options());
        decoder.decode_headers().ok();
        Ok(decoder.dimensions())
    };
    let (width, height) = guarded(read).ok()??;
    Some((width as u32, height as u32))
}

/// The smaller pictures of a file, to be compared with its main one.
#[derive(Debug, Default)]
pub struct Previews {
    pub(crate) held: Vec<Held>,
    /// What makes the main picture upright.
    pub(crate) turn: Dihedral,
}

impl Previews {
    /// How well each agrees with `main`, the picture upright and at any size, with a gap for each that cannot be told.
    ///
    /// Bars are cut off that thumbnails of another shape have, and either picture may lie: the best of the four turns
    /// counts. Where shapes differ nevertheless, the best of the ways in which one may be a part of the other counts.
    #[must_use]
    pub fn compared(&self, main: LumaView<'_>) -> (Vec<Preview>, Vec<Gap>) {
        let (mut previews, mut gaps) = (Vec::new(), Vec::new());
        for held in &self.held {
            let Some(told) = held.told() else { continue };
            let agreement = match held.luma().filter(|_| held.comparable) {
                Some(luma) => agreement(main, luma.view(), self.turn),
                None => Err("it cannot be decoded"),
            };
            if let Err(why) = &agreement {
                let why = format!("{} was not compared with the picture: {why}", told.read_from);
                gaps.push(Gap::new("previews", why));
            }
            previews.push(Preview { agreement: agreement.ok(), ..told });
        }
        (previews, gaps)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

/// The correlation of the luma of two pictures, or why it would say nothing.
fn agreement(main: LumaView<'_>, small: LumaView<'_>, turn: Dihedral) -> Result<f32, &'static str> {
    let whole = Patch::whole(main);
    let main_cells = cells(main, whole);
    if deviation(&main_cells) < FLAT {
        return Err("the picture is flat");
    }
    if is_placeholder(small) {
        return Err("it is flat or a sign");
    }
    let mut turns: Vec<Dihedral> =
        (0..4).map(|quarter_turns| Dihedral { mirrored: false, quarter_turns }).collect();
    if turn.mirrored {
        turns.push(turn);
    }
    let candidates: Vec<(Luma, Patch)> = turns
        .into_iter()
        .map(|turn| {
            let luma = turned(small, &FULL, turn);
            let without_bars = Patch::without_bars(luma.view(), whole.shape());
            (luma, without_bars)
        })
        .collect();
    let fits = |part: &Patch| {
        (part.shape() / whole.shape()).max(whole.shape() / part.shape()) < 1.0 + SAME_SHAPE
    };
    let fitting = candidates.iter().any(|(_, part)| fits(part));
    let mut best: Option<(f32, Pair<'_>)> = None;
    for (luma, part) in candidates.iter().filter(|(_, part)| !fitting || fits(part)) {
        let (part, view) = (*part, luma.view());
        let mut patches = vec![(whole, part)];
        if !fitting {
            // One may be the middle of the other.
            patches.push((whole, part.middle(whole.shape())));
            patches.push((whole.middle(part.shape()), part));
        }
        for patches in patches {
            let pair = Pair { views: [main, view], patches: patches.into() };
            let agreement = pair.agreement();
            if agreement > best.as_ref().map_or(f32::NEG_INFINITY, |(best, _)| *best) {
                best = Some((agreement, pair));
            }
        }
    }
    let (agreement, pair) = best.ok_or("it is flat")?;
    Ok(if agreement < SURE { pair.trimmed(0).max(pair.trimmed(1)) } else { agreement })
}

/// Parts of two pictures that are laid over each other.
#[derive(Clone, Copy)]
struct Pair<'a> {
    views: [LumaView<'a>; 2],
    patches: [Patch; 2],
}

impl Pair<'_> {
    fn agreement(&self) -> f32 {
        let [one, other] = [0, 1].map(|i| cells(self.views[i], self.patches[i]));
        correlation(&one, &other)
    }

    /// The best agreement when the edges of one of the two are trimmed, since cameras leave out an edge in one of
    /// them: side by side, as long as it grows.
    fn trimmed(mut self, which: usize) -> f32 {
        let whole = self.patches[which];
        let other = cells(self.views[1 - which], self.patches[1 - which]);
        let mut best = self.agreement();
        loop {
            let better = whole
                .trimmed(self.patches[which])
                .into_iter()
                .map(|patch| (correlation(&cells(self.views[which], patch), &other), patch))
                .filter(|(agreement, _)| *agreement > best)
                .max_by(|(a, _), (b, _)| a.total_cmp(b));
            let Some((agreement, patch)) = better else { return best };
            best = agreement;
            self.patches[which] = patch;
        }
    }
}

/// Columns `left..right` and rows `top..bottom` of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Patch {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Patch {
    fn whole(view: LumaView<'_>) -> Self {
        Self { left: 0, top: 0, right: view.width(), bottom: view.height() }
    }

    /// Width over height.
    fn shape(self) -> f32 {
        (self.right - self.left) as f32 / (self.bottom - self.top) as f32
    }

    /// The picture without bars of one level, if that brings it nearer to `shape`.
    fn without_bars(view: LumaView<'_>, shape: f32) -> Self {
        let whole = Self::whole(view);
        let rows = whole.without_rows(view);
        let far = |part: &Self| {
            let ratio = part.shape() / shape;
            ratio.max(ratio.recip())
        };
        [rows, whole.without_columns(view), rows.without_columns(view)]
            .into_iter()
            .fold(whole, |best, part| if far(&part) < far(&best) { part } else { best })
    }

    fn without_rows(self, view: LumaView<'_>) -> Self {
        let bar = |y: usize| is_bar(view.row(y)[self.left..self.right].iter().copied());
        let (above, below) = bars(self.bottom - self.top, |i| bar(self.top + i));
        Self { top: self.top + above, bottom: self.bottom - below, ..self }
    }

    fn without_columns(self, view: LumaView<'_>) -> Self {
        let bar = |x: usize| is_bar((self.top..self.bottom).map(|y| view.row(y)[x]));
        let (before, after) = bars(self.right - self.left, |i| bar(self.left + i));
        Self { left: self.left + before, right: self.right - after, ..self }
    }

    /// `part` with one more step off each side, where that leaves no more of this patch out than cameras do.
    fn trimmed(self, part: Self) -> Vec<Self> {
        let (dx, dy) =
            ((self.right - self.left) / TRIM_STEPS, (self.bottom - self.top) / TRIM_STEPS);
        let (dx, dy) = (dx.max(1), dy.max(1));
        let tried = [
            Self { left: part.left + dx, ..part },
            Self { right: part.right.saturating_sub(dx), ..part },
            Self { top: part.top + dy, ..part },
            Self { bottom: part.bottom.saturating_sub(dy), ..part },
        ];
        let near = |part: &Self| {
            part.left <= self.left + MOST_TRIMS * dx
                && part.right + MOST_TRIMS * dx >= self.right
                && part.top <= self.top + MOST_TRIMS * dy
                && part.bottom + MOST_TRIMS * dy >= self.bottom
                && part.left < part.right
                && part.top < part.bottom
        };
        tried.into_iter().filter(near).collect()
    }

    /// The middle that has this shape.
    fn middle(self, shape: f32) -> Self {
        let (width, height) = ((self.right - self.left) as f32, (self.bottom - self.top) as f32);
        let (inner_width, inner_height) = (width.min(height * shape), height.min(width / shape));
        let (dx, dy) = ((width - inner_width) / 2.0, (height - inner_height) / 2.0);
        let (dx, dy) = (dx as usize, dy as usize);
        Self {
            left: self.left + dx,
            top: self.top + dy,
            right: (self.right - dx).max(self.left + dx + 1),
            bottom: (self.bottom - dy).max(self.top + dy + 1),
        }
    }
}

/// How many of `length` rows or columns are bars at the start and at the end; each may be a quarter of the picture.
fn bars(length: usize, is_bar: impl Fn(usize) -> bool) -> (usize, usize) {
    let most = length / 4;
    let before = (0..most).take_while(|i| is_bar(*i)).count();
    let after = (0..most).take_while(|i| is_bar(length - 1 - i)).count();
    (before, after)
}

fn is_bar(values: impl Iterator<Item = u8>) -> bool {
    let (least, most) =
        values.fold((u8::MAX, 0), |(least, most), value| (least.min(value), most.max(value)));
    most.saturating_sub(least) <= BAR_LEVELS
}

/// Whether one level fills most of a preview.
fn is_placeholder(view: LumaView<'_>) -> bool {
    let mut levels = [0_usize; 256];
    for y in 0..view.height() {
        view.row(y).iter().for_each(|level| levels[usize::from(*level)] += 1);
    }
    let most = levels.windows(9).map(|near| near.iter().sum::<usize>()).max().unwrap_or(0);
    most as f32 > PLACEHOLDER * (view.width() * view.height()) as f32
}

/// Mean levels of a grid laid over a part of a picture.
fn cells(view: LumaView<'_>, part: Patch) -> Vec<f32> {
    let bounds = |i: usize, from: usize, to: usize| {
        let first = from + i * (to - from) / CELLS;
        (first, (from + (i + 1) * (to - from) / CELLS).max(first + 1))
    };
    let mut means = Vec::with_capacity(CELLS * CELLS);
    for j in 0..CELLS {
        let (top, bottom) = bounds(j, part.top, part.bottom);
        for i in 0..CELLS {
            let (left, right) = bounds(i, part.left, part.right);
            let sum: u64 = (top..bottom)
                .flat_map(|y| &view.row(y)[left..right])
                .map(|level| u64::from(*level))
                .sum();
            means.push(sum as f32 / ((bottom - top) * (right - left)) as f32);
        }
    }
    means
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

fn deviation(values: &[f32]) -> f32 {
    let mean = mean(values);
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / values.len() as f32)
        .sqrt()
}

/// Pearson's; not a number where either is of one level.
fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let products = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b));
    products.sum::<f32>() / a.len() as f32 / (deviation(a) * deviation(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of soft shapes that no turn of it resembles.
    fn scene(x: f32, y: f32) -> f32 {
        60.0 + 90.0 * (7.0 * x + 3.0 * y * y).sin()
            + 60.0 * (5.0 * y - 4.0 * x * y).cos()
            + 40.0 * x
    }

    fn picture(width: usize, height: usize, level: impl Fn(f32, f32) -> f32) -> Luma {
        Luma::from_fn(width, height, |x, y| {
            level(x as f32 / width as f32, y as f32 / height as f32).clamp(0.0, 255.0) as u8
        })
    }

    fn agree(main: &Luma, small: &Luma) -> f32 {
        agreement(main.view(), small.view(), Dihedral::UPRIGHT).unwrap()
    }

    #[test]
    fn a_thumbnail_agrees_with_its_picture_whatever_its_tone() {
        let main = picture(640, 480, scene);
        assert!(agree(&main, &picture(160, 120, scene)) > 0.99);
        let darker = picture(160, 120, |x, y| 0.5 * scene(x, y) + 20.0);
        assert!(agree(&main, &darker) > 0.99);
    }

    #[test]
    fn bars_of_another_shape_are_cut() {
        let main = picture(640, 360, scene);
        let barred = picture(160, 120, |x, y| {
            let inner = (y * 120.0 - 15.0) / 90.0;
            if (0.0..1.0).contains(&inner) { scene(x, inner) } else { 0.0 }
        });
        assert!(agree(&main, &barred) > 0.97);
        let framed = picture(160, 120, |x, y| {
            let (x, y) = ((x * 160.0 - 8.0) / 144.0, (y * 120.0 - 20.0) / 81.0);
            if (0.0..1.0).contains(&x) && (0.0..1.0).contains(&y) { scene(x, y) } else { 0.0 }
        });
        assert!(agree(&main, &framed) > 0.97);
    }

    #[test]
    fn an_edge_that_the_camera_left_out_is_no_difference() {
        let busy =
            |x: f32, y: f32| 128.0 + 60.0 * (31.0 * x).sin() + 60.0 * (29.0 * y + 5.0 * x).cos();
        let main = picture(640, 480, busy);
        let edged = picture(160, 120, |x, y| busy(x * 0.96, y * 0.94));
        let unaligned = correlation(
            &cells(main.view(), Patch::whole(main.view())),
            &cells(edged.view(), Patch::whole(edged.view())),
        );
        assert!(unaligned < 0.8, "{unaligned}");
        assert!(agree(&main, &edged) > 0.95);
    }

    #[test]
    fn one_of_them_may_lie_on_its_side() {
        let main = picture(480, 640, |x, y| scene(y, 1.0 - x));
        assert!(agree(&main, &picture(160, 120, scene)) > 0.99);
    }

    #[test]
    fn another_scene_does_not_agree() {
        let main = picture(640, 480, |x, y| 128.0 + 100.0 * (23.0 * x * y).sin());
        assert!(agree(&main, &picture(160, 120, scene)) < 0.6);
    }

    #[test]
    fn a_crop_out_of_the_corner_does_not_agree() {
        let main = picture(640, 480, |x, y| scene(x * 0.4, y * 0.4));
        assert!(agree(&main, &picture(160, 120, scene)) < 0.8);
    }

    #[test]
    fn flat_pictures_and_signs_are_not_compared() {
        let main = picture(640, 480, scene);
        let sign = picture(160, 120, |x, y| if x + y < 0.3 { 0.0 } else { 255.0 });
        let black = picture(160, 120, |_, _| 0.0);
        for small in [&sign, &black] {
            assert!(agreement(main.view(), small.view(), Dihedral::UPRIGHT).is_err());
        }
        assert!(agreement(black.view(), main.view(), Dihedral::UPRIGHT).is_err());
    }

    #[test]
    fn thin_pictures_do_not_panic() {
        let main = picture(640, 480, scene);
        for (width, height) in [(1, 1), (1, 300), (300, 1), (2, 3)] {
            let small = picture(width, height, scene);
            let _either = agreement(main.view(), small.view(), Dihedral::UPRIGHT);
            let _either = agreement(small.view(), main.view(), Dihedral::UPRIGHT);
        }
    }

    #[test]
    fn bytes_that_are_no_picture_are_no_preview() {
        assert!(Held::jpeg(String::new(), b"\xff\xd8nonsense".to_vec(), true).told().is_none());
        assert!(Held::rgb("x", 2_u8, 2_u8, &[0; 11]).is_none());
        assert!(Held::rgb("x", 0_u8, 2_u8, &[0; 12]).is_none());
    }
}
