//! What pictures are taken from: the two files of a match, or what the index keeps of one that has gone.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use firstseen_index::Snapshot;
use firstseen_intake::{Pool, Record, Source};
use firstseen_match::{Grade, Pair, Replay, Segment, replay};
use firstseen_media::{Rgb, decode_jpeg};
use firstseen_model::{AssetId, MediaTime};

use crate::pipeline::paths::Kept;

/// Longest side of a picture that is written.
const MAX_SIDE: usize = 1024;

/// Longest side of a reference that is replayed: a query may be a small part of it.
const REFERENCE_SIDE: u32 = 2048;

/// What pictures are taken from.
pub(crate) struct Sides<'a> {
    /// The workers.
    pub(crate) pool: &'a Pool,
    /// The query's open file.
    pub(crate) query: &'a Source,
    /// What came of reading it.
    pub(crate) record: &'a Record,
    /// Where references are.
    pub(crate) references: References<'a>,
    /// The index, for their thumbnails.
    pub(crate) snapshot: &'a Snapshot,
    /// Whether somebody wants to stop.
    pub(crate) interrupt: &'a crate::interrupt::Interrupt,
}

/// Where references are.
pub(crate) enum References<'a> {
    /// The one that there is, opened.
    Open(&'a Source),
    /// Files where the index knows them.
    Kept(&'a Kept),
}

/// A reference's file, or why there is none to take pictures from.
pub(super) enum Opened<'a> {
    Given(&'a Source),
    Found(Source),
    Gone(String),
}

impl Sides<'_> {
    pub(super) fn stop(&self) -> bool {
        self.interrupt.is_set()
    }

    /// The file of a reference. Size and time must be those that the index knows; that its bytes are the same is then
    /// taken for granted.
    pub(super) fn reference(&self, id: &AssetId) -> anyhow::Result<Opened<'_>> {
        let kept = match &self.references {
            References::Open(source) => return Ok(Opened::Given(source)),
            References::Kept(kept) => kept,
        };
        let mut why = "no path of it is known".to_owned();
        for path in self.snapshot.asset(id)?.map(|asset| asset.paths).unwrap_or_default() {
            let here = kept.seen_from_here(&path).unwrap_or_else(|| path.clone());
            let here = Path::new(OsStr::from_bytes(&here));
            let stored = self.snapshot.file(&path)?;
            match (Source::open(here), stored) {
                (Ok(source), Some((file, _)))
                    if source.size_bytes() == file.size_bytes
                        && source.modified_ns() == file.modified_ns =>
                {
                    return Ok(Opened::Found(source));
                }
                (Ok(_), _) => why = format!("{} has changed", here.display()),
                (Err(_), _) => why = format!("{} is not there", here.display()),
            }
        }
        Ok(Opened::Gone(why))
    }

    /// The thumbnail that the index keeps of a moment.
    fn thumbnail(&self, id: &AssetId, at: MediaTime) -> anyhow::Result<Option<Rgb>> {
        let samples = self.snapshot.samples(id)?;
        let Some(nearest) = samples.iter().min_by_key(|sample| (sample.at - at).0.abs()) else {
            return Ok(None);
        };
        let jpeg = self.snapshot.thumbnails(&[nearest.id])?.pop().flatten();
        Ok(jpeg.and_then(|jpeg| decode_jpeg(&jpeg, REFERENCE_SIDE).ok()))
    }
}

/// Stills of the query, of which the last is kept: a picture has one only.
pub(super) struct Stills<'a> {
    pool: &'a Pool,
    query: &'a Source,
    last: Option<(MediaTime, Result<Rgb, String>)>,
}

impl<'a> Stills<'a> {
    pub(super) fn of(sides: &Sides<'a>) -> Self {
        Self { pool: sides.pool, query: sides.query, last: None }
    }

    fn query(&mut self, at: MediaTime) -> anyhow::Result<Result<Rgb, String>> {
        if let Some((_, still)) = self.last.as_ref().filter(|(time, _)| *time == at) {
            return Ok(still.clone());
        }
        let taken = still(self.pool, self.query, at, MAX_SIDE as u32)?;
        self.last = Some((at, taken.clone()));
        Ok(taken)
    }
}

/// The picture of `source` at `at`, or why there is none.
fn still(
    pool: &Pool,
    source: &Source,
    at: MediaTime,
    max_side: u32,
) -> anyhow::Result<Result<Rgb, String>> {
    let mut jpeg = None;
    let end = pool.stills(source, &[at], max_side, &mut |_, bytes| jpeg = Some(bytes.to_vec()))?;
    let Some(jpeg) = jpeg else {
        return Ok(Err(end.why.unwrap_or_else(|| "no frame came out".to_owned())));
    };
    Ok(decode_jpeg(&jpeg, max_side).map_err(|error| error.to_string()))
}

/// One moment of a match, as far as there are pictures of it.
pub(super) struct Shown {
    pub(super) query: Option<Rgb>,
    pub(super) reference: Option<Rgb>,
    pub(super) replay: Option<Replay>,
    pub(super) missing: Vec<String>,
}

impl Shown {
    pub(super) fn of(
        (segment, pair): (&Segment, &Pair),
        id: &AssetId,
        sides: &Sides<'_>,
        reference: &Opened<'_>,
        stills: &mut Stills<'_>,
    ) -> anyhow::Result<Self> {
        let mut missing = Vec::new();
        let query = match stills.query(pair.query)? {
            Ok(query) => Some(query),
            Err(why) => {
                missing.push(format!("no picture of the query: {why}"));
                None
            }
        };
        let there = match reference {
            Opened::Given(source) => still(sides.pool, source, pair.reference, REFERENCE_SIDE)?,
            Opened::Found(source) => still(sides.pool, source, pair.reference, REFERENCE_SIDE)?,
            Opened::Gone(why) => Err(why.clone()),
        };
        let reference = match there {
            Ok(there) => Some(there),
            Err(why) => {
                let thumbnail = sides.thumbnail(id, pair.reference)?;
                missing.push(match thumbnail {
                    Some(_) => format!("the reference is shown by its thumbnail: {why}"),
                    None => format!("no picture of the reference: {why}"),
                });
                thumbnail
            }
        };
        let replay = match (&query, &reference) {
            (Some(query), Some(reference)) => {
                Some(replay(reference, &segment.edit, query.width(), query.height()))
            }
            _ => None,
        };
        Ok(Self { query, reference, replay, missing })
    }

    /// The pictures by what they show, as JPEGs of a size; of identical bytes both sides only.
    pub(super) fn jpegs(&self, grade: Grade, size: Size) -> BTreeMap<&'static str, Vec<u8>> {
        let mut jpegs = BTreeMap::new();
        let sides = [("query", &self.query), ("reference", &self.reference)];
        for (what, side) in sides {
            jpegs.extend(side.as_ref().map(|side| (what, size.jpeg(side))));
        }
        if let (Some(query), Some(replay)) = (&self.query, &self.replay)
            && grade != Grade::IdenticalBytes
        {
            jpegs.insert("replay", size.jpeg(&replay.picture));
            jpegs.insert("difference", size.jpeg(&replay.difference(query)));
        }
        jpegs
    }
}

/// How large pictures are, and how well they are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    max_side: usize,
    quality: u8,
}

impl Size {
    /// Of a picture that is written to a file.
    pub(super) const FILE: Self = Self { max_side: MAX_SIDE, quality: 90 };

    /// Of a picture on a page: a page on fifty files stays under 10 MB.
    pub(super) const PAGE: Self = Self { max_side: 480, quality: 80 };

    /// The picture with no side over the longest.
    fn jpeg(self, picture: &Rgb) -> Vec<u8> {
        let (width, height) = (picture.width(), picture.height());
        let long = width.max(height);
        if long <= self.max_side {
            return picture.jpeg(self.quality);
        }
        let fit = |side: usize| ((side * self.max_side + long / 2) / long).max(1);
        picture.resized(fit(width), fit(height)).jpeg(self.quality)
    }
}
