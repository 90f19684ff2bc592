//! Rows of `segment`, the files that count, and of `mark`, what became of their assets since they were written.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::{column, unsigned};
use crate::checksum::{Fields, Tally};
use crate::error::Trouble;
use crate::segment::Listed;

/// A row of `segment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    pub(crate) num: i64,
    pub(crate) listed: Listed,
    pub(crate) assets: u32,
    /// Assets that were queries when it was written.
    pub(crate) queries: u32,
}

impl SegmentRow {
    /// All, in the order in which they came, and their tally.
    pub(crate) fn all(connection: &Connection) -> Result<(Vec<Self>, Tally), Trouble> {
        let mut select = connection.prepare_cached(
            "SELECT num, blake3, footer, bytes, assets, queries, sum FROM segment ORDER BY num",
        )?;
        let mut rows = select.query([])?;
        let (mut all, mut tally) = (Vec::new(), Tally::default());
        while let Some(row) = rows.next()? {
            let (blake3, footer, bytes) = (column(row, 1)?, column(row, 2)?, unsigned(row, 3)?);
            let segment = Self {
                num: column(row, 0)?,
                listed: Listed { blake3, footer, bytes },
                assets: column(row, 4)?,
                queries: column(row, 5)?,
            };
            if segment.sum() != column::<i64>(row, 6)? {
                return Err(Trouble::rows("segment", None, "a row was changed"));
            }
            tally.add(segment.sum());
            all.push(segment);
        }
        Ok((all, tally))
    }

    pub(crate) fn insert(&self, connection: &Connection) -> Result<(), Trouble> {
        connection
            .prepare_cached("INSERT INTO segment VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                self.num,
                self.listed.blake3,
                self.listed.footer,
                self.listed.bytes.cast_signed(),
                self.assets,
                self.queries,
                self.sum()
            ])?;
        Ok(())
    }

    /// Deletes it and its marks.
    pub(crate) fn delete(&self, connection: &Connection) -> Result<(), Trouble> {
        connection.execute("DELETE FROM mark WHERE segment = ?1", [self.num])?;
        connection.execute("DELETE FROM segment WHERE num = ?1", [self.num])?;
        Ok(())
    }

    pub(crate) fn sum(&self) -> i64 {
        Fields::of("segment")
            .int(self.num)
            .bytes(&self.listed.blake3)
            .bytes(&self.listed.footer)
            .int(self.listed.bytes.cast_signed())
            .int(self.assets.into())
            .int(self.queries.into())
            .sum()
    }
}

/// What became of an asset in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was removed, or lies in another segment now.
    Gone,
    /// It was a query and is a reference.
    Reference,
}

/// A row of `mark`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) segment: i64,
    pub(crate) ordinal: u32,
    pub(crate) fate: Fate,
    /// Sequence number at which it came to that.
    pub(crate) came: u64,
}

/// The marks of a segment, by ordinal.
pub(crate) type Marks = BTreeMap<u32, Mark>;

impl Mark {
    /// All, by segment, and their tally.
    pub(crate) fn all(connection: &Connection) -> Result<(BTreeMap<i64, Marks>, Tally), Trouble> {
        let mut select =
            connection.prepare_cached("SELECT segment, ordinal, what, came, sum FROM mark")?;
        let mut rows = select.query([])?;
        let (mut all, mut tally) = (BTreeMap::<_, Marks>::new(), Tally::default());
        while let Some(row) = rows.next()? {
            let changed = || Trouble::rows("mark", None, "a row was changed");
            let fate = match column::<i64>(row, 2)? {
                1 => Fate::Gone,
                2 => Fate::Reference,
                _ => return Err(changed()),
            };
            let (segment, ordinal, came) = (column(row, 0)?, column(row, 1)?, unsigned(row, 3)?);
            let mark = Self { segment, ordinal, fate, came };
            if mark.sum() != column::<i64>(row, 4)? {
                return Err(changed());
            }
            tally.add(mark.sum());
            all.entry(segment).or_default().insert(ordinal, mark);
        }
        Ok((all, tally))
    }

    /// Writes it, over the one of the same asset if there is one.
    pub(crate) fn save(&self, connection: &Connection) -> Result<(), Trouble> {
        connection.prepare_cached("REPLACE INTO mark VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
            params![
                self.segment,
                self.ordinal,
                self.fate.stored(),
                self.came.cast_signed(),
                self.sum()
            ],
        )?;
        Ok(())
    }

    pub(crate) fn sum(&self) -> i64 {
        Fields::of("mark")
            .int(self.segment)
            .int(self.ordinal.into())
            .int(self.fate.stored())
            .int(self.came.cast_signed())
            .sum()
    }
}

impl Fate {
    fn stored(self) -> i64 {
        match self {
            Self::Gone => 1,
            Self::Reference => 2,
        }
    }
}
