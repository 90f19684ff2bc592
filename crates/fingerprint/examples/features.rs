//! Prints the local features of pictures: `cargo run --release --example features -- [--time] FILE...`.
//!
//! A line a picture, `= WIDTH HEIGHT MICROSECONDS FILE`, then a line a feature, `X Y LEVEL ANGLE DESCRIPTOR`. The time
//! is the least of five with `--time`, else 0.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]
#![expect(clippy::disallowed_methods, reason = "it measures time, and no code depends on it")]

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use firstseen_fingerprint::local;
use firstseen_model::{Luma, View};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut runs = 0;
    for argument in std::env::args().skip(1) {
        if argument == "--time" {
            runs = 5;
            continue;
        }
        let picture = image::open(&argument)?.into_luma8();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let Some(plane) = Luma::new(width, height, picture.into_raw()) else { continue };
        let extract = || local::features(plane.view(), local::COUNT, &[View::default()]);
        let time = |_| {
            let start = Instant::now();
            black_box(extract());
            start.elapsed()
        };
        let least: Duration = (0..runs).map(time).min().unwrap_or_default();
        for features in extract() {
            let mut lines = format!(
                "= {} {} {} {argument}\n",
                features.width,
                features.height,
                least.as_micros()
            );
            for point in &features.points {
                let [a, b, c, d] = point.descriptor.0;
                let place = (point.x, point.y, point.level, point.angle);
                let (x, y, level, angle) = place;
                writeln!(lines, "{x} {y} {level} {angle} {a:016x}{b:016x}{c:016x}{d:016x}")?;
            }
            print!("{lines}");
        }
    }
    Ok(())
}
