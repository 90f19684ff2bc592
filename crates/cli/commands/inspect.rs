//! `inspect`.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use clap::{Args, ValueEnum};
use firstseen_assess::{Case, Finding, assess};
use firstseen_intake::{Depth, Plan, Purpose, Record};
use firstseen_model::{FileState, Gap, MediaKind, Profile};
use firstseen_report::{Code, FileReport};
use jiff::SignedDuration;

use super::options::Inputs;
use crate::exit::Exit;
use crate::output;
use crate::pipeline::look::{Looked, Reader};
use crate::pipeline::walk::Met;
use crate::pipeline::{parallel, run};
use crate::settings::Settings;

/// Files of one run from which on `--pixels auto` decodes nothing.
const MANY: usize = 100;

/// Tell when, where and by what files say they were made, what contradicts itself in them, and every field; needs no
/// index
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Show PDQ codes too, as other tools write them
    #[arg(long)]
    codes: bool,
    /// Decode pictures to compare them with the previews inside; auto: unless more than 100 files are asked
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pixels: Pixels,
}

/// When pictures are decoded to be compared with the previews inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Pixels {
    /// Where few files are asked.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

pub(super) fn run(
    args: &InspectArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    let paths = args.inputs.paths()?;
    let met = args.inputs.walk(&paths)?;
    let pool = settings.pool()?;
    let reader = Reader { pool: &pool, settings };
    let wanted = Wanted {
        codes: args.codes,
        pixels: match args.pixels {
            Pixels::Auto => met.len() <= MANY,
            Pixels::Always => true,
            Pixels::Never => false,
        },
    };
    let files = parallel::map(&met, settings.jobs, |met| one(met, &reader, wanted))?;
    let files = files.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let mut run = run::run("inspect", settings, None, files);
    let exit = run::settle(&mut run, None, false);
    output::write(&run, true, settings, &reports, out)?;
    Ok(exit)
}

/// What is told of each file.
#[derive(Clone, Copy)]
struct Wanted {
    codes: bool,
    pixels: bool,
}

fn one(met: &Met, reader: &Reader<'_>, wanted: Wanted) -> anyhow::Result<FileReport> {
    let settings = reader.settings;
    let depth = if wanted.codes { Depth::Frames(settings.profile) } else { Depth::Metadata };
    let look = |depth| reader.look(met, Plan { depth, purpose: Purpose::Reference });
    let Looked { mut record, state, .. } = match look(depth)? {
        Ok(looked) => looked,
        Err(failed) => return Ok(failed.report(met)),
    };
    let mut gap = None;
    if !wanted.codes
        && record.asset.kind == MediaKind::Picture
        && !record.metadata.previews.is_empty()
    {
        // What the file says of itself tells whether there is anything to compare; only then is it decoded.
        let compared =
            if wanted.pixels { look(Depth::Frames(Profile::Triage))?.ok() } else { None };
        match compared.filter(|looked| looked.record.asset.id == record.asset.id) {
            Some(looked) => record.metadata.previews = looked.record.metadata.previews,
            None => {
                let why = "the picture was not decoded, so its previews were not compared with it";
                gap = Some(Gap::new("previews", why));
            }
        }
    }
    let path = met.path.as_os_str().as_bytes().to_vec();
    let mut report = FileReport::of_record(path, &record);
    report.state = state;
    if gap.is_some() && state == FileState::Ok {
        report.state = FileState::OkWithGaps;
    }
    report.gaps.extend(gap);
    report.findings = findings(&record, reader);
    if wanted.codes {
        report.codes = Some(record.samples.iter().map(Code::from).collect());
    }
    report.metadata = Some(record.metadata);
    Ok(report)
}

/// What the rules find in a file alone, with no claim and no index.
fn findings(record: &Record, reader: &Reader<'_>) -> Vec<Finding> {
    assess(&Case {
        asset: record.asset.id,
        duration: record.asset.duration,
        own: &[],
        given: &[],
        claims: &[],
        matches: &[],
        metadata: &record.metadata,
        notes: &[],
        shared: &[],
        replaced: None,
        as_of: reader.settings.now,
        older_than: SignedDuration::ZERO,
    })
}
