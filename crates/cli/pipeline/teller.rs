//! Assets of an index as reports tell them, with their records in time.

use firstseen_index::IndexError;
use firstseen_model::{
    AssetId, Basis, Claim, DateKind, Dated, Decision, Doubt, FileState, Note, Sighting, Subject,
};
use firstseen_report::{Asset, Event, FileReport, Told};
use jiff::Timestamp;

use super::counted::Counted;
use super::paths::Kept;

/// Tells of assets what counts of them.
pub(crate) struct Teller<'a> {
    /// What counts.
    pub(crate) counted: Counted<'a>,
    /// How paths of the index are told.
    pub(crate) kept: &'a Kept,
}

impl Teller<'_> {
    /// An asset with these records; by its SHA-256 where it has no path.
    pub(crate) fn file(&self, id: &AssetId, events: Vec<Event>) -> Result<FileReport, IndexError> {
        let path = self.counted.path(id)?;
        let path = path.map(|path| self.kept.seen_from_here(&path).unwrap_or(path));
        let path = path.unwrap_or_else(|| id.to_string().into_bytes());
        let mut file = FileReport::empty(path, FileState::Ok);
        if let Some(asset) = self.counted.snapshot.asset(id)? {
            let samples = self.counted.snapshot.samples(id)?;
            let unusable = samples.iter().filter(|sample| sample.gate.is_some()).count();
            file.asset = Some(Asset {
                facts: asset.facts,
                frames_used: (samples.len() - unusable) as u32,
                frames_unusable: unusable as u32,
            });
        }
        file.history = Some(events);
        Ok(file)
    }

    /// All records of an asset, in the order of their dates.
    pub(crate) fn history(&self, id: &AssetId) -> Result<Vec<Event>, IndexError> {
        let (snapshot, statements) = (self.counted.snapshot, self.counted.snapshot.statements()?);
        let mut events: Vec<Event> =
            self.counted.sightings(id)?.iter().flat_map(|seen| self.dates(seen)).collect();
        let metadata = snapshot.metadata(id)?.unwrap_or_default();
        events.extend(metadata.dates.into_iter().map(|date| Event {
            what: date.kind.word(),
            date: Some(date),
            ..said(Told::Metadata)
        }));
        if self.counted.whole(id)? {
            events.extend(snapshot.claims(id)?.iter().map(Self::claim));
            let of_pair = |decision: &&Decision| decision.one == *id || decision.other == *id;
            let decisions = statements.decisions().iter().filter(of_pair);
            events.extend(decisions.map(|decision| Self::decision(decision, id)));
        }
        let recording = self.counted.recording_of(id)?.map(|recording| recording.id);
        for note in statements.notes() {
            let told = match note.on {
                Subject::Asset(asset) => asset == *id && self.counted.whole(id)?,
                Subject::Recording(noted) => Some(noted) == recording,
            };
            if told {
                events.extend(Self::note(note));
            }
        }
        events.sort_by_key(Event::when);
        Ok(events)
    }

    /// A sighting by the date that says most of when it was seen.
    pub(crate) fn sighting(&self, seen: &Sighting) -> Event {
        let order = [DateKind::Posted, DateKind::Archived, DateKind::Edited, DateKind::Collected];
        let date = order.into_iter().find_map(|kind| seen.seen.date(kind));
        self.dated(seen, date.or(seen.seen.dates.first()).cloned())
    }

    fn dates(&self, seen: &Sighting) -> Vec<Event> {
        let dates = &seen.seen.dates;
        if dates.is_empty() {
            return vec![self.dated(seen, None)];
        }
        dates.iter().map(|date| self.dated(seen, Some(date.clone()))).collect()
    }

    fn dated(&self, seen: &Sighting, date: Option<Dated>) -> Event {
        let (id, seen) = (seen.id(), &seen.seen);
        let path = seen.path.as_ref();
        let path = path.map(|path| self.kept.seen_from_here(path).unwrap_or(path.clone()));
        let path = path.map(|path| String::from_utf8_lossy(&path).into_owned());
        // Where the post has a name, its address says the same at greater length.
        let named = seen.channel.is_some() || seen.post.is_some();
        let rest = seen.url.clone().or(path).filter(|_| !named);
        let at = [seen.channel.clone(), seen.post.clone(), rest];
        let by = std::iter::once(Some(seen.source.clone())).chain(at);
        Event {
            what: date.as_ref().map_or("seen", |date| date.kind.word()),
            date,
            by: by.flatten().collect::<Vec<_>>().join(" "),
            words: if seen.title.is_empty() { seen.caption.clone() } else { seen.title.clone() },
            place: seen.place.as_ref().map(|place| place.text.clone()),
            case: seen.case.clone(),
            ..said(Told::Sighting(id))
        }
    }

    /// A claim by the date of its event.
    pub(crate) fn claim(claim: &Claim) -> Event {
        Event {
            what: "event",
            date: claim.event.clone(),
            by: claim.by.clone().unwrap_or_default(),
            words: claim.text.clone(),
            place: claim.place.as_ref().map(|place| place.text.clone()),
            ..said(Told::Claim(claim.id()))
        }
    }

    /// A note: what it says of the footage, when it was made, and when it was taken back.
    pub(crate) fn note(note: &Note) -> Vec<Event> {
        let label = note.label.clone().unwrap_or_default();
        let whole = Event {
            by: note.by.clone(),
            place: note.place.as_ref().map(|place| place.text.clone()),
            ..said(Told::Note(note.id()))
        };
        let basis = format!("{label} ({})", note.basis).trim().to_owned();
        let made =
            Event { what: "stated", date: Some(clock(note.at)), words: basis, ..whole.clone() };
        let back = note.retracted.as_ref().map(|retracted| Event {
            what: "retracted",
            date: Some(clock(retracted.at)),
            by: retracted.by.clone(),
            ..whole.clone()
        });
        // What was taken back is told as said, and no longer as a date of the footage.
        let captured = note.captured.clone().filter(|_| back.is_none());
        let captured = captured.map(|date| Event {
            what: "captured",
            date: Some(date),
            words: label,
            ..whole
        });
        [captured, Some(made), back].into_iter().flatten().collect()
    }

    /// A decision on an asset and another.
    pub(crate) fn decision(decision: &Decision, of: &AssetId) -> Event {
        let other = if decision.one == *of { decision.other } else { decision.one };
        let words = format!("{}: {}: {}", other.short(), decision.ruling.word(), decision.note);
        Event {
            what: "decided",
            date: Some(clock(decision.at)),
            by: decision.by.clone(),
            words: words.trim_end_matches([':', ' ']).to_owned(),
            ..said(Told::Decision(decision.pair()))
        }
    }
}

fn said(of: Told) -> Event {
    let (by, words) = (String::new(), String::new());
    Event { of, what: "seen", date: None, by, words, place: None, case: None }
}

/// A moment by this program's clock.
fn clock(at: Timestamp) -> Dated {
    Dated {
        text: at.to_string(),
        earliest: Some(at),
        latest: Some(at),
        kind: DateKind::Collected,
        basis: Basis::IndexClock,
        doubt: Doubt::None,
    }
}
