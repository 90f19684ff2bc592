//! Metadata in the chunks of WebP and in the extensions of GIF.

use super::blocks::{
    Blocks, MOST_BLOCKS, Reader, array, array_or_end, bad, body, byte, position, skip, walk,
};
use crate::source::Source;
use std::io;

/// Walks over a WebP's chunks.
pub(super) fn of_webp(source: &Source, ration: u64) -> Blocks {
    walk(source, ration, |reader, found| {
        skip(reader, 4)?;
        let end = 8 + u64::from(u32::from_le_bytes(array(reader)?));
        found.end = Some(end + end % 2);
        skip(reader, 4)?;
        for _ in 0..MOST_BLOCKS {
            if position(reader)? >= end {
                break;
            }
            let Some(kind) = array_or_end::<4>(reader)? else { break };
            let len = u64::from(u32::from_le_bytes(array(reader)?));
            match &kind {
                b"EXIF" => {
                    let body = body(reader, len)?;
                    // Some writers keep JPEG's prefix, which has no place here.
                    found.add_exif(body.strip_prefix(b"Exif\0\0").unwrap_or(&body));
                }
                b"XMP " => found.xmp.push(body(reader, len)?),
                _ => {
                    found.c2pa |= &kind == b"C2PA";
                    skip(reader, len)?;
                }
            }
            // Some writers leave out the last filling byte.
            if len % 2 == 1 && position(reader)? < end {
                skip(reader, 1)?;
            }
        }
        Ok(())
    })
}

/// The XMP packet of an AVI, which stands beside its pictures.
///
/// # Source
///
/// Part 3 of the XMP specification.
pub(super) fn of_avi(source: &Source, ration: u64) -> Blocks {
    walk(source, ration, |reader, found| {
        skip(reader, 12)?;
        for _ in 0..MOST_BLOCKS {
            let Some(kind) = array_or_end::<4>(reader)? else { break };
            let len = u64::from(u32::from_le_bytes(array(reader)?));
            if &kind == b"_PMX" {
                found.xmp.push(body(reader, len)?);
                break;
            }
            // Where the pictures break off, who decodes them tells.
            if skip(reader, len + len % 2).is_err() {
                break;
            }
        }
        Ok(())
    })
}

/// Walks over a GIF's blocks.
///
/// # Source
///
/// "Graphics Interchange Format, Version 89a", 1990; XMP in it by part 3 of the XMP specification.
pub(super) fn of_gif(source: &Source, ration: u64) -> Blocks {
    walk(source, ration, |reader, found| {
        skip(reader, 10)?;
        let flags = byte(reader)?;
        skip(reader, 2)?;
        skip_palette(reader, flags)?;
        for _ in 0..MOST_BLOCKS {
            match byte(reader)? {
                0x3b => {
                    found.end = Some(position(reader)?);
                    return Ok(());
                }
                0x2c => {
                    skip(reader, 8)?;
                    let flags = byte(reader)?;
                    skip_palette(reader, flags)?;
                    skip(reader, 1)?;
                    skip_parts(reader)?;
                }
                0x21 => extension(reader, found)?,
                // Filling between blocks.
                0 => {}
                _ => return Err(bad("a GIF's block is of no kind")),
            }
        }
        Err(bad("too many blocks"))
    })
}

fn extension(reader: &mut Reader, found: &mut Blocks) -> io::Result<()> {
    match byte(reader)? {
        0xfe => found.comments.push(("gif:comment", parts(reader)?.concat())),
        0xff => {
            let len = byte(reader)?;
            let name = body(reader, u64::from(len))?;
            if name != b"XMP DataXMP" {
                return skip_parts(reader);
            }
            // The packet is not cut into parts: read as such, the lengths are letters of it, and bytes that lead any
            // reader to the end follow it.
            let mut packet = Vec::new();
            for part in parts(reader)? {
                packet.push(part.len() as u8);
                packet.extend(part);
            }
            let end = packet.windows(4).rposition(|four| four == [1, 0xff, 0xfe, 0xfd]);
            packet.truncate(end.unwrap_or(packet.len()));
            found.xmp.push(packet);
        }
        _ => skip_parts(reader)?,
    }
    Ok(())
}

fn parts(reader: &mut Reader) -> io::Result<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    loop {
        match byte(reader)? {
            0 => return Ok(parts),
            len => parts.push(body(reader, u64::from(len))?),
        }
    }
}

fn skip_parts(reader: &mut Reader) -> io::Result<()> {
    loop {
        match byte(reader)? {
            0 => return Ok(()),
            len => skip(reader, u64::from(len))?,
        }
    }
}

fn skip_palette(reader: &mut Reader, flags: u8) -> io::Result<()> {
    let colours = if flags & 0x80 == 0 { 0 } else { 2 << (flags & 7) };
    skip(reader, 3 * colours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;

    const WEBP: &[u8] =
        b"RIFF\x28\0\0\0WEBPEXIF\x05\0\0\0MM\0*x\0XMP \x03\0\0\0<x>\0C2PA\x02\0\0\0xxtrailing";

    fn gif() -> Vec<u8> {
        let trailer: Vec<u8> = [1].into_iter().chain((0..=255).rev()).chain([0]).collect();
        [
            &b"GIF89a\x01\0\x01\0\x80\0\0abcdef"[..],
            b"\x21\xfe\x02hi\x01!\0",
            b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0",
            b"\x21\xff\x0bXMP DataXMP<x:xmpmeta>packet</x:xmpmeta>",
            &trailer,
            b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b",
        ]
        .concat()
    }

    #[test]
    fn chunks_of_a_webp_are_found() {
        let found = of_webp(&source_of(WEBP), 999);
        assert_eq!(found.exif.as_deref(), Some(&b"MM\0*x"[..]));
        assert_eq!(found.xmp, [b"<x>"]);
        assert!(found.c2pa && found.cut.is_none());
        assert_eq!(found.end, Some(WEBP.len() as u64 - 8));
    }

    const AVI: &[u8] = b"RIFF\x20\0\0\0AVI LIST\x05\0\0\0movix\0_PMX\x04\0\0\0<x/>";

    #[test]
    fn the_packet_of_an_avi_is_found() {
        let found = of_avi(&source_of(AVI), 999);
        assert_eq!((found.xmp, found.cut), (vec![b"<x/>".to_vec()], None));
        assert_eq!(of_avi(&source_of(&AVI[..24]), 999).cut, None);
    }

    #[test]
    fn extensions_of_a_gif_are_found() {
        let whole = gif();
        let found = of_gif(&source_of(&whole), 999);
        assert_eq!(found.comments, [("gif:comment", b"hi!".to_vec())]);
        assert_eq!(found.xmp, [b"<x:xmpmeta>packet</x:xmpmeta>"]);
        assert_eq!((found.end, found.cut), (Some(whole.len() as u64), None));
    }

    #[test]
    fn every_prefix_ends_gently() {
        for (whole, walk) in [
            (WEBP.to_vec(), of_webp as fn(&Source, u64) -> Blocks),
            (gif(), of_gif),
            (AVI.to_vec(), of_avi),
        ] {
            for len in 0..whole.len() {
                walk(&source_of(&whole[..len]), 999);
            }
        }
    }

    #[test]
    fn the_ration_ends_the_walk() {
        assert!(of_gif(&source_of(&gif()), 30).cut.unwrap().contains("limit"));
        assert!(of_webp(&source_of(WEBP), 20).cut.unwrap().contains("limit"));
    }
}
