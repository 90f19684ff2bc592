//! Which index is meant.

use std::path::{Path, PathBuf};

use anyhow::bail;
use firstseen_index::{Access, Index, IndexError};

use crate::settings::Settings;

/// The name of an index's folder.
pub(crate) const NAME: &str = ".firstseen";

/// The environment's word for the index.
const VARIABLE: &str = "FIRSTSEEN_INDEX";

/// An index, and whether somebody named it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Located {
    folder: PathBuf,
    named: bool,
}

/// Opens the index for reading.
///
/// # Errors
///
/// Where none is named and none found, and where it cannot be opened; the way out is named.
pub(crate) fn open(settings: &Settings, paths: &[PathBuf]) -> anyhow::Result<Index> {
    let Some(located) = locate(settings, paths)? else {
        bail!(
            "no index here: make one with `firstseen add PATH...`, or name one with --index PATH or {VARIABLE}"
        );
    };
    open_at(&located, Access::Read)
}

/// Opens the index for writing, and makes it where there is none; says which, if it was made.
///
/// # Errors
///
/// As [`open`], and where it cannot be made.
pub(crate) fn open_or_create(
    settings: &Settings,
    paths: &[PathBuf],
) -> anyhow::Result<(Index, Made)> {
    let located = locate(settings, paths)?;
    let located = located.unwrap_or(Located { folder: PathBuf::from(NAME), named: false });
    match Index::open(&located.folder, Access::Write) {
        Ok(index) => Ok((index, Made::Before)),
        // Nothing is there, or an index whose making was interrupted; what else it may be, its maker tells.
        Err(IndexError::NotFound { .. } | IndexError::Foreign { .. }) => {
            match Index::create(&located.folder) {
                Ok(index) => Ok((index, Made::Now)),
                // Another process made it meanwhile.
                Err(IndexError::Exists { .. }) => {
                    Ok((open_at(&located, Access::Write)?, Made::Before))
                }
                Err(error) => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens an existing index for writing.
///
/// # Errors
///
/// As [`open`].
pub(crate) fn open_to_write(settings: &Settings, paths: &[PathBuf]) -> anyhow::Result<Index> {
    let Some(located) = locate(settings, paths)? else {
        bail!("no index here: name one with --index PATH or {VARIABLE}");
    };
    open_at(&located, Access::Write)
}

/// Opens an index for writing where one is named or found; nothing is amiss where none is.
///
/// # Errors
///
/// Where it cannot be opened.
pub(crate) fn open_to_write_if_there(
    settings: &Settings,
    paths: &[PathBuf],
) -> anyhow::Result<Option<Index>> {
    locate(settings, paths)?.map(|located| open_at(&located, Access::Write)).transpose()
}

/// Opens the index that somebody names beside the one that is meant: its folder, or the one that holds it.
///
/// # Errors
///
/// Where none is there, and where it cannot be opened.
pub(crate) fn open_named(path: &Path) -> anyhow::Result<Index> {
    match Index::open(&inside(path.to_path_buf()), Access::Read) {
        Err(IndexError::NotFound { path }) => bail!("no index at {}", path.display()),
        opened => Ok(opened?),
    }
}

/// Whether an index was there or was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// It was there.
    Before,
    /// It was made now.
    Now,
}

fn open_at(located: &Located, access: Access) -> anyhow::Result<Index> {
    if !located.folder.exists() {
        bail!(
            "no index at {}: `firstseen add PATH... --index {}` makes it",
            located.folder.display(),
            located.folder.display()
        );
    }
    Ok(Index::open(&located.folder, access)?)
}

/// The index that is named, else the nearest one found.
#[expect(clippy::disallowed_methods, reason = "the environment may name the index")]
fn locate(settings: &Settings, paths: &[PathBuf]) -> anyhow::Result<Option<Located>> {
    let named = settings.common.index.clone().or_else(|| {
        std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from)
    });
    if let Some(path) = named {
        if path.to_string_lossy().starts_with("postgres://") {
            bail!("an index on a server is not there yet in this version; name a folder");
        }
        return Ok(Some(Located { folder: inside(path), named: true }));
    }
    let here = std::env::current_dir()?;
    for above in here.ancestors() {
        let folder = above.join(NAME);
        if !folder.is_dir() {
            continue;
        }
        refuse_planted(&folder, paths)?;
        let folder = if above == here { PathBuf::from(NAME) } else { folder };
        return Ok(Some(Located { folder, named: false }));
    }
    Ok(of_user().filter(|located| located.folder.is_dir()))
}

/// Somebody who names the folder that holds the index means the index.
fn inside(path: PathBuf) -> PathBuf {
    let within = path.join(NAME);
    if !is_index(&path) && is_index(&within) { within } else { path }
}

/// An index that was found, not named, is used only if it is this user's and not part of what is looked at.
fn refuse_planted(folder: &Path, paths: &[PathBuf]) -> anyhow::Result<()> {
    let shown = folder.display();
    let whole = folder.canonicalize()?;
    for path in paths {
        if path.canonicalize().is_ok_and(|path| whole.starts_with(path)) {
            bail!(
                "the index {shown} lies inside {}, which is to be looked at: if it is yours, name it with --index {shown}",
                path.display()
            );
        }
    }
    let owner = firstseen_index::owner_uid(folder)?;
    if owner != rustix::process::geteuid().as_raw() {
        bail!("the index {shown} belongs to another user: name it with --index {shown} to use it");
    }
    Ok(())
}

/// The index in the user's data folder, for people at a terminal.
#[expect(clippy::disallowed_methods, reason = "the environment says where the user's data lies")]
fn of_user() -> Option<Located> {
    if !rustix::termios::isatty(rustix::stdio::stdout()) {
        return None;
    }
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).or_else(|| {
        std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"))
    })?;
    Some(Located { folder: data.join("firstseen").join(NAME), named: false })
}

/// Whether a folder is an index that this program can read.
pub(crate) fn is_index(folder: &Path) -> bool {
    Index::open(folder, Access::Read).is_ok()
}
