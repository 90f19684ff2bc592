//! Which files of earlier scans may match references that came to the index since.

use std::collections::BTreeSet;

use firstseen_fingerprint::pdq;
use firstseen_index::{CodeQuery, ScannedFile, Snapshot};
use firstseen_model::AssetId;

use super::{Scanning, lock};

/// Files of earlier scans that may match what came since.
#[derive(Debug, Default)]
pub(super) struct Sought {
    /// Those that may match what others have added.
    of_others: BTreeSet<AssetId>,
    /// Those that may match what the last scan itself has added. What it looked at it has held against that.
    of_own: BTreeSet<AssetId>,
    /// The number of that scan.
    last: i64,
}

impl Sought {
    /// Whether a file is to be looked at again.
    pub(super) fn holds(&self, known: &ScannedFile) -> bool {
        let own = known.round < self.last;
        known.round <= self.last
            && known.asset.is_some_and(|asset| {
                self.of_others.contains(&asset) || own && self.of_own.contains(&asset)
            })
    }
}

impl Scanning<'_> {
    /// Finds the files whose codes are near to those of references that are new. Those of a new reference are known as it
    /// is stored: which copies are mirrored or parts of each other, this cannot see.
    pub(super) fn new_references(&self, snapshot: &Snapshot) -> anyhow::Result<Sought> {
        let (last, round) = {
            let state = lock(&self.state);
            let Some(last) = state.last() else { return Ok(Sought::default()) };
            (last.clone(), state.round())
        };
        let mut sought = Sought { last: round - 1, ..Sought::default() };
        if snapshot.id().sequence == last.sequence {
            return Ok(sought);
        }
        let seen = self.seen_index()?.snapshot()?;
        let since = |sequence| self.scan.index.snapshot_since(sequence)?.references();
        let of_others: BTreeSet<AssetId> = since(last.own)?.into_iter().collect();
        for reference in since(last.sequence)? {
            let found = match of_others.contains(&reference) {
                true => &mut sought.of_others,
                false => &mut sought.of_own,
            };
            let samples = snapshot.samples(&reference)?;
            let usable = samples.iter().filter(|sample| sample.gate.is_none());
            let codes = usable.flat_map(|sample| [sample.pdq, sample.pdq.negative()]);
            let queries: Vec<CodeQuery> = codes.map(|code| CodeQuery { code }).collect();
            for scanned in [&seen, snapshot] {
                let hits = scanned.near(&queries, pdq::RADIUS)?.value.into_iter().flatten();
                found.extend(hits.map(|hit| hit.asset));
            }
            if seen.role(&reference)?.is_some() {
                found.insert(reference);
            }
        }
        Ok(sought)
    }
}
