//! `audit`.

use std::io::Write;

use clap::Args;
use firstseen_index::Limit;

use crate::exit::Exit;
use crate::outcome::OutcomeOptions;
use crate::pipeline::{audit, run};
use crate::settings::Settings;
use crate::{locate, output};

/// List assets of the index whose sightings, claims, notes or metadata contradict each other
///
/// Each asset is weighed with what is stored of it and of the recording that persons put it into; nothing is matched
/// anew.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Only what was seen in this case; nothing of another shows
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
    #[command(flatten)]
    outcome: OutcomeOptions,
}

pub(super) fn run(
    args: &AuditArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    let outcome = args.outcome.read()?;
    let limit = Limit { case: args.case.clone(), ..Limit::default() };
    let index = locate::open(settings, &[])?;
    let snapshot = index.snapshot()?;
    let audited = audit::audit(&index, &snapshot, &limit, settings)?;
    let info = run::index_info_within(index.location(), &snapshot, &limit)?;
    let contradicted = audited.files.len();
    let mut run = run::run("audit", settings, Some(info), audited.files);
    run.notes = vec![format!(
        "{} asset{} audited, {contradicted} with records that contradict each other{}",
        audited.assets,
        if audited.assets == 1 { "" } else { "s" },
        if contradicted == 0 { "; this is not confirmation" } else { "" }
    )];
    let exit = outcome.settle(&mut run)?;
    output::write(&run, true, settings, &reports, out)?;
    Ok(exit)
}
