//! Pictures in ISO boxes (HEIC, AVIF): where their EXIF and XMP lie, and how large they are.

use firstseen_model::Dihedral;

use super::blocks::Blocks;
use super::clip;
use super::iso::{IsoBox, Walk, number};
use crate::source::Source;

/// Bytes of a table of items; a picture of a thousand tiles needs 40 kB.
const MOST_BYTES: u64 = 4 << 20;
/// Parts of items that are looked at, of all items: a table may claim any number of parts that take no room.
const MOST_PARTS: u64 = 65_536;

/// Size as stored and turn of the largest picture in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) turn: Dihedral,
}

/// The EXIF block, XMP packets, and what else is found without decoding.
pub(crate) fn blocks(source: &Source, ration: u64) -> Blocks {
    let mut found = clip::blocks(source, ration);
    let mut walk = Walk::new(source, ration);
    if let Some(meta) = meta_box(&mut walk) {
        for item in items(&mut walk, &meta) {
            let wanted = match &item.kind {
                b"Exif" => found.exif.is_none(),
                b"mime" => item.content == b"application/rdf+xml",
                _ => false,
            };
            let Some(bytes) = wanted.then(|| item_bytes(&mut walk, &meta, &item)).flatten() else {
                continue;
            };
            if item.kind == *b"mime" {
                found.xmp.push(bytes);
                continue;
            }
            // The block starts with how far its TIFF header is off.
            let skip = number(&bytes, 0, 4).and_then(|skip| usize::try_from(skip).ok());
            let tiff = skip.and_then(|skip| bytes.get(skip.checked_add(4)?..));
            match tiff {
                Some(tiff) if !tiff.is_empty() => found.exif = Some(tiff.to_vec()),
                _ => walk.stop("the EXIF item is cut off"),
            }
        }
    }
    found.cut = walk.into_cut().or(found.cut);
    found
}

/// The size that the file's properties tell, or `None` where they tell none.
///
/// # Source
///
/// ISO/IEC 14496-12 (boxes) and 23008-12 (`ispe`, `irot`).
pub(crate) fn size(source: &Source, ration: u64) -> Option<Size> {
    let mut walk = Walk::new(source, ration);
    let meta = meta_box(&mut walk)?;
    let properties = walk.descend(inside(&meta), &[b"iprp", b"ipco"])?;
    let mut largest = Size::default();
    for found in walk.boxes(properties.body) {
        let body = walk.bytes(&found.body, 12);
        match &found.kind {
            b"ispe" => {
                let (Some(width), Some(height)) = (number(&body, 4, 4), number(&body, 8, 4)) else {
                    continue;
                };
                if width * height > u64::from(largest.width) * u64::from(largest.height) {
                    (largest.width, largest.height) = (width as u32, height as u32);
                }
            }
            // Quarter turns against the clock.
            b"irot" => {
                let turns = body.first().map_or(0, |turns| turns & 3);
                largest.turn.quarter_turns = (4 - turns) % 4;
            }
            _ => {}
        }
    }
    (largest.width > 0 && largest.height > 0).then_some(largest)
}

fn meta_box(walk: &mut Walk<'_>) -> Option<IsoBox> {
    walk.outermost().into_iter().find(|found| found.kind == *b"meta")
}

/// The boxes of a `meta` box, which has a version before them.
fn inside(meta: &IsoBox) -> std::ops::Range<u64> {
    meta.body.start.saturating_add(4)..meta.body.end
}

/// A thing in the file: a picture, a tile, a block of metadata.
struct Item {
    id: u64,
    kind: [u8; 4],
    /// The media type of a `mime` item.
    content: Vec<u8>,
}

fn items(walk: &mut Walk<'_>, meta: &IsoBox) -> Vec<Item> {
    let Some(table) = walk.child(inside(meta), b"iinf") else { return Vec::new() };
    let head = walk.bytes(&table.body, 1);
    let start = table.body.start + if head.first() == Some(&0) { 6 } else { 8 };
    let mut items = Vec::new();
    for entry in walk.boxes(start.min(table.body.end)..table.body.end) {
        let body = walk.bytes(&entry.body, 512);
        items.extend(item(&body));
    }
    items
}

fn item(infe: &[u8]) -> Option<Item> {
    let id_bytes = match infe.first()? {
        2 => 2,
        3 => 4,
        _ => return None,
    };
    let id = number(infe, 4, id_bytes)?;
    let (kind, rest) = infe.get(4 + id_bytes + 2..)?.split_first_chunk()?;
    // The item's name, then its media type.
    let content = rest.split(|byte| *byte == 0).nth(1).unwrap_or_default().to_vec();
    Some(Item { id, kind: *kind, content })
}

/// The bytes of an item, within the ration; what is wrong is told by the walk.
fn item_bytes(walk: &mut Walk<'_>, meta: &IsoBox, item: &Item) -> Option<Vec<u8>> {
    let table = walk.child(inside(meta), b"iloc")?;
    let table = walk.whole(&table, MOST_BYTES)?;
    let Some(place) = location(&table, item.id) else {
        walk.stop("where an item of metadata lies is not told");
        return None;
    };
    let room = match place.method {
        0 if place.file == 0 => walk.file(),
        1 => walk.child(inside(meta), b"idat")?.body,
        _ => {
            walk.stop("an item of metadata lies in another file or in another item");
            return None;
        }
    };
    let mut bytes = Vec::new();
    for (at, len) in place.parts {
        let start = room.start.saturating_add(at);
        // A length of 0 is all that there is.
        let end = if len == 0 { room.end } else { start.saturating_add(len).min(room.end) };
        let part = walk.bytes(&(start..end), u64::MAX);
        if len > 0 && (part.len() as u64) < len {
            walk.stop("an item of metadata ends beyond the file");
        }
        bytes.extend(part);
    }
    Some(bytes)
}

/// Where an item lies.
struct Place {
    /// 0 in the file, 1 in the `idat` box.
    method: u64,
    /// 0 this file.
    file: u64,
    /// Offsets and lengths.
    parts: Vec<(u64, u64)>,
}

fn location(iloc: &[u8], item: u64) -> Option<Place> {
    let version = *iloc.first()?;
    let sizes = number(iloc, 4, 2)?;
    let [offset_bytes, length_bytes, base_bytes] =
        [12, 8, 4].map(|shift| (sizes >> shift & 15) as usize);
    let index_bytes = if version == 0 { 0 } else { (sizes & 15) as usize };
    let wide = if version < 2 { 2 } else { 4 };
    let count = number(iloc, 6, wide)?;
    let mut at = 6 + wide;
    let mut next = |bytes: usize| {
        let value = number(iloc, at, bytes);
        at += bytes;
        value
    };
    let mut parts_left = MOST_PARTS;
    for _ in 0..count {
        let id = next(wide)?;
        let method = if version == 0 { 0 } else { next(2)? & 15 };
        let file = next(2)?;
        let base = next(base_bytes)?;
        let count = next(2)?;
        parts_left = parts_left.checked_sub(count)?;
        let mut parts = Vec::new();
        for _ in 0..count {
            let _index = next(index_bytes)?;
            let (offset, length) = (next(offset_bytes)?, next(length_bytes)?);
            if id == item {
                parts.push((base.checked_add(offset)?, length));
            }
        }
        if id == item {
            return Some(Place { method, file, parts });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::iso::tests::boxed;
    use crate::source::tests::source_of;

    const PACKET: &[u8] = b"<x:xmpmeta/>";

    /// A file with an EXIF item in `idat`, an XMP item after its boxes, one size and a turn.
    fn heic() -> Vec<u8> {
        let exif = boxed(b"infe", b"\x02\0\0\0\0\x07\0\0Exif\0");
        let xmp = boxed(b"infe", b"\x02\0\0\0\0\x08\0\0mime\0application/rdf+xml\0");
        let iinf = boxed(b"iinf", &[&b"\0\0\0\0\0\x02"[..], &exif, &xmp].concat());
        let idat = boxed(b"idat", b"\0\0\0\0MM\0*\0\0\0\x08");
        let ipco = boxed(
            b"ipco",
            &[boxed(b"ispe", b"\0\0\0\0\0\0\x01\x00\0\0\0\x80"), boxed(b"irot", b"\x03")].concat(),
        );
        let iprp = boxed(b"iprp", &ipco);
        let file = |at: u32| {
            let in_idat = b"\0\x07\0\x01\0\0\0\x01\0\0\0\0\0\0\0\x0c";
            let in_file = [&b"\0\x08\0\0\0\0\0\x01"[..], &at.to_be_bytes(), b"\0\0\0\x0c"].concat();
            let head = b"\x01\0\0\0\x44\0\0\x02";
            let iloc = boxed(b"iloc", &[&head[..], in_idat, &in_file].concat());
            let meta = boxed(b"meta", &[&b"\0\0\0\0"[..], &iinf, &iloc, &idat, &iprp].concat());
            [boxed(b"ftyp", b"heic\0\0\0\0mif1heic"), meta].concat()
        };
        let start = file(0).len() as u32 + 8;
        [file(start), boxed(b"mdat", PACKET)].concat()
    }

    #[test]
    fn exif_xmp_and_size_are_found_without_decoding() {
        let source = source_of(&heic());
        let found = blocks(&source, 9999);
        assert_eq!(found.exif.unwrap(), b"MM\0*\0\0\0\x08");
        assert_eq!(found.xmp, [PACKET]);
        assert_eq!(found.cut, None);
        let turn = Dihedral { mirrored: false, quarter_turns: 1 };
        assert_eq!(size(&source, 9999), Some(Size { width: 256, height: 128, turn }));
    }

    #[test]
    fn an_item_that_ends_beyond_the_file_is_told() {
        let mut whole = heic();
        whole.truncate(whole.len() - 3);
        let found = blocks(&source_of(&whole), 9999);
        assert!(found.cut.is_some());
        assert_eq!(found.xmp, [&PACKET[..PACKET.len() - 3]]);
    }

    #[test]
    fn parts_that_take_no_room_are_not_counted_for_ever() {
        // Offsets, lengths and bases of no bytes, 65,535 parts an item.
        let entry = b"\0\x01\0\0\xff\xff";
        let iloc = [&b"\0\0\0\0\0\0\xff\xff"[..], &entry.repeat(65_535)].concat();
        assert!(location(&iloc, 9).is_none());
    }

    #[test]
    fn every_prefix_and_every_flipped_byte_ends_gently() {
        let whole = heic();
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
