//! The loops of a scan with AVX-512 and AVX2.

#![expect(unsafe_code, reason = "vectors are loaded from arrays by address")]

use std::arch::x86_64::*;

use super::{GROUP, Group, SIEVED, WIDE, Words};

pub(super) fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512bitalg")
        && is_x86_feature_detected!("avx512vpopcntdq")
}

pub(super) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
}

/// A group at a time, with the processor's own count of bits.
#[target_feature(enable = "avx512f,avx512bw,avx512bitalg")]
pub(super) fn sieve_avx512(
    groups: &[Group],
    query: &[u8; SIEVED],
    bound: u8,
    passed: &mut Vec<(u16, u8)>,
) {
    let asked = query.map(|byte| _mm512_set1_epi8(byte.cast_signed()));
    let bound = _mm512_set1_epi8(bound.cast_signed());
    for (number, Group(planes)) in groups.iter().enumerate() {
        let bits = |plane: usize| {
            // SAFETY: a plane has GROUP bytes, which is what is loaded.
            let bytes = unsafe { _mm512_loadu_si512(planes[plane].as_ptr().cast()) };
            _mm512_popcnt_epi8(_mm512_xor_si512(bytes, asked[plane]))
        };
        // Three sums side by side, so that none waits for the other.
        let sum = |first: usize| {
            let halves = [
                _mm512_add_epi8(bits(first), bits(first + 1)),
                _mm512_add_epi8(bits(first + 2), bits(first + 3)),
            ];
            _mm512_add_epi8(halves[0], halves[1])
        };
        let distances = _mm512_add_epi8(_mm512_add_epi8(sum(0), sum(4)), sum(8));
        let mask = _mm512_cmple_epu8_mask(distances, bound);
        if mask != 0 {
            let mut stored = [0; GROUP];
            // SAFETY: the array has GROUP bytes, which is what is stored.
            unsafe { _mm512_storeu_si512(stored.as_mut_ptr().cast(), distances) };
            pass(number, mask, &stored, passed);
        }
    }
}

/// Half a group at a time, with bits counted by table, four at a time.
///
/// Source: W. Muła, N. Kurz, D. Lemire, "Faster Population Counts Using AVX2 Instructions", 2018.
#[target_feature(enable = "avx2")]
pub(super) fn sieve_avx2(
    groups: &[Group],
    query: &[u8; SIEVED],
    bound: u8,
    passed: &mut Vec<(u16, u8)>,
) {
    const HALF: usize = GROUP / 2;
    let asked = query.map(|byte| _mm256_set1_epi8(byte.cast_signed()));
    let bound = _mm256_set1_epi8(bound.cast_signed());
    let table = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3,
        3, 4,
    );
    let low = _mm256_set1_epi8(0x0f);
    for (number, Group(planes)) in groups.iter().enumerate() {
        let mut distances = [_mm256_setzero_si256(); 2];
        for (plane, asked) in planes.iter().zip(asked) {
            for (half, distance) in plane.chunks_exact(HALF).zip(&mut distances) {
                // SAFETY: a half has HALF bytes, which is what is loaded.
                let bytes = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
                let differ = _mm256_xor_si256(bytes, asked);
                let nibbles = _mm256_and_si256(_mm256_srli_epi16::<4>(differ), low);
                let bits = _mm256_add_epi8(
                    _mm256_shuffle_epi8(table, _mm256_and_si256(differ, low)),
                    _mm256_shuffle_epi8(table, nibbles),
                );
                *distance = _mm256_add_epi8(*distance, bits);
            }
        }
        let masks = distances.map(|distance| {
            let within = _mm256_cmpeq_epi8(_mm256_min_epu8(distance, bound), distance);
            u64::from(_mm256_movemask_epi8(within).cast_unsigned())
        });
        let mask = masks[0] | masks[1] << HALF;
        if mask != 0 {
            let mut stored = [0; GROUP];
            for (half, distance) in stored.chunks_exact_mut(HALF).zip(distances) {
                // SAFETY: a half has HALF bytes, which is what is stored.
                unsafe { _mm256_storeu_si256(half.as_mut_ptr().cast(), distance) };
            }
            pass(number, mask, &stored, passed);
        }
    }
}

/// Appends the codes of a group whose bit is set.
#[cold]
fn pass(group: usize, mut mask: u64, distances: &[u8; GROUP], passed: &mut Vec<(u16, u8)>) {
    while mask != 0 {
        let lane = mask.trailing_zeros() as usize;
        passed.push(((group * GROUP + lane) as u16, distances[lane]));
        mask &= mask - 1;
    }
}

/// A block at a time, with the processor's own count of bits.
#[target_feature(enable = "avx512f,avx512vpopcntdq,popcnt")]
pub(super) fn near_avx512(
    blocks: &[Words],
    point: &[u64; 4],
    radius: u16,
    near: &mut Vec<(u32, u16)>,
) {
    let asked = point.map(|word| _mm512_set1_epi64(word.cast_signed()));
    let bound = _mm512_set1_epi64(radius.into());
    for (block, Words(words)) in blocks.iter().enumerate() {
        let bits = |word: usize| {
            // SAFETY: a row has WIDE words of 64 bits, which is what is loaded.
            let row = unsafe { _mm512_loadu_si512(words[word].as_ptr().cast()) };
            _mm512_popcnt_epi64(_mm512_xor_si512(row, asked[word]))
        };
        let halves = [_mm512_add_epi64(bits(0), bits(1)), _mm512_add_epi64(bits(2), bits(3))];
        let distance = _mm512_add_epi64(halves[0], halves[1]);
        let mask = _mm512_cmple_epu64_mask(distance, bound);
        if mask != 0 {
            let mut distances = [0_u64; WIDE];
            // SAFETY: the array has WIDE words of 64 bits, which is what is stored.
            unsafe { _mm512_storeu_si512(distances.as_mut_ptr().cast(), distance) };
            keep(block, mask, &distances, near);
        }
    }
}

/// Half a block at a time, with bits counted by table; source as for [`sieve_avx2`].
#[target_feature(enable = "avx2,popcnt")]
pub(super) fn near_avx2(
    blocks: &[Words],
    point: &[u64; 4],
    radius: u16,
    near: &mut Vec<(u32, u16)>,
) {
    const HALF: usize = WIDE / 2;
    let asked = point.map(|word| _mm256_set1_epi64x(word.cast_signed()));
    let bound = _mm256_set1_epi64x(radius.into());
    let table = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3,
        3, 4,
    );
    let low = _mm256_set1_epi8(0x0f);
    for (block, Words(words)) in blocks.iter().enumerate() {
        let distance = |half: usize| {
            let bits = |word: usize| {
                let half = &words[word][half * HALF..][..HALF];
                // SAFETY: the slice has HALF words of 64 bits, which is what is loaded.
                let row = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
                let differ = _mm256_xor_si256(row, asked[word]);
                let nibbles = _mm256_and_si256(_mm256_srli_epi16::<4>(differ), low);
                _mm256_add_epi8(
                    _mm256_shuffle_epi8(table, _mm256_and_si256(differ, low)),
                    _mm256_shuffle_epi8(table, nibbles),
                )
            };
            let halves = [_mm256_add_epi8(bits(0), bits(1)), _mm256_add_epi8(bits(2), bits(3))];
            // At most 32 a byte: they add up without running over.
            _mm256_sad_epu8(_mm256_add_epi8(halves[0], halves[1]), _mm256_setzero_si256())
        };
        let distances = [distance(0), distance(1)];
        let over = distances.map(|distance| {
            let over = _mm256_castsi256_pd(_mm256_cmpgt_epi64(distance, bound));
            _mm256_movemask_pd(over).cast_unsigned() as u8
        });
        let mask = !(over[0] | over[1] << HALF);
        if mask != 0 {
            let mut stored = [0_u64; WIDE];
            for (half, distance) in stored.chunks_exact_mut(HALF).zip(distances) {
                // SAFETY: the chunk has HALF words of 64 bits, which is what is stored.
                unsafe { _mm256_storeu_si256(half.as_mut_ptr().cast(), distance) };
            }
            keep(block, mask, &stored, near);
        }
    }
}

/// Appends the descriptors of a block whose bit is set.
#[cold]
fn keep(block: usize, mut mask: u8, distances: &[u64; WIDE], near: &mut Vec<(u32, u16)>) {
    while mask != 0 {
        let lane = mask.trailing_zeros() as usize;
        near.push(((block * WIDE + lane) as u32, distances[lane] as u16));
        mask &= mask - 1;
    }
}
