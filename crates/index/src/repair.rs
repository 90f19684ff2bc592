//! Keeps of damaged segments what is sound.

use std::collections::BTreeSet;

use firstseen_model::{AssetId, Gap};
use rusqlite::Connection;

use crate::catalogue::asset::{Asset, Detail, Held, Said};
use crate::catalogue::file::FileRow;
use crate::catalogue::meta::Table;
use crate::catalogue::segment::{Fate, Mark};
use crate::checksum::Tally;
use crate::error::{IndexError, Trouble};
use crate::part::held;
use crate::segment::Part;
use crate::shelves::Shelf;
use crate::writer::{Batch, Writer};

/// Bytes of sound parts that are gathered before they are written.
const GATHERED: u64 = 64 << 20;

/// What the gap of an asset is called whose fingerprint was lost, or a part of it: its file is to be read again.
pub const LOST: &str = "lost-to-damage";

/// An asset whose fingerprint was lost, or a part of it. All else that is known of it stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The asset.
    pub asset: AssetId,
    /// What was lost.
    pub what: String,
    /// Where its file lay, sorted: added again, it is whole.
    pub paths: Vec<Vec<u8>>,
}

impl Writer {
    /// Writes damaged segments again without what is damaged; there for others after [`Writer::commit`]. Returns whose
    /// fingerprints were lost.
    ///
    /// # Errors
    ///
    /// As [`Writer::put`]; [`IndexError::Damaged`] where the catalogue itself is damaged.
    pub fn repair(&mut self) -> Result<Vec<Lost>, IndexError> {
        self.change(|batch, connection| batch.repair(connection))
    }
}

impl Batch {
    fn repair(&mut self, connection: &Connection) -> Result<Vec<Lost>, Trouble> {
        let (mut there, mut reasons, mut bad) = (BTreeSet::new(), Vec::new(), Vec::new());
        let all = std::mem::take(&mut self.shelves.all);
        for shelf in all {
            match self.look_over(&shelf, &mut there)? {
                None => self.shelves.all.push(shelf),
                Some(why) => {
                    reasons.push(why);
                    bad.push(shelf);
                }
            }
        }
        let mut lost = Vec::new();
        for shelf in bad {
            lost.extend(self.salvage(connection, &shelf, &mut there, &mut reasons)?);
            shelf.row.delete(connection)?;
            self.meta.tally_mut(Table::Segment).take(shelf.row.sum());
            let marks: Tally = shelf.marks.values().map(Mark::sum).collect();
            self.meta.tally_mut(Table::Mark).part(marks);
        }
        let mut assets = Vec::new();
        Asset::for_each(connection, |asset| assets.push(asset))?;
        for asset in assets.into_iter().filter(|asset| !there.contains(&asset.num)) {
            let Asset { num, id, role, profile, came, .. } = asset;
            let (moments, track) = (Vec::new(), None);
            let part = Part { id, num, came, role, profile, moments, track };
            debug_assert_eq!(held(&part), Held::default());
            let why = reasons.iter().find(|(of, _)| *of == Some(id)).or(reasons.first());
            let why = why.map_or("it was missing", |(_, why)| why);
            let what = format!("all of its fingerprint: {why}");
            lost.push(self.lose(connection, asset, &part, what)?);
            self.shelves.put(part);
        }
        lost.sort_by_key(|lost| lost.asset);
        Ok(lost)
    }

    /// Tests a segment. Where it is sound its assets are there, and nothing is returned.
    fn look_over(
        &self,
        shelf: &Shelf,
        there: &mut BTreeSet<i64>,
    ) -> Result<Option<(Option<AssetId>, String)>, Trouble> {
        let segment = match shelf.segment(&self.shelves.store) {
            Ok(segment) => segment,
            Err(Trouble::Damaged { why, .. }) => return Ok(Some((None, why))),
            Err(other) => return Err(other),
        };
        let mut wrong = None;
        segment.check(&mut |bad| {
            wrong.get_or_insert((None, format!("{}: {}", bad.section, bad.why)));
        })?;
        if wrong.is_none() {
            for ordinal in 0..segment.assets() {
                if shelf.marks.get(&ordinal).is_none_or(|mark| mark.fate != Fate::Gone) {
                    there.insert(segment.entry(ordinal)?.num);
                }
            }
        }
        Ok(wrong)
    }

    /// Puts the sound parts of a damaged segment into the next one.
    fn salvage(
        &mut self,
        connection: &Connection,
        shelf: &Shelf,
        there: &mut BTreeSet<i64>,
        reasons: &mut Vec<(Option<AssetId>, String)>,
    ) -> Result<Vec<Lost>, Trouble> {
        let mut lost = Vec::new();
        // Its footer may be damaged: then nothing of it can be read.
        let Ok(segment) = shelf.segment(&self.shelves.store).cloned() else { return Ok(lost) };
        for (ordinal, why) in segment.salvage()?.lost {
            reasons.push((segment.entry(ordinal).ok().map(|entry| entry.id), why));
        }
        let grouped = segment.salvageable()?;
        for ordinal in 0..segment.assets() {
            let fate = shelf.marks.get(&ordinal).map(|mark| mark.fate);
            if fate == Some(Fate::Gone) {
                continue;
            }
            // What cannot be read is told by now.
            let Ok((mut part, missing)) = segment.part_without(ordinal, &grouped) else { continue };
            // What the entry says is trusted no further than the catalogue bears it out.
            let Some(asset) = Asset::find_by_number(connection, part.num)? else { continue };
            let found = held(&part);
            let agrees = (found.searched, found.others) == (asset.held.searched, asset.held.others);
            let complete = found.features + missing == asset.held.features;
            if asset.id != part.id || !agrees || !complete || !there.insert(part.num) {
                continue;
            }
            (part.role, part.came, part.profile) = (asset.role, asset.came, asset.profile);
            if missing > 0 {
                let what = format!("{missing} of {} local features", asset.held.features);
                lost.push(self.lose(connection, asset, &part, what)?);
            }
            self.shelves.put(part);
            if self.shelves.needed_bytes() > GATHERED {
                self.shelves.flush(connection, &mut self.meta)?;
            }
        }
        Ok(lost)
    }

    /// Takes note that of an asset's fingerprint only `left` is there. What was lost is a gap of it until its file is read
    /// again.
    fn lose(
        &mut self,
        connection: &Connection,
        mut asset: Asset,
        left: &Part,
        what: String,
    ) -> Result<Lost, Trouble> {
        let detail = Detail::load(connection, &asset)?;
        let files = FileRow::of_asset(connection, &asset, detail.files)?;
        self.forget(&asset, &detail);
        asset.held = held(left);
        asset.update(connection)?;
        self.learn(&asset, &detail);
        let said = Said::load(connection, &asset)?;
        let told = said.with_gap(asset.id, Gap::new(LOST, what.clone()))?;
        told.save(connection, asset.num)?;
        let tally = self.meta.tally_mut(Table::Metadata);
        tally.take(said.sum(asset.num));
        tally.add(told.sum(asset.num));
        self.changed = true;
        let live = files.into_iter().filter(|row| row.went.is_none());
        let paths = live.map(|row| row.file.path).collect();
        Ok(Lost { asset: asset.id, what, paths })
    }
}
