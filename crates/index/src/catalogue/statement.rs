//! Rows of `statement`: the log of what persons said. A row is never changed.

use firstseen_model::{AssetId, Decision, Note, NoteId, RecordingId, Retraction, Ruling, Subject};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::{column, unsigned};
use crate::checksum::{Fields, Tally};
use crate::error::Trouble;
use crate::stored::{self, Stored, StoredDate, StoredPlace};

/// What a person said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Statement {
    /// A note; what it says of a retraction is nothing.
    Note(Box<Note>),
    /// A note, taken back.
    Retraction(NoteId, Retraction),
    /// A word on a pair.
    Decision(Decision),
}

/// A row of `statement`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StatementRow {
    pub(crate) num: i64,
    /// Sequence number at which it came.
    pub(crate) came: u64,
    pub(crate) said: Statement,
}

#[derive(Serialize, Deserialize)]
struct StoredNote {
    asset: Option<String>,
    recording: Option<String>,
    captured: Option<StoredDate>,
    place: Option<StoredPlace>,
    label: Option<String>,
    by: String,
    basis: String,
    at_us: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredRetraction {
    note: String,
    by: String,
    at_us: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredDecision {
    one: String,
    other: String,
    ruling: String,
    by: String,
    note: String,
    at_us: i64,
}

impl Statement {
    /// When it was said.
    pub(crate) fn at(&self) -> Timestamp {
        match self {
            Self::Note(note) => note.at,
            Self::Retraction(_, retraction) => retraction.at,
            Self::Decision(decision) => decision.at,
        }
    }

    /// BLAKE3 of it, wherever and whenever it is kept.
    pub(crate) fn content(&self) -> [u8; 32] {
        Fields::of("statement").text(self.what()).text(&self.body()).hash()
    }

    /// The words of it that a search finds.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Note(note) => {
                let place = note.place.as_ref().map(|place| place.text.as_str());
                let label = note.label.as_deref();
                [label, place, Some(&note.by), Some(&note.basis)]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("\n")
            }
            Self::Retraction(..) => String::new(),
            Self::Decision(decision) => format!("{}\n{}", decision.by, decision.note),
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Self::Note(_) => "note",
            Self::Retraction(..) => "retraction",
            Self::Decision(_) => "decision",
        }
    }

    fn body(&self) -> String {
        match self {
            Self::Note(note) => {
                let (asset, recording) = match note.on {
                    Subject::Asset(asset) => (Some(hex(&asset.0)), None),
                    Subject::Recording(recording) => (None, Some(hex(&recording.0))),
                };
                stored::json(&StoredNote {
                    asset,
                    recording,
                    captured: note.captured.as_ref().map(StoredDate::of),
                    place: note.place.as_ref().map(StoredPlace::of),
                    label: note.label.clone(),
                    by: note.by.clone(),
                    basis: note.basis.clone(),
                    at_us: stored::micros(note.at),
                })
            }
            Self::Retraction(note, retraction) => stored::json(&StoredRetraction {
                note: hex(&note.0),
                by: retraction.by.clone(),
                at_us: stored::micros(retraction.at),
            }),
            Self::Decision(decision) => stored::json(&StoredDecision {
                one: hex(&decision.one.0),
                other: hex(&decision.other.0),
                ruling: decision.ruling.stored().to_owned(),
                by: decision.by.clone(),
                note: decision.note.clone(),
                at_us: stored::micros(decision.at),
            }),
        }
    }

    fn read(what: &str, body: &str) -> Option<Self> {
        match what {
            "note" => {
                let stored: StoredNote = serde_json::from_str(body).ok()?;
                let on = match (&stored.asset, &stored.recording) {
                    (Some(asset), None) => Subject::Asset(AssetId(bytes(asset)?)),
                    (None, Some(recording)) => Subject::Recording(RecordingId(bytes(recording)?)),
                    _ => return None,
                };
                let captured = stored.captured.map(|date| date.read().ok_or(()));
                let place = stored.place.map(|place| place.read().ok_or(()));
                Some(Self::Note(Box::new(Note {
                    on,
                    captured: captured.transpose().ok()?,
                    place: place.transpose().ok()?,
                    label: stored.label,
                    by: stored.by,
                    basis: stored.basis,
                    at: stored::timestamp(stored.at_us)?,
                    retracted: None,
                })))
            }
            "retraction" => {
                let stored: StoredRetraction = serde_json::from_str(body).ok()?;
                let at = stored::timestamp(stored.at_us)?;
                let retraction = Retraction { by: stored.by, at };
                Some(Self::Retraction(NoteId(bytes(&stored.note)?), retraction))
            }
            "decision" => {
                let stored: StoredDecision = serde_json::from_str(body).ok()?;
                Some(Self::Decision(Decision {
                    one: AssetId(bytes(&stored.one)?),
                    other: AssetId(bytes(&stored.other)?),
                    ruling: Ruling::from_stored(&stored.ruling)?,
                    by: stored.by,
                    note: stored.note,
                    at: stored::timestamp(stored.at_us)?,
                }))
            }
            _ => None,
        }
    }
}

impl StatementRow {
    /// All rows, in the order in which they came, each tested.
    pub(crate) fn all(connection: &Connection) -> Result<Vec<Self>, Trouble> {
        let mut select = connection
            .prepare_cached("SELECT num, what, came, body, sum FROM statement ORDER BY num")?;
        let mut rows = select.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(Self::read(row)?);
        }
        Ok(all)
    }

    /// The tally of all rows that had come by a sequence number.
    pub(crate) fn tally(rows: &[Self], sequence: u64) -> Tally {
        rows.iter().filter(|row| row.came <= sequence).map(Self::sum).collect()
    }

    /// Writes it; returns its sum.
    pub(crate) fn insert(&self, connection: &Connection) -> Result<i64, Trouble> {
        let sum = self.sum();
        connection.prepare_cached("INSERT INTO statement VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
            params![self.num, self.said.what(), self.came.cast_signed(), self.said.body(), sum],
        )?;
        Ok(sum)
    }

    pub(crate) fn delete(&self, connection: &Connection) -> Result<(), Trouble> {
        connection.prepare_cached("DELETE FROM statement WHERE num = ?1")?.execute([self.num])?;
        Ok(())
    }

    pub(crate) fn sum(&self) -> i64 {
        Fields::of("statement row")
            .int(self.num)
            .int(self.came.cast_signed())
            .bytes(&self.said.content())
            .sum()
    }

    fn read(row: &Row<'_>) -> Result<Self, Trouble> {
        let (what, body): (String, String) = (column(row, 1)?, column(row, 3)?);
        let damaged = || Trouble::rows("statement", None, "a row was changed");
        let said = Statement::read(&what, &body).ok_or_else(damaged)?;
        let read = Self { num: column(row, 0)?, came: unsigned(row, 2)?, said };
        if read.sum() == column::<i64>(row, 4)? { Ok(read) } else { Err(damaged()) }
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    AssetId(*bytes).to_string()
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    hex.parse::<AssetId>().ok().map(|id| id.0)
}
