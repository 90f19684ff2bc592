//! What the index knows of itself as a whole: its log, sequence number, and the tallies of all tables.

use firstseen_model::{MediaKind, Profile};
use rusqlite::{Connection, params};

use super::asset::{Asset, Detail, Held};
use super::{column, unsigned};
use crate::Role;
use crate::checksum::{Content, Fields, Tally};
use crate::error::Trouble;
use crate::name::SnapshotId;

/// A table whose rows are tallied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Asset,
    Detail,
    Metadata,
    Segment,
    Mark,
    Sighting,
    Claim,
    File,
    Tombstone,
    Kept,
    Statement,
    Marker,
}

impl Table {
    pub(crate) const ALL: [Self; 12] = [
        Self::Asset,
        Self::Detail,
        Self::Metadata,
        Self::Segment,
        Self::Mark,
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
            Self::Segment => "segment",
            Self::Mark => "mark",
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

/// How much all references hold, so that no look-up has to count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) pictures: u64,
    pub(crate) videos: u64,
    /// How long the videos run, in microseconds.
    pub(crate) videos_us: u64,
    /// Videos of which only codec keyframes were looked at.
    pub(crate) triage: u64,
    /// Those without a frame: damage took their fingerprints, or no frame could be used.
    pub(crate) bare: u64,
    pub(crate) held: Held,
}

impl Totals {
    /// Those of one asset.
    pub(crate) fn of(asset: &Asset, detail: &Detail) -> Self {
        let video = detail.facts.kind == MediaKind::Video;
        if asset.role == Role::Query {
            return Self::default();
        }
        let micros = detail.facts.duration.map_or(0, |duration| duration.0.max(0).cast_unsigned());
        Self {
            pictures: u64::from(!video),
            videos: u64::from(video),
            videos_us: if video { micros } else { 0 },
            triage: u64::from(video && asset.profile == Profile::Triage),
            bare: u64::from(asset.held.searched + asset.held.others == 0),
            held: asset.held,
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        *self = Self::from_numbers(std::array::from_fn(|i| {
            self.numbers()[i].wrapping_add(other.numbers()[i])
        }));
    }

    pub(crate) fn take(&mut self, other: Self) {
        *self = Self::from_numbers(std::array::from_fn(|i| {
            self.numbers()[i].wrapping_sub(other.numbers()[i])
        }));
    }

    fn numbers(&self) -> [u64; 9] {
        let Held { searched, others, featured, features } = self.held;
        let Self { pictures, videos, videos_us, triage, bare, .. } = *self;
        [pictures, videos, videos_us, triage, bare, searched, others, featured, features]
    }

    fn from_numbers(numbers: [u64; 9]) -> Self {
        let [pictures, videos, videos_us, triage, bare, searched, others, featured, features] =
            numbers;
        let held = Held { searched, others, featured, features };
        Self { pictures, videos, videos_us, triage, bare, held }
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
    pub(crate) totals: Totals,
    tallies: [Tally; Table::ALL.len()],
}

impl Meta {
    /// Of an index that holds nothing.
    pub(crate) fn empty(log: [u8; 16]) -> Self {
        let (content, totals) = (Content::default(), Totals::default());
        let tallies = [Tally::default(); Table::ALL.len()];
        Self { log, sequence: 0, next: 1, content, totals, tallies }
    }

    pub(crate) fn load(connection: &Connection) -> Result<Self, Trouble> {
        let mut select = connection.prepare_cached(
            "SELECT log, sequence, next, content, pictures, videos, videos_us, triage, bare, searched, others,
             featured, features, sum FROM meta",
        )?;
        let (mut meta, sum) = select.query_row([], |row| {
            let mut numbers = [0; 9];
            for (i, number) in numbers.iter_mut().enumerate() {
                *number = row.get::<_, i64>(4 + i)?.cast_unsigned();
            }
            let meta = Self {
                log: row.get(0)?,
                sequence: row.get::<_, i64>(1)?.cast_unsigned(),
                next: row.get(2)?,
                content: Content::from_bytes(&row.get(3)?),
                totals: Totals::from_numbers(numbers),
                tallies: [Tally::default(); Table::ALL.len()],
            };
            Ok((meta, row.get::<_, i64>(13)?))
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
        let [pictures, videos, videos_us, triage, bare, searched, others, featured, features] =
            self.totals.numbers().map(u64::cast_signed);
        connection
            .prepare_cached(
                "REPLACE INTO meta VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute(params![
                self.log,
                self.sequence.cast_signed(),
                self.next,
                self.content.to_bytes(),
                pictures,
                videos,
                videos_us,
                triage,
                bare,
                searched,
                others,
                featured,
                features,
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
            .bytes(&self.content.to_bytes());
        let numbers = self.totals.numbers().into_iter();
        let fields = numbers.fold(fields, |fields, number| fields.int(number.cast_signed()));
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

/// Of each tombstone what was removed, its id, and when; their sums tested.
pub(crate) fn tombstones(connection: &Connection) -> Result<Vec<(String, Vec<u8>, i64)>, Trouble> {
    let mut all = Vec::new();
    each_tombstone(connection, |stone, _| {
        all.push((stone.what.to_owned(), stone.id.to_vec(), stone.at_us));
    })?;
    Ok(all)
}

/// Tests every tombstone's sum; returns their tally.
pub(crate) fn check_tombstones(connection: &Connection) -> Result<Tally, Trouble> {
    let mut tally = Tally::default();
    each_tombstone(connection, |_, sum| tally.add(sum))?;
    Ok(tally)
}

fn each_tombstone(
    connection: &Connection,
    mut see: impl FnMut(&Tombstone<'_>, i64),
) -> Result<(), Trouble> {
    let mut select =
        connection.prepare("SELECT num, what, id, came, went, at_us, sum FROM tombstone")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (what, id): (String, Vec<u8>) = (column(row, 1)?, column(row, 2)?);
        let (num, at_us) = (column(row, 0)?, column(row, 5)?);
        let (came, went) = (unsigned(row, 3)?, unsigned(row, 4)?);
        let stone = Tombstone { num, what: &what, id: &id, came, went, at_us };
        if stone.sum() != column::<i64>(row, 6)? {
            return Err(Trouble::rows("tombstone", None, format!("row {num} was changed")));
        }
        see(&stone, stone.sum());
    }
    Ok(())
}
