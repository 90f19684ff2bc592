//! Pictures of which only the size is read, out of a head of a few bytes: icons, PCX, Netpbm, Radiance, OpenEXR, JPEG XL.

use crate::source::Source;

/// Bytes of a head that are read.
const HEAD_BYTES: usize = 8 << 10;

/// Width and height that the head of a picture of this type tells.
pub(super) fn size(source: &Source, mime: &str) -> Option<(u32, u32)> {
    let head = source.bytes_at(0, HEAD_BYTES).ok()?;
    match mime {
        "image/x-icon" => icon(&head),
        "image/pcx" => pcx(&head),
        "image/x-exr" => open_exr(&head),
        "image/vnd.radiance" => radiance(&head),
        "image/jxl" => jpeg_xl(head.strip_prefix(b"\xff\x0a")?),
        _ => netpbm(&head),
    }
}

/// The first of an icon's pictures; a side of 0 is one of 256.
fn icon(head: &[u8]) -> Option<(u32, u32)> {
    let side =
        |at| Some(head.get(at).map_or(0, |side| if *side == 0 { 256 } else { u32::from(*side) }));
    side(6).zip(side(7)).filter(|(width, height)| *width > 0 && *height > 0)
}

/// The first and last column and row, by ZSoft's "PCX File Format Technical Reference".
fn pcx(head: &[u8]) -> Option<(u32, u32)> {
    let at = |at: usize| Some(u32::from(u16::from_le_bytes(*head.get(at..)?.first_chunk()?)));
    Some(((at(8)? + 1).checked_sub(at(4)?)?, (at(10)? + 1).checked_sub(at(6)?)?))
}

/// Width and height behind the magic, as words; lines that begin with `#` are remarks.
fn netpbm(head: &[u8]) -> Option<(u32, u32)> {
    let text = String::from_utf8_lossy(head.get(2..)?);
    let words = text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    let mut sides = words.map_while(|word| word.parse().ok());
    sides.next().zip(sides.next())
}

/// The line `-Y height +X width` behind an empty one.
fn radiance(head: &[u8]) -> Option<(u32, u32)> {
    let text = String::from_utf8_lossy(head);
    let (_, rest) = text.split_once("\n\n")?;
    let words: Vec<_> = rest.lines().next()?.split_whitespace().collect();
    let [first, a, second, b] = words[..] else { return None };
    let (a, b) = (a.parse().ok()?, b.parse().ok()?);
    match (first.get(1..)?, second.get(1..)?) {
        ("Y", "X") => Some((b, a)),
        ("X", "Y") => Some((a, b)),
        _ => None,
    }
}

/// The attribute `dataWindow`: the first and the last column and row.
fn open_exr(head: &[u8]) -> Option<(u32, u32)> {
    const NAME: &[u8] = b"dataWindow\0box2i\0\x10\0\0\0";
    let at = head.windows(NAME.len()).position(|window| window == NAME)? + NAME.len();
    let edge = |i: usize| Some(i32::from_le_bytes(*head.get(at + i * 4..)?.first_chunk()?));
    let side = |first: i32, last: i32| {
        u32::try_from(i64::from(last) - i64::from(first) + 1).ok().filter(|side| *side > 0)
    };
    Some((side(edge(0)?, edge(2)?)?, side(edge(1)?, edge(3)?)?))
}

/// The size header of a codestream of JPEG XL, by ISO/IEC 18181-1.
pub(super) fn jpeg_xl(codestream: &[u8]) -> Option<(u32, u32)> {
    let mut bits = Bits { bytes: codestream, at: 0 };
    let small = bits.take(1)? == 1;
    let side = |bits: &mut Bits<'_>| {
        if small {
            return Some((bits.take(5)? + 1) * 8);
        }
        let len = [9, 13, 18, 30][bits.take(2)? as usize];
        Some(bits.take(len)? + 1)
    };
    let height = side(&mut bits)?;
    let width = match bits.take(3)? {
        0 => side(&mut bits)?,
        ratio => {
            let (wide, high) =
                [(1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1)][ratio as usize - 1];
            u32::try_from(u64::from(height) * wide / high).ok()?
        }
    };
    Some((width, height))
}

/// Bits from the lowest of each byte on.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for i in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << i;
            self.at += 1;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;

    const PCX: &[u8] = b"\x0a\x05\x01\x08\0\0\x02\0\x07\0\x0b\0";
    const EXR: &[u8] =
        b"v/1\x01\x02\0\0\0dataWindow\0box2i\0\x10\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x02\0\0\0";

    const SAMPLES: [(&str, &[u8], (u32, u32)); 8] = [
        ("image/x-icon", b"\0\0\x01\0\x01\0\0\x20\0\0", (256, 32)),
        ("image/pcx", PCX, (8, 10)),
        ("image/x-exr", EXR, (3, 2)),
        ("image/vnd.radiance", b"#?RADIANCE\nFORMAT=x\n\n-Y 12 +X 34\n", (34, 12)),
        ("image/x-portable-pixmap", b"P6\n# by hand\n640 480\n255\n", (640, 480)),
        ("image/x-portable-floatmap", b"PF\n512 768\n-1.0\n", (512, 768)),
        // 16 high, in the small form, and as wide.
        ("image/jxl", b"\xff\x0a\x43\0", (16, 16)),
        // 129 + 1 high and 199 + 1 wide, in the form of 9 bits.
        ("image/jxl", b"\xff\x0a\x08\x04\x8e\x01", (200, 130)),
    ];

    #[test]
    fn heads_tell_the_size() {
        for (mime, bytes, expected) in SAMPLES {
            assert_eq!(size(&source_of(bytes), mime), Some(expected), "{mime}");
        }
    }

    #[test]
    fn every_prefix_and_every_flipped_byte_ends_gently() {
        for (mime, bytes, _) in SAMPLES {
            for at in 0..bytes.len() {
                let mut bent = bytes.to_vec();
                bent[at] ^= 0xff;
                size(&source_of(&bytes[..at]), mime);
                size(&source_of(&bent), mime);
            }
        }
    }
}
