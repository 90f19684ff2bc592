//! What a search means by a place, and its rows as assets.

use std::collections::BTreeMap;

use anyhow::Context;
use firstseen_assess::gazetteer;
use firstseen_index::{FoundRow, IndexError};
use firstseen_model::{AssetId, Basis, Place, PlaceKind, Subject};
use firstseen_report::{Event, FileReport};

use super::teller::Teller;

/// The place that a person asks for, looked up.
///
/// # Errors
///
/// Where it begins as coordinates or a code do, and is none.
pub(crate) fn place(text: &str) -> anyhow::Result<Place> {
    gazetteer::place(text, PlaceKind::Shown, Basis::Person).context("--place")
}

/// Whether a record's place may be the one that is asked for: they have a point in common, or a name.
pub(crate) fn meant(asked: &Place, place: &Place) -> bool {
    let place = gazetteer::looked_up(place);
    let known =
        |place: &Place| place.point.is_some() || place.area.is_some() || !place.spots.is_empty();
    if known(asked) && known(&place) {
        return gazetteer::apart(asked, &place).is_none();
    }
    let (asked, place) = (asked.text.to_lowercase(), place.text.to_lowercase());
    !asked.is_empty() && place.contains(&asked)
}

/// The rows of a search by asset, in the order in which their first ones came.
///
/// # Errors
///
/// Where the index is damaged.
pub(crate) fn files(
    rows: Vec<FoundRow>,
    teller: &Teller<'_>,
) -> Result<Vec<FileReport>, IndexError> {
    let mut order: Vec<AssetId> = Vec::new();
    let mut of_asset: BTreeMap<AssetId, Vec<Event>> = BTreeMap::new();
    for row in rows {
        let (asset, events) = match &row {
            FoundRow::Sighting(sighting) => (sighting.asset, vec![teller.sighting(sighting)]),
            FoundRow::Claim(claim) => (claim.asset, vec![Teller::claim(claim)]),
            FoundRow::Note(note) => {
                let recording = match note.on {
                    Subject::Asset(_) => None,
                    Subject::Recording(id) => teller.counted.snapshot.statements()?.recording(&id),
                };
                let on = match (note.on, recording) {
                    (Subject::Asset(asset), _) => Some(asset),
                    (_, recording) => recording.and_then(|found| found.members.first().copied()),
                };
                let Some(asset) = on else { continue };
                (asset, Teller::note(note))
            }
        };
        let told = of_asset.entry(asset).or_insert_with(|| {
            order.push(asset);
            Vec::new()
        });
        told.extend(events);
    }
    order
        .into_iter()
        .map(|asset| teller.file(&asset, of_asset.remove(&asset).unwrap_or_default()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_meant_where_the_circles_touch_or_the_name_is_in_it() {
        let check = |asked: &str, given: &str, expected: bool| {
            assert_eq!(meant(&place(asked).unwrap(), &place(given).unwrap()), expected, "{asked}");
        };
        check("51.72,94.44~50km", "51.72,95.10~1km", true);
        check("51.72,94.44~10km", "51.72,95.10~1km", false);
        check("Kyzyl, RU", "51.72,94.44", true);
        check("RU", "51.72,94.44", true);
        check("Kyzyl, RU", "51.73,36.19", false);
        check("qzxv wkjt", "the qzxv wkjt of elsewhere", true);
        check("qzxv wkjt", "51.72,94.44", false);
        assert!(place("51.72").is_err());
    }
}
