//! `index compact`.

use std::io::Write;

use super::steps::{INTERRUPTED, Steps};
use crate::exit::Exit;
use crate::pipeline::wording::counted;
use crate::settings::Settings;
use crate::{locate, output, turn};

pub(super) fn run(settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let index = locate::open_to_write(settings, &[])?;
    let mut writer = turn::writer(&index, settings)?;
    let mut steps = Steps::new(settings);
    let compacted = writer.compact(&mut |done, all| steps.next(done, all))?;
    let told = |segments: usize, bytes: u64| {
        format!("{}, {}", counted(segments as u64, "segment"), counted(bytes, "byte"))
    };
    let mut lines = vec![
        format!("before: {}", told(compacted.segments_before, compacted.bytes_before)),
        format!("now:    {}", told(compacted.segments_after, compacted.bytes_after)),
    ];
    let exit = steps.end();
    if exit == Exit::Interrupted {
        lines.push(INTERRUPTED.to_owned());
    }
    output::write_lines("index compact", lines, exit, settings, out)
}
