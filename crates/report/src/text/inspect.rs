//! Text of `inspect`: what a person asks of a file's metadata, what the rules find in it, and every fact and date with
//! its trust.

use std::io::{self, Write};

use firstseen_assess::{Question, origin};
use firstseen_media::{Fact, FactKind, Metadata, Trust};
use firstseen_model::Doubt;

use super::file::interval;
use super::{Page, gap, header};
use crate::run::carries_nothing;
use crate::{FileReport, escape, words};

/// The groups in which facts are told.
const GROUPS: [(FactKind, &str); 7] = [
    (FactKind::Date, "TIME FIELDS"),
    (FactKind::Place, "PLACE"),
    (FactKind::Device, "DEVICE"),
    (FactKind::Program, "PROGRAM"),
    (FactKind::Credit, "CREDIT"),
    (FactKind::Shape, "SHAPE"),
    (FactKind::Other, "OTHER"),
];

/// Every file in full.
pub(super) fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (i, file) in page.run.files.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        inspected(page, file, out)?;
    }
    if page.run.files.len() != 1 {
        writeln!(out)?;
        page.totals(out)?;
    }
    for note in &page.run.notes {
        writeln!(out, "{}", escape::text(note))?;
    }
    page.exit(out)
}

fn inspected(page: &Page<'_>, file: &FileReport, out: &mut dyn Write) -> io::Result<()> {
    let shape = match &file.asset {
        Some(asset) => {
            let facts = &asset.facts;
            format!("  {}  {} bytes", escape::text(&facts.mime), words::count(facts.size_bytes))
        }
        None => format!("  {}", file.state.word()),
    };
    writeln!(out, "{}{shape}", header(file))?;
    if let Some(asset) = &file.asset {
        writeln!(out, "  sha256 {}", asset.facts.id)?;
    }
    if let Some(metadata) = &file.metadata {
        answers(page, metadata, out)?;
        if !file.findings.is_empty() {
            writeln!(out, "{}", page.loud("FINDINGS"))?;
        }
        file.findings.iter().try_for_each(|finding| page.finding(finding, out))?;
        dates(page, metadata, out)?;
        for (kind, title) in GROUPS {
            let facts: Vec<&Fact> =
                metadata.facts.iter().filter(|fact| fact.kind == kind).collect();
            group(page, title, &facts, out)?;
        }
        if metadata.facts.is_empty() {
            writeln!(out, "  no metadata; most posts have none, and it says nothing")?;
        }
    }
    if let Some(codes) = &file.codes {
        writeln!(out, "{}", page.loud("CODES"))?;
        for code in codes {
            let quality =
                code.quality.map(|quality| format!("  quality {quality}")).unwrap_or_default();
            writeln!(
                out,
                "  {}  {}  {}{quality}",
                escape::text(&code.algorithm),
                code.at,
                escape::text(&code.hex)
            )?;
        }
    }
    let gaps: Vec<_> = file.gaps.iter().filter(|gap| !carries_nothing(gap)).collect();
    if !gaps.is_empty() {
        writeln!(out, "{}", page.loud("GAPS"))?;
    }
    gaps.iter().try_for_each(|one| writeln!(out, "  {}", gap(one)))
}

/// The five questions, each with what its answers rest on.
fn answers(page: &Page<'_>, metadata: &Metadata, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", page.loud("IN SHORT"))?;
    let mut last: Option<Question> = None;
    for answer in origin(metadata) {
        let question = if last == Some(answer.question) { "" } else { answer.question.word() };
        last = Some(answer.question);
        let text = escape::cut(&answer.text, escape::LONG);
        let basis = match answer.basis.as_str() {
            "" => String::new(),
            basis => format!("  ({})", escape::cut(basis, 90)),
        };
        writeln!(out, "  {question:<12}  {text}{basis}")?;
    }
    Ok(())
}

fn dates(page: &Page<'_>, metadata: &Metadata, out: &mut dyn Write) -> io::Result<()> {
    if !metadata.dates.is_empty() {
        writeln!(out, "{}", page.loud("DATES"))?;
    }
    for date in &metadata.dates {
        let doubt = if date.doubt == Doubt::None { "" } else { ", in doubt" };
        let (kind, text) = (date.kind.word(), escape::cut(&date.text, escape::LONG));
        let (span, basis) =
            (interval(date.earliest, date.latest), escape::text(date.basis.to_string()));
        writeln!(out, "  {kind:<10}  {text}{span}  ({basis}{doubt})")?;
    }
    Ok(())
}

fn group(page: &Page<'_>, title: &str, facts: &[&Fact], out: &mut dyn Write) -> io::Result<()> {
    if !facts.is_empty() {
        writeln!(out, "{}", page.loud(title))?;
    }
    for fact in facts {
        let value = match (fact.trust, fact.value.as_str()) {
            (Trust::Measured, "true") => "yes",
            (Trust::Measured, "false") => "no",
            (_, value) => value,
        };
        let (name, value) = (escape::cut(&fact.name, 60), escape::cut(value, escape::LONG));
        let (from, trust) = (escape::cut(&fact.read_from, 60), words::trust(fact.trust));
        writeln!(out, "  {name:<22}  {value}  ({from}, {trust})")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::written;
    use crate::{TextStyle, sample};

    fn lines(of: &crate::Run) -> Vec<String> {
        written(of, TextStyle::default()).lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_questions_come_first_with_what_their_answers_rest_on() {
        assert_eq!(
            lines(&sample::inspected())[2..9],
            [
                "IN SHORT",
                "  when          taken not before 2024-10-17T17:05:30Z, by the device's clock  (datetime_original, exif:IFD0)",
                "                existed by 2024-10-18T19:05:30Z, if that clock was right  (datetime_original, exif:IFD0)",
                "  where         it names no place",
                "  made by       device: Nikon\\u{202e}  (make, exif:IFD0)",
                "  came through  no trace of a platform",
                "  declares      neither edits nor a generator; most files declare nothing",
            ]
        );
    }

    #[test]
    fn facts_are_grouped_and_dates_have_their_intervals() {
        let lines = lines(&sample::inspected());
        assert_eq!(lines[0], "photo.jpg  720x1280  9c9c9c9c  video/mp4  5,120,000 bytes");
        assert_eq!(lines[1], format!("  sha256 {}", "9c".repeat(32)));
        assert_eq!(
            lines[9..18],
            [
                "DATES",
                "  captured    2024-10-18T07:05:30 [2024-10-17T17:05:30Z, 2024-10-18T19:05:30Z]  (exif)",
                "TIME FIELDS",
                "  datetime_original       2024:10:18 07:05:30  (exif:IFD0, hint)",
                "PLACE",
                "  gps_lat                 43.35  (exif:IFD0, declared)",
                "DEVICE",
                "  make                    Nikon\\u{202e}  (exif:IFD0, declared)",
                "OTHER",
            ]
        );
    }

    #[test]
    fn findings_stand_between_the_answers_and_the_fields() {
        let mut run = sample::inspected();
        run.files[0].findings = sample::recycled().files[0].findings.clone();
        let lines = lines(&run);
        let at = |head: &str| lines.iter().position(|line| line == head);
        assert!(at("IN SHORT") < at("FINDINGS") && at("FINDINGS") < at("DATES"), "{lines:#?}");
    }
}
