//! Tags of clips: what their keys mean here, whoever read them.

use ffmpeg_next::format::context::Input;
use firstseen_model::{Basis, DateKind, Dated};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::exif::{camera_at, number};
use super::position::{Position, iso6709};
use super::text::Texts;
use super::{Fact, FactKind, Metadata, Trust};
use crate::ffi;
use crate::when::{self, Word};

/// Radius in metres of a position in a container that does not tell its own.
pub(super) const RADIUS_M: f64 = 100.0;

/// Tags that have a common name here.
const NAMED: [(&str, &str, FactKind); 47] = [
    ("creation_time", "container_create_date", FactKind::Date),
    ("com.apple.quicktime.creationdate", "quicktime_creation_date", FactKind::Date),
    ("date", "date", FactKind::Date),
    ("\u{a9}day", "date", FactKind::Date),
    ("yrrc", "date", FactKind::Date),
    ("com.apple.quicktime.make", "make", FactKind::Device),
    ("com.android.manufacturer", "make", FactKind::Device),
    ("\u{a9}mak", "make", FactKind::Device),
    ("make", "make", FactKind::Device),
    ("com.apple.quicktime.model", "model", FactKind::Device),
    ("com.android.model", "model", FactKind::Device),
    ("\u{a9}mod", "model", FactKind::Device),
    ("model", "model", FactKind::Device),
    ("com.apple.quicktime.camera.lens_model", "lens_model", FactKind::Device),
    ("com.apple.quicktime.software", "software", FactKind::Program),
    ("\u{a9}swr", "software", FactKind::Program),
    ("FIRM", "software", FactKind::Program),
    ("software", "software", FactKind::Program),
    ("com.android.version", "android_version", FactKind::Program),
    ("\u{a9}too", "encoder", FactKind::Program),
    ("\u{a9}enc", "encoder", FactKind::Program),
    ("encoder", "encoder", FactKind::Program),
    ("artist", "artist", FactKind::Credit),
    ("\u{a9}ART", "artist", FactKind::Credit),
    ("\u{a9}aut", "artist", FactKind::Credit),
    ("auth", "artist", FactKind::Credit),
    ("perf", "artist", FactKind::Credit),
    ("com.apple.quicktime.author", "artist", FactKind::Credit),
    ("com.apple.quicktime.artist", "artist", FactKind::Credit),
    ("title", "title", FactKind::Credit),
    ("\u{a9}nam", "title", FactKind::Credit),
    ("titl", "title", FactKind::Credit),
    ("com.apple.quicktime.title", "title", FactKind::Credit),
    ("description", "caption", FactKind::Credit),
    ("desc", "caption", FactKind::Credit),
    ("dscp", "caption", FactKind::Credit),
    ("\u{a9}des", "caption", FactKind::Credit),
    ("com.apple.quicktime.description", "caption", FactKind::Credit),
    ("comment", "comment", FactKind::Credit),
    ("\u{a9}cmt", "comment", FactKind::Credit),
    ("com.apple.quicktime.comment", "comment", FactKind::Credit),
    ("copyright", "copyright", FactKind::Credit),
    ("\u{a9}cpy", "copyright", FactKind::Credit),
    ("cprt", "copyright", FactKind::Credit),
    ("com.apple.quicktime.copyright", "copyright", FactKind::Credit),
    ("handler_name", "handler_name", FactKind::Program),
    ("com.apple.quicktime.content.identifier", "content_identifier", FactKind::Other),
];

/// Keys of a position as an ISO 6709 text.
const POSITIONS: [&str; 3] = ["location", "\u{a9}xyz", "com.apple.quicktime.location.ISO6709"];

/// Tags that FFmpeg makes of what the walk over boxes has told already, in other words.
const OF_BOXES: [&str; 7] = [
    "major_brand",
    "minor_version",
    "compatible_brands",
    "creation_time",
    "handler_name",
    "vendor_id",
    "language",
];

/// A tag as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    /// Its key, such as `com.apple.quicktime.make` or `©mak`.
    pub(super) key: &'a str,
    /// Its text, in some encoding.
    pub(super) value: &'a [u8],
    /// Where it was read.
    pub(super) from: &'a str,
    /// Radius in metres of a position.
    pub(super) radius_m: f64,
}

/// Adds the tags of a container and of its streams as FFmpeg reads them; of an ISO file only those that the walk over
/// its boxes did not find.
pub(super) fn read(input: &Input, stream: usize, metadata: &mut Metadata, texts: &mut Texts) {
    let told: Vec<Fact> =
        metadata.facts.iter().filter(|fact| fact.read_from.starts_with("mp4:")).cloned().collect();
    let fresh = |key: &str, value: &[u8]| {
        told.is_empty()
            || !(OF_BOXES.contains(&key)
                || is_position(key)
                || told.iter().any(|fact| {
                    fact.name.strip_prefix("mp4:") == Some(key)
                        || fact.raw.trim().as_bytes() == value.trim_ascii()
                }))
    };
    for (key, value) in ffi::tags(input) {
        let key = texts.decode("a tag's name", &key);
        if fresh(&key, &value) {
            let tag = Tag { key: &key, value: &value, from: "container", radius_m: RADIUS_M };
            add(tag, metadata, texts);
        }
    }
    for part in input.streams() {
        let index = part.index();
        let from = if index == stream {
            format!("container:stream{index}:pictures")
        } else {
            format!("container:stream{index}")
        };
        for (key, value) in ffi::stream_tags(&part) {
            let key = texts.decode("a tag's name", &key);
            // Streams repeat the container's time; it is told once.
            let repeated =
                key == "creation_time" && metadata.value("container_create_date").is_some();
            if !repeated && fresh(&key, &value) {
                let tag = Tag { key: &key, value: &value, from: &from, radius_m: RADIUS_M };
                add(tag, metadata, texts);
            }
        }
    }
}

fn is_position(key: &str) -> bool {
    POSITIONS.iter().any(|known| known.eq_ignore_ascii_case(key)) || key.starts_with("location-")
}

/// Adds a tag: its fact under the common name where it has one, and the date or place that it is.
pub(super) fn add(tag: Tag<'_>, metadata: &mut Metadata, texts: &mut Texts) {
    let Tag { key, value, from, radius_m } = tag;
    let raw = texts.decode(key, value);
    let raw = raw.trim_end_matches('\0').to_owned();
    if raw.trim().is_empty() {
        return;
    }
    // Matroska writes its keys in capitals.
    let named = NAMED.iter().find(|(tag, ..)| tag.eq_ignore_ascii_case(key));
    let own = format!("{}:{key}", from.split(':').next().unwrap_or(from));
    // Without a zone it is what the camera's clock showed, as an AVI has it.
    let local =
        when::exif_local(raw.trim()).filter(|_| key == "creation_time" && raw.trim().len() == 19);
    let (name, kind) = match named {
        Some((_, _, kind)) if local.is_some() => ("datetime_original", *kind),
        Some((_, name, kind)) => (*name, *kind),
        None if is_position(key) => (own.as_str(), FactKind::Place),
        None => (own.as_str(), FactKind::Other),
    };
    let trust = if matches!(kind, FactKind::Date) { Trust::Hint } else { Trust::Declared };
    let shown = match name {
        "datetime_original" => {
            let word = Word { kind: DateKind::Captured, basis: Basis::Container };
            add_date(local.and_then(|local| when::anywhere(local, word)), metadata);
            local.map_or_else(|| raw.clone(), |local| local.to_string())
        }
        "container_create_date" => {
            let at: Option<Timestamp> = raw.parse().ok();
            // The standard has UTC here; many cameras write local time.
            let word = Word { kind: DateKind::Encoded, basis: Basis::Container };
            add_date(at.map(|at| when::doubtful_utc(at, word)), metadata);
            at.map_or_else(|| raw.clone(), plain_utc)
        }
        "quicktime_creation_date" => {
            let word = Word { kind: DateKind::Captured, basis: Basis::QuickTime };
            let zoneless = || {
                let local = when::exif_local(raw.split_at_checked(19)?.0)?;
                when::anywhere(local, word)
            };
            add_date(zoned(&raw).or_else(zoneless), metadata);
            raw.trim().to_owned()
        }
        // QuickTime's own day of the content is one where it is precise; elsewhere it is a release, or a year.
        "date" if from == "mp4:moov.udta" => {
            add_date(zoned(&raw), metadata);
            raw.trim().to_owned()
        }
        _ => raw.trim().to_owned(),
    };
    metadata.facts.push(Fact {
        name: name.to_owned(),
        value: shown,
        raw: raw.clone(),
        read_from: from.to_owned(),
        kind,
        trust,
    });
    if is_position(key)
        && let Some(position) = iso6709(&raw)
    {
        let basis = if key.starts_with("com.apple") { Basis::QuickTime } else { Basis::Container };
        add_position(&position, Told { raw: &raw, from, radius_m, basis }, metadata);
    }
}

/// Adds a date, unless another field has told it in the same words.
pub(super) fn add_date(dated: Option<Dated>, metadata: &mut Metadata) {
    metadata.dates.extend(dated.filter(|dated| !metadata.dates.contains(dated)));
}

/// Where and how a position was told.
pub(super) struct Told<'a> {
    pub(super) raw: &'a str,
    pub(super) from: &'a str,
    pub(super) radius_m: f64,
    pub(super) basis: Basis,
}

/// Adds a position as facts in degrees and metres, and as a place.
pub(super) fn add_position(position: &Position, told: Told<'_>, metadata: &mut Metadata) {
    let Position { latitude, longitude, altitude_m } = *position;
    let altitude = altitude_m.map(|altitude| ("gps_alt", altitude));
    let degrees = [("gps_lat", latitude), ("gps_lon", longitude)];
    metadata.facts.extend(degrees.into_iter().chain(altitude).map(|(name, value)| Fact {
        name: name.to_owned(),
        value: number(value),
        raw: told.raw.to_owned(),
        read_from: told.from.to_owned(),
        kind: FactKind::Place,
        trust: Trust::Declared,
    }));
    // A file that spells one position in several ways was in one place.
    let place = camera_at(latitude, longitude, told.radius_m, told.basis)
        .filter(|place| !metadata.places.iter().any(|known| known.point == place.point));
    metadata.places.extend(place);
}

/// A second of UTC as it is shown beside texts that have no zone.
pub(super) fn plain_utc(at: Timestamp) -> String {
    TimeZone::UTC.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The second that QuickTime's `2018-02-05T15:11:44+0800` names, with fractions or without.
fn zoned(text: &str) -> Option<Dated> {
    let (local, zone) = text.trim().split_at_checked(19)?;
    let zone = zone.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let word = Word { kind: DateKind::Captured, basis: Basis::QuickTime };
    when::at_offset(when::exif_local(local)?, when::offset(zone)?, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_tag(key: &str, value: &str) -> Metadata {
        let mut metadata = Metadata::default();
        let tag = Tag { key, value: value.as_bytes(), from: "container", radius_m: RADIUS_M };
        add(tag, &mut metadata, &mut Texts::new(999));
        metadata
    }

    #[test]
    fn a_containers_clock_is_doubted_by_every_zone() {
        let metadata = read_tag("creation_time", "2020-01-05T15:04:00.000000Z");
        assert_eq!(metadata.value("container_create_date"), Some("2020-01-05T15:04:00"));
        let date = &metadata.dates[0];
        assert_eq!((date.kind, date.text.as_str()), (DateKind::Encoded, "2020-01-05T15:04:00Z"));
        assert_eq!(date.earliest.unwrap().to_string(), "2020-01-05T01:04:00Z");
        assert_eq!(date.latest.unwrap().to_string(), "2020-01-06T05:04:00Z");
    }

    #[test]
    fn apples_own_date_has_its_zone() {
        for text in ["2018-02-05T15:11:44+0800", "2018-02-05T15:11:44.277+08:00"] {
            let metadata = read_tag("com.apple.quicktime.creationdate", text);
            let date = &metadata.dates[0];
            assert_eq!((date.kind, date.basis.clone()), (DateKind::Captured, Basis::QuickTime));
            assert_eq!(date.earliest.unwrap().to_string(), "2018-02-05T07:11:44Z");
        }
        assert!(read_tag("com.apple.quicktime.creationdate", "soon").dates.is_empty());
        let zoneless = read_tag("com.apple.quicktime.creationdate", "2018-02-05T15:11:44");
        assert_eq!(zoneless.dates[0].earliest.unwrap().to_string(), "2018-02-05T01:11:44Z");
    }

    #[test]
    fn a_clock_without_a_zone_is_the_cameras() {
        let metadata = read_tag("creation_time", "2003-03-10 15:04:43");
        assert_eq!(metadata.value("datetime_original"), Some("2003-03-10T15:04:43"));
        assert_eq!(metadata.dates[0].kind, DateKind::Captured);
        assert_eq!(metadata.dates[0].earliest.unwrap().to_string(), "2003-03-10T01:04:43Z");
    }

    #[test]
    fn the_year_of_a_release_is_no_date_of_the_picture() {
        let metadata = read_tag("date", "2018");
        assert_eq!(metadata.value("date"), Some("2018"));
        assert!(metadata.dates.is_empty());
        assert!(read_tag("date", "2018-02-05T15:11:44+0800").dates.is_empty());
    }

    #[test]
    fn tags_in_old_encodings_are_texts() {
        let mut metadata = Metadata::default();
        let tag = Tag { key: "artist", value: b"Gro\xdf", from: "container", radius_m: RADIUS_M };
        add(tag, &mut metadata, &mut Texts::new(999));
        assert_eq!(metadata.value("artist"), Some("Gro\u{df}"));
    }

    #[test]
    fn zero_zero_is_a_fact_and_no_place() {
        let metadata = read_tag("location", "+00.0000+000.0000/");
        assert_eq!(metadata.value("gps_lat"), Some("0"));
        assert_eq!(metadata.value("container:location"), Some("+00.0000+000.0000/"));
        assert!(metadata.places.is_empty());
        assert_eq!(read_tag("location", "+43.35+133.36/").places.len(), 1);
    }
}
