//! Opens segments and reads what they hold.

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use firstseen_fingerprint::Pdq;
use firstseen_model::AssetId;

use super::held::{Bytes, Fault, Held};
use super::layout::{self, ASSET, Asset, CODE, EDGE, Footer, Kind, ROW, Section, Unread};
use super::{Cut, Entry, Grouped, Listed, Moment, Part, Row, Segment, StoredCut};
use crate::error::{IndexError, Trouble};
use crate::scan::CodesView;

/// Versions of what a segment's codes and features were made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) pdq: u16,
    pub(crate) gradient: u16,
    pub(crate) local: u16,
    pub(crate) lists: u16,
}

impl Versions {
    /// Those that this program writes and searches.
    pub(crate) fn own() -> Self {
        Self {
            pdq: Kind::Codes.version(),
            gradient: Kind::Rows.version(),
            local: Kind::Descriptors.version(),
            lists: Kind::Lists.version(),
        }
    }
}

impl Segment {
    /// Opens a file that ought to be the one that is listed. Its footer is tested, all else when it is touched.
    pub(crate) fn open(file: File, path: &Path, listed: &Listed) -> Result<Self, Trouble> {
        let io = |source| Trouble::Io { path: path.display().to_string(), source };
        let bytes = file.metadata().map_err(io)?.len();
        // Before it is mapped: what lies behind the end of a file cannot be touched in a map.
        if bytes != listed.bytes || bytes == 0 {
            let why = format!("{} has {bytes} bytes and not {}", listed.file_name(), listed.bytes);
            return Err(Trouble::rows("segment", None, why));
        }
        Self::of_bytes(Bytes::map(file).map_err(io)?, path, listed)
    }

    /// Opens what was written into memory.
    pub(crate) fn in_memory(bytes: &[u8], listed: &Listed) -> Result<Self, Trouble> {
        Self::of_bytes(Bytes::in_memory(bytes), Path::new("memory"), listed)
    }

    fn of_bytes(bytes: Bytes, path: &Path, listed: &Listed) -> Result<Self, Trouble> {
        let failed = |fault| fault_in(fault, "footer", path, listed);
        let bad =
            |why: &str| Trouble::rows("segment", None, format!("{}: {why}", listed.file_name()));
        let length = bytes.len();
        if length != listed.bytes || length < 2 * EDGE as u64 {
            return Err(bad("its length is not the one that is listed"));
        }
        let mut edge = [0; EDGE];
        bytes.read(0, &mut edge).map_err(failed)?;
        layout::check_header(&edge).map_err(|unread| match unread {
            Unread::Newer(found) => Trouble::Known(IndexError::Newer {
                path: path.to_owned(),
                found: found.into(),
                known: layout::FORMAT.into(),
            }),
            Unread::Bad(why) => bad(&why),
        })?;
        bytes.read(length - EDGE as u64, &mut edge).map_err(failed)?;
        let (range, blake3) = layout::footer_range(&edge, length)
            .ok_or_else(|| bad("it does not end as a segment does"))?;
        let mut footer = vec![0; (range.end - range.start) as usize];
        bytes.read(range.start, &mut footer).map_err(failed)?;
        if blake3 != listed.footer || blake3::hash(&footer).as_bytes() != &listed.footer {
            return Err(bad("its footer is not the one that is listed"));
        }
        let footer = layout::parse_footer(&footer, range.start).map_err(|why| bad(&why))?;
        let Footer { sections, taken, sums } = footer;
        Ok(Self {
            held: Held::new(bytes, sums, range.start),
            sections,
            taken,
            listed: *listed,
            path: path.to_owned(),
        })
    }

    /// How many assets there are.
    pub(crate) fn assets(&self) -> u32 {
        self.section(Kind::Assets).count as u32
    }

    /// How many rows are searched: the first ones.
    pub(crate) fn codes(&self) -> u32 {
        self.section(Kind::Codes).count as u32
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> u32 {
        self.section(Kind::Rows).count as u32
    }

    /// How many local features there are.
    pub(crate) fn features(&self) -> usize {
        self.section(Kind::Descriptors).count as usize
    }

    /// What it was listed as.
    pub(crate) fn listed(&self) -> &Listed {
        &self.listed
    }

    /// What it was made with. Codes and features of other versions than [`Versions::own`] can be read, and are neither
    /// to be searched nor to be merged.
    pub(crate) fn versions(&self) -> Versions {
        let version = |kind| self.section(kind).version;
        Versions {
            pdq: version(Kind::Codes),
            gradient: version(Kind::Rows),
            local: version(Kind::Descriptors),
            lists: version(Kind::Lists),
        }
    }

    /// Bytes of each section, by its name.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Kind::ALL.into_iter().map(|kind| (kind.word(), self.section(kind).length))
    }

    /// The entry of an asset, by its place.
    pub(crate) fn entry(&self, ordinal: u32) -> Result<Entry, Trouble> {
        let asset = self.asset(ordinal)?;
        let (searched, others) = if ordinal + 1 < self.assets() {
            let next = self.asset(ordinal + 1)?;
            (next.searched, next.others)
        } else {
            (self.codes(), self.rows())
        };
        let (searched, others) = (asset.searched..searched, asset.others..others);
        let ascend = searched.start <= searched.end && others.start <= others.end;
        if !ascend
            || searched.end > self.codes()
            || others.start < self.codes()
            || others.end > self.rows()
        {
            return Err(self.bad(Kind::Assets, format!("the rows of asset {ordinal} are none")));
        }
        let Asset { id, num, came, role, profile, .. } = asset;
        Ok(Entry { id, num, came, role, profile, searched, others })
    }

    /// The place of an asset.
    pub(crate) fn find(&self, id: &AssetId) -> Result<Option<u32>, Trouble> {
        let (mut low, mut high) = (0, self.assets());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.asset(middle)?.id.cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(Some(middle)),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    /// A row.
    pub(crate) fn row(&self, row: u32) -> Result<Row, Trouble> {
        let parsed = Row::parse(self.item(Kind::Rows, u64::from(row), ROW)?);
        let fits = |found: &Row| {
            found.asset < self.assets() && found.gate.is_none() == (row < self.codes())
        };
        parsed.filter(fits).ok_or_else(|| self.bad(Kind::Rows, format!("row {row} is none")))
    }

    /// The code of a row.
    pub(crate) fn code(&self, row: u32) -> Result<Pdq, Trouble> {
        let Some(other) = row.checked_sub(self.codes()) else {
            // Tests no more than the block that the code is in.
            let block = u64::from(row) / layout::LANES * layout::LANES;
            let lanes = (u64::from(self.codes()) - block).next_multiple_of(64).min(layout::LANES);
            let code = CODE as u64;
            let bytes = self.see(Kind::Codes, block * code..(block + lanes) * code)?;
            let view = CodesView::new(bytes, lanes as usize);
            let view = view.ok_or_else(|| self.bad(Kind::Codes, "they are not aligned"))?;
            return Ok(view.get((u64::from(row) - block) as usize));
        };
        let bytes = self.item(Kind::OtherCodes, other.into(), CODE)?;
        layout::code_of(bytes).ok_or_else(|| self.bad(Kind::OtherCodes, "they are cut"))
    }

    /// All codes that are searched, tested; numbered as the rows are.
    pub(crate) fn codes_view(&self) -> Result<CodesView<'_>, Trouble> {
        let bytes = self.see(Kind::Codes, 0..self.section(Kind::Codes).length)?;
        let view = CodesView::new(bytes, self.codes() as usize);
        view.ok_or_else(|| self.bad(Kind::Codes, "they are not aligned"))
    }

    /// The thumbnail of a row.
    pub(crate) fn thumbnail(&self, row: u32) -> Result<Option<Vec<u8>>, Trouble> {
        Ok(Some(self.blob(Kind::Thumbnails, row)?).filter(|bytes| !bytes.is_empty()))
    }

    /// The cutout of a row.
    pub(crate) fn cutout(&self, row: u32) -> Result<Option<StoredCut>, Trouble> {
        let bytes = self.blob(Kind::Cutouts, row)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let cut = StoredCut::parse(&bytes);
        cut.map(Some).ok_or_else(|| self.bad(Kind::Cutouts, format!("that of row {row} is none")))
    }

    /// The time track of an asset.
    pub(crate) fn track(&self, ordinal: u32) -> Result<Option<Vec<u64>>, Trouble> {
        let bytes = self.blob(Kind::Tracks, ordinal)?;
        let (codes, rest) = bytes.as_chunks::<8>();
        if !rest.is_empty() {
            return Err(self.bad(Kind::Tracks, format!("that of asset {ordinal} is cut")));
        }
        let codes: Vec<_> = codes.iter().map(|code| u64::from_le_bytes(*code)).collect();
        Ok(Some(codes).filter(|codes| !codes.is_empty()))
    }

    /// All of an asset, as it goes into another segment.
    pub(crate) fn part(&self, ordinal: u32, grouped: &Grouped<'_>) -> Result<Part, Trouble> {
        let (part, missing) = self.part_without(ordinal, grouped)?;
        if missing > 0 {
            let why = format!("entry {ordinal} lacks {missing} features");
            return Err(self.bad(Kind::Corners, why));
        }
        Ok(part)
    }

    /// The same of a damaged segment, without the features that cannot be read; and how many these are.
    pub(crate) fn part_without(
        &self,
        ordinal: u32,
        grouped: &Grouped<'_>,
    ) -> Result<(Part, u64), Trouble> {
        let Entry { id, num, came, role, profile, searched, others } = self.entry(ordinal)?;
        let (mut moments, mut missing) = (Vec::new(), 0);
        for row in searched.chain(others) {
            let Row { gradient, at, asset, shot, texture, pdq_quality, gate } = self.row(row)?;
            if asset != ordinal {
                return Err(self.bad(Kind::Rows, format!("row {row} is of another asset")));
            }
            let features = grouped.sound_of(row);
            let cut = self.cutout(row)?;
            let counted = cut.as_ref().map_or(0, |cut| u64::from(cut.features));
            missing += counted.abs_diff(features.len() as u64);
            let cutout = cut.map(|StoredCut { part, width, height, thumbnail, .. }| Cut {
                part,
                width,
                height,
                thumbnail,
                features,
            });
            let thumbnail = self.thumbnail(row)?.unwrap_or_default();
            let pdq = self.code(row)?;
            moments.push(Moment {
                at,
                shot,
                texture,
                gate,
                pdq,
                pdq_quality,
                gradient,
                thumbnail,
                cutout,
            });
        }
        let track = self.track(ordinal)?;
        let part = Part { id, num, came, role, profile, moments, track }.in_order()?;
        Ok((part, missing))
    }

    /// The bytes of a row or of an asset in a section of blobs.
    pub(super) fn blob(&self, kind: Kind, at: u32) -> Result<Vec<u8>, Trouble> {
        let count = self.section(kind).count;
        let place = u64::from(at) * 4;
        let ends = if u64::from(at) < count { self.see(kind, place..place + 8)? } else { &[] };
        let [start, end] = *ends.as_chunks::<4>().0 else {
            return Err(self.bad(kind, format!("there is no number {at}")));
        };
        let [start, end] =
            [start, end].map(|at| u64::from(u32::from_le_bytes(at)) + (count + 1) * 4);
        self.read(kind, start..end)
    }

    pub(super) fn asset(&self, ordinal: u32) -> Result<Asset, Trouble> {
        let parsed = Asset::parse(self.item(Kind::Assets, ordinal.into(), ASSET)?);
        parsed.ok_or_else(|| self.bad(Kind::Assets, format!("entry {ordinal} is none")))
    }

    /// One of the items of a section, all of one size.
    pub(super) fn item(&self, kind: Kind, at: u64, size: usize) -> Result<&[u8], Trouble> {
        self.see(kind, at * size as u64..(at + 1) * size as u64)
    }

    /// Bytes of a section, from its start, in the map.
    pub(super) fn see(&self, kind: Kind, range: Range<u64>) -> Result<&[u8], Trouble> {
        let range = self.within(kind, range)?;
        self.held.see(range).map_err(|fault| self.fault(kind, fault))
    }

    /// The same, read by position.
    fn read(&self, kind: Kind, range: Range<u64>) -> Result<Vec<u8>, Trouble> {
        let range = self.within(kind, range)?;
        self.held.read(range).map_err(|fault| self.fault(kind, fault))
    }

    /// All bytes of a section, in the map; whoever uses them has tested them.
    pub(super) fn untested(&self, kind: Kind) -> Option<&[u8]> {
        self.held.untested(self.section(kind).range())
    }

    fn within(&self, kind: Kind, range: Range<u64>) -> Result<Range<u64>, Trouble> {
        let Section { offset, length, .. } = *self.section(kind);
        if range.start > range.end || range.end > length {
            return Err(self.bad(kind, "it points beyond its end"));
        }
        Ok(offset + range.start..offset + range.end)
    }

    pub(super) fn section(&self, kind: Kind) -> &Section {
        self.sections.of(kind)
    }

    pub(super) fn bad(&self, kind: Kind, why: impl AsRef<str>) -> Trouble {
        let (name, why) = (self.listed.file_name(), why.as_ref());
        Trouble::rows("segment", None, format!("{name}, {}: {why}", kind.word()))
    }

    fn fault(&self, kind: Kind, fault: Fault) -> Trouble {
        fault_in(fault, kind.word(), &self.path, &self.listed)
    }
}

fn fault_in(fault: Fault, section: &str, path: &Path, listed: &Listed) -> Trouble {
    match fault {
        Fault::Io(source) => Trouble::Io { path: path.display().to_string(), source },
        Fault::Changed(Range { start, end }) => {
            let name = listed.file_name();
            let why = format!("{name}, {section}: bytes {start} to {end} were changed");
            Trouble::rows("segment", None, why)
        }
    }
}
