//! What lies behind the picture: further pictures, a moving one, a maker's own data, or bytes of no known kind.

use super::Metadata;
use super::preview::Held;
use crate::source::Source;

/// Bytes of a JPEG that are searched for its end: more than any that is decoded.
const SEARCHED_BYTES: u64 = 256 << 20;
/// Bytes of it that are read at once.
const WINDOW_BYTES: usize = 256 << 10;
/// Things behind each other that are told apart.
const MOST_THINGS: usize = 16;
/// Bytes of a further picture that is taken as a preview.
const PREVIEW_BYTES: u64 = 4 << 20;
/// Further pictures that are taken as previews.
const MOST_PREVIEWS: usize = 8;

/// The index of a JPEG's further pictures, and where in the file it stands: places in it count from there.
#[derive(Debug)]
pub(crate) struct Multi {
    pub(super) at: u64,
    pub(super) index: Vec<u8>,
}

impl Multi {
    /// The pictures that are the main one at another size.
    ///
    /// # Source
    ///
    /// CIPA DC-007, "Multi-Picture Format", 2009.
    pub(super) fn previews(&self, source: &Source) -> Vec<Held> {
        let mut found = Vec::new();
        for [kind, len, offset] in self.entries() {
            let large_thumbnail = kind >> 16 & 0xff == 1;
            let len = u64::from(len);
            if !large_thumbnail
                || offset == 0
                || len > PREVIEW_BYTES
                || found.len() == MOST_PREVIEWS
            {
                continue;
            }
            if let Ok(bytes) = source.bytes_at(self.at + u64::from(offset), len as usize)
                && bytes.starts_with(b"\xff\xd8")
            {
                found.push(Held::jpeg("mpf".to_owned(), bytes, true));
            }
        }
        found
    }

    /// Kind, length and place of each picture.
    fn entries(&self) -> Vec<[u32; 3]> {
        let big = self.index.starts_with(b"MM");
        let number = |at: usize, len: usize| -> Option<u32> {
            let digits = self.index.get(at..at.checked_add(len)?)?;
            let push = |sum: u32, byte: &u8| sum << 8 | u32::from(*byte);
            Some(if big { digits.iter().fold(0, push) } else { digits.iter().rev().fold(0, push) })
        };
        let list = || {
            let directory = number(4, 4)? as usize;
            let count = number(directory, 2)? as usize;
            let entry = (0..count.min(64))
                .map(|i| directory + 2 + i * 12)
                .find(|entry| number(*entry, 2) == Some(0xb002))?;
            Some((number(entry + 4, 4)? as usize / 16, number(entry + 8, 4)? as usize))
        };
        let (count, at) = list().unwrap_or_default();
        (0..count.min(64))
            .map_while(|i| {
                let entry = at.checked_add(i * 16)?;
                Some([number(entry, 4)?, number(entry + 4, 4)?, number(entry + 8, 4)?])
            })
            .collect()
    }
}

/// Where the JPEG ends whose next marker stands at `at`; `None` where it does not end.
pub(super) fn end_of_jpeg(source: &Source, at: u64) -> Option<u64> {
    let last = at.checked_add(SEARCHED_BYTES)?;
    let mut window = Window { source, start: 0, bytes: Vec::new() };
    let mut at = at;
    while at < last {
        // Data of a scan, or rubbish between segments: neither holds a marker.
        let bytes = window.from(at)?;
        let Some(found) = bytes.iter().position(|byte| *byte == 0xff) else {
            at += bytes.len() as u64;
            continue;
        };
        at += found as u64;
        let mut marker = 0xff;
        while marker == 0xff {
            at += 1;
            marker = window.from(at)?[0];
        }
        at += 1;
        match marker {
            0xd9 => return Some(at),
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            _ => {
                let len = u16::from_be_bytes([window.from(at)?[0], window.from(at + 1)?[0]]);
                at += u64::from(len.max(2));
            }
        }
    }
    None
}

/// A part of a file that moves along with its reader.
struct Window<'a> {
    source: &'a Source,
    start: u64,
    bytes: Vec<u8>,
}

impl Window<'_> {
    /// Bytes from `at` on, one at least; `None` behind the end.
    fn from(&mut self, at: u64) -> Option<&[u8]> {
        let within = at.checked_sub(self.start).is_some_and(|by| by < self.bytes.len() as u64);
        if !within {
            self.bytes = self.source.bytes_at(at, WINDOW_BYTES).ok()?;
            self.start = at;
        }
        self.bytes.get((at - self.start) as usize..).filter(|bytes| !bytes.is_empty())
    }
}

/// Tells what lies behind `end`.
pub(super) fn tell(source: &Source, end: u64, metadata: &mut Metadata) {
    let bytes = source.len().saturating_sub(end);
    if bytes == 0 {
        return;
    }
    let mut kinds: Vec<&str> = Vec::new();
    let mut at = end;
    for _ in 0..MOST_THINGS {
        let (kind, next) = thing(source, at);
        if kinds.last() != Some(&kind) {
            kinds.push(kind);
        }
        at = next;
        if at >= source.len() {
            break;
        }
    }
    let moving = kinds.iter().any(|kind| kind.contains("video"));
    metadata.measured("trailing_bytes", bytes, "file");
    metadata.measured("trailing_kind", kinds.join(", "), "file");
    if moving {
        metadata.measured("motion_photo", true, "file");
    }
}

/// What stands at `at`, and where it ends.
fn thing(source: &Source, at: u64) -> (&'static str, u64) {
    let end = source.len();
    let head = source.bytes_at(at, 64).unwrap_or_default();
    if head.starts_with(b"\xff\xd8\xff") {
        return ("picture", end_of_jpeg(source, at).unwrap_or(end));
    }
    if head.get(4..8) == Some(b"ftyp") {
        return ("video", end);
    }
    let tail = source.bytes_at(end.saturating_sub(1024).max(at), 1024).unwrap_or_default();
    if tail.ends_with(b"SEFT") {
        // The number of the block that holds a motion photo's video, in the list of blocks.
        let moving = tail.windows(4).any(|four| four == b"\0\0\x30\x0a");
        return (
            if moving {
                "data of a Samsung camera with a video"
            } else {
                "data of a Samsung camera"
            },
            end,
        );
    }
    // Filling, if nothing else follows; bytes before the next thing otherwise.
    let next = source.bytes_at(at, 64 << 10).unwrap_or_default();
    let zeros = next.iter().take_while(|byte| **byte == 0).count();
    match zeros {
        0 => ("unknown bytes", end),
        _ => ("zeros", at + zeros as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;

    /// A JPEG of two scans whose segment holds what looks like an end.
    const JPEG: &[u8] =
        b"\xff\xd8\xff\xe0\0\x04\xff\xd9\xff\xda\0\x02ab\xff\0\xff\xd0c\xff\xda\0\x02d\xff\xd9";

    fn told(after: &[u8]) -> (Option<String>, Option<String>, bool) {
        let source = source_of(&[JPEG, after].concat());
        let end = end_of_jpeg(&source, 8).unwrap();
        assert_eq!(end, JPEG.len() as u64);
        let mut metadata = Metadata::default();
        tell(&source, end, &mut metadata);
        let value = |name| metadata.value(name).map(str::to_owned);
        (value("trailing_bytes"), value("trailing_kind"), value("motion_photo").is_some())
    }

    #[test]
    fn what_lies_behind_a_picture_is_named() {
        let check = |after: &[u8], kind: &str, moving: bool| {
            let bytes = Some(after.len().to_string());
            assert_eq!(told(after), (bytes, Some(kind.to_owned()), moving));
        };
        assert_eq!(told(b""), (None, None, false));
        check(b"PK\x03\x04secret", "unknown bytes", false);
        check(&[0; 99], "zeros", false);
        check(JPEG, "picture", false);
        check(&[JPEG, b"\0\0\0\x18ftypmp42"].concat(), "picture, video", true);
        check(b"..\0\0\x30\x0a..SEFT", "data of a Samsung camera with a video", true);
        check(b"..\0\0\x01\x0a..SEFT", "data of a Samsung camera", false);
    }

    #[test]
    fn a_jpeg_without_end_has_none() {
        for len in 8..JPEG.len() {
            assert_eq!(end_of_jpeg(&source_of(&JPEG[..len]), 8), None);
        }
    }

    fn index() -> Vec<u8> {
        let mut index = b"MM\0*\0\0\0\x08\0\x01\xb0\x02\0\x07\0\0\0\x30\0\0\0\x1a\0\0\0\0".to_vec();
        for [kind, len, offset] in
            [[0x2003_0000_u32, 9, 0], [0x0001_0001, 4, 74], [0x0002_0002, 4, 74]]
        {
            [kind, len, offset].iter().for_each(|number| index.extend(number.to_be_bytes()));
            index.extend([0; 4]);
        }
        index
    }

    #[test]
    fn only_larger_thumbnails_are_previews() {
        let file = [index(), b"\xff\xd8\xff\xd9".to_vec()].concat();
        let multi = Multi { at: 0, index: index() };
        assert_eq!(multi.entries().len(), 3);
        assert_eq!(multi.previews(&source_of(&file)).len(), 1);
    }

    #[test]
    fn every_prefix_of_an_index_ends_gently() {
        for len in 0..index().len() {
            Multi { at: 0, index: index()[..len].to_vec() }.previews(&source_of(&index()));
        }
    }
}
