//! What can go wrong with an index.

use std::io;
use std::path::PathBuf;

use firstseen_model::AssetId;

/// Why an index could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages name the fields")]
pub enum IndexError {
    /// No index is there.
    #[error("no index at {}; `firstseen add` makes one", .path.display())]
    NotFound { path: PathBuf },
    /// An index is there already.
    #[error("{} holds an index already", .path.display())]
    Exists { path: PathBuf },
    /// Something else is there.
    #[error("{} is no index of this program: {why}; name another with --index", .path.display())]
    Foreign { path: PathBuf, why: String },
    /// A newer program wrote it.
    #[error("{} has format {found}, and this program knows formats up to {known}; use a newer firstseen", .path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    /// A program before the first release wrote it.
    #[error("{} has format {found}, which was never released, and this program knows format {known}; add its media to a new index", .path.display())]
    Older { path: PathBuf, found: i64, known: i64 },
    /// Another writer is at work.
    #[error("index {index} is being written{}; wait until that is done, or stop it", of_process(*.pid))]
    Busy { index: String, pid: Option<u32> },
    /// It does not hold what was written. Nothing is left out silently: nothing is answered.
    #[error("index {index} is damaged in `{table}`{}: {why}; `firstseen index verify` lists what is affected", of_asset(*.asset))]
    Damaged { index: String, table: &'static str, asset: Option<AssetId>, why: String },
    /// What was asked for was removed or replaced after the snapshot was taken.
    #[error(
        "index {index} has changed since it was read: what was found was removed or replaced; run this again"
    )]
    Changed { index: String },
    /// An earlier moment cannot be had again.
    #[error("index {index} cannot answer as of {snapshot}: {why}")]
    NotThen { index: String, snapshot: String, why: String },
    /// A text names no snapshot.
    #[error("{text} names no snapshot: give what a report calls `snapshot`")]
    NoSnapshot { text: String },
    /// The disk is full. What was committed before stays.
    #[error(
        "no space left for index {index}: at least {needed} bytes more are needed; what was added before is kept"
    )]
    Full { index: String, needed: u64 },
    /// It may only be read.
    #[error("index {index} cannot be written: {why}")]
    ReadOnly { index: String, why: String },
    /// An earlier error ended this writer.
    #[error("writing to index {index} failed before; start again")]
    Ended { index: String },
    /// A sighting or claim was put with the record of another asset.
    #[error("a sighting or claim of {found} came with the record of {expected}")]
    OfAnotherAsset { expected: AssetId, found: AssetId },
    /// A text to look for has no word in it.
    #[error("{why}")]
    NoWords { why: &'static str },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io { path: String, source: io::Error },
    /// SQLite failed in another way.
    #[error("index {index}: {source}")]
    Sql { index: String, source: rusqlite::Error },
}

fn of_process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" by process {pid}")).unwrap_or_default()
}

fn of_asset(asset: Option<AssetId>) -> String {
    asset.map(|asset| format!(" for asset {}", asset.short())).unwrap_or_default()
}

/// What the smallest commit needs: its pages, and the same again for the journal.
const LEAST_NEEDED: u64 = 1 << 16;

/// The same within this crate, where it is not known yet which index it is about.
#[derive(Debug)]
pub(crate) enum Trouble {
    Sql(rusqlite::Error),
    Damaged { table: &'static str, asset: Option<AssetId>, why: String },
    Changed,
    Io { path: String, source: io::Error },
    Known(IndexError),
}

impl Trouble {
    /// Rows of a table are not what was written.
    pub(crate) fn rows(
        table: &'static str,
        asset: Option<AssetId>,
        why: impl Into<String>,
    ) -> Self {
        Self::Damaged { table, asset, why: why.into() }
    }

    /// The error for whoever uses the index `index`, with `needed` bytes about to be written.
    pub(crate) fn of(self, index: &str, needed: u64) -> IndexError {
        let index = index.to_owned();
        match self {
            Self::Sql(source) => of_sql(source, index, needed),
            Self::Damaged { table, asset, why } => IndexError::Damaged { index, table, asset, why },
            Self::Changed => IndexError::Changed { index },
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                full(index, needed)
            }
            Self::Io { path, source } => IndexError::Io { path, source },
            Self::Known(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sql(source)
    }
}

fn full(index: String, needed: u64) -> IndexError {
    IndexError::Full { index, needed: needed.max(LEAST_NEEDED) }
}

fn of_sql(source: rusqlite::Error, index: String, needed: u64) -> IndexError {
    use rusqlite::Error as Sql;
    use rusqlite::ErrorCode as Code;
    let damaged = |why: String| IndexError::Damaged {
        index: index.clone(),
        table: "catalogue",
        asset: None,
        why,
    };
    match &source {
        Sql::SqliteFailure(failure, _) => match failure.code {
            Code::DiskFull => full(index, needed),
            Code::DatabaseCorrupt | Code::NotADatabase => damaged(source.to_string()),
            Code::DatabaseBusy | Code::DatabaseLocked => IndexError::Busy { index, pid: None },
            Code::ReadOnly => IndexError::ReadOnly {
                index,
                why: "its folder or files are read-only; if a writer was interrupted, its journal has to be rolled back by somebody who may write".to_owned(),
            },
            _ => IndexError::Sql { index, source },
        },
        // STRICT tables hold what their columns say: anything else was not written by us.
        Sql::FromSqlConversionFailure(..)
        | Sql::InvalidColumnType(..)
        | Sql::IntegralValueOutOfRange(..)
        | Sql::QueryReturnedNoRows
        | Sql::Utf8Error(..) => damaged(source.to_string()),
        _ => IndexError::Sql { index, source },
    }
}
