//! Tests all that is stored against all that is known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use firstseen_model::AssetId;
use rusqlite::Connection;

use crate::Role;
use crate::catalogue::asset::{Asset, Detail, Said, content_in_role};
use crate::catalogue::claim::ClaimRow;
use crate::catalogue::file::FileRow;
use crate::catalogue::kept::check_kept;
use crate::catalogue::meta::{Meta, Table, Totals, carried, check_tombstones};
use crate::catalogue::segment::{Fate, Mark, SegmentRow};
use crate::catalogue::sighting::SightingRow;
use crate::catalogue::statement::StatementRow;
use crate::catalogue::{marker, words};
use crate::checksum::{Content, Tally};
use crate::error::{IndexError, Trouble};
use crate::index::Index;
use crate::segment::Entry;
use crate::store::Store;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, as a fragment in lower case.
    pub what: String,
    /// The asset it is about, if it is about one.
    pub asset: Option<AssetId>,
    /// What to do about it.
    pub advice: String,
}

const ADD_AGAIN: &str = "remove the asset, then add its file again";
const REBUILD: &str = "restore the index from a copy, or add the media to a new one";
const REPAIR: &str = "`firstseen index verify --repair` keeps what is sound and lists what is lost";
const DERIVED: &str = "it is derived: `firstseen index verify --repair` makes it again";
const EXPORT: &str = "export what can be read, and restore the index from a copy";

impl Index {
    /// Tests SQLite's own structure, every row's sum, every tally, and every byte of the segments, as of now, in one read
    /// transaction: a writer's commits wait for it. Returns what is wrong; nothing, if nothing is.
    ///
    /// # Errors
    ///
    /// [`IndexError::Busy`], [`IndexError::Io`]. Damage is what it returns, not an error.
    pub fn verify(&self) -> Result<Vec<Problem>, IndexError> {
        let (handle, store) = self.to_read()?;
        let mut problems = Problems(Vec::new());
        words::Check::prepare(&handle.connection.lock().unwrap_or_else(PoisonError::into_inner));
        let read = handle.read(|connection| {
            problems.structure(connection)?;
            problems.rows(connection, &store)
        });
        match read {
            Err(error @ IndexError::Damaged { .. }) => {
                problems.add(error.to_string(), None, REBUILD);
            }
            other => other?,
        }
        Ok(problems.0)
    }
}

struct Problems(Vec<Problem>);

impl Problems {
    fn structure(&mut self, connection: &Connection) -> Result<(), Trouble> {
        let mut check = connection.prepare("PRAGMA integrity_check")?;
        let mut rows = check.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            if line != "ok" {
                let derived = line.contains("FTS5") || line.contains("marker");
                self.add(
                    format!("catalogue: {line}"),
                    None,
                    if derived { DERIVED } else { EXPORT },
                );
            }
        }
        let mut check = connection.prepare("PRAGMA foreign_key_check")?;
        let mut rows = check.query([])?;
        while let Some(row) = rows.next()? {
            let (child, parent): (String, String) = (row.get(0)?, row.get(2)?);
            self.add(format!("a row of `{child}` belongs to no row of `{parent}`"), None, EXPORT);
        }
        Ok(())
    }

    fn rows(&mut self, connection: &Connection, store: &Store) -> Result<(), Trouble> {
        let meta = Meta::load(connection)?;
        let held = self.segments(connection, store, &meta)?;
        let mut assets = Vec::new();
        Asset::for_each(connection, |asset| assets.push(asset))?;
        let (mut content, mut details, mut said) =
            (Content::default(), Tally::default(), Tally::default());
        let mut words = words::Check::start(connection)?;
        let mut totals = Totals::default();
        for asset in &assets {
            self.fingerprint(asset, held.get(&asset.num));
            let mut read = || {
                let detail = Detail::load(connection, asset)?;
                details.add(detail.sum());
                content.add(&content_in_role(&detail.content, asset.role));
                totals.add(Totals::of(asset, &detail));
                self.children(connection, asset, &detail, (&mut content, &mut words))?;
                let row = Said::load(connection, asset)?;
                let metadata = row.metadata(asset.id)?;
                match marker::of_asset(connection, asset) {
                    Ok(found) if found == marker::expected(asset, &metadata) => {}
                    Ok(_) | Err(Trouble::Damaged { .. }) => {
                        let what = "`marker`: it does not hold the ids of the metadata";
                        self.add(what, Some(asset.id), DERIVED);
                    }
                    Err(other) => return Err(other),
                }
                row.gaps(asset.id)?;
                said.add(row.sum(asset.num));
                Ok(())
            };
            if let Err(trouble) = read() {
                self.trouble(trouble, asset.id)?;
            }
        }
        let asset_rows = assets.iter().map(Asset::sum).collect();
        let stones = check_tombstones(connection)?;
        let kept = check_kept(connection)?;
        let statements = StatementRow::all(connection)?;
        for row in &statements {
            content.add(&row.said.content());
            words.expect(row.num, row.said.words())?;
        }
        let statements = StatementRow::tally(&statements, u64::MAX);
        for (table, found) in [
            (Table::Asset, asset_rows),
            (Table::Detail, details),
            (Table::Metadata, said),
            (Table::Tombstone, stones),
            (Table::Kept, kept),
            (Table::Statement, statements),
        ] {
            self.tally(table, found, &meta);
        }
        for table in [Table::Sighting, Table::Claim, Table::File, Table::Marker] {
            self.tally(table, carried(connection, table)?, &meta);
        }
        let known = assets.iter().map(|asset| asset.num).collect::<BTreeSet<_>>();
        for (num, entry) in held {
            if !known.contains(&num) {
                self.add("a fingerprint of no asset", Some(entry.id), REPAIR);
            }
        }
        if self.0.is_empty() && totals != meta.totals {
            self.add("what the index counts is not what it holds", None, EXPORT);
        }
        // Rows that are damaged have told so; what their words ought to be is not known.
        if self.0.is_empty() && !words.holds()? {
            self.add("`words`: it does not hold the words of all records", None, DERIVED);
        }
        if self.0.is_empty() && content != meta.content {
            self.add("the sum of all records is not what is recorded", None, EXPORT);
        }
        Ok(())
    }

    /// Tests all segments; returns the assets that they hold now, by number.
    fn segments(
        &mut self,
        connection: &Connection,
        store: &Store,
        meta: &Meta,
    ) -> Result<BTreeMap<i64, Entry>, Trouble> {
        let (rows, tally) = SegmentRow::all(connection)?;
        self.tally(Table::Segment, tally, meta);
        let (marks, tally) = Mark::all(connection)?;
        self.tally(Table::Mark, tally, meta);
        let (mut held, none) = (BTreeMap::new(), BTreeMap::new());
        for row in &rows {
            let name = row.listed.file_name();
            let segment = match store.open(&row.listed) {
                Ok(segment) => segment,
                Err(Trouble::Damaged { why, .. }) => {
                    self.add(format!("segment {why}"), None, REPAIR);
                    continue;
                }
                Err(other) => return Err(other),
            };
            segment.check(&mut |bad| {
                let asset = bad.asset.and_then(|at| Some(segment.entry(at).ok()?.id));
                self.add(format!("segment {name}: {}: {}", bad.section, bad.why), asset, REPAIR);
            })?;
            let marks = marks.get(&row.num).unwrap_or(&none);
            for ordinal in 0..segment.assets() {
                // What cannot be read was told by now.
                let Ok(mut entry) = segment.entry(ordinal) else { continue };
                match marks.get(&ordinal).map(|mark: &Mark| mark.fate) {
                    Some(Fate::Gone) => continue,
                    Some(Fate::Reference) => entry.role = Role::Reference,
                    None => {}
                }
                if let Some(other) = held.insert(entry.num, entry) {
                    self.add("it has two fingerprints", Some(other.id), REPAIR);
                }
            }
        }
        Ok(held)
    }

    /// Tests that an asset's row and its fingerprint agree.
    fn fingerprint(&mut self, asset: &Asset, entry: Option<&Entry>) {
        let Some(entry) = entry else {
            return self.add("its fingerprint is missing", Some(asset.id), REPAIR);
        };
        let rows = (asset.held.searched, asset.held.others);
        let found = (entry.searched.len() as u64, entry.others.len() as u64);
        let known = (asset.id, asset.role, asset.profile, asset.came, rows);
        if known != (entry.id, entry.role, entry.profile, entry.came, found) {
            self.add("its fingerprint is of something else", Some(asset.id), REPAIR);
        }
    }

    fn children(
        &mut self,
        connection: &Connection,
        asset: &Asset,
        detail: &Detail,
        (content, words): (&mut Content, &mut words::Check<'_>),
    ) -> Result<(), Trouble> {
        for row in SightingRow::of_asset(connection, asset, detail.sightings)? {
            content.add(&row.content());
            words.expect(row.num, row.words())?;
        }
        for row in ClaimRow::of_asset(connection, asset, detail.claims)? {
            content.add(&row.content());
            words.expect(row.num, row.words())?;
        }
        for row in FileRow::of_asset(connection, asset, detail.files)? {
            if row.went.is_none() {
                content.add(&row.content(asset));
            }
        }
        Ok(())
    }

    fn tally(&mut self, table: Table, found: Tally, meta: &Meta) {
        let known = meta.tally(table);
        if found != known {
            let what =
                format!("`{}` has {} rows that agree, of {}", table.name(), found.rows, known.rows);
            self.add(what, None, EXPORT);
        }
    }

    /// Notes damage; anything else ends the run.
    fn trouble(&mut self, trouble: Trouble, asset: AssetId) -> Result<(), Trouble> {
        match trouble {
            Trouble::Damaged { table, why, .. } => {
                self.add(format!("`{table}`: {why}"), Some(asset), ADD_AGAIN);
            }
            Trouble::Sql(error) => match Trouble::Sql(error).of("", 0) {
                IndexError::Damaged { why, .. } => self.add(why, Some(asset), ADD_AGAIN),
                other => return Err(Trouble::Known(other)),
            },
            other => return Err(other),
        }
        Ok(())
    }

    fn add(&mut self, what: impl Into<String>, asset: Option<AssetId>, advice: &str) {
        self.0.push(Problem { what: what.into(), asset, advice: advice.to_owned() });
    }
}
