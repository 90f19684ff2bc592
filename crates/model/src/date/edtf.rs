//! EDTF level 1 texts to intervals.

use jiff::Timestamp;

use super::extent::{DAY, Extent, days_from_civil, days_in_month};
use super::hint;
use super::zoneless::{EAST, HOUR, WEST, Zoneless};
use super::{Basis, DateError, DateKind, Dated, Doubt};

/// Characters of a text that an error repeats.
const SHOWN: usize = 60;

/// Reads a text into a date.
pub(super) fn read(
    text: &str,
    zoneless: Zoneless<'_>,
    kind: DateKind,
    basis: Basis,
) -> Result<Dated, DateError> {
    let trimmed = text.trim();
    let bounds = bounds(trimmed, zoneless).map_err(|fault| DateError {
        text: trimmed.chars().take(SHOWN).collect(),
        problem: fault.problem,
        column: fault.column + 1,
        way_out: fault.way_out.or_else(|| hint::way_out(trimmed)).unwrap_or_else(|| {
            "write it as 2024-10-18, 2024-10, 2024-10-18T07:05Z or 2024-10-01/2024-10-18".to_owned()
        }),
    })?;
    let stamp = |seconds| Timestamp::from_second(seconds).ok();
    Ok(Dated {
        text: trimmed.to_owned(),
        earliest: bounds.earliest.and_then(stamp),
        latest: bounds.latest.and_then(stamp),
        kind,
        basis,
        doubt: bounds.doubt,
    })
}

/// Seconds of Unix time, both included.
struct Bounds {
    earliest: Option<i64>,
    latest: Option<i64>,
    doubt: Doubt,
}

/// What is wrong, and at which character, from 0.
struct Fault {
    problem: String,
    column: usize,
    way_out: Option<String>,
}

fn fault<T>(column: usize, problem: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { problem: problem.into(), column, way_out: None })
}

fn bounds(text: &str, zoneless: Zoneless<'_>) -> Result<Bounds, Fault> {
    let mut sides = text.split('/');
    let (first, second, more) = (sides.next().unwrap_or_default(), sides.next(), sides.next());
    let Some(second) = second else {
        let point = Reader::new(first, 0).point()?;
        let (earliest, latest) = point.span(zoneless);
        return Ok(Bounds { earliest: Some(earliest), latest: Some(latest), doubt: point.doubt });
    };
    let second_at = first.chars().count() + 1;
    if more.is_some() {
        return fault(second_at + second.chars().count(), "an interval has one slash");
    }
    let side = |text: &str, at| match text {
        "" | ".." => Ok(None),
        text => Reader::new(text, at).point().map(Some),
    };
    let (from, to) = (side(first, 0)?, side(second, second_at)?);
    if from.is_none() && to.is_none() {
        return fault(0, "an interval that is open on both sides says nothing");
    }
    if let (Some(from), Some(to)) = (&from, &to)
        && from.begins_after(to, zoneless)
    {
        return Err(Fault {
            problem: "the interval ends before it begins".to_owned(),
            column: second_at,
            way_out: Some(format!("write {second}/{first}")),
        });
    }
    let doubt = |point: &Option<Point>| point.as_ref().map_or(Doubt::None, |point| point.doubt);
    Ok(Bounds {
        earliest: from.as_ref().map(|point| point.span(zoneless).0),
        latest: to.as_ref().map(|point| point.span(zoneless).1),
        doubt: match (doubt(&from), doubt(&to)) {
            (Doubt::None, one) | (one, Doubt::None) => one,
            (one, other) if one == other => one,
            _ => Doubt::Both,
        },
    })
}

/// One date of a text, not an interval.
struct Point {
    extent: Extent,
    /// Seconds east of UTC.
    zone: Option<i64>,
    doubt: Doubt,
}

impl Point {
    /// First and last second in UTC.
    fn span(&self, zoneless: Zoneless<'_>) -> (i64, i64) {
        let extent = if self.doubt == Doubt::None { self.extent } else { self.extent.widened() };
        let (from, to) = (extent.start(), extent.end() - 1);
        match self.zone {
            Some(east) => (from - east, to - east),
            None => zoneless.span(from, to),
        }
    }

    /// Whether an interval from here to `end` is upside down. Texts that are alike are compared as written.
    fn begins_after(&self, end: &Self, zoneless: Zoneless<'_>) -> bool {
        if self.zone.is_some() == end.zone.is_some() {
            let begin = self.extent.start() - self.zone.unwrap_or_default();
            begin >= end.extent.end() - end.zone.unwrap_or_default()
        } else {
            self.span(zoneless).0 > end.span(zoneless).1
        }
    }
}

/// Reads one date from left to right.
struct Reader {
    rest: Vec<char>,
    at: usize,
    /// Characters before this text.
    offset: usize,
}

impl Reader {
    fn new(text: &str, offset: usize) -> Self {
        Self { rest: text.chars().collect(), at: 0, offset }
    }

    fn point(mut self) -> Result<Point, Fault> {
        let (extent, zone) = self.extent()?;
        let doubt = match self.peek() {
            Some('~') => Doubt::Approximate,
            Some('?') => Doubt::Uncertain,
            Some('%') => Doubt::Both,
            _ => Doubt::None,
        };
        if doubt != Doubt::None {
            self.at += 1;
        }
        match self.peek() {
            None => Ok(Point { extent, zone, doubt }),
            Some(more) => {
                let said = format!("\"{}\" is not expected here", more.escape_debug());
                fault(self.column(), said)
            }
        }
    }

    fn extent(&mut self) -> Result<(Extent, Option<i64>), Fault> {
        let (year, unknown) = self.year()?;
        let january = year * 12;
        if unknown > 0 {
            let count = if unknown == 1 { 120 } else { 1_200 };
            return Ok((Extent::Months { from: january, count }, None));
        }
        if !self.take('-') {
            return Ok((Extent::Months { from: january, count: 12 }, None));
        }
        let month_at = self.column();
        if self.take_unknown() {
            if self.take('-') && !self.take_unknown() {
                return fault(self.column(), "a day in an unknown month is unknown too: XX");
            }
            return Ok((Extent::Months { from: january, count: 12 }, None));
        }
        let month = self.two_digits("a month")?;
        match month {
            1..=12 => {}
            21..=24 => {
                return Err(Fault {
                    problem: "a season is not the same months everywhere".to_owned(),
                    column: month_at,
                    way_out: Some(format!("name the months: {year:04}-03/{year:04}-05")),
                });
            }
            _ => return fault(month_at, format!("there is no month {month:02}")),
        }
        let from = january + month - 1;
        if !self.take('-') || self.take_unknown() {
            return Ok((Extent::Months { from, count: 1 }, None));
        }
        let day_at = self.column();
        let day = self.two_digits("a day")?;
        let most = days_in_month(year, month);
        if day < 1 || day > most {
            return fault(day_at, format!("{year:04}-{month:02} has {most} days, not {day:02}"));
        }
        let midnight = days_from_civil(year, month, day) * DAY;
        if self.peek() == Some('T') {
            self.at += 1;
            return self.time(midnight);
        }
        Ok((Extent::Seconds { from: midnight, count: DAY }, None))
    }

    /// The year, or the first of its decade or century with the number of digits unknown.
    fn year(&mut self) -> Result<(i64, usize), Fault> {
        let (mut year, mut unknown) = (0, 0);
        for place in 0..4 {
            match self.peek() {
                Some(digit) if digit.is_ascii_digit() && unknown == 0 => {
                    year = year * 10 + i64::from(digit as u32 - '0' as u32);
                }
                Some('X') if place >= 2 => {
                    year *= 10;
                    unknown += 1;
                }
                Some('-' | 'Y') if place == 0 => {
                    return fault(self.column(), "years run from 0000 to 9999");
                }
                _ => return fault(self.column(), "a year of four digits comes first"),
            }
            self.at += 1;
        }
        Ok((year, unknown))
    }

    fn time(&mut self, midnight: i64) -> Result<(Extent, Option<i64>), Fault> {
        let hour = self.below(24, "hour")?;
        if !self.take(':') {
            return fault(self.column(), "minutes follow the hour, after a colon");
        }
        let minute = self.below(60, "minute")?;
        let from = midnight + hour * HOUR + minute * 60;
        let extent = if self.take(':') {
            // Unix time has no leap second: 60 is held to be the second before.
            let second = self.below(61, "second")?.min(59);
            if self.take('.') || self.take(',') {
                let digits_at = self.at;
                while self.peek().is_some_and(|c| c.is_ascii_digit()) {
                    self.at += 1;
                }
                if self.at == digits_at {
                    return fault(self.column(), "digits follow the point");
                }
            }
            Extent::Seconds { from: from + second, count: 1 }
        } else {
            Extent::Seconds { from, count: 60 }
        };
        Ok((extent, self.zone()?))
    }

    fn zone(&mut self) -> Result<Option<i64>, Fault> {
        let sign_at = self.column();
        if self.take('Z') {
            return Ok(Some(0));
        }
        let sign = if self.take('+') {
            1
        } else if self.take('-') {
            -1
        } else {
            return Ok(None);
        };
        let hours = self.below(24, "hour of a zone")?;
        let minutes = if self.take(':') || self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.below(60, "minute of a zone")?
        } else {
            0
        };
        let east = sign * (hours * HOUR + minutes * 60);
        if !(-WEST..=EAST).contains(&east) {
            return fault(sign_at, "zones run from -12:00 to +14:00");
        }
        Ok(Some(east))
    }

    fn below(&mut self, end: i64, what: &str) -> Result<i64, Fault> {
        let column = self.column();
        let value = self.two_digits(what)?;
        if value < end { Ok(value) } else { fault(column, format!("there is no {what} {value}")) }
    }

    fn two_digits(&mut self, what: &str) -> Result<i64, Fault> {
        let mut value = 0;
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) else {
                return fault(self.column(), format!("{what} has two digits"));
            };
            value = value * 10 + i64::from(digit);
            self.at += 1;
        }
        Ok(value)
    }

    fn take_unknown(&mut self) -> bool {
        let unknown = self.rest[self.at..].starts_with(&['X', 'X']);
        self.at += if unknown { 2 } else { 0 };
        unknown
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn column(&self) -> usize {
        self.offset + self.at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Dated, DateError> {
        Dated::parse(text, DateKind::Posted, Basis::Person)
    }

    fn check(text: &str, earliest: &str, latest: &str) {
        let dated = parse(text).unwrap();
        let word = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| at.to_string());
        assert_eq!(
            (word(dated.earliest), word(dated.latest)),
            (earliest.into(), latest.into()),
            "{text}"
        );
    }

    #[test]
    fn a_zoneless_date_may_have_been_written_anywhere_on_earth() {
        check("2024-10-18", "2024-10-17T10:00:00Z", "2024-10-19T11:59:59Z");
        check("2024-10", "2024-09-30T10:00:00Z", "2024-11-01T11:59:59Z");
        check("2024", "2023-12-31T10:00:00Z", "2025-01-01T11:59:59Z");
        check("2024-10-18T07:05", "2024-10-17T17:05:00Z", "2024-10-18T19:05:59Z");
        check("2024-10-18T07:05:30", "2024-10-17T17:05:30Z", "2024-10-18T19:05:30Z");
    }

    #[test]
    fn a_zone_makes_it_exact() {
        check("2024-10-18T07:05Z", "2024-10-18T07:05:00Z", "2024-10-18T07:05:59Z");
        check("2024-10-18T07:05:30.999Z", "2024-10-18T07:05:30Z", "2024-10-18T07:05:30Z");
        check("2024-10-18T08:00+10:00", "2024-10-17T22:00:00Z", "2024-10-17T22:00:59Z");
        check("2024-10-18T08:00:00-0330", "2024-10-18T11:30:00Z", "2024-10-18T11:30:00Z");
        check("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z", "2016-12-31T23:59:59Z");
    }

    #[test]
    fn a_basis_in_utc_is_not_widened() {
        let dated = Dated::parse_utc("2024-10-18", DateKind::Posted, Basis::Person).unwrap();
        assert_eq!(dated.earliest.unwrap().to_string(), "2024-10-18T00:00:00Z");
        assert_eq!(dated.latest.unwrap().to_string(), "2024-10-18T23:59:59Z");
    }

    #[test]
    fn unknown_digits_are_the_whole_stretch() {
        check("2024-10-XX", "2024-09-30T10:00:00Z", "2024-11-01T11:59:59Z");
        check("2024-XX-XX", "2023-12-31T10:00:00Z", "2025-01-01T11:59:59Z");
        check("2024-XX", "2023-12-31T10:00:00Z", "2025-01-01T11:59:59Z");
        check("201X", "2009-12-31T10:00:00Z", "2020-01-01T11:59:59Z");
        check("20XX", "1999-12-31T10:00:00Z", "2100-01-01T11:59:59Z");
    }

    #[test]
    fn doubt_widens_by_one_unit_and_is_kept() {
        check("2024-10-18~", "2024-10-16T10:00:00Z", "2024-10-20T11:59:59Z");
        check("2024-10?", "2024-08-31T10:00:00Z", "2024-12-01T11:59:59Z");
        check("2024%", "2022-12-31T10:00:00Z", "2026-01-01T11:59:59Z");
        check("2024-10-01~/2024-10-18", "2024-09-29T10:00:00Z", "2024-10-19T11:59:59Z");
        let doubt = |text| parse(text).unwrap().doubt;
        assert_eq!(doubt("2024-10~"), Doubt::Approximate);
        assert_eq!(doubt("2024-10?/.."), Doubt::Uncertain);
        assert_eq!(doubt("2024?/2025~"), Doubt::Both);
    }

    #[test]
    fn intervals_may_be_open() {
        check("2024-10-01/2024-10-18", "2024-09-30T10:00:00Z", "2024-10-19T11:59:59Z");
        check("../2022-03-11", "-", "2022-03-12T11:59:59Z");
        check("2024-10/..", "2024-09-30T10:00:00Z", "-");
        check("2024-10/", "2024-09-30T10:00:00Z", "-");
        check("2024-10-18/2024-10-18", "2024-10-17T10:00:00Z", "2024-10-19T11:59:59Z");
    }

    #[test]
    fn the_ends_of_the_calendar_are_safe() {
        // A time stamp ends on 9999-12-30: what lies after is open.
        check("9999", "9998-12-31T10:00:00Z", "-");
        check("9999-12-31~", "9999-12-29T10:00:00Z", "-");
        check("0000", "-000001-12-31T10:00:00Z", "0001-01-01T11:59:59Z");
    }

    fn refused(text: &str, expected: &str) {
        assert_eq!(parse(text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn errors_say_what_and_where_and_the_way_out() {
        refused(
            "soon",
            "\"soon\" is not a date: a year of four digits comes first (column 1); \
             write it as 2024-10-18, 2024-10, 2024-10-18T07:05Z or 2024-10-01/2024-10-18",
        );
        refused(
            "2024-02-30",
            "\"2024-02-30\" is not a date: 2024-02 has 29 days, not 30 (column 9); \
             write it as 2024-10-18, 2024-10, 2024-10-18T07:05Z or 2024-10-01/2024-10-18",
        );
        refused(
            "2024-10-18/2024-10-17",
            "\"2024-10-18/2024-10-17\" is not a date: the interval ends before it begins (column 12); \
             write 2024-10-17/2024-10-18",
        );
        refused(
            "2024-21",
            "\"2024-21\" is not a date: a season is not the same months everywhere (column 6); \
             name the months: 2024-03/2024-05",
        );
        let column = |text| parse(text).unwrap_err().column;
        assert_eq!(column(""), 1);
        assert_eq!(column("../.."), 1);
        assert_eq!(column("2024-13"), 6);
        assert_eq!(column("2024-10/2024-13"), 14);
        assert_eq!(column("2024-10-18T25:00"), 12);
        assert_eq!(column("2024-10-18T07:05+15:00"), 17);
        assert_eq!(column("2024-10-18x"), 11);
        assert_eq!(column("-0044"), 1);
    }

    #[test]
    fn an_error_shows_no_control_characters() {
        let message = parse("2024\u{1b}[2J\u{202e}").unwrap_err().to_string();
        assert!(message.chars().all(|c| c.is_ascii_graphic() || c == ' '), "{message}");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn nothing_near_a_date_panics(text in "[0-9XYZT:~?%./+ -]{0,30}") {
            if let Ok(dated) = parse(&text)
                && let (Some(earliest), Some(latest)) = (dated.earliest, dated.latest)
            {
                prop_assert!(earliest <= latest, "{}", text);
            }
        }
    }
}
