//! Where stretches of a clip lie in what it matches.

use firstseen_match::Segment;
use firstseen_model::{MediaTime, Span};

use crate::{FileReport, MatchReport, text};

/// Units across a map; they are stretched to the width that there is.
const ACROSS: f64 = 1000.0;

/// Rows of a map that its bands run through.
const BAND: [f64; 2] = [12.0, 60.0];

/// Stretches that are told one by one.
const STRETCHES: usize = 20;

/// A match's stretches on both sides, each side drawn over the whole width.
pub(super) struct Map {
    /// How long the file is.
    pub(super) here: String,
    /// How long the other one is, or how far of it is known.
    pub(super) there: String,
    pub(super) bands: Vec<Band>,
}

/// One stretch: its box above, its box below, and what joins them.
pub(super) struct Band {
    pub(super) points: String,
    pub(super) above: Extent,
    pub(super) below: Extent,
}

/// Where something starts and how wide it is.
pub(super) struct Extent {
    pub(super) x: String,
    pub(super) width: String,
}

impl Extent {
    fn of(span: Span, whole: f64, across: f64) -> Self {
        let x = share(span.start, whole) * across;
        // What is too short to be seen is drawn as a line.
        let width = (share(span.end, whole) * across - x).max(across / 250.0);
        Self { x: format!("{x:.2}"), width: format!("{width:.2}") }
    }
}

/// The map of a match; `None` where one side is a picture, which has no length.
pub(super) fn of(file: &FileReport, known: &MatchReport) -> Option<Map> {
    let here = length(file)?;
    let segments = &known.found.segments;
    let known_until = segments.iter().map(|segment| segment.reference.end).max()?;
    let there = known.reference.duration.unwrap_or(known_until).max(known_until);
    if there.0 <= 0 {
        return None;
    }
    let told = |length: MediaTime, certain| {
        if certain { format!("{length}") } else { format!("{length} or more") }
    };
    Some(Map {
        here: told(here, true),
        there: told(there, known.reference.duration.is_some()),
        bands: segments
            .iter()
            .take(STRETCHES)
            .map(|segment| band(segment, here.seconds(), there.seconds()))
            .collect(),
    })
}

fn band(segment: &Segment, here: f64, there: f64) -> Band {
    let x = |at, whole| share(at, whole) * ACROSS;
    let (a, b) = (x(segment.query.start, here), x(segment.query.end, here));
    let (c, d) = (x(segment.reference.start, there), x(segment.reference.end, there));
    // A stretch that runs backwards crosses over.
    let (c, d) = if segment.reversed { (d, c) } else { (c, d) };
    let [top, bottom] = BAND;
    Band {
        points: format!("{a:.2},{top} {b:.2},{top} {d:.2},{bottom} {c:.2},{bottom}"),
        above: Extent::of(segment.query, here, ACROSS),
        below: Extent::of(segment.reference, there, ACROSS),
    }
}

/// Each stretch in words.
pub(super) fn stretches(known: &MatchReport) -> Vec<String> {
    let segments = &known.found.segments;
    let mut told: Vec<String> = segments
        .iter()
        .take(STRETCHES)
        .filter_map(|segment| {
            let line = text::file::stretch(segment.query, segment.reference)?;
            let frames = format!("{} of {} frames", segment.frames, segment.frames_looked_at);
            Some(format!("{line} ({frames})"))
        })
        .collect();
    if segments.len() > STRETCHES {
        told.push(format!("and {} more", segments.len() - STRETCHES));
    }
    told
}

/// The stretches of a clip that lie in no match that says "seen", as boxes and in words.
pub(super) fn unmatched(file: &FileReport) -> Vec<(Extent, String)> {
    let Some(whole) = length(file) else { return Vec::new() };
    let seen = file.matches.iter().filter(|known| known.seen());
    let mut spans: Vec<Span> =
        seen.flat_map(|known| &known.found.segments).map(|segment| segment.query).collect();
    spans.sort_unstable();
    let (mut free, mut at) = (Vec::new(), MediaTime::ZERO);
    for span in spans.into_iter().chain([Span { start: whole, end: whole }]) {
        // What lies between two samples is nothing that a person would look for.
        if (span.start - at).seconds() >= 0.5 {
            free.push(Span { start: at, end: span.start });
        }
        at = at.max(span.end);
    }
    free.into_iter()
        .map(|span| {
            let told = format!("{}-{}", span.start, span.end);
            (Extent::of(span, whole.seconds(), 100.0), told)
        })
        .collect()
}

/// The stretches of a clip that lie in one match.
pub(super) fn covered(file: &FileReport, known: &MatchReport) -> Vec<Extent> {
    let Some(whole) = length(file) else { return Vec::new() };
    let segments = known.found.segments.iter().take(STRETCHES);
    segments.map(|segment| Extent::of(segment.query, whole.seconds(), 100.0)).collect()
}

/// How long a clip is.
pub(super) fn length(file: &FileReport) -> Option<MediaTime> {
    file.asset.as_ref()?.facts.duration.filter(|duration| duration.0 > 0)
}

fn share(at: MediaTime, whole: f64) -> f64 {
    (at.seconds() / whole).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_stretch_is_joined_to_where_it_lies_in_the_other() {
        let run = sample::recycled();
        let (file, known) = (&run.files[0], &run.files[0].matches[0]);
        let map = of(file, known).unwrap();
        // 2.0 to 29.5 of 31.02 s here, 14.5 to 42.0 there, of which no more is known.
        assert_eq!(map.bands[0].points, "64.47,12 951.00,12 1000.00,60 345.24,60");
        assert_eq!((map.here.as_str(), map.there.as_str()), ("00:31.0", "00:42.0 or more"));
        assert_eq!(
            stretches(known),
            ["00:02.0-00:29.5 here  =  00:14.5-00:42.0 there (55 of 56 frames)"]
        );
    }

    #[test]
    fn what_runs_backwards_crosses_over() {
        let mut run = sample::recycled();
        run.files[0].matches[0].found.segments[0].reversed = true;
        let map = of(&run.files[0], &run.files[0].matches[0]).unwrap();
        assert_eq!(map.bands[0].points, "64.47,12 951.00,12 345.24,60 1000.00,60");
    }

    #[test]
    fn what_lies_in_no_match_is_told_to_both_ends() {
        let run = sample::recycled();
        let told: Vec<String> =
            unmatched(&run.files[0]).into_iter().map(|(_, told)| told).collect();
        assert_eq!(told, ["00:00.0-00:02.0", "00:29.5-00:31.0"]);
    }

    #[test]
    fn a_picture_has_no_map() {
        let mut run = sample::recycled();
        run.files[0].asset.as_mut().unwrap().facts.duration = None;
        assert!(of(&run.files[0], &run.files[0].matches[0]).is_none());
        assert!(unmatched(&run.files[0]).is_empty());
    }
}
