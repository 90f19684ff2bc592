//! Findings by what they bear on: provenance, source, date, place.

use firstseen_assess::{Evidence, Finding, RuleId};
use firstseen_model::Place;

use super::{LISTED, plain, quoted};
use crate::ids::Ids;
use crate::{BaselineState, FileReport, text};

/// What a verifier asks of footage. The fifth question, why it was shared, is a person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pillar {
    Provenance,
    Source,
    Date,
    Place,
}

impl Pillar {
    const ALL: [Self; 4] = [Self::Provenance, Self::Source, Self::Date, Self::Place];

    /// What a rule bears on, by what is in its name.
    fn of(rule: RuleId) -> Self {
        let says = |words: &[&str]| rule.0.split('-').any(|part| words.contains(&part));
        if says(&["place", "gps", "zone", "elsewhere", "captions"]) && !says(&["time"]) {
            Self::Place
        } else if says(&["date", "dates", "time", "predates", "recycled", "capture", "event"]) {
            Self::Date
        } else if says(&["caption", "source", "credit", "author", "post"]) {
            Self::Source
        } else {
            Self::Provenance
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Provenance => "Provenance",
            Self::Source => "Source",
            Self::Date => "Date",
            Self::Place => "Place",
        }
    }

    fn asks(self) -> &'static str {
        match self {
            Self::Provenance => "Is there an earlier copy, and what was done to this one?",
            Self::Source => "Who published it, and in which words?",
            Self::Date => "When was it seen, and when is it said to have happened?",
            Self::Place => "Where was the camera, and where is it said to have happened?",
        }
    }
}

/// A pillar with its findings and what is known beside them.
pub(super) struct Question {
    pub(super) title: &'static str,
    pub(super) asks: &'static str,
    pub(super) known: Vec<String>,
    pub(super) findings: Vec<Stated>,
    pub(super) more: usize,
}

/// A finding in words.
pub(super) struct Stated {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) strength: &'static str,
    pub(super) rule: &'static str,
    /// Whether it is new, and whether somebody has set it aside.
    pub(super) standing: Vec<String>,
    pub(super) message: String,
    pub(super) evidence: Vec<Witnessed>,
    pub(super) innocent: Vec<String>,
}

pub(super) struct Witnessed {
    pub(super) id: String,
    pub(super) field: String,
    pub(super) raw: String,
    pub(super) interval: String,
    pub(super) record: String,
}

/// The four questions of a file, with what bears on each.
pub(super) fn of(file: &FileReport, ids: &Ids) -> Vec<Question> {
    let question = |pillar: Pillar| {
        let mut findings: Vec<Stated> = file
            .findings
            .iter()
            .filter(|finding| Pillar::of(finding.rule) == pillar)
            .map(|finding| stated(file, finding, ids))
            .collect();
        let more = findings.len().saturating_sub(LISTED);
        findings.truncate(LISTED);
        Question {
            title: pillar.title(),
            asks: pillar.asks(),
            known: known(pillar, file),
            findings,
            more,
        }
    };
    Pillar::ALL.map(question).into()
}

fn stated(file: &FileReport, finding: &Finding, ids: &Ids) -> Stated {
    let standing = file.standing(finding);
    let baseline = standing.baseline.map(|state| match state {
        BaselineState::New => "new, not in the baseline".to_owned(),
        BaselineState::Unchanged => "in the baseline".to_owned(),
    });
    let suppressed = standing.suppressed.as_ref();
    let suppressed = suppressed
        .map(|entry| format!("set aside {} ({})", plain(entry.told()), plain(&entry.place)));
    Stated {
        id: ids.finding(&finding.id()),
        kind: finding.kind.word(),
        strength: finding.strength.word(),
        rule: finding.rule.0,
        standing: baseline.into_iter().chain(suppressed).collect(),
        message: super::long(&finding.message),
        evidence: finding.evidence.iter().map(|evidence| witnessed(evidence, ids)).collect(),
        innocent: finding.innocent.iter().map(super::long).collect(),
    }
}

fn witnessed(evidence: &Evidence, ids: &Ids) -> Witnessed {
    Witnessed {
        id: ids.witness(evidence.witness),
        field: plain(&*evidence.field),
        raw: plain(&evidence.raw),
        interval: text::file::interval(evidence.earliest, evidence.latest).trim().to_owned(),
        record: format!("{} ({})", plain(&evidence.record), plain(&evidence.basis)),
    }
}

/// What is known that no rule needed to say.
fn known(pillar: Pillar, file: &FileReport) -> Vec<String> {
    let seen = || file.matches.iter().filter(|known| known.seen());
    let sightings = || seen().flat_map(|known| &known.sightings).chain(&file.own);
    let mut told = Vec::new();
    let mut tell = |line: String| {
        if !told.contains(&line) && told.len() < LISTED {
            told.push(line);
        }
    };
    match pillar {
        Pillar::Provenance => {
            for known in seen() {
                let path = known
                    .reference
                    .shown_path()
                    .map_or_else(|| known.found.reference.short(), plain);
                tell(format!(
                    "{}: {path}",
                    super::capital(&super::words_of(known.found.grade.word()))
                ));
            }
        }
        Pillar::Source => {
            for sighting in
                sightings().filter(|s| s.seen.post.is_some() || s.seen.channel.is_some())
            {
                tell(format!(
                    "Seen at {} ({})",
                    super::timeline::seen_at(sighting),
                    plain(&sighting.seen.source)
                ));
            }
            for weighed in &file.claims {
                if let Some(by) = &weighed.claim.by {
                    tell(format!("Claimed by {}", plain(by)));
                }
            }
        }
        Pillar::Date => {
            if let Some(first) = &file.first_known {
                tell(format!("First known in this index: {}", text::file::seen_at(first)));
            }
            for event in file.claims.iter().filter_map(|weighed| weighed.claim.event.as_ref()) {
                tell(format!(
                    "Claimed event: {}{}",
                    plain(&event.text),
                    text::file::interval(event.earliest, event.latest)
                ));
            }
        }
        Pillar::Place => {
            for place in sightings().filter_map(|sighting| sighting.seen.place.as_ref()) {
                tell(format!("On record: {}", told_place(place)));
            }
            for place in file.claims.iter().filter_map(|weighed| weighed.claim.place.as_ref()) {
                tell(format!("Claimed: {}", told_place(place)));
            }
        }
    }
    told
}

/// A place in words, with where it is taken to be.
pub(super) fn told_place(place: &Place) -> String {
    let mut told = quoted(&place.text);
    if let Some(area) = &place.area {
        told += &format!(", {} ({})", plain(&area.name), plain(&area.country));
    } else if let Some(point) = &place.point {
        let given =
            place.text.trim_start().starts_with(|c: char| c.is_ascii_digit() || "+-".contains(c));
        if !given {
            told += &format!(", taken to be {:.4}, {:.4}", point.latitude, point.longitude);
        }
    } else if place.spots.is_empty() {
        told += ", by name only";
    }
    format!("{told} ({})", plain(place.basis.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn rules_stand_with_the_question_that_they_bear_on() {
        let rules = [
            ("predates-claim", Pillar::Date),
            ("recycled", Pillar::Date),
            ("capture-after-event", Pillar::Date),
            ("gps-time-differs", Pillar::Date),
            ("place-conflict", Pillar::Place),
            ("gps-elsewhere", Pillar::Place),
            ("caption-place-elsewhere", Pillar::Place),
            ("captions-disagree", Pillar::Place),
            ("caption-reused", Pillar::Source),
            ("declared-generated", Pillar::Provenance),
            ("seen-before", Pillar::Provenance),
            ("fixity-changed", Pillar::Provenance),
        ];
        for (rule, pillar) in rules {
            assert_eq!(Pillar::of(RuleId(rule)), pillar, "{rule}");
        }
    }

    #[test]
    fn every_finding_stands_somewhere_with_its_evidence_and_its_innocent_readings() {
        let run = sample::recycled();
        let file = &run.files[0];
        let questions = of(file, &Ids::of(&run));
        let stated: Vec<&Stated> =
            questions.iter().flat_map(|question| &question.findings).collect();
        assert_eq!(stated.len(), file.findings.len());
        assert!(
            stated.iter().all(|stated| !stated.evidence.is_empty() && !stated.innocent.is_empty())
        );
    }
}
