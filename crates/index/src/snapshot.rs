//! Answers from an index as it was at one moment.

use std::sync::OnceLock;

use firstseen_intake::TimeTrack;
use firstseen_media::Metadata;
use firstseen_model::{AssetId, Claim, DateKind, Gap, Sighting};
use jiff::Timestamp;
use rusqlite::Connection;

use crate::catalogue::Handle;
use crate::catalogue::asset::{Asset, Detail, Said};
use crate::catalogue::claim::ClaimRow;
use crate::catalogue::file::FileRow;
use crate::catalogue::meta::Meta;
use crate::catalogue::sighting::SightingRow;
use crate::error::{IndexError, Trouble};
use crate::live::{Live, Window};
use crate::moment::content_at;
use crate::name::SnapshotId;
use crate::part::{row_of, sample_id};
use crate::segment::Entry;
use crate::shelves::listed;
use crate::statements::Statements;
use crate::store::Store;
use crate::stored;
use crate::{FileSeen, Role, SampleId, StoredAsset, StoredSample};

/// An index at one moment, its segments open.
pub struct Snapshot {
    pub(crate) handle: Handle,
    /// As of its moment: an earlier one has the sequence number and content of then.
    pub(crate) meta: Meta,
    /// Sequence number of the index when it was taken.
    pub(crate) loaded_at: u64,
    /// Its own segments, then those of `beside`.
    pub(crate) lives: Vec<Live>,
    /// Earliest and latest bound of sightings' posted and archived dates.
    pub(crate) span: (Option<Timestamp>, Option<Timestamp>),
    /// Read when they are first asked for.
    pub(crate) statements: OnceLock<Statements>,
    /// Set once the list of ids in metadata was tested to be whole.
    pub(crate) markers: OnceLock<()>,
    /// An index that answers with it, of assets that this one does not have.
    pub(crate) beside: Option<Box<Snapshot>>,
}

/// Chooses what is seen of an index; all of it where that is `None`.
pub(crate) type Choose<'a> = dyn Fn(&Meta) -> Result<Option<Window>, Trouble> + 'a;

impl Snapshot {
    pub(crate) fn load(
        handle: Handle,
        store: &Store,
        choose: &Choose<'_>,
    ) -> Result<Self, IndexError> {
        let loaded = handle.read(|connection| {
            let mut meta = Meta::load(connection)?;
            let loaded_at = meta.sequence;
            let all = Window { after: 0, upto: loaded_at };
            let window = choose(&meta)?.unwrap_or(all);
            let mut lives = Vec::new();
            // Opened within the transaction: until it ends, no writer takes a segment away.
            for (row, marks) in listed(connection, &meta)? {
                let segment = store.open(&row.listed)?;
                let plain = window == all && marks.is_empty() && row.queries == 0;
                lives.push(Live { segment, row, marks, window, plain });
            }
            if window != all {
                (meta.content, meta.totals) = content_at(connection, window)?;
                meta.sequence = window.upto;
            }
            Ok((meta, loaded_at, lives, span(connection, (window != all).then_some(window))?))
        });
        let (meta, loaded_at, lives, span) = loaded?;
        let (statements, markers, beside) = (OnceLock::new(), OnceLock::new(), None);
        Ok(Self { handle, meta, loaded_at, lives, span, statements, markers, beside })
    }

    /// Lets another index answer with this one, of the assets that this one does not have. Its name stays this one's; so
    /// does what is counted.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn with(mut self, mut beside: Self) -> Result<Self, IndexError> {
        let own = self.lives.len();
        for mut live in std::mem::take(&mut beside.lives) {
            self.hide_known(&mut live, own)
                .map_err(|trouble| trouble.of(&beside.handle.location, 0))?;
            self.lives.push(live.clone());
            beside.lives.push(live);
        }
        self.beside = Some(Box::new(beside));
        Ok(self)
    }

    /// Marks what the first `own` segments have as gone from another.
    fn hide_known(&self, live: &mut Live, own: usize) -> Result<(), Trouble> {
        use crate::catalogue::segment::{Fate, Mark};
        let mut known = Vec::new();
        for entry in live.entries() {
            let (ordinal, entry) = entry?;
            for ours in &self.lives[..own] {
                if ours.find(&entry.id)?.is_some_and(|(_, ours)| ours.role == Role::Reference) {
                    known.push((ordinal, entry.came));
                    break;
                }
            }
        }
        for (ordinal, came) in known {
            let mark = Mark { segment: live.row.num, ordinal, fate: Fate::Gone, came };
            live.marks.insert(ordinal, mark);
            live.plain = false;
        }
        Ok(())
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> SnapshotId {
        self.meta.id()
    }

    /// What is known of an asset itself; `None` where it is not in the index.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`]; so do all that read an asset.
    pub fn asset(&self, id: &AssetId) -> Result<Option<StoredAsset>, IndexError> {
        if let Some(beside) = self.elsewhere(id)? {
            return beside.asset(id);
        }
        let Some(known) = self.known(id)? else { return Ok(None) };
        let stored = self.of(id, |connection, asset| {
            let detail = Detail::load(connection, asset)?;
            let files = FileRow::of_asset(connection, asset, detail.files)?;
            let live = files.into_iter().filter(|row| row.lives_at(self.meta.sequence));
            let sightings = self.sightings_of(connection, asset, &detail)?;
            let title = sightings
                .into_iter()
                .map(|sighting| sighting.seen.title)
                .find(|title| !title.is_empty());
            Ok(StoredAsset {
                facts: detail.facts,
                profile: asset.profile,
                role: known.role,
                paths: live.map(|row| row.file.path).collect(),
                title,
                added_at: detail.added_at,
            })
        })?;
        Ok(stored)
    }

    /// The file that lies at a path, as it was when it was read, and its asset.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`]. A path that is not found is only read again, so that no more than its own row is tested.
    pub fn file(&self, path: &[u8]) -> Result<Option<(FileSeen, AssetId)>, IndexError> {
        self.handle.read(|connection| {
            let Some(row) = FileRow::find(connection, path)? else { return Ok(None) };
            let asset = Asset::find_by_number(connection, row.asset)?;
            let asset = asset.filter(|asset| asset.came <= self.meta.sequence);
            Ok(asset.map(|asset| (row.file, asset.id)))
        })
    }

    /// The samples of an asset, by time. None where it is not in the index; so with all that follow.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn samples(&self, id: &AssetId) -> Result<Vec<StoredSample>, IndexError> {
        let read = || {
            let Some((at, _, entry)) = self.place(id)? else { return Ok(Vec::new()) };
            let mut samples = Vec::new();
            for row in entry.searched.chain(entry.others) {
                samples.push(self.sample(at, row)?);
            }
            samples.sort_by_key(|sample| (sample.at, sample.id));
            Ok(samples)
        };
        read().map_err(|trouble: Trouble| self.error(trouble))
    }

    fn sample(&self, at: usize, number: u32) -> Result<StoredSample, Trouble> {
        let segment = &self.lives[at].segment;
        let row = segment.row(number)?;
        Ok(StoredSample {
            id: sample_id(at, number),
            at: row.at,
            shot: row.shot,
            texture: row.texture,
            gate: row.gate,
            pdq: segment.code(number)?,
            pdq_quality: row.pdq_quality,
            gradient: row.gradient,
        })
    }

    /// The thumbnails of samples, in their order: grey JPEGs; `None` where none was kept.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn thumbnails(&self, samples: &[SampleId]) -> Result<Vec<Option<Vec<u8>>>, IndexError> {
        let read = samples.iter().map(|sample| {
            let (live, row) = self.row_of(*sample)?;
            live.segment.thumbnail(row)
        });
        let read: Result<_, Trouble> = read.collect();
        read.map_err(|trouble| self.error(trouble))
    }

    /// The segment and row of a sample.
    pub(crate) fn row_of(&self, sample: SampleId) -> Result<(&Live, u32), Trouble> {
        let (at, row) = row_of(sample);
        let live = self.lives.get(at).filter(|live| row < live.segment.rows());
        Ok((live.ok_or(Trouble::Changed)?, row))
    }

    /// The time track of an asset, if it has one.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn track(&self, id: &AssetId) -> Result<Option<TimeTrack>, IndexError> {
        let read = || {
            let Some((at, ordinal, _)) = self.place(id)? else { return Ok(None) };
            let codes = self.lives[at].segment.track(ordinal)?;
            Ok(codes.map(|codes| TimeTrack { codes, variants: Vec::new() }))
        };
        read().map_err(|trouble: Trouble| self.error(trouble))
    }

    /// Where an asset was seen: by the earliest posted or archived date, those without one last, then by id.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`].
    pub fn sightings(&self, id: &AssetId) -> Result<Vec<Sighting>, IndexError> {
        let sightings = self.of(id, |connection, asset| {
            let detail = Detail::load(connection, asset)?;
            self.sightings_of(connection, asset, &detail)
        })?;
        let mut sightings = sightings.unwrap_or_default();
        if let Some(beside) = &self.beside {
            sightings.extend(beside.sightings(id)?);
            in_order(&mut sightings);
            sightings.dedup();
        }
        Ok(sightings)
    }

    /// What is said of an asset, by id.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`].
    pub fn claims(&self, id: &AssetId) -> Result<Vec<Claim>, IndexError> {
        let rows = self.of(id, |connection, asset| {
            ClaimRow::of_asset(connection, asset, Detail::load(connection, asset)?.claims)
        })?;
        let mut rows = rows.unwrap_or_default();
        rows.retain(|row| row.came <= self.meta.sequence);
        rows.sort_by_key(|row| row.id);
        let mut claims: Vec<_> = rows.into_iter().map(|row| row.claim).collect();
        if let Some(beside) = &self.beside {
            claims.extend(beside.claims(id)?);
            claims.sort_by_key(Claim::id);
            claims.dedup();
        }
        Ok(claims)
    }

    /// What an asset's file says of itself; `None` where it is not in the index.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`].
    pub fn metadata(&self, id: &AssetId) -> Result<Option<Metadata>, IndexError> {
        if let Some(beside) = self.elsewhere(id)? {
            return beside.metadata(id);
        }
        self.of(id, |connection, asset| Said::load(connection, asset)?.metadata(asset.id))
    }

    /// What could not be looked at when an asset was read.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`].
    pub fn gaps(&self, id: &AssetId) -> Result<Vec<Gap>, IndexError> {
        if let Some(beside) = self.elsewhere(id)? {
            return beside.gaps(id);
        }
        let gaps =
            self.of(id, |connection, asset| Said::load(connection, asset)?.gaps(asset.id))?;
        Ok(gaps.unwrap_or_default())
    }

    /// The assets that were seen, by SHA-256.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn references(&self) -> Result<Vec<AssetId>, IndexError> {
        self.ids(|entry| entry.role == Role::Reference)
    }

    /// Every asset, remembered queries too, by SHA-256.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn all(&self) -> Result<Vec<AssetId>, IndexError> {
        self.ids(|_| true)
    }

    fn ids(&self, which: impl Fn(&Entry) -> bool) -> Result<Vec<AssetId>, IndexError> {
        let entries = self.lives.iter().flat_map(Live::entries);
        let ids = entries.filter_map(|entry| match entry {
            Ok((_, entry)) => which(&entry).then_some(Ok(entry.id)),
            Err(trouble) => Some(Err(trouble)),
        });
        let ids: Result<Vec<_>, _> = ids.collect();
        let mut ids = ids.map_err(|trouble| self.error(trouble))?;
        ids.sort_unstable();
        Ok(ids)
    }

    /// What an asset is to the index; `None` where it is not in it.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn role(&self, id: &AssetId) -> Result<Option<Role>, IndexError> {
        Ok(self.known(id)?.map(|entry| entry.role))
    }

    pub(crate) fn known(&self, id: &AssetId) -> Result<Option<Entry>, IndexError> {
        let place = self.place(id).map_err(|trouble| self.error(trouble))?;
        Ok(place.map(|(_, _, entry)| entry))
    }

    /// The segment that an asset lies in, and its place there. Each segment has a list of its assets that is tested, so
    /// what is not found is not there.
    pub(crate) fn place(&self, id: &AssetId) -> Result<Option<(usize, u32, Entry)>, Trouble> {
        for (at, live) in self.lives.iter().enumerate() {
            if let Some((ordinal, entry)) = live.find(id)? {
                return Ok(Some((at, ordinal, entry)));
            }
        }
        Ok(None)
    }

    /// The index beside this one, if that is where an asset lies.
    fn elsewhere(&self, id: &AssetId) -> Result<Option<&Self>, IndexError> {
        let Some(beside) = &self.beside else { return Ok(None) };
        let own = self.lives.len() - beside.lives.len();
        let place = self.place(id).map_err(|trouble| self.error(trouble))?;
        Ok(place.filter(|(at, ..)| *at >= own).map(|_| &**beside))
    }

    pub(crate) fn error(&self, trouble: Trouble) -> IndexError {
        trouble.of(&self.handle.location, 0)
    }

    /// Reads of an asset, in one transaction; `None` where it is not in this snapshot.
    pub(crate) fn of<T>(
        &self,
        id: &AssetId,
        read: impl FnOnce(&Connection, &Asset) -> Result<T, Trouble>,
    ) -> Result<Option<T>, IndexError> {
        let own = self.lives.len() - self.beside.as_ref().map_or(0, |beside| beside.lives.len());
        let place = self.place(id).map_err(|trouble| self.error(trouble))?;
        let Some((.., known)) = place.filter(|(at, ..)| *at < own) else { return Ok(None) };
        let answer = self.handle.read(|connection| {
            let asset = Asset::find_by_number(connection, known.num)?;
            let asset = asset.filter(|asset| asset.id == *id);
            read(connection, &asset.ok_or_else(|| self.gone(connection, "asset", Some(*id)))?)
        });
        answer.map(Some)
    }

    pub(crate) fn sightings_of(
        &self,
        connection: &Connection,
        asset: &Asset,
        detail: &Detail,
    ) -> Result<Vec<Sighting>, Trouble> {
        let mut rows = SightingRow::of_asset(connection, asset, detail.sightings)?;
        rows.retain(|row| row.came <= self.meta.sequence);
        let mut sightings: Vec<_> = rows.into_iter().map(|row| row.sighting).collect();
        in_order(&mut sightings);
        Ok(sightings)
    }

    /// What it means that something is not there any more: a later commit, or damage.
    pub(crate) fn gone(
        &self,
        connection: &Connection,
        table: &'static str,
        asset: Option<AssetId>,
    ) -> Trouble {
        match Meta::load(connection) {
            Ok(meta) if meta.sequence == self.loaded_at => {
                Trouble::rows(table, asset, "a row is missing")
            }
            Ok(_) => Trouble::Changed,
            Err(trouble) => trouble,
        }
    }
}

/// By the earliest posted or archived date, those without one last, then by id.
fn in_order(sightings: &mut [Sighting]) {
    let first = |sighting: &Sighting| {
        let dates = sighting.seen.dates.iter();
        let dates = dates.filter(|date| matches!(date.kind, DateKind::Posted | DateKind::Archived));
        dates.filter_map(|date| date.latest).min()
    };
    sightings.sort_by_cached_key(|sighting| {
        let first = first(sighting);
        (first.is_none(), first, sighting.id())
    });
}

/// Earliest and latest bound of sightings' posted and archived dates; of all, or of those that came within a window.
fn span(
    connection: &Connection,
    window: Option<Window>,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Trouble> {
    let of = window.map_or_else(String::new, |Window { after, upto }| {
        format!(
            "AND sighting IN (SELECT num FROM sighting WHERE came > {after} AND came <= {upto})"
        )
    });
    let bound = |select: &str| -> Result<Option<Timestamp>, Trouble> {
        let mut select = connection.prepare_cached(&format!(
            "SELECT {select} FROM sighting_date WHERE kind IN ('posted', 'archived') {of}"
        ))?;
        let bound: Option<i64> = select.query_row([], |row| row.get(0))?;
        Ok(bound.and_then(stored::timestamp))
    };
    Ok((bound("min(earliest_us)")?, bound("max(latest_us)")?))
}
