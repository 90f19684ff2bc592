//! What is said of the chains between a query and its references, and the matches that this makes.

use std::collections::BTreeMap;

use firstseen_model::{AssetId, MediaTime, Span};

use crate::found::{Grade, Match, Segment};

/// Assets that share one stretch with the query and nothing else, from which on that stretch is held common: an
/// intro, a logo, a test card.
const COMMON: usize = 5;

/// Share of the longest stretch from which on another one over the same moments rivals it.
const AS_LONG: f64 = 0.8;

/// A match, and the reason for its grade.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The match.
    pub found: Match,
    /// Why it is graded so, as a sentence without a full stop.
    pub why: String,
}

/// What is said of one chain.
pub(crate) struct Verdict {
    pub(crate) grade: Grade,
    pub(crate) score: f32,
    pub(crate) segment: Segment,
    /// Whether the stretch makes the asset a copy of the query, or of a part of it.
    pub(crate) copy: bool,
    /// Whether many features placed it.
    pub(crate) placed: bool,
    /// How well the time tracks fit, in bits of 64; `None` where they were not held against each other.
    pub(crate) mean_bits: Option<f32>,
    pub(crate) why: String,
}

impl Verdict {
    fn shows_a_copy(&self) -> bool {
        self.copy && self.grade.seen()
    }
}

/// A chain that many assets share with the query, and nothing else, is an intro or a logo: it proves nothing.
pub(crate) fn set_common_ones_back(verdicts: &mut BTreeMap<AssetId, Vec<Verdict>>) {
    let single: Vec<(AssetId, Span)> = verdicts
        .iter()
        .filter(|(_, all)| !all.iter().any(Verdict::shows_a_copy))
        .flat_map(|(asset, all)| {
            all.iter().filter(|v| v.grade.seen()).map(|v| (*asset, v.segment.query))
        })
        .collect();
    for all in verdicts.values_mut() {
        if all.iter().any(Verdict::shows_a_copy) {
            continue;
        }
        for verdict in all.iter_mut().filter(|verdict| verdict.grade.seen()) {
            let mut sharing: Vec<AssetId> = single
                .iter()
                .filter(|(_, span)| overlap(*span, verdict.segment.query))
                .map(|(asset, _)| *asset)
                .collect();
            sharing.dedup();
            if sharing.len() >= COMMON {
                verdict.grade = Grade::Lead;
                verdict.why = format!(
                    "{} assets share this stretch and nothing else: an intro, a logo or stock",
                    sharing.len()
                );
            }
        }
    }
}

fn overlap(a: Span, b: Span) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// The match that an asset's verdicts make: its segments are those of its best grade.
pub(crate) fn explained(
    query: AssetId,
    reference: AssetId,
    mut verdicts: Vec<Verdict>,
) -> Option<Explained> {
    // Of one grade the longest stretch speaks for the match, not the luckiest frame.
    let length = |verdict: &Verdict| verdict.segment.query.length();
    verdicts.sort_by(|a, b| {
        // Features say how the copies lie where codes only say that they are alike.
        (a.grade.cmp(&b.grade))
            .then(length(b).cmp(&length(a)))
            .then(b.placed.cmp(&a.placed))
            .then(b.score.total_cmp(&a.score))
    });
    put_best_fit_first(&mut verdicts);
    let best = verdicts.first()?;
    let (grade, score, why) = (best.grade, best.score, best.why.clone());
    let mut segments: Vec<Segment> = Vec::new();
    for verdict in verdicts.into_iter().filter(|verdict| verdict.grade == grade) {
        let taken = segments.iter().any(|kept| mostly_within(verdict.segment.query, kept.query));
        if !taken {
            segments.push(verdict.segment);
        }
    }
    segments.sort_by_key(|segment| (segment.query, segment.reference));
    Some(Explained { found: Match { query, reference, grade, score, segments }, why })
}

/// A still scene agrees with itself at many offsets: among those about as long as the longest, the first, the time
/// tracks choose.
fn put_best_fit_first(verdicts: &mut [Verdict]) {
    let Some(longest) = verdicts.first() else { return };
    let (grade, span) = (longest.grade, longest.segment.query);
    let rivals = verdicts.iter().take_while(|verdict| verdict.grade == grade).take_while(|rival| {
        rival.segment.query.length().0 as f64 >= AS_LONG * span.length().0 as f64
    });
    let best = rivals
        .enumerate()
        .filter(|(_, rival)| mostly_within(rival.segment.query, span))
        .filter_map(|(i, rival)| Some((i, rival.mean_bits?)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((i, _)) = best {
        verdicts[..=i].rotate_right(1);
    }
}

fn mostly_within(span: Span, other: Span) -> bool {
    let shared = span.end.min(other.end) - span.start.max(other.start);
    if span.length() == MediaTime::ZERO {
        return shared.0 >= 0;
    }
    shared.0 * 2 >= span.length().0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::Edit;
    use crate::made::{asset, seconds};

    /// What is said of one stretch of the query.
    fn verdict(grade: Grade, start: f64, end: f64, mean_bits: Option<f32>) -> Verdict {
        let query = Span { start: seconds(start), end: seconds(end) };
        let segment = Segment {
            query,
            reference: query,
            speed: 1.0,
            reversed: false,
            frames: 1,
            frames_looked_at: 1,
            features: None,
            edit: Edit::default(),
            pairs: Vec::new(),
        };
        Verdict {
            grade,
            score: 0.5,
            segment,
            copy: false,
            placed: false,
            mean_bits,
            why: String::new(),
        }
    }

    fn placed(verdicts: Vec<Verdict>) -> Vec<(f64, f64)> {
        let found = explained(asset(0), asset(1), verdicts).unwrap().found;
        let span = |s: Segment| (s.query.start.seconds(), s.query.end.seconds());
        found.segments.into_iter().map(span).collect()
    }

    #[test]
    fn of_stretches_about_as_long_the_tracks_choose() {
        let near = |bits| verdict(Grade::SamePlace, 0.0, 9.0, bits);
        let longest = || verdict(Grade::SamePlace, 0.0, 10.0, Some(0.9));
        assert_eq!(placed(vec![longest(), near(Some(0.5))]), [(0.0, 9.0)]);
        assert_eq!(placed(vec![longest(), near(Some(1.5))]), [(0.0, 10.0)]);
        assert_eq!(placed(vec![longest(), near(None)]), [(0.0, 10.0)]);
    }

    #[test]
    fn a_much_shorter_stretch_does_not_win_by_its_fit() {
        let longest = verdict(Grade::SamePlace, 0.0, 10.0, Some(0.9));
        let short = verdict(Grade::SamePlace, 0.0, 3.0, Some(0.0));
        assert_eq!(placed(vec![longest, short]), [(0.0, 10.0)]);
    }

    #[test]
    fn a_poorer_grade_does_not_win_by_its_fit() {
        let seen = verdict(Grade::SameFootage, 0.0, 9.0, Some(0.9));
        let place = verdict(Grade::SamePlace, 0.0, 10.0, Some(0.0));
        assert_eq!(placed(vec![seen, place]), [(0.0, 9.0)]);
    }

    /// Five assets share the first two seconds; the first of them has `more` besides.
    fn grade_of_the_first(more: Option<Verdict>) -> Grade {
        let intro = || verdict(Grade::SameFootage, 0.0, 2.0, None);
        let mut verdicts: BTreeMap<AssetId, Vec<Verdict>> =
            (1..=5).map(|number| (asset(number), vec![intro()])).collect();
        verdicts.entry(asset(1)).or_default().extend(more);
        set_common_ones_back(&mut verdicts);
        verdicts[&asset(1)][0].grade
    }

    #[test]
    fn only_a_copy_that_was_seen_keeps_an_intro() {
        let copy = |grade| Some(Verdict { copy: true, ..verdict(grade, 5.0, 30.0, None) });
        assert_eq!(grade_of_the_first(None), Grade::Lead);
        assert_eq!(grade_of_the_first(copy(Grade::Lead)), Grade::Lead);
        assert_eq!(grade_of_the_first(copy(Grade::SameFootage)), Grade::SameFootage);
    }
}
