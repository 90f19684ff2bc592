//! Canon's raw pictures in ISO boxes (CR3): directories of EXIF, each in a box of its own.

use super::blocks::Blocks;
use super::clip;
use super::iso::{IsoBox, Walk};
use super::preview::Held;
use super::tiff;
use crate::source::Source;

/// The user type of the box that holds them, by what cameras write.
const CANON: [u8; 16] = [
    0x85, 0xc0, 0xb6, 0x87, 0x82, 0x0f, 0x11, 0xe0, 0x81, 0x11, 0xf4, 0xce, 0x46, 0x2b, 0x6a, 0x48,
];
/// Bytes before the thumbnail's JPEG: a version, its size and its length.
const THUMBNAIL_HEAD: usize = 16;
/// Bytes of a thumbnail.
const THUMBNAIL_BYTES: u64 = 1 << 20;
/// Where the thumbnail lies.
pub(super) const THUMBNAIL: &str = "cr3:THMB";

const EXIF: u16 = 0x8769;
const GPS: u16 = 0x8825;

/// The directories, laid together to one EXIF block, the thumbnail, and what else is found in the boxes.
///
/// # Source
///
/// Laurent Clévy, "Describing the Canon Raw v3 (CR3) file format".
pub(super) fn blocks(source: &Source, ration: u64) -> Blocks {
    let mut found = clip::blocks(source, ration);
    let mut walk = Walk::new(source, ration);
    let parts = parts(&mut walk);
    let part = |kind: &[u8; 4]| {
        let part = parts.iter().find(|part| part.kind == *kind)?;
        Some(source.within(part.body.start, part.body.end - part.body.start))
    };
    let below = [part(b"CMT2").map(|part| (EXIF, part)), part(b"CMT4").map(|part| (GPS, part))];
    let below: Vec<_> = below.into_iter().flatten().collect();
    found.exif = part(b"CMT1").and_then(|main| tiff::joined(&main, &below, ration));
    if found.exif.is_none() {
        found.damage("its boxes hold no EXIF");
    }
    if let Some(thumbnail) = parts.iter().find(|part| part.kind == *b"THMB") {
        let bytes = walk.bytes(&thumbnail.body, THUMBNAIL_BYTES);
        let jpeg = bytes.get(THUMBNAIL_HEAD..).filter(|bytes| bytes.starts_with(b"\xff\xd8"));
        let held = jpeg.map(|bytes| Held::jpeg(THUMBNAIL.to_owned(), bytes.to_vec(), true));
        found.previews.extend(held);
    }
    found.cut = walk.into_cut().or(found.cut);
    found
}

/// Width and height as the first directory tells.
pub(super) fn size(source: &Source, ration: u64) -> Option<(u32, u32)> {
    let mut walk = Walk::new(source, ration);
    let main = parts(&mut walk).into_iter().find(|part| part.kind == *b"CMT1")?;
    let main = source.within(main.body.start, main.body.end - main.body.start);
    tiff::look(&main, ration).map(|look| (look.width, look.height))
}

/// The boxes in Canon's own.
fn parts(walk: &mut Walk<'_>) -> Vec<IsoBox> {
    let Some(moov) = walk.child(walk.file(), b"moov") else { return Vec::new() };
    for uuid in walk.boxes(moov.body) {
        if uuid.kind == *b"uuid" && walk.bytes(&uuid.body, 16) == CANON {
            return walk.boxes(uuid.body.start + 16..uuid.body.end);
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::super::iso::tests::boxed;
    use super::*;
    use crate::source::tests::source_of;

    /// A directory of one field.
    fn directory(field: &[u8; 12]) -> Vec<u8> {
        [&b"II*\0\x08\0\0\0\x01\0"[..], field, &[0; 4]].concat()
    }

    fn raw() -> Vec<u8> {
        let parts = [
            boxed(b"CNCV", b"CanonCR3"),
            boxed(b"CMT1", &directory(b"\0\x01\x03\0\x01\0\0\0\x70\x17\0\0")),
            boxed(b"CMT2", &directory(b"\x91\x92\x02\0\x03\0\0\x0021\0\0")),
            boxed(b"CMT4", &directory(b"\x01\0\x02\0\x02\0\0\0N\0\0\0")),
            boxed(b"THMB", &[&[0; THUMBNAIL_HEAD][..], b"\xff\xd8\xff\xd9"].concat()),
        ]
        .concat();
        let moov = boxed(b"moov", &boxed(b"uuid", &[&CANON[..], &parts].concat()));
        [boxed(b"ftyp", b"crx \0\0\0\x01crx isom"), moov].concat()
    }

    #[test]
    fn directories_in_boxes_become_one_block() {
        let source = source_of(&raw());
        assert_eq!(size(&source, 9999), Some((6000, 0)));
        let found = blocks(&source, 9999);
        assert_eq!((found.cut, found.previews.len()), (None, 1));
        let exif = exif::Reader::new().read_raw(found.exif.unwrap()).unwrap();
        let text =
            |tag| exif.get_field(tag, exif::In::PRIMARY).unwrap().display_value().to_string();
        assert_eq!(text(exif::Tag::ImageWidth), "6000");
        assert_eq!(text(exif::Tag::SubSecTimeOriginal), "\"21\"");
        assert_eq!(text(exif::Tag::GPSLatitudeRef), "N");
    }

    #[test]
    fn every_prefix_and_every_flipped_byte_ends_gently() {
        let whole = raw();
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
