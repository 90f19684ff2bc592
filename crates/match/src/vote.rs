//! Hits become votes for (asset, view, offset), and the votes that agree become chains.

use std::collections::{BTreeMap, BTreeSet};

use firstseen_fingerprint::local;
use firstseen_intake::{Record, Sample};
use firstseen_model::{
    Algorithm, AssetId, CodeVersion, Hit, MediaKind, MediaTime, Part, Span, View,
};

use crate::Params;
use crate::lay::Lay;
use crate::place::Placed;

/// Width of a bin of offsets; neighbours are counted in, so hits may lie this far apart on both sides.
const BIN: MediaTime = MediaTime(500_000);

/// Most chains looked at between one pair of assets.
const MAX_CHAINS: usize = 16;

/// Two neighbours in a chain that are farther apart than this belong to different stretches.
const MAX_PAUSE: MediaTime = MediaTime(60_000_000);

/// Two moments of a query that show a picture are of one stretch up to this distance.
const STILL_PAUSE: MediaTime = MediaTime(1_100_000);

/// An asset that may hold footage of the query.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The asset.
    pub reference: AssetId,
    /// Weight of all its chains.
    pub weight: f64,
    /// Hits that agree on a view and an offset, heaviest chain first.
    pub chains: Vec<Chain>,
}

/// Hits between two assets that agree on how the query lies and how far apart the clocks are.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// How the query lies on the reference.
    pub lay: Lay,
    /// The part of the query's frame that it was placed by; the whole where it was found by the code of the frame.
    pub part: Part,
    /// Features that placed it; `None` where it was found by codes.
    pub inliers: Option<u32>,
    /// Reference time less query time.
    pub offset: MediaTime,
    /// Weight by rarity, texture and distance.
    pub weight: f64,
    /// Shots of the query that its hits lie in.
    pub shots: u32,
    /// Its hits by reference time, at most one for each sample of the reference; against a picture, by query time.
    pub hits: Vec<Hit>,
}

impl Chain {
    /// The stretch of the query between its first and last hit.
    #[must_use]
    pub fn query(&self) -> Span {
        span(self.hits.iter().map(|hit| hit.at))
    }

    /// The stretch of the reference between its first and last hit.
    #[must_use]
    pub fn reference(&self) -> Span {
        span(self.hits.iter().map(|hit| hit.reference_at))
    }
}

fn span(times: impl Iterator<Item = MediaTime> + Clone) -> Span {
    Span { start: times.clone().min().unwrap_or_default(), end: times.max().unwrap_or_default() }
}

/// Returns the assets that may hold footage of `query`, heaviest first, `params.candidates` at most.
///
/// `hits` are all pairs of samples within the radius, of any view; those of the query itself are left out.
#[must_use]
pub fn candidates(query: &Record, hits: &[Hit], params: &Params) -> Vec<Candidate> {
    let samples: BTreeMap<MediaTime, &Sample> =
        query.samples.iter().map(|sample| (sample.at, sample)).collect();
    let mut of_asset: BTreeMap<AssetId, Vec<Hit>> = BTreeMap::new();
    for hit in hits.iter().filter(|hit| hit.reference != query.asset.id) {
        // A frame without detail never carries a match alone: it carries none here.
        if samples.get(&hit.at).is_some_and(|sample| sample.gate.is_none()) {
            of_asset.entry(hit.reference).or_default().push(*hit);
        }
    }
    let plain: Vec<(AssetId, Vec<Chain>)> =
        of_asset.into_iter().map(|(asset, hits)| (asset, chains(&hits, &samples))).collect();
    let rarity = Rarity::of(&plain);
    let mut found: Vec<Candidate> = plain
        .into_iter()
        .map(|(reference, mut chains)| {
            for chain in &mut chains {
                rarity.weigh(chain, &samples, params);
            }
            chains.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.offset.cmp(&b.offset)));
            let weight = chains.iter().map(|chain| chain.weight).sum();
            Candidate { reference, weight, chains }
        })
        .collect();
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.reference.cmp(&b.reference)));
    found.truncate(params.candidates);
    found
}

/// Where features of one moment of the query place it in one sample of a reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Time in the query.
    pub at: MediaTime,
    /// The part of the query's frame that was placed.
    pub part: Part,
    /// The asset that was seen before.
    pub reference: AssetId,
    /// Time in that asset.
    pub reference_at: MediaTime,
    /// How it lies there.
    pub placed: Placed,
}

/// Most chains of placements looked at between one pair of assets.
const MAX_PLACED: usize = 8;

/// How far two placements of one chain may put a corner of the picture apart, in shares of a side.
const SAME_LAY: f64 = 0.06;

/// How far two placements of one chain may differ in offset: the nearest samples of both sides may lie apart.
const SAME_OFFSET: MediaTime = MediaTime(2_500_000);

/// Adds what features found to `candidates`: as chains of their own, of placements that agree in how the query lies
/// and, between videos, in offset.
pub fn add_placements(
    candidates: &mut Vec<Candidate>,
    query: &Record,
    placements: &[Placement],
    is_video: impl Fn(&AssetId) -> bool,
) {
    let samples: BTreeMap<MediaTime, &Sample> =
        query.samples.iter().map(|sample| (sample.at, sample)).collect();
    let mut of_asset: BTreeMap<AssetId, Vec<&Placement>> = BTreeMap::new();
    for placement in placements.iter().filter(|placement| placement.reference != query.asset.id) {
        if samples.get(&placement.at).is_some_and(|sample| sample.gate.is_none()) {
            of_asset.entry(placement.reference).or_default().push(placement);
        }
    }
    for (reference, mut left) in of_asset {
        left.sort_by_key(|p| {
            (std::cmp::Reverse((p.placed.inliers, p.placed.cells)), p.at, p.reference_at)
        });
        let both_move = query.asset.kind == MediaKind::Video && is_video(&reference);
        let mut chains = Vec::new();
        while chains.len() < MAX_PLACED && !left.is_empty() {
            let first = *left[0];
            let (of_it, others): (Vec<&Placement>, Vec<&Placement>) =
                left.into_iter().partition(|other| belongs(&first, other, both_move));
            left = others;
            chains.push(placed_chain(&first, &of_it, both_move, &samples));
        }
        let weight = chains.iter().map(|chain| chain.weight).sum::<f64>();
        match candidates.iter_mut().find(|candidate| candidate.reference == reference) {
            Some(known) => {
                known.weight += weight;
                known.chains.extend(chains);
            }
            None => candidates.push(Candidate { reference, weight, chains }),
        }
    }
    candidates.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.reference.cmp(&b.reference)));
}

fn belongs(first: &Placement, other: &Placement, both_move: bool) -> bool {
    if first == other {
        return true;
    }
    // A still is shown by one moment: which one, the judge finds out.
    let offset = |p: &Placement| p.reference_at - p.at;
    both_move
        && (offset(first) - offset(other)).0.unsigned_abs() <= SAME_OFFSET.0.unsigned_abs()
        && [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)].into_iter().all(|(u, v)| {
            let (a, b) = (first.placed.lay.at(u, v), other.placed.lay.at(u, v));
            (a.0 - b.0).abs() <= SAME_LAY && (a.1 - b.1).abs() <= SAME_LAY
        })
}

fn placed_chain(
    first: &Placement,
    of_it: &[&Placement],
    both_move: bool,
    samples: &BTreeMap<MediaTime, &Sample>,
) -> Chain {
    let code = CodeVersion { algorithm: Algorithm::Local, version: local::VERSION };
    let hit = |p: &&Placement| Hit {
        at: p.at,
        view: View::default(),
        code,
        reference: p.reference,
        reference_at: p.reference_at,
        distance: 0,
    };
    let mut hits: Vec<Hit> = of_it.iter().map(hit).collect();
    hits.sort_unstable_by_key(|hit| (hit.reference_at, hit.at));
    hits.dedup_by_key(|hit| hit.reference_at);
    let offset = if both_move { median_offset(&hits) } else { first.reference_at - first.at };
    Chain {
        lay: mean_lay(first, of_it),
        part: first.part,
        inliers: Some(first.placed.inliers),
        weight: f64::from(first.placed.inliers),
        ..chain_of(View::default(), offset, hits, samples)
    }
}

/// How the query lies by all placements of a chain: the camera may have moved between the two samples that each of them
/// was made of, forth in some and back in others. More features place better.
fn mean_lay(first: &Placement, of_it: &[&Placement]) -> Lay {
    let alike = of_it.iter().filter(|p| p.placed.lay.negative == first.placed.lay.negative);
    let (mut weights, mut corners) = (0.0, [(0.0, 0.0); 3]);
    for placement in alike {
        let weight = f64::from(placement.placed.inliers * placement.placed.inliers);
        weights += weight;
        for (sum, (u, v)) in corners.iter_mut().zip([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]) {
            let (x, y) = placement.placed.lay.at(u, v);
            *sum = (sum.0 + weight * x, sum.1 + weight * y);
        }
    }
    let [origin, right, below] = corners.map(|(x, y)| (x / weights, y / weights));
    let rows = [
        [right.0 - origin.0, below.0 - origin.0, origin.0],
        [right.1 - origin.1, below.1 - origin.1, origin.1],
    ];
    Lay::new(rows, first.placed.lay.negative).unwrap_or(first.placed.lay)
}

/// How many groups of assets each moment of the query is shared with.
struct Rarity {
    groups_at: BTreeMap<MediaTime, u32>,
}

impl Rarity {
    /// Assets that agree with the query over more than one shot are copies of one another: one group, so that a clip
    /// that was posted two hundred times stays findable. The others count one each.
    fn of(assets: &[(AssetId, Vec<Chain>)]) -> Self {
        let mut groups_at: BTreeMap<MediaTime, (bool, BTreeSet<AssetId>)> = BTreeMap::new();
        for (asset, chains) in assets {
            let copies = chains.iter().any(|chain| chain.shots > 1);
            for hit in chains.iter().flat_map(|chain| &chain.hits) {
                let (copy, others) = groups_at.entry(hit.at).or_default();
                if copies {
                    *copy = true;
                } else {
                    others.insert(*asset);
                }
            }
        }
        let count =
            |(copy, others): (bool, BTreeSet<AssetId>)| u32::from(copy) + others.len() as u32;
        Self { groups_at: groups_at.into_iter().map(|(at, seen)| (at, count(seen))).collect() }
    }

    fn weigh(&self, chain: &mut Chain, samples: &BTreeMap<MediaTime, &Sample>, params: &Params) {
        let groups = |hit: &Hit| self.groups_at.get(&hit.at).copied().unwrap_or(1);
        let reach = f64::from(params.radius_bits) + 1.0;
        chain.weight = chain
            .hits
            .iter()
            .map(|hit| {
                let rarity =
                    libm::log((params.recordings as f64 + 1000.0) / (f64::from(groups(hit)) + 1.0));
                let texture = samples.get(&hit.at).map_or(0.0, |sample| f64::from(sample.texture));
                let near = 1.0 - f64::from(hit.distance) / reach;
                rarity.max(0.0) * (0.2 + 0.8 * texture / 100.0) * (0.2 + 0.8 * near)
            })
            .sum();
    }
}

/// Splits the hits between the query and one asset into chains, longest first.
fn chains(hits: &[Hit], samples: &BTreeMap<MediaTime, &Sample>) -> Vec<Chain> {
    if hits.iter().all(|hit| hit.reference_at == MediaTime::ZERO) {
        return still_chains(hits, samples);
    }
    let mut left: Vec<Hit> = hits.to_vec();
    let mut found = Vec::new();
    while found.len() < MAX_CHAINS
        && let Some((view, bin)) = heaviest_bin(&left)
    {
        let belongs = |hit: &Hit| hit.view == view && (bin_of(hit) - bin).unsigned_abs() <= 1;
        let chain = longest_stretch(left.iter().filter(|hit| belongs(hit)).copied().collect());
        let (query, reference) =
            (span(chain.iter().map(|h| h.at)), span(chain.iter().map(|h| h.reference_at)));
        found.push(chain_of(view, median_offset(&chain), chain, samples));
        // What lies on both sides within the stretch is explained, whatever its view: a still shot votes for many
        // offsets, and a symmetrical picture for many views.
        left.retain(|hit| {
            let explained = belongs(hit) || within(hit.reference_at, reference);
            !(within(hit.at, query) && explained)
        });
    }
    found
}

fn chain_of(
    view: View,
    offset: MediaTime,
    hits: Vec<Hit>,
    samples: &BTreeMap<MediaTime, &Sample>,
) -> Chain {
    let shots: BTreeSet<_> =
        hits.iter().map(|hit| samples.get(&hit.at).map(|sample| sample.shot)).collect();
    Chain {
        lay: Lay::of_view(view),
        part: Part::WHOLE,
        inliers: None,
        offset,
        weight: 0.0,
        shots: shots.len() as u32,
        hits,
    }
}

/// Chains against a picture: stretches of the query that show it. Here the offset changes with each hit.
fn still_chains(hits: &[Hit], samples: &BTreeMap<MediaTime, &Sample>) -> Vec<Chain> {
    let mut views: BTreeMap<View, Vec<Hit>> = BTreeMap::new();
    for hit in hits {
        views.entry(hit.view).or_default().push(*hit);
    }
    let mut found = Vec::new();
    for (view, mut hits) in views {
        hits.sort_unstable();
        for stretch in hits.chunk_by(|a, b| b.at - a.at <= STILL_PAUSE) {
            let best = stretch.iter().min_by_key(|hit| (hit.distance, hit.at));
            let offset = best.map_or(MediaTime::ZERO, |hit| hit.reference_at - hit.at);
            found.push(chain_of(view, offset, stretch.to_vec(), samples));
        }
    }
    // The view and stretch with the nearest code first; a symmetrical picture has several views.
    found.sort_by_key(|chain| {
        (chain.hits.iter().map(|hit| hit.distance).min(), std::cmp::Reverse(chain.hits.len()))
    });
    found.truncate(MAX_CHAINS);
    found
}

fn within(at: MediaTime, span: Span) -> bool {
    span.start <= at && at <= span.end
}

fn bin_of(hit: &Hit) -> i64 {
    (hit.reference_at - hit.at).0.div_euclid(BIN.0)
}

/// The view and offset for which most samples of the reference vote, each once; near codes break ties, and then the
/// votes that neighbours did not lend.
fn heaviest_bin(hits: &[Hit]) -> Option<(View, i64)> {
    let mut votes: BTreeMap<(View, i64), Votes> = BTreeMap::new();
    for hit in hits {
        for step in [-1, 0, 1] {
            let bin = votes.entry((hit.view, bin_of(hit) + step)).or_default();
            let nearest = bin.nearest.entry(hit.reference_at).or_insert(u16::MAX);
            *nearest = hit.distance.min(*nearest);
            bin.own += u32::from(step == 0);
        }
    }
    votes
        .into_iter()
        .max_by_key(|(key, bin)| (bin.weight(), bin.own, std::cmp::Reverse(*key)))
        .map(|(key, _)| key)
}

/// The votes for one bin and its neighbours.
#[derive(Default)]
struct Votes {
    nearest: BTreeMap<MediaTime, u16>,
    own: u32,
}

impl Votes {
    fn weight(&self) -> u32 {
        self.nearest.values().map(|distance| 64 - u32::from(*distance).min(63)).sum()
    }
}

/// One hit for each sample of the reference, the nearest; the longest stretch of them without a long pause.
fn longest_stretch(hits: Vec<Hit>) -> Vec<Hit> {
    let middle = median_offset(&hits);
    let mut best: BTreeMap<MediaTime, Hit> = BTreeMap::new();
    for hit in hits {
        let rank = |hit: &Hit| {
            (hit.distance, ((hit.reference_at - hit.at) - middle).0.unsigned_abs(), hit.at)
        };
        let kept = best.entry(hit.reference_at).or_insert(hit);
        if rank(&hit) < rank(kept) {
            *kept = hit;
        }
    }
    let all: Vec<Hit> = best.into_values().collect();
    let stretches = all.chunk_by(|a, b| {
        b.reference_at - a.reference_at <= MAX_PAUSE
            && (b.at - a.at).0.unsigned_abs() <= MAX_PAUSE.0.unsigned_abs()
    });
    stretches.max_by_key(|stretch| stretch.len()).unwrap_or_default().to_vec()
}

fn median_offset(hits: &[Hit]) -> MediaTime {
    let mut offsets: Vec<MediaTime> = hits.iter().map(|hit| hit.reference_at - hit.at).collect();
    offsets.sort_unstable();
    offsets.get(offsets.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
