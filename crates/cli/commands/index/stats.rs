//! `index stats`.

use std::io::Write;

use firstseen_index::{Snapshot, Stats};
use firstseen_report::Calibrated;

use crate::exit::Exit;
use crate::pipeline::run;
use crate::pipeline::wording::counted;
use crate::settings::Settings;
use crate::{locate, output};

/// Parts of an index that every code takes: with them a code is found and told.
const OF_CODES: [&str; 3] = ["codes", "other codes", "rows"];

pub(super) fn run(settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let reports = output::report_files(settings)?;
    let index = locate::open(settings, &[])?;
    let snapshot = index.snapshot()?;
    let stats = snapshot.stats()?;
    let info = run::index_info(index.location(), &snapshot)?;
    let calibrated = info.calibrated.as_ref().map_or_else(
        || "not calibrated for these versions: firstseen calibrate DIR".to_owned(),
        Calibrated::words,
    );
    let mut run = run::run("index stats", settings, Some(info), Vec::new());
    run.notes = held(&stats);
    run.notes.extend(
        snapshot
            .sources()?
            .iter()
            .map(|(source, count)| format!("sightings from {source}: {count}")),
    );
    run.notes.extend(sizes(&stats, &snapshot)?);
    run.notes.push(calibrated);
    // Nothing was to be looked at, so nothing was missed.
    output::write(&run, true, settings, &reports, out)?;
    Ok(Exit::Clean)
}

/// What is known, of which time.
fn held(stats: &Stats) -> Vec<String> {
    let dated = match (stats.earliest, stats.latest) {
        (Some(earliest), Some(latest)) => {
            format!(
                "posted or archived from {} to {}",
                earliest.strftime("%F"),
                latest.strftime("%F")
            )
        }
        _ => "none with a posted or archived date".to_owned(),
    };
    let mut lines = vec![
        format!(
            "{}: {}, {} of {:.1} hours",
            counted(stats.references, "reference"),
            counted(stats.pictures, "picture"),
            counted(stats.videos, "video"),
            stats.hours
        ),
        format!("remembered queries: {}", stats.queries),
        format!(
            "{}, {}: {dated}",
            counted(stats.sightings, "sighting"),
            counted(stats.claims, "claim")
        ),
        format!(
            "{}, {}, {} made by persons",
            counted(stats.notes, "note"),
            counted(stats.decisions, "decision"),
            counted(stats.recordings, "recording")
        ),
        format!("frames that carry no match (dark, flat, text only): {}", stats.samples_unusable),
        format!(
            "videos of which only keyframes were looked at: {}, {:.0} %",
            stats.only_triage,
            percent(stats.only_triage, stats.videos)
        ),
    ];
    if stats.bare > 0 {
        lines.push(format!(
            "without a fingerprint, until `firstseen add` of their files: {}",
            counted(stats.bare, "reference")
        ));
    }
    lines
}

/// What it takes, and what could be given back.
fn sizes(stats: &Stats, snapshot: &Snapshot) -> anyhow::Result<Vec<String>> {
    let sizes = snapshot.sizes()?;
    let of_codes = sizes.iter().filter(|(part, _)| OF_CODES.contains(part));
    let of_codes: u64 = of_codes.map(|(_, bytes)| bytes).sum();
    let codes = stats.codes + stats.samples_unusable;
    let each = of_codes.checked_div(codes).unwrap_or(0);
    let gone = if stats.gone == 0 {
        "nothing waits for `firstseen index compact`".to_owned()
    } else {
        format!(
            "fingerprints that were removed or replaced, until `firstseen index compact`: {}",
            stats.gone
        )
    };
    let mut lines = vec![
        format!(
            "{} at {} each; {}",
            counted(codes, "code"),
            counted(each, "byte"),
            counted(stats.features, "local feature")
        ),
        format!(
            "{} in the catalogue and {}:",
            bytes_in(stats.bytes),
            counted(stats.segments, "segment")
        ),
    ];
    let parts = sizes.iter().filter(|(_, bytes)| *bytes > 0);
    lines.extend(parts.map(|(part, bytes)| format!("  {part:<12} {:>9}", bytes_in(*bytes))));
    lines.push(gone);
    Ok(lines)
}

fn percent(some: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { 100.0 * some as f64 / all as f64 }
}

/// Bytes as people say them, in powers of ten.
fn bytes_in(bytes: u64) -> String {
    let steps = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match steps.into_iter().find(|(step, _)| bytes >= *step) {
        Some((step, unit)) => format!("{:.1} {unit}", bytes as f64 / step as f64),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_the_largest_unit_that_they_fill() {
        let check = |bytes, told: &str| assert_eq!(bytes_in(bytes), told);
        check(0, "0 B");
        check(999, "999 B");
        check(1_000, "1.0 kB");
        check(56_000_000, "56.0 MB");
        check(1_250_000_000, "1.2 GB");
    }
}
