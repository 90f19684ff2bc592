//! TIFF and the cameras' raw pictures that are made like it, which may be far larger than what is read of them.
//!
//! Directories and values are taken out of the file one by one and laid together again as a small EXIF block, so that
//! neither the pixels between them nor maker notes need be read.

use std::collections::HashSet;

use super::blocks::Blocks;
use super::preview::Held;
use super::{jpeg, photoshop};
use crate::source::Source;

/// Directories that are followed; raw pictures have a dozen.
const MOST_DIRECTORIES: usize = 32;
/// Fields of a directory.
const MOST_FIELDS: u64 = 4096;
/// Bytes of a value that are taken over; longer ones are tables and pictures.
const VALUE_BYTES: u64 = 64 << 10;
/// Bytes of a thumbnail.
const THUMBNAIL_BYTES: u64 = 1 << 20;

const NEW_SUBFILE_TYPE: u16 = 0x00fe;
const WIDTH: u16 = 0x0100;
const HEIGHT: u16 = 0x0101;
/// First row and column and those behind the last, in Panasonic's raw pictures.
const PANASONIC_EDGES: [u16; 4] = [4, 5, 6, 7];
/// A whole JPEG in them.
const PANASONIC_JPEG: u16 = 0x002e;
const MAKE: u16 = 0x010f;
const SUB_DIRECTORIES: u16 = 0x014a;
const JPEG_AT: u16 = 0x0201;
const JPEG_BYTES: u16 = 0x0202;
const XMP: u16 = 0x02bc;
const IPTC: u16 = 0x83bb;
const PHOTOSHOP: u16 = 0x8649;
const DNG_VERSION: u16 = 0xc612;
const C2PA: u16 = 0xcd41;
const POINTERS: [u16; 3] = [0x8769, 0x8825, 0xa005];
/// Places and lengths of pixels, further directories, colour profiles, maker notes and programs' private data.
const LEFT_OUT: [u16; 11] = [
    0x0111,
    0x0117,
    0x0144,
    0x0145,
    SUB_DIRECTORIES,
    JPEG_AT,
    JPEG_BYTES,
    0x8773,
    0x927c,
    0x935c,
    0xc634,
];

/// What a TIFF is, and how large its main picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// The media type of a raw picture; `None` for an ordinary TIFF.
    pub(crate) raw: Option<&'static str>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Whether the first picture, which readers show, is a reduced one.
    pub(crate) reduced_first: bool,
}

/// Takes out what is known, and an EXIF block of the rest.
pub(super) fn blocks(source: &Source, ration: u64) -> Blocks {
    let mut found = Blocks::default();
    let Some(mut walk) = Walk::new(source, ration) else {
        found.cut = Some("the file ends among its blocks".to_owned());
        return found;
    };
    found.exif = Some(walk.exif(&mut found));
    found.cut = walk.cut.map(str::to_owned);
    found
}

/// One EXIF block of directories that lie in blocks of their own: the main one, and those below it by their pointers.
pub(super) fn joined(main: &Source, below: &[(u16, Source)], ration: u64) -> Option<Vec<u8>> {
    let mut walk = Walk::new(main, ration)?;
    let (entries, _) = walk.directory(walk.first)?;
    walk.begin();
    let mut fields = Vec::new();
    for (pointer, source) in below {
        let Some(mut part) = Walk::new(source, ration) else { continue };
        if part.big_endian == walk.big_endian
            && let Some((entries, _)) = part.directory(part.first)
        {
            part.out = std::mem::take(&mut walk.out);
            let place = part.copy(&entries, Vec::new());
            walk.out = part.out;
            fields.push((*pointer, 4, 1, walk.four(place as u32).to_vec()));
        }
    }
    let place = walk.copy(&entries, fields);
    let place = walk.four(place as u32);
    walk.out[4..8].copy_from_slice(&place);
    Some(walk.out)
}

/// Looks at the first directories.
pub(crate) fn look(source: &Source, ration: u64) -> Option<Look> {
    let mut walk = Walk::new(source, ration)?;
    let first = walk.directory(walk.first)?.0;
    let raw = raw_kind(&mut walk, source, &first);
    let reduced = walk.number(&first, NEW_SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1);
    let mut largest = walk.size(&first);
    if walk.panasonic {
        let [top, left, bottom, right] =
            PANASONIC_EDGES.map(|tag| walk.number(&first, tag).unwrap_or(0));
        largest = (right.saturating_sub(left), bottom.saturating_sub(top));
    }
    if let Some(sub) = first.iter().find(|entry| entry.tag == SUB_DIRECTORIES) {
        for at in walk.numbers(sub) {
            if let Some((entries, _)) = walk.directory(at) {
                let size = walk.size(&entries);
                if size.0 * size.1 > largest.0 * largest.1 {
                    largest = size;
                }
            }
        }
    }
    let [width, height] = [largest.0, largest.1].map(|side| u32::try_from(side).unwrap_or(0));
    Some(Look { raw, width, height, reduced_first: reduced })
}

fn raw_kind(walk: &mut Walk<'_>, source: &Source, first: &[Entry]) -> Option<&'static str> {
    let head = source.bytes_at(0, 12).unwrap_or_default();
    if head.get(8..10) == Some(b"CR") {
        return Some("image/x-canon-cr2");
    }
    match head.get(..4)? {
        b"IIRO" | b"IIRS" | b"MMOR" => return Some("image/x-olympus-orf"),
        b"IIU\0" => return Some("image/x-panasonic-rw2"),
        _ => {}
    }
    let has = |tag| first.iter().any(|entry| entry.tag == tag);
    if has(DNG_VERSION) {
        return Some("image/x-adobe-dng");
    }
    if !has(SUB_DIRECTORIES) {
        return None;
    }
    let make = first.iter().find(|entry| entry.tag == MAKE)?;
    let make = walk.value(make, VALUE_BYTES)?.to_ascii_uppercase();
    let makers: [(&[u8], &str); 5] = [
        (b"SAMSUNG", "image/x-samsung-srw"),
        (b"NIKON", "image/x-nikon-nef"),
        (b"SONY", "image/x-sony-arw"),
        (b"PENTAX", "image/x-pentax-pef"),
        (b"RICOH", "image/x-pentax-pef"),
    ];
    makers.iter().find(|(name, _)| make.starts_with(name)).map(|(_, mime)| *mime)
}

struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    /// Where the value lies: in the field itself if it is short.
    at: u64,
    len: u64,
}

/// A field as it is laid down: tag, type, count and the value's bytes.
type Field = (u16, u16, u32, Vec<u8>);

struct Walk<'a> {
    source: &'a Source,
    big_endian: bool,
    /// BigTIFF, with places of eight bytes.
    wide: bool,
    /// A raw picture of Panasonic, whose first fields mean something else.
    panasonic: bool,
    first: u64,
    left: u64,
    seen: HashSet<u64>,
    out: Vec<u8>,
    cut: Option<&'static str>,
}

impl<'a> Walk<'a> {
    fn new(source: &'a Source, ration: u64) -> Option<Self> {
        let head = source.bytes_at(0, 16).ok()?;
        let big_endian = head.starts_with(b"MM");
        if !big_endian && !head.starts_with(b"II") {
            return None;
        }
        let wide = matches!(head.get(2..4)?, [0, 43] | [43, 0]);
        let mut walk = Self {
            source,
            big_endian,
            wide,
            panasonic: head.starts_with(b"IIU\0"),
            first: 0,
            left: ration,
            seen: HashSet::new(),
            out: Vec::new(),
            cut: None,
        };
        walk.first =
            if wide { walk.value_of(head.get(8..16)?) } else { walk.value_of(head.get(4..8)?) };
        Some(walk)
    }

    /// An EXIF block with the directories that are chained and those for EXIF, GPS and interoperability.
    fn exif(&mut self, found: &mut Blocks) -> Vec<u8> {
        self.begin();
        let mut next_field = 4;
        let mut at = self.first;
        let mut number = 0;
        while at != 0 {
            let Some((entries, next)) = self.directory(at) else { break };
            self.take(&entries, number, found);
            let place = self.copy(&entries, Vec::new());
            let place = self.four(place as u32);
            self.out[next_field..next_field + 4].copy_from_slice(&place);
            next_field = self.out.len() - 4;
            at = next;
            number += 1;
        }
        std::mem::take(&mut self.out)
    }

    /// Begins an EXIF block that tells of no directory yet.
    fn begin(&mut self) {
        let head = if self.big_endian { b"MM\0*\0\0\0\0" } else { b"II*\0\0\0\0\0" };
        self.out = head.to_vec();
    }

    /// Takes out of a directory what has readers of its own.
    fn take(&mut self, entries: &[Entry], number: usize, found: &mut Blocks) {
        for entry in entries {
            match entry.tag {
                XMP if number == 0 => found.xmp.extend(self.value(entry, u64::MAX)),
                PHOTOSHOP if number == 0 => {
                    if let Some(resources) = self.value(entry, u64::MAX) {
                        photoshop::read(&resources, found);
                    }
                }
                IPTC if number == 0 => {
                    if let Some(mut block) = self.value(entry, u64::MAX) {
                        // Some write it as numbers of four bytes, in the file's order.
                        if !block.starts_with(b"\x1c") && entry.kind == 4 && !self.big_endian {
                            block.as_chunks_mut::<4>().0.iter_mut().for_each(|four| four.reverse());
                        }
                        found.iptc.push(block);
                    }
                }
                C2PA => found.c2pa = true,
                PANASONIC_JPEG if number == 0 && self.panasonic => {
                    let whole = jpeg::embedded(&self.source.within(entry.at, entry.len), self.left);
                    found.more_exif.extend(whole.exif);
                    found.xmp.extend(whole.xmp);
                }
                _ => {}
            }
        }
        let jpeg = (self.number(entries, JPEG_AT), self.number(entries, JPEG_BYTES));
        if let (1, (Some(at), Some(len))) = (number, jpeg)
            && len <= THUMBNAIL_BYTES.min(self.left)
            && let Ok(bytes) = self.source.bytes_at(at, len as usize)
            && bytes.starts_with(b"\xff\xd8")
        {
            self.left -= len;
            found.previews.push(Held::jpeg("exif:IFD1".to_owned(), bytes, true));
        }
    }

    /// Lays a directory and what hangs on it into the block, behind `fields`; gives where it begins.
    fn copy(&mut self, entries: &[Entry], mut fields: Vec<Field>) -> usize {
        for entry in entries {
            if [XMP, IPTC, PHOTOSHOP, C2PA].contains(&entry.tag) || LEFT_OUT.contains(&entry.tag) {
                continue;
            }
            if POINTERS.contains(&entry.tag) {
                let below = self.numbers(entry).first().copied();
                if let Some((entries, _)) = below.and_then(|at| self.directory(at)) {
                    let place = self.copy(&entries, Vec::new()) as u32;
                    fields.push((entry.tag, 4, 1, self.four(place).to_vec()));
                }
                continue;
            }
            if !(1..=12).contains(&entry.kind) {
                continue;
            }
            if let Some(value) = self.value(entry, VALUE_BYTES) {
                fields.push((entry.tag, entry.kind, entry.count as u32, value));
            }
        }
        let mut directory = self.two(fields.len() as u16).to_vec();
        for (tag, kind, count, mut value) in fields {
            directory.extend(self.two(tag));
            directory.extend(self.two(kind));
            directory.extend(self.four(count));
            if value.len() > 4 {
                let place = self.four(self.out.len() as u32);
                self.out.append(&mut value);
                value.extend(place);
            }
            value.resize(4, 0);
            directory.extend(value);
        }
        let place = self.out.len();
        self.out.append(&mut directory);
        self.out.extend([0; 4]);
        place
    }

    /// A directory's fields and where the next one stands.
    fn directory(&mut self, at: u64) -> Option<(Vec<Entry>, u64)> {
        if self.seen.len() == MOST_DIRECTORIES || !self.seen.insert(at) {
            self.cut = Some("directories hang in a ring, or there are too many");
            return None;
        }
        let (count_bytes, entry_bytes, place_bytes) =
            if self.wide { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.read(at, count_bytes)?;
        let count = self.value_of(&count);
        if count > MOST_FIELDS {
            self.cut = Some("too many fields");
            return None;
        }
        let start = at.checked_add(count_bytes)?;
        let bytes = self.read(start, count * entry_bytes)?;
        let mut entries = Vec::new();
        for (i, field) in bytes.chunks_exact(entry_bytes as usize).enumerate() {
            let head = if self.wide { 12 } else { 8 };
            let (tag, kind) =
                (self.value_of(&field[..2]) as u16, self.value_of(&field[2..4]) as u16);
            let count = self.value_of(&field[4..head]);
            let size = match kind {
                3 | 8 => 2,
                4 | 9 | 11 | 13 => 4,
                5 | 10 | 12 | 16..=18 => 8,
                _ => 1,
            };
            let len = count.saturating_mul(size);
            let at = if len <= place_bytes {
                start + i as u64 * entry_bytes + head as u64
            } else {
                self.value_of(&field[head..])
            };
            entries.push(Entry { tag, kind, count, at, len });
        }
        let next = self.read(start + count * entry_bytes, place_bytes);
        Some((entries, next.map_or(0, |next| self.value_of(&next))))
    }

    /// A value's bytes, unless it is longer than `most` or reaches beyond the file.
    fn value(&mut self, entry: &Entry, most: u64) -> Option<Vec<u8>> {
        (entry.len <= most).then(|| self.read(entry.at, entry.len)).flatten()
    }

    fn numbers(&mut self, entry: &Entry) -> Vec<u64> {
        let size = entry.len.checked_div(entry.count).unwrap_or(1).max(1) as usize;
        let bytes = self.value(entry, 1024).unwrap_or_default();
        bytes.chunks_exact(size).map(|digits| self.value_of(digits)).collect()
    }

    fn number(&mut self, entries: &[Entry], tag: u16) -> Option<u64> {
        let entry = entries.iter().find(|entry| entry.tag == tag)?;
        self.numbers(entry).first().copied()
    }

    fn size(&mut self, entries: &[Entry]) -> (u64, u64) {
        let side = |walk: &mut Self, tag| walk.number(entries, tag).filter(|side| *side < 1 << 31);
        (side(self, WIDTH).unwrap_or(0), side(self, HEIGHT).unwrap_or(0))
    }

    fn read(&mut self, at: u64, len: u64) -> Option<Vec<u8>> {
        if len > self.left {
            self.cut = Some("limit metadata reached");
            return None;
        }
        let bytes = self.source.bytes_at(at, usize::try_from(len).ok()?).ok()?;
        if (bytes.len() as u64) < len {
            self.cut.get_or_insert("a value or directory lies beyond the file's end");
            return None;
        }
        self.left -= len;
        Some(bytes)
    }

    fn value_of(&self, digits: &[u8]) -> u64 {
        let push = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        if self.big_endian {
            digits.iter().fold(0, push)
        } else {
            digits.iter().rev().fold(0, push)
        }
    }

    fn two(&self, value: u16) -> [u8; 2] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn four(&self, value: u32) -> [u8; 4] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;

    /// A little-endian TIFF; each field is tag, type, count and value or place.
    fn tiff(fields: &[(u16, u16, u32, u32)], tail: &[u8]) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        bytes.extend((fields.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in fields {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(count.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend([0; 4]);
        bytes.extend(tail);
        bytes
    }

    /// Values stand behind a directory of seven fields, at 8 + 2 + 7 * 12 + 4 = 98.
    fn sample() -> Vec<u8> {
        let below = b"\x01\0\x86\x92\x07\0\x04\0\0\0note\0\0\0\0";
        tiff(
            &[
                (WIDTH, 3, 1, 640),
                (HEIGHT, 3, 1, 480),
                (MAKE, 2, 6, 98),
                (0x0111, 4, 1, 8),
                (XMP, 1, 5, 104),
                (IPTC, 4, 2, 109),
                (0x8769, 4, 1, 117),
            ],
            &[&b"NIKON\0<x/>."[..], b"\x54\x02\x1c \x00\x02\x00\x00".as_slice(), below].concat(),
        )
    }

    #[test]
    fn directories_are_laid_together_without_what_is_large() {
        let found = blocks(&source_of(&sample()), 9999);
        assert_eq!(found.cut, None);
        assert_eq!(found.xmp, [b"<x/>."]);
        let exif = exif::Reader::new().read_raw(found.exif.unwrap()).unwrap();
        let text =
            |tag| exif.get_field(tag, exif::In::PRIMARY).unwrap().display_value().to_string();
        assert_eq!(text(exif::Tag::Make), "\"NIKON\"");
        assert_eq!(text(exif::Tag::ImageWidth), "640");
        assert!(exif.get_field(exif::Tag::UserComment, exif::In::PRIMARY).is_some());
        assert!(exif.get_field(exif::Tag::StripOffsets, exif::In::PRIMARY).is_none());
        assert_eq!(found.iptc[0][0], 0x20);
    }

    #[test]
    fn raw_pictures_are_told_from_ordinary_ones() {
        let look = |bytes: &[u8]| look(&source_of(bytes), 9999).unwrap();
        let plain = look(&sample());
        assert_eq!((plain.raw, plain.width, plain.height), (None, 640, 480));
        let nef = tiff(&[(NEW_SUBFILE_TYPE, 4, 1, 1), (WIDTH, 3, 1, 160), (HEIGHT, 3, 1, 120),
            (MAKE, 2, 6, 74), (SUB_DIRECTORIES, 4, 1, 80)],
            b"NIKON\0\x02\0\0\x01\x03\0\x01\0\0\0\xb8\x0b\0\0\x01\x01\x03\0\x01\0\0\0\xd0\x07\0\0\0\0\0\0");
        let raw = look(&nef);
        assert_eq!((raw.raw, raw.width, raw.height), (Some("image/x-nikon-nef"), 3000, 2000));
        assert!(raw.reduced_first);
        let dng = tiff(&[(DNG_VERSION, 1, 4, 1)], b"");
        assert_eq!(look(&dng).raw, Some("image/x-adobe-dng"));
    }

    #[test]
    fn rings_and_floods_of_fields_end() {
        let mut ring = tiff(&[(0x8769, 4, 1, 8)], b"");
        assert!(blocks(&source_of(&ring), 9999).cut.is_some());
        let next = ring.len() - 4;
        ring[next..].copy_from_slice(&8_u32.to_le_bytes());
        assert!(blocks(&source_of(&ring), 9999).cut.is_some());
        let flood = b"II*\0\x08\0\0\0\xff\xff";
        assert!(blocks(&source_of(flood), 9999).cut.unwrap().contains("fields"));
    }

    #[test]
    fn every_prefix_and_every_flipped_byte_ends_gently() {
        let whole = sample();
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 0xff;
            for bytes in [&whole[..at], &bent] {
                let source = source_of(bytes);
                blocks(&source, 9999);
                look(&source, 9999);
            }
        }
    }
}
