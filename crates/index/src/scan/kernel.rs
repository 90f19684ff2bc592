//! The loops of a scan, once for each kind of processor, picked when the program runs.

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::descriptors::{WIDE, Words};

/// Codes that a kernel takes at once.
pub(super) const GROUP: usize = 64;

/// Bytes of a code that are sieved.
pub(super) const SIEVED: usize = 12;

/// The first bytes of [`GROUP`] codes, then their second bytes, and so on.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Group(pub(super) [[u8; GROUP]; SIEVED]);

/// A way of counting the bits that differ. All find the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Portable,
}

impl std::fmt::Display for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "AVX2",
            #[cfg(target_arch = "aarch64")]
            Set::Neon => "NEON",
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
            if x86::has_avx512() {
                all.push(Self(Set::Avx512));
            }
            if x86::has_avx2() {
                all.push(Self(Set::Avx2));
            }
        }
        #[cfg(target_arch = "aarch64")]
        if neon::is_there() {
            all.push(Self(Set::Neon));
        }
        all.push(Self(Set::Portable));
        all
    }

    /// Appends place and sieved distance of each code of `groups` whose sieved distance is at most `bound`.
    #[cfg_attr(
        any(target_arch = "x86_64", target_arch = "aarch64"),
        expect(unsafe_code, reason = "vector instructions are picked at run time")
    )]
    pub(super) fn sieve(
        self,
        groups: &[Group],
        query: &[u8; SIEVED],
        bound: u8,
        passed: &mut Vec<(u16, u8)>,
    ) {
        match self.0 {
            // SAFETY: `all` makes this variant only where the processor has the features.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { x86::sieve_avx512(groups, query, bound, passed) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { x86::sieve_avx2(groups, query, bound, passed) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Set::Neon => unsafe { neon::sieve(groups, query, bound, passed) },
            Set::Portable => sieve_portable(groups, query, bound, passed),
        }
    }

    /// Appends the place of each descriptor of `blocks` that is within `radius`, counted over all blocks, and its distance.
    #[cfg_attr(
        any(target_arch = "x86_64", target_arch = "aarch64"),
        expect(unsafe_code, reason = "vector instructions are picked at run time")
    )]
    pub(super) fn near(
        self,
        blocks: &[Words],
        point: &[u64; 4],
        radius: u16,
        near: &mut Vec<(u32, u16)>,
    ) {
        match self.0 {
            // SAFETY: `all` makes this variant only where the processor has the features.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { x86::near_avx512(blocks, point, radius, near) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { x86::near_avx2(blocks, point, radius, near) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Set::Neon => unsafe { neon::near(blocks, point, radius, near) },
            Set::Portable => near_portable(blocks, point, radius, near),
        }
    }
}

/// The plain version, which the others are tested against: eight codes at a time in a word.
fn sieve_portable(groups: &[Group], query: &[u8; SIEVED], bound: u8, passed: &mut Vec<(u16, u8)>) {
    for (first, Group(planes)) in (0..).step_by(GROUP).zip(groups) {
        let mut distances = [0_u64; GROUP / 8];
        for (plane, asked) in planes.iter().zip(query) {
            let asked = u64::from_ne_bytes([*asked; 8]);
            let (words, _) = plane.as_chunks::<8>();
            for (distance, word) in distances.iter_mut().zip(words) {
                *distance += bits_of_bytes(u64::from_ne_bytes(*word) ^ asked);
            }
        }
        let distances = distances.iter().flat_map(|word| word.to_ne_bytes());
        passed.extend((first..).zip(distances).filter(|(_, distance)| *distance <= bound));
    }
}

/// How many bits are set in each byte, in that byte.
///
/// Source: H. S. Warren, "Hacker's Delight", 2nd edition, figure 5-2, without its last steps.
fn bits_of_bytes(word: u64) -> u64 {
    let pairs = word - (word >> 1 & 0x5555_5555_5555_5555);
    let nibbles = (pairs & 0x3333_3333_3333_3333) + (pairs >> 2 & 0x3333_3333_3333_3333);
    (nibbles + (nibbles >> 4)) & 0x0f0f_0f0f_0f0f_0f0f
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Else tests of all kernels would pass without the one that they were run for.
    #[test]
    #[cfg(target_arch = "aarch64")]
    fn neon_is_used_where_it_is() {
        assert_eq!(Kernel::best().to_string(), "NEON");
    }

    #[test]
    fn bits_are_counted_byte_by_byte() {
        assert_eq!(bits_of_bytes(0x00ff_0180_fe7f_5533), 0x0008_0101_0707_0404);
        assert_eq!(bits_of_bytes(u64::MAX), 0x0808_0808_0808_0808);
    }
}
