//! One file in full: verdict, claim, matches, findings.

use std::collections::BTreeSet;
use std::io::{self, Write};

use firstseen_assess::{Evidence, Finding, Outcome, Verdict, gazetteer};
use firstseen_match::Grade;
use firstseen_model::{DateKind, Dated, Decision, MediaKind, MediaTime, Ruling, Span};
use jiff::Timestamp;

use super::{Page, covers, gap, header};
use crate::run::carries_nothing;
use crate::{ClaimWeighed, FileReport, FirstKnown, MatchReport, escape, words};

/// Matches, stretches and findings that are told without `--details`.
const TOLD: usize = 8;
/// Gaps that are told without `--details`.
const GAPS: usize = 5;
/// Gaps of what was asked, not of the file: frames of references that were not searched.
pub(crate) const NOT_SEARCHED: &str = "reference-samples";

impl Page<'_> {
    /// Writes one file in full.
    pub(super) fn file(&self, file: &FileReport, out: &mut dyn Write) -> io::Result<()> {
        let most = if self.style.details { usize::MAX } else { TOLD };
        let alone = self.run.files.len() == 1;
        writeln!(out, "{}{}", header(file), self.frames(file, alone))?;
        if let Some(verdict) = file.verdict {
            self.headline(file, verdict, out)?;
        }
        for told in set_aside(file) {
            writeln!(out, "                 {told}")?;
        }
        if self.run.command != "compare" {
            self.claims(file, out)?;
        }
        for known in file.matches.iter().take(most) {
            self.found(file, known, most, out)?;
        }
        more(file.matches.len(), most, "match", "matches", out)?;
        if !file.findings.is_empty() {
            writeln!(out, "{}", self.loud("FINDINGS"))?;
        }
        for finding in file.findings.iter().take(most) {
            self.finding(finding, out)?;
            self.of_finding(file, finding, out)?;
        }
        more(file.findings.len(), most, "finding", "findings", out)?;
        self.gaps(file, out)
    }

    /// What could not be looked at. What of the index was not searched is told where it bears on the answer.
    fn gaps(&self, file: &FileReport, out: &mut dyn Write) -> io::Result<()> {
        // Of a file that could not be looked at, the headline has told it.
        if !file.state.looked_at() {
            return Ok(());
        }
        let not_searched = file
            .gaps
            .iter()
            .filter(|gap| gap.what == NOT_SEARCHED && file.verdict == Some(Verdict::NotInIndex));
        let its_own =
            file.gaps.iter().filter(|gap| gap.what != NOT_SEARCHED && !carries_nothing(gap));
        let whose = if self.run.command == "compare" { "the other file" } else { "index" };
        let told: Vec<String> = not_searched
            .map(|one| format!("{whose}: {}", references(&one.why)))
            .chain(its_own.map(gap))
            .collect();
        if !told.is_empty() {
            writeln!(out, "{}", self.loud("GAPS"))?;
        }
        let most = if self.style.details { usize::MAX } else { GAPS };
        for line in told.iter().take(most) {
            writeln!(out, "  {line}")?;
        }
        more(told.len(), most, "gap", "gaps", out)
    }

    fn frames(&self, file: &FileReport, alone: bool) -> String {
        let mut text = String::new();
        if let Some(asset) = &file.asset
            && (asset.facts.kind == MediaKind::Video || asset.frames_used == 0)
        {
            text += &format!(
                "  {} used",
                words::counted(asset.frames_used as usize, "frame", "frames")
            );
            if asset.frames_unusable > 0 {
                text += &format!(", {} unusable{}", asset.frames_unusable, reasons(file));
            }
        }
        if alone && let Some(index) = &self.run.index {
            text += &format!("      index {}: {}", escape::path(&index.location), covers(index));
        }
        text
    }

    fn headline(&self, file: &FileReport, verdict: Verdict, out: &mut dyn Write) -> io::Result<()> {
        let compared = self.run.command == "compare";
        let rest = match verdict {
            Verdict::Seen | Verdict::AlreadyInIndex if compared => String::new(),
            Verdict::PartlySeen { seen, of } if compared => {
                format!("{:.1} of {:.1} s", seen.seconds(), of.seconds())
            }
            Verdict::Seen | Verdict::AlreadyInIndex => first_known(file),
            Verdict::PartlySeen { seen, of } => {
                format!("{:.1} of {:.1} s   {}", seen.seconds(), of.seconds(), first_known(file))
            }
            Verdict::Possible => {
                "only leads or the same place; nothing that contradicts a claim".to_owned()
            }
            Verdict::NotInIndex => match &self.run.index {
                Some(index) => format!("{} among {}", nothing_like_it(file), covers(index)),
                None => String::new(),
            },
            Verdict::Inconclusive => format!("no frame of it could be used{}", reasons(file)),
            Verdict::NotLookedAt => {
                let why = file
                    .gaps
                    .iter()
                    .find(|gap| !carries_nothing(gap))
                    .map(|gap| escape::cut(&gap.why, escape::LONG));
                format!(
                    "{}: {}",
                    file.state.word(),
                    why.unwrap_or_else(|| "no reason was recorded".to_owned())
                )
            }
        };
        let head = format!("{:<15}", headword_in(&self.run.command, file, verdict));
        let line = format!("{}  {rest}", self.loud(&head));
        writeln!(out, "{}", line.trim_end())?;
        if verdict == Verdict::NotInIndex && !self.run.unseen_edits.is_empty() {
            let edits = escape::text(&self.run.unseen_edits);
            writeln!(out, "                 edits this version cannot see through: {edits}")?;
        }
        Ok(())
    }

    fn claims(&self, file: &FileReport, out: &mut dyn Write) -> io::Result<()> {
        let head = self.loud("CLAIM          ");
        if file.claims.is_empty() && !file.state.looked_at() {
            return writeln!(out, "{head}  not weighed: not looked at");
        }
        if file.claims.is_empty() {
            let none = "none given, nothing weighed (--event-date, --event-place)";
            return writeln!(out, "{head}  {none}");
        }
        for ClaimWeighed { claim, outcome, why } in &file.claims {
            let mut said = Vec::new();
            if !claim.text.is_empty() {
                said.push(escape::quoted(&claim.text));
            }
            if let Some(event) = &claim.event {
                said.push(format!("event {}", escape::text(&event.text)));
            }
            if let Some(place) = &claim.place {
                said.push(escape::cut(&place.text, escape::LONG));
            }
            if let Some(by) = &claim.by {
                said.push(format!("by {}", escape::cut(by, escape::LONG)));
            }
            let weighed = if *outcome == Outcome::NotWeighed { "not weighed: " } else { "" };
            writeln!(out, "{head}  {weighed}{}: {}", escape::text(why), said.join(", "))?;
            let told = claim.place.as_ref().and_then(gazetteer::candidates_told);
            if let Some(told) = told {
                writeln!(out, "                 {}", escape::text(&told))?;
            }
        }
        Ok(())
    }

    fn found(
        &self,
        file: &FileReport,
        known: &MatchReport,
        most: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (found, reference) = (&known.found, &known.reference);
        let path = reference.shown_path().map_or_else(|| found.reference.short(), escape::path);
        let title = reference
            .title
            .as_ref()
            .map(|title| format!(" {}", escape::quoted(title)))
            .unwrap_or_default();
        let sightings = match known.sightings.len() {
            0 => String::new(),
            some => format!("   {}", words::counted(some, "sighting", "sightings")),
        };
        let recording = match reference.recording {
            Some(id) => format!("  {}", self.ids.recording(&id)),
            None => String::new(),
        };
        let copies = match reference.copies {
            0 | 1 => String::new(),
            some => format!("   {}", words::counted(some, "copy", "copies")),
        };
        let comma = if copies.is_empty() { sightings } else { sightings.replacen("   ", ", ", 1) };
        let scan = if reference.of_scan { "   met by this scan" } else { "" };
        let grade = found.grade.word().replace('-', " ");
        let id = self.ids.found(&found.id());
        writeln!(out, "  {id}  {path}{recording}{title}{copies}{comma}{scan}   {grade}")?;
        if let Some(decision) = &known.decision {
            writeln!(out, "          {}", decided(decision))?;
        }
        let several =
            file.matches.len() > 1 || matches!(file.verdict, Some(Verdict::PartlySeen { .. }));
        if several && let Some(first) = &known.first_known {
            writeln!(out, "          first known {}", seen_at(first))?;
        }
        let kind = file.asset.as_ref().map_or(MediaKind::Picture, |asset| asset.facts.kind);
        let mut last = String::new();
        for segment in found.segments.iter().take(most) {
            if let Some(line) = stretch(segment.query, segment.reference) {
                writeln!(out, "          {line}")?;
            }
            let differ = words::edit(segment, kind);
            if found.grade != Grade::IdenticalBytes && differ != last {
                writeln!(out, "          copies differ: {differ}")?;
            }
            last = differ;
        }
        more(found.segments.len(), most, "stretch", "stretches", out)?;
        match &known.frames {
            Some(frames) => {
                let files = escape::path(format!("{}-*.jpg", frames.stem));
                writeln!(out, "          frames: {files}")
            }
            None => Ok(()),
        }
    }

    pub(super) fn finding(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        let (kind, strength) = (finding.kind.word(), finding.strength.word());
        let (rule, message) = (finding.rule.0, escape::text(&finding.message));
        writeln!(out, "  {kind:<8}  {strength:<6}  {rule:<14}  {message}")?;
        let evidence: Vec<String> =
            finding.evidence.iter().map(|evidence| self.evidence(evidence)).collect();
        if !evidence.is_empty() {
            writeln!(out, "                    from: {}", evidence.join("; "))?;
        }
        let innocent: Vec<String> = finding.innocent.iter().map(escape::text).collect();
        if !innocent.is_empty() {
            writeln!(out, "                    or: {}", innocent.join("; "))?;
        }
        Ok(())
    }

    fn evidence(&self, evidence: &Evidence) -> String {
        let id = self.ids.witness(evidence.witness);
        let raw = escape::cut(&evidence.raw, escape::LONG);
        let (record, basis) =
            (escape::cut(&evidence.record, escape::LONG), escape::text(&evidence.basis));
        format!(
            "{id} {} {raw}{} ({basis}, {record})",
            escape::cut(evidence.field.as_bytes(), 60),
            interval(evidence.earliest, evidence.latest)
        )
    }
}

/// The words that head a file; of `compare`, what the two are to each other.
pub(crate) fn headword_in(command: &str, file: &FileReport, verdict: Verdict) -> &'static str {
    let identical = file.matches.iter().any(|known| known.found.grade == Grade::IdenticalBytes);
    match verdict {
        _ if command != "compare" => headword(verdict),
        Verdict::Seen | Verdict::AlreadyInIndex if identical => "IDENTICAL BYTES",
        Verdict::Seen | Verdict::AlreadyInIndex => "SAME FOOTAGE",
        Verdict::PartlySeen { .. } => "PARTLY SAME FOOTAGE",
        Verdict::Possible => "POSSIBLY RELATED",
        Verdict::NotInIndex => "NO MATCH FOUND",
        Verdict::Inconclusive | Verdict::NotLookedAt => headword(verdict),
    }
}

/// The words that head a file.
pub(super) fn headword(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Seen => "SEEN BEFORE",
        Verdict::PartlySeen { .. } => "PARTLY SEEN BEFORE",
        Verdict::Possible => "POSSIBLY SEEN BEFORE",
        Verdict::NotInIndex => "NOT IN THIS INDEX",
        Verdict::AlreadyInIndex => "ALREADY IN THIS INDEX",
        Verdict::Inconclusive => "INCONCLUSIVE",
        Verdict::NotLookedAt => "NOT LOOKED AT",
    }
}

/// When and where a file's footage is first known from, or since when it is in the index.
pub(crate) fn first_known(file: &FileReport) -> String {
    if let Some(first) = &file.first_known {
        return format!("first known {}", seen_at(first));
    }
    let seen = || file.matches.iter().filter(|known| known.seen());
    let sightings = || seen().flat_map(|known| &known.sightings);
    let is_public = |date: &&Dated| matches!(date.kind, DateKind::Posted | DateKind::Archived);
    let public = sightings()
        .flat_map(|sighting| {
            sighting.seen.dates.iter().filter(is_public).map(move |d| (sighting, d))
        })
        .min_by_key(|(_, date)| (date.latest.is_none(), date.latest));
    if let Some((sighting, date)) = public {
        let itself = file.asset.as_ref().is_some_and(|asset| asset.facts.id == sighting.asset);
        let whose = if itself { "own record" } else { "on record" };
        return format!("{whose}: {} {}", date.kind.word(), escape::cut(&date.text, escape::LONG));
    }
    let collected = sightings().filter_map(|s| s.seen.date(DateKind::Collected)?.latest);
    match collected.min() {
        Some(since) => format!("no posted date; in this index since {}", words::day(since)),
        None => "no posted date".to_owned(),
    }
}

/// What of the references was not searched: `1 frame of references is dark and is not searched`.
pub(crate) fn references(why: &str) -> String {
    let told = why.split_once(' ').and_then(|(count, rest)| {
        let count: usize = count.parse().ok()?;
        let (verb, rest) = rest.split_once(' ')?;
        let (verb, is) = match (verb, count) {
            ("are", 1) => ("is", "is"),
            ("have", 1) => ("has", "is"),
            (verb, _) => (verb, "are"),
        };
        let frames = words::counted(count, "frame", "frames");
        let (verb, rest) = (escape::text(verb), escape::cut(rest, escape::LONG));
        Some(format!("{frames} of references {verb} {rest} and {is} not searched"))
    });
    told.unwrap_or_else(|| escape::cut(why, escape::LONG))
}

pub(crate) fn seen_at(first: &FirstKnown) -> String {
    let (date, at) = (&first.date, escape::cut(&first.seen_at, escape::LONG));
    format!(
        "{} ({}, {} {at})",
        escape::text(&date.text),
        date.kind.word(),
        escape::text(date.basis.to_string())
    )
}

/// How many matches are left out by persons' words, a line for each word and person.
pub(crate) fn set_aside(file: &FileReport) -> Vec<String> {
    let mut words: Vec<(&str, &str, usize)> = Vec::new();
    for decision in &file.set_aside {
        let (ruling, by) = (decision.ruling.word(), decision.by.as_str());
        match words.iter_mut().find(|(said, who, _)| (*said, *who) == (ruling, by)) {
            Some((_, _, count)) => *count += 1,
            None => words.push((ruling, by, 1)),
        }
    }
    let told = |(ruling, by, count): (&str, &str, usize)| {
        let matches = words::counted(count, "match", "matches");
        let by = if by.is_empty() { "a person".to_owned() } else { escape::cut(by, escape::LONG) };
        format!("{matches} set aside: decided {ruling} by {by}; see --details")
    };
    words.into_iter().map(told).collect()
}

/// That nothing was found, or nothing beside what persons set aside.
pub(crate) fn nothing_like_it(file: &FileReport) -> &'static str {
    if file.set_aside.is_empty() { "nothing like it" } else { "nothing else like it" }
}

/// A person's word on a match, and what follows from it.
pub(crate) fn decided(decision: &Decision) -> String {
    let effect = match decision.ruling {
        Ruling::Same => "it counts as seen",
        Ruling::Different | Ruling::Irrelevant => "it says nothing here",
    };
    let mut words = format!("decided: {}, {effect}", decision.ruling.word());
    if !decision.by.is_empty() {
        words += &format!(" (by {})", escape::cut(&decision.by, escape::LONG));
    }
    if !decision.note.is_empty() {
        words += &format!(": {}", escape::quoted(&decision.note));
    }
    words
}

/// Why frames could not be used, each reason once.
pub(crate) fn reasons(file: &FileReport) -> String {
    let reasons: BTreeSet<String> = file
        .gaps
        .iter()
        .filter(|gap| carries_nothing(gap))
        .map(|gap| escape::cut(&gap.why, 60))
        .collect();
    let reasons: Vec<String> = reasons.into_iter().take(3).collect();
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
}

/// Where a stretch lies on both sides; `None` for two pictures.
pub(crate) fn stretch(query: Span, reference: Span) -> Option<String> {
    let is_moment = |span: Span| span.length() == MediaTime::ZERO;
    let told = |span: Span| {
        if is_moment(span) {
            span.start.to_string()
        } else {
            format!("{}-{}", span.start, span.end)
        }
    };
    if query == Span::default() && reference == Span::default() {
        None
    } else if query == Span::default() {
        Some(format!("here  =  {} there", told(reference)))
    } else if reference == Span::default() {
        Some(format!("{} here  =  there", told(query)))
    } else {
        Some(format!("{} here  =  {} there", told(query), told(reference)))
    }
}

pub(crate) fn interval(earliest: Option<Timestamp>, latest: Option<Timestamp>) -> String {
    let bound = |at: Option<Timestamp>| at.map_or_else(|| "..".to_owned(), words::moment);
    match (earliest, latest) {
        (None, None) => String::new(),
        (earliest, latest) => format!(" [{}, {}]", bound(earliest), bound(latest)),
    }
}

fn more(all: usize, told: usize, one: &str, many: &str, out: &mut dyn Write) -> io::Result<()> {
    match all.saturating_sub(told) {
        0 => Ok(()),
        rest => writeln!(out, "  and {} more (--details)", words::counted(rest, one, many)),
    }
}
