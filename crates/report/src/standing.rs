//! What earlier runs and persons have said of a run's findings and failures.

use firstseen_assess::{Finding, Strength};
use firstseen_model::{AssetId, FindingId};
use jiff::civil::Date;

use crate::{FileReport, Run, escape};

/// What the outcome of a run makes of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Against the baseline; `None` where none was given.
    pub baseline: Option<BaselineState>,
    /// Who has set it aside, and why.
    pub suppressed: Option<Suppression>,
    /// Whether it is one of those that `--fail-on` asks for.
    pub counts: bool,
}

/// Whether a baseline holds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaselineState {
    /// It does not, or holds it with less strength.
    New,
    /// It does.
    Unchanged,
}

impl BaselineState {
    /// The word of reports, and of SARIF.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
        }
    }
}

/// Why a file counts as not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A word, such as `damaged`.
    pub why: &'static str,
    /// Against the baseline; `None` where none was given.
    pub baseline: Option<BaselineState>,
}

/// A baseline that a run was held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The file, as given; the moment of the last scan, where that takes its place.
    pub file: String,
    /// Whether it is what the last scan has found.
    pub of_scan: bool,
    /// What it holds and the run did not find.
    pub absent: Vec<Absent>,
}

/// A finding of a baseline that a run did not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// The finding.
    pub listed: Listed,
    /// Why it may be absent.
    pub why: Gone,
}

/// A finding as a baseline lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its identity.
    pub id: FindingId,
    /// The rule that made it.
    pub rule: String,
    /// How far its evidence carried.
    pub strength: Strength,
    /// What it was said of.
    pub asset: AssetId,
    /// Where that was, escaped for people.
    pub path: String,
}

/// Why a finding of a baseline is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// The file was looked at, and nothing says so any more.
    NotFound,
    /// The file could not be looked at.
    NotLookedAt,
    /// Another file lies at its path.
    OtherFile,
    /// The file was not among those given.
    NotGiven,
}

impl Gone {
    /// Words for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotFound => "no longer found",
            Self::NotLookedAt => "could not be looked at",
            Self::OtherFile => "another file lies there",
            Self::NotGiven => "not among the files",
        }
    }
}

/// What a person has set aside: an entry of a file of suppressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// File and line of the entry: `suppress.toml:4`.
    pub place: String,
    /// The rule whose findings are meant.
    pub rule: String,
    /// First digits of the SHA-256 of the asset that is meant.
    pub asset: Option<String>,
    /// Pattern of the paths that are meant.
    pub path: Option<String>,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub author: String,
    /// The last day on which it holds, in UTC.
    pub expires: Option<Date>,
}

impl Suppression {
    /// Until when, by whom and why, escaped for people.
    #[must_use]
    pub fn told(&self) -> String {
        let until = match self.expires {
            Some(day) => format!("until {day}"),
            None => "without an end".to_owned(),
        };
        let author = escape::cut(&self.author, escape::LONG);
        format!("{until} by {author}: {}", escape::quoted(&self.reason))
    }

    /// What it is meant for, escaped for people: `predates-claim 9c1f40ae incoming/*.mp4`.
    #[must_use]
    pub fn target(&self) -> String {
        let parts = [Some(&self.rule), self.asset.as_ref(), self.path.as_ref()];
        parts.into_iter().flatten().map(escape::text).collect::<Vec<_>>().join(" ")
    }
}

/// What became of an entry in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuppressionUse {
    /// The entry.
    pub entry: Suppression,
    /// Whether its time is over: what it matches counts again.
    pub is_expired: bool,
    /// Findings that it matches.
    pub findings: usize,
}

impl SuppressionUse {
    /// The word of reports.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match (self.is_expired, self.findings) {
            (true, _) => "expired",
            (false, 0) => "unused",
            (false, _) => "used",
        }
    }
}

impl FileReport {
    /// What the outcome makes of one of its findings.
    #[must_use]
    pub fn standing(&self, finding: &Finding) -> Standing {
        self.standings.get(&finding.id()).cloned().unwrap_or_default()
    }

    /// Its gravest finding that nobody has set aside.
    #[must_use]
    pub fn worst(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| !self.is_suppressed(finding))
    }

    /// Whether somebody has set a finding aside.
    #[must_use]
    pub fn is_suppressed(&self, finding: &Finding) -> bool {
        self.standings.get(&finding.id()).is_some_and(|standing| standing.suppressed.is_some())
    }

    /// The findings that `--fail-on` asks for.
    pub fn counting(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| {
            self.standings.get(&finding.id()).is_some_and(|standing| standing.counts)
        })
    }

    /// Why it counts as not looked at, unless the baseline knows that.
    #[must_use]
    pub fn new_failure(&self) -> Option<&'static str> {
        let failure = self.failure?;
        (failure.baseline != Some(BaselineState::Unchanged)).then_some(failure.why)
    }
}

impl Run {
    /// How many findings a person has set aside.
    #[must_use]
    pub fn suppressed(&self) -> usize {
        let of = |file: &FileReport| {
            file.findings.iter().filter(|finding| file.is_suppressed(finding)).count()
        };
        self.files.iter().map(of).sum()
    }
}
