//! Pictures whose pixels are not decoded and whose metadata lie in one place: Photoshop's and Fujifilm's.

use super::blocks::{Blocks, array, body, skip, walk};
use super::{jpeg, photoshop, preview};
use crate::source::Source;

/// Bytes of a Fujifilm picture's preview in which its size is looked for: behind EXIF and thumbnail.
const FRONT_BYTES: usize = 256 << 10;

/// The resources of a Photoshop document.
///
/// # Source
///
/// Adobe, "Photoshop File Formats Specification", file structure.
pub(super) fn blocks(source: &Source, ration: u64) -> Blocks {
    walk(source, ration, |reader, found| {
        skip(reader, 26)?;
        let colours = u32::from_be_bytes(array(reader)?);
        skip(reader, u64::from(colours))?;
        let len = u32::from_be_bytes(array(reader)?);
        photoshop::read(&body(reader, u64::from(len))?, found);
        Ok(())
    })
}

/// Width and height of a Photoshop document.
pub(crate) fn size(source: &Source) -> Option<(u32, u32)> {
    let head = source.bytes_at(14, 8).ok()?;
    let (height, width) = head.split_first_chunk()?;
    Some((u32::from_be_bytes(*width.first_chunk()?), u32::from_be_bytes(*height)))
}

/// The EXIF block of a Fujifilm raw picture, which lies in its preview.
pub(super) fn fujifilm(source: &Source, ration: u64) -> Blocks {
    preview(source).map_or_else(
        || Blocks::without("where its preview lies is not told"),
        |preview| jpeg::embedded(&preview, ration),
    )
}

/// Width and height of a Fujifilm raw picture's preview: cameras write it in full.
pub(crate) fn fujifilm_size(source: &Source) -> Option<(u32, u32)> {
    preview::size(&preview(source)?.bytes_at(0, FRONT_BYTES).ok()?)
}

fn preview(source: &Source) -> Option<Source> {
    let place = source.bytes_at(84, 8).ok()?;
    let (at, len) = place.split_first_chunk()?;
    let len = u32::from_be_bytes(*len.first_chunk()?);
    Some(source.within(u32::from_be_bytes(*at).into(), len.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;

    fn document() -> Vec<u8> {
        let resources = b"8BIM\x04\x22\0\0\0\0\0\x04MM\0*";
        let mut bytes =
            b"8BPS\0\x01\0\0\0\0\0\0\0\x03\0\0\0\x0c\0\0\0\x0a\0\x08\0\x03\0\0\0\x02xx".to_vec();
        bytes.extend((resources.len() as u32).to_be_bytes());
        bytes.extend(resources);
        bytes
    }

    fn raw() -> Vec<u8> {
        let mut bytes = b"FUJIFILMCCD-RAW ".to_vec();
        bytes.resize(84, 0);
        bytes.extend(100_u32.to_be_bytes());
        bytes.extend(20_u32.to_be_bytes());
        bytes.resize(100, 0);
        bytes.extend(b"\xff\xd8\xff\xe1\0\x0cExif\0\0MM\0*....");
        bytes
    }

    #[test]
    fn blocks_and_size_are_found() {
        let source = source_of(&document());
        assert_eq!(size(&source), Some((10, 12)));
        assert_eq!(blocks(&source, 999).exif.as_deref(), Some(&b"MM\0*"[..]));
        assert_eq!(fujifilm(&source_of(&raw()), 999).exif.as_deref(), Some(&b"MM\0*"[..]));
    }

    #[test]
    fn every_prefix_ends_gently() {
        for (whole, read) in [(document(), blocks as fn(&Source, u64) -> Blocks), (raw(), fujifilm)]
        {
            for len in 0..whole.len() {
                let source = source_of(&whole[..len]);
                read(&source, 999);
                size(&source);
                fujifilm_size(&source);
            }
        }
    }
}
