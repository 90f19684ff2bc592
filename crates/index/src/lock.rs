//! One writer at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{IndexError, Trouble};

/// Held while a writer lives. The system drops that of a file when its process ends, however it ends.
#[derive(Debug)]
pub(crate) enum Lock {
    Disk(#[expect(dead_code, reason = "it is held, not read")] File),
    Memory(Arc<AtomicBool>),
}

impl Lock {
    /// Locks the file at `path`, and writes into it who holds it.
    pub(crate) fn file(path: &Path, index: &str) -> Result<Self, Trouble> {
        let failed = |source| Trouble::Io { path: path.display().to_string(), source };
        // Not truncated before it is held: it names whoever holds it.
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = file.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Who holds it is a help to the user only.
                let _ = file.take(20).read_to_string(&mut text);
                let (index, pid) = (index.to_owned(), text.trim().parse().ok());
                return Err(Trouble::Known(IndexError::Busy { index, pid }));
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let mut name_holder = || {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            writeln!(file, "{}", std::process::id())
        };
        name_holder().map_err(failed)?;
        Ok(Self::Disk(file))
    }

    pub(crate) fn memory(held: &Arc<AtomicBool>) -> Result<Self, Trouble> {
        if held.swap(true, Ordering::Acquire) {
            let (index, pid) = ("memory".to_owned(), Some(std::process::id()));
            return Err(Trouble::Known(IndexError::Busy { index, pid }));
        }
        Ok(Self::Memory(held.clone()))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Self::Memory(held) = self {
            held.store(false, Ordering::Release);
        }
    }
}
