//! `.info.json`, the record that yt-dlp leaves beside a download.

use firstseen_model::{Basis, DateKind, Dated, Place, PlaceKind};
use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::{Companion, Format, Record, SidecarError, Unknown, json_object, not_a_record};

/// The tool's name in a [`Basis::Sidecar`].
pub const TOOL: &str = "yt-dlp";

/// Fields that say where, when and by whom, and that are used here.
const USED: &[&str] = &[
    "timestamp",
    "upload_date",
    "modified_timestamp",
    "modified_date",
    "release_timestamp",
    "duration",
    "live_status",
    "is_live",
    "was_live",
    "epoch",
    "extractor",
    "extractor_key",
    "id",
    "webpage_url",
    "original_url",
    "webpage_url_domain",
    "channel",
    "uploader",
    "uploader_id",
    "description",
    "title",
    "location",
    "_type",
];

/// Well-known fields that say nothing about where and when a post was seen.
const TECHNICAL: &[&str] = &[
    "_filename",
    "_format_sort_fields",
    "_has_drm",
    "_version",
    "abr",
    "acodec",
    "age_limit",
    "album",
    "alt_title",
    "annotations",
    "artist",
    "artists",
    "aspect_ratio",
    "asr",
    "audio_channels",
    "audio_ext",
    "automatic_captions",
    "availability",
    "average_rating",
    "categories",
    "channel_follower_count",
    "channel_id",
    "channel_is_verified",
    "channel_url",
    "chapters",
    "chapter",
    "chapter_number",
    "comment_count",
    "comments",
    "composers",
    "container",
    "creator",
    "creators",
    "cast",
    "concurrent_view_count",
    "dislike_count",
    "display_id",
    "downloader_options",
    "duration_string",
    "dynamic_range",
    "end_time",
    "episode",
    "episode_number",
    "ext",
    "filename",
    "filesize",
    "filesize_approx",
    "format",
    "format_id",
    "format_index",
    "format_note",
    "formats",
    "fps",
    "fragments",
    "fulltitle",
    "genre",
    "genres",
    "has_drm",
    "heatmap",
    "height",
    "http_headers",
    "hls_media_playlist_data",
    "language",
    "language_preference",
    "license",
    "like_count",
    "manifest_url",
    "media_type",
    "n_entries",
    "playable_in_embed",
    "playlist",
    "playlist_autonumber",
    "playlist_channel",
    "playlist_channel_id",
    "playlist_count",
    "playlist_id",
    "playlist_index",
    "playlist_title",
    "playlist_uploader",
    "playlist_uploader_id",
    "playlist_webpage_url",
    "preference",
    "protocol",
    "quality",
    "release_date",
    "release_year",
    "repost_count",
    "requested_downloads",
    "requested_entries",
    "requested_formats",
    "requested_subtitles",
    "resolution",
    "save_count",
    "season",
    "season_number",
    "section_end",
    "section_start",
    "series",
    "source_preference",
    "start_time",
    "stretched_ratio",
    "subtitles",
    "tags",
    "tbr",
    "thumbnail",
    "thumbnails",
    "timeout",
    "track",
    "uploader_url",
    "url",
    "vbr",
    "vcodec",
    "video_ext",
    "view_count",
    "webpage_url_basename",
    "width",
    "__last_playlist_index",
    "__files_to_move",
    "_real_download",
    "__real_download",
    "__finaldir",
    "__postprocessors",
    "__write_download_archive",
    "cookies",
    "player_url",
    "available_at",
    "format_sort",
    "epoch_str",
    "vr",
    "stream_type",
    "sponsorblock_chapters",
    "rows",
    "columns",
];

/// Reads a record.
///
/// Times of yt-dlp are UTC: `timestamp`, else the day `upload_date`, is when it was posted, and any time between where
/// they contradict each other; `release_date` is not.
/// A field of the wrong kind, or a time before 1990, is a note, not an error.
///
/// # Errors
///
/// [`SidecarError`] where the bytes are no JSON object, hold nothing that a record of a post has, or are too much.
pub fn read(bytes: &[u8]) -> Result<Companion, SidecarError> {
    let object = json_object(bytes)?;
    if !["id", "webpage_url", "extractor", "extractor_key"]
        .iter()
        .any(|field| object.contains_key(*field))
    {
        return Err(not_a_record("neither id nor extractor nor webpage_url"));
    }
    of_object(&object)
}

/// Whether it shows to be yt-dlp's: an id alone is everybody's.
pub(super) fn is_record(object: &Map<String, Value>) -> bool {
    ["extractor", "extractor_key"].iter().any(|field| object.contains_key(*field))
        || (object.contains_key("id") && object.contains_key("webpage_url"))
}

pub(super) fn of_object(object: &Map<String, Value>) -> Result<Companion, SidecarError> {
    if object.get("_type").and_then(Value::as_str).is_some_and(|kind| kind != "video") {
        return Err(not_a_record("a list's record, not a file's"));
    }
    let mut fields = Fields::new(object, TOOL);
    let mut record = Record::default();
    let seen = &mut record.seen;
    seen.source = source(&mut fields);
    seen.post = fields.text("id");
    seen.url = fields.first_text(&["webpage_url", "original_url"]);
    seen.channel = fields.first_text(&["channel", "uploader", "uploader_id"]);
    seen.caption = fields.text("description").unwrap_or_default();
    seen.title = fields.text("title").unwrap_or_default();
    let second = fields.second("timestamp", DateKind::Posted);
    let posted = match (second, fields.day("upload_date", DateKind::Posted)) {
        (Some(second), Some(day)) => {
            Some(fields.agreed(["timestamp", "upload_date"], second, &day))
        }
        (second, day) => second.or(day),
    };
    let posted = posted
        .map(|posted| if is_broadcast(object) { broadcast(posted, &mut fields) } else { posted });
    let edited = fields
        .second("modified_timestamp", DateKind::Edited)
        .or_else(|| fields.day("modified_date", DateKind::Edited));
    seen.dates.extend(
        [posted, edited, fields.second("epoch", DateKind::Collected)].into_iter().flatten(),
    );
    seen.place = fields
        .text("location")
        .map(|text| Place::named(text, PlaceKind::Caption, Basis::Sidecar(TOOL.to_owned())));
    record.notes = fields.notes;
    let mut unknown = Unknown::default();
    for name in object.keys() {
        if !USED.contains(&name.as_str()) && !TECHNICAL.contains(&name.as_str()) {
            unknown.met(name);
        }
    }
    let companion = Companion::of(Format::YtDlp);
    Ok(Companion { records: vec![record], unknown_fields: unknown.counted(), ..companion })
}

/// Whether it was shown as it was filmed.
fn is_broadcast(object: &Map<String, Value>) -> bool {
    let says = |name: &str| object.get(name).and_then(Value::as_bool) == Some(true);
    let status = object.get("live_status").and_then(Value::as_str).unwrap_or_default();
    says("is_live")
        || says("was_live")
        || matches!(status, "is_live" | "was_live" | "post_live" | "is_upcoming")
}

/// When a broadcast was there: its date is that of its announcement or its beginning, and what it shows is there by its
/// end only, which its beginning and length tell.
fn broadcast(announced: Dated, fields: &mut Fields<'_>) -> Dated {
    let began = fields.second("release_timestamp", DateKind::Posted).and_then(|began| began.latest);
    let lasted = fields.object.get("duration").and_then(Value::as_f64).filter(|s| *s > 0.0);
    let ended = began.zip(lasted).and_then(|(began, lasted)| {
        let lasted = SignedDuration::try_from_secs_f64(lasted.ceil()).ok()?;
        began.checked_add(lasted).ok()
    });
    let latest = ended.max(announced.latest).filter(|_| ended.is_some());
    let end = latest.map_or_else(|| "..".to_owned(), |end| end.to_string());
    Dated { text: format!("{}/{end}", announced.text), latest, ..announced }
}

/// The platform's name in lower case: `telegram` of `telegram:embed`.
fn source(fields: &mut Fields<'_>) -> String {
    let extractor = fields.first_text(&["extractor", "extractor_key"]).unwrap_or_default();
    let name = extractor.split(':').next().unwrap_or_default().to_lowercase();
    // The extractor for pages that have none of their own tells nothing; their host does.
    let host =
        if name.is_empty() || name == "generic" { fields.text("webpage_url_domain") } else { None };
    host.unwrap_or(if name.is_empty() { TOOL.to_owned() } else { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: impl AsRef<[u8]>) -> Record {
        read(text.as_ref()).unwrap().records.remove(0)
    }

    const RECORD: &str = r#"{"id": "1847", "extractor": "telegram:embed", "extractor_key": "TelegramEmbed",
        "webpage_url": "https://t.me/example/1847", "channel": "Example", "uploader": "someone",
        "title": "Post", "description": "Sergeevka", "timestamp": 1729235100, "upload_date": "20241018",
        "epoch": 1729300000, "release_date": "20200101", "location": "Sergeevka", "formats": [], "new_thing": 1}"#;

    fn bounds(dated: &Dated) -> String {
        format!("{}..{}", dated.earliest.unwrap(), dated.latest.unwrap())
    }

    #[test]
    fn a_record_becomes_a_sighting() {
        let companion = read(RECORD.as_bytes()).unwrap();
        let seen = &companion.records[0].seen;
        assert_eq!((seen.source.as_str(), seen.post.as_deref()), ("telegram", Some("1847")));
        assert_eq!(
            (seen.channel.as_deref(), seen.caption.as_str()),
            (Some("Example"), "Sergeevka")
        );
        let posted = seen.date(DateKind::Posted).unwrap();
        assert_eq!(posted.text, "2024-10-18T07:05:00Z");
        assert_eq!(bounds(posted), "2024-10-18T07:05:00Z..2024-10-18T07:05:00Z");
        assert_eq!(posted.basis.to_string(), "sidecar:yt-dlp");
        assert!(seen.date(DateKind::Collected).is_some() && seen.date(DateKind::Edited).is_none());
        assert_eq!(seen.place.as_ref().unwrap().kind, PlaceKind::Caption);
        assert_eq!(companion.unknown_fields, [("new_thing".to_owned(), 1)]);
        assert!(companion.records[0].notes.is_empty() && companion.notes.is_empty());
    }

    #[test]
    fn a_day_is_one_of_utc_and_not_widened() {
        let companion =
            record(r#"{"id": "1", "upload_date": "20220311", "modified_date": "20220312"}"#);
        assert_eq!(bounds(&companion.seen.dates[0]), "2022-03-11T00:00:00Z..2022-03-11T23:59:59Z");
        assert_eq!(companion.seen.dates[0].text, "2022-03-11");
        assert_eq!(companion.seen.dates[1].kind, DateKind::Edited);
    }

    #[test]
    fn a_second_that_its_day_contradicts_leaves_all_the_time_between() {
        let record = record(r#"{"id": "1", "timestamp": 1729235100, "upload_date": "20190101"}"#);
        let date = record.seen.date(DateKind::Posted).unwrap();
        assert_eq!(bounds(date), "2019-01-01T00:00:00Z..2024-10-18T07:05:00Z");
        assert_eq!(record.notes.len(), 1, "{:?}", record.notes);
    }

    #[test]
    fn a_release_date_is_not_when_it_was_posted() {
        assert!(record(r#"{"id": "1", "release_date": "20200101"}"#).seen.dates.is_empty());
    }

    #[test]
    fn a_broadcast_is_there_by_its_end_only() {
        let live = |more: &str| {
            let json = format!(r#"{{"id": "1", "timestamp": 1729235100, {more}}}"#);
            let posted = record(json).seen.dates.remove(0);
            (posted.text.clone(), posted.latest.map(|latest| latest.to_string()))
        };
        let end = Some("2024-10-20T09:05:01Z".to_owned());
        let told = (format!("2024-10-18T07:05:00Z/{}", end.as_deref().unwrap()), end);
        // Announced two days before it began.
        let began = r#""release_timestamp": 1729407900, "duration": 7200.2"#;
        assert_eq!(live(&format!(r#""live_status": "was_live", {began}"#)), told);
        assert_eq!(live(&format!(r#""was_live": true, {began}"#)), told);
        let open = ("2024-10-18T07:05:00Z/..".to_owned(), None);
        assert_eq!(live(r#""is_live": true"#), open);
        assert_eq!(live(r#""live_status": "was_live", "duration": 7200"#), open);
        let file = (Some("2024-10-18T07:05:00Z".to_owned()), "2024-10-18T07:05:00Z".to_owned());
        let premiere = live(&format!(r#""live_status": "not_live", "was_live": false, {began}"#));
        assert_eq!((premiere.1, premiere.0), file);
    }

    #[test]
    fn wrong_types_are_notes() {
        let json = br#"{"id": ["x"], "extractor": "Twitter", "timestamp": "soon", "upload_date": 20241, "epoch": 1e300}"#;
        let companion = record(json);
        assert_eq!(companion.seen.source, "twitter");
        assert_eq!(companion.notes.len(), 4, "{:?}", companion.notes);
        assert!(companion.seen.dates.is_empty());
    }

    #[test]
    fn a_date_before_any_platform_is_none_and_said_so() {
        let json = br#"{"id": "1", "timestamp": 0, "upload_date": "19700101", "modified_date": "19891231"}"#;
        let companion = record(json);
        assert!(companion.seen.dates.is_empty());
        let why: Vec<&str> = companion.notes.iter().map(|note| note.why.as_str()).collect();
        assert_eq!(
            why,
            ["timestamp", "upload_date", "modified_date"]
                .map(|name| format!("{name} is before 1990, so it was never set"))
        );
        let first = record(r#"{"id": "1", "timestamp": 631152000}"#);
        assert_eq!(first.seen.dates[0].text, "1990-01-01T00:00:00Z");
        assert!(record(r#"{"id": "1", "upload_date": "19900101"}"#).notes.is_empty());
    }

    #[test]
    fn fractions_of_a_second_are_dropped_downwards() {
        let companion = record(r#"{"id": "1", "timestamp": 1729235100.9}"#);
        assert_eq!(companion.seen.dates[0].text, "2024-10-18T07:05:00Z");
    }

    #[test]
    fn a_text_longer_than_any_caption_is_cut_and_said_so() {
        let long = format!(r#"{{"id": "1", "description": "{}"}}"#, "\u{e9}".repeat(40_000));
        let record = record(long);
        assert_eq!(record.seen.caption.len(), crate::sidecar::MOST_TEXT);
        assert_eq!(record.notes[0].why, "description has 80000 bytes and is cut to 65536");
    }

    #[test]
    fn other_objects_and_lists_are_no_records() {
        assert!(read(b"{}").is_err());
        assert!(read(br#"{"id": "PL1", "_type": "playlist"}"#).is_err());
        assert!(read(br#"[{"id": "1"}]"#).is_err());
    }

    #[test]
    fn every_prefix_fails_gently() {
        for len in 0..RECORD.len() {
            assert!(read(&RECORD.as_bytes()[..len]).is_err(), "{len}");
        }
    }
}
