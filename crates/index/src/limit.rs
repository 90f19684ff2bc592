//! Which sightings count, where a question is limited to some.

use firstseen_model::{AssetId, DateKind, SightingDraft};
use jiff::Timestamp;
use rusqlite::types::Value;

use crate::Role;
use crate::error::IndexError;
use crate::snapshot::Snapshot;
use crate::stored::{self, Stored};

/// Which sightings count; all where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// Those of this case.
    pub case: Option<String>,
    /// Those of this source.
    pub source: Option<String>,
    /// Those with a posted or archived date whose latest bound lies before this.
    pub posted_before: Option<Timestamp>,
}

/// What an index holds within a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// References with a sighting that counts.
    pub assets: u64,
    /// Of them, videos of which only codec keyframes were looked at.
    pub only_triage: u64,
    /// Their codes that are searched.
    pub codes: u64,
    /// Sightings that count.
    pub sightings: u64,
    /// Earliest bound of their posted or archived dates.
    pub earliest: Option<Timestamp>,
    /// Latest bound of their posted or archived dates.
    pub latest: Option<Timestamp>,
}

impl Limit {
    /// Whether everything counts.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a sighting counts.
    #[must_use]
    pub fn holds(&self, seen: &SightingDraft) -> bool {
        let before = |before: Timestamp| {
            let public = |kind| matches!(kind, DateKind::Posted | DateKind::Archived);
            let dates = seen.dates.iter().filter(|date| public(date.kind));
            dates.filter_map(|date| date.latest).any(|latest| latest < before)
        };
        self.case.as_ref().is_none_or(|case| seen.case.as_ref() == Some(case))
            && self.source.as_ref().is_none_or(|source| seen.source == *source)
            && self.posted_before.is_none_or(before)
    }

    /// The same as a condition on a row `s` of `sighting`, with its values in `values`.
    pub(crate) fn condition(&self, values: &mut Vec<Value>) -> String {
        let mut parts = Vec::new();
        let mut value = |value: Value| {
            values.push(value);
            format!("?{}", values.len())
        };
        if let Some(case) = &self.case {
            parts.push(format!("s.case_name = {}", value(case.clone().into())));
        }
        if let Some(source) = &self.source {
            parts.push(format!("s.source = {}", value(source.clone().into())));
        }
        if let Some(before) = self.posted_before {
            let before = value(stored::micros(before).into());
            parts.push(format!(
                "EXISTS (SELECT 1 FROM sighting_date d WHERE d.sighting = s.num
                 AND d.kind IN ('posted', 'archived') AND d.latest_us < {before})"
            ));
        }
        if parts.is_empty() { "1".to_owned() } else { parts.join(" AND ") }
    }
}

impl Snapshot {
    /// Whether an asset has a sighting that counts; so it has where all do, seen or not.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`].
    pub fn counts(&self, id: &AssetId, limit: &Limit) -> Result<bool, IndexError> {
        Ok(limit.is_none() || self.sightings(id)?.iter().any(|s| limit.holds(&s.seen)))
    }

    /// Counts what the index holds within a limit.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Sql`].
    pub fn within(&self, limit: &Limit) -> Result<Within, IndexError> {
        let mut values = vec![Value::from(self.meta.sequence.cast_signed())];
        let condition = limit.condition(&mut values);
        let (reference, triage) =
            (Role::Reference.stored(), firstseen_model::Profile::Triage.stored());
        let seen = format!("FROM sighting s WHERE s.came <= ?1 AND {condition}");
        self.handle.read(|connection| {
            let all = || rusqlite::params_from_iter(&values);
            let (assets, only_triage) = connection.query_row(
                &format!(
                    "SELECT count(*), count(*) FILTER (WHERE a.profile = {triage} AND d.kind = 'video')
                     FROM asset a JOIN detail d ON d.asset = a.num
                     WHERE a.role = {reference} AND a.came <= ?1 AND a.num IN (SELECT s.asset {seen})"
                ),
                all(),
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
            )?;
            let codes = connection.query_row(
                &format!(
                    "SELECT coalesce(sum(a.searched), 0) FROM asset a
                     WHERE a.role = {reference} AND a.came <= ?1 AND a.num IN (SELECT s.asset {seen})"
                ),
                all(),
                |row| row.get::<_, i64>(0),
            )?;
            let (sightings, earliest, latest) = connection.query_row(
                &format!(
                    "SELECT count(DISTINCT s.num), min(p.earliest_us), max(p.latest_us) FROM sighting s
                     LEFT JOIN sighting_date p ON p.sighting = s.num AND p.kind IN ('posted', 'archived')
                     WHERE s.came <= ?1 AND {condition}"
                ),
                all(),
                |row| {
                    let bound = |at| row.get::<_, Option<i64>>(at);
                    Ok((row.get::<_, i64>(0)?, bound(1)?, bound(2)?))
                },
            )?;
            Ok(Within {
                assets: assets.cast_unsigned(),
                only_triage: only_triage.cast_unsigned(),
                codes: codes.cast_unsigned(),
                sightings: sightings.cast_unsigned(),
                earliest: earliest.and_then(stored::timestamp),
                latest: latest.and_then(stored::timestamp),
            })
        })
    }
}
