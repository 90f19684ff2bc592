//! A table of claims: what is asserted of each file of a run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::bail;
use firstseen_assess::gazetteer;
use firstseen_intake::Source;
use firstseen_media::sidecar::claims::ClaimRow;
use firstseen_model::{AssetId, Claim};

use super::pairing::{Reach, reached, whole};
use super::walk::Met;
use super::wording::{counted, listed};
use crate::settings::Settings;

/// The rows of a table, each with whether a file was met that it is of.
#[derive(Debug, Default)]
pub(crate) struct Claimed {
    /// Name of the table; empty where there is none.
    name: String,
    rows: Vec<(ClaimRow, AtomicBool)>,
    by_path: HashMap<PathBuf, Vec<usize>>,
    by_sha256: HashMap<AssetId, Vec<usize>>,
    unknown_fields: Vec<(String, u64)>,
}

impl Claimed {
    /// Reads a table, and marks it among `met`: it is no footage. Without one nothing is claimed of any file.
    ///
    /// # Errors
    ///
    /// Where it cannot be used: one fault refuses it whole.
    pub(crate) fn read(
        table: Option<&Path>,
        met: &mut [Met],
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        let Some(path) = table else { return Ok(Self::default()) };
        let at = whole(path);
        for met in
            met.iter_mut().filter(|met| !met.named && met.path.file_name() == path.file_name())
        {
            if met.skipped.is_none() && whole(&met.path) == at {
                met.skipped = Some("the table of claims".to_owned());
            }
        }
        let shown = path.display();
        let source = match Source::open(path) {
            Ok(source) => source,
            Err(error) => bail!("--claims {shown}: {error}"),
        };
        let read = match settings.pool()?.claims(&source)? {
            Ok(read) => read,
            Err(end) => bail!("--claims {shown}: {}", end.why.unwrap_or_default()),
        };
        let mut claimed = Self {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            unknown_fields: read.unknown_fields,
            ..Self::default()
        };
        let folder = whole(path).parent().map(Path::to_path_buf).unwrap_or_default();
        for row in read.rows {
            let at = claimed.rows.len();
            if let Some(id) = row.sha256 {
                claimed.by_sha256.entry(id).or_default().push(at);
            } else if let Some(path) =
                row.path.as_ref().and_then(|path| reached(&folder, path, Reach::Anywhere))
            {
                claimed.by_path.entry(path).or_default().push(at);
            }
            claimed.rows.push((row, AtomicBool::new(false)));
        }
        Ok(claimed)
    }

    /// What the table asserts of a file.
    pub(crate) fn of(&self, path: &Path, id: AssetId) -> Vec<Claim> {
        let by_path = if self.by_path.is_empty() { None } else { self.by_path.get(&whole(path)) };
        let mut rows: Vec<usize> =
            by_path.into_iter().chain(self.by_sha256.get(&id)).flatten().copied().collect();
        rows.sort_unstable();
        let claim = |at: usize| {
            let (row, used) = &self.rows[at];
            used.store(true, Ordering::Relaxed);
            let place = row.place.as_ref().map(gazetteer::looked_up);
            // A known place narrows a day to its zones.
            let event = row
                .event
                .clone()
                .map(|event| gazetteer::event(&event.text, place.as_ref()).unwrap_or(event));
            Claim { asset: id, by: row.by.clone(), text: row.text.clone(), event, place }
        };
        rows.into_iter().map(claim).collect()
    }

    /// What the table came to: rows without a file, and how many of `files` have no row.
    pub(crate) fn summary(&self, without_row: &[String], verbose: bool) -> Vec<String> {
        if self.name.is_empty() {
            return Vec::new();
        }
        let mut lines = Vec::new();
        let unused: Vec<String> = self
            .rows
            .iter()
            .filter(|(_, used)| !used.load(Ordering::Relaxed))
            .map(|(row, _)| {
                let sha256 = || row.sha256.map(|id| id.short());
                let file = row.path.clone().or_else(sha256).unwrap_or_default();
                format!("{file} (line {})", row.line)
            })
            .collect();
        let name = &self.name;
        lines.push(format!("{name}: {}", counted(self.rows.len() as u64, "claim")));
        if !unused.is_empty() {
            lines.push(format!(
                "{name}: {} of no file given: {}",
                counted(unused.len() as u64, "claim"),
                listed(&unused, verbose)
            ));
        }
        if !without_row.is_empty() {
            lines.push(format!(
                "{name}: no claim of {}: {}",
                counted(without_row.len() as u64, "file"),
                listed(without_row, verbose)
            ));
        }
        if !self.unknown_fields.is_empty() {
            let fields: Vec<&str> =
                self.unknown_fields.iter().map(|(name, _)| name.as_str()).collect();
            lines.push(format!("{name}: columns not understood: {}", fields.join(", ")));
        }
        lines
    }
}
