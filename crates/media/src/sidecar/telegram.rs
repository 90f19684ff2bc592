//! `result.json`, what Telegram Desktop writes when a chat is exported as JSON.

use firstseen_model::{DateKind, Dated, Gap};
use serde_json::{Map, Value};

use super::fields::{Clock, FIRST_SECOND, Fields, cut};
use super::{
    Companion, Format, MOST_TEXT, Record, SidecarError, Unknown, json_object, not_a_record, note,
};

/// The tool's name in a [`firstseen_model::Basis::Sidecar`].
pub const TOOL: &str = "telegram";

/// Fields of a message that name a file of the export.
const FILES: [&str; 3] = ["photo", "file", "thumbnail"];

/// Fields of a message that are used, or are well known and say nothing of where and when it was seen.
const KNOWN: &[&str] = &[
    "id",
    "type",
    "date",
    "date_unixtime",
    "edited",
    "edited_unixtime",
    "from",
    "from_id",
    "actor",
    "actor_id",
    "action",
    "text",
    "text_entities",
    "photo",
    "file",
    "thumbnail",
    "media_type",
    "mime_type",
    "duration_seconds",
    "width",
    "height",
    "file_name",
    "file_size",
    "photo_file_size",
    "thumbnail_file_size",
    "forwarded_from",
    "forwarded_from_id",
    "saved_from",
    "reply_to_message_id",
    "reply_to_peer_id",
    "via_bot",
    "author",
    "signature",
    "sticker_emoji",
    "performer",
    "title",
    "reactions",
    "media_spoiler",
    "self_destruct_period_seconds",
    "inline_bot_buttons",
    "members",
    "inviter",
    "message_id",
    "poll",
    "location_information",
    "place_name",
    "address",
    "live_location_period_seconds",
    "contact_information",
    "contact_vcard",
    "contact_vcard_file_size",
    "views",
    "forwards",
    "topic_id",
    "score",
    "game_title",
    "game_link",
    "game_description",
    "game_message_id",
    "giveaway_information",
    "giveaway_results",
    "discard_reason",
    "emoticon",
    "new_title",
    "new_icon_emoji_id",
    "paid_stars_amount",
    "boosts",
    "months",
    "amount",
    "currency",
];

/// Reads an export of one chat or of many; a record for each file that a message names.
///
/// A message is dated by its seconds since 1970. The clock time beside them is in the zone of whoever exported, which
/// the export does not tell: it counts for any zone on Earth, and only where the seconds are missing or contradict it. Whom a message
/// was forwarded from is told by name only, never when.
///
/// # Errors
///
/// [`SidecarError`] where the bytes are no such export, or too much.
pub fn read(bytes: &[u8]) -> Result<Companion, SidecarError> {
    let object = json_object(bytes)?;
    if !is_export(&object) {
        return Err(not_a_record(
            "neither messages nor chats, one of which every export of Telegram Desktop has",
        ));
    }
    of_export(&object)
}

/// Whether it is an export: one chat with its messages, or a list of chats.
pub(super) fn is_export(object: &Map<String, Value>) -> bool {
    object.get("messages").is_some_and(Value::is_array) || chats(object).is_some()
}

fn chats(object: &Map<String, Value>) -> Option<&Vec<Value>> {
    object.get("chats")?.get("list")?.as_array()
}

pub(super) fn of_export(object: &Map<String, Value>) -> Result<Companion, SidecarError> {
    let mut export = Export::default();
    if object.contains_key("messages") {
        export.chat(object);
    }
    let left = object.get("left_chats").and_then(Value::as_object).and_then(chats_of);
    for chat in chats(object).into_iter().chain(left).flatten() {
        match chat.as_object() {
            Some(chat) => export.chat(chat),
            None => note(&mut export.notes, || "a chat is no object".to_owned()),
        }
    }
    Ok(export.companion())
}

fn chats_of(left: &Map<String, Value>) -> Option<&Vec<Value>> {
    left.get("list")?.as_array()
}

#[derive(Default)]
struct Export {
    records: Vec<Record>,
    unknown: Unknown,
    notes: Vec<Gap>,
    not_exported: u64,
}

impl Export {
    fn chat(&mut self, chat: &Map<String, Value>) {
        let mut fields = Fields::new(chat, TOOL);
        let chat = Chat {
            id: fields.text("id"),
            name: fields.text("name"),
            address: fields.text("username").filter(|_| {
                chat.get("type")
                    .and_then(Value::as_str)
                    .is_some_and(|kind| kind.starts_with("public"))
            }),
            messages: chat.get("messages").and_then(Value::as_array).map_or(&[], Vec::as_slice),
        };
        self.notes.extend(fields.notes);
        for message in chat.messages {
            match message.as_object() {
                Some(message) => self.message(&chat, message),
                None => note(&mut self.notes, || "a message is no object".to_owned()),
            }
        }
    }

    fn message(&mut self, chat: &Chat<'_>, message: &Map<String, Value>) {
        for name in message.keys().filter(|name| !KNOWN.contains(&name.as_str())) {
            self.unknown.met(name);
        }
        let mut files = Vec::new();
        for name in FILES {
            match message.get(name).and_then(Value::as_str) {
                // What was not exported has a phrase in brackets for a path.
                Some(excuse) if excuse.starts_with('(') => {
                    self.not_exported += u64::from(name != "thumbnail");
                }
                Some(path) if !path.is_empty() => files.push(cut(path, MOST_TEXT).to_owned()),
                _ => {}
            }
        }
        if files.is_empty() {
            return;
        }
        let record = chat.record(message);
        self.records
            .extend(files.into_iter().map(|path| Record { path: Some(path), ..record.clone() }));
    }

    fn companion(mut self) -> Companion {
        if self.not_exported > 0 {
            let why =
                format!("files of its messages that were not exported: {}", self.not_exported);
            self.notes.push(Gap::new("companion", why));
        }
        Companion {
            records: self.records,
            unknown_fields: self.unknown.counted(),
            notes: self.notes,
            ..Companion::of(Format::Telegram)
        }
    }
}

struct Chat<'a> {
    id: Option<String>,
    name: Option<String>,
    /// The name under which everybody finds it.
    address: Option<String>,
    messages: &'a [Value],
}

impl Chat<'_> {
    /// What a message says of each of its files.
    fn record(&self, message: &Map<String, Value>) -> Record {
        let mut fields = Fields::new(message, TOOL);
        let mut record = Record::default();
        let seen = &mut record.seen;
        TOOL.clone_into(&mut seen.source);
        let number = fields.text("id");
        // Every chat counts its messages from 1.
        seen.post = number.as_ref().map(|number| match &self.id {
            Some(chat) => format!("{chat}/{number}"),
            None => number.clone(),
        });
        seen.channel = self.name.clone();
        if let (Some(address), Some(number)) = (&self.address, &number) {
            seen.url = Some(format!("https://t.me/{address}/{number}"));
        }
        let posted = if message.contains_key("date_unixtime") {
            let second = fields.second("date_unixtime", DateKind::Posted);
            let clock = message.get("date").and_then(Value::as_str).and_then(Clock::read);
            let clock = clock.and_then(|clock| clock.anywhere(fields.word(DateKind::Posted)));
            match (second, clock) {
                (Some(second), Some(clock)) => {
                    Some(fields.agreed(["date_unixtime", "date"], second, &clock))
                }
                (second, _) => second,
            }
        } else {
            fields.clock("date", DateKind::Posted, Clock::anywhere)
        };
        let edited = edited(&mut fields, posted.as_ref());
        seen.dates.extend([posted, edited].into_iter().flatten());
        seen.caption = flat(message.get("text"));
        let whole = seen.caption.len();
        if whole > MOST_TEXT {
            seen.caption = cut(&seen.caption, MOST_TEXT).to_owned();
            fields.note("text", &format!("has {whole} bytes and is cut to {MOST_TEXT}"));
        }
        record.notes = fields.notes;
        record
    }
}

/// When the message was changed last. An edit whose time makes no sense may have brought the file at any time after.
fn edited(fields: &mut Fields<'_>, posted: Option<&Dated>) -> Option<Dated> {
    let name =
        ["edited_unixtime", "edited"].into_iter().find(|name| fields.object.contains_key(*name))?;
    // Old exports say of what was never edited that it was in 1970.
    let never = |fields: &mut Fields<'_>| match fields.text(name) {
        Some(text) => {
            text.starts_with("1970-01-01")
                || text.parse().is_ok_and(|at: i64| (0..FIRST_SECOND).contains(&at))
        }
        None => fields.object.get(name).is_some_and(Value::is_null),
    };
    if never(fields) {
        return None;
    }
    let read = match name {
        "edited" => fields.clock(name, DateKind::Edited, Clock::anywhere),
        name => fields.second(name, DateKind::Edited),
    };
    read.or_else(|| {
        posted.map(|posted| Dated {
            text: format!("{}/..", posted.text),
            latest: None,
            kind: DateKind::Edited,
            ..posted.clone()
        })
    })
}

/// The words of a text that is whole or in pieces, some of them links and the like.
fn flat(text: Option<&Value>) -> String {
    match text {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(pieces)) => pieces
            .iter()
            .filter_map(|piece| match piece {
                Value::String(text) => Some(text.as_str()),
                piece => piece.get("text")?.as_str(),
            })
            .collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPORT: &str = r##"{"name": "Example", "type": "private_channel", "id": 1234, "messages": [
        {"id": 1, "type": "service", "date": "2024-10-18T09:00:00", "date_unixtime": "1729234800", "action": "create_channel", "text": ""},
        {"id": 2, "type": "message", "date": "2024-10-18T09:05:00", "date_unixtime": "1729235100", "from": "Example",
         "from_id": "channel1234", "photo": "photos/photo_1@18-10-2024_09-05-00.jpg", "width": 800, "height": 600,
         "text": ["Sergeevka, ", {"type": "hashtag", "text": "#depot"}, "!"], "text_entities": [], "moon_phase": 1},
        {"id": 3, "type": "message", "date": "2024-10-18T09:10:00", "date_unixtime": "1729235400", "edited_unixtime": "1729321800",
         "file": "video_files/clip.mp4", "thumbnail": "video_files/clip.mp4_thumb.jpg", "media_type": "video_file",
         "forwarded_from": "Somebody", "text": "plain"},
        {"id": 4, "type": "message", "date_unixtime": "1729235500", "text": "",
         "file": "(File not included. Change data exporting settings to download.)", "thumbnail": "(File not included.)"}]}"##;

    fn bounds(dated: &Dated) -> String {
        let shown = |at: Option<jiff::Timestamp>| at.map_or("..".to_owned(), |at| at.to_string());
        format!("{} {}", shown(dated.earliest), shown(dated.latest))
    }

    /// The dates of an export's one message with these fields.
    fn dates(fields: &str) -> (Vec<String>, Vec<Gap>) {
        let text = format!(r#"{{"messages": [{{"id": 1, "photo": "a.jpg", {fields}}}]}}"#);
        let record = read(text.as_bytes()).unwrap().records.remove(0);
        let dates = record.seen.dates.iter().map(|d| format!("{} {}", d.kind.word(), bounds(d)));
        (dates.collect(), record.notes)
    }

    #[test]
    fn every_file_of_a_message_becomes_a_sighting() {
        let export = read(EXPORT.as_bytes()).unwrap();
        let paths: Vec<_> =
            export.records.iter().map(|record| record.path.as_deref().unwrap()).collect();
        assert_eq!(
            paths,
            [
                "photos/photo_1@18-10-2024_09-05-00.jpg",
                "video_files/clip.mp4",
                "video_files/clip.mp4_thumb.jpg"
            ]
        );
        let seen = &export.records[0].seen;
        assert_eq!((seen.source.as_str(), seen.post.as_deref()), ("telegram", Some("1234/2")));
        assert_eq!((seen.channel.as_deref(), seen.url.as_deref()), (Some("Example"), None));
        assert_eq!(seen.caption, "Sergeevka, #depot!");
        assert_eq!(seen.dates[0].basis.to_string(), "sidecar:telegram");
        assert_eq!(bounds(&seen.dates[0]), "2024-10-18T07:05:00Z 2024-10-18T07:05:00Z");
        let edited = export.records[1].seen.date(DateKind::Edited).unwrap();
        assert_eq!(bounds(edited), "2024-10-19T07:10:00Z 2024-10-19T07:10:00Z");
        assert_eq!(export.unknown_fields, [("moon_phase".to_owned(), 1)]);
        assert_eq!(export.notes[0].why, "files of its messages that were not exported: 1");
    }

    #[test]
    fn seconds_that_the_clock_contradicts_leave_all_the_time_between() {
        let (told, notes) =
            dates(r#""date": "2019-01-01T00:00:00", "date_unixtime": "1729235100""#);
        assert_eq!(told, ["posted 2018-12-31T10:00:00Z 2024-10-18T07:05:00Z"]);
        assert!(notes[0].why.starts_with("date_unixtime and date contradict"), "{notes:?}");
        let (told, notes) =
            dates(r#""date": "2024-10-18T17:05:00", "date_unixtime": "1729235100""#);
        assert_eq!(told, ["posted 2024-10-18T07:05:00Z 2024-10-18T07:05:00Z"]);
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn a_public_chat_whose_name_is_known_has_an_address() {
        let text = r#"{"type": "public_channel", "username": "example", "id": 9, "messages": [{"id": 5, "photo": "a.jpg"}]}"#;
        let public = read(text.as_bytes()).unwrap();
        assert_eq!(public.records[0].seen.url.as_deref(), Some("https://t.me/example/5"));
        let private = read(text.replace("public_", "private_").as_bytes()).unwrap();
        assert_eq!(private.records[0].seen.url, None);
    }

    #[test]
    fn an_export_of_all_chats_tells_them_apart() {
        let text = r#"{"about": "", "chats": {"about": "", "list": [
            {"name": "A", "id": 1, "messages": [{"id": 7, "photo": "chats/chat_1/photos/a.jpg", "date_unixtime": "1729235100"}]},
            {"name": "B", "id": 2, "messages": [{"id": 7, "photo": "chats/chat_2/photos/a.jpg", "date_unixtime": "1729235100"}]}]}}"#;
        let export = read(text.as_bytes()).unwrap();
        let posts: Vec<_> =
            export.records.iter().map(|record| record.seen.post.as_deref().unwrap()).collect();
        assert_eq!(posts, ["1/7", "2/7"]);
    }

    #[test]
    fn the_clock_of_whoever_exported_never_stands_beside_the_seconds() {
        let local = r#""date": "2024-10-18T09:05:00""#;
        let (with, notes) = dates(&format!(r#"{local}, "date_unixtime": "1729235100""#));
        assert_eq!(
            (with, notes.len()),
            (vec!["posted 2024-10-18T07:05:00Z 2024-10-18T07:05:00Z".to_owned()], 0)
        );
        let (without, _) = dates(local);
        assert_eq!(without, ["posted 2024-10-17T19:05:00Z 2024-10-18T21:05:00Z"]);
        for bad in [r#""0""#, r#""soon""#, r#""99999999999999999999""#, "[]"] {
            let (broken, notes) = dates(&format!(r#"{local}, "date_unixtime": {bad}"#));
            assert_eq!((broken.len(), notes.len()), (0, 1), "{bad}");
        }
        assert_eq!(dates(r#""date": "0000-00-00T00:00:00""#).0.len(), 0);
    }

    #[test]
    fn an_edit_of_an_unknown_time_may_be_any_later_one() {
        let posted = r#""date_unixtime": "1729235100""#;
        let (dates_of, notes) = dates(&format!(r#"{posted}, "edited_unixtime": "soon""#));
        assert_eq!(dates_of[1], "edited 2024-10-18T07:05:00Z ..");
        assert_eq!(notes.len(), 1);
        for never in [
            r#""edited": "1970-01-01T03:00:00""#,
            r#""edited_unixtime": "0""#,
            r#""edited_unixtime": null"#,
        ] {
            let (dates_of, notes) = dates(&format!("{posted}, {never}"));
            assert_eq!((dates_of.len(), notes.len()), (1, 0), "{never}");
        }
    }

    #[test]
    fn what_is_not_as_exports_are_is_a_note() {
        let text = r#"{"messages": [7, {"id": {}, "photo": "a.jpg", "text": 7}, {"photo": []}, {"photo": ""}]}"#;
        let export = read(text.as_bytes()).unwrap();
        assert_eq!((export.records.len(), export.notes.len()), (1, 1));
        assert_eq!((export.records[0].notes.len(), &export.records[0].seen.post), (1, &None));
        for text in
            ["{}", r#"{"messages": 7}"#, r#"{"chats": []}"#, r#"{"id": "1", "extractor": "x"}"#]
        {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn every_prefix_fails_gently() {
        for len in 0..EXPORT.len() {
            assert!(read(&EXPORT.as_bytes()[..len]).is_err(), "{len}");
        }
    }
}
