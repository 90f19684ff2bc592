//! What the gazetteer's file and the program that makes it agree on.
//!
//! After [`MAGIC`] come the lengths of seven sections, u32 little-endian, and then the sections: names of time zones,
//! one a line; districts, as area (line of `areas.tsv`, u16) and time zone (u16); places; main names and keys, both as
//! sorted lists of texts; where the postings of each block of keys begin (u32, in postings); postings.
//!
//! A place has 14 bytes and stands in the order of its degree of latitude, then of its longitude: GeoNames' number
//! (u24); north (21 bits, ten thousandths of a degree from the south pole), east (22 bits, from the date line) and bits
//! of its population (5 bits) in a u48; district (u16); main name (u24). A posting is a u24: place (18 bits), imprint of
//! the folded name (5 bits), and whether it is the last of its key (1 bit).

/// The file's first bytes: what it is, and its format.
pub const MAGIC: &[u8] = b"fs-gaz1\n";
/// Texts of a block of a sorted list.
pub const BLOCK: usize = 32;
/// A packed byte stands for at most so many.
pub const LONGEST: usize = 16;
/// Bytes of a place.
pub const PLACE: usize = 14;

/// Five bits that tell most folded names of one skeleton apart: FNV-1a, folded.
#[must_use]
pub fn imprint(folded: &str) -> u8 {
    let hash = folded
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    ((hash ^ hash >> 16) & 31) as u8
}
