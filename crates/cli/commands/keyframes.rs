//! `keyframes`.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use firstseen_intake::{Moment, Source};
use firstseen_model::{FileState, MediaTime};
use firstseen_report::escape;

use super::options::Inputs;
use crate::exit::Exit;
use crate::pipeline::look::{Failed, Reader};
use crate::pipeline::walk::Met;
use crate::settings::{FormatOption, Settings};

/// Frames written unless all are asked for.
const DEFAULT_COUNT: usize = 24;

/// Longest side of a frame that is written.
const MAX_SIDE: u32 = 8192;

/// Write keyframes and starts of shots as JPEG files, named by their time, for a web reverse search
#[derive(Debug, Args)]
pub(super) struct KeyframesArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Folder to write into [default: NAME-keyframes in the working folder]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Write all, not only 24 spread over the clip
    #[arg(long)]
    all: bool,
}

pub(super) fn run(
    args: &KeyframesArgs,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    if settings.common.format != FormatOption::Text || !settings.common.report.is_empty() {
        bail!("keyframes writes files and says where; it has no report in another format");
    }
    let paths = args.inputs.paths()?;
    let met = args.inputs.walk(&paths)?;
    let pool = settings.pool()?;
    let reader = Reader { pool: &pool, settings };
    let mut missed = met.is_empty();
    for met in &met {
        if settings.interrupt.is_set() {
            return Ok(Exit::Interrupted);
        }
        let shown = escape::path(met.path.as_os_str().as_bytes());
        match one(met, args, &reader)? {
            Ok(written) => {
                let folder = escape::path(written.folder.as_os_str().as_bytes());
                writeln!(out, "{shown}: {} frames in {folder}", written.frames)?;
                if let Some(why) = written.gap {
                    writeln!(out, "  not all of it: {}", escape::text(&why))?;
                }
            }
            Err(failed) => {
                let skipped = failed.state == FileState::Skipped;
                missed |= !skipped;
                if !skipped || settings.common.verbose {
                    writeln!(
                        out,
                        "{shown}: {}: {}",
                        failed.state.word(),
                        escape::text(&failed.why)
                    )?;
                }
            }
        }
    }
    Ok(if missed { Exit::NotAllChecked } else { Exit::Clean })
}

struct Written {
    folder: PathBuf,
    frames: usize,
    gap: Option<String>,
}

fn one(
    met: &Met,
    args: &KeyframesArgs,
    reader: &Reader<'_>,
) -> anyhow::Result<Result<Written, Failed>> {
    let source = match reader.open(met) {
        Ok(source) => source,
        Err(failed) => return Ok(Err(failed)),
    };
    let (moments, end) = reader.pool.moments(&source)?;
    if moments.is_empty() {
        let why = end.why.unwrap_or_else(|| "no frame came out".to_owned());
        let state = if end.state == FileState::Ok { FileState::Damaged } else { end.state };
        return Ok(Err(Failed::new(state, why)));
    }
    let times = if args.all {
        moments.iter().map(|m| m.at).collect()
    } else {
        choose(&moments, DEFAULT_COUNT)
    };
    let folder = folder_of(&met.path, args.folder.as_deref());
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    write_stills(&source, &times, folder, reader, end.why)
}

fn write_stills(
    source: &Source,
    times: &[MediaTime],
    folder: PathBuf,
    reader: &Reader<'_>,
    mut gap: Option<String>,
) -> anyhow::Result<Result<Written, Failed>> {
    let mut frames = 0;
    let mut failed = None;
    let end = reader.pool.stills(source, times, MAX_SIDE, &mut |at, jpeg| {
        let path = folder.join(name_of(at));
        match std::fs::write(&path, jpeg) {
            Ok(()) => frames += 1,
            Err(error) => failed = failed.take().or(Some((path, error))),
        }
    })?;
    if let Some((path, error)) = failed {
        return Err(error).with_context(|| format!("cannot write {}", path.display()));
    }
    if frames == 0 {
        return Ok(Err(Failed::new(end.state, end.why.unwrap_or_default())));
    }
    gap = gap.or(end.why);
    Ok(Ok(Written { folder, frames, gap }))
}

/// Where the frames of `path` go. With one folder for several files each gets one of its own inside.
fn folder_of(path: &Path, given: Option<&Path>) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    if let Some(stem) = path.file_stem() {
        name = stem.to_owned();
    }
    name.push("-keyframes");
    given.map_or_else(|| PathBuf::from("."), Path::to_path_buf).join(name)
}

/// `00h03m12.500s.jpg`: sorts by time, and holds nothing that a file system minds.
fn name_of(at: MediaTime) -> String {
    let ms = at.0.max(0) / 1000;
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    format!("{hours:02}h{minutes:02}m{:02}.{:03}s.jpg", ms / 1000 % 60, ms % 1000)
}

/// At most `most` moments: starts of shots first, then what lies farthest from all that were taken.
fn choose(moments: &[Moment], most: usize) -> Vec<MediaTime> {
    let all: Vec<MediaTime> = moments.iter().map(|moment| moment.at).collect();
    if all.len() <= most {
        return all;
    }
    let starts: Vec<MediaTime> = moments.iter().filter(|m| m.shot_start).map(|m| m.at).collect();
    let mut taken = spread(if starts.is_empty() { &all } else { &starts }, most);
    while taken.len() < most {
        let far = |at: &MediaTime| taken.iter().map(|t| (*t - *at).0.abs()).min().unwrap_or(0);
        let Some(next) = all.iter().filter(|at| !taken.contains(at)).max_by_key(|at| far(at))
        else {
            break;
        };
        taken.push(*next);
    }
    taken.sort_unstable();
    taken
}

fn spread(all: &[MediaTime], most: usize) -> Vec<MediaTime> {
    if all.len() <= most {
        return all.to_vec();
    }
    (0..most).map(|i| all[i * (all.len() - 1) / (most - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_of_shots_come_first_and_the_rest_is_spread() {
        let moment = |s: i64, shot_start| Moment {
            at: MediaTime(s * 1_000_000),
            keyframe: true,
            shot_start,
        };
        let moments: Vec<Moment> = (0..100).map(|s| moment(s, s == 0 || s == 7)).collect();
        let times = choose(&moments, 4);
        let seconds: Vec<i64> = times.iter().map(|at| at.0 / 1_000_000).collect();
        assert_eq!(seconds[..2], [0, 7]);
        assert!(seconds.contains(&99), "{seconds:?}");
    }

    #[test]
    fn names_sort_by_time() {
        assert_eq!(name_of(MediaTime(192_500_000)), "00h03m12.500s.jpg");
        assert!(name_of(MediaTime(59_999_000)) < name_of(MediaTime(60_000_000)));
    }
}
