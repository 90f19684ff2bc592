//! Rows of `claim`.

use firstseen_model::{AssetId, Claim, ClaimId};
use rusqlite::{Connection, Row, params};

use super::asset::Asset;
use super::sighting::{read_date, spell_date};
use super::{column, unsigned};
use crate::checksum::{Fields, Tally};
use crate::error::Trouble;
use crate::stored::{self, StoredDate};

/// A row of `claim`.
pub(crate) struct ClaimRow {
    pub(crate) num: i64,
    /// Sequence number at which it came.
    pub(crate) came: u64,
    pub(crate) id: ClaimId,
    pub(crate) claim: Claim,
}

impl ClaimRow {
    pub(crate) fn new(num: i64, came: u64, claim: Claim) -> Self {
        Self { num, came, id: claim.id(), claim }
    }

    pub(crate) fn exists(connection: &Connection, id: ClaimId) -> Result<bool, Trouble> {
        Ok(connection.prepare_cached("SELECT 1 FROM claim WHERE id = ?1")?.exists([id.0])?)
    }

    /// All claims of an asset, in the order in which they came, tested against its tally.
    pub(crate) fn of_asset(
        connection: &Connection,
        asset: &Asset,
        known: Tally,
    ) -> Result<Vec<Self>, Trouble> {
        let mut select = connection.prepare_cached(
            "SELECT num, id, came, claimant, text, place, event_kind, event_text, event_earliest_us, event_latest_us,
             event_basis, event_doubt, sum FROM claim WHERE asset = ?1 ORDER BY num",
        )?;
        let mut rows = select.query([asset.num])?;
        let (mut all, mut tally) = (Vec::new(), Tally::default());
        while let Some(row) = rows.next()? {
            let (claim, sum) = Self::read(row, asset.id)?;
            if claim.sum() != sum {
                return Err(Trouble::rows("claim", Some(asset.id), "a row was changed"));
            }
            tally.add(sum);
            all.push(claim);
        }
        if tally != known {
            return Err(Trouble::rows("claim", Some(asset.id), "rows are missing"));
        }
        Ok(all)
    }

    /// Writes it; returns its sum.
    pub(crate) fn insert(&self, connection: &Connection, asset: i64) -> Result<i64, Trouble> {
        let (claim, sum) = (&self.claim, self.sum());
        let event = claim.event.as_ref().map(StoredDate::of);
        let event = event.as_ref();
        connection
            .prepare_cached(
                "INSERT INTO claim VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute(params![
                self.num,
                self.id.0,
                asset,
                self.came.cast_signed(),
                claim.by,
                claim.text,
                event.map(|event| &event.kind),
                event.map(|event| &event.text),
                event.and_then(|event| event.earliest_us),
                event.and_then(|event| event.latest_us),
                event.map(|event| &event.basis),
                event.map(|event| &event.doubt),
                claim.place.as_ref().map(stored::place_to_json),
                sum
            ])?;
        Ok(sum)
    }

    pub(crate) fn delete(&self, connection: &Connection) -> Result<(), Trouble> {
        connection.prepare_cached("DELETE FROM claim WHERE num = ?1")?.execute([self.num])?;
        Ok(())
    }

    /// The words of it that a search finds.
    pub(crate) fn words(&self) -> String {
        let place = self.claim.place.as_ref().map(|place| place.text.as_str());
        let all = [Some(self.claim.text.as_str()), self.claim.by.as_deref(), place];
        all.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn sum(&self) -> i64 {
        Fields::of("claim row")
            .int(self.num)
            .int(self.came.cast_signed())
            .bytes(&self.content())
            .sum()
    }

    /// BLAKE3 of the claim, wherever and whenever it is kept.
    pub(crate) fn content(&self) -> [u8; 32] {
        let claim = &self.claim;
        Fields::of("claim")
            .bytes(&claim.asset.0)
            .bytes(&self.id.0)
            .maybe(claim.by.as_ref(), |fields, by| fields.text(by))
            .text(&claim.text)
            .maybe(claim.event.as_ref(), |fields, event| spell_date(fields, &StoredDate::of(event)))
            .maybe(claim.place.as_ref(), |fields, place| fields.text(&stored::place_to_json(place)))
            .hash()
    }

    fn read(row: &Row<'_>, asset: AssetId) -> Result<(Self, i64), Trouble> {
        let damaged = |why: &str| Trouble::rows("claim", Some(asset), why);
        let place = match column::<Option<String>>(row, 5)? {
            Some(place) => {
                let place = stored::place_from_json(&place);
                Some(place.ok_or_else(|| damaged("a place was changed"))?)
            }
            None => None,
        };
        let event = match read_date(row, 6)? {
            Some(event) => Some(event.read().ok_or_else(|| damaged("a date was changed"))?),
            None => None,
        };
        let claim = Claim { asset, by: column(row, 3)?, text: column(row, 4)?, event, place };
        let row_of = Self {
            num: column(row, 0)?,
            came: unsigned(row, 2)?,
            id: ClaimId(column(row, 1)?),
            claim,
        };
        Ok((row_of, column(row, 12)?))
    }
}
