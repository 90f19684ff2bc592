//! Moments that a file's metadata names, as intervals, with the fields that name them.

use firstseen_media::{Fact, Metadata};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// Fields that tell when the picture was taken.
pub(crate) const CAPTURED: [&str; 4] =
    ["datetime_original", "date_created", "quicktime_creation_date", "gps_datetime_utc"];
/// Fields that tell when the file was written by a device or program, which is after it was taken.
pub(crate) const WRITTEN: [&str; 5] = [
    "datetime_digitized",
    "modify_date",
    "metadata_date",
    "container_create_date",
    "container_modify_date",
];

/// The first year of which a camera's own file is told: digital cameras came to be sold then.
const FIRST_CAMERAS: i16 = 1990;
/// Local time is at most 14 h ahead of UTC and at most 12 h behind it, anywhere on Earth.
const EAST: SignedDuration = SignedDuration::from_hours(14);
const WEST: SignedDuration = SignedDuration::from_hours(12);
/// Days of January on which a clock may still run from the New Year at which it begins where it was never set, or lost
/// its battery.
const NEVER_SET_DAYS: i8 = 3;

/// A moment that a field names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    /// The field.
    pub(crate) fact: &'a Fact,
    /// As it is written.
    pub(crate) local: DateTime,
    /// The offset from UTC that it is written with.
    pub(crate) offset: Option<Offset>,
    /// Whether the time of day is known to the second.
    pub(crate) to_the_second: bool,
    /// Not before.
    pub(crate) earliest: Timestamp,
    /// Not after.
    pub(crate) latest: Timestamp,
}

impl Moment<'_> {
    /// Which clock it is by.
    pub(crate) fn clock(&self) -> Clock {
        match self.fact.name.as_str() {
            "gps_datetime_utc" => Clock::Satellite,
            _ => Clock::Device,
        }
    }

    /// Whether the device's clock had perhaps never been set.
    pub(crate) fn never_set(&self) -> bool {
        self.clock() == Clock::Device
            && matches!(self.local.year(), 1904 | 1970 | 1980 | 1990 | 1998..=2020)
            && (self.local.month(), self.local.day() <= NEVER_SET_DAYS) == (1, true)
    }

    /// Whether it can be when a digital camera took something: not before there were any, and not in the future.
    pub(crate) fn can_be(&self, as_of: Timestamp) -> bool {
        self.local.year() >= FIRST_CAMERAS && self.earliest <= as_of
    }

    /// Both bounds.
    pub(crate) fn bounds(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (Some(self.earliest), Some(self.latest))
    }

    /// Whether the two may be the same moment, as far as their bounds go.
    pub(crate) fn overlaps(&self, earliest: Timestamp, latest: Timestamp) -> bool {
        self.earliest <= latest && earliest <= self.latest
    }
}

/// Whose clock a moment is by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The camera's, phone's or computer's own, whichever block repeats it.
    Device,
    /// That of the satellites.
    Satellite,
}

/// The moments that fields of these names tell, in the order of the file; what is no date is left out.
pub(crate) fn moments<'a>(metadata: &'a Metadata, names: &[&str]) -> Vec<Moment<'a>> {
    let told = metadata.facts.iter().filter(|fact| names.contains(&fact.name.as_str()));
    told.filter_map(|fact| moment(metadata, fact)).collect()
}

/// The moment that a field tells.
fn moment<'a>(metadata: &Metadata, fact: &'a Fact) -> Option<Moment<'a>> {
    // The value is the reader's; the text as it stood in the file may hold a zone that the value has not.
    let from_value = read(&fact.value);
    let written = match (from_value, read(&fact.raw)) {
        (Some(value), Some(raw)) if value.offset.is_none() && raw.offset.is_some() => raw,
        (value, raw) => value.or(raw)?,
    };
    let (mut offset, mut slack) = (written.offset, (SignedDuration::ZERO, SignedDuration::ZERO));
    match fact.name.as_str() {
        "gps_datetime_utc" => offset = Some(Offset::UTC),
        // The standard has UTC here; many cameras write local time.
        "container_create_date" | "container_modify_date" => {
            (offset, slack) = (Some(Offset::UTC), (EAST, EAST));
        }
        _ => offset = offset.or_else(|| beside(metadata, fact)),
    }
    if offset.is_none() {
        slack = (EAST, WEST);
    }
    let at = offset.unwrap_or(Offset::UTC).to_timestamp(written.local).ok()?;
    let last = at.checked_add(written.unit).ok()?.checked_sub(SignedDuration::from_secs(1)).ok()?;
    Some(Moment {
        fact,
        local: written.local,
        // What is widened anyway has no offset to reason with.
        offset: offset.filter(|_| slack == (SignedDuration::ZERO, SignedDuration::ZERO)),
        to_the_second: written.unit == SignedDuration::from_secs(1),
        earliest: at.checked_sub(slack.0).ok()?,
        latest: last.checked_add(slack.1).ok()?,
    })
}

/// EXIF's field for the offset of one of its dates, in the same block.
fn beside(metadata: &Metadata, fact: &Fact) -> Option<Offset> {
    let name = match fact.name.as_str() {
        "datetime_original" => "offset_original",
        "datetime_digitized" => "offset_digitized",
        "modify_date" => "offset_modify",
        _ => return None,
    };
    let same_block =
        |other: &&Fact| other.name == name && block(&other.read_from) == block(&fact.read_from);
    metadata.facts.iter().find(same_block).and_then(|fact| zone(fact.value.trim()))
}

/// The block that a field was read from, such as `exif`.
pub(crate) fn block(read_from: &str) -> &str {
    read_from.split([':', '.', '/']).next().unwrap_or_default()
}

/// A date as it is written, with how precise it is.
struct Written {
    local: DateTime,
    offset: Option<Offset>,
    unit: SignedDuration,
}

/// `2024-10-18`, `2024:10:18 07:05`, `2024-10-18T07:05:30.12+02:00` and the like; `None` for zeros, blanks and months
/// that are none.
fn read(text: &str) -> Option<Written> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let (date, rest) = text.split_at_checked(10)?;
    let parts: Vec<&str> = date.split([':', '-', '/', '.']).collect();
    let [year, month, day] = parts[..] else { return None };
    let date = (year.len() == 4)
        .then(|| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok())??;
    if rest.is_empty() {
        let day = SignedDuration::from_hours(24);
        return Some(Written {
            local: date.to_datetime(Time::midnight()),
            offset: None,
            unit: day,
        });
    }
    let rest = rest.strip_prefix(['T', ' '])?;
    let zone_at = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (time, written_zone) = rest.split_at(zone_at);
    let parts: Vec<&str> = time.trim().split(':').collect();
    let number = |i: usize| parts.get(i).and_then(|part| part.get(..2)?.parse::<i8>().ok());
    let (hour, minute) = (number(0)?, number(1)?);
    let second = if parts.len() > 2 { Some(number(2)?.min(59)) } else { None };
    let unit = if second.is_some() { 1 } else { 60 };
    Some(Written {
        local: date.to_datetime(Time::new(hour, minute, second.unwrap_or(0), 0).ok()?),
        offset: zone(written_zone),
        unit: SignedDuration::from_secs(unit),
    })
}

/// `+02:00`, `+0200`, `+02` and `Z`.
pub(crate) fn zone(text: &str) -> Option<Offset> {
    let text = text.trim();
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = digits.get(2..4).and_then(|minutes| minutes.parse().ok()).unwrap_or(0);
    let seconds = sign * (hours * 3600 + minutes * 60);
    (hours <= 14 && minutes < 60).then(|| Offset::from_seconds(seconds).ok()).flatten()
}

/// How far ahead of UTC the device's clock was set when the picture was taken, and the moment that tells: by the offset
/// that it wrote, or by the satellites' clock, to the quarter hour. `None` where neither tells, or no zone is so far.
pub(crate) fn clock_ahead(metadata: &Metadata) -> Option<(Moment<'_>, SignedDuration)> {
    let captured = moments(metadata, &["datetime_original", "quicktime_creation_date"]);
    let written = captured.iter().find_map(|taken| Some((*taken, taken.offset?)));
    if let Some((taken, offset)) = written {
        return Some((taken, SignedDuration::from_secs(offset.seconds().into())));
    }
    let taken = captured.into_iter().find(|taken| taken.to_the_second)?;
    let fix = moments(metadata, &["gps_datetime_utc"]).into_iter().next()?;
    let ahead = Offset::UTC.to_timestamp(taken.local).ok()?.duration_since(fix.earliest);
    let quarter = 15 * 60;
    let rounded = (ahead.as_secs() + quarter / 2).div_euclid(quarter) * quarter;
    let is_one = is_a_zone(ahead, SignedDuration::from_mins(5));
    is_one.then(|| (taken, SignedDuration::from_secs(rounded)))
}

/// An offset from UTC as it is written: `+02:00`.
pub(crate) fn signed(offset: SignedDuration) -> String {
    let sign = if offset.is_negative() { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", offset.as_hours().abs(), offset.as_mins().abs() % 60)
}

/// Whether an offset from UTC is one that a zone of today has: quarter hours from 12 h behind to 14 h ahead.
pub(crate) fn is_a_zone(ahead: SignedDuration, slack: SignedDuration) -> bool {
    let (quarter, seconds) = (15 * 60, ahead.as_secs());
    let off = seconds.rem_euclid(quarter);
    let off = off.min(quarter - off);
    off <= slack.as_secs() && ahead <= EAST + slack && ahead >= -WEST - slack
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::says;

    fn bounds(facts: &[(&str, &str, &str)], name: &str) -> Option<(String, String)> {
        let metadata = says(facts);
        let moments = moments(&metadata, &[name]);
        moments.first().map(|moment| (moment.earliest.to_string(), moment.latest.to_string()))
    }

    fn pair(earliest: &str, latest: &str) -> Option<(String, String)> {
        Some((earliest.to_owned(), latest.to_owned()))
    }

    #[test]
    fn a_date_without_zone_is_widened_by_all_of_them() {
        let facts = [("datetime_original", "2024-10-18T07:05:00", "exif:Exif")];
        let wide = pair("2024-10-17T17:05:00Z", "2024-10-18T19:05:00Z");
        assert_eq!(bounds(&facts, "datetime_original"), wide);
        let day = [("date_created", "2024-10-18", "iptc")];
        assert_eq!(
            bounds(&day, "date_created"),
            pair("2024-10-17T10:00:00Z", "2024-10-19T11:59:59Z")
        );
    }

    #[test]
    fn a_zone_counts_in_the_text_or_beside_it_in_the_same_block() {
        let second = pair("2024-10-18T05:05:00Z", "2024-10-18T05:05:00Z");
        let within = [("modify_date", "2024-10-18T07:05:00+02:00", "xmp")];
        assert_eq!(bounds(&within, "modify_date"), second);
        let mut beside = [
            ("datetime_original", "2024-10-18T07:05:00", "exif:Exif"),
            ("offset_original", "+02:00", "exif:Exif"),
        ];
        assert_eq!(bounds(&beside, "datetime_original"), second);
        beside[0].2 = "xmp";
        assert_ne!(bounds(&beside, "datetime_original"), second);
        let minute = [("date_created", "2012-06-29T09:29-04:00", "xmp")];
        assert_eq!(
            bounds(&minute, "date_created"),
            pair("2012-06-29T13:29:00Z", "2012-06-29T13:29:59Z")
        );
    }

    #[test]
    fn satellites_are_in_utc_and_containers_perhaps() {
        let facts = [
            ("gps_datetime_utc", "2024-10-18T07:05:00", "exif:GPS"),
            ("container_create_date", "2024-10-18T07:05:00", "mp4:moov.mvhd"),
        ];
        let second = pair("2024-10-18T07:05:00Z", "2024-10-18T07:05:00Z");
        assert_eq!(bounds(&facts, "gps_datetime_utc"), second);
        let wide = pair("2024-10-17T17:05:00Z", "2024-10-18T21:05:00Z");
        assert_eq!(bounds(&facts, "container_create_date"), wide);
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "0000:00:00 00:00:00",
            "    :  :     :  :  ",
            "2024:13:01 00:00:00",
            "2024-10-18T25:00:00",
            "2024-10-18T7",
            "20\u{e9}4-10-18",
            "2024-10-18Tab:cd",
            "2024-10-1\u{e9}",
        ] {
            assert_eq!(bounds(&[("modify_date", text, "exif")], "modify_date"), None, "{text:?}");
        }
    }

    #[test]
    fn clocks_that_were_never_set_begin_on_new_years_day() {
        let never = |text: &str| {
            let metadata = says(&[("datetime_original", text, "exif:Exif")]);
            moments(&metadata, &CAPTURED)[0].never_set()
        };
        assert!(never("2005-01-01T00:00:12") && never("1980-01-02T04:00:00"));
        assert!(!never("2005-01-04T00:00:00") && !never("2021-01-01T10:00:00"));
    }

    #[test]
    fn zones_lie_on_quarter_hours() {
        let slack = SignedDuration::from_mins(5);
        let zone = |minutes| is_a_zone(SignedDuration::from_mins(minutes), slack);
        assert!(zone(0) && zone(345) && zone(-210) && zone(844) && zone(-724));
        assert!(!zone(127) && !zone(850) && !zone(-730));
    }
}
