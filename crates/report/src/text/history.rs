//! Text of `history` and `find`: records of the index, on a time line or as a list.

use std::io::{self, Write};

use jiff::Timestamp;

use super::{Page, covers, header};
use crate::{Event, FileReport, escape, words};

/// Characters of the bar that shows an interval to scale.
const BAR: usize = 32;
/// Characters of a record's words that are shown.
const WORDS: usize = 80;

/// The records of all files on one time line.
pub(super) fn time_line(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    for file in &page.run.files {
        writeln!(out, "{}", page.loud(&header(file)))?;
    }
    let mut events: Vec<(&Event, &FileReport)> = Vec::new();
    for file in &page.run.files {
        // What is said of a recording is said of each of its assets.
        let new = |event: &&Event| !events.iter().any(|(told, _)| told == event);
        let of_file: Vec<_> = file.history.iter().flatten().filter(new).collect();
        events.extend(of_file.into_iter().map(|event| (event, file)));
    }
    events.sort_by_key(|(event, _)| event.when());
    let scale = Scale::of(events.iter().map(|(event, _)| *event));
    if let Some(scale) = &scale {
        let (from, to) = (words::day(scale.from), words::day(scale.to));
        writeln!(out, "  [{from:<half$}{to:>rest$}]", half = BAR / 2, rest = BAR - BAR / 2)?;
    }
    let several = page.run.files.len() > 1;
    for (event, file) in events {
        let bar =
            scale.as_ref().map_or_else(String::new, |scale| format!("[{}]  ", scale.bar(event)));
        let whose = match file.asset.as_ref().filter(|_| several) {
            Some(asset) => format!("  {}", asset.facts.id.short()),
            None => String::new(),
        };
        writeln!(out, "  {bar}{}{whose}", line(page, event))?;
    }
    end(page, out)
}

/// The records of each file by themselves.
pub(super) fn list(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    for file in &page.run.files {
        writeln!(out, "{}", page.loud(&header(file)))?;
        for event in file.history.iter().flatten() {
            writeln!(out, "  {}", line(page, event))?;
        }
    }
    end(page, out)
}

fn end(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    for note in &page.run.notes {
        writeln!(out, "{}", escape::text(note))?;
    }
    if let Some(index) = &page.run.index {
        writeln!(out, "index {}: {}", escape::path(&index.location), covers(index))?;
    }
    page.exit(out)
}

/// When, what, which record, whose, and its words.
fn line(page: &Page<'_>, event: &Event) -> String {
    let when = match &event.date {
        Some(date) => escape::cut(&date.text, 60),
        None => "no date".to_owned(),
    };
    let id = page.ids.told(event.of).unwrap_or_else(|| event.of.word().to_owned());
    let mut parts = vec![format!("{when:<20}  {:<9}  {id:<8}", event.what)];
    let basis =
        event.date.as_ref().map(|date| format!("({})", escape::text(date.basis.to_string())));
    let by = Some(escape::cut(&event.by, WORDS)).filter(|by| !by.is_empty());
    parts.push([by, basis].into_iter().flatten().collect::<Vec<_>>().join(" "));
    parts.extend(event.place.as_ref().map(|place| format!("at {}", escape::cut(place, WORDS))));
    if !event.words.is_empty() {
        let cut: String = escape::cut(&event.words, WORDS).replace('"', "\\\"");
        parts.push(format!("\"{cut}\""));
    }
    parts.extend(event.case.as_ref().map(|case| format!("case {}", escape::quoted(case))));
    parts.join("  ")
}

/// From the earliest bound of all events to the latest.
struct Scale {
    from: Timestamp,
    to: Timestamp,
}

impl Scale {
    fn of<'a>(events: impl Iterator<Item = &'a Event>) -> Option<Self> {
        let bounds: Vec<Timestamp> = events
            .filter_map(|event| event.date.as_ref())
            .flat_map(|date| [date.earliest, date.latest])
            .flatten()
            .collect();
        let (from, to) = (*bounds.iter().min()?, *bounds.iter().max()?);
        (from < to).then_some(Self { from, to })
    }

    /// `=` from bound to bound; an open end has an arrow.
    fn bar(&self, event: &Event) -> String {
        let Some(date) = &event.date else { return " ".repeat(BAR) };
        let length = self.to.duration_since(self.from).as_secs_f64();
        let at = |bound: Timestamp| {
            let share = bound.duration_since(self.from).as_secs_f64() / length;
            ((share * BAR as f64) as usize).min(BAR - 1)
        };
        let (first, last) = (date.earliest.map_or(0, at), date.latest.map_or(BAR - 1, at));
        let open = (date.earliest.is_none(), date.latest.is_none());
        (0..BAR)
            .map(|column| match column {
                _ if open == (true, true) => ' ',
                0 if open.0 => '<',
                column if open.1 && column == BAR - 1 => '>',
                column if (first..=last).contains(&column) => '=',
                _ => '.',
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use firstseen_model::{Basis, DateKind, Dated, NoteId, SightingId};

    use super::super::tests::written;
    use crate::{Event, Run, TextStyle, Told, sample};

    fn event(of: Told, what: &'static str, date: Option<&str>, words: &str) -> Event {
        let date = date.map(|text| Dated::parse(text, DateKind::Posted, Basis::Person).unwrap());
        Event {
            of,
            what,
            date,
            by: "kd".to_owned(),
            words: words.to_owned(),
            place: None,
            case: None,
        }
    }

    fn run(command: &str) -> Run {
        let mut file = sample::plain("a.mp4");
        let [one, two] = [[1; 32], [2; 32]].map(SightingId);
        file.history = Some(vec![
            event(Told::Sighting(one), "posted", Some("2024-01-01T00:00:00Z"), "a\u{202e} \"b\""),
            event(Told::Sighting(two), "posted", None, ""),
            event(Told::Note(NoteId([3; 32])), "captured", Some("../2022-01-01T00:00:00Z"), ""),
            event(Told::Metadata, "encoded", Some("2022-01-01T00:00:00Z/2024-01-01T00:00:00Z"), ""),
        ]);
        let exit = crate::Exit::default();
        Run { exit, ..sample::run(command, vec![file]) }
    }

    #[test]
    fn a_time_line_shows_intervals_to_scale_with_undated_records_last() {
        let text = written(&run("history"), TextStyle::default());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "  [2022-01-01            2024-01-01]");
        let bars: Vec<String> =
            lines[2..6].iter().map(|line| line.chars().skip(3).take(32).collect()).collect();
        assert_eq!(bars[0], format!("<{}", ".".repeat(31)));
        assert_eq!(bars[1], "=".repeat(32));
        assert_eq!(bars[2], format!("{}=", ".".repeat(31)));
        assert_eq!(bars[3], " ".repeat(32));
        assert!(lines[4].ends_with("kd (person)  \"a\\u{202e} \\\"b\\\"\""), "{}", lines[4]);
        assert!(lines[5].contains("no date"));
    }

    #[test]
    fn a_list_keeps_its_order() {
        let text = written(&run("find"), TextStyle::default());
        let starts: Vec<&str> = text
            .lines()
            .skip(1)
            .take(4)
            .map(|line| line[2..].split("  ").next().unwrap())
            .collect();
        assert_eq!(
            starts,
            [
                "2024-01-01T00:00:00Z",
                "no date",
                "../2022-01-01T00:00:00Z",
                "2022-01-01T00:00:00Z/2024-01-01T00:00:00Z"
            ]
        );
    }
}
