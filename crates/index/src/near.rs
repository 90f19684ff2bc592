//! The codes of all references, in memory, and which of them are near.

use firstseen_fingerprint::Pdq;
use firstseen_model::{AssetId, Gap, MediaTime};
use rusqlite::Connection;

use crate::catalogue::sample::{PDQ_VERSION, SampleRow};
use crate::checksum::Tally;
use crate::error::Trouble;
use crate::scan::Codes;
use crate::snapshot::{Known, Snapshot, SnapshotId};
use crate::{Role, SampleId};

/// What was found, and what was not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was found.
    pub value: T,
    /// Where.
    pub snapshot: SnapshotId,
    /// What was not searched; `what` is `reference-samples`.
    pub not_searched: Vec<Gap>,
    /// Whether there is more than was given.
    pub truncated: bool,
}

/// A code to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeQuery {
    /// The code.
    pub code: Pdq,
}

/// A reference's sample whose code is near.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeHit {
    /// The sample.
    pub sample: SampleId,
    /// Its asset.
    pub asset: AssetId,
    /// Its time there.
    pub at: MediaTime,
    /// Its shot there.
    pub shot: u32,
    /// Its texture, 0 flat to 100 full of detail.
    pub texture: u8,
    /// Whether it never carries a match alone. Such samples are not searched, so far: see [`Answer::not_searched`].
    pub gated: bool,
    /// Bits that differ.
    pub distance: u16,
}

impl Snapshot {
    /// Finds for each query all references' samples at most `radius` bits away, the bound included, sorted by
    /// distance, then asset id, then time. Exact, and never cut short.
    #[must_use]
    pub fn near(&self, queries: &[CodeQuery], radius: u16) -> Answer<Vec<Vec<CodeHit>>> {
        let codes: Vec<_> = queries.iter().map(|query| query.code).collect();
        let mut value = vec![Vec::new(); queries.len()];
        for near in self.codes.codes.view().within(&codes, radius) {
            let row = self.codes.rows[near.code as usize];
            value[near.query as usize].push(CodeHit {
                sample: row.sample,
                asset: self.assets[row.asset as usize].id,
                at: row.at,
                shot: row.shot_and_texture >> 8,
                texture: row.shot_and_texture as u8,
                gated: false,
                distance: near.distance,
            });
        }
        for hits in &mut value {
            hits.sort_unstable_by_key(|hit| (hit.distance, hit.asset, hit.at, hit.sample));
        }
        Answer {
            value,
            snapshot: self.id(),
            not_searched: self.codes.not_searched(),
            truncated: false,
        }
    }

    /// How many codes are searched.
    #[must_use]
    pub fn codes(&self) -> usize {
        self.codes.codes.view().len()
    }
}

/// The codes of all references, but for those that are not searched.
#[derive(Default)]
pub(crate) struct ReferenceCodes {
    codes: Codes,
    /// One for each code, by sample.
    rows: Vec<CodeRow>,
    /// Samples that were left out as dark, flat or text only.
    pub(crate) gated: u64,
    /// Samples that were left out for their codes' version.
    other_version: u64,
}

/// What is kept in memory beside a code: 24 bytes.
#[derive(Clone, Copy)]
pub(crate) struct CodeRow {
    sample: SampleId,
    pub(crate) at: MediaTime,
    pub(crate) asset: u32,
    /// Shot in the upper 24 bits, texture in the lower 8.
    shot_and_texture: u32,
}

impl ReferenceCodes {
    /// Loads all samples, tests them, and keeps those of references that are searched.
    pub(crate) fn load(
        connection: &Connection,
        assets: &[Known],
        expected: &[Tally],
    ) -> Result<Self, Trouble> {
        let mut loaded = Self::default();
        let mut codes = Vec::new();
        let mut found = vec![Tally::default(); assets.len()];
        let mut at = 0;
        SampleRow::for_each(connection, |row, sum| {
            // Samples nearly always lie in the order of their assets.
            if assets.get(at).is_none_or(|known| known.num != row.asset) {
                at += 1;
            }
            if assets.get(at).is_none_or(|known| known.num != row.asset) {
                let place = assets.binary_search_by_key(&row.asset, |known| known.num);
                at = place
                    .map_err(|_| Trouble::rows("sample", None, "a row whose asset is missing"))?;
            }
            let known = &assets[at];
            if row.sum() != sum {
                return Err(Trouble::rows("sample", Some(known.id), "a row was changed"));
            }
            found[at].add(sum);
            if known.role == Role::Query {
                return Ok(());
            }
            let sample = &row.stored;
            if row.pdq_version != PDQ_VERSION {
                loaded.other_version += 1;
            } else if sample.gate.is_some() {
                loaded.gated += 1;
            } else {
                codes.push(sample.pdq);
                loaded.rows.push(CodeRow {
                    sample: sample.id,
                    at: sample.at,
                    asset: at as u32,
                    shot_and_texture: sample.shot << 8 | u32::from(sample.texture),
                });
            }
            Ok(())
        })?;
        if let Some(at) = (0..assets.len()).find(|at| found[*at] != expected[*at]) {
            return Err(Trouble::rows("sample", Some(assets[at].id), "rows are missing"));
        }
        loaded.codes = codes.into_iter().collect();
        Ok(loaded)
    }

    /// The place of a sample's code; `None` where it is not searched.
    pub(crate) fn place(&self, sample: SampleId) -> Option<u32> {
        let place = self.rows.binary_search_by_key(&sample, |row| row.sample);
        place.ok().map(|place| place as u32)
    }

    /// The row of the code in a place.
    pub(crate) fn row(&self, place: usize) -> &CodeRow {
        &self.rows[place]
    }

    /// The sample of the code in a place.
    pub(crate) fn sample(&self, place: usize) -> SampleId {
        self.rows[place].sample
    }

    pub(crate) fn not_searched(&self) -> Vec<Gap> {
        let gap = |count: u64, why: &str| {
            (count > 0).then(|| Gap::new("reference-samples", format!("{count} {why}")))
        };
        [
            gap(self.gated, "are dark, flat or text only"),
            gap(self.other_version, "have codes of another version"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
