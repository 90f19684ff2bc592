//! The moments of both sides that are held against each other, and the pictures that are seen then.

use firstseen_intake::{Cutout, Record, Sample};
use firstseen_media::decode_grey_jpeg;
use firstseen_model::{Algorithm, Luma, MediaTime, Part, Span};

use crate::blocks::Comparison;
use crate::judge::Bench;
use crate::references::Reference;
use crate::vote::Chain;

/// Longest side that a thumbnail may have; those of a query's cutouts are twice as large as others.
const THUMBNAIL_SIDE: u32 = 320;

/// How far from the expected moment a query sample may lie to be held against a reference sample.
const NEAR: MediaTime = MediaTime(300_000);

/// Most pairs that one chain is judged by, spread over its length.
const MAX_PAIRS: usize = 24;

pub(crate) fn thumbnails(record: &Record) -> Vec<Option<Luma>> {
    let decode = |sample: &Sample| decode_grey_jpeg(&sample.thumbnail, THUMBNAIL_SIDE).ok();
    record.samples.iter().map(decode).collect()
}

pub(crate) fn cutouts(record: &Record) -> Vec<Vec<(Part, Luma)>> {
    let decode = |sample: &Sample| {
        let of = |cutout: &Cutout| {
            Some((cutout.part, decode_grey_jpeg(&cutout.thumbnail, THUMBNAIL_SIDE).ok()?))
        };
        sample.cutouts.iter().filter_map(of).collect()
    };
    record.samples.iter().map(decode).collect()
}

/// One moment of both sides, compared.
pub(crate) struct Compared {
    pub(crate) query: usize,
    pub(crate) reference: usize,
    pub(crate) distance: Option<u16>,
    pub(crate) comparison: Option<Comparison>,
    /// The parts of both frames that were compared.
    pub(crate) parts: (Part, Part),
}

impl Bench<'_> {
    /// For each sample of the reference within the stretch, the query's sample at that moment.
    pub(crate) fn compare_in_time(
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
                    (at - expected).0.unsigned_abs() <= NEAR.0.unsigned_abs()
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
    pub(crate) fn compare_hits(&self, chain: &Chain, reference: &Reference) -> Vec<Compared> {
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
        let all: Option<Comparison> =
            near.iter().try_fold(None, |best: Option<Comparison>, pair| {
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
            hit.reference_at == reference.samples[r].at
                && hit.at == self.query.samples[q].at
                && hit.code.algorithm == Algorithm::Pdq
        };
        // Frames of a film are compared in one size, whatever parts of some of them were placed by.
        let by_parts = chain.inliers.is_some() && !self.both_move(reference);
        let there = reference.samples[r].cutout.as_ref().map(|(part, _)| *part);
        let here = self.cutouts[q].iter().map(|(part, _)| *part).find(|part| *part == chain.part);
        let part = |part: Option<Part>| part.filter(|_| by_parts).unwrap_or(Part::WHOLE);
        let parts = (part(here), part(there));
        let query = if by_parts { self.pixels(q, parts.0) } else { self.thumbnails[q].as_ref() };
        let comparison = match (query, seen_there(reference, r, parts.1)) {
            (Some(query), Some(reference)) => {
                let lay = match parts {
                    (Part::WHOLE, Part::WHOLE) => chain.lay,
                    (here, there) => chain.lay.on_parts(here, there),
                };
                Some(Comparison::of(query, &lay, reference))
            }
            _ => None,
        };
        let distance = chain.hits.iter().find(hit).map(|hit| hit.distance);
        Compared { query: q, reference: r, distance, comparison, parts }
    }

    /// The picture of a part of a sample's frame.
    pub(crate) fn pixels(&self, q: usize, part: Part) -> Option<&Luma> {
        let cutout = self.cutouts[q].iter().find(|(of, _)| *of == part).map(|(_, luma)| luma);
        if part == Part::WHOLE { cutout.or(self.thumbnails[q].as_ref()) } else { cutout }
    }

    fn agreement(&self, pair: &Compared) -> f32 {
        pair.comparison
            .as_ref()
            .and_then(|c| c.share(self.params.block_correlation, |_| true))
            .unwrap_or(-1.0)
    }
}

/// The picture of a part of a reference's frame.
pub(crate) fn seen_there(reference: &Reference, r: usize, part: Part) -> Option<&Luma> {
    let sample = &reference.samples[r];
    match &sample.cutout {
        Some((of, luma)) if *of == part => Some(luma),
        _ if part == Part::WHOLE => sample.thumbnail.as_ref(),
        _ => None,
    }
}

/// At most `most` of `all`, spread evenly, first and last among them.
pub(crate) fn spread(all: &[usize], most: usize) -> Vec<usize> {
    if all.len() <= most {
        return all.to_vec();
    }
    (0..most).map(|i| all[i * (all.len() - 1) / (most - 1)]).collect()
}
