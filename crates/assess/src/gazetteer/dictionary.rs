//! A sorted list of texts, packed so that it is searched where it lies.
//!
//! Texts stand in blocks. Each begins with a byte: how much of the text before it is shared (high half) and
//! how many packed bytes follow (low half), 15 meaning that one more byte is to be added to it, the shared first. A
//! packed byte that the table of pairs names stands for two, which may be packed again.
//!
//! Layout, little-endian: count u32, blocks u32, pairs u32; pairs of (byte, first, second); offsets of blocks u32, from
//! the first text; texts.

use super::packed::{BLOCK, LONGEST};

/// A packed list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dictionary<'a> {
    count: usize,
    pairs: &'a [u8],
    offsets: &'a [u8],
    texts: &'a [u8],
}

impl<'a> Dictionary<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let count = word(bytes, 0)? as usize;
        let blocks = word(bytes, 4)? as usize;
        let pairs = word(bytes, 8)? as usize;
        let (pairs, rest) = bytes.get(12..)?.split_at_checked(pairs.checked_mul(3)?)?;
        let (offsets, texts) = rest.split_at_checked(blocks.checked_mul(4)?)?;
        Some(Self { count, pairs, offsets, texts })
    }

    /// The place in the list of the one text that is `wanted`.
    pub(super) fn find(&self, wanted: &[u8]) -> Option<usize> {
        let (mut from, mut to) = (0, self.count.div_ceil(BLOCK));
        let table = self.table();
        while from + 1 < to {
            let middle = from.midpoint(to);
            let first = self.walk(&table, middle, |_, _| false)?;
            if first.as_slice() <= wanted { from = middle } else { to = middle }
        }
        let mut found = None;
        self.walk(&table, from, |at, text| {
            if text == wanted {
                found = Some(at);
            }
            text < wanted
        });
        found
    }

    /// The text at a place in the list.
    pub(super) fn get(&self, wanted: usize) -> Option<String> {
        let table = self.table();
        let text = self.walk(&table, wanted / BLOCK, |at, _| at < wanted)?;
        (wanted < self.count).then(|| String::from_utf8(text).ok()).flatten()
    }

    /// Reads a block from its first text for as long as `go_on` says so; the last text that was read.
    fn walk(
        &self,
        table: &[Option<(u8, u8)>; 256],
        block: usize,
        mut go_on: impl FnMut(usize, &[u8]) -> bool,
    ) -> Option<Vec<u8>> {
        let mut rest = self.texts.get(word(self.offsets, block * 4)? as usize..)?;
        let mut text = Vec::new();
        for at in block * BLOCK..self.count.min((block + 1) * BLOCK) {
            let head = next(&mut rest)?;
            let shared = length(head >> 4, &mut rest)?;
            let packed = length(head & 15, &mut rest)?;
            let (packed, after) = rest.split_at_checked(packed)?;
            rest = after;
            text.truncate(shared);
            for &byte in packed {
                unpack(table, byte, LONGEST, &mut text);
            }
            if !go_on(at, &text) {
                break;
            }
        }
        Some(text)
    }

    fn table(&self) -> [Option<(u8, u8)>; 256] {
        let mut table = [None; 256];
        for pair in self.pairs.chunks_exact(3) {
            table[usize::from(pair[0])] = Some((pair[1], pair[2]));
        }
        table
    }
}

fn unpack(table: &[Option<(u8, u8)>; 256], byte: u8, depth: usize, text: &mut Vec<u8>) {
    match table[usize::from(byte)] {
        Some((first, second)) if depth > 0 => {
            unpack(table, first, depth - 1, text);
            unpack(table, second, depth - 1, text);
        }
        _ => text.push(byte),
    }
}

/// A length from half of a head.
fn length(half: u8, rest: &mut &[u8]) -> Option<usize> {
    let more = if half == 15 { next(rest)? } else { 0 };
    Some(usize::from(half) + usize::from(more))
}

fn next(rest: &mut &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(*first)
}

/// A little-endian word.
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
