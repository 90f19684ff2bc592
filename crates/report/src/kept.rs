//! A file's report as a scan keeps it for the next one.
//!
//! What the outcome of a run makes of it is not kept, nor its path, which whoever keeps it knows, nor pictures.

use crate::FileReport;

impl FileReport {
    /// What is kept of it.
    ///
    /// # Errors
    ///
    /// Where it holds a number that JSON has no word for.
    pub fn keep(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// What was kept, of the file at `path`; `None` where another version of this program kept it in another form, or a
    /// rule has gone since.
    #[must_use]
    pub fn kept(text: &str, path: Vec<u8>) -> Option<Self> {
        let kept: Self = serde_json::from_str(text).ok()?;
        Some(Self { path, ..kept })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Run, sample, write};

    #[test]
    fn what_was_kept_is_told_as_it_was() {
        for run in sample::runs() {
            let kept = |file: &FileReport| FileReport {
                change: file.change,
                standings: file.standings.clone(),
                failure: file.failure,
                history: file.history.clone(),
                metadata: file.metadata.clone(),
                codes: file.codes.clone(),
                ..FileReport::kept(&file.keep().unwrap(), file.path.clone()).unwrap()
            };
            let mut again = Run { files: run.files.iter().map(kept).collect(), ..run.clone() };
            for (file, before) in again.files.iter_mut().zip(&run.files) {
                for (found, before) in file.matches.iter_mut().zip(&before.matches) {
                    found.frames = before.frames.clone();
                }
            }
            let told = |run: &Run| {
                let mut out = Vec::new();
                write(run, Format::Json, &mut out).unwrap();
                String::from_utf8(out).unwrap()
            };
            assert_eq!(told(&again), told(&run));
        }
    }

    #[test]
    fn a_rule_that_has_gone_makes_it_look_again() {
        let kept = sample::recycled().files[0].keep().unwrap();
        assert!(FileReport::kept(&kept, Vec::new()).is_some());
        let older = kept.replace("\"recycled\"", "\"rule-of-yore\"");
        assert!(older != kept && FileReport::kept(&older, Vec::new()).is_none());
    }
}
