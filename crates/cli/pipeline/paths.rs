//! Paths as an index keeps them: bytes, relative to the folder that holds it.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use firstseen_index::FileSeen;
use firstseen_intake::Source;

/// Turns paths as given into paths as an index keeps them.
#[derive(Debug)]
pub(crate) struct Kept {
    base: Option<PathBuf>,
    /// The same folder as it was given, which leads there from the working folder.
    given: Option<PathBuf>,
    folders: Mutex<HashMap<PathBuf, PathBuf>>,
}

impl Kept {
    /// For an index in `folder`; `None` for one in memory.
    pub(crate) fn for_index(folder: Option<&Path>) -> Self {
        let base = folder.and_then(|folder| {
            let whole = folder.canonicalize().or_else(|_| std::path::absolute(folder)).ok()?;
            whole.parent().map(Path::to_path_buf)
        });
        let given = folder.and_then(Path::parent).map(Path::to_path_buf);
        Self { base, given, folders: Mutex::new(HashMap::new()) }
    }

    /// A path as an index keeps it, from the working folder.
    pub(crate) fn seen_from_here(&self, kept: &[u8]) -> Option<Vec<u8>> {
        let path = plain(&self.given.as_ref()?.join(OsStr::from_bytes(kept)));
        Some(path.into_os_string().into_vec())
    }

    /// A path that another index keeps, as this one keeps it. No file is looked at: it may be gone. What one in memory
    /// keeps is a name, and stays one.
    pub(crate) fn renamed(&self, kept: &[u8], theirs: &Self) -> Vec<u8> {
        let (Some(base), Some(there)) = (&self.base, &theirs.base) else { return kept.to_vec() };
        let path = relative(base, &plain(&there.join(OsStr::from_bytes(kept))));
        path.into_os_string().into_vec()
    }

    /// `path` relative to the folder that holds the index, with `../` outside it; the name alone for one in memory.
    pub(crate) fn path(&self, path: &Path) -> Vec<u8> {
        let (Some(base), Some(name)) = (&self.base, path.file_name()) else {
            return path.file_name().unwrap_or(path.as_os_str()).as_bytes().to_vec();
        };
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let relative = self.folder(base, folder.unwrap_or(Path::new(".")));
        relative.join(name).as_os_str().as_bytes().to_vec()
    }

    /// An open file as an index keeps it.
    pub(crate) fn file(&self, path: &Path, source: &Source) -> FileSeen {
        FileSeen {
            path: self.path(path),
            size_bytes: source.size_bytes(),
            modified_ns: source.modified_ns(),
        }
    }

    fn folder(&self, base: &Path, folder: &Path) -> PathBuf {
        let mut known = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(relative) = known.get(folder) {
            return relative.clone();
        }
        let whole = folder.canonicalize().or_else(|_| std::path::absolute(folder));
        let relative = whole.map_or_else(|_| folder.to_path_buf(), |whole| relative(base, &whole));
        known.insert(folder.to_path_buf(), relative.clone());
        relative
    }
}

/// A path without `.`, and without `..` where that follows a name.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(plain.components().next_back(), Some(Component::Normal(_))) =>
            {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// The way from `base` to `path`, both absolute.
fn relative(base: &Path, path: &Path) -> PathBuf {
    let shared = base.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = base.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_paths_lead_there_from_the_working_folder() {
        let check = |index: &str, kept: &str, expected: &str| {
            let kept = Kept::for_index(Some(Path::new(index))).seen_from_here(kept.as_bytes());
            assert_eq!(kept.as_deref(), Some(expected.as_bytes()));
        };
        check("demo/.firstseen", "../samples/a.mp4", "samples/a.mp4");
        check(".firstseen", "a.mp4", "a.mp4");
        check("../x/.firstseen", "a.mp4", "../x/a.mp4");
        check("/srv/.firstseen", "../a.mp4", "/a.mp4");
    }

    #[test]
    fn what_another_index_keeps_is_told_from_the_folder_that_holds_this_one() {
        let at = |base: &str| Kept { base: Some(base.into()), ..Kept::for_index(None) };
        let check = |kept: &str, expected: &str| {
            let renamed = at("/a/ours").renamed(kept.as_bytes(), &at("/a/theirs/deep"));
            assert_eq!(renamed, expected.as_bytes());
        };
        check("x.mp4", "../theirs/deep/x.mp4");
        check("../x.mp4", "../theirs/x.mp4");
        check("../../ours/x.mp4", "x.mp4");
        check("../../../x.mp4", "../../x.mp4");
        let not_utf8 = at("/a").renamed(b"\xff.mp4", &at("/b"));
        assert_eq!(not_utf8, b"../b/\xff.mp4");
        assert_eq!(at("/a").renamed(b"x.mp4", &Kept::for_index(None)), b"x.mp4");
    }

    #[test]
    fn paths_are_told_from_the_folder_that_holds_the_index() {
        let check = |path: &str, expected: &str| {
            assert_eq!(relative(Path::new("/a/b"), Path::new(path)), Path::new(expected));
        };
        check("/a/b/c/d", "c/d");
        check("/a/b", "");
        check("/a/x", "../x");
        check("/y", "../../y");
    }
}
