//! Makes again what follows from other rows: the words that a search finds, and the ids in metadata.

use rusqlite::Connection;

use crate::catalogue::asset::{Asset, Detail, Said};
use crate::catalogue::claim::ClaimRow;
use crate::catalogue::meta::Table;
use crate::catalogue::sighting::SightingRow;
use crate::catalogue::statement::StatementRow;
use crate::catalogue::{marker, words};
use crate::checksum::Tally;
use crate::error::{IndexError, Trouble};
use crate::writer::{Batch, Writer};

impl Writer {
    /// Makes again all that follows from other rows; there for others after [`Writer::commit`]. No answer changes, so
    /// that a snapshot keeps its name.
    ///
    /// # Errors
    ///
    /// As [`Writer::put`]; [`IndexError::Damaged`] where a row that it follows from is damaged.
    pub fn derive_again(&mut self) -> Result<(), IndexError> {
        self.change(|batch, connection| batch.derive_again(connection))
    }
}

impl Batch {
    fn derive_again(&mut self, connection: &Connection) -> Result<(), Trouble> {
        words::clear(connection)?;
        connection.execute_batch("DELETE FROM marker; REINDEX marker;")?;
        let mut markers = Tally::default();
        let mut assets = Vec::new();
        Asset::for_each(connection, |asset| assets.push(asset))?;
        for asset in &assets {
            let detail = Detail::load(connection, asset)?;
            let metadata = Said::load(connection, asset)?.metadata(asset.id)?;
            markers.join(marker::write(connection, asset, &metadata)?);
            for row in SightingRow::of_asset(connection, asset, detail.sightings)? {
                words::add(connection, row.num, &row.words())?;
            }
            for row in ClaimRow::of_asset(connection, asset, detail.claims)? {
                words::add(connection, row.num, &row.words())?;
            }
        }
        for row in StatementRow::all(connection)? {
            words::add(connection, row.num, &row.said.words())?;
        }
        *self.meta.tally_mut(Table::Marker) = markers;
        Ok(())
    }
}
