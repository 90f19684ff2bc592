//! Rows of `marker`: ids in the metadata of assets, by which files of one device or document find each other. Derived
//! from `metadata`: they can be made again.

use std::collections::BTreeSet;

use firstseen_media::Metadata;
use rusqlite::{Connection, params};

use super::asset::Asset;
use super::column;
use crate::checksum::{Fields, Tally};
use crate::error::Trouble;

/// The facts that hold such an id.
const NAMES: [&str; 5] = [
    "xmp_original_document_id",
    "xmp_document_id",
    "image_unique_id",
    "content_identifier",
    "body_serial",
];

/// An id is shorter than this, in bytes.
const LONG: usize = 256;

/// Whether a fact's value tells one from another: a blank one or one of zeros is what a writer puts that has none.
fn tells(id: &str) -> bool {
    id.len() < LONG && id.chars().any(|c| c.is_alphanumeric() && c != '0')
}

/// The ids in what a file says of itself, each with the name of its fact.
#[must_use]
pub fn ids_of(metadata: &Metadata) -> Vec<(String, String)> {
    let facts = metadata.facts.iter().filter(|fact| NAMES.contains(&fact.name.as_str()));
    let ids = facts.map(|fact| (fact.name.clone(), fact.value.trim().to_owned()));
    ids.filter(|(_, id)| tells(id)).collect::<BTreeSet<_>>().into_iter().collect()
}

fn sum(asset: &Asset, name: &str, id: &str) -> i64 {
    Fields::of("marker").int(asset.num).bytes(&asset.id.0).text(name).text(id).sum()
}

/// What the rows of an asset with that metadata are.
pub(crate) fn expected(asset: &Asset, metadata: &Metadata) -> Tally {
    ids_of(metadata).iter().map(|(name, id)| sum(asset, name, id)).collect()
}

/// Writes the ids of an asset; returns their tally.
pub(crate) fn write(
    connection: &Connection,
    asset: &Asset,
    metadata: &Metadata,
) -> Result<Tally, Trouble> {
    let mut insert = connection.prepare_cached("INSERT INTO marker VALUES (?1, ?2, ?3, ?4)")?;
    let mut tally = Tally::default();
    for (name, id) in ids_of(metadata) {
        let sum = sum(asset, &name, &id);
        insert.execute(params![name, id, asset.num, sum])?;
        tally.add(sum);
    }
    Ok(tally)
}

/// Deletes the ids of an asset; returns their tally.
pub(crate) fn delete(connection: &Connection, asset: &Asset) -> Result<Tally, Trouble> {
    let tally = of_asset(connection, asset)?;
    connection.prepare_cached("DELETE FROM marker WHERE asset = ?1")?.execute([asset.num])?;
    Ok(tally)
}

/// The tally of an asset's ids, each tested.
pub(crate) fn of_asset(connection: &Connection, asset: &Asset) -> Result<Tally, Trouble> {
    let mut select =
        connection.prepare_cached("SELECT name, id, sum FROM marker WHERE asset = ?1")?;
    let mut rows = select.query([asset.num])?;
    let mut tally = Tally::default();
    while let Some(row) = rows.next()? {
        let (name, id): (String, String) = (column(row, 0)?, column(row, 1)?);
        if sum(asset, &name, &id) != column::<i64>(row, 2)? {
            return Err(Trouble::rows("marker", Some(asset.id), "a row was changed"));
        }
        tally.add(sum(asset, &name, &id));
    }
    Ok(tally)
}

/// Numbers of the assets with an id, ascending, at most `most`; those that came after `sequence` are left out.
pub(crate) fn sharing(
    connection: &Connection,
    (name, id): (&str, &str),
    sequence: u64,
    most: usize,
) -> Result<Vec<Asset>, Trouble> {
    let mut select = connection.prepare_cached(
        "SELECT m.asset, m.sum FROM marker m JOIN asset a ON a.num = m.asset
         WHERE m.name = ?1 AND m.id = ?2 AND a.came <= ?3 ORDER BY a.sha256 LIMIT ?4",
    )?;
    let mut rows = select.query(params![name, id, sequence.cast_signed(), most as i64])?;
    let mut assets = Vec::new();
    while let Some(row) = rows.next()? {
        let asset = Asset::find_by_number(connection, column(row, 0)?)?;
        let asset = asset.ok_or_else(|| Trouble::rows("marker", None, "a row has no asset"))?;
        if sum(&asset, name, id) != column::<i64>(row, 1)? {
            return Err(Trouble::rows("marker", Some(asset.id), "a row was changed"));
        }
        assets.push(asset);
    }
    Ok(assets)
}

#[cfg(test)]
mod tests {
    use super::tells;

    #[test]
    fn blanks_and_zeros_tell_nothing() {
        for nothing in ["", " ", "0000000", "00000000-0000-0000-0000-000000000000", "--"] {
            assert!(!tells(nothing), "{nothing:?}");
        }
        for id in ["uuid:1", "xmp.did:00A0", "3061000012"] {
            assert!(tells(id), "{id:?}");
        }
        assert!(!tells(&"7".repeat(300)));
    }
}
