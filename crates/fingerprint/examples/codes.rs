//! Prints the codes of pictures, and how much there is to see in them: `cargo run --release --example codes -- FILE...`.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use firstseen_fingerprint::{dhash, pdq, texture};
use firstseen_model::Luma;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("pdq\tquality\tgradient\ttexture\tgate\tfile");
    for file in std::env::args().skip(1) {
        let picture = image::open(&file)?.into_luma8();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let Some(plane) = Luma::new(width, height, picture.into_raw()) else { continue };
        let (code, quality) = match pdq::pdq(plane.view()) {
            Ok((code, quality)) => (code.to_string(), quality.0),
            Err(error) => (error.to_string(), 0),
        };
        let texture::Texture { measure, gate } = texture::look(plane.view());
        let gradient = dhash::gradient(plane.view());
        println!("{code}\t{quality}\t{gradient:016x}\t{measure}\t{gate:?}\t{file}");
    }
    Ok(())
}
