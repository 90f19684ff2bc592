//! Prints the content box and the parts of binary PGM pictures, in pixels:
//! `cargo run --release --example views -- PATH...`; of each `left top right bottom`, and what each step cost.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]
#![expect(clippy::disallowed_methods, reason = "it measures time, and no box depends on it")]

use std::time::Instant;

use firstseen_fingerprint::views;
use firstseen_model::{Luma, LumaView, Part};

fn main() {
    for path in std::env::args_os().skip(1) {
        let path = std::path::PathBuf::from(path);
        let Some(picture) = std::fs::read(&path).ok().and_then(|bytes| pgm(&bytes)) else {
            println!("{}\tno binary PGM of 8 bits", path.display());
            continue;
        };
        let view = picture.view();
        let start = Instant::now();
        let content = views::content(view);
        let middle = Instant::now();
        let parts = views::parts(view, content, 4);
        let end = Instant::now();
        let text = |part: &Part| in_pixels(*part, view);
        println!(
            "{}\t{}\t{}\t{}\t{}",
            path.display(),
            content.as_ref().map(text).unwrap_or_default(),
            parts.iter().map(text).collect::<Vec<_>>().join(";"),
            (middle - start).as_micros(),
            (end - middle).as_micros(),
        );
    }
}

fn in_pixels(part: Part, view: LumaView<'_>) -> String {
    let (width, height) = (view.width() as f32, view.height() as f32);
    let edges = [
        part.x * width,
        part.y * height,
        (part.x + part.width) * width,
        (part.y + part.height) * height,
    ];
    edges.map(|edge| edge.round().to_string()).join(" ")
}

/// The picture in a PGM whose header has no comment.
fn pgm(bytes: &[u8]) -> Option<Luma> {
    let mut fields = bytes.splitn(5, u8::is_ascii_whitespace);
    let mut number = || std::str::from_utf8(fields.next()?).ok()?.parse::<usize>().ok();
    let rest = bytes.strip_prefix(b"P5")?;
    let _ = (rest, number());
    let (width, height, 255) = (number()?, number()?, number()?) else { return None };
    Luma::new(width, height, fields.next()?.to_vec())
}
