//! Finds every code within a radius by looking at all of them.
//!
//! The first 96 bits of the codes lie in planes of 32-bit words, apart from the rest. The distance on some bits is a
//! lower bound of the distance on all, so a code whose first 96 bits differ in more places than the radius is out;
//! at radius 31 that is all but one in 2,600 of unrelated codes, and only 12 of 32 bytes are read.

mod descriptors;
mod kernel;

use firstseen_fingerprint::Pdq;

pub use descriptors::{Descriptors, NearPoint, Sought};
pub use kernel::Kernel;

/// Codes of a block. Its planes are 24 KiB, so that they stay in the first cache while all queries pass over them.
pub(crate) const LANES: usize = 2048;

/// Words of a code that are sieved.
const SIEVED: usize = 3;
/// Words of a code that are read only where the sieve lets it through.
const REST: usize = 5;

/// The sieved words of a block's codes, one plane after the other.
pub(crate) type Planes = [[u32; LANES]; SIEVED];

/// What a block holds: [`LANES`] codes, the last ones zero where it is not full.
struct Block {
    planes: Planes,
    rest: [[u32; REST]; LANES],
}

/// Codes in the order in which they were pushed, laid out for scanning: 32 bytes each.
#[derive(Default)]
pub struct Codes {
    blocks: Vec<Box<Block>>,
    len: usize,
}

/// A code within the radius of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// Number of the query, from 0.
    pub query: u32,
    /// Bits that differ.
    pub distance: u16,
    /// Number of the code, from 0.
    pub code: u32,
}

impl Codes {
    /// Finds for each query every code at most `radius` bits away, the bound included.
    ///
    /// Cost is that of memory for few queries and of arithmetic for many: pass them together. What is found comes
    /// block by block, and is not sorted.
    #[must_use]
    pub fn within(&self, queries: &[Pdq], radius: u16) -> Vec<Near> {
        self.within_by(Kernel::best(), queries, radius)
    }

    /// The same, by a kernel of the caller's choice.
    #[must_use]
    pub fn within_by(&self, kernel: Kernel, queries: &[Pdq], radius: u16) -> Vec<Near> {
        let queries: Vec<_> = queries.iter().map(|query| split(*query)).collect();
        let mut found = Vec::new();
        let mut passed = Vec::new();
        for (number, block) in self.blocks.iter().enumerate() {
            let first = number * LANES;
            let filled = LANES.min(self.len - first);
            for (query, (sieved, rest)) in queries.iter().enumerate() {
                passed.clear();
                kernel.sieve(&block.planes, filled, sieved, u32::from(radius), &mut passed);
                for &(lane, distance) in &passed {
                    let lane = usize::from(lane);
                    let others = block.rest[lane].iter().zip(rest);
                    let distance =
                        distance + others.map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
                    if distance <= u32::from(radius) {
                        let (query, code) = (query as u32, (first + lane) as u32);
                        found.push(Near { query, distance: distance as u16, code });
                    }
                }
            }
        }
        found
    }

    /// Adds a code behind the last.
    pub fn push(&mut self, code: Pdq) {
        let lane = self.len % LANES;
        if lane == 0 {
            self.blocks
                .push(Box::new(Block { planes: [[0; LANES]; SIEVED], rest: [[0; REST]; LANES] }));
        }
        let (sieved, rest) = split(code);
        if let Some(block) = self.blocks.last_mut() {
            for (plane, word) in block.planes.iter_mut().zip(sieved) {
                plane[lane] = word;
            }
            block.rest[lane] = rest;
        }
        self.len += 1;
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl FromIterator<Pdq> for Codes {
    fn from_iter<I: IntoIterator<Item = Pdq>>(codes: I) -> Self {
        let mut all = Self::default();
        codes.into_iter().for_each(|code| all.push(code));
        all
    }
}

fn split(Pdq(words): Pdq) -> ([u32; SIEVED], [u32; REST]) {
    let half = |i: usize| (words[i / 2] >> (32 * (1 - i % 2))) as u32;
    (std::array::from_fn(half), std::array::from_fn(|i| half(i + SIEVED)))
}

#[cfg(test)]
mod tests {
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

    fn check(codes: &[Pdq], queries: &[Pdq], radius: u16) {
        let expected = brute_force(codes, queries, radius);
        let scanned: Codes = codes.iter().copied().collect();
        for kernel in Kernel::all() {
            let mut found = scanned.within_by(kernel, queries, radius);
            found.sort_unstable();
            assert_eq!(found, expected, "{kernel:?} at radius {radius} over {} codes", codes.len());
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_kernel_finds_what_brute_force_finds(
            base in prop::collection::vec(code(), 0..60),
            flips in prop::collection::vec((0_usize..60, 0_u32..70), 0..120),
            radius in prop_oneof![9 => 0_u16..=64, 1 => Just(256_u16), 1 => 90_u16..=140],
        ) {
            let mut codes = base.clone();
            for (i, bits) in flips {
                if let Some(code) = base.get(i) {
                    codes.push(flipped(*code, bits));
                }
            }
            check(&codes, &base[..base.len().min(5)], radius);
        }
    }

    #[test]
    fn every_radius_is_inclusive_and_exact() {
        let query = Pdq([0x0123_4567_89ab_cdef, 0, u64::MAX, 0xff00_ff00_ff00_ff00]);
        let codes: Vec<_> = (0..=256).map(|bits| flipped(query, bits)).collect();
        for radius in (0..=64).chain([255, 256]) {
            check(&codes, &[query], radius);
            let scanned: Codes = codes.iter().copied().collect();
            assert_eq!(scanned.within(&[query], radius).len(), usize::from(radius) + 1);
        }
    }

    #[test]
    fn thirty_one_bits_are_near_and_thirty_two_are_not() {
        let codes: Codes = [31, 32].map(|bits| flipped(Pdq([0; 4]), bits)).into_iter().collect();
        let found = codes.within(&[Pdq([0; 4])], 31);
        assert_eq!(found, [Near { query: 0, distance: 31, code: 0 }]);
    }

    #[test]
    fn sizes_around_a_vector_and_a_block_lose_nothing() {
        for size in [0, 1, 2, 7, 8, 9, 15, 16, 17, 33, LANES - 1, LANES, LANES + 1, 2 * LANES + 5] {
            // Equal codes: padding that counted, or a tail that did not, would show.
            for code in [Pdq([0; 4]), Pdq([u64::MAX; 4]), Pdq([7; 4])] {
                check(&vec![code; size], &[Pdq([0; 4]), code], 31);
            }
        }
    }
}
