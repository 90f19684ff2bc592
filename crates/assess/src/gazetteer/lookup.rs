//! From a text to the places that it may name.

use firstseen_model::{Area, Basis, Place, PlaceError, PlaceKind, Spot};

use super::areas;
use super::disputed;
use super::spots::{Bears, Entry, spots};

/// Candidates that are told by name.
const TOLD: usize = 5;

/// What a text may name.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Countries and first-level areas of the name; more than one are too many to be a place.
    pub(super) areas: Vec<Area>,
    /// Populated places of the name, main names first, then the larger.
    pub(super) spots: Vec<Spot>,
    /// A part of the text after a comma that names no area.
    unknown_area: Option<String>,
}

/// The place that a text names: coordinates, an ISO code, `NAME`, `NAME, AREA`, or `geonames:ID`.
///
/// A name that several places bear is none of them yet: all are in `spots`, and which is not guessed. A name that nobody
/// bears is a place by name alone; [`candidates_told`] says so to people.
///
/// # Errors
///
/// Malformed coordinates, and a number or code that is none, with what to write.
pub fn place(text: &str, kind: PlaceKind, basis: Basis) -> Result<Place, PlaceError> {
    let text = text.trim();
    match Place::parse(text, kind, basis.clone()) {
        Err(PlaceError::NotCoordinates) => {}
        known => return known,
    }
    if text.is_empty() {
        return Err(PlaceError::Empty);
    }
    let found = find(text)?;
    Ok(filled(Place::named(text, kind, basis), found))
}

/// The same place, looked up by its name, where it is known by name alone; any other as it is.
#[must_use]
pub fn looked_up(place: &Place) -> Place {
    let is_known = place.point.is_some() || place.area.is_some() || !place.spots.is_empty();
    if is_known {
        return place.clone();
    }
    self::place(&place.text, place.kind, place.basis.clone()).unwrap_or_else(|_| place.clone())
}

/// What a text may name that is no coordinates.
pub(super) fn find(text: &str) -> Result<Found, PlaceError> {
    if let Some(number) = text.strip_prefix("geonames:") {
        let entry = number.trim().parse().ok().and_then(|number| spots().numbered(number));
        let entry = entry.ok_or_else(|| PlaceError::UnknownNumber(number.to_owned()))?;
        return Ok(Found { spots: vec![spots().spot(&entry)], ..Found::default() });
    }
    let is_code = |text: &str| {
        let (country, region) = text.split_at_checked(2).unwrap_or((text, ""));
        country.len() == 2
            && country.bytes().all(|b| b.is_ascii_uppercase())
            && (region.is_empty()
                || region.strip_prefix('-').is_some_and(|region| {
                    (1..=3).contains(&region.len())
                        && region.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                }))
    };
    if let Some(area) = areas::coded(text) {
        return Ok(Found { areas: vec![area], ..Found::default() });
    }
    if is_code(text) && areas::named(text).0.is_empty() {
        return Err(PlaceError::UnknownCode(text.to_owned()));
    }
    Ok(by_name(text))
}

fn by_name(text: &str) -> Found {
    let whole = bearers(text, &[]);
    let Some((name, rest)) = text.split_once(',') else { return whole };
    if !whole.areas.is_empty() || !whole.spots.is_empty() {
        // Some names have a comma themselves.
        return whole;
    }
    let mut within: Vec<Vec<Area>> = Vec::new();
    for part in rest.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let areas = areas::coded(part).map_or_else(|| areas::named(part).0, |area| vec![area]);
        if areas.is_empty() {
            return Found { unknown_area: Some(part.to_owned()), ..Found::default() };
        }
        within.push(areas);
    }
    bearers(name.trim(), &within)
}

/// The areas and places that bear a name and lie in one of each of these areas.
fn bearers(name: &str, within: &[Vec<Area>]) -> Found {
    let (mut found, has_sort) = areas::named(name);
    found.retain(|area| {
        within.iter().all(|any| {
            any.iter().any(|outer| area.country == outer.country && outer.region.is_none())
                || any.contains(area)
        })
    });
    let is_country = found.iter().any(|area| area.region.is_none());
    let mut bearers: Vec<(Bears, Entry)> = spots().named(name);
    // Who writes a country's name, or the word "oblast", means no town but one that is called just so.
    if !found.is_empty() && (is_country || has_sort) {
        bearers.retain(|(bears, _)| *bears == Bears::Main);
    }
    bearers.retain(|(_, entry)| within.iter().all(|any| any.iter().any(|area| is_in(entry, area))));
    // What is only written alike is no rival of an area that has just this name.
    if !found.is_empty() {
        bearers.retain(|(bears, _)| *bears != Bears::Alike);
    }
    // Those that lie there by GeoNames come before those of disputed ground.
    let lies_there = |entry: &Entry| {
        let line = areas::areas().get(entry.area);
        line.is_some_and(|line| within.iter().all(|any| any.iter().any(|a| line.lies_in(a))))
    };
    bearers.sort_by_key(|(_, entry)| !lies_there(entry));
    let spots = bearers.iter().map(|(_, entry)| spots().spot(entry)).collect();
    Found { areas: found, spots, unknown_area: None }
}

/// Whether a place may be said to lie in an area.
fn is_in(entry: &Entry, area: &Area) -> bool {
    areas::areas().get(entry.area).is_some_and(|line| {
        line.lies_in(area)
            || (area.region.is_none() && disputed::of_place(entry, line.country, area))
    })
}

/// For people: which places bear the name, if more than one does or none, and how to tell which is meant.
///
/// May hold text from outside: escape before printing.
#[must_use]
pub fn candidates_told(place: &Place) -> Option<String> {
    let text = &place.text;
    if place.spots.is_empty() && (place.point.is_some() || place.area.is_some()) {
        return None;
    }
    if place.spots.is_empty() {
        let found = find(text).ok()?;
        return Some(match (found.unknown_area, found.areas.as_slice()) {
            (Some(area), _) => format!(
                "no country or first-level area is called \"{area}\" here, so \"{text}\" was not looked up; write the \
                 country's code, as in \"NAME, RU\", or coordinates"
            ),
            (None, []) => format!(
                "no place is called \"{text}\" here, where those of 500 people and more are known; nothing is weighed \
                 against it; write coordinates, as in 43.35,133.36~5km"
            ),
            (None, areas) => {
                let codes: Vec<String> = areas.iter().map(area_told).collect();
                format!(
                    "{} areas are called \"{text}\": {}; write the one that is meant",
                    areas.len(),
                    listed(&codes)
                )
            }
        });
    }
    let count = place.spots.len() + usize::from(place.area.is_some());
    if count < 2 {
        return None;
    }
    let mut told: Vec<String> = place.area.iter().map(area_told).collect();
    told.extend(place.spots.iter().map(spot_told));
    let first = place.spots.first()?;
    let name = text.split(',').next().unwrap_or(text).trim();
    let narrower = if place.spots.iter().filter(|spot| spot.area == first.area).count() == 1 {
        format!("\"{name}, {}\" or geonames:{}", area_told(&first.area), first.geonames)
    } else {
        format!("geonames:{}", first.geonames)
    };
    Some(format!(
        "{count} places are called \"{text}\": {}; narrow it with {narrower}",
        listed(&told)
    ))
}

fn area_told(area: &Area) -> String {
    match area.region {
        Some(_) => format!("{}, {}", area.name, area.country),
        None => format!("{} ({})", area.name, area.country),
    }
}

fn spot_told(spot: &Spot) -> String {
    match spot.area.region {
        Some(_) => format!("{}, {} (geonames:{})", spot.name, area_told(&spot.area), spot.geonames),
        None => format!("{}, {} (geonames:{})", spot.name, spot.area.country, spot.geonames),
    }
}

fn listed(told: &[String]) -> String {
    let more = told.len().saturating_sub(TOLD);
    let mut list = told.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
    if more > 0 {
        list += &format!("; and {more} more");
    }
    list
}

/// A place with what its look-up found.
fn filled(place: Place, found: Found) -> Place {
    // Of several areas none can be chosen, and a place may be no more than one: it stays a name.
    if found.areas.len() > 1 {
        return place;
    }
    let area = found.areas.into_iter().next();
    let point = match found.spots.as_slice() {
        [one] if area.is_none() => Some(one.point),
        _ => None,
    };
    Place { point, area, spots: found.spots, ..place }
}
