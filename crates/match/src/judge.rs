//! The judge: whether chains of hits show the same footage, the same place at another moment, or only look alike.

use std::collections::BTreeMap;

use firstseen_intake::{Record, Sample};
use firstseen_media::decode_grey_jpeg;
use firstseen_model::{AssetId, Luma, MediaKind, MediaTime, Span};

use crate::align::{agrees_at, align};
use crate::blocks::{Comparison, differences, laid};
use crate::found::{Edit, Grade, Match, Pair, Segment};
use crate::references::{Reference, References};
use crate::vote::{Candidate, Chain};
use crate::Params;

/// Longest side that a thumbnail may have.
const THUMBNAIL_SIDE: u32 = 160;

/// How far from the expected moment a query sample may lie to be held against a reference sample.
const NEAR: MediaTime = MediaTime(300_000);

/// Most pairs that one chain is judged by, spread over its length.
const MAX_PAIRS: usize = 24;

/// Least share of a chain's pairs that must show the same picture.
const PAIR_SHARE: f32 = 0.6;

/// Mean difference in levels by which a block has moved between two samples of one shot.
const MOVED_LEVELS: f32 = 6.0;

/// Moving blocks, over all pairs, on which motion can be judged.
const LEAST_MOVING: u32 = 6;

/// Least share of the moving blocks that must agree, or it is another moment of the same place.
const MOVING_SHARE: f32 = 0.5;

/// Distance in bits up to which a still without thumbnails is the same picture, if it is rich in detail.
const STILL_BITS: u16 = 16;
/// Texture from which a still without thumbnails may be the same picture.
const STILL_TEXTURE: u8 = 30;
/// Shots that a chain without thumbnails must cover.
const BARE_SHOTS: u32 = 3;

/// Assets that share one stretch with the query and nothing else, from which on that stretch is held common: an
/// intro, a logo, a test card.
const COMMON: usize = 5;

/// Share of the shorter side from which on a stretch makes its asset a copy of the query, or of a part of it.
const COPY_SHARE: f64 = 0.6;

/// A match, and the reason for its grade.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The match.
    pub found: Match,
    /// Why it is graded so, as a sentence without a full stop.
    pub why: String,
}

/// Grades all candidates; best grade first, then score, then SHA-256. Leads are among them.
#[must_use]
pub fn judge(
    query: &Record,
    candidates: &[Candidate],
    references: &References,
    params: &Params,
) -> Vec<Explained> {
    let bench = Bench { query, thumbnails: thumbnails(query), params };
    let mut verdicts: BTreeMap<AssetId, Vec<Verdict>> = candidates
        .iter()
        .filter_map(|candidate| {
            let reference = references.get(&candidate.reference)?;
            let verdicts =
                candidate.chains.iter().filter_map(|chain| bench.verdict(chain, reference));
            Some((candidate.reference, verdicts.collect()))
        })
        .collect();
    set_common_ones_back(&mut verdicts);
    let mut found: Vec<Explained> = verdicts
        .into_iter()
        .filter_map(|(reference, verdicts)| explained(query.asset.id, reference, verdicts))
        .collect();
    found.sort_by(|a, b| {
        (a.found.grade.cmp(&b.found.grade))
            .then(b.found.score.total_cmp(&a.found.score))
            .then(a.found.reference.cmp(&b.found.reference))
    });
    found
}

/// What is said of one chain.
struct Verdict {
    grade: Grade,
    score: f32,
    segment: Segment,
    copy: bool,
    why: String,
}

/// A chain that many assets share with the query, and nothing else, is an intro or a logo: it proves nothing.
fn set_common_ones_back(verdicts: &mut BTreeMap<AssetId, Vec<Verdict>>) {
    let single: Vec<(AssetId, Span)> = verdicts
        .iter()
        .filter(|(_, all)| !all.iter().any(|verdict| verdict.copy))
        .flat_map(|(asset, all)| {
            all.iter().filter(|v| v.grade.seen()).map(|v| (*asset, v.segment.query))
        })
        .collect();
    for all in verdicts.values_mut() {
        if all.iter().any(|verdict| verdict.copy) {
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
fn explained(query: AssetId, reference: AssetId, mut verdicts: Vec<Verdict>) -> Option<Explained> {
    verdicts.sort_by(|a, b| a.grade.cmp(&b.grade).then(b.score.total_cmp(&a.score)));
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

fn mostly_within(span: Span, other: Span) -> bool {
    let shared = span.end.min(other.end) - span.start.max(other.start);
    if span.length() == MediaTime::ZERO {
        return shared.0 >= 0;
    }
    shared.0 * 2 >= span.length().0
}

/// The query, ready to be held against references.
struct Bench<'a> {
    query: &'a Record,
    thumbnails: Vec<Option<Luma>>,
    params: &'a Params,
}

fn thumbnails(record: &Record) -> Vec<Option<Luma>> {
    let decode = |sample: &Sample| decode_grey_jpeg(&sample.thumbnail, THUMBNAIL_SIDE).ok();
    record.samples.iter().map(decode).collect()
}

/// One moment of both sides, compared.
struct Compared {
    query: usize,
    reference: usize,
    distance: u16,
    comparison: Option<Comparison>,
}

impl Bench<'_> {
    fn verdict(&self, chain: &Chain, reference: &Reference) -> Option<Verdict> {
        let best = chain.hits.iter().min_by_key(|hit| (hit.distance, hit.at))?;
        let query_video = self.query.asset.kind == MediaKind::Video;
        let both_move = query_video && reference.kind == MediaKind::Video;
        let tracks = both_move.then_some((self.query.track.as_ref(), reference.track.as_ref()));
        let aligned = match tracks {
            Some((Some(query), Some(track))) => {
                align(query, track, chain.view, chain.query(), chain.offset)
            }
            _ => None,
        };
        let offset = aligned.map_or(chain.offset, |a| a.reference.start - a.query.start);
        let (query_span, reference_span) = match aligned {
            Some(aligned) => (aligned.query, aligned.reference),
            None => (chain.query(), chain.reference()),
        };
        let compared = if both_move {
            self.compare_in_time(chain, reference, query_span, reference_span, offset)
        } else {
            self.compare_hits(chain, reference)
        };
        let judged: Vec<(&Compared, f32)> = compared
            .iter()
            .filter_map(|pair| {
                let comparison = pair.comparison.as_ref()?;
                (comparison.textured() >= self.params.least_blocks)
                    .then(|| comparison.share(self.params.block_correlation, |_| true))
                    .flatten()
                    .map(|share| (pair, share))
            })
            .collect();
        let (grade, score, why) = if judged.is_empty() {
            self.without_thumbnails(chain, best.distance)
        } else {
            self.by_blocks(&judged, chain, reference, offset)
        };
        let (frames, looked_at) =
            self.frames(chain, reference, query_span, offset, compared.len());
        let covers = |length: MediaTime, of: Option<MediaTime>| {
            of.is_some_and(|of| length.0 as f64 >= COPY_SHARE * of.0 as f64)
        };
        let mut pairs: Vec<Pair> = compared
            .iter()
            .map(|pair| Pair {
                query: self.query.samples[pair.query].at,
                reference: reference.samples[pair.reference].at,
                distance: pair.distance,
                agreement: pair
                    .comparison
                    .as_ref()
                    .and_then(|c| c.share(self.params.block_correlation, |_| true)),
            })
            .collect();
        pairs.sort_by(|a, b| {
            (b.agreement.unwrap_or(-1.0).total_cmp(&a.agreement.unwrap_or(-1.0)))
                .then((a.distance, a.query).cmp(&(b.distance, b.query)))
        });
        Some(Verdict {
            grade,
            score,
            copy: chain.shots > 1
                || !both_move
                || covers(query_span.length(), self.query.asset.duration)
                || covers(reference_span.length(), reference.duration),
            segment: Segment {
                query: query_span,
                reference: reference_span,
                speed: 1.0,
                reversed: false,
                frames,
                frames_looked_at: looked_at,
                edit: Edit {
                    dihedral: chain.view.dihedral,
                    negative: chain.view.negative,
                    ..Edit::default()
                },
                pairs,
            },
            why,
        })
    }

    /// For each sample of the reference within the stretch, the query's sample at that moment.
    fn compare_in_time(
        &self,
        chain: &Chain,
        reference: &Reference,
        query_span: Span,
        span: Span,
        offset: MediaTime,
    ) -> Vec<Compared> {
        let within: Vec<usize> = (0..reference.samples.len())
            .filter(|&i| {
                let at = reference.samples[i].at;
                span.start <= at && at <= span.end
            })
            .collect();
        // A stretch between two samples of the reference still has its hits.
        if within.is_empty() {
            return self.compare_hits(chain, reference);
        }
        spread(&within, MAX_PAIRS)
            .into_iter()
            .filter_map(|r| {
                let expected = reference.samples[r].at - offset;
                let near = (0..self.query.samples.len()).filter(|&q| {
                    let at = self.query.samples[q].at;
                    (at - expected).0.abs() <= NEAR.0
                        && at >= query_span.start - NEAR
                        && at <= query_span.end + NEAR
                });
                let near: Vec<Compared> =
                    near.map(|q| self.compare(q, r, chain, reference)).collect();
                self.merged(near).or_else(|| self.compare_hit(r, chain, reference))
            })
            .collect()
    }

    /// The hits themselves.
    fn compare_hits(&self, chain: &Chain, reference: &Reference) -> Vec<Compared> {
        let all: Vec<usize> = (0..chain.hits.len()).collect();
        spread(&all, MAX_PAIRS)
            .into_iter()
            .filter_map(|i| {
                let hit = &chain.hits[i];
                let q = self.query.samples.binary_search_by_key(&hit.at, |s| s.at).ok()?;
                let r = reference.sample_at(hit.reference_at)?;
                Some(self.compare(q, r, chain, reference))
            })
            .collect()
    }

    /// One pair out of frames around one moment: the frame that agrees best, with the best of each block.
    fn merged(&self, near: Vec<Compared>) -> Option<Compared> {
        let all: Option<Comparison> = near.iter().try_fold(None, |best: Option<Comparison>, pair| {
            let next = pair.comparison.clone()?;
            Some(Some(best.map_or(next.clone(), |best| best.best_of(&next))))
        })?;
        let best = near.into_iter().max_by(|a, b| {
            self.agreement(a).total_cmp(&self.agreement(b)).then(b.query.cmp(&a.query))
        })?;
        Some(Compared { comparison: all, ..best })
    }

    /// The hit on one sample of the reference, where no frame of the query lies at its moment.
    fn compare_hit(&self, r: usize, chain: &Chain, reference: &Reference) -> Option<Compared> {
        let hit = chain.hits.iter().find(|hit| hit.reference_at == reference.samples[r].at)?;
        let q = self.query.samples.binary_search_by_key(&hit.at, |sample| sample.at).ok()?;
        Some(self.compare(q, r, chain, reference))
    }

    fn compare(&self, q: usize, r: usize, chain: &Chain, reference: &Reference) -> Compared {
        let hit = |hit: &&firstseen_model::Hit| {
            hit.reference_at == reference.samples[r].at && hit.at == self.query.samples[q].at
        };
        let comparison = match (&self.thumbnails[q], &reference.samples[r].thumbnail) {
            (Some(query), Some(reference)) => Some(Comparison::of(query, chain.view, reference)),
            _ => None,
        };
        let distance = chain.hits.iter().find(hit).map_or(u16::MAX, |hit| hit.distance);
        Compared { query: q, reference: r, distance, comparison }
    }

    fn agreement(&self, pair: &Compared) -> f32 {
        pair.comparison
            .as_ref()
            .and_then(|c| c.share(self.params.block_correlation, |_| true))
            .unwrap_or(-1.0)
    }

    fn by_blocks(
        &self,
        judged: &[(&Compared, f32)],
        chain: &Chain,
        reference: &Reference,
        offset: MediaTime,
    ) -> (Grade, f32, String) {
        let agree: Vec<f32> =
            judged.iter().map(|(_, share)| *share).filter(|s| *s >= self.params.block_share).collect();
        let best = judged.iter().map(|(_, share)| *share).fold(0.0, f32::max);
        let (count, of) = (agree.len(), judged.len());
        if (count as f32) < PAIR_SHARE * of as f32 {
            let why = format!(
                "{count} of {of} frame pairs show the same picture; in the best one {:.0} % of the detailed blocks agree",
                best * 100.0
            );
            return (Grade::Lead, best * 0.5, why);
        }
        let score = agree.iter().sum::<f32>() / count as f32;
        let motion = self.motion(judged, chain, reference, offset);
        let what = format!("{count} of {of} frame pairs show the same picture");
        if motion.moving >= LEAST_MOVING {
            let share = motion.agree as f32 / motion.moving as f32;
            if share < MOVING_SHARE {
                let why = format!(
                    "{what}, but what moves in it does not agree ({:.0} % of its blocks): the same place, another moment",
                    share * 100.0
                );
                return (Grade::SamePlace, score * 0.8, why);
            }
        } else if motion.both_run {
            let why = format!("{what}, and nothing moves in it: the same place, perhaps another moment");
            return (Grade::SamePlace, score * 0.8, why);
        }
        (Grade::SameFootage, score, what)
    }

    fn without_thumbnails(&self, chain: &Chain, distance: u16) -> (Grade, f32, String) {
        let score = 1.0 - f32::from(distance) / 256.0;
        let still = self.query.asset.kind == MediaKind::Picture;
        let texture = self.query.samples.iter().map(|sample| sample.texture).max().unwrap_or(0);
        if chain.shots >= BARE_SHOTS {
            let why = format!("codes agree over {} shots; no thumbnails to compare", chain.shots);
            return (Grade::SameFootage, score, why);
        }
        if still && distance <= STILL_BITS && texture >= STILL_TEXTURE {
            let why = format!("codes differ by {distance} bits of 256; no thumbnails to compare");
            return (Grade::SameFootage, score, why);
        }
        let why = "codes are near, and there is too little detail, or no thumbnail, to compare";
        (Grade::Lead, score * 0.5, why.to_owned())
    }

    /// How far that which moves agrees: a fixed camera sees the same walls every day.
    fn motion(
        &self,
        judged: &[(&Compared, f32)],
        chain: &Chain,
        reference: &Reference,
        offset: MediaTime,
    ) -> Motion {
        let mut motion = Motion::default();
        for (pair, _) in judged {
            let Some(comparison) = &pair.comparison else { continue };
            let mut moving = vec![false; comparison.correlation.len()];
            let here = &reference.samples[pair.reference];
            let Some(picture) = &here.thumbnail else { continue };
            let neighbours = [pair.reference.checked_sub(1), Some(pair.reference + 1)];
            for other in neighbours.into_iter().flatten().filter_map(|i| reference.samples.get(i)) {
                let Some(there) = other.thumbnail.as_ref().filter(|_| other.shot == here.shot) else {
                    continue;
                };
                mark(&mut moving, &differences(picture, there));
                // The same two moments of the query, if it runs as well.
                if let Some(later) = self.nearest(other.at - offset).filter(|&q| q != pair.query)
                    && self.query.samples[later].shot == self.query.samples[pair.query].shot
                    && let (Some(a), Some(b)) =
                        (&self.thumbnails[pair.query], &self.thumbnails[later])
                {
                    motion.both_run = true;
                    let size = (picture.width(), picture.height());
                    let a = laid(a, chain.view, size.0, size.1);
                    let b = laid(b, chain.view, size.0, size.1);
                    mark(&mut moving, &differences(&a, &b));
                }
            }
            for (i, moves) in moving.iter().enumerate() {
                if let (true, Some(correlation)) = (*moves, comparison.correlation[i]) {
                    motion.moving += 1;
                    motion.agree += u32::from(correlation >= self.params.block_correlation);
                }
            }
        }
        motion
    }

    fn nearest(&self, at: MediaTime) -> Option<usize> {
        let samples = &self.query.samples;
        (0..samples.len())
            .min_by_key(|&i| (samples[i].at - at).0.abs())
            .filter(|&i| (samples[i].at - at).0.abs() <= NEAR.0)
    }

    /// Frames of the query within the stretch that match, and those that could be looked at.
    fn frames(
        &self,
        chain: &Chain,
        reference: &Reference,
        span: Span,
        offset: MediaTime,
        pairs: usize,
    ) -> (u32, u32) {
        let within = |sample: &&Sample| {
            sample.gate.is_none() && span.start <= sample.at && sample.at <= span.end
        };
        let looked_at = self.query.samples.iter().filter(within).count();
        let matched = match (&self.query.track, &reference.track) {
            (Some(query), Some(track)) if reference.kind == MediaKind::Video => self
                .query
                .samples
                .iter()
                .filter(within)
                .filter(|s| agrees_at(query, track, chain.view, s.at, s.at + offset))
                .count(),
            _ => pairs.min(looked_at),
        };
        (matched as u32, looked_at as u32)
    }
}

#[derive(Default)]
struct Motion {
    moving: u32,
    agree: u32,
    both_run: bool,
}

fn mark(moving: &mut [bool], differences: &[f32]) {
    for (moves, difference) in moving.iter_mut().zip(differences) {
        *moves |= *difference >= MOVED_LEVELS;
    }
}

/// At most `most` of `all`, spread evenly, first and last among them.
fn spread(all: &[usize], most: usize) -> Vec<usize> {
    if all.len() <= most {
        return all.to_vec();
    }
    (0..most).map(|i| all[i * (all.len() - 1) / (most - 1)]).collect()
}
