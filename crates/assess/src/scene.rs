//! Cases to test the rules with.

use firstseen_match::{Grade, Match, Segment};
use firstseen_media::{Fact, FactKind, Metadata, Trust};
use firstseen_model::{
    AssetId, Basis, Claim, DateKind, Dated, Decision, MediaTime, Note, Place, PlaceKind, Sighting,
    SightingDraft, Span, Subject,
};
use jiff::SignedDuration;

use crate::{Case, Finding, Known, Outcome, Replaced, SharedId, assess, outcome};

pub(crate) const QUERY: AssetId = AssetId([1; 32]);

/// A case that owns its parts.
#[derive(Default)]
pub(crate) struct Scene {
    pub(crate) given: Vec<Sighting>,
    pub(crate) indexed: Vec<Sighting>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) matches: Vec<(Match, Vec<Sighting>)>,
    pub(crate) metadata: Metadata,
    pub(crate) notes: Vec<Note>,
    pub(crate) shared: Vec<SharedId>,
    pub(crate) replaced: Option<Replaced>,
    /// What each match says of itself, what persons state of it, and what one decided; as many as `matches`, or fewer.
    pub(crate) of_matches: Vec<(Metadata, Vec<Note>, Option<Decision>)>,
}

impl Scene {
    /// A claim that the event was then.
    pub(crate) fn claimed(event: &str) -> Self {
        Self { claims: vec![claim(Some(event), None)], ..Self::default() }
    }

    /// A claim that the event was there.
    pub(crate) fn claimed_at(place: &str) -> Self {
        Self { claims: vec![claim(None, Some(place))], ..Self::default() }
    }

    /// With a record of the query that came with this run.
    pub(crate) fn given(mut self, seen: SightingDraft) -> Self {
        self.given.push(seen.of(QUERY));
        self
    }

    /// With a record of the query that is in the index.
    pub(crate) fn indexed(mut self, seen: SightingDraft) -> Self {
        self.indexed.push(seen.of(QUERY));
        self
    }

    /// With another asset that matches.
    pub(crate) fn matching(mut self, grade: Grade, seen: SightingDraft) -> Self {
        let reference = AssetId([2 + self.matches.len() as u8; 32]);
        let found = Match { query: QUERY, reference, grade, score: 0.9, segments: vec![] };
        self.matches.push((found, vec![seen.of(reference)]));
        self
    }

    /// With what the file says of itself: name, value and where it was read.
    pub(crate) fn saying(mut self, facts: &[(&str, &str, &str)]) -> Self {
        self.metadata.facts.extend(says(facts).facts);
        self
    }

    /// With another asset that matches and says this of itself.
    pub(crate) fn matching_saying(self, grade: Grade, facts: &[(&str, &str, &str)]) -> Self {
        let mut scene = self.matching(grade, at_path("archive/copy"));
        scene.of_matches.resize_with(scene.matches.len(), Default::default);
        if let Some(last) = scene.of_matches.last_mut() {
            last.0 = says(facts);
        }
        scene
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&Case<'_>) -> T) -> T {
        let own: Vec<Sighting> = self.indexed.iter().chain(&self.given).cloned().collect();
        let given: Vec<_> = self.given.iter().map(Sighting::id).collect();
        let nothing = Default::default();
        let matches: Vec<Known<'_>> = (self.matches.iter().enumerate())
            .map(|(i, (found, sightings))| {
                let (metadata, notes, decision) = self.of_matches.get(i).unwrap_or(&nothing);
                Known { found, sightings, metadata, notes, decision: decision.as_ref() }
            })
            .collect();
        look(&Case {
            asset: QUERY,
            duration: None,
            own: &own,
            given: &given,
            claims: &self.claims,
            matches: &matches,
            metadata: &self.metadata,
            notes: &self.notes,
            shared: &self.shared,
            replaced: self.replaced.as_ref(),
            as_of: "2026-11-23T08:00:00Z".parse().unwrap(),
            older_than: SignedDuration::from_hours(30 * 24),
        })
    }

    /// The strengths with which a rule speaks.
    pub(crate) fn found(&self, rule: &str) -> Vec<&'static str> {
        self.findings(rule).iter().map(|finding| finding.strength.word()).collect()
    }

    pub(crate) fn findings(&self, rule: &str) -> Vec<Finding> {
        self.with(assess).into_iter().filter(|finding| finding.rule.0 == rule).collect()
    }

    pub(crate) fn outcome(&self) -> (Outcome, String) {
        self.with(|case| outcome(&case.claims[0], &assess(case), case))
    }
}

fn claim(event: Option<&str>, place: Option<&str>) -> Claim {
    Claim {
        asset: QUERY,
        by: None,
        text: "soldiers".to_owned(),
        event: event.map(|event| Dated::parse(event, DateKind::Event, Basis::Person).unwrap()),
        place: place.map(|place| Place::parse(place, PlaceKind::Event, Basis::Person).unwrap()),
    }
}

/// What a file says of itself: name, value and where it was read.
pub(crate) fn says(facts: &[(&str, &str, &str)]) -> Metadata {
    let fact = |(name, value, read_from): &(&str, &str, &str)| Fact {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
        raw: (*value).to_owned(),
        read_from: (*read_from).to_owned(),
        kind: FactKind::Other,
        trust: Trust::Declared,
    };
    Metadata { facts: facts.iter().map(fact).collect(), ..Metadata::default() }
}

/// A person's statement of when the query was taken.
pub(crate) fn noted(captured: &str) -> Note {
    Note {
        on: Subject::Asset(QUERY),
        captured: Some(Dated::parse(captured, DateKind::Captured, Basis::Person).unwrap()),
        place: None,
        label: None,
        by: "kd".to_owned(),
        basis: "spoke with the camera man".to_owned(),
        at: "2026-11-01T08:00:00Z".parse().unwrap(),
        retracted: None,
    }
}

/// A record that says nothing but where the file lies.
pub(crate) fn at_path(path: &str) -> SightingDraft {
    SightingDraft {
        source: "local".to_owned(),
        record: "command line".to_owned(),
        path: Some(path.as_bytes().to_vec()),
        ..SightingDraft::default()
    }
}

/// A record with a date of this kind and basis.
pub(crate) fn dated(text: &str, kind: DateKind, basis: Basis) -> SightingDraft {
    let date = Dated::parse(text, kind, basis).unwrap();
    SightingDraft { dates: vec![date], ..at_path(&format!("archive/{text}")) }
}

/// A record of a post, from a companion file.
pub(crate) fn posted(text: &str) -> SightingDraft {
    dated(text, DateKind::Posted, sidecar())
}

/// A record of a place.
pub(crate) fn placed(place: &str, kind: PlaceKind, basis: Basis) -> SightingDraft {
    SightingDraft { place: Some(Place::parse(place, kind, basis).unwrap()), ..at_path(place) }
}

pub(crate) fn sidecar() -> Basis {
    Basis::Sidecar("yt-dlp".to_owned())
}

/// A stretch of the query, in seconds, that matches.
pub(crate) fn segment(start: f64, end: f64) -> Segment {
    let query = Span { start: MediaTime::from_seconds(start), end: MediaTime::from_seconds(end) };
    Segment {
        query,
        reference: query,
        speed: 1.0,
        reversed: false,
        frames: 1,
        frames_looked_at: 1,
        features: None,
        edit: Default::default(),
        pairs: vec![],
    }
}
