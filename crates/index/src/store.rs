//! Where segments lie: files in a folder, or memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Trouble;
use crate::segment::{self, Contents, Listed, Segment, Written};

/// Bytes that wait in memory before they are written.
const WRITE_AT: usize = 1 << 20;
/// What is being written, before it has its name.
const UNNAMED: &str = "unnamed";
const ENDING: &str = "seg";

/// The segments of an index on disk or in memory.
#[derive(Clone)]
pub(crate) enum Store {
    Disk(PathBuf),
    Memory(Arc<Mutex<BTreeMap<[u8; 32], Arc<Segment>>>>),
}

impl Store {
    pub(crate) fn in_memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Makes the folder of an index on disk.
    pub(crate) fn create(folder: &Path) -> Result<(), Trouble> {
        fs::create_dir_all(folder).map_err(|source| failed(folder, source))
    }

    /// Whether there is no segment in a folder.
    pub(crate) fn is_bare(folder: &Path) -> Result<bool, Trouble> {
        Ok(files(folder)?.is_empty())
    }

    /// Opens a segment that the catalogue lists.
    pub(crate) fn open(&self, listed: &Listed) -> Result<Arc<Segment>, Trouble> {
        let missing =
            |why: &str| Trouble::rows("segment", None, format!("{} {why}", listed.file_name()));
        match self {
            Self::Disk(folder) => {
                let path = folder.join(listed.file_name());
                let file = File::open(&path).map_err(|source| match source.kind() {
                    io::ErrorKind::NotFound => missing("is missing"),
                    _ => failed(&path, source),
                })?;
                Segment::open(file, &path, listed).map(Arc::new)
            }
            Self::Memory(all) => {
                let all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.get(&listed.blake3).cloned().ok_or_else(|| missing("is missing"))
            }
        }
    }

    /// Writes a segment and brings it to the disk. It counts once the catalogue lists it.
    pub(crate) fn write(&self, contents: &Contents<'_>) -> Result<Written, Trouble> {
        match self {
            Self::Disk(folder) => {
                let unnamed = folder.join(UNNAMED);
                let file = File::create(&unnamed).map_err(|source| failed(&unnamed, source))?;
                let mut out = BufWriter::with_capacity(WRITE_AT, file);
                let written = segment::write(contents, &mut out, &unnamed)?;
                let path = folder.join(written.listed.file_name());
                let mut finish = || {
                    out.flush()?;
                    out.get_ref().sync_all()?;
                    fs::rename(&unnamed, &path)?;
                    // The name has to be on the disk as well as what it names.
                    File::open(folder)?.sync_all()
                };
                finish().map_err(|source| failed(&path, source))?;
                Ok(written)
            }
            Self::Memory(all) => {
                let mut bytes = Vec::new();
                let written = segment::write(contents, &mut bytes, Path::new("memory"))?;
                let segment = Segment::in_memory(&bytes, &written.listed)?;
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.insert(written.listed.blake3, Arc::new(segment));
                Ok(written)
            }
        }
    }

    /// Takes away what is not listed: it was never committed, or has been merged. Readers that opened it keep it.
    ///
    /// # Errors
    ///
    /// Never for a file that cannot be taken away: the next writer tries again.
    pub(crate) fn sweep(&self, listed: &[Listed]) -> Result<(), Trouble> {
        match self {
            Self::Disk(folder) => {
                let keep: Vec<_> = listed.iter().map(Listed::file_name).collect();
                for file in files(folder)? {
                    let kept = file
                        .file_name()
                        .is_some_and(|file| keep.iter().any(|kept| file == kept.as_str()));
                    if !kept {
                        let _ = fs::remove_file(&file);
                    }
                }
            }
            Self::Memory(all) => {
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.retain(|blake3, _| listed.iter().any(|listed| listed.blake3 == *blake3));
            }
        }
        Ok(())
    }
}

/// The files of segments in a folder, whether they count or not. What else lies there is not ours.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let entries = fs::read_dir(folder).map_err(|source| failed(folder, source))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|source| failed(folder, source))?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) || path.ends_with(UNNAMED) {
            files.push(path);
        }
    }
    Ok(files)
}

fn failed(path: &Path, source: io::Error) -> Trouble {
    Trouble::Io { path: path.display().to_string(), source }
}
