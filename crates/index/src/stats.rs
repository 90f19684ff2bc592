//! How much an index holds, and of which time.

use jiff::Timestamp;
use rusqlite::Connection;

use crate::catalogue::meta::Table;
use crate::error::{IndexError, Trouble};
use crate::snapshot::Snapshot;

/// How much an index holds, and of which time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Assets, queries among them.
    pub assets: u64,
    /// Assets that were seen.
    pub references: u64,
    /// Assets that were only asked about.
    pub queries: u64,
    /// Pictures that were seen.
    pub pictures: u64,
    /// Videos that were seen.
    pub videos: u64,
    /// Sightings.
    pub sightings: u64,
    /// Claims.
    pub claims: u64,
    /// Notes that were not taken back.
    pub notes: u64,
    /// Pairs that a person decided on.
    pub decisions: u64,
    /// Recordings that persons made.
    pub recordings: u64,
    /// Codes that are searched.
    pub codes: u64,
    /// Local features of references.
    pub features: u64,
    /// What they take of `bytes`, with the thumbnails of their cutouts.
    pub features_bytes: u64,
    /// Bytes on disk, or in memory.
    pub bytes: u64,
    /// Hours of the videos that were seen.
    pub hours: f64,
    /// Samples of references that are dark, flat or text only, and not searched.
    pub samples_unusable: u64,
    /// Videos among the references of which only codec keyframes were looked at.
    pub only_triage: u64,
    /// References without a frame: damage took their fingerprints, or no frame could be used.
    pub bare: u64,
    /// Earliest bound of a sighting's posted or archived date.
    pub earliest: Option<Timestamp>,
    /// Latest bound of a sighting's posted or archived date.
    pub latest: Option<Timestamp>,
    /// Files of fingerprints.
    pub segments: u64,
    /// Assets in them that have gone, or changed their role, since they were written.
    pub gone: u64,
}

impl Snapshot {
    /// Counts what the index holds.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Sql`].
    pub fn stats(&self) -> Result<Stats, IndexError> {
        let totals = self.meta.totals;
        let references = totals.pictures + totals.videos;
        let assets = self.rows(Table::Asset)?;
        let said = self.statements()?;
        let segments = || self.lives.iter().map(|live| &live.segment);
        let counted = Stats {
            notes: said.notes().filter(|note| note.retracted.is_none()).count() as u64,
            decisions: said.decided() as u64,
            recordings: said.recordings().len() as u64,
            assets,
            references,
            queries: assets.saturating_sub(references),
            pictures: totals.pictures,
            videos: totals.videos,
            only_triage: totals.triage,
            bare: totals.bare,
            hours: totals.videos_us as f64 / 3.6e9,
            codes: totals.held.searched,
            samples_unusable: totals.held.others,
            features: totals.held.features,
            sightings: self.rows(Table::Sighting)?,
            claims: self.rows(Table::Claim)?,
            earliest: self.span.0,
            latest: self.span.1,
            segments: self.lives.len() as u64,
            gone: self.lives.iter().map(|live| live.marks.len() as u64).sum(),
            ..Stats::default()
        };
        let of_features = ["cutouts", "lists", "descriptors", "corners"];
        let features_bytes = segments().flat_map(|segment| segment.sizes());
        let features_bytes = features_bytes.filter(|(section, _)| of_features.contains(section));
        let features_bytes = features_bytes.map(|(_, bytes)| bytes).sum();
        self.handle.read(|connection| {
            let bytes = self.catalogue_bytes(connection)?
                + segments().map(|segment| segment.listed().bytes).sum::<u64>();
            Ok(Stats { bytes, features_bytes, ..counted })
        })
    }

    /// How many rows of a table there are, or were at an earlier moment.
    fn rows(&self, table: Table) -> Result<u64, IndexError> {
        if self.meta.sequence == self.loaded_at {
            return Ok(self.meta.tally(table).rows.cast_unsigned());
        }
        self.handle.read(|connection| {
            let select = format!("SELECT count(*) FROM {} WHERE came <= ?1", table.name());
            let rows: i64 =
                connection
                    .query_row(&select, [self.meta.sequence.cast_signed()], |row| row.get(0))?;
            Ok(rows.cast_unsigned())
        })
    }

    /// Sightings of each source, the most first, then by name.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Sql`].
    pub fn sources(&self) -> Result<Vec<(String, u64)>, IndexError> {
        self.handle.read(|connection| {
            let mut select = connection.prepare(
                "SELECT source, count(*) FROM sighting WHERE came <= ?1 GROUP BY source
                 ORDER BY count(*) DESC, source",
            )?;
            let sources = select.query_map([self.meta.sequence.cast_signed()], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
            })?;
            Ok(sources.collect::<Result<_, _>>()?)
        })
    }

    /// Bytes of each part of the index: the catalogue, and the sections of all segments.
    ///
    /// # Errors
    ///
    /// [`IndexError::Sql`].
    pub fn sizes(&self) -> Result<Vec<(&'static str, u64)>, IndexError> {
        let catalogue = self.handle.read(|connection| self.catalogue_bytes(connection))?;
        let mut sizes = vec![("catalogue", catalogue)];
        for live in &self.lives {
            for (section, bytes) in live.segment.sizes() {
                match sizes.iter_mut().find(|(name, _)| *name == section) {
                    Some((_, sum)) => *sum += bytes,
                    None => sizes.push((section, bytes)),
                }
            }
        }
        Ok(sizes)
    }

    fn catalogue_bytes(&self, connection: &Connection) -> Result<u64, Trouble> {
        let bytes: i64 = connection.query_row(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            [],
            |row| row.get(0),
        )?;
        Ok(bytes.cast_unsigned())
    }
}
