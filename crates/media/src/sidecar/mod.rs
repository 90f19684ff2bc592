//! Companion files: what download tools and persons wrote down about posts, each post a [`Record`].

pub mod autoarchiver;
pub mod claims;
pub mod csv;
mod fields;
pub mod gallerydl;
mod python;
mod table;
pub mod telegram;
pub mod xmp;
pub mod ytdlp;

use std::collections::BTreeMap;

use firstseen_model::{AssetId, Gap, SightingDraft};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Bytes of a companion that are read.
pub const MOST_BYTES: usize = 64 << 20;
/// How deep a companion's values may be nested.
pub const MOST_LEVELS: usize = 64;
/// Bytes of one text that are kept.
pub const MOST_TEXT: usize = 64 << 10;
/// Records of one companion.
pub const MOST_RECORDS: usize = 200_000;
/// Gaps that are listed of one companion; more are counted.
const MOST_NOTES: usize = 100;
/// Names of unknown fields that are told apart.
const MOST_NAMES: usize = 1_000;

/// The tool or the table that a companion comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Format {
    /// yt-dlp's `.info.json`.
    YtDlp,
    /// gallery-dl's JSON beside each file.
    GalleryDl,
    /// Telegram Desktop's `result.json`.
    Telegram,
    /// Records of auto-archiver, as JSON or as a table.
    AutoArchiver,
    /// A table of sightings.
    Csv,
    /// XMP in a file of its own.
    Xmp,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::YtDlp, Self::GalleryDl, Self::Telegram, Self::AutoArchiver, Self::Csv, Self::Xmp];

    /// Its name in options, and in a [`firstseen_model::Basis::Sidecar`].
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::YtDlp => ytdlp::TOOL,
            Self::GalleryDl => gallerydl::TOOL,
            Self::Telegram => telegram::TOOL,
            Self::AutoArchiver => autoarchiver::TOOL,
            Self::Csv => "csv",
            Self::Xmp => "xmp",
        }
    }
}

/// What a companion says: of the one file beside it, or of many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Companion {
    /// Which tool wrote it.
    pub format: Format,
    /// Its posts, in the order in which it has them.
    pub records: Vec<Record>,
    /// Fields that this program does not know, in the order of their names, with how many records have each.
    pub unknown_fields: Vec<(String, u64)>,
    /// What it says that could not be used, and is of no one file.
    pub notes: Vec<Gap>,
}

impl Companion {
    /// One that says nothing yet.
    #[must_use]
    pub fn of(format: Format) -> Self {
        Self { format, records: Vec::new(), unknown_fields: Vec::new(), notes: Vec::new() }
    }
}

/// One post, and which file it is of: the file beside the companion where it names none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The file's path, relative to the companion's folder.
    pub path: Option<String>,
    /// The file's name, wherever it lies below the companion's folder.
    pub name: Option<String>,
    /// The SHA-256 of its bytes; of no other file then.
    pub sha256: Option<AssetId>,
    /// The post. Its `record` and `path` are left to whoever knows the companion's name.
    pub seen: SightingDraft,
    /// Fields that are known and could not be used, and why.
    pub notes: Vec<Gap>,
}

/// Why a companion says nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SidecarError {
    /// It is longer or deeper than any record is.
    #[error("record has {value} {what}, over the limit of {limit}")]
    #[expect(missing_docs, reason = "the message names the fields")]
    OverLimit { what: &'static str, value: usize, limit: usize },
    /// It is no record of that tool. The reason may hold text out of the file.
    #[error("{why}")]
    #[expect(missing_docs, reason = "the message names the fields")]
    NotARecord { why: String },
    /// Nothing in it tells which tool wrote it.
    #[error("no record of a tool that this program knows")]
    Unknown,
}

/// Reads a companion of `format`; where that is `None`, of the tool that it shows to come from.
///
/// # Errors
///
/// [`SidecarError`] where the bytes are no such record, or too much.
pub fn read(bytes: &[u8], format: Option<Format>) -> Result<Companion, SidecarError> {
    let companion = read_as(bytes, format)?;
    within("records", companion.records.len(), MOST_RECORDS)?;
    Ok(companion)
}

fn read_as(bytes: &[u8], format: Option<Format>) -> Result<Companion, SidecarError> {
    match format {
        Some(Format::YtDlp) => ytdlp::read(bytes),
        Some(Format::GalleryDl) => gallerydl::read(bytes),
        Some(Format::Telegram) => telegram::read(bytes),
        Some(Format::AutoArchiver) => autoarchiver::read(bytes),
        Some(Format::Csv) => csv::read(bytes),
        Some(Format::Xmp) => xmp::read(bytes),
        None if xmp::is_xmp(bytes) => xmp::read(bytes),
        None if looks_like_json(bytes) => match json(bytes)? {
            Value::Array(items) if autoarchiver::is_list(&items) => autoarchiver::of_list(&items),
            Value::Object(object) => of_object(&object),
            _ => Err(SidecarError::Unknown),
        },
        None => of_table(bytes),
    }
}

fn of_object(object: &Map<String, Value>) -> Result<Companion, SidecarError> {
    if telegram::is_export(object) {
        telegram::of_export(object)
    } else if autoarchiver::is_item(object) {
        autoarchiver::of_list(&[Value::Object(object.clone())])
    } else if gallerydl::is_record(object) {
        gallerydl::of_object(object)
    } else if ytdlp::is_record(object) {
        ytdlp::of_object(object)
    } else {
        Err(SidecarError::Unknown)
    }
}

fn of_table(bytes: &[u8]) -> Result<Companion, SidecarError> {
    if autoarchiver::is_table(bytes) {
        autoarchiver::read(bytes)
    } else if csv::is_table(bytes) {
        csv::read(bytes)
    } else if table::is_utf16(bytes) {
        Err(table::utf16())
    } else {
        Err(SidecarError::Unknown)
    }
}

fn not_a_record(why: impl Into<String>) -> SidecarError {
    SidecarError::NotARecord { why: why.into() }
}

/// The companion's bytes without a byte order mark.
fn plain(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn looks_like_json(bytes: &[u8]) -> bool {
    plain(bytes).trim_ascii_start().first().is_some_and(|byte| matches!(byte, b'{' | b'['))
}

/// The value that a JSON companion holds, read within the limits.
fn json(bytes: &[u8]) -> Result<Value, SidecarError> {
    within("bytes", bytes.len(), MOST_BYTES)?;
    within("levels", levels(bytes), MOST_LEVELS)?;
    serde_json::from_slice(plain(bytes)).map_err(|why| not_a_record(format!("not JSON: {why}")))
}

/// The object that a JSON companion holds, read within the limits.
fn json_object(bytes: &[u8]) -> Result<Map<String, Value>, SidecarError> {
    match json(bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(not_a_record("not a JSON object")),
    }
}

fn within(what: &'static str, value: usize, limit: usize) -> Result<(), SidecarError> {
    if value > limit { Err(SidecarError::OverLimit { what, value, limit }) } else { Ok(()) }
}

/// How deep brackets are nested outside of strings.
fn levels(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Names of fields that nothing here knows, with how often each was met.
#[derive(Default)]
struct Unknown(BTreeMap<String, u64>);

impl Unknown {
    fn met(&mut self, name: &str) {
        let name = fields::cut(name, 100);
        if let Some(count) = self.0.get_mut(name) {
            *count += 1;
        } else if self.0.len() < MOST_NAMES {
            self.0.insert(name.to_owned(), 1);
        }
    }

    fn counted(self) -> Vec<(String, u64)> {
        self.0.into_iter().collect()
    }
}

/// Adds a note, unless there are so many that a reader would not get through them; their number is told at the end.
fn note(notes: &mut Vec<Gap>, why: impl FnOnce() -> String) {
    if notes.len() < MOST_NOTES {
        notes.push(Gap::new("companion", why()));
    } else if notes.len() == MOST_NOTES {
        notes.push(Gap::new(
            "companion",
            format!("more than {MOST_NOTES} of its records have faults"),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_are_no_levels() {
        assert_eq!(levels(br#"{"a":[1,{"b":"[[\"[["}]}"#), 3);
        assert!(json_object("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn only_objects_are_records() {
        for text in ["", "null", "[]", "7", "{", "{}x", "\u{feff}"] {
            assert!(json_object(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(json_object("\u{feff}{}".as_bytes()).is_ok());
    }

    #[test]
    fn a_table_in_utf_16_is_told_how_to_be_read() {
        for bytes in [b"\xff\xfep\0a\0t\0h\0".as_slice(), b"\xfe\xff\0p\0a\0t\0h"] {
            let error = read(bytes, None).unwrap_err().to_string();
            assert_eq!(error, "in UTF-16; save it as UTF-8");
        }
    }

    #[test]
    fn a_companion_shows_which_tool_wrote_it() {
        let check = |text: &str, expected: Option<Format>| {
            let found = read(text.as_bytes(), None);
            assert_eq!(found.as_ref().ok().map(|found| found.format), expected, "{text} {found:?}");
        };
        check(r#"{"id": "1", "extractor": "x"}"#, Some(Format::YtDlp));
        check(r#"{"category": "twitter", "tweet_id": 1}"#, Some(Format::GalleryDl));
        check(r#"{"name": "c", "id": 7, "type": "x", "messages": []}"#, Some(Format::Telegram));
        check(r#"{"chats": {"list": []}}"#, Some(Format::Telegram));
        check(
            r#"{"status": "s", "metadata": {"url": "u"}, "media": []}"#,
            Some(Format::AutoArchiver),
        );
        check(r#" [{"metadata": {"url": "u"}, "media": []}]"#, Some(Format::AutoArchiver));
        check("status,metadata,media\n", Some(Format::AutoArchiver));
        check("Link,Archive status,Upload timestamp\n", Some(Format::AutoArchiver));
        check("\u{feff}path;posted\r\n", Some(Format::Csv));
        for text in
            ["", "{}", "[]", "[1]", r#"{"a": 1}"#, r#"{"id": 1}"#, "a,b\n1,2\n", "path\n", "text"]
        {
            check(text, None);
        }
    }
}
