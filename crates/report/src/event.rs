//! One record of the index, as a time line or a search tells it.

use firstseen_model::{ClaimId, Dated, MatchId, NoteId, SightingId};

/// What a record says of an asset, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Which record.
    pub of: Told,
    /// What happened then: `posted`, `archived`, `captured`, `event`, `stated`, `decided`, ...
    pub what: &'static str,
    /// When; `None` where the record has no date.
    pub date: Option<Dated>,
    /// Who says so, or where it was seen. Text from outside.
    pub by: String,
    /// In the record's words. Text from outside.
    pub words: String,
    /// The place that it names. Text from outside.
    pub place: Option<String>,
    /// The case that it belongs to.
    pub case: Option<String>,
}

/// Which record says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// Where the asset was seen.
    Sighting(SightingId),
    /// What is said of it.
    Claim(ClaimId),
    /// What a person states of it or its recording.
    Note(NoteId),
    /// What a person decided of it and another.
    Decision(MatchId),
    /// What the file says of itself.
    Metadata,
}

impl Told {
    /// The word of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sighting(_) => "sighting",
            Self::Claim(_) => "claim",
            Self::Note(_) => "note",
            Self::Decision(_) => "decision",
            Self::Metadata => "metadata",
        }
    }
}

impl Event {
    /// Orders events as a time line does: by the earliest bound, else by the latest; those without one come last.
    pub fn when(&self) -> impl Ord + use<> {
        let date = self.date.as_ref();
        let (earliest, latest) =
            (date.and_then(|date| date.earliest), date.and_then(|date| date.latest));
        let first = earliest.or(latest);
        (first.is_none(), first, latest, self.of, self.what)
    }
}
