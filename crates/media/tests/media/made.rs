//! Files for the tests.
#![expect(clippy::unwrap_used, reason = "these are tests, though no test functions")]

use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::process::Command;

use firstseen_media::{Decode, Frame, Frames, Limits, Media, MediaError, open};
use firstseen_model::{Gap, MediaTime};

/// Bytes of the file that `ffmpeg ARGS out.EXTENSION` writes.
pub(crate) fn ffmpeg(args: &str, extension: &str) -> Vec<u8> {
    ffmpeg_with(&[], args, extension)
}

/// The same, with files put into the folder where it runs.
pub(crate) fn ffmpeg_with(files: &[(&str, &[u8])], args: &str, extension: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let out = folder.path().join(format!("out.{extension}"));
    #[expect(clippy::disallowed_methods, reason = "the test's media come from the ffmpeg program")]
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(args.split_whitespace())
        .arg(&out)
        .current_dir(folder.path())
        .output()
        .expect("the ffmpeg program is installed");
    assert!(made.status.success(), "{args}: {}", String::from_utf8_lossy(&made.stderr));
    std::fs::read(out).unwrap()
}

pub(crate) fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

pub(crate) fn opened(bytes: &[u8]) -> Media {
    open(file(bytes), &Limits::default()).unwrap()
}

pub(crate) fn refused(bytes: &[u8]) -> MediaError {
    refused_under(bytes, &Limits::default())
}

/// Why a file of these bytes is not opened, or nothing can be decoded of it.
pub(crate) fn refused_under(bytes: &[u8], limits: &Limits) -> MediaError {
    open(file(bytes), limits).map_or_else(Some, |media| media.broken()).expect("it is refused")
}

pub(crate) const ALL: Decode = Decode { frames: Frames::All, from: None, until: None };
pub(crate) const KEYS: Decode = Decode { frames: Frames::Keyframes, from: None, until: None };

pub(crate) fn between(from_ms: i64, until_ms: i64) -> Decode {
    Decode {
        frames: Frames::All,
        from: Some(MediaTime(from_ms * 1000)),
        until: Some(MediaTime(until_ms * 1000)),
    }
}

/// What `look` says of each frame, and the gaps.
pub(crate) fn seen<T>(
    media: &mut Media,
    decode: &Decode,
    mut look: impl FnMut(&Frame<'_>) -> T,
) -> (Vec<T>, Vec<Gap>) {
    let mut seen = Vec::new();
    let gaps = media
        .for_each_frame(decode, &mut |frame| {
            seen.push(look(frame));
            ControlFlow::Continue(())
        })
        .unwrap();
    (seen, gaps)
}

/// The times of the frames in milliseconds, rounded.
pub(crate) fn times(media: &mut Media, decode: &Decode) -> Vec<i64> {
    seen(media, decode, |frame| (frame.at().0 + 500) / 1000).0
}
