//! `history`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use firstseen_model::Subject;

use super::within::{self, LimitOptions};
use crate::exit::Exit;
use crate::pipeline::counted::Counted;
use crate::pipeline::paths::Kept;
use crate::pipeline::teller::Teller;
use crate::pipeline::{run, subject};
use crate::settings::Settings;
use crate::{locate, output};

/// Tell when an asset, or any copy of a recording, was seen, claimed, noted and decided on, as a time line
#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// A file, six or more digits of a SHA-256, or a recording (R-...)
    #[arg(value_name = "WHAT")]
    what: PathBuf,
    #[command(flatten)]
    limit: LimitOptions,
}

pub(super) fn run(
    args: &HistoryArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    let limit = args.limit.read()?;
    let index = locate::open(settings, &[])?;
    let (snapshot, kept) = (index.snapshot()?, Kept::for_index(index.folder()));
    let counted = Counted { snapshot: &snapshot, limit: &limit };
    let teller = Teller { counted, kept: &kept };
    let subject = subject::subject(&args.what, &snapshot, &kept)?;
    let mut notes = Vec::new();
    let statements = snapshot.statements()?;
    let all: Vec<_> = statements.recordings().iter().map(|recording| recording.id).collect();
    let recording = match &subject {
        Subject::Asset(asset) => counted.recording_of(asset)?,
        Subject::Recording(id) => statements.recording(id),
    };
    let members = match (&subject, recording) {
        (Subject::Asset(asset), _) => vec![*asset],
        (Subject::Recording(_), recording) => {
            recording.map(|recording| recording.members.clone()).unwrap_or_default()
        }
    };
    let mut told = Vec::new();
    for member in &members {
        if snapshot.counts(member, &limit)? {
            told.push(*member);
        }
    }
    if told.is_empty() {
        let what = args.what.display();
        match within::words(&limit) {
            Some(words) => bail!("{what}: no sighting of it counts ({words})"),
            None => bail!("{what}: no asset of it is in this index"),
        }
    }
    let files = told.iter().map(|member| teller.file(member, teller.history(member)?));
    let files = files.collect::<Result<Vec<_>, _>>()?;
    let whole = told.len() == members.len();
    if let Some(recording) = recording.filter(|_| whole) {
        let (id, copies) = (recording.id.short_among(&all), recording.members.len());
        let title = counted.label(&told[0])?.map(|label| format!(" \"{label}\""));
        let plural = if copies == 1 { "copy" } else { "copies" };
        notes.push(format!("recording {id}{}: {copies} {plural}", title.unwrap_or_default()));
        if !recording.joined.is_empty() && limit.is_none() {
            let joined: Vec<_> = recording.joined.iter().map(|id| id.short_among(&all)).collect();
            notes.push(format!("joined by decision with {}, which stay apart", joined.join(", ")));
        }
    }
    let info = run::index_info_within(index.location(), &snapshot, &limit)?;
    let mut run = run::run("history", settings, Some(info), files);
    run.notes = notes;
    output::write(&run, false, settings, &reports, out)?;
    Ok(Exit::Clean)
}
