//! `add`.

use std::io::Write;

use anyhow::Context;
use clap::Args;

use super::options::{ClaimOptions, Inputs, SightingOptions};
use crate::exit::Exit;
use crate::locate::{self, Made};
use crate::pipeline::add::{self, Said};
use crate::pipeline::run;
use crate::pipeline::walk::Met;
use crate::settings::Settings;
use crate::{estimate, output};

/// Put media into the index, with what companions and options say of them
///
/// Records that yt-dlp leaves beside a file (NAME.info.json) become sightings by themselves. Adding a folder again takes
/// only what is new; a richer --profile upgrades what a poorer one took in.
#[derive(Debug, Args)]
pub(super) struct AddArgs {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    sighting: SightingOptions,
    #[command(flatten)]
    claim: ClaimOptions,
}

pub(super) fn run(
    args: &AddArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let said = Said { sighting: args.sighting.read()?, claim: args.claim.read()? };
    let reports = output::report_files(settings)?;
    let paths = args.inputs.paths()?;
    let met: Vec<Met> = args.inputs.walk(&paths)?;
    let (index, made) = locate::open_or_create(settings, &paths)?;
    if made == Made::Now {
        output::tell(settings, &format!("made the index {}", index.location()));
    }
    if let Some(estimate) = estimate::of(&met, settings) {
        output::tell(settings, &estimate);
    }
    let (files, added) = add::add(&met, &said, &index, settings)?;
    let snapshot = index.snapshot()?;
    let info = run::index_info(index.location(), &snapshot).context("after adding")?;
    let mut run = run::run("add", settings, Some(info), files);
    run.notes = add::summary(&added, &run.files, settings.common.verbose);
    let exit = run::settle(&mut run, None, false);
    output::write(&run, settings.common.verbose, settings, &reports, out)?;
    Ok(exit)
}
