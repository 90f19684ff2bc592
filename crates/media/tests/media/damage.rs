//! Files that are cut off, followed by rubbish, or bent.

use std::ops::ControlFlow;

use firstseen_media::{Limits, open};
use firstseen_model::Gap;

use crate::made::{ALL, ffmpeg, file, opened, seen};

/// How many frames come out, and the gaps; `None` where it is refused.
fn survivors(bytes: &[u8]) -> Option<(usize, Vec<Gap>)> {
    let mut media = open(file(bytes), &Limits::default()).ok()?;
    media.metadata();
    let mut count = 0;
    let gaps = media.for_each_frame(&ALL, &mut |frame| {
        assert!(frame.luma().width() > 0);
        count += 1;
        ControlFlow::Continue(())
    });
    gaps.ok().map(|gaps| (count, gaps))
}

const CLIP: &str = "-f lavfi -i testsrc2=s=96x64:r=25:d=4 -g 10 -pix_fmt yuv420p";

#[test]
fn a_clip_cut_off_gives_what_is_there_and_a_gap() {
    for (args, extension) in [
        ("-c:v libx264 -movflags +faststart", "mp4"),
        ("-c:v libx264", "mkv"),
        ("-c:v libvpx", "webm"),
        ("-c:v mpeg4", "avi"),
        ("-c:v flv", "flv"),
    ] {
        let whole = ffmpeg(&format!("{CLIP} {args}"), extension);
        assert_eq!(survivors(&whole), Some((100, vec![])), "{extension}");
        let (frames, gaps) = survivors(&whole[..whole.len() / 2]).unwrap();
        assert!((20..80).contains(&frames), "{extension}: {frames}");
        assert!(gaps.iter().any(|gap| gap.what == "stream"), "{extension}: {gaps:?}");
    }
}

#[test]
fn rubbish_after_the_end_is_no_matter() {
    for (args, extension) in [("-c:v libx264", "mp4"), ("-c:v libx264", "mkv")] {
        let whole = ffmpeg(&format!("{CLIP} {args}"), extension);
        let longer = [&whole[..], &[0xa5; 5000]].concat();
        assert_eq!(survivors(&longer).unwrap().0, 100, "{extension}");
    }
    let still = ffmpeg("-f lavfi -i testsrc2=s=96x64:d=0.04 -frames:v 1", "jpg");
    assert_eq!(survivors(&[&still[..], &[0xa5; 5000]].concat()), Some((1, vec![])));
}

#[test]
fn every_parser_bears_every_cut() {
    for (args, extension) in [
        ("-c:v libx264 -movflags +faststart", "mp4"),
        ("-c:v libx264", "mkv"),
        ("-c:v mpeg4", "avi"),
        ("-c:v libx264", "ts"),
        ("", "mpg"),
        ("-c:v flv", "flv"),
        ("", "wmv"),
        ("-c:v libtheora", "ogv"),
        ("-c:v gif", "gif"),
        ("-c:v apng -plays 0", "apng"),
        ("-c:v libwebp_anim", "webp"),
        ("-frames:v 1", "png"),
        ("-frames:v 1", "jpg"),
        ("-frames:v 1", "tiff"),
        ("-frames:v 1", "bmp"),
    ] {
        let whole = ffmpeg(&format!("-f lavfi -i testsrc2=s=32x32:r=25:d=0.2 {args}"), extension);
        let head = 0..whole.len().min(60);
        let rest = (60..whole.len()).step_by((whole.len() / 40).max(1));
        for len in head.chain(rest) {
            survivors(&whole[..len]);
        }
    }
}

#[test]
fn bent_bytes_cost_frames_and_not_the_file() {
    let whole = ffmpeg(&format!("{CLIP} -c:v libx264 -movflags +faststart"), "mp4");
    let data = whole.windows(4).position(|four| four == b"mdat").unwrap() + 4;
    let mut bent = whole.clone();
    for at in (data + 2000..whole.len() - 100).step_by(701) {
        bent[at] ^= 0x55;
    }
    let (frames, gaps) = survivors(&bent).unwrap();
    assert!(frames > 30, "{frames}");
    assert!(!gaps.is_empty() && gaps.len() < 30);
}

#[test]
fn a_jpeg_cut_off_gives_its_upper_part_and_a_gap() {
    let whole = ffmpeg("-f lavfi -i testsrc2=s=320x240:d=0.04 -frames:v 1 -q:v 2", "jpg");
    let (mut frames, gaps) =
        seen(&mut opened(&whole[..whole.len() / 2]), &ALL, |frame| frame.luma());
    let (cut, full) =
        (frames.remove(0), seen(&mut opened(&whole), &ALL, |frame| frame.luma()).0.remove(0));
    assert_eq!(gaps[0].what, "pixels");
    assert_eq!(cut.bytes()[..320 * 40], full.bytes()[..320 * 40]);
}

#[test]
fn a_png_cut_off_gives_its_upper_part_and_a_gap() {
    let whole = ffmpeg("-f lavfi -i testsrc2=s=320x240:d=0.04,noise=alls=20 -frames:v 1", "png");
    let (frames, gaps) = seen(&mut opened(&whole[..whole.len() / 2]), &ALL, |frame| frame.luma());
    let full = seen(&mut opened(&whole), &ALL, |frame| frame.luma()).0.remove(0);
    assert_eq!(gaps[0].what, "pixels");
    assert_eq!(frames[0].bytes()[..320 * 40], full.bytes()[..320 * 40]);
}
