//! The JSON report, as `docs/report-1.schema.json` describes it.

mod event;
mod formatter;
mod found;
mod metadata;
mod origin;
mod path;
#[cfg(test)]
mod schema;
mod standing;
mod wire;

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, PrettyFormatter};

pub(crate) use self::path::base64;

use self::formatter::Safe;
use self::wire::{Document, File, Head, Line, Totals};
use crate::Run;
use crate::ids::Ids;

/// Writes one document.
pub(crate) fn document(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let ids = Ids::of(run);
    let document = Document {
        head: Head::of(run),
        files: run.files.iter().map(|file| File::of(file, &ids)).collect(),
        summary: Totals::of(run, &ids),
    };
    document_of(&document, out)
}

/// Writes a value as one document, with nothing in it that moves a terminal.
pub(crate) fn document_of(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut *out, Safe(PrettyFormatter::new()));
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// Writes a line for the run, one for each file and one for the summary.
pub(crate) fn lines(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let ids = Ids::of(run);
    line(&Line::new("run", Head::of(run)), out)?;
    for file in &run.files {
        line(&Line::new("file", File::of(file, &ids)), out)?;
    }
    line(&Line::new("summary", Totals::of(run, &ids)), out)
}

/// Writes one JSON value and a line's end, with nothing in it that moves a terminal.
///
/// # Errors
///
/// Where `out` cannot be written to.
pub fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Safe(CompactFormatter));
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}
