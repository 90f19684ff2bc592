//! How a moment of an index is named.

use std::fmt;
use std::str::FromStr;

use crate::error::IndexError;

/// Names a moment of an index: the same name, the same answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SnapshotId {
    /// The index's own random name; zero in memory.
    pub log: [u8; 16],
    /// Number of the commit.
    pub sequence: u64,
    /// Sum of the BLAKE3 of all live records: the same for the same content, however it came there.
    pub content: [u8; 32],
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

impl SnapshotId {
    fn name(&self) -> SnapshotName {
        let Self { log: [a, b, c, d, ..], sequence, content } = *self;
        let content = std::array::from_fn(|i| content[i]);
        SnapshotName { log: [a, b, c, d], sequence, content }
    }
}

/// What reports print of a [`SnapshotId`]: 8 hex digits of the log, number of the commit, 32 digits of the content's sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SnapshotName {
    log: [u8; 4],
    pub(crate) sequence: u64,
    content: [u8; 16],
}

impl SnapshotName {
    /// Whether it is of the index that has this id now.
    pub(crate) fn is_of(&self, id: &SnapshotId) -> bool {
        id.name().log == self.log
    }

    /// Whether it names that moment.
    pub(crate) fn names(&self, id: &SnapshotId) -> bool {
        id.name() == *self
    }
}

impl fmt::Display for SnapshotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.log.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "-{}-", self.sequence)?;
        self.content.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for SnapshotName {
    type Err = IndexError;

    fn from_str(text: &str) -> Result<Self, IndexError> {
        let parse = || {
            let mut parts = text.split('-');
            let name = Self {
                log: bytes_of(parts.next()?)?,
                sequence: parts.next()?.parse().ok()?,
                content: bytes_of(parts.next()?)?,
            };
            parts.next().is_none().then_some(name)
        };
        parse().ok_or_else(|| IndexError::NoSnapshot { text: text.to_owned() })
    }
}

fn bytes_of<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if hex.len() != 2 * N || !hex.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}
