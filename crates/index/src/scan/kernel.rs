//! The loops of a scan, once for each kind of processor, picked when the program runs.

#![expect(
    unsafe_code,
    reason = "vector instructions are picked at run time, and load from arrays by address"
)]

use super::descriptors::{WIDE, Words};
use super::{LANES, Planes, SIEVED};

/// A way of counting the bits that differ. All find the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// On aarch64 the compiler makes NEON's own count of it.
    Portable,
}

impl std::fmt::Display for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "AVX2",
            Set::Portable => "portable",
        })
    }
}

impl Kernel {
    /// The fastest that this processor has.
    #[must_use]
    pub fn best() -> Self {
        Self::all()[0]
    }

    /// All that this processor has, the fastest first; the portable one is always the last.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vpopcntdq") {
                all.push(Self(Set::Avx512));
            }
            if is_x86_feature_detected!("avx2") {
                all.push(Self(Set::Avx2));
            }
        }
        all.push(Self(Set::Portable));
        all
    }

    /// Appends lane and sieved distance of each of the first `filled` lanes that is within `radius` so far.
    pub(super) fn sieve(
        self,
        planes: &Planes,
        filled: usize,
        query: &[u32; SIEVED],
        radius: u32,
        passed: &mut Vec<(u16, u32)>,
    ) {
        match self.0 {
            // SAFETY: `all` makes this variant only where the processor has both features.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { x86::avx512(planes, filled, query, radius, passed) },
            // SAFETY: `all` makes this variant only where the processor has AVX2.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { x86::avx2(planes, filled, query, radius, passed) },
            Set::Portable => {
                let filled = filled.min(LANES);
                portable(planes, 0..filled, query, radius, passed);
            }
        }
    }

    /// Appends the place of each descriptor of `blocks` that is within `radius`, counted over all blocks, and its distance.
    pub(super) fn near(
        self,
        blocks: &[Words],
        point: &[u64; 4],
        radius: u16,
        near: &mut Vec<(u32, u16)>,
    ) {
        match self.0 {
            // SAFETY: `all` makes this variant only where the processor has both features.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { x86::near_avx512(blocks, point, radius, near) },
            // SAFETY: `all` makes this variant only where the processor has AVX2.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { x86::near_avx2(blocks, point, radius, near) },
            Set::Portable => near_portable(blocks, point, radius, near),
        }
    }
}

/// The plain version, which the others are tested against.
#[inline(always)]
fn portable(
    planes: &Planes,
    lanes: std::ops::Range<usize>,
    query: &[u32; SIEVED],
    radius: u32,
    passed: &mut Vec<(u16, u32)>,
) {
    for lane in lanes {
        let low = u64::from(planes[0][lane]) << 32 | u64::from(planes[1][lane]);
        let asked = u64::from(query[0]) << 32 | u64::from(query[1]);
        let distance = (low ^ asked).count_ones() + (planes[2][lane] ^ query[2]).count_ones();
        if distance <= radius {
            passed.push((lane as u16, distance));
        }
    }
}

/// The plain version of the scan of descriptors, which the others are tested against.
fn near_portable(blocks: &[Words], point: &[u64; 4], radius: u16, near: &mut Vec<(u32, u16)>) {
    for (first, Words(words)) in (0..).step_by(WIDE).zip(blocks) {
        let mut distances = [0; WIDE];
        for (row, asked) in words.iter().zip(point) {
            for (distance, word) in distances.iter_mut().zip(row) {
                *distance += (word ^ asked).count_ones() as u16;
            }
        }
        let lanes = (first..).zip(distances);
        near.extend(lanes.filter(|(_, distance)| *distance <= radius));
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{LANES, Planes, SIEVED, WIDE, Words, portable};

    /// 16 codes at a time, with the processor's own count of bits.
    #[target_feature(enable = "avx512f,avx512vpopcntdq,popcnt")]
    pub(super) fn avx512(
        planes: &Planes,
        filled: usize,
        query: &[u32; SIEVED],
        radius: u32,
        passed: &mut Vec<(u16, u32)>,
    ) {
        const STEP: usize = 16;
        let filled = filled.min(LANES);
        let asked = query.map(|word| _mm512_set1_epi32(word.cast_signed()));
        let bound = _mm512_set1_epi32(radius.cast_signed());
        let whole = filled - filled % STEP;
        for lane in (0..whole).step_by(STEP) {
            let bits = |plane: usize| {
                // SAFETY: lane + STEP <= whole <= LANES, the length of the plane.
                let words = unsafe { _mm512_loadu_si512(planes[plane].as_ptr().add(lane).cast()) };
                _mm512_popcnt_epi32(_mm512_xor_si512(words, asked[plane]))
            };
            let distance = _mm512_add_epi32(_mm512_add_epi32(bits(0), bits(1)), bits(2));
            let mask = _mm512_cmple_epu32_mask(distance, bound);
            if mask != 0 {
                push(planes, lane, u32::from(mask), query, passed);
            }
        }
        portable(planes, whole..filled, query, radius, passed);
    }

    /// 8 codes at a time, with bits counted by table, four at a time.
    ///
    /// Source: W. Muła, N. Kurz, D. Lemire, "Faster Population Counts Using AVX2 Instructions", 2018.
    #[target_feature(enable = "avx2,popcnt")]
    pub(super) fn avx2(
        planes: &Planes,
        filled: usize,
        query: &[u32; SIEVED],
        radius: u32,
        passed: &mut Vec<(u16, u32)>,
    ) {
        const STEP: usize = 8;
        let filled = filled.min(LANES);
        let asked = query.map(|word| _mm256_set1_epi32(word.cast_signed()));
        let bound = _mm256_set1_epi32(radius.cast_signed());
        let table = _mm256_setr_epi8(
            0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2,
            3, 3, 4,
        );
        let low = _mm256_set1_epi8(0x0f);
        let whole = filled - filled % STEP;
        for lane in (0..whole).step_by(STEP) {
            let bits = |plane: usize| {
                // SAFETY: lane + STEP <= whole <= LANES, the length of the plane.
                let words = unsafe { _mm256_loadu_si256(planes[plane].as_ptr().add(lane).cast()) };
                let differ = _mm256_xor_si256(words, asked[plane]);
                let nibbles = _mm256_and_si256(_mm256_srli_epi16::<4>(differ), low);
                _mm256_add_epi8(
                    _mm256_shuffle_epi8(table, _mm256_and_si256(differ, low)),
                    _mm256_shuffle_epi8(table, nibbles),
                )
            };
            let bytes = _mm256_add_epi8(_mm256_add_epi8(bits(0), bits(1)), bits(2));
            let pairs = _mm256_maddubs_epi16(bytes, _mm256_set1_epi8(1));
            let distance = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
            let over = _mm256_castsi256_ps(_mm256_cmpgt_epi32(distance, bound));
            let mask = !_mm256_movemask_ps(over).cast_unsigned() & 0xff;
            if mask != 0 {
                push(planes, lane, mask, query, passed);
            }
        }
        portable(planes, whole..filled, query, radius, passed);
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

    /// Half a block at a time, with bits counted by table; source as for [`avx2`].
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
            0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2,
            3, 3, 4,
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

    /// Appends the lanes from `first` on whose bit is set.
    #[cold]
    fn push(
        planes: &Planes,
        first: usize,
        mut mask: u32,
        query: &[u32; SIEVED],
        passed: &mut Vec<(u16, u32)>,
    ) {
        while mask != 0 {
            let lane = first + mask.trailing_zeros() as usize;
            portable(planes, lane..lane + 1, query, u32::MAX, passed);
            mask &= mask - 1;
        }
    }
}
