//! Prints what each step costs, in milliseconds, on made pictures: `cargo run --release --example steps`.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]
#![expect(clippy::disallowed_methods, reason = "it measures time, and no code depends on it")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use firstseen_fingerprint::{dhash, drift, pdq, shrink, texture};
use firstseen_model::Luma;

fn main() {
    for (width, height) in [(640, 480), (1024, 1024), (1920, 1080), (4000, 3000)] {
        let picture = Luma::from_fn(width, height, |x, y| {
            (x * 7 / 5 + y * y / 97 + ((x * 2_654_435_761) ^ (y * 40_503)) % 31) as u8
        });
        let view = picture.view();
        println!("{width}x{height}");
        measure("pdq", || pdq::pdq(view));
        measure("pdq, all eight", || pdq::dihedral(view));
        measure("gradient hash", || dhash::gradient(view));
        measure("texture and gate", || texture::look(view));
        measure("thumbnail of 128", || shrink::to_fit(view, 128));
        measure("tiny luma", || drift::tiny(view, 64, 36));
    }
    let tiny = |shift| Luma::from_fn(64, 36, |x, y| ((x + shift) * (x + shift) + 3 * y * y) as u8);
    let (a, b) = (tiny(0), tiny(3));
    println!("64x36");
    measure("moved", || drift::moved(&a, &b));
    measure("track code", || drift::track_code(&a));
    measure("track codes, all eight", || drift::track_codes_dihedral(&a));
}

/// Prints the least time of some runs, which the machine's other work disturbs least.
fn measure<T>(name: &str, mut step: impl FnMut() -> T) {
    let least = (0..200)
        .map(|_| {
            let start = Instant::now();
            black_box(step());
            start.elapsed()
        })
        .min()
        .unwrap_or(Duration::ZERO);
    println!("  {name:24} {:8.4}", least.as_secs_f64() * 1e3);
}
