//! An open file that is read by position only.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// A reader with a position of its own: a handle that was passed between processes shares its offset, so the handle's
/// is never used.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    file: Arc<File>,
    /// Where in the file it begins.
    start: u64,
    len: u64,
    at: u64,
}

impl Source {
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Self { file: Arc::new(file), start: 0, len: about.len(), at: 0 })
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The same bytes from the start.
    pub(crate) fn rewound(&self) -> Self {
        Self { at: 0, ..self.clone() }
    }

    /// The first `len` bytes at most, as if the file ended there.
    pub(crate) fn first(&self, len: u64) -> Self {
        self.within(0, len)
    }

    /// The `len` bytes from `at`, or as many as there are, as if they were a file of their own.
    pub(crate) fn within(&self, at: u64, len: u64) -> Self {
        let at = at.min(self.len);
        let len = len.min(self.len - at);
        Self { file: Arc::clone(&self.file), start: self.start + at, len, at: 0 }
    }

    pub(crate) fn buffered(&self) -> BufReader<Self> {
        BufReader::with_capacity(64 << 10, self.rewound())
    }

    /// Up to `len` bytes from `at`; fewer only where the file ends.
    pub(crate) fn bytes_at(&self, at: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut part = self.rewound();
        part.at = at;
        part.take(len as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.len.saturating_sub(self.at).min(into.len() as u64) as usize;
        let count = self.file.read_at(&mut into[..left], self.start + self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "seek to before the start or past all numbers",
            )
        })?;
        Ok(self.at)
    }
}

/// A reader that fails once more than `left` bytes were asked of it, so that no count in a file makes it read on.
pub(crate) struct Rationed<R> {
    pub(crate) inner: R,
    pub(crate) left: u64,
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "limit metadata reached"));
        }
        let room = self.left.min(into.len() as u64) as usize;
        let count = self.inner.read(&mut into[..room])?;
        self.left -= count as u64;
        Ok(count)
    }
}

impl<R: Seek> Seek for Rationed<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::io::Write;

    /// A handle on a nameless file with these bytes.
    pub(crate) fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    pub(crate) fn source_of(bytes: &[u8]) -> Source {
        Source::new(file_of(bytes)).unwrap()
    }

    #[test]
    fn readers_of_one_handle_do_not_disturb_each_other() {
        let source = source_of(b"abcdef");
        let (mut a, mut b) = (source.rewound(), source.rewound());
        let mut two = [0; 2];
        a.read_exact(&mut two).unwrap();
        b.seek(SeekFrom::End(-2)).unwrap();
        b.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"ef");
        a.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"cd");
        assert_eq!(b.read(&mut two).unwrap(), 0);
        assert!(b.seek(SeekFrom::Current(-9)).is_err());
    }

    #[test]
    fn a_part_of_a_file_ends_where_it_ends() {
        let part = source_of(b"abcdef").within(1, 4).within(2, 99);
        assert_eq!((part.len(), part.bytes_at(0, 9).unwrap().as_slice()), (2, &b"de"[..]));
        assert!(part.within(9, 9).bytes_at(0, 9).unwrap().is_empty());
    }

    #[test]
    fn a_ration_ends_in_an_error_not_in_an_end_of_file() {
        let mut reader = Rationed { inner: source_of(b"abcdef"), left: 4 };
        assert!(reader.read_to_end(&mut Vec::new()).is_err());
    }
}
