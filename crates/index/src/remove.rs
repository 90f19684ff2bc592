//! Takes things out of an index. What remains of them is a tombstone without content.

use firstseen_model::{AssetId, SightingDraft};
use rusqlite::{Connection, Params};

use crate::catalogue::asset::{Asset, Detail, Said};
use crate::catalogue::claim::ClaimRow;
use crate::catalogue::file::FileRow;
use crate::catalogue::meta::{Table, Tombstone};
use crate::catalogue::sighting::SightingRow;
use crate::catalogue::{column, marker, words};
use crate::error::Trouble;
use crate::stored;
use crate::writer::Batch;

/// What to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// One asset, and everything known of it.
    Asset(AssetId),
    /// The file of this path, as the index keeps it, or all in this folder; and sightings there. An asset that then
    /// has neither file nor sighting goes as well.
    Path(Vec<u8>),
    /// All sightings of a source. An asset that then has no sighting goes as well.
    Source(String),
    /// All sightings of a case. An asset that then has no sighting goes as well.
    Case(String),
}

/// How much was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Removed {
    pub assets: usize,
    pub sightings: usize,
    pub claims: usize,
    pub files: usize,
    pub notes: usize,
    pub decisions: usize,
}

impl Selection {
    fn holds_path(&self, path: &[u8]) -> bool {
        match self {
            Self::Path(selected) => {
                let selected = selected.strip_suffix(b"/").unwrap_or(selected);
                path.strip_prefix(selected).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
            }
            _ => false,
        }
    }

    fn holds_sighting(&self, seen: &SightingDraft) -> bool {
        match self {
            Self::Asset(_) => true,
            Self::Path(_) => seen.path.as_ref().is_some_and(|path| self.holds_path(path)),
            Self::Source(source) => seen.source == *source,
            Self::Case(case) => seen.case.as_ref() == Some(case),
        }
    }
}

impl Batch {
    pub(crate) fn remove(
        &mut self,
        connection: &Connection,
        what: &Selection,
    ) -> Result<Removed, Trouble> {
        let (mut removed, mut gone) = (Removed::default(), Vec::new());
        for num in self.touched(connection, what)? {
            let asset = Asset::find_by_number(connection, num)?;
            let asset = asset.ok_or_else(|| Trouble::rows("asset", None, "a row is missing"))?;
            if self.remove_from(connection, &asset, what, &mut removed)? {
                gone.push(asset.id);
            }
        }
        // What was decided of a query that was never taken in goes by its SHA-256.
        if let Selection::Asset(id) = what {
            gone.push(*id);
        }
        if !gone.is_empty() {
            (removed.notes, removed.decisions) = self.remove_statements(connection, &gone)?;
        }
        self.changed |= removed != Removed::default();
        Ok(removed)
    }

    /// Returns whether the whole asset went.
    fn remove_from(
        &mut self,
        connection: &Connection,
        asset: &Asset,
        what: &Selection,
        removed: &mut Removed,
    ) -> Result<bool, Trouble> {
        let mut detail = Detail::load(connection, asset)?;
        let files = FileRow::of_asset(connection, asset, detail.files)?;
        let sightings = SightingRow::of_asset(connection, asset, detail.sightings)?;
        self.forget(asset, &detail);
        let sighted = sightings.iter().any(|row| !what.holds_sighting(&row.sighting.seen));
        let filed = files.iter().any(|row| row.went.is_none() && !what.holds_path(&row.file.path));
        let whole = match what {
            Selection::Asset(_) => true,
            Selection::Path(_) => !sighted && !filed,
            Selection::Source(_) | Selection::Case(_) => !sighted,
        };
        for row in sightings.iter().filter(|row| whole || what.holds_sighting(&row.sighting.seen)) {
            row.delete(connection)?;
            words::take(connection, row.num, &row.words())?;
            detail.sightings.take(row.sum());
            self.meta.tally_mut(Table::Sighting).take(row.sum());
            self.meta.content.take(&row.content());
            self.bury(connection, "sighting", &row.id.0, row.came)?;
            removed.sightings += 1;
        }
        for row in files.iter().filter(|row| whole || what.holds_path(&row.file.path)) {
            row.delete(connection)?;
            detail.files.take(row.sum());
            self.meta.tally_mut(Table::File).take(row.sum());
            if row.went.is_none() {
                self.meta.content.take(&row.content(asset));
                removed.files += 1;
            }
            // Of a path only the hash is kept: the path itself was to be forgotten.
            self.bury(connection, "file", blake3::hash(&row.file.path).as_bytes(), row.came)?;
        }
        if !whole {
            detail.save(connection)?;
            self.learn(asset, &detail);
            return Ok(false);
        }
        for row in ClaimRow::of_asset(connection, asset, detail.claims)? {
            row.delete(connection)?;
            words::take(connection, row.num, &row.words())?;
            self.meta.tally_mut(Table::Claim).take(row.sum());
            self.meta.content.take(&row.content());
            self.bury(connection, "claim", &row.id.0, row.came)?;
            removed.claims += 1;
        }
        self.shelves.take(connection, &mut self.meta, asset.id, self.next_sequence)?;
        let said = Said::load(connection, asset)?;
        self.meta.tally_mut(Table::Metadata).take(said.sum(asset.num));
        self.meta.tally_mut(Table::Marker).part(marker::delete(connection, asset)?);
        for table in ["metadata", "detail"] {
            connection.execute(&format!("DELETE FROM {table} WHERE asset = ?1"), [asset.num])?;
        }
        connection.execute("DELETE FROM asset WHERE num = ?1", [asset.num])?;
        self.bury(connection, "asset", &asset.id.0, asset.came)?;
        removed.assets += 1;
        Ok(true)
    }

    pub(crate) fn bury(
        &mut self,
        connection: &Connection,
        what: &str,
        id: &[u8],
        came: u64,
    ) -> Result<(), Trouble> {
        let (num, went, at_us) = (self.meta.number(), self.next_sequence, stored::micros(self.now));
        let sum = Tombstone { num, what, id, came, went, at_us }.insert(connection)?;
        self.meta.tally_mut(Table::Tombstone).add(sum);
        Ok(())
    }
}

impl Batch {
    /// Numbers of the assets that a selection may touch, ascending.
    fn touched(&self, connection: &Connection, what: &Selection) -> Result<Vec<i64>, Trouble> {
        match what {
            Selection::Asset(id) => Ok(self
                .shelves
                .asset(connection, *id)?
                .map(|asset| asset.num)
                .into_iter()
                .collect()),
            Selection::Source(source) => numbers(
                connection,
                "SELECT DISTINCT asset FROM sighting WHERE source = ?1 ORDER BY asset",
                [source],
            ),
            Selection::Case(case) => numbers(
                connection,
                "SELECT DISTINCT asset FROM sighting WHERE case_name = ?1 ORDER BY asset",
                [case],
            ),
            Selection::Path(_) => {
                let mut found = Vec::new();
                for table in ["file", "sighting"] {
                    let mut select = connection.prepare(&format!(
                        "SELECT asset, path FROM {table} WHERE path IS NOT NULL"
                    ))?;
                    let mut rows = select.query([])?;
                    while let Some(row) = rows.next()? {
                        if what.holds_path(&column::<Vec<u8>>(row, 1)?) {
                            found.push(column(row, 0)?);
                        }
                    }
                }
                found.sort_unstable();
                found.dedup();
                Ok(found)
            }
        }
    }
}

fn numbers(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<i64>, Trouble> {
    let mut select = connection.prepare(sql)?;
    let mut rows = select.query(values)?;
    let mut numbers = Vec::new();
    while let Some(row) = rows.next()? {
        numbers.push(column(row, 0)?);
    }
    Ok(numbers)
}
