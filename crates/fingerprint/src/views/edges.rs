//! Straight edges, and the rectangles that they enclose: insets, tiles of collages, windows.
//!
//! Along the border of a picture laid over another, nearly every pixel differs from the one beyond, and more than pixels
//! nearby do; along a line anywhere else few are so. So it is counted how many do, not by how much.

use firstseen_model::LumaView;

use super::Proposal;
use super::bounds::Bounds;

/// Least difference of neighbours at an edge.
const STEP: u8 = 6;

/// What a hit counts, and one that is a pixel beside the line.
const HIT: u8 = 2;
const BESIDE: u8 = 1;

/// Lines kept of each direction.
const LINES: usize = 48;

/// Where 20 is a point of a line that counts 1: what a point must count for the line to go on.
const EVEN: i32 = 26;

/// A stretch of a line, and the hits that it has somewhere on every line worth following.
const STRETCH: usize = 32;
const STRETCH_HITS: u16 = 44;

/// By how much a line must have lost to have ended: some thirty misses in a row.
const ENDED: i32 = 780;

/// Rectangles scored at most.
const RECTANGLES: usize = 5_000;

/// Straightness of a side, in hundredths, that a line anywhere easily has.
const CHANCE: usize = 60;

/// What a side on a rim of the plane counts as beyond chance: tiles reach the rims, pieces of them hardly.
const RIM: usize = 15;

/// Least straightness of a side, and of the worst quarter of one, in hundredths.
const LEAST_SIDE: usize = 60;
const LEAST_QUARTER: usize = 28;

/// Least mean straightness, in hundredths, of 1, 2, 3 or 4 sides: fewer must be surer.
const LEAST_MEAN: [usize; 4] = [78, 76, 75, 74];

/// Straightness, in hundredths, of a seam between two pictures.
const SEAM: usize = 78;
const SEAM_QUARTER: usize = 55;

/// The straight edges of a small plane.
pub(super) struct Edges {
    width: usize,
    height: usize,
    /// For each column edge, sums of hits down to each row: `columns[x * (height + 1) + y]`.
    columns: Vec<u16>,
    /// For each row edge, sums of hits up to each column: `rows[y * (width + 1) + x]`.
    rows: Vec<u16>,
}

/// How straight the sides of a box are that are not rims of the plane.
pub(super) struct Straightness {
    /// How many there are.
    pub(super) sides: usize,
    /// Their mean in hundredths.
    pub(super) mean: usize,
    least: usize,
    least_quarter: usize,
    /// By how much they are straighter than chance, in hundredths of pixels.
    pub(super) evidence: usize,
}

/// A straight edge: column (or row) `at`, from row (or column) `from` to `to`.
#[derive(Clone, Copy)]
struct Line {
    at: usize,
    from: usize,
    to: usize,
    score: i32,
}

impl Edges {
    pub(super) fn of(plane: LumaView<'_>) -> Self {
        let (width, height) = (plane.width(), plane.height());
        let turned: Vec<u8> =
            (0..width * height).map(|i| plane.row(i % height)[i / height]).collect();
        let upright: Vec<u8> = plane.rows().flatten().copied().collect();
        Self { width, height, columns: sums(&turned, height), rows: sums(&upright, width) }
    }

    /// Whether a picture of its own may be as small as `bounds`.
    pub(super) fn large_enough(&self, bounds: Bounds) -> bool {
        let long = self.width.max(self.height);
        let side = bounds.width().min(bounds.height());
        side * 9 >= long && side >= 12 && bounds.area() * 32 >= self.width * self.height
    }

    /// Hits of column edge `x` over rows `from..to`.
    fn column_hits(&self, x: usize, from: usize, to: usize) -> usize {
        let sums = &self.columns[x * (self.height + 1)..];
        usize::from(sums[to] - sums[from])
    }

    fn row_hits(&self, y: usize, from: usize, to: usize) -> usize {
        let sums = &self.rows[y * (self.width + 1)..];
        usize::from(sums[to] - sums[from])
    }

    pub(super) fn straightness(&self, bounds: Bounds) -> Straightness {
        let mut all =
            Straightness { sides: 0, mean: 0, least: 100, least_quarter: 100, evidence: 0 };
        let columns = [bounds.left, bounds.right].map(|x| {
            (0 < x && x < self.width)
                .then(|| side(bounds.top, bounds.bottom, |from, to| self.column_hits(x, from, to)))
        });
        let rows = [bounds.top, bounds.bottom].map(|y| {
            (0 < y && y < self.height)
                .then(|| side(bounds.left, bounds.right, |from, to| self.row_hits(y, from, to)))
        });
        for (sides, length) in [(columns, bounds.height()), (rows, bounds.width())] {
            for side in sides {
                let Some((whole, quarter)) = side else {
                    all.evidence += length * RIM;
                    continue;
                };
                all.sides += 1;
                all.mean += whole;
                all.least = all.least.min(whole);
                all.least_quarter = all.least_quarter.min(quarter);
                all.evidence += length * whole.saturating_sub(CHANCE);
            }
        }
        all.mean /= all.sides.max(1);
        all
    }

    /// Whether a seam runs through `bounds`, so that it holds more than one picture.
    fn has_seam(&self, bounds: Bounds, columns: &[Line], rows: &[Line]) -> bool {
        let within = |at: usize, from: usize, to: usize| {
            let margin = ((to - from) / 8).max(4);
            (from + margin..to.saturating_sub(margin)).contains(&at)
        };
        let is_seam = |(whole, quarter)| whole >= SEAM && quarter >= SEAM_QUARTER;
        columns.iter().map(|line| line.at).filter(|&x| within(x, bounds.left, bounds.right)).any(
            |x| is_seam(side(bounds.top, bounds.bottom, |from, to| self.column_hits(x, from, to))),
        ) || rows.iter().map(|line| line.at).filter(|&y| within(y, bounds.top, bounds.bottom)).any(
            |y| is_seam(side(bounds.left, bounds.right, |from, to| self.row_hits(y, from, to))),
        )
    }

    /// Returns rectangles that straight edges and the rims of the plane enclose.
    pub(super) fn propose(&self) -> Vec<Proposal> {
        let columns = lines(&self.columns, self.width, self.height);
        let rows = lines(&self.rows, self.height, self.width);
        let mut proposals = Vec::new();
        let mut scored = 0;
        let mut tops = Vec::new();
        for (i, a) in columns.iter().enumerate() {
            for b in &columns[i + 1..] {
                let (left, right) = if a.at < b.at { (a, b) } else { (b, a) };
                if right.at - left.at < 12 || left.to.min(right.to) < left.from.max(right.from) + 12
                {
                    continue;
                }
                // A line ends where a few misses come together, and that may be well off the corners.
                let from = left.from.max(right.from);
                let to = left.to.min(right.to);
                let slack = self.height / 24 + (to - from) / 2;
                let (from, to) = (from.saturating_sub(slack), to + slack);
                tops.clear();
                tops.extend(rows.iter().map(|row| row.at).filter(|&y| {
                    (from..=to).contains(&y)
                        && (y == 0
                            || y == self.height
                            || self.row_hits(y, left.at, right.at) * 100
                                >= (right.at - left.at) * usize::from(HIT) * LEAST_SIDE)
                }));
                tops.sort_unstable();
                for (j, &top) in tops.iter().enumerate() {
                    for &bottom in &tops[j + 1..] {
                        let bounds = Bounds { left: left.at, top, right: right.at, bottom };
                        if !self.large_enough(bounds) {
                            continue;
                        }
                        scored += 1;
                        if scored > RECTANGLES {
                            return proposals;
                        }
                        let straight = self.straightness(bounds);
                        if straight.sides > 0
                            && straight.mean >= LEAST_MEAN[straight.sides - 1]
                            && straight.least >= LEAST_SIDE
                            && straight.least_quarter >= LEAST_QUARTER
                        {
                            let composed = self.has_seam(bounds, &columns, &rows);
                            let score = straight.evidence / if composed { 4 } else { 1 };
                            proposals.push(Proposal { bounds, score });
                        }
                    }
                }
            }
        }
        proposals
    }
}

/// Straightness of the side from `from` to `to`, and of its worst quarter, in hundredths.
fn side(from: usize, to: usize, hits: impl Fn(usize, usize) -> usize) -> (usize, usize) {
    let share =
        |from: usize, to: usize| 100 * hits(from, to) / (usize::from(HIT) * (to - from)).max(1);
    let length = to - from;
    let quarters = (0..4).map(|i| share(from + i * length / 4, from + (i + 1) * length / 4));
    (share(from, to), quarters.min().unwrap_or(0))
}

/// For each edge between rows of `length`, running sums of hits along it.
fn sums(bytes: &[u8], length: usize) -> Vec<u16> {
    let rows = bytes.len() / length;
    let row = |y: usize| &bytes[y * length..][..length];
    // Differences of each row from the one before; none before the first and after the last.
    let mut differences = vec![0u8; (rows + 1) * length];
    for y in 1..rows {
        let out = &mut differences[y * length..][..length];
        for ((out, &a), &b) in out.iter_mut().zip(row(y - 1)).zip(row(y)) {
            *out = a.abs_diff(b);
        }
    }
    let difference = |y: usize| &differences[y * length..][..length];
    let mut hits = vec![0u8; (rows + 1) * length];
    for y in 1..rows {
        let near = [y - 1, y + 1].map(difference);
        let out = &mut hits[y * length..][..length];
        for (x, (out, &at)) in out.iter_mut().zip(difference(y)).enumerate() {
            let greatest = near[0][x].max(near[1][x]);
            *out = u8::from(at >= STEP && at >= greatest);
        }
    }
    let hit = |y: usize| &hits[y * length..][..length];
    let mut sums = vec![0u16; (rows + 1) * (length + 1)];
    for y in 1..rows {
        let (above, at, below) = (hit(y - 1), hit(y), hit(y + 1));
        let out = &mut sums[y * (length + 1)..][..length + 1];
        let mut sum = 0;
        for x in 0..length {
            sum += u16::from((HIT * at[x]).max(BESIDE * above[x]).max(BESIDE * below[x]));
            out[x + 1] = sum;
        }
    }
    sums
}

/// The straightest lines among `count` - 1 edges of `length`, whose running sums are `sums`, and the two rims.
fn lines(sums: &[u16], count: usize, length: usize) -> Vec<Line> {
    let mut found: Vec<Line> = Vec::new();
    let least = (length / 9).max(12);
    for at in 1..count {
        let sums = &sums[at * (length + 1)..][..length + 1];
        // Few lines have even a short stretch that is straight.
        let straight = |i: usize| sums[i + STRETCH] - sums[i] >= STRETCH_HITS;
        if length >= STRETCH && !(0..=length - STRETCH).step_by(STRETCH / 2).any(straight) {
            continue;
        }
        segments(sums, least, at, &mut found);
    }
    found.sort_by_key(|line| (std::cmp::Reverse(line.score), line.at, line.from));
    let mut kept: Vec<Line> = vec![
        Line { at: 0, from: 0, to: length, score: 0 },
        Line { at: count, from: 0, to: length, score: 0 },
    ];
    for line in found {
        let beside = |other: &Line| {
            other.at.abs_diff(line.at) <= 2 && {
                let shared = other.to.min(line.to).saturating_sub(other.from.max(line.from));
                2 * shared >= line.to - line.from
            }
        };
        if !kept[2..].iter().any(beside) {
            kept.push(line);
            if kept.len() == LINES + 2 {
                break;
            }
        }
    }
    kept
}

/// Adds the stretches of a line where hits outweigh misses.
fn segments(sums: &[u16], least: usize, at: usize, found: &mut Vec<Line>) {
    let (mut gain, mut best, mut from, mut to) = (0i32, 0i32, 0, 0);
    let mut keep = |from: usize, to: usize, score: i32| {
        if to >= from + least {
            found.push(Line { at, from, to, score });
        }
    };
    for i in 1..sums.len() {
        gain += 20 * i32::from(sums[i] - sums[i - 1]) - EVEN;
        if gain > best {
            (best, to) = (gain, i);
        }
        if gain <= 0 || best - gain > ENDED {
            keep(from, to, best);
            (gain, best, from, to) = (0, 0, i, i);
        }
    }
    keep(from, to, best);
}
