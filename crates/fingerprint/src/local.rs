//! Local features: corners of a plane at ten sizes, each with 256 tests of its surroundings turned upright.
//!
//! They find a picture again that was cropped, turned, scaled, framed, or covered in part, where a code of the whole
//! picture is lost. Whole numbers throughout, so the same bits on every processor.
//!
//! # Source
//!
//! E. Rublee, V. Rabaud, K. Konolige, G. Bradski, "ORB: an efficient alternative to SIFT or SURF", 2011, with tests
//! learned on pictures of our own (`tables/README.md`), and corners spread over the picture.

mod corners;
mod lists;
mod pyramid;
mod steer;

use std::cmp::Reverse;

use firstseen_model::{Feature, Features, Luma, LumaView, View, feature::SUBPIXELS};

use crate::shrink;
use corners::Corner;
pub use lists::{LISTS, list_of, lists_near};
use steer::Patch;
/// Pixels of a level from a corner to the edge of what its descriptor looks at.
pub const RADIUS: usize = steer::RADIUS;

/// Version of what [`features`] gives.
pub const VERSION: u16 = 0;

/// Long side of the plane on which corners are looked for, in pixels.
pub const LONG_SIDE: usize = 480;

/// Features of a picture, as a rule.
pub const COUNT: usize = 250;

/// A picture whose long side is shorter is enlarged by no more than this.
const ENLARGED: usize = 2;

/// Columns and rows of the grid over which corners are spread, at most; less where fewer corners are wanted.
const GRID: usize = 8;

/// Corners wanted of a cell of the grid, at least.
const PER_CELL: usize = 2;

/// A cell's quota, in halves of what it would give if all gave as many.
const QUOTA_HALVES: usize = 3;

/// Levels by which a ring must differ from its middle, at least.
const MIN_CONTRAST: u8 = 5;

/// Pixels of a level from a corner to the edge, at least: a patch, and no pixel that is there by repetition alone.
const MARGIN: usize = RADIUS + 1;

/// For each corner wanted of a level, how many are weighed against each other: those of the greatest contrast.
const WEIGHED: usize = 2;

/// Returns the features of `picture` for each of `views`, in their order: what [`features`] of the picture mirrored,
/// or with dark and light changed, would give, but for roundings.
///
/// At most `count` each; fewer where the picture has little detail, none where it is too small.
///
/// # Panics
///
/// Where a view is turned: features turn with the picture, so there is nothing to look for.
#[must_use]
pub fn features(picture: LumaView<'_>, count: usize, views: &[View]) -> Vec<Features> {
    assert!(views.iter().all(|view| view.dihedral.quarter_turns == 0), "features are not turned");
    let plane = plane(picture);
    let (width, height) = (plane.width() as u16, plane.height() as u16);
    let mut all: Vec<Features> =
        views.iter().map(|_| Features { width, height, points: Vec::new() }).collect();
    each(plane, count, |place, level, patch, smooth| {
        for (view, features) in views.iter().zip(&mut all) {
            features.points.push(feature(place, level, width, (patch, smooth), *view));
        }
    });
    all
}

/// Returns the features of `picture` and, for each, the smoothed pixels of its patch turned upright at `points`, given
/// as columns and rows from the middle: what tests are learned from.
#[must_use]
pub fn upright_patches(
    picture: LumaView<'_>,
    count: usize,
    points: &[(i8, i8)],
) -> (Features, Vec<Vec<u8>>) {
    let plane = plane(picture);
    let (width, height) = (plane.width() as u16, plane.height() as u16);
    let mut features = Features { width, height, points: Vec::new() };
    let mut patches = Vec::new();
    each(plane, count, |place, level, patch, smooth| {
        let feature = feature(place, level, width, (patch, smooth), View::default());
        patches.push(points.iter().map(|&point| smooth.upright(point, feature.angle)).collect());
        features.points.push(feature);
    });
    (features, patches)
}

/// The picture at the size at which corners are looked for.
fn plane(picture: LumaView<'_>) -> Luma {
    let long = picture.width().max(picture.height());
    if long >= LONG_SIDE {
        return shrink::to_fit(picture, LONG_SIDE);
    }
    let to = LONG_SIDE.min(ENLARGED * long);
    let fitted = |side: usize| ((2 * side * to + long) / (2 * long)).max(1);
    pyramid::resized(picture, fitted(picture.width()), fitted(picture.height()))
}

/// Hands on the place of each corner, in [`SUBPIXELS`], its level, its patch, and that patch smoothed.
fn each(plane: Luma, count: usize, mut take: impl FnMut((u16, u16), u8, &Patch, &Patch)) {
    let sides = (plane.width(), plane.height());
    let levels = pyramid::levels(plane, 2 * MARGIN + 1);
    let mut left = count;
    // Coarse ones first: what they cannot use goes to the finer ones.
    for (number, level) in levels.iter().enumerate().rev() {
        let wanted = left * share(number) / (0..=number).map(share).sum::<usize>();
        let corners = chosen(level, wanted);
        if corners.is_empty() {
            continue;
        }
        left -= corners.len();
        let smooth = pyramid::smoothed(level);
        for corner in corners {
            let place = (
                placed(corner.x, corner.dx, sides.0, level.width()),
                placed(corner.y, corner.dy, sides.1, level.height()),
            );
            let [patch, smooth] =
                [level, &smooth].map(|level| Patch::of(level, corner.x.into(), corner.y.into()));
            take(place, number as u8, &patch, &smooth);
        }
    }
}

/// A level's share of the corners, to be held against those of the others: its sides.
fn share(level: usize) -> usize {
    const SHARES: [usize; pyramid::LEVELS] = [516, 430, 358, 299, 249, 207, 173, 144, 120, 100];
    SHARES[level]
}

/// Where a corner at `at` of `side` pixels of a level lies on the plane, in [`SUBPIXELS`].
fn placed(at: u16, parts: i8, of_plane: usize, side: usize) -> u16 {
    // In halves of a part, from the edge to the middle of the pixel.
    let from_edge = (2 * usize::from(at) + 1) * corners::PARTS as usize;
    let from_edge =
        from_edge.saturating_add_signed(2 * isize::from(parts)) * usize::from(SUBPIXELS);
    let whole = 2 * corners::PARTS as usize * side;
    ((from_edge * of_plane + whole / 2) / whole) as u16
}

/// At most `wanted` corners of a level, the firm ones first, spread over a grid.
///
/// Text must not eat all: a cell gives at most its quota, unless the other cells do not have as many as are wanted.
fn chosen(level: &Luma, wanted: usize) -> Vec<Corner> {
    let (width, height) = (level.width(), level.height());
    let side = (wanted / PER_CELL).isqrt().clamp(1, GRID);
    let cells = |at: u16, of: usize| usize::from(at) * side / of;
    let of_cells = |times: usize| (times * wanted).div_ceil(side * side);
    let (quota, weighed) = (of_cells(QUOTA_HALVES).div_ceil(2), of_cells(WEIGHED));
    let mut of_cell = vec![Vec::new(); side * side];
    for corner in corners::corners(level, MARGIN, MIN_CONTRAST) {
        of_cell[cells(corner.y, height) * side + cells(corner.x, width)].push(corner);
    }
    let mut ranked = Vec::with_capacity(WEIGHED * wanted);
    for mut corners in of_cell {
        if corners.len() > weighed {
            corners.select_nth_unstable_by_key(weighed, |corner| {
                (Reverse(corner.contrast), corner.y, corner.x)
            });
            corners.truncate(weighed);
        }
        let mut corners: Vec<(Reverse<u32>, Corner)> = corners
            .into_iter()
            .map(|corner| (Reverse(corners::firmness(level, corner)), corner))
            .collect();
        corners.sort_unstable_by_key(|&(firmness, corner)| (firmness, corner.y, corner.x));
        ranked.extend(
            corners
                .into_iter()
                .enumerate()
                .map(|(rank, (firmness, corner))| (rank >= quota, firmness, corner)),
        );
    }
    ranked.sort_unstable_by_key(|&(spare, firmness, corner)| (spare, firmness, corner.y, corner.x));
    ranked.into_iter().map(|(_, _, corner)| corner).take(wanted).collect()
}

/// The feature of a corner as `view` shows it.
fn feature(
    (x, y): (u16, u16),
    level: u8,
    width: u16,
    (patch, smooth): (&Patch, &Patch),
    view: View,
) -> Feature {
    let (mut patch, mut smooth) = (patch.clone(), smooth.clone());
    let mut x = x;
    if view.dihedral.mirrored {
        x = width * SUBPIXELS - x;
        patch.mirror();
        smooth.mirror();
    }
    if view.negative {
        patch.negate();
        smooth.negate();
    }
    let angle = patch.angle();
    Feature { x, y, level, angle, descriptor: smooth.describe(angle) }
}

#[cfg(test)]
mod tests;
