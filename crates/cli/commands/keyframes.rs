//! `keyframes`.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use firstseen_intake::{End, Moment, Source};
use firstseen_model::{FileState, MediaTime};
use firstseen_report::{ContactSheet, SheetFile, SheetFrame, escape};

use super::options::Inputs;
use crate::exit::Exit;
use crate::output;
use crate::pipeline::look::{Failed, Reader};
use crate::pipeline::run;
use crate::pipeline::sheet::{self, Small, Target};
use crate::pipeline::walk::Met;
use crate::pipeline::wording::counted;
use crate::settings::{FormatOption, Settings};

/// Frames written unless all are asked for.
const DEFAULT_COUNT: usize = 24;

/// Longest side of a frame that is written.
const MAX_SIDE: u32 = 8192;

/// JPEG quality of mirrored frames, which are encoded again.
const MIRRORED_QUALITY: u8 = 92;

/// Write keyframes and starts of shots as JPEG files, named by their time, for a web reverse search
///
/// Nothing is sent anywhere: upload single frames to a reverse image search, and the mirrored ones (--mirrored) too, since
/// footage is often mirrored when it is posted again.
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
    /// Write each frame mirrored as well, as NAME--mirrored.jpg
    #[arg(long)]
    mirrored: bool,
    /// Write all frames onto one sheet with their times and the files' SHA-256, as a page or a picture by its ending
    #[arg(long, value_name = "FILE.html|.jpg|.png")]
    sheet: Option<PathBuf>,
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
    let inputs: Vec<&Path> = met.iter().map(|met| met.path.as_path()).collect();
    let target = args.sheet.as_deref().map(|path| Target::at(path, &inputs)).transpose()?;
    let mut sheet = ContactSheet { version: run::tool().version, files: Vec::new() };
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
                writeln!(out, "{shown}: {} in {folder}", counted(written.frames as u64, "frame"))?;
                if let Some(why) = &written.gap {
                    writeln!(out, "  not all of it: {}", escape::text(why))?;
                }
                sheet.files.extend(written.on_sheet);
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
    if let Some(target) = target {
        if sheet.files.is_empty() {
            writeln!(out, "sheet: nothing to put on it")?;
        } else {
            target.write(sheet, output::html_style(settings))?;
            writeln!(out, "sheet: {}", escape::path(target.path().as_os_str().as_bytes()))?;
        }
    }
    if !settings.common.quiet && args.mirrored {
        writeln!(
            out,
            "for a web reverse search upload a frame and its mirrored twin; nothing was sent from here"
        )?;
    }
    Ok(if missed { Exit::NotAllChecked } else { Exit::Clean })
}

struct Written {
    folder: PathBuf,
    frames: usize,
    gap: Option<String>,
    on_sheet: Option<SheetFile>,
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
    let id = match args.sheet.is_some().then(|| reader.identify(&source)).transpose() {
        Ok(id) => id,
        Err(failed) => return Ok(Err(failed)),
    };
    let mut frames = Frames {
        folder: &folder,
        mirrored: args.mirrored,
        on_sheet: args.sheet.is_some(),
        sheet: Vec::new(),
        remarks: Vec::new(),
        count: 0,
    };
    let written = frames.write(&source, &times, reader)?;
    if frames.count == 0 {
        return Ok(Err(Failed::new(written.state, written.why.unwrap_or_default())));
    }
    let gap = end.why.or(written.why);
    let Frames { sheet: on_sheet, mut remarks, count: frames, .. } = frames;
    let path = met.path.as_os_str().as_bytes();
    if times.len() < moments.len() {
        remarks.push(format!("{} of {} keyframes and starts of shots", times.len(), moments.len()));
    }
    remarks.extend(gap.iter().map(|why| format!("not all of it: {why}")));
    let on_sheet = id.map(|id| sheet::file(path, id, on_sheet, remarks));
    Ok(Ok(Written { folder, frames, gap, on_sheet }))
}

/// Frames of one file, on their way to its folder and to the sheet.
struct Frames<'a> {
    folder: &'a Path,
    mirrored: bool,
    on_sheet: bool,
    sheet: Vec<SheetFrame>,
    remarks: Vec<String>,
    count: usize,
}

impl Frames<'_> {
    fn write(
        &mut self,
        source: &Source,
        times: &[MediaTime],
        reader: &Reader<'_>,
    ) -> anyhow::Result<End> {
        let mut failed = None;
        let end = reader.pool.stills(source, times, MAX_SIDE, &mut |at, jpeg| {
            if failed.is_none() {
                failed = self.put(at, jpeg).err();
            }
        })?;
        failed.map_or(Ok(end), Err)
    }

    fn put(&mut self, at: MediaTime, jpeg: &[u8]) -> anyhow::Result<()> {
        let write = |name: String, bytes: &[u8]| {
            let path = self.folder.join(name);
            std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
        };
        write(name_of(at, ""), jpeg)?;
        self.count += 1;
        if !self.mirrored && !self.on_sheet {
            return Ok(());
        }
        let Some(picture) = sheet::picture(jpeg) else {
            self.remarks.push(format!("the frame at {at} came out damaged"));
            return Ok(());
        };
        let small = Small::of(&picture);
        self.sheet.push(small.frame(at));
        if self.mirrored {
            write(name_of(at, "--mirrored"), &sheet::mirrored(&picture).jpeg(MIRRORED_QUALITY))?;
            self.sheet.push(small.mirrored_frame(at));
        }
        Ok(())
    }
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

/// `00h03m12.500s.jpg`: sorts by time, and holds nothing that a file system minds; `what` stands before the ending.
fn name_of(at: MediaTime, what: &str) -> String {
    let ms = at.0.max(0) / 1000;
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    format!("{hours:02}h{minutes:02}m{:02}.{:03}s{what}.jpg", ms / 1000 % 60, ms % 1000)
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
        assert_eq!(name_of(MediaTime(192_500_000), ""), "00h03m12.500s.jpg");
        assert!(name_of(MediaTime(59_999_000), "") < name_of(MediaTime(60_000_000), ""));
    }
}
