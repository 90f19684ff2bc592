//! The segments as their one writer sees them: what waits to be written, what has gone, and what is merged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use firstseen_model::AssetId;
use rusqlite::Connection;

use crate::Role;
use crate::catalogue::asset::Asset;
use crate::catalogue::meta::{Meta, Table};
use crate::catalogue::segment::{Fate, Mark, Marks, SegmentRow};
use crate::checksum::Tally;
use crate::error::Trouble;
use crate::part::bytes_of;
use crate::segment::{Contents, Kept, Listed, Part, Segment};
use crate::store::Store;

/// So many segments of one order of size are left beside each other.
const ABREAST: usize = 8;
/// The smallest order of size reaches up to this; each further one to eight times as much.
const SMALLEST: u64 = 1 << 16;
/// No segment is merged to more than this.
pub(crate) const LARGEST: u64 = 1 << 30;

/// A segment that the catalogue lists.
pub(crate) struct Shelf {
    pub(crate) row: SegmentRow,
    pub(crate) marks: Marks,
    opened: OnceLock<Arc<Segment>>,
}

impl Shelf {
    pub(crate) fn segment(&self, store: &Store) -> Result<&Arc<Segment>, Trouble> {
        if self.opened.get().is_none() {
            let segment = store.open(&self.row.listed)?;
            let _ = self.opened.set(segment);
        }
        self.opened.get().ok_or_else(|| Trouble::rows("segment", None, "it was not opened"))
    }

    /// What of it is to be written again, as it is now.
    fn kept(&self, segment: &Segment) -> Result<Vec<Kept>, Trouble> {
        let mut kept = Vec::new();
        for ordinal in 0..segment.assets() {
            let entry = segment.entry(ordinal)?;
            let role = match self.marks.get(&ordinal).map(|mark| mark.fate) {
                Some(Fate::Gone) => continue,
                Some(Fate::Reference) => Role::Reference,
                None => entry.role,
            };
            kept.push(Kept { ordinal, num: entry.num, came: entry.came, role });
        }
        Ok(kept)
    }
}

/// All segments, and the parts that wait for the next one.
pub(crate) struct Shelves {
    pub(crate) store: Store,
    pub(crate) all: Vec<Shelf>,
    waiting: BTreeMap<AssetId, Part>,
    waiting_bytes: u64,
}

impl Shelves {
    pub(crate) fn load(
        connection: &Connection,
        meta: &Meta,
        store: Store,
    ) -> Result<Self, Trouble> {
        let mut all = Vec::new();
        for (row, marks) in listed(connection, meta)? {
            all.push(Shelf { row, marks, opened: OnceLock::new() });
        }
        let shelves = Self { store, all, waiting: BTreeMap::new(), waiting_bytes: 0 };
        shelves.sweep()?;
        Ok(shelves)
    }

    /// Puts a part into the next segment.
    pub(crate) fn put(&mut self, part: Part) {
        self.waiting_bytes += bytes_of(&part);
        self.waiting.insert(part.id, part);
    }

    /// Bytes that a commit needs beside the catalogue's.
    pub(crate) fn needed_bytes(&self) -> u64 {
        self.waiting_bytes
    }

    /// The row of an asset. The segments say where it is, so that the catalogue needs no list in the order of SHA-256,
    /// into which each new file would be sorted somewhere else.
    pub(crate) fn asset(
        &self,
        connection: &Connection,
        id: AssetId,
    ) -> Result<Option<Asset>, Trouble> {
        let Some(num) = self.number(id)? else { return Ok(None) };
        let asset = Asset::find_by_number(connection, num)?.filter(|asset| asset.id == id);
        asset.map(Some).ok_or_else(|| Trouble::rows("asset", Some(id), "its row is missing"))
    }

    fn number(&self, id: AssetId) -> Result<Option<i64>, Trouble> {
        if let Some(part) = self.waiting.get(&id) {
            return Ok(Some(part.num));
        }
        for shelf in self.all.iter().rev() {
            let segment = shelf.segment(&self.store)?;
            let Some(ordinal) = segment.find(&id)? else { continue };
            if shelf.marks.get(&ordinal).is_none_or(|mark| mark.fate != Fate::Gone) {
                return Ok(Some(segment.entry(ordinal)?.num));
            }
        }
        Ok(None)
    }

    /// Takes an asset's part out of where it lies.
    pub(crate) fn take(
        &mut self,
        connection: &Connection,
        meta: &mut Meta,
        id: AssetId,
        came: u64,
    ) -> Result<(), Trouble> {
        if self.waiting.remove(&id).is_some() {
            return Ok(());
        }
        self.mark(connection, meta, id, (Fate::Gone, came))
    }

    /// Makes a query a reference.
    pub(crate) fn promote(
        &mut self,
        connection: &Connection,
        meta: &mut Meta,
        id: AssetId,
        came: u64,
    ) -> Result<(), Trouble> {
        if let Some(part) = self.waiting.get_mut(&id) {
            part.role = Role::Reference;
            return Ok(());
        }
        self.mark(connection, meta, id, (Fate::Reference, came))
    }

    fn mark(
        &mut self,
        connection: &Connection,
        meta: &mut Meta,
        id: AssetId,
        (fate, came): (Fate, u64),
    ) -> Result<(), Trouble> {
        for shelf in self.all.iter_mut().rev() {
            let Some(ordinal) = shelf.segment(&self.store)?.find(&id)? else { continue };
            let old = shelf.marks.get(&ordinal).copied();
            if old.is_some_and(|mark| mark.fate == Fate::Gone) {
                continue;
            }
            let mark = Mark { segment: shelf.row.num, ordinal, fate, came };
            mark.save(connection)?;
            let tally = meta.tally_mut(Table::Mark);
            if let Some(old) = old {
                tally.take(old.sum());
            }
            tally.add(mark.sum());
            shelf.marks.insert(ordinal, mark);
            return Ok(());
        }
        Err(Trouble::rows("segment", Some(id), "its fingerprint is missing"))
    }

    /// Writes what waits, merged with the segments of its order of size where there are many.
    pub(crate) fn flush(
        &mut self,
        connection: &Connection,
        meta: &mut Meta,
    ) -> Result<(), Trouble> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let parts: Vec<_> = std::mem::take(&mut self.waiting).into_values().collect();
        let sizes: Vec<_> = self.all.iter().map(|shelf| shelf.row.listed.bytes).collect();
        let merged = merged(&sizes, self.waiting_bytes);
        self.replace(connection, meta, &merged, &parts)?;
        self.waiting_bytes = 0;
        Ok(())
    }

    /// Groups of segments that become one each when all is made compact: those of which something is gone, or that are
    /// small enough to lie with others.
    pub(crate) fn loose(&self) -> Vec<Vec<i64>> {
        let mut groups = Vec::<(u64, Vec<&Shelf>)>::new();
        for shelf in &self.all {
            let bytes = shelf.row.listed.bytes;
            match groups.iter_mut().find(|(size, _)| size + bytes <= LARGEST) {
                Some((size, group)) => {
                    *size += bytes;
                    group.push(shelf);
                }
                None => groups.push((bytes, vec![shelf])),
            }
        }
        let groups = groups.into_iter().map(|(_, group)| group);
        let loose = groups.filter(|group| group.len() > 1 || !group[0].marks.is_empty());
        loose.map(|group| group.iter().map(|shelf| shelf.row.num).collect()).collect()
    }

    /// Writes one segment of parts and of what is left of the segments in these places, in their stead.
    pub(crate) fn replace(
        &mut self,
        connection: &Connection,
        meta: &mut Meta,
        places: &BTreeSet<usize>,
        parts: &[Part],
    ) -> Result<(), Trouble> {
        let mut sources = Vec::new();
        for place in places {
            let shelf = &self.all[*place];
            let segment = shelf.segment(&self.store)?;
            sources.push((&**segment, shelf.kept(segment)?));
        }
        let contents = Contents { parts, kept: sources };
        let queries = contents.kept.iter().flat_map(|(_, kept)| kept).map(|kept| kept.role);
        let queries = queries.chain(parts.iter().map(|part| part.role));
        let queries = queries.filter(|role| *role == Role::Query).count() as u32;
        let assets = contents.kept.iter().map(|(_, kept)| kept.len()).sum::<usize>() + parts.len();
        let row = if assets > 0 {
            let written = self.store.write(&contents)?;
            let (num, listed) = (meta.number(), written.listed);
            Some(SegmentRow { num, listed, assets: assets as u32, queries })
        } else {
            None
        };
        let mut left = Vec::new();
        for (at, shelf) in self.all.drain(..).enumerate() {
            if places.contains(&at) {
                shelf.row.delete(connection)?;
                meta.tally_mut(Table::Segment).take(shelf.row.sum());
                let marks: Tally = shelf.marks.values().map(Mark::sum).collect();
                meta.tally_mut(Table::Mark).part(marks);
            } else {
                left.push(shelf);
            }
        }
        self.all = left;
        row.map_or(Ok(()), |row| self.list(connection, meta, row))
    }

    /// Lists a segment that was written.
    pub(crate) fn list(
        &mut self,
        connection: &Connection,
        meta: &mut Meta,
        row: SegmentRow,
    ) -> Result<(), Trouble> {
        row.insert(connection)?;
        meta.tally_mut(Table::Segment).add(row.sum());
        let (marks, opened) = (Marks::new(), OnceLock::new());
        self.all.push(Shelf { row, marks, opened });
        Ok(())
    }

    /// Takes away the files that are not listed.
    pub(crate) fn sweep(&self) -> Result<(), Trouble> {
        let listed: Vec<Listed> = self.all.iter().map(|shelf| shelf.row.listed).collect();
        self.store.sweep(&listed)
    }

    /// Places of segments by their numbers.
    pub(crate) fn places(&self, nums: &[i64]) -> BTreeSet<usize> {
        let places = self.all.iter().enumerate();
        places.filter(|(_, shelf)| nums.contains(&shelf.row.num)).map(|(at, _)| at).collect()
    }
}

/// The segments that count, with what became of their assets; tested against what is known of them.
pub(crate) fn listed(
    connection: &Connection,
    meta: &Meta,
) -> Result<Vec<(SegmentRow, Marks)>, Trouble> {
    let (rows, tally) = SegmentRow::all(connection)?;
    if tally != meta.tally(Table::Segment) {
        return Err(Trouble::rows("segment", None, "rows are missing or doubled"));
    }
    let (mut marks, tally) = Mark::all(connection)?;
    if tally != meta.tally(Table::Mark) {
        return Err(Trouble::rows("mark", None, "rows are missing or doubled"));
    }
    Ok(rows.into_iter().map(|row| (row, marks.remove(&row.num).unwrap_or_default())).collect())
}

/// The places of the segments that are merged with a new one of `bytes`: where it would be the ninth of its order of
/// size, the other eight; and so on with what comes of that.
fn merged(sizes: &[u64], bytes: u64) -> BTreeSet<usize> {
    let mut merged = BTreeSet::new();
    let mut whole = bytes;
    loop {
        let order = order(whole);
        let same = sizes.iter().enumerate().filter(|(_, size)| self::order(**size) == order);
        let same: Vec<_> =
            same.map(|(place, _)| place).filter(|place| !merged.contains(place)).collect();
        let sum = same.iter().fold(whole, |sum, place| sum.saturating_add(sizes[*place]));
        if same.len() < ABREAST || sum > LARGEST {
            return merged;
        }
        merged.extend(same);
        whole = sum;
    }
}

/// The order of a size: 0 up to [`SMALLEST`], and one more for each factor of eight.
fn order(bytes: u64) -> u32 {
    let over = bytes / SMALLEST;
    if over == 0 { 0 } else { over.ilog2() / 3 + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ninth_of_a_size_takes_the_other_eight_with_it() {
        let small = [10_000; 8];
        assert_eq!(merged(&small, 10_000).len(), 8);
        assert_eq!(merged(&small[..7], 10_000).len(), 0);
        // Its sum is of the next order, where eight lie already.
        let sizes: Vec<_> = small.into_iter().chain([100_000; 8]).collect();
        assert_eq!(merged(&sizes, 10_000).len(), 16);
        assert_eq!(merged(&[LARGEST / 2; 8], LARGEST / 2).len(), 0);
    }

    #[test]
    fn ten_thousand_small_commits_leave_few_segments_and_write_each_byte_a_few_times() {
        let (mut sizes, mut written) = (Vec::new(), 0);
        for _ in 0..10_000 {
            let gone = merged(&sizes, 20_000);
            let bytes = 20_000 + gone.iter().map(|place| sizes[*place]).sum::<u64>();
            let left = sizes.iter().enumerate().filter(|(place, _)| !gone.contains(place));
            sizes = left.map(|(_, size)| *size).chain([bytes]).collect();
            written += bytes;
        }
        assert_eq!(sizes.iter().sum::<u64>(), 200_000_000);
        assert!(sizes.len() <= 40, "{}", sizes.len());
        assert!(written <= 200_000_000 * 6, "{written}");
    }
}
