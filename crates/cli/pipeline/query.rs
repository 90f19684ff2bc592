//! A query that is kept: it is matched against what comes later, and never counted as seen.

use std::path::Path;

use firstseen_index::{Entry, FileSeen, Role, Writer};
use firstseen_intake::{Depth, Plan, Purpose, Record};
use firstseen_model::{AssetId, Claim, Sighting};

use super::look::{Looked, Reader};
use super::paths::Kept;
use super::walk::Met;
use crate::settings::Settings;

/// A query that is to be kept.
pub(crate) struct Query {
    /// What came of reading it.
    pub(crate) record: Record,
    /// Where it lies.
    pub(crate) file: FileSeen,
    /// Where it was seen.
    pub(crate) sightings: Vec<Sighting>,
    /// What is asserted of it.
    pub(crate) claims: Vec<Claim>,
}

impl Query {
    /// Puts it into an index.
    pub(crate) fn put(mut self, writer: &mut Writer) -> anyhow::Result<()> {
        // An index keeps the same subset of a query's samples as of a reference's.
        self.record.samples.retain(|sample| sample.kept);
        for sample in &mut self.record.samples {
            sample.views.clear();
        }
        if let Some(track) = &mut self.record.track {
            track.variants.clear();
        }
        writer.put(&Entry {
            record: &self.record,
            role: Role::Query,
            file: Some(&self.file),
            sightings: &self.sightings,
            claims: &self.claims,
        })?;
        Ok(())
    }
}

/// Reads the file of an asset that is not in the index; why it cannot be, in words, where it is gone or holds something
/// else.
pub(crate) fn read(
    id: AssetId,
    path: Option<&Path>,
    kept: &Kept,
    settings: &Settings,
) -> anyhow::Result<Result<Query, String>> {
    let Some(path) = path else { return Ok(Err("its file is not known".to_owned())) };
    let pool = settings.pool()?;
    let plan = Plan { depth: Depth::Frames(settings.profile), purpose: Purpose::Reference };
    let met = Met::named(path.to_path_buf());
    let looked = Reader { pool: &pool, settings }.look(&met, plan)?;
    let Looked { record, source, .. } = match looked {
        Ok(looked) => looked,
        Err(failed) => return Ok(Err(format!("{}: {}", path.display(), failed.why))),
    };
    if record.asset.id != id {
        return Ok(Err(format!("{} holds something else now", path.display())));
    }
    let file = kept.file(path, &source);
    Ok(Ok(Query { record, file, sightings: Vec::new(), claims: Vec::new() }))
}
