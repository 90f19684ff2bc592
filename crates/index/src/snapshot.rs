//! Answers from an index as it was at one moment.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use firstseen_intake::TimeTrack;
use firstseen_media::Metadata;
use firstseen_model::{AssetId, Claim, DateKind, Gap, Sighting};
use rusqlite::Connection;

use crate::catalogue::Handle;
use crate::catalogue::asset::{Asset, Detail, Said};
use crate::catalogue::claim::ClaimRow;
use crate::catalogue::file::FileRow;
use crate::catalogue::meta::{Meta, Table};
use crate::catalogue::sample::{SampleRow, Thumbnail, track_from_bytes};
use crate::catalogue::sighting::SightingRow;
use crate::checksum::Tally;
use crate::error::{IndexError, Trouble};
use crate::features::ReferenceFeatures;
use crate::near::ReferenceCodes;
use crate::spool::Spool;
use crate::statements::Statements;
use crate::{FileSeen, Role, SampleId, StoredAsset, StoredSample};

/// An index at one moment, with the codes of its references in memory.
pub struct Snapshot {
    pub(crate) handle: Handle,
    pub(crate) spool: Spool,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) meta: Meta,
    /// By number.
    pub(crate) assets: Vec<Known>,
    pub(crate) codes: ReferenceCodes,
    /// Of the cutouts of all references.
    pub(crate) cutouts: Tally,
    /// Loaded when they are first searched, by whoever holds `loading`.
    pub(crate) features: OnceLock<ReferenceFeatures>,
    pub(crate) loading: Mutex<()>,
    /// Read when they are first asked for.
    pub(crate) statements: OnceLock<Statements>,
    /// Set once the list of ids in metadata was tested to be whole.
    pub(crate) markers: OnceLock<()>,
    /// First bytes of the id and place in `assets`, sorted. Made when an asset is first asked for.
    by_id: OnceLock<Vec<(u64, u32)>>,
}

/// What is kept in memory of every asset.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    pub(crate) num: i64,
    pub(crate) id: AssetId,
    pub(crate) role: Role,
}

/// Names a moment of an index: the same name, the same answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SnapshotId {
    /// The index's own random name; zero in memory.
    pub log: [u8; 16],
    /// Number of the commit.
    pub sequence: u64,
    /// Sum of the BLAKE3 of all live records: the same for the same content, however it came there.
    pub content: [u8; 32],
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.log[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "-{}-", self.sequence)?;
        self.content[..16].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Snapshot {
    pub(crate) fn load(
        handle: Handle,
        spool: Spool,
        folder: Option<&Path>,
    ) -> Result<Self, IndexError> {
        let loaded = handle.read(|connection| {
            let meta = Meta::load(connection)?;
            let (assets, samples, cutouts) = load_assets(connection, &meta)?;
            let codes = ReferenceCodes::load(connection, &assets, &samples)?;
            Ok((meta, assets, codes, cutouts))
        });
        let (meta, assets, codes, cutouts) = loaded?;
        let folder = folder.map(Path::to_owned);
        let (features, loading, by_id) = (OnceLock::new(), Mutex::new(()), OnceLock::new());
        let (statements, markers) = (OnceLock::new(), OnceLock::new());
        Ok(Self {
            handle,
            spool,
            folder,
            meta,
            assets,
            codes,
            cutouts,
            features,
            loading,
            statements,
            markers,
            by_id,
        })
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
        let Some(known) = self.known(id) else { return Ok(None) };
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
            let known = self.assets.binary_search_by_key(&row.asset, |known| known.num);
            Ok(known.ok().map(|at| (row.file, self.assets[at].id)))
        })
    }

    /// The samples of an asset, by time. None where it is not in the index; so with all that follow.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`].
    pub fn samples(&self, id: &AssetId) -> Result<Vec<StoredSample>, IndexError> {
        let rows = self.of(id, SampleRow::of_asset)?.unwrap_or_default();
        Ok(rows.into_iter().map(|row| row.stored).collect())
    }

    /// The thumbnails of samples, in their order: grey JPEGs; `None` where none was kept.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`] where a sample has gone since.
    pub fn thumbnails(&self, samples: &[SampleId]) -> Result<Vec<Option<Vec<u8>>>, IndexError> {
        let extents = self.handle.read(|connection| {
            let mut extents = BTreeMap::new();
            for asset in self.assets_of(connection, samples.iter().copied())? {
                let known = Detail::load(connection, &asset)?.thumbnails;
                let thumbnails = Thumbnail::of_asset(connection, &asset, known)?;
                extents.extend(
                    thumbnails.into_iter().map(|thumbnail| (thumbnail.sample, thumbnail.extent)),
                );
            }
            Ok(extents)
        })?;
        let read = |sample| extents.get(sample).map(|extent| self.spool.read(extent)).transpose();
        let read: Result<_, Trouble> = samples.iter().map(read).collect();
        read.map_err(|trouble| trouble.of(&self.handle.location, 0))
    }

    /// The time track of an asset, if it has one.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`].
    pub fn track(&self, id: &AssetId) -> Result<Option<TimeTrack>, IndexError> {
        let track =
            self.of(id, |connection, asset| match Detail::load(connection, asset)?.track {
                Some(extent) => Ok(Some(track_from_bytes(&self.spool.read(&extent)?))),
                None => Ok(None),
            })?;
        Ok(track.flatten())
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
        Ok(sightings.unwrap_or_default())
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
        Ok(rows.into_iter().map(|row| row.claim).collect())
    }

    /// What an asset's file says of itself; `None` where it is not in the index.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`].
    pub fn metadata(&self, id: &AssetId) -> Result<Option<Metadata>, IndexError> {
        self.of(id, |connection, asset| Said::load(connection, asset)?.metadata(asset.id))
    }

    /// What could not be looked at when an asset was read.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`].
    pub fn gaps(&self, id: &AssetId) -> Result<Vec<Gap>, IndexError> {
        let gaps =
            self.of(id, |connection, asset| Said::load(connection, asset)?.gaps(asset.id))?;
        Ok(gaps.unwrap_or_default())
    }

    /// The assets that were seen, in the order in which they came.
    pub fn references(&self) -> impl Iterator<Item = AssetId> {
        self.assets.iter().filter(|known| known.role == Role::Reference).map(|known| known.id)
    }

    /// Every asset, remembered queries too, by SHA-256.
    #[must_use]
    pub fn all(&self) -> Vec<AssetId> {
        let mut ids: Vec<AssetId> = self.assets.iter().map(|known| known.id).collect();
        ids.sort_unstable();
        ids
    }

    /// What an asset is to the index; `None` where it is not in it.
    #[must_use]
    pub fn role(&self, id: &AssetId) -> Option<Role> {
        self.known(id).map(|known| known.role)
    }

    pub(crate) fn known(&self, id: &AssetId) -> Option<&Known> {
        let prefix = |id: &AssetId| u64::from_be_bytes(std::array::from_fn(|i| id.0[i]));
        let by_id = self.by_id.get_or_init(|| {
            let mut by_id: Vec<_> =
                self.assets.iter().map(|known| prefix(&known.id)).zip(0..).collect();
            by_id.sort_unstable();
            by_id
        });
        let asked = prefix(id);
        let first = by_id.partition_point(|(prefix, _)| *prefix < asked);
        let same = by_id[first..].iter().take_while(|(prefix, _)| *prefix == asked);
        same.map(|(_, at)| &self.assets[*at as usize]).find(|known| known.id == *id)
    }

    /// Reads of an asset, in one transaction; `None` where it is not in this snapshot.
    pub(crate) fn of<T>(
        &self,
        id: &AssetId,
        read: impl FnOnce(&Connection, &Asset) -> Result<T, Trouble>,
    ) -> Result<Option<T>, IndexError> {
        let Some(known) = self.known(id) else { return Ok(None) };
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
        let first = |sighting: &Sighting| {
            let dates = sighting.seen.dates.iter();
            let dates =
                dates.filter(|date| matches!(date.kind, DateKind::Posted | DateKind::Archived));
            dates.filter_map(|date| date.latest).min()
        };
        rows.sort_by_cached_key(|row| {
            let first = first(&row.sighting);
            (first.is_none(), first, row.id)
        });
        Ok(rows.into_iter().map(|row| row.sighting).collect())
    }

    /// What it means that something is not there any more: a later commit, or damage.
    pub(crate) fn gone(
        &self,
        connection: &Connection,
        table: &'static str,
        asset: Option<AssetId>,
    ) -> Trouble {
        match Meta::load(connection) {
            Ok(meta) if meta.sequence == self.meta.sequence => {
                Trouble::rows(table, asset, "a row is missing")
            }
            Ok(_) => Trouble::Changed,
            Err(trouble) => trouble,
        }
    }
}

/// All assets by number, for each the tally of its samples, and that of all references' cutouts.
fn load_assets(
    connection: &Connection,
    meta: &Meta,
) -> Result<(Vec<Known>, Vec<Tally>, Tally), Trouble> {
    let (mut assets, mut samples) = (Vec::new(), Vec::new());
    let (mut tally, mut cutouts) = (Tally::default(), Tally::default());
    Asset::for_each(connection, |asset| {
        tally.add(asset.sum());
        samples.push(asset.samples);
        if asset.role == Role::Reference {
            cutouts.join(asset.cutouts);
        }
        assets.push(Known { num: asset.num, id: asset.id, role: asset.role });
    })?;
    // Whatever is "not in this index" was looked for in a whole list.
    if tally != meta.tally(Table::Asset) {
        return Err(Trouble::rows("asset", None, "rows are missing or doubled"));
    }
    Ok((assets, samples, cutouts))
}
