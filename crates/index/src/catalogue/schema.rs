//! The tables, and which programs may read them.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::{IndexError, Trouble};

/// "fseen" in SQLite's `application_id`, as far as it fits: `file` and others can tell whose it is.
const APPLICATION: i64 = 0x6673_656e;

/// The format that this program writes. A stored format is never edited in place: a change takes a new number.
const FORMAT: i64 = 4;

/// How long to wait for another process's commit.
const PATIENCE: Duration = Duration::from_secs(20);

/// A row's `sum` is of its fields; `NAME_rows` and `NAME_xor` are the number of an asset's rows elsewhere and the XOR
/// of their sums. Fingerprints lie in segments: `docs/format.md`.
const TABLES: &str = "
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1), log BLOB NOT NULL, sequence INTEGER NOT NULL, next INTEGER NOT NULL,
    content BLOB NOT NULL, pictures INTEGER NOT NULL, videos INTEGER NOT NULL, videos_us INTEGER NOT NULL,
    triage INTEGER NOT NULL, bare INTEGER NOT NULL, searched INTEGER NOT NULL, others INTEGER NOT NULL,
    featured INTEGER NOT NULL, features INTEGER NOT NULL, sum INTEGER NOT NULL
) STRICT;
CREATE TABLE tally (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, xor INTEGER NOT NULL) STRICT;
CREATE TABLE segment (
    num INTEGER PRIMARY KEY, blake3 BLOB NOT NULL UNIQUE, footer BLOB NOT NULL, bytes INTEGER NOT NULL,
    assets INTEGER NOT NULL, queries INTEGER NOT NULL, sum INTEGER NOT NULL
) STRICT;
CREATE TABLE mark (
    segment INTEGER NOT NULL REFERENCES segment(num) DEFERRABLE INITIALLY DEFERRED, ordinal INTEGER NOT NULL,
    what INTEGER NOT NULL, came INTEGER NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (segment, ordinal)
) STRICT, WITHOUT ROWID;
CREATE TABLE asset (
    num INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, role INTEGER NOT NULL, profile INTEGER NOT NULL,
    came INTEGER NOT NULL, searched INTEGER NOT NULL, others INTEGER NOT NULL, featured INTEGER NOT NULL,
    features INTEGER NOT NULL, sum INTEGER NOT NULL
) STRICT;
CREATE TABLE detail (
    asset INTEGER PRIMARY KEY REFERENCES asset(num) DEFERRABLE INITIALLY DEFERRED,
    kind TEXT NOT NULL, size_bytes INTEGER NOT NULL, mime TEXT NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, duration_us INTEGER, has_sound INTEGER, added_at_us INTEGER NOT NULL,
    content BLOB NOT NULL,
    sighting_rows INTEGER NOT NULL, sighting_xor INTEGER NOT NULL,
    claim_rows INTEGER NOT NULL, claim_xor INTEGER NOT NULL,
    file_rows INTEGER NOT NULL, file_xor INTEGER NOT NULL, sum INTEGER NOT NULL
) STRICT;
CREATE TABLE metadata (
    asset INTEGER PRIMARY KEY REFERENCES asset(num) DEFERRABLE INITIALLY DEFERRED,
    facts TEXT NOT NULL, gaps TEXT NOT NULL, sum INTEGER NOT NULL
) STRICT;
CREATE TABLE sighting (
    num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,
    asset INTEGER NOT NULL REFERENCES asset(num) DEFERRABLE INITIALLY DEFERRED, came INTEGER NOT NULL,
    source TEXT NOT NULL, post TEXT, url TEXT, channel TEXT, archive_url TEXT, case_name TEXT, place TEXT,
    caption TEXT NOT NULL, title TEXT NOT NULL, record TEXT NOT NULL, path BLOB, sum INTEGER NOT NULL
) STRICT;
CREATE INDEX sighting_asset ON sighting (asset);
CREATE INDEX sighting_case ON sighting (case_name) WHERE case_name IS NOT NULL;
CREATE TABLE sighting_date (
    sighting INTEGER NOT NULL REFERENCES sighting(num) DEFERRABLE INITIALLY DEFERRED, position INTEGER NOT NULL,
    kind TEXT NOT NULL, text TEXT NOT NULL, earliest_us INTEGER, latest_us INTEGER,
    basis TEXT NOT NULL, doubt TEXT NOT NULL, PRIMARY KEY (sighting, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX sighting_date_first ON sighting_date (earliest_us) WHERE kind IN ('posted', 'archived');
CREATE INDEX sighting_date_last ON sighting_date (latest_us) WHERE kind IN ('posted', 'archived');
CREATE TABLE claim (
    num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,
    asset INTEGER NOT NULL REFERENCES asset(num) DEFERRABLE INITIALLY DEFERRED, came INTEGER NOT NULL,
    claimant TEXT, text TEXT NOT NULL, event_kind TEXT, event_text TEXT, event_earliest_us INTEGER,
    event_latest_us INTEGER, event_basis TEXT, event_doubt TEXT, place TEXT, sum INTEGER NOT NULL
) STRICT;
CREATE INDEX claim_asset ON claim (asset);
CREATE TABLE file (
    num INTEGER PRIMARY KEY, path BLOB NOT NULL,
    asset INTEGER NOT NULL REFERENCES asset(num) DEFERRABLE INITIALLY DEFERRED,
    size_bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL, came INTEGER NOT NULL, went INTEGER,
    sum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX file_path ON file (path) WHERE went IS NULL;
CREATE INDEX file_asset ON file (asset);
CREATE TABLE tombstone (
    num INTEGER PRIMARY KEY, what TEXT NOT NULL, id BLOB NOT NULL, came INTEGER NOT NULL, went INTEGER NOT NULL,
    at_us INTEGER NOT NULL, sum INTEGER NOT NULL
) STRICT;
CREATE TABLE kept (name TEXT PRIMARY KEY, text TEXT NOT NULL, sum INTEGER NOT NULL) STRICT;
CREATE TABLE statement (
    num INTEGER PRIMARY KEY, what TEXT NOT NULL, came INTEGER NOT NULL, body TEXT NOT NULL, sum INTEGER NOT NULL
) STRICT;
CREATE TABLE marker (
    name TEXT NOT NULL, id TEXT NOT NULL,
    asset INTEGER NOT NULL REFERENCES asset(num) DEFERRABLE INITIALLY DEFERRED, sum INTEGER NOT NULL,
    PRIMARY KEY (name, id, asset)
) STRICT, WITHOUT ROWID;
CREATE INDEX marker_asset ON marker (asset);
";

/// How a connection is to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Only to read. A journal that a killed writer left is rolled back first, where that is allowed.
    Read,
    /// To read and write what is there.
    Write,
    /// To write the first tables.
    Create,
}

/// Opens the catalogue at `path`.
pub(crate) fn connect(path: &Path, purpose: Use) -> Result<Connection, Trouble> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if purpose == Use::Create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    if purpose == Use::Read {
        connection.pragma_update(None, "query_only", true)?;
    } else {
        durable(&connection)?;
    }
    Ok(connection)
}

/// A catalogue in memory, its tables made.
pub(crate) fn in_memory() -> Result<Connection, Trouble> {
    let connection = Connection::open_in_memory()?;
    connection.pragma_update(None, "foreign_keys", true)?;
    make_tables(&connection)?;
    Ok(connection)
}

fn durable(connection: &Connection) -> Result<(), Trouble> {
    // Answers with the mode it took, which `pragma_update` would call an error.
    connection.pragma_update_and_check(None, "journal_mode", "TRUNCATE", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What was removed shall not be found in free pages.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    // A transaction that spills takes the exclusive lock long before its commit, and keeps readers out.
    connection.pragma_update(None, "cache_spill", false)?;
    Ok(())
}

/// Makes all tables, in one transaction of the caller's.
pub(crate) fn make_tables(connection: &Connection) -> Result<(), Trouble> {
    connection.execute_batch(TABLES)?;
    super::words::make(connection)?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    Ok(())
}

/// Whether nothing was ever written: what is left where making an index was interrupted.
pub(crate) fn is_blank(connection: &Connection) -> Result<bool, Trouble> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0 && pragma(connection, "application_id")? == 0)
}

/// Tests that the catalogue is one of ours, in a format that this program knows.
pub(crate) fn recognise(connection: &Connection, path: &Path) -> Result<(), Trouble> {
    let foreign = |why: &str| {
        Trouble::Known(IndexError::Foreign { path: path.to_owned(), why: why.to_owned() })
    };
    let application = match pragma(connection, "application_id") {
        Err(Trouble::Sql(error))
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) =>
        {
            return Err(foreign("its catalogue is no SQLite file"));
        }
        other => other?,
    };
    if application == 0 && is_blank(connection)? {
        return Err(foreign(
            "its catalogue is empty; making it was interrupted, and `firstseen add` starts again",
        ));
    }
    if application != APPLICATION {
        return Err(foreign("another program wrote its catalogue"));
    }
    let found = pragma(connection, "user_version")?;
    if found > FORMAT {
        let path = path.to_owned();
        return Err(Trouble::Known(IndexError::Newer { path, found, known: FORMAT }));
    }
    if found < 1 {
        return Err(Trouble::rows("catalogue", None, format!("format {found} never was")));
    }
    if found < FORMAT {
        let path = path.to_owned();
        return Err(Trouble::Known(IndexError::Older { path, found, known: FORMAT }));
    }
    Ok(())
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, Trouble> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}
