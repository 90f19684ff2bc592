//! `index verify`.

use std::io::Write;

use clap::Args;
use firstseen_index::{Index, Lost};

use crate::exit::Exit;
use crate::pipeline::paths::Kept;
use crate::settings::Settings;
use crate::{locate, output, turn};

/// Test every checksum and reference; ends with 2 where something is damaged
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Keep of damaged fingerprints what is sound, say exactly what was lost, and make again what follows from other records
    #[arg(long)]
    repair: bool,
}

pub(super) fn run(
    args: &VerifyArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let (index, mut lines) = if args.repair {
        let index = locate::open_to_write(settings, &[])?;
        let lines = repair(&index, settings)?;
        (index, lines)
    } else {
        (locate::open(settings, &[])?, Vec::new())
    };
    let problems = index.verify()?;
    let exit = if problems.is_empty() {
        lines.push(format!("{}: every checksum and reference is right", index.location()));
        Exit::Clean
    } else {
        Exit::CouldNotRun
    };
    lines.extend(problems.iter().map(|problem| {
        let asset = problem.asset.map_or_else(String::new, |asset| format!("{asset}: "));
        format!("{asset}{}; {}", problem.what, problem.advice)
    }));
    output::write_lines("index verify", lines, exit, settings, out)
}

/// Repairs what can be; returns a line for each asset whose fingerprint was lost, or a part of it.
fn repair(index: &Index, settings: &Settings) -> anyhow::Result<Vec<String>> {
    let mut writer = turn::writer(index, settings)?;
    writer.derive_again()?;
    let lost = writer.repair()?;
    writer.commit()?;
    let kept = Kept::for_index(index.folder());
    Ok(lost.iter().map(|lost| line(lost, &kept)).collect())
}

fn line(lost: &Lost, kept: &Kept) -> String {
    let from_here = |path: &Vec<u8>| kept.seen_from_here(path).unwrap_or_else(|| path.clone());
    let paths = lost.paths.iter().map(from_here);
    let paths: Vec<_> = paths.map(|path| String::from_utf8_lossy(&path).into_owned()).collect();
    let way_back = match paths.first() {
        None => "no path of it is known; adding a copy of it brings it back".to_owned(),
        Some(first) => {
            format!("it lay at {}; `firstseen add {first}` brings it back", paths.join(", "))
        }
    };
    format!("{:.12}: lost {}; {way_back}", lost.asset.to_string(), lost.what)
}
