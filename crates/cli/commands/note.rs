//! `note`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use firstseen_assess::gazetteer;
use firstseen_index::Stated;
use firstseen_model::{Basis, DateKind, Dated, Note, PlaceKind, Subject};

use crate::exit::Exit;
use crate::pipeline::counted::Counted;
use crate::pipeline::paths::Kept;
use crate::pipeline::teller::Teller;
use crate::pipeline::{run, subject};
use crate::settings::Settings;
use crate::{locate, output, turn};

/// Enter what a person knows of footage: when and where it was taken, and what it is; or take it back
///
/// A note is never changed or deleted: what was wrong is taken back with --retract, by somebody. The first note on an
/// asset makes a recording, which copies join by `firstseen decide`; a note on a recording holds for all of them.
#[derive(Debug, Args)]
pub(super) struct NoteArgs {
    /// A file, six or more digits of a SHA-256, or a recording (R-...)
    #[arg(value_name = "WHAT", required_unless_present = "retract")]
    what: Option<PathBuf>,
    /// When it was taken, as EDTF: 2024-10-18, 2024-10~, ../2022-03-11
    #[arg(long, value_name = "EDTF")]
    captured: Option<String>,
    /// Where the camera stood: 51.72,94.44~5km, or a name, such as "Sergeevka, Primorsky"
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    place: Option<String>,
    /// What it is, in a few words, such as "game footage"
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Who says so
    #[arg(long, value_name = "WHO")]
    by: String,
    /// How they know
    #[arg(long, value_name = "TEXT", required_unless_present = "retract")]
    basis: Option<String>,
    /// Take a note back
    #[arg(long, value_name = "N-...", conflicts_with_all = ["what", "captured", "place", "label", "basis"])]
    retract: Option<String>,
}

pub(super) fn run(
    args: &NoteArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    let index = locate::open_to_write(settings, &[])?;
    let (before, kept) = (index.snapshot()?, Kept::for_index(index.folder()));
    said("--by", &args.by)?;
    let (id, stated, verb) = match &args.retract {
        Some(retract) => {
            let id = subject::note(retract, &before)?;
            let mut writer = turn::writer(&index, settings)?;
            let stated = writer.retract(id, args.by.trim())?;
            writer.commit()?;
            (id, stated, "taken back")
        }
        None => {
            let what = args.what.as_deref().context("a file, SHA-256 or recording is needed")?;
            let note = read(args, subject::subject(what, &before, &kept)?, settings)?;
            let mut writer = turn::writer(&index, settings)?;
            let stated = writer.note(&note)?;
            writer.commit()?;
            (note.id(), stated, "noted")
        }
    };
    let snapshot = index.snapshot()?;
    let statements = snapshot.statements()?;
    let note = statements.note(&id).context("the note that was just written is not there")?;
    let ids: Vec<_> = statements.notes().map(Note::id).collect();
    let printed = id.short_among(&ids);
    let counted = Counted { snapshot: &snapshot, limit: &Default::default() };
    let teller = Teller { counted, kept: &kept };
    let mut files = Vec::new();
    let members = match note.on {
        Subject::Asset(asset) => vec![asset],
        Subject::Recording(recording) => {
            statements.recording(&recording).map(|found| found.members.clone()).unwrap_or_default()
        }
    };
    for member in members {
        files.push(teller.file(&member, Teller::note(note))?);
    }
    let info = run::index_info(index.location(), &snapshot)?;
    let mut run = run::run("note", settings, Some(info), files);
    let already = if stated == Stated::Known { " before; nothing changed" } else { "" };
    let on = match note.on {
        Subject::Asset(asset) => {
            let recording = statements.recording_of(&asset).map(|found| found.id);
            let recordings: Vec<_> = statements.recordings().iter().map(|found| found.id).collect();
            let part = recording
                .map(|recording| format!(" (recording {})", recording.short_among(&recordings)));
            format!("{}{}", asset.short(), part.unwrap_or_default())
        }
        Subject::Recording(recording) => recording.short(8),
    };
    run.notes = vec![format!("{printed} on {on}: {verb}{already}")];
    run.notes
        .extend(args.place.as_ref().and(note.place.as_ref()).and_then(gazetteer::candidates_told));
    output::write(&run, false, settings, &reports, out)?;
    Ok(Exit::Clean)
}

fn read(args: &NoteArgs, on: Subject, settings: &Settings) -> anyhow::Result<Note> {
    let basis = args.basis.as_deref().unwrap_or_default();
    said("--basis", basis)?;
    if args.captured.is_none() && args.place.is_none() && args.label.is_none() {
        bail!("nothing is stated: --captured, --place or --label is needed");
    }
    if let Some(label) = &args.label {
        said("--label", label)?;
    }
    let captured = args
        .captured
        .as_deref()
        .map(|text| Dated::parse(text, DateKind::Captured, Basis::Person).context("--captured"));
    let place = args
        .place
        .as_deref()
        .map(|text| gazetteer::place(text, PlaceKind::Camera, Basis::Person).context("--place"));
    Ok(Note {
        on,
        captured: captured.transpose()?,
        place: place.transpose()?,
        label: args.label.as_ref().map(|label| label.trim().to_owned()),
        by: args.by.trim().to_owned(),
        basis: basis.trim().to_owned(),
        at: settings.now,
        retracted: None,
    })
}

/// Refuses an option that says nothing.
pub(super) fn said(option: &str, value: &str) -> anyhow::Result<()> {
    if value.trim().is_empty() {
        bail!("{option} says nothing");
    }
    Ok(())
}
