//! The matches that were printed last, kept beside an index so that they can be decided by their id.
//!
//! They are no part of the index: nothing is lost but convenience where the file is.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use firstseen_model::{AssetId, MatchId};
use firstseen_report::FileReport;

use super::paths::Kept;
use crate::output;

/// The file's name, in the index's folder.
const NAME: &str = "printed-matches";
/// Most matches that are kept.
const MOST: usize = 10_000;

/// A match that was printed: two assets, and where the first lay, as the index would keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    /// What was asked about.
    pub(crate) query: AssetId,
    /// What it matched.
    pub(crate) reference: AssetId,
    /// Where the query lay.
    pub(crate) path: Vec<u8>,
}

impl Printed {
    /// Its id.
    pub(crate) fn id(&self) -> MatchId {
        MatchId::of_pair(self.query, self.reference)
    }

    fn line(&self) -> String {
        let path: String = self.path.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{} {} {path}\n", self.query, self.reference)
    }

    /// What stands in a line; `None` for what this program did not write.
    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split(' ');
        let (query, reference) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let (pairs, rest) = parts.next()?.as_bytes().as_chunks::<2>();
        let digits = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
        let path = pairs.iter().map(digits).collect::<Option<Vec<u8>>>()?;
        (rest.is_empty() && parts.next().is_none()).then_some(Self { query, reference, path })
    }
}

/// The matches that were printed from the index in `folder`, the newest last.
pub(crate) fn read(folder: Option<&Path>) -> Vec<Printed> {
    let text = folder.and_then(|folder| std::fs::read_to_string(folder.join(NAME)).ok());
    text.unwrap_or_default().lines().filter_map(Printed::read).collect()
}

/// Keeps the matches of a report.
///
/// # Errors
///
/// Where the folder cannot be written to, as that of an index that others look after.
pub(crate) fn keep(folder: Option<&Path>, files: &[FileReport], kept: &Kept) -> anyhow::Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    let mut new: Vec<Printed> = Vec::new();
    for file in files {
        let path = kept.path(&PathBuf::from(OsString::from_vec(file.path.clone())));
        new.extend(file.matches.iter().map(|known| Printed {
            query: known.found.query,
            reference: known.found.reference,
            path: path.clone(),
        }));
    }
    new.retain(|printed| printed.query != printed.reference);
    if new.is_empty() {
        return Ok(());
    }
    let again: BTreeSet<MatchId> = new.iter().map(Printed::id).collect();
    let before = read(Some(folder)).into_iter().filter(|printed| !again.contains(&printed.id()));
    let all: Vec<Printed> = before.chain(new).collect();
    let newest = &all[all.len().saturating_sub(MOST)..];
    let text: String = newest.iter().map(Printed::line).collect();
    // Two checks may end at once: each writes a file of its own, and the last one stays.
    let part = folder.join(format!("{NAME}.{}", std::process::id()));
    output::put(&part, text.as_bytes())
        .and_then(|()| std::fs::rename(&part, folder.join(NAME)))
        .with_context(|| format!("{}: printed matches cannot be kept", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written_and_nothing_else_is() {
        let path = b"caf\xe9 \n.mp4".to_vec();
        let printed = Printed { query: AssetId([1; 32]), reference: AssetId([2; 32]), path };
        let line = printed.line();
        assert_eq!(Printed::read(line.trim_end()), Some(printed));
        for cut in 0..line.len() - 1 {
            let read = Printed::read(&line[..cut]);
            assert!(read.is_none() || cut > 129 && cut % 2 == 0, "{cut}");
        }
        assert_eq!(Printed::read("a b c"), None);
    }
}
