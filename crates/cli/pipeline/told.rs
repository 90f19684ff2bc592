//! What records, tables and options say of the files of a run, and what became of what they say.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use firstseen_intake::{Pool, PoolError};
use firstseen_media::sidecar::Format;
use firstseen_model::{AssetId, Claim};

use super::claimed::Claimed;
use super::companions::{Beside, Companions};
use super::wording::{counted, listed, of_files};
use crate::commands::options::GivenClaim;

/// What is said of the files of a run.
#[derive(Debug)]
pub(crate) struct Told {
    companions: Companions,
    claimed: Claimed,
    /// What the options assert of all of them.
    claim: Option<GivenClaim>,
    tally: Mutex<Tally>,
}

/// What was told of the files so far.
#[derive(Debug, Default)]
struct Tally {
    files: usize,
    /// Files with a record of each tool.
    with: BTreeMap<Format, usize>,
    without_record: Vec<String>,
    without_claim: Vec<String>,
    /// Fields that were not understood, with how many records have each.
    unknown_fields: BTreeMap<String, usize>,
}

impl Told {
    pub(crate) fn new(companions: Companions, claimed: Claimed, claim: Option<GivenClaim>) -> Self {
        let unknown_fields = companions.unknown_fields();
        let tally = Tally { unknown_fields, ..Tally::default() };
        Self { companions, claimed, claim, tally: Mutex::new(tally) }
    }

    /// What is said of one file: its records, and what is asserted of it.
    ///
    /// # Errors
    ///
    /// Where no worker can be started; a record that makes no sense is a gap.
    pub(crate) fn of(
        &self,
        path: &Path,
        id: AssetId,
        pool: &Pool,
    ) -> Result<(Beside, Vec<Claim>), PoolError> {
        let beside = self.companions.of(path, id, pool)?;
        let of_table = self.claimed.of(path, id);
        let mut tally = self.tally();
        tally.files += 1;
        for format in &beside.formats {
            *tally.with.entry(*format).or_default() += 1;
        }
        if beside.formats.is_empty() {
            tally.without_record.push(path.display().to_string());
        }
        if of_table.is_empty() {
            tally.without_claim.push(path.display().to_string());
        }
        for field in &beside.unknown_fields {
            *tally.unknown_fields.entry(field.clone()).or_default() += 1;
        }
        drop(tally);
        let mut claims: Vec<Claim> = self.claim.iter().map(|claim| claim.of(id)).collect();
        for claim in of_table {
            // The same row twice is asserted once.
            if !claims.contains(&claim) {
                claims.push(claim);
            }
        }
        Ok((beside, claims))
    }

    /// A hash that changes where records beside a file, lists or tables begin to say something else of it. Nothing is read
    /// but what was read already.
    pub(crate) fn stamp(&self, path: &Path, id: AssetId) -> [u8; 32] {
        let said = (self.companions.said(path, id), self.claimed.of(path, id), &self.claim);
        firstseen_index::stamp(&format!("{said:?}"))
    }

    /// How many files have a record of which tool, and which fields of them were not understood.
    pub(crate) fn understood(&self, verbose: bool) -> Vec<String> {
        let tally = self.tally();
        let files = tally.files;
        let mut lines: Vec<String> = self.claim.iter().filter_map(GivenClaim::candidates).collect();
        lines.extend(tally.with.iter().map(|(format, count)| {
            let article =
                if matches!(format, Format::AutoArchiver | Format::Xmp) { "an" } else { "a" };
            format!("{} {article} {} record", of_files(*count, files), format.name())
        }));
        if !tally.with.is_empty() && !tally.without_record.is_empty() {
            let mut without = tally.without_record.clone();
            without.sort_unstable();
            lines.push(format!(
                "{} no record: {}",
                of_files(without.len(), files),
                listed(&without, verbose)
            ));
        }
        if !tally.unknown_fields.is_empty() {
            let mut fields: Vec<_> = tally.unknown_fields.iter().collect();
            fields.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            lines.push(if verbose {
                let fields = fields.iter().map(|(field, records)| format!("{field} ({records})"));
                format!("fields not understood: {}", fields.collect::<Vec<_>>().join(", "))
            } else {
                let (count, were) = (fields.len(), if fields.len() == 1 { "was" } else { "were" });
                let fields = counted(count as u64, "field");
                format!("{fields} of records {were} not understood (--verbose names them)")
            });
        }
        lines
    }

    /// What became of records and rows: those of no file, and what could not be used.
    pub(crate) fn summary(&self, verbose: bool) -> Vec<String> {
        let mut without = self.tally().without_claim.clone();
        without.sort_unstable();
        let mut lines = self.companions.summary(verbose);
        lines.extend(self.claimed.summary(&without, verbose));
        lines
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
