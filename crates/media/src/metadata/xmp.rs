//! XMP packets: what editors, agencies and cameras say in them.

use firstseen_model::{Basis, DateKind, Dated, Gap};
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::exif::{camera_at, number};
use super::rdf::{self, ITEM, Property};
use super::text::Texts;
use super::{FactKind, Metadata};
use crate::when::{self, Word};

/// Radius in metres of a position in XMP, which never tells its own.
const RADIUS_M: f64 = 100.0;
/// Bytes of a value without a name that are shown; pictures are kept in such values.
const SHOWN_BYTES: usize = 1024;
/// Facts of one packet; the history of a long editing session has some hundred.
const MOST_FACTS: usize = 2_000;

/// Properties that have a common name here, the better of two first.
const NAMED: [(&str, &str, FactKind); 47] = [
    ("tiff:Make", "make", FactKind::Device),
    ("tiff:Model", "model", FactKind::Device),
    ("exifEX:LensModel", "lens_model", FactKind::Device),
    ("aux:Lens", "lens_model", FactKind::Device),
    ("exifEX:BodySerialNumber", "body_serial", FactKind::Device),
    ("aux:SerialNumber", "body_serial", FactKind::Device),
    ("exif:ImageUniqueID", "image_unique_id", FactKind::Other),
    ("tiff:Software", "software", FactKind::Program),
    ("xmp:CreatorTool", "xmp_creator_tool", FactKind::Program),
    ("exif:DateTimeOriginal", "datetime_original", FactKind::Date),
    ("exif:DateTimeDigitized", "datetime_digitized", FactKind::Date),
    ("xmp:CreateDate", "create_date", FactKind::Date),
    ("xmp:ModifyDate", "modify_date", FactKind::Date),
    ("tiff:DateTime", "modify_date", FactKind::Date),
    ("xmp:MetadataDate", "metadata_date", FactKind::Date),
    ("photoshop:DateCreated", "date_created", FactKind::Date),
    ("dc:creator", "artist", FactKind::Credit),
    ("tiff:Artist", "artist", FactKind::Credit),
    ("dc:description", "caption", FactKind::Credit),
    ("tiff:ImageDescription", "caption", FactKind::Credit),
    ("dc:rights", "copyright", FactKind::Credit),
    ("tiff:Copyright", "copyright", FactKind::Credit),
    ("dc:title", "title", FactKind::Credit),
    ("exif:UserComment", "user_comment", FactKind::Other),
    ("photoshop:Credit", "credit", FactKind::Credit),
    ("photoshop:Source", "source", FactKind::Credit),
    ("photoshop:Headline", "headline", FactKind::Credit),
    ("photoshop:Instructions", "special_instructions", FactKind::Credit),
    ("photoshop:TransmissionReference", "transmission_reference", FactKind::Credit),
    ("photoshop:City", "city", FactKind::Place),
    ("photoshop:State", "region", FactKind::Place),
    ("photoshop:Country", "country", FactKind::Place),
    ("Iptc4xmpCore:CountryCode", "country_code", FactKind::Place),
    ("Iptc4xmpCore:Location", "location", FactKind::Place),
    ("Iptc4xmpExt:DigitalSourceType", "digital_source_type", FactKind::Other),
    ("Iptc4xmpExt:DigitalSourcefileType", "digital_source_type", FactKind::Other),
    ("xmpMM:DocumentID", "xmp_document_id", FactKind::Other),
    ("xmpMM:OriginalDocumentID", "xmp_original_document_id", FactKind::Other),
    ("xmpMM:InstanceID", "xmp_instance_id", FactKind::Other),
    ("xmpMM:DerivedFrom", "xmp_derived_from", FactKind::Other),
    ("xmpMM:History", "xmp_history", FactKind::Program),
    ("exif:GPSLatitude", "gps_lat", FactKind::Place),
    ("exif:GPSLongitude", "gps_lon", FactKind::Place),
    ("exif:GPSAltitude", "gps_alt", FactKind::Place),
    ("exif:GPSTimeStamp", "gps_datetime_utc", FactKind::Date),
    ("GCamera:MotionPhoto", "motion_photo", FactKind::Shape),
    ("GCamera:MicroVideo", "motion_photo", FactKind::Shape),
];

/// Adds what a packet says; `read_from` is where it lies, such as `xmp` or `xmp:extended`.
pub(super) fn read(
    packet: &[u8],
    read_from: &str,
    metadata: &mut Metadata,
    texts: &mut Texts,
    gaps: &mut Vec<Gap>,
) {
    let (properties, why) = rdf::read(packet);
    gaps.extend(why.map(|why| Gap::new("metadata", why)));
    let mut reading = Reading { read_from, metadata, texts, left: MOST_FACTS };
    // In the order of the table, so that the better of two spellings comes first.
    for (path, name, kind) in NAMED {
        for property in properties.iter().filter(|property| property.name == path) {
            reading.named(property, name, kind, &properties);
        }
    }
    reading.place(&properties);
    for property in properties.iter().filter(|one| NAMED.iter().all(|(path, ..)| *path != one.name))
    {
        reading.other(property, &format!("xmp:{}", property.name));
    }
    if reading.left == 0 {
        gaps.push(Gap::new("metadata", format!("XMP: only {MOST_FACTS} of its fields are told")));
    }
}

struct Reading<'a> {
    read_from: &'a str,
    metadata: &'a mut Metadata,
    texts: &'a mut Texts,
    left: usize,
}

impl Reading<'_> {
    fn named(&mut self, property: &Property, name: &str, kind: FactKind, all: &[Property]) {
        let said = said(property);
        let raw = self.texts.keep(name, &said);
        match name {
            "xmp_history" => {
                for entry in &property.parts {
                    let told = ["stEvt:action", "stEvt:when", "stEvt:softwareAgent"]
                        .map(|field| value(&entry.parts, field).unwrap_or_default());
                    self.add(name, told.join("; "), told.join("; "), kind);
                }
            }
            "xmp_derived_from" => {
                let fields = ["stRef:documentID", "stRef:instanceID", "stRef:originalDocumentID"];
                let ids = fields.map(|field| value(&property.parts, field).unwrap_or_default());
                let id = ids.iter().find(|id| !id.is_empty()).map_or(raw.as_str(), |id| *id);
                let told = if id == raw { raw.clone() } else { ids.join("; ") };
                self.add(name, id.to_owned(), told, kind);
            }
            "digital_source_type" => {
                let last = raw.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                self.add(name, last.to_owned(), raw.clone(), kind);
            }
            "motion_photo" => {
                let is_one = matches!(raw.trim(), "1" | "True" | "true");
                self.add(name, is_one.to_string(), raw, kind);
            }
            "gps_lat" | "gps_lon" => {
                let Some(degrees) = degrees(&raw) else { return self.unread(property, raw) };
                self.add(name, number(degrees), raw, kind);
            }
            "gps_alt" => {
                let Some(metres) = ratio(&raw) else { return self.unread(property, raw) };
                let below = value(all, "exif:GPSAltitudeRef") == Some("1");
                let metres = if below { -metres.abs() } else { metres };
                self.add(name, number(metres), raw, kind);
            }
            _ if matches!(kind, FactKind::Date) => self.date(property, name, raw),
            _ => {
                for language in others(property) {
                    let from = language.language.as_deref().unwrap_or_default();
                    self.other(language, &format!("xmp:{}[{from}]", property.name));
                }
                self.add(name, raw.trim().to_owned(), raw, kind);
            }
        }
    }

    fn date(&mut self, property: &Property, name: &str, raw: String) {
        let kind = match name {
            "datetime_original" | "date_created" | "gps_datetime_utc" => DateKind::Captured,
            _ => DateKind::Encoded,
        };
        let word = Word { kind, basis: Basis::Xmp };
        match moment(&raw) {
            Some((local, offset)) => {
                self.add(name, local.to_string(), raw, FactKind::Date);
                self.metadata.dates.extend(match offset {
                    Some(offset) => when::at_offset(local, offset, word),
                    None => when::anywhere(local, word),
                });
            }
            None => {
                let text = raw.trim();
                // Years, months and days are dates of their own kind; clocks that were not set tell none.
                let Ok(dated) = Dated::parse(text, kind, Basis::Xmp) else {
                    return self.unread(property, raw);
                };
                self.add(name, text.to_owned(), raw.clone(), FactKind::Date);
                self.metadata.dates.push(dated);
            }
        }
    }

    /// The camera's place, unless a better block has told one.
    fn place(&mut self, all: &[Property]) {
        let told = |name| value(all, name).and_then(degrees);
        if let (Some(latitude), Some(longitude), true) =
            (told("exif:GPSLatitude"), told("exif:GPSLongitude"), self.metadata.places.is_empty())
        {
            self.metadata.places.extend(camera_at(latitude, longitude, RADIUS_M, Basis::Xmp));
        }
    }

    /// A value that does not mean what its name says keeps the file's own name.
    fn unread(&mut self, property: &Property, raw: String) {
        self.add(&format!("xmp:{}", property.name), raw.clone(), raw, FactKind::Other);
    }

    fn other(&mut self, property: &Property, name: &str) {
        let structured =
            property.parts.iter().any(|part| part.name != ITEM || !part.parts.is_empty());
        if structured {
            for (i, part) in property.parts.iter().enumerate() {
                let below = match part.name.as_str() {
                    ITEM => format!("{name}[{}]", i + 1),
                    field => format!("{name}/{field}"),
                };
                self.other(part, &below);
            }
        }
        if !structured || !property.text.trim().is_empty() {
            let said = if structured { property.text.clone() } else { said(property) };
            let told = if said.len() > SHOWN_BYTES {
                format!("{} bytes", said.len())
            } else {
                said.trim().to_owned()
            };
            self.add(name, told.clone(), told, FactKind::Other);
        }
    }

    fn add(&mut self, name: &str, value: String, raw: String, kind: FactKind) {
        if self.left > 0 && !value.is_empty() {
            self.left -= 1;
            let name = self.texts.keep("a property's name", name);
            self.metadata.declare(&name, value, raw, self.read_from, kind);
        }
    }
}

/// The text of a property: its own, its items in order, or of several languages the one that is meant for all.
fn said(property: &Property) -> String {
    let items = || property.parts.iter().filter(|part| part.name == ITEM);
    let mut languages = items().filter(|item| item.language.is_some());
    match languages.clone().find(|item| item.language.as_deref() == Some("x-default")) {
        Some(all) => all.text.clone(),
        None => match languages.next() {
            Some(first) => first.text.clone(),
            None if property.text.is_empty() => {
                items().map(|item| item.text.trim()).collect::<Vec<_>>().join("; ")
            }
            None => property.text.clone(),
        },
    }
}

/// The items of other languages than the one that [`said`] tells, where they say something else.
fn others(property: &Property) -> impl Iterator<Item = &Property> {
    let told = said(property);
    property.parts.iter().filter(move |item| item.language.is_some() && item.text != told)
}

fn value<'a>(properties: &'a [Property], name: &str) -> Option<&'a str> {
    let text = properties.iter().find(|one| one.name == name)?.text.trim();
    (!text.is_empty()).then_some(text)
}

/// A date and time such as `2010-12-12T12:41:35.00+01:00`, its zone and its seconds being optional.
fn moment(text: &str) -> Option<(DateTime, Option<Offset>)> {
    let text = text.trim();
    let zone = text.get(11..)?.find(['Z', '+', '-']).map_or(text.len(), |at| at + 11);
    let (local, zone) = text.split_at_checked(zone)?;
    let local = local.split_once('.').map_or(local, |(whole, _)| whole);
    let seconds = if local.len() == 16 { ":00" } else { "" };
    Some((when::exif_local(&format!("{local}{seconds}"))?, when::offset(zone)))
}

/// Degrees as XMP writes them, `51,50.8N` or `51,50,48N`.
fn degrees(text: &str) -> Option<f64> {
    let text = text.trim();
    let (body, side) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let sign = match side {
        "N" | "E" | "n" | "e" => 1.0,
        "S" | "W" | "s" | "w" => -1.0,
        _ => return None,
    };
    let mut sum = 0.0;
    for (i, part) in body.split(',').enumerate() {
        sum += ratio(part).filter(|part| *part >= 0.0)? / [1.0, 60.0, 3600.0].get(i)?;
    }
    Some(sign * sum)
}

/// A number, or one over another.
fn ratio(text: &str) -> Option<f64> {
    let (above, below) = text.trim().split_once('/').unwrap_or((text.trim(), "1"));
    let value = above.trim().parse::<f64>().ok()? / below.trim().parse::<f64>().ok()?;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> (Metadata, Vec<Gap>) {
        let packet = format!(
            r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
            xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
            xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
            xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#"
            xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
            xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:own="http://example.org/"
            xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
            <rdf:Description>{body}</rdf:Description></rdf:RDF>"#
        );
        let (mut metadata, mut gaps) = (Metadata::default(), Vec::new());
        read(packet.as_bytes(), "xmp", &mut metadata, &mut Texts::new(999), &mut gaps);
        (metadata, gaps)
    }

    fn check(body: &str, expected: &[(&str, &str)]) {
        let (metadata, gaps) = told(body);
        let facts: Vec<_> =
            metadata.facts.iter().map(|fact| (fact.name.as_str(), fact.value.as_str())).collect();
        assert_eq!(facts, expected);
        assert!(gaps.is_empty(), "{gaps:?}");
    }

    #[test]
    fn languages_and_lists_are_told_apart() {
        check(
            r#"<dc:description><rdf:Alt><rdf:li xml:lang="de">Hafen</rdf:li>
            <rdf:li xml:lang="x-default">harbour</rdf:li></rdf:Alt></dc:description>
            <dc:creator><rdf:Seq><rdf:li>A</rdf:li><rdf:li>B</rdf:li></rdf:Seq></dc:creator>"#,
            &[("artist", "A; B"), ("xmp:dc:description[de]", "Hafen"), ("caption", "harbour")],
        );
    }

    #[test]
    fn history_and_origin_are_told() {
        check(
            r#"<xmpMM:History><rdf:Seq><rdf:li stEvt:action="saved" stEvt:when="2012-05-22T15:51:47+01:00"
            stEvt:softwareAgent="Editor 5"/></rdf:Seq></xmpMM:History>
            <xmpMM:DerivedFrom stRef:instanceID="i" stRef:documentID="d"/>
            <xmpMM:OriginalDocumentID>o</xmpMM:OriginalDocumentID>
            <Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>"#,
            &[
                ("digital_source_type", "trainedAlgorithmicMedia"),
                ("xmp_original_document_id", "o"),
                ("xmp_derived_from", "d"),
                ("xmp_history", "saved; 2012-05-22T15:51:47+01:00; Editor 5"),
            ],
        );
    }

    #[test]
    fn dates_have_their_zone_or_every_zone_on_earth() {
        let (metadata, _) = told(
            "<xmp:ModifyDate>2011-01-10T21:09+01:00</xmp:ModifyDate><photoshop:DateCreated>2002-09-16</photoshop:DateCreated>
             <xmp:CreateDate>0000-00-00T00:00:00</xmp:CreateDate><xmp:MetadataDate>soon</xmp:MetadataDate>",
        );
        assert_eq!(metadata.value("modify_date"), Some("2011-01-10T21:09:00"));
        assert_eq!(metadata.value("date_created"), Some("2002-09-16"));
        assert_eq!((metadata.value("create_date"), metadata.value("metadata_date")), (None, None));
        assert_eq!(metadata.value("xmp:xmp:MetadataDate"), Some("soon"));
        let earliest: Vec<_> =
            metadata.dates.iter().map(|date| date.earliest.unwrap().to_string()).collect();
        assert_eq!(earliest, ["2011-01-10T20:09:00Z", "2002-09-15T10:00:00Z"]);
    }

    #[test]
    fn places_are_signed_by_their_side() {
        let (metadata, _) = told(
            "<exif:GPSLatitude>33,51.5S</exif:GPSLatitude><exif:GPSLongitude>151,12,36E</exif:GPSLongitude>
             <exif:GPSAltitude>848/10</exif:GPSAltitude><exif:GPSAltitudeRef>1</exif:GPSAltitudeRef>",
        );
        assert_eq!(metadata.value("gps_lat"), Some("-33.858333"));
        assert_eq!(metadata.value("gps_lon"), Some("151.21"));
        assert_eq!(metadata.value("gps_alt"), Some("-84.8"));
        assert_eq!(metadata.places.len(), 1);
        for nonsense in ["", "N", "1/0N", "51", "51,x N", "-3N", "1,2,3,4N", "\u{e9}"] {
            assert_eq!(degrees(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn what_has_no_name_here_keeps_its_own() {
        check(
            r#"<own:Thing rdf:parseType="Resource"><own:Part>p</own:Part>
            <own:List><rdf:Bag><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Bag></own:List></own:Thing>"#,
            &[("xmp:own:Thing/own:Part", "p"), ("xmp:own:Thing/own:List", "a; b")],
        );
        let long = "a".repeat(5000);
        check(&format!("<own:Data>{long}</own:Data>"), &[("xmp:own:Data", "5000 bytes")]);
    }

    #[test]
    fn a_flood_of_fields_is_cut_with_a_word() {
        let (metadata, gaps) = told(&"<own:a>1</own:a>".repeat(3000));
        assert_eq!(metadata.facts.len(), MOST_FACTS);
        assert!(gaps[0].why.contains("2000"));
    }
}
