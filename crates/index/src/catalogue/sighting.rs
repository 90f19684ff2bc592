//! Rows of `sighting`, each with its rows of `sighting_date`.

use firstseen_model::{AssetId, Sighting, SightingDraft, SightingId};
use rusqlite::{Connection, Row, params};

use super::asset::Asset;
use super::{column, unsigned};
use crate::checksum::{Fields, Tally};
use crate::error::Trouble;
use crate::stored::{self, StoredDate};

/// A row of `sighting`.
pub(crate) struct SightingRow {
    pub(crate) num: i64,
    /// Sequence number at which it came.
    pub(crate) came: u64,
    pub(crate) id: SightingId,
    pub(crate) sighting: Sighting,
}

impl SightingRow {
    pub(crate) fn new(num: i64, came: u64, sighting: Sighting) -> Self {
        Self { num, came, id: sighting.id(), sighting }
    }

    pub(crate) fn exists(connection: &Connection, id: SightingId) -> Result<bool, Trouble> {
        Ok(connection.prepare_cached("SELECT 1 FROM sighting WHERE id = ?1")?.exists([id.0])?)
    }

    /// All sightings of an asset, in the order in which they came, tested against its tally.
    pub(crate) fn of_asset(
        connection: &Connection,
        asset: &Asset,
        known: Tally,
    ) -> Result<Vec<Self>, Trouble> {
        let mut select = connection.prepare_cached(
            "SELECT num, id, came, source, post, url, channel, archive_url, case_name, place, caption, title, record,
             path, sum FROM sighting WHERE asset = ?1 ORDER BY num",
        )?;
        let mut rows = select.query([asset.num])?;
        let (mut all, mut tally) = (Vec::new(), Tally::default());
        while let Some(row) = rows.next()? {
            let (sighting, sum) = Self::read(connection, row, asset.id)?;
            if sighting.sum() != sum {
                return Err(Trouble::rows("sighting", Some(asset.id), "a row was changed"));
            }
            tally.add(sum);
            all.push(sighting);
        }
        if tally != known {
            return Err(Trouble::rows("sighting", Some(asset.id), "rows are missing"));
        }
        Ok(all)
    }

    /// Writes it; returns its sum.
    pub(crate) fn insert(&self, connection: &Connection, asset: i64) -> Result<i64, Trouble> {
        let (seen, sum) = (&self.sighting.seen, self.sum());
        connection
            .prepare_cached(
                "INSERT INTO sighting VALUES
                 (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?
            .execute(params![
                self.num,
                self.id.0,
                asset,
                self.came.cast_signed(),
                seen.source,
                seen.post,
                seen.url,
                seen.channel,
                seen.archive_url,
                seen.case,
                seen.place.as_ref().map(stored::place_to_json),
                seen.caption,
                seen.title,
                seen.record,
                seen.path,
                sum
            ])?;
        let mut insert = connection
            .prepare_cached("INSERT INTO sighting_date VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        for (position, date) in (0_i64..).zip(&seen.dates) {
            let date = StoredDate::of(date);
            insert.execute(params![
                self.num,
                position,
                date.kind,
                date.text,
                date.earliest_us,
                date.latest_us,
                date.basis,
                date.doubt
            ])?;
        }
        Ok(sum)
    }

    pub(crate) fn delete(&self, connection: &Connection) -> Result<(), Trouble> {
        connection
            .prepare_cached("DELETE FROM sighting_date WHERE sighting = ?1")?
            .execute([self.num])?;
        connection.prepare_cached("DELETE FROM sighting WHERE num = ?1")?.execute([self.num])?;
        Ok(())
    }

    /// The words of it that a search finds.
    pub(crate) fn words(&self) -> String {
        let seen = &self.sighting.seen;
        let place = seen.place.as_ref().map(|place| &place.text);
        let given = [&seen.channel, &seen.post, &seen.url, &seen.archive_url, &seen.case];
        let all = [&seen.title, &seen.caption, &seen.source].into_iter();
        let all = all.chain(given.into_iter().flatten()).chain(place);
        all.map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn sum(&self) -> i64 {
        Fields::of("sighting row")
            .int(self.num)
            .int(self.came.cast_signed())
            .bytes(&self.content())
            .sum()
    }

    /// BLAKE3 of the sighting, wherever and whenever it is kept.
    pub(crate) fn content(&self) -> [u8; 32] {
        let seen = &self.sighting.seen;
        let text = |fields: Fields, text: &String| fields.text(text);
        let fields = Fields::of("sighting")
            .bytes(&self.sighting.asset.0)
            .bytes(&self.id.0)
            .text(&seen.source)
            .maybe(seen.post.as_ref(), text)
            .maybe(seen.url.as_ref(), text)
            .maybe(seen.channel.as_ref(), text)
            .maybe(seen.archive_url.as_ref(), text)
            .maybe(seen.case.as_ref(), text)
            .maybe(seen.place.as_ref(), |fields, place| fields.text(&stored::place_to_json(place)))
            .text(&seen.caption)
            .text(&seen.title)
            .text(&seen.record)
            .maybe(seen.path.as_ref(), |fields, path| fields.bytes(path))
            .int(seen.dates.len() as i64);
        seen.dates
            .iter()
            .fold(fields, |fields, date| spell_date(fields, &StoredDate::of(date)))
            .hash()
    }

    fn read(
        connection: &Connection,
        row: &Row<'_>,
        asset: AssetId,
    ) -> Result<(Self, i64), Trouble> {
        let num = column(row, 0)?;
        let damaged = |why: &str| Trouble::rows("sighting", Some(asset), why);
        let place = match column::<Option<String>>(row, 9)? {
            Some(place) => {
                let place = stored::place_from_json(&place);
                Some(place.ok_or_else(|| damaged("a place was changed"))?)
            }
            None => None,
        };
        let seen = SightingDraft {
            source: column(row, 3)?,
            post: column(row, 4)?,
            url: column(row, 5)?,
            channel: column(row, 6)?,
            archive_url: column(row, 7)?,
            case: column(row, 8)?,
            dates: Vec::new(),
            place,
            caption: column(row, 10)?,
            title: column(row, 11)?,
            record: column(row, 12)?,
            path: column(row, 13)?,
        };
        let mut sighting = seen.of(asset);
        let mut select = connection.prepare_cached(
            "SELECT kind, text, earliest_us, latest_us, basis, doubt FROM sighting_date WHERE sighting = ?1
             ORDER BY position",
        )?;
        let mut dates = select.query([num])?;
        while let Some(date) = dates.next()? {
            let date = read_date(date, 0)?.and_then(|date| date.read());
            sighting.seen.dates.push(date.ok_or_else(|| damaged("a date was changed"))?);
        }
        let row_of =
            Self { num, came: unsigned(row, 2)?, id: SightingId(column(row, 1)?), sighting };
        Ok((row_of, column(row, 14)?))
    }
}

/// The date in six columns from `first` on, if there is one.
pub(crate) fn read_date(row: &Row<'_>, first: usize) -> Result<Option<StoredDate>, Trouble> {
    let Some(kind) = column(row, first)? else { return Ok(None) };
    Ok(Some(StoredDate {
        kind,
        text: column(row, first + 1)?,
        earliest_us: column(row, first + 2)?,
        latest_us: column(row, first + 3)?,
        basis: column(row, first + 4)?,
        doubt: column(row, first + 5)?,
    }))
}

pub(crate) fn spell_date(fields: Fields, date: &StoredDate) -> Fields {
    fields
        .text(&date.kind)
        .text(&date.text)
        .maybe(date.earliest_us, Fields::int)
        .maybe(date.latest_us, Fields::int)
        .text(&date.basis)
        .text(&date.doubt)
}
