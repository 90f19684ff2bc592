//! A SQLite file of a scan: made, opened, recognised, written in groups.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::error::ScanError;

/// "fsscn", as far as it fits.
const APPLICATION: i64 = 0x6673_7363;

/// An open file with a transaction that lasts until the next commit.
pub(super) struct Store {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    in_transaction: bool,
    /// Bytes that the transaction writes, about.
    pending: u64,
}

impl Store {
    /// Opens the file at `path`, and makes its tables where there is none.
    pub(super) fn open(path: &Path, tables: &str, format: i64) -> Result<Self, ScanError> {
        let failed = |source| ScanError::sql(path, source, 0);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|source| ScanError::io(folder, source))?;
        }
        let made = !path.exists();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        // What is not ours is not written to, and how it keeps its journal is not ours to say.
        let recognise = || {
            let application = connection
                .pragma_query_value(None, "application_id", |row| row.get::<_, i64>(0))?;
            let rows = "SELECT count(*) FROM sqlite_schema";
            Ok((application, connection.query_row(rows, [], |row| row.get::<_, i64>(0))?))
        };
        let (application, tables_there) = recognise().map_err(|source| match failed(source) {
            ScanError::Foreign { .. } if is_ours(path) => {
                ScanError::damaged(path, "how it begins was changed")
            }
            other => other,
        })?;
        let blank = application == 0 && tables_there == 0;
        if !blank && application != APPLICATION {
            return Err(ScanError::Foreign { path: path.to_owned() });
        }
        let durable = || {
            connection.pragma_update_and_check(None, "journal_mode", "TRUNCATE", |_| Ok(()))?;
            connection.pragma_update(None, "synchronous", "FULL")
        };
        durable().map_err(failed)?;
        if blank {
            let make = format!(
                "BEGIN IMMEDIATE; {tables} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {format}; COMMIT;"
            );
            connection.execute_batch(&make).map_err(failed)?;
            if made && let Some(folder) = path.parent() {
                // The name has to be on disk as well as what it names.
                let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                let synced = File::open(folder).and_then(|folder| folder.sync_all());
                synced.map_err(|source| ScanError::io(folder, source))?;
            }
        }
        let found = connection
            .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
            .map_err(failed)?;
        if found > format {
            return Err(ScanError::Newer { path: path.to_owned(), found, known: format });
        }
        if found < format {
            return Err(ScanError::damaged(path, format!("it has format {found}")));
        }
        Ok(Self { connection, path: path.to_owned(), in_transaction: false, pending: 0 })
    }

    /// Runs a change inside the transaction, which it starts where there is none.
    pub(super) fn change<T>(
        &mut self,
        bytes: usize,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ScanError> {
        if !self.in_transaction {
            self.connection
                .execute_batch("BEGIN IMMEDIATE")
                .map_err(|source| self.failed(source))?;
            self.in_transaction = true;
        }
        self.pending += bytes as u64;
        change(&self.connection).map_err(|source| self.failed(source))
    }

    pub(super) fn commit(&mut self) -> Result<(), ScanError> {
        if self.in_transaction {
            self.connection.execute_batch("COMMIT").map_err(|source| self.failed(source))?;
            (self.in_transaction, self.pending) = (false, 0);
        }
        Ok(())
    }

    pub(super) fn failed(&self, source: rusqlite::Error) -> ScanError {
        ScanError::sql(&self.path, source, self.pending)
    }

    pub(super) fn damaged(&self, why: impl Into<String>) -> ScanError {
        ScanError::damaged(&self.path, why)
    }
}

/// Whether the file at `path` says in its header that it is ours, though SQLite may not know it any more.
pub(super) fn is_ours(path: &Path) -> bool {
    let mut header = [0; 72];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok()
        && header[68..].iter().fold(0, |id, byte| id << 8 | i64::from(*byte)) == APPLICATION
}

/// The path beside `path` with more at the end of its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}
