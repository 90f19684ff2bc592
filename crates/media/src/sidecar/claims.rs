//! A table of claims: what is asserted of which file, as rows of a table or as one JSON object a line.

use firstseen_model::{AssetId, Basis, DateKind, Dated, Place, PlaceError, PlaceKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::csv::{date, place};
use super::fields::{Fields, cut};
use super::table::{Fault, Row, Table, all};
use super::{
    MOST_BYTES, MOST_RECORDS, MOST_TEXT, SidecarError, Unknown, json_object, looks_like_json,
    not_a_record, plain, within,
};

/// The columns of a table, and the fields of a line.
const COLUMNS: [&str; 7] = ["path", "sha256", "text", "event_date", "place", "by", "url"];

/// What a table of claims says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Its rows, in order.
    pub rows: Vec<ClaimRow>,
    /// Columns that this program does not know, with how many rows have each.
    pub unknown_fields: Vec<(String, u64)>,
}

/// What one row asserts, and of which file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimRow {
    /// The line that it stands in, from 1.
    pub line: u64,
    /// The file's path, relative to the table's folder.
    pub path: Option<String>,
    /// The SHA-256 of its bytes; of no other file then.
    pub sha256: Option<AssetId>,
    /// Who asserts it; the address where it is asserted, where only that is told.
    pub by: Option<String>,
    /// In their words; empty where only a date or place is given.
    pub text: String,
    /// When it is said to have happened.
    pub event: Option<Dated>,
    /// Where it is said to have happened: by coordinates, or a name to be looked up.
    pub place: Option<Place>,
}

/// Reads a table, or lines of JSON, with path or sha256, and text, event_date, place, by, url.
///
/// Dates are EDTF. A table with one fault is not used at all, as is one of sightings.
///
/// # Errors
///
/// [`SidecarError`] where it is neither, with the lines that are wrong, or too much.
pub fn read(bytes: &[u8]) -> Result<Claims, SidecarError> {
    let claims = if looks_like_json(bytes) { lines(bytes)? } else { table(bytes)? };
    within("rows", claims.rows.len(), MOST_RECORDS)?;
    Ok(claims)
}

fn table(bytes: &[u8]) -> Result<Claims, SidecarError> {
    let table = Table::read(bytes, &COLUMNS)?;
    if !table.has("path") && !table.has("sha256") {
        return Err(not_a_record("no column path or sha256 says which file a row is of"));
    }
    if !["text", "event_date", "place"].iter().any(|name| table.has(name)) {
        return Err(not_a_record("no column text, event_date or place says what is asserted"));
    }
    let read = |row: Row<'_>| {
        row.fits()?;
        let text = |name: &str| row.cell(name).map(str::to_owned);
        ClaimRow {
            line: row.line(),
            path: text("path"),
            sha256: row.sha256()?,
            by: text("by").or_else(|| text("url")),
            text: text("text").unwrap_or_default(),
            event: date(row, "event_date", DateKind::Event)?,
            place: place(row, "place", PlaceKind::Event)?,
        }
        .says_something()
        .map_err(|why| row.fault(why))
    };
    Ok(Claims {
        rows: all(table.rows().map(read))?,
        unknown_fields: table.unknown_columns(&COLUMNS),
    })
}

fn lines(bytes: &[u8]) -> Result<Claims, SidecarError> {
    within("bytes", bytes.len(), MOST_BYTES)?;
    let mut unknown = Unknown::default();
    let lines = (1..).zip(plain(bytes).split(|byte| *byte == b'\n'));
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    let rows = all(lines.map(|(line, bytes)| {
        let object = json_object(bytes).map_err(|why| Fault::at(line, why.to_string()))?;
        for name in object.keys().filter(|name| !COLUMNS.contains(&name.as_str())) {
            unknown.met(name);
        }
        of_object(line, &object).map_err(|why| Fault::at(line, why))
    }))?;
    Ok(Claims { rows, unknown_fields: unknown.counted() })
}

fn of_object(line: u64, object: &Map<String, Value>) -> Result<ClaimRow, String> {
    let mut fields = Fields::new(object, "claims");
    let mut text = |name: &str| fields.text(name);
    let row = ClaimRow {
        line,
        path: text("path"),
        sha256: text("sha256")
            .map(|id| id.parse())
            .transpose()
            .map_err(|why| format!("sha256: {why}"))?,
        by: text("by").or_else(|| text("url")),
        text: text("text").unwrap_or_default(),
        event: text("event_date")
            .map(|text| Dated::parse(&text, DateKind::Event, Basis::Person))
            .transpose()
            .map_err(|why| format!("event_date: {why}"))?,
        place: text("place")
            .map(|text| match Place::parse(&text, PlaceKind::Event, Basis::Person) {
                Err(PlaceError::NotCoordinates) => {
                    Ok(Place::named(text, PlaceKind::Event, Basis::Person))
                }
                read => read.map_err(|why| format!("place: {why}")),
            })
            .transpose()?,
    };
    match fields.notes.into_iter().next() {
        Some(note) => Err(note.why),
        None => row.says_something(),
    }
}

impl ClaimRow {
    fn says_something(mut self) -> Result<Self, String> {
        if self.path.is_none() && self.sha256.is_none() {
            return Err("neither path nor sha256 says which file it is of".to_owned());
        }
        if self.text.is_empty() && self.event.is_none() && self.place.is_none() {
            return Err("neither text nor event_date nor place says what is asserted".to_owned());
        }
        self.text = cut(&self.text, MOST_TEXT).to_owned();
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r#"{"path": "a.mp4", "text": "at the depot", "event_date": "2024-10-18", "place": "Sergeevka", "by": "somebody"}
{"sha256": "abababababababababababababababababababababababababababababababab", "event_date": "2024", "url": "https://example.org/1", "mood": 1}
"#;

    fn refused(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_table_and_lines_of_json_say_the_same() {
        let table = "path;sha256;text;event_date;place;by;url;mood\n\
            a.mp4;;at the depot;2024-10-18;Sergeevka;somebody;;\n\
            ;abababababababababababababababababababababababababababababababab;;2024;;;https://example.org/1;1\n";
        let (mut table, lines) = (read(table.as_bytes()).unwrap(), read(LINES.as_bytes()).unwrap());
        for (row, line) in table.rows.iter_mut().zip(&lines.rows) {
            row.line = line.line;
        }
        assert_eq!(table.rows, lines.rows);
        assert_eq!(lines.rows[0].event.as_ref().unwrap().kind, DateKind::Event);
        assert_eq!(lines.rows[1].by.as_deref(), Some("https://example.org/1"));
        assert_eq!((lines.rows[1].line, lines.unknown_fields[0].0.as_str()), (2, "mood"));
    }

    #[test]
    fn what_asserts_nothing_or_of_no_file_is_refused_with_its_line() {
        for (text, why) in [
            ("path,text\na,x\n,y\n", "line 3: neither path nor sha256"),
            ("path,text,by\na\n", "line 2: 1 cells"),
            ("path,text,by\na,,me\n", "line 2: neither text nor event_date nor place"),
            ("path,event_date\na,18.10.2024\n", "line 2: event_date: \"18.10.2024\" is not a date"),
            ("path,by\na,b\n", "says what is asserted"),
            ("text,by\na,b\n", "says which file"),
            ("{\"path\": \"a\", \"text\": \"x\"}\n{\"path\": \n", "line 2: not JSON"),
            ("{\"path\": \"a\", \"event_date\": \"soon\"}", "line 1: event_date"),
            ("{\"path\": \"a\", \"text\": []}", "line 1: text is neither text nor number"),
            ("[]", "line 1"),
        ] {
            let refused = refused(text);
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn no_prefix_gives_another_date() {
        for len in 0..LINES.len() {
            let rows = read(&LINES.as_bytes()[..len]).map_or(Vec::new(), |claims| claims.rows);
            let dates: Vec<_> =
                rows.iter().map(|row| row.event.as_ref().unwrap().text.as_str()).collect();
            assert!(["2024-10-18", "2024"].starts_with(&dates), "{len}: {dates:?}");
        }
    }
}
