//! The bytes of a segment, mapped or in memory, each chunk tested before it is used.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::Mmap;

use super::layout::{ALIGNED, CHUNK};
use crate::scan::Words;

/// All bytes of a file.
pub(super) enum Bytes {
    Mapped {
        map: Mmap,
        file: File,
    },
    /// From `start` on, which is aligned as a map is.
    Memory {
        bytes: Vec<u8>,
        start: usize,
    },
}

/// Why bytes cannot be had.
#[derive(Debug)]
pub(super) enum Fault {
    /// They are not what was written.
    Changed(Range<u64>),
    Io(io::Error),
}

impl Bytes {
    pub(super) fn map(file: File) -> io::Result<Self> {
        #[expect(unsafe_code, reason = "there is no other way to map a file")]
        // SAFETY: a segment is never written to once it has its name, and it is taken away as a whole, which leaves the
        // map as it is. Where somebody else cuts or writes to it, what is read may change, or end the process, but it is
        // only ever taken for numbers.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self::Mapped { map, file })
    }

    pub(super) fn in_memory(bytes: &[u8]) -> Self {
        let mut moved: Vec<u8> = Vec::with_capacity(bytes.len() + ALIGNED as usize);
        let start = moved.as_ptr().align_offset(ALIGNED as usize);
        moved.resize(start, 0);
        moved.extend(bytes);
        Self::Memory { bytes: moved, start }
    }

    fn all(&self) -> &[u8] {
        match self {
            Self::Mapped { map, .. } => map,
            Self::Memory { bytes, start } => &bytes[*start..],
        }
    }

    /// Reads by position, so that a bad disk is an error: in a map it would end the process.
    pub(super) fn read(&self, at: u64, into: &mut [u8]) -> Result<(), Fault> {
        let wanted = at..at + into.len() as u64;
        match self {
            Self::Mapped { file, .. } => match file.read_exact_at(into, at) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    Err(Fault::Changed(wanted))
                }
                read => read.map_err(Fault::Io),
            },
            Self::Memory { .. } => {
                let there = self.all().get(wanted.start as usize..wanted.end as usize);
                into.copy_from_slice(there.ok_or(Fault::Changed(wanted))?);
                Ok(())
            }
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.all().len() as u64
    }
}

/// Bytes with the sums of their chunks.
pub(super) struct Held {
    bytes: Bytes,
    /// Of each chunk the first bytes of its BLAKE3.
    sums: Vec<[u8; 8]>,
    /// A bit for each chunk, set once it was found good.
    tested: Vec<AtomicU64>,
    /// Where the last chunk ends.
    end: u64,
}

impl Held {
    pub(super) fn new(bytes: Bytes, sums: Vec<[u8; 8]>, end: u64) -> Self {
        let tested = (0..sums.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Self { bytes, sums, tested, end }
    }

    /// The bytes of a range, tested.
    pub(super) fn see(&self, range: Range<u64>) -> Result<&[u8], Fault> {
        let mut chunk = Vec::new();
        for number in self.chunks(&range) {
            if !self.is_tested(number) {
                self.test(number, &mut chunk)?;
            }
        }
        let seen = self.bytes.all().get(range.start as usize..range.end as usize);
        seen.ok_or(Fault::Changed(range))
    }

    /// The bytes of a range, untested.
    pub(super) fn untested(&self, range: Range<u64>) -> Option<&[u8]> {
        self.bytes.all().get(range.start as usize..range.end as usize)
    }

    /// The bytes of a range, tested; read by position and not through the map.
    pub(super) fn read(&self, range: Range<u64>) -> Result<Vec<u8>, Fault> {
        if range.start > range.end || range.end > self.end {
            return Err(Fault::Changed(range));
        }
        let mut found = Vec::with_capacity((range.end - range.start) as usize);
        let mut chunk = Vec::new();
        for number in self.chunks(&range) {
            let bounds = self.bounds(number);
            let wanted = range.start.max(bounds.start)..range.end.min(bounds.end);
            if self.is_tested(number) {
                let before = found.len();
                found.resize(before + (wanted.end - wanted.start) as usize, 0);
                self.bytes.read(wanted.start, &mut found[before..])?;
            } else {
                self.test(number, &mut chunk)?;
                let from = |at| (at - bounds.start) as usize;
                found.extend(&chunk[from(wanted.start)..from(wanted.end)]);
            }
        }
        Ok(found)
    }

    /// Reads a chunk and tests it, whether it was tested before or not.
    pub(super) fn test(&self, number: usize, chunk: &mut Vec<u8>) -> Result<(), Fault> {
        let bounds = self.bounds(number);
        chunk.resize((bounds.end - bounds.start) as usize, 0);
        self.bytes.read(bounds.start, chunk)?;
        if blake3::hash(chunk).as_bytes()[..8] != self.sums[number] {
            return Err(Fault::Changed(bounds));
        }
        self.tested[number / 64].fetch_or(1 << (number % 64), Ordering::Relaxed);
        Ok(())
    }

    /// Where a chunk lies.
    pub(super) fn bounds(&self, number: usize) -> Range<u64> {
        let start = number as u64 * CHUNK;
        start..(start + CHUNK).min(self.end)
    }

    /// How many chunks there are.
    pub(super) fn len(&self) -> usize {
        self.sums.len()
    }

    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    fn is_tested(&self, number: usize) -> bool {
        self.tested[number / 64].load(Ordering::Relaxed) & 1 << (number % 64) != 0
    }

    /// The chunks that a range touches.
    fn chunks(&self, range: &Range<u64>) -> Range<usize> {
        if range.is_empty() {
            return 0..0;
        }
        let end = range.end.div_ceil(CHUNK).min(self.sums.len() as u64);
        (range.start / CHUNK) as usize..end as usize
    }
}

/// Sees bytes as blocks of descriptors; `None` where they are not aligned for that.
pub(super) fn as_words(bytes: &[u8]) -> Option<&[Words]> {
    const { assert!(cfg!(target_endian = "little"), "descriptors are used as they lie") };
    #[expect(unsafe_code, reason = "bytes are seen as the numbers that they spell")]
    // SAFETY: Words is an array of numbers without gaps, for which all bits are good.
    let (before, words, after) = unsafe { bytes.align_to::<Words>() };
    (before.is_empty() && after.is_empty()).then_some(words)
}
