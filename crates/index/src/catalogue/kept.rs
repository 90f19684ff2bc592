//! Short texts that an index keeps about itself, by name.

use rusqlite::{Connection, OptionalExtension, params};

use super::column;
use crate::checksum::{Fields, Tally};
use crate::error::Trouble;

/// A short text with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptText {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl KeptText {
    /// The text of that name, its own sum tested.
    pub(crate) fn find(connection: &Connection, name: &str) -> Result<Option<Self>, Trouble> {
        let mut select = connection.prepare_cached("SELECT text, sum FROM kept WHERE name = ?1")?;
        let found = select
            .query_row([name], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        let Some((text, sum)) = found else { return Ok(None) };
        let kept = Self { name: name.to_owned(), text };
        if kept.sum() != sum {
            return Err(Trouble::rows("kept", None, format!("`{name}` was changed")));
        }
        Ok(Some(kept))
    }

    /// Writes the text in the place of the one of its name; `tally` is that of all of them.
    pub(crate) fn save(&self, connection: &Connection, tally: &mut Tally) -> Result<(), Trouble> {
        if let Some(before) = Self::find(connection, &self.name)? {
            tally.take(before.sum());
        }
        connection.prepare_cached("REPLACE INTO kept VALUES (?1, ?2, ?3)")?.execute(params![
            self.name,
            self.text,
            self.sum()
        ])?;
        tally.add(self.sum());
        Ok(())
    }

    fn sum(&self) -> i64 {
        Fields::of("kept").text(&self.name).text(&self.text).sum()
    }
}

/// Tests every text's sum; returns their tally.
pub(crate) fn check_kept(connection: &Connection) -> Result<Tally, Trouble> {
    let mut select = connection.prepare_cached("SELECT name, text, sum FROM kept")?;
    let mut rows = select.query([])?;
    let mut tally = Tally::default();
    while let Some(row) = rows.next()? {
        let kept = KeptText { name: column(row, 0)?, text: column(row, 1)? };
        if kept.sum() != column::<i64>(row, 2)? {
            return Err(Trouble::rows("kept", None, "a row was changed"));
        }
        tally.add(kept.sum());
    }
    Ok(tally)
}
