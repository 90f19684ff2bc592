//! Where the ends of a stretch are put.

use firstseen_model::Dihedral;
use proptest::prelude::*;

use super::*;
use crate::made::{noise, seconds, view};

fn codes(seed: u64, count: usize) -> Vec<u64> {
    let mut next = noise(seed);
    (0..count).map(|_| next()).collect()
}

fn track(codes: &[u64]) -> TimeTrack {
    TimeTrack { codes: codes.to_vec(), variants: Vec::new() }
}

fn span(start: f64, end: f64) -> Span {
    Span { start: seconds(start), end: seconds(end) }
}

fn aligned(query: &[u64], reference: &[u64], seed: Span, offset: f64) -> Option<Aligned> {
    align(&codes_under(&track(query), View::default()), &track(reference), seed, seconds(offset))
}

#[test]
fn an_excerpt_is_placed_to_the_step() {
    let reference = codes(1, 400);
    let query = [codes(2, 8), reference[100..140].to_vec(), codes(3, 8)].concat();
    // The votes are a second off.
    let found = aligned(&query, &reference, span(4.0, 8.0), 24.0).unwrap();
    assert_eq!(found.reference.start - found.query.start, seconds(23.0));
    assert!((found.query.start.seconds() - 2.0).abs() <= 0.25, "{found:?}");
    assert!((found.query.end.seconds() - 11.75).abs() <= 0.25, "{found:?}");
    assert!(found.sharpness_bits.is_some_and(|bits| bits > 20.0), "{found:?}");
}

#[test]
fn tracks_that_disagree_give_nothing() {
    assert_eq!(aligned(&codes(1, 40), &codes(2, 40), span(0.0, 2.0), 0.0), None);
}

#[test]
fn a_query_that_begins_before_its_reference_starts_where_that_does() {
    let reference = codes(1, 40);
    let query = [codes(2, 20), reference.clone()].concat();
    let found = aligned(&query, &reference, span(5.5, 9.0), -5.0).unwrap();
    assert_eq!((found.query, found.reference), (span(5.0, 14.75), span(0.0, 9.75)));
}

#[test]
fn a_query_that_goes_on_after_its_reference_ends_where_that_does() {
    let reference = codes(1, 40);
    let query = [reference[20..].to_vec(), codes(2, 20)].concat();
    let found = aligned(&query, &reference, span(0.5, 3.0), 5.0).unwrap();
    assert_eq!((found.query, found.reference), (span(0.0, 4.75), span(5.0, 9.75)));
}

#[test]
fn a_flash_does_not_end_a_stretch() {
    let reference = codes(1, 80);
    let mut query = reference.clone();
    query[40] ^= 0xffff_ffff;
    let found = aligned(&query, &reference, span(2.0, 6.0), 0.0).unwrap();
    assert_eq!(found.query, span(0.0, 19.75));
}

#[test]
fn ends_of_two_tracks_that_fit_by_chance_do_not_outweigh_the_stretch() {
    // The last code of the query is the first of the reference, exactly; the stretch itself is a copy, less exact.
    let mut reference = codes(1, 7);
    let mut query: Vec<u64> = reference[2..].iter().map(|code| code ^ 0b111).collect();
    query[4] = reference[0];
    reference[6] = query[4] ^ 1;
    let found = aligned(&query, &reference, span(0.25, 1.0), 0.5).unwrap();
    assert_eq!((found.query, found.reference), (span(0.0, 1.0), span(0.5, 1.5)));
}

#[test]
fn negative_and_turned_queries_are_laid_as_the_view_says() {
    let reference = codes(1, 40);
    let mirrored = TimeTrack {
        codes: codes(2, 40),
        variants: reference
            .iter()
            .map(|code| {
                let mut variants = [0; 7];
                variants[3] = !code;
                variants
            })
            .collect(),
    };
    let view = View { negative: true, ..view(4) };
    assert!(view.dihedral.mirrored);
    let found = |view| {
        align(&codes_under(&mirrored, view), &track(&reference), span(2.0, 6.0), seconds(0.0))
    };
    assert_eq!(found(view).map(|found| found.query), Some(span(0.0, 9.75)));
    assert_eq!(found(View { negative: false, ..view }), None);
    assert_eq!(found(View { dihedral: Dihedral::UPRIGHT, ..view }), None);
}

#[test]
fn a_turned_query_without_turned_codes_gives_nothing() {
    let reference = track(&codes(1, 40));
    assert_eq!(
        align(&codes_under(&reference, view(4)), &reference, span(2.0, 6.0), seconds(0.0)),
        None
    );
}

#[test]
fn empty_tracks_give_nothing_and_one_code_is_a_stretch_without_length() {
    let one = codes(1, 1);
    assert_eq!(aligned(&[], &one, span(0.0, 0.0), 0.0), None);
    assert_eq!(aligned(&one, &[], span(0.0, 0.0), 0.0), None);
    let found = aligned(&one, &one, span(0.0, 0.0), 0.0).unwrap();
    assert_eq!((found.query, found.sharpness_bits), (span(0.0, 0.0), None));
}

#[test]
fn what_went_by_before_does_not_make_the_still_end_of_a_track_sharp() {
    // Something moves until the last second of the reference; the query shows the empty scene, at another time.
    let still = vec![0x1234_5678_9abc_def0; 5];
    let reference = [codes(1, 40), still.clone()].concat();
    let found = aligned(&still, &reference, span(0.0, 1.0), 10.0).unwrap();
    assert_eq!((found.query, found.sharpness_bits), (span(0.0, 1.0), None));
}

/// Codes that change by few bits a step, as those of one shot do.
fn walk(from: u64, bits: impl Iterator<Item = u32>) -> Vec<u64> {
    bits.scan(from, |code, bit| {
        *code ^= 0b111 << bit;
        Some(*code)
    })
    .collect()
}

#[test]
fn sides_that_go_on_without_a_cut_and_part_are_told() {
    let common = walk(0, (0..20).map(|step| step * 3));
    let on = |bits: std::ops::Range<u32>| walk(common[19], bits.step_by(3));
    let parted = |query: &[u64], reference: &[u64]| {
        let all = |on: &[u64]| [common.as_slice(), on].concat();
        aligned(&all(query), &all(reference), span(0.0, 4.0), 0.0).unwrap().parted_ends
    };
    assert_eq!(parted(&on(0..30), &on(30..60)), 1);
    assert_eq!(parted(&on(0..30), &on(0..30)), 0);
    // A cut, or the end of the file, is where an excerpt ends.
    assert_eq!(parted(&codes(1, 10), &on(30..60)), 0);
    assert_eq!(parted(&[], &on(30..60)), 0);
}

proptest! {
    #[test]
    fn ends_lie_within_both_tracks_in_order(
        seed in 0..8_u64,
        lengths in (0..40_usize, 0..40_usize),
        start in any::<i64>(), end in any::<i64>(), offset in any::<i64>(),
        near in (0..40_i64, 0..40_i64, -40..40_i64),
    ) {
        let all = codes(seed, 40);
        let (query, reference) = (track(&all[..lengths.0]), track(&all[40 - lengths.1..]));
        let near = [near.0, near.1, near.2].map(|step| step * TRACK_STEP.0);
        for [start, end, offset] in [[start, end, offset], near] {
            let seed = Span { start: MediaTime(start), end: MediaTime(end) };
            let Some(found) = align(&codes_under(&query, View::default()), &reference, seed, MediaTime(offset)) else { continue };
            for (span, codes) in [(found.query, lengths.0), (found.reference, lengths.1)] {
                prop_assert!(MediaTime::ZERO <= span.start && span.start <= span.end);
                prop_assert!(span.end.0 < codes as i64 * TRACK_STEP.0);
            }
            prop_assert_eq!(found.query.length(), found.reference.length());
        }
    }
}
