//! Areas to which more than one country's code may be given.

use std::sync::OnceLock;

use firstseen_model::{Area, Point};

use super::areas::areas;
use super::spots::{Entry, spots};

/// How near a place of a disputed area must be for a point to lie in it, in metres.
const NEAR_M: f64 = 50_000.0;

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) codes: Vec<&'static str>,
    /// Country and first-level area.
    regions: Vec<(&'static str, &'static str)>,
    bounds: Option<Bounds>,
}

/// Degrees between which something lies.
#[derive(Debug)]
struct Bounds {
    south: f64,
    west: f64,
    north: f64,
    east: f64,
}

impl Bounds {
    fn read(text: &str) -> Option<Self> {
        let mut sides = text.split(',').map(|side| side.trim().parse::<f64>().ok());
        let mut side = || sides.next().flatten();
        Some(Self { south: side()?, west: side()?, north: side()?, east: side()? })
    }

    fn holds(&self, point: &Point) -> bool {
        (self.south..=self.north).contains(&point.latitude)
            && (self.west..=self.east).contains(&point.longitude)
    }
}

impl Row {
    /// Whether the row holds wherever its codes are given.
    fn is_everywhere(&self) -> bool {
        self.regions.is_empty() && self.bounds.is_none()
    }

    /// Whether it names ground, not only codes.
    pub(super) fn is_local(&self) -> bool {
        !self.is_everywhere()
    }

    fn holds_entry(&self, entry: &Entry) -> bool {
        let line = areas().get(entry.area);
        self.bounds.as_ref().is_some_and(|bounds| bounds.holds(&entry.point))
            || line.is_some_and(|line| self.regions.contains(&(line.country, line.region)))
    }

    /// Whether a point may lie in what the row names.
    pub(super) fn holds(&self, point: &Point) -> bool {
        self.is_everywhere()
            || self.bounds.as_ref().is_some_and(|bounds| bounds.holds(point))
            || (!self.regions.is_empty()
                && spots()
                    .within(point, NEAR_M + point.radius_m)
                    .iter()
                    .any(|(_, entry)| self.holds_entry(entry)))
    }

    /// Whether an area may have a part in what the row names.
    pub(super) fn touches(&self, area: &Area) -> bool {
        if self.is_everywhere() {
            return true;
        }
        if area.region.is_none() {
            return self.codes.contains(&area.country.as_str());
        }
        spots().entries().any(|entry| {
            areas().get(entry.area).is_some_and(|line| line.lies_in(area))
                && self.holds_entry(&entry)
        })
    }

    fn names(&self, one: &str, other: &str) -> bool {
        self.codes.contains(&one) && self.codes.contains(&other)
    }
}

/// All rows.
pub(super) fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let lines = include_str!("../../data/disputed.tsv").lines();
        lines.filter(|line| !line.starts_with('#')).map(row).collect()
    })
}

fn row(line: &'static str) -> Row {
    let mut fields = line.split('\t').skip(1);
    let mut list = || {
        let field = fields.next().unwrap_or_default().split(';').map(str::trim);
        field.filter(|item| !item.is_empty()).collect::<Vec<_>>()
    };
    let (codes, regions, bounds) = (list(), list(), list());
    Row {
        codes,
        regions: regions.into_iter().filter_map(|region| region.split_once('.')).collect(),
        bounds: bounds.first().and_then(|bounds| Bounds::read(bounds)),
    }
}

/// Whether a point on the ground of `country` may be said to lie in `area`.
pub(super) fn at(point: &Point, country: &str, area: &Area) -> bool {
    let may =
        |row: &Row| row.names(country, &area.country) && row.touches(area) && row.holds(point);
    rows().iter().any(may)
}

/// Whether a place of `country` may be said to lie in `area`.
pub(super) fn of_place(entry: &Entry, country: &str, area: &Area) -> bool {
    let may = |row: &Row| {
        row.names(country, &area.country)
            && row.touches(area)
            && (row.is_everywhere() || row.holds_entry(entry))
    };
    rows().iter().any(may)
}

/// Whether two areas of different countries may be the same ground, by who claims or holds it.
pub(super) fn between(one: &Area, other: &Area) -> bool {
    let named = |row: &&Row| row.names(&one.country, &other.country);
    rows().iter().filter(named).any(|row| match (&one.region, &other.region) {
        (None, None) => true,
        (Some(_), None) => row.touches(one),
        (None, Some(_)) => row.touches(other),
        (Some(_), Some(_)) => row.touches(one) && row.touches(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_read() {
        for row in rows() {
            assert!(row.codes.len() > 1, "{row:?}");
            for (country, region) in &row.regions {
                let known = areas().iter().any(|l| (l.country, l.region) == (*country, *region));
                assert!(known, "{country}.{region}");
            }
            if let Some(bounds) = &row.bounds {
                assert!(bounds.south < bounds.north && bounds.west < bounds.east, "{row:?}");
            }
        }
        assert!(rows().len() > 50);
    }
}
