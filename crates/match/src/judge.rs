//! The judge: whether chains of hits show the same footage, the same place at another moment, or only look alike.

use std::collections::{BTreeMap, BTreeSet};

use firstseen_intake::{Record, Sample};
use firstseen_model::{AssetId, Luma, MediaKind, MediaTime, Part, Span};

use crate::Params;
use crate::align::{Aligned, Code, agrees_at, align, codes_laid, codes_under};
use crate::blocks::{Comparison, resized};
use crate::edit;
use crate::found::{Grade, Pair, Segment};
use crate::lay::{Lay, laid};
use crate::moment::{Backgrounds, Motion, moment_of_still, moment_of_video};
use crate::pairs::{Compared, cutouts, seen_there, thumbnails};
use crate::references::{Reference, References};
use crate::verdict::{Explained, Verdict, explained, set_common_ones_back};
use crate::vote::{Candidate, Chain};

/// Least share of textured blocks that must agree in a pair of moving pictures: the query's nearest sample lies up to an
/// eighth of a second off. What moves is judged apart, by [`crate::moment`].
const MOVING_PAIR_SHARE: f32 = 0.5;

/// Least share of a chain's pairs that must show the same picture.
const PAIR_SHARE: f32 = 0.5;

/// Distance in bits up to which a still without thumbnails is the same picture, if it is rich in detail.
const STILL_BITS: u16 = 16;
/// Texture from which a still without thumbnails may be the same picture.
const STILL_TEXTURE: u8 = 30;
/// Shots that a chain without thumbnails must cover.
const BARE_SHOTS: u32 = 3;

/// Features from which on a place is right to a hundredth of the side.
const WELL_PLACED: u32 = 12;

/// Fewest features that prove anything: up to nine agreed by chance, in a thousand pairs of unrelated pictures out of 15,000
/// that agreed best, and by six a wall of one brick was laid upon a wall of another without a block that disagreed.
const LEAST_PLACED: u32 = 8;
/// Least number of agreeing blocks, times their share: at most 8 was measured there where half of the blocks agree.
const PLACED_BLOCKS: f32 = 8.5;
/// Least product of the two: chance brings one of them, hardly both.
const PLACED_EVIDENCE: f32 = 100.0;
/// Below so many features, light must agree so far. Smooth made lattices agreed by 12 features and in 50 blocks, and by
/// 0.8 in light; copies with few features by 0.98, and with many by 0.67 where a lamp shone on the screen.
const TONES: [(u32, f32); 2] = [(15, 0.9), (30, 0.5)];

/// Share of the blocks from which on pictures agree all over.
const PLAIN_SHARE: f32 = 0.8;
/// Otherwise half of the blocks must correlate so far, or so many fields be whole. Windows of one program, which are laid
/// out alike and say other things, reached 0.87 and 0.27; of 120 copies with something over them two reached neither.
const PLAIN_MEDIAN: f32 = 0.88;
const WHOLE_FIELDS: f32 = 0.3;

/// Fewest blocks with detail by which a placed picture is judged.
const LEAST_DETAILED: u32 = 8;

/// Share of the shorter side from which on a stretch makes its asset a copy of the query, or of a part of it.
const COPY_SHARE: f64 = 0.6;

/// Grades all candidates; best grade first, then score, then SHA-256. Leads are among them; those of whose asset
/// `references` knows nothing are not.
#[must_use]
pub fn judge(
    query: &Record,
    candidates: &[Candidate],
    references: &References,
    params: &Params,
) -> Vec<Explained> {
    let thumbnails = thumbnails(query);
    let bench = Bench {
        query,
        thumbnails: &thumbnails,
        cutouts: cutouts(query),
        backgrounds: backgrounds(query, &thumbnails),
        params,
    };
    let mut verdicts: BTreeMap<AssetId, Vec<Verdict>> = candidates
        .iter()
        .filter_map(|candidate| {
            let reference = references.get(&candidate.reference)?;
            Some((candidate.reference, bench.verdicts(candidate, reference)))
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

/// The query, ready to be held against references.
pub(crate) struct Bench<'a> {
    pub(crate) query: &'a Record,
    pub(crate) thumbnails: &'a [Option<Luma>],
    /// Parts of each sample's frame that have a picture of their own.
    pub(crate) cutouts: Vec<Vec<(Part, Luma)>>,
    backgrounds: Backgrounds<'a>,
    pub(crate) params: &'a Params,
}

fn backgrounds<'a>(record: &Record, thumbnails: &'a [Option<Luma>]) -> Backgrounds<'a> {
    let frames = record.samples.iter().zip(thumbnails);
    Backgrounds::of(frames.map(|(sample, thumbnail)| (sample.shot, thumbnail.as_ref())))
}

impl Bench<'_> {
    fn verdicts(&self, candidate: &Candidate, reference: &Reference) -> Vec<Verdict> {
        let mut placed: Vec<(Lay, Span, Span)> = Vec::new();
        let mut new = |stretch: &Stretch<'_>| {
            // A still scene makes many chains, which the tracks bring to one place.
            let Some(at) = stretch.aligned else { return true };
            let here = (stretch.chain.lay, at.query, at.reference);
            let new = !placed.contains(&here);
            placed.push(here);
            new
        };
        candidate
            .chains
            .iter()
            .map(|chain| self.stretch(chain, reference))
            .filter(|stretch| new(stretch))
            .filter_map(|stretch| self.verdict(&stretch))
            .collect()
    }

    fn stretch<'a>(&self, chain: &'a Chain, reference: &'a Reference) -> Stretch<'a> {
        let both_move = self.both_move(reference);
        let codes = if reference.track.is_some() { self.codes(&chain.lay) } else { Vec::new() };
        let aligned = match &reference.track {
            Some(track) if both_move => align(&codes, track, chain.query(), chain.offset),
            _ => None,
        };
        let shots = match aligned {
            Some(aligned) => self.shots(chain, aligned.query),
            None => chain.shots,
        };
        Stretch { chain, reference, codes, aligned, shots, both_move }
    }

    pub(crate) fn both_move(&self, reference: &Reference) -> bool {
        self.query.asset.kind == MediaKind::Video && reference.kind == MediaKind::Video
    }

    /// The query's track as the reference would have it; empty where it has none.
    fn codes(&self, lay: &Lay) -> Vec<Code> {
        let Some(track) = &self.query.track else { return Vec::new() };
        match lay.view() {
            Some(view) => codes_under(track, view),
            None => {
                let frames = self.query.samples.iter().zip(self.thumbnails);
                let frames = frames.filter_map(|(s, thumbnail)| Some((s.at, thumbnail.as_ref()?)));
                codes_laid(frames, lay, track.codes.len())
            }
        }
    }

    /// Shots of the query that hits of `chain` within `span` lie in: stray hits beyond it prove nothing.
    fn shots(&self, chain: &Chain, span: Span) -> u32 {
        let within = chain.hits.iter().filter(|hit| span.start <= hit.at && hit.at <= span.end);
        let sample = |at| self.query.samples.binary_search_by_key(&at, |sample| sample.at).ok();
        let shots: BTreeSet<u32> =
            within.filter_map(|hit| sample(hit.at).map(|i| self.query.samples[i].shot)).collect();
        shots.len() as u32
    }

    fn verdict(&self, stretch: &Stretch<'_>) -> Option<Verdict> {
        let Stretch { chain, reference, aligned, shots, both_move, .. } = *stretch;
        let best = chain.hits.iter().min_by_key(|hit| (hit.distance, hit.at))?;
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
                let least = chain.inliers.map_or(self.params.least_blocks, |_| LEAST_DETAILED);
                (comparison.textured() >= least)
                    .then(|| comparison.share(self.params.block_correlation, |_| true))
                    .flatten()
                    .map(|share| (pair, share))
            })
            .collect();
        let (grade, score, why) = if judged.is_empty() {
            self.without_thumbnails(chain, shots, best.distance)
        } else {
            self.by_blocks(&judged, stretch)
        };
        let (frames, looked_at) = self.frames(stretch, query_span, offset, compared.len());
        let shown = judged.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(pair, _)| edit::Shown {
            comparison: pair.comparison.as_ref(),
            query: self.pixels(pair.query, pair.parts.0),
            whole: (grade.seen() && pair.parts.0 != Part::WHOLE)
                .then(|| self.whole(pair, stretch))
                .flatten(),
            reference: seen_there(reference, pair.reference, pair.parts.1),
            parts: pair.parts,
        });
        let edit = edit::edit(chain, shown.as_ref(), self.query, reference, self.params);
        let covers = |length: MediaTime, of: Option<MediaTime>| {
            of.is_some_and(|of| length.0 as f64 >= COPY_SHARE * of.0 as f64)
        };
        let mut pairs: Vec<Pair> = compared
            .iter()
            .map(|pair| Pair {
                query: self.query.samples[pair.query].at,
                reference: reference.samples[pair.reference].at,
                distance: pair.distance,
                blocks: pair.comparison.as_ref().map_or(0, Comparison::textured),
                tone: pair
                    .comparison
                    .as_ref()
                    .map(|c| c.tone(self.params.block_correlation) as f32),
                agreement: pair
                    .comparison
                    .as_ref()
                    .and_then(|c| c.share(self.params.block_correlation, |_| true)),
            })
            .collect();
        pairs.sort_by(|a, b| {
            (b.agreement.unwrap_or(-1.0).total_cmp(&a.agreement.unwrap_or(-1.0))).then(
                (a.distance.is_none(), a.distance, a.query).cmp(&(
                    b.distance.is_none(),
                    b.distance,
                    b.query,
                )),
            )
        });
        Some(Verdict {
            grade,
            score,
            copy: shots > 1
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
                features: chain.inliers,
                edit,
                pairs,
            },
            placed: chain.inliers.is_some_and(|inliers| inliers >= WELL_PLACED),
            mean_bits: aligned.map(|aligned| aligned.mean_bits),
            why,
        })
    }

    fn by_blocks(
        &self,
        judged: &[(&Compared, f32)],
        stretch: &Stretch<'_>,
    ) -> (Grade, f32, String) {
        let least = match stretch.chain.inliers {
            _ if stretch.both_move => MOVING_PAIR_SHARE,
            Some(_) => self.params.placed_share,
            None => self.params.block_share,
        };
        let agree: Vec<f32> =
            judged.iter().map(|(_, share)| *share).filter(|s| *s >= least).collect();
        let best = judged.iter().map(|(_, share)| *share).fold(0.0, f32::max);
        let (count, of) = (agree.len(), judged.len());
        // Films have their time tracks to tell by, but not where a handful of features laid them upon each other.
        let beyond_chance = |inliers: u32| match stretch.both_move {
            true => inliers >= LEAST_PLACED,
            false => judged.iter().any(|(pair, share)| self.beyond_chance(inliers, pair, *share)),
        };
        if let Some(inliers) = stretch.chain.inliers
            && !beyond_chance(inliers)
        {
            let why = format!(
                "{inliers} features agree, and {:.0} % of the detailed blocks: too little to tell from chance",
                best * 100.0
            );
            return (Grade::Lead, best * 0.4, why);
        }
        if (count as f32) < PAIR_SHARE * of as f32 {
            let why = format!(
                "{count} of {of} frame pairs show the same picture; in the best one {:.0} % of the detailed blocks agree",
                best * 100.0
            );
            return (Grade::Lead, best * 0.5, why);
        }
        let score = agree.iter().sum::<f32>() / count as f32;
        let motion = self.motion(judged, stretch);
        let (grade, because) = if stretch.both_move {
            moment_of_video(stretch, &motion, count)
        } else {
            moment_of_still(&motion, best)
        };
        let score = if grade == Grade::SameFootage { score } else { score * 0.8 };
        (grade, score, format!("{count} of {of} frame pairs show the same picture; {because}"))
    }

    /// The whole frame of the query, as a part of it lies on the reference.
    fn whole(&self, pair: &Compared, stretch: &Stretch<'_>) -> Option<Comparison> {
        let query = self.pixels(pair.query, Part::WHOLE)?;
        let reference = seen_there(stretch.reference, pair.reference, pair.parts.1)?;
        let lay = stretch.chain.lay.on_parts(Part::WHOLE, pair.parts.1);
        Some(Comparison::of(query, &lay, reference))
    }

    /// Whether features, blocks and light agree further than those of unrelated pictures do.
    fn beyond_chance(&self, inliers: u32, pair: &Compared, share: f32) -> bool {
        let Some(comparison) = &pair.comparison else { return false };
        let blocks = comparison.textured() as f32 * share * share;
        let tone = comparison.tone(self.params.block_correlation) as f32;
        let tones = TONES.into_iter().find(|(below, _)| inliers < *below);
        inliers >= LEAST_PLACED
            && blocks >= PLACED_BLOCKS
            && inliers as f32 * blocks >= PLACED_EVIDENCE
            && tones.is_none_or(|(_, least)| tone >= least)
            && (share >= PLAIN_SHARE
                || comparison.median() >= PLAIN_MEDIAN
                || comparison.whole_fields(self.params.block_correlation) >= WHOLE_FIELDS)
    }

    fn without_thumbnails(&self, chain: &Chain, shots: u32, distance: u16) -> (Grade, f32, String) {
        if let Some(inliers) = chain.inliers {
            let why = format!(
                "{inliers} features agree, and there is too little detail, or no thumbnail, to compare"
            );
            return (Grade::Lead, 0.0, why);
        }
        let score = 1.0 - f32::from(distance) / 256.0;
        let still = self.query.asset.kind == MediaKind::Picture;
        let texture = self.query.samples.iter().map(|sample| sample.texture).max().unwrap_or(0);
        if shots >= BARE_SHOTS {
            let why = format!("codes agree over {shots} shots; no thumbnails to compare");
            return (Grade::SameFootage, score, why);
        }
        if still && distance <= STILL_BITS && texture >= STILL_TEXTURE {
            let why = format!("codes differ by {distance} bits of 256; no thumbnails to compare");
            return (Grade::SameFootage, score, why);
        }
        let why = "codes are near, and there is too little detail, or no thumbnail, to compare";
        (Grade::Lead, score * 0.5, why.to_owned())
    }

    /// How far that which moves agrees: a fixed camera sees the same walls every day. A block moves where it is unlike
    /// the same block of its side's background, which is the median of the shot.
    fn motion(&self, judged: &[(&Compared, f32)], stretch: &Stretch<'_>) -> Motion {
        let least = self.params.block_correlation;
        let mut motion = Motion::default();
        let samples = stretch.reference.samples.iter();
        let backgrounds =
            Backgrounds::of(samples.map(|sample| (sample.shot, sample.thumbnail.as_ref())));
        let lay = &stretch.chain.lay;
        for (pair, _) in judged {
            let here = &stretch.reference.samples[pair.reference];
            let (Some(comparison), Some(reference), Some(query)) =
                (&pair.comparison, &here.thumbnail, &self.thumbnails[pair.query])
            else {
                continue;
            };
            let (there, mine) = (
                backgrounds.at(here.shot),
                self.backgrounds.at(self.query.samples[pair.query].shot),
            );
            // Two stills have no background, and nothing that moves.
            if there.is_none() && mine.is_none() {
                continue;
            }
            let size = Comparison::size(query, lay, reference);
            let reference = resized(reference, size);
            let there = there.map(|background| resized(background, size));
            // A part of a frame has blocks of its own.
            let again = (pair.parts != (Part::WHOLE, Part::WHOLE) || !stretch.both_move)
                .then(|| Comparison::of(query, lay, &reference));
            let comparison = again.as_ref().unwrap_or(comparison);
            let query = laid(query, lay, size.0, size.1).luma;
            let mine = mine.map(|background| laid(background, lay, size.0, size.1).luma);
            // A still has no background of its own; if it is of the same camera, the video's is its own too.
            let mine = mine.as_deref().or(there.as_deref());
            motion.known |= there.is_some();
            let moves: Vec<Comparison> = [(reference.as_ref(), there.as_deref()), (&query, mine)]
                .into_iter()
                .filter_map(|(frame, background)| {
                    background.map(|b| Comparison::of(frame, &Lay::default(), b))
                })
                .collect();
            for (i, correlation) in comparison.correlation.iter().enumerate() {
                let moved = moves.iter().any(|side| side.correlation[i].is_some_and(|c| c < least));
                if let (true, Some(correlation)) = (moved, correlation) {
                    motion.moving += 1;
                    motion.agree += u32::from(*correlation >= least);
                }
            }
        }
        motion
    }

    /// Frames of the query within the stretch that match, and those that could be looked at.
    fn frames(
        &self,
        stretch: &Stretch<'_>,
        span: Span,
        offset: MediaTime,
        pairs: usize,
    ) -> (u32, u32) {
        let within = |sample: &&Sample| {
            sample.gate.is_none() && span.start <= sample.at && sample.at <= span.end
        };
        let looked_at = self.query.samples.iter().filter(within).count();
        let matched = match &stretch.reference.track {
            Some(track) if stretch.both_move && !stretch.codes.is_empty() => self
                .query
                .samples
                .iter()
                .filter(within)
                .filter(|s| agrees_at(&stretch.codes, track, s.at, s.at + offset))
                .count(),
            _ => pairs.min(looked_at),
        };
        (matched as u32, looked_at as u32)
    }
}

/// A chain with all that its moments are judged by.
pub(crate) struct Stretch<'a> {
    pub(crate) chain: &'a Chain,
    pub(crate) reference: &'a Reference,
    /// The query's track as the reference would have it.
    codes: Vec<Code>,
    pub(crate) aligned: Option<Aligned>,
    /// Shots of the query within the stretch that hits lie in.
    pub(crate) shots: u32,
    pub(crate) both_move: bool,
}

#[cfg(test)]
mod tests;
