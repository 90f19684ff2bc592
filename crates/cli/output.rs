//! Where reports go: standard output in the form asked for, and files.

use std::io::{BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use firstseen_report::{Format, Run, TextStyle};

use crate::settings::{ColorOption, FormatOption, Settings};

/// A report that goes to a file as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportFile {
    format: FormatOption,
    path: PathBuf,
}

/// The report files asked for.
///
/// # Errors
///
/// Where one has no format, or one that this version does not write.
pub(crate) fn report_files(settings: &Settings) -> anyhow::Result<Vec<ReportFile>> {
    let files = settings.common.report.iter().map(|given| {
        let Some((format, path)) = given.split_once('=') else {
            bail!("--report {given}: FORMAT=PATH is needed, such as json=report.json");
        };
        let format = match format {
            "json" => FormatOption::Json,
            "jsonl" => FormatOption::Jsonl,
            "text" => FormatOption::Text,
            "html" | "csv" | "junit" | "sarif" => {
                bail!("--report {given}: this version writes json, jsonl and text; {format} is not there yet")
            }
            _ => bail!("--report {given}: no such format (json, jsonl, text)"),
        };
        if path.is_empty() {
            bail!("--report {given}: a path is needed after the =");
        }
        let file = ReportFile { format, path: PathBuf::from(path) };
        file.refuse_to_destroy()?;
        Ok(file)
    });
    files.collect()
}

impl ReportFile {
    /// Refuses to put a report in the place of anything but an earlier report: evidence, or part of an index.
    fn refuse_to_destroy(&self) -> anyhow::Result<()> {
        let shown = self.path.display();
        let whole = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let mut folders = whole.ancestors().skip(1);
        if folders.any(|folder| folder.join(CATALOGUE).exists()) {
            bail!("--report: {shown} lies in an index; reports go elsewhere");
        }
        let mut head = Vec::new();
        match std::fs::File::open(&self.path) {
            Ok(file) => file.take(4096).read_to_end(&mut head)?,
            Err(_) => return Ok(()),
        };
        let json = self.format != FormatOption::Text;
        let ours = if json {
            String::from_utf8_lossy(&head).contains(SCHEMA)
        } else {
            firstseen_media::no_media(&head).is_some() && !head.starts_with(b"{")
        };
        if head.is_empty() || ours {
            return Ok(());
        }
        bail!(
            "--report: {shown} is there already and is no earlier report; name another path, or remove it first"
        )
    }
}

/// The file by which an index's folder is known.
const CATALOGUE: &str = "catalogue.sqlite";

/// What every JSON report says of itself at its beginning.
const SCHEMA: &str = "firstseen.report/";

/// Writes a run to `out` and to the report files.
///
/// # Errors
///
/// Where one of them cannot be written to.
pub(crate) fn write(
    run: &Run,
    details: bool,
    settings: &Settings,
    files: &[ReportFile],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    for file in files {
        let format = format(file.format, details, false);
        to_file(run, format, &file.path)
            .with_context(|| format!("cannot write the report {}", file.path.display()))?;
    }
    let color = match settings.common.color {
        ColorOption::Always => true,
        ColorOption::Never => false,
        ColorOption::Auto => std::io::stdout().is_terminal(),
    };
    let mut out = BufWriter::new(out);
    firstseen_report::write(run, format(settings.common.format, details, color), &mut out)?;
    out.flush()?;
    Ok(())
}

fn format(option: FormatOption, details: bool, color: bool) -> Format {
    match option {
        FormatOption::Text => Format::Text(TextStyle { details, color }),
        FormatOption::Json => Format::Json,
        FormatOption::Jsonl => Format::Jsonl,
    }
}

/// A report is there in full or not at all: whoever reads it meanwhile sees the one before.
fn to_file(run: &Run, format: Format, path: &Path) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut file = BufWriter::new(std::fs::File::create(&part)?);
    firstseen_report::write(run, format, &mut file)?;
    file.into_inner()?.sync_all()?;
    std::fs::rename(&part, path)
}

/// Tells a person something beside the report, on standard error.
pub(crate) fn tell(settings: &Settings, line: &str) {
    if !settings.common.quiet {
        // Without a standard error there is nobody to tell.
        let _ = writeln!(std::io::stderr().lock(), "{}", firstseen_report::escape::text(line));
    }
}
