//! What a file says of itself, in JSON.

use firstseen_media::Metadata;
use firstseen_model::AssetFacts;
use serde::Serialize;
use serde_json::Value;

use crate::words;

/// The fields that most people ask for, flat; null where the file does not say.
#[derive(Serialize)]
pub(super) struct Flat<'a> {
    mime: Option<&'a str>,
    width: Value,
    height: Value,
    orientation: Value,
    make: Value,
    model: Value,
    software: Value,
    datetime_original: Value,
    subsec_original: Value,
    offset_original: Value,
    modify_date: Value,
    gps_lat: Value,
    gps_lon: Value,
    gps_alt: Value,
    gps_datetime_utc: Value,
    container_create_date: Value,
    xmp_creator_tool: Value,
    artist: Value,
    caption: Value,
    copyright: Value,
    has_thumbnail: Value,
    has_c2pa: Value,
    digital_source_type: Value,
}

impl<'a> Flat<'a> {
    pub(super) fn of(metadata: &'a Metadata, asset: Option<&'a AssetFacts>) -> Self {
        let fact = |name: &str| {
            metadata.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.as_str())
        };
        let text = |name| fact(name).map_or(Value::Null, Value::from);
        let number = |name| {
            fact(name).map_or(Value::Null, |value| {
                serde_json::from_str(value).ok().filter(Value::is_number).unwrap_or(Value::Null)
            })
        };
        let flag = |name| match fact(name) {
            Some("true" | "yes") => Value::Bool(true),
            Some("false" | "no") => Value::Bool(false),
            _ => Value::Null,
        };
        // As stored; the asset's own are as shown.
        let size = |name, shown: Option<u32>| match number(name) {
            Value::Null => shown.map_or(Value::Null, Value::from),
            stored => stored,
        };
        Self {
            mime: asset.map(|asset| asset.mime.as_str()),
            width: size("width", asset.map(|asset| asset.width)),
            height: size("height", asset.map(|asset| asset.height)),
            orientation: number("orientation"),
            make: text("make"),
            model: text("model"),
            software: text("software"),
            datetime_original: text("datetime_original"),
            subsec_original: text("subsec_original"),
            offset_original: text("offset_original"),
            modify_date: text("modify_date"),
            gps_lat: number("gps_lat"),
            gps_lon: number("gps_lon"),
            gps_alt: number("gps_alt"),
            gps_datetime_utc: text("gps_datetime_utc"),
            container_create_date: text("container_create_date"),
            xmp_creator_tool: text("xmp_creator_tool"),
            artist: text("artist"),
            caption: text("caption"),
            copyright: text("copyright"),
            has_thumbnail: flag("has_thumbnail"),
            has_c2pa: flag("has_c2pa"),
            digital_source_type: text("digital_source_type"),
        }
    }
}

/// One field as it was read.
#[derive(Serialize)]
pub(super) struct Fact<'a> {
    name: &'a str,
    value: &'a str,
    raw: &'a str,
    read_from: &'a str,
    kind: &'static str,
    trust: &'static str,
}

impl<'a> Fact<'a> {
    pub(super) fn of(fact: &'a firstseen_media::Fact) -> Self {
        Self {
            name: &fact.name,
            value: &fact.value,
            raw: &fact.raw,
            read_from: &fact.read_from,
            kind: words::fact_kind(fact.kind),
            trust: words::trust(fact.trust),
        }
    }
}
