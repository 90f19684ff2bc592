//! EXIF blocks, through `kamadak-exif`, which gives what it can of damaged ones.

use std::cmp::Ordering;

use exif::{Exif, Field, In, Reader, Tag, Value};
use firstseen_model::{Basis, DateKind, Gap, Place, PlaceKind, Point};
use jiff::civil::DateTime;

use super::preview::Held;
use super::text::{Texts, decoded};
use super::{Fact, FactKind, Metadata, Trust, ifd, is_generator};
use crate::when::{self, Word};

/// Radius in metres of a GPS position that does not tell its own: phones are seldom worse.
const GPS_RADIUS_M: f64 = 100.0;
/// Bytes of a value without a name that are shown; maker notes are longer.
const SHOWN_BYTES: usize = 256;

/// Title, comment, author, keywords and subject as Windows writes them, in UTF-16.
const WINDOWS: [u16; 5] = [0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f];

/// Fields that have a common name here, and what sort they are.
const NAMED: [(Tag, &str, FactKind); 30] = [
    (Tag::Make, "make", FactKind::Device),
    (Tag::Model, "model", FactKind::Device),
    (Tag::LensModel, "lens_model", FactKind::Device),
    (Tag::BodySerialNumber, "body_serial", FactKind::Device),
    (Tag::ImageUniqueID, "image_unique_id", FactKind::Other),
    (Tag::Software, "software", FactKind::Program),
    (Tag(exif::Context::Tiff, 0x013c), "host_computer", FactKind::Program),
    (Tag::DateTimeOriginal, "datetime_original", FactKind::Date),
    (Tag::DateTimeDigitized, "datetime_digitized", FactKind::Date),
    (Tag::DateTime, "modify_date", FactKind::Date),
    (Tag::SubSecTimeOriginal, "subsec_original", FactKind::Date),
    (Tag::SubSecTimeDigitized, "subsec_digitized", FactKind::Date),
    (Tag::SubSecTime, "subsec_modify", FactKind::Date),
    (Tag::OffsetTimeOriginal, "offset_original", FactKind::Date),
    (Tag::OffsetTimeDigitized, "offset_digitized", FactKind::Date),
    (Tag::OffsetTime, "offset_modify", FactKind::Date),
    (Tag::Orientation, "orientation", FactKind::Shape),
    (Tag::PixelXDimension, "exif_width", FactKind::Shape),
    (Tag::PixelYDimension, "exif_height", FactKind::Shape),
    (Tag::Artist, "artist", FactKind::Credit),
    (Tag::ImageDescription, "caption", FactKind::Credit),
    (Tag::Copyright, "copyright", FactKind::Credit),
    (Tag(exif::Context::Tiff, WINDOWS[0]), "title", FactKind::Credit),
    (Tag(exif::Context::Tiff, WINDOWS[1]), "comment", FactKind::Credit),
    (Tag(exif::Context::Tiff, WINDOWS[2]), "artist", FactKind::Credit),
    (Tag::UserComment, "user_comment", FactKind::Other),
    (Tag::GPSDateStamp, "gps_date", FactKind::Date),
    (Tag::GPSTimeStamp, "gps_time", FactKind::Date),
    (Tag::GPSHPositioningError, "gps_error_m", FactKind::Place),
    (Tag::GPSMapDatum, "gps_datum", FactKind::Place),
];

/// Adds the block's fields, dates and place; gives the thumbnail that it holds.
pub(super) fn read(
    mut block: Vec<u8>,
    metadata: &mut Metadata,
    texts: &mut Texts,
    gaps: &mut Vec<Gap>,
) -> Option<Held> {
    match ifd::vet(&mut block) {
        Ok(lost) => {
            gaps.extend(lost.map(|why| Gap::new("metadata", format!("EXIF is damaged: {why}"))));
        }
        Err(why) => {
            gaps.push(Gap::new("metadata", format!("EXIF was not read: {why}")));
            return None;
        }
    }
    let mut tell =
        |why: &exif::Error| gaps.push(Gap::new("metadata", format!("EXIF is damaged: {why}")));
    let read = Reader::new().continue_on_error(true).read_raw(block);
    let exif = match read
        .or_else(|why| why.distill_partial_result(|all| all.iter().take(1).for_each(&mut tell)))
    {
        Ok(exif) => exif,
        Err(why) => {
            tell(&why);
            return None;
        }
    };
    for field in exif.fields() {
        metadata.facts.extend(fact(field, &exif, texts));
    }
    if let Some(comment) =
        metadata.value("user_comment").filter(|text| is_generator("UserComment", text))
    {
        let comment = comment.to_owned();
        metadata.declare(
            "ai_parameters",
            comment,
            "UserComment".to_owned(),
            "exif:Exif",
            FactKind::Other,
        );
    }
    dates(&exif, metadata);
    place(&exif, metadata);
    thumbnail(&exif)
}

/// The smaller picture in the second directory, as a JPEG or as plain pixels.
fn thumbnail(exif: &Exif) -> Option<Held> {
    let number = |tag| exif.get_field(tag, In::THUMBNAIL)?.value.get_uint(0);
    let bytes =
        |at: u32, len: u32| exif.buf().get(at as usize..(at as usize).checked_add(len as usize)?);
    let jpeg = number(Tag::JPEGInterchangeFormat).zip(number(Tag::JPEGInterchangeFormatLength));
    if let Some((at, len)) = jpeg {
        let jpeg = bytes(at, len).filter(|bytes| bytes.starts_with(b"\xff\xd8"))?;
        return Some(Held::jpeg("exif:IFD1".to_owned(), jpeg.to_vec(), true));
    }
    let plain =
        number(Tag::Compression) == Some(1) && number(Tag::PhotometricInterpretation) == Some(2);
    let pixels = bytes(number(Tag::StripOffsets)?, number(Tag::StripByteCounts)?)?;
    plain
        .then(|| {
            Held::rgb("exif:IFD1", number(Tag::ImageWidth)?, number(Tag::ImageLength)?, pixels)
        })
        .flatten()
}

fn fact(field: &Field, exif: &Exif, texts: &mut Texts) -> Option<Fact> {
    let main = field.ifd_num == In::PRIMARY;
    let named = NAMED.iter().find(|(tag, ..)| main && *tag == field.tag);
    let own = format!("exif:{}", field.tag);
    let (name, kind) =
        named.map_or((own.as_str(), FactKind::Other), |(_, name, kind)| (*name, *kind));
    let (mut value, raw) = told(field, name, exif, texts);
    if value.is_empty() && named.is_some() {
        return None;
    }
    let meant = match name {
        "datetime_original" | "datetime_digitized" | "modify_date" => {
            when::exif_local(&raw).map(|local| local.to_string())
        }
        "orientation" => {
            field.value.get_uint(0).filter(|n| (1..=8).contains(n)).map(|n| n.to_string())
        }
        _ => Some(std::mem::take(&mut value)),
    };
    // A date of zeros was not set and an orientation of 0 is none: they keep the file's own name.
    let (name, value) = meant.map_or((own.as_str(), value), |meant| (name, meant));
    let directory = match (field.tag.context(), main) {
        (exif::Context::Tiff, true) => "IFD0".to_owned(),
        (exif::Context::Tiff, false) => format!("IFD{}", field.ifd_num.index()),
        (exif::Context::Gps, _) => "GPS".to_owned(),
        (exif::Context::Interop, _) => "Interop".to_owned(),
        _ => "Exif".to_owned(),
    };
    let trust = if matches!(kind, FactKind::Date) { Trust::Hint } else { Trust::Declared };
    let read_from = format!("exif:{directory}");
    Some(Fact { name: name.to_owned(), value, raw, read_from, kind, trust })
}

/// A field's value for people, and as it stands in the file.
fn told(field: &Field, name: &str, exif: &Exif, texts: &mut Texts) -> (String, String) {
    match &field.value {
        Value::Ascii(parts) => {
            // After the first NUL stands what was in memory, but for the copyright's second holder.
            let meant = if field.tag == Tag::Copyright { 2 } else { 1 };
            let parts: Vec<_> = parts.iter().take(meant).map(Vec::as_slice).collect();
            let raw = texts.decode(name, &parts.join(&b' '));
            (trimmed(&raw), raw)
        }
        Value::Undefined(bytes, _) if field.tag == Tag::UserComment => {
            let text = texts.keep(name, &comment(bytes, exif.little_endian()));
            (trimmed(&text), text)
        }
        Value::Byte(bytes) if WINDOWS.contains(&field.tag.number()) => {
            let text = texts.keep(name, &utf16(bytes, u16::from_le_bytes));
            (trimmed(&text), text)
        }
        value if size_of_value(value) > SHOWN_BYTES => {
            let told = format!("{} bytes", size_of_value(value));
            (told.clone(), told)
        }
        value => {
            let raw = texts.keep(name, &value.display_as(field.tag).to_string());
            (texts.keep(name, &field.display_value().with_unit(exif).to_string()), raw)
        }
    }
}

/// A comment in the character set that its first eight bytes name.
fn comment(bytes: &[u8], little_endian: bool) -> String {
    let Some((set, text)) = bytes.split_first_chunk::<8>() else { return String::new() };
    match (set, text) {
        (b"UNICODE\0", [0xfe, 0xff, text @ ..]) => utf16(text, u16::from_be_bytes),
        (b"UNICODE\0", [0xff, 0xfe, text @ ..]) => utf16(text, u16::from_le_bytes),
        (b"UNICODE\0", text) => {
            // Many write another order than the block's: the zeros of western letters tell.
            let zeros =
                |from: usize| text.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
            let little_endian = match zeros(0).cmp(&zeros(1)) {
                Ordering::Less => true,
                Ordering::Greater => false,
                Ordering::Equal => little_endian,
            };
            utf16(text, if little_endian { u16::from_le_bytes } else { u16::from_be_bytes })
        }
        _ => decoded(text).into_owned(),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units: Vec<u16> = bytes.as_chunks().0.iter().map(|two| unit(*two)).collect();
    String::from_utf16_lossy(&units)
}

fn trimmed(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned()
}

fn size_of_value(value: &Value) -> usize {
    match value {
        Value::Byte(v) => v.len(),
        Value::Ascii(v) => v.iter().map(Vec::len).sum(),
        Value::Short(v) => v.len() * 2,
        Value::Long(v) => v.len() * 4,
        Value::Rational(v) => v.len() * 8,
        Value::SByte(v) => v.len(),
        Value::Undefined(v, _) => v.len(),
        Value::SShort(v) => v.len() * 2,
        Value::SLong(v) => v.len() * 4,
        Value::SRational(v) => v.len() * 8,
        Value::Float(v) => v.len() * 4,
        Value::Double(v) => v.len() * 8,
        Value::Unknown(..) => 0,
    }
}

fn text(exif: &Exif, tag: Tag) -> Option<String> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(parts) => Some(String::from_utf8_lossy(parts.first()?).into_owned()),
        _ => None,
    }
}

fn dates(exif: &Exif, metadata: &mut Metadata) {
    let dated = [
        (Tag::DateTimeOriginal, Tag::OffsetTimeOriginal, DateKind::Captured),
        (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized, DateKind::Encoded),
        (Tag::DateTime, Tag::OffsetTime, DateKind::Encoded),
    ];
    for (tag, offset, kind) in dated {
        let Some(local) = text(exif, tag).and_then(|text| when::exif_local(&text)) else {
            continue;
        };
        let word = Word { kind, basis: Basis::Exif };
        let offset = text(exif, offset).and_then(|text| when::offset(&text));
        metadata.dates.extend(match offset {
            Some(offset) => when::at_offset(local, offset, word),
            None => when::anywhere(local, word),
        });
    }
    if let Some(utc) = gps_time(exif) {
        metadata.facts.push(gps_fact("gps_datetime_utc", utc.to_string(), FactKind::Date));
        let word = Word { kind: DateKind::Captured, basis: Basis::ExifGps };
        metadata.dates.extend(when::at_offset(utc, jiff::tz::Offset::UTC, word));
    }
}

/// GPS tells its date and its time apart, both in UTC.
fn gps_time(exif: &Exif) -> Option<DateTime> {
    let date = text(exif, Tag::GPSDateStamp)?;
    let parts: Vec<i16> = date
        .trim_matches('\0')
        .split([':', '-'])
        .map(|part| part.trim().parse().ok())
        .collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else { return None };
    let time = numbers(exif, Tag::GPSTimeStamp, 3)?;
    let whole = |number: f64| if (0.0..61.0).contains(&number) { number as i16 } else { -1 };
    when::civil(year, [month, day, whole(time[0]), whole(time[1]), whole(time[2])])
}

fn place(exif: &Exif, metadata: &mut Metadata) {
    let degrees = |tag, reference| {
        let parts = numbers(exif, tag, 3)?;
        let degrees = parts[0] + parts[1] / 60.0 + parts[2] / 3600.0;
        let negative = text(exif, reference)
            .is_some_and(|side| side.trim_start().starts_with(['S', 'W', 's', 'w']));
        degrees.is_finite().then_some(if negative { -degrees } else { degrees })
    };
    let altitude = numbers(exif, Tag::GPSAltitude, 1).map(|parts| {
        let below = exif
            .get_field(Tag::GPSAltitudeRef, In::PRIMARY)
            .and_then(|field| field.value.get_uint(0))
            == Some(1);
        if below { -parts[0].abs() } else { parts[0] }
    });
    if let Some(altitude) = altitude.filter(|altitude| altitude.is_finite()) {
        metadata.facts.push(gps_fact("gps_alt", number(altitude), FactKind::Place));
    }
    let latitude = degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef);
    let longitude = degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef);
    let (Some(latitude), Some(longitude)) = (latitude, longitude) else { return };
    metadata.facts.push(gps_fact("gps_lat", number(latitude), FactKind::Place));
    metadata.facts.push(gps_fact("gps_lon", number(longitude), FactKind::Place));
    let error = numbers(exif, Tag::GPSHPositioningError, 1).map(|parts| parts[0]);
    let radius_m = error.filter(|error| *error > 0.0 && error.is_finite()).unwrap_or(GPS_RADIUS_M);
    metadata.places.extend(camera_at(latitude, longitude, radius_m, Basis::Exif));
}

/// The camera's place, unless the numbers are zeros or lie on no globe: then nobody knew it.
pub(super) fn camera_at(
    latitude: f64,
    longitude: f64,
    radius_m: f64,
    basis: Basis,
) -> Option<Place> {
    let on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
    let nowhere = latitude == 0.0 && longitude == 0.0;
    (on_earth && !nowhere).then(|| Place {
        point: Some(Point { latitude, longitude, radius_m }),
        ..Place::named(
            format!("{}, {}", number(latitude), number(longitude)),
            PlaceKind::Camera,
            basis,
        )
    })
}

/// Six decimals, a tenth of a metre on the ground.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn gps_fact(name: &str, value: String, kind: FactKind) -> Fact {
    let trust = if matches!(kind, FactKind::Date) { Trust::Hint } else { Trust::Declared };
    Fact {
        name: name.to_owned(),
        raw: value.clone(),
        value,
        read_from: "exif:GPS".to_owned(),
        kind,
        trust,
    }
}

/// At least `count` rationals, as numbers; a denominator of 0 gives none.
fn numbers(exif: &Exif, tag: Tag, count: usize) -> Option<Vec<f64>> {
    let numbers: Vec<f64> = match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Rational(parts) => parts.iter().take(3).map(exif::Rational::to_f64).collect(),
        Value::SRational(parts) => parts.iter().take(3).map(exif::SRational::to_f64).collect(),
        _ => return None,
    };
    // Some write degrees with a fraction and leave minutes and seconds as 0/0.
    let filled = numbers
        .iter()
        .enumerate()
        .map(|(i, number)| if i > 0 && number.is_nan() { 0.0 } else { *number });
    (numbers.len() >= count).then(|| filled.collect())
}
