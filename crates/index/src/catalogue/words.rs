//! The words of sightings, claims and notes, for search by text. Derived from their rows: it can be made again.
//!
//! A row has the number of the record that it is of, which no two records share, and nothing but its words: the text
//! itself is in the record.

use rusqlite::{Connection, params};

use crate::checksum::{Content, Fields};
use crate::error::Trouble;

/// Letters lose case and accents; a search for two letters or three of a word's beginning has a list of its own.
const TABLE: &str =
    "USING fts5 (text, content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3')";

/// Records whose words are held against what is kept at a time.
const BATCH: usize = 2_000;

/// Makes the table.
pub(crate) fn make(connection: &Connection) -> Result<(), Trouble> {
    connection.execute_batch(&format!(
        // What was removed shall not be found in free pages.
        "CREATE VIRTUAL TABLE words {TABLE}; INSERT INTO words (words, rank) VALUES ('secure-delete', 1);"
    ))?;
    Ok(())
}

/// Forgets all words.
pub(crate) fn clear(connection: &Connection) -> Result<(), Trouble> {
    connection.execute_batch("DROP TABLE words")?;
    make(connection)
}

/// Takes in the words of the record of that number.
pub(crate) fn add(connection: &Connection, num: i64, text: &str) -> Result<(), Trouble> {
    connection
        .prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?
        .execute(params![num, text])?;
    Ok(())
}

/// Takes out the words of a record; `text` is what was taken in.
pub(crate) fn take(connection: &Connection, num: i64, text: &str) -> Result<(), Trouble> {
    connection
        .prepare_cached("INSERT INTO words (words, rowid, text) VALUES ('delete', ?1, ?2)")?
        .execute(params![num, text])?;
    Ok(())
}

/// The search for records that hold all words of a text from outside, each at least as a word's beginning; `None`
/// where it holds no letter and no digit.
pub(crate) fn search(text: &str) -> Option<String> {
    let words = text
        .split(|c: char| c.is_whitespace() || c == '\0')
        .filter(|word| word.contains(char::is_alphanumeric));
    // In quotes nothing has a meaning but the quote, which is doubled.
    let words: Vec<String> =
        words.map(|word| format!("\"{}\"*", word.replace('"', "\"\""))).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Holds what is kept against what ought to be.
pub(crate) struct Check<'a> {
    connection: &'a Connection,
    /// Whether the connection only reads.
    reads: bool,
    batch: Vec<(i64, String)>,
    expected: Content,
}

impl<'a> Check<'a> {
    /// Takes care that the tables that it needs are in memory, where no transaction forbids it yet.
    pub(crate) fn prepare(connection: &Connection) {
        // In a file they would be nowhere else than the index's own words are.
        let _ = connection.pragma_update(None, "temp_store", "memory");
    }

    /// The tables that it needs are gone with it.
    pub(crate) fn start(connection: &'a Connection) -> Result<Self, Trouble> {
        let reads = connection.pragma_query_value(None, "query_only", |row| row.get(0))?;
        let check = Self { connection, reads, batch: Vec::new(), expected: Content::default() };
        // Nothing of the index is written, but a reader's connection refuses tables of its own as well.
        connection.pragma_update(None, "query_only", false)?;
        connection.execute_batch(&format!(
            "CREATE VIRTUAL TABLE temp.expected {TABLE};
             CREATE VIRTUAL TABLE temp.expected_terms USING fts5vocab(temp, expected, instance);
             CREATE VIRTUAL TABLE temp.kept_terms USING fts5vocab(main, words, instance);"
        ))?;
        Ok(check)
    }

    /// A record whose words ought to be there.
    pub(crate) fn expect(&mut self, num: i64, text: String) -> Result<(), Trouble> {
        self.batch.push((num, text));
        if self.batch.len() >= BATCH { self.settle() } else { Ok(()) }
    }

    /// Whether exactly those are there.
    pub(crate) fn holds(mut self) -> Result<bool, Trouble> {
        self.settle()?;
        let mut kept = Content::default();
        terms(self.connection, "kept_terms", &mut kept)?;
        Ok(kept == self.expected)
    }

    fn settle(&mut self) -> Result<(), Trouble> {
        let connection = self.connection;
        let mut insert =
            connection.prepare_cached("INSERT INTO temp.expected (rowid, text) VALUES (?1, ?2)")?;
        for (num, text) in self.batch.drain(..) {
            insert.execute(params![num, text])?;
        }
        terms(connection, "expected_terms", &mut self.expected)?;
        let clear = "INSERT INTO temp.expected (expected) VALUES ('delete-all')";
        Ok(connection.execute_batch(clear)?)
    }
}

impl Drop for Check<'_> {
    fn drop(&mut self) {
        let tables = ["kept_terms", "expected_terms", "expected"];
        let drops = tables.map(|table| format!("DROP TABLE IF EXISTS temp.{table};"));
        // Where this fails, they go with the connection.
        let _ = self.connection.execute_batch(&drops.concat());
        let _ = self.connection.pragma_update(None, "query_only", self.reads);
    }
}

/// Adds every term of every record to a sum that knows no order.
fn terms(connection: &Connection, table: &str, sum: &mut Content) -> Result<(), Trouble> {
    let mut select =
        connection.prepare(&format!("SELECT term, doc, \"offset\" FROM temp.{table}"))?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let term = row.get_ref(0)?;
        let term = term.as_bytes().map_err(|_| Trouble::rows("words", None, "a term is none"))?;
        sum.add(&Fields::of("term").bytes(term).int(row.get(1)?).int(row.get(2)?).hash());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(texts: &[&str], asked: &str) -> Vec<i64> {
        let connection = Connection::open_in_memory().unwrap();
        make(&connection).unwrap();
        for (num, text) in (1..).zip(texts) {
            add(&connection, num, text).unwrap();
        }
        let mut select = connection
            .prepare("SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid")
            .unwrap();
        let rows = select.query_map([search(asked).unwrap()], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn words_are_found_by_their_beginnings_in_any_script() {
        let texts =
            ["Солдаты в Сергеевке", "朝鲜军队", "Zürich\nhttps://t.me/example/1", "북한 군인"];
        for (asked, expected) in [
            ("сергеев", [1].as_slice()),
            ("СОЛДАТЫ сергеевке", &[1]),
            ("солдаты zurich", &[]),
            ("zurich", &[3]),
            ("朝鲜", &[2]),
            ("북한", &[4]),
            ("https://t.me/example", &[3]),
        ] {
            assert_eq!(found(&texts, asked), expected, "{asked}");
        }
    }

    #[test]
    fn nothing_that_is_asked_is_taken_for_a_command() {
        let texts = ["NEAR the AND of it", "a \"quoted\" (word)", "text: x"];
        for asked in [
            "NEAR(", "AND", "\"quoted", "(word)", "text:x", "^x", "x*", "-x", "{x}", "a + b",
            "';--a",
        ] {
            found(&texts, asked);
        }
        assert_eq!(found(&texts, "\"quoted\""), [2]);
        assert_eq!(found(&texts, "NOT"), [] as [i64; 0]);
        assert_eq!([search(""), search(" \" ()"), search("\0")], [None, None, None]);
    }

    #[test]
    fn a_word_that_is_lost_or_doubled_is_missed() {
        let connection = Connection::open_in_memory().unwrap();
        make(&connection).unwrap();
        let texts = ["one two", "two three three", ""];
        for (num, text) in (1..).zip(texts) {
            add(&connection, num, text).unwrap();
        }
        let holds = |texts: &[&str]| {
            let mut check = Check::start(&connection).unwrap();
            for (num, text) in (1..).zip(texts) {
                check.expect(num, (*text).to_owned()).unwrap();
            }
            check.holds().unwrap()
        };
        assert!(holds(&texts));
        assert!(!holds(&["one two", "two three"]));
        assert!(!holds(&["one two"]));
        take(&connection, 2, "two three three").unwrap();
        assert!(!holds(&texts) && holds(&["one two"]));
    }
}
