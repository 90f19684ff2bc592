//! JPEG 2000 and JPEG XL in boxes: their size, EXIF and XMP.

use super::blocks::Blocks;
use super::iso::{self, Walk, number};
use super::plain;
use crate::source::Source;

/// The user type of a box that holds EXIF: Adobe's.
const EXIF: &[u8; 16] = b"JpgTiffExif->JP2";
/// The user type of a box that holds IPTC.
const IPTC: [u8; 16] = [
    0x33, 0xc7, 0xa4, 0xd2, 0xb8, 0x1d, 0x47, 0x23, 0xa0, 0xba, 0xf1, 0xa3, 0xe0, 0x97, 0xad, 0x38,
];
/// Bytes of a codestream's head that tell its size.
const HEAD_BYTES: u64 = 64;

/// What lies in boxes of EXIF, XMP and IPTC.
///
/// # Source
///
/// ISO/IEC 15444-1 annex I (JP2) and 18181-2 (JPEG XL).
pub(super) fn blocks(source: &Source, ration: u64) -> Blocks {
    let mut found = Blocks::default();
    let mut walk = Walk::new(source, ration);
    for part in walk.outermost() {
        match &part.kind {
            b"uuid" => {
                let user_type = walk.bytes(&part.body, 16);
                let body = part.body.start.saturating_add(16)..part.body.end;
                if user_type == iso::XMP {
                    found.xmp.push(walk.bytes(&body, ration));
                } else if user_type == EXIF {
                    let block = walk.bytes(&body, ration);
                    found.add_exif(block.strip_prefix(b"Exif\0\0").unwrap_or(&block));
                } else if user_type == IPTC {
                    found.iptc.push(walk.bytes(&body, ration));
                }
                found.c2pa |= user_type == iso::C2PA;
            }
            // How far its TIFF header is off stands first.
            b"Exif" => {
                let block = walk.bytes(&part.body, ration);
                let skip = number(&block, 0, 4).and_then(|skip| usize::try_from(skip).ok());
                match skip.and_then(|skip| block.get(skip.checked_add(4)?..)) {
                    Some(tiff) => found.add_exif(tiff),
                    None => found.damage("its box of EXIF is cut off"),
                }
            }
            b"xml " => {
                let packet = walk.bytes(&part.body, ration);
                // A JPEG 2000 holds any XML in such a box.
                if super::blocks::contains(&packet, b"http://www.w3.org/1999/02/22-rdf-syntax-ns#")
                {
                    found.xmp.push(packet);
                }
            }
            b"jumb" => found.c2pa = true,
            b"brob" => found.damage("a box of metadata is packed with Brotli, which is not read"),
            _ => {}
        }
    }
    found.cut = walk.into_cut();
    found
}

/// Width and height that the head of the picture tells.
pub(super) fn size(source: &Source, ration: u64) -> Option<(u32, u32)> {
    let head = source.bytes_at(0, HEAD_BYTES as usize).ok()?;
    if head.starts_with(b"\xff\x4f") {
        return of_codestream(&head);
    }
    let mut walk = Walk::new(source, ration);
    let parts = walk.outermost();
    let part = |kinds: &[&[u8; 4]]| parts.iter().find(|part| kinds.contains(&&part.kind));
    if let Some(header) = part(&[b"jp2h"]) {
        let header = walk.child(header.body.clone(), b"ihdr")?;
        let body = walk.bytes(&header.body, 8);
        return Some((number(&body, 4, 4)? as u32, number(&body, 0, 4)? as u32));
    }
    let stream = part(&[b"jxlc", b"jxlp"])?;
    let body = walk.bytes(&stream.body, HEAD_BYTES);
    // A part of a stream has its number first.
    let body = if stream.kind == *b"jxlp" { body.get(4..)? } else { &body };
    plain::jpeg_xl(body.strip_prefix(b"\xff\x0a")?)
}

/// A codestream's outermost columns and rows, less those before the picture.
fn of_codestream(head: &[u8]) -> Option<(u32, u32)> {
    let at = |at| number(head, at, 4);
    let side = |end: u64, start: u64| u32::try_from(end.checked_sub(start)?).ok();
    Some((side(at(8)?, at(16)?)?, side(at(12)?, at(20)?)?))
}

#[cfg(test)]
mod tests {
    use super::super::iso::tests::boxed;
    use super::*;
    use crate::source::tests::source_of;

    fn jp2() -> Vec<u8> {
        [
            b"\0\0\0\x0cjP  \r\n\x87\n".to_vec(),
            boxed(b"ftyp", b"jp2 \0\0\0\0jp2 "),
            boxed(b"jp2h", &boxed(b"ihdr", b"\0\0\0\x0a\0\0\0\x0c\0\x03\x07\x07\0\0")),
            boxed(b"uuid", &[&EXIF[..], b"MM\0*"].concat()),
            boxed(b"uuid", &[&iso::XMP[..], b"<x/>"].concat()),
        ]
        .concat()
    }

    fn jxl() -> Vec<u8> {
        [
            b"\0\0\0\x0cJXL \r\n\x87\n".to_vec(),
            boxed(b"ftyp", b"jxl \0\0\0\0jxl "),
            boxed(b"Exif", b"\0\0\0\0MM\0*"),
            boxed(b"jxlp", b"\0\0\0\0\xff\x0a\x43\0"),
            boxed(b"brob", b"xml "),
        ]
        .concat()
    }

    #[test]
    fn blocks_and_size_are_found() {
        let source = source_of(&jp2());
        assert_eq!(size(&source, 9999), Some((12, 10)));
        let found = blocks(&source, 9999);
        assert_eq!((found.exif.as_deref(), found.cut), (Some(&b"MM\0*"[..]), None));
        assert_eq!(found.xmp, [b"<x/>"]);
        let source = source_of(&jxl());
        assert_eq!(size(&source, 9999), Some((16, 16)));
        let found = blocks(&source, 9999);
        assert_eq!((found.exif.as_deref(), found.gaps.len()), (Some(&b"MM\0*"[..]), 1));
        let bare = b"\xff\x4f\xff\x51\0\x29\0\0\0\0\0\x10\0\0\0\x20\0\0\0\x01\0\0\0\x02";
        assert_eq!(size(&source_of(bare), 9999), Some((15, 30)));
    }

    #[test]
    fn every_prefix_and_every_flipped_byte_ends_gently() {
        for whole in [jp2(), jxl()] {
            for at in 0..whole.len() {
                let mut bent = whole.clone();
                bent[at] ^= 0xff;
                for bytes in [&whole[..at], &bent] {
                    let source = source_of(bytes);
                    blocks(&source, 9999);
                    size(&source, 9999);
                }
            }
        }
    }
}
