//! Learns the 256 tests of local features: `cargo run --release --example learn_tests -- OUT FILE...`.
//!
//! Each picture is held against copies of it, turned, scaled, faded, made noisy and compressed again. Of 100,000 pairs
//! of points, those are taken one by one that tell corners apart (half of them answer yes, and unlike the tests taken
//! before), and answer the same for the copy of a corner.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use firstseen_fingerprint::local;
use firstseen_model::{Feature, Luma};
use image::codecs::jpeg::JpegEncoder;

/// Tests that are weighed against each other.
const CANDIDATES: usize = 100_000;

/// Features of each picture and of each copy: more than are kept of a picture, for variety.
const COUNT: usize = 600;

/// Pairs of corners that are learned from at most.
const PAIRS: usize = 16_384;

/// How much an answer that changes with the copy counts against one that says what other tests said, and against one
/// that nearly all corners give.
const UNSTABLE: f64 = 0.1;
const UNEVEN: f64 = 0.5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().ok_or("where to?")?;
    let mut random = Random(1);
    let points = disc();
    let mut pairs: Vec<[Vec<u8>; 2]> = Vec::new();
    for file in arguments {
        let picture = image::open(&file)?.into_luma8();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let Some(picture) = Luma::new(width, height, picture.into_raw()) else { continue };
        let picture = firstseen_fingerprint::shrink::to_fit(picture.view(), 640);
        let copies = if file.ends_with(".png") { 1 } else { 4 };
        let originals = local::upright_patches(picture.view(), COUNT, &points);
        for _ in 0..copies {
            let (copy, place) = copied(&picture, &mut random)?;
            let there = local::upright_patches(copy.view(), COUNT, &points);
            let scales = [
                f64::from(originals.0.width) / picture.width() as f64,
                f64::from(there.0.width) / copy.width() as f64,
            ];
            for (one, patch) in originals.0.points.iter().zip(&originals.1) {
                let nearest = there.0.points.iter().zip(&there.1).filter_map(|(other, patch)| {
                    place.off(one, other, scales).map(|off| (off, patch))
                });
                if let Some((_, other)) = nearest.min_by(|a, b| a.0.total_cmp(&b.0)) {
                    pairs.push([patch.clone(), other.clone()]);
                }
            }
        }
    }
    println!("{} pairs of corners, {} points", pairs.len(), points.len());
    for i in (1..pairs.len()).rev() {
        pairs.swap(i, random.below(i + 1));
    }
    pairs.truncate(PAIRS / 64 * 64);
    pairs.truncate(pairs.len() / 64 * 64);
    let columns: Vec<[Vec<u8>; 2]> = (0..points.len())
        .map(|point| [0, 1].map(|side| pairs.iter().map(|pair| pair[side][point]).collect()))
        .collect();
    let mut candidates: Vec<Candidate> = Vec::with_capacity(CANDIDATES);
    while candidates.len() < CANDIDATES {
        let test = [random.below(points.len()), random.below(points.len())];
        let [(ax, ay), (bx, by)] = test.map(|point| points[point]);
        // The smoothing makes closer points one.
        let apart = (i32::from(ax - bx)).pow(2) + i32::from(ay - by).pow(2);
        if apart >= 4 {
            candidates.push(Candidate::of(test, &columns));
        }
    }
    let chosen = choose(&candidates);
    let mean = |value: fn(&Candidate) -> f64| {
        chosen.iter().map(|&at| value(&candidates[at])).sum::<f64>() / chosen.len() as f64
    };
    println!("changed {:.3}, lean {:.3}", mean(|test| test.changed), mean(|test| test.lean.abs()));
    let table: Vec<u8> = chosen
        .iter()
        .flat_map(|&at| candidates[at].test)
        .flat_map(|point| [points[point].0.cast_unsigned(), points[point].1.cast_unsigned()])
        .collect();
    Ok(std::fs::write(out, table)?)
}

/// The points of a patch that stay in it however it is turned.
fn disc() -> Vec<(i8, i8)> {
    let radius = local::RADIUS as i8;
    let all = (-radius..=radius).flat_map(|y| (-radius..=radius).map(move |x| (x, y)));
    let within =
        |x: i8, y: i8| i32::from(x).pow(2) + i32::from(y).pow(2) <= i32::from(radius).pow(2);
    all.filter(|&(x, y)| within(x, y)).collect()
}

/// A test, and what it answers.
struct Candidate {
    test: [usize; 2],
    answers: Vec<u64>,
    /// Share of corners for whose copy the answer is another.
    changed: f64,
    /// Yes at 1, no at -1, on average.
    lean: f64,
}

impl Candidate {
    fn of(test: [usize; 2], columns: &[[Vec<u8>; 2]]) -> Self {
        let [answers, of_copies] = [0, 1].map(|side| -> Vec<u64> {
            let [a, b] = test.map(|point| columns[point][side].chunks_exact(64));
            let word = |(a, b): (&[u8], &[u8])| {
                a.iter().zip(b).rev().fold(0, |word, (a, b)| word << 1 | u64::from(a < b))
            };
            a.zip(b).map(word).collect()
        });
        let count = (64 * answers.len()) as f64;
        let yes: u32 = answers.iter().map(|word| word.count_ones()).sum();
        Self {
            test,
            changed: f64::from(differing(&answers, &of_copies)) / count,
            lean: 2.0 * f64::from(yes) / count - 1.0,
            answers,
        }
    }
}

fn differing(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

/// The tests to take, one by one the one that costs least.
///
/// The spread of distances between corners that have nothing to do with each other is the sum of squared correlations
/// of all pairs of tests, so that is what each costs.
fn choose(candidates: &[Candidate]) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    let mut likeness = vec![0.0; candidates.len()];
    while chosen.len() < 256 {
        let cost = |at: usize| {
            let candidate = &candidates[at];
            likeness[at] / chosen.len().max(1) as f64
                + UNSTABLE * candidate.changed
                + UNEVEN * candidate.lean * candidate.lean
        };
        let free = (0..candidates.len()).filter(|at| !chosen.contains(at));
        let best = free.min_by(|&a, &b| cost(a).total_cmp(&cost(b))).expect("more than are taken");
        let answers = &candidates[best].answers;
        for (likeness, candidate) in likeness.iter_mut().zip(candidates) {
            let differ = f64::from(differing(answers, &candidate.answers));
            let alike = 1.0 - 2.0 * differ / (64 * answers.len()) as f64;
            *likeness += alike * alike;
        }
        chosen.push(best);
    }
    chosen
}

/// Where a point of a picture lies in its copy.
struct Place {
    middle: [f64; 2],
    turn: f64,
    scale: f64,
}

impl Place {
    /// How far `other` of the copy is from where `one` of the picture should be, in pixels of its level; `None` where
    /// it is another corner, or seen at another size, or turned otherwise. A plane is its picture times its scale.
    fn off(&self, one: &Feature, other: &Feature, scales: [f64; 2]) -> Option<f64> {
        let size = |level: u8| (0..level).fold(1.0, |size, _| size * 1.2);
        let (sizes, turn) =
            ([size(one.level) / scales[0], size(other.level) / scales[1]], self.turn);
        let [(x, y), (to_x, to_y)] =
            [(one, scales[0]), (other, scales[1])].map(|(point, scale)| {
                (f64::from(point.x) / 64.0 / scale, f64::from(point.y) / 64.0 / scale)
            });
        let (x, y) = (x - self.middle[0], y - self.middle[1]);
        let (sin, cos) = (libm::sin(turn) * self.scale, libm::cos(turn) * self.scale);
        let off_x = x * cos - y * sin + self.middle[0] - to_x;
        let off_y = x * sin + y * cos + self.middle[1] - to_y;
        let off = libm::sqrt(off_x * off_x + off_y * off_y) / sizes[1];
        let larger = sizes[0] * self.scale / sizes[1];
        let turned =
            f64::from(other.angle.wrapping_sub(one.angle)) - turn * 128.0 / std::f64::consts::PI;
        let turned = (turned + 128.0).rem_euclid(256.0) - 128.0;
        (off <= 2.0 && (0.8..1.25).contains(&larger) && turned.abs() <= 16.0).then_some(off)
    }
}

/// A copy of a picture, edited at random.
fn copied(picture: &Luma, random: &mut Random) -> image::ImageResult<(Luma, Place)> {
    let (width, height) = (picture.width(), picture.height());
    let place = Place {
        middle: [width as f64 / 2.0, height as f64 / 2.0],
        turn: (random.share() - 0.5) * if random.share() < 0.5 { 0.1 } else { 1.6 },
        scale: 0.5 + 0.6 * random.share(),
    };
    let (gain, lift, noise) =
        (0.6 + 0.5 * random.share(), 30.0 * random.share(), 6.0 * random.share());
    let (sin, cos) = (libm::sin(place.turn) / place.scale, libm::cos(place.turn) / place.scale);
    // A smaller copy is a mean of more pixels.
    let grain = if place.scale < 0.75 { 3 } else { 2 };
    let mut bytes = Vec::with_capacity(width * height);
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let mut sum = 0.0;
        for (part_y, part_x) in (0..grain).flat_map(|y| (0..grain).map(move |x| (y, x))) {
            let part = |at: usize, part: usize| at as f64 + (part as f64 + 0.5) / grain as f64;
            let (x, y) = (part(x, part_x) - place.middle[0], part(y, part_y) - place.middle[1]);
            let from_x = x * cos + y * sin + place.middle[0] - 0.5;
            let from_y = y * cos - x * sin + place.middle[1] - 0.5;
            sum += blended(picture, from_x, from_y);
        }
        let pixel = sum / (grain * grain) as f64 * gain
            + lift
            + noise * (random.share() + random.share() - 1.0);
        bytes.push(pixel.round().clamp(0.0, 255.0) as u8);
    }
    let quality = 25 + random.below(60) as u8;
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality).encode(
        &bytes,
        width as u32,
        height as u32,
        image::ExtendedColorType::L8,
    )?;
    let bytes = image::load_from_memory(&file)?.into_luma8().into_raw();
    Ok((Luma::new(width, height, bytes).expect("as many as went in"), place))
}

/// The tone at a place between pixels; grey outside.
fn blended(picture: &Luma, x: f64, y: f64) -> f64 {
    let tone = |x: f64, y: f64| {
        let inside =
            x >= 0.0 && y >= 0.0 && x < picture.width() as f64 && y < picture.height() as f64;
        if inside { f64::from(picture.at(x as usize, y as usize)) } else { 127.0 }
    };
    let (left, top) = (x.floor(), y.floor());
    let (right, down) = (x - left, y - top);
    let row = |y: f64| tone(left, y) * (1.0 - right) + tone(left + 1.0, y) * right;
    row(top) * (1.0 - down) + row(top + 1.0) * down
}

/// Numbers that look random: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}
