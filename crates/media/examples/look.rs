//! Looks at one file, or at each line's file on standard input: what it costs to see every frame, and what is told.
//!
//! `look raw FILE` decodes all frames and looks at raw luma only, `look luma FILE` makes full luma of each,
//! `look keys FILE` decodes keyframes, `look facts FILE...` prints metadata as JSON lines.

use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;

use firstseen_media::{Decode, Frames, Limits, open};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().ok_or("mode is missing")?;
    let mut out = std::io::stdout().lock();
    for path in arguments {
        let mut media = match open(File::open(&path)?, &Limits::default()) {
            Ok(media) => media,
            Err(why) => {
                writeln!(out, "{}", serde_json::json!({ "path": path, "error": why.to_string() }))?;
                continue;
            }
        };
        if mode == "facts" {
            let (metadata, gaps) = media.metadata();
            writeln!(
                out,
                "{}",
                serde_json::json!({ "path": path, "metadata": metadata, "gaps": gaps })
            )?;
            continue;
        }
        let frames = if mode == "keys" { Frames::Keyframes } else { Frames::All };
        let (mut count, mut sum) = (0_u64, 0_u64);
        let looked = media.for_each_frame(&Decode { frames, ..Decode::default() }, &mut |frame| {
            count += 1;
            sum += u64::from(if mode == "luma" {
                frame.luma().at(0, 0)
            } else {
                frame.raw().row(0)[0]
            });
            ControlFlow::Continue(())
        });
        let shape = media.shape();
        writeln!(
            out,
            "{path}: {count} frames, {}x{}, {:?}, sum {sum}, {looked:?}",
            shape.width, shape.height, shape.duration
        )?;
    }
    Ok(())
}
