//! Which codes of references are near those of a query.

use firstseen_fingerprint::Pdq;
use firstseen_model::{AssetId, Gap, MediaTime};

use crate::SampleId;
use crate::error::{IndexError, Trouble};
use crate::live::Live;
use crate::name::SnapshotId;
use crate::part::sample_id;
use crate::scan::{Kernel, Near};
use crate::snapshot::Snapshot;

/// A code near more frames than this is everywhere: a black frame, a title card. What it is near tells nothing, and is
/// not listed.
pub const COMMON: usize = 20_000;

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
    /// distance, then asset id, then time. Exact: but of a query that is near more than [`COMMON`] samples nothing is
    /// given, [`Answer::truncated`] is set, and a gap tells so.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn near(
        &self,
        queries: &[CodeQuery],
        radius: u16,
    ) -> Result<Answer<Vec<Vec<CodeHit>>>, IndexError> {
        let codes: Vec<_> = queries.iter().map(|query| query.code).collect();
        let mut value = vec![Vec::new(); queries.len()];
        let mut common = vec![false; queries.len()];
        for (at, live) in self.lives.iter().enumerate() {
            let mut add = |near: Near| -> Result<(), Trouble> {
                let query = near.query as usize;
                if common[query] {
                    return Ok(());
                }
                value[query].extend(hit(live, at, near)?);
                if value[query].len() > COMMON {
                    common[query] = true;
                    value[query] = Vec::new();
                }
                Ok(())
            };
            let mut search = || {
                let view = live.segment.codes_view()?;
                let mut trouble = Ok(());
                view.each_within(Kernel::best(), &codes, radius, &mut |near| {
                    if trouble.is_ok() {
                        trouble = add(near);
                    }
                });
                trouble
            };
            search().map_err(|trouble: Trouble| self.error(trouble))?;
        }
        for hits in &mut value {
            hits.sort_unstable_by_key(|hit: &CodeHit| {
                (hit.distance, hit.asset, hit.at, hit.sample)
            });
        }
        let mut not_searched = self.not_searched();
        let common = common.into_iter().filter(|common| *common).count();
        if common > 0 {
            let why =
                format!("{common} are near more than {COMMON} frames each, too common to tell");
            not_searched.push(Gap::new("query-codes", why));
        }
        let (snapshot, truncated) = (self.id(), common > 0);
        Ok(Answer { value, snapshot, not_searched, truncated })
    }

    /// How many codes are searched.
    #[must_use]
    pub fn codes(&self) -> u64 {
        let beside = self.beside.as_ref().map_or(0, |beside| beside.codes());
        self.meta.totals.held.searched + beside
    }

    /// How many assets were seen.
    #[must_use]
    pub fn reference_count(&self) -> u64 {
        let totals = self.meta.totals;
        let beside = self.beside.as_ref().map_or(0, |beside| beside.reference_count());
        totals.pictures + totals.videos + beside
    }

    pub(crate) fn not_searched(&self) -> Vec<Gap> {
        let (gated, bare) = (self.meta.totals.held.others, self.meta.totals.bare);
        let mut gaps = Vec::new();
        if gated > 0 {
            let why = format!("{gated} are dark, flat or text only");
            gaps.push(Gap::new("reference-samples", why));
        }
        if bare > 0 {
            let why =
                format!("{bare} without a fingerprint; `firstseen add` of their files makes it");
            gaps.push(Gap::new("references", why));
        }
        gaps
    }
}

/// What is near, if it is of a reference that is seen.
fn hit(live: &Live, at: usize, near: Near) -> Result<Option<CodeHit>, Trouble> {
    let row = live.segment.row(near.code)?;
    let entry = match live.plain {
        true => Some(live.segment.entry(row.asset)?),
        false => live.reference_of(near.code)?,
    };
    Ok(entry.map(|entry| CodeHit {
        sample: sample_id(at, near.code),
        asset: entry.id,
        at: row.at,
        shot: row.shot,
        texture: row.texture,
        gated: false,
        distance: near.distance,
    }))
}
