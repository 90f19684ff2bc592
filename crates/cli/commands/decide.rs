//! `decide`.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};
use firstseen_index::{Index, Snapshot, Stated};
use firstseen_model::{AssetId, Decision, MatchId, Ruling};

use super::note::said;
use crate::exit::Exit;
use crate::pipeline::counted::Counted;
use crate::pipeline::paths::Kept;
use crate::pipeline::teller::Teller;
use crate::pipeline::{printed, query, run, subject};
use crate::settings::Settings;
use crate::{locate, output, turn};

/// Decide what two assets are to each other; every later check goes by it
///
/// `same` counts as seen, whatever was measured; `different` and `irrelevant` (a logo, a stock clip, a test card) say
/// nothing any more. The newest word on a pair holds, and all of them are kept.
#[derive(Debug, Args)]
pub(super) struct DecideArgs {
    /// A match (M-...) that was printed here, or two files or SHA-256
    #[arg(value_name = "MATCH", num_args = 1..=2, required = true)]
    what: Vec<PathBuf>,
    /// What they are to each other
    #[arg(required = true)]
    ruling: RulingOption,
    /// Who decides
    #[arg(long, value_name = "WHO")]
    by: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RulingOption {
    /// The same footage, or one a part of the other
    Same,
    /// Not the same footage
    Different,
    /// The same, and of no account
    Irrelevant,
}

impl From<RulingOption> for Ruling {
    fn from(option: RulingOption) -> Self {
        match option {
            RulingOption::Same => Self::Same,
            RulingOption::Different => Self::Different,
            RulingOption::Irrelevant => Self::Irrelevant,
        }
    }
}

/// A pair, with the file of a side that may not be in the index.
struct Pair {
    one: AssetId,
    other: AssetId,
    files: Vec<(AssetId, PathBuf)>,
}

pub(super) fn run(
    args: &DecideArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    said("--by", &args.by)?;
    said("--note", &args.note)?;
    let index = locate::open_to_write(settings, &[])?;
    let (before, kept) = (index.snapshot()?, Kept::for_index(index.folder()));
    let pair = pair(&args.what, &index, &before, &kept)?;
    let (one, other) = (pair.one, pair.other);
    if one == other {
        bail!("{} is one asset: there is nothing to decide", one.short());
    }
    if before.role(&one)?.is_none() && before.role(&other)?.is_none() {
        bail!(
            "neither {} nor {} is in this index; `firstseen add FILE` puts it there",
            one.short(),
            other.short()
        );
    }
    let decision = Decision {
        one,
        other,
        ruling: args.ruling.into(),
        by: args.by.trim().to_owned(),
        note: args.note.trim().to_owned(),
        at: settings.now,
    };
    // Read first: a file that cannot be read costs the codes, and nothing else.
    let mut notes = Vec::new();
    let mut records = Vec::new();
    for id in [one, other] {
        if before.role(&id)?.is_some() {
            continue;
        }
        let file = pair.files.iter().find(|(of, _)| *of == id);
        match query::read(id, file.map(|(_, path)| path.as_path()), &kept, settings)? {
            Ok(record) => records.push(record),
            Err(why) => notes.push(format!("{}: only the decision is kept: {why}", id.short())),
        }
    }
    let mut writer = turn::writer(&index, settings)?;
    for record in records {
        record.put(&mut writer)?;
    }
    let stated = writer.decide(&decision)?;
    writer.commit()?;
    let snapshot = index.snapshot()?;
    let teller = Teller {
        counted: Counted { snapshot: &snapshot, limit: &Default::default() },
        kept: &kept,
    };
    let mut files = Vec::new();
    for id in [one, other] {
        if snapshot.role(&id)?.is_some() {
            files.push(teller.file(&id, vec![Teller::decision(&decision, &id)])?);
        }
    }
    let info = run::index_info(index.location(), &snapshot)?;
    let mut run = run::run("decide", settings, Some(info), files);
    let already = if stated == Stated::Known { " before; nothing changed" } else { "" };
    let (word, id) = (decision.ruling.word(), decision.pair().short(8));
    run.notes = vec![format!("{id} ({}, {}): decided {word}{already}", one.short(), other.short())];
    run.notes.extend(recordings(&snapshot, one, other, decision.ruling)?);
    run.notes.extend(notes);
    output::write(&run, false, settings, &reports, out)?;
    Ok(Exit::Clean)
}

/// What the decision makes of recordings.
fn recordings(
    snapshot: &Snapshot,
    one: AssetId,
    other: AssetId,
    ruling: Ruling,
) -> anyhow::Result<Option<String>> {
    let statements = snapshot.statements()?;
    let all: Vec<_> = statements.recordings().iter().map(|recording| recording.id).collect();
    let of = |id| statements.recording_of(id).map(|recording| recording.id.short_among(&all));
    Ok(match (ruling, of(&one), of(&other)) {
        (Ruling::Same, Some(a), Some(b)) if a == b => Some(format!("both are in recording {a}")),
        (Ruling::Same, Some(a), Some(b)) => {
            Some(format!("recordings {a} and {b} stay as they are, and are told as joined"))
        }
        _ => None,
    })
}

/// The pair that a person means.
fn pair(what: &[PathBuf], index: &Index, snapshot: &Snapshot, kept: &Kept) -> anyhow::Result<Pair> {
    if let [one, other] = what {
        let (one, other) =
            (subject::asset(one, snapshot, kept)?, subject::asset(other, snapshot, kept)?);
        let files = [&one, &other].into_iter();
        let files = files.filter_map(|named| Some((named.id, named.path.clone()?))).collect();
        return Ok(Pair { one: one.id, other: other.id, files });
    }
    let text = what.first().and_then(|what| what.to_str()).unwrap_or_default();
    let Some(digits) = text.strip_prefix(MatchId::PREFIX) else {
        bail!("{text}: a match's id is needed, such as M-3f2a, or two files or SHA-256");
    };
    let printed = printed::read(index.folder());
    let ids: Vec<MatchId> = printed.iter().map(printed::Printed::id).collect();
    let id = subject::printed(digits, &ids)
        .map_err(|error| error.context("name the pair by two files or SHA-256 instead"))?;
    let Some(found) = printed.into_iter().find(|printed| printed.id() == id) else {
        bail!("{text} was not printed here");
    };
    let path = kept.seen_from_here(&found.path).unwrap_or(found.path);
    let files = vec![(found.query, PathBuf::from(OsString::from_vec(path)))];
    Ok(Pair { one: found.query, other: found.reference, files })
}
