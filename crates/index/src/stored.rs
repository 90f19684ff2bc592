//! How words and small lists are written down. None of it follows when a type of another crate changes.

use firstseen_intake::Gate;
use firstseen_media::{Fact, FactKind, Metadata, Preview, Trust};
use firstseen_model::{
    Area, Basis, DateKind, Dated, Doubt, Gap, MediaKind, MediaTime, Place, PlaceKind, Point,
    Profile, Ruling, Spot,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Role;

/// A value that is one of a few, and the word or number that stands for it on disk for ever.
pub(crate) trait Stored<Code>: Sized {
    fn stored(self) -> Code;
    fn from_stored(code: Code) -> Option<Self>;
}

macro_rules! stored {
    ($(<$life:lifetime>)? $type:ident as $code:ty: $($value:path = $word:literal),+ $(,)?) => {
        impl$(<$life>)? Stored<$code> for $type {
            fn stored(self) -> $code {
                match self { $($value => $word),+ }
            }
            fn from_stored(code: $code) -> Option<Self> {
                match code { $($word => Some($value),)+ _ => None }
            }
        }
    };
}

stored!(Role as i64: Role::Reference = 1, Role::Query = 2);
stored!(Profile as i64: Profile::Triage = 1, Profile::Standard = 2, Profile::Thorough = 3);
stored!(Gate as i64: Gate::Dark = 1, Gate::Flat = 2, Gate::TextOnly = 3);
stored!(<'a> MediaKind as &'a str: MediaKind::Picture = "picture", MediaKind::Video = "video");
stored!(<'a> Doubt as &'a str: Doubt::None = "none", Doubt::Approximate = "~", Doubt::Uncertain = "?", Doubt::Both = "%");
stored!(<'a> DateKind as &'a str:
    DateKind::Captured = "captured",
    DateKind::Encoded = "encoded",
    DateKind::Posted = "posted",
    DateKind::Edited = "edited",
    DateKind::Archived = "archived",
    DateKind::Collected = "collected",
    DateKind::Event = "event",
);
stored!(<'a> PlaceKind as &'a str:
    PlaceKind::Camera = "camera",
    PlaceKind::Shown = "shown",
    PlaceKind::Caption = "caption",
    PlaceKind::Channel = "channel",
    PlaceKind::Event = "event",
);
stored!(<'a> Ruling as &'a str: Ruling::Same = "same", Ruling::Different = "different", Ruling::Irrelevant = "irrelevant");
stored!(<'a> FactKind as &'a str:
    FactKind::Date = "date",
    FactKind::Place = "place",
    FactKind::Device = "device",
    FactKind::Program = "program",
    FactKind::Credit = "credit",
    FactKind::Shape = "shape",
    FactKind::Other = "other",
);
stored!(<'a> Trust as &'a str: Trust::Measured = "measured", Trust::Declared = "declared", Trust::Hint = "hint");

const SIDECAR: &str = "sidecar:";

pub(crate) fn basis_word(basis: &Basis) -> String {
    let word = match basis {
        Basis::Sidecar(tool) => return format!("{SIDECAR}{tool}"),
        Basis::Person => "person",
        Basis::IndexClock => "index-clock",
        Basis::WebArchive => "web-archive",
        Basis::PostId => "post-id",
        Basis::FileName => "file-name",
        Basis::Exif => "exif",
        Basis::ExifGps => "exif-gps",
        Basis::Xmp => "xmp",
        Basis::QuickTime => "quicktime",
        Basis::Container => "container",
    };
    word.to_owned()
}

pub(crate) fn basis_of(word: &str) -> Option<Basis> {
    Some(match word {
        "person" => Basis::Person,
        "index-clock" => Basis::IndexClock,
        "web-archive" => Basis::WebArchive,
        "post-id" => Basis::PostId,
        "file-name" => Basis::FileName,
        "exif" => Basis::Exif,
        "exif-gps" => Basis::ExifGps,
        "xmp" => Basis::Xmp,
        "quicktime" => Basis::QuickTime,
        "container" => Basis::Container,
        _ => Basis::Sidecar(word.strip_prefix(SIDECAR)?.to_owned()),
    })
}

/// Microseconds since 1970: SQLite's integers hold every year that a date may have.
pub(crate) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

pub(crate) fn timestamp(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros).ok()
}

/// A date, in JSON and in the columns of `sighting_date` and `claim`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredDate {
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) earliest_us: Option<i64>,
    pub(crate) latest_us: Option<i64>,
    pub(crate) basis: String,
    pub(crate) doubt: String,
}

impl StoredDate {
    pub(crate) fn of(date: &Dated) -> Self {
        Self {
            kind: date.kind.stored().to_owned(),
            text: date.text.clone(),
            earliest_us: date.earliest.map(micros),
            latest_us: date.latest.map(micros),
            basis: basis_word(&date.basis),
            doubt: date.doubt.stored().to_owned(),
        }
    }

    pub(crate) fn read(&self) -> Option<Dated> {
        let time =
            |micros: Option<i64>| micros.map_or(Some(None), |micros| timestamp(micros).map(Some));
        Some(Dated {
            text: self.text.clone(),
            earliest: time(self.earliest_us)?,
            latest: time(self.latest_us)?,
            kind: DateKind::from_stored(&self.kind)?,
            basis: basis_of(&self.basis)?,
            doubt: Doubt::from_stored(&self.doubt)?,
        })
    }
}

/// A place, in JSON. Numbers are texts, which come back to the last bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredPlace {
    text: String,
    point: Option<[String; 3]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    area: Option<StoredArea>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    spots: Vec<StoredSpot>,
    kind: String,
    basis: String,
}

/// Country, first-level area, name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StoredArea(String, Option<String>, String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StoredSpot {
    geonames: u32,
    name: String,
    area: StoredArea,
    point: [String; 3],
}

impl StoredArea {
    fn of(area: &Area) -> Self {
        Self(area.country.clone(), area.region.clone(), area.name.clone())
    }

    fn read(&self) -> Area {
        Area { country: self.0.clone(), region: self.1.clone(), name: self.2.clone() }
    }
}

fn point_texts(point: Point) -> [String; 3] {
    [point.latitude, point.longitude, point.radius_m].map(|number| number.to_string())
}

fn point_of([latitude, longitude, radius_m]: &[String; 3]) -> Option<Point> {
    Some(Point {
        latitude: latitude.parse().ok()?,
        longitude: longitude.parse().ok()?,
        radius_m: radius_m.parse().ok()?,
    })
}

impl StoredPlace {
    pub(crate) fn of(place: &Place) -> Self {
        let spot = |spot: &Spot| StoredSpot {
            geonames: spot.geonames,
            name: spot.name.clone(),
            area: StoredArea::of(&spot.area),
            point: point_texts(spot.point),
        };
        Self {
            text: place.text.clone(),
            point: place.point.map(point_texts),
            area: place.area.as_ref().map(StoredArea::of),
            spots: place.spots.iter().map(spot).collect(),
            kind: place.kind.stored().to_owned(),
            basis: basis_word(&place.basis),
        }
    }

    pub(crate) fn read(&self) -> Option<Place> {
        let spot = |spot: &StoredSpot| {
            Some(Spot {
                geonames: spot.geonames,
                name: spot.name.clone(),
                area: spot.area.read(),
                point: point_of(&spot.point)?,
            })
        };
        Some(Place {
            text: self.text.clone(),
            point: self.point.as_ref().map(|point| point_of(point).ok_or(())).transpose().ok()?,
            area: self.area.as_ref().map(StoredArea::read),
            spots: self.spots.iter().map(spot).collect::<Option<_>>()?,
            kind: PlaceKind::from_stored(&self.kind)?,
            basis: basis_of(&self.basis)?,
        })
    }
}

pub(crate) fn place_to_json(place: &Place) -> String {
    json(&StoredPlace::of(place))
}

pub(crate) fn place_from_json(text: &str) -> Option<Place> {
    serde_json::from_str::<StoredPlace>(text).ok()?.read()
}

#[derive(Serialize, Deserialize)]
struct StoredFact {
    name: String,
    value: String,
    raw: String,
    read_from: String,
    kind: String,
    trust: String,
}

/// What a file says of itself. A change of its shape takes a new `version`.
#[derive(Serialize, Deserialize)]
struct StoredMetadata {
    version: u32,
    facts: Vec<StoredFact>,
    dates: Vec<StoredDate>,
    places: Vec<StoredPlace>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    previews: Vec<StoredPreview>,
}

#[derive(Serialize, Deserialize)]
struct StoredPreview {
    read_from: String,
    width: u32,
    height: u32,
    agreement: Option<String>,
}

impl StoredPreview {
    fn of(preview: &Preview) -> Self {
        Self {
            read_from: preview.read_from.clone(),
            width: preview.width,
            height: preview.height,
            agreement: preview.agreement.map(|agreement| agreement.to_string()),
        }
    }

    fn read(&self) -> Option<Preview> {
        Some(Preview {
            read_from: self.read_from.clone(),
            width: self.width,
            height: self.height,
            agreement: self.agreement.as_ref().map(|text| text.parse()).transpose().ok()?,
        })
    }
}

const METADATA_VERSION: u32 = 1;

pub(crate) fn metadata_to_json(metadata: &Metadata) -> String {
    let fact = |fact: &Fact| StoredFact {
        name: fact.name.clone(),
        value: fact.value.clone(),
        raw: fact.raw.clone(),
        read_from: fact.read_from.clone(),
        kind: fact.kind.stored().to_owned(),
        trust: fact.trust.stored().to_owned(),
    };
    json(&StoredMetadata {
        version: METADATA_VERSION,
        facts: metadata.facts.iter().map(fact).collect(),
        dates: metadata.dates.iter().map(StoredDate::of).collect(),
        places: metadata.places.iter().map(StoredPlace::of).collect(),
        previews: metadata.previews.iter().map(StoredPreview::of).collect(),
    })
}

pub(crate) fn metadata_from_json(text: &str) -> Option<Metadata> {
    let stored: StoredMetadata = serde_json::from_str(text).ok()?;
    if stored.version != METADATA_VERSION {
        return None;
    }
    let fact = |fact: StoredFact| {
        let (kind, trust) = (FactKind::from_stored(&fact.kind)?, Trust::from_stored(&fact.trust)?);
        Some(Fact {
            name: fact.name,
            value: fact.value,
            raw: fact.raw,
            read_from: fact.read_from,
            kind,
            trust,
        })
    };
    Some(Metadata {
        facts: stored.facts.into_iter().map(fact).collect::<Option<_>>()?,
        dates: stored.dates.iter().map(StoredDate::read).collect::<Option<_>>()?,
        places: stored.places.iter().map(StoredPlace::read).collect::<Option<_>>()?,
        previews: stored.previews.iter().map(StoredPreview::read).collect::<Option<_>>()?,
    })
}

#[derive(Serialize, Deserialize)]
struct StoredGap {
    what: String,
    at_us: Option<i64>,
    why: String,
}

pub(crate) fn gaps_to_json(gaps: &[Gap]) -> String {
    let gap = |gap: &Gap| StoredGap {
        what: gap.what.clone(),
        at_us: gap.at.map(|at| at.0),
        why: gap.why.clone(),
    };
    json(&gaps.iter().map(gap).collect::<Vec<_>>())
}

pub(crate) fn gaps_from_json(text: &str) -> Option<Vec<Gap>> {
    let stored: Vec<StoredGap> = serde_json::from_str(text).ok()?;
    let gap = |gap: StoredGap| Gap { what: gap.what, at: gap.at_us.map(MediaTime), why: gap.why };
    Some(stored.into_iter().map(gap).collect())
}

pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and lists of them always have a JSON form")
}

/// JSON of stored JSON text, for export.
pub(crate) fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}
