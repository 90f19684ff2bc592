//! Places with how far they may be off.

use serde::{Deserialize, Serialize};

use crate::Basis;

/// A place as given, with what is known of where that is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// As given, in the script in which it was given.
    pub text: String,
    /// Where that is, if it is known by coordinates: as given, or those of the only spot that bears the name.
    pub point: Option<Point>,
    /// The country or first-level area that it is, if it is one.
    pub area: Option<Area>,
    /// All spots that bear the name, if it was looked up; it is one of them, and which is not guessed.
    pub spots: Vec<Spot>,
    /// What was there: the camera, what it shows, or only a caption's word.
    pub kind: PlaceKind,
    /// Whose word it is.
    pub basis: Basis,
}

/// A country, or one of its first-level areas.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Area {
    /// ISO 3166-1, two letters, such as `RU`.
    pub country: String,
    /// The first-level area's code in GeoNames, such as `41`; `None` for the whole country.
    pub region: Option<String>,
    /// Its name in English.
    pub name: String,
}

/// A populated place of the gazetteer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// Its number in GeoNames.
    pub geonames: u32,
    /// Its main name there.
    pub name: String,
    /// The country and first-level area that it lies in.
    pub area: Area,
    /// Where it lies, and how far it reaches.
    pub point: Point,
}

/// A point on Earth and how far off it may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// WGS84 latitude in degrees, -90..=90.
    pub latitude: f64,
    /// WGS84 longitude in degrees, -180..=180.
    pub longitude: f64,
    /// Radius in metres within which it lies.
    pub radius_m: f64,
}

/// What a place is the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PlaceKind {
    /// The camera stood there.
    Camera,
    /// The picture shows it.
    Shown,
    /// A caption names it.
    Caption,
    /// The channel is of there.
    Channel,
    /// What is shown is said to have happened there.
    Event,
}

/// Radius of a place given without one.
const RADIUS_M: f64 = 1_000.0;
/// No two points on Earth are further apart than this.
const FARTHEST_M: f64 = 20_040_000.0;
/// Mean radius of the Earth, IUGG.
const EARTH_M: f64 = 6_371_008.8;

/// A text is no place that can be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// It does not begin as coordinates do: a name, to be looked up.
    #[error("not coordinates, which are `LAT,LON~RADIUS`, as in 43.35,133.36~5km")]
    NotCoordinates,
    /// Nothing was written.
    #[error("a place has a name or coordinates, as in \"Kursk Oblast, RU\" or 43.35,133.36~5km")]
    Empty,
    /// No populated place has this number in GeoNames.
    #[error(
        "no place has the number \"{}\" here, where populated places of 500 people and more are known; \
         write coordinates, as in 43.35,133.36~5km", .0.escape_debug()
    )]
    UnknownNumber(String),
    /// It looks like an ISO 3166 code, and is none that is known.
    #[error(
        "{0} is no code of a country or area that is known here; write the name, as in \"Kursk Oblast, RU\""
    )]
    UnknownCode(String),
    /// It begins as coordinates do, and does not go on so.
    #[error("not coordinates: {0}; write `LAT,LON~RADIUS`, as in 43.35,133.36~5km")]
    Malformed(&'static str),
    /// A degree that is on no map.
    #[error("latitude runs from -90 to 90 and longitude from -180 to 180{0}")]
    OutOfRange(&'static str),
    /// A radius of nothing, or beyond the Earth.
    #[error("a radius is more than 0 and at most 20040 km")]
    Radius,
}

impl Place {
    /// The place that `LAT,LON` or `LAT,LON~RADIUS` names, as in `43.35,133.36~5km` or `-12.5,130~500m`; the radius is
    /// 1 km where none is given.
    ///
    /// # Errors
    ///
    /// Where the text is none, with what to write; a name, which the gazetteer looks up, is
    /// [`PlaceError::NotCoordinates`].
    pub fn parse(text: &str, kind: PlaceKind, basis: Basis) -> Result<Self, PlaceError> {
        let text = text.trim();
        let point = Some(Point::parse(text)?);
        Ok(Self { point, ..Self::named(text, kind, basis) })
    }

    /// A place of which nothing but a name is known.
    #[must_use]
    pub fn named(text: impl Into<String>, kind: PlaceKind, basis: Basis) -> Self {
        Self { text: text.into(), point: None, area: None, spots: Vec::new(), kind, basis }
    }
}

impl Point {
    fn parse(text: &str) -> Result<Self, PlaceError> {
        if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
            return Err(PlaceError::NotCoordinates);
        }
        let (degrees, radius) = match text.split_once('~') {
            Some((degrees, radius)) => (degrees, Some(radius)),
            None => (text, None),
        };
        let first = degrees.split(',').next().unwrap_or_default();
        // A name may begin with a number, as "9 de Julio" and "1-y Uchastok, RU" do.
        if first.chars().filter(|c| c.is_alphabetic()).count() > 1 {
            return Err(PlaceError::NotCoordinates);
        }
        let numbers: Vec<&str> = degrees.split(',').map(str::trim).collect();
        let (latitude, longitude) = match numbers.as_slice() {
            [latitude, longitude] => (degree(latitude)?, degree(longitude)?),
            [_] => {
                return Err(PlaceError::Malformed("a comma stands between latitude and longitude"));
            }
            _ => {
                return Err(PlaceError::Malformed(
                    "decimals have a point, and one comma stands between",
                ));
            }
        };
        if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
            let swapped = latitude.abs() <= 180.0 && longitude.abs() <= 90.0;
            let hint =
                if swapped { "; latitude comes first: have they changed places?" } else { "" };
            return Err(PlaceError::OutOfRange(hint));
        }
        let radius_m = radius.map_or(Ok(RADIUS_M), metres)?;
        Ok(Self { latitude, longitude, radius_m })
    }

    /// Metres on the great circle between the two points, their radii left aside.
    ///
    /// The Earth is taken as a sphere, which is off by 0.6 % at most.
    #[must_use]
    pub fn distance_m(&self, other: &Self) -> f64 {
        let (lat_a, lat_b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let north = libm::sin((lat_b - lat_a) / 2.0);
        let east = libm::sin((other.longitude - self.longitude).to_radians() / 2.0);
        let haversine = north * north + libm::cos(lat_a) * libm::cos(lat_b) * east * east;
        2.0 * EARTH_M * libm::asin(libm::sqrt(haversine.clamp(0.0, 1.0)))
    }
}

fn degree(text: &str) -> Result<f64, PlaceError> {
    if text.ends_with(['N', 'S', 'E', 'W', 'n', 's', 'e', 'w']) {
        return Err(PlaceError::Malformed(
            "south and west are written with a minus, north and east without",
        ));
    }
    number(text).ok_or(PlaceError::Malformed("latitude and longitude are decimal degrees"))
}

fn metres(text: &str) -> Result<f64, PlaceError> {
    let text = text.trim();
    let (value, unit) = if let Some(value) = text.strip_suffix("km") {
        (value, 1_000.0)
    } else if let Some(value) = text.strip_suffix('m') {
        (value, 1.0)
    } else {
        return Err(PlaceError::Malformed("a radius is in m or km"));
    };
    let value =
        number(value.trim()).ok_or(PlaceError::Malformed("a radius is a number and m or km"))?;
    let metres = value * unit;
    if metres > 0.0 && metres <= FARTHEST_M { Ok(metres) } else { Err(PlaceError::Radius) }
}

/// A plain decimal: no exponent, no `inf`, no `nan`.
fn number(text: &str) -> Option<f64> {
    let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Point, PlaceError> {
        Place::parse(text, PlaceKind::Event, Basis::Person)
            .map(|place| place.point.expect("coordinates were given"))
    }

    fn at(latitude: f64, longitude: f64) -> Point {
        Point { latitude, longitude, radius_m: 1.0 }
    }

    #[test]
    fn coordinates_have_a_radius() {
        let point = |radius_m| Ok(Point { latitude: 43.35, longitude: 133.36, radius_m });
        assert_eq!(parse("43.35,133.36~5km"), point(5_000.0));
        assert_eq!(parse(" 43.35 , 133.36 ~ 500 m "), point(500.0));
        assert_eq!(parse("43.35,133.36"), point(1_000.0));
        assert_eq!(parse("-12.5,-130~1.5km").unwrap().latitude, -12.5);
    }

    #[test]
    fn what_is_no_coordinate_is_told_how_to_be_one() {
        assert_eq!(parse("Sergeevka"), Err(PlaceError::NotCoordinates));
        assert_eq!(parse("9 de Julio"), Err(PlaceError::NotCoordinates));
        assert_eq!(parse("1-y Uchastok, RU"), Err(PlaceError::NotCoordinates));
        assert_eq!(parse(""), Err(PlaceError::NotCoordinates));
        assert!(parse("133.36,43.35").unwrap_err().to_string().contains("changed places"));
        assert!(parse("200,300").unwrap_err().to_string().ends_with("180"));
        for text in [
            "43.35 133.36",
            "43,35,133,36",
            "43.35N,133.36E",
            "43.35,133.36~5",
            "1,2~x m",
            "1e1,2",
            "1,nan",
        ] {
            assert!(matches!(parse(text), Err(PlaceError::Malformed(_))), "{text}");
        }
        for text in ["1,2~0km", "1,2~-5m", "1,2~99999km"] {
            assert_eq!(parse(text), Err(PlaceError::Radius), "{text}");
        }
    }

    #[test]
    fn distances_hold_over_the_date_line_and_the_poles() {
        let near = |a: Point, b: Point, km: f64| {
            let found = a.distance_m(&b) / 1_000.0;
            assert!((found - km).abs() < 1.0, "{found} km, not {km}");
        };
        near(at(0.0, 179.5), at(0.0, -179.5), 111.2);
        near(at(90.0, 0.0), at(90.0, 123.0), 0.0);
        near(at(89.0, 0.0), at(89.0, 180.0), 222.4);
        near(at(0.0, 0.0), at(0.0, 180.0), 20_015.1);
        // Vladivostok and Kyiv.
        near(at(43.1155, 131.8855), at(50.4501, 30.5234), 7_137.3);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,30}") {
            let _ = parse(&text);
        }

        #[test]
        fn a_distance_is_the_same_both_ways(a in -90.0..90.0f64, b in -180.0..180.0f64, c in -90.0..90.0f64, d in -180.0..180.0f64) {
            prop_assert_eq!(at(a, b).distance_m(&at(c, d)), at(c, d).distance_m(&at(a, b)));
        }
    }
}
