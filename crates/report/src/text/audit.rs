//! Text of `audit`: assets whose records contradict each other, the worst first.

use std::io::{self, Write};

use super::check::rank;
use super::{Page, covers, header};
use crate::{FileReport, escape};

/// Each asset with its findings, then totals.
pub(super) fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let run = page.run;
    let mut files: Vec<&FileReport> = run.files.iter().collect();
    files.sort_by_key(|file| (rank(file), &file.path));
    for file in files {
        writeln!(out, "{}", page.loud(&header(file)))?;
        for finding in &file.findings {
            page.finding(finding, out)?;
            page.of_finding(file, finding, out)?;
        }
    }
    page.standing(out)?;
    for note in &run.notes {
        writeln!(out, "{}", escape::text(note))?;
    }
    if let Some(index) = &run.index {
        writeln!(out, "index {}: {}", escape::path(&index.location), covers(index))?;
    }
    page.exit(out)
}
