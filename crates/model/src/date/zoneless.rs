//! What a text without zone may mean.

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(super) const HOUR: i64 = 3_600;
/// The zone furthest ahead of UTC, and so how much earlier than written it may have been.
pub(super) const EAST: i64 = 14 * HOUR;
/// The zone furthest behind UTC.
pub(super) const WEST: i64 = 12 * HOUR;

/// What a text without zone was written in.
#[derive(Clone, Copy)]
pub(super) enum Zoneless<'a> {
    /// Any zone on Earth.
    Anywhere,
    /// One of these.
    In(&'a [TimeZone]),
    /// UTC.
    Utc,
}

impl Zoneless<'_> {
    /// The first and last second in UTC of what lies between two seconds on the clock.
    pub(super) fn span(self, from: i64, to: i64) -> (i64, i64) {
        match self {
            Self::Utc => (from, to),
            Self::Anywhere => (from - EAST, to + WEST),
            Self::In(zones) => {
                let first = zones.iter().map(|zone| on_clock(from, zone).0).min();
                let last = zones.iter().map(|zone| on_clock(to, zone).1).max();
                (first.unwrap_or(from - EAST), last.unwrap_or(to + WEST))
            }
        }
    }
}

/// The first and last second in UTC at which a zone's clocks showed this second.
fn on_clock(local: i64, zone: &TimeZone) -> (i64, i64) {
    let shown = Timestamp::from_second(local).map(|at| TimeZone::UTC.to_datetime(at));
    let Ok(shown) = shown else { return (local - EAST, local + WEST) };
    let second = |at: Result<Timestamp, _>| at.ok().map(Timestamp::as_second);
    let both: [Option<i64>; 2] = [
        second(zone.to_ambiguous_timestamp(shown).earlier()),
        second(zone.to_ambiguous_timestamp(shown).later()),
    ];
    // An hour that a zone skips has its earlier reading after the later one.
    match (both.iter().flatten().min(), both.iter().flatten().max()) {
        (Some(first), Some(last)) => (*first, *last),
        _ => (local - EAST, local + WEST),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use crate::{Basis, DateKind, Dated};

    #[test]
    fn a_known_place_narrows_to_its_zones() {
        let zone = |hours| TimeZone::fixed(jiff::tz::offset(hours));
        let span = |text: &str, zones: &[TimeZone]| {
            let dated = Dated::parse_in(text, zones, DateKind::Event, Basis::Person).unwrap();
            (dated.earliest.unwrap().to_string(), dated.latest.unwrap().to_string())
        };
        let check = |text, zones: &[TimeZone], earliest: &str, latest: &str| {
            assert_eq!(span(text, zones), (earliest.into(), latest.into()), "{text}");
        };
        check("2024-10", &[zone(3)], "2024-09-30T21:00:00Z", "2024-10-31T20:59:59Z");
        check("2024-10-18", &[zone(3), zone(10)], "2024-10-17T14:00:00Z", "2024-10-18T20:59:59Z");
        check("2024-10-18T07:05Z", &[zone(3)], "2024-10-18T07:05:00Z", "2024-10-18T07:05:59Z");
        check("2024-10-18", &[], "2024-10-17T10:00:00Z", "2024-10-19T11:59:59Z");
    }

    #[test]
    fn an_hour_that_a_clock_shows_twice_or_never_is_as_wide_as_it_may_be() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let span = |text| {
            let zones = std::slice::from_ref(&zone);
            let dated = Dated::parse_in(text, zones, DateKind::Event, Basis::Person).unwrap();
            (dated.earliest.unwrap().to_string(), dated.latest.unwrap().to_string())
        };
        let twice = ("2024-10-27T00:30:00Z".to_owned(), "2024-10-27T01:30:59Z".to_owned());
        assert_eq!(span("2024-10-27T02:30"), twice);
        let never = ("2024-03-31T00:30:00Z".to_owned(), "2024-03-31T01:30:59Z".to_owned());
        assert_eq!(span("2024-03-31T02:30"), never);
    }
}
