//! Puts records into an index.

use std::sync::PoisonError;

use firstseen_model::{Claim, Profile, Sighting};
use jiff::Timestamp;
use rusqlite::Connection;

use crate::catalogue::Handle;
use crate::catalogue::asset::{Asset, Detail, Held, Said, content_in_role};
use crate::catalogue::claim::ClaimRow;
use crate::catalogue::file::FileRow;
use crate::catalogue::meta::{Meta, Table, Totals};
use crate::catalogue::sighting::SightingRow;
use crate::catalogue::{marker, words};
use crate::checksum::Tally;
use crate::error::{IndexError, Trouble};
use crate::lock::Lock;
use crate::name::SnapshotId;
use crate::part::{content_of, held, part_of};
use crate::remove::{Removed, Selection};
use crate::shelves::Shelves;
use crate::store::Store;
use crate::{Entry, FileSeen, Role};

/// The one writer of an index. What was not committed when it is dropped never was.
pub struct Writer {
    pub(crate) handle: Handle,
    pub(crate) batch: Batch,
    committed: Meta,
    state: State,
    _lock: Lock,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    InTransaction,
    /// An error rolled everything back since the last commit.
    Ended,
}

/// What a put came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    /// What became of the asset.
    pub asset: PutAsset,
    /// Sightings that were not known.
    pub new_sightings: usize,
    /// Claims that were not known.
    pub new_claims: usize,
}

/// What became of an asset that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutAsset {
    /// It was not known.
    New,
    /// It was known as a query only, and is a reference now; what is richer was taken over too.
    Promoted,
    /// It was known by a poorer profile or without local features, and its fingerprint was replaced.
    Upgraded,
    /// It was known; its fingerprint stays.
    Known,
}

impl Writer {
    pub(crate) fn start(
        handle: Handle,
        store: Store,
        lock: Lock,
        now: Timestamp,
    ) -> Result<Self, IndexError> {
        let (meta, shelves) = handle.read(|connection| {
            let meta = Meta::load(connection)?;
            Ok((meta, Shelves::load(connection, &meta, store)?))
        })?;
        let (next_sequence, changed) = (meta.sequence + 1, false);
        let batch = Batch { meta, shelves, now, next_sequence, changed };
        Ok(Self { handle, batch, committed: meta, state: State::Idle, _lock: lock })
    }

    /// Puts what is known of a file into the index; it is there for others after [`Writer::commit`].
    ///
    /// A richer fingerprint replaces a poorer one, and a poorer one is ignored: richer is one of a richer profile, or of
    /// the same one with local features where there were none, that lacks nothing of the other. A sighting or claim that is
    /// known is not added again and moves nothing. A path that held another asset moves to this one.
    ///
    /// # Errors
    ///
    /// [`IndexError::OfAnotherAsset`] changes nothing. Any other error undoes everything since the last commit and
    /// ends this writer: [`IndexError::Damaged`], [`IndexError::Full`], [`IndexError::Io`], [`IndexError::Sql`].
    pub fn put(&mut self, entry: &Entry<'_>) -> Result<Put, IndexError> {
        let expected = entry.record.asset.id;
        let assets =
            entry.sightings.iter().map(|s| s.asset).chain(entry.claims.iter().map(|c| c.asset));
        if let Some(found) = assets.into_iter().find(|asset| *asset != expected) {
            return Err(IndexError::OfAnotherAsset { expected, found });
        }
        self.change(|batch, connection| batch.put(connection, entry))
    }

    /// Removes what is selected, and leaves a tombstone of each thing; gone for others after [`Writer::commit`].
    ///
    /// # Errors
    ///
    /// As [`Writer::put`].
    pub fn remove(&mut self, what: &Selection) -> Result<Removed, IndexError> {
        self.change(|batch, connection| batch.remove(connection, what))
    }

    /// Now, as what is stated is dated.
    pub(crate) fn now(&self) -> Timestamp {
        self.batch.now
    }

    /// Brings everything to the disk: a segment first, then the catalogue, whose commit counts.
    ///
    /// # Errors
    ///
    /// Undoes everything since the last commit and ends this writer: [`IndexError::Full`], [`IndexError::Busy`] where
    /// a reader does not let go, [`IndexError::Io`], [`IndexError::Sql`].
    pub fn commit(&mut self) -> Result<SnapshotId, IndexError> {
        if self.state == State::Idle {
            return Ok(self.committed.id());
        }
        self.change(Batch::finish)?;
        self.with_connection(|connection| Ok(connection.execute_batch("COMMIT")?))?;
        self.state = State::Idle;
        self.committed = self.batch.meta;
        self.batch.next_sequence = self.committed.sequence + 1;
        // What was merged is kept by the readers that opened it; what cannot be taken away now is by the next writer.
        let _ = self.batch.shelves.sweep();
        Ok(self.committed.id())
    }

    /// Runs one change inside the transaction, which it starts where there is none.
    pub(crate) fn change<T>(
        &mut self,
        change: impl FnOnce(&mut Batch, &Connection) -> Result<T, Trouble>,
    ) -> Result<T, IndexError> {
        match self.state {
            State::Ended => {
                return Err(IndexError::Ended { index: self.handle.location.to_string() });
            }
            State::InTransaction => {}
            State::Idle => {
                self.with_connection(
                    |connection| Ok(connection.execute_batch("BEGIN IMMEDIATE")?),
                )?;
                self.state = State::InTransaction;
            }
        }
        let connection = self.handle.connection.clone();
        let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut self.batch, &connection);
        drop(connection);
        changed.map_err(|trouble| self.end(trouble))
    }

    fn with_connection<T>(
        &mut self,
        act: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, IndexError> {
        let done = act(&self.handle.connection.lock().unwrap_or_else(PoisonError::into_inner));
        done.map_err(|trouble| self.end(trouble))
    }

    pub(crate) fn end(&mut self, trouble: Trouble) -> IndexError {
        let needed = self.batch.shelves.needed_bytes();
        self.roll_back();
        self.state = State::Ended;
        trouble.of(&self.handle.location, needed)
    }

    fn roll_back(&mut self) {
        let connection = self.handle.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if self.state == State::InTransaction && !connection.is_autocommit() {
            // Where this fails, closing the connection or the next opening rolls back.
            let _ = connection.execute_batch("ROLLBACK");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.state == State::InTransaction {
            self.roll_back();
        }
    }
}

/// What is being written since the last commit.
pub(crate) struct Batch {
    pub(crate) meta: Meta,
    pub(crate) shelves: Shelves,
    pub(crate) now: Timestamp,
    /// The sequence number that the commit will have.
    pub(crate) next_sequence: u64,
    pub(crate) changed: bool,
}

impl Batch {
    fn put(&mut self, connection: &Connection, entry: &Entry<'_>) -> Result<Put, Trouble> {
        let id = entry.record.asset.id;
        let (mut asset, mut detail, before, what) = match self.shelves.asset(connection, id)? {
            Some(mut asset) => {
                let mut detail = Detail::load(connection, &asset)?;
                let before = (asset, detail.clone());
                self.forget(&asset, &detail);
                let what = self.renew(connection, &mut asset, &mut detail, entry)?;
                (asset, detail, Some(before), what)
            }
            None => {
                let (asset, detail) = self.begin(connection, entry)?;
                (asset, detail, None, PutAsset::New)
            }
        };
        let new_sightings = self.put_sightings(connection, &mut detail, entry.sightings)?;
        let new_claims = self.put_claims(connection, &mut detail, entry.claims)?;
        if let Some(file) = entry.file {
            self.put_file(connection, &mut asset, &mut detail, file)?;
        }
        if before.as_ref() != Some(&(asset, detail.clone())) {
            asset.update(connection)?;
            detail.save(connection)?;
        }
        self.learn(&asset, &detail);
        self.changed |= what != PutAsset::Known || new_sightings + new_claims > 0;
        Ok(Put { asset: what, new_sightings, new_claims })
    }

    /// Writes an asset that was not known.
    fn begin(
        &mut self,
        connection: &Connection,
        entry: &Entry<'_>,
    ) -> Result<(Asset, Detail), Trouble> {
        let record = entry.record;
        let (num, none) = (self.meta.number(), Tally::default());
        let (id, profile, came) = (record.asset.id, record.profile, self.next_sequence);
        let (role, held) = (entry.role, Held::default());
        let mut asset = Asset { num, id, role, profile, came, held };
        asset.insert(connection)?;
        let mut detail = Detail {
            asset: num,
            facts: record.asset.clone(),
            added_at: self.now,
            content: [0; 32],
            sightings: none,
            claims: none,
            files: none,
        };
        self.fingerprint(connection, &mut asset, &mut detail, entry)?;
        Ok((asset, detail))
    }

    /// Takes over what `entry` has more than a known asset.
    fn renew(
        &mut self,
        connection: &Connection,
        asset: &mut Asset,
        detail: &mut Detail,
        entry: &Entry<'_>,
    ) -> Result<PutAsset, Trouble> {
        let theirs = held(&part_of(entry.record, asset.num, asset.came, entry.role));
        let richer = is_richer((entry.record.profile, theirs), asset);
        let promoted = asset.role == Role::Query && entry.role == Role::Reference;
        if promoted {
            asset.role = Role::Reference;
        }
        if richer {
            self.shelves.take(connection, &mut self.meta, asset.id, self.next_sequence)?;
            let said = Said::load(connection, asset)?;
            self.meta.tally_mut(Table::Metadata).take(said.sum(asset.num));
            self.meta.tally_mut(Table::Marker).part(marker::delete(connection, asset)?);
            asset.profile = entry.record.profile;
            detail.facts = entry.record.asset.clone();
            self.fingerprint(connection, asset, detail, entry)?;
        } else if promoted {
            self.shelves.promote(connection, &mut self.meta, asset.id, self.next_sequence)?;
        }
        Ok(match (promoted, richer) {
            (true, _) => PutAsset::Promoted,
            (false, true) => PutAsset::Upgraded,
            (false, false) => PutAsset::Known,
        })
    }

    fn fingerprint(
        &mut self,
        connection: &Connection,
        asset: &mut Asset,
        detail: &mut Detail,
        entry: &Entry<'_>,
    ) -> Result<(), Trouble> {
        let part = part_of(entry.record, asset.num, asset.came, asset.role);
        asset.held = held(&part);
        detail.content = content_of(entry.record, &part);
        self.shelves.put(part);
        let said = Said::of(entry.record);
        said.save(connection, asset.num)?;
        self.meta.tally_mut(Table::Metadata).add(said.sum(asset.num));
        let markers = marker::write(connection, asset, &entry.record.metadata)?;
        self.meta.tally_mut(Table::Marker).join(markers);
        Ok(())
    }

    pub(crate) fn put_sightings(
        &mut self,
        connection: &Connection,
        detail: &mut Detail,
        sightings: &[Sighting],
    ) -> Result<usize, Trouble> {
        let mut new = 0;
        for sighting in sightings {
            if SightingRow::exists(connection, sighting.id())? {
                continue;
            }
            let row = SightingRow::new(self.meta.number(), self.next_sequence, sighting.clone());
            let sum = row.insert(connection, detail.asset)?;
            detail.sightings.add(sum);
            self.meta.tally_mut(Table::Sighting).add(sum);
            words::add(connection, row.num, &row.words())?;
            self.meta.content.add(&row.content());
            new += 1;
        }
        Ok(new)
    }

    pub(crate) fn put_claims(
        &mut self,
        connection: &Connection,
        detail: &mut Detail,
        claims: &[Claim],
    ) -> Result<usize, Trouble> {
        let mut new = 0;
        for claim in claims {
            if ClaimRow::exists(connection, claim.id())? {
                continue;
            }
            let row = ClaimRow::new(self.meta.number(), self.next_sequence, claim.clone());
            let sum = row.insert(connection, detail.asset)?;
            detail.claims.add(sum);
            self.meta.tally_mut(Table::Claim).add(sum);
            words::add(connection, row.num, &row.words())?;
            self.meta.content.add(&row.content());
            new += 1;
        }
        Ok(new)
    }

    pub(crate) fn put_file(
        &mut self,
        connection: &Connection,
        asset: &mut Asset,
        detail: &mut Detail,
        file: &FileSeen,
    ) -> Result<(), Trouble> {
        if let Some(mut known) = FileRow::find(connection, &file.path)? {
            if known.asset == asset.num {
                if known.file != *file {
                    self.replace_file(connection, detail, &mut known, |row| {
                        row.file = file.clone();
                    })?;
                }
                return Ok(());
            }
            let other = Asset::find_by_number(connection, known.asset)?;
            let other =
                other.ok_or_else(|| Trouble::rows("file", None, "a row whose asset is missing"))?;
            let mut others = Detail::load(connection, &other)?;
            self.forget(&other, &others);
            self.meta.content.take(&known.content(&other));
            let went = self.next_sequence;
            self.replace_file(connection, &mut others, &mut known, |row| row.went = Some(went))?;
            others.save(connection)?;
            self.learn(&other, &others);
        }
        let row = FileRow {
            num: self.meta.number(),
            asset: asset.num,
            file: file.clone(),
            came: self.next_sequence,
            went: None,
        };
        row.save(connection)?;
        detail.files.add(row.sum());
        self.meta.tally_mut(Table::File).add(row.sum());
        self.meta.content.add(&row.content(asset));
        self.changed = true;
        Ok(())
    }

    fn replace_file(
        &mut self,
        connection: &Connection,
        detail: &mut Detail,
        row: &mut FileRow,
        change: impl FnOnce(&mut FileRow),
    ) -> Result<(), Trouble> {
        let old = row.sum();
        change(row);
        row.save(connection)?;
        for tally in [&mut detail.files, self.meta.tally_mut(Table::File)] {
            tally.take(old);
            tally.add(row.sum());
        }
        self.changed = true;
        Ok(())
    }

    /// Takes an asset's own rows out of what is known of the whole, before they change.
    pub(crate) fn forget(&mut self, asset: &Asset, detail: &Detail) {
        self.meta.tally_mut(Table::Asset).take(asset.sum());
        self.meta.tally_mut(Table::Detail).take(detail.sum());
        self.meta.content.take(&content_in_role(&detail.content, asset.role));
        self.meta.totals.take(Totals::of(asset, detail));
    }

    /// Adds an asset's own rows to what is known of the whole.
    pub(crate) fn learn(&mut self, asset: &Asset, detail: &Detail) {
        self.meta.tally_mut(Table::Asset).add(asset.sum());
        self.meta.tally_mut(Table::Detail).add(detail.sum());
        self.meta.content.add(&content_in_role(&detail.content, asset.role));
        self.meta.totals.add(Totals::of(asset, detail));
    }

    pub(crate) fn finish(&mut self, connection: &Connection) -> Result<(), Trouble> {
        // The segment first: what the catalogue lists must be there.
        self.shelves.flush(connection, &mut self.meta)?;
        if self.changed {
            self.meta.sequence = self.next_sequence;
            self.changed = false;
        }
        self.meta.save(connection)
    }
}

/// Whether a fingerprint has more than the known one, and nothing less. Damage that was repaired may have left fewer local
/// features, or none of all.
pub(crate) fn is_richer((profile, new): (Profile, Held), known: &Asset) -> bool {
    let (rows, old_rows) = (new.searched + new.others, known.held.searched + known.held.others);
    let more = new.features > known.held.features || rows > 0 && old_rows == 0;
    let less = new.features == 0 && known.held.features > 0 || rows == 0 && old_rows > 0;
    profile > known.profile && !less || profile == known.profile && more && !less
}

#[cfg(test)]
mod tests {
    use crate::tests::{NOW, assert_sound, bare, clip, put_all, time};
    use crate::{Access, Index, IndexError, Role};

    #[test]
    fn a_full_disk_keeps_what_was_committed_and_says_how_much_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        put_all(&Index::create(&path).unwrap(), [1]);
        let index = Index::open(&path, Access::Write).unwrap();
        let mut writer = index.writer(time(NOW)).unwrap();
        let connection = writer.handle.connection.clone();
        // SQLite answers as it does when the disk is full.
        connection.lock().unwrap().execute_batch("PRAGMA max_page_count = 1").unwrap();
        let error = (2..200)
            .find_map(|seed| writer.put(&bare(&clip(seed), Role::Reference)).err())
            .unwrap();
        assert!(matches!(error, IndexError::Full { needed, .. } if needed > 0), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()));
        let after = writer.put(&bare(&clip(2), Role::Reference));
        assert!(matches!(after, Err(IndexError::Ended { .. })));
        assert!(matches!(writer.commit(), Err(IndexError::Ended { .. })));
        drop(writer);
        assert_eq!(assert_sound(&path).references().unwrap().len(), 1);
    }
}
