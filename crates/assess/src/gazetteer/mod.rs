//! Which places a text may name, whether two places have no point in common, and which clocks they go by.
//!
//! Populated places, countries and first-level areas are those of GeoNames, in a file that is part of the program and is
//! searched where it lies; `data/README.md` says where it comes from. Nothing is guessed: a name that several places
//! bear is all of them, and borders, which GeoNames' places do not tell, are never drawn nearer than 50 km.

mod apart;
mod areas;
mod dictionary;
mod disputed;
mod fold;
mod lookup;
pub mod packed;
mod spots;
#[cfg(test)]
mod tests;
mod zones;

pub use apart::{Apart, apart};
pub use fold::{fold, skeleton};
pub use lookup::{candidates_told, looked_up, place};
pub use zones::{event, zones};

use firstseen_model::{Point, Spot};

/// Whose data this is, as its licence asks to be told wherever places looked up are shown.
#[must_use]
pub fn credit() -> &'static str {
    "places: GeoNames (geonames.org), CC BY 4.0; names of countries: Unicode CLDR"
}

/// The populated place next to a point, and how many metres away its middle is; `None` where no place is known at all.
///
/// That it is near says nothing of whether the point lies in it.
#[must_use]
pub fn nearest(point: &Point) -> Option<(Spot, f64)> {
    let spots = spots::spots();
    let (metres, entry) = *spots.nearest(point, 1).first()?;
    Some((spots.spot(&entry), metres))
}

/// The country in which a point lies, as ISO 3166-1, where that is safe: all places within 50 km and those next to it
/// lie in it, one of them within 50 km, and nobody else claims the ground.
#[must_use]
pub fn country_of(point: &Point) -> Option<&'static str> {
    let spots = spots::spots();
    let mut near = spots.nearest(point, apart::NEIGHBOURS);
    if near.first()?.0 > apart::BEYOND_M {
        return None;
    }
    near.extend(spots.within(point, apart::BEYOND_M + point.radius_m));
    let mut countries = near
        .iter()
        .filter_map(|(_, entry)| areas::areas().get(entry.area))
        .map(|line| line.country);
    let country = countries.next()?;
    let is_disputed = || disputed::rows().iter().any(|row| row.is_local() && row.holds(point));
    (countries.all(|other| other == country) && !is_disputed()).then_some(country)
}
