//! Where metadata lies inside a still: segments of JPEG, chunks of PNG and WebP, boxes of ISO files.

use std::io::{self, BufReader, Read, Seek};

use crate::source::{Rationed, Source};

/// What was found without decoding any pixel.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    /// The EXIF block, from its TIFF header on.
    pub(crate) exif: Option<Vec<u8>>,
    /// Keywords and texts of a PNG, as bytes of Latin-1 or UTF-8.
    pub(crate) texts: Vec<(String, Vec<u8>)>,
    /// Whether C2PA content credentials are there; that they are valid is not said.
    pub(crate) c2pa: bool,
    /// Whether a JPEG keeps its whole picture in memory while it is decoded.
    pub(crate) progressive: bool,
    /// Why the walk ended early, if it did.
    pub(crate) cut: Option<String>,
}

/// Most blocks of one file that are walked over; real files have a few dozen.
const MOST_BLOCKS: usize = 65_536;

/// The user type of the box that holds C2PA in ISO files, by its specification.
const C2PA_UUID: [u8; 16] = [
    0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81,
];

type Reader = Rationed<BufReader<Source>>;

/// Walks over the segments before a JPEG's first scan.
pub(crate) fn of_jpeg(source: &Source, ration: u64) -> Blocks {
    walk(source, ration, |reader, found| {
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
            if matches!(marker, 0xda | 0xd9) {
                break;
            }
            if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd8) {
                continue;
            }
            let len = u64::from(u16::from_be_bytes(array(reader)?)).saturating_sub(2);
            match marker {
                0xc2 | 0xc6 | 0xca | 0xce => found.progressive = true,
                0xe1 | 0xeb => {
                    let body = body(reader, len)?;
                    if marker == 0xeb {
                        found.c2pa |= contains(&body, b"jumb") && contains(&body, b"c2pa");
                    } else if let Some(exif) = body.strip_prefix(b"Exif\0\0")
                        && found.exif.is_none()
                    {
                        found.exif = Some(exif.to_vec());
                    }
                    continue;
                }
                _ => {}
            }
            skip(reader, len)?;
        }
        Ok(())
    })
}

/// Walks over a PNG's chunks.
pub(crate) fn of_png(source: &Source, ration: u64) -> Blocks {
    walk(source, ration, |reader, found| {
        skip(reader, 8)?;
        for _ in 0..MOST_BLOCKS {
            let len = u64::from(u32::from_be_bytes(array(reader)?));
            let kind: [u8; 4] = array(reader)?;
            match &kind {
                b"eXIf" => {
                    let body = body(reader, len)?;
                    let tiff = body.strip_prefix(b"Exif\0\0").unwrap_or(&body);
                    found.exif.get_or_insert_with(|| tiff.to_vec());
                    skip(reader, 4)?;
                    continue;
                }
                b"tEXt" | b"iTXt" => {
                    found.texts.extend(png_text(&kind, &body(reader, len)?));
                    skip(reader, 4)?;
                    continue;
                }
                b"caBX" => found.c2pa = true,
                b"IEND" => break,
                _ => {}
            }
            skip(reader, len + 4)?;
        }
        Ok(())
    })
}

/// The keyword and the text of a chunk, unless that is compressed.
fn png_text(kind: &[u8; 4], chunk: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut parts = chunk.splitn(2, |byte| *byte == 0);
    let (keyword, mut text) = (parts.next()?, parts.next()?);
    if kind == b"iTXt" {
        // Whether it is compressed, how, in which language, and the keyword in that language.
        let plain = text.strip_prefix(b"\0")?.get(1..)?;
        text = plain.splitn(3, |byte| *byte == 0).nth(2)?;
    }
    // XMP has a reader of its own.
    (keyword != b"XML:com.adobe.xmp")
        .then(|| (String::from_utf8_lossy(keyword).into_owned(), text.to_vec()))
}

/// Walks over a WebP's chunks.
pub(crate) fn of_webp(source: &Source, ration: u64) -> Blocks {
    walk(source, ration, |reader, found| {
        skip(reader, 12)?;
        for _ in 0..MOST_BLOCKS {
            let Some(kind) = array_or_end::<4>(reader)? else { break };
            let len = u64::from(u32::from_le_bytes(array(reader)?));
            match &kind {
                b"EXIF" => {
                    let body = body(reader, len)?;
                    // Some writers keep JPEG's prefix, which has no place here.
                    let tiff = body.strip_prefix(b"Exif\0\0").unwrap_or(&body);
                    found.exif.get_or_insert_with(|| tiff.to_vec());
                    skip(reader, len % 2)?;
                    continue;
                }
                b"C2PA" => found.c2pa = true,
                _ => {}
            }
            skip(reader, len + len % 2)?;
        }
        Ok(())
    })
}

/// A TIFF is its own EXIF block, if it is short enough to be read whole.
pub(crate) fn of_tiff(source: &Source, ration: u64) -> Blocks {
    walk(source, ration, |reader, found| {
        let len = reader.inner.get_ref().len();
        let whole = body(reader, len)?;
        // The tag that the C2PA specification gives its manifest store in TIFF, 52545, as an entry of undefined bytes.
        found.c2pa = contains(&whole, b"\x41\xcd\x07\0") || contains(&whole, b"\xcd\x41\0\x07");
        found.exif = Some(whole);
        Ok(())
    })
}

/// Walks over the outermost boxes of an ISO file: MP4, QuickTime, HEIF.
pub(crate) fn of_boxes(source: &Source, ration: u64) -> Blocks {
    walk(source, ration, |reader, found| {
        for _ in 0..MOST_BLOCKS {
            let Some(size) = array_or_end::<4>(reader)? else { break };
            let kind: [u8; 4] = array(reader)?;
            let mut left = match u32::from_be_bytes(size) {
                0 => break,
                1 => u64::from_be_bytes(array(reader)?).checked_sub(16),
                size => u64::from(size).checked_sub(8),
            }
            .ok_or_else(|| bad("a box is smaller than its header"))?;
            if &kind == b"uuid" && left >= 16 {
                found.c2pa |= array::<16>(reader)? == C2PA_UUID;
                left -= 16;
            }
            skip(reader, left)?;
        }
        Ok(())
    })
}

fn walk(
    source: &Source,
    ration: u64,
    steps: impl FnOnce(&mut Reader, &mut Blocks) -> io::Result<()>,
) -> Blocks {
    let mut found = Blocks::default();
    let mut reader = Rationed { inner: BufReader::new(source.rewound()), left: ration };
    if let Err(why) = steps(&mut reader, &mut found) {
        found.cut = Some(match why.kind() {
            io::ErrorKind::UnexpectedEof => "the file ends among its blocks".to_owned(),
            _ => why.to_string(),
        });
    }
    found
}

fn byte(reader: &mut Reader) -> io::Result<u8> {
    array::<1>(reader).map(|[byte]| byte)
}

fn array<const N: usize>(reader: &mut Reader) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The next `N` bytes, or `None` where the file ends before the first of them.
fn array_or_end<const N: usize>(reader: &mut Reader) -> io::Result<Option<[u8; N]>> {
    let mut first = [0; 1];
    if reader.read(&mut first)? == 0 {
        return Ok(None);
    }
    let mut bytes = [0; N];
    bytes[0] = first[0];
    reader.read_exact(&mut bytes[1..])?;
    Ok(Some(bytes))
}

/// Allocates by the bytes that are there, never by `len`.
fn body(reader: &mut Reader, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(len).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

fn skip(reader: &mut Reader, len: u64) -> io::Result<()> {
    let by = i64::try_from(len).map_err(|_| bad("a block is longer than any file"))?;
    // Keeps what is buffered, where it can: blocks are small, and there may be thousands.
    reader.inner.seek_relative(by)?;
    if reader.inner.stream_position()? > reader.inner.get_ref().len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;

    const JPEG: &[u8] =
        b"\xff\xd8\xff\xe1\x00\x0cExif\0\0MM\0*\xff\xeb\x00\x0ajumbc2pa\xff\xc2\x00\x04ab\xff\xda";
    const PNG: &[u8] =
        b"\x89PNG\r\n\x1a\n\0\0\0\x04eXIfMM\0*crc_\0\0\0\x01caBXxcrc_\0\0\0\0IENDcrc_";
    const WEBP: &[u8] = b"RIFF\x1e\0\0\0WEBPEXIF\x05\0\0\0MM\0*x\0C2PA\x01\0\0\0xx";

    #[test]
    fn blocks_are_found_in_each_kind_of_still() {
        for found in [
            of_jpeg(&source_of(JPEG), 999),
            of_png(&source_of(PNG), 999),
            of_webp(&source_of(WEBP), 999),
        ] {
            assert!(found.exif.as_ref().unwrap().starts_with(b"MM\0*"), "{found:?}");
            assert!(found.c2pa && found.cut.is_none(), "{found:?}");
        }
        assert!(of_jpeg(&source_of(JPEG), 999).progressive);
        let boxed = [&b"\0\0\0\x18uuid"[..], &C2PA_UUID].concat();
        assert!(of_boxes(&source_of(&boxed), 999).c2pa);
    }

    #[test]
    fn texts_of_a_png_are_found_in_both_kinds_of_chunk() {
        let chunk = |kind: &[u8; 4], body: &[u8]| {
            [&(body.len() as u32).to_be_bytes()[..], kind, body, b"crc_"].concat()
        };
        let plain = chunk(b"tEXt", b"Software\0Gimp");
        let international = chunk(b"iTXt", b"Title\0\0\0ru\0\xd0\x97\0\xd0\xb4");
        let packed = chunk(b"iTXt", b"Comment\0\x01\0\0\0zzz");
        let end = chunk(b"IEND", b"");
        let png = [&b"\x89PNG\r\n\x1a\n"[..], &plain, &international, &packed, &end].concat();
        let found = of_png(&source_of(&png), 999).texts;
        let expected = [("Software", &b"Gimp"[..]), ("Title", b"\xd0\xb4")];
        assert_eq!(found, expected.map(|(keyword, text)| (keyword.to_owned(), text.to_vec())));
    }

    #[test]
    fn every_prefix_ends_gently() {
        for (whole, walk) in [
            (JPEG, of_jpeg as fn(&Source, u64) -> Blocks),
            (PNG, of_png),
            (WEBP, of_webp),
            (PNG, of_boxes),
        ] {
            for len in 0..whole.len() {
                walk(&source_of(&whole[..len]), 999);
            }
        }
    }

    #[test]
    fn a_length_beyond_the_file_is_told_and_not_allocated() {
        let png = b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffeXIfMM";
        assert!(of_png(&source_of(png), 999).cut.is_some());
        let boxed = b"\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff";
        assert!(of_boxes(&source_of(boxed), 999).cut.is_some());
    }

    #[test]
    fn the_ration_ends_the_walk() {
        assert!(of_jpeg(&source_of(JPEG), 10).cut.unwrap().contains("limit"));
    }
}
