//! The report as one page that needs nothing else: no request, no script, pictures and style inside.
//!
//! Text from outside passes [`escape`] first, which makes controls and the order of letters harmless, and then the
//! template engine, which makes markup harmless. Should one of them fail, the page's own policy forbids every script,
//! every request and every style but its own.

mod file;
mod found;
mod map;
mod pillars;
mod sheet;
#[cfg(test)]
mod tests;
mod timeline;

use std::io::{self, Write};

use askama::Template;
use firstseen_model::{FileState, Place};
use sha2::{Digest, Sha256};

pub use self::sheet::{ContactSheet, SheetFile, SheetFrame, contact_sheet};

use self::file::FileView;
use crate::ids::Ids;
use crate::json::base64;
use crate::{FileReport, Run, escape, text, words};

/// Files that are told in full; more make a page that no browser opens quickly.
const FILES: usize = 200;

/// Files that have a row in the overview.
const ROWS: usize = 2_000;

/// Things of one sort that are listed.
const LISTED: usize = 50;

/// Bytes of pictures on a page, as they stand there: it stays under 10 MB with all its words.
const ROOM: usize = 8_000_000;

/// Characters of a text that is worth reading in full.
const LONG: usize = 2_000;

/// How a page is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HtmlStyle {
    /// Whether pictures can be seen at once.
    pub pictures: Pictures,
}

/// Whether pictures can be seen at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pictures {
    /// They are blurred until a person wants to see them: some are hard to bear.
    #[default]
    Blurred,
    /// They are there to be seen.
    Shown,
}

/// A run with what every part of its page needs.
struct Page<'a> {
    run: &'a Run,
    ids: Ids,
}

/// Room that is left for pictures, and how many moments have been shown.
struct Room {
    left: usize,
    moments: usize,
}

/// What every page begins with.
struct Head {
    title: String,
    policy: String,
    style: &'static str,
    version: String,
    blurred: bool,
}

impl Head {
    fn of(title: String, version: &str, style: HtmlStyle) -> Self {
        let hash = base64(&Sha256::digest(STYLE.as_bytes()));
        Self {
            title,
            policy: format!(
                "default-src 'none'; img-src data:; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
            ),
            style: STYLE,
            version: plain(version),
            blurred: style.pictures == Pictures::Blurred,
        }
    }
}

/// The look of every page; the policy names its hash, so that no other style is obeyed.
const STYLE: &str = include_str!("../templates/style.css");

#[derive(Template)]
#[template(path = "report.html")]
struct Report {
    head: Head,
    command: String,
    as_of: String,
    complete: bool,
    /// Whether there are several files, so that they need an overview.
    several: bool,
    totals: Vec<String>,
    rows: Vec<OverviewRow>,
    more_rows: usize,
    files: Vec<FileView>,
    more_files: usize,
    has_pictures: bool,
    notes: Vec<String>,
    index: Vec<(&'static str, String)>,
    made: Vec<(&'static str, String)>,
    exit: Vec<(&'static str, String)>,
    credits: bool,
}

/// One line of the overview.
struct OverviewRow {
    /// Of its section, where it has one.
    number: Option<usize>,
    tone: &'static str,
    verdict: String,
    first_known: String,
    worst: String,
    path: String,
}

/// Writes a run as a page.
pub(crate) fn write(run: &Run, style: HtmlStyle, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { run, ids: Ids::of(run) };
    report(&page, style).write_into(out)
}

fn report(page: &Page<'_>, style: HtmlStyle) -> Report {
    let run = page.run;
    let mut files: Vec<&FileReport> =
        run.files.iter().filter(|file| file.state != FileState::Skipped).collect();
    files.sort_by_key(|file| (text::check::rank(file), &file.path));
    let tells = |file: &FileReport| run.command != "add" || !file.gaps.is_empty();
    let mut room = Room { left: ROOM, moments: 0 };
    let views: Vec<FileView> = files
        .iter()
        .filter(|file| tells(file))
        .take(FILES)
        .enumerate()
        .map(|(i, file)| FileView::of(page, file, i + 1, &mut room))
        .collect();
    let several = run.files.len() != 1;
    let mut numbers = 0;
    let rows = files.iter().take(if several { ROWS } else { 0 }).map(|file| {
        let number = (tells(file) && numbers < views.len()).then(|| {
            numbers += 1;
            numbers
        });
        OverviewRow::of(page, file, number)
    });
    let rows: Vec<OverviewRow> = rows.collect();
    let title = match run.files.as_slice() {
        [file] => format!("{}: firstseen {}", file::path(file), plain(&run.command)),
        files => format!(
            "{}: firstseen {}",
            words::counted(files.len(), "file", "files"),
            plain(&run.command)
        ),
    };
    Report {
        head: Head::of(title, &run.tool.version, style),
        command: plain(&run.command),
        as_of: words::moment(run.as_of),
        complete: run.complete,
        several,
        totals: totals(run),
        more_rows: if several { files.len() - rows.len() } else { 0 },
        rows,
        more_files: files.iter().filter(|file| tells(file)).count() - views.len(),
        files: views,
        has_pictures: room.moments > 0,
        notes: run.notes.iter().map(long).collect(),
        index: index(run),
        made: made(run),
        exit: exit(run),
        credits: looked_up_places(run),
    }
}

impl OverviewRow {
    fn of(page: &Page<'_>, file: &FileReport, number: Option<usize>) -> Self {
        let verdict = file.verdict.map_or(file.state.word(), |verdict| {
            text::file::headword_in(&page.run.command, file, verdict)
        });
        let (tone, first_known, worst) = file::row(file);
        Self {
            number,
            tone,
            verdict: capital(&verdict.to_lowercase()),
            first_known,
            worst,
            path: file::path(file),
        }
    }
}

fn totals(run: &Run) -> Vec<String> {
    let summary = run.summary();
    let listed = |counts: &std::collections::BTreeMap<&str, usize>| {
        let told =
            counts.iter().map(|(word, count)| format!("{} {word}", words::count(*count as u64)));
        told.collect::<Vec<_>>().join(", ")
    };
    let mut totals = vec![words::counted(summary.files, "file", "files")];
    if summary.files > 0 {
        totals.push(listed(&summary.states));
    }
    if !summary.verdicts.is_empty() {
        totals.push(format!("verdicts: {}", listed(&summary.verdicts)));
    }
    let kinds = summary.findings.iter().flat_map(|(kind, strengths)| {
        strengths.iter().map(move |(strength, count)| format!("{count} {kind} {strength}"))
    });
    let kinds: Vec<String> = kinds.collect();
    if !kinds.is_empty() {
        totals.push(format!("findings: {}", kinds.join(", ")));
    }
    let suppressed = run.suppressed();
    if suppressed > 0 {
        totals.push(format!("set aside: {}", words::counted(suppressed, "finding", "findings")));
    }
    totals
}

fn index(run: &Run) -> Vec<(&'static str, String)> {
    let Some(index) = &run.index else { return Vec::new() };
    let mut told = vec![
        ("Index", plain(&index.location)),
        ("It covers", text::covers(index)),
        ("Codes", words::count(index.codes)),
    ];
    told.extend(index.sightings.map(|count| ("Sightings", words::count(count))));
    told.extend(index.claims.map(|count| ("Claims", words::count(count))));
    told.extend(index.limited.as_ref().map(|limited| ("Limited to", plain(limited))));
    told.push(("State", plain(&index.snapshot)));
    let calibrated = index.calibrated.as_ref().map(|calibrated| plain(calibrated.words()));
    told.push(("Calibrated", calibrated.unwrap_or_else(|| "not yet".to_owned())));
    told
}

fn made(run: &Run) -> Vec<(&'static str, String)> {
    let algorithms = run.tool.algorithms.iter();
    let algorithms: Vec<String> =
        algorithms.map(|(name, version)| format!("{} {version}", plain(name))).collect();
    let settings = run.settings.iter();
    let settings: Vec<String> =
        settings.map(|(name, value)| format!("{} = {}", plain(name), plain(value))).collect();
    let mut told = vec![
        ("Program", format!("firstseen {}", plain(&run.tool.version))),
        ("Command", plain(&run.command)),
        ("As of", words::moment(run.as_of)),
        ("Profile", run.profile.word().to_owned()),
    ];
    told.extend(run.tool.ffmpeg.as_ref().map(|version| ("FFmpeg", plain(version))));
    told.push(("Algorithms", algorithms.join(", ")));
    if !settings.is_empty() {
        told.push(("Settings", settings.join(", ")));
    }
    told
}

fn exit(run: &Run) -> Vec<(&'static str, String)> {
    let exit = &run.exit;
    let mut told = vec![("Exit code", exit.code.to_string())];
    if !exit.because.is_empty() {
        let because: Vec<String> = exit.because.iter().map(plain).collect();
        told.push(("Because", because.join("; ")));
    }
    if !exit.also.is_empty() {
        let also: Vec<String> = exit.also.iter().map(u8::to_string).collect();
        told.push(("It outranks", also.join(", ")));
    }
    told.extend(exit.fail_on.as_ref().map(|what| ("10 is for", plain(what))));
    told
}

/// Whether anything on the page was looked up in the gazetteer.
fn looked_up_places(run: &Run) -> bool {
    let looked_up = |place: &Place| place.area.is_some() || !place.spots.is_empty();
    run.files.iter().any(|file| {
        let claimed = file.claims.iter().filter_map(|weighed| weighed.claim.place.as_ref());
        let seen = file.matches.iter().flat_map(|known| &known.sightings).chain(&file.own);
        claimed.chain(seen.filter_map(|sighting| sighting.seen.place.as_ref())).any(looked_up)
    })
}

/// A text from outside, short.
fn plain(from: impl AsRef<[u8]>) -> String {
    escape::cut(from, escape::LONG)
}

/// A text from outside that is worth reading in full, line by line.
fn long(from: impl AsRef<str>) -> String {
    let from = from.as_ref();
    let end = from.char_indices().nth(LONG).map_or(from.len(), |(end, _)| end);
    let lines: Vec<String> = from[..end].lines().map(escape::text).collect();
    let rest = from[end..].chars().count();
    let more = if rest > 0 { format!("... ({rest} more)") } else { String::new() };
    format!("{}{more}", lines.join("\n"))
}

/// A text from outside between quotation marks.
fn quoted(from: impl AsRef<[u8]>) -> String {
    format!("\u{201c}{}\u{201d}", plain(from))
}

/// A word of reports as people write it: `same-footage` is "same footage".
fn words_of(word: &str) -> String {
    word.replace('-', " ")
}

/// With a capital at its start.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    first.unwrap_or_default() + letters.as_str()
}
