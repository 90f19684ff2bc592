//! Sigma's raw pictures (X3F): sections that a directory at the end of the file lists.

use super::FactKind;
use super::blocks::{Blocks, Said};
use super::jpeg;
use crate::source::Source;
use crate::when;

/// Sections that are looked at; cameras write a handful.
const MOST_SECTIONS: u32 = 64;
/// Bytes of a section of properties.
const MOST_BYTES: u64 = 1 << 20;
/// A section of pixels is a head of this length and the pixels.
const IMAGE_HEAD: u64 = 28;
/// The format of a picture that is a JPEG.
const IS_JPEG: u32 = 18;

/// The EXIF block of the embedded JPEG, and what the properties say where there is none.
///
/// # Source
///
/// Sigma and Foveon, "X3F RAW File Format", 2009.
pub(super) fn blocks(source: &Source, ration: u64) -> Blocks {
    let Some(sections) = sections(source) else {
        return Blocks::without("it has no list of its sections");
    };
    let mut found = Blocks::default();
    for Section { kind, at, len } in sections {
        match &kind {
            b"PROP" if len <= MOST_BYTES.min(ration) => {
                let bytes = source.bytes_at(at, len as usize).unwrap_or_default();
                found.said.extend(properties(&bytes));
            }
            b"IMAG" | b"IMA2" if found.exif.is_none() => {
                let format = source.bytes_at(at + 12, 4).ok().and_then(|four| number(&four, 0));
                if format == Some(IS_JPEG) {
                    let inner = source.within(at + IMAGE_HEAD, len.saturating_sub(IMAGE_HEAD));
                    let said = std::mem::take(&mut found.said);
                    found = Blocks { said, ..jpeg::embedded(&inner, ration) };
                }
            }
            _ => {}
        }
    }
    found
}

/// Width and height as the head tells.
pub(super) fn size(source: &Source) -> Option<(u32, u32)> {
    let head = source.bytes_at(0, 36).ok()?;
    Some((number(&head, 28)?, number(&head, 32)?))
}

struct Section {
    kind: [u8; 4],
    at: u64,
    len: u64,
}

fn sections(source: &Source) -> Option<Vec<Section>> {
    let last = source.bytes_at(source.len().checked_sub(4)?, 4).ok()?;
    let at = u64::from(number(&last, 0)?);
    let head = source.bytes_at(at, 12).ok()?;
    if !head.starts_with(b"SECd") {
        return None;
    }
    let count = number(&head, 8)?.min(MOST_SECTIONS);
    let list = source.bytes_at(at + 12, count as usize * 12).ok()?;
    let section = |entry: &[u8; 12]| {
        let kind = *entry.last_chunk()?;
        Some(Section { kind, at: number(entry, 0)?.into(), len: number(entry, 4)?.into() })
    };
    list.as_chunks().0.iter().map(section).collect()
}

/// Maker, model and time out of pairs of names and values in UTF-16.
fn properties(section: &[u8]) -> Vec<Said> {
    let pairs = || {
        let count = number(section, 8)? as usize;
        let list = section.get(24..)?;
        let texts = list.get(count.checked_mul(8)?..)?;
        Some((list.get(..count * 8)?.as_chunks::<8>().0, texts))
    };
    let Some((list, texts)) = pairs() else { return Vec::new() };
    let text = |entry: &[u8; 8], at| {
        let start = (number(entry, at)? as usize).checked_mul(2)?;
        let units = texts.get(start..)?.as_chunks().0.iter().map(|two| u16::from_le_bytes(*two));
        let units: Vec<u16> = units.take_while(|unit| *unit != 0).take(256).collect();
        Some(String::from_utf16_lossy(&units))
    };
    let said = |entry: &[u8; 8]| {
        let (name, value) = (text(entry, 0)?, text(entry, 4)?);
        match name.as_str() {
            "CAMMANUF" => Some(Said::new("make", value, "x3f:PROP", FactKind::Device)),
            "CAMMODEL" => Some(Said::new("model", value, "x3f:PROP", FactKind::Device)),
            "CAMSERIAL" => Some(Said::new("body_serial", value, "x3f:PROP", FactKind::Device)),
            "TIME" => {
                let at = when::clock(value.parse().ok()?)?;
                Some(Said::at("datetime_original", value, "x3f:PROP", at))
            }
            _ => None,
        }
    };
    list.iter().filter_map(said).collect()
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;

    fn raw() -> Vec<u8> {
        let mut bytes = b"FOVb\0\0\x02\0".to_vec();
        bytes.resize(28, 0);
        bytes.extend([0x50, 0x0a, 0, 0, 0xe0, 0x06, 0, 0]);
        let properties_at = bytes.len() as u32;
        bytes.extend(b"SECp\0\0\x02\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        bytes.extend(b"\0\0\0\0\x09\0\0\0\x0f\0\0\0\x14\0\0\0");
        bytes.extend(
            "CAMMODEL\0SD 14\0TIME\x001117582453\0".encode_utf16().flat_map(u16::to_le_bytes),
        );
        let picture_at = bytes.len() as u32;
        bytes.extend(b"SECi\0\0\x02\0\x02\0\0\0\x12\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        bytes.extend(b"\xff\xd8\xff\xe1\0\x0cExif\0\0MM\0*\xff\xd9");
        let directory_at = bytes.len() as u32;
        bytes.extend(b"SECd\0\0\x02\0\x02\0\0\0");
        for (at, end, kind) in
            [(properties_at, picture_at, b"PROP"), (picture_at, directory_at, b"IMA2")]
        {
            bytes.extend(at.to_le_bytes());
            bytes.extend((end - at).to_le_bytes());
            bytes.extend(kind);
        }
        bytes.extend(directory_at.to_le_bytes());
        bytes
    }

    #[test]
    fn properties_size_and_the_jpegs_exif_are_found() {
        let source = source_of(&raw());
        assert_eq!(size(&source), Some((2640, 1760)));
        let found = blocks(&source, 9999);
        assert_eq!(found.exif.as_deref(), Some(&b"MM\0*"[..]));
        let said: Vec<_> = found.said.iter().map(|said| (said.name, said.text.as_str())).collect();
        assert_eq!(said, [("model", "SD 14"), ("datetime_original", "1117582453")]);
        assert_eq!(found.said[1].at.unwrap().to_string(), "2005-05-31T23:34:13");
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
                size(&source);
            }
        }
    }
}
