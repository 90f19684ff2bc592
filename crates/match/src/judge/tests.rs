//! What the judge says of made footage.

use firstseen_model::{Hit, View};
use proptest::prelude::*;

use super::*;
use crate::found::Match;
use crate::made::{
    Film, asset, encoded_again, hit, hits, noise, picture_query, picture_reference, scene, seconds,
    view,
};
use crate::vote::candidates;

const UPRIGHT: View = View { dihedral: firstseen_model::Dihedral::UPRIGHT, negative: false };

fn judged(query: &Record, hits: &[Hit], references: &References) -> Vec<Explained> {
    let params = Params::default();
    judge(query, &candidates(query, hits, &params), references, &params)
}

/// What is said of `query` against each of `references`, numbered from 1, by the hits that their codes make.
fn searched(query: &Record, references: &[Reference]) -> Vec<Explained> {
    let hits: Vec<Hit> =
        (1..).zip(references).flat_map(|(i, reference)| hits(query, i, reference)).collect();
    judged(query, &hits, &numbered(references))
}

fn numbered(references: &[Reference]) -> References {
    (1..).map(asset).zip(references.iter().cloned()).collect()
}

fn only(explained: Vec<Explained>) -> Match {
    let [only] = <[Explained; 1]>::try_from(explained).unwrap();
    only.found
}

/// Hits at each half second of `reference`, `offset` later than the query's.
fn forged(number: u32, query: &Record, reference: &Reference, offset: f64) -> Vec<Hit> {
    let there = reference.samples.iter().map(|sample| sample.at.seconds());
    let known = |at: f64| query.samples.iter().any(|sample| sample.at == seconds(at));
    there.filter(|at| known(at - offset)).map(|at| hit(at - offset, number, at, 20)).collect()
}

#[test]
fn a_picture_encoded_again_is_the_same_footage() {
    let picture = scene(7);
    let query = picture_query(&encoded_again(&picture, 6, 1));
    let found = only(searched(&query, &[picture_reference(&picture)]));
    assert_eq!(found.grade, Grade::SameFootage);
    assert!(found.score > 0.9, "{found:?}");
    assert_eq!(found.segments[0].query, Span::default());
}

#[test]
fn a_picture_is_found_under_each_turn_and_mirror() {
    let picture = scene(7);
    let query = picture_query(&encoded_again(&picture, 4, 1));
    for turn in 0..8 {
        let (width, height) = if turn % 2 == 1 { (72, 128) } else { (128, 72) };
        let reference =
            picture_reference(&laid(&picture, &Lay::of_view(view(turn)), width, height).luma);
        let found = only(searched(&query, &[reference]));
        let edit = &found.segments[0].edit;
        assert_eq!((found.grade, edit.dihedral), (Grade::SameFootage, view(turn).dihedral));
    }
}

#[test]
fn a_film_is_found_under_each_turn_and_mirror() {
    let film = Film::of_shots(&[3], 24);
    let query = film.query();
    for turn in 0..8 {
        let found = only(searched(&query, &[film.copied(view(turn), 9).reference()]));
        let segment = &found.segments[0];
        assert_eq!((found.grade, segment.edit.dihedral), (Grade::SameFootage, view(turn).dihedral));
        assert_eq!(segment.query, segment.reference, "turn {turn}");
    }
}

#[test]
fn unrelated_pictures_with_near_codes_are_a_lead() {
    let reference = picture_reference(&scene(8));
    let found = judged(&picture_query(&scene(7)), &[hit(0.0, 1, 0.0, 4)], &numbered(&[reference]));
    assert_eq!(only(found).grade, Grade::Lead);
}

#[test]
fn unrelated_films_with_near_codes_are_a_lead() {
    let query = Film::of_shots(&[1, 2, 3, 4], 12).query();
    let reference = Film::of_shots(&[5, 6, 7, 8], 12).reference();
    let hits = forged(1, &query, &reference, 0.0);
    assert_eq!(only(judged(&query, &hits, &numbered(&[reference]))).grade, Grade::Lead);
}

#[test]
fn a_picture_finds_its_moment_in_a_film() {
    let film = Film::of_shots(&[1, 2, 3], 12);
    let query = picture_query(&encoded_again(&film.0[16].1, 4, 1));
    let found = only(searched(&query, &[film.reference()]));
    assert_eq!(found.grade, Grade::SameFootage);
    assert_eq!(found.segments[0].pairs[0].reference, seconds(4.0));
}

#[test]
fn a_film_finds_the_picture_that_it_shows() {
    let film = Film::of_shots(&[1, 2, 3], 12);
    let query = film.copied(UPRIGHT, 5).query();
    let found = only(searched(&query, &[picture_reference(&film.0[16].1)]));
    assert_eq!(found.grade, Grade::SameFootage);
    assert_eq!(found.segments[0].pairs[0].query, seconds(4.0));
}

#[test]
fn an_excerpt_is_placed_in_its_film() {
    let film = Film::of_shots(&[1, 2, 3, 4, 5, 6], 12);
    let query = film.part(20..60).copied(UPRIGHT, 5).query();
    let found = only(searched(&query, &[film.reference()]));
    assert_eq!((found.grade, found.segments.len()), (Grade::SameFootage, 1));
    let segment = &found.segments[0];
    assert_eq!(segment.query, Span { start: seconds(0.0), end: seconds(9.75) });
    assert_eq!(segment.reference, Span { start: seconds(5.0), end: seconds(14.75) });
    assert_eq!((segment.frames, segment.frames_looked_at), (40, 40));
}

#[test]
fn two_stretches_of_one_film_are_two_segments() {
    let film = Film::of_shots(&[1, 2, 3, 4, 5, 6, 7, 8], 12);
    let query = film.part(60..84).then(&film.part(12..36)).copied(UPRIGHT, 5).query();
    let found = only(searched(&query, &[film.reference()]));
    let spans: Vec<(Span, Span)> =
        found.segments.iter().map(|segment| (segment.query, segment.reference)).collect();
    let span = |start, end| Span { start: seconds(start), end: seconds(end) };
    assert_eq!(found.grade, Grade::SameFootage);
    assert_eq!(spans, [(span(0.0, 5.75), span(15.0, 20.75)), (span(6.0, 11.75), span(3.0, 8.75))]);
}

#[test]
fn the_same_moment_of_a_fixed_camera_is_the_same_footage() {
    let film = Film::fixed_camera(3, 1, 40);
    let query = film.part(8..32).copied(UPRIGHT, 5).query();
    let reference = film.reference();
    let hits = forged(1, &query, &reference, 2.0);
    assert_eq!(only(judged(&query, &hits, &numbered(&[reference]))).grade, Grade::SameFootage);
}

#[test]
fn another_moment_of_a_fixed_camera_is_the_same_place() {
    let query = Film::fixed_camera(3, 1, 24).query();
    let reference = Film::fixed_camera(3, 2, 24).reference();
    let hits = forged(1, &query, &reference, 0.0);
    assert_eq!(only(judged(&query, &hits, &numbered(&[reference]))).grade, Grade::SamePlace);
}

#[test]
fn a_still_of_another_moment_of_a_fixed_camera_is_the_same_place() {
    let query = picture_query(&Film::fixed_camera(3, 1, 1).0[0].1);
    let reference = Film::fixed_camera(3, 2, 24).reference();
    let hits: Vec<Hit> = (0..12).map(|i| hit(0.0, 1, f64::from(i) / 2.0, 20)).collect();
    let found = only(judged(&query, &hits, &numbered(&[reference])));
    assert!(!found.grade.seen(), "{found:?}");
}

#[test]
fn films_of_one_place_in_which_nothing_moves_are_the_same_place() {
    let query = Film::still(3, 24).copied(UPRIGHT, 5).query();
    let reference = Film::still(3, 24).copied(UPRIGHT, 500).reference();
    assert_eq!(only(searched(&query, &[reference])).grade, Grade::SamePlace);
}

#[test]
fn an_intro_that_five_films_share_and_nothing_else_is_a_lead() {
    let intro = Film::of_shots(&[99], 8);
    let query = intro.clone().then(&Film::of_shots(&[1, 2], 12)).query();
    let with_intro = |i: u64| intro.copied(UPRIGHT, i).then(&Film::of_shots(&[10 + i], 24));
    let references: Vec<Reference> = (0..5).map(|i| with_intro(i).reference()).collect();
    let four = searched(&query, &references[..4]);
    assert!(four.len() == 4 && four.iter().all(|one| one.found.grade == Grade::SameFootage));
    let five = searched(&query, &references);
    assert!(five.len() == 5 && five.iter().all(|one| one.found.grade == Grade::Lead), "{five:?}");
}

#[test]
fn a_copy_with_the_intro_stays_the_same_footage() {
    let intro = Film::of_shots(&[99], 8);
    let whole = intro.clone().then(&Film::of_shots(&[1, 2], 12));
    let with_intro = |i: u64| intro.copied(UPRIGHT, i).then(&Film::of_shots(&[10 + i], 24));
    let mut references: Vec<Reference> = (0..5).map(|i| with_intro(i).reference()).collect();
    references.push(whole.copied(UPRIGHT, 77).reference());
    let found = searched(&whole.query(), &references);
    let grades: Vec<(Grade, AssetId)> =
        found.iter().map(|one| (one.found.grade, one.found.reference)).collect();
    assert_eq!(grades[0], (Grade::SameFootage, asset(6)));
    assert!(grades[1..].iter().all(|(grade, _)| *grade == Grade::Lead), "{grades:?}");
}

#[test]
fn chance_hits_over_two_shots_do_not_make_an_intro_a_copy() {
    let intro = Film::of_shots(&[99], 8);
    let query = intro.clone().then(&Film::of_shots(&[1, 2], 12)).query();
    let with_intro = |i: u64| intro.copied(UPRIGHT, i).then(&Film::of_shots(&[10 + i], 24));
    let references: Vec<Reference> = (0..5).map(|i| with_intro(i).reference()).collect();
    let mut all: Vec<Hit> =
        (1..).zip(&references).flat_map(|(i, reference)| hits(&query, i, reference)).collect();
    all.extend([4.0, 4.5, 5.0, 5.5, 6.0].map(|at| hit(at, 1, at + 1.0, 30)));
    let found = judged(&query, &all, &numbered(&references));
    assert!(found.iter().all(|one| one.found.grade == Grade::Lead), "{found:?}");
}

#[test]
fn two_hundred_copies_are_all_the_same_footage() {
    let film = Film::of_shots(&[1], 16);
    let reference = film.copied(UPRIGHT, 5).reference();
    let found = searched(&film.query(), &vec![reference; 200]);
    assert_eq!(found.iter().filter(|one| one.found.grade == Grade::SameFootage).count(), 200);
}

fn without_thumbnails(mut reference: Reference) -> Reference {
    reference.samples.iter_mut().for_each(|sample| sample.thumbnail = None);
    reference
}

#[test]
fn without_thumbnails_three_shots_are_the_same_footage_and_two_a_lead() {
    for (seeds, grade) in [(&[1, 2, 3][..], Grade::SameFootage), (&[1, 2], Grade::Lead)] {
        let film = Film::of_shots(seeds, 12);
        let (query, reference) = (film.query(), film.reference());
        let hits = hits(&query, 1, &reference);
        let references = numbered(&[without_thumbnails(reference)]);
        assert_eq!(only(judged(&query, &hits, &references)).grade, grade, "{seeds:?}");
    }
}

#[test]
fn without_thumbnails_a_still_is_the_same_footage_up_to_16_bits_and_with_detail() {
    let check = |distance, texture, grade| {
        let mut query = picture_query(&scene(7));
        query.samples[0].texture = texture;
        let references = numbered(&[without_thumbnails(picture_reference(&scene(7)))]);
        let found = only(judged(&query, &[hit(0.0, 1, 0.0, distance)], &references));
        assert_eq!(found.grade, grade, "{distance} bits, texture {texture}");
    };
    check(16, 80, Grade::SameFootage);
    check(17, 80, Grade::Lead);
    check(16, 10, Grade::Lead);
}

#[test]
fn a_candidate_of_which_nothing_is_known_is_left_out() {
    let query = picture_query(&scene(7));
    assert_eq!(judged(&query, &[hit(0.0, 1, 0.0, 0)], &References::new()), []);
}

#[test]
fn the_best_grade_comes_first_then_the_score_then_the_hash() {
    let picture = scene(7);
    let query = picture_query(&picture);
    let references = [
        picture_reference(&scene(8)),
        picture_reference(&encoded_again(&picture, 40, 3)),
        picture_reference(&picture),
        picture_reference(&picture),
    ];
    let mut hits: Vec<Hit> = (1..5).map(|i| hit(0.0, i, 0.0, 9)).collect();
    let order = |hits: &[Hit]| {
        let found = judged(&query, hits, &numbered(&references));
        found.into_iter().map(|one| one.found.reference).collect::<Vec<_>>()
    };
    assert_eq!(order(&hits), [3, 4, 2, 1].map(asset));
    hits.reverse();
    assert_eq!(order(&hits), [3, 4, 2, 1].map(asset));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_segment_ends_before_it_starts_or_starts_before_its_film(
        seed in 0..4_u64,
        lengths in (1..30_usize, 1..30_usize),
        forged in prop::collection::vec((0..30_usize, 0..15_usize, 0..8_usize, 0..32_u16), 1..40),
    ) {
        let film = Film::of_shots(&[1, 2], 15);
        let query = film.part(0..lengths.0).query();
        let mut reference = film.part(30 - lengths.1..30).reference();
        // Some of the track's codes are another film's.
        let mut next = noise(seed);
        if let Some(track) = &mut reference.track {
            track.codes.iter_mut().for_each(|code| *code ^= next() & next() & next());
        }
        let all = forged.iter().map(|&(at, there, turn, distance)| Hit {
            at: query.samples[at % query.samples.len()].at,
            view: view(turn),
            reference_at: reference.samples[there % reference.samples.len()].at,
            ..hit(0.0, 1, 0.0, distance)
        });
        let all: Vec<Hit> = all.collect();
        let (end, reference_end) = (query.asset.duration, reference.duration);
        for one in judged(&query, &all, &numbered(&[reference])) {
            prop_assert!((0.0..=1.0).contains(&one.found.score), "{:?}", one);
            for segment in &one.found.segments {
                for (span, end) in [(segment.query, end), (segment.reference, reference_end)] {
                    prop_assert!(MediaTime::ZERO <= span.start && span.start <= span.end);
                    prop_assert!(Some(span.end) <= end, "{:?}", segment);
                }
                prop_assert!(segment.frames <= segment.frames_looked_at);
            }
        }
    }
}
