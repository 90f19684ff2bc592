//! The report as a table: a row a file, for spreadsheets.

use std::io::{self, Write};

use firstseen_assess::{Finding, Outcome};

use crate::ids::Ids;
use crate::text::gap;
use crate::{FileReport, MatchReport, Run, escape, words};

/// What the columns are called.
pub(crate) const COLUMNS: [&str; 25] = [
    "path",
    "outcome",
    "verdict",
    "first_known",
    "first_known_latest",
    "claim",
    "rule",
    "kind",
    "strength",
    "baseline",
    "suppressed",
    "findings",
    "message",
    "best_match",
    "grade",
    "match",
    "matches",
    "state",
    "sha256",
    "bytes",
    "width",
    "height",
    "duration_s",
    "frames_used",
    "gaps",
];

/// Writes a row a file, in the order of the run.
pub(crate) fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let ids = Ids::of(run);
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    for file in &run.files {
        table.write_record(row(file, &ids))?;
    }
    table.flush()
}

fn row(file: &FileReport, ids: &Ids) -> [String; COLUMNS.len()] {
    let finding = told(file);
    let standing = finding.map(|finding| file.standing(finding)).unwrap_or_default();
    let best = file.matches.first();
    let asset = file.asset.as_ref();
    let facts = asset.map(|asset| &asset.facts);
    let first = file.first_known.as_ref().map(|known| &known.date);
    let number = |number: Option<String>| number.unwrap_or_default();
    [
        cell(escape::text(&file.path)),
        outcome(file).to_owned(),
        file.verdict.map_or("", words::verdict).to_owned(),
        first.map(|date| cell(escape::text(&date.text))).unwrap_or_default(),
        number(first.and_then(|date| date.latest).map(words::moment)),
        claim(file).to_owned(),
        finding.map(|finding| finding.rule.to_string()).unwrap_or_default(),
        finding.map_or("", |finding| finding.kind.word()).to_owned(),
        finding.map_or("", |finding| finding.strength.word()).to_owned(),
        standing.baseline.map_or("", |state| state.word()).to_owned(),
        standing.suppressed.map(|entry| cell(escape::text(&entry.reason))).unwrap_or_default(),
        file.findings.len().to_string(),
        finding.map(|finding| cell(escape::text(&finding.message))).unwrap_or_default(),
        best.map(|found| cell(reference(found))).unwrap_or_default(),
        best.map_or("", |found| found.found.grade.word()).to_owned(),
        best.map(|found| ids.found(&found.found.id())).unwrap_or_default(),
        file.matches.len().to_string(),
        file.state.word().to_owned(),
        number(facts.map(|facts| facts.id.to_string())),
        number(facts.map(|facts| facts.size_bytes.to_string())),
        number(facts.map(|facts| facts.width.to_string())),
        number(facts.map(|facts| facts.height.to_string())),
        number(facts.and_then(|facts| facts.duration).map(|time| time.seconds().to_string())),
        number(asset.map(|asset| asset.frames_used.to_string())),
        cell(file.gaps.iter().map(gap).collect::<Vec<_>>().join("; ")),
    ]
}

/// What the file does to the exit code.
fn outcome(file: &FileReport) -> &'static str {
    if file.counting().next().is_some() {
        "found"
    } else if file.new_failure().is_some() {
        "not-looked-at"
    } else {
        ""
    }
}

/// The finding that the row tells: one that counts, else the gravest that nobody set aside, else the gravest.
fn told(file: &FileReport) -> Option<&Finding> {
    file.counting().next().or_else(|| file.worst()).or_else(|| file.findings.first())
}

/// What came of the claims: a conflict if any has one.
fn claim(file: &FileReport) -> &'static str {
    let outcomes = file.claims.iter().map(|claim| claim.outcome);
    outcomes.min().map_or("", Outcome::word)
}

fn reference(known: &MatchReport) -> String {
    known.reference.shown_path().map_or_else(|| known.found.reference.to_string(), escape::text)
}

/// A cell that no spreadsheet takes for a formula.
fn cell(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Format, sample};

    fn table(run: &Run) -> Vec<csv::StringRecord> {
        let mut out = Vec::new();
        crate::write(run, Format::Csv, &mut out).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&out[..]);
        reader.records().collect::<Result<_, _>>().unwrap()
    }

    fn column(name: &str) -> usize {
        COLUMNS.iter().position(|column| *column == name).unwrap()
    }

    #[test]
    fn a_file_has_one_row_with_its_worst_finding() {
        let rows = table(&sample::several());
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[0].iter().collect::<Vec<_>>(), COLUMNS);
        let told = |name| &rows[1][column(name)];
        assert_eq!((told("path"), told("verdict")), ("a.mp4", "seen"));
        assert_eq!((told("rule"), told("strength")), ("predates-claim", "strong"));
        assert_eq!((told("claim"), told("best_match")), ("conflict", "archive/tuva.mp4"));
        assert_eq!(told("first_known_latest"), "2022-03-11T18:00:00Z");
        assert_eq!(told("sha256").len(), 64);
        assert_eq!(&rows[3][column("path")], "c\\x1b[31m.mp4");
        assert_eq!(&rows[3][column("gaps")], "file: no frame\\ncould be read");
    }

    #[test]
    fn a_formula_is_text() {
        for (given, expected) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+1", "'+1"),
            ("-1+2", "'-1+2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("a=1", "a=1"),
        ] {
            assert_eq!(cell(given.to_owned()), expected);
        }
        let mut run = sample::several();
        run.files[0].path = b"=cmd|' /C calc'!A0.mp4".to_vec();
        run.files[0].matches[0].reference.path = Some(b"@evil, \"quoted\"".to_vec());
        let rows = table(&run);
        assert_eq!(&rows[1][column("path")], "'=cmd|' /C calc'!A0.mp4");
        assert_eq!(&rows[1][column("best_match")], "'@evil, \"quoted\"");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_cell_from_outside_is_a_formula_or_moves_a_terminal(text in any::<String>(), first in prop::sample::select(vec!["=", "+", "-", "@", "\t", "\r", "\u{1b}", ""])) {
            let evil = format!("{first}{text}");
            let mut run = sample::several();
            for file in &mut run.files {
                file.path = evil.clone().into_bytes();
                file.gaps.iter_mut().for_each(|gap| (gap.what, gap.why) = (evil.clone(), evil.clone()));
                file.findings.iter_mut().for_each(|finding| finding.message = evil.clone());
                for known in &mut file.matches {
                    known.reference.path = Some(evil.clone().into_bytes());
                }
            }
            for row in table(&run).iter().skip(1) {
                for cell in row {
                    prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{}", cell);
                    prop_assert!(!cell.chars().any(escape::is_unsafe), "{:?}", cell);
                }
            }
        }
    }
}
