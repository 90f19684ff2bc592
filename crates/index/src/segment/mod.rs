//! Immutable files of fingerprints: what one commit adds, or several of them merged.
//!
//! `docs/format.md` has the format. What is searched is mapped and used as it lies; thumbnails, cutouts and tracks are
//! read by position. Each 64 KiB is tested when something in it is first touched, so that damage is an error and never
//! another answer.

mod check;
mod features;
mod held;
mod layout;
mod output;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::ops::Range;
use std::path::PathBuf;

use firstseen_fingerprint::{Pdq, Quality};
use firstseen_intake::Gate;
use firstseen_model::{AssetId, Feature, MediaTime, Profile};

use crate::Role;
use crate::error::Trouble;

pub(crate) use features::Grouped;
pub(crate) use write::{Contents, Kept, write};

/// Greatest number of a shot: a row has three bytes for it.
pub(crate) const MAX_SHOT: u32 = 0xff_ffff;

/// Least and greatest time of a moment: a row has 48 bits for it, so some four years.
const TIMES: Range<i64> = -(1 << 47)..1 << 47;

/// Features that a moment may have: as many as are told apart while they are sorted into lists.
const MAX_FEATURES: usize = 1 << 20;

/// One asset's fingerprint on its way into a segment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) id: AssetId,
    /// Its number in the catalogue.
    pub(crate) num: i64,
    /// Sequence number of its coming.
    pub(crate) came: u64,
    pub(crate) role: Role,
    pub(crate) profile: Profile,
    /// By time.
    pub(crate) moments: Vec<Moment>,
    /// Codes of its time track.
    pub(crate) track: Option<Vec<u64>>,
}

/// What is kept of a moment. It is searched unless it is gated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moment {
    pub(crate) at: MediaTime,
    pub(crate) shot: u32,
    pub(crate) texture: u8,
    pub(crate) gate: Option<Gate>,
    pub(crate) pdq: Pdq,
    pub(crate) pdq_quality: Quality,
    pub(crate) gradient: u64,
    /// Empty where there is none.
    pub(crate) thumbnail: Vec<u8>,
    pub(crate) cutout: Option<Cut>,
}

/// A part of a frame with its local features.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cut {
    pub(crate) part: firstseen_model::Part,
    /// Columns of the plane of the features.
    pub(crate) width: u16,
    /// Its rows.
    pub(crate) height: u16,
    /// Empty where the moment's own serves.
    pub(crate) thumbnail: Vec<u8>,
    pub(crate) features: Vec<Feature>,
}

/// An asset as a segment has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: AssetId,
    pub(crate) num: i64,
    pub(crate) came: u64,
    pub(crate) role: Role,
    pub(crate) profile: Profile,
    /// Its rows that are searched.
    pub(crate) searched: Range<u32>,
    /// Its other rows.
    pub(crate) others: Range<u32>,
}

/// A row, without its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) gradient: u64,
    pub(crate) at: MediaTime,
    /// Ordinal of its asset.
    pub(crate) asset: u32,
    pub(crate) shot: u32,
    pub(crate) texture: u8,
    pub(crate) pdq_quality: Quality,
    pub(crate) gate: Option<Gate>,
}

/// A row's cutout, without its features.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredCut {
    pub(crate) part: firstseen_model::Part,
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// How many features there are.
    pub(crate) features: u32,
    /// Empty where the row's own serves.
    pub(crate) thumbnail: Vec<u8>,
}

/// What the catalogue knows of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// BLAKE3 of the file, which is its name.
    pub(crate) blake3: [u8; 32],
    /// BLAKE3 of its footer.
    pub(crate) footer: [u8; 32],
    /// Its length.
    pub(crate) bytes: u64,
}

impl Listed {
    /// The name of its file.
    pub(crate) fn file_name(&self) -> String {
        format!("{}.seg", AssetId(self.blake3))
    }
}

/// What writing a segment came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) listed: Listed,
    pub(crate) assets: u64,
    /// Rows that are searched.
    pub(crate) codes: u64,
    /// All rows.
    pub(crate) rows: u64,
    pub(crate) features: u64,
}

/// An open segment.
pub(crate) struct Segment {
    held: held::Held,
    sections: layout::Sections,
    /// Where sections lie, also those of kinds that are passed over.
    taken: Vec<Range<u64>>,
    listed: Listed,
    /// For messages.
    path: PathBuf,
}

impl Part {
    /// Brings its moments into the order of their times, and tests that a segment can hold them.
    pub(crate) fn in_order(mut self) -> Result<Self, Trouble> {
        self.moments.sort_by_key(|moment| moment.at);
        self.fits().map(|()| self)
    }

    fn fits(&self) -> Result<(), Trouble> {
        let refused = |why: String| Err(Trouble::rows("segment", Some(self.id), why));
        if !self.moments.is_sorted_by_key(|moment| moment.at) {
            return refused("its moments are not in the order of time".to_owned());
        }
        for moment in &self.moments {
            let features = moment.cutout.as_ref().map_or(0, |cut| cut.features.len());
            if !TIMES.contains(&moment.at.0) {
                return refused(format!(
                    "a moment at {} s is too late to be kept",
                    moment.at.seconds()
                ));
            }
            if moment.shot > MAX_SHOT {
                return refused(format!("a moment of shot {}", moment.shot));
            }
            if features >= MAX_FEATURES {
                return refused(format!("a moment with {features} local features"));
            }
        }
        Ok(())
    }
}
