//! Records that download tools leave beside a file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use firstseen_intake::{CompanionFormat, Pool, PoolError, Source};
use firstseen_media::sidecar::Companion;
use firstseen_model::{Gap, SightingDraft};

/// The ending of yt-dlp's records.
const INFO_JSON: &str = ".info.json";

/// What stands beside a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    /// The sighting that a companion makes.
    pub(crate) seen: Option<SightingDraft>,
    /// What could not be read of it.
    pub(crate) gaps: Vec<Gap>,
    /// Fields that were not understood.
    pub(crate) unknown_fields: Vec<String>,
}

/// What yt-dlp's record beside `path` says, if there is one: `NAME.info.json` beside `NAME.mp4`.
///
/// # Errors
///
/// Where no worker can be started; a record that makes no sense is a gap.
pub(crate) fn beside(path: &Path, pool: &Pool) -> Result<Beside, PoolError> {
    let Some(record) = record_of(path) else { return Ok(Beside::default()) };
    let name = record.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let lost = |why: String| Beside {
        gaps: vec![Gap::new("companion", format!("{name}: {why}"))],
        ..Beside::default()
    };
    let source = match Source::open(&record) {
        Ok(source) => source,
        Err(error) => return Ok(lost(error.to_string())),
    };
    Ok(match pool.companion(&source, CompanionFormat::YtDlp)? {
        Ok(Companion { seen, unknown_fields, notes }) => Beside {
            seen: Some(SightingDraft { record: name, ..seen }),
            gaps: notes,
            unknown_fields,
        },
        Err(end) => lost(end.why.unwrap_or_default()),
    })
}

/// Where the record of `path` would lie, if something lies there.
fn record_of(path: &Path) -> Option<PathBuf> {
    let mut name: OsString = path.file_stem()?.to_owned();
    name.push(INFO_JSON);
    let record = path.with_file_name(name);
    record.symlink_metadata().is_ok().then_some(record)
}
