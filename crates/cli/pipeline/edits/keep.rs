//! Edited copies as files in a folder, with what is known of each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use firstseen_report::Made;

/// What is known of the copies, a line each.
const TRUTH: &str = "truth.jsonl";

/// A folder that copies are kept in.
pub(crate) struct Keep {
    folder: PathBuf,
    /// By the names of files, so that the lines stand in the same order after every run.
    made: Mutex<BTreeMap<String, Made>>,
}

impl Keep {
    /// Makes the folder, or takes one that holds nothing but what an earlier run kept.
    ///
    /// # Errors
    ///
    /// Where it holds other files, or cannot be written to.
    pub(crate) fn at(folder: &Path) -> anyhow::Result<Self> {
        let shown = folder.display();
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {shown}"))?;
        let mut entries = folder.read_dir().with_context(|| format!("cannot read {shown}"))?;
        let truth = folder.join(TRUTH);
        if entries.next().is_some() && !truth.exists() {
            bail!("--keep: {shown} holds other files; name a folder that is empty or new");
        }
        std::fs::write(&truth, "").with_context(|| format!("cannot write {}", truth.display()))?;
        Ok(Self { folder: folder.to_owned(), made: Mutex::default() })
    }

    /// Writes a copy under the name that `made` gives it.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub(crate) fn put(&self, made: Made, jpeg: &[u8]) -> anyhow::Result<()> {
        let path = self.folder.join(&made.file);
        std::fs::write(&path, jpeg).with_context(|| format!("cannot write {}", path.display()))?;
        let mut all = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(made.file.clone(), made);
        Ok(())
    }

    /// Writes what is known of all copies.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        let mut lines = Vec::new();
        for made in self.made.lock().unwrap_or_else(PoisonError::into_inner).values() {
            firstseen_report::json_line(made, &mut lines)?;
        }
        let path = self.folder.join(TRUTH);
        std::fs::write(&path, lines).with_context(|| format!("cannot write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_kept_in_no_folder_that_holds_other_files() {
        let folder = tempfile::tempdir().unwrap();
        let keep = folder.path().join("keep");
        Keep::at(&keep).unwrap();
        std::fs::write(keep.join("a--none.jpg"), "of an earlier run").unwrap();
        Keep::at(&keep).unwrap();
        assert!(Keep::at(folder.path()).is_err());
    }
}
