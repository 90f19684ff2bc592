//! Where local features place the parts of a query in samples of an index.

use std::collections::BTreeSet;

use firstseen_index::{IndexError, Snapshot};
use firstseen_intake::{Cutout, Record};
use firstseen_match::place::radius_bits;
use firstseen_match::{Asked, Listed, Placement, Plane, shortlist};
use firstseen_model::{Descriptor, Features, Gap, MediaTime, Part, View};

/// Samples of references that are looked at together, the likeliest first.
const LISTED: usize = 50;

/// Most samples of references that one frame of the query is placed in.
const MOST_LISTED: usize = 500;

/// Features that place a picture beyond doubt; where half of those looked at are so, more are looked at.
const MANY_INLIERS: u32 = 20;

/// What local features found.
#[derive(Default)]
pub(crate) struct Placing {
    /// Where the query lies in samples of references.
    pub(crate) placements: Vec<Placement>,
    /// What could not be searched.
    pub(crate) gaps: Vec<Gap>,
    /// Parts of frames that were looked up.
    pub(crate) parts: usize,
    /// Their features.
    pub(crate) features: usize,
    /// Features of references like them, each pair counted.
    pub(crate) pairs: usize,
}

/// What of a frame is looked up, one after the other.
const STAGES: [fn(usize, &Cutout, View) -> bool; 3] = [
    // What borders leave, and the whole; mirrored as well.
    |i, cutout, view| (i == 0 || cutout.part == Part::WHOLE) && !view.negative,
    // Parts that look like pictures of their own.
    |i, cutout, view| i > 0 && cutout.part != Part::WHOLE && !view.negative,
    |_, _, view| view.negative,
];

/// Places the parts of a query in samples of an index.
pub(crate) fn place(query: &Record, snapshot: &Snapshot) -> Result<Placing, IndexError> {
    let mut placing = Placing::default();
    let mut gaps = BTreeSet::new();
    for sample in query.samples.iter().filter(|sample| sample.gate.is_none()) {
        for (number, stage) in STAGES.into_iter().enumerate() {
            let parts = sample.cutouts.iter().enumerate().flat_map(|(place, cutout)| {
                let views = cutout.features.iter().map(move |(view, found)| (*view, found));
                views.map(move |(view, found)| (place, cutout, view, found))
            });
            let wanted = parts.filter(|(place, cutout, view, _)| stage(*place, cutout, *view));
            let mut asked = Vec::new();
            for (_, looked, view, features) in wanted {
                let (hits, not_searched) = like(features, snapshot)?;
                gaps.extend(not_searched.into_iter().map(|gap| (gap.what, gap.why)));
                placing.parts += usize::from(view == View::default());
                placing.features += if view == View::default() { features.points.len() } else { 0 };
                placing.pairs += hits.len();
                asked.push(Asked { part: looked.part, view, features, hits });
            }
            let found = placements(&asked, sample.at, snapshot)?;
            placing.placements.extend(found);
            // Parts may show another picture than the frame does; a negative is looked for where nothing was found.
            let mut of_frame = placing.placements.iter().filter(|p| p.at == sample.at);
            if number == 1 && of_frame.any(|p| p.placed.inliers >= MANY_INLIERS) {
                break;
            }
        }
    }
    placing.gaps = gaps.into_iter().map(|(what, why)| Gap::new(&what, why)).collect();
    Ok(placing)
}

fn like(
    features: &Features,
    snapshot: &Snapshot,
) -> Result<(Vec<firstseen_model::FeatureHit>, Vec<Gap>), IndexError> {
    let points: Vec<Descriptor> = features.points.iter().map(|point| point.descriptor).collect();
    let answer = snapshot.like(&points, radius_bits(snapshot.codes() as usize))?;
    Ok((answer.value, answer.not_searched))
}

fn placements(
    asked: &[Asked<'_>],
    at: MediaTime,
    snapshot: &Snapshot,
) -> Result<Vec<Placement>, IndexError> {
    let mut found = Vec::new();
    for few in shortlist(asked).chunks(LISTED).take(MOST_LISTED / LISTED) {
        let placed = placed(few, asked, at, snapshot)?;
        let plain = placed.iter().filter(|p| p.placed.inliers >= MANY_INLIERS).count();
        found.extend(placed);
        if 2 * plain < LISTED {
            break;
        }
    }
    Ok(found)
}

fn placed(
    listed: &[Listed],
    asked: &[Asked<'_>],
    at: MediaTime,
    snapshot: &Snapshot,
) -> Result<Vec<Placement>, IndexError> {
    let samples: Vec<u64> = listed.iter().map(|listed| listed.sample).collect();
    let there = snapshot.cutouts(&samples)?;
    let placed = listed.iter().zip(there).filter_map(|(listed, there)| {
        let plane = Plane { part: there.part, width: there.width, height: there.height };
        let asked = &asked[listed.asked];
        Some(Placement {
            at,
            part: asked.part,
            reference: there.asset,
            reference_at: there.at,
            placed: firstseen_match::place(asked, listed.sample, plane)?,
        })
    });
    Ok(placed.collect())
}
