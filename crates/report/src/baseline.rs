//! Baselines: what a run found, kept so that the next one can tell what is new.
//!
//! A finding is known again by its identity (rule, asset, claim and pair), so another path makes none new; one whose
//! evidence has grown stronger is new. A failure has no bytes to be known by: its path and its word tell it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use firstseen_assess::{Finding, Strength};
use firstseen_model::{AssetId, FindingId};
use serde::{Deserialize, Serialize};

use crate::{Absent, BaselineState, FileReport, Gone, Listed, Run, escape};

/// What a baseline says of itself.
const SCHEMA: &str = "firstseen.baseline/1";

/// What a run found and could not look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    findings: BTreeMap<FindingId, Listed>,
    /// Escaped paths and words.
    failures: BTreeSet<(String, String)>,
}

/// A file is no baseline.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// It says that it is something else.
    #[error("it says {0:?}, where {SCHEMA:?} is needed")]
    OtherVersion(String),
    /// It does not end, or is no JSON, or lacks what a baseline has.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

#[derive(Deserialize)]
struct Version {
    schema: String,
}

#[derive(Deserialize)]
struct Document {
    findings: Vec<FindingLine>,
    failures: Vec<FailureLine>,
}

#[derive(Serialize, Deserialize)]
struct FindingLine {
    id: String,
    rule: String,
    strength: String,
    asset: String,
    path: String,
}

#[derive(Serialize, Deserialize)]
struct FailureLine {
    path: String,
    why: String,
}

impl Baseline {
    /// What `run` found and could not look at. Of `earlier`, what could not be looked at again is kept, so that it is not
    /// new once the file can be read. What a person has set aside is left out: it is to count when that has expired.
    #[must_use]
    pub fn of(run: &Run, earlier: Option<&Self>) -> Self {
        let mut baseline = Self::default();
        for file in &run.files {
            baseline.add(file);
        }
        for absent in earlier.into_iter().flat_map(|earlier| earlier.absent(run)) {
            if absent.why == Gone::NotLookedAt {
                baseline.findings.insert(absent.listed.id, absent.listed);
            }
        }
        baseline
    }

    /// Adds what was found in a file, or why it could not be looked at.
    pub fn add(&mut self, file: &FileReport) {
        let path = escape::text(&file.path);
        for finding in file.findings.iter().filter(|finding| !file.is_suppressed(finding)) {
            self.list(finding, &path);
        }
        if let Some(failure) = file.failure {
            self.failures.insert((path, failure.why.to_owned()));
        }
    }

    fn list(&mut self, finding: &Finding, path: &str) {
        let listed = Listed {
            id: finding.id(),
            rule: finding.rule.to_string(),
            strength: finding.strength,
            asset: finding.asset,
            path: path.to_owned(),
        };
        let known = self.findings.entry(listed.id).or_insert_with(|| listed.clone());
        known.strength = known.strength.max(listed.strength);
        known.path = known.path.clone().min(listed.path);
    }

    /// How many findings and failures it holds.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.findings.len(), self.failures.len())
    }

    /// Whether a file that holds `bytes` was written as a baseline, of any version, whole or not.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(b"{\"schema\": \"firstseen.baseline/")
    }

    /// Reads what [`Baseline::write`] wrote.
    ///
    /// # Errors
    ///
    /// Where it is of another version, or damaged.
    pub fn parse(bytes: &[u8]) -> Result<Self, BaselineError> {
        let damaged = |error: serde_json::Error| BaselineError::Damaged(error.to_string());
        let version: Version = serde_json::from_slice(bytes).map_err(damaged)?;
        if version.schema != SCHEMA {
            return Err(BaselineError::OtherVersion(version.schema));
        }
        let document: Document = serde_json::from_slice(bytes).map_err(damaged)?;
        let mut baseline = Self::default();
        for line in document.findings {
            let shown = line.id.clone();
            let Some(listed) = line.read() else {
                let why = format!("{shown} has an id, strength, asset or path that makes no sense");
                return Err(BaselineError::Damaged(why));
            };
            baseline.findings.insert(listed.id, listed);
        }
        baseline.failures =
            document.failures.into_iter().map(|line| (line.path, line.why)).collect();
        Ok(baseline)
    }

    /// Writes it sorted, one finding or failure a line, so that two of them can be compared by eye.
    ///
    /// # Errors
    ///
    /// Where `out` cannot be written to.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut findings: Vec<&Listed> = self.findings.values().collect();
        findings.sort_by_key(|listed| (&listed.path, &listed.rule, listed.id));
        let findings = findings.into_iter().map(FindingLine::of);
        let failures = self
            .failures
            .iter()
            .map(|(path, why)| FailureLine { path: path.clone(), why: why.clone() });
        write!(out, "{{\"schema\": {},\n \"findings\": [", serde_json::to_string(SCHEMA)?)?;
        lines(findings, out)?;
        write!(out, "],\n \"failures\": [")?;
        lines(failures, out)?;
        writeln!(out, "]}}")
    }

    /// Whether a finding is in it, no weaker than now.
    #[must_use]
    pub fn state(&self, finding: &Finding) -> BaselineState {
        match self.findings.get(&finding.id()) {
            Some(listed) if listed.strength >= finding.strength => BaselineState::Unchanged,
            _ => BaselineState::New,
        }
    }

    /// Whether the failure of a file is in it.
    #[must_use]
    pub fn failure_state(&self, file: &FileReport, why: &str) -> BaselineState {
        let known = self.failures.contains(&(escape::text(&file.path), why.to_owned()));
        if known { BaselineState::Unchanged } else { BaselineState::New }
    }

    /// What it holds and `run` did not find, by path.
    #[must_use]
    pub fn absent(&self, run: &Run) -> Vec<Absent> {
        let files = &run.files;
        let found: BTreeSet<FindingId> =
            files.iter().flat_map(|file| &file.findings).map(Finding::id).collect();
        let looked_at: BTreeSet<AssetId> =
            files.iter().filter_map(|file| Some(file.asset.as_ref()?.facts.id)).collect();
        let paths: BTreeMap<String, &FileReport> =
            files.iter().map(|file| (escape::text(&file.path), file)).collect();
        let gone = |listed: &Listed| match paths.get(&listed.path) {
            _ if looked_at.contains(&listed.asset) => Gone::NotFound,
            Some(file) if file.asset.is_none() => Gone::NotLookedAt,
            Some(_) => Gone::OtherFile,
            // An audit is given none: it lists what has findings.
            None if run.command == "audit" => Gone::NotFound,
            None => Gone::NotGiven,
        };
        let missing = self.findings.values().filter(|listed| !found.contains(&listed.id));
        let mut absent: Vec<Absent> =
            missing.map(|listed| Absent { listed: listed.clone(), why: gone(listed) }).collect();
        absent.sort_by(|a, b| {
            (&a.listed.path, &a.listed.rule, a.listed.id).cmp(&(
                &b.listed.path,
                &b.listed.rule,
                b.listed.id,
            ))
        });
        absent
    }
}

impl FindingLine {
    fn of(listed: &Listed) -> Self {
        Self {
            id: listed.id.short(64),
            rule: listed.rule.clone(),
            strength: listed.strength.word().to_owned(),
            asset: listed.asset.to_string(),
            path: listed.path.clone(),
        }
    }

    fn read(self) -> Option<Listed> {
        let strengths = [Strength::Weak, Strength::Strong, Strength::Exact];
        let digits = self.id.strip_prefix(FindingId::PREFIX)?;
        // It was escaped when it was written, and is printed as it is.
        if escape::text(self.path.replace('\\', "")) != self.path.replace('\\', "") {
            return None;
        }
        Some(Listed {
            // Both are 32 bytes in hex.
            id: FindingId(digits.parse::<AssetId>().ok()?.0),
            rule: self.rule,
            strength: strengths.into_iter().find(|known| known.word() == self.strength)?,
            asset: self.asset.parse().ok()?,
            path: self.path,
        })
    }
}

fn lines(values: impl Iterator<Item = impl Serialize>, out: &mut dyn Write) -> io::Result<()> {
    for (i, value) in values.enumerate() {
        let comma = if i > 0 { "," } else { "" };
        write!(out, "{comma}\n  {}", serde_json::to_string(&value)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use firstseen_model::{FileState, Gap};

    use super::*;
    use crate::{Failure, Standing, Suppression, sample};

    fn written(baseline: &Baseline) -> String {
        let mut out = Vec::new();
        baseline.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Two findings, and a file that is damaged.
    fn run() -> Run {
        let mut run = sample::several();
        for file in run.files.iter_mut().filter(|file| !file.state.looked_at()) {
            file.failure = Some(Failure { why: "damaged", baseline: None });
        }
        run
    }

    #[test]
    fn a_baseline_has_a_line_for_each_finding_and_failure_and_reads_back() {
        let baseline = Baseline::of(&run(), None);
        let text = written(&baseline);
        assert_eq!(Baseline::parse(text.as_bytes()).unwrap(), baseline);
        let findings = run().files[0].findings.len();
        assert!(findings > 1);
        assert_eq!(text.lines().count(), 2 + findings + 2, "{text}");
        assert!(
            text.contains("\n  {\"path\":\"c\\\\x1b[31m.mp4\",\"why\":\"damaged\"}]}"),
            "{text}"
        );
        assert_eq!(
            written(&Baseline::default()),
            "{\"schema\": \"firstseen.baseline/1\",\n \"findings\": [],\n \"failures\": []}\n"
        );
    }

    #[test]
    fn another_path_makes_no_finding_new_and_more_strength_does() {
        let mut run = run();
        let baseline = Baseline::of(&run, None);
        run.files[0].path = b"moved/there.mp4".to_vec();
        for finding in &mut run.files[0].findings {
            assert_eq!(baseline.state(finding), BaselineState::Unchanged);
            finding.strength = Strength::Exact;
            assert_eq!(baseline.state(finding), BaselineState::New);
        }
        assert!(baseline.absent(&run).is_empty());
    }

    #[test]
    fn what_is_absent_says_why() {
        let run = run();
        let baseline = Baseline::of(&run, None);
        let why = |files: &[FileReport]| {
            let absent = baseline.absent(&Run { files: files.to_vec(), ..run.clone() });
            assert_eq!(absent.len(), run.files[0].findings.len());
            absent[0].why
        };
        assert_eq!(why(&run.files[1..]), Gone::NotGiven);
        let audit = Run { files: vec![], command: "audit".to_owned(), ..run.clone() };
        assert_eq!(baseline.absent(&audit)[0].why, Gone::NotFound);
        let mut files = run.files.clone();
        files[0].findings.clear();
        assert_eq!(why(&files), Gone::NotFound);
        files[0].asset.as_mut().unwrap().facts.id = AssetId([7; 32]);
        assert_eq!(why(&files), Gone::OtherFile);
        files[0] = FileReport::not_looked_at(
            b"a.mp4".to_vec(),
            FileState::Unreadable,
            Gap::new("file", "gone"),
        );
        assert_eq!(why(&files), Gone::NotLookedAt);
        let again = Baseline::of(&Run { files, ..run.clone() }, Some(&baseline));
        assert_eq!(again.findings, baseline.findings, "what could not be looked at again is kept");
    }

    #[test]
    fn what_a_person_set_aside_is_not_in_it() {
        let mut run = run();
        let id = run.files[0].findings[0].id();
        let entry = Suppression {
            place: "suppress.toml:1".to_owned(),
            rule: run.files[0].findings[0].rule.to_string(),
            asset: None,
            path: Some("*".to_owned()),
            reason: "known".to_owned(),
            author: "kd".to_owned(),
            expires: None,
        };
        let standing = Standing { suppressed: Some(entry), ..Standing::default() };
        run.files[0].standings.insert(id, standing);
        assert!(!Baseline::of(&run, None).findings.contains_key(&id));
    }

    #[test]
    fn a_failure_is_known_by_path_and_word() {
        let run = run();
        let baseline = Baseline::of(&run, None);
        let broken = &run.files[2];
        assert_eq!(baseline.failure_state(broken, "damaged"), BaselineState::Unchanged);
        assert_eq!(baseline.failure_state(broken, "crashed"), BaselineState::New);
        assert_eq!(baseline.failure_state(&run.files[0], "damaged"), BaselineState::New);
    }

    #[test]
    fn a_baseline_cut_anywhere_is_refused() {
        let text = written(&Baseline::of(&run(), None));
        for end in 0..text.trim_end().len() {
            assert!(Baseline::parse(&text.as_bytes()[..end]).is_err(), "{end}");
        }
        let newer = text.replace("baseline/1", "baseline/2");
        assert!(Baseline::parse(newer.as_bytes()).unwrap_err().to_string().contains("baseline/2"));
        let worse = text.replacen("F-", "F-zz", 1);
        assert!(Baseline::parse(worse.as_bytes()).unwrap_err().to_string().contains("F-zz"));
    }
}
