//! One match on the page: what it is, how the copies differ, and moments of both sides.

use firstseen_match::Grade;
use firstseen_model::{DateKind, MediaKind, Sighting};

use super::map::{self, Map};
use super::timeline::seen_at;
use super::{LISTED, Room, capital, plain, quoted, words_of};
use crate::ids::Ids;
use crate::json::base64;
use crate::{FileReport, MatchReport, Moment, escape, text, words};

/// Sightings of a match that are listed.
const SIGHTINGS: usize = 50;

/// What a match's pictures show, in the order in which they stand.
const PANES: [(&str, &str); 4] = [
    ("query", "This file"),
    ("reference", "Known copy"),
    ("replay", "Known copy, edited alike"),
    ("difference", "Difference"),
];

pub(super) struct Found {
    pub(super) id: String,
    pub(super) grade: String,
    pub(super) title: Option<String>,
    pub(super) path: String,
    pub(super) sha256: String,
    /// The recording that it belongs to, and a person's word on the match.
    pub(super) persons: Vec<String>,
    pub(super) first_known: Option<String>,
    pub(super) differ: Vec<String>,
    pub(super) map: Option<Map>,
    pub(super) stretches: Vec<String>,
    pub(super) moments: Vec<Shown>,
    /// Moments whose pictures are left out.
    pub(super) left_out: usize,
    pub(super) sightings: Vec<SightingRow>,
    pub(super) more_sightings: usize,
}

/// A moment of both sides.
pub(super) struct Shown {
    /// Unlike that of any other on the page.
    pub(super) id: usize,
    pub(super) when: String,
    pub(super) panes: Vec<Pane>,
    pub(super) remarks: Vec<String>,
    /// Whether the edit was replayed, so that it can be laid over.
    pub(super) replayed: bool,
}

pub(super) struct Pane {
    pub(super) class: &'static str,
    pub(super) label: &'static str,
    pub(super) alt: String,
    pub(super) data: String,
}

pub(super) struct SightingRow {
    pub(super) id: String,
    pub(super) seen_at: String,
    pub(super) dates: Vec<String>,
    pub(super) caption: Option<String>,
    pub(super) place: Option<String>,
    pub(super) url: Option<String>,
    pub(super) record: String,
}

impl Found {
    /// A match of `file`; pictures are taken in as long as there is room.
    pub(super) fn of(file: &FileReport, known: &MatchReport, ids: &Ids, room: &mut Room) -> Self {
        let (found, reference) = (&known.found, &known.reference);
        let kind = file.asset.as_ref().map_or(MediaKind::Picture, |asset| asset.facts.kind);
        let mut differ: Vec<String> = Vec::new();
        for told in found.segments.iter().map(|segment| words::edit(segment, kind)) {
            if found.grade != Grade::IdenticalBytes && !differ.contains(&told) {
                differ.push(told);
            }
        }
        differ.truncate(LISTED);
        let moments: Vec<Shown> =
            known.moments.iter().filter_map(|moment| room.moment(moment)).collect();
        Self {
            id: ids.found(&found.id()),
            grade: words_of(found.grade.word()),
            title: reference.title.as_ref().map(quoted),
            path: reference.shown_path().map_or_else(|| "no path known".to_owned(), plain),
            sha256: found.reference.to_string(),
            persons: persons(known, ids),
            first_known: known.first_known.as_ref().map(text::file::seen_at),
            differ,
            map: map::of(file, known),
            stretches: map::stretches(known),
            left_out: known.moments.len() - moments.len(),
            moments,
            sightings: known
                .sightings
                .iter()
                .take(SIGHTINGS)
                .map(|sighting| SightingRow::of(sighting, ids))
                .collect(),
            more_sightings: known.sightings.len().saturating_sub(SIGHTINGS),
        }
    }
}

/// What persons have made of a match.
fn persons(known: &MatchReport, ids: &Ids) -> Vec<String> {
    let reference = &known.reference;
    let recording = reference.recording.map(|id| {
        let copies = words::counted(reference.copies, "copy", "copies");
        format!("Recording {}, {copies}", ids.recording(&id))
    });
    let decided = known.decision.as_ref().map(|one| capital(&text::file::decided(one)));
    recording.into_iter().chain(decided).collect()
}

impl SightingRow {
    pub(super) fn of(sighting: &Sighting, ids: &Ids) -> Self {
        let seen = &sighting.seen;
        let given = |text: &String| (!text.is_empty()).then(|| quoted(text));
        let dates = seen.dates.iter().filter(|date| date.kind != DateKind::Event);
        Self {
            id: ids.sighting(&sighting.id()),
            seen_at: seen_at(sighting),
            dates: dates
                .map(|date| format!("{} {}", date.kind.word(), plain(&date.text)))
                .collect(),
            caption: given(&seen.caption),
            place: seen.place.as_ref().map(|place| {
                format!("{} ({})", plain(&place.text), plain(place.basis.to_string()))
            }),
            // An address out of a record is text: nothing on the page leads anywhere.
            url: seen.url.as_ref().map(plain),
            record: plain(&seen.record),
        }
    }
}

impl Room {
    /// A moment with its pictures, where there is room for them.
    fn moment(&mut self, moment: &Moment) -> Option<Shown> {
        let size: usize = moment.pictures.values().map(|jpeg| jpeg.len().div_ceil(3) * 4).sum();
        self.left = self.left.checked_sub(size)?;
        self.moments += 1;
        let when = if moment.query.0 == 0 && moment.reference.0 == 0 {
            String::new()
        } else {
            format!("{} here, {} there", moment.query, moment.reference)
        };
        let pane = |(class, label)| {
            let jpeg = moment.pictures.get(class)?;
            let at = if when.is_empty() { String::new() } else { format!(", {when}") };
            Some(Pane { class, label, alt: format!("{label}{at}"), data: base64(jpeg) })
        };
        let panes: Vec<Pane> = PANES.into_iter().filter_map(pane).collect();
        Some(Shown {
            id: self.moments,
            when: when.clone(),
            replayed: ["query", "replay"].iter().all(|what| moment.pictures.contains_key(what)),
            panes,
            remarks: moment.remarks.iter().map(|why| escape::cut(why, escape::LONG)).collect(),
        })
    }
}
