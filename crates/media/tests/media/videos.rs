use std::ops::ControlFlow;

use firstseen_media::{Limits, MediaError, open};
use firstseen_model::{FileState, Luma, MediaKind, MediaTime};

use crate::made::{
    ALL, KEYS, between, ffmpeg, ffmpeg_with, file, opened, refused, refused_under, seen, times,
};

/// 50 frames of 96x64 at 25 a second, a keyframe each 10, B-frames between.
fn clip() -> Vec<u8> {
    ffmpeg(
        "-f lavfi -i testsrc2=s=96x64:r=25:d=2 -c:v libx264 -g 10 -keyint_min 10 -bf 2 -pix_fmt yuv420p",
        "mp4",
    )
}

fn every_40_ms(frames: i64) -> Vec<i64> {
    (0..frames).map(|i| i * 40).collect()
}

#[test]
fn a_clip_gives_each_frame_at_its_time() {
    let mut media = opened(&clip());
    let shape = media.shape().clone();
    assert_eq!(
        (shape.kind, shape.mime.as_str(), shape.codec.as_deref()),
        (MediaKind::Video, "video/mp4", Some("h264"))
    );
    assert_eq!((shape.width, shape.height, shape.has_sound), (96, 64, Some(false)));
    assert_eq!((shape.duration, shape.frame_rate), (Some(MediaTime(2_000_000)), Some(25.0)));
    let (times, gaps) = seen(&mut media, &ALL, |frame| (frame.at().0 / 1000, frame.is_keyframe()));
    assert_eq!(
        times,
        every_40_ms(50).into_iter().map(|at| (at, at % 400 == 0)).collect::<Vec<_>>()
    );
    assert_eq!(gaps, []);
    assert_eq!(media.shape().duration, Some(MediaTime(2_000_000)));
}

/// A demuxer that throws other packets away tells wrong times here.
#[test]
fn keyframes_among_b_frames_have_their_true_times() {
    for extension in ["mp4", "mkv", "ts"] {
        let bytes = ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=24:d=4 -c:v libx264 -g 25 -bf 3 -pix_fmt yuv420p",
            extension,
        );
        let mut media = opened(&bytes);
        let all = seen(&mut media, &ALL, |frame| (frame.at(), frame.is_keyframe())).0;
        let keys: Vec<_> = all.into_iter().filter(|(_, key)| *key).collect();
        assert!(keys.len() >= 4);
        assert_eq!(
            seen(&mut media, &KEYS, |frame| (frame.at(), frame.is_keyframe())).0,
            keys,
            "{extension}"
        );
    }
}

#[test]
fn a_stretch_begins_with_the_frame_that_is_shown_then() {
    for extension in ["mp4", "mkv", "avi", "ts", "mpg", "flv", "wmv"] {
        let bytes = match extension {
            "mp4" => clip(),
            "mkv" | "ts" => {
                ffmpeg("-f lavfi -i testsrc2=s=96x64:r=25:d=2 -c:v libx264 -g 10 -bf 2", extension)
            }
            _ => ffmpeg("-f lavfi -i testsrc2=s=96x64:r=25:d=2 -g 10", extension),
        };
        let mut media = opened(&bytes);
        let whole = seen(&mut media, &ALL, |frame| (frame.at(), frame.luma())).0;
        assert!(whole.len() >= 49, "{extension}: {}", whole.len());
        // Flash video counts in milliseconds, others in ticks that do not hit 40 ms either.
        for (from, until) in [(0, 100), (410, 410), (815, 930), (1790, 9000), (5000, 9000)] {
            let expected: Vec<_> = whole
                .iter()
                .enumerate()
                .filter(|(i, (at, _))| {
                    let ends = whole.get(i + 1).map_or(i64::MAX, |next| next.0.0);
                    ends > from * 1000 && at.0 <= until * 1000
                })
                .map(|(_, frame)| frame.clone())
                .collect();
            let stretch =
                seen(&mut media, &between(from, until), |frame| (frame.at(), frame.luma())).0;
            let ats = |frames: &[(MediaTime, _)]| {
                frames.iter().map(|frame| frame.0.0).collect::<Vec<_>>()
            };
            assert_eq!(ats(&stretch), ats(&expected), "{extension} {from}..{until}");
            assert!(stretch == expected, "{extension} {from}..{until}: other pictures");
        }
    }
}

#[test]
fn a_handle_is_left_where_it_was() {
    use std::io::{Seek, SeekFrom};
    let mut handle = file(&clip());
    handle.seek(SeekFrom::Start(7)).unwrap();
    let mut media = open(handle.try_clone().unwrap(), &Limits::default()).unwrap();
    seen(&mut media, &ALL, |_| ());
    assert_eq!(handle.stream_position().unwrap(), 7);
}

#[test]
fn looking_can_stop_at_any_frame() {
    let mut media = opened(&clip());
    let mut count = 0;
    let gaps = media.for_each_frame(&ALL, &mut |_| {
        count += 1;
        if count == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((count, gaps.unwrap()), (3, vec![]));
}

/// Left half white with a grey upper corner, right half black, so that each of the eight turns looks different.
const CORNER: &str = "-f lavfi -i color=black:s=64x32:r=5:d=1,drawbox=w=32:h=32:c=white:t=fill,drawbox=w=16:h=8:c=gray:t=fill";

/// Rough levels of the corners: upper left, upper right, lower left, lower right.
fn corners(luma: &Luma) -> [u16; 4] {
    let (right, bottom) = (luma.width() - 3, luma.height() - 3);
    [luma.at(2, 2), luma.at(right, 2), luma.at(2, bottom), luma.at(right, bottom)]
        .map(|level| (u16::from(level) + 32) / 72)
}

#[test]
fn a_turned_recording_comes_upright_as_players_show_it() {
    let upright = ffmpeg(&format!("{CORNER} -c:v libx264 -pix_fmt yuv420p"), "mp4");
    for degrees in ["0", "90", "180", "270"] {
        let args = format!("-i in.mp4 -c copy -metadata:s:v rotate={degrees}");
        let turned = ffmpeg_with(&[("in.mp4", &upright)], &args, "mp4");
        // The program turns by itself what it writes.
        let shown = ffmpeg_with(&[("in.mp4", &turned)], "-i in.mp4 -frames:v 1", "png");
        let expected = seen(&mut opened(&shown), &ALL, |frame| frame.luma()).0.remove(0);
        let mut media = opened(&turned);
        let (luma, jpeg) =
            seen(&mut media, &ALL, |frame| (frame.luma(), frame.jpeg(64, 90).unwrap())).0.remove(0);
        assert_eq!(
            (luma.width(), luma.height()),
            (expected.width(), expected.height()),
            "{degrees}"
        );
        assert_eq!(corners(&luma), corners(&expected), "{degrees}");
        assert_eq!(
            (media.shape().width as usize, media.shape().height as usize),
            (luma.width(), luma.height())
        );
        let coloured = seen(&mut opened(&jpeg), &ALL, |frame| frame.luma()).0.remove(0);
        assert_eq!(corners(&coloured), corners(&expected), "{degrees} in colour");
    }
}

#[test]
fn variable_frame_rates_keep_their_times() {
    let args = "-f lavfi -i testsrc2=s=64x48:r=10:d=2 -vf setpts='if(lt(N\\,10)\\,N*0.1\\,1+(N-10)*0.5)/TB' -vsync vfr -c:v libx264 -pix_fmt yuv420p";
    let mut media = opened(&ffmpeg(args, "mkv"));
    let expected: Vec<_> =
        (0..10).map(|i| i * 100).chain((0..10).map(|i| 1000 + i * 500)).collect();
    assert_eq!(times(&mut media, &ALL), expected);
}

#[test]
fn time_starts_at_the_first_frame_whatever_its_stamp() {
    let bytes = clip();
    for args in [
        "-itsoffset 7.3 -i in.mp4 -c copy",
        "-itsoffset -0.6 -i in.mp4 -c copy -avoid_negative_ts disabled",
    ] {
        for extension in ["mp4", "mkv", "ts"] {
            let moved = ffmpeg_with(&[("in.mp4", &bytes)], args, extension);
            let times = times(&mut opened(&moved), &ALL);
            // An edit list may leave out the frames before the start; what is shown is 40 ms apart.
            assert_eq!(times, every_40_ms(times.len() as i64), "{args} {extension}");
            assert!(times.len() >= 30, "{args} {extension}: {}", times.len());
        }
    }
}

#[test]
fn an_edit_list_is_obeyed() {
    let bytes = ffmpeg_with(&[("in.mp4", &clip())], "-ss 0.6 -i in.mp4 -c copy", "mp4");
    let mut media = opened(&bytes);
    let first = seen(&mut media, &between(0, 0), |frame| frame.luma()).0.remove(0);
    let whole = seen(&mut opened(&clip()), &between(600, 600), |frame| frame.luma()).0.remove(0);
    assert_eq!(first, whole);
    // The frames before are decoded for the sake of others: their absence is no gap.
    let long = ffmpeg("-f lavfi -i testsrc2=s=96x64:r=25:d=4 -c:v libx264 -g 250", "mp4");
    let cut = ffmpeg_with(&[("in.mp4", &long)], "-ss 2.4 -i in.mp4 -c copy", "mp4");
    let (frames, gaps) = seen(&mut opened(&cut), &ALL, |_| ());
    assert_eq!((frames.len(), gaps), (40, vec![]));
}

#[test]
fn limited_and_full_range_give_the_same_luma() {
    let made = |range: &str| {
        let args = format!(
            "-f lavfi -i gradients=s=64x48:r=5:d=0.2:c0=black:c1=white:seed=1 -vf scale=out_range={range} -c:v ffv1 -pix_fmt yuv444p -color_range {range}"
        );
        seen(&mut opened(&ffmpeg(&args, "mkv")), &ALL, |frame| {
            (frame.raw().to_owned(), frame.luma())
        })
        .0
        .remove(0)
    };
    let ((limited_raw, limited), (full_raw, full)) = (made("tv"), made("pc"));
    assert!(limited_raw.bytes().iter().all(|level| (16..=235).contains(level)));
    assert_eq!(full_raw, full);
    let furthest = limited.bytes().iter().zip(full.bytes()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(furthest <= Some(2), "{furthest:?}");
}

#[test]
fn ten_bits_and_other_pixel_formats_give_the_luma_of_eight() {
    let made = |codec: &str| {
        let args =
            format!("-f lavfi -i gradients=s=64x48:r=5:d=0.2:c0=black:c1=white:seed=1 {codec}");
        seen(&mut opened(&ffmpeg(&args, "mkv")), &ALL, |frame| frame.luma()).0.remove(0)
    };
    let plain = made("-c:v ffv1 -pix_fmt yuv420p");
    for codec in [
        "-c:v ffv1 -pix_fmt yuv420p10le",
        "-c:v libx265 -x265-params lossless=1:log-level=none -pix_fmt yuv420p10le",
        "-c:v libx264 -qp 0 -pix_fmt yuv422p10le",
        "-c:v ffv1 -pix_fmt gbrp",
        "-c:v ffv1 -pix_fmt bgra",
        "-c:v rawvideo -pix_fmt yuyv422",
        "-c:v rawvideo -pix_fmt nv12",
    ] {
        let other = made(codec);
        let furthest = plain.bytes().iter().zip(other.bytes()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(furthest <= Some(3), "{codec}: {furthest:?}");
    }
}

#[test]
fn playlists_in_disguise_are_refused() {
    let concat = b"ffconcat version 1.0\nfile /etc/hostname\n";
    let hls =
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n";
    let sdp = b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n";
    for text in [&concat[..], hls, sdp] {
        assert_eq!(refused(text).state(), FileState::Unsupported);
    }
    // With a head that passes the sniffing, FFmpeg itself must refuse.
    let head = b"\0\0\0\x14ftypisom\0\0\0\0isom";
    for text in [&concat[..], hls, sdp] {
        assert_eq!(refused(&[head, text].concat()).state(), FileState::Damaged);
    }
}

#[test]
fn sound_alone_and_cover_art_are_no_pictures() {
    let sound = "-f lavfi -i sine=d=0.5";
    for (args, extension) in [
        ("-c:a aac", "m4a"),
        ("-c:a aac", "mp4"),
        ("-c:a libvorbis", "ogg"),
        ("-c:a aac", "mkv"),
        ("", "mp3"),
        ("", "wav"),
    ] {
        let error = refused(&ffmpeg(&format!("{sound} {args}"), extension));
        assert_eq!(
            error.to_string(),
            "not supported: no pictures in it: sound only",
            "{extension}"
        );
    }
    let cover = ffmpeg("-f lavfi -i testsrc2=s=64x64:d=0.1 -frames:v 1", "png");
    let args = format!(
        "{sound} -i cover.png -map 0 -map 1 -c:a aac -c:v copy -disposition:v attached_pic"
    );
    let album = ffmpeg_with(&[("cover.png", &cover)], &args, "mp4");
    assert_eq!(refused(&album).to_string(), "not supported: no pictures in it: sound only");
}

#[test]
fn a_duration_that_is_not_told_is_measured() {
    let bytes = ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25:d=1 -c:v libvpx -f webm -live 1", "webm");
    let mut media = opened(&bytes);
    assert_eq!(media.shape().duration, None);
    seen(&mut media, &ALL, |_| ());
    assert_eq!(media.shape().duration.map(|d| (d.0 + 500) / 1000), Some(1000));
}

#[test]
fn frames_over_the_limit_are_told_as_such() {
    let limits = Limits { frame_pixels: 96 * 64 - 1, ..Limits::default() };
    let error = refused_under(&clip(), &limits);
    assert!(
        matches!(error, MediaError::OverLimit { what: "frame-pixels", value: 6144, limit: 6143 }),
        "{error}"
    );
}

#[test]
fn sound_beside_pictures_is_told() {
    let args = "-f lavfi -i testsrc2=s=64x48:d=0.4 -f lavfi -i sine=d=0.4 -c:v libx264 -c:a aac";
    assert_eq!(opened(&ffmpeg(args, "mp4")).shape().has_sound, Some(true));
}

#[test]
fn tags_of_a_container_become_facts_dates_and_places() {
    let args = "-f lavfi -i testsrc2=s=64x48:d=0.4 -c:v libx264 -movflags use_metadata_tags -metadata creation_time=2020-01-05T15:04:00Z \
        -metadata com.apple.quicktime.make=Apple -metadata com.apple.quicktime.creationdate=2020-01-05T18:04:00+0300 \
        -metadata com.apple.quicktime.location.ISO6709=+43.3500+133.3600+012.000/";
    let (metadata, gaps) = opened(&ffmpeg(args, "mov")).metadata();
    assert_eq!(gaps, []);
    let value = |name| metadata.value(name).unwrap_or_default();
    assert_eq!(value("container_create_date"), "2020-01-05T15:04:00");
    assert_eq!((value("make"), value("gps_lat"), value("gps_alt")), ("Apple", "43.35", "12"));
    assert_eq!((value("mime"), value("width"), value("codec")), ("video/quicktime", "64", "h264"));
    assert_eq!(metadata.places.len(), 1);
    let captured = metadata
        .dates
        .iter()
        .find(|date| date.kind == firstseen_model::DateKind::Captured)
        .unwrap();
    assert_eq!(captured.text, "2020-01-05T18:04:00+03:00");
}
