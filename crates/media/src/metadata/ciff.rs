//! Canon's older raw pictures (CRW): heaps within heaps, each with its directory at its end.

use super::FactKind;
use super::blocks::{Blocks, Said};
use crate::source::Source;
use crate::when;

/// Directories that are followed, and how deep; cameras write six, in three storeys.
const MOST_DIRECTORIES: usize = 32;
/// Fields of a directory.
const MOST_FIELDS: u16 = 1024;
/// Bytes of a value.
const MOST_BYTES: u64 = 1024;

const MAKE_AND_MODEL: u16 = 0x080a;
const DESCRIPTION: u16 = 0x0805;
const FIRMWARE: u16 = 0x080b;
const OWNER: u16 = 0x0810;
const TIME: u16 = 0x180e;
const PICTURE: u16 = 0x1810;

/// What the fields say that have a meaning elsewhere too.
///
/// # Source
///
/// Canon, "CIFF Specification on Image Data File", version 1.0, 1997.
pub(super) fn blocks(source: &Source) -> Blocks {
    let Some(fields) = fields(source) else {
        return Blocks::without("its heap has no directory");
    };
    let mut found = Blocks::default();
    for Field { tag, value } in fields.iter() {
        let mut say = |name, text: &[u8], kind| {
            let text = String::from_utf8_lossy(text).into_owned();
            found.said.push(Said::new(name, text, "ciff", kind));
        };
        let mut texts = value.split(|byte| *byte == 0);
        let text = texts.next().unwrap_or_default();
        match *tag {
            MAKE_AND_MODEL => {
                say("make", text, FactKind::Device);
                say("model", texts.next().unwrap_or_default(), FactKind::Device);
            }
            DESCRIPTION => say("ciff:Description", text, FactKind::Other),
            FIRMWARE => say("ciff:FirmwareVersion", text, FactKind::Program),
            OWNER => say("ciff:OwnerName", text, FactKind::Credit),
            TIME => {
                let seconds = number(value, 0).map(i64::from).filter(|seconds| *seconds > 0);
                let Some((seconds, at)) = seconds.and_then(|s| Some((s, when::clock(s)?))) else {
                    continue;
                };
                let said = Said::at("datetime_original", seconds.to_string(), "ciff", at);
                found.said.push(said);
            }
            PICTURE => {
                let turned = number(value, 12).map(u32::cast_signed);
                let orientation = match turned {
                    Some(0) => "1",
                    Some(90) => "6",
                    Some(180) => "3",
                    Some(270 | -90) => "8",
                    _ => continue,
                };
                say("orientation", orientation.as_bytes(), FactKind::Shape);
            }
            _ => {}
        }
    }
    found
}

/// Width and height of the picture.
pub(super) fn size(source: &Source) -> Option<(u32, u32)> {
    let fields = fields(source)?;
    let picture = fields.iter().find(|field| field.tag == PICTURE)?;
    Some((number(&picture.value, 0)?, number(&picture.value, 4)?))
}

struct Field {
    tag: u16,
    value: Vec<u8>,
}

/// All short fields of the file.
fn fields(source: &Source) -> Option<Vec<Field>> {
    let head = source.bytes_at(0, 6).ok()?;
    let start = u64::from(number(&head, 2)?);
    let mut fields = Vec::new();
    let mut heaps = vec![(start, source.len().checked_sub(start)?)];
    let mut met = 0;
    while let Some((start, len)) = heaps.pop() {
        met += 1;
        if met > MOST_DIRECTORIES {
            break;
        }
        let Some(entries) = directory(source, start, len) else { continue };
        for entry in entries.as_chunks::<10>().0 {
            let tag = u16::from_le_bytes([entry[0], entry[1]]);
            let place = (number(entry, 2), number(entry, 6));
            let (Some(size), Some(at)) = (place.0.map(u64::from), place.1.map(u64::from)) else {
                continue;
            };
            let (in_field, kind) = (tag & 0xc000 == 0x4000, tag & 0x3800);
            if in_field {
                fields.push(Field { tag: tag & 0x3fff, value: entry[2..].to_vec() });
            } else if at.saturating_add(size) > len {
                // It lies outside of its heap.
            } else if kind == 0x2800 || kind == 0x3000 {
                heaps.push((start + at, size));
            } else if size <= MOST_BYTES {
                let value = source.bytes_at(start + at, size as usize).unwrap_or_default();
                fields.push(Field { tag: tag & 0x3fff, value });
            }
        }
    }
    (!fields.is_empty()).then_some(fields)
}

/// The entries of the directory of a heap.
fn directory(source: &Source, start: u64, len: u64) -> Option<Vec<u8>> {
    let end = source.bytes_at(start.checked_add(len)?.checked_sub(4)?, 4).ok()?;
    let at = u64::from(number(&end, 0)?);
    let count = source.bytes_at(start + at, 2).ok()?;
    let count = u16::from_le_bytes(*count.first_chunk()?);
    (at < len && count <= MOST_FIELDS)
        .then(|| source.bytes_at(start + at + 2, usize::from(count) * 10).ok())
        .flatten()
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;

    /// A heap of values and the directory that tells of them.
    fn heap(values: &[(u16, &[u8])]) -> Vec<u8> {
        let (mut bytes, mut entries) = (Vec::new(), (values.len() as u16).to_le_bytes().to_vec());
        for (tag, value) in values {
            entries.extend(tag.to_le_bytes());
            if tag & 0x4000 != 0 {
                entries.extend(*value);
                continue;
            }
            entries.extend((value.len() as u32).to_le_bytes());
            entries.extend((bytes.len() as u32).to_le_bytes());
            bytes.extend(*value);
        }
        let at = bytes.len() as u32;
        bytes.extend(entries);
        bytes.extend(at.to_le_bytes());
        bytes
    }

    fn raw() -> Vec<u8> {
        let picture = [3072_u32, 2048, 0, 90].map(u32::to_le_bytes).concat();
        let camera = heap(&[(MAKE_AND_MODEL, b"Canon\0Canon EOS 300D\0\0\0")]);
        let time = [&1_068_485_966_u32.to_le_bytes()[..], &[0; 4]].concat();
        let inner = heap(&[(0x2807, &camera), (PICTURE, &picture), (TIME | 0x4000, &time)]);
        let mut bytes = b"II\x1a\0\0\0HEAPCCDR".to_vec();
        bytes.resize(0x1a, 0);
        bytes.extend(heap(&[(0x300a, &inner)]));
        bytes
    }

    #[test]
    fn camera_time_and_size_are_found() {
        let source = source_of(&raw());
        assert_eq!(size(&source), Some((3072, 2048)));
        let found = blocks(&source);
        let mut said: Vec<_> =
            found.said.iter().map(|said| (said.name, said.text.as_str())).collect();
        said.sort_unstable();
        assert_eq!(
            said,
            [
                ("datetime_original", "1068485966"),
                ("make", "Canon"),
                ("model", "Canon EOS 300D"),
                ("orientation", "6")
            ]
        );
    }

    #[test]
    fn heaps_in_a_ring_end() {
        let mut ring = b"II\x0e\0\0\0HEAPCCDR".to_vec();
        ring.extend(b"\x01\0\x00\x28\x10\0\0\0\0\0\0\0\0\0\0\0");
        assert!(fields(&source_of(&ring)).is_none());
    }

    #[test]
    fn every_prefix_and_every_flipped_byte_ends_gently() {
        let whole = raw();
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 0xff;
            for bytes in [&whole[..at], &bent] {
                let source = source_of(bytes);
                blocks(&source);
                size(&source);
            }
        }
    }
}
