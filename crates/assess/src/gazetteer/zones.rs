//! Time zones of places.

use firstseen_model::{Basis, DateError, DateKind, Dated, Place, Point};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::apart::{BEYOND_M, NEIGHBOURS};
use super::areas::areas;
use super::disputed;
use super::spots::{Entry, spots};

/// Where no place is so near, no clock on a wall is known.
const CLOCKLESS_M: f64 = 500_000.0;

/// All time zones in which a place may lie; none where that is not known.
///
/// Those of all places that bear its name, of all places of its area, and of those around coordinates; on disputed
/// ground also those of the other countries that claim or hold it.
#[must_use]
pub fn zones(place: &Place) -> Vec<TimeZone> {
    let spots = spots();
    let mut entries: Vec<Entry> = Vec::new();
    if place.spots.is_empty() {
        if let Some(point) = &place.point {
            entries.extend(around(point));
            entries.extend(claimants(point));
        }
    } else {
        for spot in &place.spots {
            entries.extend(spots.found_again(spot));
            entries.extend(claimants(&spot.point));
        }
    }
    if let Some(area) = &place.area {
        let lies_in = |entry: &Entry| areas().get(entry.area).is_some_and(|l| l.lies_in(area));
        let first = entries.len();
        entries.extend(spots.entries().filter(lies_in));
        if area.region.is_some()
            && let Some(entry) = entries.get(first).copied()
        {
            entries.extend(claimants(&entry.point));
        }
    }
    let mut names: Vec<(usize, &str)> =
        entries.iter().filter_map(|entry| Some((entry.zone, spots.zone(entry)?))).collect();
    names.sort_unstable();
    names.dedup();
    // The zones that are part of the program: the machine's own would make answers differ between machines.
    let database = TimeZoneDatabase::bundled();
    let zones: Option<Vec<TimeZone>> =
        names.into_iter().map(|(_, name)| database.get(name).ok()).collect();
    zones.unwrap_or_default()
}

/// When something is said to have happened, where that narrows it: a text without zone is a day, month or year of the
/// place's own clocks.
///
/// # Errors
///
/// As [`Dated::parse`].
pub fn event(text: &str, place: Option<&Place>) -> Result<Dated, DateError> {
    let zones = place.map(zones).unwrap_or_default();
    Dated::parse_in(text, &zones, DateKind::Event, Basis::Person)
}

/// The places that tell a point's time: those that its radius and the reach of a border's villages hold, and those next
/// to it.
fn around(point: &Point) -> Vec<Entry> {
    let spots = spots();
    let mut found = spots.nearest(point, NEIGHBOURS);
    if found.first().is_none_or(|(metres, _)| *metres > CLOCKLESS_M) {
        return Vec::new();
    }
    found.extend(spots.within(point, point.radius_m + BEYOND_M));
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// For each country that may be named for a point, that of its places which is next to it.
fn claimants(point: &Point) -> Vec<Entry> {
    let mut found = Vec::new();
    for row in disputed::rows().iter().filter(|row| row.is_local() && row.holds(point)) {
        for code in &row.codes {
            let of_country =
                |entry: &Entry| areas().get(entry.area).is_some_and(|line| line.country == *code);
            found.extend(spots().nearest_of(point, of_country));
        }
    }
    found
}
