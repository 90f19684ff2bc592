//! Counts how many edited copies of somebody's own pictures are found, and how often something else is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use firstseen_index::{Entry, Index, Limit, Role, Snapshot, Writer};
use firstseen_intake::{Depth, Plan, Purpose};
use firstseen_match::Explained;
use firstseen_media::{Rgb, decode_jpeg};
use firstseen_model::{AssetId, FileState, MediaKind, MediaTime};
use firstseen_report::{Calibrated, Calibration, EditCount, Made};
use rustix::fs::MemfdFlags;

use super::edits::{Edit, Edited, Keep, Seeded, Truth, distractors};
use super::look::{Looked, Reader};
use super::walk::{self, Met};
use super::{matching, parallel, run};
use crate::progress::Progress;
use crate::settings::Settings;

/// What the index keeps a calibration under.
const NOTE: &str = "calibration";

/// Fewest pictures: two references to tell apart, and two others.
const FEWEST: usize = 4;

/// Long side of the pictures that are edited, in pixels; as large as posts show them.
const SIDE: u32 = 1024;

/// Pictures that one may be shown beside or over.
const BESIDE: usize = 3;

/// Photos that the shared caption card is laid over.
const CARDS: usize = 6;

/// What is to be counted.
pub(crate) struct Wanted<'a> {
    /// Where the pictures are.
    pub(crate) folder: &'a Path,
    /// How they are edited.
    pub(crate) edits: Vec<&'static Edit>,
    /// Most pictures, references and others together.
    pub(crate) pictures: usize,
    /// Where the copies are kept, if they are.
    pub(crate) keep: Option<&'a Path>,
}

/// What was counted, and what a person should know of it.
pub(crate) struct Counted {
    pub(crate) calibration: Calibration,
    pub(crate) remarks: Vec<String>,
}

/// Makes copies of the pictures in a folder, and looks them up among every other one of these.
///
/// # Errors
///
/// Where there are too few pictures, a copy cannot be kept, or no worker can be started.
pub(crate) fn calibrate(wanted: &Wanted<'_>, settings: &Settings) -> anyhow::Result<Counted> {
    let pool = settings.pool()?;
    let reader = Reader { pool: &pool, settings };
    let mut remarks = Vec::new();
    let pictures = gather(wanted, &reader, &mut remarks)?;
    let index = index_of(&pictures, &reader)?;
    let snapshot = index.snapshot()?;
    let bench = Bench::set(wanted, &reader, &snapshot, &pictures, &mut remarks)?;
    let tool = run::tool();
    let mut calibration = Calibration::new(settings.now, tool.version, tool.algorithms);
    calibration.references = snapshot.reference_count();
    calibration.others = pictures.len() as u64 - calibration.references;

    let copies = pictures.len() * wanted.edits.len();
    let progress = Progress::new(settings.common.progress, settings.common.quiet, copies as u64);
    let places: Vec<usize> = (0..pictures.len()).collect();
    let counted = parallel::map(&places, settings.jobs, |at| bench.picture(*at, &progress))?;
    progress.finish();
    if let Some(keep) = &bench.keep {
        keep.finish()?;
    }
    calibration.edits = wanted
        .edits
        .iter()
        .map(|edit| EditCount {
            name: edit.name.to_owned(),
            group: edit.group.word().to_owned(),
            ..EditCount::default()
        })
        .collect();
    for counted in counted {
        let (counts, wrong) = counted?;
        calibration.edits.iter_mut().zip(&counts).for_each(|(sum, count)| sum.add(count));
        remarks.extend(wrong);
    }
    (calibration.made, calibration.made_wrong) = bench.made(&mut remarks)?;
    Ok(Counted { calibration, remarks })
}

/// Keeps a calibration with the index of `writer`.
///
/// # Errors
///
/// Where the index cannot be written to.
pub(crate) fn store(calibration: &Calibration, mut writer: Writer) -> anyhow::Result<()> {
    let mut json = Vec::new();
    calibration.json(&mut json)?;
    writer.keep(NOTE, str::from_utf8(&json)?.trim_end())?;
    writer.commit()?;
    Ok(())
}

/// What was counted for an index by this version of the program and its algorithms; nothing of another's.
///
/// # Errors
///
/// Where the index is damaged.
pub(crate) fn stored(
    snapshot: &Snapshot,
) -> Result<Option<Calibrated>, firstseen_index::IndexError> {
    let read = snapshot.kept(NOTE)?.and_then(|text| Calibration::read(&text));
    let tool = run::tool();
    // The judge has no version of its own: it goes by the program's.
    let holds =
        |read: &Calibration| (&read.algorithms, &read.version) == (&tool.algorithms, &tool.version);
    Ok(read.filter(holds).map(|read| read.says()))
}

/// One of somebody's pictures.
struct Picture {
    met: Met,
    id: AssetId,
    /// The name of its copies' files.
    stem: String,
    /// Whether it is in the index.
    reference: bool,
    /// A JPEG of it, no side longer than [`SIDE`].
    still: Vec<u8>,
}

impl Picture {
    fn name(&self) -> String {
        self.met.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn decoded(&self) -> anyhow::Result<Rgb> {
        decode_jpeg(&self.still, SIDE)
            .with_context(|| format!("cannot decode a still of {}", self.name()))
    }
}

/// The pictures of the folder that are used, by SHA-256; every other one is a reference.
fn gather(
    wanted: &Wanted<'_>,
    reader: &Reader<'_>,
    remarks: &mut Vec<String>,
) -> anyhow::Result<Vec<Picture>> {
    let met = walk::walk(&[wanted.folder.to_path_buf()], &[])?;
    let plan = Plan { depth: Depth::Metadata, purpose: Purpose::Reference };
    let looked = parallel::map(&met, reader.settings.jobs, |met| reader.look(met, plan))?;
    let (mut pictures, mut videos, mut failed) = (BTreeMap::new(), 0, 0);
    for (met, looked) in met.iter().zip(looked) {
        match looked? {
            Ok(looked) if looked.record.asset.kind == MediaKind::Picture => {
                pictures.entry(looked.record.asset.id).or_insert(met);
            }
            Ok(_) => videos += 1,
            Err(error) => failed += usize::from(error.state != FileState::Skipped),
        }
    }
    if videos > 0 {
        remarks.push(format!("{videos} videos and animations were left out"));
    }
    if failed > 0 {
        remarks.push(format!("{failed} files could not be looked at"));
    }
    let all: Vec<(AssetId, &Met)> = pictures.into_iter().collect();
    let count = all.len().min(wanted.pictures);
    let chosen: Vec<(AssetId, &Met)> = (0..count).map(|i| all[i * all.len() / count]).collect();
    let stills = parallel::map(&chosen, reader.settings.jobs, |(_, met)| still(met, reader))?;
    let (mut pictures, mut stems): (Vec<Picture>, BTreeSet<String>) = Default::default();
    for ((id, met), still) in chosen.into_iter().zip(stills) {
        let Some(still) = still? else {
            remarks.push(format!("no picture came out of {}", met.path.display()));
            continue;
        };
        let mut stem = met.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !stems.insert(stem.clone()) {
            stem = format!("{stem}-{}", id.short());
        }
        let reference = pictures.len().is_multiple_of(2);
        pictures.push(Picture { met: met.clone(), id, stem, reference, still });
    }
    if reader.settings.interrupt.is_set() {
        bail!("interrupted before anything was counted");
    }
    if pictures.len() < FEWEST {
        bail!(
            "{} has {} that can be used; at least {FEWEST} are needed, and a hundred or more say much more",
            wanted.folder.display(),
            match pictures.len() {
                1 => "1 picture".to_owned(),
                count => format!("{count} pictures"),
            }
        );
    }
    Ok(pictures)
}

fn still(met: &Met, reader: &Reader<'_>) -> anyhow::Result<Option<Vec<u8>>> {
    let Ok(source) = reader.open(met) else { return Ok(None) };
    let mut still = None;
    reader.pool.stills(&source, &[MediaTime::ZERO], SIDE, &mut |_, jpeg| {
        still = Some(jpeg.to_vec());
    })?;
    Ok(still)
}

/// The references in an index in memory.
fn index_of(pictures: &[Picture], reader: &Reader<'_>) -> anyhow::Result<Index> {
    let index = Index::in_memory()?;
    let writer = Mutex::new(index.writer(reader.settings.now)?);
    let references: Vec<&Picture> = pictures.iter().filter(|picture| picture.reference).collect();
    let plan = plan(reader.settings, Purpose::Reference);
    let put = parallel::map(&references, reader.settings.jobs, |picture| {
        let Ok(Looked { record, .. }) = reader.look(&picture.met, plan)? else {
            bail!("{} could not be read again", picture.name());
        };
        let (role, sightings, claims) = (Role::Reference, &[][..], &[][..]);
        let entry = Entry { record: &record, role, file: None, sightings, claims };
        writer.lock().unwrap_or_else(PoisonError::into_inner).put(&entry)?;
        Ok(())
    })?;
    put.into_iter().collect::<anyhow::Result<()>>()?;
    writer.into_inner().unwrap_or_else(PoisonError::into_inner).commit()?;
    Ok(index)
}

fn plan(settings: &Settings, purpose: Purpose) -> Plan {
    Plan { depth: Depth::Frames(settings.profile), purpose }
}

/// All that every copy is held against.
struct Bench<'a> {
    wanted: &'a Wanted<'a>,
    reader: &'a Reader<'a>,
    snapshot: &'a Snapshot,
    pictures: &'a [Picture],
    /// References that each picture is held to be the same as before any edit; itself, if it is one.
    own: Vec<BTreeSet<AssetId>>,
    keep: Option<Keep>,
}

/// Counts for each edit, and what a person should look at.
type Counts = (Vec<EditCount>, Vec<String>);

impl<'a> Bench<'a> {
    fn set(
        wanted: &'a Wanted<'a>,
        reader: &'a Reader<'a>,
        snapshot: &'a Snapshot,
        pictures: &'a [Picture],
        remarks: &mut Vec<String>,
    ) -> anyhow::Result<Self> {
        let keep = wanted.keep.map(Keep::at).transpose()?;
        let mut bench = Self { wanted, reader, snapshot, pictures, own: Vec::new(), keep };
        let own = parallel::map(pictures, reader.settings.jobs, |picture| {
            let found = bench.look_up(&picture.met)?.unwrap_or_default();
            let mut own = same(&found);
            if picture.reference {
                own.insert(picture.id);
            }
            anyhow::Ok(own)
        })?;
        bench.own = own.into_iter().collect::<anyhow::Result<_>>()?;
        let names: BTreeMap<AssetId, String> =
            pictures.iter().map(|picture| (picture.id, picture.name())).collect();
        for (picture, own) in pictures.iter().zip(&bench.own) {
            // Each pair of references is told once.
            for other in own.iter().filter(|other| **other < picture.id || !picture.reference) {
                if *other != picture.id {
                    let there = names.get(other).cloned().unwrap_or_default();
                    remarks.push(format!(
                        "{} and {there} match unedited: taken for one picture here; if they are two, that match is wrong",
                        picture.name()
                    ));
                }
            }
        }
        Ok(bench)
    }

    /// Looks up all copies of a picture.
    fn picture(&self, at: usize, progress: &Progress) -> anyhow::Result<Counts> {
        let picture = &self.pictures[at];
        let (decoded, beside) = (picture.decoded()?, self.beside(at, BESIDE)?);
        let (mut counts, mut wrong) = (Vec::new(), Vec::new());
        for edit in &self.wanted.edits {
            if self.reader.settings.interrupt.is_set() {
                break;
            }
            let mut seeded = Seeded::of(&[&picture.id.0, edit.name.as_bytes()]);
            let edited = edit.apply(&decoded, &mut seeded, &beside);
            let jpeg = edited.jpeg();
            self.keep(picture, edit, &edited.truth, &jpeg)?;
            let found = self.look_up_bytes(&jpeg)?;
            let count = self.count(at, &edited, found.as_deref());
            if edit.name == "none" && count.same < count.copies {
                wrong.push(format!(
                    "{} is not held the same even unedited: dark, flat, or nothing but text or texture",
                    picture.name()
                ));
            }
            counts.push(count);
            let not_own = same(found.as_deref().unwrap_or_default());
            for other in not_own.difference(&self.own[at]) {
                let of = self.pictures.iter().find(|picture| picture.id == *other);
                wrong.push(format!(
                    "wrong: {} after {} was held the same as {}",
                    picture.name(),
                    edit.name,
                    of.map_or_else(|| other.short(), Picture::name)
                ));
            }
            progress.advance(1, 0.0);
        }
        Ok((counts, wrong))
    }

    /// Looks up made pictures; returns how many, and how many of them matched.
    fn made(&self, remarks: &mut Vec<String>) -> anyhow::Result<(u64, u64)> {
        let made = distractors(&self.beside(0, CARDS)?);
        let found = parallel::map(&made, self.reader.settings.jobs, |made| {
            anyhow::Ok(self.look_up_bytes(&made.picture.jpeg(85))?.unwrap_or_default())
        })?;
        let mut wrong = 0;
        for (made, found) in made.iter().zip(found) {
            if !same(&found?).is_empty() {
                wrong += 1;
                remarks.push(format!(
                    "wrong: the made picture {} was held the same as a reference",
                    made.name
                ));
            }
        }
        Ok((made.len() as u64, wrong))
    }

    /// A few of the pictures that are like no reference, others for each `at`.
    fn beside(&self, at: usize, count: usize) -> anyhow::Result<Vec<Rgb>> {
        let others: Vec<usize> = (0..self.pictures.len())
            .filter(|other| *other != at && self.own[*other].is_empty())
            .collect();
        let chosen = others.iter().cycle().skip(at * count % others.len().max(1));
        chosen.take(count.min(others.len())).map(|other| self.pictures[*other].decoded()).collect()
    }

    fn count(&self, at: usize, edited: &Edited, found: Option<&[Explained]>) -> EditCount {
        let own = &self.own[at];
        let mut count = EditCount { not_read: u64::from(found.is_none()), ..EditCount::default() };
        let found = found.unwrap_or_default();
        let wrong = u64::from(same(found).difference(own).next().is_some());
        if !self.pictures[at].reference {
            (count.others, count.others_wrong) = (1, wrong);
            return count;
        }
        let right = || found.iter().filter(|one| own.contains(&one.found.reference));
        let best = right().find(|one| one.found.grade.seen());
        (count.copies, count.wrong) = (1, wrong);
        count.found = u64::from(right().next().is_some());
        count.same = u64::from(best.is_some());
        if let Some(best) = best
            && edited.truth.has_boxes()
        {
            count.boxes = 1;
            let told = best.found.segments.first().map(|segment| &segment.edit);
            let right = told.is_some_and(|told| edited.truth.agrees(told.crop, told.placed));
            count.boxes_right = u64::from(right);
        }
        count
    }

    /// What a copy that is in memory only matches; `None` where nothing could be read of it.
    fn look_up_bytes(&self, jpeg: &[u8]) -> anyhow::Result<Option<Vec<Explained>>> {
        // A file without a name: what is made of somebody's pictures lies on no disk.
        let handle = rustix::fs::memfd_create("firstseen-copy", MemfdFlags::CLOEXEC)
            .context("cannot make a file in memory")?;
        let mut file = File::from(handle);
        file.write_all(jpeg).context("cannot write a file in memory")?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        self.look_up(&Met::named(path))
    }

    fn look_up(&self, met: &Met) -> anyhow::Result<Option<Vec<Explained>>> {
        let plan = plan(self.reader.settings, Purpose::Query);
        match self.reader.look(met, plan)? {
            Ok(looked) => Ok(Some(
                matching::find(&looked.record, self.snapshot, &Limit::default())?.explained,
            )),
            Err(_) => Ok(None),
        }
    }

    /// Writes a copy where copies are kept, with what is known of it.
    fn keep(
        &self,
        picture: &Picture,
        edit: &Edit,
        truth: &Truth,
        jpeg: &[u8],
    ) -> anyhow::Result<()> {
        let Some(keep) = &self.keep else { return Ok(()) };
        let made = Made {
            file: format!("{}--{}.jpg", picture.stem, edit.name),
            edit: edit.name.to_owned(),
            group: edit.group.word().to_owned(),
            made_from: picture.id.to_string(),
            of_reference: picture.reference,
            mirrored: truth.mirrored,
            turned_deg: truth.turned,
            crop: truth.crop,
            placed: truth.placed,
            less_picture: truth.less_picture(),
        };
        keep.put(made, jpeg)
    }
}

/// The references that were held to be the same footage.
fn same(found: &[Explained]) -> BTreeSet<AssetId> {
    let seen = found.iter().filter(|one| one.found.grade.seen());
    seen.map(|one| one.found.reference).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_kept_with_an_index_and_holds_for_its_algorithms_only() {
        let index = Index::in_memory().unwrap();
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let kept = |algorithms: BTreeMap<String, u32>| {
            let mut counted = Calibration::new(now, run::tool().version, algorithms);
            (counted.references, counted.made) = (50, 300);
            store(&counted, index.writer(now).unwrap()).unwrap();
            stored(&index.snapshot().unwrap()).unwrap()
        };
        assert_eq!(stored(&index.snapshot().unwrap()).unwrap(), None);
        let mut algorithms = run::tool().algorithms;
        let counted = kept(algorithms.clone()).unwrap();
        assert_eq!((counted.queries, counted.wrong, counted.references), (300, 0, 50));
        *algorithms.get_mut("pdq").unwrap() += 1;
        assert_eq!(kept(algorithms), None);
    }
}
