//! How the bytes of a segment are spelled.

use std::ops::Range;

use firstseen_fingerprint::local::{self, LISTS};
use firstseen_fingerprint::{Pdq, Quality, dhash, pdq};
use firstseen_intake::Gate;
use firstseen_model::{AssetId, MediaTime, Part, Profile};

use super::{Cut, MAX_SHOT, Row, StoredCut, TIMES};
use crate::Role;
use crate::stored::Stored;

/// Version of the format.
pub(super) const FORMAT: u32 = 1;
/// Bytes that have a checksum of their own.
pub(super) const CHUNK: u64 = 64 << 10;
/// What sections and the footer begin at a multiple of.
pub(super) const ALIGNED: u64 = 64;
/// Bytes of the header, and of the trailer.
pub(super) const EDGE: usize = 64;

pub(super) const ASSET: usize = 64;
pub(super) const CODE: usize = 32;
pub(super) const ROW: usize = 24;
/// Bytes of a cutout before its thumbnail.
pub(super) const CUT: usize = 24;
/// Codes of a block.
pub(super) const LANES: u64 = 4096;
/// Descriptors of a block.
pub(super) const WIDE: usize = 8;
pub(super) const CORNER: usize = 12;
/// Bytes of a section in the directory.
const SECTION: usize = 32;
/// More sections than any format will have: what a footer may be long is known before it is read.
const MAX_SECTIONS: u64 = 1 << 10;

/// Version of the lists that features are sorted into. Where their table changes, so must this.
const LISTS_VERSION: u16 = 0;

const HEAD: &[u8; 17] = b"firstseen segment";
const FOOT: &[u8; 16] = b"firstseen footer";

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Assets = 1,
    Codes,
    OtherCodes,
    Rows,
    Thumbnails,
    Cutouts,
    Tracks,
    Lists,
    Descriptors,
    Corners,
}

impl Kind {
    pub(super) const ALL: [Self; 10] = [
        Self::Assets,
        Self::Codes,
        Self::OtherCodes,
        Self::Rows,
        Self::Thumbnails,
        Self::Cutouts,
        Self::Tracks,
        Self::Lists,
        Self::Descriptors,
        Self::Corners,
    ];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Assets => "assets",
            Self::Codes => "codes",
            Self::OtherCodes => "other codes",
            Self::Rows => "rows",
            Self::Thumbnails => "thumbnails",
            Self::Cutouts => "cutouts",
            Self::Tracks => "tracks",
            Self::Lists => "lists",
            Self::Descriptors => "descriptors",
            Self::Corners => "corners",
        }
    }

    /// Version that this program writes.
    pub(super) fn version(self) -> u16 {
        match self {
            Self::Codes | Self::OtherCodes => pdq::VERSION,
            Self::Rows => dhash::VERSION,
            Self::Descriptors => local::VERSION,
            Self::Lists => LISTS_VERSION,
            _ => 0,
        }
    }
}

/// Where a section lies, and what of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) version: u16,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) count: u64,
}

impl Section {
    pub(super) fn range(&self) -> Range<u64> {
        self.offset..self.offset + self.length
    }
}

/// One section of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sections([Section; Kind::ALL.len()]);

impl Sections {
    pub(super) fn of(&self, kind: Kind) -> &Section {
        &self.0[kind as usize - 1]
    }

    pub(super) fn set(&mut self, kind: Kind, section: Section) {
        self.0[kind as usize - 1] = section;
    }

    /// Tests that each has the length of what it counts. Allocates nothing.
    fn agree(&self) -> Result<(), String> {
        let count = |kind| self.of(kind).count;
        let (assets, features) = (count(Kind::Assets), count(Kind::Descriptors));
        let rows = count(Kind::Codes).saturating_add(count(Kind::OtherCodes));
        if assets.max(rows).max(features) > u64::from(u32::MAX) {
            return Err("more is counted than it can hold".to_owned());
        }
        for kind in Kind::ALL {
            let Section { length, count, .. } = *self.of(kind);
            // None is over 2^32, so nothing wraps.
            let (expected, bytes, exact) = match kind {
                Kind::Assets => (assets, assets * ASSET as u64, true),
                Kind::Codes => (count, count.next_multiple_of(ALIGNED) * CODE as u64, true),
                Kind::OtherCodes => (count, count * CODE as u64, true),
                Kind::Rows => (rows, rows * ROW as u64, true),
                Kind::Thumbnails | Kind::Cutouts => (rows, (rows + 1) * 4, false),
                Kind::Tracks => (assets, (assets + 1) * 4, false),
                Kind::Lists => (LISTS as u64, (LISTS as u64 + 1) * 4, true),
                Kind::Descriptors => (features, features.next_multiple_of(WIDE as u64) * 32, true),
                Kind::Corners => (features, features * CORNER as u64, true),
            };
            if count != expected || length < bytes || exact && length != bytes {
                return Err(format!("{length} bytes of {} cannot be of {count}", kind.word()));
            }
        }
        Ok(())
    }
}

/// Why a segment cannot be opened.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Newer(u32),
    Bad(String),
}

pub(super) fn header() -> [u8; EDGE] {
    let mut header = [0; EDGE];
    header[..HEAD.len()].copy_from_slice(HEAD);
    header[32..36].copy_from_slice(&FORMAT.to_le_bytes());
    header
}

pub(super) fn check_header(found: &[u8; EDGE]) -> Result<(), Unread> {
    let format = u32::from_le_bytes([found[32], found[33], found[34], found[35]]);
    if found[..32] == header()[..32] && format > FORMAT {
        return Err(Unread::Newer(format));
    }
    if found != &header() {
        return Err(Unread::Bad("it does not start as a segment does".to_owned()));
    }
    Ok(())
}

pub(super) fn trailer(offset: u64, length: u64, blake3: &[u8; 32]) -> [u8; EDGE] {
    let mut trailer = [0; EDGE];
    trailer[..8].copy_from_slice(&offset.to_le_bytes());
    trailer[8..16].copy_from_slice(&length.to_le_bytes());
    trailer[16..48].copy_from_slice(blake3);
    trailer[48..].copy_from_slice(FOOT);
    trailer
}

/// Where the footer of a file of so many bytes lies; its length is tested, so that it can be read.
pub(super) fn footer_range(trailer: &[u8; EDGE], bytes: u64) -> Option<(Range<u64>, [u8; 32])> {
    let mut rest = &trailer[..];
    let (offset, length) =
        (u64::from_le_bytes(take(&mut rest)?), u64::from_le_bytes(take(&mut rest)?));
    let blake3 = take(&mut rest)?;
    let end = offset.checked_add(length)?;
    let most = 16 + MAX_SECTIONS * SECTION as u64 + offset.div_ceil(CHUNK) * 8;
    let fits = rest == FOOT
        && offset >= EDGE as u64
        && offset.is_multiple_of(ALIGNED)
        && end.checked_add(EDGE as u64) == Some(bytes)
        && length <= most;
    fits.then_some((offset..end, blake3))
}

pub(super) fn footer(sections: &[(Kind, Section)], sums: &[[u8; 8]]) -> Vec<u8> {
    let mut footer = Vec::with_capacity(16 + sections.len() * SECTION + sums.len() * 8);
    footer.extend((sections.len() as u32).to_le_bytes());
    footer.extend([0; 4]);
    for (kind, section) in sections {
        footer.extend((*kind as u16).to_le_bytes());
        footer.extend(section.version.to_le_bytes());
        footer.extend([0; 4]);
        for number in [section.offset, section.length, section.count] {
            footer.extend(number.to_le_bytes());
        }
    }
    footer.extend((sums.len() as u64).to_le_bytes());
    footer.extend(sums.as_flattened());
    footer
}

/// What a footer says.
pub(super) struct Footer {
    pub(super) sections: Sections,
    /// Where all sections lie, also those of kinds that are passed over, in their order.
    pub(super) taken: Vec<Range<u64>>,
    /// Of each chunk the first bytes of its BLAKE3.
    pub(super) sums: Vec<[u8; 8]>,
}

/// Takes apart a footer that begins at `offset`.
pub(super) fn parse_footer(footer: &[u8], offset: u64) -> Result<Footer, String> {
    let cut = || "its directory is cut short".to_owned();
    let mut rest = footer;
    let count = u32::from_le_bytes(take(&mut rest).ok_or_else(cut)?);
    let zero: [u8; 4] = take(&mut rest).ok_or_else(cut)?;
    let (mut sections, mut taken) = (Sections::default(), Vec::new());
    for _ in 0..count {
        let (kind, section, flags) = parse_section(&mut rest).ok_or_else(cut)?;
        let fits = section.offset.is_multiple_of(ALIGNED) && section.offset >= EDGE as u64;
        let end = section.offset.checked_add(section.length);
        if !fits || end.is_none_or(|end| end > offset) {
            return Err("a section lies outside".to_owned());
        }
        taken.push(section.range());
        match Kind::ALL.into_iter().find(|known| *known as u16 == kind) {
            Some(known) if sections.of(known) == &Section::default() => {
                sections.set(known, section);
            }
            Some(known) => return Err(format!("it has {} twice", known.word())),
            None if flags & 1 == 1 => {}
            None => {
                return Err(format!(
                    "it has a section of kind {kind}, which a newer firstseen wrote; use a newer one"
                ));
            }
        }
    }
    taken.sort_unstable_by_key(|range| (range.start, range.end));
    if zero != [0; 4] || taken.windows(2).any(|pair| pair[0].end > pair[1].start) {
        return Err("its sections overlap".to_owned());
    }
    if let Some(kind) = Kind::ALL.into_iter().find(|kind| sections.of(*kind).offset == 0) {
        return Err(format!("it has no {}", kind.word()));
    }
    sections.agree()?;
    let sums = u64::from_le_bytes(take(&mut rest).ok_or_else(cut)?);
    let (found, []) = rest.as_chunks::<8>() else { return Err(cut()) };
    if sums != offset.div_ceil(CHUNK) || sums != found.len() as u64 {
        return Err("its checksums are not as many as its chunks".to_owned());
    }
    Ok(Footer { sections, taken, sums: found.to_vec() })
}

fn parse_section(rest: &mut &[u8]) -> Option<(u16, Section, u32)> {
    let kind = u16::from_le_bytes(take(rest)?);
    let version = u16::from_le_bytes(take(rest)?);
    let flags = u32::from_le_bytes(take(rest)?);
    let mut number = || take(rest).map(u64::from_le_bytes);
    let (offset, length, count) = (number()?, number()?, number()?);
    Some((kind, Section { version, offset, length, count }, flags))
}

/// An asset's entry, but for where its rows end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asset {
    pub(super) id: AssetId,
    pub(super) num: i64,
    pub(super) came: u64,
    pub(super) searched: u32,
    pub(super) others: u32,
    pub(super) role: Role,
    pub(super) profile: Profile,
}

impl Asset {
    pub(super) fn spell(&self) -> [u8; ASSET] {
        let mut bytes = [0; ASSET];
        bytes[..32].copy_from_slice(&self.id.0);
        bytes[32..40].copy_from_slice(&self.num.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.came.to_le_bytes());
        bytes[48..52].copy_from_slice(&self.searched.to_le_bytes());
        bytes[52..56].copy_from_slice(&self.others.to_le_bytes());
        bytes[56] = self.role.stored() as u8;
        bytes[57] = self.profile.stored() as u8;
        bytes
    }

    pub(super) fn parse(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        Some(Self {
            id: AssetId(take(rest)?),
            num: i64::from_le_bytes(take(rest)?),
            came: u64::from_le_bytes(take(rest)?),
            searched: u32::from_le_bytes(take(rest)?),
            others: u32::from_le_bytes(take(rest)?),
            role: Role::from_stored(i64::from(take::<1>(rest)?[0]))?,
            profile: Profile::from_stored(i64::from(take::<1>(rest)?[0]))?,
        })
        .filter(|_| bytes == [0; 6])
    }
}

impl Row {
    /// `None` where a number is greater than its place.
    pub(super) fn spell(&self) -> Option<[u8; ROW]> {
        if !TIMES.contains(&self.at.0) || self.shot > MAX_SHOT {
            return None;
        }
        let mut bytes = [0; ROW];
        bytes[..8].copy_from_slice(&self.gradient.to_le_bytes());
        bytes[8..14].copy_from_slice(&self.at.0.to_le_bytes()[..6]);
        bytes[14..18].copy_from_slice(&self.asset.to_le_bytes());
        bytes[18..21].copy_from_slice(&self.shot.to_le_bytes()[..3]);
        bytes[21] = self.texture;
        bytes[22] = self.pdq_quality.0;
        bytes[23] = self.gate.map_or(0, |gate| gate.stored() as u8);
        Some(bytes)
    }

    pub(super) fn parse(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        let gradient = u64::from_le_bytes(take(rest)?);
        let [a, b, c, d, e, f] = take(rest)?;
        // The sign comes down from the upper end.
        let at = MediaTime(i64::from_le_bytes([0, 0, a, b, c, d, e, f]) >> 16);
        let asset = u32::from_le_bytes(take(rest)?);
        let [a, b, c] = take(rest)?;
        let shot = u32::from_le_bytes([a, b, c, 0]);
        let [texture, quality, gate] = take(rest)?;
        let gate = match gate {
            0 => None,
            gate => Some(Gate::from_stored(gate.into())?),
        };
        Some(Self { gradient, at, asset, shot, texture, pdq_quality: Quality(quality), gate })
    }
}

impl Cut {
    pub(super) fn spell(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(CUT + self.thumbnail.len());
        let Part { x, y, width, height } = self.part;
        bytes.extend([x, y, width, height].iter().flat_map(|side| side.to_le_bytes()));
        bytes.extend([self.width, self.height].iter().flat_map(|side| side.to_le_bytes()));
        bytes.extend((self.features.len() as u32).to_le_bytes());
        bytes.extend(&self.thumbnail);
        bytes
    }
}

impl StoredCut {
    pub(super) fn parse(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        let mut side = || take(rest).map(f32::from_le_bytes);
        let part = Part { x: side()?, y: side()?, width: side()?, height: side()? };
        let width = u16::from_le_bytes(take(rest)?);
        let height = u16::from_le_bytes(take(rest)?);
        let features = u32::from_le_bytes(take(rest)?);
        Some(Self { part, width, height, features, thumbnail: bytes.to_vec() })
    }
}

/// Where and how a feature lies: what stands beside its descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Corner {
    pub(super) row: u32,
    pub(super) x: u16,
    pub(super) y: u16,
    pub(super) level: u8,
    pub(super) angle: u8,
}

impl Corner {
    pub(super) fn spell(&self) -> [u8; CORNER] {
        let mut bytes = [0; CORNER];
        bytes[..4].copy_from_slice(&self.row.to_le_bytes());
        bytes[4..6].copy_from_slice(&self.x.to_le_bytes());
        bytes[6..8].copy_from_slice(&self.y.to_le_bytes());
        bytes[8..10].copy_from_slice(&[self.level, self.angle]);
        bytes
    }

    pub(super) fn parse(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        let row = u32::from_le_bytes(take(rest)?);
        let (x, y) = (u16::from_le_bytes(take(rest)?), u16::from_le_bytes(take(rest)?));
        let [level, angle] = take(rest)?;
        (bytes == [0; 2]).then_some(Self { row, x, y, level, angle })
    }
}

/// A code's bytes, in the order of the interchange form.
pub(super) fn code_bytes(Pdq(words): Pdq) -> [u8; CODE] {
    std::array::from_fn(|i| words[i / 8].to_be_bytes()[i % 8])
}

pub(super) fn code_of(bytes: &[u8]) -> Option<Pdq> {
    let words: [[u8; 8]; 4] = bytes.as_chunks().0.try_into().ok()?;
    Some(Pdq(words.map(u64::from_be_bytes)))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, others) = rest.split_first_chunk()?;
    *rest = others;
    Some(*first)
}
