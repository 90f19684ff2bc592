//! The loops of a scan with NEON.

#![expect(unsafe_code, reason = "vectors are loaded from arrays by address")]

use std::arch::aarch64::*;
use std::arch::is_aarch64_feature_detected;

use super::{GROUP, Group, SIEVED, WIDE, Words};

pub(super) fn is_there() -> bool {
    is_aarch64_feature_detected!("neon")
}

/// A quarter of a group at a time, with the processor's own count of bits.
#[target_feature(enable = "neon")]
pub(super) fn sieve(
    groups: &[Group],
    query: &[u8; SIEVED],
    bound: u8,
    passed: &mut Vec<(u16, u8)>,
) {
    const QUARTER: usize = GROUP / 4;
    let asked = query.map(|byte| vdupq_n_u8(byte));
    let limit = vdupq_n_u8(bound);
    for (first, Group(planes)) in (0..).step_by(GROUP).zip(groups) {
        let mut distances = [vdupq_n_u8(0); 4];
        for (plane, asked) in planes.iter().zip(asked) {
            for (quarter, distance) in plane.chunks_exact(QUARTER).zip(&mut distances) {
                // SAFETY: a quarter has QUARTER bytes, which is what is loaded.
                let bytes = unsafe { vld1q_u8(quarter.as_ptr()) };
                *distance = vaddq_u8(*distance, vcntq_u8(veorq_u8(bytes, asked)));
            }
        }
        let [a, b, c, d] = distances;
        let least = vminq_u8(vminq_u8(a, b), vminq_u8(c, d));
        if vmaxvq_u8(vcleq_u8(least, limit)) != 0 {
            let mut stored = [0; GROUP];
            for (quarter, distance) in stored.chunks_exact_mut(QUARTER).zip(distances) {
                // SAFETY: a quarter has QUARTER bytes, which is what is stored.
                unsafe { vst1q_u8(quarter.as_mut_ptr(), distance) };
            }
            passed.extend((first..).zip(stored).filter(|(_, distance)| *distance <= bound));
        }
    }
}

/// A block at a time; each pair of words adds its bits up in two lanes.
#[target_feature(enable = "neon")]
pub(super) fn near(blocks: &[Words], point: &[u64; 4], radius: u16, near: &mut Vec<(u32, u16)>) {
    const PAIR: usize = 2;
    let asked = point.map(|word| vreinterpretq_u8_u64(vdupq_n_u64(word)));
    for (first, Words(words)) in (0..).step_by(WIDE).zip(blocks) {
        let mut distances = [0_u64; WIDE];
        for (pair, distance) in distances.chunks_exact_mut(PAIR).enumerate() {
            let mut bits = vdupq_n_u8(0);
            for (row, asked) in words.iter().zip(asked) {
                let words = &row[pair * PAIR..][..PAIR];
                // SAFETY: the slice has PAIR words of 64 bits, which is what is loaded.
                let words = vreinterpretq_u8_u64(unsafe { vld1q_u64(words.as_ptr()) });
                // At most 8 a byte and row: they add up without running over.
                bits = vaddq_u8(bits, vcntq_u8(veorq_u8(words, asked)));
            }
            let sums = vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(bits)));
            // SAFETY: the chunk has PAIR words of 64 bits, which is what is stored.
            unsafe { vst1q_u64(distance.as_mut_ptr(), sums) };
        }
        let lanes = (first..).zip(distances.map(|distance| distance as u16));
        near.extend(lanes.filter(|(_, distance)| *distance <= radius));
    }
}
