//! Which asset or recording a person means.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use firstseen_index::Snapshot;
use firstseen_intake::Source;
use firstseen_model::{AssetId, MatchId, NoteId, RecordingId, Subject};
use firstseen_report::escape;

use super::paths::Kept;

/// Digits of a SHA-256 that are enough to name an asset.
const LEAST: usize = 6;
/// Things of one name that are listed.
const LISTED: usize = 10;

/// An asset that a person named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its SHA-256.
    pub(crate) id: AssetId,
    /// Its file, where they named that.
    pub(crate) path: Option<PathBuf>,
}

/// Reads what a person means: a path, six or more digits of a SHA-256, or a recording id.
///
/// # Errors
///
/// Where it is none of them, means several things, or is not in the index; the way out is named.
pub(crate) fn subject(text: &Path, snapshot: &Snapshot, kept: &Kept) -> anyhow::Result<Subject> {
    if let Some(digits) = text.to_str().and_then(|text| text.strip_prefix(RecordingId::PREFIX))
        && !text.exists()
    {
        let ids: Vec<RecordingId> =
            snapshot.statements()?.recordings().iter().map(|recording| recording.id).collect();
        let one = one_of(digits, &ids, |id| id.short(64), "recording")?;
        return Ok(Subject::Recording(one));
    }
    let named = asset(text, snapshot, kept)?;
    if snapshot.role(&named.id)?.is_none() {
        bail!(
            "{} ({}) is not in this index; `firstseen add {}` puts it there",
            text.display(),
            named.id.short(),
            text.display()
        );
    }
    Ok(Subject::Asset(named.id))
}

/// Reads which asset a person means, in the index or not.
///
/// # Errors
///
/// As [`subject`], but a file that can be read need not be in the index.
pub(crate) fn asset(text: &Path, snapshot: &Snapshot, kept: &Kept) -> anyhow::Result<Named> {
    if text.is_dir() {
        bail!("{} is a folder; a file is needed", text.display());
    }
    if text.exists() {
        let source = Source::open(text).with_context(|| text.display().to_string())?;
        let id = source.identify().with_context(|| text.display().to_string())?;
        return Ok(Named { id, path: Some(text.to_path_buf()) });
    }
    // A file that is gone is still known by where it lay.
    if let Some((_, id)) = snapshot.file(&kept.path(text))? {
        return Ok(Named { id, path: None });
    }
    let digits = text.to_str().filter(|text| {
        (LEAST..=64).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_hexdigit())
    });
    let Some(digits) = digits else {
        bail!(
            "{}: no such file, here or in the index, and no {LEAST} or more digits of a SHA-256",
            text.display()
        );
    };
    let digits = digits.to_ascii_lowercase();
    let ids = snapshot.all()?;
    let found: Vec<AssetId> =
        ids.into_iter().filter(|id| id.to_string().starts_with(&digits)).collect();
    match found.as_slice() {
        [] => match digits.parse() {
            Ok(id) => Ok(Named { id, path: None }),
            Err(_) => bail!("no asset of this index has a SHA-256 that begins with {digits}"),
        },
        [id] => Ok(Named { id: *id, path: None }),
        several => {
            // Without paths: which of them the person may see is not asked here.
            let listed: Vec<String> =
                several.iter().take(LISTED).map(ToString::to_string).collect();
            bail!(
                "{} assets have a SHA-256 that begins with {digits}; give more digits: {}{}",
                several.len(),
                listed.join(", "),
                if several.len() > LISTED { ", ..." } else { "" }
            )
        }
    }
}

/// The note of that printed id.
///
/// # Errors
///
/// Where there is none, or more than one.
pub(crate) fn note(text: &str, snapshot: &Snapshot) -> anyhow::Result<NoteId> {
    let ids: Vec<NoteId> = snapshot.statements()?.notes().map(|note| note.id()).collect();
    let Some(digits) = text.strip_prefix(NoteId::PREFIX) else {
        bail!("{text}: a note's id is needed, such as N-0412; `firstseen history` tells them");
    };
    one_of(digits, &ids, |id| id.short(64), "note")
}

/// The match of that printed id, among those that were printed.
///
/// # Errors
///
/// Where there is none, or more than one.
pub(crate) fn printed(digits: &str, printed: &[MatchId]) -> anyhow::Result<MatchId> {
    one_of(digits, printed, |id| id.short(64), "match that was printed here")
}

fn one_of<T: Copy>(
    digits: &str,
    ids: &[T],
    spelled: impl Fn(&T) -> String,
    what: &str,
) -> anyhow::Result<T> {
    let given = digits.to_ascii_lowercase();
    if given.is_empty() {
        bail!(
            "no digits of a {what} are given: four or more as they are printed, or as many as make it one"
        );
    }
    let whole =
        |id: &T| spelled(id).split_once('-').map_or(String::new(), |(_, hex)| hex.to_owned());
    let found: Vec<&T> = ids.iter().filter(|id| whole(id).starts_with(&given)).collect();
    match found.as_slice() {
        [one] => Ok(**one),
        [] => bail!("no {what} has an id that begins with {}", escape::text(&given)),
        several => {
            let listed: Vec<String> = several.iter().take(LISTED).map(|id| spelled(id)).collect();
            bail!(
                "{} have an id that begins so; give more digits: {}",
                several.len(),
                listed.join(", ")
            )
        }
    }
}
