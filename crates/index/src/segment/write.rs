//! Writes segments, from what is new and from what older ones hold.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use firstseen_fingerprint::Pdq;
use firstseen_fingerprint::local::{LISTS, list_of};
use firstseen_model::{AssetId, Feature, Profile};

use super::layout::{Asset, Corner, Kind, LANES, WIDE, code_bytes, header};
use super::output::{Output, refused};
use super::read::Versions;
use super::{MAX_FEATURES, Moment, Part, Row, Segment, Written};
use crate::Role;
use crate::error::Trouble;
use crate::scan::lay_block;

/// An asset of an older segment that is kept, with what is known of it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its place in the older segment.
    pub(crate) ordinal: u32,
    pub(crate) num: i64,
    pub(crate) came: u64,
    pub(crate) role: Role,
}

/// What a segment is made from. No asset may come twice.
pub(crate) struct Contents<'a> {
    /// New ones.
    pub(crate) parts: &'a [Part],
    /// What is kept of older segments. These are of this program's versions.
    pub(crate) kept: Vec<(&'a Segment, Vec<Kept>)>,
}

/// Writes a segment to `out`; `path` is for messages.
///
/// It goes over its sources once a section, so that it needs little memory beside them: some hundred bytes an asset, eight
/// a new feature, and the longest list.
pub(crate) fn write(
    contents: &Contents<'_>,
    out: &mut impl Write,
    path: &Path,
) -> Result<Written, Trouble> {
    let plan = Plan::of(contents)?;
    let mut file = Output::new(out, path);
    file.put(&header())?;
    file.section(Kind::Assets, plan.coming.len() as u64, |file| {
        plan.coming.iter().try_for_each(|coming| file.put(&coming.asset.spell()))
    })?;
    file.section(Kind::Codes, plan.codes.into(), |file| plan.put_codes(file))?;
    file.section(Kind::OtherCodes, (plan.rows - plan.codes).into(), |file| {
        plan.each_row(false, &mut |_, source| file.put(&code_bytes(source.code()?)))
    })?;
    file.section(Kind::Rows, plan.rows.into(), |file| {
        plan.each(&mut |asset, source| {
            let row = Row { asset, ..source.row()? };
            let spelled = row.spell().ok_or_else(|| refused("a moment does not fit"))?;
            file.put(&spelled)
        })
    })?;
    file.section(Kind::Thumbnails, plan.rows.into(), |file| {
        file.blobs(|see| plan.each(&mut |_, source| see(&source.thumbnail()?)))
    })?;
    file.section(Kind::Cutouts, plan.rows.into(), |file| {
        file.blobs(|see| plan.each(&mut |_, source| see(&source.cutout()?)))
    })?;
    file.section(Kind::Tracks, plan.coming.len() as u64, |file| {
        file.blobs(|see| plan.coming.iter().try_for_each(|coming| see(&coming.track()?)))
    })?;
    let features = plan.put_features(&mut file)?;
    let listed = file.end()?;
    let (codes, rows) = (plan.codes.into(), plan.rows.into());
    Ok(Written { listed, assets: plan.coming.len() as u64, codes, rows, features })
}

/// The assets of a segment in its order.
struct Plan<'a> {
    coming: Vec<Coming<'a>>,
    codes: u32,
    rows: u32,
    /// Keys of the new features, by list and then row: see [`Key`].
    new: Vec<Key>,
    /// For each older segment the place here of each of its assets.
    places: Vec<(&'a Segment, Vec<Option<u32>>)>,
}

struct Coming<'a> {
    asset: Asset,
    from: From<'a>,
}

#[derive(Clone, Copy)]
enum From<'a> {
    Part(&'a Part),
    Older { segment: &'a Segment, ordinal: u32, searched: u32, others: u32, counts: [u32; 2] },
}

/// Where a row comes from.
enum Source<'a> {
    Moment(&'a Moment),
    Older(&'a Segment, u32),
}

/// List in the upper 12 bits, row in the next 32, number among the features of the row's moment in the lower 20.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u64);

impl Key {
    fn of(list: u16, row: u32, feature: usize) -> Self {
        Self(u64::from(list) << 52 | u64::from(row) << 20 | feature as u64)
    }

    fn list(self) -> u16 {
        (self.0 >> 52) as u16
    }

    fn row(self) -> u32 {
        (self.0 >> 20) as u32
    }

    fn feature(self) -> usize {
        self.0 as usize & (MAX_FEATURES - 1)
    }
}

/// A feature on its way, by its row here.
type Placed = (u32, FeatureFrom);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum FeatureFrom {
    /// Number among those of its moment.
    New(u32),
    /// Number of the older segment, and place there.
    Older(u32, u32),
}

impl<'a> Plan<'a> {
    fn of(contents: &Contents<'a>) -> Result<Self, Trouble> {
        let mut coming = Vec::new();
        for part in contents.parts {
            part.fits()?;
            let Part { id, num, came, role, profile, .. } = *part;
            coming.push(Coming::new(id, num, came, role, profile, From::Part(part)));
        }
        for (segment, kept) in &contents.kept {
            if segment.versions() != Versions::own() {
                return Err(refused("codes of another version cannot be merged"));
            }
            for &Kept { ordinal, num, came, role } in kept {
                let entry = segment.entry(ordinal)?;
                let (searched, others) = (entry.searched, entry.others);
                let from = From::Older {
                    segment,
                    ordinal,
                    searched: searched.start,
                    others: others.start,
                    counts: [searched.len() as u32, others.len() as u32],
                };
                coming.push(Coming::new(entry.id, num, came, role, entry.profile, from));
            }
        }
        coming.sort_unstable_by_key(|coming| coming.asset.id);
        if let Some(twice) = coming.windows(2).find(|pair| pair[0].asset.id == pair[1].asset.id) {
            return Err(Trouble::rows("segment", Some(twice[0].asset.id), "it comes twice"));
        }
        let counts =
            |searched| coming.iter().map(move |coming| coming.count(searched)).sum::<u64>();
        let (codes, rows) = (counts(true), counts(true) + counts(false));
        let too_many = |_| refused("more rows than a segment can hold");
        let (codes, rows) =
            (u32::try_from(codes).map_err(too_many)?, u32::try_from(rows).map_err(too_many)?);
        let (mut searched, mut others) = (0, codes);
        for coming in &mut coming {
            (coming.asset.searched, coming.asset.others) = (searched, others);
            // The sums fit, so the terms do.
            searched += coming.count(true) as u32;
            others += coming.count(false) as u32;
        }
        let mut plan = Self { coming, codes, rows, new: Vec::new(), places: Vec::new() };
        plan.place(contents)?;
        Ok(plan)
    }

    /// Finds where the features go.
    fn place(&mut self, contents: &Contents<'a>) -> Result<(), Trouble> {
        let mut row = 0;
        let mut new = Vec::new();
        self.each(&mut |_, source| {
            if let Source::Moment(Moment { cutout: Some(cut), .. }) = source {
                for (at, feature) in cut.features.iter().enumerate() {
                    new.push(Key::of(list_of(feature.descriptor), row, at));
                }
            }
            row += 1;
            Ok(())
        })?;
        new.sort_unstable();
        self.new = new;
        for (segment, kept) in &contents.kept {
            let mut places = vec![None; segment.assets() as usize];
            for Kept { ordinal, .. } in kept {
                let id = segment.asset(*ordinal)?.id;
                let at = self.coming.binary_search_by_key(&id, |coming| coming.asset.id);
                places[*ordinal as usize] = at.ok().map(|at| at as u32);
            }
            self.places.push((segment, places));
        }
        Ok(())
    }

    /// Shows the assets' ordinals and where rows come from, in the order of the rows.
    fn each(
        &self,
        see: &mut dyn FnMut(u32, Source<'a>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        self.each_row(true, see)?;
        self.each_row(false, see)
    }

    /// The same, of the rows that are searched or of those that are not.
    fn each_row(
        &self,
        searched: bool,
        see: &mut dyn FnMut(u32, Source<'a>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        for (asset, coming) in (0..).zip(&self.coming) {
            match coming.from {
                From::Part(part) => {
                    let mut moments =
                        part.moments.iter().filter(|moment| moment.gate.is_none() == searched);
                    moments.try_for_each(|moment| see(asset, Source::Moment(moment)))?;
                }
                From::Older { segment, searched: first, others, counts: [count, rest], .. } => {
                    let rows = if searched { first..first + count } else { others..others + rest };
                    for row in rows {
                        see(asset, Source::Older(segment, row))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn put_codes(&self, file: &mut Output<'_, impl Write>) -> Result<(), Trouble> {
        let mut block = Vec::with_capacity(LANES as usize);
        let mut bytes = Vec::new();
        let mut lay = |block: &mut Vec<Pdq>| {
            bytes.clear();
            lay_block(block, &mut bytes);
            block.clear();
            file.put(&bytes)
        };
        self.each_row(true, &mut |_, source| {
            block.push(source.code()?);
            if block.len() == LANES as usize { lay(&mut block) } else { Ok(()) }
        })?;
        if block.is_empty() { Ok(()) } else { lay(&mut block) }
    }

    /// Writes descriptors, corners and lists; returns how many features there are.
    fn put_features(&self, file: &mut Output<'_, impl Write>) -> Result<u64, Trouble> {
        let mut ends = vec![0_u32];
        let mut count = 0_u64;
        let mut of_list = Vec::new();
        for list in 0..LISTS as u16 {
            self.of_list(list, &mut of_list)?;
            count += of_list.len() as u64;
            ends.push(
                u32::try_from(count)
                    .map_err(|_| refused("more features than a segment can hold"))?,
            );
        }
        file.section(Kind::Lists, LISTS as u64, |file| {
            ends.iter().try_for_each(|end| file.put(&end.to_le_bytes()))
        })?;
        file.section(Kind::Descriptors, count, |file| {
            let mut block = Vec::with_capacity(WIDE);
            for list in 0..LISTS as u16 {
                self.of_list(list, &mut of_list)?;
                for (row, from) in &of_list {
                    block.push(self.feature(*row, *from)?.descriptor);
                    if block.len() == WIDE {
                        file.put_descriptors(&mut block)?;
                    }
                }
            }
            if block.is_empty() { Ok(()) } else { file.put_descriptors(&mut block) }
        })?;
        file.section(Kind::Corners, count, |file| {
            for list in 0..LISTS as u16 {
                self.of_list(list, &mut of_list)?;
                for (row, from) in &of_list {
                    let Feature { x, y, level, angle, .. } = self.feature(*row, *from)?;
                    file.put(&Corner { row: *row, x, y, level, angle }.spell())?;
                }
            }
            Ok(())
        })?;
        Ok(count)
    }

    /// The features of a list, by row; those of a row as they came.
    fn of_list(&self, list: u16, found: &mut Vec<Placed>) -> Result<(), Trouble> {
        found.clear();
        let first = self.new.partition_point(|key| key.list() < list);
        let new = self.new[first..].iter().take_while(|key| key.list() == list);
        found.extend(new.map(|key| (key.row(), FeatureFrom::New(key.feature() as u32))));
        for (number, (segment, places)) in (0..).zip(&self.places) {
            for place in segment.list(list)? {
                let old = segment.corner(place)?.row;
                let Some(at) = places[segment.row(old)?.asset as usize] else { continue };
                let row = self.coming[at as usize].new_row(old);
                let row = row.ok_or_else(|| {
                    segment.bad(Kind::Rows, format!("row {old} is of another asset"))
                })?;
                found.push((row, FeatureFrom::Older(number, place as u32)));
            }
        }
        found.sort_unstable();
        Ok(())
    }

    fn feature(&self, row: u32, from: FeatureFrom) -> Result<Feature, Trouble> {
        match from {
            FeatureFrom::Older(number, place) => {
                Ok(self.places[number as usize].0.feature(place as usize)?.1)
            }
            FeatureFrom::New(number) => {
                let moment = self.moment(row).and_then(|moment| moment.cutout.as_ref());
                let feature = moment.and_then(|cut| cut.features.get(number as usize));
                feature.copied().ok_or_else(|| refused("a feature is lost"))
            }
        }
    }

    /// The new moment of a row.
    fn moment(&self, row: u32) -> Option<&'a Moment> {
        let searched = row < self.codes;
        let first = |coming: &Coming<'_>| {
            if searched { coming.asset.searched } else { coming.asset.others }
        };
        let at = self.coming.partition_point(|coming| first(coming) <= row).checked_sub(1)?;
        let From::Part(part) = self.coming[at].from else { return None };
        let nth = (row - first(&self.coming[at])) as usize;
        // A clip has some hundreds of moments, and nearly all are searched.
        part.moments.iter().filter(|moment| moment.gate.is_none() == searched).nth(nth)
    }
}

impl<'a> Coming<'a> {
    fn new(id: AssetId, num: i64, came: u64, role: Role, profile: Profile, from: From<'a>) -> Self {
        Self { asset: Asset { id, num, came, searched: 0, others: 0, role, profile }, from }
    }

    fn count(&self, searched: bool) -> u64 {
        match self.from {
            From::Part(part) => {
                let is = |moment: &&Moment| moment.gate.is_none() == searched;
                part.moments.iter().filter(is).count() as u64
            }
            From::Older { counts: [count, rest], .. } => if searched { count } else { rest }.into(),
        }
    }

    /// Where a row of the older segment lies here.
    fn new_row(&self, old: u32) -> Option<u32> {
        let From::Older { searched, others, counts: [count, rest], .. } = self.from else {
            return None;
        };
        let among = |first: u32, count| old.checked_sub(first).filter(|at| *at < count);
        let searched = among(searched, count).map(|at| self.asset.searched + at);
        searched.or_else(|| among(others, rest).map(|at| self.asset.others + at))
    }

    fn track(&self) -> Result<Vec<u8>, Trouble> {
        match self.from {
            From::Part(part) => {
                let codes = part.track.iter().flatten();
                Ok(codes.flat_map(|code| code.to_le_bytes()).collect())
            }
            From::Older { segment, ordinal, .. } => segment.blob(Kind::Tracks, ordinal),
        }
    }
}

impl<'a> Source<'a> {
    fn code(&self) -> Result<Pdq, Trouble> {
        match self {
            Self::Moment(moment) => Ok(moment.pdq),
            Self::Older(segment, row) => segment.code(*row),
        }
    }

    /// The row; which asset's it is the caller knows.
    fn row(&self) -> Result<Row, Trouble> {
        match self {
            Self::Moment(moment) => Ok(Row {
                gradient: moment.gradient,
                at: moment.at,
                asset: 0,
                shot: moment.shot,
                texture: moment.texture,
                pdq_quality: moment.pdq_quality,
                gate: moment.gate,
            }),
            Self::Older(segment, row) => segment.row(*row),
        }
    }

    fn thumbnail(&self) -> Result<Cow<'a, [u8]>, Trouble> {
        match self {
            Self::Moment(moment) => Ok(Cow::Borrowed(&moment.thumbnail)),
            Self::Older(segment, row) => Ok(segment.blob(Kind::Thumbnails, *row)?.into()),
        }
    }

    fn cutout(&self) -> Result<Vec<u8>, Trouble> {
        match self {
            Self::Moment(moment) => {
                Ok(moment.cutout.as_ref().map(|cut| cut.spell()).unwrap_or_default())
            }
            Self::Older(segment, row) => segment.blob(Kind::Cutouts, *row),
        }
    }
}
