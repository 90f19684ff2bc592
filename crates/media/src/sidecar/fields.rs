//! Fields of a JSON record: texts, numbers and dates that are checked before they are believed.

use std::str::FromStr;

use firstseen_model::{Basis, DateKind, Dated, Gap};
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::MOST_TEXT;
use crate::when::{self, Word};

/// 1990-01-01 in UTC. No platform was there yet: an earlier time is a field that nobody set.
pub(super) const FIRST_SECOND: i64 = 631_152_000;
/// How far two fields that say the same may lie apart: a day's name depends on the zone.
const SLACK: SignedDuration = SignedDuration::from_hours(24);
const TOO_EARLY: &str = "is before 1990, so it was never set";

/// The fields of one record.
pub(super) struct Fields<'a> {
    /// As they stand there.
    pub(super) object: &'a Map<String, Value>,
    /// The tool that wrote them.
    pub(super) tool: &'static str,
    /// What could not be used of them.
    pub(super) notes: Vec<Gap>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(object: &'a Map<String, Value>, tool: &'static str) -> Self {
        Self { object, tool, notes: Vec::new() }
    }

    /// A field's text; numbers are taken as they are written, blanks and `null` as nothing.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.object.get(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(self.kept(name, text)),
            Value::Number(number) => Some(number.to_string()),
            Value::Null => None,
            _ => self.unusable(name, "is neither text nor number"),
        }
    }

    /// The first of these fields that has a text.
    pub(super) fn first_text(&mut self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }

    /// A text, cut where it is longer than any caption.
    fn kept(&mut self, name: &str, text: &str) -> String {
        let kept = cut(text, MOST_TEXT);
        if kept.len() < text.len() {
            self.note(name, &format!("has {} bytes and is cut to {MOST_TEXT}", text.len()));
        }
        kept.to_owned()
    }

    /// A date in seconds since 1970, as number or text.
    pub(super) fn second(&mut self, name: &str, kind: DateKind) -> Option<Dated> {
        let seconds = match self.object.get(name)? {
            Value::Null => return None,
            Value::Number(number) => {
                number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds.floor() as i64))
            }
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()) {
            Some(at) if at.as_second() >= FIRST_SECOND => Some(when::exact(at, self.word(kind))),
            Some(_) => self.unusable(name, TOO_EARLY),
            None => self.unusable(name, "is no time in seconds since 1970"),
        }
    }

    /// A day of UTC as `YYYYMMDD`.
    pub(super) fn day(&mut self, name: &str, kind: DateKind) -> Option<Dated> {
        let text = self.text(name)?;
        let eight = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        let day = eight
            .then(|| Date::from_str(&format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..])).ok())
            .flatten();
        self.late_enough(
            name,
            day.and_then(|day| when::utc_day(day, self.word(kind))),
            "is no day as YYYYMMDD",
        )
    }

    /// A date and time as `2024-10-18 07:05:00`, with a zone or without; `as_dated` says what it is worth without.
    pub(super) fn clock(
        &mut self,
        name: &str,
        kind: DateKind,
        as_dated: fn(Clock, Word) -> Option<Dated>,
    ) -> Option<Dated> {
        let text = self.text(name)?;
        let dated = Clock::read(&text).and_then(|clock| as_dated(clock, self.word(kind)));
        self.late_enough(name, dated, "is no date and time as 2024-10-18 07:05:00")
    }

    /// What two fields say of the same moment: the first, or any time between where they contradict each other.
    pub(super) fn agreed(&mut self, names: [&str; 2], date: Dated, other: &Dated) -> Dated {
        let (earliest, latest) = (date.earliest.min(other.earliest), date.latest.max(other.latest));
        let is_before = |date: &Dated, other: &Dated| match (date.latest, other.earliest) {
            (Some(date), Some(other)) => other.duration_since(date) > SLACK,
            _ => false,
        };
        let [first, second] = match () {
            () if is_before(&date, other) => [&date, other],
            () if is_before(other, &date) => [other, &date],
            () => return date,
        };
        let text = format!("{}/{}", first.text, second.text);
        self.note(
            names[0],
            &format!("and {} contradict each other; it may be any time of {text}", names[1]),
        );
        Dated { text, earliest, latest, ..date }
    }

    fn late_enough(&mut self, name: &str, dated: Option<Dated>, why: &str) -> Option<Dated> {
        match dated {
            Some(dated) if dated.latest.is_none_or(|at| at.as_second() >= FIRST_SECOND) => {
                Some(dated)
            }
            Some(_) => self.unusable(name, TOO_EARLY),
            None => self.unusable(name, why),
        }
    }

    pub(super) fn unusable<T>(&mut self, name: &str, why: &str) -> Option<T> {
        self.note(name, why);
        None
    }

    pub(super) fn note(&mut self, name: &str, why: &str) {
        super::note(&mut self.notes, || format!("{name} {why}"));
    }

    pub(super) fn word(&self, kind: DateKind) -> Word {
        Word { kind, basis: Basis::Sidecar(self.tool.to_owned()) }
    }
}

/// A date and time as a tool prints it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clock {
    /// What a clock on the wall showed.
    local: DateTime,
    /// Where it hung, if the text says so.
    offset: Option<Offset>,
}

impl Clock {
    /// `2024-10-18 07:05:00`, with `T` for the blank, a fraction and an offset or without.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (head, rest) = text.split_at_checked(19)?;
        let local = when::exif_local(head)?;
        let rest = match rest.strip_prefix('.') {
            Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => rest,
        };
        let offset = match rest.trim() {
            "" => None,
            "UTC" => Some(Offset::UTC),
            offset => Some(when::offset(offset)?),
        };
        Some(Self { local, offset })
    }

    /// One second: a tool that names no zone writes UTC.
    pub(super) fn utc(self, word: Word) -> Option<Dated> {
        when::at_offset(self.local, self.offset.unwrap_or(Offset::UTC), word)
    }

    /// One second where a zone is named, else any on Earth.
    pub(super) fn anywhere(self, word: Word) -> Option<Dated> {
        match self.offset {
            Some(offset) => when::at_offset(self.local, offset, word),
            None => when::anywhere(self.local, word),
        }
    }

    /// A second that is said to be UTC by a tool that says so of every time.
    pub(super) fn doubtful_utc(self, word: Word) -> Option<Dated> {
        let offset = self.offset.unwrap_or(Offset::UTC);
        let at = TimeZone::fixed(offset).to_timestamp(self.local).ok()?;
        Some(when::doubtful_utc(at, word))
    }
}

/// The start of a text, of at most so many bytes.
pub(super) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The host of an address, without `www.`.
pub(super) fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?.to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    (!host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(text: &str, as_dated: fn(Clock, Word) -> Option<Dated>) -> Option<String> {
        let word = Word { kind: DateKind::Posted, basis: Basis::Person };
        let dated = as_dated(Clock::read(text)?, word)?;
        Some(format!("{}..{}", dated.earliest.unwrap(), dated.latest.unwrap()))
    }

    #[test]
    fn a_clock_without_zone_is_worth_what_its_tool_is_known_for() {
        let text = "2024-10-18 07:05:00";
        let second = "2024-10-18T07:05:00Z..2024-10-18T07:05:00Z";
        assert_eq!(bounds(text, Clock::utc).as_deref(), Some(second));
        let wide = "2024-10-17T17:05:00Z..2024-10-18T19:05:00Z";
        assert_eq!(bounds(text, Clock::anywhere).as_deref(), Some(wide));
        let doubtful = "2024-10-17T17:05:00Z..2024-10-18T21:05:00Z";
        assert_eq!(bounds(text, Clock::doubtful_utc).as_deref(), Some(doubtful));
        for text in
            ["2024-10-18T09:05:00.123456+02:00", "2024-10-18 07:05:00Z", "2024-10-18 07:05:00 UTC"]
        {
            assert_eq!(bounds(text, Clock::anywhere).as_deref(), Some(second), "{text}");
        }
    }

    #[test]
    fn two_fields_that_contradict_each_other_leave_all_the_time_between() {
        let object = Map::new();
        let mut fields = Fields::new(&object, "tool");
        let day = |text: &str| Dated::parse_utc(text, DateKind::Posted, Basis::Person).unwrap();
        let near = fields.agreed(["a", "b"], day("2024-10-18"), &day("2024-10-19"));
        assert_eq!((near.text.as_str(), fields.notes.len()), ("2024-10-18", 0));
        for (a, b) in [("2022-03-11", "2019-01-01"), ("2019-01-01", "2022-03-11")] {
            let date = fields.agreed(["a", "b"], day(a), &day(b));
            assert_eq!(date.text, "2019-01-01/2022-03-11");
            let bounds = (date.earliest.unwrap().to_string(), date.latest.unwrap().to_string());
            assert_eq!(bounds, ("2019-01-01T00:00:00Z".into(), "2022-03-11T23:59:59Z".into()));
        }
        assert_eq!(
            fields.notes[0].why,
            "a and b contradict each other; it may be any time of 2019-01-01/2022-03-11"
        );
    }

    #[test]
    fn what_is_no_clock_is_none() {
        for text in [
            "",
            "soon",
            "0000-00-00 00:00:00",
            "2024-10-18",
            "2024-10-18 07:05:00 ago",
            "2024-10-18 07:05:0\u{e9}",
        ] {
            assert_eq!(Clock::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_host_is_told_from_its_address() {
        assert_eq!(host("https://www.Example.org/a?b").as_deref(), Some("example.org"));
        assert_eq!(host(&["https://user", "@t.me:8/x"].concat()).as_deref(), Some("t.me"));
        assert_eq!((host("example.org/x"), host("https:///x")), (None, None));
    }
}
