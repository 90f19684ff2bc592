//! What a file's name and a post's address say: dates, ids of posts, programs that generate pictures.
//!
//! Anyone can rename a file: all that a name says is a hint. An id in the address of a post is as good as the record
//! of that address.

use firstseen_model::{Basis, DateKind, Dated};
use jiff::Timestamp;

use super::ids::{self, INSTAGRAM, Scheme, TIKTOK, X};
use super::{Fact, FactKind, Trust};

/// Bytes of a name that are looked at; file systems allow 255.
const MOST_BYTES: usize = 1024;

/// What a file's name says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    /// `name_date`, `post_id` and `generator_name`.
    pub facts: Vec<Fact>,
    /// The dates among them.
    pub dates: Vec<Dated>,
}

/// How a program writes dates into names.
///
/// `%Y %m %d %H %M %S` are the digits of a date, `%s` and `%L` seconds and milliseconds from 1970, `%N` a run of
/// digits, `#` one digit; all else is itself, in capitals or not. `^` is the start of the name.
struct Pattern {
    /// What wrote it.
    writer: &'static str,
    shapes: &'static [&'static str],
    /// What happened then.
    kind: DateKind,
    zone: Zone,
    /// The first year in which it can have been written.
    since: i16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Zone {
    Utc,
    Local,
}

/// The narrower before the wider. What messengers save is dated when it came or was saved; what nobody in particular
/// writes is dated when somebody named it so.
const PATTERNS: [Pattern; 11] = [
    Pattern {
        writer: "whatsapp",
        shapes: &[
            "IMG-%Y%m%d-WA####",
            "VID-%Y%m%d-WA####",
            "AUD-%Y%m%d-WA####",
            "PTT-%Y%m%d-WA####",
            "STK-%Y%m%d-WA####",
            // The time may be one of twelve hours, so the day has to do.
            "WhatsApp Image %Y-%m-%d at",
            "WhatsApp Video %Y-%m-%d at",
        ],
        kind: DateKind::Collected,
        zone: Zone::Local,
        since: 2009,
    },
    Pattern {
        writer: "telegram",
        shapes: &[
            "photo_%N@%d-%m-%Y_%H-%M-%S",
            "video_%N@%d-%m-%Y_%H-%M-%S",
            "photo_%Y-%m-%d_%H-%M-%S",
            "video_%Y-%m-%d_%H-%M-%S",
            // Some phones' cameras write these too.
            "IMG_%Y%m%d_%H%M%S_###",
            "VID_%Y%m%d_%H%M%S_###",
        ],
        kind: DateKind::Collected,
        zone: Zone::Local,
        since: 2013,
    },
    Pattern {
        writer: "signal",
        shapes: &["signal-%Y-%m-%d-%H-%M-%S", "signal-%Y-%m-%d-%H%M%S"],
        kind: DateKind::Collected,
        zone: Zone::Local,
        since: 2014,
    },
    Pattern {
        writer: "pixel",
        shapes: &["PXL_%Y%m%d_%H%M%S###", "PXL_%Y%m%d_%H%M%S"],
        kind: DateKind::Captured,
        zone: Zone::Utc,
        since: 2016,
    },
    Pattern {
        writer: "screenshot",
        shapes: &[
            "Screenshot_%Y%m%d-%H%M%S",
            "Screenshot_%Y%m%d_%H%M%S",
            "Screenshot_%Y-%m-%d-%H-%M-%S",
            "Screenshot from %Y-%m-%d %H-%M-%S",
            "Screenshot %Y-%m-%d at",
            "Screen Shot %Y-%m-%d at",
            "Screenrecording_%Y%m%d_%H%M%S",
            "Screen_Recording_%Y%m%d_%H%M%S",
            "Screenrecorder-%Y-%m-%d-%H-%M-%S",
        ],
        // When the screen was copied; what it shows may be older by any time.
        kind: DateKind::Encoded,
        zone: Zone::Local,
        since: 2007,
    },
    Pattern {
        writer: "replaykit",
        shapes: &["RPReplay_Final%s"],
        kind: DateKind::Encoded,
        zone: Zone::Utc,
        since: 2015,
    },
    Pattern {
        writer: "dall-e",
        shapes: &["DALL\u{b7}E %Y-%m-%d %H.%M.%S"],
        kind: DateKind::Encoded,
        zone: Zone::Local,
        since: 2021,
    },
    Pattern {
        writer: "android",
        shapes: &[
            "IMG_%Y%m%d_%H%M%S",
            "VID_%Y%m%d_%H%M%S",
            "MVIMG_%Y%m%d_%H%M%S",
            "PANO_%Y%m%d_%H%M%S",
        ],
        kind: DateKind::Captured,
        zone: Zone::Local,
        since: 2008,
    },
    Pattern {
        writer: "samsung",
        shapes: &["^%Y%m%d_%H%M%S"],
        kind: DateKind::Captured,
        zone: Zone::Local,
        since: 2009,
    },
    Pattern {
        writer: "date",
        shapes: &[
            "%Y-%m-%d_%H-%M-%S",
            "%Y-%m-%d %H-%M-%S",
            "%Y-%m-%d-%H-%M-%S",
            "%Y%m%d_%H%M%S",
            "%Y%m%d-%H%M%S",
            "%Y-%m-%d",
            "%Y_%m_%d",
            "%Y.%m.%d",
            "%d.%m.%Y",
            "%Y%m%d",
        ],
        kind: DateKind::Collected,
        zone: Zone::Local,
        since: 1990,
    },
    Pattern {
        writer: "unix",
        shapes: &["%L", "%s"],
        kind: DateKind::Collected,
        zone: Zone::Utc,
        since: 2005,
    },
];

/// How programs that generate pictures name them.
const GENERATORS: [(&str, &str); 5] = [
    ("comfyui", "ComfyUI_#####_"),
    ("dall-e", "DALL\u{b7}E "),
    ("dall-e", "DALL-E "),
    ("gemini", "Gemini_Generated_Image_"),
    ("chatgpt", "ChatGPT Image "),
];

/// What a file's name, without its folder, says. Dates after `now` or from before there was such a program are none.
#[must_use]
pub fn of_name(name: &[u8], now: Timestamp) -> Named {
    let text = String::from_utf8_lossy(&name[..name.len().min(MOST_BYTES)]).into_owned();
    let stem = match text.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 5 => stem,
        _ => text.as_str(),
    };
    let mut named = Named::default();
    let mut taken = Vec::new();
    ids_in(stem, now, &mut named, &mut taken);
    dates_in(stem, now, &mut named, &mut taken);
    if let Some(generator) = generator(stem) {
        named.tell("generator_name", generator.to_owned(), stem, generator, FactKind::Program);
    }
    named
}

/// When the post of this address was posted, by the id in it; of the address of a file on a platform's server, when it
/// had been uploaded there.
#[must_use]
pub fn of_address(url: &str, now: Timestamp) -> Option<Dated> {
    let (scheme, id, kind) = ids::in_address(url)?;
    scheme.dated(id, kind, Basis::PostId, now)
}

/// When the post of this id was posted on `source`, if the platform's ids tell.
#[must_use]
pub fn of_post(source: &str, post: &str, now: Timestamp) -> Option<Dated> {
    let (scheme, id) = ids::of_post(source, post)?;
    scheme.dated(id, DateKind::Posted, Basis::PostId, now)
}

impl Named {
    fn tell(&mut self, name: &str, value: String, raw: &str, writer: &str, kind: FactKind) {
        self.facts.push(Fact {
            name: name.to_owned(),
            value,
            raw: raw.to_owned(),
            read_from: format!("name:{writer}"),
            kind,
            trust: Trust::Hint,
        });
    }
}

/// Part of a name, from where to where.
type Part = std::ops::Range<usize>;

fn dates_in(stem: &str, now: Timestamp, named: &mut Named, taken: &mut Vec<Part>) {
    for pattern in &PATTERNS {
        for shape in pattern.shapes {
            let Some((part, read)) = find(shape, stem, taken) else { continue };
            let Some(dated) = pattern.dated(&read, now) else { continue };
            let (text, raw) = (dated.text.clone(), &stem[part.clone()]);
            named.tell("name_date", text, raw, pattern.writer, FactKind::Date);
            named.dates.push(dated);
            taken.push(part);
        }
    }
}

impl Pattern {
    fn dated(&self, read: &Read, now: Timestamp) -> Option<Dated> {
        let dated = match (read.unix, self.zone) {
            (Some(seconds), _) => Dated::from_unix(seconds, self.kind, Basis::FileName)?,
            (None, zone) => {
                let day = format!("{}-{}-{}", read.of('Y'), read.of('m'), read.of('d'));
                let time = match read.of('H') {
                    "" => String::new(),
                    hour => format!("T{hour}:{}:{}", read.of('M'), read.of('S')),
                };
                let zone = if zone == Zone::Utc && !time.is_empty() { "Z" } else { "" };
                let text = format!("{day}{time}{zone}");
                Dated::parse(&text, self.kind, Basis::FileName).ok()?
            }
        };
        let year: i16 = dated.text.get(..4)?.parse().ok()?;
        (year >= self.since && dated.earliest? <= now).then_some(dated)
    }
}

/// What a shape read.
#[derive(Default)]
struct Read {
    digits: Vec<(char, String)>,
    unix: Option<i64>,
}

impl Read {
    fn of(&self, code: char) -> &str {
        let found = self.digits.iter().find(|(known, _)| *known == code);
        found.map_or("", |(_, digits)| digits)
    }
}

/// Where a shape fits first: not within a word or a number, nor where another was read.
fn find(shape: &str, stem: &str, taken: &[Part]) -> Option<(Part, Read)> {
    let (anchored, shape) = match shape.strip_prefix('^') {
        Some(shape) => (true, shape),
        None => (false, shape),
    };
    let bytes = stem.as_bytes();
    let starts = stem.char_indices().map(|(at, _)| at).take(if anchored { 1 } else { usize::MAX });
    for start in starts {
        let within_word = start > 0 && bytes[start - 1].is_ascii_alphanumeric();
        let Some((len, read)) = (!within_word).then(|| fit(shape, &stem[start..])).flatten() else {
            continue;
        };
        let part = start..start + len;
        let goes_on = bytes.get(part.end).is_some_and(u8::is_ascii_digit)
            && bytes[part.end - 1].is_ascii_digit();
        let free = taken.iter().all(|other| part.end <= other.start || other.end <= part.start);
        if !goes_on && free {
            return Some((part, read));
        }
    }
    None
}

/// How many bytes of the beginning of `text` a shape takes, and what it read.
fn fit(shape: &str, text: &str) -> Option<(usize, Read)> {
    let mut read = Read::default();
    let mut rest = text;
    let mut shape = shape.chars();
    while let Some(wanted) = shape.next() {
        let code = if wanted == '%' { shape.next()? } else { wanted };
        let run = rest.bytes().take_while(u8::is_ascii_digit).count();
        let len = match (wanted, code) {
            ('%', 'Y') => 4,
            ('%', 'm' | 'd' | 'H' | 'M' | 'S') => 2,
            ('%', 's') => 10,
            ('%', 'L') => 13,
            ('%', _) => run.max(1),
            ('#', _) => 1,
            (wanted, _) => {
                let mut letters = rest.chars();
                if !letters.next()?.eq_ignore_ascii_case(&wanted) {
                    return None;
                }
                rest = letters.as_str();
                continue;
            }
        };
        if run < len {
            return None;
        }
        let (digits, after) = rest.split_at(len);
        rest = after;
        match code {
            's' => read.unix = digits.parse().ok(),
            'L' => read.unix = digits.parse::<i64>().ok().map(|ms| ms / 1000),
            code => read.digits.push((code, digits.to_owned())),
        }
    }
    Some((text.len() - rest.len(), read))
}

/// Ids of posts. What is no date of a platform is no id of it.
fn ids_in(stem: &str, now: Timestamp, named: &mut Named, taken: &mut Vec<Part>) {
    if let Some(photo) = facebook(stem) {
        // Its numbers hold no time, but look as if they did.
        named.tell("post_id", photo.to_owned(), stem, "facebook", FactKind::Other);
        taken.push(0..stem.len());
        return;
    }
    if let Some(id) = ids::of_x_media(stem)
        && let Some(at) = X.made_at(id, now)
    {
        tell_id(named, &X, id, stem, ids::guessed(at, DateKind::Collected, Basis::FileName));
        taken.push(0..stem.len());
        return;
    }
    let lower = stem.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let context: Option<&Scheme> = if says(&["tiktok", "douyin", "snaptik", "_video_"]) {
        Some(&TIKTOK)
    } else if says(&["twitter", "tweet", "x.com", "twimg"]) {
        Some(&X)
    } else if says(&["instagram", "insta_"]) {
        Some(&INSTAGRAM)
    } else {
        None
    };
    for part in runs(stem) {
        let text = &stem[part.clone()];
        let Some(id) = ids::digits(text, 15) else { continue };
        let dated = match context {
            Some(scheme) => scheme
                .dated(id, DateKind::Collected, Basis::FileName, now)
                .map(|dated| (scheme, dated)),
            // A long number that fits a platform's time may be anything.
            None if text.len() >= 17 => [&X, &TIKTOK].into_iter().find_map(|scheme| {
                let at = scheme.made_at(id, now)?;
                Some((scheme, ids::guessed(at, DateKind::Collected, Basis::FileName)?))
            }),
            None => None,
        };
        if let Some((scheme, dated)) = dated {
            tell_id(named, scheme, id, text, Some(dated));
            taken.push(part);
        }
    }
}

fn tell_id(named: &mut Named, scheme: &Scheme, id: u64, raw: &str, dated: Option<Dated>) {
    named.tell("post_id", id.to_string(), raw, scheme.platform, FactKind::Other);
    if let Some(dated) = dated {
        named.tell("name_date", dated.text.clone(), raw, scheme.platform, FactKind::Date);
        named.dates.push(dated);
    }
}

/// Runs of digits that are no part of a word.
fn runs(stem: &str) -> Vec<Part> {
    let bytes = stem.as_bytes();
    let mut runs = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let len = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let alone = (at == 0 || !bytes[at - 1].is_ascii_alphabetic())
            && bytes.get(at + len).is_none_or(|byte| !byte.is_ascii_alphabetic());
        if len > 0 && alone {
            runs.push(at..at + len);
        }
        at += len.max(1);
    }
    runs
}

/// The number of a picture in Facebook's and Instagram's names, `1_2_3_n`, by which it can be looked up.
fn facebook(stem: &str) -> Option<&str> {
    let parts: Vec<&str> = stem.split('_').collect();
    let [first, photo, third, last] = parts.as_slice() else { return None };
    let numbers = [first, photo, third]
        .iter()
        .all(|part| part.len() >= 5 && part.bytes().all(|byte| byte.is_ascii_digit()));
    (numbers && matches!(*last, "n" | "o" | "b" | "q" | "s" | "t" | "a")).then_some(photo)
}

/// The program that such names come from.
fn generator(stem: &str) -> Option<&'static str> {
    let known = GENERATORS.iter().find(|(_, shape)| find(shape, stem, &[]).is_some());
    if let Some((generator, _)) = known {
        return Some(generator);
    }
    // `user_words_of_the_prompt_UUID`, and a number where it is one of four.
    let (head, tail) = stem.rsplit_once('_')?;
    let (words, uuid) = if tail.len() == 1 { head.rsplit_once('_')? } else { (head, tail) };
    (is_uuid(uuid) && words.split('_').count() >= 3).then_some("midjourney")
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
