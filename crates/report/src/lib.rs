//! Writes one run as text, as JSON and as a page.
//!
//! A [`Run`] is one value that feeds every format. Text that came out of a file, a record or an import passes
//! [`escape`] before a person or a CI log sees it.

mod calibration;
pub mod escape;
mod html;
mod ids;
mod json;
mod run;
#[cfg(test)]
mod sample;
mod text;
mod words;

use std::io::{self, Write};

pub use calibration::{Calibrated, Calibration, EditCount, Made};
pub use firstseen_assess::Verdict;
pub use html::{ContactSheet, HtmlStyle, Pictures, SheetFile, SheetFrame, contact_sheet};
pub use json::line as json_line;
pub use run::{
    Asset, Change, ClaimWeighed, Code, Exit, FileReport, FirstKnown, Frames, IndexInfo,
    MatchReport, Moment, Reference, Run, Summary, Tool,
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
    }
}
