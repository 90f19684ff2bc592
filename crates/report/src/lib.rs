//! Writes one run as text, as JSON and as a page.
//!
//! A [`Run`] is one value that feeds every format. Text that came out of a file, a record or an import passes
//! [`escape`] before a person or a CI log sees it.

mod baseline;
mod calibration;
mod csv;
pub mod escape;
mod event;
mod html;
mod ids;
mod json;
mod junit;
mod kept;
mod run;
#[cfg(test)]
mod sample;
mod sarif;
mod standing;
mod text;
mod words;

use std::io::{self, Write};

pub use baseline::{Baseline, BaselineError};
pub use calibration::{Calibrated, Calibration, EditCount, Made};
pub use event::{Event, Told};
pub use firstseen_assess::Verdict;
pub use html::{ContactSheet, HtmlStyle, Pictures, SheetFile, SheetFrame, contact_sheet};
pub use json::line as json_line;
pub use run::{
    Asset, Change, ClaimWeighed, Code, Exit, FileReport, FirstKnown, Frames, IndexInfo,
    MatchReport, Moment, Reference, Run, Summary, Tool,
};
pub use standing::{
    Absent, BaselineState, Compared, Failure, Gone, Listed, Standing, Suppression, SuppressionUse,
};
pub use text::TextStyle;

/// A form in which a run is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text(TextStyle),
    /// One JSON document.
    Json,
    /// One JSON value a line: the run, each file, the summary.
    Jsonl,
    /// One page that needs nothing else, for people.
    Html(HtmlStyle),
    /// A table with a row a file.
    Csv,
    /// JUnit XML with a test case a file.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
}

/// Whether a file that begins so is an earlier table, JUnit or SARIF report of this program.
#[must_use]
pub fn is_earlier(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    head.starts_with(&csv::COLUMNS.join(","))
        || head.contains("<testsuites name=\"firstseen\"")
        || head.contains("\"name\": \"firstseen\"") && head.contains("sarif-2.1.0")
}

/// Writes a run.
///
/// # Errors
///
/// Where `out` cannot be written to.
pub fn write(run: &Run, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text(style) => text::write(run, style, out),
        Format::Json => json::document(run, out),
        Format::Jsonl => json::lines(run, out),
        Format::Html(style) => html::write(run, style, out),
        Format::Csv => csv::write(run, out),
        Format::Junit => junit::write(run, out),
        Format::Sarif => sarif::write(run, out),
    }
}
