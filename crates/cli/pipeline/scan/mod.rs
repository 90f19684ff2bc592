//! Looks at what is new or changed in a folder since the last time.
//!
//! All of that is read first, then asked about in the order of paths: so two copies that come the same night find each
//! other, and the report does not depend on how many files were looked at side by side.

mod ask;
mod changes;
mod read;
mod references;
mod seen;
mod state;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use firstseen_index::{Index, ScanRun, ScanState, Snapshot};
use firstseen_report::{Change, FileReport};

pub(crate) use self::state::{Place, Remembered};

use self::ask::Asked;
use self::changes::Step;
use super::check::Question;
use super::look::Reader;
use super::paths::Kept;
use super::told::Told;
use super::walk::Met;
use super::wording::{counted, listed};
use crate::settings::Settings;

/// What a scan is about.
pub(crate) struct Scan<'a> {
    /// All files of the folder.
    pub(crate) met: &'a [Met],
    /// What is asked of them.
    pub(crate) question: &'a Question,
    /// What records and tables say of them.
    pub(crate) told: &'a Told,
    /// The index that is asked.
    pub(crate) index: &'a Index,
    /// What is remembered of the folder.
    pub(crate) place: &'a Place,
    /// Whether what is new goes into the index.
    pub(crate) add: Add,
    /// Whether size and time are enough to know a file again.
    pub(crate) known_by: KnownBy,
    /// What options and versions make of the answers.
    pub(crate) answers: &'a str,
    /// Everything else.
    pub(crate) settings: &'a Settings,
}

/// Whether what is new goes into the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Add {
    /// No.
    No,
    /// Yes, once it was asked about.
    Yes,
}

/// How a file is known again as unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownBy {
    /// By size and time; where these have changed, by its bytes.
    SizeAndTime,
    /// By its bytes.
    Bytes,
}

/// What came of a scan.
pub(crate) struct Scanned {
    /// All files, by path.
    pub(crate) files: Vec<FileReport>,
    /// What is to be said at the end.
    pub(crate) notes: Vec<String>,
    /// The snapshot that was asked.
    pub(crate) asked: Snapshot,
    /// Its sequence number, or an earlier one: what came since is new the next time.
    pub(crate) sequence: u64,
    /// Up to which sequence number nobody but the scan itself has added anything since.
    pub(crate) own: u64,
}

/// What all steps of a scan share.
struct Scanning<'a> {
    scan: &'a Scan<'a>,
    reader: Reader<'a>,
    state: Mutex<ScanState>,
    run: Mutex<ScanRun>,
    kept: Kept,
}

/// Scans a folder; `remembered` is what is remembered of it.
///
/// # Errors
///
/// Where the index or what is remembered is damaged or cannot be written to, or no worker can be started. What was done
/// before is kept, and the next scan goes on from there.
pub(crate) fn scan(
    scan: &Scan<'_>,
    remembered: Remembered,
) -> anyhow::Result<(Scanned, Remembered)> {
    let pool = scan.settings.pool()?;
    let snapshot = scan.index.snapshot()?;
    let scanning = Scanning {
        scan,
        reader: Reader { pool: &pool, settings: scan.settings },
        state: Mutex::new(remembered.state),
        run: Mutex::new(remembered.run),
        kept: Kept::for_index(scan.index.folder()),
    };
    let mut notes = Vec::new();
    let again = scanning.look_again();
    notes.extend(again.clone());
    let sought = match &again {
        None => scanning.new_references(&snapshot)?,
        Some(_) => Default::default(),
    };
    let mut steps = scanning.compare(&snapshot, &sought, again.is_some())?;
    let gone = scanning.gone()?;
    let resumed = scanning.read(&mut steps)?;
    if resumed > 0 {
        let files = counted(resumed as u64, "file");
        notes.push(format!("went on where an earlier scan stopped: {files} had been read"));
    }
    let seen = scanning.seen(&steps, &snapshot)?;
    let mut both = scan.index.snapshot()?.with(seen)?;
    let mut index = scan.index.snapshot()?;
    while index.id() != both.id() {
        // Somebody else has committed between the two.
        both = scan.index.snapshot()?.with(scanning.seen_index()?.snapshot()?)?;
        index = scan.index.snapshot()?;
    }
    scanning.ask(&mut steps, &Asked { index: &index, both: &both })?;
    let sequence = snapshot.id().sequence;
    let mut own = sequence;
    if scan.add == Add::Yes {
        let (said, upto) = scanning.add(sequence)?;
        notes.extend(said);
        own = upto;
    }
    let files: Vec<FileReport> = steps.into_iter().map(Step::report).collect();
    notes.splice(0..0, changes_told(&files));
    notes.extend(earlier_told(&files));
    notes.extend(gone_told(&gone, scan.settings.common.verbose));
    lock(&scanning.state).commit()?;
    let state = scanning.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    let run = scanning.run.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok((Scanned { files, notes, asked: index, sequence, own }, Remembered { state, run }))
}

impl Scanning<'_> {
    /// Why everything is looked at again, where what the answers depend on is not what it was.
    fn look_again(&self) -> Option<String> {
        let state = lock(&self.state);
        let last = &state.last()?.answers;
        if last == self.scan.answers {
            return None;
        }
        let parts = |text: &str| -> BTreeMap<String, String> {
            let parts = text.lines().filter_map(|line| line.split_once('='));
            parts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let (before, now) = (parts(last), parts(self.scan.answers));
        let names = before.keys().chain(now.keys());
        let mut others: Vec<&str> =
            names.filter(|name| before.get(*name) != now.get(*name)).map(String::as_str).collect();
        others.sort_unstable();
        others.dedup();
        Some(format!("looked at everything again: other than last time: {}", others.join(", ")))
    }

    /// The path of a file as it is remembered: below the folder.
    fn below(&self, path: &Path) -> Vec<u8> {
        use std::os::unix::ffi::OsStrExt;
        let below = path.strip_prefix(&self.scan.place.given).unwrap_or(path);
        below.as_os_str().as_bytes().to_vec()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many files are new, changed and so on.
fn changes_told(files: &[FileReport]) -> Option<String> {
    let all =
        [Change::New, Change::Changed, Change::Retried, Change::NewReference, Change::Unchanged];
    let told = all.into_iter().filter_map(|change| {
        let count = files.iter().filter(|file| file.change == Some(change)).count();
        (count > 0).then(|| match change {
            Change::NewReference => format!("{count} looked at again for new references"),
            change => format!("{count} {}", change.word()),
        })
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn earlier_told(files: &[FileReport]) -> Option<String> {
    let of_old = files.iter().filter(|file| file.change == Some(Change::NewReference));
    match of_old.filter(|file| file.matches.iter().any(|known| known.seen())).count() {
        0 => None,
        1 => Some("1 earlier file now matches".to_owned()),
        some => Some(format!("{some} earlier files now match")),
    }
}

fn gone_told(gone: &[String], verbose: bool) -> Option<String> {
    let are = if gone.len() == 1 { "is" } else { "are" };
    let files = counted(gone.len() as u64, "file");
    (!gone.is_empty())
        .then(|| format!("{files} of earlier scans {are} gone: {}", listed(gone, verbose)))
}
