//! A segment as a snapshot sees it: what has gone since it was written, and what came too late, is not there.

use std::sync::Arc;

use firstseen_model::AssetId;

use crate::Role;
use crate::catalogue::segment::{Fate, Marks, SegmentRow};
use crate::error::Trouble;
use crate::segment::{Entry, Segment};

/// Sequence numbers of the commits whose assets are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// What came with this one or before is not seen.
    pub(crate) after: u64,
    /// What came after this one is not seen.
    pub(crate) upto: u64,
}

/// A segment, with what became of its assets.
#[derive(Clone)]
pub(crate) struct Live {
    pub(crate) segment: Arc<Segment>,
    pub(crate) row: SegmentRow,
    pub(crate) marks: Marks,
    pub(crate) window: Window,
    /// Whether every asset in it is a reference that is seen.
    pub(crate) plain: bool,
}

impl Live {
    /// An asset of it; `None` where it is not seen.
    pub(crate) fn entry(&self, ordinal: u32) -> Result<Option<Entry>, Trouble> {
        let mut entry = self.segment.entry(ordinal)?;
        if let Some(mark) = self.marks.get(&ordinal) {
            match mark.fate {
                Fate::Gone => return Ok(None),
                Fate::Reference if mark.came <= self.window.upto => entry.role = Role::Reference,
                Fate::Reference => {}
            }
        }
        let seen = self.window.after < entry.came && entry.came <= self.window.upto;
        Ok(seen.then_some(entry))
    }

    /// All its assets that are seen, with their ordinals, by SHA-256.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Result<(u32, Entry), Trouble>> {
        let all = (0..self.segment.assets()).map(|ordinal| (ordinal, self.entry(ordinal)));
        all.filter_map(|(ordinal, entry)| Some((ordinal, entry.transpose()?)))
            .map(|(ordinal, entry)| Ok((ordinal, entry?)))
    }

    /// The asset of that name, if it is seen.
    pub(crate) fn find(&self, id: &AssetId) -> Result<Option<(u32, Entry)>, Trouble> {
        let Some(ordinal) = self.segment.find(id)? else { return Ok(None) };
        Ok(self.entry(ordinal)?.map(|entry| (ordinal, entry)))
    }

    /// The asset of a row, if it is a reference that is seen.
    pub(crate) fn reference_of(&self, row: u32) -> Result<Option<Entry>, Trouble> {
        let entry = self.entry(self.segment.row(row)?.asset)?;
        Ok(entry.filter(|entry| entry.role == Role::Reference))
    }
}
