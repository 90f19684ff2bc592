//! Whether an EXIF block may be given to its reader.
//!
//! The reader follows every pointer and keeps every value, so a few kilobytes of fields that share one long value, or
//! of directories that overlap, would become gigabytes. This walk takes the same steps and only counts.

use std::collections::HashSet;

/// Directories that a block may have; cameras write five.
const MOST_DIRECTORIES: usize = 32;
/// Fields that a directory may have; cameras write a hundred.
const MOST_FIELDS: usize = 4096;
/// Bytes of text that all fields may hold together: in memory each may cost as much as a pointer.
const MOST_TEXT: usize = 2 << 20;

const POINTERS: [u16; 3] = [0x8769, 0x8825, 0xa005];

/// Says why the block is too tangled to be read, or nothing.
pub(crate) fn vet(block: &[u8]) -> Result<(), &'static str> {
    let big_endian = match block.get(..2) {
        Some(b"MM") => true,
        Some(b"II") => false,
        _ => return Ok(()),
    };
    let mut walk = Walk { block, big_endian, seen: HashSet::new(), text: 0, bytes: 0 };
    let mut directory = walk.number(4, 4).unwrap_or(0);
    while directory != 0 {
        let Some(next) = walk.directory(directory)? else { break };
        directory = next;
    }
    Ok(())
}

struct Walk<'a> {
    block: &'a [u8],
    big_endian: bool,
    seen: HashSet<usize>,
    text: usize,
    bytes: usize,
}

impl Walk<'_> {
    /// Counts a directory's fields and those below it; gives where the next one starts, if that is told.
    fn directory(&mut self, at: usize) -> Result<Option<usize>, &'static str> {
        if !self.seen.insert(at) {
            return Ok(None);
        }
        if self.seen.len() > MOST_DIRECTORIES {
            return Err("too many directories");
        }
        let Some(count) = self.number(at, 2) else { return Ok(None) };
        for entry in (0..count).map(|i| at + 2 + i * 12) {
            let told = (
                self.number(entry, 2),
                self.number(entry + 2, 2),
                self.number(entry + 4, 4),
                self.number(entry + 8, 4),
            );
            let (Some(tag), Some(kind), Some(values), Some(value)) = told else { return Ok(None) };
            if count > MOST_FIELDS {
                return Err("too many fields");
            }
            let size = match kind {
                3 | 8 => 2,
                4 | 9 | 11 => 4,
                5 | 10 | 12 => 8,
                _ => 1,
            };
            let len = values.saturating_mul(size);
            let there =
                len <= 4 || value.checked_add(len).is_some_and(|end| end <= self.block.len());
            if there && len > 4 {
                self.bytes += len;
                self.text += if kind == 2 { len } else { 0 };
            }
            if self.text > MOST_TEXT || self.bytes > self.block.len() * 2 {
                return Err("fields share their bytes");
            }
            if POINTERS.contains(&(tag as u16)) {
                self.directory(if kind == 3 {
                    self.number(entry + 8, 2).unwrap_or(0)
                } else {
                    value
                })?;
            }
        }
        Ok(self.number(at + 2 + count * 12, 4))
    }

    fn number(&self, at: usize, len: usize) -> Option<usize> {
        let digits = self.block.get(at..at.checked_add(len)?)?;
        let push = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
        Some(if self.big_endian {
            digits.iter().fold(0, push)
        } else {
            digits.iter().rev().fold(0, push)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(count: u16, entry: &[u8], tail: usize) -> Vec<u8> {
        let mut block = b"MM\0*\0\0\0\x08".to_vec();
        block.extend(count.to_be_bytes());
        (0..count).for_each(|_| block.extend(entry));
        block.extend(vec![0; tail + 4]);
        block
    }

    #[test]
    fn ordinary_blocks_pass() {
        assert_eq!(vet(&block(3, b"\x01\x0f\0\x02\0\0\0\x08\0\0\0\x32", 40)), Ok(()));
        assert_eq!(vet(b"MM\0*"), Ok(()));
    }

    #[test]
    fn fields_that_share_one_long_value_do_not() {
        assert!(vet(&block(2000, b"\x01\x0f\0\x02\0\0\x20\0\0\0\x10\0", 9000)).is_err());
    }

    #[test]
    fn many_overlapping_directories_do_not() {
        let mut bomb = b"MM\0*\0\0\0\x08\x03\xe8".to_vec();
        for at in 0..1000_u32 {
            bomb.extend(b"\x87\x69\0\x04\0\0\0\x01");
            bomb.extend((14 + at * 12).to_be_bytes());
        }
        bomb.extend([0; 4]);
        assert!(vet(&bomb).is_err());
    }
}
