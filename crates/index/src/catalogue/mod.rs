//! The SQLite file: the catalogue of everything, and the only commit point.

pub(crate) mod asset;
pub(crate) mod claim;
pub(crate) mod file;
pub(crate) mod kept;
pub(crate) mod marker;
pub(crate) mod meta;
pub(crate) mod schema;
pub(crate) mod segment;
pub(crate) mod sighting;
pub(crate) mod statement;
pub(crate) mod words;

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Row};

use crate::error::{IndexError, Trouble};

/// A connection that a snapshot or writer holds, and what errors call the index.
#[derive(Clone)]
pub(crate) struct Handle {
    pub(crate) connection: Arc<Mutex<Connection>>,
    pub(crate) location: Arc<str>,
}

impl Handle {
    pub(crate) fn new(connection: Connection, location: String) -> Self {
        Self { connection: Arc::new(Mutex::new(connection)), location: location.into() }
    }

    /// Reads in one short transaction, so that all of it is of one moment.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, IndexError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        // An index in memory has one connection, which may be inside its writer's transaction.
        let answer = if connection.is_autocommit() {
            connection
                .unchecked_transaction()
                .map_err(Trouble::from)
                .and_then(|_until_read| read(&connection))
        } else {
            read(&connection)
        };
        answer.map_err(|trouble| trouble.of(&self.location, 0))
    }
}

/// A column of a row. The number is that of the column in its query.
pub(crate) fn column<T: rusqlite::types::FromSql>(
    row: &Row<'_>,
    number: usize,
) -> Result<T, Trouble> {
    Ok(row.get(number)?)
}

/// A count or size, which SQLite keeps as the signed number of the same bits.
pub(crate) fn unsigned(row: &Row<'_>, number: usize) -> Result<u64, Trouble> {
    Ok(row.get::<_, i64>(number)?.cast_unsigned())
}
