//! Where what is remembered of a folder lies, and how it is held.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use firstseen_index::{Index, ScanError, ScanRun, ScanState, stamp};

use super::super::walk::Met;
use crate::locate;
use crate::settings::Settings;

/// Time between two looks at whether another scan is done.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The folder of an index for what it remembers of scans.
const SCANS: &str = "scans";

/// A folder that is scanned, and where what is remembered of it lies.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The folder as it was given.
    pub(crate) given: PathBuf,
    /// The same as the system knows it.
    root: PathBuf,
    /// The file of the state.
    state: PathBuf,
}

/// What is remembered of a folder.
pub(crate) struct Remembered {
    /// What became of its files.
    pub(crate) state: ScanState,
    /// What an unfinished scan has read.
    pub(crate) run: ScanRun,
}

impl Place {
    /// Of the folder `given`: beside the index, or where `named` says.
    ///
    /// # Errors
    ///
    /// Where it is no folder.
    pub(crate) fn of(given: &Path, named: Option<&Path>, index: &Index) -> anyhow::Result<Self> {
        let shown = given.display();
        let root = given.canonicalize().with_context(|| format!("cannot scan {shown}"))?;
        if !root.is_dir() {
            bail!(
                "cannot scan {shown}: it is no folder; `firstseen check {shown}` looks at a file"
            );
        }
        let state = match (named, index.folder()) {
            (Some(named), _) => {
                refuse_inside_index(named)?;
                named.to_owned()
            }
            (None, Some(folder)) => {
                let name = stamp(&String::from_utf8_lossy(root.as_os_str().as_bytes()));
                let name: String = name[..8].iter().map(|byte| format!("{byte:02x}")).collect();
                folder.join(SCANS).join(format!("{name}.sqlite"))
            }
            (None, None) => bail!("--state FILE is needed: the index has no folder"),
        };
        Ok(Self { given: given.to_owned(), root, state })
    }

    /// Leaves what is remembered out of what is looked at, where it lies in the folder.
    pub(crate) fn leave_out(&self, met: &mut Vec<Met>) {
        let folder = self.state.parent().filter(|folder| !folder.as_os_str().is_empty());
        let Ok(folder) = folder.unwrap_or(Path::new(".")).canonicalize() else { return };
        let (Ok(below), Some(name)) = (folder.strip_prefix(&self.root), self.state.file_name())
        else {
            return;
        };
        let start = self.given.join(below).join(name);
        let start = start.as_os_str().as_bytes();
        met.retain(|met| !met.path.as_os_str().as_bytes().starts_with(start));
    }

    /// Takes hold of what is remembered. While another scan does, waits for as long as `--wait` says.
    ///
    /// # Errors
    ///
    /// Where the other one is still at work then, which is named, and where it cannot be used; the way out is named.
    #[expect(clippy::disallowed_methods, reason = "waiting has an end")]
    pub(crate) fn hold(&self, answers: &str, settings: &Settings) -> anyhow::Result<Remembered> {
        let (started, wait) = (Instant::now(), Duration::from_secs(settings.common.wait.into()));
        let state = loop {
            match ScanState::open(&self.state, self.root.as_os_str().as_bytes()) {
                Err(ScanError::Busy { .. })
                    if started.elapsed() < wait && !settings.interrupt.is_set() =>
                {
                    std::thread::sleep(LOOK_EVERY);
                }
                opened => break opened?,
            }
        };
        let run = ScanRun::open(&ScanState::run_of(&self.state), answers)?;
        Ok(Remembered { state, run })
    }

    /// The folder of the index of what was scanned and not added.
    pub(super) fn seen(&self) -> PathBuf {
        ScanState::seen_of(&self.state)
    }

    /// Forgets what a scan has read that came to its end.
    ///
    /// # Errors
    ///
    /// Where it cannot be deleted.
    pub(crate) fn end_run(&self, run: ScanRun) -> Result<(), ScanError> {
        drop(run);
        ScanRun::remove(&ScanState::run_of(&self.state))
    }
}

/// In the folder of an index there is room for what the index itself remembers of scans, and for nothing else.
fn refuse_inside_index(named: &Path) -> anyhow::Result<()> {
    let folder = named.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = std::path::absolute(folder.unwrap_or(Path::new(".")))?;
    // Where it is not there yet, it is made.
    let there = folder.ancestors().find_map(|above| Some((above.canonicalize().ok()?, above)));
    let Some((whole, above)) = there else { return Ok(()) };
    let whole = whole.join(folder.strip_prefix(above).unwrap_or(Path::new("")));
    for index in whole.ancestors().filter(|folder| locate::is_index(folder)) {
        if !whole.starts_with(index.join(SCANS)) {
            bail!(
                "--state {} lies inside the index {}: name a place outside it",
                named.display(),
                index.display()
            );
        }
    }
    Ok(())
}
