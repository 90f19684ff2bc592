//! `add`.

use std::io::Write;

use anyhow::Context;
use clap::Args;

use super::options::{ClaimOptions, Inputs, RecordOptions, SightingOptions};
use crate::exit::Exit;
use crate::locate::{self, Made};
use crate::pipeline::add::{self, Said};
use crate::pipeline::run;
use crate::pipeline::walk::Met;
use crate::settings::Settings;
use crate::{estimate, output};

/// Put media into the index, with what companions and options say of them
///
/// Records of yt-dlp (NAME.info.json), gallery-dl (NAME.EXT.json), Telegram Desktop (result.json) and auto-archiver, XMP
/// and tables of sightings become sightings by themselves where they are met. Adding a folder again takes only what is
/// new; a richer --profile upgrades what a poorer one took in.
#[derive(Debug, Args)]
pub(super) struct AddArgs {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    sighting: SightingOptions,
    #[command(flatten)]
    claim: ClaimOptions,
    #[command(flatten)]
    records: RecordOptions,
}

pub(super) fn run(
    args: &AddArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let (sighting, claim) = (args.sighting.read()?, args.claim.read()?);
    let reports = output::report_files(settings)?;
    let paths = args.inputs.paths()?;
    let mut met: Vec<Met> = args.inputs.walk(&paths)?;
    let told = args.records.read(&mut met, claim, settings)?;
    let said = Said { sighting, told };
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
    run.notes = add::summary(&added, &run.files, &said.told, settings.common.verbose);
    run.notes.extend(said.sighting.candidates());
    let exit = run::settle(&mut run, None, false);
    output::write(&run, settings.common.verbose, settings, &reports, out)?;
    Ok(exit)
}
