//! Whether two places have no point in common.

use firstseen_model::{Area, Place, Point};

use super::areas::areas;
use super::disputed;
use super::lookup;
use super::spots::spots;
use crate::Strength;

/// The great circle is this much longer than the way on the ellipsoid at most.
const SPHERE_ERROR: f64 = 0.006;
/// An area known by its places may reach so far beyond each of them.
pub(super) const BEYOND_M: f64 = 50_000.0;
/// Where no place is so near, nothing tells whose ground or water it is.
const LONELY_M: f64 = 100_000.0;
/// So many places next to a point have a say in where it lies.
pub(super) const NEIGHBOURS: usize = 8;

/// A place that reaches so far from its middle is a city, of 60,000 people or more.
const CITY_M: f64 = 2_500.0;

/// Two places that have no point in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Apart {
    /// Metres between them, their radii left out; the least of all pairs where they are one of several each, and `None`
    /// where only areas tell them apart.
    pub metres: Option<f64>,
    /// How far that carries: a small distance is weak, and so is a place that is known by its name alone.
    pub strength: Strength,
}

/// One of the places that a [`Place`] may be.
enum Extent<'a> {
    Point(&'a Point),
    Area(&'a Area),
}

/// Whether two places have no point in common: of those known by name only, whether none of the places that bear it
/// has. `None` where they may be one, and where nothing is known of either but a name that nobody knows.
#[must_use]
pub fn apart(one: &Place, other: &Place) -> Option<Apart> {
    let (ones, others) = (extents(one), extents(other));
    let mut found: Option<Apart> = None;
    for one in &ones {
        for other in &others {
            let apart = apart_extents(one, other)?;
            found = Some(match found {
                None => apart,
                Some(found) => Apart {
                    metres: match (found.metres, apart.metres) {
                        (Some(one), Some(other)) => Some(one.min(other)),
                        (one, other) => one.or(other),
                    },
                    strength: found.strength.min(apart.strength),
                },
            });
        }
    }
    let mut found = found?;
    let is_hint = is_name_alone(one)
        || is_name_alone(other)
        || may_be_a_hamlet(one, other)
        || may_be_a_hamlet(other, one);
    if is_hint {
        found.strength = Strength::Weak;
    }
    Some(found)
}

/// Whether a place is told by a town's name and nothing more, or by one that several bear: hamlets that the gazetteer
/// does not hold may bear it as well.
fn is_name_alone(place: &Place) -> bool {
    let told = place.text.contains(',') || place.text.starts_with("geonames:");
    !place.spots.is_empty() && (!told || place.spots.len() > 1)
}

/// Whether a place is a small town by its name and an area, and the other lies in that area as well: there a hamlet of
/// the same name may be meant. A city that is named with its area is nothing but itself.
fn may_be_a_hamlet(place: &Place, other: &Place) -> bool {
    let [spot] = place.spots.as_slice() else { return false };
    let Some((_, told)) = place.text.split_once(',') else { return false };
    if spot.point.radius_m >= CITY_M {
        return false;
    }
    let told = lookup::place(told, place.kind, place.basis.clone()).ok();
    let area = told.and_then(|told| told.area).unwrap_or_else(|| spot.area.clone());
    let area = Extent::Area(&area);
    extents(other).iter().any(|extent| apart_extents(&area, extent).is_none())
}

fn extents(place: &Place) -> Vec<Extent<'_>> {
    let area = place.area.iter().map(Extent::Area);
    if place.spots.is_empty() {
        return place.point.iter().map(Extent::Point).chain(area).collect();
    }
    place.spots.iter().map(|spot| Extent::Point(&spot.point)).chain(area).collect()
}

fn apart_extents(one: &Extent<'_>, other: &Extent<'_>) -> Option<Apart> {
    match (one, other) {
        (Extent::Point(one), Extent::Point(other)) => {
            let metres =
                one.distance_m(other) * (1.0 - SPHERE_ERROR) - one.radius_m - other.radius_m;
            let strength = Strength::of_distance(metres, one, other);
            (metres > 0.0).then_some(Apart { metres: Some(metres), strength })
        }
        (Extent::Point(point), Extent::Area(area)) | (Extent::Area(area), Extent::Point(point)) => {
            lies_outside(point, area).then_some(Apart { metres: None, strength: Strength::Exact })
        }
        (Extent::Area(one), Extent::Area(other)) => {
            are_apart(one, other).then_some(Apart { metres: None, strength: Strength::Exact })
        }
    }
}

/// Whether a point surely lies outside an area of which only places are known.
fn lies_outside(point: &Point, area: &Area) -> bool {
    let spots = spots();
    let nearest = spots.nearest(point, NEIGHBOURS);
    let Some((first, _)) = nearest.first() else { return false };
    if *first > LONELY_M + point.radius_m {
        return false;
    }
    // An islet's own country may be further off than the coast across: twice as far is looked.
    let reach = (BEYOND_M + point.radius_m).max(first * 2.0);
    let around = spots.within(point, reach);
    let is_there = |area_line: usize| areas().get(area_line).is_some_and(|line| line.lies_in(area));
    if nearest.iter().chain(&around).any(|(_, entry)| is_there(entry.area)) {
        return false;
    }
    // Whose code is given to disputed ground depends on who is asked.
    let countries = nearest.iter().chain(&around).filter_map(|(_, entry)| areas().get(entry.area));
    let mut countries: Vec<&str> = countries.map(|line| line.country).collect();
    countries.sort_unstable();
    countries.dedup();
    !countries.iter().any(|country| disputed::at(point, country, area))
}

fn are_apart(one: &Area, other: &Area) -> bool {
    if one.country != other.country {
        return !disputed::between(one, other) && !holds_no_place(one) && !holds_no_place(other);
    }
    match (&one.region, &other.region) {
        (Some(a), Some(b)) if a != b => !are_neighbours(one, other),
        _ => false,
    }
}

/// A code that no place has tells nothing.
fn holds_no_place(area: &Area) -> bool {
    !spots().entries().any(|entry| areas().get(entry.area).is_some_and(|line| line.lies_in(area)))
}

/// Whether two areas of one country may meet: borders are not known, and towns are said to lie in the area next to
/// theirs.
fn are_neighbours(one: &Area, other: &Area) -> bool {
    let places = |area: &Area| -> Vec<Point> {
        spots()
            .entries()
            .filter(|entry| areas().get(entry.area).is_some_and(|line| line.lies_in(area)))
            .map(|entry| entry.point)
            .collect()
    };
    let (ones, others) = (places(one), places(other));
    if ones.is_empty() || others.is_empty() {
        return true;
    }
    // Each may reach beyond its places, so areas whose places come no nearer than this do not touch.
    ones.iter().any(|one| {
        others.iter().any(|other| {
            (one.latitude - other.latitude).abs() < 2.0 && one.distance_m(other) < 2.0 * BEYOND_M
        })
    })
}
