//! Searches sightings, claims and notes.

use std::collections::BTreeSet;

use firstseen_model::{AssetId, Claim, Note, Place, Sighting, Subject};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::catalogue::asset::{Asset, Detail};
use crate::catalogue::claim::ClaimRow;
use crate::catalogue::column;
use crate::catalogue::sighting::SightingRow;
use crate::catalogue::words;
use crate::error::{IndexError, Trouble};
use crate::limit::Limit;
use crate::near::Answer;
use crate::snapshot::Snapshot;
use crate::statements::Statements;
use crate::stored;

/// What is looked for; what says nothing is not asked for.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// Words that a record holds, all of them, each at least as a word's beginning.
    pub text: Option<&'a str>,
    /// Which sightings count. A claim or note counts where all sightings of its asset do.
    pub limit: &'a Limit,
    /// Bounds that overlap with those of a posted date.
    pub posted: Option<(Option<Timestamp>, Option<Timestamp>)>,
    /// Whether a record of this place is meant.
    pub place: Option<&'a dyn Fn(&Place) -> bool>,
    /// Most records.
    pub rows: usize,
}

/// A record that was found.
#[derive(Clone, Debug, PartialEq)]
pub enum FoundRow {
    /// Where an asset was seen.
    Sighting(Sighting),
    /// What is said of one.
    Claim(Claim),
    /// What a person states of one, or of a recording.
    Note(Note),
}

/// A text has neither letters nor digits to look for.
const NO_WORDS: &str = "--text holds no letter and no digit to look for";

impl Snapshot {
    /// Finds sightings by their earliest posted or archived date, then claims by their event, then notes by the time at
    /// which they were made. What is found is tested; that nothing is missing of the words, [`crate::Index::verify`] tests.
    ///
    /// # Errors
    ///
    /// [`IndexError::NoWords`]; [`IndexError::Damaged`], [`IndexError::Changed`], [`IndexError::Sql`].
    pub fn find(&self, search: &Search<'_>) -> Result<Answer<Vec<FoundRow>>, IndexError> {
        let words = match search.text.map(words::search) {
            Some(None) => return Err(IndexError::NoWords { why: NO_WORDS }),
            words => words.flatten(),
        };
        let statements = self.statements()?;
        let mut finding = Finding { search, words, snapshot: self, rows: Vec::new() };
        self.handle.read(|connection| {
            finding.sightings(connection)?;
            // A posted date is asked of sightings only.
            if search.posted.is_none() {
                finding.claims(connection)?;
                finding.notes(connection, statements)?;
            }
            Ok(())
        })?;
        let truncated = finding.rows.len() > search.rows;
        finding.rows.truncate(search.rows);
        let (value, snapshot) = (finding.rows, self.id());
        Ok(Answer { value, snapshot, not_searched: Vec::new(), truncated })
    }
}

struct Finding<'a> {
    search: &'a Search<'a>,
    words: Option<String>,
    snapshot: &'a Snapshot,
    rows: Vec<FoundRow>,
}

impl Finding<'_> {
    fn sightings(&mut self, connection: &Connection) -> Result<(), Trouble> {
        let mut values = vec![Value::from(self.snapshot.meta.sequence.cast_signed())];
        let mut condition = self.search.limit.condition(&mut values);
        condition += &self.words_of("s.num", &mut values);
        if let Some((earliest, latest)) = self.search.posted {
            let mut bound = |bound: Option<Timestamp>, open: i64| {
                values.push(bound.map_or(open, stored::micros).into());
                values.len()
            };
            let (first, last) = (bound(earliest, i64::MIN), bound(latest, i64::MAX));
            condition += &format!(
                " AND EXISTS (SELECT 1 FROM sighting_date d WHERE d.sighting = s.num AND d.kind = 'posted'
                 AND coalesce(d.earliest_us, ?{first}) <= ?{last} AND coalesce(d.latest_us, ?{last}) >= ?{first})"
            );
        }
        if self.search.place.is_some() {
            condition += " AND s.place IS NOT NULL";
        }
        let sql = format!(
            "SELECT s.num, s.asset, (SELECT min(d.latest_us) FROM sighting_date d WHERE d.sighting = s.num
             AND d.kind IN ('posted', 'archived')) AS first
             FROM sighting s WHERE s.came <= ?1 AND {condition} ORDER BY first IS NULL, first, s.id"
        );
        self.each(connection, &sql, &values, |asset, detail, num| {
            let rows = SightingRow::of_asset(connection, asset, detail.sightings)?;
            let found = rows.into_iter().find(|row| row.num == num);
            Ok(found.map(|row| {
                let place = row.sighting.seen.place.clone();
                (place, FoundRow::Sighting(row.sighting))
            }))
        })
    }

    fn claims(&mut self, connection: &Connection) -> Result<(), Trouble> {
        let mut values = vec![Value::from(self.snapshot.meta.sequence.cast_signed())];
        let mut condition = self.limited("c.asset", &mut values);
        condition += &self.words_of("c.num", &mut values);
        if self.search.place.is_some() {
            condition += " AND c.place IS NOT NULL";
        }
        let sql = format!(
            "SELECT c.num, c.asset FROM claim c WHERE c.came <= ?1 AND {condition}
             ORDER BY c.event_earliest_us IS NULL, c.event_earliest_us, c.id"
        );
        self.each(connection, &sql, &values, |asset, detail, num| {
            let rows = ClaimRow::of_asset(connection, asset, detail.claims)?;
            let found = rows.into_iter().find(|row| row.num == num);
            Ok(found.map(|row| (row.claim.place.clone(), FoundRow::Claim(row.claim))))
        })
    }

    fn notes(&mut self, connection: &Connection, statements: &Statements) -> Result<(), Trouble> {
        let mut with_words = None;
        if self.words.is_some() {
            let mut values = Vec::new();
            let condition = self.words_of("statement.num", &mut values);
            let mut select =
                connection.prepare(&format!("SELECT num FROM statement WHERE 1 {condition}"))?;
            let nums = select.query_map(params_from_iter(&values), |row| row.get::<_, i64>(0))?;
            let nums: BTreeSet<i64> = nums.collect::<Result<_, _>>()?;
            let named = nums.iter().filter_map(|num| statements.rows.get(num));
            with_words = Some(named.collect::<BTreeSet<_>>());
        }
        let mut notes: Vec<&Note> = statements.notes().collect();
        notes.sort_by_key(|note| (note.at, note.id()));
        for note in notes {
            if self.rows.len() > self.search.rows {
                break;
            }
            let worded = with_words.as_ref().is_none_or(|with| with.contains(&note.id()));
            let placed =
                self.search.place.is_none_or(|meant| note.place.as_ref().is_some_and(meant));
            if worded && placed && self.counts(connection, note, statements)? {
                self.rows.push(FoundRow::Note(note.clone()));
            }
        }
        Ok(())
    }

    /// Whether all sightings of what a note is on count.
    fn counts(
        &self,
        connection: &Connection,
        note: &Note,
        statements: &Statements,
    ) -> Result<bool, Trouble> {
        if self.search.limit.is_none() {
            return Ok(true);
        }
        let on: Vec<AssetId> = match note.on {
            Subject::Asset(asset) => vec![asset],
            Subject::Recording(id) => {
                statements.recording(&id).map(|found| found.members.clone()).unwrap_or_default()
            }
        };
        let mut values = vec![Value::from(self.snapshot.meta.sequence.cast_signed())];
        let condition = self.limited("a.num", &mut values);
        values.push(Value::Null);
        let sql = format!(
            "SELECT 1 FROM asset a WHERE a.came <= ?1 AND {condition} AND a.sha256 = ?{}",
            values.len()
        );
        let mut select = connection.prepare_cached(&sql)?;
        for asset in &on {
            if let Some(last) = values.last_mut() {
                *last = Value::Blob(asset.0.to_vec());
            }
            if !select.exists(params_from_iter(&values))? {
                return Ok(false);
            }
        }
        Ok(!on.is_empty())
    }

    /// The condition that an asset has sightings, and that all of them count.
    fn limited(&self, asset: &str, values: &mut Vec<Value>) -> String {
        if self.search.limit.is_none() {
            return "1".to_owned();
        }
        let counts = self.search.limit.condition(values);
        format!(
            "EXISTS (SELECT 1 FROM sighting s WHERE s.asset = {asset} AND s.came <= ?1)
             AND NOT EXISTS (SELECT 1 FROM sighting s WHERE s.asset = {asset} AND s.came <= ?1 AND NOT coalesce({counts}, 0))"
        )
    }

    fn words_of(&self, num: &str, values: &mut Vec<Value>) -> String {
        let Some(words) = &self.words else { return String::new() };
        values.push(words.clone().into());
        format!(" AND {num} IN (SELECT rowid FROM words WHERE words MATCH ?{})", values.len())
    }

    /// Reads the records that a query names by number and asset, until there is one more than was asked for.
    fn each(
        &mut self,
        connection: &Connection,
        sql: &str,
        values: &[Value],
        read: impl Fn(&Asset, &Detail, i64) -> Result<Option<(Option<Place>, FoundRow)>, Trouble>,
    ) -> Result<(), Trouble> {
        let mut select = connection.prepare(sql)?;
        let mut rows = select.query(params_from_iter(values))?;
        while self.rows.len() <= self.search.rows {
            let Some(row) = rows.next()? else { break };
            let asset = Asset::find_by_number(connection, column(row, 1)?)?;
            let asset = asset.ok_or_else(|| Trouble::rows("asset", None, "a row is missing"))?;
            let found = read(&asset, &Detail::load(connection, &asset)?, column(row, 0)?)?;
            let (place, found) = found
                .ok_or_else(|| Trouble::rows("sighting", Some(asset.id), "a row is missing"))?;
            if self.search.place.is_none_or(|meant| place.as_ref().is_some_and(meant)) {
                self.rows.push(found);
            }
        }
        Ok(())
    }
}
