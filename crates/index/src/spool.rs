//! The append-only file of what is read rarely and by position: thumbnails and time tracks.
//!
//! What counts is recorded in the catalogue, with offset, length and BLAKE3. What lies behind the recorded end was
//! never committed, and the next writer cuts it off.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Trouble;

/// What every spool starts with: what it is, and the version of its format.
pub(crate) const HEADER: &[u8; 16] = b"firstseen spool1";

/// Bytes that wait in memory before they are written.
const WRITE_AT: usize = 4 << 20;

/// Where something lies in the spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
    pub(crate) blake3: [u8; 32],
}

/// The spool of an index on disk or in memory.
#[derive(Clone)]
pub(crate) enum Spool {
    Disk { file: Arc<File>, path: String },
    Memory(Arc<Mutex<Vec<u8>>>),
}

impl Spool {
    pub(crate) fn in_memory() -> Self {
        Self::Memory(Arc::new(Mutex::new(HEADER.to_vec())))
    }

    /// Makes the file, its header on disk.
    pub(crate) fn create(path: &Path) -> Result<(), Trouble> {
        let write = || {
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            if file.metadata()?.len() == 0 {
                file.write_all_at(HEADER, 0)?;
            }
            file.sync_all()
        };
        write().map_err(|source| Trouble::Io { path: path.display().to_string(), source })
    }

    /// Whether the file at `path` holds nothing but its header.
    pub(crate) fn is_bare(path: &Path) -> Result<bool, Trouble> {
        let length = std::fs::metadata(path).map(|metadata| metadata.len());
        let length =
            length.map_err(|source| Trouble::Io { path: path.display().to_string(), source })?;
        Ok(length <= HEADER.len() as u64)
    }

    pub(crate) fn open(path: &Path, write: bool) -> Result<Self, Trouble> {
        let name = path.display().to_string();
        let file = OpenOptions::new().read(true).write(write).open(path);
        let file = file.map_err(|source| Trouble::Io { path: name.clone(), source })?;
        let mut header = [0; HEADER.len()];
        let read = file.read_exact_at(&mut header, 0);
        if read.is_err() || &header != HEADER {
            return Err(Trouble::rows("spool", None, "it does not start as a spool does"));
        }
        Ok(Self::Disk { file: Arc::new(file), path: name })
    }

    /// Reads what lies at `extent` and tests its hash.
    pub(crate) fn read(&self, extent: &Extent) -> Result<Vec<u8>, Trouble> {
        // Looked at before anything is allocated by a number that was read.
        let end = extent.offset.checked_add(extent.bytes);
        if end.is_none_or(|end| end > self.len().unwrap_or(0)) {
            return Err(Trouble::rows("spool", None, "it ends before what is recorded of it"));
        }
        let length = usize::try_from(extent.bytes)
            .map_err(|_| Trouble::rows("spool", None, "a length too great"))?;
        let mut bytes = vec![0; length];
        match self {
            Self::Disk { file, .. } => {
                file.read_exact_at(&mut bytes, extent.offset).map_err(|e| self.failed(e))?;
            }
            Self::Memory(all) => {
                let all = all.lock().unwrap_or_else(PoisonError::into_inner);
                let there = all.get(extent.offset as usize..).and_then(|from| from.get(..length));
                bytes.copy_from_slice(
                    there.ok_or_else(|| Trouble::rows("spool", None, "it was cut"))?,
                );
            }
        }
        if blake3::hash(&bytes).as_bytes() != &extent.blake3 {
            return Err(Trouble::rows(
                "spool",
                None,
                format!("{length} bytes at {} were changed", extent.offset),
            ));
        }
        Ok(bytes)
    }

    /// Reads what lies at `offset`, without a test of its hash.
    pub(crate) fn peek(&self, offset: u64, bytes: &mut [u8]) -> Result<(), Trouble> {
        let cut = || Trouble::rows("spool", None, "it ends before what is recorded of it");
        match self {
            Self::Disk { file, .. } => file.read_exact_at(bytes, offset).map_err(|error| {
                if error.kind() == io::ErrorKind::UnexpectedEof {
                    cut()
                } else {
                    self.failed(error)
                }
            }),
            Self::Memory(all) => {
                let all = all.lock().unwrap_or_else(PoisonError::into_inner);
                let there = all.get(offset as usize..).and_then(|from| from.get(..bytes.len()));
                bytes.copy_from_slice(there.ok_or_else(cut)?);
                Ok(())
            }
        }
    }

    /// Reads what it starts with.
    pub(crate) fn start(&self, bytes: &mut [u8]) -> io::Result<()> {
        match self {
            Self::Disk { file, .. } => file.read_exact_at(bytes, 0),
            Self::Memory(all) => {
                all.lock().unwrap_or_else(PoisonError::into_inner).as_slice().read_exact(bytes)
            }
        }
    }

    pub(crate) fn len(&self) -> Result<u64, Trouble> {
        match self {
            Self::Disk { file, .. } => Ok(file.metadata().map_err(|e| self.failed(e))?.len()),
            Self::Memory(all) => {
                Ok(all.lock().unwrap_or_else(PoisonError::into_inner).len() as u64)
            }
        }
    }

    fn failed(&self, source: io::Error) -> Trouble {
        let path = match self {
            Self::Disk { path, .. } => path.clone(),
            Self::Memory(_) => "memory".to_owned(),
        };
        Trouble::Io { path, source }
    }
}

/// Appends to a spool.
pub(crate) struct SpoolWriter {
    spool: Spool,
    /// Where `waiting` goes.
    written: u64,
    waiting: Vec<u8>,
}

impl SpoolWriter {
    /// Goes on from `end`, which the catalogue records. What lies behind it is cut off.
    pub(crate) fn new(spool: Spool, end: u64) -> Result<Self, Trouble> {
        if spool.len()? < end {
            return Err(Trouble::rows("spool", None, "it ends before what is recorded of it"));
        }
        let mut writer = Self { spool, written: end, waiting: Vec::new() };
        writer.back_to(end)?;
        Ok(writer)
    }

    /// Appends bytes. They are safe once [`SpoolWriter::sync`] has returned.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<Extent, Trouble> {
        let extent = Extent {
            offset: self.end(),
            bytes: bytes.len() as u64,
            blake3: *blake3::hash(bytes).as_bytes(),
        };
        self.waiting.extend(bytes);
        if self.waiting.len() >= WRITE_AT {
            self.write()?;
        }
        Ok(extent)
    }

    /// Where the next bytes go.
    pub(crate) fn end(&self) -> u64 {
        self.written + self.waiting.len() as u64
    }

    /// Brings everything to the disk.
    pub(crate) fn sync(&mut self) -> Result<(), Trouble> {
        self.write()?;
        match &self.spool {
            Spool::Disk { file, .. } => file.sync_data().map_err(|e| self.spool.failed(e)),
            Spool::Memory(_) => Ok(()),
        }
    }

    /// Cuts off what lies behind `end`.
    pub(crate) fn back_to(&mut self, end: u64) -> Result<(), Trouble> {
        self.waiting.clear();
        self.written = end;
        match &self.spool {
            Spool::Disk { file, .. } => {
                if self.spool.len()? > end {
                    file.set_len(end).map_err(|e| self.spool.failed(e))?;
                }
            }
            Spool::Memory(all) => {
                all.lock().unwrap_or_else(PoisonError::into_inner).truncate(end as usize);
            }
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Trouble> {
        match &self.spool {
            Spool::Disk { file, .. } => {
                file.write_all_at(&self.waiting, self.written).map_err(|e| self.spool.failed(e))?;
            }
            Spool::Memory(all) => {
                all.lock().unwrap_or_else(PoisonError::into_inner).extend(&self.waiting);
            }
        }
        self.written = self.end();
        self.waiting.clear();
        Ok(())
    }
}
