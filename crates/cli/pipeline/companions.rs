//! Records that tools and persons left beside files: read once, and told of the files that they are of.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::bail;
use firstseen_assess::gazetteer;
use firstseen_intake::{End, Pool, PoolError, Source};
use firstseen_media::sidecar::{Companion, Format, Record};
use firstseen_model::{AssetId, FileState, Gap, SightingDraft};
use jiff::Timestamp;

use super::future::keep_out;
use super::pairing::{Reach, beside_of, is_beside, is_list, is_of_one, reached, whole};
use super::parallel;
use super::walk::Met;
use super::wording::{counted, listed, name_of};
use crate::settings::Settings;

/// A record named by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The tool that wrote it.
    pub(crate) format: Format,
    /// Where it lies.
    pub(crate) path: PathBuf,
}

/// What stands beside a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    /// The sightings that its records make.
    pub(crate) seen: Vec<SightingDraft>,
    /// The tools that its records come from.
    pub(crate) formats: Vec<Format>,
    /// What could not be read or used of them.
    pub(crate) gaps: Vec<Gap>,
    /// Fields that were not understood.
    pub(crate) unknown_fields: Vec<String>,
    /// Where in `seen` a post is: its source, id and address.
    posts: HashMap<Post, usize>,
}

/// What a post is known by.
type Post = (String, Option<String>, Option<String>);

/// The records of a run.
#[derive(Debug, Default)]
pub(crate) struct Companions {
    now: Timestamp,
    lists: Vec<List>,
    records: Vec<Kept>,
    by_path: HashMap<PathBuf, Vec<usize>>,
    by_sha256: HashMap<AssetId, Vec<usize>>,
    /// What could not be read, and why; and records of one file that is not there.
    not_understood: Vec<(String, String)>,
    alone: Vec<String>,
    /// What looks like a record by its name and comes from no tool that is known.
    of_others: Vec<String>,
}

/// A companion that tells of many files, or was named by hand.
#[derive(Debug)]
struct List {
    name: String,
    /// Its folder, as the system knows it.
    folder: PathBuf,
    format: Format,
    /// Whether it may tell of files that lie elsewhere: where a person has named it.
    reach: Reach,
    /// Fields not understood, with how many records have each.
    unknown_fields: Vec<(String, u64)>,
    notes: Vec<String>,
}

/// A record that waits for its file.
#[derive(Debug)]
struct Kept {
    record: Record,
    list: usize,
    used: AtomicBool,
}

impl Companions {
    /// Reads what was named by hand and what was met on the walk, and marks the latter among `met`: it is no footage.
    ///
    /// # Errors
    ///
    /// Where no worker can be started, or where what was named by hand cannot be used.
    pub(crate) fn gather(
        met: &mut [Met],
        named: &[Named],
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        let pool = settings.pool()?;
        let mut all = Self { now: settings.now, ..Self::default() };
        let hand: HashSet<PathBuf> = named.iter().map(|named| whole(&named.path)).collect();
        let mut walked = Vec::new();
        let footage: HashSet<PathBuf> =
            met.iter().filter(|met| !is_list(&met.path)).map(|met| met.path.clone()).collect();
        let stems: HashSet<PathBuf> = footage.iter().map(|path| path.with_extension("")).collect();
        for (i, met) in met.iter_mut().enumerate() {
            let looked_at = met.named || met.skipped.is_some() || met.unreadable.is_some();
            if looked_at || !is_list(&met.path) {
                continue;
            }
            if !hand.is_empty() && hand.contains(&whole(&met.path)) {
                met.skipped = Some("a record named by --from".to_owned());
            } else if is_beside(&met.path, &footage, &stems) {
                met.skipped = Some("a record of the file beside it".to_owned());
            } else {
                walked.push((i, met.path.clone()));
            }
        }
        let read = parallel::map(&walked, settings.jobs, |(_, path)| companion(path, None, &pool))?;
        for ((i, path), read) in walked.iter().zip(read) {
            met[*i].skipped = match read? {
                Ok(companion) => {
                    let what = format!("a record of {}", companion.format.name());
                    all.take(companion, path, Reach::Below);
                    Some(what)
                }
                // Any other program's, or a person's whose columns are called otherwise.
                Err(end) if end.state == FileState::Unsupported => {
                    all.of_others.push(path.display().to_string());
                    None
                }
                Err(end) => {
                    let why = end.why.unwrap_or_default();
                    all.not_understood.push((path.display().to_string(), why.clone()));
                    Some(format!("not understood: {why}"))
                }
            };
        }
        let files: Vec<PathBuf> = met
            .iter()
            .filter(|met| met.skipped.is_none() && met.unreadable.is_none())
            .filter(|met| met.named || met.looks_like_media() || !is_list(&met.path))
            .map(|met| met.path.clone())
            .collect();
        for named in named {
            all.take_named(named, &files, &pool)?;
        }
        all.find_by_name(&files);
        Ok(all)
    }

    /// Takes in a record that was named by hand.
    fn take_named(&mut self, named: &Named, files: &[PathBuf], pool: &Pool) -> anyhow::Result<()> {
        let Named { format, path } = named;
        let shown = path.display();
        let mut read = match companion(path, Some(*format), pool)? {
            Ok(read) => read,
            Err(end) => {
                bail!("--from {}={shown}: {}", format.name(), end.why.unwrap_or_default())
            }
        };
        for record in read.records.iter_mut().filter(|record| is_of_one(record)) {
            let beside = files.iter().find(|file| beside_of(file).iter().any(|(at, _)| at == path));
            let [only] = files else {
                let Some(beside) = beside else {
                    bail!(
                        "--from {}={shown} is the record of one file, and {} are given; give that one alone",
                        format.name(),
                        files.len()
                    );
                };
                record.path = Some(whole(beside).to_string_lossy().into_owned());
                continue;
            };
            record.path = Some(whole(only).to_string_lossy().into_owned());
        }
        self.take(read, path, Reach::Anywhere);
        Ok(())
    }

    /// Takes in what a companion says.
    fn take(&mut self, companion: Companion, path: &Path, reach: Reach) {
        let number = self.lists.len();
        let folder = whole(path).parent().map(Path::to_path_buf).unwrap_or_default();
        let mut list = List {
            name: name_of(path),
            folder,
            format: companion.format,
            reach,
            unknown_fields: companion.unknown_fields,
            notes: companion.notes.into_iter().map(|note| note.why).collect(),
        };
        let mut outside = 0;
        for mut record in companion.records {
            if is_of_one(&record) {
                // Its file would lie beside it.
                self.alone.push(path.display().to_string());
                continue;
            }
            record.seen.record.clone_from(&list.name);
            let at = self.records.len();
            if let Some(id) = record.sha256 {
                self.by_sha256.entry(id).or_default().push(at);
            }
            if let Some(path) = &record.path {
                match reached(&list.folder, path, list.reach) {
                    Some(path) => self.by_path.entry(path).or_default().push(at),
                    None => outside += 1,
                }
            }
            self.records.push(Kept { record, list: number, used: AtomicBool::new(false) });
        }
        if outside > 0 {
            list.notes.push(format!(
                "{} of files outside its folder, left out",
                counted(outside, "record")
            ));
        }
        self.lists.push(list);
    }

    /// Finds the files of records that know no more than a name: only where no other file and no other post has it.
    fn find_by_name(&mut self, files: &[PathBuf]) {
        let mut wanted: HashMap<(usize, OsString), Vec<usize>> = HashMap::new();
        for (at, kept) in self.records.iter().enumerate() {
            if let Some(name) = &kept.record.name {
                wanted.entry((kept.list, OsString::from(name))).or_default().push(at);
            }
        }
        if wanted.is_empty() {
            return;
        }
        let mut called: HashMap<&OsStr, Vec<PathBuf>> = HashMap::new();
        for file in files {
            if let Some(name) = file.file_name() {
                called.entry(name).or_default().push(whole(file));
            }
        }
        let mut wanted: Vec<_> = wanted.into_iter().collect();
        wanted.sort();
        for ((list, name), records) in wanted {
            let list = &mut self.lists[list];
            let there = called.get(name.as_os_str()).into_iter().flatten();
            let mut there = there.filter(|file| file.starts_with(&list.folder));
            let first = &self.records[records[0]].record;
            let one_post = records.iter().all(|at| self.records[*at].record == *first);
            match (there.next(), there.next(), one_post) {
                (Some(file), None, true) => {
                    self.by_path.entry(file.clone()).or_default().push(records[0]);
                }
                (None, ..) => {}
                _ => {
                    let name = name.to_string_lossy();
                    list.notes.push(format!(
                        "{name}: several files or posts have this name, so none is told from it"
                    ));
                }
            }
        }
    }

    /// What the records of the run, and the files beside it, say of a file.
    ///
    /// # Errors
    ///
    /// Where no worker can be started; a record that makes no sense is a gap.
    pub(crate) fn of(&self, path: &Path, id: AssetId, pool: &Pool) -> Result<Beside, PoolError> {
        let mut beside = Beside::default();
        for (at, format) in beside_of(path) {
            if at.symlink_metadata().is_ok() {
                self.read_beside(&at, format, pool, &mut beside)?;
            }
        }
        for at in self.records_of(path, id) {
            let kept = &self.records[at];
            let list = &self.lists[kept.list];
            if kept.record.sha256.is_some_and(|of| of != id) {
                let why = format!("{}: its record is of a file with other bytes", list.name);
                beside.gaps.push(Gap::new("companion", why));
                continue;
            }
            kept.used.store(true, Ordering::Relaxed);
            self.tell(&mut beside, list.format, kept.record.clone());
        }
        Ok(beside)
    }

    /// Which records there are of a file: those beside it by their size and time, others by what they say.
    pub(crate) fn said(&self, path: &Path, id: AssetId) -> String {
        let beside = beside_of(path).into_iter().filter_map(|(at, _)| {
            let there = at.symlink_metadata().ok()?;
            Some((at.file_name()?.to_owned(), there.len(), there.modified().ok()))
        });
        let beside: Vec<_> = beside.collect();
        let records = self.records_of(path, id).into_iter().map(|at| &self.records[at].record);
        format!("{beside:?} {:?}", records.collect::<Vec<_>>())
    }

    /// The places in `records` of those that lists have of a file.
    fn records_of(&self, path: &Path, id: AssetId) -> Vec<usize> {
        let by_path = if self.by_path.is_empty() { None } else { self.by_path.get(&whole(path)) };
        let mut found: Vec<usize> =
            by_path.into_iter().chain(self.by_sha256.get(&id)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn read_beside(
        &self,
        at: &Path,
        format: Option<Format>,
        pool: &Pool,
        beside: &mut Beside,
    ) -> Result<(), PoolError> {
        let name = name_of(at);
        match companion(at, format, pool)? {
            Ok(companion) => {
                for mut record in companion.records.into_iter().filter(is_of_one) {
                    record.seen.record.clone_from(&name);
                    self.tell(beside, companion.format, record);
                }
                let notes = companion.notes.into_iter().map(|note| format!("{name}: {}", note.why));
                beside.gaps.extend(notes.map(|why| Gap::new("companion", why)));
                beside
                    .unknown_fields
                    .extend(companion.unknown_fields.into_iter().map(|(name, _)| name));
            }
            // Another program's, which only has a name like that.
            Err(end) if end.state == FileState::Unsupported => {}
            Err(end) => {
                let why = format!("{name}: {}", end.why.unwrap_or_default());
                beside.gaps.push(Gap::new("companion", why));
            }
        }
        Ok(())
    }

    /// Adds what one record says of a file, unless another has said the same.
    fn tell(&self, beside: &mut Beside, format: Format, mut record: Record) {
        let name = record.seen.record.clone();
        record.seen.place = record.seen.place.as_ref().map(gazetteer::looked_up);
        let notes = record.notes.drain(..).map(|note| format!("{name}: {}", note.why));
        beside.gaps.extend(notes.map(|why| Gap::new("companion", why)));
        for why in keep_out(&mut record.seen, self.now) {
            beside.gaps.push(Gap::new("companion", format!("{name}: {why}")));
        }
        if !beside.formats.contains(&format) {
            beside.formats.push(format);
        }
        let seen = &record.seen;
        let post = (seen.source.clone(), seen.post.clone(), seen.url.clone());
        let known = beside.posts.get(&post).map(|at| &beside.seen[*at]);
        match known.filter(|_| seen.post.is_some() || seen.url.is_some()) {
            None => {
                beside.posts.entry(post).or_insert(beside.seen.len());
                beside.seen.push(record.seen);
            }
            Some(known) if known.dates == record.seen.dates => {}
            Some(_) => {
                let why = format!(
                    "{name}: says another date of a post that is told already; the first is kept"
                );
                beside.gaps.push(Gap::new("companion", why));
            }
        }
    }

    /// What the records of the run came to, for its end.
    pub(crate) fn summary(&self, verbose: bool) -> Vec<String> {
        let mut without: BTreeMap<Format, Vec<String>> = BTreeMap::new();
        let mut counts: BTreeMap<Format, usize> = BTreeMap::new();
        for kept in &self.records {
            let format = self.lists[kept.list].format;
            *counts.entry(format).or_default() += 1;
            if !kept.used.load(Ordering::Relaxed) {
                without.entry(format).or_default().push(shown(&kept.record));
            }
        }
        let mut lines = Vec::new();
        for format in Format::ALL {
            let names: Vec<String> = self.lists_of(format).map(|list| list.name.clone()).collect();
            if names.is_empty() {
                continue;
            }
            let count = counts.get(&format).unwrap_or(&0);
            let mut line = format!(
                "{}: {} in {}",
                format.name(),
                counted(*count as u64, "record"),
                listed(&names, verbose)
            );
            if let Some(without) = without.get(&format) {
                line +=
                    &format!("; {} of no file given: {}", without.len(), listed(without, verbose));
            }
            lines.push(line);
        }
        for list in &self.lists {
            lines.extend(list.notes.iter().map(|note| format!("{}: {note}", list.name)));
        }
        if !self.alone.is_empty() {
            let names = listed(&self.alone, verbose);
            let count = counted(self.alone.len() as u64, "record");
            lines.push(format!("{count} without the file beside: {names}"));
        }
        if !self.of_others.is_empty() {
            let count = counted(self.of_others.len() as u64, "file");
            let names = listed(&self.of_others, verbose);
            lines.push(format!("{count} of no tool or table that this program knows: {names}"));
        }
        for (name, why) in &self.not_understood {
            lines.push(format!("{name}: not understood: {why}"));
        }
        lines
    }

    fn lists_of(&self, format: Format) -> impl Iterator<Item = &List> {
        self.lists.iter().filter(move |list| list.format == format)
    }

    /// Fields of lists that were not understood, with how many records have each.
    pub(crate) fn unknown_fields(&self) -> BTreeMap<String, usize> {
        let mut fields = BTreeMap::new();
        for (name, count) in self.lists.iter().flat_map(|list| &list.unknown_fields) {
            *fields.entry(name.clone()).or_default() += *count as usize;
        }
        fields
    }
}

/// What a companion says.
fn companion(
    path: &Path,
    format: Option<Format>,
    pool: &Pool,
) -> Result<Result<Companion, End>, PoolError> {
    match Source::open(path) {
        Ok(source) => pool.companion(&source, format),
        Err(error) => {
            Ok(Err(End { state: FileState::Unreadable, why: Some(error.to_string()), at: None }))
        }
    }
}

/// What a record calls its file.
fn shown(record: &Record) -> String {
    let id = || record.sha256.map(|id| id.short());
    record.path.clone().or_else(|| record.name.clone()).or_else(id).unwrap_or_default()
}
