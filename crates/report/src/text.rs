//! The report for people.
use crate::Run;
use std::io::{self, Write};
/// How text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextStyle {
    /// Whether every file is told in full, not only those with conflicts.
    pub details: bool,
    /// Whether headlines stand out by colour.
    pub color: bool,
}
pub(crate) fn write(run: &Run, _style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", run.command)
}
