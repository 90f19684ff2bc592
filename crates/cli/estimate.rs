//! How long an `add` may take, told before it starts.

use crate::pipeline::walk::Met;
use crate::settings::{ProfileOption, Settings};

/// Bytes of video that one processor gets through in a second: measured at 1080p H.264 of 3.4 Mbit/s, 8 x real time.
const VIDEO_BYTES_PER_S: f64 = 3.4e6;
/// How much faster codec keyframes alone are.
const TRIAGE_GAIN: f64 = 30.0;
/// Bytes of pictures that one processor gets through in a second: JPEGs of 3.2 MB at some 12 a second.
const PICTURE_BYTES_PER_S: f64 = 40e6;
/// Estimates under this many seconds are not worth a line.
const WORTH_A_LINE_S: f64 = 20.0;
/// Endings of pictures; anything else is taken for video.
const PICTURES: [&str; 11] =
    ["jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "bmp", "heic", "heif", "avif"];

/// A line on how long it may take; `None` where that is short.
pub(crate) fn of(met: &[Met], settings: &Settings) -> Option<String> {
    let (mut pictures, mut videos) = (0.0, 0.0);
    for file in met.iter().filter(|met| met.skipped.is_none() && met.looks_like_media()) {
        let bytes = std::fs::metadata(&file.path).map_or(0.0, |metadata| metadata.len() as f64);
        let ending = file.path.extension().map(|ending| ending.to_ascii_lowercase());
        let picture = ending.is_some_and(|ending| PICTURES.iter().any(|known| ending == *known));
        if picture { pictures += bytes } else { videos += bytes }
    }
    let gain = if settings.common.profile == ProfileOption::Triage { TRIAGE_GAIN } else { 1.0 };
    let seconds =
        (pictures / PICTURE_BYTES_PER_S + videos / VIDEO_BYTES_PER_S / gain) / settings.jobs as f64;
    (seconds >= WORTH_A_LINE_S).then(|| {
        let time = if seconds < 120.0 {
            format!("{seconds:.0} s")
        } else if seconds < 7200.0 {
            format!("{:.0} minutes", seconds / 60.0)
        } else {
            format!("{:.0} hours", seconds / 3600.0)
        };
        format!(
            "{} files, {:.1} GB: some {time} if all is new (a rough estimate by size; Ctrl-C keeps what is done)",
            met.len(),
            (pictures + videos) / 1e9
        )
    })
}
