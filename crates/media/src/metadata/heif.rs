//! Pictures in ISO boxes (HEIC, AVIF): where their EXIF lies, and how large they are.

use std::io::{Read, Seek, SeekFrom};

use firstseen_model::Dihedral;

use super::blocks::{self, Blocks};
use crate::source::{Rationed, Source};

/// Size as stored and turn of the largest picture in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) turn: Dihedral,
}

/// The EXIF block and what else is found without decoding.
pub(crate) fn blocks(source: &Source, ration: u64) -> Blocks {
    let mut found = blocks::of_boxes(source, ration);
    if let Some(meta) = meta_box(source, ration) {
        found.exif = exif_item(&meta, source, ration);
    }
    found
}

/// The size that the file's properties tell, or `None` where they tell none.
///
/// # Source
///
/// ISO/IEC 14496-12 (boxes) and 23008-12 (`ispe`, `irot`).
pub(crate) fn size(source: &Source, ration: u64) -> Option<Size> {
    let meta = meta_box(source, ration)?;
    let properties = child(child(meta.get(4..)?, b"iprp")?, b"ipco")?;
    let mut largest = Size::default();
    for (kind, body) in children(properties) {
        match &kind {
            b"ispe" => {
                let (width, height) = (number(body, 4, 4)?, number(body, 8, 4)?);
                if width * height > u64::from(largest.width) * u64::from(largest.height) {
                    (largest.width, largest.height) = (width as u32, height as u32);
                }
            }
            // Quarter turns against the clock.
            b"irot" => largest.turn.quarter_turns = (4 - (number(body, 0, 1)? & 3) as u8) % 4,
            _ => {}
        }
    }
    (largest.width > 0 && largest.height > 0).then_some(largest)
}

/// The body of the outermost `meta` box.
fn meta_box(source: &Source, ration: u64) -> Option<Vec<u8>> {
    let mut reader = Rationed { inner: source.rewound(), left: ration };
    for _ in 0..64 {
        let mut head = [0; 8];
        reader.read_exact(&mut head).ok()?;
        let size = number(&head, 0, 4)?;
        let len = match size {
            0 => u64::MAX,
            1 => {
                let mut long = [0; 8];
                reader.read_exact(&mut long).ok()?;
                u64::from_be_bytes(long).checked_sub(16)?
            }
            _ => size.checked_sub(8)?,
        };
        if head[4..] == *b"meta" {
            let mut body = Vec::new();
            reader.take(len).read_to_end(&mut body).ok()?;
            return Some(body);
        }
        reader.seek(SeekFrom::Current(i64::try_from(len).ok()?)).ok()?;
    }
    None
}

/// The bytes of the item of type `Exif`, from its TIFF header on.
fn exif_item(meta: &[u8], source: &Source, ration: u64) -> Option<Vec<u8>> {
    let boxes = meta.get(4..)?;
    let item = item_of_type(child(boxes, b"iinf")?, b"Exif")?;
    let (inside, extents) = location(child(boxes, b"iloc")?, item)?;
    let mut bytes = Vec::new();
    for (at, len) in extents {
        let left = ration.checked_sub(bytes.len() as u64)?;
        match inside {
            true => {
                let at = usize::try_from(at).ok()?;
                bytes.extend(
                    child(boxes, b"idat")?.get(at..at.checked_add(usize::try_from(len).ok()?)?)?,
                );
            }
            false => bytes.extend(source.bytes_at(at, usize::try_from(len.min(left)).ok()?).ok()?),
        }
    }
    // The block starts with how far its TIFF header is off.
    let skip = usize::try_from(number(&bytes, 0, 4)?).ok()?.checked_add(4)?;
    bytes.get(skip..).map(<[u8]>::to_vec)
}

fn item_of_type(iinf: &[u8], wanted: &[u8; 4]) -> Option<u64> {
    let entries = iinf.get(if *iinf.first()? == 0 { 6 } else { 8 }..)?;
    children(entries).filter(|(kind, _)| kind == b"infe").find_map(|(_, entry)| {
        let id_bytes = match entry.first()? {
            2 => 2,
            3 => 4,
            _ => return None,
        };
        let id = number(entry, 4, id_bytes)?;
        (entry.get(4 + id_bytes + 2..)?.starts_with(wanted)).then_some(id)
    })
}

/// Whether an item lies in the `idat` box rather than in the file, and where.
fn location(iloc: &[u8], item: u64) -> Option<(bool, Vec<(u64, u64)>)> {
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
    for _ in 0..count {
        let id = next(wide)?;
        let method = if version == 0 { 0 } else { next(2)? & 15 };
        let _file = next(2)?;
        let base = next(base_bytes)?;
        let extents = next(2)?;
        let mut found = Vec::new();
        for _ in 0..extents {
            let _index = next(index_bytes)?;
            let (offset, length) = (next(offset_bytes)?, next(length_bytes)?);
            if id == item {
                found.push((base.checked_add(offset)?, length));
            }
        }
        if id == item {
            return (method < 2).then_some((method == 1, found));
        }
    }
    None
}

fn child<'a>(boxes: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    children(boxes).find(|(kind, _)| kind == wanted).map(|(_, body)| body)
}

fn children(mut boxes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let kind: [u8; 4] = boxes.get(4..8)?.try_into().ok()?;
        let (head, size) = match number(boxes, 0, 4)? {
            0 => (8, boxes.len() as u64),
            1 => (16, number(boxes, 8, 8)?),
            size => (8, size),
        };
        let size = usize::try_from(size).ok()?;
        let body = boxes.get(head..size)?;
        boxes = &boxes[size..];
        Some((kind, body))
    })
}

/// The big-endian number of `len` bytes at `at`; no bytes are 0.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let digits = bytes.get(at..at.checked_add(len)?)?;
    (len <= 8).then(|| digits.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;

    fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
    }

    /// A file with an EXIF item in `idat`, one size and a turn.
    fn heic() -> Vec<u8> {
        let infe = boxed(b"infe", b"\x02\0\0\0\0\x07\0\0Exif\0");
        let iinf = boxed(b"iinf", &[&b"\0\0\0\0\0\x01"[..], &infe].concat());
        let iloc =
            boxed(b"iloc", b"\x01\0\0\0\x44\0\0\x01\0\x07\0\x01\0\0\0\x01\0\0\0\0\0\0\0\x0c");
        let idat = boxed(b"idat", b"\0\0\0\0MM\0*\0\0\0\x08");
        let ipco = boxed(
            b"ipco",
            &[boxed(b"ispe", b"\0\0\0\0\0\0\x01\x00\0\0\0\x80"), boxed(b"irot", b"\x03")].concat(),
        );
        let iprp = boxed(b"iprp", &ipco);
        let meta = boxed(b"meta", &[&b"\0\0\0\0"[..], &iinf, &iloc, &idat, &iprp].concat());
        [boxed(b"ftyp", b"heic\0\0\0\0mif1heic"), meta].concat()
    }

    #[test]
    fn exif_and_size_are_found_without_decoding() {
        let source = source_of(&heic());
        assert_eq!(blocks(&source, 9999).exif.unwrap(), b"MM\0*\0\0\0\x08");
        let turn = Dihedral { mirrored: false, quarter_turns: 1 };
        assert_eq!(size(&source, 9999), Some(Size { width: 256, height: 128, turn }));
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
