//! Matches shown as pictures: a moment of both sides, the edit replayed, and where they then still differ.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use firstseen_index::Snapshot;
use firstseen_intake::{Pool, Record, Source};
use firstseen_match::{Grade, Pair, Replay, Segment, replay};
use firstseen_media::{Rgb, decode_jpeg};
use firstseen_model::{AssetId, Gap, MediaTime};
use firstseen_report::{self as report, FileReport, MatchReport};

use super::paths::Kept;
use super::walk::Met;
use crate::output;

/// Longest side of a picture that is written.
const MAX_SIDE: usize = 1024;

/// Longest side of a reference that is replayed: a query may be a small part of it.
const REFERENCE_SIDE: u32 = 2048;

/// Segments of a match that are shown.
const SEGMENTS: usize = 4;

/// Matches of a file that are shown.
const MATCHES: usize = 20;

/// Digits of a match's id in names: more than are printed, so that a name does not depend on what else a run finds.
const ID_DIGITS: usize = 8;

/// Columns of one picture of three that are side by side.
const PANE_WIDTH: usize = 640;

/// Columns between two of them, and their colour.
const GAP: usize = 6;
const BETWEEN: [u8; 3] = [255; 3];

/// JPEG quality of what is written.
const QUALITY: u8 = 90;

/// The folder that pictures go to.
#[derive(Clone, Debug)]
pub(crate) struct Frames {
    /// As given.
    given: String,
    /// As the system knows it.
    whole: PathBuf,
}

impl Frames {
    /// For what is to be looked at, where a folder is given; what a walk met in it is passed over.
    ///
    /// # Errors
    ///
    /// Where it is no folder to write to.
    pub(crate) fn for_inputs(
        folder: Option<&Path>,
        met: &mut [Met],
    ) -> anyhow::Result<Option<Self>> {
        let Some(folder) = folder else { return Ok(None) };
        let frames = Self::in_folder(folder)?;
        frames.keep_out(met)?;
        Ok(Some(frames))
    }

    /// Makes the folder where it is not there.
    ///
    /// # Errors
    ///
    /// Where it cannot be made, is a file, lies in an index, or has a name that JSON cannot hold.
    fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        let shown = folder.display();
        output::refuse_in_index("--frames", folder, "pictures")?;
        if folder.exists() && !folder.is_dir() {
            bail!("--frames: {shown} is a file; a folder is needed");
        }
        let Some(given) = folder.to_str() else {
            bail!("--frames: {shown} is no UTF-8, and reports could not name what is in it");
        };
        let cannot = || format!("--frames: cannot make the folder {shown}");
        fs::create_dir_all(folder).with_context(cannot)?;
        let whole = folder.canonicalize().with_context(cannot)?;
        Ok(Self { given: given.to_owned(), whole })
    }

    /// Passes over what a walk met in this folder: pictures of earlier runs are no input.
    ///
    /// # Errors
    ///
    /// Where a file in it was named itself: inputs are never written to.
    fn keep_out(&self, met: &mut [Met]) -> anyhow::Result<()> {
        let mut last: Option<(PathBuf, bool)> = None;
        for met in met {
            let parent = met.path.parent().filter(|parent| !parent.as_os_str().is_empty());
            let parent = parent.unwrap_or(Path::new("."));
            let within = match &last {
                Some((folder, within)) if folder == parent => *within,
                _ => parent.canonicalize().is_ok_and(|parent| parent.starts_with(&self.whole)),
            };
            last = Some((parent.to_path_buf(), within));
            if within && met.named {
                bail!(
                    "--frames: {} is to be looked at and lies in {}; name another folder",
                    met.path.display(),
                    self.given
                );
            }
            if within {
                met.skipped = Some("in the folder that --frames writes to".to_owned());
            }
        }
        Ok(())
    }

    /// Writes pictures of the matches of one file, and names them in its report.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written to, the index is damaged or no worker can be started. A side that gives no
    /// picture is a gap.
    pub(crate) fn write(
        &self,
        report: &mut FileReport,
        sides: &Sides<'_>,
        leads: Leads,
    ) -> anyhow::Result<()> {
        let shown =
            |known: &&mut MatchReport| leads == Leads::Shown || known.found.grade != Grade::Lead;
        let all = report.matches.iter_mut().filter(shown).count();
        if all > MATCHES {
            let why = format!("pictures of the first {MATCHES} of {all} matches were written");
            report.gaps.push(Gap::new("frames", why));
        }
        let mut stills = Stills::of(sides);
        for known in report.matches.iter_mut().filter(shown).take(MATCHES) {
            if sides.stop() {
                break;
            }
            self.one(known, sides, &mut stills, &mut report.gaps)?;
        }
        Ok(())
    }

    fn one(
        &self,
        known: &mut MatchReport,
        sides: &Sides<'_>,
        stills: &mut Stills<'_>,
        gaps: &mut Vec<Gap>,
    ) -> anyhow::Result<()> {
        let found = &mut known.found;
        show_identical(found, sides.record);
        let id = found.id().short(ID_DIGITS);
        let name = format!("{}-{id}", &found.query.to_string()[..8]);
        let stem = Path::new(&self.given).join(name).to_string_lossy().into_owned();
        let reference = sides.reference(&found.reference)?;
        let mut frames = report::Frames { stem: stem.clone(), segments: Vec::new() };
        for (i, segment) in found.segments.iter().enumerate().take(SEGMENTS) {
            let mut named = BTreeMap::new();
            let shown = Shown::of(segment, &found.reference, sides, &reference, stills)?;
            let plain = found.grade == Grade::IdenticalBytes;
            for (what, jpeg) in shown.jpegs(plain) {
                let path = format!("{stem}-{}-{what}.jpg", i + 1);
                output::put(Path::new(&path), &jpeg)
                    .with_context(|| format!("--frames: cannot write {path}"))?;
                named.insert(what, path);
            }
            for why in shown.missing {
                let gap = Gap::new("frames", format!("{id}: {why}"));
                if !gaps.contains(&gap) && !sides.stop() {
                    gaps.push(gap);
                }
            }
            frames.segments.push(named);
        }
        if found.segments.len() > SEGMENTS {
            let all = found.segments.len();
            let why =
                format!("{id}: pictures of the first {SEGMENTS} of {all} stretches were written");
            gaps.push(Gap::new("frames", why));
        }
        known.frames = frames.segments.iter().any(|named| !named.is_empty()).then_some(frames);
        Ok(())
    }
}

/// The best moment of the best match in one picture: query, replay and difference side by side. `None` where nothing
/// matches, or a side gives no picture; then the report has a gap.
///
/// # Errors
///
/// As [`Frames::write`].
pub(crate) fn side_by_side(
    report: &mut FileReport,
    sides: &Sides<'_>,
) -> anyhow::Result<Option<Rgb>> {
    let matched = |known: &&mut MatchReport| {
        known.found.grade != Grade::Lead && !known.found.segments.is_empty()
    };
    let Some(known) = report.matches.iter_mut().find(matched) else { return Ok(None) };
    show_identical(&mut known.found, sides.record);
    let best = |segment: &&Segment| segment.pairs.first().and_then(|pair| pair.agreement);
    let Some(segment) = known
        .found
        .segments
        .iter()
        .rev()
        .max_by(|a, b| best(a).partial_cmp(&best(b)).unwrap_or(Ordering::Equal))
    else {
        return Ok(None);
    };
    let reference = sides.reference(&known.found.reference)?;
    let mut stills = Stills::of(sides);
    let shown = Shown::of(segment, &known.found.reference, sides, &reference, &mut stills)?;
    report.gaps.extend(shown.missing.iter().map(|why| Gap::new("frames", why.as_str())));
    let (Some(query), Some(replay)) = (&shown.query, &shown.replay) else { return Ok(None) };
    let panes = [query.clone(), replay.picture.clone(), replay.difference(query)];
    Ok(Some(beside_each_other(&panes.map(|pane| narrowed(&pane)))))
}

/// Pictures of one height from left to right, with a gap between them.
fn beside_each_other(panes: &[Rgb; 3]) -> Rgb {
    let height = panes[0].height();
    let width = panes.iter().map(Rgb::width).sum::<usize>() + 2 * GAP;
    let mut sheet = Rgb::plain(width, height, BETWEEN);
    let mut left = 0;
    for pane in panes {
        for (y, x) in (0..pane.height()).flat_map(|y| (0..pane.width()).map(move |x| (y, x))) {
            sheet.put(left + x, y, pane.at(x, y));
        }
        left += pane.width() + GAP;
    }
    sheet
}

/// The picture with no more than [`PANE_WIDTH`] columns.
fn narrowed(picture: &Rgb) -> Rgb {
    let (width, height) = (picture.width(), picture.height());
    if width <= PANE_WIDTH {
        return picture.clone();
    }
    picture.resized(PANE_WIDTH, ((height * PANE_WIDTH + width / 2) / width).max(1))
}

/// Whether what the judge turned down is shown too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leads {
    /// It is.
    Shown,
    /// It is not.
    LeftOut,
}

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
enum Opened<'a> {
    Given(&'a Source),
    Found(Source),
    Gone(String),
}

impl Sides<'_> {
    fn stop(&self) -> bool {
        self.interrupt.is_set()
    }

    /// The file of a reference. Size and time must be those that the index knows; that its bytes are the same is then
    /// taken for granted.
    fn reference(&self, id: &AssetId) -> anyhow::Result<Opened<'_>> {
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

/// Identical bytes were not compared, and have no moment yet: the first usable one will do.
fn show_identical(found: &mut firstseen_match::Match, record: &Record) {
    let usable = record.samples.iter().find(|sample| sample.gate.is_none());
    let Some(sample) = usable.or(record.samples.first()) else { return };
    if found.grade == Grade::IdenticalBytes
        && let Some(segment) = found.segments.first_mut().filter(|s| s.pairs.is_empty())
    {
        segment.pairs.push(Pair {
            query: sample.at,
            reference: sample.at,
            distance: Some(0),
            agreement: None,
            blocks: 0,
            tone: None,
        });
    }
}

/// Stills of the query, of which the last is kept: a picture has one only.
struct Stills<'a> {
    pool: &'a Pool,
    query: &'a Source,
    last: Option<(MediaTime, Result<Rgb, String>)>,
}

impl<'a> Stills<'a> {
    fn of(sides: &Sides<'a>) -> Self {
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
struct Shown {
    query: Option<Rgb>,
    reference: Option<Rgb>,
    replay: Option<Replay>,
    missing: Vec<String>,
}

impl Shown {
    fn of(
        segment: &Segment,
        id: &AssetId,
        sides: &Sides<'_>,
        reference: &Opened<'_>,
        stills: &mut Stills<'_>,
    ) -> anyhow::Result<Self> {
        let mut missing = Vec::new();
        let Some(pair) = segment.pairs.first() else {
            return Ok(Self { query: None, reference: None, replay: None, missing });
        };
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

    /// The pictures as JPEG; of identical bytes both sides only.
    fn jpegs(&self, plain: bool) -> Vec<(&'static str, Vec<u8>)> {
        let mut jpegs = Vec::new();
        let sides = [("query", &self.query), ("reference", &self.reference)];
        for (what, side) in sides {
            jpegs.extend(side.as_ref().map(|side| (what, fitted(side).jpeg(QUALITY))));
        }
        if let (Some(query), Some(replay), false) = (&self.query, &self.replay, plain) {
            jpegs.push(("replay", replay.picture.jpeg(QUALITY)));
            jpegs.push(("difference", replay.difference(query).jpeg(QUALITY)));
        }
        jpegs
    }
}

/// The picture with no side over [`MAX_SIDE`].
fn fitted(picture: &Rgb) -> Rgb {
    let (width, height) = (picture.width(), picture.height());
    let long = width.max(height);
    if long <= MAX_SIDE {
        return picture.clone();
    }
    let fit = |side: usize| ((side * MAX_SIDE + long / 2) / long).max(1);
    picture.resized(fit(width), fit(height))
}
