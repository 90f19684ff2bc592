//! Matches shown as pictures: moments of both sides, the edit replayed, and where they then still differ.

mod folder;
mod moments;
mod sides;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;

use firstseen_intake::Record;
use firstseen_match::{Grade, Pair, Segment};
use firstseen_media::Rgb;
use firstseen_model::Gap;
use firstseen_report::{FileReport, MatchReport, Moment};

use self::folder::Folder;
use self::sides::{Shown, Size, Stills};
use super::walk::Met;
use crate::output::{self, ReportFile};

pub(crate) use self::sides::{References, Sides};

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

/// Moments of a match, of a file and of all files that a page shows.
const MATCH_MOMENTS: usize = 3;
const FILE_MOMENTS: usize = 6;
const PAGE_MOMENTS: usize = 60;

/// Files beyond which a page has no pictures: they would be held in memory until it is written.
const PAGE_FILES: usize = 500;

/// Where pictures of matches go: to files in a folder, onto a page, or both.
#[derive(Clone, Debug)]
pub(crate) struct Frames {
    folder: Option<Folder>,
    page: Option<Page>,
}

/// How many moments a page shows.
#[derive(Clone, Copy, Debug)]
struct Page {
    /// Of each file.
    moments: usize,
}

impl Page {
    /// Of a run on so many files: what a browser opens at once, and what memory holds.
    fn for_files(files: usize) -> Self {
        let moments = if files > PAGE_FILES {
            0
        } else {
            (PAGE_MOMENTS / files.max(1)).clamp(1, FILE_MOMENTS)
        };
        Self { moments }
    }
}

impl Frames {
    /// For what is to be looked at, where a folder is given or a report holds pictures; what a walk met in the folder is
    /// passed over.
    ///
    /// # Errors
    ///
    /// Where it is no folder to write to.
    pub(crate) fn for_inputs(
        folder: Option<&Path>,
        reports: &[ReportFile],
        met: &mut [Met],
    ) -> anyhow::Result<Option<Self>> {
        let folder = folder.map(Folder::at).transpose()?;
        if let Some(folder) = &folder {
            folder.keep_out(met)?;
        }
        let page = output::holds_pictures(reports).then(|| Page::for_files(met.len()));
        Ok((folder.is_some() || page.is_some()).then_some(Self { folder, page }))
    }

    /// Takes pictures of the matches of one file: names those that were written in its report, and puts those of a page
    /// into it.
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
            let why = format!("pictures of the first {MATCHES} of {all} matches were taken");
            report.gaps.push(Gap::new("frames", why));
        }
        let mut room = self.page.map_or(0, |page| page.moments);
        if self.page.is_some() && room == 0 && all > 0 {
            let why = format!(
                "a page on over {PAGE_FILES} files has no pictures: check this one alone, or use --frames"
            );
            report.gaps.push(Gap::new("frames", why));
        }
        let each = (room / all.clamp(1, MATCHES)).clamp(1, MATCH_MOMENTS);
        let mut stills = Stills::of(sides);
        for known in report.matches.iter_mut().filter(shown).take(MATCHES) {
            if sides.stop() {
                break;
            }
            let on_page = room.min(each);
            self.one(known, on_page, sides, &mut stills, &mut report.gaps)?;
            room -= known.moments.len();
        }
        Ok(())
    }

    fn one(
        &self,
        known: &mut MatchReport,
        on_page: usize,
        sides: &Sides<'_>,
        stills: &mut Stills<'_>,
        gaps: &mut Vec<Gap>,
    ) -> anyhow::Result<()> {
        let found = &mut known.found;
        show_identical(found, sides.record);
        let id = found.id().short(ID_DIGITS);
        let stem = format!("{}-{id}", &found.query.to_string()[..8]);
        let mut written = self.folder.as_ref().map(|folder| Written::new(folder, &stem));
        let page = moments::choose(&found.segments, on_page);
        let files = found.segments.iter().enumerate().take(SEGMENTS);
        let files = files.filter(|(_, segment)| written.is_some() && !segment.pairs.is_empty());
        let mut all: Vec<(usize, usize)> =
            files.map(|(i, _)| (i, 0)).chain(page.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        let reference =
            if all.is_empty() { None } else { Some(sides.reference(&found.reference)?) };
        for (i, j) in all {
            let (Some(reference), segment) = (&reference, &found.segments[i]) else { break };
            let pair = &segment.pairs[j];
            let shown = Shown::of((segment, pair), &found.reference, sides, reference, stills)?;
            if let Some(written) = written.as_mut().filter(|_| j == 0 && i < SEGMENTS) {
                written.put(i, shown.jpegs(found.grade, Size::FILE))?;
            }
            for why in &shown.missing {
                let gap = Gap::new("frames", format!("{id}: {why}"));
                if !gaps.contains(&gap) && !sides.stop() {
                    gaps.push(gap);
                }
            }
            if page.contains(&(i, j)) {
                let pictures = shown.jpegs(found.grade, Size::PAGE);
                let (query, reference) = (pair.query, pair.reference);
                known.moments.push(Moment {
                    segment: i,
                    query,
                    reference,
                    pictures,
                    remarks: shown.missing,
                });
            }
        }
        known.moments.sort_by_key(|moment| (moment.segment, moment.query));
        if found.segments.len() > SEGMENTS && written.is_some() {
            let all = found.segments.len();
            let why =
                format!("{id}: pictures of the first {SEGMENTS} of {all} stretches were written");
            gaps.push(Gap::new("frames", why));
        }
        known.frames = written.and_then(Written::named);
        Ok(())
    }
}

/// Pictures of a match that are written to a folder.
struct Written<'a> {
    folder: &'a Folder,
    frames: firstseen_report::Frames,
}

impl<'a> Written<'a> {
    fn new(folder: &'a Folder, stem: &str) -> Self {
        let frames = firstseen_report::Frames { stem: folder.path(stem), segments: Vec::new() };
        Self { folder, frames }
    }

    /// Writes the pictures of one segment.
    fn put(
        &mut self,
        segment: usize,
        jpegs: BTreeMap<&'static str, Vec<u8>>,
    ) -> anyhow::Result<()> {
        let mut named = BTreeMap::new();
        for (what, jpeg) in jpegs {
            let path = format!("{}-{}-{what}.jpg", self.frames.stem, segment + 1);
            self.folder.put(&path, &jpeg)?;
            named.insert(what, path);
        }
        self.frames.segments.resize(segment, BTreeMap::new());
        self.frames.segments.push(named);
        Ok(())
    }

    /// Their names, where there are any.
    fn named(self) -> Option<firstseen_report::Frames> {
        self.frames.segments.iter().any(|named| !named.is_empty()).then_some(self.frames)
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
    let Some(pair) = segment.pairs.first() else { return Ok(None) };
    let id = &known.found.reference;
    let shown = Shown::of((segment, pair), id, sides, &reference, &mut stills)?;
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
