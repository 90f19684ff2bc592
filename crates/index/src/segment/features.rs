//! The local features of a segment, by list and by row.

use std::ops::Range;

use firstseen_model::{Descriptor, Feature};

use super::Segment;
use super::held::as_words;
use super::layout::{CORNER, Corner, Kind, WIDE};
use crate::error::Trouble;
use crate::scan::{DescriptorsView, Words};

/// Bytes of a block of descriptors.
const BLOCK: u64 = 32 * WIDE as u64;

/// The features of a segment by row.
pub(crate) struct Grouped<'a> {
    segment: &'a Segment,
    /// Where the places of each row begin, and the last ones end.
    starts: Vec<u32>,
    /// Places by row.
    places: Vec<u32>,
}

impl Segment {
    /// The places of a list's features.
    pub(crate) fn list(&self, list: u16) -> Result<Range<usize>, Trouble> {
        let at = u64::from(list) * 4;
        let bytes = self.see(Kind::Lists, at..at + 8)?;
        let &[start, end] = bytes.as_chunks().0 else {
            return Err(self.bad(Kind::Lists, "they are cut"));
        };
        let [start, end] = [start, end].map(|end| u32::from_le_bytes(end) as usize);
        if start > end || end > self.features() {
            return Err(self.bad(Kind::Lists, format!("list {list} is none")));
        }
        Ok(start..end)
    }

    /// The descriptors, tested where they lie in `places`; they are numbered as in the segment.
    pub(crate) fn descriptors(&self, places: Range<usize>) -> Result<DescriptorsView<'_>, Trouble> {
        let blocks = places.start / WIDE..places.end.div_ceil(WIDE);
        self.words(blocks.start as u64..blocks.end.max(blocks.start) as u64)?;
        let all = self.untested(Kind::Descriptors).and_then(as_words);
        let view = all.and_then(|words| DescriptorsView::new(words, self.features()));
        view.ok_or_else(|| self.bad(Kind::Descriptors, "they are not aligned"))
    }

    /// The row and what is known of the feature in a place.
    pub(crate) fn feature(&self, place: usize) -> Result<(u32, Feature), Trouble> {
        let Corner { row, x, y, level, angle } = self.corner(place)?;
        let descriptor = self.descriptor(place)?;
        Ok((row, Feature { x, y, level, angle, descriptor }))
    }

    /// The features by row.
    pub(crate) fn grouped(&self) -> Result<Grouped<'_>, Trouble> {
        self.group(true)
    }

    /// The features by row, but for those whose row cannot be told any more.
    pub(super) fn grouped_where_sound(&self) -> Result<Grouped<'_>, Trouble> {
        self.group(false)
    }

    fn group(&self, all: bool) -> Result<Grouped<'_>, Trouble> {
        let mut starts = vec![0_u32; self.rows() as usize + 1];
        let for_each = |see: &mut dyn FnMut(u32, usize)| {
            for place in 0..self.features() {
                match self.corner(place) {
                    Ok(corner) => see(corner.row, place),
                    Err(trouble) if all => return Err(trouble),
                    Err(_) => {}
                }
            }
            Ok(())
        };
        for_each(&mut |row, _| starts[row as usize + 1] += 1)?;
        for row in 1..starts.len() {
            starts[row] += starts[row - 1];
        }
        let mut places = vec![0; starts.last().map_or(0, |end| *end as usize)];
        let mut next = starts.clone();
        for_each(&mut |row, place| {
            let at = &mut next[row as usize];
            // A chunk that was good the first time is not tested again, so there are no more now.
            if let Some(free) = places.get_mut(*at as usize) {
                *free = place as u32;
                *at += 1;
            }
        })?;
        Ok(Grouped { segment: self, starts, places })
    }

    pub(super) fn corner(&self, place: usize) -> Result<Corner, Trouble> {
        let corner = Corner::parse(self.item(Kind::Corners, place as u64, CORNER)?);
        let corner = corner.filter(|corner| corner.row < self.rows());
        corner.ok_or_else(|| self.bad(Kind::Corners, format!("feature {place} is of no row")))
    }

    pub(super) fn descriptor(&self, place: usize) -> Result<Descriptor, Trouble> {
        let block = (place / WIDE) as u64;
        let words = self.words(block..block + 1)?;
        let Some(Words(words)) = words.first().filter(|_| place < self.features()) else {
            return Err(self.bad(Kind::Descriptors, format!("there is no feature {place}")));
        };
        Ok(Descriptor(words.map(|word| word[place % WIDE])))
    }

    fn words(&self, blocks: Range<u64>) -> Result<&[Words], Trouble> {
        let bytes = self.see(Kind::Descriptors, blocks.start * BLOCK..blocks.end * BLOCK)?;
        as_words(bytes).ok_or_else(|| self.bad(Kind::Descriptors, "they are not aligned"))
    }
}

impl Grouped<'_> {
    /// The features of a row, in an order of their own: as they lie, not as they were sorted into lists.
    pub(crate) fn of(&self, row: u32) -> Result<Vec<Feature>, Trouble> {
        let mut features = self.each_of(row).collect::<Result<Vec<_>, _>>()?;
        features.sort_unstable_by_key(order);
        Ok(features)
    }

    /// The same of a damaged segment, without those that cannot be read.
    pub(super) fn sound_of(&self, row: u32) -> Vec<Feature> {
        let mut features: Vec<_> = self.each_of(row).filter_map(Result::ok).collect();
        features.sort_unstable_by_key(order);
        features
    }

    fn each_of(&self, row: u32) -> impl Iterator<Item = Result<Feature, Trouble>> {
        let row = row as usize;
        let ends = self.starts.get(row).zip(self.starts.get(row + 1));
        let places = ends.and_then(|(start, end)| self.places.get(*start as usize..*end as usize));
        let places = places.unwrap_or_default().iter();
        places.map(|place| self.segment.feature(*place as usize).map(|(_, feature)| feature))
    }
}

/// The order in which a row's features are given.
pub(super) fn order(feature: &Feature) -> (u8, u16, u16, u8, Descriptor) {
    let Feature { x, y, level, angle, descriptor } = *feature;
    (level, y, x, angle, descriptor)
}
