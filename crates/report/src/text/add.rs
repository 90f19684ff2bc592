//! Text of `add`, and of every command that asks nothing of its files.

use std::io::{self, Write};

use super::{Page, covers, gap};
use crate::escape;
use crate::run::carries_nothing;

/// What went wrong file by file, totals, and what was understood.
pub(super) fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let run = page.run;
    for file in &run.files {
        let skipped = file.state == firstseen_model::FileState::Skipped;
        let gaps: Vec<String> =
            file.gaps.iter().filter(|gap| !carries_nothing(gap)).map(gap).collect();
        let told = match (skipped, gaps.is_empty() && file.state.looked_at()) {
            (true, _) => page.style.details,
            (false, nothing) => !nothing || page.style.details,
        };
        if told {
            let head = page.loud(&format!("{:<13}", file.state.word()));
            let why =
                if gaps.is_empty() { String::new() } else { format!("  {}", gaps.join("; ")) };
            writeln!(out, "{head}  {}{why}", escape::path(&file.path))?;
        }
    }
    if !run.files.is_empty() {
        page.totals(out)?;
    }
    for note in &run.notes {
        writeln!(out, "{}", escape::text(note))?;
    }
    if let Some(index) = &run.index {
        writeln!(out, "index {}: {}", escape::path(&index.location), covers(index))?;
    }
    page.exit(out)
}

#[cfg(test)]
mod tests {
    use firstseen_model::{FileState, Gap};

    use super::super::tests::written;
    use crate::{FileReport, Run, TextStyle, sample};

    #[test]
    fn add_ends_with_totals_and_what_it_understood() {
        let broken = FileReport::not_looked_at(
            b"broken.mp4".to_vec(),
            FileState::Damaged,
            Gap::new("file", "no frame"),
        );
        let run = sample::run("add", vec![broken, sample::plain("fine.jpg")]);
        let notes = vec!["1 of 2 files has no posted date".to_owned()];
        let run = Run {
            notes,
            exit: crate::Exit {
                code: 3,
                because: vec!["1 file damaged".into()],
                ..Default::default()
            },
            ..run
        };
        assert_eq!(
            written(&run, TextStyle::default()),
            "damaged        broken.mp4  file: no frame\n\
             2 files: 1 damaged, 1 ok\n\
             1 of 2 files has no posted date\n\
             index .firstseen: 41,210 assets, 2013-01..2026-11\n\
             exit 3: 1 file damaged\n"
        );
    }

    #[test]
    fn an_interrupted_run_says_so() {
        assert!(
            written(&sample::empty(), TextStyle::default())
                .contains("interrupted: not every input was looked at")
        );
    }
}
