//! The time line: when a file's footage was seen, and when its claim puts the event, as intervals to scale.

use std::collections::BTreeSet;

use firstseen_assess::Witness;
use firstseen_model::{DateKind, Dated, Doubt, Sighting};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::plain;
use crate::ids::Ids;
use crate::{FileReport, text, words};

/// Rows that are drawn one by one; what is left is drawn as one.
const ROWS: usize = 10;

/// Share of the width that stays free at each side, in per cent.
const MARGIN: f64 = 3.0;

/// An interval narrower than this, in per cent of the width, is drawn as a dot as well.
const NARROW: f64 = 0.9;

/// How near to an edge a label is held by its end, in per cent of the width.
const EDGE: f64 = 8.0;

/// Most ticks of the axis: more do not fit on a phone.
const TICKS: usize = 5;

const DAY: i64 = 86_400;

/// What is drawn.
pub(super) struct Timeline {
    pub(super) ticks: Vec<Tick>,
    /// Where the claims put the event, behind all rows.
    pub(super) bands: Vec<Mark>,
    pub(super) rows: Vec<Row>,
    /// What is drawn in the last row together.
    pub(super) grouped: Vec<Told>,
}

pub(super) struct Tick {
    pub(super) x: String,
    /// Which of its ends a label is held by: at the edges there is no room on both sides.
    pub(super) anchor: &'static str,
    pub(super) label: String,
}

/// One line: words, and where its intervals lie.
pub(super) struct Row {
    pub(super) told: Told,
    /// `claim`, `first`, `seen`, `own`, `hint` or `more`.
    pub(super) class: &'static str,
    pub(super) marks: Vec<Mark>,
}

/// A date in words.
pub(super) struct Told {
    pub(super) date: String,
    pub(super) what: String,
    pub(super) interval: String,
}

/// An interval on the axis, in per cent of the width.
pub(super) struct Mark {
    pub(super) x: String,
    pub(super) width: String,
    /// The middle, where it is too narrow to be seen.
    pub(super) dot: Option<String>,
    pub(super) open_start: bool,
    pub(super) open_end: bool,
    pub(super) doubt: bool,
}

/// A date that is drawn.
struct Known<'a> {
    date: &'a Dated,
    who: String,
    class: &'static str,
}

impl Timeline {
    /// The time line of a file; `None` where nothing of it is dated.
    pub(super) fn of(file: &FileReport, ids: &Ids) -> Option<Self> {
        let known = known(file, ids);
        let bounds = known.iter().flat_map(|known| [known.date.earliest, known.date.latest]);
        let bounds: Vec<i64> = bounds.flatten().map(Timestamp::as_second).collect();
        let scale = Scale::over(*bounds.iter().min()?, *bounds.iter().max()?);
        let bands = known.iter().filter(|known| known.class == "claim");
        let bands = bands.map(|known| scale.mark(known.date)).collect();
        // Two lines for one say less than one.
        let told = if known.len() > ROWS + 1 { ROWS } else { known.len() };
        let (single, rest) = known.split_at(told);
        let mut rows: Vec<Row> = single
            .iter()
            .map(|known| Row {
                told: known.told(),
                class: known.class,
                marks: vec![scale.mark(known.date)],
            })
            .collect();
        if let (Some(first), Some(last)) = (rest.first(), rest.last()) {
            rows.push(Row {
                told: Told {
                    date: words::counted(rest.len(), "more date", "more dates"),
                    what: String::new(),
                    interval: format!("{} to {}", plain(&first.date.text), plain(&last.date.text)),
                },
                class: "more",
                marks: rest.iter().map(|known| scale.mark(known.date)).collect(),
            });
        }
        let grouped = rest.iter().take(super::LISTED).map(Known::told).collect();
        Some(Self { ticks: scale.ticks(), bands, rows, grouped })
    }
}

impl Known<'_> {
    fn told(&self) -> Told {
        let date = self.date;
        let doubt = if date.doubt == Doubt::None { "" } else { ", in doubt" };
        let who = if self.who.is_empty() { String::new() } else { format!(" {}", self.who) };
        Told {
            date: plain(&date.text),
            what: format!("{}{who} ({}{doubt})", date.kind.word(), plain(date.basis.to_string())),
            interval: text::file::interval(date.earliest, date.latest).trim().to_owned(),
        }
    }
}

/// All dates that are drawn: the claims' first, then by time.
fn known<'a>(file: &'a FileReport, ids: &Ids) -> Vec<Known<'a>> {
    let mut known = Vec::new();
    for weighed in &file.claims {
        let event = weighed.claim.event.as_ref();
        known.extend(event.map(|date| Known { date, who: "claimed".to_owned(), class: "claim" }));
    }
    let mut told = BTreeSet::new();
    let seen = file.matches.iter().filter(|known| known.seen());
    let elsewhere = seen.flat_map(|known| &known.sightings).map(|sighting| (sighting, "seen"));
    let own = file.own.iter().map(|sighting| (sighting, "own"));
    for (sighting, class) in elsewhere.chain(own) {
        if told.insert(sighting.id()) {
            known.extend(dates(sighting).map(|date| {
                let first = file.first_known.as_ref().is_some_and(|first| {
                    first.sighting == sighting.id() && first.date.kind == date.kind
                });
                Known {
                    date,
                    who: format!(
                        "{} {}",
                        ids.witness(Witness::Sighting(sighting.id())),
                        seen_at(sighting)
                    ),
                    class: if first { "first" } else { class },
                }
            }));
        }
    }
    let hints = file.metadata.iter().flat_map(|metadata| &metadata.dates);
    known.extend(hints.map(|date| Known { date, who: String::new(), class: "hint" }));
    known.retain(|known| known.date.earliest.is_some() || known.date.latest.is_some());
    known.sort_by(|a, b| {
        let key = |known: &Known<'_>| {
            let date = known.date;
            // Where nothing says when it began, it may have been long before.
            (known.class != "claim", date.earliest, date.latest)
        };
        key(a).cmp(&key(b)).then_with(|| a.who.cmp(&b.who)).then(a.date.text.cmp(&b.date.text))
    });
    known
}

/// What says when it was seen; when a file came into somebody's hands only where nothing else does.
fn dates(sighting: &Sighting) -> impl Iterator<Item = &Dated> {
    let public = |date: &&Dated| {
        matches!(date.kind, DateKind::Posted | DateKind::Edited | DateKind::Archived)
    };
    let any = sighting.seen.dates.iter().any(|date| public(&date));
    sighting.seen.dates.iter().filter(move |date| !any || public(date))
}

/// Channel or source, and post.
pub(super) fn seen_at(sighting: &Sighting) -> String {
    let seen = &sighting.seen;
    let channel = seen.channel.as_deref().unwrap_or(&seen.source);
    match &seen.post {
        Some(post) => format!("{}/{}", plain(channel), plain(post)),
        None => plain(channel),
    }
}

/// Seconds to per cent of the width.
struct Scale {
    from: i64,
    until: i64,
}

impl Scale {
    fn over(from: i64, until: i64) -> Self {
        // One moment alone stands in the middle of a day.
        let pad = if until - from < DAY { DAY / 2 } else { 0 };
        Self { from: from - pad, until: until + pad }
    }

    fn x(&self, at: i64) -> f64 {
        let share = (at - self.from) as f64 / (self.until - self.from) as f64;
        MARGIN + share * (100.0 - 2.0 * MARGIN)
    }

    fn mark(&self, date: &Dated) -> Mark {
        let x = |at: Option<Timestamp>, open| at.map_or(open, |at| self.x(at.as_second()));
        let (start, end) = (x(date.earliest, 0.0), x(date.latest, 100.0));
        let width = (end - start).max(0.0);
        Mark {
            x: per_cent(start),
            width: per_cent(width),
            dot: (width < NARROW).then(|| per_cent(start + width / 2.0)),
            open_start: date.earliest.is_none(),
            open_end: date.latest.is_none(),
            doubt: date.doubt != Doubt::None,
        }
    }

    fn ticks(&self) -> Vec<Tick> {
        let days = [1, 2, 7].map(|days| self.every(days * DAY));
        let months = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000].map(|step| self.months(step));
        let short = self.until - self.from <= 2 * DAY;
        let hours = [1, 3, 6, 12].map(|hours| self.every(hours * DAY / 24));
        let mut all = hours.into_iter().filter(|_| short).chain(days).chain(months);
        let ticks = all.find(|ticks| ticks.len() <= TICKS).unwrap_or_default();
        let tick = |(at, label)| {
            let x = self.x(at);
            let anchor = match x {
                x if x < EDGE => "start",
                x if x > 100.0 - EDGE => "end",
                _ => "middle",
            };
            Tick { x: per_cent(x), anchor, label }
        };
        ticks.into_iter().map(tick).collect()
    }

    /// Multiples of some seconds; more than [`TICKS`] are not counted to their end.
    fn every(&self, step: i64) -> Vec<(i64, String)> {
        let first = self.from.div_euclid(step) * step;
        let format = if step < DAY { "%m-%d %H:%M" } else { "%Y-%m-%d" };
        (0..)
            .map(|i| first + i * step)
            .take_while(|at| *at <= self.until)
            .filter(|at| *at >= self.from)
            .take(TICKS + 1)
            .filter_map(|at| {
                Some((at, Timestamp::from_second(at).ok()?.strftime(format).to_string()))
            })
            .collect()
    }

    /// First days of every so many months.
    fn months(&self, step: i64) -> Vec<(i64, String)> {
        let Ok(from) = Timestamp::from_second(self.from) else { return Vec::new() };
        let date = from.to_zoned(TimeZone::UTC).date();
        let first = (i64::from(date.year()) * 12 + i64::from(date.month()) - 1).div_euclid(step);
        let day = |month: i64| {
            let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
            let date = Date::new(i16::try_from(year).ok()?, month as i8, 1).ok()?;
            let at = date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
            let label =
                if step < 12 { format!("{year:04}-{month:02}") } else { format!("{year:04}") };
            Some((at, label))
        };
        (first..)
            .map_while(|i| day(i * step))
            .take_while(|(at, _)| *at <= self.until)
            .filter(|(at, _)| *at >= self.from)
            .take(TICKS + 1)
            .collect()
    }
}

fn per_cent(share: f64) -> String {
    format!("{share:.2}%")
}

#[cfg(test)]
mod tests {
    use firstseen_model::Basis;

    use super::*;
    use crate::sample;

    fn scale(from: &str, until: &str) -> Scale {
        let second = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        Scale::over(second(from), second(until))
    }

    fn check(from: &str, until: &str, expected: &[&str]) {
        let ticks = scale(from, until).ticks();
        let labels: Vec<&str> = ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, expected);
        assert_ne!(ticks.first().map(|tick| tick.anchor), Some("end"));
    }

    #[test]
    fn ticks_are_as_fine_as_there_is_room_for() {
        let years = ["2014", "2016", "2018", "2020", "2022"];
        check("2013-03-01T00:00:00Z", "2023-11-01T00:00:00Z", &years);
        let months = ["2024-09", "2024-10", "2024-11"];
        check("2024-08-20T00:00:00Z", "2024-11-02T00:00:00Z", &months);
        check("2024-10-17T10:00:00Z", "2024-10-19T11:59:59Z", &["2024-10-18", "2024-10-19"]);
    }

    #[test]
    fn open_ends_reach_the_edge_and_a_moment_is_a_dot() {
        let scale = scale("2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z");
        let mark = |text| scale.mark(&Dated::parse(text, DateKind::Posted, Basis::Person).unwrap());
        let open = mark("../2022-03-11");
        assert!(open.open_start && !open.open_end && open.x == "0.00%", "{}", open.x);
        let moment = mark("2022-01-01T00:00:00Z?");
        assert!(moment.doubt && moment.dot.is_some_and(|x| x.starts_with("50.")));
        assert!(mark("2021").dot.is_none());
    }

    #[test]
    fn the_claim_stands_first_and_the_first_known_sighting_is_marked() {
        let run = sample::recycled();
        let line = Timeline::of(&run.files[0], &Ids::of(&run)).unwrap();
        let classes: Vec<_> = line.rows.iter().map(|row| row.class).collect();
        assert_eq!(classes, ["claim", "first", "own"]);
        assert_eq!((line.bands.len(), line.grouped.len()), (1, 0));
    }

    #[test]
    fn many_sightings_are_one_row_at_the_end() {
        let mut run = sample::recycled();
        let sighting = run.files[0].matches[0].sightings[0].clone();
        let many = (0..40).map(|i| {
            let mut sighting = sighting.clone();
            sighting.seen.post = Some(format!("post {i}"));
            sighting
        });
        run.files[0].matches[0].sightings.extend(many);
        let line = Timeline::of(&run.files[0], &Ids::of(&run)).unwrap();
        let last = line.rows.last().unwrap();
        assert_eq!((line.rows.len(), last.class), (ROWS + 1, "more"));
        assert_eq!((last.marks.len(), line.grouped.len()), (33, 33));
        assert!(Timeline::of(&sample::plain("a.jpg"), &Ids::of(&run)).is_none());
    }
}
