//! Tags of video containers, as FFmpeg reads them.

use ffmpeg_next::format::context::Input;
use firstseen_model::{Basis, DateKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::exif::{camera_at, number};
use super::text::Texts;
use super::{Fact, FactKind, Metadata, Trust};
use crate::ffi;
use crate::when::{self, Word};

/// Radius in metres of a position in a container, which never tells its own.
const RADIUS_M: f64 = 100.0;

/// Tags that have a common name here, the most telling first.
const NAMED: [(&str, &str, FactKind); 19] = [
    ("creation_time", "container_create_date", FactKind::Date),
    ("com.apple.quicktime.creationdate", "quicktime_creation_date", FactKind::Date),
    ("date", "date", FactKind::Date),
    ("com.apple.quicktime.make", "make", FactKind::Device),
    ("make", "make", FactKind::Device),
    ("com.apple.quicktime.model", "model", FactKind::Device),
    ("model", "model", FactKind::Device),
    ("com.apple.quicktime.software", "software", FactKind::Program),
    ("software", "software", FactKind::Program),
    ("com.android.version", "android_version", FactKind::Program),
    ("encoder", "encoder", FactKind::Program),
    ("artist", "artist", FactKind::Credit),
    ("com.apple.quicktime.author", "artist", FactKind::Credit),
    ("title", "title", FactKind::Credit),
    ("description", "caption", FactKind::Credit),
    ("com.apple.quicktime.description", "caption", FactKind::Credit),
    ("comment", "comment", FactKind::Credit),
    ("copyright", "copyright", FactKind::Credit),
    ("handler_name", "handler_name", FactKind::Program),
];

/// Adds the tags of a container and of its streams.
pub(super) fn read(input: &Input, stream: usize, metadata: &mut Metadata, texts: &mut Texts) {
    for (key, value) in ffi::tags(input) {
        add(&key, &value, "container", metadata, texts);
    }
    for part in input.streams() {
        let index = part.index();
        let from = if index == stream {
            format!("container:stream{index}:pictures")
        } else {
            format!("container:stream{index}")
        };
        for (key, value) in ffi::stream_tags(&part) {
            // Streams repeat the container's time; it is told once.
            let name =
                NAMED.iter().find(|(tag, ..)| tag.as_bytes() == key).map(|(_, name, _)| *name);
            let known = name.is_some_and(|name| {
                name == "container_create_date" && metadata.value(name).is_some()
            });
            if !known {
                add(&key, &value, &from, metadata, texts);
            }
        }
    }
}

fn add(key: &[u8], value: &[u8], from: &str, metadata: &mut Metadata, texts: &mut Texts) {
    let key = texts.decode("a tag's name", key);
    let key = key.as_str();
    let raw = texts.decode(key, value);
    let named = NAMED.iter().find(|(tag, ..)| *tag == key);
    let is_place = key.starts_with("location") || key == "com.apple.quicktime.location.ISO6709";
    let (name, kind) = match named {
        Some((_, name, kind)) => ((*name).to_owned(), *kind),
        None if is_place => ("location".to_owned(), FactKind::Place),
        None => (format!("container:{key}"), FactKind::Other),
    };
    let trust = if matches!(kind, FactKind::Date) { Trust::Hint } else { Trust::Declared };
    let fact = |name: &str, value: String| Fact {
        name: name.to_owned(),
        value,
        raw: raw.clone(),
        read_from: from.to_owned(),
        kind,
        trust,
    };
    match name.as_str() {
        "container_create_date" => {
            let at: Option<Timestamp> = raw.parse().ok();
            let shown = at.map_or(raw.clone(), |at| {
                TimeZone::UTC.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S").to_string()
            });
            metadata.facts.push(fact(&name, shown));
            // The standard has UTC here; many cameras write local time.
            let word = Word { kind: DateKind::Encoded, basis: Basis::Container };
            metadata.dates.extend(at.map(|at| when::doubtful_utc(at, word)));
        }
        "quicktime_creation_date" => {
            metadata.facts.push(fact(&name, raw.clone()));
            let word = Word { kind: DateKind::Captured, basis: Basis::QuickTime };
            let (local, zone) = raw.split_at_checked(19).unwrap_or((&raw, ""));
            metadata.dates.extend(when::exif_local(local).and_then(|local| {
                match when::offset(zone) {
                    Some(offset) => when::at_offset(local, offset, word),
                    None => when::anywhere(local, word),
                }
            }));
        }
        "location" => {
            metadata.facts.push(fact(&name, raw.clone()));
            let Some([latitude, longitude, altitude]) = iso6709(&raw) else { return };
            if metadata.value("gps_lat").is_some() {
                return;
            }
            metadata.facts.push(fact("gps_lat", number(latitude)));
            metadata.facts.push(fact("gps_lon", number(longitude)));
            if altitude.is_finite() {
                metadata.facts.push(fact("gps_alt", number(altitude)));
            }
            let basis =
                if key.starts_with("com.apple") { Basis::QuickTime } else { Basis::Container };
            metadata.places.extend(camera_at(latitude, longitude, RADIUS_M, basis));
        }
        _ => {
            let value = raw.trim().to_owned();
            metadata.facts.push(fact(&name, value));
        }
    }
}

/// Latitude, longitude and altitude (NaN where it is not told) of an ISO 6709 text such as `+27.5916+086.5640+8850/`,
/// in degrees, or in degrees and minutes, or in degrees, minutes and seconds.
fn iso6709(text: &str) -> Option<[f64; 3]> {
    let body = text.trim().trim_end_matches('/');
    let body = body.split_once("CRS").map_or(body, |(body, _)| body);
    let mut starts: Vec<usize> = body.match_indices(['+', '-']).map(|(at, _)| at).collect();
    if starts.first() != Some(&0) || !(2..=3).contains(&starts.len()) {
        return None;
    }
    starts.push(body.len());
    let part = |i: usize| starts.get(i + 1).map(|end| &body[starts[i]..*end]);
    let latitude = angle(part(0)?, 2)?;
    let longitude = angle(part(1)?, 3)?;
    let altitude = part(2).and_then(|part| part.parse().ok()).unwrap_or(f64::NAN);
    Some([latitude, longitude, altitude])
}

/// A signed angle whose degrees have `degrees` digits.
fn angle(text: &str, degrees: usize) -> Option<f64> {
    let (sign, digits) = (if text.starts_with('-') { -1.0 } else { 1.0 }, text.get(1..)?);
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let whole = digits.find('.').unwrap_or(digits.len());
    let read = |from: usize, to: usize| digits.get(from..to)?.parse::<f64>().ok();
    let end = digits.len();
    let value = match whole.checked_sub(degrees) {
        None | Some(0 | 1) => read(0, end)?,
        Some(2 | 3) => read(0, degrees)? + read(degrees, end)? / 60.0,
        Some(_) => {
            read(0, degrees)?
                + read(degrees, degrees + 2)? / 60.0
                + read(degrees + 2, end)? / 3600.0
        }
    };
    Some(sign * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_in_all_their_spellings() {
        assert_eq!(iso6709("+27.5916+086.5640+8850/"), Some([27.5916, 86.564, 8850.0]));
        let close = |text: &str, latitude: f64, longitude: f64| {
            let [a, b, c] = iso6709(text).unwrap();
            assert!(
                (a - latitude).abs() < 1e-6 && (b - longitude).abs() < 1e-6 && c.is_nan(),
                "{text}"
            );
        };
        close("-3351.5-15112.25/", -33.858333, -151.204167);
        close("+404206-0740024/", 40.701667, -74.006667);
        close("+00.0000+000.0000/", 0.0, 0.0);
        close("+43.35+133.36/", 43.35, 133.36);
    }

    #[test]
    fn other_texts_are_no_positions() {
        for text in ["", "/", "Kyzyl", "+", "+1", "+1+", "++", "+1+2+3+4/", "+\u{661}+2", "+4a+5b/"]
        {
            assert_eq!(iso6709(text), None, "{text:?}");
        }
    }

    fn read_tag(key: &str, value: &str) -> Metadata {
        let mut metadata = Metadata::default();
        add(key.as_bytes(), value.as_bytes(), "container", &mut metadata, &mut Texts::new(999));
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
        let metadata = read_tag("com.apple.quicktime.creationdate", "2018-02-05T15:11:44+0800");
        let date = &metadata.dates[0];
        assert_eq!((date.kind, date.basis.clone()), (DateKind::Captured, Basis::QuickTime));
        assert_eq!(date.earliest.unwrap().to_string(), "2018-02-05T07:11:44Z");
        assert!(read_tag("com.apple.quicktime.creationdate", "soon").dates.is_empty());
    }

    #[test]
    fn tags_in_old_encodings_are_texts() {
        let mut metadata = Metadata::default();
        add(b"artist", b"Gro\xdf", "container", &mut metadata, &mut Texts::new(999));
        assert_eq!(metadata.value("artist"), Some("Gro\u{df}"));
    }

    #[test]
    fn zero_zero_is_a_fact_and_no_place() {
        let metadata = read_tag("location", "+00.0000+000.0000/");
        assert_eq!(metadata.value("gps_lat"), Some("0"));
        assert!(metadata.places.is_empty());
        assert_eq!(read_tag("location", "+43.35+133.36/").places.len(), 1);
    }
}
