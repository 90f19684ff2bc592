//! From pairs of like features to where one picture lies in another.
//!
//! A corner in a million looks like another by chance, so what counts is agreement: features of one copy agree in how
//! far they are turned and scaled ([`shortlist`]), and lie as one similarity says ([`place`]). Neither is proof: captions
//! and frames of posts agree as well as footage does. The judge decides, by what the aligned pictures show.

use std::collections::{BTreeMap, BTreeSet};

use firstseen_model::feature::SUBPIXELS;
use firstseen_model::{Feature, FeatureHit, Features, Part, View};

use crate::lay::Lay;

/// Greatest distance of two features held alike in any index, inclusive; far ones weigh little.
pub const RADIUS_BITS: u16 = 56;

/// Returns the distance up to which features are looked for among those of `samples`: chance neighbours grow with their
/// number, and some three hundred a feature are as many as are worth weighing. Two unrelated features in a million lie
/// within 36 bits, 7 within 40, 31 within 48, 44 within 50 and 120 within 56.
#[must_use]
pub fn radius_bits(samples: usize) -> u16 {
    match samples {
        0..=10_000 => RADIUS_BITS,
        10_001..=30_000 => 50,
        30_001..=100_000 => 46,
        _ => 42,
    }
}

/// Ratio of two levels of the pyramid.
const LEVEL: f64 = 1.2;

/// Turns that vote together, of which neighbours are counted in, in 1/256 of a turn.
const TURN_BIN: u8 = 16;

/// Levels by which two features may differ.
const MAX_LEVELS: i32 = 10;

/// Fewest features that place a picture.
pub const LEAST_INLIERS: u32 = 4;

/// Pairs that a placement is sought by, the nearest first.
const MAX_PAIRS: usize = 200;

/// A part of the query under one view, and the features of references that are like its own.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Where it lies in the frame.
    pub part: Part,
    /// How it was looked at: mirrored or as a negative, never turned.
    pub view: View,
    /// Its features under that view.
    pub features: &'a Features,
    /// Like features of references.
    pub hits: Vec<FeatureHit>,
}

/// A sample of a reference that may show what a part of the query shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listed {
    /// Which part of the query: its place in what was asked.
    pub asked: usize,
    /// Number of the reference's sample.
    pub sample: u64,
    /// Weight of the features that agree in turn and scale.
    pub weight: f32,
}

/// Returns for which samples of references the features vote, heaviest first.
///
/// A feature that many samples share weighs less, but none is left out: a picture that is in the index two hundred times
/// stays findable.
#[must_use]
pub fn shortlist(asked: &[Asked<'_>]) -> Vec<Listed> {
    let mut listed: Vec<Listed> =
        asked.iter().enumerate().flat_map(|(i, asked)| votes(i, asked)).collect();
    listed.sort_by(|a, b| {
        b.weight.total_cmp(&a.weight).then((a.sample, a.asked).cmp(&(b.sample, b.asked)))
    });
    listed
}

fn votes(number: usize, asked: &Asked<'_>) -> Vec<Listed> {
    let mut sharing = vec![0_u32; asked.features.points.len()];
    for hit in &asked.hits {
        sharing[hit.point as usize] += 1;
    }
    let mut of_sample: BTreeMap<u64, Vec<&FeatureHit>> = BTreeMap::new();
    for hit in &asked.hits {
        of_sample.entry(hit.sample).or_default().push(hit);
    }
    let weight = |hit: &FeatureHit| {
        nearness(hit.distance) / (1.0 + sharing[hit.point as usize].ilog2() as f32)
    };
    of_sample
        .into_iter()
        .filter(|(_, hits)| hits.len() >= LEAST_INLIERS as usize)
        .map(|(sample, hits)| {
            let mut bins: BTreeMap<(u8, i32), BTreeMap<u32, f32>> = BTreeMap::new();
            for hit in hits {
                let (turn, levels) = difference(&asked.features.points[hit.point as usize], hit);
                let bin = bins.entry((turn / TURN_BIN, levels)).or_default();
                let best = bin.entry(hit.point).or_default();
                *best = best.max(weight(hit));
            }
            let sums: BTreeMap<(u8, i32), f32> =
                bins.into_iter().map(|(bin, points)| (bin, points.values().sum())).collect();
            let best = sums.keys().map(|&(turn, levels)| {
                let around = (-1..=1).flat_map(|t| (-1..=1).map(move |l| (t, l)));
                around
                    .filter_map(|(t, l)| {
                        let turn = (i32::from(turn) + t).rem_euclid(256 / i32::from(TURN_BIN));
                        sums.get(&(turn as u8, levels + l))
                    })
                    .sum::<f32>()
            });
            Listed { asked: number, sample, weight: best.fold(0.0, f32::max) }
        })
        .collect()
}

/// 1 for the same bits, 0 beyond the radius; false neighbours grow fast with the distance.
fn nearness(distance: u16) -> f32 {
    let near = 1.0 - f32::from(distance.min(RADIUS_BITS)) / f32::from(RADIUS_BITS + 1);
    near * near
}

/// By how much the query's feature is turned against the reference's, in 1/256 of a turn, and how many levels finer the
/// reference was when the two were found alike.
fn difference(point: &Feature, hit: &FeatureHit) -> (u8, i32) {
    let levels = i32::from(point.level) - i32::from(hit.feature.level);
    (point.angle.wrapping_sub(hit.feature.angle), levels.clamp(-MAX_LEVELS, MAX_LEVELS))
}

/// Where a part of the query lies in a sample of a reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// How the whole query frame lies on the whole reference frame.
    pub lay: Lay,
    /// Features that lie so.
    pub inliers: u32,
    /// Cells of an 8 x 8 grid over the reference that hold one: features of a caption lie in few.
    pub cells: u32,
}

/// The plane of a reference that features were found on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    /// Which part of the frame it shows.
    pub part: Part,
    /// Its columns.
    pub width: u16,
    /// Its rows.
    pub height: u16,
}

/// Places a part of the query in one sample of a reference, or returns `None` where too few features agree.
#[must_use]
pub fn place(asked: &Asked<'_>, sample: u64, plane: Plane) -> Option<Placed> {
    let mut pairs: Vec<Pair> = asked
        .hits
        .iter()
        .filter(|hit| hit.sample == sample)
        .map(|hit| Pair::of(asked, hit))
        .collect();
    pairs.sort_by_key(|pair| (pair.distance, pair.point, pair.other));
    pairs.truncate(MAX_PAIRS);
    let seeds = cluster(&pairs)?;
    let mut best: (f32, Option<Similarity>) = (0.0, None);
    for (i, a) in seeds.iter().enumerate() {
        for b in &seeds[i + 1..] {
            let Some(tried) =
                Similarity::of(&[*a, *b]).filter(|tried| tried.suits(a) && tried.suits(b))
            else {
                continue;
            };
            let weight = weight(&pairs, |pair| tried.error(pair));
            if weight > best.0 {
                best = (weight, Some(tried));
            }
        }
    }
    let mut similarity = best.1?;
    let mut kept = inliers(&pairs, |pair| similarity.error(pair));
    for _ in 0..3 {
        similarity = Similarity::of(&kept)?;
        kept = inliers(&pairs, |pair| similarity.error(pair));
    }
    if kept.len() < LEAST_INLIERS as usize {
        return None;
    }
    let mut rows = similarity.rows();
    // A screen that was filmed and a picture that was stretched are no similarity; few points would bend to anything.
    // Each round reaches farther: a stretch puts what lies far off beyond the reach of the similarity.
    for _ in 0..AFFINE_ROUNDS {
        let Some(affine) = affine(&kept).filter(|_| kept.len() >= LEAST_AFFINE) else { break };
        let wider = inliers(&pairs, |pair| similarity.error_of(affine, pair));
        if !nearly_similar(affine) || wider.len() < kept.len() {
            break;
        }
        rows = affine;
        kept = wider;
    }
    let cells: BTreeSet<(u64, u64)> = kept
        .iter()
        .map(|pair| {
            let cell = |at: f64, side: u16| (at * 8.0 / f64::from(side.max(1))) as u64;
            (cell(pair.there.0, plane.width), cell(pair.there.1, plane.height))
        })
        .collect();
    Some(Placed {
        lay: lay(rows, asked, plane)?,
        inliers: kept.len() as u32,
        cells: cells.len() as u32,
    })
}

/// Rounds in which an affine map is fitted to what the one before reached.
const AFFINE_ROUNDS: usize = 6;

/// Inliers from which on the two sides may be stretched and sheared against each other.
const LEAST_AFFINE: usize = 10;

/// Whole frames out of planes of parts.
fn lay(rows: [[f64; 3]; 2], asked: &Asked<'_>, plane: Plane) -> Option<Lay> {
    let (w, h) = (f64::from(plane.width), f64::from(plane.height));
    let (qw, qh) = (f64::from(asked.features.width), f64::from(asked.features.height));
    let shares = |row: [f64; 3], side: f64| [row[0] * w / side, row[1] * h / side, row[2] / side];
    let (mut x, y) = (shares(rows[0], qw), shares(rows[1], qh));
    if asked.view.dihedral.mirrored {
        x = [-x[0], -x[1], 1.0 - x[2]];
    }
    Some(Lay::new([x, y], asked.view.negative)?.of_parts(asked.part, plane.part))
}

/// Two features that are alike: here in the query, there in the reference, in pixels of their planes.
#[derive(Clone, Copy, Debug)]
struct Pair {
    here: (f64, f64),
    there: (f64, f64),
    /// How large each is.
    sizes: (f64, f64),
    /// In 1/256 of a turn.
    turn: u8,
    distance: u16,
    point: u32,
    other: (u16, u16),
}

impl Pair {
    fn of(asked: &Asked<'_>, hit: &FeatureHit) -> Self {
        let point = &asked.features.points[hit.point as usize];
        let pixels = |feature: &Feature| {
            (
                f64::from(feature.x) / f64::from(SUBPIXELS),
                f64::from(feature.y) / f64::from(SUBPIXELS),
            )
        };
        let size = |feature: &Feature| SIZES[usize::from(feature.level).min(SIZES.len() - 1)];
        let (turn, _) = difference(point, hit);
        Self {
            here: pixels(point),
            there: pixels(&hit.feature),
            sizes: (size(point), size(&hit.feature)),
            turn,
            distance: hit.distance,
            point: hit.point,
            other: (hit.feature.x, hit.feature.y),
        }
    }
}

/// Size of a pixel of each level in pixels of the plane.
const SIZES: [f64; 16] = {
    let mut sizes = [1.0; 16];
    let mut i = 1;
    while i < 16 {
        sizes[i] = sizes[i - 1] * LEVEL;
        i += 1;
    }
    sizes
};

/// Most pairs of a cluster that similarities are made of, two by two.
const SEEDS: usize = 24;

/// The largest set of pairs that one of them explains: a single pair already says how far all is turned and scaled,
/// though not exactly.
fn cluster(pairs: &[Pair]) -> Option<Vec<Pair>> {
    let tried = pairs.iter().map(|pair| {
        let similarity = Similarity::by(pair);
        (weight(pairs, |other| similarity.loose_error(pair, other)), similarity, pair)
    });
    let (_, best, of) = tried.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let mut agree = inliers(pairs, |other| best.loose_error(of, other));
    agree.sort_by_key(|pair| (pair.distance, pair.point, pair.other));
    agree.truncate(SEEDS);
    Some(agree)
}

/// Weight of the pairs whose `error` is at most 1.
fn weight(pairs: &[Pair], error: impl Fn(&Pair) -> f64) -> f32 {
    pairs.iter().filter(|pair| error(pair) <= 1.0).map(|pair| nearness(pair.distance)).sum()
}

/// Those of the pairs whose `error` is at most 1, each feature once, the smallest errors first.
fn inliers(pairs: &[Pair], error: impl Fn(&Pair) -> f64) -> Vec<Pair> {
    let mut within: Vec<(f64, &Pair)> =
        pairs.iter().map(|pair| (error(pair), pair)).filter(|(error, _)| *error <= 1.0).collect();
    within.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.point.cmp(&b.1.point)));
    let (mut here, mut there) = (BTreeSet::new(), BTreeSet::new());
    // One corner is found on several levels: it is one witness.
    let cell = |at: (f64, f64)| ((at.0 / 2.0) as i64, (at.1 / 2.0) as i64);
    within
        .into_iter()
        .filter(|(_, pair)| here.insert(cell(pair.here)) && there.insert(cell(pair.there)))
        .map(|(_, pair)| *pair)
        .collect()
}

/// `x = a u - b v + c`, `y = b u + a v + d`, in pixels.
#[derive(Clone, Copy, Debug)]
struct Similarity {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
}

impl Similarity {
    /// What a single pair says.
    fn by(pair: &Pair) -> Self {
        let turn = f64::from(pair.turn) / 256.0 * std::f64::consts::TAU;
        let scale = pair.sizes.0 / pair.sizes.1;
        let (a, b) = (scale * libm::cos(turn), scale * libm::sin(turn));
        let (u, v) = pair.there;
        Self { a, b, c: pair.here.0 - a * u + b * v, d: pair.here.1 - b * u - a * v }
    }

    /// The one that fits best by least squares; `None` where all lie in one place.
    fn of(pairs: &[Pair]) -> Option<Self> {
        let n = pairs.len() as f64;
        let mean = |get: &dyn Fn(&Pair) -> f64| pairs.iter().map(get).sum::<f64>() / n;
        let (u, v) = (mean(&|p| p.there.0), mean(&|p| p.there.1));
        let (x, y) = (mean(&|p| p.here.0), mean(&|p| p.here.1));
        let (mut straight, mut across, mut spread) = (0.0, 0.0, 0.0);
        for pair in pairs {
            let (du, dv) = (pair.there.0 - u, pair.there.1 - v);
            let (dx, dy) = (pair.here.0 - x, pair.here.1 - y);
            straight += du * dx + dv * dy;
            across += du * dy - dv * dx;
            spread += du * du + dv * dv;
        }
        if spread < 1.0 {
            return None;
        }
        let (a, b) = (straight / spread, across / spread);
        Some(Self { a, b, c: x - a * u + b * v, d: y - b * u - a * v })
    }

    fn rows(&self) -> [[f64; 3]; 2] {
        [[self.a, -self.b, self.c], [self.b, self.a, self.d]]
    }

    fn scale(&self) -> f64 {
        libm::sqrt(self.a * self.a + self.b * self.b)
    }

    /// Whether a pair is turned and scaled about as this says: within an eighth of a turn and two levels.
    fn suits(&self, pair: &Pair) -> bool {
        let ratio = self.scale() / (pair.sizes.0 / pair.sizes.1);
        let turn = f64::from(pair.turn) / 256.0 * std::f64::consts::TAU;
        let along = (self.a * libm::cos(turn) + self.b * libm::sin(turn)) / self.scale().max(1e-9);
        (1.0 / 1.5..=1.5).contains(&ratio) && along >= LEAST_ALONG
    }

    /// In parts of what is allowed: features are placed to about a pixel and a half of their level, on both sides.
    fn error(&self, pair: &Pair) -> f64 {
        if self.suits(pair) { self.error_of(self.rows(), pair) } else { f64::MAX }
    }

    /// As [`Similarity::error`], of an affine map near to this similarity.
    fn error_of(&self, rows: [[f64; 3]; 2], pair: &Pair) -> f64 {
        apart(rows, pair) / (1.5 * pair.sizes.0 + 1.5 * pair.sizes.1 * self.scale())
    }

    /// As [`Similarity::error`], where this was made of `seed` alone and is wrong by the more the farther off.
    fn loose_error(&self, seed: &Pair, pair: &Pair) -> f64 {
        if !self.suits(pair) {
            return f64::MAX;
        }
        let (dx, dy) = (pair.here.0 - seed.here.0, pair.here.1 - seed.here.1);
        let far = libm::sqrt(dx * dx + dy * dy);
        apart(self.rows(), pair)
            / (3.0 * pair.sizes.0 + 3.0 * pair.sizes.1 * self.scale() + 0.15 * far)
    }
}

/// Cosine of the greatest angle by which a pair may be turned otherwise: an eighth of a turn.
const LEAST_ALONG: f64 = 0.8;

fn apart(rows: [[f64; 3]; 2], pair: &Pair) -> f64 {
    let (u, v) = pair.there;
    let of = |row: [f64; 3]| row[0] * u + row[1] * v + row[2];
    let (dx, dy) = (of(rows[0]) - pair.here.0, of(rows[1]) - pair.here.1);
    libm::sqrt(dx * dx + dy * dy)
}

/// The affine map that fits best by least squares.
fn affine(pairs: &[Pair]) -> Option<[[f64; 3]; 2]> {
    let n = pairs.len() as f64;
    let mean = |get: &dyn Fn(&Pair) -> f64| pairs.iter().map(get).sum::<f64>() / n;
    let (u, v) = (mean(&|p| p.there.0), mean(&|p| p.there.1));
    let (x, y) = (mean(&|p| p.here.0), mean(&|p| p.here.1));
    let sum = |get: &dyn Fn(f64, f64, f64, f64) -> f64| {
        pairs
            .iter()
            .map(|p| get(p.there.0 - u, p.there.1 - v, p.here.0 - x, p.here.1 - y))
            .sum::<f64>()
    };
    let (uu, uv, vv) =
        (sum(&|u, _, _, _| u * u), sum(&|u, v, _, _| u * v), sum(&|_, v, _, _| v * v));
    let det = uu * vv - uv * uv;
    // Points on a line say nothing of what lies beside it.
    if det < 0.0125 * (uu + vv) * (uu + vv) {
        return None;
    }
    let row = |along: f64, across: f64, here: f64| {
        let (a, b) = ((along * vv - across * uv) / det, (across * uu - along * uv) / det);
        [a, b, here - a * u - b * v]
    };
    Some([
        row(sum(&|u, _, x, _| u * x), sum(&|_, v, x, _| v * x), x),
        row(sum(&|u, _, _, y| u * y), sum(&|_, v, _, y| v * y), y),
    ])
}

/// Whether an affine map stretches by no more than a screen filmed from the side does.
fn nearly_similar([[a, b, _], [c, d, _]]: [[f64; 3]; 2]) -> bool {
    let (across, down) = (libm::sqrt(a * a + c * c), libm::sqrt(b * b + d * d));
    let lean = (a * b + c * d).abs() / (across * down).max(1e-9);
    (0.6..=1.7).contains(&(across / down.max(1e-9))) && lean < 0.3 && a * d - b * c > 0.0
}

#[cfg(test)]
mod tests;
