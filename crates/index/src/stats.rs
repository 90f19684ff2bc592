//! How much an index holds, and of which time.

use std::fs;

use firstseen_model::{MediaKind, Profile};
use jiff::Timestamp;
use rusqlite::Connection;

use crate::Role;
use crate::catalogue::meta::Table;
use crate::error::{IndexError, Trouble};
use crate::snapshot::Snapshot;
use crate::stored::{self, Stored};

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
    /// Earliest bound of a sighting's posted or archived date.
    pub earliest: Option<Timestamp>,
    /// Latest bound of a sighting's posted or archived date.
    pub latest: Option<Timestamp>,
    /// Sightings of each source, the most first, then by name.
    pub sources: Vec<(String, u64)>,
}

impl Snapshot {
    /// Counts what the index holds.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Sql`].
    pub fn stats(&self) -> Result<Stats, IndexError> {
        let references = self.references().count() as u64;
        let assets = self.assets.len() as u64;
        let said = self.statements()?;
        let counted = Stats {
            notes: said.notes().filter(|note| note.retracted.is_none()).count() as u64,
            decisions: said.decided() as u64,
            recordings: said.recordings().len() as u64,
            assets,
            references,
            queries: assets - references,
            codes: self.codes() as u64,
            samples_unusable: self.codes.gated,
            sightings: self.meta.tally(Table::Sighting).rows.cast_unsigned(),
            claims: self.meta.tally(Table::Claim).rows.cast_unsigned(),
            ..Stats::default()
        };
        self.handle.read(|connection| {
            let stats = self.ask(connection, counted)?;
            Ok(Stats { bytes: self.bytes(connection)?, ..stats })
        })
    }

    fn ask(&self, connection: &Connection, mut stats: Stats) -> Result<Stats, Trouble> {
        let sequence = self.meta.sequence.cast_signed();
        let mut select = connection.prepare(
            "SELECT count(*), total(d.duration_us), count(*) FILTER (WHERE a.profile = ?4)
             FROM asset a JOIN detail d ON d.asset = a.num WHERE a.came <= ?1 AND d.kind = ?2 AND a.role = ?3",
        )?;
        let (role, profile) = (Role::Reference.stored(), Profile::Triage.stored());
        let mut count = |kind: MediaKind| {
            select.query_row((sequence, kind.stored(), role, profile), |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, f64>(1)?, row.get::<_, i64>(2)?))
            })
        };
        let (videos, micros, triage) = count(MediaKind::Video)?;
        stats.pictures = count(MediaKind::Picture)?.0.cast_unsigned();
        stats.videos = videos.cast_unsigned();
        stats.only_triage = triage.cast_unsigned();
        stats.hours = micros / 3.6e9;
        let (features, bytes) = connection.query_row(
            "SELECT coalesce(sum(c.features), 0), coalesce(sum(c.bytes), 0) FROM cutout c
             JOIN sample s ON s.id = c.sample JOIN asset a ON a.num = s.asset WHERE a.came <= ?1 AND a.role = ?2",
            (sequence, role),
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
        )?;
        stats.features = features.cast_unsigned();
        stats.features_bytes = bytes.cast_unsigned();
        let (earliest, latest) = connection.query_row(
            "SELECT min(d.earliest_us), max(d.latest_us) FROM sighting_date d JOIN sighting s ON s.num = d.sighting
             WHERE s.came <= ?1 AND d.kind IN ('posted', 'archived')",
            [sequence],
            |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?)),
        )?;
        stats.earliest = earliest.and_then(stored::timestamp);
        stats.latest = latest.and_then(stored::timestamp);
        let mut select = connection.prepare(
            "SELECT source, count(*) FROM sighting WHERE came <= ?1 GROUP BY source ORDER BY count(*) DESC, source",
        )?;
        let sources = select.query_map([sequence], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
        })?;
        stats.sources = sources.collect::<Result<_, _>>()?;
        Ok(stats)
    }

    fn bytes(&self, connection: &Connection) -> Result<u64, Trouble> {
        let Some(folder) = &self.folder else {
            let catalogue: i64 = connection.query_row(
                "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                [],
                |row| row.get(0),
            )?;
            return Ok(catalogue.cast_unsigned() + self.spool.len()?);
        };
        let failed = |source| Trouble::Io { path: folder.display().to_string(), source };
        let entries = fs::read_dir(folder).map_err(failed)?;
        // A journal may go away meanwhile.
        Ok(entries.filter_map(|entry| entry.ok()?.metadata().ok()).map(|file| file.len()).sum())
    }
}
