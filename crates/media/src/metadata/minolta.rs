//! Minolta's raw pictures: blocks with a name each, one of them a TIFF.

use super::blocks::Blocks;
use super::tiff;
use crate::source::Source;

/// Blocks before the pixels; cameras write six.
const MOST_BLOCKS: usize = 64;

/// The TIFF that holds the EXIF block.
///
/// # Source
///
/// Dalibor Jelinek, "Minolta RAW file format".
pub(super) fn blocks(source: &Source, ration: u64) -> Blocks {
    match part(source, b"\0TTW") {
        Some((at, len)) => tiff::blocks(&source.within(at, len), ration),
        None => Blocks::without("it has no block of EXIF"),
    }
}

/// Width and height of the picture, as its block of settings tells.
pub(super) fn size(source: &Source) -> Option<(u32, u32)> {
    let (at, _) = part(source, b"\0PRD")?;
    let body = source.bytes_at(at, 16).ok()?;
    let side = |at| Some(u32::from(u16::from_be_bytes(*body.get(at..)?.first_chunk()?)));
    Some((side(14)?, side(12)?))
}

/// Where a block's body lies.
fn part(source: &Source, name: &[u8; 4]) -> Option<(u64, u64)> {
    let mut at = 8;
    for _ in 0..MOST_BLOCKS {
        let head = source.bytes_at(at, 8).ok()?;
        let (kind, len) = head.split_first_chunk::<4>()?;
        let len = u64::from(u32::from_be_bytes(*len.first_chunk()?));
        if kind == name {
            return Some((at + 8, len));
        }
        at += 8 + len;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;

    fn raw() -> Vec<u8> {
        let settings = b"27730001\x09\x98\x0c\xc8\x09\x90\x0c\xc0";
        let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0";
        let mut bytes = b"\0MRM\0\0\0\x3a\0PRD\0\0\0\x10".to_vec();
        bytes.extend(settings);
        bytes.extend(b"\0TTW\0\0\0\x1a");
        bytes.extend(tiff);
        bytes
    }

    #[test]
    fn the_size_and_the_tiff_are_found() {
        let source = source_of(&raw());
        assert_eq!(size(&source), Some((3264, 2448)));
        assert!(blocks(&source, 999).exif.unwrap().windows(2).any(|two| two == b"\x01\x12"));
        assert_eq!(blocks(&source_of(b"\0MRM\0\0\0\0"), 999).gaps.len(), 1);
    }

    #[test]
    fn every_prefix_ends_gently() {
        for len in 0..raw().len() {
            let source = source_of(&raw()[..len]);
            blocks(&source, 999);
            size(&source);
        }
    }
}
