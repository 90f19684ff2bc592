//! Finds every descriptor within a radius, among some or all.
//!
//! Descriptors of unrelated features differ in 126 bits with a deviation of 21, and the radius is some 40 bits, so a part
//! of the bits rules hardly anything out: all are counted, eight descriptors at a time, word by word.

use std::ops::Range;

use firstseen_model::Descriptor;

use super::Kernel;

/// Descriptors of a block of them.
pub const WIDE: usize = 8;

/// Blocks that all points pass over before the next ones are fetched: 64 KiB, a part of the second cache.
const FETCHED: usize = 256;

/// The first words of [`WIDE`] descriptors, then their second words, and so on. Aligned, so that no load of eight words
/// takes two lines of the cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Words(pub [[u64; WIDE]; 4]);

/// Descriptors laid out for scanning, borrowed.
#[derive(Clone, Copy)]
pub struct DescriptorsView<'a> {
    blocks: &'a [Words],
    len: usize,
}

/// Descriptors in places of the caller's choice, laid out for scanning: 32 bytes each.
#[derive(Default)]
pub struct Descriptors {
    blocks: Vec<Words>,
    len: usize,
}

/// A point to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sought {
    /// What the caller calls it.
    pub point: u32,
    /// What its surroundings look like.
    pub descriptor: Descriptor,
    /// How many bits may differ.
    pub radius: u16,
}

/// A descriptor within the radius of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NearPoint {
    /// What the caller calls the point.
    pub point: u32,
    /// Bits that differ.
    pub distance: u16,
    /// The descriptor's place.
    pub place: usize,
}

impl<'a> DescriptorsView<'a> {
    /// The first `len` descriptors in `blocks`; `None` where so many take another number of blocks.
    #[must_use]
    pub fn new(blocks: &'a [Words], len: usize) -> Option<Self> {
        (blocks.len() == len.div_ceil(WIDE)).then_some(Self { blocks, len })
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

    /// The descriptor in a place.
    ///
    /// # Panics
    ///
    /// Where there is no such place.
    #[must_use]
    pub fn get(&self, place: usize) -> Descriptor {
        assert!(place < self.len, "no place {place} among {}", self.len);
        Descriptor(self.blocks[place / WIDE].0.map(|words| words[place % WIDE]))
    }

    /// Shows each descriptor in `places` that is at most a point's radius away from it, the bound included.
    ///
    /// What is shown may bring the radius of its point down for what follows: `see` returns the radius from there on.
    pub fn within(
        &self,
        kernel: Kernel,
        places: Range<usize>,
        points: &[Sought],
        mut see: impl FnMut(NearPoint) -> u16,
    ) {
        let places = places.start.min(self.len)..places.end.min(self.len);
        let mut radii: Vec<_> = points.iter().map(|sought| sought.radius).collect();
        let mut near = Vec::new();
        let blocks = places.start / WIDE..places.end.div_ceil(WIDE);
        for first in blocks.clone().step_by(FETCHED) {
            let fetched = first..blocks.end.min(first + FETCHED);
            for (sought, radius) in points.iter().zip(&mut radii) {
                near.clear();
                let Descriptor(words) = sought.descriptor;
                kernel.near(&self.blocks[fetched.clone()], &words, *radius, &mut near);
                for &(lane, distance) in &near {
                    let place = first * WIDE + lane as usize;
                    // The first and the last block may reach beyond what was asked for.
                    if distance <= *radius && places.contains(&place) {
                        *radius = see(NearPoint { point: sought.point, distance, place });
                    }
                }
            }
        }
    }
}

impl Descriptors {
    /// So many, all bits zero.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        Self { blocks: vec![Words([[0; WIDE]; 4]); len.div_ceil(WIDE)], len }
    }

    /// Puts a descriptor in a place.
    ///
    /// # Panics
    ///
    /// Where there is no such place.
    pub fn set(&mut self, place: usize, descriptor: Descriptor) {
        assert!(place < self.len, "no place {place} among {}", self.len);
        let block = &mut self.blocks[place / WIDE].0;
        for (words, word) in block.iter_mut().zip(descriptor.0) {
            words[place % WIDE] = word;
        }
    }

    /// What to search among.
    #[must_use]
    pub fn view(&self) -> DescriptorsView<'_> {
        DescriptorsView { blocks: &self.blocks, len: self.len }
    }
}

impl FromIterator<Descriptor> for Descriptors {
    fn from_iter<I: IntoIterator<Item = Descriptor>>(descriptors: I) -> Self {
        let mut all = Self::default();
        for descriptor in descriptors {
            if all.len.is_multiple_of(WIDE) {
                all.blocks.push(Words([[0; WIDE]; 4]));
            }
            all.len += 1;
            all.set(all.len - 1, descriptor);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(all: &[Descriptor], places: Range<usize>, points: &[Descriptor], radius: u16) {
        let mut expected = Vec::new();
        for (point, a) in (0..).zip(points) {
            for (place, b) in all.iter().enumerate().filter(|(place, _)| places.contains(place)) {
                let distance = a.distance(*b);
                if distance <= radius {
                    expected.push(NearPoint { point, distance, place });
                }
            }
        }
        let laid_out: Descriptors = all.iter().copied().collect();
        let points: Vec<_> =
            (0..).zip(points).map(|(point, d)| Sought { point, descriptor: *d, radius }).collect();
        for kernel in Kernel::all() {
            let mut found = Vec::new();
            laid_out.view().within(kernel, places.clone(), &points, |near| {
                found.push(near);
                radius
            });
            found.sort_unstable_by_key(|near| (near.point, near.place));
            assert_eq!(found, expected, "{kernel} at radius {radius} over {}", all.len());
        }
    }

    /// Flips the first `count` bits, in an order that goes round the words.
    fn flipped(Descriptor(mut words): Descriptor, count: u32) -> Descriptor {
        (0..count).for_each(|i| words[i as usize % 4] ^= 1 << (i / 4));
        Descriptor(words)
    }

    fn descriptor() -> impl Strategy<Value = Descriptor> {
        let any = any::<[u64; 4]>().prop_map(Descriptor);
        prop_oneof![4 => any, 1 => Just(Descriptor([0; 4])), 1 => Just(Descriptor([u64::MAX; 4]))]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_kernel_finds_what_a_plain_loop_finds(
            base in prop::collection::vec(descriptor(), 0..60),
            flips in prop::collection::vec((0_usize..60, 0_u32..70), 0..120),
            (start, length) in (0_usize..30, 0_usize..200),
            radius in prop_oneof![9 => 0_u16..=64, 1 => Just(256_u16), 1 => 90_u16..=140],
        ) {
            let mut all = base.clone();
            for (i, bits) in flips {
                if let Some(descriptor) = base.get(i) {
                    all.push(flipped(*descriptor, bits));
                }
            }
            check(&all, start..start + length, &base[..base.len().min(5)], radius);
            check(&all, 0..all.len(), &base[..base.len().min(5)], radius);
        }
    }

    #[test]
    fn every_radius_is_inclusive_and_exact() {
        let point = Descriptor([0x0123_4567_89ab_cdef, 0, u64::MAX, 0xff00_ff00_ff00_ff00]);
        let all: Vec<_> = (0..=256).map(|bits| flipped(point, bits)).collect();
        for radius in (0..=64).chain([255, 256]) {
            check(&all, 0..all.len(), &[point], radius);
        }
    }

    #[test]
    fn sizes_around_a_block_and_a_fetch_lose_nothing() {
        let fetch = FETCHED * WIDE;
        for size in [0, 1, 2, 7, 8, 9, 15, 16, 17, fetch - 1, fetch, fetch + 1, 2 * fetch + 5] {
            // Equal ones: padding that counted, or a tail that did not, would show.
            for descriptor in [Descriptor([0; 4]), Descriptor([u64::MAX; 4])] {
                check(&vec![descriptor; size], 0..size, &[Descriptor([0; 4]), descriptor], 31);
            }
        }
    }

    #[test]
    fn a_view_holds_no_more_and_no_less_than_its_blocks() {
        let laid_out: Descriptors = (0..9).map(|n| flipped(Descriptor([0; 4]), n)).collect();
        let view = DescriptorsView::new(&laid_out.blocks, 9).unwrap();
        assert!((0..9).all(|n| view.get(n) == flipped(Descriptor([0; 4]), n as u32)));
        assert!(DescriptorsView::new(&laid_out.blocks, 8).is_none());
        assert!(DescriptorsView::new(&laid_out.blocks, 17).is_none());
    }

    #[test]
    fn a_radius_that_came_down_stays_down() {
        let all: Descriptors = (0..20).rev().map(|n| flipped(Descriptor([0; 4]), n)).collect();
        let mut found = Vec::new();
        let points = [Sought { point: 7, descriptor: Descriptor([0; 4]), radius: 15 }];
        all.view().within(Kernel::best(), 0..20, &points, |near| {
            found.push(near.distance);
            near.distance / 2
        });
        assert_eq!(found, [15, 7, 3, 1, 0]);
    }
}
