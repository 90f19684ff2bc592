use std::ops::ControlFlow;

use firstseen_media::{Limits, MediaError, encode_grey_jpeg, open};
use firstseen_model::{FileState, Luma, MediaKind, MediaTime};
use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::made::{
    ALL, between, ffmpeg, ffmpeg_with, file, opened, refused, refused_under, seen, times,
};

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("a format that can be written");
    bytes.into_inner()
}

fn colours() -> RgbImage {
    RgbImage::from_fn(40, 30, |x, y| Rgb([x as u8 * 6, y as u8 * 8, 90]))
}

fn luma(bytes: &[u8]) -> Luma {
    let (mut frames, gaps) = seen(&mut opened(bytes), &ALL, |frame| frame.luma());
    assert_eq!(gaps, []);
    assert_eq!(frames.len(), 1);
    frames.remove(0)
}

#[test]
fn lossless_stills_of_every_format_give_the_same_luma() {
    let picture = DynamicImage::from(colours());
    let png = luma(&written(&picture, ImageFormat::Png));
    assert_eq!(png.at(10, 20), ((299 * 60 + 587 * 160 + 114 * 90 + 500) / 1000) as u8);
    for format in [ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP] {
        assert_eq!(luma(&written(&picture, format)), png, "{format:?}");
    }
}

#[test]
fn jpegs_give_their_own_luma() {
    let grey = Luma::from_fn(40, 30, |x, y| (x * 5 + y) as u8);
    let near = |bytes: &[u8]| {
        let shown = luma(bytes);
        let furthest = shown.bytes().iter().zip(grey.bytes()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(furthest <= Some(6), "{furthest:?}");
    };
    near(&encode_grey_jpeg(grey.view(), 98));
    let picture = DynamicImage::from(GrayImage::from_raw(40, 30, grey.bytes().to_vec()).unwrap());
    near(&written(&DynamicImage::from(picture.to_rgb8()), ImageFormat::Jpeg));
}

/// A progressive JPEG, 16x16, all grey level 128 but for its DC: written by hand, in one scan of DC only.
fn progressive() -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    bytes.extend([1; 64]);
    bytes.extend(b"\xff\xc2\0\x0b\x08\0\x10\0\x10\x01\x01\x11\0");
    // One code, `0`, for a DC difference of no bits.
    bytes.extend(b"\xff\xc4\0\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    bytes.extend(b"\xff\xda\0\x08\x01\x01\0\0\0\0\x0f\xff\xd9");
    bytes
}

#[test]
fn progressive_jpegs_are_decoded_within_the_narrower_limit() {
    let shown = luma(&progressive());
    assert_eq!((shown.width(), shown.at(7, 7)), (16, 128));
    let limits = Limits { still_pixels: 255, ..Limits::default() };
    assert!(matches!(
        refused_under(&progressive(), &limits),
        MediaError::OverLimit { value: 256, limit: 255, .. }
    ));
    let baseline = encode_grey_jpeg(Luma::from_fn(16, 16, |_, _| 9).view(), 90);
    assert!(open(file(&baseline), &limits).unwrap().broken().is_none());
}

/// Four components, all quantised to 1, one DC code: a CMYK JPEG of 8x8 with Adobe's marker.
fn cmyk(transform: u8) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xee\0\x0eAdobe\0\x64\0\0\0\0".to_vec();
    bytes.push(transform);
    bytes.extend(b"\xff\xdb\0\x43\0");
    bytes.extend([1; 64]);
    bytes.extend(b"\xff\xc0\0\x14\x08\0\x08\0\x08\x04\x01\x11\0\x02\x11\0\x03\x11\0\x04\x11\0");
    for class in [0x00, 0x10] {
        bytes.extend(b"\xff\xc4\0\x14");
        bytes.push(class);
        bytes.extend(b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    }
    bytes.extend(b"\xff\xda\0\x0e\x04\x01\0\x02\0\x03\0\x04\0\0\x3f\0\0\xff\xd9");
    bytes
}

#[test]
fn cmyk_jpegs_come_through_colour() {
    for transform in [0, 2] {
        let (frames, _) = seen(&mut opened(&cmyk(transform)), &ALL, |frame| {
            (frame.luma(), frame.jpeg(8, 80).is_ok())
        });
        assert_eq!(frames.len(), 1);
        assert!(frames[0].1);
    }
}

/// An EXIF block that holds an orientation and nothing else, as a JPEG's segment.
fn oriented(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut segment =
        b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    segment.push(orientation);
    segment.extend([0; 6]);
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

#[test]
fn exif_orientation_is_reported_and_applied() {
    let wide =
        encode_grey_jpeg(Luma::from_fn(32, 16, |x, _| if x < 16 { 0 } else { 255 }).view(), 95);
    let mut media = opened(&oriented(&wide, 6));
    assert_eq!((media.shape().width, media.shape().height), (16, 32));
    let (metadata, gaps) = media.metadata();
    assert_eq!(gaps, []);
    let value = |name| metadata.value(name);
    assert_eq!(
        (value("width"), value("height"), value("orientation")),
        (Some("32"), Some("16"), Some("6"))
    );
    let (raw, shown) =
        seen(&mut media, &ALL, |frame| (frame.raw().to_owned(), frame.luma())).0.remove(0);
    assert_eq!((raw.width(), shown.width()), (32, 16));
    // Turned clockwise, what was left is above.
    assert!(shown.at(8, 4) < 20 && shown.at(8, 28) > 235);
}

#[test]
fn one_pixel_is_a_picture() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Bmp,
        ImageFormat::Tiff,
        ImageFormat::Jpeg,
    ] {
        let one = DynamicImage::from(RgbImage::from_pixel(1, 1, Rgb([200; 3])));
        let shown = luma(&written(&one, format));
        assert_eq!((shown.width(), shown.height()), (1, 1), "{format:?}");
        assert!(shown.at(0, 0).abs_diff(200) < 8, "{format:?}");
    }
}

#[test]
fn transparent_parts_are_white() {
    let half = RgbaImage::from_fn(8, 8, |x, _| Rgba([0, 0, 0, if x < 4 { 0 } else { 255 }]));
    let shown = luma(&written(&DynamicImage::from(half), ImageFormat::Png));
    assert_eq!((shown.at(0, 0), shown.at(7, 0)), (255, 0));
}

#[test]
fn a_huge_declared_size_is_over_the_limit_and_not_allocated() {
    let mut png = written(&DynamicImage::from(colours()), ImageFormat::Png);
    png[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    // The header's checksum would give it away first.
    let sum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    let error = refused(&png);
    assert!(
        matches!(error, MediaError::OverLimit { what: "still-pixels", value: 3_600_000_000, .. }),
        "{error}"
    );
    assert_eq!(error.state(), FileState::OverLimit);
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 }
        })
    })
}

#[test]
fn animations_are_videos_and_single_frames_are_pictures() {
    for (extension, codec) in [
        ("gif", "-c:v gif"),
        ("apng", "-c:v apng -plays 0"),
        ("webp", "-c:v libwebp_anim -lossless 1"),
    ] {
        let moving = ffmpeg(&format!("-f lavfi -i testsrc2=s=96x64:r=5:d=1 {codec}"), extension);
        let mut media = opened(&moving);
        assert_eq!(media.shape().kind, MediaKind::Video, "{extension}");
        assert_eq!(media.shape().duration, Some(MediaTime(1_000_000)), "{extension}");
        assert_eq!(times(&mut media, &ALL), [0, 200, 400, 600, 800], "{extension}");
        assert_eq!(times(&mut media, &between(410, 600)), [400, 600], "{extension}");
        let still = ffmpeg(&format!("-f lavfi -i testsrc2=s=32x24:r=5:d=0.2 {codec}"), extension);
        let mut media = opened(&still);
        assert_eq!(media.shape().kind, MediaKind::Picture, "{extension}");
        assert_eq!(times(&mut media, &ALL), [0], "{extension}");
    }
}

#[test]
fn frames_beyond_the_limit_are_a_gap() {
    let gif = ffmpeg("-f lavfi -i testsrc2=s=32x24:r=5:d=1 -c:v gif", "gif");
    let limits = Limits { animation_frames: 3, ..Limits::default() };
    let (frames, gaps) = seen(&mut open(file(&gif), &limits).unwrap(), &ALL, |_| ());
    assert_eq!((frames.len(), gaps.len()), (3, 1));
    assert_eq!((gaps[0].what.as_str(), gaps[0].at), ("frames", Some(MediaTime(600_000))));
}

#[test]
fn frames_shown_for_no_time_are_shown_as_browsers_do() {
    let gif = ffmpeg("-f lavfi -i testsrc2=s=32x24:r=100:d=0.05 -c:v gif", "gif");
    assert_eq!(times(&mut opened(&gif), &ALL), [0, 100, 200, 300, 400]);
}

#[test]
fn animation_frames_are_the_whole_canvas() {
    let moving =
        "-f lavfi -i color=white:s=32x24:r=5:d=0.6,drawbox=w=8:h=8:c=black:t=fill:enable=eq(n\\,1)";
    let gif = ffmpeg(&format!("{moving} -c:v gif"), "gif");
    let frames = seen(&mut opened(&gif), &ALL, |frame| frame.luma()).0;
    assert!(frames.iter().all(|luma| (luma.width(), luma.height()) == (32, 24)));
    assert!(frames.iter().all(|luma| luma.at(30, 20) > 250));
}

#[test]
fn heic_gives_metadata_and_a_named_gap() {
    let still = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let mut media = opened(still);
    assert_eq!(media.shape().mime, "image/heic");
    let (frames, gaps) = seen(&mut media, &ALL, |_| ());
    assert!(frames.is_empty());
    assert_eq!(gaps[0].what, "pixels");
}

#[test]
fn a_colour_jpeg_is_for_people_and_as_large_as_asked() {
    let png = written(&DynamicImage::from(colours()), ImageFormat::Png);
    let jpeg = seen(&mut opened(&png), &ALL, |frame| frame.jpeg(20, 80).unwrap()).0.remove(0);
    let small = image::load_from_memory(&jpeg).unwrap().to_rgb8();
    assert_eq!(small.dimensions(), (20, 15));
    assert!(small.get_pixel(18, 2)[0] > 180 && small.get_pixel(2, 12)[1] > 150);
}

#[test]
fn empty_files_and_text_are_told_apart() {
    assert_eq!(refused(b"").state(), FileState::Damaged);
    assert_eq!(refused(b"hello").state(), FileState::Unsupported);
    assert_eq!(refused(b"%PDF-1.7").to_string(), "not supported: a PDF document");
}

#[test]
fn an_avif_of_the_program_is_told_by_its_mime() {
    let avif = [&b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"[..], b"\0\0\0\x08mdat"].concat();
    assert_eq!(opened(&avif).shape().mime, "image/avif");
}

#[test]
fn a_webp_with_alpha_keeps_its_size() {
    let png = written(&DynamicImage::from(colours()), ImageFormat::Png);
    let webp = ffmpeg_with(
        &[("in.png", &png)],
        "-i in.png -pix_fmt bgra -c:v libwebp -lossless 1",
        "webp",
    );
    assert_eq!(luma(&webp), luma(&png));
}

#[test]
fn a_sound_jpeg_in_which_luma_alone_trips_the_decoder_has_no_gap() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/archive/bear-on-guard.jpg");
    let luma = luma(&std::fs::read(sample).expect("a sample"));
    assert_eq!((luma.width(), luma.height()), (615, 407));
}

#[test]
fn a_picture_that_cannot_be_decoded_still_says_what_it_says() {
    let mut media = opened(b"\xff\xd8\xff\xfe\0\x07hello");
    assert_eq!(media.broken().unwrap().state(), FileState::Damaged);
    let (metadata, gaps) = media.metadata();
    assert_eq!(metadata.value("mime"), Some("image/jpeg"));
    assert_eq!(metadata.value("comment"), Some("hello"));
    assert_eq!(gaps.len(), 1);
    assert!(media.for_each_frame(&ALL, &mut |_| ControlFlow::Continue(())).is_err());
}
