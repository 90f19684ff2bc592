//! What can go wrong with what a scan remembers.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::error::{IndexError, Trouble};

/// Why what a scan remembers could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages name the fields")]
pub enum ScanError {
    /// Another scan of the same folder is at work.
    #[error("{} is in use by another scan{}; wait until that is done, or stop it", .path.display(), of_process(*.pid))]
    Busy { path: PathBuf, pid: Option<u32> },
    /// It does not hold what was written.
    #[error("{} is damaged: {why}; delete it, and the next scan looks at everything again: nothing is lost but time", .path.display())]
    Damaged { path: PathBuf, why: String },
    /// A newer program wrote it.
    #[error("{} has format {found}, and this program knows format {known}; use a newer firstseen, or delete it: the next scan looks at everything again", .path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    /// Something else is there.
    #[error("{} is not what a scan remembers; move it away, or name another path with --state", .path.display())]
    Foreign { path: PathBuf },
    /// It is of another folder.
    #[error("{} is of the folder {root}; name another path with --state", .path.display())]
    OtherRoot { path: PathBuf, root: String },
    /// The disk is full.
    #[error("no space left for {}: at least {needed} bytes more are needed; what was done before is kept", .path.display())]
    Full { path: PathBuf, needed: u64 },
    /// It may only be read.
    #[error("{} cannot be written; name a place that can with --state FILE", .path.display())]
    ReadOnly { path: PathBuf },
    /// A file could not be read or written.
    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    /// SQLite failed in another way.
    #[error("{}: {source}", .path.display())]
    Sql { path: PathBuf, source: rusqlite::Error },
}

fn of_process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(", process {pid}")).unwrap_or_default()
}

impl ScanError {
    pub(super) fn damaged(path: &Path, why: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), why: why.into() }
    }

    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { path }
            }
            io::ErrorKind::StorageFull => Self::Full { path, needed: LEAST_NEEDED },
            _ => Self::Io { path, source },
        }
    }

    /// The error of somebody who was about to write `needed` bytes.
    pub(super) fn sql(path: &Path, source: rusqlite::Error, needed: u64) -> Self {
        use rusqlite::Error as Sql;
        let owned = path.to_owned();
        let needed = needed.max(LEAST_NEEDED);
        match &source {
            Sql::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::Full { path: owned, needed },
                ErrorCode::NotADatabase => Self::Foreign { path: owned },
                ErrorCode::DatabaseCorrupt => Self::damaged(path, source.to_string()),
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                    Self::Busy { path: owned, pid: None }
                }
                ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                    Self::ReadOnly { path: owned }
                }
                _ => Self::Sql { path: owned, source },
            },
            Sql::FromSqlConversionFailure(..)
            | Sql::InvalidColumnType(..)
            | Sql::IntegralValueOutOfRange(..)
            | Sql::QueryReturnedNoRows
            | Sql::Utf8Error(..) => Self::damaged(path, source.to_string()),
            _ => Self::Sql { path: owned, source },
        }
    }

    /// The same, of a lock.
    pub(super) fn of_lock(path: &Path, trouble: Trouble) -> Self {
        match trouble {
            Trouble::Known(IndexError::Busy { pid, .. }) => {
                Self::Busy { path: path.to_owned(), pid }
            }
            Trouble::Io { source, .. } => Self::io(path, source),
            Trouble::Sql(source) => Self::sql(path, source, 0),
            Trouble::Damaged { why, .. } => Self::damaged(path, why),
            other => Self::damaged(path, format!("{other:?}")),
        }
    }
}

/// What one page and its journal take.
const LEAST_NEEDED: u64 = 1 << 16;
