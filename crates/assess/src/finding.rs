//! What a rule states, and on which evidence.

use std::borrow::Cow;
use std::fmt;

use firstseen_media::Fact;
use firstseen_model::{
    AssetId, Claim, ClaimId, Dated, FindingId, MatchId, Note, NoteId, Place, Sighting, SightingId,
};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Strength, rules};

/// A rule's statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which rule.
    pub rule: RuleId,
    /// What sort of statement.
    pub kind: Kind,
    /// How far the evidence carries.
    pub strength: Strength,
    /// What it is said of.
    pub asset: AssetId,
    /// The claim that it bears on.
    pub claim: Option<ClaimId>,
    /// The match that it rests on; `None` where the file's own records do.
    pub with_match: Option<MatchId>,
    /// In plain words. May name a record, which is text from outside: escape before printing.
    pub message: String,
    /// What it rests on, the best first.
    pub evidence: Vec<Evidence>,
    /// Innocent readings. May hold text from outside: escape before printing.
    pub innocent: Vec<String>,
}

impl Finding {
    /// Its identity: rule, asset, claim and pair; stable from run to run.
    #[must_use]
    pub fn id(&self) -> FindingId {
        FindingId::of(&[
            self.rule.0.as_bytes(),
            &self.asset.0,
            self.claim.as_ref().map_or(&[][..], |claim| &claim.0),
            self.with_match.as_ref().map_or(&[][..], |found| &found.0),
        ])
    }
}

/// A rule's name in kebab-case, which never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RuleId(pub &'static str);

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl<'de> Deserialize<'de> for RuleId {
    /// The rule of that name; what no rule is called makes no sense.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        let rule = rules().iter().find(|rule| rule.id.0 == name);
        rule.map(|rule| rule.id).ok_or_else(|| serde::de::Error::custom("no rule is called so"))
    }
}

/// What sort of statement a finding is, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// It contradicts the claim.
    Conflict,
    /// Records or metadata contradict each other.
    Inconsistency,
    /// It was seen before.
    History,
    /// The file says so of itself.
    Declared,
}

impl Kind {
    /// The word of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Inconsistency => "inconsistency",
            Self::History => "history",
            Self::Declared => "declared",
        }
    }
}

/// Something that a finding rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Who says so.
    pub witness: Witness,
    /// Which of its fields: `posted`, `archived`, `event`, `place`, `segment`, `datetime_original`, ... May be text from
    /// outside.
    pub field: Cow<'static, str>,
    /// As it was given. May be text from outside.
    pub raw: String,
    /// Not before.
    pub earliest: Option<Timestamp>,
    /// Not after.
    pub latest: Option<Timestamp>,
    /// The record that it was read from. May be text from outside.
    pub record: String,
    /// Whose word it is, such as `sidecar:yt-dlp`.
    pub basis: String,
}

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Witness {
    /// A sighting.
    Sighting(SightingId),
    /// The claim.
    Claim(ClaimId),
    /// The match.
    Match(MatchId),
    /// What the file with these bytes says of itself.
    Asset(AssetId),
    /// A person's note.
    Note(NoteId),
}

impl Witness {
    /// The word of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sighting(_) => "sighting",
            Self::Claim(_) => "claim",
            Self::Match(_) => "match",
            Self::Asset(_) => "metadata",
            Self::Note(_) => "note",
        }
    }
}

impl Evidence {
    /// A date of a sighting.
    pub(crate) fn date(sighting: &Sighting, date: &Dated) -> Self {
        Self {
            witness: Witness::Sighting(sighting.id()),
            field: date.kind.word().into(),
            raw: date.text.clone(),
            earliest: date.earliest,
            latest: date.latest,
            record: sighting.seen.record.clone(),
            basis: date.basis.to_string(),
        }
    }

    /// The place of a sighting.
    pub(crate) fn place(sighting: &Sighting, place: &Place) -> Self {
        Self {
            witness: Witness::Sighting(sighting.id()),
            field: "place".into(),
            raw: place.text.clone(),
            earliest: None,
            latest: None,
            record: sighting.seen.record.clone(),
            basis: place.basis.to_string(),
        }
    }

    /// When the claim says that it happened.
    pub(crate) fn event(claim: &Claim, event: &Dated) -> Self {
        Self {
            witness: Witness::Claim(claim.id()),
            field: "event".into(),
            raw: event.text.clone(),
            earliest: event.earliest,
            latest: event.latest,
            record: "claim".to_owned(),
            basis: event.basis.to_string(),
        }
    }

    /// Where the claim says that it happened.
    pub(crate) fn event_place(claim: &Claim, place: &Place) -> Self {
        Self {
            witness: Witness::Claim(claim.id()),
            field: "place".into(),
            raw: place.text.clone(),
            earliest: None,
            latest: None,
            record: "claim".to_owned(),
            basis: place.basis.to_string(),
        }
    }
    /// A field of a file's metadata, with the moment that it names, if it names one.
    pub(crate) fn fact(
        asset: AssetId,
        fact: &Fact,
        bounds: (Option<Timestamp>, Option<Timestamp>),
    ) -> Self {
        Self {
            witness: Witness::Asset(asset),
            field: fact.name.clone().into(),
            raw: fact.raw.clone(),
            earliest: bounds.0,
            latest: bounds.1,
            record: fact.read_from.clone(),
            basis: fact.read_from.split(':').next().unwrap_or_default().to_owned(),
        }
    }

    /// The bytes that lay at a path, with the moment at which they were last changed.
    pub(crate) fn bytes(
        asset: AssetId,
        size_bytes: u64,
        changed: Option<Timestamp>,
        record: String,
    ) -> Self {
        Self {
            witness: Witness::Asset(asset),
            field: "sha256".into(),
            raw: format!("{asset}, {size_bytes} bytes"),
            earliest: changed,
            latest: changed,
            record,
            basis: "file".to_owned(),
        }
    }

    /// Where a person says that the camera stood.
    pub(crate) fn noted_place(note: &Note, place: &Place) -> Self {
        Self {
            witness: Witness::Note(note.id()),
            field: "place".into(),
            raw: place.text.clone(),
            earliest: None,
            latest: None,
            record: format!("note by {}", note.by),
            basis: note.basis.clone(),
        }
    }

    /// When a person says that the footage was taken.
    pub(crate) fn captured(note: &Note, captured: &Dated) -> Self {
        Self {
            witness: Witness::Note(note.id()),
            field: captured.kind.word().into(),
            raw: captured.text.clone(),
            earliest: captured.earliest,
            latest: captured.latest,
            record: format!("note by {}", note.by),
            basis: note.basis.clone(),
        }
    }
}
