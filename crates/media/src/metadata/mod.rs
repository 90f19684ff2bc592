//! What a file says of itself.

pub(crate) mod blocks;
mod boxes;
mod canon;
mod chunks;
mod ciff;
mod clip;
mod coded;
mod exif;
pub(crate) mod heif;
mod ids;
mod ifd;
mod iptc;
mod iso;
pub(crate) mod jpeg;
mod minolta;
pub mod names;
mod photoshop;
mod plain;
mod png;
mod position;
mod postscript;
pub(crate) mod preview;
pub(crate) mod psd;
mod rdf;
mod sei;
mod sigma;
mod tags;
mod text;
pub(crate) mod tiff;
mod trail;
mod xmp;

use ffmpeg_next::format::context::Input;
use firstseen_model::{Basis, DateKind, Dated, Gap, Place};
use serde::{Deserialize, Serialize};

use crate::source::Source;
use crate::when::{self, Word};
use crate::{Limits, MediaError, Shape};

use self::blocks::Blocks;
use self::preview::Held;
use self::text::Texts;

/// Everything that a file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// Every field read, in the order of the file.
    pub facts: Vec<Fact>,
    /// The dates among them, as intervals.
    pub dates: Vec<Dated>,
    /// The places among them.
    pub places: Vec<Place>,
    /// Smaller pictures that the file holds beside its main one.
    pub previews: Vec<Preview>,
}

/// A smaller picture inside a file, such as a camera's thumbnail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Where it lies, such as `exif:IFD1`.
    pub read_from: String,
    /// Its width in pixels, as it lies in the file.
    pub width: u32,
    /// Its height in pixels, as it lies in the file.
    pub height: u32,
    /// How well it agrees with the main picture once bars are cut and both are upright: the correlation of their luma, 1
    /// for the same picture, 0 for unrelated ones. `None` where the pixels were not compared.
    pub agreement: Option<f32>,
}

/// One field as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The field's name in snake case, such as `make` or `datetime_original`; the same for the same meaning wherever it
    /// was read. Fields without a common name keep the file's own, such as `exif:FNumber`.
    pub name: String,
    /// The value for people.
    pub value: String,
    /// The value as it stood in the file.
    pub raw: String,
    /// Where it was read, such as `exif:IFD0` or `mp4:moov.udta`.
    pub read_from: String,
    /// What sort of statement it is.
    pub kind: FactKind,
    /// How easily it is wrong.
    pub trust: Trust,
}

/// What sort of statement a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FactKind {
    /// When.
    Date,
    /// Where.
    Place,
    /// Which device.
    Device,
    /// Which program.
    Program,
    /// Whose, and in which words.
    Credit,
    /// Size, orientation, duration, codec.
    Shape,
    /// Anything else.
    Other,
}

/// How easily a field is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Trust {
    /// Follows from the bytes that were decoded.
    Measured,
    /// Written by a device or program; anyone can change it.
    Declared,
    /// Declared, and known to be wrong often: clocks, container times.
    Hint,
}

impl Metadata {
    /// The value of the first field of this name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.as_str())
    }

    /// Adds what the file declares; an empty value says nothing.
    fn declare(&mut self, name: &str, value: String, raw: String, read_from: &str, kind: FactKind) {
        if !value.is_empty() {
            let trust = if matches!(kind, FactKind::Date) { Trust::Hint } else { Trust::Declared };
            let (name, read_from) = (name.to_owned(), read_from.to_owned());
            self.facts.push(Fact { name, value, raw, read_from, kind, trust });
        }
    }

    fn measured(&mut self, name: &str, value: impl ToString, read_from: &str) {
        let value = value.to_string();
        self.facts.push(Fact {
            name: name.to_owned(),
            raw: value.clone(),
            value,
            read_from: read_from.to_owned(),
            kind: FactKind::Shape,
            trust: Trust::Measured,
        });
    }
}

/// A picture's size as it lies in the file, and EXIF's orientation where one decided.
pub(crate) struct Stored {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: Option<u8>,
}

/// Reads everything that a file says of itself; its smaller pictures come along.
pub(crate) fn read(
    source: &Source,
    shape: &Shape,
    stored: &Stored,
    input: Option<(Result<&Input, MediaError>, usize)>,
    limits: &Limits,
) -> (Metadata, Vec<Held>, Vec<Gap>) {
    let mut metadata = Metadata::default();
    let mut gaps = Vec::new();
    metadata.measured("mime", &shape.mime, "file");
    if stored.width > 0 && stored.height > 0 {
        metadata.measured("width", stored.width, "header");
        metadata.measured("height", stored.height, "header");
    }
    if let Some(duration) = shape.duration {
        metadata.measured("duration_s", duration.seconds(), "header");
    }
    if let Some(codec) = &shape.codec {
        metadata.measured("codec", codec, "header");
    }
    if let Some(rate) = shape.frame_rate {
        metadata.measured("frame_rate", (rate * 1000.0).round() / 1000.0, "header");
    }
    if let Some(sound) = shape.has_sound {
        metadata.measured("has_sound", sound, "header");
    }
    let ration = limits.metadata_bytes;
    let mut found = find(source, &shape.mime, ration);
    gaps.extend(found.cut.take().map(|why| Gap::new("metadata", why)));
    gaps.append(&mut found.gaps);
    let mut texts = Texts::new(limits.text_bytes);
    let mut previews = std::mem::take(&mut found.previews);
    said(&mut found, &mut metadata, &mut previews, &mut texts, &mut gaps);
    if metadata.value("orientation").is_none()
        && let Some(orientation) = stored.orientation.filter(|number| *number > 1)
    {
        metadata.measured("orientation", orientation, "header");
    }
    if clip::is_iso(&shape.mime) {
        clip::read(source, ration, &mut metadata, &mut texts, &mut gaps);
    }
    match input {
        Some((Ok(input), stream)) => boxes::read(input, stream, &mut metadata, &mut texts),
        Some((Err(why), _)) => gaps.push(Gap::new("metadata", format!("container tags: {why}"))),
        None => {}
    }
    if let Some(body) = &found.jpeg {
        body.tell(&mut metadata);
        found.end = body.scan_at.and_then(|at| trail::end_of_jpeg(source, at));
    }
    if let Some(end) = found.end {
        trail::tell(source, end, &mut metadata);
    }
    previews.extend(found.multi.iter().flat_map(|multi| multi.previews(source)));
    previews.truncate(MOST_PREVIEWS);
    metadata.previews = previews.iter().filter_map(Held::told).collect();
    let thumbnail = metadata
        .previews
        .iter()
        .any(|preview| preview.read_from == IFD1 || preview.read_from == canon::THUMBNAIL);
    metadata.measured("has_thumbnail", thumbnail, IFD1);
    metadata.measured("has_c2pa", found.c2pa, "file");
    gaps.extend(texts.into_gaps());
    (metadata, previews, gaps)
}

/// The size that is told of a picture which is not decoded.
pub(crate) fn size(source: &Source, mime: &str, ration: u64) -> heif::Size {
    let told = |(width, height)| heif::Size { width, height, ..heif::Size::default() };
    match mime {
        "application/vnd.adobe.photoshop" => psd::size(source).map(told),
        "application/postscript" => postscript::size(source, ration).map(told),
        "image/x-fujifilm-raf" => psd::fujifilm_size(source).map(told),
        "image/x-minolta-mrw" => minolta::size(source).map(told),
        "image/x-sigma-x3f" => sigma::size(source).map(told),
        "image/x-canon-crw" => ciff::size(source).map(told),
        "image/x-canon-cr3" => canon::size(source, ration).map(told),
        "image/jp2" | "image/jpx" | "image/x-j2c" => coded::size(source, ration).map(told),
        "image/jxl" => plain::size(source, mime).or_else(|| coded::size(source, ration)).map(told),
        mime if is_plain(mime) => plain::size(source, mime).map(told),
        mime if is_box(mime) => heif::size(source, ration),
        _ => tiff::look(source, ration).map(|look| told((look.width, look.height))),
    }
    .unwrap_or_default()
}

/// What an XMP packet in a file of its own says, and why not more.
pub(crate) fn of_packet(packet: &[u8]) -> (Metadata, Vec<Gap>) {
    let (mut metadata, mut gaps) = (Metadata::default(), Vec::new());
    let mut texts = Texts::new(Limits::default().text_bytes);
    xmp::read(packet, "xmp:sidecar", &mut metadata, &mut texts, &mut gaps);
    (metadata, gaps)
}

/// Whether a picture lies in ISO boxes.
pub(crate) fn is_box(mime: &str) -> bool {
    matches!(mime, "image/heic" | "image/heif" | "image/avif" | "image/heic-sequence")
}

/// Whether a picture is a TIFF, or made like one: which camera's, its fields tell.
pub(crate) fn is_tiff(mime: &str) -> bool {
    matches!(mime, "image/tiff" | "image/x-olympus-orf" | "image/x-panasonic-rw2")
}

/// Whether a picture of this type tells nothing but its size.
pub(crate) fn is_plain(mime: &str) -> bool {
    const PLAIN: [&str; 4] = ["image/x-icon", "image/pcx", "image/x-exr", "image/vnd.radiance"];
    PLAIN.contains(&mime) || mime.starts_with("image/x-portable-")
}

/// Where a camera's thumbnail lies.
const IFD1: &str = "exif:IFD1";
/// Smaller pictures of one file that are looked at.
const MOST_PREVIEWS: usize = 16;

/// Finds the blocks of a file of this type.
fn find(source: &Source, mime: &str, ration: u64) -> Blocks {
    match mime {
        "image/jpeg" => jpeg::blocks(source, ration),
        "image/png" | "image/apng" => png::blocks(source, ration),
        "image/webp" => chunks::of_webp(source, ration),
        "image/gif" => chunks::of_gif(source, ration),
        "video/x-msvideo" => chunks::of_avi(source, ration),
        "image/tiff" => tiff::blocks(source, ration),
        "application/vnd.adobe.photoshop" => psd::blocks(source, ration),
        "image/x-fujifilm-raf" => psd::fujifilm(source, ration),
        "image/x-minolta-mrw" => minolta::blocks(source, ration),
        "image/x-sigma-x3f" => sigma::blocks(source, ration),
        "image/x-canon-crw" => ciff::blocks(source),
        "image/x-canon-cr3" => canon::blocks(source, ration),
        "application/postscript" => postscript::blocks(source, ration),
        "image/jp2" | "image/jpx" => coded::blocks(source, ration),
        "image/jxl" if source.bytes_at(0, 1).is_ok_and(|first| first == [0]) => {
            coded::blocks(source, ration)
        }
        mime if is_plain(mime) => Blocks::default(),
        mime if is_box(mime) => heif::blocks(source, ration),
        "image/x-j2c" => Blocks::default(),
        mime if mime.starts_with("image/x-") => tiff::blocks(source, ration),
        mime if clip::is_iso(mime) => clip::blocks(source, ration),
        _ => Blocks::default(),
    }
}

/// Reads the blocks that were found, the most trusted first: of several facts of a name the first is the file's word.
fn said(
    found: &mut Blocks,
    metadata: &mut Metadata,
    previews: &mut Vec<Held>,
    texts: &mut Texts,
    gaps: &mut Vec<Gap>,
) {
    for block in found.exif.take().into_iter().chain(std::mem::take(&mut found.more_exif)) {
        let thumbnail = exif::read(block, metadata, texts, gaps);
        // The one that counts is the first.
        previews.splice(0..0, thumbnail);
    }
    for packet in &found.xmp {
        xmp::read(packet, "xmp", metadata, texts, gaps);
    }
    for packet in &found.extended_xmp {
        xmp::read(packet, "xmp:extended", metadata, texts, gaps);
    }
    for block in &found.iptc {
        iptc::read(block, "iptc", metadata, texts, gaps);
    }
    for (keyword, text) in &found.texts {
        png::read(keyword, text, metadata, texts);
    }
    for said in &found.said {
        let value = texts.keep(said.name, &said.text).trim_matches(['\0', ' ']).to_owned();
        let told = said.at.map_or_else(|| value.clone(), |at| at.to_string());
        metadata.declare(said.name, told, value, said.read_from, said.kind);
        let word = Word { kind: DateKind::Captured, basis: Basis::Exif };
        metadata.dates.extend(said.at.and_then(|at| when::anywhere(at, word)));
    }
    if let Some(changed) = found.changed {
        png::changed(changed, metadata);
    }
    for (read_from, text) in &found.comments {
        let raw = texts.decode("comment", text);
        let value = raw.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned();
        metadata.declare("comment", value, raw, read_from, FactKind::Credit);
    }
}

/// Whether a text is the settings of a program that makes pictures out of words, by the field that it stands in.
fn is_generator(field: &str, text: &str) -> bool {
    let has = |part: &str| text.contains(part);
    match field {
        "parameters" | "UserComment" => {
            has("Steps: ") && ["Sampler: ", "Seed: ", "CFG scale: "].into_iter().any(has)
        }
        "prompt" => text.trim_start().starts_with('{') && has("\"class_type\""),
        "workflow" => text.trim_start().starts_with('{') && has("\"nodes\""),
        "Comment" => text.trim_start().starts_with('{') && has("\"sampler\"") && has("\"steps\""),
        "Dream" | "sd-metadata" | "invokeai_metadata" | "invokeai_graph" => true,
        _ => false,
    }
}
