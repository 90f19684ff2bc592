//! Records of auto-archiver: one item as JSON, its table of items, and a sheet that it fills in.

use firstseen_model::{AssetId, DateKind, Dated, Gap};
use serde_json::{Map, Value, json};

use super::fields::{Clock, Fields, host};
use super::table::{Row, Table, header};
use super::{
    Companion, Format, Record, SidecarError, Unknown, json, looks_like_json, not_a_record, note,
    python,
};
use crate::when;

/// The tool's name in a [`firstseen_model::Basis::Sidecar`].
pub const TOOL: &str = "auto-archiver";

/// What the tool makes itself of a post: these were not posted.
const MADE: [&str; 8] = [
    "_final_media",
    "screenshot",
    "metadata_json",
    "browsertrix",
    "warc",
    "pdf",
    "html",
    "timestamped_hash",
];
/// Fields of an item that are used, or are well known and say nothing of where and when.
const KNOWN: &[&str] = &[
    "url",
    "timestamp",
    "content",
    "title",
    "_processed_at",
    "archive_duration_seconds",
    "total_bytes",
    "total_size",
    "folder",
    "author",
    "upload_date",
    "created_at",
    "duration",
    "media_count",
    "thumbnails",
    "description",
    "tags",
];

/// A column of a sheet, and the field that it is: the tool's own names, and those of its sheet.
const COLUMNS: [(&str, &str); 24] = [
    ("url", "url"),
    ("link", "url"),
    ("timestamp", "timestamp"),
    ("upload timestamp", "timestamp"),
    ("title", "title"),
    ("upload title", "title"),
    ("content", "content"),
    ("text content", "content"),
    ("_processed_at", "_processed_at"),
    ("archive date", "_processed_at"),
    ("hash", "hash"),
    ("filename", "file"),
    ("key", "file"),
    ("_key", "file"),
    ("urls", "file"),
    ("archive location", "file"),
    ("status", ""),
    ("archive status", ""),
    ("destination folder", ""),
    ("thumbnail", ""),
    ("screenshot", ""),
    ("perceptual hashes", ""),
    ("wacz", ""),
    ("replaywebpage", ""),
];
/// The columns of the tool's own table, whose cells hold what Python prints.
const OWN: [&str; 3] = ["status", "metadata", "media"];

/// Reads an item, a list of items, its own table, or a sheet that it filled in; a record for each file of a post.
///
/// The tool calls every time UTC, whatever zone it was read in, so a posted time may be off by any zone. A file is known
/// by its SHA-256 where that was taken, else by the name under which it was stored.
///
/// # Errors
///
/// [`SidecarError`] where it is none of these, or too much.
pub fn read(bytes: &[u8]) -> Result<Companion, SidecarError> {
    if !looks_like_json(bytes) {
        return table(bytes);
    }
    match json(bytes)? {
        Value::Array(items) if is_list(&items) => of_list(&items),
        item @ Value::Object(_) if is_list(std::slice::from_ref(&item)) => of_list(&[item]),
        _ => {
            Err(not_a_record("no item with metadata and media, which those of auto-archiver have"))
        }
    }
}

/// Whether it is an item: what is known of a post, and its files.
pub(super) fn is_item(object: &Map<String, Value>) -> bool {
    object.get("metadata").is_some_and(Value::is_object)
        && object.get("media").is_some_and(Value::is_array)
}

pub(super) fn is_list(items: &[Value]) -> bool {
    !items.is_empty() && items.iter().all(|item| item.as_object().is_some_and(is_item))
}

pub(super) fn of_list(items: &[Value]) -> Result<Companion, SidecarError> {
    let mut archive = Archive::default();
    for item in items {
        let part = |name: &str| item.get(name).unwrap_or(&Value::Null);
        archive.item(part("metadata"), part("media"));
    }
    Ok(archive.companion())
}

fn table(bytes: &[u8]) -> Result<Companion, SidecarError> {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).chain(OWN).collect();
    let table = Table::read(bytes, &names)?;
    let mut archive = Archive::default();
    for row in table.rows() {
        let fault = if let Err(fault) = row.fits() {
            Some(fault)
        } else if OWN.iter().all(|name| table.has(name)) {
            let read = |name: &str| row.cell(name).and_then(python::literal);
            match (read("metadata"), read("media")) {
                (Some(metadata), Some(media)) => {
                    archive.item(&metadata, &media);
                    None
                }
                _ => Some(row.fault("metadata and media are not as Python prints them")),
            }
        } else {
            let (metadata, media) = of_row(row);
            archive.item(&metadata, &media);
            None
        };
        if let Some(fault) = fault {
            note(&mut archive.notes, || fault.to_string());
        }
    }
    Ok(Companion { unknown_fields: table.unknown_columns(&names), ..archive.companion() })
}

/// Whether the first line shows the tool's own table, or a sheet of its.
pub(super) fn is_table(bytes: &[u8]) -> bool {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).chain(OWN).collect();
    header(bytes, &names).is_some_and(|(_, names)| {
        let has = |name: &str| names.iter().any(|column| column == name);
        let field = |field: &str| COLUMNS.iter().any(|(name, of)| *of == field && has(name));
        OWN.iter().all(|name| has(name))
            || (has("link") && has("archive status"))
            || (field("url") && field("timestamp") && (field("file") || field("hash")))
    })
}

/// A row of a sheet as an item with one file.
fn of_row(row: Row<'_>) -> (Value, Value) {
    let (mut metadata, mut files, mut hash) = (Map::new(), Vec::new(), Value::Null);
    for (column, field) in COLUMNS {
        match (row.cell(column), field) {
            (None, _) | (_, "") => {}
            (Some(cell), "file") => files.extend(cell.lines().map(Value::from)),
            (Some(cell), "hash") => hash = Value::from(cell),
            (Some(cell), field) => _ = metadata.entry(field).or_insert_with(|| Value::from(cell)),
        }
    }
    (Value::Object(metadata), json!([{ "urls": files, "properties": { "hash": hash } }]))
}

#[derive(Default)]
struct Archive {
    records: Vec<Record>,
    unknown: Unknown,
    notes: Vec<Gap>,
    without_files: u64,
}

impl Archive {
    /// One post with its files.
    fn item(&mut self, metadata: &Value, media: &Value) {
        let Some(metadata) = metadata.as_object() else {
            note(&mut self.notes, || "an item's metadata is no object".to_owned());
            return;
        };
        for name in metadata.keys().filter(|name| !KNOWN.contains(&name.as_str())) {
            self.unknown.met(name);
        }
        let files: Vec<Record> = media.as_array().into_iter().flatten().filter_map(file).collect();
        if files.is_empty() {
            self.without_files += 1;
            return;
        }
        let post = post(metadata);
        self.records.extend(files.into_iter().map(|file| Record {
            sha256: file.sha256,
            name: file.name,
            ..post.clone()
        }));
    }

    fn companion(mut self) -> Companion {
        if self.without_files > 0 {
            let why = format!("items that name no file: {}", self.without_files);
            self.notes.push(Gap::new("companion", why));
        }
        Companion {
            records: self.records,
            unknown_fields: self.unknown.counted(),
            notes: self.notes,
            ..Companion::of(Format::AutoArchiver)
        }
    }
}

fn post(metadata: &Map<String, Value>) -> Record {
    let mut fields = Fields::new(metadata, TOOL);
    let mut record = Record::default();
    let seen = &mut record.seen;
    seen.url = fields.text("url");
    seen.source = seen.url.as_deref().and_then(host).unwrap_or_else(|| TOOL.to_owned());
    seen.caption = fields.text("content").unwrap_or_default();
    seen.title = fields.text("title").unwrap_or_default();
    let posted = time(&mut fields, "timestamp", DateKind::Posted, Clock::doubtful_utc);
    // Its own clock it does read in UTC.
    let collected = time(&mut fields, "_processed_at", DateKind::Collected, Clock::utc);
    seen.dates.extend([posted, collected].into_iter().flatten());
    record.notes = fields.notes;
    record
}

/// A time as text, or in seconds since 1970.
fn time(
    fields: &mut Fields<'_>,
    name: &str,
    kind: DateKind,
    as_dated: fn(Clock, when::Word) -> Option<Dated>,
) -> Option<Dated> {
    if !fields.object.get(name)?.is_number() {
        return fields.clock(name, kind, as_dated);
    }
    let second = fields.second(name, kind)?;
    match kind {
        DateKind::Posted => Some(when::doubtful_utc(second.earliest?, fields.word(kind))),
        _ => Some(second),
    }
}

/// Which file a medium of an item is; `None` where it was not posted, or where nothing tells.
fn file(medium: &Value) -> Option<Record> {
    let medium = medium.as_object()?;
    let property = |name: &str| medium.get("properties")?.get(name)?.as_str();
    if property("id").is_some_and(|id| MADE.contains(&id) || id.starts_with("thumbnail")) {
        return None;
    }
    let sha256: Option<AssetId> =
        property("hash").and_then(|hash| hash.strip_prefix("SHA-256:")?.trim().parse().ok());
    let urls = medium.get("urls").and_then(Value::as_array).into_iter().flatten();
    let paths = ["_key", "key"].into_iter().filter_map(|name| medium.get(name));
    let stored = paths.chain(urls).chain(medium.get("filename")).filter_map(Value::as_str);
    let name = stored.filter_map(name_of).next();
    match sha256 {
        Some(_) => Some(Record { sha256, ..Record::default() }),
        None => name.map(|name| Record { name: Some(name.to_owned()), ..Record::default() }),
    }
}

/// The last part of a path or address.
fn name_of(path: &str) -> Option<&str> {
    let path = path.split(['?', '#']).next()?;
    let name = path.rsplit(['/', '\\']).next()?;
    (!name.is_empty() && name.len() <= 255 && name.contains('.')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = r#"{"status": "generic_extractor: success", "metadata": {"_processed_at": "2024-10-20 08:00:00.123456+00:00",
        "url": "https://t.me/example/1", "timestamp": "2024-10-18 07:05:00+00:00", "content": "Sergeevka", "title": "Post", "mood": 1},
        "media": [
          {"filename": "/tmp/x/clip.mp4", "_key": "a/b/Xy12.mp4", "urls": ["./local_archive/a/b/Xy12.mp4"], "properties": {"pdq_hash": "1f"}},
          {"filename": "/tmp/x/b.jpg", "urls": [], "properties": {"hash": "SHA-256:abababababababababababababababababababababababababababababababab"}},
          {"filename": "/tmp/x/s.png", "urls": [], "properties": {"id": "screenshot", "hash": "SHA3-512:00"}}]}"#;

    fn bounds(record: &Record, kind: DateKind) -> String {
        let date = record.seen.date(kind).unwrap();
        format!("{}..{}", date.earliest.unwrap(), date.latest.unwrap())
    }

    fn names(companion: &Companion) -> Vec<&str> {
        companion.records.iter().filter_map(|record| record.name.as_deref()).collect()
    }

    #[test]
    fn every_file_that_was_posted_becomes_a_sighting() {
        let item = read(ITEM.as_bytes()).unwrap();
        let [first, second] = item.records.as_slice() else { panic!("{item:?}") };
        assert_eq!((first.name.as_deref(), first.sha256), (Some("Xy12.mp4"), None));
        assert_eq!((&second.name, second.sha256.unwrap().to_string()), (&None, "ab".repeat(32)));
        assert_eq!(
            (first.seen.source.as_str(), first.seen.caption.as_str()),
            ("t.me", "Sergeevka")
        );
        assert_eq!(bounds(first, DateKind::Posted), "2024-10-17T17:05:00Z..2024-10-18T21:05:00Z");
        assert_eq!(
            bounds(first, DateKind::Collected),
            "2024-10-20T08:00:00Z..2024-10-20T08:00:00Z"
        );
        assert_eq!(item.unknown_fields, [("mood".to_owned(), 1)]);
    }

    #[test]
    fn times_may_be_seconds_and_are_no_surer_for_it() {
        let text = ITEM.replace("\"2024-10-18 07:05:00+00:00\"", "1729235100.0");
        assert_eq!(
            bounds(&read(text.as_bytes()).unwrap().records[0], DateKind::Posted),
            "2024-10-17T17:05:00Z..2024-10-18T21:05:00Z"
        );
        for bad in ["\"0000-00-00 00:00:00\"", "0", "\"soon\"", "[]"] {
            let text = ITEM.replace("\"2024-10-18 07:05:00+00:00\"", bad);
            let record = read(text.as_bytes()).unwrap().records.remove(0);
            assert_eq!((record.seen.dates.len(), record.notes.len()), (1, 1), "{bad}");
        }
    }

    #[test]
    fn its_own_table_holds_what_python_prints() {
        let table = "status,metadata,media\r\nsuccess,\"{'url': 'https://t.me/example/1', 'timestamp': datetime.datetime(2024, 10, 18, 7, 5, \
            tzinfo=datetime.timezone.utc), 'content': \"\"it's\"\"}\",\"[{'filename': '/tmp/x/a.mp4', '_key': 'a/K1.mp4', 'urls': []}]\"\r\n\
            success,<object>,[]\r\nnothing archived,{'url': 'https://t.me/example/2'},[]\r\n";
        let read_ = read(table.as_bytes()).unwrap();
        assert_eq!(names(&read_), ["K1.mp4"]);
        assert_eq!(read_.records[0].seen.caption, "it's");
        assert_eq!(
            bounds(&read_.records[0], DateKind::Posted),
            "2024-10-17T17:05:00Z..2024-10-18T21:05:00Z"
        );
        let why: Vec<&str> = read_.notes.iter().map(|note| note.why.as_str()).collect();
        assert_eq!(
            why,
            [
                "line 3: metadata and media are not as Python prints them",
                "items that name no file: 1"
            ]
        );
        for len in 0..table.len() {
            let records = read(&table.as_bytes()[..len]).map_or(Vec::new(), |table| table.records);
            assert!(
                records.iter().all(|record| record.seen.dates == read_.records[0].seen.dates),
                "{len}"
            );
        }
    }

    #[test]
    fn a_sheet_that_it_filled_in_is_read_by_its_columns() {
        let sheet = "Link,Archive status,Archive location,Archive date,Upload timestamp,Upload title,Text content,Hash,My notes\n\
            https://x.com/a/status/1,success,https://bucket.example/f/K2.mp4?x=1,2024-10-20T08:00:00+00:00,2024-10-18T07:05:00+00:00,T,words,not-calculated,n\n";
        let sheet = read(sheet.as_bytes()).unwrap();
        assert_eq!(names(&sheet), ["K2.mp4"]);
        let seen = &sheet.records[0].seen;
        assert_eq!(
            (seen.source.as_str(), seen.title.as_str(), seen.caption.as_str()),
            ("x.com", "T", "words")
        );
        assert_eq!(sheet.unknown_fields, [("my notes".to_owned(), 1)]);
        let flat = "url,timestamp,content,filename\nhttps://x.com/a/status/1,2024-10-18 07:05:00,words,f/K3.mp4\n";
        assert_eq!(names(&read(flat.as_bytes()).unwrap()), ["K3.mp4"]);
    }

    #[test]
    fn other_values_are_no_records() {
        for text in ["", "{}", "[]", "[{}]", r#"{"metadata": [], "media": []}"#, "a,b\n1,2\n"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn every_prefix_fails_gently() {
        for len in 0..ITEM.len() {
            assert!(read(&ITEM.as_bytes()[..len]).is_err(), "{len}");
        }
    }
}
