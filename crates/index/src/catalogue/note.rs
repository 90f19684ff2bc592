//! Short texts that an index keeps about itself, by name.

use rusqlite::{Connection, OptionalExtension, params};

use super::column;
use crate::checksum::{Fields, Tally};
use crate::error::Trouble;

/// A short text with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Note {
    /// The note of that name, its own sum tested.
    pub(crate) fn find(connection: &Connection, name: &str) -> Result<Option<Self>, Trouble> {
        let mut select = connection.prepare_cached("SELECT text, sum FROM note WHERE name = ?1")?;
        let found = select
            .query_row([name], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        let Some((text, sum)) = found else { return Ok(None) };
        let note = Self { name: name.to_owned(), text };
        if note.sum() != sum {
            return Err(Trouble::rows("note", None, format!("`{name}` was changed")));
        }
        Ok(Some(note))
    }

    /// Writes the note in the place of the one of its name; `tally` is that of all notes.
    pub(crate) fn save(&self, connection: &Connection, tally: &mut Tally) -> Result<(), Trouble> {
        if let Some(before) = Self::find(connection, &self.name)? {
            tally.take(before.sum());
        }
        connection.prepare_cached("REPLACE INTO note VALUES (?1, ?2, ?3)")?.execute(params![
            self.name,
            self.text,
            self.sum()
        ])?;
        tally.add(self.sum());
        Ok(())
    }

    fn sum(&self) -> i64 {
        Fields::of("note").text(&self.name).text(&self.text).sum()
    }
}

/// Tests every note's sum; returns their tally.
pub(crate) fn check_notes(connection: &Connection) -> Result<Tally, Trouble> {
    let mut select = connection.prepare_cached("SELECT name, text, sum FROM note")?;
    let mut rows = select.query([])?;
    let mut tally = Tally::default();
    while let Some(row) = rows.next()? {
        let note = Note { name: column(row, 0)?, text: column(row, 1)? };
        if note.sum() != column::<i64>(row, 2)? {
            return Err(Trouble::rows("note", None, "a row was changed"));
        }
        tally.add(note.sum());
    }
    Ok(tally)
}
