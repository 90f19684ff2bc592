//! Ids in metadata that several assets hold.

use firstseen_model::AssetId;

use crate::catalogue::marker;
use crate::catalogue::meta::{Meta, Table, carried};
use crate::error::{IndexError, Trouble};
use crate::snapshot::Snapshot;

/// An id that assets of the index hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The fact's name, such as `xmp_original_document_id`.
    pub name: String,
    /// The id.
    pub id: String,
    /// The assets, by SHA-256; as many as were asked for at most.
    pub assets: Vec<AssetId>,
}

impl Snapshot {
    /// For each id, by the name of its fact, the assets that hold it; `asset` itself is left out, and so are ids that no
    /// other asset holds. Of each at most `most` assets.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`] too where an id is missing.
    pub fn sharing(
        &self,
        asset: &AssetId,
        ids: &[(String, String)],
        most: usize,
    ) -> Result<Vec<Shared>, IndexError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.handle.read(|connection| {
            // Whatever nobody else holds was looked for in a whole list; once is enough for one snapshot.
            if self.markers.get().is_none() {
                if carried(connection, Table::Marker)?
                    != Meta::load(connection)?.tally(Table::Marker)
                {
                    return Err(Trouble::rows("marker", None, "rows are missing or doubled"));
                }
                self.markers.get_or_init(|| ());
            }
            let mut shared = Vec::new();
            for (name, id) in ids {
                let found = marker::sharing(connection, (name, id), self.meta.sequence, most + 1)?;
                let others = found.into_iter().map(|found| found.id).filter(|found| found != asset);
                let assets: Vec<AssetId> = others.take(most).collect();
                if !assets.is_empty() {
                    shared.push(Shared { name: name.clone(), id: id.clone(), assets });
                }
            }
            Ok(shared)
        })
    }
}
