//! Decodes the luma of pictures and does nothing with it: what looking at a picture costs at least.
//!
//! `cargo bench --bench luma -- FILE...`

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::ops::ControlFlow;

use firstseen_media::{Decode, Limits, open};

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo itself passes `--bench`.
    for path in std::env::args_os().skip(1).filter(|argument| argument != "--bench") {
        let mut media = open(File::open(path)?, &Limits::default())?;
        media.for_each_frame(&Decode::default(), &mut |frame| {
            black_box(frame.raw().row(0)[0]);
            ControlFlow::Continue(())
        })?;
    }
    Ok(())
}
