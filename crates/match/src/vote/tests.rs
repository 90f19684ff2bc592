//! Which votes make which chains, and what they weigh.

use firstseen_intake::Gate;
use firstseen_model::MediaKind;
use proptest::prelude::*;

use super::*;
use crate::made::{asset, bare_sample, hit, record, seconds, view};

/// A video of `shots` shots of five seconds each, sampled each half second.
fn film(shots: u32) -> Record {
    let samples = (0..shots * 10).map(|i| bare_sample(seconds(f64::from(i) / 2.0), i / 10));
    record(MediaKind::Video, samples.collect(), None)
}

/// Hits of each half second of the query from `start` to `end`, at one offset.
fn run(reference: u32, start: f64, end: f64, offset: f64) -> Vec<Hit> {
    let count = ((end - start) * 2.0) as i32;
    let times = (0..=count).map(|i| start + f64::from(i) / 2.0);
    times.map(|at| hit(at, reference, at + offset, 10)).collect()
}

fn under(hits: Vec<Hit>, dihedral: usize) -> Vec<Hit> {
    hits.into_iter().map(|hit| Hit { view: view(dihedral), ..hit }).collect()
}

fn found(query: &Record, hits: &[Hit]) -> Vec<Candidate> {
    candidates(query, hits, &Params::default())
}

fn only(query: &Record, hits: &[Hit]) -> Candidate {
    let [only] = <[Candidate; 1]>::try_from(found(query, hits)).unwrap();
    only
}

#[test]
fn a_trim_is_one_chain_at_its_offset() {
    let candidate = only(&film(3), &run(1, 2.0, 12.0, 40.0));
    let [chain] = candidate.chains.as_slice() else { panic!("{candidate:?}") };
    assert_eq!((chain.offset, chain.shots, chain.hits.len()), (seconds(40.0), 3, 21));
    assert_eq!(chain.query(), Span { start: seconds(2.0), end: seconds(12.0) });
    assert_eq!(chain.reference(), Span { start: seconds(42.0), end: seconds(52.0) });
}

#[test]
fn stray_hits_do_not_move_a_trim() {
    let strays = [hit(3.0, 1, 7.0, 30), hit(9.0, 1, 99.0, 31), hit(0.5, 1, 0.0, 28)];
    let candidate = only(&film(3), &[run(1, 2.0, 12.0, 40.0), strays.to_vec()].concat());
    assert_eq!((candidate.chains[0].offset, candidate.chains[0].hits.len()), (seconds(40.0), 21));
}

#[test]
fn gated_samples_carry_nothing() {
    let mut query = film(1);
    query.samples.iter_mut().for_each(|sample| sample.gate = Some(Gate::Dark));
    assert_eq!(found(&query, &run(1, 0.0, 4.5, 10.0)), []);
    query.samples[3].gate = None;
    let candidate = only(&query, &run(1, 0.0, 4.5, 10.0));
    assert_eq!(candidate.chains[0].hits, [hit(1.5, 1, 11.5, 10)]);
}

#[test]
fn hits_at_moments_that_the_query_does_not_have_carry_nothing() {
    assert_eq!(found(&film(1), &[hit(77.0, 1, 3.0, 0)]), []);
}

#[test]
fn a_still_shot_is_one_chain_though_it_hits_at_all_offsets() {
    let moments = || (0..10).map(|i| f64::from(i) / 2.0);
    let all: Vec<Hit> =
        moments().flat_map(|at| moments().map(move |there| hit(at, 1, there + 20.0, 8))).collect();
    assert_eq!(only(&film(1), &all).chains.len(), 1);
}

#[test]
fn a_picture_finds_the_moment_of_a_video() {
    let query = record(MediaKind::Picture, vec![bare_sample(MediaTime::ZERO, 0)], None);
    let hits = [hit(0.0, 1, 30.0, 30), hit(0.0, 1, 61.5, 6), hit(0.0, 1, 62.0, 20)];
    let chain = &only(&query, &hits).chains[0];
    assert_eq!(chain.query(), Span::default());
    assert_eq!(chain.reference(), Span { start: seconds(61.5), end: seconds(62.0) });
}

#[test]
fn a_picture_is_found_in_each_stretch_that_shows_it() {
    let shown: Vec<Hit> = [1.0, 1.5, 2.0, 9.0, 9.5].map(|at| hit(at, 1, 0.0, 12)).to_vec();
    let candidate = only(&film(2), &shown);
    let spans: Vec<Span> = candidate.chains.iter().map(Chain::query).collect();
    let first = Span { start: seconds(1.0), end: seconds(2.0) };
    assert_eq!(spans, [first, Span { start: seconds(9.0), end: seconds(9.5) }]);
}

#[test]
fn mirrored_hits_stay_apart_from_upright_ones() {
    let hits = [run(1, 0.0, 4.5, 10.0), under(run(1, 5.0, 9.5, 10.0), 4)].concat();
    let mut chains = only(&film(2), &hits).chains;
    chains.sort_by_key(Chain::query);
    assert_eq!(
        chains.iter().map(|chain| chain.lay.view().unwrap()).collect::<Vec<_>>(),
        [view(0), view(4)]
    );
    for chain in &chains {
        assert_eq!(chain.hits.len(), 10);
        assert!(chain.hits.iter().all(|hit| Some(hit.view) == chain.lay.view()), "{chain:?}");
    }
}

#[test]
fn two_stretches_of_one_asset_are_two_chains() {
    let hits = [run(1, 0.0, 4.5, 30.0), run(1, 5.0, 9.5, 90.0)].concat();
    let chains = only(&film(2), &hits).chains;
    let mut offsets: Vec<MediaTime> = chains.iter().map(|chain| chain.offset).collect();
    offsets.sort_unstable();
    assert_eq!(offsets, [seconds(30.0), seconds(90.0)]);
}

#[test]
fn the_query_itself_is_left_out() {
    assert_eq!(found(&film(1), &run(0, 0.0, 4.5, 0.0)), []);
}

#[test]
fn a_moment_shared_by_many_weighs_less_than_a_rare_one() {
    // All share a logo in the first shot; asset 1 shares the second shot, which nobody else does.
    let logo = (2..202).map(|other| hit(1.0, other, 500.0, 10));
    let hits: Vec<Hit> = logo.chain([hit(6.0, 1, 3.0, 10)]).collect();
    let found = found(&film(2), &hits);
    assert_eq!((found.len(), found[0].reference), (201, asset(1)));
    assert!(found[0].weight > 2.0 * found[1].weight, "{} {}", found[0].weight, found[1].weight);
}

#[test]
fn a_larger_index_makes_a_rare_moment_weigh_more() {
    let weight = |recordings| {
        let params = Params { recordings, ..Params::default() };
        candidates(&film(1), &run(1, 0.0, 4.5, 10.0), &params)[0].weight
    };
    assert!(weight(100_000) > 1.3 * weight(0));
}

#[test]
fn near_codes_and_detail_weigh_more() {
    let mut query = film(2);
    query.samples[8].texture = 5;
    let weight = |hit: Hit| only(&query, &[hit]).weight;
    assert!(weight(hit(1.0, 1, 9.0, 2)) > weight(hit(1.0, 1, 9.0, 30)));
    assert!(weight(hit(1.0, 1, 9.0, 2)) > weight(hit(4.0, 1, 9.0, 2)));
}

#[test]
fn a_clip_posted_two_hundred_times_is_found_two_hundred_times() {
    let copies = (1..201).flat_map(|copy| run(copy, 0.0, 9.5, f64::from(copy)));
    // What looks like one of its moments by chance weighs less than any copy.
    let chance = (201..260).map(|other| hit(2.0, other, 500.0, 28));
    let found = found(&film(2), &copies.chain(chance).collect::<Vec<_>>());
    let first: BTreeSet<AssetId> = found[..200].iter().map(|one| one.reference).collect();
    assert_eq!(first, (1..201).map(asset).collect());
    let rare = only(&film(2), &run(1, 0.0, 9.5, 1.0));
    assert!(found[0].weight > 0.3 * rare.weight, "{} {}", found[0].weight, rare.weight);
}

#[test]
fn no_more_candidates_than_asked_for() {
    let hits: Vec<Hit> = (1..50).flat_map(|i| run(i, 0.0, f64::from(i % 5), 10.0)).collect();
    let params = Params { candidates: 7, ..Params::default() };
    let few = candidates(&film(1), &hits, &params);
    assert_eq!(few, found(&film(1), &hits)[..7]);
}

fn any_hit() -> impl Strategy<Value = Hit> {
    (0..20_u32, 0..8_usize, any::<bool>(), 1..4_u32, 0..40_u32, 0..32_u16).prop_map(
        |(at, dihedral, negative, reference, there, distance)| Hit {
            view: View { negative, ..view(dihedral) },
            ..hit(f64::from(at) / 2.0, reference, f64::from(there) * 0.7, distance)
        },
    )
}

proptest! {
    #[test]
    fn the_order_of_hits_does_not_matter(
        (hits, shuffled) in prop::collection::vec(any_hit(), 0..120)
            .prop_flat_map(|hits| (Just(hits.clone()), Just(hits).prop_shuffle()))
    ) {
        prop_assert_eq!(found(&film(2), &hits), found(&film(2), &shuffled));
    }

    #[test]
    fn no_time_of_a_hit_panics(times in prop::collection::vec(any::<(i64, i64)>(), 1..20)) {
        let samples: BTreeSet<i64> = times.iter().map(|(at, _)| *at).collect();
        let samples = samples.into_iter().map(|at| bare_sample(MediaTime(at), 0)).collect();
        let query = record(MediaKind::Video, samples, None);
        let hits = times.iter().map(|&(at, there)| {
            Hit { at: MediaTime(at), reference_at: MediaTime(there), ..hit(0.0, 1, 0.0, 9) }
        });
        found(&query, &hits.collect::<Vec<_>>());
    }
}
