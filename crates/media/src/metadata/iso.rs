//! Boxes of ISO files (MP4, QuickTime, 3GP, HEIF): where each lies, under limits.

use std::ops::Range;

use crate::source::Source;

/// Most boxes of one file that are looked at; real files have a few hundred, fragmented ones some thousands.
const MOST_BOXES: usize = 65_536;

/// The user type of a box that holds C2PA, by its specification.
pub(super) const C2PA: [u8; 16] = [
    0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81,
];

/// The user type of a box that holds an XMP packet, by part 3 of the XMP specification.
pub(super) const XMP: [u8; 16] = [
    0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac,
];

/// A box: its type, and where its body lies in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IsoBox {
    pub(super) kind: [u8; 4],
    pub(super) body: Range<u64>,
}

/// A walk over a file's boxes that counts what it reads and what it meets, so that no number in the file makes it go
/// on for long. It descends only where its caller asks for the boxes of a box.
pub(super) struct Walk<'a> {
    source: &'a Source,
    bytes_left: u64,
    boxes_left: usize,
    cut: Option<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(source: &'a Source, ration: u64) -> Self {
        Self { source, bytes_left: ration, boxes_left: MOST_BOXES, cut: None }
    }

    /// The whole file.
    pub(super) fn file(&self) -> Range<u64> {
        0..self.source.len()
    }

    /// The outermost boxes.
    pub(super) fn outermost(&mut self) -> Vec<IsoBox> {
        self.boxes(self.file())
    }

    /// The boxes that lie side by side in `within`. One that claims more is taken as far as there is room; what is
    /// wrong is kept for [`Walk::into_cut`].
    pub(super) fn boxes(&mut self, within: Range<u64>) -> Vec<IsoBox> {
        let mut found = Vec::new();
        let mut at = within.start;
        while at < within.end {
            if self.boxes_left == 0 {
                self.stop(format!("more than {MOST_BOXES} boxes; the rest was not looked at"));
                break;
            }
            self.boxes_left -= 1;
            let Some(next) = self.header(at..within.end) else { break };
            at = next.body.end;
            found.push(next);
        }
        found
    }

    /// The first box of a type in `within`.
    pub(super) fn child(&mut self, within: Range<u64>, kind: &[u8; 4]) -> Option<IsoBox> {
        self.boxes(within).into_iter().find(|child| child.kind == *kind)
    }

    /// The first box that is reached by going down `path`.
    pub(super) fn descend(&mut self, within: Range<u64>, path: &[&[u8; 4]]) -> Option<IsoBox> {
        let (first, rest) = path.split_first()?;
        let child = self.child(within, first)?;
        if rest.is_empty() { Some(child) } else { self.descend(child.body, rest) }
    }

    /// The box whose header stands at the start of `within`; `None` at the end, or where there is none.
    fn header(&mut self, within: Range<u64>) -> Option<IsoBox> {
        let head = self.bytes(&within, 16);
        let (Some(size), Some(kind)) = (number(&head, 0, 4), head.get(4..8)) else {
            // QuickTime ends a list with four zero bytes.
            if !matches!(head.as_slice(), [] | [0, 0, 0, 0]) {
                self.stop("the file ends within a box's header, or bytes lie between boxes");
            }
            return None;
        };
        let kind = [kind[0], kind[1], kind[2], kind[3]];
        if size == 0 && kind == [0; 4] {
            return None;
        }
        let (header, size) = match size {
            0 => (8, within.end - within.start),
            1 => (16, number(&head, 8, 8).unwrap_or(0)),
            size => (8, size),
        };
        if size < header || head.len() < header as usize {
            self.stop(format!("box {} is smaller than its own header", name(kind)));
            return None;
        }
        let claimed = within.start.checked_add(size).filter(|end| *end <= within.end);
        if claimed.is_none() {
            self.stop(format!("box {} ends beyond what holds it: cut off or damaged", name(kind)));
        }
        Some(IsoBox { kind, body: within.start + header..claimed.unwrap_or(within.end) })
    }

    /// The first bytes of `within`, `most` at most; fewer where the file ends or the ration does.
    pub(super) fn bytes(&mut self, within: &Range<u64>, most: u64) -> Vec<u8> {
        let wanted = within.end.saturating_sub(within.start).min(most);
        let len = wanted.min(self.bytes_left);
        if len < wanted {
            self.stop("limit metadata reached");
        }
        match self.source.bytes_at(within.start, usize::try_from(len).unwrap_or(0)) {
            Ok(bytes) => {
                self.bytes_left -= bytes.len() as u64;
                bytes
            }
            Err(why) => {
                self.stop(format!("boxes cannot be read: {why}"));
                Vec::new()
            }
        }
    }

    /// A body as a whole. One of more than `most` bytes is none, and that is told.
    pub(super) fn whole(&mut self, of: &IsoBox, most: u64) -> Option<Vec<u8>> {
        let len = of.body.end - of.body.start;
        if len > most {
            let kind = name(of.kind);
            self.stop(format!("box {kind} has {len} bytes, more than are read of one, {most}"));
            return None;
        }
        let bytes = self.bytes(&of.body, most);
        (bytes.len() as u64 == len).then_some(bytes)
    }

    /// Keeps the first thing that went wrong: what follows mostly follows from it.
    pub(super) fn stop(&mut self, why: impl Into<String>) {
        self.cut.get_or_insert_with(|| why.into());
    }

    /// What could not be read, and why.
    pub(super) fn into_cut(self) -> Option<String> {
        self.cut
    }
}

/// A type as text; its bytes are Latin-1, as the sign of copyright that begins many.
pub(super) fn name(kind: [u8; 4]) -> String {
    kind.iter().map(|byte| char::from(*byte)).collect()
}

/// The big-endian number of `len` bytes at `at`, eight at most; no bytes are 0.
pub(super) fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let digits = bytes.get(at..at.checked_add(len)?)?;
    (len <= 8).then(|| digits.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::source::tests::source_of;

    /// A box with this body.
    pub(in super::super) fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
    }

    fn walked(bytes: &[u8]) -> (Vec<(String, u64)>, Option<String>) {
        let source = source_of(bytes);
        let mut walk = Walk::new(&source, 1 << 20);
        let boxes = walk.outermost();
        let told = boxes
            .iter()
            .map(|found| (name(found.kind), found.body.end - found.body.start))
            .collect();
        (told, walk.into_cut())
    }

    #[test]
    fn sizes_are_short_long_or_to_the_end() {
        let long = b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x12ab";
        let last = b"\0\0\0\0freeabc";
        let (boxes, cut) = walked(&[&boxed(b"\xa9xyz", b"abcd")[..], long, last].concat());
        let expected = [("\u{a9}xyz", 4), ("mdat", 2), ("free", 3)];
        assert_eq!(boxes, expected.map(|(kind, len)| (kind.to_owned(), len)));
        assert_eq!(cut, None);
    }

    #[test]
    fn a_box_that_claims_too_much_is_taken_as_far_as_there_is_room() {
        let (boxes, cut) = walked(b"\0\0\xff\xffmdatabc");
        assert_eq!(boxes, [("mdat".to_owned(), 3)]);
        assert!(cut.unwrap().contains("mdat"));
        let (boxes, cut) = walked(b"\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff");
        assert_eq!(boxes.len(), 1);
        assert!(cut.is_some());
    }

    #[test]
    fn a_box_smaller_than_its_header_ends_the_walk() {
        for bad in [&b"\0\0\0\x07mdatabc"[..], b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x08", b"\0\0\0\x01md"]
        {
            let (boxes, cut) = walked(bad);
            assert!(boxes.is_empty() && cut.is_some(), "{bad:?}");
        }
    }

    #[test]
    fn a_list_may_end_with_zeros() {
        assert_eq!(walked(&[boxed(b"free", b""), vec![0; 4]].concat()).1, None);
        assert_eq!(walked(&[boxed(b"free", b""), vec![0; 64]].concat()).1, None);
    }

    #[test]
    fn countless_boxes_are_counted_and_cut() {
        let bytes = boxed(b"free", b"").repeat(MOST_BOXES + 1);
        let (boxes, cut) = walked(&bytes);
        assert_eq!(boxes.len(), MOST_BOXES);
        assert!(cut.unwrap().contains("boxes"));
    }

    #[test]
    fn the_ration_ends_the_walk() {
        let bytes = boxed(b"free", &[0; 100]).repeat(100);
        let source = source_of(&bytes);
        let mut walk = Walk::new(&source, 160);
        assert_eq!(walk.outermost().len(), 10);
        assert!(walk.into_cut().unwrap().contains("limit"));
    }
}
