//! One file: opened once, told apart by its bytes, read by a worker.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;

use firstseen_intake::{Depth, Plan, Pool, Record, Source, SourceError};
use firstseen_media::names;
use firstseen_model::{AssetId, FileState, Gap};
use firstseen_report::FileReport;

use super::walk::Met;
use crate::settings::Settings;

/// What every file of a run is read with.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// The workers.
    pub(crate) pool: &'a Pool,
    /// Limits and the wish to stop.
    pub(crate) settings: &'a Settings,
}

/// A file of which something came.
pub(crate) struct Looked {
    /// What came of it.
    pub(crate) record: Record,
    /// What became of it.
    pub(crate) state: FileState,
    /// The open file.
    pub(crate) source: Source,
}

/// A file that could not be looked at, in the words of the report.
pub(crate) struct Failed {
    /// What became of it.
    pub(crate) state: FileState,
    /// Why.
    pub(crate) why: String,
}

impl Failed {
    pub(crate) fn new(state: FileState, why: impl Into<String>) -> Self {
        Self { state, why: why.into() }
    }

    /// The report of `met`, which failed so.
    pub(crate) fn report(self, met: &Met) -> FileReport {
        let path = met.path.as_os_str().as_bytes().to_vec();
        FileReport::not_looked_at(path, self.state, Gap::new("file", self.why))
    }
}

impl From<SourceError> for Failed {
    fn from(error: SourceError) -> Self {
        let state = match &error {
            SourceError::NotAFile(_) => FileState::Unsupported,
            _ => FileState::Unreadable,
        };
        let why = match &error {
            SourceError::Io(io) if io.kind() == std::io::ErrorKind::NotFound => {
                "no such file".to_owned()
            }
            SourceError::Io(io) if io.kind() == std::io::ErrorKind::PermissionDenied => {
                "not readable by this user".to_owned()
            }
            error => error.to_string(),
        };
        Self { state, why }
    }
}

impl Reader<'_> {
    /// Opens, identifies and reads a file.
    ///
    /// # Errors
    ///
    /// The outer one where no worker can be started; the inner one where nothing came of the file.
    pub(crate) fn look(&self, met: &Met, plan: Plan) -> anyhow::Result<Result<Looked, Failed>> {
        let opened = self.open(met).and_then(|source| Ok((self.identify(&source)?, source)));
        let (id, source) = match opened {
            Ok(opened) => opened,
            Err(failed) => return Ok(Err(failed)),
        };
        let read = self.read(met, &source, id, plan)?;
        Ok(read.map(|(record, state)| Looked { record, state, source }))
    }

    /// Opens a file that may hold media.
    ///
    /// # Errors
    ///
    /// Where it cannot be opened, holds nothing, or nothing that could be media.
    pub(crate) fn open(&self, met: &Met) -> Result<Source, Failed> {
        if self.settings.interrupt.is_set() {
            return Err(Failed::new(FileState::Skipped, "interrupted before it was looked at"));
        }
        if let Some(why) = &met.skipped {
            return Err(Failed::new(FileState::Skipped, why));
        }
        if let Some(why) = &met.unreadable {
            return Err(Failed::new(FileState::Unreadable, why));
        }
        let source = Source::open(&met.path)?;
        // What stands beside footage on a walk is no input: only a name can promise that it is.
        let expected = met.named || met.looks_like_media();
        if source.size_bytes() == 0 {
            return Err(if expected {
                Failed::new(FileState::Damaged, "the file is empty")
            } else {
                Failed::new(FileState::Skipped, "empty")
            });
        }
        let most = self.settings.process.file_bytes;
        if source.size_bytes() > most {
            let size = source.size_bytes();
            return Err(Failed::new(
                FileState::OverLimit,
                format!("the file has {size} bytes, over {most} (limit file-size)"),
            ));
        }
        if let Some(why) = no_media(&source)? {
            let state = if expected { FileState::Unsupported } else { FileState::Skipped };
            return Err(Failed::new(state, why));
        }
        Ok(source)
    }

    /// The SHA-256 of an open file.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, or changes.
    pub(crate) fn identify(&self, source: &Source) -> Result<AssetId, Failed> {
        Ok(source.identify()?)
    }

    /// Reads an open file in a worker.
    ///
    /// # Errors
    ///
    /// Where nothing at all came of it.
    pub(crate) fn read(
        &self,
        met: &Met,
        source: &Source,
        id: AssetId,
        plan: Plan,
    ) -> anyhow::Result<Result<(Record, FileState), Failed>> {
        let mut look = self.pool.read(source, id, plan)?;
        if self.settings.interrupt.is_set()
            && !matches!(look.state, FileState::Ok | FileState::OkWithGaps)
        {
            return Ok(Err(Failed::new(FileState::Skipped, "interrupted while it was looked at")));
        }
        if let Err(error) = source.unchanged() {
            return Ok(Err(error.into()));
        }
        let nothing = look.record.as_ref().is_none_or(|record| {
            record.samples.is_empty()
                && matches!(plan.depth, Depth::Frames(_))
                && !look.state.looked_at()
        });
        let Some(mut record) = look.record.take().filter(|_| !nothing) else {
            let state = match look.state {
                FileState::Unsupported if !(met.named || met.looks_like_media()) => {
                    FileState::Skipped
                }
                state => state,
            };
            let why = look.why.take().unwrap_or_else(|| "no frame came out".to_owned());
            return Ok(Err(Failed::new(state, why)));
        };
        let name = met.path.file_name().unwrap_or_default();
        let named = names::of_name(name.as_bytes(), self.settings.now);
        record.metadata.facts.extend(named.facts);
        record.metadata.dates.extend(named.dates);
        Ok(Ok((record, look.state)))
    }
}

/// Why the first bytes of an open file show that it holds no media.
fn no_media(source: &Source) -> Result<Option<&'static str>, Failed> {
    let mut head = vec![0; firstseen_media::SNIFFED_BYTES];
    let mut filled = 0;
    while filled < head.len() {
        match source.file().read_at(&mut head[filled..], filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) => return Err(SourceError::Io(error).into()),
        }
    }
    Ok(firstseen_media::no_media(&head[..filled]))
}
