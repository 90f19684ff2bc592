//! Makes an index as small and as little scattered as it can be.

use std::sync::PoisonError;

use crate::error::IndexError;
use crate::writer::Writer;

/// What compacting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Compacted {
    pub segments_before: usize,
    pub segments_after: usize,
    pub bytes_before: u64,
    pub bytes_after: u64,
}

impl Writer {
    /// Merges segments to as few as can be, none over 1 GiB, without what has gone; and gives free pages of the catalogue
    /// back. No answer changes. Each merge is committed by itself, so that an interrupted run keeps what is done; `each` is
    /// told how many of how many are, and may stop it by `false`.
    ///
    /// # Errors
    ///
    /// As [`Writer::commit`]; [`IndexError::Damaged`] where a segment is damaged.
    pub fn compact(
        &mut self,
        each: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Compacted, IndexError> {
        self.commit()?;
        let (segments_before, bytes_before) = self.sizes()?;
        let groups = self.batch.shelves.loose();
        for (done, group) in groups.iter().enumerate() {
            if !each(done, groups.len()) {
                break;
            }
            self.change(|batch, connection| {
                let places = batch.shelves.places(group);
                batch.shelves.replace(connection, &mut batch.meta, &places, &[])
            })?;
            self.commit()?;
        }
        let connection = self.handle.connection.clone();
        let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        let vacuumed = connection.execute_batch("VACUUM");
        drop(connection);
        vacuumed.map_err(|error| self.end(error.into()))?;
        let (segments_after, bytes_after) = self.sizes()?;
        Ok(Compacted { segments_before, segments_after, bytes_before, bytes_after })
    }

    fn sizes(&self) -> Result<(usize, u64), IndexError> {
        let pages: i64 = self.handle.read(|connection| {
            let select = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
            Ok(connection.query_row(select, [], |row| row.get(0))?)
        })?;
        let all = &self.batch.shelves.all;
        let segments: u64 = all.iter().map(|shelf| shelf.row.listed.bytes).sum();
        Ok((all.len(), pages.cast_unsigned() + segments))
    }
}
