//! Which file a record is of: by its name beside it, or by the path that the record holds.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use firstseen_media::sidecar::{Format, Record};

/// The ending of yt-dlp's records.
const INFO_JSON: &str = ".info.json";
/// The ending of XMP in a file of its own.
const XMP: &str = ".xmp";
/// Endings of what may be a record of files elsewhere.
const LISTS: [&str; 4] = ["json", "csv", "tsv", "xmp"];
/// Which files a record may be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Files in the companion's own folder and below.
    Below,
    /// Any file of the run.
    Anywhere,
}

/// Where the records of `path` alone would lie: `NAME.info.json`, `NAME.mp4.json` and the like beside
/// `NAME.mp4`.
pub(super) fn beside_of(path: &Path) -> Vec<(PathBuf, Option<Format>)> {
    let (Some(stem), Some(name)) = (path.file_stem(), path.file_name()) else { return Vec::new() };
    let with = |start: &OsStr, ending: &str| {
        let mut name = start.to_owned();
        name.push(ending);
        path.with_file_name(name)
    };
    vec![
        (with(stem, INFO_JSON), Some(Format::YtDlp)),
        (with(name, ".json"), None),
        (with(name, XMP), Some(Format::Xmp)),
        (with(stem, XMP), Some(Format::Xmp)),
    ]
}

/// Whether a record has its name from a file that was met.
pub(super) fn is_beside(
    record: &Path,
    footage: &HashSet<PathBuf>,
    stems: &HashSet<PathBuf>,
) -> bool {
    let named = |ending: &str| {
        let name = record.file_name()?.as_bytes().strip_suffix(ending.as_bytes())?;
        Some(record.with_file_name(OsStr::from_bytes(name)))
    };
    named(INFO_JSON).is_some_and(|stem| stems.contains(&stem))
        || named(XMP).is_some_and(|stem| stems.contains(&stem) || footage.contains(&stem))
        || named(".json").is_some_and(|file| footage.contains(&file))
}

pub(super) fn is_list(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| LISTS.iter().any(|list| ending.eq_ignore_ascii_case(list)))
}

/// Whether a record names no file, and so is of the one beside it.
pub(super) fn is_of_one(record: &Record) -> bool {
    record.path.is_none() && record.name.is_none() && record.sha256.is_none()
}

/// A path as the system knows it: the folder without links, and the name as it is.
pub(super) fn whole(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let folder = folder
        .canonicalize()
        .or_else(|_| std::path::absolute(folder))
        .unwrap_or_else(|_| folder.to_owned());
    folder.join(path.file_name().unwrap_or_default())
}

/// The file that a record in `folder` names; `None` where it lies further than the record reaches.
pub(super) fn reached(folder: &Path, path: &str, reach: Reach) -> Option<PathBuf> {
    let mut at = folder.to_path_buf();
    for part in Path::new(path).components() {
        match (part, reach) {
            (Component::CurDir, _) => {}
            (Component::Normal(name), _) => at.push(name),
            (_, Reach::Below) => return None,
            (Component::ParentDir, Reach::Anywhere) => _ = at.pop(),
            (part, Reach::Anywhere) => at.push(part),
        }
    }
    // A folder on the way may be a link, which the walk did not follow and a person may have.
    Some(if reach == Reach::Anywhere { whole(&at) } else { at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_reach_below_their_folder_and_no_further_unless_a_person_named_them() {
        let check = |path: &str, reach, expected: Option<&str>| {
            assert_eq!(
                reached(Path::new("/a/b"), path, reach),
                expected.map(PathBuf::from),
                "{path}"
            );
        };
        check("photos/x.jpg", Reach::Below, Some("/a/b/photos/x.jpg"));
        check("./photos//x.jpg", Reach::Below, Some("/a/b/photos/x.jpg"));
        for hostile in ["../x.jpg", "photos/../../x.jpg", "/etc/passwd"] {
            check(hostile, Reach::Below, None);
        }
        check("../x.jpg", Reach::Anywhere, Some("/a/x.jpg"));
        check("/q/x.jpg", Reach::Anywhere, Some("/q/x.jpg"));
    }
}
