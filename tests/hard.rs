//! Pictures that resemble one another and show nothing of one another: none may be held to be the same footage.

use std::fs;
use std::time::{Duration, Instant};

use firstseen_media::{Rgb, decode_jpeg};
use serde_json::Value;

use crate::made::picture;
use crate::program::{Desk, TOP, file};

/// Longest that a picture may take on average, in a build without optimisation on a busy machine.
const PATIENCE: Duration = Duration::from_secs(2);

/// Photos that nothing made here shows anything of.
const PHOTOS: [&str; 4] = [
    "archive/bear-on-guard.jpg",
    "archive/dinosaur.jpg",
    "incoming/blueberries.jpg",
    "pdq/larch-600x400.png",
];

/// Xorshift, Marsaglia 2003.
struct Chance(u64);

impl Chance {
    fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as usize % end
    }

    fn level(&mut self) -> u8 {
        self.below(256) as u8
    }

    fn colour(&mut self) -> [u8; 3] {
        [self.level(), self.level(), self.level()]
    }
}

/// Fills a box, cut where the picture ends.
fn fill(picture: &mut Rgb, (x, y): (usize, usize), (width, height): (usize, usize), ink: [u8; 3]) {
    for y in y..(y + height).min(picture.height()) {
        for x in x..(x + width).min(picture.width()) {
            picture.put(x, y, ink);
        }
    }
}

fn disc(picture: &mut Rgb, (x, y): (usize, usize), radius: usize, ink: [u8; 3]) {
    for (dy, dx) in (0..=2 * radius).flat_map(|dy| (0..=2 * radius).map(move |dx| (dy, dx))) {
        let inside = dx.abs_diff(radius).pow(2) + dy.abs_diff(radius).pow(2) <= radius.pow(2);
        let (x, y) = ((x + dx).wrapping_sub(radius), (y + dy).wrapping_sub(radius));
        if inside && x < picture.width() && y < picture.height() {
            picture.put(x, y, ink);
        }
    }
}

/// Each pixel as light as `of` says of its place, as a share in 256ths.
fn lit(picture: &Rgb, of: impl Fn(usize, usize) -> usize) -> Rgb {
    Rgb::from_fn(picture.width(), picture.height(), |x, y| {
        let light = of(x, y);
        picture.at(x, y).map(|level| (usize::from(level) * light / 256).min(255) as u8)
    })
}

/// A wall of bricks of that height, each of a tone of its own, under light from one side.
fn brick_wall(high: usize, seed: u64) -> Rgb {
    let mut chance = Chance::of(seed);
    let mut wall = Rgb::plain(480, 360, [150, 145, 138]);
    let (wide, joint) = (high * 5 / 2, (high / 8).max(2));
    for row in 0..=360 / high {
        for column in 0..=480 / wide + 1 {
            let left = (column * wide).saturating_sub(row % 2 * wide / 2);
            let tone = 180 + chance.below(76);
            let ink = [170, 95, 70].map(|level| (level * tone / 256) as u8);
            fill(&mut wall, (left, row * high), (wide - joint, high - joint), ink);
        }
    }
    let (from, along) = (150 + chance.below(100), chance.below(480));
    lit(&wall, |x, y| from + (x * along + y * (480 - along)) / 2000)
}

fn chessboard(side: usize) -> Rgb {
    Rgb::from_fn(480, 480, |x, y| {
        if (x / side + y / side).is_multiple_of(2) { [238, 228, 205] } else { [92, 62, 40] }
    })
}

/// Heads in rows, none in the same colours.
fn crowd(radius: usize, seed: u64) -> Rgb {
    let mut chance = Chance::of(seed);
    let mut crowd = Rgb::plain(480, 360, [60, 62, 70]);
    for (row, y) in (0..400).step_by(radius * 2).enumerate() {
        for x in (0..500).step_by(radius * 2) {
            let at = (
                x + row % 2 * radius + chance.below(radius / 2 + 1),
                y + chance.below(radius / 2 + 1),
            );
            disc(&mut crowd, at, radius * 4 / 5, chance.colour());
            disc(&mut crowd, at, radius / 2, [225, 185, 160]);
        }
    }
    crowd
}

/// Words of boxes, as letters are from afar, in lines.
fn write(
    picture: &mut Rgb,
    (x, y): (usize, usize),
    (width, lines): (usize, usize),
    high: usize,
    ink: [u8; 3],
    chance: &mut Chance,
) {
    for line in 0..lines {
        let mut at = x;
        while at + high < x + width {
            let top = y + line * high * 2;
            // A stem, and one of three bars: letters enough to tell words apart.
            fill(picture, (at, top), ((high / 4).max(1), high), ink);
            let bar = top + chance.below(3) * (high - high / 4) / 2;
            fill(
                picture,
                (at, bar),
                (high / 2 + chance.below(high / 2 + 1), (high / 4).max(1)),
                ink,
            );
            at += high + usize::from(chance.below(5) == 0) * high;
        }
    }
}

fn text_page(high: usize, seed: u64) -> Rgb {
    let mut page = Rgb::plain(480, 480, [250; 3]);
    write(&mut page, (30, 30), (420, 420 / high / 2), high, [20; 3], &mut Chance::of(seed));
    page
}

/// A program's window: panels, rows of text with a button each, and other words in each picture.
fn screen(seed: u64) -> Rgb {
    let mut chance = Chance::of(seed);
    let mut screen = Rgb::plain(480, 320, [246; 3]);
    fill(&mut screen, (0, 0), (480, 28), [40, 44, 60]);
    write(&mut screen, (10, 9), (160, 1), 10, [230; 3], &mut chance);
    fill(&mut screen, (0, 28), (110, 292), [225, 228, 235]);
    write(&mut screen, (12, 44), (86, 12), 8, [60, 64, 80], &mut chance);
    for row in 0..6 {
        let top = 44 + row * 44;
        fill(&mut screen, (122, top), (346, 36), [255; 3]);
        write(&mut screen, (132, top + 8), (230, 1), 9, [30; 3], &mut chance);
        write(&mut screen, (132, top + 24), (180, 1), 6, [140; 3], &mut chance);
        fill(&mut screen, (400, top + 8), (56, 20), [30, 110, 220]);
        write(&mut screen, (408, top + 14), (40, 1), 7, [255; 3], &mut chance);
    }
    screen
}

/// Nothing but corners.
fn corners(side: usize, width: usize, height: usize, seed: u64) -> Rgb {
    let mut chance = Chance::of(seed);
    let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
    let cells: Vec<u8> = (0..columns * rows).map(|_| chance.level() / 128 * 255).collect();
    Rgb::from_fn(width, height, |x, y| [cells[y / side * columns + x / side]; 3])
}

fn noise(side: usize, seed: u64) -> Rgb {
    let mut chance = Chance::of(seed);
    let cells = Rgb::from_fn(480 / side, 360 / side, |_, _| chance.colour());
    Rgb::from_fn(480, 360, |x, y| cells.at(x / side, y / side))
}

fn gradient(seed: u64) -> Rgb {
    let mut chance = Chance::of(seed);
    let (from, to, slant) = (chance.colour(), chance.colour(), chance.below(480));
    Rgb::from_fn(480, 360, |x, y| {
        let along = (x * slant + y * (480 - slant)) * 256 / (480 * 480);
        std::array::from_fn(|c| {
            ((usize::from(from[c]) * (256 - along) + usize::from(to[c]) * along) / 256) as u8
        })
    })
}

/// Boxes and discs of all sizes, no two scenes alike: detail enough to be told apart by.
fn scene(width: usize, height: usize, seed: u64) -> Rgb {
    let mut chance = Chance::of(seed);
    let mut scene = Rgb::plain(width, height, chance.colour());
    for i in 0..70 {
        let at = (chance.below(width), chance.below(height));
        let size = 6 + chance.below(width / 4) * (80 - i) / 80;
        if chance.below(2) == 0 {
            fill(&mut scene, at, (size, 4 + chance.below(size)), chance.colour());
        } else {
            disc(&mut scene, at, size / 2, chance.colour());
        }
    }
    scene
}

/// The same card over any picture: a headline, a name and a frame.
fn caption_card(seed: u64) -> Rgb {
    let shown = scene(300, 200, seed);
    let mut card = Rgb::plain(330, 400, [255; 3]);
    for (y, x) in (0..200).flat_map(|y| (0..300).map(move |x| (y, x))) {
        card.put(15 + x, 180 + y, shown.at(x, y));
    }
    fill(&mut card, (15, 15), (300, 165), [150, 30, 40]);
    write(&mut card, (28, 30), (270, 4), 18, [255; 3], &mut Chance::of(7));
    card
}

/// All pictures that are hard to keep apart, but for those with a shared card.
fn alike() -> Vec<(String, Rgb)> {
    let mut all = Vec::new();
    let mut add = |name: String, picture: Rgb| all.push((name, picture));
    for (i, high) in [14, 20, 28, 40, 60].into_iter().enumerate() {
        add(format!("wall-{high}"), brick_wall(high, i as u64));
    }
    for seed in 10..14 {
        // Laid alike, of other bricks.
        add(format!("wall-of-same-size-{seed}"), brick_wall(30, seed));
        add(format!("crowd-of-same-size-{seed}"), crowd(14, seed));
    }
    for side in [15, 30, 48, 60] {
        add(format!("chessboard-{side}"), chessboard(side));
    }
    for (seed, radius) in [(1, 6), (2, 9), (3, 20)] {
        add(format!("crowd-{radius}"), crowd(radius, seed));
    }
    for (seed, high) in [(1, 8), (2, 8), (3, 12), (4, 20), (5, 20)] {
        add(format!("text-{seed}"), text_page(high, seed));
    }
    for seed in 1..5 {
        add(format!("screen-{seed}"), screen(seed));
        add(format!("corners-{seed}"), corners(2 + 3 * seed as usize, 480, 360, seed));
        add(format!("corners-of-same-size-{seed}"), corners(12, 480, 360, 100 + seed));
    }
    for (seed, side) in [(1, 1), (2, 1), (3, 4), (4, 4), (5, 12), (6, 12)] {
        add(format!("noise-{seed}"), noise(side, seed));
    }
    for seed in 1..4 {
        add(format!("gradient-{seed}"), gradient(seed));
        add(format!("flat-{seed}"), Rgb::plain(480, 360, Chance::of(seed).colour()));
    }
    all
}

/// Files of a report that are held to be the same footage as a reference of another name.
fn wrong(report: &Value) -> Vec<String> {
    let stem = |path: &Value| {
        let name = path.as_str().unwrap().rsplit('/').next().unwrap();
        name.split('.').next().unwrap().to_owned()
    };
    let mut wrong = Vec::new();
    for file in report["files"].as_array().unwrap() {
        for known in file["matches"].as_array().unwrap() {
            let other = &known["reference"]["path"];
            if known["grade"] == "same-footage" && stem(other) != stem(&file["path"]) {
                wrong.push(format!("{} is taken for {other}, {}", file["path"], known["score"]));
            }
        }
    }
    wrong
}

#[test]
fn nothing_that_is_only_alike_is_the_same() {
    let desk = Desk::new();
    for photo in PHOTOS {
        desk.sample(photo, format!("known/{}", photo.rsplit('/').next().unwrap()));
    }
    for (name, picture) in alike() {
        desk.put(format!("known/{name}.png"), picture.png("test"));
        desk.put(format!("asked/{name}.jpg"), picture.jpeg(70));
    }
    for seed in 1..9 {
        desk.put(format!("known/lattice-{seed}.bmp"), picture(seed));
        desk.put(format!("asked/lattice-{}.bmp", seed + 4), [picture(seed + 4), vec![0]].concat());
    }
    desk.run(&["add", "known"]).with_code(0);
    let started = Instant::now();
    let report = desk.run(&["check", "asked", "--format", "json"]).json();
    let count = report["files"].as_array().unwrap().len() as u32;
    assert!(started.elapsed() < PATIENCE * count, "{:?}", started.elapsed());
    assert_eq!(report["summary"]["complete"], true);
    let wrong = wrong(&report);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_card_that_a_hundred_pictures_share_makes_none_of_them_the_same() {
    let desk = Desk::new();
    for seed in 0..100 {
        desk.put(format!("known/{seed}.jpg"), caption_card(seed).jpeg(85));
    }
    for seed in 96..108 {
        desk.put(format!("asked/{seed}.jpg"), caption_card(seed).jpeg(60));
    }
    desk.run(&["add", "known"]).with_code(0);
    let report = desk.run(&["check", "asked", "--format", "json"]).with_code(0).json();
    let wrong = wrong(&report);
    assert!(wrong.is_empty(), "{wrong:#?}");
    for seed in 96..100 {
        let known = &file(&report, &format!("asked/{seed}.jpg"))["matches"][0];
        assert_eq!(known["reference"]["path"], format!("known/{seed}.jpg"), "{known:#}");
    }
}

#[test]
fn pictures_of_unusual_shape_take_no_longer_and_match_nothing() {
    let desk = Desk::new();
    for photo in PHOTOS {
        desk.sample(photo, format!("known/{}", photo.rsplit('/').next().unwrap()));
    }
    desk.run(&["add", "known"]).with_code(0);
    let shapes = [(1, 1), (2, 2), (1, 5000), (5000, 1), (16_000, 100), (100, 16_000), (3000, 2000)];
    for (width, height) in shapes {
        let picture = corners(4, width, height, 1);
        desk.put(format!("asked/{width}x{height}.png"), picture.png("test"));
    }
    let started = Instant::now();
    let ended = desk.run(&["check", "asked", "--format", "json"]);
    assert!(started.elapsed() < PATIENCE * shapes.len() as u32, "{:?}", started.elapsed());
    let report = ended.json();
    for (width, height) in shapes {
        let file = file(&report, &format!("asked/{width}x{height}.png"));
        assert!(["ok", "ok-with-gaps"].contains(&file["state"].as_str().unwrap()), "{file:#}");
        assert_eq!(file["matches"].as_array().unwrap().len(), 0, "{file:#}");
    }
}

/// A photo of `samples/`, decoded.
fn photo(name: &str) -> Rgb {
    decode_jpeg(&fs::read(format!("{TOP}/samples/{name}")).unwrap(), 2000).unwrap()
}

/// A part of a picture with 70 % of its area, off its middle.
fn crop(picture: &Rgb) -> Rgb {
    let side = |side: usize| side * 837 / 1000;
    let (width, height) = (side(picture.width()), side(picture.height()));
    picture.part((picture.width() - width) / 4, picture.height() - height, width, height)
}

#[test]
fn a_picture_that_is_known_two_hundred_times_is_found_as_all_of_them() {
    let desk = Desk::new();
    let bear = photo("archive/bear-on-guard.jpg");
    for i in 0..200 {
        let width = 240 + i % 20 * 5;
        let copy = bear.resized(width, width * bear.height() / bear.width());
        let copy = lit(&copy, |_, _| 230 + i / 8 * 2);
        desk.put(format!("known/{i}.jpg"), copy.jpeg(50 + (i % 45) as u8));
    }
    desk.run(&["add", "known"]).with_code(0);
    desk.put("asked/again.jpg", bear.jpeg(65));
    desk.put("asked/crop.jpg", crop(&bear).jpeg(75));
    let report = desk.run(&["check", "asked", "--format", "json"]).with_code(0).json();
    for name in ["asked/again.jpg", "asked/crop.jpg"] {
        let known = file(&report, name)["matches"].as_array().unwrap();
        let same = known.iter().filter(|known| known["grade"] == "same-footage").count();
        assert!(same >= 190, "{name}: {same} of {}; {}", known.len(), file(&report, name)["gaps"]);
    }
}

#[test]
fn a_shot_that_stands_still_is_found_by_a_part_of_it() {
    let desk = Desk::new();
    desk.sample("archive/bear-on-guard.jpg", "bear.jpg");
    desk.ffmpeg(&[
        "-loop",
        "1",
        "-i",
        "bear.jpg",
        "-t",
        "20",
        "-vf",
        "scale=480:-2",
        "-r",
        "10",
        "-c:v",
        "mpeg4",
        "-q:v",
        "4",
        "known.mp4",
    ]);
    desk.run(&["add", "known.mp4", "--profile", "thorough"]).with_code(0);
    desk.put("part.jpg", crop(&photo("archive/bear-on-guard.jpg")).jpeg(75));
    let report = desk.run(&["check", "part.jpg", "--format", "json"]).with_code(0).json();
    let known = &report["files"][0]["matches"][0];
    assert_eq!(known["grade"], "same-footage", "{report:#}");
    assert_eq!(known["segments"][0]["edit"]["less_picture"], "query", "{known:#}");
}
