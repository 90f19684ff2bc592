//! How the copies differ, in numbers: what was done to lay one upon the other, and where they then still disagree.

use firstseen_intake::Record;
use firstseen_model::{Luma, MediaTime, Part};

use crate::Params;
use crate::blocks::Comparison;
use crate::found::{Edit, LessPicture, Light};
use crate::lay::{Lay, laid};
use crate::overlay::overlays;
use crate::references::Reference;
use crate::vote::Chain;

/// A turn that is put down to measuring, in degrees: three times the spread that unturned copies were measured with.
const LEAST_TURN: f64 = 0.7;

/// Share of a side up to which an edge is put down to measuring.
const LEAST_EDGE: f32 = 0.012;

/// Ratio of width and height up to which a stretch is put down to measuring.
const LEAST_STRETCH: f64 = 0.03;

/// Least share of the area that is worth telling.
const LEAST_AREA: f32 = 0.03;

/// Difference of the mean, in levels, from which on one is darker.
const LEAST_LEVELS: f32 = 12.0;

/// One moment of both sides, as it was compared.
pub(crate) struct Shown<'a> {
    /// The blocks, on the reference's part.
    pub(crate) comparison: Option<&'a Comparison>,
    /// The query's part.
    pub(crate) query: Option<&'a Luma>,
    /// The whole frame of the query on the reference's part, where a part of it was placed.
    pub(crate) whole: Option<Comparison>,
    /// The reference's part.
    pub(crate) reference: Option<&'a Luma>,
    /// Where both lie in their frames.
    pub(crate) parts: (Part, Part),
}

/// Returns how the copies differ, by how they lie and by the moment at which they agree best.
pub(crate) fn edit(
    chain: &Chain,
    shown: Option<&Shown<'_>>,
    query: &Record,
    reference: &Reference,
    params: &Params,
) -> Edit {
    let lay = &chain.lay;
    let view = lay.nearest_view();
    let mut edit =
        Edit { lay: *lay, dihedral: view.dihedral, negative: view.negative, ..Edit::default() };
    let Some(shown) = shown else { return edit };
    let sizes = (
        (f64::from(query.asset.width.max(1)), f64::from(query.asset.height.max(1))),
        (f64::from(reference.size.0.max(1)), f64::from(reference.size.1.max(1))),
    );
    if chain.inliers.is_some() {
        edit.turned_deg = turned(lay, sizes);
        edit.stretched = stretched(lay, sizes);
        // A film is compared by whole frames, whatever part of some of them was placed.
        // Where the whole was placed as well as what bars leave of it, what lies in the bars is not shown.
        let content = chain.hits.iter().find_map(|hit| content(query, hit.at));
        let here = content.filter(|_| chain.part == Part::WHOLE).unwrap_or(chain.part);
        let there = shown.parts.1;
        let here = if overlaid(here, lay) { Part::WHOLE } else { here };
        let mut crop = snapped(lay.inverse().boxed(here), there);
        let mut placed = snapped(lay.boxed(there), here);
        if let Some(whole) = &shown.whole {
            let wider = widened(crop, whole, there, params);
            if wider != crop {
                (crop, placed) = (wider, lay.boxed(wider));
            }
        }
        edit.less_picture = less_picture(crop, there, placed, here, shown);
        if !lacks(crop, there) {
            // Bars and borders of the reference are no picture that the query could lack.
            (crop, placed) = (Part::WHOLE, snapped(lay.boxed(Part::WHOLE), Part::WHOLE));
        }
        edit.crop = Some(boxed(crop));
        edit.placed = Some(boxed(placed));
        edit.uncertainty = Some(uncertainty(chain));
    }
    if let (Some(comparison), Some(here), Some(there)) =
        (shown.comparison, shown.query, shown.reference)
    {
        let on = |part: Part| match (part, shown.parts.1) {
            (Part::WHOLE, Part::WHOLE) => *lay,
            (here, there) => lay.on_parts(here, there),
        };
        let on_parts = on(shown.parts.0);
        edit.overlays = match &shown.whole {
            Some(whole) if overlaid(shown.parts.0, lay) => {
                overlays(whole, &on(Part::WHOLE), Part::WHOLE)
            }
            _ => overlays(comparison, &on_parts, shown.parts.0),
        };
        edit.light = light(comparison, &on_parts, here, there, params);
    }
    edit
}

/// Least share of a side that is cut off, and that what is laid on it may leave uncovered.
const CUT: f32 = 0.04;

/// Whether what was left of the frame was left by a banner over the picture, and not by bars beside it: the reference's
/// picture goes on to the edges of the frame, and bars come in pairs.
fn overlaid(part: Part, lay: &Lay) -> bool {
    let cut = |start: f32, length: f32| (start > CUT, start + length < 1.0 - CUT);
    let (left, right) = cut(part.x, part.width);
    let (top, bottom) = cut(part.y, part.height);
    let over = lay.boxed(Part::WHOLE);
    let covered = |start: f32, length: f32| start <= CUT && start + length >= 1.0 - CUT;
    let covers = covered(over.x, over.width) && covered(over.y, over.height);
    covers && (left || right || top || bottom) && !(left && right) && !(top && bottom)
}

/// What bars and borders leave of a frame of the query.
fn content(query: &Record, at: MediaTime) -> Option<Part> {
    let sample = query.samples.binary_search_by_key(&at, |sample| sample.at).ok()?;
    query.samples[sample].cutouts.first().map(|cutout| cutout.part)
}

/// Degrees, clockwise, by which the query has to be turned beyond right angles.
fn turned(lay: &Lay, (query, reference): ((f64, f64), (f64, f64))) -> f32 {
    let (turn, _) = lay.turn_and_scale(query, reference);
    let (plain, _) = Lay::of_view(lay.nearest_view()).turn_and_scale(query, reference);
    let beyond = (turn - plain + 540.0).rem_euclid(360.0) - 180.0;
    if beyond.abs() < LEAST_TURN { 0.0 } else { -beyond as f32 }
}

/// How much wider, for its height, the picture is in the query.
fn stretched(lay: &Lay, (query, reference): ((f64, f64), (f64, f64))) -> f32 {
    let ratio = lay.widening(query, reference);
    if (ratio - 1.0).abs() < LEAST_STRETCH { 1.0 } else { ratio as f32 }
}

/// A corner of a feature is placed to about a pixel of 480, and many of them to less; some is lost in the least squares.
fn uncertainty(chain: &Chain) -> f32 {
    let inliers = chain.inliers.unwrap_or(1).max(1) as f32;
    (0.004 + 0.03 / inliers).min(0.05)
}

/// `part` with the edges that are nearly those of `whole` put there.
fn snapped(part: Part, whole: Part) -> Part {
    let side = |start: f32, length: f32, from: f32, side: f32| {
        let (mut first, mut last) = (start.max(from), (start + length).min(from + side));
        if first - from < LEAST_EDGE {
            first = from;
        }
        if from + side - last < LEAST_EDGE {
            last = from + side;
        }
        (first, (last - first).max(0.0))
    };
    let (x, width) = side(part.x, part.width, whole.x, whole.width);
    let (y, height) = side(part.y, part.height, whole.y, whole.height);
    Part { x, y, width, height }
}

/// `crop` with what agrees beyond it: a line within a photo may have been taken for its edge.
fn widened(crop: Part, whole: &Comparison, there: Part, params: &Params) -> Part {
    let across = Side {
        span: (crop.x, crop.width),
        within: (there.x, there.width),
        block: whole.block.0,
        blocks: whole.columns,
    };
    let down = Side {
        span: (crop.y, crop.height),
        within: (there.y, there.height),
        block: whole.block.1,
        blocks: whole.rows,
    };
    let (columns, rows) = (across.covered(), down.covered());
    let agrees = |line: &mut dyn Iterator<Item = usize>| {
        let correlations: Vec<f32> = line.filter_map(|i| whole.correlation[i]).collect();
        let agree = correlations.iter().filter(|c| **c >= params.block_correlation).count();
        (correlations.len() >= 2).then_some(2 * agree > correlations.len())
    };
    let row = |y: usize| agrees(&mut columns.clone().map(|x| y * whole.columns + x));
    let column = |x: usize| agrees(&mut rows.clone().map(|y| y * whole.columns + x));
    let (x, width) = across.grown(column);
    let (y, height) = down.grown(row);
    Part { x, y, width, height }
}

/// One side of a box on a grid of blocks.
struct Side {
    /// Start and length.
    span: (f32, f32),
    /// Start and length of what the grid lies on.
    within: (f32, f32),
    /// Length of a block, as a share of that.
    block: f32,
    blocks: usize,
}

impl Side {
    /// The blocks that the span covers, to the nearest.
    fn covered(&self) -> std::ops::Range<usize> {
        let block = |at: f32| {
            let blocks = ((at - self.within.0) / self.within.1 / self.block).round();
            blocks.clamp(0.0, self.blocks as f32) as usize
        };
        let first = block(self.span.0);
        first..block(self.span.0 + self.span.1).max(first)
    }

    /// The span with the lines of blocks around it that agree; those without detail only where one after them does.
    fn grown(&self, agrees: impl Fn(usize) -> Option<bool>) -> (f32, f32) {
        let more = |lines: &mut dyn Iterator<Item = usize>| {
            let known = lines.map(&agrees).take_while(|line| *line != Some(false)).enumerate();
            known.filter(|(_, line)| *line == Some(true)).last().map_or(0, |(i, _)| i + 1)
        };
        let covered = self.covered();
        let before = more(&mut (0..covered.start).rev());
        let after = more(&mut (covered.end..self.blocks));
        let at = |block: usize| self.within.0 + block as f32 * self.block * self.within.1;
        let start = if before > 0 { at(covered.start - before) } else { self.span.0 };
        let end = match covered.end + after {
            _ if after == 0 => self.span.0 + self.span.1,
            // What is left behind the last whole block goes with it.
            last if last == self.blocks => self.within.0 + self.within.1,
            last => at(last),
        };
        (start, end - start)
    }
}

fn boxed(part: Part) -> [f32; 4] {
    [part.x, part.y, part.width, part.height]
}

/// Which side lacks picture; `None` where neither does, or it cannot be told.
fn less_picture(
    crop: Part,
    there: Part,
    placed: Part,
    here: Part,
    shown: &Shown<'_>,
) -> Option<LessPicture> {
    match (lacks(crop, there), lacks(placed, here)) {
        (true, false) => Some(LessPicture::Query),
        // More picture around it, or another one: an edge tells, where one was pasted onto the other.
        (false, true)
            if !shown.query.is_some_and(|query| has_edges(query, placed, shown.parts.0)) =>
        {
            Some(LessPicture::Reference)
        }
        _ => None,
    }
}

fn lacks(part: Part, whole: Part) -> bool {
    part.area() < (1.0 - LEAST_AREA) * whole.area()
}

/// Whether the picture breaks off along most of the sides of `placed` that lie within the frame.
fn has_edges(query: &Luma, placed: Part, here: Part) -> bool {
    let (w, h) = (query.width() as f32, query.height() as f32);
    let x = |share: f32| ((share - here.x) / here.width * w).round() as i64;
    let y = |share: f32| ((share - here.y) / here.height * h).round() as i64;
    let (left, right) = (x(placed.x), x(placed.x + placed.width));
    let (top, bottom) = (y(placed.y), y(placed.y + placed.height));
    let at = |x: i64, y: i64| {
        let inside = (0..w as i64).contains(&x) && (0..h as i64).contains(&y);
        inside.then(|| i32::from(query.at(x as usize, y as usize)))
    };
    let across = |x: i64| {
        (top + 1..bottom - 1)
            .filter_map(|y| Some((at(x - 2, y)? - at(x + 2, y)?).abs()))
            .sum::<i32>()
    };
    let down = |y: i64| {
        (left + 1..right - 1)
            .filter_map(|x| Some((at(x, y - 2)? - at(x, y + 2)?).abs()))
            .sum::<i32>()
    };
    // Against lines a little farther in, which the picture's own detail crosses.
    let mut sides = Vec::new();
    for (line, inward, length) in [(left, 1, w), (right, -1, w)] {
        if line > 3 && (line as f32) < length - 4.0 {
            sides.push((across(line), across(line + 6 * inward)));
        }
    }
    for (line, inward, length) in [(top, 1, h), (bottom, -1, h)] {
        if line > 3 && (line as f32) < length - 4.0 {
            sides.push((down(line), down(line + 6 * inward)));
        }
    }
    let breaks = sides.iter().filter(|(at, beside)| *at > 2 * beside.max(&1)).count();
    2 * breaks > sides.len()
}

/// How light and contrast differ, over the blocks that agree.
fn light(
    comparison: &Comparison,
    lay: &Lay,
    query: &Luma,
    reference: &Luma,
    params: &Params,
) -> Option<Light> {
    let (width, height) = (reference.width(), reference.height());
    let laid = laid(query, lay, width, height);
    let (mut count, mut sums, mut squares) = (0.0_f32, [0.0_f32; 2], [0.0_f32; 2]);
    for (i, correlation) in comparison.correlation.iter().enumerate() {
        if correlation.is_none_or(|c| c < params.block_correlation) {
            continue;
        }
        let (column, row) = (i % comparison.columns, i / comparison.columns);
        let pixel = |share: f32, side: usize| ((share * side as f32) as usize).min(side);
        let xs = pixel(column as f32 * comparison.block.0, width)
            ..pixel((column + 1) as f32 * comparison.block.0, width);
        let ys = pixel(row as f32 * comparison.block.1, height)
            ..pixel((row + 1) as f32 * comparison.block.1, height);
        for (x, y) in ys.flat_map(|y| xs.clone().map(move |x| (x, y))) {
            if laid.shows(x, y) {
                let values = [laid.luma.at(x, y), reference.at(x, y)].map(f32::from);
                count += 1.0;
                for side in 0..2 {
                    sums[side] += values[side];
                    squares[side] += values[side] * values[side];
                }
            }
        }
    }
    if count < 64.0 {
        return None;
    }
    let mean = sums.map(|sum| sum / count);
    let spread = [0, 1].map(|i| libm::sqrtf((squares[i] / count - mean[i] * mean[i]).max(1.0)));
    Some(Light { levels: mean[0] - mean[1], contrast: spread[0] / spread[1] }).filter(|light| {
        light.levels.abs() >= LEAST_LEVELS || !(0.8..=1.25).contains(&light.contrast)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::{pasted, scene};

    fn part(x: f32, y: f32, width: f32, height: f32) -> Part {
        Part { x, y, width, height }
    }

    #[test]
    fn a_darker_copy_is_darker_and_has_less_contrast() {
        let picture = scene(3);
        let dark = Luma::from_fn(128, 72, |x, y| picture.at(x, y) / 2);
        let seen = Comparison::of(&dark, &Lay::default(), &picture);
        let light = |query| light(&seen, &Lay::default(), query, &picture, &Params::default());
        let found = light(&dark).unwrap();
        assert!(found.levels < -30.0 && (found.contrast - 0.5).abs() < 0.05, "{found:?}");
        assert_eq!(light(&picture), None);
    }

    #[test]
    fn a_crop_is_widened_by_what_agrees_beyond_it() {
        let picture = scene(3);
        let whole = Comparison::of(&picture, &Lay::default(), &picture);
        let half = part(0.0, 0.0, 1.0, 0.5);
        assert_eq!(widened(half, &whole, Part::WHOLE, &Params::default()), Part::WHOLE);
        let covered = pasted(&picture, &scene(8), [0, 36, 128, 36]);
        let whole = Comparison::of(&covered, &Lay::default(), &picture);
        assert_eq!(widened(half, &whole, Part::WHOLE, &Params::default()), half);
    }

    #[test]
    fn edges_nearly_those_of_the_whole_are_put_there() {
        assert_eq!(snapped(part(0.005, 0.0, 0.99, 0.5), Part::WHOLE), part(0.0, 0.0, 1.0, 0.5));
        assert_eq!(snapped(part(0.1, 0.2, 0.5, 0.6), Part::WHOLE), part(0.1, 0.2, 0.5, 0.6));
    }

    #[test]
    fn a_banner_lies_over_a_picture_and_bars_beside_it() {
        let whole = Lay::default();
        assert!(overlaid(part(0.0, 0.0, 1.0, 0.8), &whole));
        assert!(!overlaid(part(0.0, 0.1, 1.0, 0.8), &whole));
        assert!(!overlaid(Part::WHOLE, &whole));
        // A strip beneath the picture, which ends above it.
        let above = Lay::default().of_parts(part(0.0, 0.0, 1.0, 0.8), Part::WHOLE);
        assert!(!overlaid(part(0.0, 0.0, 1.0, 0.8), &above));
    }

    #[test]
    fn the_side_that_lacks_picture_is_told_by_edges() {
        let (whole, inset) = (scene(3), part(0.25, 0.25, 0.5, 0.5));
        let side = |query: &Luma, crop, placed| {
            let shown = Shown {
                comparison: None,
                query: Some(query),
                whole: None,
                reference: None,
                parts: (Part::WHOLE, Part::WHOLE),
            };
            less_picture(crop, Part::WHOLE, placed, Part::WHOLE, &shown)
        };
        assert_eq!(side(&whole, inset, Part::WHOLE), Some(LessPicture::Query));
        // The reference is a part of the query: the picture goes on around it.
        let smooth = Luma::from_fn(128, 72, |x, y| (x + y) as u8);
        assert_eq!(side(&smooth, Part::WHOLE, inset), Some(LessPicture::Reference));
        // It was pasted onto another picture.
        let framed = pasted(
            &Luma::from_fn(128, 72, |_, _| 20),
            &Luma::from_fn(64, 36, |_, _| 200),
            [32, 18, 64, 36],
        );
        assert_eq!(side(&framed, Part::WHOLE, inset), None);
        assert_eq!(side(&whole, Part::WHOLE, Part::WHOLE), None);
    }
}
