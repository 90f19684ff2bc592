//! The report for people: calm and short, the worst first.

mod add;
mod audit;
pub(crate) mod check;
pub(crate) mod file;
mod history;
mod inspect;
mod standing;

use std::io::{self, Write};

use firstseen_model::Gap;

use crate::ids::Ids;
use crate::{FileReport, IndexInfo, Run, escape, words};

/// How text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextStyle {
    /// Whether every file is told in full, not only those with conflicts.
    pub details: bool,
    /// Whether headlines stand out.
    pub color: bool,
}

/// A run with what every part of its text needs.
struct Page<'a> {
    run: &'a Run,
    ids: Ids,
    style: TextStyle,
}

/// Writes a run for people.
pub(crate) fn write(run: &Run, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { run, ids: Ids::of(run), style };
    match run.command.as_str() {
        "check" | "scan" | "compare" => check::write(&page, out)?,
        "inspect" => inspect::write(&page, out)?,
        "history" => history::time_line(&page, out)?,
        "find" => history::list(&page, out)?,
        "audit" => audit::write(&page, out)?,
        _ => add::write(&page, out)?,
    }
    if !run.complete {
        writeln!(
            out,
            "interrupted: not every input was looked at; the same command goes on from here"
        )?;
    }
    Ok(())
}

impl Page<'_> {
    /// Words that stand out.
    fn loud(&self, words: &str) -> String {
        if self.style.color { format!("\x1b[1m{words}\x1b[0m") } else { words.to_owned() }
    }

    /// What the files of the run came to, and why the program ends as it does.
    fn totals(&self, out: &mut dyn Write) -> io::Result<()> {
        let summary = self.run.summary();
        let listed = |counts: &std::collections::BTreeMap<&str, usize>| {
            let parts: Vec<String> = counts
                .iter()
                .map(|(word, count)| format!("{} {}", words::count(*count as u64), word))
                .collect();
            parts.join(", ")
        };
        let files = words::counted(summary.files, "file", "files");
        if summary.files == 0 {
            writeln!(out, "{files}")?;
        } else {
            writeln!(out, "{files}: {}", listed(&summary.states))?;
        }
        if !summary.verdicts.is_empty() {
            writeln!(out, "verdicts: {}", listed(&summary.verdicts))?;
        }
        if !summary.findings.is_empty() {
            let kinds = summary.findings.iter().flat_map(|(kind, strengths)| {
                strengths.iter().map(move |(strength, count)| format!("{count} {kind} {strength}"))
            });
            writeln!(out, "findings: {}", kinds.collect::<Vec<_>>().join(", "))?;
        }
        Ok(())
    }

    /// Why the program ends with another code than 0.
    fn exit(&self, out: &mut dyn Write) -> io::Result<()> {
        let exit = &self.run.exit;
        if exit.because.is_empty() {
            return Ok(());
        }
        let because: Vec<String> = exit.because.iter().map(escape::text).collect();
        let also: String = exit.also.iter().map(|code| format!(" (and {code})")).collect();
        writeln!(out, "exit {}{also}: {}", exit.code, because.join("; "))
    }
}

/// What an index covers: `41,210 assets, 2013-01..2026-11`.
pub(crate) fn covers(index: &IndexInfo) -> String {
    let mut text = words::counted(index.assets as usize, "asset", "assets");
    if let (Some(earliest), Some(latest)) = (index.earliest, index.latest) {
        let month = |at| words::day(at).chars().take(7).collect::<String>();
        text += &format!(", {}..{}", month(earliest), month(latest));
    }
    if index.only_triage > 0 {
        text +=
            &format!(", {} of them looked at by keyframes only", words::count(index.only_triage));
    }
    if let Some(limited) = &index.limited {
        text += &format!(", limited to {}", escape::text(limited));
    }
    text
}

/// Path, shape and short SHA-256, as far as they are known.
fn header(file: &FileReport) -> String {
    let mut parts = vec![escape::path(&file.path)];
    if let Some(asset) = &file.asset {
        let facts = &asset.facts;
        if let Some(duration) = facts.duration {
            parts.push(format!(" {duration}"));
        }
        parts.push(format!("{}x{}", facts.width, facts.height));
        parts.push(facts.id.short());
    }
    parts.join("  ")
}

/// A gap in one phrase.
pub(crate) fn gap(gap: &Gap) -> String {
    let at = gap.at.map(|at| format!(" at {at}")).unwrap_or_default();
    format!("{}{at}: {}", escape::text(&gap.what), escape::cut(&gap.why, escape::LONG))
}

#[cfg(test)]
mod tests {
    use firstseen_model::{FileState, Gap};
    use proptest::prelude::*;

    use super::*;
    use crate::{Format, sample, write};

    pub(super) fn written(run: &Run, style: TextStyle) -> String {
        let mut out = Vec::new();
        write(run, Format::Text(style), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_text_pronounces_a_verdict() {
        for run in sample::runs() {
            let text = written(&run, TextStyle { details: true, color: false }).to_lowercase();
            for word in text.split(|c: char| !c.is_alphabetic() && c != '_') {
                assert!(
                    !["fake", "false", "authentic", "original", "real"].contains(&word),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn colour_is_only_there_when_asked_for() {
        let run = sample::recycled();
        assert!(!written(&run, TextStyle::default()).contains('\x1b'));
        assert!(
            written(&run, TextStyle { color: true, details: false }).contains("\x1b[1mSEEN BEFORE")
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn hostile_text_commands_no_terminal_and_no_log(bytes in prop::collection::vec(any::<u8>(), 0..40), text in any::<String>()) {
            let evil = format!("::error::{text}\n##vso[x]\u{1b}]0;\u{202e}");
            for mut run in sample::runs() {
                let path = [evil.as_bytes(), &bytes].concat();
                run.files.push(FileReport::not_looked_at(path.clone(), FileState::Unreadable, Gap::new(&evil, &*evil)));
                run.notes.push(evil.clone());
                run.exit.because.push(evil.clone());
                for file in &mut run.files {
                    file.path = path.clone();
                    for known in &mut file.matches {
                        known.reference.title = Some(evil.clone());
                        known.reference.path = Some(path.clone());
                    }
                    for claim in &mut file.claims {
                        claim.claim.text = evil.clone();
                    }
                    for finding in &mut file.findings {
                        finding.innocent = vec![evil.clone()];
                        finding.evidence.iter_mut().for_each(|evidence| evidence.raw = evil.clone());
                    }
                    for fact in file.metadata.iter_mut().flat_map(|metadata| &mut metadata.facts) {
                        (fact.name, fact.value) = (evil.clone(), evil.clone());
                    }
                }
                for details in [false, true] {
                    let text = written(&run, TextStyle { details, color: false });
                    prop_assert!(!text.chars().any(|c| c != '\n' && escape::is_unsafe(c)));
                    prop_assert!(!text.contains("##") && !text.lines().any(|line| line.trim_start().starts_with("::")));
                }
            }
        }
    }
}
