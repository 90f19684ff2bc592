//! Takes another index in, without its media.

use std::collections::BTreeSet;
use std::sync::Arc;

use firstseen_model::{AssetId, Sighting};
use rusqlite::Connection;

use crate::FileSeen;
use crate::Role;
use crate::catalogue::asset::{Asset, Detail, Said};
use crate::catalogue::claim::ClaimRow;
use crate::catalogue::file::FileRow;
use crate::catalogue::marker;
use crate::catalogue::meta::{Meta, Table, Tombstone, tombstones};
use crate::catalogue::segment::{Fate, Mark, SegmentRow};
use crate::catalogue::sighting::SightingRow;
use crate::catalogue::statement::StatementRow;
use crate::catalogue::words;
use crate::error::{IndexError, Trouble};
use crate::index::Index;
use crate::segment::{Contents, Kept, Segment};
use crate::shelves::listed;
use crate::writer::{Batch, Writer, is_richer};

/// What taking another index in came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Assets that were not known.
    pub assets: usize,
    /// Assets that were known by less.
    pub upgraded: usize,
    /// Sightings that were not known.
    pub sightings: usize,
    /// Claims that were not known.
    pub claims: usize,
    /// Notes, retractions and decisions that were not known.
    pub statements: usize,
    /// Things of the other index that were removed from this one, and stay so.
    pub removed_here: usize,
    /// Assets of this index that were removed from the other one. They stay until somebody removes them here.
    pub removed_there: Vec<AssetId>,
}

/// How a path of the other index is called in this one.
pub type Renamed<'a> = dyn Fn(&[u8]) -> Vec<u8> + 'a;

impl Writer {
    /// Takes in all that another index holds and this one does not, segment by segment, each committed by itself: an
    /// interrupted run goes on where it stopped. What was removed from this index does not come back.
    ///
    /// # Errors
    ///
    /// As [`Writer::commit`], of either index.
    pub fn merge(
        &mut self,
        other: &Index,
        renamed: &Renamed<'_>,
        each: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Merged, IndexError> {
        let (handle, store) = other.to_read()?;
        let mut merged = Merged::default();
        let (sequence, segments) = handle.read(|connection| {
            let meta = Meta::load(connection)?;
            let mut opened = Vec::new();
            for (row, marks) in listed(connection, &meta)? {
                opened.push((store.open(&row.listed)?, marks));
            }
            Ok((meta.sequence, opened))
        })?;
        for (done, (segment, marks)) in segments.iter().enumerate() {
            if !each(done, segments.len()) {
                return Ok(merged);
            }
            let mut theirs = Vec::new();
            handle.read(|connection| {
                // What a writer removes there meanwhile would look like damage.
                if Meta::load(connection)?.sequence != sequence {
                    return Err(Trouble::Changed);
                }
                for ordinal in 0..segment.assets() {
                    let fate = marks.get(&ordinal).map(|mark: &Mark| mark.fate);
                    if fate != Some(Fate::Gone) {
                        let num = segment.entry(ordinal)?.num;
                        theirs.push((ordinal, Theirs::load(connection, num, renamed)?));
                    }
                }
                Ok(())
            })?;
            self.change(|batch, connection| {
                batch.take_segment(connection, segment, theirs, &mut merged)
            })?;
            self.commit()?;
        }
        let (statements, stones) = handle
            .read(|connection| Ok((StatementRow::all(connection)?, tombstones(connection)?)))?;
        self.change(|batch, connection| {
            batch.take_statements(connection, statements, &mut merged)?;
            batch.take_tombstones(connection, &stones, &mut merged)
        })?;
        self.commit()?;
        Ok(merged)
    }
}

/// An asset of the other index, without its fingerprint.
struct Theirs {
    asset: Asset,
    detail: Detail,
    said: Said,
    sightings: Vec<Sighting>,
    claims: Vec<ClaimRow>,
    files: Vec<FileSeen>,
}

impl Theirs {
    fn load(connection: &Connection, num: i64, renamed: &Renamed<'_>) -> Result<Self, Trouble> {
        let asset = Asset::find_by_number(connection, num)?;
        let asset = asset.ok_or_else(|| Trouble::rows("asset", None, "a row is missing"))?;
        let detail = Detail::load(connection, &asset)?;
        let said = Said::load(connection, &asset)?;
        let sightings = SightingRow::of_asset(connection, &asset, detail.sightings)?;
        let sightings = sightings.into_iter().map(|row| {
            let mut seen = row.sighting.seen;
            seen.path = seen.path.map(|path| renamed(&path));
            seen.of(asset.id)
        });
        let sightings = sightings.collect();
        let claims = ClaimRow::of_asset(connection, &asset, detail.claims)?;
        let files = FileRow::of_asset(connection, &asset, detail.files)?;
        let files = files.into_iter().filter(|row| row.went.is_none());
        let files = files.map(|row| FileSeen { path: renamed(&row.file.path), ..row.file });
        let files = files.collect();
        Ok(Self { asset, detail, said, sightings, claims, files })
    }
}

impl Batch {
    fn take_segment(
        &mut self,
        connection: &Connection,
        segment: &Arc<Segment>,
        theirs: Vec<(u32, Theirs)>,
        merged: &mut Merged,
    ) -> Result<(), Trouble> {
        let removed = removed(connection)?;
        let mut kept = Vec::new();
        for (ordinal, theirs) in theirs {
            if let Some(asset) = self.take_asset(connection, theirs, &removed, merged)? {
                let (num, came, role) = (asset.num, asset.came, asset.role);
                kept.push(Kept { ordinal, num, came, role });
            }
        }
        if kept.is_empty() {
            return Ok(());
        }
        let queries = kept.iter().filter(|kept| kept.role == Role::Query).count() as u32;
        let assets = kept.len() as u32;
        let contents = Contents { parts: &[], kept: vec![(&**segment, kept)] };
        let listed = self.shelves.store.write(&contents)?.listed;
        let row = SegmentRow { num: self.meta.number(), listed, assets, queries };
        self.shelves.list(connection, &mut self.meta, row)
    }

    /// Takes in what is known of an asset; returns its row where its fingerprint is to be taken, too.
    fn take_asset(
        &mut self,
        connection: &Connection,
        theirs: Theirs,
        removed: &BTreeSet<(String, Vec<u8>)>,
        merged: &mut Merged,
    ) -> Result<Option<Asset>, Trouble> {
        let id = theirs.asset.id;
        let known = self.shelves.asset(connection, id)?;
        if known.is_none() && removed.contains(&("asset".to_owned(), id.0.to_vec())) {
            merged.removed_here += 1;
            return Ok(None);
        }
        let new = known.is_none();
        let (mut asset, mut detail, taken) = match known {
            Some(mut asset) => {
                let mut detail = Detail::load(connection, &asset)?;
                self.forget(&asset, &detail);
                let richer = is_richer((theirs.asset.profile, theirs.asset.held), &asset);
                if theirs.asset.role == Role::Reference && asset.role == Role::Query {
                    asset.role = Role::Reference;
                    if !richer {
                        let came = self.next_sequence;
                        self.shelves.promote(connection, &mut self.meta, id, came)?;
                    }
                    self.changed = true;
                }
                if richer {
                    let came = self.next_sequence;
                    self.shelves.take(connection, &mut self.meta, id, came)?;
                    let said = Said::load(connection, &asset)?;
                    self.meta.tally_mut(Table::Metadata).take(said.sum(asset.num));
                    self.meta.tally_mut(Table::Marker).part(marker::delete(connection, &asset)?);
                    (asset.profile, asset.held) = (theirs.asset.profile, theirs.asset.held);
                    (detail.facts, detail.content) = (theirs.detail.facts, theirs.detail.content);
                    merged.upgraded += 1;
                }
                (asset, detail, richer)
            }
            None => {
                let (num, came) = (self.meta.number(), self.next_sequence);
                let asset = Asset { num, came, ..theirs.asset };
                asset.insert(connection)?;
                let none = Default::default();
                let detail = Detail {
                    asset: num,
                    sightings: none,
                    claims: none,
                    files: none,
                    ..theirs.detail
                };
                merged.assets += 1;
                (asset, detail, true)
            }
        };
        if taken {
            theirs.said.save(connection, asset.num)?;
            self.meta.tally_mut(Table::Metadata).add(theirs.said.sum(asset.num));
            let metadata = theirs.said.metadata(asset.id)?;
            let markers = marker::write(connection, &asset, &metadata)?;
            self.meta.tally_mut(Table::Marker).join(markers);
        }
        let gone = |what: &str, id: &[u8]| removed.contains(&(what.to_owned(), id.to_vec()));
        let (sightings, stay): (Vec<_>, Vec<_>) =
            theirs.sightings.into_iter().partition(|sighting| !gone("sighting", &sighting.id().0));
        let claims = theirs.claims.into_iter();
        let (claims, left): (Vec<_>, Vec<_>) = claims.partition(|row| !gone("claim", &row.id.0));
        merged.removed_here += stay.len() + left.len();
        let claims: Vec<_> = claims.into_iter().map(|row| row.claim).collect();
        let sightings = self.put_sightings(connection, &mut detail, &sightings)?;
        let claims = self.put_claims(connection, &mut detail, &claims)?;
        (merged.sightings, merged.claims) = (merged.sightings + sightings, merged.claims + claims);
        for file in theirs.files {
            let known = FileRow::find(connection, &file.path)?.is_some();
            let gone = gone("file", blake3::hash(&file.path).as_bytes());
            if !known && !gone {
                self.put_file(connection, &mut asset, &mut detail, &file)?;
            }
        }
        asset.update(connection)?;
        detail.save(connection)?;
        self.learn(&asset, &detail);
        self.changed |= taken || new || sightings + claims > 0;
        Ok(taken.then_some(asset))
    }

    fn take_statements(
        &mut self,
        connection: &Connection,
        theirs: Vec<StatementRow>,
        merged: &mut Merged,
    ) -> Result<(), Trouble> {
        let removed = removed(connection)?;
        let known: BTreeSet<_> =
            StatementRow::all(connection)?.iter().map(|row| row.said.content()).collect();
        for theirs in theirs {
            let content = theirs.said.content();
            if known.contains(&content) {
                continue;
            }
            if removed.contains(&("statement".to_owned(), content.to_vec())) {
                merged.removed_here += 1;
                continue;
            }
            let (num, came) = (self.meta.number(), self.next_sequence);
            let row = StatementRow { num, came, said: theirs.said };
            self.meta.tally_mut(Table::Statement).add(row.insert(connection)?);
            self.meta.content.add(&content);
            words::add(connection, num, &row.said.words())?;
            merged.statements += 1;
            self.changed = true;
        }
        Ok(())
    }

    /// Takes over what was removed there, so that it does not come back here by a third index either.
    fn take_tombstones(
        &mut self,
        connection: &Connection,
        theirs: &[(String, Vec<u8>, i64)],
        merged: &mut Merged,
    ) -> Result<(), Trouble> {
        let known = removed(connection)?;
        for (what, id, at_us) in theirs {
            // Of a path only the hash is kept, and here another file may be called so.
            if what == "file" {
                continue;
            }
            if what == "asset"
                && let Ok(id) = <[u8; 32]>::try_from(id.as_slice())
                && self.shelves.asset(connection, AssetId(id))?.is_some()
            {
                merged.removed_there.push(AssetId(id));
                continue;
            }
            if known.contains(&(what.clone(), id.clone())) {
                continue;
            }
            let (num, sequence) = (self.meta.number(), self.next_sequence);
            let stone = Tombstone { num, what, id, came: sequence, went: sequence, at_us: *at_us };
            let sum = stone.insert(connection)?;
            self.meta.tally_mut(Table::Tombstone).add(sum);
            self.changed = true;
        }
        merged.removed_there.sort_unstable();
        merged.removed_there.dedup();
        Ok(())
    }
}

/// What was removed: what it was, and its id.
fn removed(connection: &Connection) -> Result<BTreeSet<(String, Vec<u8>)>, Trouble> {
    Ok(tombstones(connection)?.into_iter().map(|(what, id, _)| (what, id)).collect())
}
