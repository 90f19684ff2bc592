//! Dates out of files and records, as intervals.

use firstseen_model::{Basis, DateKind, Dated, Doubt};
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// Local time is at most 14 h ahead of UTC and at most 12 h behind it, anywhere on Earth.
const EAST: SignedDuration = SignedDuration::from_hours(14);
const WEST: SignedDuration = SignedDuration::from_hours(12);

/// What a date is of and whose word it is.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) kind: DateKind,
    pub(crate) basis: Basis,
}

/// A second that is known in UTC.
pub(crate) fn exact(at: Timestamp, word: Word) -> Dated {
    // Bounds are to the second, both included.
    let second = Timestamp::from_second(at.as_second()).unwrap_or(at);
    dated(second.to_string(), Some(second), Some(second), word)
}

/// A second of local time at a known offset.
pub(crate) fn at_offset(local: DateTime, offset: Offset, word: Word) -> Option<Dated> {
    let at = offset.to_timestamp(whole(local)).ok()?;
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    let minutes = offset.seconds().unsigned_abs() / 60;
    let zone = if offset == Offset::UTC {
        "Z".to_owned()
    } else {
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    };
    Some(dated(format!("{}{zone}", whole(local)), Some(at), Some(at), word))
}

/// A second of local time anywhere on Earth.
pub(crate) fn anywhere(local: DateTime, word: Word) -> Option<Dated> {
    let as_utc = TimeZone::UTC.to_timestamp(whole(local)).ok()?;
    let (earliest, latest) = (as_utc.checked_sub(EAST).ok(), as_utc.checked_add(WEST).ok());
    Some(dated(whole(local).to_string(), earliest, latest, word))
}

/// A second that is said to be UTC, by clocks that are often set to local time.
pub(crate) fn doubtful_utc(at: Timestamp, word: Word) -> Dated {
    let (earliest, latest) = (at.checked_sub(EAST).ok(), at.checked_add(EAST).ok());
    Dated { earliest, latest, ..exact(at, word) }
}

/// A day that is known to be one of UTC.
pub(crate) fn utc_day(day: Date, word: Word) -> Option<Dated> {
    let start = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
    let end = TimeZone::UTC.to_timestamp(day.at(23, 59, 59, 0)).ok()?;
    Some(dated(day.to_string(), Some(start), Some(end), word))
}

/// A date and time as EXIF writes it, `2024:10:18 07:05:00`; `None` for blanks, zeros and months that are none.
pub(crate) fn exif_local(text: &str) -> Option<DateTime> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let bytes = text.as_bytes();
    let number = |from: usize, len: usize| -> Option<i16> {
        let digits = bytes.get(from..from + len)?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |sum, d| sum * 10 + i16::from(d - b'0')))
    };
    let separated = |at: usize, by: &[u8]| bytes.get(at).is_some_and(|byte| by.contains(byte));
    if !(separated(4, b":-/.")
        && separated(7, b":-/.")
        && separated(10, b" T")
        && separated(13, b":")
        && separated(16, b":"))
    {
        return None;
    }
    civil(
        number(0, 4)?,
        [number(5, 2)?, number(8, 2)?, number(11, 2)?, number(14, 2)?, number(17, 2)?],
    )
}

/// What a camera's clock showed that counts its own seconds from 1970.
pub(crate) fn clock(seconds: i64) -> Option<DateTime> {
    let at = Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)?;
    Some(Offset::UTC.to_datetime(at))
}

/// The date and time of these numbers: month, day, hour, minute, second. A leap second is the second before it.
pub(crate) fn civil(year: i16, rest: [i16; 5]) -> Option<DateTime> {
    let [month, day, hour, minute, second] = rest.map(|number| i8::try_from(number).unwrap_or(-1));
    if year < 1 {
        return None;
    }
    DateTime::new(year, month, day, hour, minute, if second == 60 { 59 } else { second }, 0).ok()
}

/// An offset as EXIF and QuickTime write it: `+02:00`, `+0200`, `Z`.
pub(crate) fn offset(text: &str) -> Option<Offset> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    let seconds = (hours * 60 + minutes) * 60;
    (hours <= 14 && minutes < 60).then(|| Offset::from_seconds(sign * seconds).ok()).flatten()
}

fn whole(local: DateTime) -> DateTime {
    local.with().subsec_nanosecond(0).build().unwrap_or(local)
}

fn dated(
    text: String,
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
    word: Word,
) -> Dated {
    Dated { text, earliest, latest, kind: word.kind, basis: word.basis, doubt: Doubt::None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word() -> Word {
        Word { kind: DateKind::Captured, basis: Basis::Exif }
    }

    fn bounds(dated: &Dated) -> (String, String) {
        (dated.earliest.unwrap().to_string(), dated.latest.unwrap().to_string())
    }

    #[test]
    fn a_time_without_zone_is_widened_by_every_zone_on_earth() {
        let dated = anywhere(exif_local("2024:10:18 07:05:00").unwrap(), word()).unwrap();
        assert_eq!(dated.text, "2024-10-18T07:05:00");
        assert_eq!(bounds(&dated), ("2024-10-17T17:05:00Z".into(), "2024-10-18T19:05:00Z".into()));
    }

    #[test]
    fn a_time_with_zone_is_one_second() {
        let local = exif_local("2024:10:18 07:05:00").unwrap();
        let dated = at_offset(local, offset("+05:30").unwrap(), word()).unwrap();
        assert_eq!(dated.text, "2024-10-18T07:05:00+05:30");
        assert_eq!(bounds(&dated), ("2024-10-18T01:35:00Z".into(), "2024-10-18T01:35:00Z".into()));
        assert_eq!(
            at_offset(local, offset("Z").unwrap(), word()).unwrap().text,
            "2024-10-18T07:05:00Z"
        );
    }

    #[test]
    fn dates_that_say_not_set_are_none() {
        for text in [
            "0000:00:00 00:00:00",
            "    :  :     :  :  ",
            "2024:13:01 00:00:00",
            "2024:02:30 00:00:00",
            "",
            "2024:10:18",
            "\u{e9}024:10:18 07:05:00",
        ] {
            assert_eq!(exif_local(text), None, "{text:?}");
        }
        assert!(exif_local("2016:12:31 23:59:60").is_some());
    }

    #[test]
    fn offsets_that_are_nowhere_are_none() {
        for text in ["", "+", "+25:00", "+02:75", "02:00", "+2:00x", "\u{2212}02:00"] {
            assert_eq!(offset(text), None, "{text:?}");
        }
        assert_eq!(offset("-0330").unwrap().seconds(), -12600);
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        let last = exif_local("9999:12:31 23:59:59").unwrap();
        assert!(
            anywhere(last, word())
                .is_none_or(|dated| dated.latest.is_none() || dated.latest > dated.earliest)
        );
        assert!(utc_day(Date::MAX, word()).is_none_or(|dated| dated.earliest.is_some()));
    }
}
