//! One file on the page.

use firstseen_assess::Verdict;
use firstseen_media::{FactKind, Metadata, Trust};
use firstseen_model::{Claim, MediaKind};

use super::found::{Found, SightingRow};
use super::map::{self, Extent};
use super::pillars::{self, Question};
use super::timeline::Timeline;
use super::{LISTED, Page, Room, capital, long, plain};
use crate::run::carries_nothing;
use crate::text::file::{
    NOT_SEARCHED, first_known, headword_in, interval, nothing_like_it, reasons, references,
    seen_at, set_aside,
};
use crate::{ClaimWeighed, Event, FileReport, escape, text, words};

/// Matches of a file that are told in full.
const MATCHES: usize = 20;

/// Gaps of a file that are listed.
const GAPS: usize = 50;

/// Facts of one kind that are listed.
const FACTS: usize = 200;

/// Records of a file that are listed.
const EVENTS: usize = 500;

/// The groups in which facts stand.
const GROUPS: [(FactKind, &str); 7] = [
    (FactKind::Date, "Dates and times"),
    (FactKind::Place, "Place"),
    (FactKind::Device, "Device"),
    (FactKind::Program, "Program"),
    (FactKind::Credit, "Credit and words"),
    (FactKind::Shape, "Shape"),
    (FactKind::Other, "Other"),
];

pub(super) struct FileView {
    /// Its place on the page, from 1.
    pub(super) number: usize,
    pub(super) path: String,
    pub(super) shape: Vec<String>,
    pub(super) sha256: Option<String>,
    /// Class of the verdict's colour.
    pub(super) tone: &'static str,
    pub(super) verdict: Option<String>,
    pub(super) lead: String,
    /// Matches that persons' words leave out.
    pub(super) set_aside: Vec<String>,
    pub(super) claims: Vec<ClaimView>,
    /// Why there is no claim, where the command weighs any.
    pub(super) no_claim: Option<&'static str>,
    pub(super) timeline: Option<Timeline>,
    pub(super) matches: Vec<Found>,
    pub(super) more_matches: usize,
    pub(super) lanes: Vec<Lane>,
    pub(super) unmatched: Vec<String>,
    pub(super) questions: Vec<Question>,
    pub(super) own: Vec<SightingRow>,
    pub(super) history: Vec<Vec<String>>,
    pub(super) more_history: usize,
    pub(super) dates: Vec<Vec<String>>,
    pub(super) facts: Vec<Group>,
    pub(super) codes: Vec<String>,
    pub(super) gaps: Vec<String>,
    pub(super) more_gaps: usize,
}

pub(super) struct ClaimView {
    pub(super) id: String,
    pub(super) outcome: &'static str,
    pub(super) why: String,
    pub(super) text: Option<String>,
    pub(super) details: Vec<(&'static str, String)>,
    /// Places that bear the claimed name.
    pub(super) candidates: Vec<String>,
    pub(super) more_candidates: usize,
}

/// Where a match covers a clip.
pub(super) struct Lane {
    pub(super) label: String,
    pub(super) class: &'static str,
    pub(super) extents: Vec<Extent>,
}

pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) facts: Vec<[String; 4]>,
    pub(super) more: usize,
}

impl FileView {
    pub(super) fn of(page: &Page<'_>, file: &FileReport, number: usize, room: &mut Room) -> Self {
        let (run, ids) = (page.run, &page.ids);
        let weighs = !matches!(
            run.command.as_str(),
            "compare" | "inspect" | "add" | "history" | "find" | "note" | "decide"
        );
        let told = file.matches.iter().take(MATCHES);
        let asks = file.verdict.is_some() && run.command != "compare";
        let gaps = gaps(page, file);
        Self {
            number,
            path: path(file),
            shape: shape(file),
            sha256: file.asset.as_ref().map(|asset| asset.facts.id.to_string()),
            tone: tone(file),
            verdict: file
                .verdict
                .map(|v| capital(&headword_in(&run.command, file, v).to_lowercase())),
            lead: lead(page, file),
            set_aside: set_aside(file),
            claims: file.claims.iter().map(|weighed| ClaimView::of(page, weighed)).collect(),
            no_claim: (weighs && file.claims.is_empty()).then_some(if file.state.looked_at() {
                "None given, so nothing was weighed."
            } else {
                "Not weighed: the file could not be looked at."
            }),
            timeline: Timeline::of(file, ids),
            matches: told.map(|known| Found::of(file, known, ids, room)).collect(),
            more_matches: file.matches.len().saturating_sub(MATCHES),
            lanes: lanes(page, file),
            unmatched: if file.matches.is_empty() {
                Vec::new()
            } else {
                map::unmatched(file).into_iter().map(|(_, told)| told).take(LISTED).collect()
            },
            questions: if asks || !file.findings.is_empty() {
                pillars::of(file, ids)
            } else {
                Vec::new()
            },
            own: file.own.iter().take(LISTED).map(|s| SightingRow::of(s, ids)).collect(),
            history: file.history.iter().flatten().take(EVENTS).map(event).collect(),
            more_history: file.history.as_ref().map_or(0, Vec::len).saturating_sub(EVENTS),
            dates: dates(file.metadata.as_ref()),
            facts: file.metadata.as_ref().map(groups).unwrap_or_default(),
            codes: codes(file),
            more_gaps: gaps.len().saturating_sub(GAPS),
            gaps: gaps.into_iter().take(GAPS).collect(),
        }
    }
}

impl ClaimView {
    fn of(page: &Page<'_>, weighed: &ClaimWeighed) -> Self {
        let ClaimWeighed { claim, outcome, why } = weighed;
        let spots = claim.place.as_ref().map(|place| place.spots.as_slice()).unwrap_or_default();
        // One that bears the name is no choice.
        let spots = if spots.len() > 1 { spots } else { &[] };
        let candidate = |spot: &firstseen_model::Spot| {
            let (name, area) = (plain(&spot.name), plain(&spot.area.name));
            let (latitude, longitude) = (spot.point.latitude, spot.point.longitude);
            let country = plain(&spot.area.country);
            format!(
                "{name}, {area}, {country}: {latitude:.4}, {longitude:.4}, geonames:{}",
                spot.geonames
            )
        };
        Self {
            id: page.ids.claim(&claim.id()),
            outcome: outcome.word(),
            why: capital(&long(why)),
            text: (!claim.text.is_empty()).then(|| long(&claim.text)),
            details: details(claim),
            candidates: spots.iter().take(LISTED).map(candidate).collect(),
            more_candidates: spots.len().saturating_sub(LISTED),
        }
    }
}

fn details(claim: &Claim) -> Vec<(&'static str, String)> {
    let mut details = Vec::new();
    if let Some(event) = &claim.event {
        let bounds = interval(event.earliest, event.latest);
        details.push(("Event", format!("{}{bounds}", plain(&event.text))));
    }
    if let Some(place) = &claim.place {
        details.push(("Place", pillars::told_place(place)));
    }
    if let Some(by) = &claim.by {
        details.push(("Made by", plain(by)));
    }
    details
}

/// A path for people; bytes that are no text are spelled out.
pub(super) fn path(file: &FileReport) -> String {
    escape::cut(&file.path, 400)
}

fn shape(file: &FileReport) -> Vec<String> {
    let Some(asset) = &file.asset else { return vec![capital(file.state.word())] };
    let facts = &asset.facts;
    let mut shape = vec![plain(&facts.mime)];
    shape.extend(facts.duration.map(|duration| duration.to_string()));
    shape.push(format!("{} x {}", facts.width, facts.height));
    shape.push(format!("{} bytes", words::count(facts.size_bytes)));
    let looked_at = asset.frames_used + asset.frames_unusable;
    if looked_at > 0 && facts.kind == MediaKind::Video {
        let used = words::counted(asset.frames_used as usize, "frame used", "frames used");
        let why = reasons(file);
        let unusable = asset.frames_unusable;
        let rest = if unusable > 0 { format!(", {unusable} unusable{why}") } else { String::new() };
        shape.push(format!("{used}{rest}"));
    }
    shape
}

/// Which colour a file has: its gravest finding's, else its verdict's.
fn tone(file: &FileReport) -> &'static str {
    match (file.worst(), file.verdict) {
        (Some(finding), _) => finding.kind.word(),
        (None, Some(Verdict::NotLookedAt | Verdict::Inconclusive)) => "missed",
        (None, _) if !file.state.looked_at() => "missed",
        (None, _) => "plain",
    }
}

/// What the verdict rests on, in a sentence.
fn lead(page: &Page<'_>, file: &FileReport) -> String {
    let run = page.run;
    let Some(verdict) = file.verdict else { return String::new() };
    let compared = run.command == "compare";
    let sentence = match verdict {
        Verdict::Seen | Verdict::AlreadyInIndex if compared => String::new(),
        Verdict::PartlySeen { seen, of } if compared => {
            format!("{:.1} of {:.1} s", seen.seconds(), of.seconds())
        }
        Verdict::Seen | Verdict::AlreadyInIndex => match &file.first_known {
            Some(first) => format!("first known in this index: {}", seen_at(first)),
            None => first_known(file),
        },
        Verdict::PartlySeen { seen, of } => {
            format!("{:.1} of {:.1} s; {}", seen.seconds(), of.seconds(), first_known(file))
        }
        Verdict::Possible => {
            "only leads or the same place; nothing that contradicts a claim".to_owned()
        }
        Verdict::NotInIndex if compared => String::new(),
        Verdict::NotInIndex => {
            let among = run
                .index
                .as_ref()
                .map(|index| format!("{} among {}", nothing_like_it(file), text::covers(index)));
            let edits = escape::text(&run.unseen_edits);
            let unseen = if edits.is_empty() {
                String::new()
            } else {
                format!(". Edits that this version cannot see through: {edits}")
            };
            format!("{}{unseen}", among.unwrap_or_default())
        }
        Verdict::Inconclusive => format!("no frame of it could be used{}", reasons(file)),
        Verdict::NotLookedAt => {
            let why = file.gaps.iter().find(|gap| !carries_nothing(gap));
            let why =
                why.map_or_else(|| "no reason was recorded".to_owned(), |gap| plain(&gap.why));
            format!("{}: {why}", file.state.word())
        }
    };
    capital(&sentence)
}

fn lanes(page: &Page<'_>, file: &FileReport) -> Vec<Lane> {
    if file.matches.len() < 2 || map::length(file).is_none() {
        return Vec::new();
    }
    let told = file.matches.iter().filter(|known| known.seen()).take(LISTED);
    let mut lanes: Vec<Lane> = told
        .map(|known| {
            let path =
                known.reference.shown_path().map_or_else(|| known.found.reference.short(), plain);
            let id = page.ids.found(&known.found.id());
            Lane { label: format!("{id} {path}"), class: "in", extents: map::covered(file, known) }
        })
        .collect();
    let free: Vec<Extent> = map::unmatched(file).into_iter().map(|(extent, _)| extent).collect();
    if !lanes.is_empty() && !free.is_empty() {
        lanes.push(Lane { label: "In no match".to_owned(), class: "out", extents: free });
    }
    lanes
}

/// What could not be looked at; what of the index was not searched only where it bears on the answer.
fn gaps(page: &Page<'_>, file: &FileReport) -> Vec<String> {
    let whose = if page.run.command == "compare" { "the other file" } else { "index" };
    file.gaps
        .iter()
        .filter(|gap| !carries_nothing(gap))
        .filter(|gap| gap.what != NOT_SEARCHED || file.verdict == Some(Verdict::NotInIndex))
        .map(|gap| match gap.what.as_str() {
            NOT_SEARCHED => format!("{whose}: {}", references(&gap.why)),
            _ => text::gap(gap),
        })
        .collect()
}

/// A record of a file: when, what, who, and in which words.
fn event(event: &Event) -> Vec<String> {
    let date = event.date.as_ref();
    let when = date.map_or_else(
        || "no date".to_owned(),
        |date| format!("{}{}", plain(&date.text), interval(date.earliest, date.latest)),
    );
    let place = event.place.iter().map(plain);
    let said = (!event.words.is_empty()).then(|| long(&event.words));
    let words: Vec<String> = said.into_iter().chain(place).collect();
    vec![when, event.what.to_owned(), plain(&event.by), words.join("\n")]
}

fn dates(metadata: Option<&Metadata>) -> Vec<Vec<String>> {
    let dates = metadata.map(|metadata| metadata.dates.as_slice()).unwrap_or_default();
    let told = dates.iter().take(FACTS).map(|date| {
        let bounds = interval(date.earliest, date.latest);
        vec![
            date.kind.word().to_owned(),
            plain(&date.text),
            bounds.trim().to_owned(),
            plain(date.basis.to_string()),
        ]
    });
    told.collect()
}

fn groups(metadata: &Metadata) -> Vec<Group> {
    let group = |(kind, title)| {
        let all: Vec<_> = metadata.facts.iter().filter(|fact| fact.kind == kind).collect();
        let facts = all.iter().take(FACTS).map(|fact| {
            let value = match (fact.trust, fact.value.as_str()) {
                (Trust::Measured, "true") => "yes",
                (Trust::Measured, "false") => "no",
                (_, value) => value,
            };
            [
                plain(&fact.name),
                long(value),
                plain(&fact.read_from),
                words::trust(fact.trust).to_owned(),
            ]
        });
        Group { title, facts: facts.collect(), more: all.len().saturating_sub(FACTS) }
    };
    GROUPS.into_iter().map(group).filter(|group| !group.facts.is_empty()).collect()
}

fn codes(file: &FileReport) -> Vec<String> {
    let codes = file.codes.as_deref().unwrap_or_default().iter().take(FACTS);
    codes
        .map(|code| format!("{} {} {}", plain(&code.algorithm), code.at, plain(&code.hex)))
        .collect()
}

/// Colour, first known and worst finding of a file, for its line among several.
pub(super) fn row(file: &FileReport) -> (&'static str, String, String) {
    let first = file.first_known.as_ref().map(|first| escape::cut(&first.date.text, 30));
    let worst = match (file.worst(), file.state.looked_at()) {
        (Some(finding), _) => {
            format!("{}, {}: {}", finding.kind.word(), finding.strength.word(), finding.rule)
        }
        (None, true) => String::new(),
        (None, false) => file.state.word().to_owned(),
    };
    (tone(file), first.unwrap_or_default(), worst)
}
