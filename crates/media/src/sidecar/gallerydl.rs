//! The JSON that gallery-dl leaves beside each file, as `clip.mp4.json`.

use firstseen_model::{Basis, DateKind, Gap, Place, PlaceKind};
use serde_json::{Map, Value};

use super::fields::{Clock, Fields};
use super::{Companion, Format, Record, SidecarError, Unknown, json_object, not_a_record};

/// The tool's name in a [`Basis::Sidecar`].
pub const TOOL: &str = "gallery-dl";

/// Sites whose `date` comes of seconds since 1970 or of a text with its zone, so that it is UTC as the tool means it to
/// be. Of others the clock may be the site's.
const UTC_SITES: &[&str] = &[
    "bluesky",
    "deviantart",
    "facebook",
    "flickr",
    "imgur",
    "instagram",
    "mastodon",
    "newgrounds",
    "pinterest",
    "pixiv",
    "reddit",
    "tiktok",
    "tumblr",
    "twitter",
    "vk",
    "vsco",
    "weibo",
    "wikimedia",
    "wikimediacommons",
];

/// Fields that say where, when and by whom, most telling first.
const POSTED: &[&str] = &["post_date", "date"];
const POSTS: &[&str] =
    &["tweet_id", "post_shortcode", "post_id", "shortcode", "status_id", "message_id", "id"];
const URLS: &[&str] = &["post_url", "page_url", "webpage_url", "permalink", "uri"];
const CHANNELS: &[&str] = &[
    "username",
    "author_name",
    "blog_name",
    "subreddit",
    "channel",
    "uploader",
    "artist",
    "user_name",
    "board",
];
const CAPTIONS: &[&str] =
    &["content", "description", "caption", "text", "desc", "selftext", "body", "message", "com"];
/// What a person or account is called within an object.
const NAMES: &[&str] = &[
    "name",
    "username",
    "handle",
    "screen_name",
    "uniqueId",
    "acct",
    "account",
    "nick",
    "displayName",
];

/// Further fields that are well known and say nothing of where and when.
const TECHNICAL: &[&str] = &[
    "subcategory",
    "extension",
    "filename",
    "num",
    "count",
    "width",
    "height",
    "lang",
    "source",
    "sensitive",
    "type",
    "bitrate",
    "duration",
    "hashtags",
    "mentions",
    "tags",
    "favorite_count",
    "quote_count",
    "reply_count",
    "retweet_count",
    "bookmark_count",
    "view_count",
    "likes",
    "comments",
    "comment_count",
    "like_count",
    "score",
    "ups",
    "downs",
    "retweet_id",
    "quote_id",
    "reply_id",
    "conversation_id",
    "source_id",
    "date_original",
    "reply_to",
    "quote_by",
    "possibly_sensitive",
    "sensitive_flags",
    "media_id",
    "sidecar_media_id",
    "sidecar_shortcode",
    "owner_id",
    "fullname",
    "tagged_users",
    "location_id",
    "location_slug",
    "location_url",
    "display_url",
    "video_url",
    "audio_url",
    "file_url",
    "image_url",
    "thumbnail",
    "thumbnails",
    "hash",
    "md5",
    "sha1",
    "size",
    "filesize",
    "rating",
    "nsfw",
    "over_18",
    "license",
    "views",
    "favorites",
    "post_count",
    "gallery_id",
    "album",
    "page",
    "pages",
    "title_jpn",
    "uploaded",
    "alt",
    "description_alt",
    "liked",
    "pinned",
    "coauthors",
    "expires",
    "highlight_id",
    "created_at",
    "createdAt",
    "created",
    "created_utc",
    "timestamp",
    "date_url",
    "user",
    "author",
    "account",
    "owner",
    "blog",
    "mime",
    "mimetype",
    "format",
    "original_title",
    "category",
    "title",
    "location",
    "url",
    "no",
    "time",
    "thread",
    "resto",
    "tim",
    "now",
    "name",
    "ext",
    "w",
    "h",
    "tn_w",
    "tn_h",
    "fsize",
];

/// Reads a record.
///
/// Its `date` is UTC on sites that are known for it, else it may be of any zone. The text of a retweet is whose it is
/// not known to be, and is left out.
///
/// # Errors
///
/// [`SidecarError`] where the bytes are no JSON object of gallery-dl's, or too much.
pub fn read(bytes: &[u8]) -> Result<Companion, SidecarError> {
    let object = json_object(bytes)?;
    if !is_record(&object) {
        return Err(not_a_record("no category, which every record of gallery-dl has"));
    }
    of_object(&object)
}

/// Whether it is gallery-dl's: the site's name is the one field that it always has.
pub(super) fn is_record(object: &Map<String, Value>) -> bool {
    object.get("category").is_some_and(|site| site.as_str().is_some_and(|site| !site.is_empty()))
}

pub(super) fn of_object(object: &Map<String, Value>) -> Result<Companion, SidecarError> {
    let mut companion = Companion::of(Format::GalleryDl);
    // What `--write-info-json` writes of a whole gallery has no file's number or ending.
    if !["extension", "filename", "num"].iter().any(|name| object.contains_key(*name))
        && !POSTS.iter().any(|name| object.contains_key(*name))
    {
        companion.notes.push(Gap::new("companion", "a gallery's record, not a file's"));
        return Ok(companion);
    }
    let mut fields = Fields::new(object, TOOL);
    let mut record = Record::default();
    let seen = &mut record.seen;
    let site = fields.text("category").unwrap_or_default().to_lowercase();
    let as_dated = if UTC_SITES.contains(&site.as_str()) { Clock::utc } else { Clock::anywhere };
    seen.dates
        .extend(POSTED.iter().find_map(|name| fields.clock(name, DateKind::Posted, as_dated)));
    seen.post = fields.first_text(POSTS);
    if is_board(object) {
        // As the boards' own interface gives it: `now` is the same in the zone of the board.
        seen.dates.extend(fields.second("time", DateKind::Posted));
        seen.post =
            fields.text("board").zip(fields.text("no")).map(|(of, no)| format!("{of}/{no}"));
    }
    seen.url = URLS
        .iter()
        .filter_map(|name| fields.text(name))
        .find(|url| url.contains("://"))
        .or_else(|| address(&mut fields, &site, seen.post.as_deref()));
    seen.channel = channel(&mut fields);
    let is_retweet =
        fields.object.get("retweet_id").is_some_and(|id| !matches!(id, Value::Null) && *id != 0);
    if !is_retweet {
        seen.caption = fields.first_text(CAPTIONS).unwrap_or_default();
    }
    seen.title = fields.text("title").unwrap_or_default();
    if object.get("location").is_some_and(Value::is_string) {
        let place = fields.text("location");
        let basis = || Basis::Sidecar(TOOL.to_owned());
        seen.place = place.map(|text| Place::named(text, PlaceKind::Caption, basis()));
    }
    seen.source = site;
    record.notes = fields.notes;
    companion.records.push(record);
    let mut unknown = Unknown::default();
    let known = [POSTED, POSTS, URLS, CHANNELS, CAPTIONS, TECHNICAL];
    for name in object.keys() {
        if !name.starts_with('_') && !known.iter().any(|known| known.contains(&name.as_str())) {
            unknown.met(name);
        }
    }
    companion.unknown_fields = unknown.counted();
    Ok(companion)
}

/// Whether it is of a site that answers as 4chan does: numbers of posts by board, times in seconds since 1970.
fn is_board(object: &Map<String, Value>) -> bool {
    let is_number = |name: &str| object.get(name).is_some_and(Value::is_u64);
    object.contains_key("board")
        && is_number("no")
        && is_number("time")
        && !POSTED.iter().any(|name| object.contains_key(*name))
}

/// The post's address, where `url` is one of the site and not of the file, or where the site's form is known.
fn address(fields: &mut Fields<'_>, site: &str, post: Option<&str>) -> Option<String> {
    match (site, post) {
        ("twitter", Some(post)) => Some(format!("https://x.com/i/status/{post}")),
        ("reddit", _) => {
            let path = fields.text("permalink").filter(|path| path.starts_with('/'))?;
            Some(format!("https://www.reddit.com{path}"))
        }
        ("mastodon" | "bluesky" | "wikimedia" | "wikimediacommons", _) => fields.text("url"),
        _ => None,
    }
}

/// Who posted: a text, or the name within an object.
fn channel(fields: &mut Fields<'_>) -> Option<String> {
    let object = fields.object;
    let people = ["author", "user", "account", "owner", "blog"]
        .into_iter()
        .filter_map(|name| object.get(name));
    let named = |person: &Value| match person {
        Value::String(name) if !name.trim().is_empty() => Some(name.clone()),
        Value::Object(person) => Fields::new(person, TOOL).first_text(NAMES),
        _ => None,
    };
    people.filter_map(named).next().or_else(|| fields.first_text(CHANNELS))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"category": "twitter", "subcategory": "tweet", "tweet_id": 1846000000000000001, "retweet_id": 0,
        "date": "2024-10-18 07:05:00", "author": {"id": 1, "name": "example", "nick": "Example"}, "content": "Sergeevka",
        "lang": "en", "num": 1, "extension": "jpg", "filename": "Gm1", "moon_phase": "full"}"#;

    fn record(text: &str) -> Record {
        read(text.as_bytes()).unwrap().records.remove(0)
    }

    fn posted(text: &str) -> Option<String> {
        let record = record(text);
        let posted = record.seen.date(DateKind::Posted)?;
        Some(format!("{}..{}", posted.earliest.unwrap(), posted.latest.unwrap()))
    }

    #[test]
    fn a_record_becomes_a_sighting() {
        let companion = read(RECORD.as_bytes()).unwrap();
        let seen = &companion.records[0].seen;
        assert_eq!(
            (seen.source.as_str(), seen.post.as_deref()),
            ("twitter", Some("1846000000000000001"))
        );
        assert_eq!(seen.url.as_deref(), Some("https://x.com/i/status/1846000000000000001"));
        assert_eq!(
            (seen.channel.as_deref(), seen.caption.as_str()),
            (Some("example"), "Sergeevka")
        );
        assert_eq!(seen.dates[0].basis.to_string(), "sidecar:gallery-dl");
        assert_eq!(companion.unknown_fields, [("moon_phase".to_owned(), 1)]);
        assert_eq!(posted(RECORD).unwrap(), "2024-10-18T07:05:00Z..2024-10-18T07:05:00Z");
    }

    #[test]
    fn posts_of_boards_are_dated_by_their_seconds_and_numbered_by_board() {
        let text = r#"{"category": "4chan", "board": "k", "thread": "100", "no": 123, "resto": 100, "time": 1729235100,
            "tim": 1729235100123, "now": "10/18/24(Fri)03:05:00", "com": "Sergeevka", "num": 1, "extension": "jpg", "filename": "a"}"#;
        let seen = record(text).seen;
        assert_eq!((seen.post.as_deref(), seen.channel.as_deref()), (Some("k/123"), Some("k")));
        assert_eq!(seen.caption, "Sergeevka");
        assert_eq!(posted(text).unwrap(), "2024-10-18T07:05:00Z..2024-10-18T07:05:00Z");
        assert!(read(text.as_bytes()).unwrap().unknown_fields.is_empty());
    }

    #[test]
    fn a_path_is_no_address() {
        let text = r#"{"category": "reddit", "id": "g6x", "num": 0, "permalink": "/r/x/comments/g6x/depot/"}"#;
        let url = record(text).seen.url;
        assert_eq!(url.as_deref(), Some("https://www.reddit.com/r/x/comments/g6x/depot/"));
        assert_eq!(record(&text.replace("reddit", "other")).seen.url, None);
    }

    #[test]
    fn sites_differ_in_what_they_call_things() {
        let reddit = record(
            r#"{"category": "reddit", "id": "g6x", "author": "someone", "title": "Depot", "selftext": "", "num": 0,
            "date": "2024-10-18 07:05:00", "subreddit": "x"}"#,
        );
        assert_eq!(
            (reddit.seen.channel.as_deref(), reddit.seen.title.as_str()),
            (Some("someone"), "Depot")
        );
        let instagram = record(
            r#"{"category": "instagram", "post_id": "9", "post_shortcode": "DbK", "username": "u",
            "post_url": "https://www.instagram.com/p/DbK/", "date": "2024-10-17 07:05:00", "post_date": "2024-10-18 07:05:00",
            "description": "words", "num": 1}"#,
        );
        assert_eq!(instagram.seen.dates[0].text, "2024-10-18T07:05:00Z");
        assert_eq!(instagram.seen.url.as_deref(), Some("https://www.instagram.com/p/DbK/"));
        assert_eq!(instagram.seen.channel.as_deref(), Some("u"));
    }

    #[test]
    fn the_clock_of_a_site_that_is_not_known_may_be_of_any_zone() {
        let text = r#"{"category": "smallforum", "id": 1, "date": "2024-10-18 07:05:00"}"#;
        assert_eq!(posted(text).unwrap(), "2024-10-17T17:05:00Z..2024-10-18T19:05:00Z");
    }

    #[test]
    fn the_text_of_a_retweet_is_left_out() {
        let text = RECORD.replace(r#""retweet_id": 0"#, r#""retweet_id": 7"#);
        assert_eq!(record(&text).seen.caption, "");
    }

    #[test]
    fn a_gallerys_record_is_of_no_file() {
        let gallery =
            read(br#"{"category": "reddit", "subcategory": "user", "title": "all of it"}"#)
                .unwrap();
        assert!(gallery.records.is_empty() && gallery.notes.len() == 1);
    }

    #[test]
    fn dates_that_say_nothing_are_notes() {
        for date in ["0000-00-00 00:00:00", "1970-01-01 00:00:00", "soon", "18.10.2024 07:05:00"] {
            let record = record(&RECORD.replace("2024-10-18 07:05:00", date));
            assert!(
                record.seen.dates.is_empty() && record.notes.len() == 1,
                "{date}: {:?}",
                record.notes
            );
        }
    }

    #[test]
    fn other_objects_are_no_records() {
        for text in [
            "{}",
            "[]",
            r#"{"category": 7}"#,
            r#"{"category": ""}"#,
            r#"{"title": "photo", "photoTakenTime": {}}"#,
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn every_prefix_fails_gently() {
        for len in 0..RECORD.len() {
            assert!(read(&RECORD.as_bytes()[..len]).is_err(), "{len}");
        }
    }
}
