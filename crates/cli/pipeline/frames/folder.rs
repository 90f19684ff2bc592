//! The folder that pictures of matches are written to.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::output;
use crate::pipeline::walk::Met;

/// The folder that pictures go to.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// As given.
    given: String,
    /// As the system knows it.
    whole: PathBuf,
}

impl Folder {
    /// Makes the folder where it is not there.
    ///
    /// # Errors
    ///
    /// Where it cannot be made, is a file, lies in an index, or has a name that JSON cannot hold.
    pub(super) fn at(folder: &Path) -> anyhow::Result<Self> {
        let shown = folder.display();
        output::refuse_in_index("--frames", folder, "pictures")?;
        if folder.exists() && !folder.is_dir() {
            bail!("--frames: {shown} is a file; a folder is needed");
        }
        let Some(given) = folder.to_str() else {
            bail!("--frames: {shown} is no UTF-8, and reports could not name what is in it");
        };
        let cannot = || format!("--frames: cannot make the folder {shown}");
        fs::create_dir_all(folder).with_context(cannot)?;
        let whole = folder.canonicalize().with_context(cannot)?;
        Ok(Self { given: given.to_owned(), whole })
    }

    /// Passes over what a walk met in this folder: pictures of earlier runs are no input.
    ///
    /// # Errors
    ///
    /// Where a file in it was named itself: inputs are never written to.
    pub(super) fn keep_out(&self, met: &mut [Met]) -> anyhow::Result<()> {
        let mut last: Option<(PathBuf, bool)> = None;
        for met in met {
            let parent = met.path.parent().filter(|parent| !parent.as_os_str().is_empty());
            let parent = parent.unwrap_or(Path::new("."));
            let within = match &last {
                Some((folder, within)) if folder == parent => *within,
                _ => parent.canonicalize().is_ok_and(|parent| parent.starts_with(&self.whole)),
            };
            last = Some((parent.to_path_buf(), within));
            if within && met.named {
                bail!(
                    "--frames: {} is to be looked at and lies in {}; name another folder",
                    met.path.display(),
                    self.given
                );
            }
            if within {
                met.skipped = Some("in the folder that --frames writes to".to_owned());
            }
        }
        Ok(())
    }

    /// The path that begins with `name` here, for people and for [`Folder::put`].
    pub(super) fn path(&self, name: &str) -> String {
        Path::new(&self.given).join(name).to_string_lossy().into_owned()
    }

    /// Writes a picture.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub(super) fn put(&self, path: &str, jpeg: &[u8]) -> anyhow::Result<()> {
        output::put(Path::new(path), jpeg).with_context(|| format!("--frames: cannot write {path}"))
    }
}
