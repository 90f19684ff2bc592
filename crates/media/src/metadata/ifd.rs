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
/// Sizes, orientation and pointers, which some programs write as signed numbers: no reader takes those.
const UNSIGNED: [u16; 8] = [0x0100, 0x0101, 0x0112, 0xa002, 0xa003, 0x8769, 0x8825, 0xa005];
const SHORT: u8 = 3;
const LONG: u8 = 4;
const SIGNED_SHORT: usize = 8;
const SIGNED_LONG: usize = 9;
/// A field of no meaning to any reader.
const NO_FIELD: u16 = 0xffff;

/// Says why the block is too tangled to be read. Mends what would make its reader drop a whole directory: signed
/// numbers, and pointers to what is no directory, which are told.
pub(crate) fn vet(block: &mut [u8]) -> Result<Option<&'static str>, &'static str> {
    let big_endian = match block.get(..2) {
        Some(b"MM") => true,
        Some(b"II") => false,
        _ => return Ok(None),
    };
    let mut walk = Walk { block, big_endian, seen: HashSet::new(), text: 0, bytes: 0, lost: None };
    let mut directory = walk.number(4, 4).unwrap_or(0);
    while directory != 0 {
        let Some(next) = walk.directory(directory)? else { break };
        directory = next;
    }
    Ok(walk.lost)
}

struct Walk<'a> {
    block: &'a mut [u8],
    big_endian: bool,
    seen: HashSet<usize>,
    text: usize,
    bytes: usize,
    lost: Option<&'static str>,
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
            if UNSIGNED.contains(&(tag as u16)) {
                self.unsign(entry + 2, kind);
            }
            if POINTERS.contains(&(tag as u16)) {
                let below = if kind == 3 { self.number(entry + 8, 2).unwrap_or(0) } else { value };
                if self.number(below, 2).is_none_or(|fields| fields > MOST_FIELDS) {
                    self.lost = Some("a pointer leads to no directory");
                    self.block[entry..entry + 2].copy_from_slice(&NO_FIELD.to_be_bytes());
                    continue;
                }
                self.directory(below)?;
            }
        }
        Ok(self.number(at + 2 + count * 12, 4))
    }

    /// Makes the type that stands at `at` one without a sign.
    fn unsign(&mut self, at: usize, kind: usize) {
        let plain = match kind {
            SIGNED_SHORT => SHORT,
            SIGNED_LONG => LONG,
            _ => return,
        };
        self.block[if self.big_endian { at + 1 } else { at }] = plain;
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
        assert_eq!(vet(&mut block(3, b"\x01\x0f\0\x02\0\0\0\x08\0\0\0\x32", 40)), Ok(None));
        assert_eq!(vet(&mut b"MM\0*".to_vec()), Ok(None));
    }

    #[test]
    fn fields_that_share_one_long_value_do_not() {
        assert!(vet(&mut block(2000, b"\x01\x0f\0\x02\0\0\x20\0\0\0\x10\0", 9000)).is_err());
    }

    #[test]
    fn many_overlapping_directories_do_not() {
        let mut bomb = b"MM\0*\0\0\0\x08\x03\xe8".to_vec();
        for at in 0..1000_u32 {
            bomb.extend(b"\x87\x69\0\x04\0\0\0\x01");
            bomb.extend((14 + at * 12).to_be_bytes());
        }
        bomb.extend([0; 4]);
        assert!(vet(&mut bomb).is_err());
    }

    #[test]
    fn signed_sizes_and_pointers_are_taken_as_unsigned() {
        let mut signed = block(1, b"\x01\x12\0\x09\0\0\0\x01\0\0\0\x06", 0);
        assert_eq!(vet(&mut signed), Ok(None));
        assert_eq!(signed[10..14], *b"\x01\x12\0\x04");
    }

    #[test]
    fn a_pointer_to_no_directory_costs_only_what_it_points_to() {
        let mut lost = block(1, b"\xa0\x05\0\x04\0\0\0\x01\0\0\xff\xff", 0);
        assert_eq!(vet(&mut lost), Ok(Some("a pointer leads to no directory")));
        assert_eq!(lost[10..12], [0xff; 2]);
    }
}
