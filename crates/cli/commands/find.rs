//! `find`.

use std::io::Write;

use anyhow::{Context, bail};
use clap::Args;
use firstseen_index::{Limit, Search};
use firstseen_model::{Basis, DateKind, Dated};

use crate::exit::Exit;
use crate::pipeline::counted::Counted;
use crate::pipeline::paths::Kept;
use crate::pipeline::teller::Teller;
use crate::pipeline::{find, run};
use crate::settings::Settings;
use crate::{locate, output};

/// Search sightings, claims and notes by words, source, case, place and date
///
/// What is given has to hold together. Claims and notes have no source, case or posted date of their own: with --source
/// or --case they are found where their asset was seen nowhere else, with --posted not at all.
#[derive(Debug, Args)]
pub(super) struct FindArgs {
    /// Words that a title, caption, claim, note, name or address holds, each at least as a word's beginning
    #[arg(long, value_name = "WORDS")]
    text: Option<String>,
    /// Platform or collection
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// The case
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
    /// Place of the sighting, claim or note: 51.72,94.44~50km, or a name
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    place: Option<String>,
    /// When it may have been posted, as EDTF: 2024-10, 2024-10-01/2024-10-18, ../2022
    #[arg(long, value_name = "EDTF")]
    posted: Option<String>,
    /// Most records that are told
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rows: u32,
}

pub(super) fn run(
    args: &FindArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    let asked = [&args.text, &args.source, &args.case, &args.place, &args.posted];
    if asked.iter().all(|asked| asked.is_none()) {
        bail!("nothing is asked for: --text, --source, --case, --place or --posted is needed");
    }
    let posted = args
        .posted
        .as_deref()
        .map(|text| Dated::parse(text, DateKind::Posted, Basis::Person).context("--posted"));
    let posted = posted.transpose()?.map(|date| (date.earliest, date.latest));
    let limit = Limit { case: args.case.clone(), source: args.source.clone(), posted_before: None };
    let place = args.place.as_deref().map(find::place).transpose()?;
    let meant = place.as_ref().map(|asked| |place: &_| find::meant(asked, place));
    let index = locate::open(settings, &[])?;
    let (snapshot, kept) = (index.snapshot()?, Kept::for_index(index.folder()));
    let search = Search {
        text: args.text.as_deref(),
        limit: &limit,
        posted,
        place: meant.as_ref().map(|meant| meant as &dyn Fn(&_) -> bool),
        rows: args.rows as usize,
    };
    let found = snapshot.find(&search)?;
    let rows = found.value.len();
    let counted = Counted { snapshot: &snapshot, limit: &limit };
    let files = find::files(found.value, &Teller { counted, kept: &kept })?;
    let info = run::index_info_within(index.location(), &snapshot, &limit)?;
    let mut run = run::run("find", settings, Some(info), files);
    let (record, asset) = (if rows == 1 { "record" } else { "records" }, run.files.len());
    run.notes =
        vec![format!("{rows} {record} of {asset} asset{}", if asset == 1 { "" } else { "s" })];
    if found.truncated {
        run.notes.push(format!("there are more: --rows {} tells more of them", rows * 10));
    }
    output::write(&run, true, settings, &reports, out)?;
    Ok(Exit::Clean)
}
