use proptest::prelude::*;

use super::*;

fn brute_force(codes: &[Pdq], queries: &[Pdq], radius: u16) -> Vec<Near> {
    let mut found = Vec::new();
    for (query, a) in (0..).zip(queries) {
        for (code, b) in (0..).zip(codes) {
            let distance = a.distance(*b);
            if distance <= radius {
                found.push(Near { query, distance, code });
            }
        }
    }
    found.sort_unstable();
    found
}

fn check(codes: &[Pdq], queries: &[Pdq], radii: impl IntoIterator<Item = u16>) {
    let laid_out: Codes = codes.iter().copied().collect();
    for radius in radii {
        let expected = brute_force(codes, queries, radius);
        for kernel in Kernel::all() {
            let mut found = laid_out.view().within_by(kernel, queries, radius);
            found.sort_unstable();
            // Not printed: there may be fifty thousand.
            assert!(found == expected, "{kernel} at radius {radius} over {} codes", codes.len());
        }
    }
}

/// Flips the first `count` bits, in an order that goes round the words.
fn flipped(Pdq(mut words): Pdq, count: u32) -> Pdq {
    (0..count).for_each(|i| words[i as usize % 4] ^= 1 << (i / 4));
    Pdq(words)
}

fn code() -> impl Strategy<Value = Pdq> {
    let any = any::<[u64; 4]>().prop_map(Pdq);
    prop_oneof![4 => any, 1 => Just(Pdq([0; 4])), 1 => Just(Pdq([u64::MAX; 4]))]
}

/// Codes near those of `base`, of each so many in a row.
fn near_ones(base: &[Pdq], flips: &[(usize, u32, usize)]) -> Vec<Pdq> {
    let known = |(i, bits, copies): &(usize, u32, usize)| {
        base.get(*i).map(|code| std::iter::repeat_n(flipped(*code, *bits), *copies))
    };
    base.iter().copied().chain(flips.iter().filter_map(known).flatten()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_kernel_finds_what_brute_force_finds(
        base in prop::collection::vec(code(), 0..60),
        flips in prop::collection::vec((0_usize..60, 0_u32..70, 1_usize..4), 0..120),
        radius in prop_oneof![9 => 0_u16..=64, 1 => Just(256_u16), 1 => 90_u16..=140],
    ) {
        check(&near_ones(&base, &flips), &base[..base.len().min(5)], [radius]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn every_kernel_finds_what_brute_force_finds_among_up_to_fifty_thousand(
        base in prop::collection::vec(code(), 1..60),
        flips in prop::collection::vec((0_usize..60, 0_u32..70, 1_usize..400), 0..250),
        radius in 0_u16..=64,
    ) {
        let mut codes = near_ones(&base, &flips);
        codes.truncate(50_000);
        check(&codes, &base[..base.len().min(3)], [radius]);
    }
}

#[test]
fn every_radius_is_inclusive_and_exact() {
    let query = Pdq([0x0123_4567_89ab_cdef, 0, u64::MAX, 0xff00_ff00_ff00_ff00]);
    let codes: Vec<_> = (0..=256).map(|bits| flipped(query, bits)).collect();
    let laid_out: Codes = codes.iter().copied().collect();
    for radius in (0..=64).chain([95, 96, 97, 255, 256, 257, u16::MAX]) {
        check(&codes, &[query], [radius]);
        let count = laid_out.view().within(&[query], radius).len();
        assert_eq!(count, usize::from(radius.min(256)) + 1);
    }
}

#[test]
fn thirty_one_bits_are_near_and_thirty_two_are_not() {
    let codes: Codes = [31, 32].map(|bits| flipped(Pdq([0; 4]), bits)).into_iter().collect();
    let found = codes.view().within(&[Pdq([0; 4])], 31);
    assert_eq!(found, [Near { query: 0, distance: 31, code: 0 }]);
}

#[test]
fn sizes_around_a_group_what_is_gathered_and_a_block_lose_nothing() {
    let gathered = GATHERED * GROUP;
    let around = |size: usize| [size - 1, size, size + 1];
    let sizes = [GROUP, 2 * GROUP, gathered, BLOCK, 2 * BLOCK].into_iter().flat_map(around);
    for size in [0, 1].into_iter().chain(sizes) {
        // Equal codes: what fills a group up and counted, or an end that did not, would show.
        for code in [Pdq([0; 4]), Pdq([u64::MAX; 4]), Pdq([7; 4])] {
            check(&vec![code; size], &[Pdq([0; 4]), code], [0, 31]);
        }
    }
}

#[test]
fn fifty_thousand_copies_are_all_found_and_none_elsewhere() {
    let codes = vec![Pdq([0; 4]); 50_000];
    check(&codes, &[Pdq([0; 4]), Pdq([u64::MAX; 4]), flipped(Pdq([0; 4]), 31)], [0, 31, 64]);
}

#[test]
fn codes_lie_in_planes_of_their_first_bytes() {
    let (a, b) = (Pdq([0x0102_0304_0506_0708, 0x090a_0b0c_0d0e_0f10, 0, 0x20]), Pdq([1 << 56; 4]));
    let mut bytes = vec![0xee];
    lay_block(&[a, b], &mut bytes);
    assert_eq!(bytes[0], 0xee, "what was there stays");
    let bytes = &bytes[1..];
    assert_eq!(bytes.len(), CodesView::bytes_for(2));
    assert_eq!(bytes[..3], [1, 1, 0]);
    assert_eq!(bytes[64..67], [2, 0, 0]);
    assert_eq!(bytes[11 * 64..11 * 64 + 2], [12, 0]);
    assert_eq!(bytes[12 * 64..12 * 64 + 5], [13, 14, 15, 16, 0]);
    assert_eq!(bytes[12 * 64 + 19], 0x20);
    let view = CodesView::new(bytes, 2).unwrap();
    assert_eq!([view.get(0), view.get(1)], [a, b]);
}

#[test]
fn a_view_takes_no_bytes_but_those_of_its_codes() {
    let codes: Vec<_> = (0..=BLOCK as u64 + 70).map(|n| Pdq([n, !n, n << 50, n * n])).collect();
    let laid_out: Codes = codes.iter().copied().collect();
    let view = CodesView::new(&laid_out.bytes, codes.len()).unwrap();
    assert!(codes.iter().enumerate().all(|(i, code)| view.get(i) == *code));
    // The first block is the same, however many follow.
    let mut block = Vec::new();
    lay_block(&codes[..BLOCK], &mut block);
    assert_eq!(laid_out.bytes[..block.len()], block);
    for len in [0, BLOCK, BLOCK + 64, BLOCK + 129, usize::MAX] {
        assert!(CodesView::new(&laid_out.bytes, len).is_none(), "{len}");
    }
    assert!(CodesView::new(&laid_out.bytes[1..], codes.len()).is_none());
    assert!(CodesView::new(&[], 0).is_some_and(|view| view.is_empty()));
}

/// Bytes of a segment may begin anywhere in memory.
#[test]
fn bytes_need_not_be_aligned() {
    let codes: Vec<_> = (0..300).map(|bits| flipped(Pdq([0; 4]), bits % 200)).collect();
    let laid_out: Codes = codes.iter().copied().collect();
    let expected = brute_force(&codes, &[Pdq([0; 4])], 31);
    for shift in [1, 7, 33] {
        let mut bytes = vec![0; shift];
        bytes.extend(&laid_out.bytes);
        let view = CodesView::new(&bytes[shift..], codes.len()).unwrap();
        for kernel in Kernel::all() {
            let mut found = view.within_by(kernel, &[Pdq([0; 4])], 31);
            found.sort_unstable();
            assert_eq!(found, expected, "{kernel}, shifted by {shift}");
        }
    }
}
