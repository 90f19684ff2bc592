//! What an unfinished scan has read already, so that it goes on where it stopped.

use std::fs;
use std::path::Path;

use firstseen_intake::Record;
use firstseen_model::{AssetId, Claim, FileState, Gap, Sighting};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::error::ScanError;
use super::file::{Store, is_ours};
use crate::FileSeen;
use crate::checksum::Fields;

const FORMAT: i64 = 1;

const TABLES: &str = "
CREATE TABLE run (id INTEGER PRIMARY KEY CHECK (id = 1), answers TEXT NOT NULL) STRICT;
CREATE TABLE waiting (
    path BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL, told BLOB NOT NULL,
    sha256 BLOB NOT NULL, read BLOB NOT NULL, sum INTEGER NOT NULL
) STRICT;
";

/// What came of reading one file, before it is asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// The record, as a query's.
    pub record: Record,
    /// What became of the file.
    pub state: FileState,
    /// Where it was seen.
    pub sightings: Vec<Sighting>,
    /// What is asserted of it.
    pub claims: Vec<Claim>,
    /// What could not be used of the records beside it.
    pub gaps: Vec<Gap>,
}

impl Waiting {
    /// The bytes that it is of.
    #[must_use]
    pub fn asset(&self) -> AssetId {
        self.record.asset.id
    }
}

/// The files that an unfinished scan has read.
pub struct ScanRun {
    store: Store,
}

impl ScanRun {
    /// Opens what a scan that gives `answers` has left at `path`, or begins anew: where nothing is there, where it was to
    /// answer something else, or where it is damaged. It is known again by its file alone, so that nothing is lost but
    /// time. What is not ours is left alone.
    ///
    /// # Errors
    ///
    /// [`ScanError::Foreign`], [`ScanError::Newer`], and where it cannot be read or made.
    pub fn open(path: &Path, answers: &str) -> Result<Self, ScanError> {
        match Self::at(path).and_then(|run| Ok((run.answers()?, run))) {
            Ok((Some(known), run)) if known == answers => return Ok(run),
            Ok(_) => {}
            Err(ScanError::Damaged { .. }) if is_ours(path) => {}
            Err(error) => return Err(error),
        }
        Self::remove(path)?;
        let mut run = Self::at(path)?;
        let name = |connection: &rusqlite::Connection| {
            connection.execute("INSERT INTO run VALUES (1, ?1)", [answers])
        };
        run.store.change(answers.len(), name)?;
        run.commit()?;
        Ok(run)
    }

    fn at(path: &Path) -> Result<Self, ScanError> {
        Ok(Self { store: Store::open(path, TABLES, FORMAT)? })
    }

    fn answers(&self) -> Result<Option<String>, ScanError> {
        let found =
            self.store.connection.query_row("SELECT answers FROM run", [], |row| row.get(0));
        found.optional().map_err(|source| self.store.failed(source))
    }

    /// Deletes what is at `path`.
    ///
    /// # Errors
    ///
    /// Where it is there and cannot be deleted.
    pub fn remove(path: &Path) -> Result<(), ScanError> {
        for file in [path.to_owned(), super::file::beside(path, "-journal")] {
            match fs::remove_file(&file) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(ScanError::io(&file, source));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The bytes of a file that was read as it lies there now, and the hash of what was said of it then.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn known(&self, file: &FileSeen) -> Result<Option<(AssetId, [u8; 32])>, ScanError> {
        let select = "SELECT size_bytes, modified_ns, sha256, told FROM waiting WHERE path = ?1";
        let found = self.store.connection.prepare_cached(select).and_then(|mut select| {
            let row = |row: &rusqlite::Row<'_>| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get(2)?, row.get(3)?))
            };
            select.query_row([&file.path], row).optional()
        });
        let found = found.map_err(|source| self.store.failed(source))?;
        let Some((size_bytes, modified_ns, asset, told)) = found else { return Ok(None) };
        let same = (size_bytes.cast_unsigned(), modified_ns) == (file.size_bytes, file.modified_ns);
        // What cannot be read back is read from its file again.
        let whole = same && self.get(&file.path).is_ok_and(|read| read.is_some());
        Ok(whole.then_some((AssetId(asset), told)))
    }

    /// What came of reading the file at a path.
    ///
    /// # Errors
    ///
    /// [`ScanError::Damaged`].
    pub fn get(&self, path: &[u8]) -> Result<Option<Waiting>, ScanError> {
        let select = "SELECT read, sum FROM waiting WHERE path = ?1";
        let found = self.store.connection.prepare_cached(select).and_then(|mut select| {
            let row =
                |row: &rusqlite::Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?));
            select.query_row([path], row).optional()
        });
        let Some((read, sum)) = found.map_err(|source| self.store.failed(source))? else {
            return Ok(None);
        };
        if sum_of(path, &read) != sum {
            return Err(self.store.damaged("what was read of a file was changed"));
        }
        let waiting = postcard::from_bytes(&read);
        waiting.map(Some).map_err(|error| self.store.damaged(error.to_string()))
    }

    /// Keeps what came of reading a file; there after [`ScanRun::commit`].
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn put(
        &mut self,
        file: &FileSeen,
        told: &[u8; 32],
        waiting: &Waiting,
    ) -> Result<(), ScanError> {
        let read = postcard::to_allocvec(waiting)
            .map_err(|error| self.store.damaged(error.to_string()))?;
        self.store.change(read.len(), |connection| {
            connection
                .prepare_cached("REPLACE INTO waiting VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
                .execute(params![
                    file.path,
                    file.size_bytes.cast_signed(),
                    file.modified_ns,
                    told,
                    waiting.asset().0,
                    read,
                    sum_of(&file.path, &read)
                ])
        })?;
        Ok(())
    }

    /// Brings everything to the disk.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn commit(&mut self) -> Result<(), ScanError> {
        self.store.commit()
    }
}

fn sum_of(path: &[u8], read: &[u8]) -> i64 {
    Fields::of("waiting").bytes(path).bytes(blake3::hash(read).as_bytes()).sum()
}
