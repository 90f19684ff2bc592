//! Where reports go: standard output in the form asked for, and files.

use std::io::{BufWriter, IsTerminal, Read, Write};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use firstseen_media::Rgb;
use firstseen_report::{Format, HtmlStyle, Pictures, Run, TextStyle};

use crate::exit::Exit;
use crate::pipeline::run;
use crate::settings::{ColorOption, FormatOption, Settings};

/// A report that goes to a file as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportFile {
    form: Form,
    path: PathBuf,
}

/// The form of a report that goes to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Json,
    Jsonl,
    Html,
    Csv,
    Junit,
    Sarif,
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
        let form = match format {
            "json" => Form::Json,
            "jsonl" => Form::Jsonl,
            "text" => Form::Text,
            "html" => Form::Html,
            "csv" => Form::Csv,
            "junit" => Form::Junit,
            "sarif" => Form::Sarif,
            _ => bail!(
                "--report {given}: no such format (csv, html, json, jsonl, junit, sarif, text)"
            ),
        };
        if path.is_empty() {
            bail!("--report {given}: a path is needed after the =");
        }
        let file = ReportFile { form, path: PathBuf::from(path) };
        file.refuse_to_destroy()?;
        Ok(file)
    });
    files.collect()
}

impl ReportFile {
    /// Refuses to put a report in the place of anything but an earlier report: evidence, or part of an index.
    fn refuse_to_destroy(&self) -> anyhow::Result<()> {
        let shown = self.path.display();
        refuse_in_index("--report", &self.path, "reports")?;
        let mut head = Vec::new();
        match std::fs::File::open(&self.path) {
            Ok(file) => file.take(4096).read_to_end(&mut head)?,
            Err(_) => return Ok(()),
        };
        let ours = match self.form {
            Form::Json | Form::Jsonl => String::from_utf8_lossy(&head).contains(SCHEMA),
            Form::Html => head.windows(PAGE.len()).any(|part| part == PAGE),
            Form::Csv | Form::Junit | Form::Sarif => firstseen_report::is_earlier(&head),
            Form::Text => firstseen_media::no_media(&head).is_some() && !head.starts_with(b"{"),
        };
        if head.is_empty() || ours {
            return Ok(());
        }
        bail!(
            "--report: {shown} is there already and is no earlier report; name another path, or remove it first"
        )
    }
}

/// Writes what a command has to say that looks at no file: its lines, or a report that has them as notes.
///
/// # Errors
///
/// Where one of them cannot be written to.
pub(crate) fn write_lines(
    command: &str,
    lines: Vec<String>,
    exit: Exit,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let reports = report_files(settings)?;
    if settings.common.format == FormatOption::Text && reports.is_empty() {
        for line in &lines {
            writeln!(out, "{}", firstseen_report::escape::text(line))?;
        }
        return Ok(exit);
    }
    let mut run = run::run(command, settings, None, Vec::new());
    run.notes = lines;
    run.exit.code = exit.code();
    write(&run, true, settings, &reports, out)?;
    Ok(exit)
}

/// Whether one of these holds pictures itself, so that they have to be taken.
pub(crate) fn holds_pictures(files: &[ReportFile]) -> bool {
    files.iter().any(|file| file.form == Form::Html)
}

/// Refuses to put `what` at a path that is, or lies in, an index.
///
/// # Errors
///
/// Where it does; `option` is the one that named it.
pub(crate) fn refuse_in_index(option: &str, path: &Path, what: &str) -> anyhow::Result<()> {
    let whole = std::path::absolute(path)?;
    // What is not there yet has no way that the system knows.
    let mut plain = PathBuf::new();
    for part in whole.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    let in_index = |path: &Path| {
        let there = path.ancestors().find_map(|above| above.canonicalize().ok());
        let there = there.iter().flat_map(|there| there.ancestors());
        path.ancestors().chain(there).any(|folder| folder.join(CATALOGUE).exists())
    };
    if in_index(&whole) || in_index(&plain) {
        bail!("{option}: {} lies in an index; {what} go elsewhere", path.display());
    }
    Ok(())
}

/// Refuses to put a picture at a path that is an input, lies in an index, or holds anything but an earlier run's, which
/// begins with `ours` somewhere.
///
/// # Errors
///
/// Where it does; `option` is the one that named it.
pub(crate) fn refuse_to_replace(
    option: &str,
    path: &Path,
    inputs: &[&Path],
    ours: &[u8],
) -> anyhow::Result<()> {
    let shown = path.display();
    refuse_in_index(option, path, "pictures")?;
    let same = |input: &&Path| match (input.canonicalize(), path.canonicalize()) {
        (Ok(input), Ok(path)) => input == path,
        _ => false,
    };
    if inputs.iter().any(same) {
        bail!("{option}: {shown} is to be looked at; name another path");
    }
    if path.exists() && !path.is_file() {
        bail!("{option}: {shown} is there already and is no file");
    }
    let mut head = Vec::new();
    match std::fs::File::open(path) {
        Ok(file) => file.take(4096).read_to_end(&mut head)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("{option}: {shown}")),
    };
    if head.is_empty() || head.windows(ours.len()).any(|part| part == ours) {
        return Ok(());
    }
    bail!(
        "{option}: {shown} is there already and was not written by {option}; name another path, or remove it first"
    )
}

/// A picture that a comparison is shown by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReplayFile {
    path: PathBuf,
}

impl ReplayFile {
    /// What is to be written to `path`, which is none of `inputs`.
    ///
    /// # Errors
    ///
    /// Where it has not the ending of a PNG, lies in an index, or is there already and is no picture of an earlier run.
    pub(crate) fn at(path: &Path, inputs: &[&Path]) -> anyhow::Result<Self> {
        let shown = path.display();
        if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
            bail!("--replay: {shown} does not end in .png, and a PNG is what is written");
        }
        let ours = [b"Software\0", REPLAY.as_bytes()].concat();
        refuse_to_replace("--replay", path, inputs, &ours)?;
        Ok(Self { path: path.to_path_buf() })
    }

    /// Where it goes.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes it, in full or not at all.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub(crate) fn write(&self, picture: &Rgb) -> anyhow::Result<()> {
        put(&self.path, &picture.png(REPLAY))
            .with_context(|| format!("--replay: cannot write {}", self.path.display()))
    }
}

/// What pictures of `--replay` say of themselves.
const REPLAY: &str = "firstseen replay";

/// The file by which an index's folder is known.
const CATALOGUE: &str = "catalogue.sqlite";

/// What every page says of itself at its beginning.
pub(crate) const PAGE: &[u8] = b"<meta name=\"generator\" content=\"firstseen ";

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
        let format = match file.form {
            Form::Text => Format::Text(TextStyle { details, color: false }),
            Form::Json => Format::Json,
            Form::Jsonl => Format::Jsonl,
            Form::Html => Format::Html(html_style(settings)),
            Form::Csv => Format::Csv,
            Form::Junit => Format::Junit,
            Form::Sarif => Format::Sarif,
        };
        to_file(run, format, &file.path)
            .with_context(|| format!("cannot write the report {}", file.path.display()))?;
    }
    let color = match settings.common.color {
        ColorOption::Always => true,
        ColorOption::Never => false,
        ColorOption::Auto => std::io::stdout().is_terminal(),
    };
    let mut out = BufWriter::new(out);
    let format = match settings.common.format {
        FormatOption::Text => Format::Text(TextStyle { details, color }),
        FormatOption::Json => Format::Json,
        FormatOption::Jsonl => Format::Jsonl,
    };
    firstseen_report::write(run, format, &mut out)?;
    out.flush()?;
    Ok(())
}

/// How pages are written.
pub(crate) fn html_style(settings: &Settings) -> HtmlStyle {
    let shown = settings.common.no_blur;
    HtmlStyle { pictures: if shown { Pictures::Shown } else { Pictures::Blurred } }
}

/// A report is there in full or not at all: whoever reads it meanwhile sees the one before.
fn to_file(run: &Run, format: Format, path: &Path) -> std::io::Result<()> {
    let part = part_of(path);
    let mut file = BufWriter::new(std::fs::File::create(&part)?);
    firstseen_report::write(run, format, &mut file)?;
    file.into_inner()?.sync_all()?;
    std::fs::rename(&part, path)
}

/// A file is there in full or not at all; what was in its place is gone then, not written into.
///
/// # Errors
///
/// Where it cannot be written.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = part_of(path);
    let written = std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        // Half a file is of no use to anybody.
        let _ = std::fs::remove_file(&part);
    }
    written
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

/// Tells a person something beside the report, on standard error.
pub(crate) fn tell(settings: &Settings, line: &str) {
    if !settings.common.quiet {
        // Without a standard error there is nobody to tell.
        let _ = writeln!(std::io::stderr().lock(), "{}", firstseen_report::escape::text(line));
    }
}
