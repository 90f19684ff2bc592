//! What the index knows of itself as a whole: its log, sequence number, and the tallies of all tables.

use rusqlite::{Connection, params};

use super::{column, unsigned};
use crate::checksum::{Content, Fields, Tally};
use crate::error::Trouble;
use crate::snapshot::SnapshotId;
use crate::spool::HEADER;

/// A table whose rows are tallied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Asset,
    Detail,
    Metadata,
    Sample,
    Thumbnail,
    Cutout,
    Sighting,
    Claim,
    File,
    Tombstone,
    Kept,
    Statement,
    Marker,
}

impl Table {
    pub(crate) const ALL: [Self; 13] = [
        Self::Asset,
        Self::Detail,
        Self::Metadata,
        Self::Sample,
        Self::Thumbnail,
        Self::Cutout,
        Self::Sighting,
        Self::Claim,
        Self::File,
        Self::Tombstone,
        Self::Kept,
        Self::Statement,
        Self::Marker,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Detail => "detail",
            Self::Metadata => "metadata",
            Self::Sample => "sample",
            Self::Thumbnail => "thumbnail",
            Self::Cutout => "cutout",
            Self::Sighting => "sighting",
            Self::Claim => "claim",
            Self::File => "file",
            Self::Tombstone => "tombstone",
            Self::Kept => "kept",
            Self::Statement => "statement",
            Self::Marker => "marker",
        }
    }
}

/// The one row of `meta`, with the rows of `tally`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) log: [u8; 16],
    pub(crate) sequence: u64,
    /// The number that the next row gets. None is ever used twice.
    pub(crate) next: i64,
    pub(crate) content: Content,
    pub(crate) spool_bytes: u64,
    tallies: [Tally; Table::ALL.len()],
}

impl Meta {
    /// Of an index that holds nothing.
    pub(crate) fn empty(log: [u8; 16]) -> Self {
        let (content, tallies) = (Content::default(), [Tally::default(); Table::ALL.len()]);
        Self { log, sequence: 0, next: 1, content, spool_bytes: HEADER.len() as u64, tallies }
    }

    pub(crate) fn load(connection: &Connection) -> Result<Self, Trouble> {
        let mut select = connection
            .prepare_cached("SELECT log, sequence, next, content, spool_bytes, sum FROM meta")?;
        let (mut meta, sum) = select.query_row([], |row| {
            let meta = Self {
                log: row.get(0)?,
                sequence: row.get::<_, i64>(1)?.cast_unsigned(),
                next: row.get(2)?,
                content: Content::from_bytes(&row.get(3)?),
                spool_bytes: row.get::<_, i64>(4)?.cast_unsigned(),
                tallies: [Tally::default(); Table::ALL.len()],
            };
            Ok((meta, row.get::<_, i64>(5)?))
        })?;
        let mut select =
            connection.prepare_cached("SELECT rows, xor FROM tally WHERE name = ?1")?;
        for table in Table::ALL {
            meta.tallies[table as usize] = select.query_row([table.name()], |row| {
                Ok(Tally { rows: row.get(0)?, xor: row.get(1)? })
            })?;
        }
        if meta.sum() != sum {
            return Err(Trouble::rows("meta", None, "its sum does not agree"));
        }
        Ok(meta)
    }

    pub(crate) fn save(&self, connection: &Connection) -> Result<(), Trouble> {
        let mut replace =
            connection.prepare_cached("REPLACE INTO meta VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)")?;
        replace.execute(params![
            self.log,
            self.sequence.cast_signed(),
            self.next,
            self.content.to_bytes(),
            self.spool_bytes.cast_signed(),
            self.sum()
        ])?;
        let mut replace = connection.prepare_cached("REPLACE INTO tally VALUES (?1, ?2, ?3)")?;
        for table in Table::ALL {
            let tally = self.tally(table);
            replace.execute(params![table.name(), tally.rows, tally.xor])?;
        }
        Ok(())
    }

    pub(crate) fn tally(&self, table: Table) -> Tally {
        self.tallies[table as usize]
    }

    pub(crate) fn tally_mut(&mut self, table: Table) -> &mut Tally {
        &mut self.tallies[table as usize]
    }

    /// A number that no row has had.
    pub(crate) fn number(&mut self) -> i64 {
        self.next += 1;
        self.next - 1
    }

    pub(crate) fn id(&self) -> SnapshotId {
        SnapshotId { log: self.log, sequence: self.sequence, content: self.content.to_bytes() }
    }

    fn sum(&self) -> i64 {
        let fields = Fields::of("meta")
            .bytes(&self.log)
            .int(self.sequence.cast_signed())
            .int(self.next)
            .bytes(&self.content.to_bytes())
            .int(self.spool_bytes.cast_signed());
        self.tallies.iter().fold(fields, |fields, tally| tally.spell(fields)).sum()
    }
}

/// Counts the rows of a table and the XOR of the sums that they carry.
pub(crate) fn carried(connection: &Connection, table: Table) -> Result<Tally, Trouble> {
    let mut select = connection.prepare(&format!("SELECT sum FROM {}", table.name()))?;
    let mut rows = select.query([])?;
    let mut tally = Tally::default();
    while let Some(row) = rows.next()? {
        tally.add(column(row, 0)?);
    }
    Ok(tally)
}

/// A thing that was removed, and when it had come.
pub(crate) struct Tombstone<'a> {
    pub(crate) num: i64,
    /// `asset`, `sighting`, `claim`, `file` or `statement`.
    pub(crate) what: &'a str,
    pub(crate) id: &'a [u8],
    pub(crate) came: u64,
    pub(crate) went: u64,
    pub(crate) at_us: i64,
}

impl Tombstone<'_> {
    pub(crate) fn insert(&self, connection: &Connection) -> Result<i64, Trouble> {
        let (came, went, sum) = (self.came.cast_signed(), self.went.cast_signed(), self.sum());
        connection
            .prepare_cached("INSERT INTO tombstone VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![self.num, self.what, self.id, came, went, self.at_us, sum])?;
        Ok(sum)
    }

    fn sum(&self) -> i64 {
        Fields::of("tombstone")
            .int(self.num)
            .text(self.what)
            .bytes(self.id)
            .int(self.came.cast_signed())
            .int(self.went.cast_signed())
            .int(self.at_us)
            .sum()
    }
}

/// Tests every tombstone's sum; returns their tally.
pub(crate) fn check_tombstones(connection: &Connection) -> Result<Tally, Trouble> {
    let mut select =
        connection.prepare("SELECT num, what, id, came, went, at_us, sum FROM tombstone")?;
    let mut rows = select.query([])?;
    let mut tally = Tally::default();
    while let Some(row) = rows.next()? {
        let (what, id): (String, Vec<u8>) = (column(row, 1)?, column(row, 2)?);
        let (num, at_us) = (column(row, 0)?, column(row, 5)?);
        let stone = Tombstone {
            num,
            what: &what,
            id: &id,
            came: unsigned(row, 3)?,
            went: unsigned(row, 4)?,
            at_us,
        };
        if stone.sum() != column::<i64>(row, 6)? {
            return Err(Trouble::rows("tombstone", None, format!("row {num} was changed")));
        }
        tally.add(stone.sum());
    }
    Ok(tally)
}
