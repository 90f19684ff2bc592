//! A file that was opened once, and whose identity is the parent's own reading.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use firstseen_model::AssetId;
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

/// Bytes read at once while hashing.
const CHUNK: usize = 1 << 20;

/// An open regular file, as it was when it was opened.
#[derive(Debug)]
pub struct Source {
    file: File,
    size_bytes: u64,
    modified_ns: i64,
}

/// Why a file cannot be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A folder, device, FIFO or socket.
    #[error("{0}, not a file")]
    NotAFile(&'static str),
    /// Size or time changed between two looks.
    #[error("changed while it was read; try again when nothing writes to it")]
    Changed,
}

impl Source {
    /// Opens `path` for reading; never waits for the other end of a FIFO.
    ///
    /// # Errors
    ///
    /// [`SourceError::Io`], and [`SourceError::NotAFile`] for all that holds no bytes of its own.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let flags = OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(SourceError::NotAFile(kind_of(&metadata)));
        }
        Ok(Self { file, size_bytes: metadata.len(), modified_ns: modified_ns(&metadata) })
    }

    /// A handle on no bytes at all.
    ///
    /// # Errors
    ///
    /// Where the system has none.
    pub fn nothing() -> io::Result<Self> {
        Ok(Self { file: File::open("/dev/null")?, size_bytes: 0, modified_ns: 0 })
    }

    /// Size when it was opened.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Time of the last change, in nanoseconds since 1970, when it was opened.
    #[must_use]
    pub fn modified_ns(&self) -> i64 {
        self.modified_ns
    }

    /// SHA-256 of the bytes, read by position.
    ///
    /// # Errors
    ///
    /// [`SourceError::Io`], and [`SourceError::Changed`] where there are more or fewer bytes than at first.
    pub fn identify(&self) -> Result<AssetId, SourceError> {
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; CHUNK.min(self.size_bytes as usize + 1)];
        let mut at = 0;
        loop {
            let read = self.file.read_at(&mut buffer, at)?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            at += read as u64;
            if at > self.size_bytes {
                return Err(SourceError::Changed);
            }
        }
        if at == self.size_bytes {
            Ok(AssetId(hasher.finalize().into()))
        } else {
            Err(SourceError::Changed)
        }
    }

    /// Checks that size and time are still what they were.
    ///
    /// # Errors
    ///
    /// [`SourceError::Changed`] where they are not.
    pub fn unchanged(&self) -> Result<(), SourceError> {
        let metadata = self.file.metadata()?;
        if metadata.len() == self.size_bytes && modified_ns(&metadata) == self.modified_ns {
            Ok(())
        } else {
            Err(SourceError::Changed)
        }
    }

    /// The handle itself.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

fn modified_ns(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

/// What a directory entry is, in a word.
#[must_use]
pub fn kind_of(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    match () {
        () if kind.is_file() => "a file",
        () if kind.is_dir() => "a folder",
        () if kind.is_symlink() => "a link",
        () if kind.is_fifo() => "a FIFO",
        () if kind.is_socket() => "a socket",
        () if kind.is_block_device() || kind.is_char_device() => "a device",
        () => "of no known kind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_is_named_by_the_sha_256_of_its_bytes() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"abc").unwrap();
        let id = Source::open(file.path()).unwrap().identify().unwrap();
        assert_eq!(
            id.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_file_that_grows_is_noticed() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"abc").unwrap();
        let source = Source::open(file.path()).unwrap();
        source.unchanged().unwrap();
        file.write_all(b"d").unwrap();
        assert!(matches!(source.identify(), Err(SourceError::Changed)));
        assert!(matches!(source.unchanged(), Err(SourceError::Changed)));
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = Source::open(folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "a folder, not a file");
    }
}
