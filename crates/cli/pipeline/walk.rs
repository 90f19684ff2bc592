//! Which files are meant: paths as named, folders walked, lists read.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use firstseen_intake::source::kind_of;
use globset::{Glob, GlobSet, GlobSetBuilder};

/// Left out of every walk: our own folder, thumbnails, downloads that are not done.
const EXCLUDED: [&str; 12] = [
    ".firstseen",
    ".git",
    "@eaDir",
    ".thumbnails",
    ".Trash-*",
    "$RECYCLE.BIN",
    "Thumbs.db",
    ".DS_Store",
    "._*",
    "*.part",
    "*.ytdl",
    "*.crdownload",
];

/// Endings of media: a file so named that holds none is worth a word.
const MEDIA_ENDINGS: [&str; 40] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "gif", "tif", "tiff", "bmp", "heic",
    "heif", "avif", "mp4", "m4v", "mov", "qt", "3gp", "3g2", "mkv", "webm", "avi", "divx", "ts",
    "m2ts", "mts", "mpg", "mpeg", "vob", "flv", "f4v", "asf", "wmv", "ogv", "ogg", "mxf", "dv",
    "h264", "mjpeg",
];

/// A file that was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Met {
    /// As given, or the folder as given and the way down from there.
    pub(crate) path: PathBuf,
    /// Whether it was named itself, not met on a walk.
    pub(crate) named: bool,
    /// Why it is passed over, if it is.
    pub(crate) skipped: Option<String>,
    /// Why it cannot be looked at, if that shows already.
    pub(crate) unreadable: Option<String>,
}

impl Met {
    /// A file that was named.
    pub(crate) fn named(path: PathBuf) -> Self {
        Self::file(path, true)
    }

    fn file(path: PathBuf, named: bool) -> Self {
        Self { path, named, skipped: None, unreadable: None }
    }

    /// Whether the name promises media.
    pub(crate) fn looks_like_media(&self) -> bool {
        let ending = self.path.extension().map(|ending| ending.to_ascii_lowercase());
        ending.is_some_and(|ending| MEDIA_ENDINGS.iter().any(|known| ending == *known))
    }
}

/// All files under `paths`, by path bytes; each once. Links are followed only where they are named.
///
/// # Errors
///
/// Only a glob that makes no sense; what cannot be opened is among the files, with the reason.
pub(crate) fn walk(paths: &[PathBuf], exclude: &[String]) -> anyhow::Result<Vec<Met>> {
    let excluded = excluded(exclude)?;
    let mut met = Vec::new();
    for path in paths {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => folder(path, path, &excluded, &mut met),
            Ok(_) => met.push(Met::file(path.clone(), true)),
            Err(error) => {
                met.push(Met { unreadable: Some(told(&error)), ..Met::file(path.clone(), true) });
            }
        }
    }
    met.sort_by(|a, b| {
        a.path.as_os_str().as_bytes().cmp(b.path.as_os_str().as_bytes()).then(b.named.cmp(&a.named))
    });
    met.dedup_by(|a, b| a.path == b.path);
    Ok(met)
}

fn excluded(exclude: &[String]) -> anyhow::Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for glob in EXCLUDED.iter().copied().chain(exclude.iter().map(String::as_str)) {
        set.add(Glob::new(glob).map_err(|error| anyhow::anyhow!("--exclude {glob}: {error}"))?);
    }
    Ok(set.build()?)
}

fn folder(root: &Path, at: &Path, excluded: &GlobSet, met: &mut Vec<Met>) {
    // An own stack, so that a tree that is very deep does not end the program's.
    let mut open = vec![at.to_path_buf()];
    while let Some(at) = open.pop() {
        let entries = match fs::read_dir(&at) {
            Ok(entries) => entries,
            Err(error) => {
                met.push(Met { unreadable: Some(told(&error)), ..Met::file(at, false) });
                continue;
            }
        };
        for entry in entries {
            let (path, kind) = match entry.and_then(|entry| Ok((entry.path(), entry.metadata()?))) {
                Ok(found) => found,
                Err(error) => {
                    met.push(Met {
                        unreadable: Some(told(&error)),
                        ..Met::file(at.clone(), false)
                    });
                    continue;
                }
            };
            let below = path.strip_prefix(root).unwrap_or(&path);
            let is_excluded = excluded.is_match(below)
                || path.file_name().is_some_and(|name| excluded.is_match(Path::new(name)));
            if is_excluded {
                continue;
            }
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() {
                met.push(Met::file(path, false));
            } else {
                let why = format!("{}; only files are looked at on a walk", kind_of(&kind));
                met.push(Met { skipped: Some(why), ..Met::file(path, false) });
            }
        }
    }
}

fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "not readable by this user".to_owned(),
        _ => error.to_string(),
    }
}

/// Paths out of a list: one a line, or ended by NUL where `nul` says so; `-` is standard input.
///
/// # Errors
///
/// Where the list cannot be read.
pub(crate) fn from_list(list: &Path, nul: Nul) -> anyhow::Result<Vec<PathBuf>> {
    let mut bytes = Vec::new();
    let read = if list == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes)
    } else {
        fs::File::open(list).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| anyhow::anyhow!("--from-list {}: {}", list.display(), told(&error)))?;
    let end = if nul == Nul::Ends { 0 } else { b'\n' };
    let paths = bytes.split(|byte| *byte == end).map(|line| match nul {
        Nul::Ends => line,
        Nul::Unused => line.strip_suffix(b"\r").unwrap_or(line),
    });
    Ok(paths
        .filter(|p| !p.is_empty())
        .map(|p| PathBuf::from(OsString::from_vec(p.to_vec())))
        .collect())
}

/// What ends a path in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nul {
    /// A NUL byte, as `find -print0` writes.
    Ends,
    /// The end of the line.
    Unused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_is_in_the_order_of_bytes_and_leaves_out_what_is_no_footage() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/@eaDir")).unwrap();
        fs::create_dir_all(root.join(".firstseen")).unwrap();
        for name in
            ["b/2.jpg", "a.jpg", "b/@eaDir/2.jpg", ".firstseen/catalogue", "c.mp4.part", "B.jpg"]
        {
            fs::write(root.join(name), b"x").unwrap();
        }
        std::os::unix::fs::symlink(root, root.join("loop")).unwrap();
        let met = walk(&[root.to_path_buf()], &[]).unwrap();
        let names: Vec<_> =
            met.iter().map(|m| m.path.strip_prefix(root).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["B.jpg", "a.jpg", "b/2.jpg", "loop"]);
        assert!(met[3].skipped.as_ref().unwrap().starts_with("a link"));
    }

    #[test]
    fn a_file_named_twice_is_looked_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jpg");
        fs::write(&file, b"x").unwrap();
        let met = walk(&[folder.path().to_path_buf(), file.clone()], &[]).unwrap();
        assert_eq!(met.len(), 1);
        assert!(met[0].named);
    }

    #[test]
    fn a_path_that_is_not_there_is_an_input_all_the_same() {
        let met = walk(&[PathBuf::from("/nowhere/at.all")], &[]).unwrap();
        assert_eq!(met[0].unreadable.as_deref(), Some("no such file or folder"));
    }
}
