//! What a file says of itself.

pub(crate) mod blocks;
mod boxes;
mod exif;
pub(crate) mod heif;
mod ifd;
mod text;

use ffmpeg_next::format::context::Input;
use firstseen_model::{Dated, Gap, Place};
use serde::{Deserialize, Serialize};

use crate::source::Source;
use crate::{Limits, MediaError, Shape};

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

/// Reads everything that a file says of itself.
pub(crate) fn read(
    source: &Source,
    shape: &Shape,
    stored: &Stored,
    input: Option<(Result<&Input, MediaError>, usize)>,
    limits: &Limits,
) -> (Metadata, Vec<Gap>) {
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
    let mut found = match shape.mime.as_str() {
        "image/jpeg" => blocks::of_jpeg(source, ration),
        "image/png" | "image/apng" => blocks::of_png(source, ration),
        "image/webp" => blocks::of_webp(source, ration),
        "image/tiff" => blocks::of_tiff(source, ration),
        "image/heic" | "image/heif" | "image/avif" | "image/heic-sequence" => {
            heif::blocks(source, ration)
        }
        "video/mp4" | "video/quicktime" | "video/3gpp" | "video/3gpp2" | "video/x-m4v" => {
            blocks::of_boxes(source, ration)
        }
        _ => blocks::Blocks::default(),
    };
    if let Some(why) = found.cut.take() {
        gaps.push(Gap::new("metadata", why));
    }
    let mut texts = Texts::new(limits.text_bytes);
    let thumbnail = match found.exif.take() {
        Some(block) => exif::read(block, &mut metadata, &mut texts, &mut gaps),
        None => false,
    };
    for (keyword, text) in std::mem::take(&mut found.texts) {
        metadata.facts.push(png_text(&keyword, &text, &mut texts));
    }
    if metadata.value("orientation").is_none()
        && let Some(orientation) = stored.orientation.filter(|number| *number > 1)
    {
        metadata.measured("orientation", orientation, "header");
    }
    match input {
        Some((Ok(input), stream)) => boxes::read(input, stream, &mut metadata, &mut texts),
        Some((Err(why), _)) => gaps.push(Gap::new("metadata", format!("container tags: {why}"))),
        None => {}
    }
    metadata.measured("has_thumbnail", thumbnail, "exif:IFD1");
    metadata.measured("has_c2pa", found.c2pa, "file");
    gaps.extend(texts.into_gaps());
    (metadata, gaps)
}

/// A text of a PNG; the keywords that the standard defines have common names.
fn png_text(keyword: &str, text: &[u8], texts: &mut Texts) -> Fact {
    let (name, kind) = match keyword {
        "Software" => ("software", FactKind::Program),
        "Author" => ("artist", FactKind::Credit),
        "Description" => ("caption", FactKind::Credit),
        "Copyright" => ("copyright", FactKind::Credit),
        "Title" => ("title", FactKind::Credit),
        "Comment" => ("comment", FactKind::Credit),
        _ => ("", FactKind::Other),
    };
    let name = if name.is_empty() {
        format!("png:{}", texts.keep("a keyword", keyword))
    } else {
        name.to_owned()
    };
    let raw = texts.decode(&name, text);
    let value = raw.trim().to_owned();
    Fact { name, value, raw, read_from: "png:text".to_owned(), kind, trust: Trust::Declared }
}
