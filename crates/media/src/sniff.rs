//! What bytes are, by their first few: names decide nothing.

use image::ImageFormat;

/// What the first bytes say a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sniffed {
    /// A picture or animation that `image` reads.
    Image(ImageFormat),
    /// A picture in ISO boxes: HEIC, AVIF and the like.
    Heif(&'static str),
    /// A picture of which only metadata are read.
    Described(&'static str),
    /// A container that FFmpeg reads.
    Container(Container),
    /// Sound without pictures.
    Sound(&'static str),
    /// Something else, which has a name.
    Other(&'static str),
}

/// A container, by the demuxer that is allowed to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Container {
    /// FFmpeg's full name of the demuxer: `format_whitelist` takes no other.
    pub(crate) demuxer: &'static str,
    pub(crate) mime: &'static str,
    /// Whether the header tells the duration, rather than a guess from the bit rate.
    pub(crate) knows_duration: bool,
}

/// How many bytes [`no_media`] wants to see.
pub const SNIFFED_BYTES: usize = 4096;

const MOV: &str = "mov,mp4,m4a,3gp,3g2,mj2";
const MATROSKA: &str = "matroska,webm";

/// Why a file that starts with `head`, its first [`SNIFFED_BYTES`], holds no pictures that this program reads; `None`
/// where a decoder has to say.
#[must_use]
pub fn no_media(head: &[u8]) -> Option<&'static str> {
    match sniff(head) {
        Some(
            Sniffed::Image(_)
            | Sniffed::Heif(_)
            | Sniffed::Described(_)
            | Sniffed::Container(_)
            | Sniffed::Sound(_),
        ) => None,
        Some(Sniffed::Other(what)) => Some(what),
        None => Some("no picture or video that this program reads"),
    }
}

/// Tells what a file is that starts with `head`; `None` where it is nothing this program knows.
pub(crate) fn sniff(head: &[u8]) -> Option<Sniffed> {
    let at = |offset: usize, magic: &[u8]| {
        head.get(offset..).is_some_and(|rest| rest.starts_with(magic))
    };
    let starts = |magic: &[u8]| at(0, magic);
    let container = |demuxer, mime, knows_duration| {
        Some(Sniffed::Container(Container { demuxer, mime, knows_duration }))
    };
    if starts(b"\xff\xd8\xff") {
        Some(Sniffed::Image(ImageFormat::Jpeg))
    } else if starts(b"\x89PNG\r\n\x1a\n") {
        Some(Sniffed::Image(ImageFormat::Png))
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Some(Sniffed::Image(ImageFormat::Gif))
    } else if starts(b"RIFF") && at(8, b"WEBP") {
        Some(Sniffed::Image(ImageFormat::WebP))
    } else if [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| starts(magic)) {
        Some(Sniffed::Image(ImageFormat::Tiff))
    } else if let Some(mime) = described(head) {
        Some(Sniffed::Described(mime))
    } else if starts(b"BM")
        && head.get(14).is_some_and(|size| [12, 40, 52, 56, 64, 108, 124].contains(size))
    {
        Some(Sniffed::Image(ImageFormat::Bmp))
    } else if at(4, b"ftyp") {
        Some(by_brand(head))
    } else if [&b"moov"[..], b"mdat", b"wide", b"pnot"].iter().any(|kind| at(4, kind))
        || ([&b"free"[..], b"skip"].iter().any(|kind| at(4, kind)) && starts(b"\0"))
    {
        container(MOV, "video/quicktime", true)
    } else if starts(b"\x1a\x45\xdf\xa3") {
        let webm = head
            .iter()
            .take(64)
            .copied()
            .collect::<Vec<_>>()
            .windows(4)
            .any(|four| four == b"webm");
        container(MATROSKA, if webm { "video/webm" } else { "video/x-matroska" }, true)
    } else if starts(b"RIFF") && (at(8, b"AVI ") || at(8, b"AVIX")) {
        container("avi", "video/x-msvideo", true)
    } else if starts(b"FLV\x01") {
        container("flv", "video/x-flv", true)
    } else if starts(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11") {
        container("asf", "video/x-ms-wmv", true)
    } else if starts(b"OggS") {
        container("ogg", "video/ogg", true)
    } else if starts(b"\0\0\x01\xba") {
        container("mpeg", "video/mpeg", false)
    } else if starts(b"\0\0\x01\xb3") {
        container("mpegvideo", "video/mpeg", false)
    } else if in_step(head, 0, 188) || in_step(head, 4, 192) {
        container("mpegts", "video/mp2t", false)
    } else {
        without_pictures(head)
    }
}

/// Photoshop's documents, pages of PostScript, those raw pictures of cameras that do not begin as a TIFF does, and
/// pictures of kinds that are rare on the web.
fn described(head: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 19] = [
        (b"8BPS\0", "application/vnd.adobe.photoshop"),
        (b"II\x1a\0\0\0HEAPCCDR", "image/x-canon-crw"),
        (b"\0MRM", "image/x-minolta-mrw"),
        (b"FOVb", "image/x-sigma-x3f"),
        (b"%!PS-Adobe-", "application/postscript"),
        (b"\xc5\xd0\xd3\xc6", "application/postscript"),
        (b"v/1\x01", "image/x-exr"),
        (b"#?RADIANCE", "image/vnd.radiance"),
        (b"#?RGBE", "image/vnd.radiance"),
        (b"\0\0\0\x0cJXL ", "image/jxl"),
        (b"\xff\x0a", "image/jxl"),
        (b"\0\0\0\x0cjP  ", "image/jp2"),
        (b"\xff\x4f\xff\x51", "image/x-j2c"),
        (b"\0\0\x01\0", "image/x-icon"),
        (b"FUJIFILMCCD-RAW", "image/x-fujifilm-raf"),
        (b"IIRO", "image/x-olympus-orf"),
        (b"IIRS", "image/x-olympus-orf"),
        (b"MMOR", "image/x-olympus-orf"),
        (b"IIU\0", "image/x-panasonic-rw2"),
    ];
    let by_magic = known.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, mime)| *mime);
    by_magic.filter(|mime| *mime != "image/x-icon" || is_icon(head)).or(match head {
        [0x0a, 0 | 2..=5, 1, 1 | 2 | 4 | 8, ..] => Some("image/pcx"),
        [b'P', kind, b'\n' | b'\r' | b' ' | b'\t', b'0'..=b'9' | b'#', ..] => match kind {
            b'1' | b'4' => Some("image/x-portable-bitmap"),
            b'2' | b'5' => Some("image/x-portable-graymap"),
            b'3' | b'6' => Some("image/x-portable-pixmap"),
            b'F' | b'f' => Some("image/x-portable-floatmap"),
            _ => None,
        },
        _ => None,
    })
}

/// Whether an icon's first picture lies behind the list of all.
fn is_icon(head: &[u8]) -> bool {
    let number = |at: usize| head.get(at).map_or(0, |byte| usize::from(*byte));
    let (count, at) = (number(4) | number(5) << 8, number(18) | number(19) << 8);
    let long_place = number(20) | number(21) << 8;
    (1..=256).contains(&count) && number(9) == 0 && (at >= 6 + 16 * count || long_place > 0)
}

/// Whether sync bytes of an MPEG transport stream stand at `first` and each `step` after it.
fn in_step(head: &[u8], first: usize, step: usize) -> bool {
    let marks: Vec<_> = head.iter().skip(first).step_by(step).take(5).collect();
    marks.len() >= 3 && marks.iter().all(|mark| **mark == 0x47)
}

fn by_brand(head: &[u8]) -> Sniffed {
    let size =
        head.get(..4).map_or(0, |four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
            as usize;
    let brands = head.get(8..size.clamp(8, head.len().max(8))).unwrap_or_default();
    let major = brands.get(..4).unwrap_or_default();
    let compatible = brands.get(8..).unwrap_or_default();
    let any = |wanted: &[&[u8; 4]]| {
        compatible
            .chunks_exact(4)
            .chain([major])
            .any(|brand| wanted.iter().any(|want| *want == brand))
    };
    match major {
        b"heic" | b"heix" | b"heim" | b"heis" => Sniffed::Heif("image/heic"),
        b"avif" => Sniffed::Heif("image/avif"),
        b"mif1" | b"msf1" | b"hevc" | b"hevx" | b"avis" | b"MiHE" | b"MiHB"
            if any(&[b"avif", b"avis"]) =>
        {
            Sniffed::Heif("image/avif")
        }
        b"mif1" if any(&[b"jpeg"]) => Sniffed::Heif("image/heif"),
        b"mif1" | b"msf1" | b"MiHE" | b"MiHB" => Sniffed::Heif("image/heif"),
        b"hevc" | b"hevx" => Sniffed::Heif("image/heic-sequence"),
        b"jxl " => Sniffed::Described("image/jxl"),
        b"jp2 " => Sniffed::Described("image/jp2"),
        b"jpx " => Sniffed::Described("image/jpx"),
        b"crx " => Sniffed::Described("image/x-canon-cr3"),
        b"M4A " | b"M4B " | b"M4P " => Sniffed::Sound("audio/mp4"),
        _ => {
            let mime = match major {
                b"qt  " => "video/quicktime",
                b"M4V " | b"M4VH" | b"M4VP" => "video/x-m4v",
                [b'3', b'g', b'2', _] => "video/3gpp2",
                [b'3', b'g', _, _] => "video/3gpp",
                _ => "video/mp4",
            };
            Sniffed::Container(Container { demuxer: MOV, mime, knows_duration: true })
        }
    }
}

fn without_pictures(head: &[u8]) -> Option<Sniffed> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    if let Some(mime) = sound(head) {
        return Some(Sniffed::Sound(mime));
    }
    let named: [(&[u8], &'static str); 4] = [
        (b"#EXTM3U", "a playlist, which names other files"),
        (b"ffconcat", "a playlist, which names other files"),
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive"),
    ];
    named.iter().find(|(magic, _)| starts(magic)).map(|(_, name)| Sniffed::Other(name))
}

/// Sound, by its media type.
fn sound(head: &[u8]) -> Option<&'static str> {
    let known: [(usize, &[u8], &str); 7] = [
        (0, b"ID3", "audio/mpeg"),
        (0, b"fLaC", "audio/flac"),
        (0, b"#!AMR", "audio/amr"),
        (0, b"MThd", "audio/midi"),
        (8, b"WAVE", "audio/x-wav"),
        (8, b"AIFF", "audio/x-aiff"),
        (8, b"AIFC", "audio/x-aiff"),
    ];
    let chunked = |at: usize| at == 0 || head.starts_with(b"RIFF") || head.starts_with(b"FORM");
    let is = |&&(at, magic, _): &&(usize, &[u8], &str)| {
        chunked(at) && head.get(at..).is_some_and(|rest| rest.starts_with(magic))
    };
    known.iter().find(is).map(|(_, _, mime)| *mime).or(match head {
        [0xff, 0xf1 | 0xf9, ..] => Some("audio/aac"),
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 && *second != 0xff => {
            Some("audio/mpeg")
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mime(head: &[u8]) -> Option<&'static str> {
        match sniff(head)? {
            Sniffed::Container(container) => Some(container.mime),
            Sniffed::Heif(mime) | Sniffed::Described(mime) | Sniffed::Sound(mime) => Some(mime),
            Sniffed::Image(format) => Some(format.to_mime_type()),
            Sniffed::Other(name) => Some(name),
        }
    }

    #[test]
    fn the_first_bytes_decide() {
        assert_eq!(mime(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(mime(b"\0\0\0\x18ftypmp42\0\0\0\0isommp42"), Some("video/mp4"));
        assert_eq!(mime(b"\0\0\0\x18ftypqt  \0\0\0\0qt  "), Some("video/quicktime"));
        assert_eq!(mime(b"\0\0\0\x18ftyp3gp4\0\0\0\0isom3gp4"), Some("video/3gpp"));
        assert_eq!(mime(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Some("image/heic"));
        assert_eq!(mime(b"\0\0\0\x18ftypmif1\0\0\0\0avifmif1"), Some("image/avif"));
        assert_eq!(mime(b"\0\0\0\x18ftypM4A \0\0\0\0M4A isom"), Some("audio/mp4"));
        assert_eq!(mime(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm"), Some("video/webm"));
        assert_eq!(mime(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska"), Some("video/x-matroska"));
        assert_eq!(mime(b"\xff\xfb\x90\x00"), Some("audio/mpeg"));
    }

    #[test]
    fn text_is_no_media_whatever_it_says() {
        assert_eq!(
            mime(b"#EXTM3U\nfile:///etc/passwd"),
            Some("a playlist, which names other files")
        );
        assert_eq!(
            mime(b"ffconcat version 1.0\nfile a.mp4"),
            Some("a playlist, which names other files")
        );
        assert_eq!(sniff(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), None);
        assert_eq!(sniff(b"hello"), None);
        assert_eq!(sniff(b"P6 is a model"), None);
        assert_eq!(sniff(b"\0\0\x01\0\0\0\0\0"), None);
        assert_eq!(sniff(b""), None);
    }

    #[test]
    fn a_transport_stream_is_known_by_its_step() {
        let mut stream = vec![0; 188 * 4];
        stream.iter_mut().step_by(188).for_each(|mark| *mark = 0x47);
        assert_eq!(mime(&stream), Some("video/mp2t"));
        stream[188] = 0;
        assert_eq!(mime(&stream), None);
    }

    #[test]
    fn no_short_head_is_out_of_bounds() {
        for whole in
            [&b"\0\0\0\x18ftypmp42\0\0\0\0isommp42"[..], b"RIFF\0\0\0\0WEBPVP8 ", b"\0\0\0\0ftyp"]
        {
            for len in 0..whole.len() {
                sniff(&whole[..len]);
            }
        }
    }
}
