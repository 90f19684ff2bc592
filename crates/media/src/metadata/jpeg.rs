//! JPEG: its segments, and what its body tells of the program that wrote it.

use std::fmt::Write;
use std::io;

use md5::{Digest, Md5};

use super::blocks::{
    Blocks, MOST_BLOCKS, Reader, array, bad, body, byte, contains, position, skip, walk,
};
use super::preview::Held;
use super::trail::Multi;
use super::{Metadata, photoshop};
use crate::source::Source;

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
/// Markers that are told.
const MOST_MARKERS: usize = 64;

/// What the segments before the first scan tell of the encoder.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// Bytes of all table segments, in the order of the file.
    tables: Vec<u8>,
    /// Sampling of each component, horizontal and vertical.
    sampling: Vec<(u8, u8)>,
    markers: Vec<String>,
    progressive: bool,
    /// Where the first scan's marker stands.
    pub(super) scan_at: Option<u64>,
}

/// Walks over the segments before a JPEG's first scan.
pub(crate) fn blocks(source: &Source, ration: u64) -> Blocks {
    let mut found = walk(source, ration, |reader, found| {
        let (mut resources, mut extended) = (Vec::new(), Vec::new());
        let walked = segments(reader, found, &mut resources, &mut extended);
        photoshop::read(&resources, found);
        join(extended, found);
        walked
    });
    found.progressive = found.jpeg.as_ref().is_some_and(|body| body.progressive);
    found
}

/// Walks over a JPEG that lies inside another file: what its body tells is not said of that.
pub(super) fn embedded(source: &Source, ration: u64) -> Blocks {
    Blocks { jpeg: None, multi: None, end: None, ..blocks(source, ration) }
}

fn segments(
    reader: &mut Reader,
    found: &mut Blocks,
    resources: &mut Vec<u8>,
    extended: &mut Vec<Piece>,
) -> io::Result<()> {
    found.jpeg = Some(Body::default());
    skip(reader, 2)?;
    for _ in 0..MOST_BLOCKS {
        let mut marker = byte(reader)?;
        // Fill bytes and rubbish between segments are passed over, as decoders do.
        while marker != 0xff {
            marker = byte(reader)?;
        }
        while marker == 0xff {
            marker = byte(reader)?;
        }
        let at = position(reader)?.saturating_sub(2);
        if let Some(body) = &mut found.jpeg {
            body.mark(marker, at);
        }
        if matches!(marker, 0xda | 0xd9) {
            return Ok(());
        }
        if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd8) {
            continue;
        }
        let len = u64::from(u16::from_be_bytes(array(reader)?)).saturating_sub(2);
        let wanted = matches!(marker, 0xdb | 0xc0..=0xc3 | 0xc5..=0xcb | 0xcd..=0xcf | 0xe0..=0xe2 | 0xeb | 0xed | 0xfe);
        if wanted {
            let segment = body(reader, len)?;
            // The marker and the length stand before it.
            take(marker, &segment, at + 4, found, resources, extended);
        } else {
            skip(reader, len)?;
        }
    }
    Err(bad("too many segments"))
}

fn take(
    marker: u8,
    segment: &[u8],
    at: u64,
    found: &mut Blocks,
    resources: &mut Vec<u8>,
    extended: &mut Vec<Piece>,
) {
    match marker {
        0xe0 => found.previews.extend(jfif_thumbnail(segment)),
        0xe1 => {
            if let Some(exif) = segment.strip_prefix(b"Exif\0\0") {
                found.add_exif(exif);
            } else if let Some(packet) = segment.strip_prefix(XMP) {
                found.xmp.push(packet.to_vec());
            } else if let Some(piece) = segment.strip_prefix(EXTENDED) {
                extended.extend(Piece::of(piece));
            }
        }
        0xe2 => {
            if let Some(index) = segment.strip_prefix(b"MPF\0") {
                found.multi = Some(Multi { at: at + 4, index: index.to_vec() });
            }
        }
        0xeb => found.c2pa |= contains(segment, b"jumb") && contains(segment, b"c2pa"),
        0xed => {
            if let Some(part) = segment.strip_prefix(b"Photoshop 3.0\0") {
                resources.extend(part);
            }
        }
        0xfe => found.comments.push(("jpeg:comment", segment.to_vec())),
        _ => {
            if let Some(body) = &mut found.jpeg {
                body.take(marker, segment);
            }
        }
    }
}

/// Part of a packet that is longer than a segment.
struct Piece {
    guid: [u8; 32],
    full: u32,
    offset: u32,
    bytes: Vec<u8>,
}

impl Piece {
    fn of(segment: &[u8]) -> Option<Self> {
        let (guid, rest) = segment.split_first_chunk()?;
        let (full, rest) = rest.split_first_chunk()?;
        let (offset, bytes) = rest.split_first_chunk()?;
        let (full, offset) = (u32::from_be_bytes(*full), u32::from_be_bytes(*offset));
        Some(Self { guid: *guid, full, offset, bytes: bytes.to_vec() })
    }
}

/// Joins the pieces of extended XMP in the order of their offsets; what lies behind a hole cannot be read.
fn join(mut pieces: Vec<Piece>, found: &mut Blocks) {
    pieces.sort_by_key(|piece| (piece.guid, piece.offset));
    for packet in pieces.chunk_by(|a, b| a.guid == b.guid) {
        let mut whole = Vec::new();
        for piece in packet {
            if piece.offset as usize == whole.len() {
                whole.extend(&piece.bytes);
            }
        }
        let full = packet.first().map_or(0, |piece| piece.full as usize);
        if whole.len() < full {
            found.damage(format!("extended XMP lacks {} of {full} bytes", full - whole.len()));
        }
        found.extended_xmp.push(whole);
    }
}

/// The thumbnail of a JFIF segment or of its extension.
fn jfif_thumbnail(segment: &[u8]) -> Option<Held> {
    if let Some(rest) = segment.strip_prefix(b"JFXX\0") {
        return match rest {
            [0x10, jpeg @ ..] => Some(Held::jpeg("jfif:JFXX".to_owned(), jpeg.to_vec(), true)),
            [0x13, width, height, rgb @ ..] => Held::rgb("jfif:JFXX", *width, *height, rgb),
            _ => None,
        };
    }
    match segment.strip_prefix(b"JFIF\0")?.get(7..)? {
        [width, height, rgb @ ..] => Held::rgb("jfif:JFIF", *width, *height, rgb),
        _ => None,
    }
}

impl Body {
    fn mark(&mut self, marker: u8, at: u64) {
        if marker == 0xda {
            self.scan_at.get_or_insert(at);
        }
        if self.markers.len() < MOST_MARKERS {
            self.markers.push(match marker {
                0xc4 => "DHT".to_owned(),
                0xc8 => "JPG".to_owned(),
                0xcc => "DAC".to_owned(),
                0xc0..=0xcf => format!("SOF{}", marker - 0xc0),
                0xd9 => "EOI".to_owned(),
                0xda => "SOS".to_owned(),
                0xdb => "DQT".to_owned(),
                0xdd => "DRI".to_owned(),
                0xe0..=0xef => format!("APP{}", marker - 0xe0),
                0xfe => "COM".to_owned(),
                _ => format!("{marker:02X}"),
            });
        }
    }

    fn take(&mut self, marker: u8, segment: &[u8]) {
        if marker == 0xdb {
            self.tables.extend(segment);
            return;
        }
        self.progressive |= matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce);
        let components = segment.get(6..).unwrap_or_default().as_chunks::<3>().0;
        self.sampling = components.iter().map(|[_, ratio, _]| (ratio >> 4, ratio & 15)).collect();
    }

    /// Adds what the body tells.
    pub(super) fn tell(&self, metadata: &mut Metadata) {
        let from = "jpeg";
        if let Some(fit) = fit(&self.tables) {
            metadata.measured("jpeg_quality", fit.quality, from);
            let told = if fit.deviation == 0 {
                "tables of the IJG".to_owned()
            } else {
                format!("no tables of the IJG; greatest deviation {}", fit.deviation)
            };
            if let Some(fact) = metadata.facts.last_mut() {
                fact.raw = format!("{}: {told}", fit.quality);
            }
        }
        if !self.tables.is_empty() {
            let digest = Md5::digest(&self.tables);
            let hex = digest.iter().fold(String::new(), |mut hex, byte| {
                let _infallible = write!(hex, "{byte:02x}");
                hex
            });
            metadata.measured("jpeg_tables", hex, from);
        }
        if !self.sampling.is_empty() {
            metadata.measured("jpeg_sampling", sampling(&self.sampling), from);
            metadata.measured("jpeg_progressive", self.progressive, from);
        }
        if !self.markers.is_empty() {
            metadata.measured("jpeg_markers", self.markers.join(" "), from);
        }
    }
}

fn sampling(components: &[(u8, u8)]) -> String {
    let named = match components {
        [_] => "grey",
        [(1, 1), (1, 1), (1, 1)] => "4:4:4",
        [(2, 1), (1, 1), (1, 1)] => "4:2:2",
        [(1, 2), (1, 1), (1, 1)] => "4:4:0",
        [(2, 2), (1, 1), (1, 1)] => "4:2:0",
        [(4, 1), (1, 1), (1, 1)] => "4:1:1",
        _ => "",
    };
    if named.is_empty() {
        let told: Vec<String> = components.iter().map(|(x, y)| format!("{x}x{y}")).collect();
        return told.join(" ");
    }
    named.to_owned()
}

/// How well tables fit those that the IJG's library makes for a quality.
struct Fit {
    quality: u32,
    deviation: u32,
}

/// The quality whose tables come nearest, and the greatest deviation of any value from them.
///
/// # Source
///
/// ITU-T T.81, tables K.1 and K.2; their scaling is that of the Independent JPEG Group's library.
fn fit(segments: &[u8]) -> Option<Fit> {
    let tables = tables(segments)?;
    (1..=100)
        .map(|quality| {
            let deviations = tables.iter().flat_map(|(id, values)| {
                let base = if *id == 0 { &LUMA } else { &CHROMA };
                values.iter().zip(ZIGZAG).map(move |(value, at)| {
                    let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
                    let made = ((u32::from(base[at]) * scale + 50) / 100).clamp(1, 255);
                    u32::from(*value).abs_diff(made)
                })
            });
            let (sum, most) = deviations.fold((0, 0), |(sum, most), d| (sum + d, d.max(most)));
            (sum, Fit { quality, deviation: most })
        })
        .min_by_key(|(sum, _)| *sum)
        .map(|(_, fit)| fit)
}

/// Number and values of each table, as they lie in the file: in zigzag order.
fn tables(mut segments: &[u8]) -> Option<Vec<(u8, Vec<u16>)>> {
    let mut found = Vec::new();
    while let [head, rest @ ..] = segments {
        let wide = head >> 4 == 1;
        let (values, after) = rest.split_at_checked(if wide { 128 } else { 64 })?;
        let values = if wide {
            values.as_chunks().0.iter().map(|two| u16::from_be_bytes(*two)).collect()
        } else {
            values.iter().map(|value| u16::from(*value)).collect()
        };
        found.push((head & 15, values));
        segments = after;
    }
    (!found.is_empty()).then_some(found)
}

const LUMA: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA: [u8; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;
    use image::ExtendedColorType;
    use image::codecs::jpeg::JpegEncoder;

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        [&[0xff, marker][..], &(body.len() as u16 + 2).to_be_bytes(), body].concat()
    }

    /// A JPEG's start with these segments.
    fn jpeg(segments: &[Vec<u8>]) -> Vec<u8> {
        [b"\xff\xd8", &segments.concat()[..], b"\xff\xda\0\x02"].concat()
    }

    fn piece(offset: u32, bytes: &[u8]) -> Vec<u8> {
        let head = [EXTENDED, &[b'g'; 32], &6_u32.to_be_bytes(), &offset.to_be_bytes()];
        segment(0xe1, &[&head.concat(), bytes].concat())
    }

    #[test]
    fn the_quality_that_an_encoder_was_told_is_found() {
        for quality in [10, 50, 75, 92, 100] {
            let mut bytes = Vec::new();
            JpegEncoder::new_with_quality(&mut bytes, quality)
                .encode(&[128; 8 * 8 * 3], 8, 8, ExtendedColorType::Rgb8)
                .unwrap();
            let mut metadata = Metadata::default();
            blocks(&source_of(&bytes), 9999).jpeg.unwrap().tell(&mut metadata);
            assert_eq!(metadata.value("jpeg_quality"), Some(quality.to_string().as_str()));
            assert!(metadata.facts[0].raw.ends_with(": tables of the IJG"), "{metadata:?}");
            assert_eq!(metadata.value("jpeg_progressive"), Some("false"));
            assert_eq!(metadata.value("jpeg_tables").unwrap().len(), 32);
        }
    }

    #[test]
    fn tables_of_other_makers_are_told_apart() {
        let mut table = vec![0];
        table.extend([2_u8; 64]);
        let bytes = jpeg(&[
            segment(0xdb, &table),
            segment(0xc2, b"\x08\0\x08\0\x08\x03\x01\x22\0\x02\x11\x01\x03\x11\x01"),
        ]);
        let mut metadata = Metadata::default();
        blocks(&source_of(&bytes), 9999).jpeg.unwrap().tell(&mut metadata);
        assert!(metadata.facts[0].raw.contains("no tables of the IJG"), "{metadata:?}");
        assert_eq!(metadata.value("jpeg_sampling"), Some("4:2:0"));
        assert_eq!(metadata.value("jpeg_progressive"), Some("true"));
        assert_eq!(metadata.value("jpeg_markers"), Some("DQT SOF2 SOS"));
    }

    #[test]
    fn blocks_over_several_segments_are_joined() {
        let resource = b"8BIM\x04\x04\0\0\0\0\0\x03iim\0";
        let bytes = jpeg(&[
            segment(0xe1, b"Exif\0\0MM\0*"),
            segment(0xe1, b"Exif\0\0more"),
            segment(0xe1, b"Exif\0\0II*\0"),
            piece(3, b"def"),
            segment(0xed, &[b"Photoshop 3.0\0", &resource[..6]].concat()),
            segment(0xed, &[b"Photoshop 3.0\0", &resource[6..]].concat()),
            piece(0, b"abc"),
        ]);
        let found = blocks(&source_of(&bytes), 9999);
        assert_eq!(found.exif.as_deref(), Some(&b"MM\0*more"[..]));
        assert_eq!(found.more_exif, [b"II*\0"]);
        assert_eq!(found.iptc, [b"iim"]);
        assert_eq!(found.extended_xmp, [b"abcdef"]);
        assert!(found.cut.is_none() && found.gaps.is_empty());
    }

    #[test]
    fn a_hole_in_extended_xmp_is_told() {
        let found = blocks(&source_of(&jpeg(&[piece(0, b"ab"), piece(3, b"def")])), 9999);
        assert_eq!(found.extended_xmp, [b"ab"]);
        assert!(found.gaps[0].why.contains("lacks 4 of 6"));
    }

    #[test]
    fn every_prefix_ends_gently() {
        let whole = jpeg(&[
            segment(0xe0, b"JFXX\0\x13\x01\x01abc"),
            segment(0xe0, b"JFIF\0\x01\x02\0\0\0\0\0\x01\x01abc"),
            piece(0, b"abcdef"),
            segment(0xe2, b"MPF\0MM\0*"),
            segment(0xdb, &[0; 65]),
            segment(0xfe, b"note"),
        ]);
        assert_eq!(blocks(&source_of(&whole), 9999).previews.len(), 2);
        for len in 0..whole.len() {
            let found = blocks(&source_of(&whole[..len]), 9999);
            found.jpeg.unwrap_or_default().tell(&mut Metadata::default());
        }
    }
}
