//! What an index held at an earlier moment.

use rusqlite::Connection;

use crate::catalogue::asset::{Asset, Detail, content_in_role};
use crate::catalogue::claim::ClaimRow;
use crate::catalogue::file::FileRow;
use crate::catalogue::meta::Totals;
use crate::catalogue::sighting::SightingRow;
use crate::catalogue::statement::StatementRow;
use crate::checksum::Content;
use crate::error::Trouble;
use crate::live::Window;

/// The sum of all records that came within a window and are still there, and what its references hold.
pub(crate) fn content_at(
    connection: &Connection,
    window: Window,
) -> Result<(Content, Totals), Trouble> {
    let (mut content, mut totals) = (Content::default(), Totals::default());
    let mut assets = Vec::new();
    Asset::for_each(connection, |asset| assets.push(asset))?;
    let came = |came: u64| window.after < came && came <= window.upto;
    for asset in assets.iter().filter(|asset| came(asset.came)) {
        let detail = Detail::load(connection, asset)?;
        content.add(&content_in_role(&detail.content, asset.role));
        totals.add(Totals::of(asset, &detail));
        for row in SightingRow::of_asset(connection, asset, detail.sightings)? {
            if came(row.came) {
                content.add(&row.content());
            }
        }
        for row in ClaimRow::of_asset(connection, asset, detail.claims)? {
            if came(row.came) {
                content.add(&row.content());
            }
        }
        for row in FileRow::of_asset(connection, asset, detail.files)? {
            if row.lives_at(window.upto) && came(row.came) {
                content.add(&row.content(asset));
            }
        }
    }
    for row in StatementRow::all(connection)? {
        if came(row.came) {
            content.add(&row.said.content());
        }
    }
    Ok((content, totals))
}
