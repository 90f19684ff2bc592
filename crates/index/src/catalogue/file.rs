//! Rows of `file`: which asset lay at which path, from when to when.

use rusqlite::{Connection, Row, params};

use super::asset::Asset;
use super::{column, unsigned};
use crate::FileSeen;
use crate::checksum::{Fields, Tally};
use crate::error::Trouble;

/// A row of `file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileRow {
    pub(crate) num: i64,
    pub(crate) asset: i64,
    pub(crate) file: FileSeen,
    /// Sequence number at which it came.
    pub(crate) came: u64,
    /// Sequence number at which it was found to hold something else, or was removed.
    pub(crate) went: Option<u64>,
}

const FILE: &str = "SELECT num, asset, path, size_bytes, modified_ns, came, went, sum FROM file";

impl FileRow {
    /// The file that lies at a path now.
    pub(crate) fn find(connection: &Connection, path: &[u8]) -> Result<Option<Self>, Trouble> {
        let mut select =
            connection.prepare_cached(&format!("{FILE} WHERE path = ?1 AND went IS NULL"))?;
        let mut rows = select.query([path])?;
        rows.next()?.map(Self::read).transpose()
    }

    /// All files of an asset, those that went too, by path; tested against its tally.
    pub(crate) fn of_asset(
        connection: &Connection,
        asset: &Asset,
        known: Tally,
    ) -> Result<Vec<Self>, Trouble> {
        let mut select =
            connection.prepare_cached(&format!("{FILE} WHERE asset = ?1 ORDER BY path, num"))?;
        let mut rows = select.query([asset.num])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(Self::read(row)?);
        }
        if all.iter().map(Self::sum).collect::<Tally>() != known {
            return Err(Trouble::rows("file", Some(asset.id), "rows are missing"));
        }
        Ok(all)
    }

    /// Whether it lay there at that sequence number.
    pub(crate) fn lives_at(&self, sequence: u64) -> bool {
        self.came <= sequence && self.went.is_none_or(|went| went > sequence)
    }

    /// Writes it, over the row of its number if there is one.
    pub(crate) fn save(&self, connection: &Connection) -> Result<(), Trouble> {
        connection
            .prepare_cached("REPLACE INTO file VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
            .execute(params![
                self.num,
                self.file.path,
                self.asset,
                self.file.size_bytes.cast_signed(),
                self.file.modified_ns,
                self.came.cast_signed(),
                self.went.map(u64::cast_signed),
                self.sum()
            ])?;
        Ok(())
    }

    pub(crate) fn delete(&self, connection: &Connection) -> Result<(), Trouble> {
        connection.prepare_cached("DELETE FROM file WHERE num = ?1")?.execute([self.num])?;
        Ok(())
    }

    pub(crate) fn sum(&self) -> i64 {
        Fields::of("file row")
            .int(self.num)
            .int(self.asset)
            .bytes(&self.file.path)
            .int(self.file.size_bytes.cast_signed())
            .int(self.file.modified_ns)
            .int(self.came.cast_signed())
            .maybe(self.went, |fields, went| fields.int(went.cast_signed()))
            .sum()
    }

    /// BLAKE3 of what it says: that asset, at that path.
    pub(crate) fn content(&self, asset: &Asset) -> [u8; 32] {
        Fields::of("file").bytes(&self.file.path).bytes(&asset.id.0).hash()
    }

    fn read(row: &Row<'_>) -> Result<Self, Trouble> {
        let (path, size_bytes, modified_ns) = (column(row, 2)?, unsigned(row, 3)?, column(row, 4)?);
        let file = Self {
            num: column(row, 0)?,
            asset: column(row, 1)?,
            file: FileSeen { path, size_bytes, modified_ns },
            came: unsigned(row, 5)?,
            went: column::<Option<i64>>(row, 6)?.map(i64::cast_unsigned),
        };
        if file.sum() != column::<i64>(row, 7)? {
            return Err(Trouble::rows("file", None, "a row was changed"));
        }
        Ok(file)
    }
}
