//! Chance that falls the same way on every run.

use std::ops::Range;

/// Numbers that look random and follow from a seed alone.
#[derive(Clone, Debug)]
pub(crate) struct Seeded(u64);

impl Seeded {
    /// The numbers of `parts`, whatever was drawn before and elsewhere.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        // FNV-1a; the mixing below makes up for what it lacks.
        let mut state = 0xcbf2_9ce4_8422_2325_u64;
        for part in parts {
            for byte in *part {
                state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
            state = state.rotate_left(17) ^ part.len() as u64;
        }
        Self(state)
    }

    /// 64 random bits: splitmix64.
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between 0 and 1, without 1.
    pub(super) fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1_u32 << 24) as f32
    }

    /// Anywhere in `range`.
    pub(super) fn within(&mut self, range: Range<f32>) -> f32 {
        range.start + self.unit() * (range.end - range.start)
    }

    /// A whole number under `count`; 0 where that is 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.bits() % count.max(1) as u64) as usize
    }

    /// True in that share of cases.
    pub(super) fn chance(&mut self, share: f32) -> bool {
        self.unit() < share
    }

    /// -1 or 1.
    pub(super) fn sign(&mut self) -> f32 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    /// Bell-shaped about 0 with a standard deviation of 1.
    pub(super) fn bell(&mut self) -> f32 {
        // The sum of four has a variance of a third.
        ((0..4).map(|_| self.unit()).sum::<f32>() - 2.0) * 3.0_f32.sqrt()
    }

    /// A colour, neither black nor white.
    pub(super) fn colour(&mut self) -> [u8; 3] {
        std::array::from_fn(|_| self.within(30.0..225.0) as u8)
    }

    /// A made-up word.
    fn word(&mut self) -> String {
        const STARTS: [&str; 16] =
            ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "br", "tr"];
        const MIDDLES: [&str; 9] = ["a", "e", "i", "o", "u", "ai", "ea", "ou", "y"];
        const ENDS: [&str; 8] = ["", "", "n", "r", "s", "l", "m", "nd"];
        (0..1 + self.below(3))
            .map(|_| {
                let start = STARTS[self.below(STARTS.len())];
                let middle = MIDDLES[self.below(MIDDLES.len())];
                format!("{start}{middle}{}", ENDS[self.below(ENDS.len())])
            })
            .collect()
    }

    /// `count` made-up words, the first with a capital.
    pub(super) fn words(&mut self, count: usize) -> String {
        let all: Vec<String> = (0..count.max(1)).map(|_| self.word()).collect();
        let text = all.join(" ");
        text[..1].to_uppercase() + &text[1..]
    }

    /// A time of day, as clocks show it.
    pub(super) fn clock(&mut self) -> String {
        format!("{:02}:{:02}", self.below(24), self.below(60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_give_the_same_numbers() {
        let drawn = |parts: &[&[u8]]| {
            let mut seeded = Seeded::of(parts);
            (seeded.words(5), seeded.below(1000), seeded.colour())
        };
        assert_eq!(drawn(&[b"picture", b"blur"]), drawn(&[b"picture", b"blur"]));
        assert_ne!(drawn(&[b"picture", b"blur"]), drawn(&[b"picture", b"noise"]));
        assert_ne!(drawn(&[b"ab", b"c"]), drawn(&[b"a", b"bc"]));
    }

    #[test]
    fn the_bell_is_centred_and_of_width_one() {
        let mut seeded = Seeded::of(&[b"bell"]);
        let drawn: Vec<f32> = (0..4000).map(|_| seeded.bell()).collect();
        let mean = drawn.iter().sum::<f32>() / 4000.0;
        let variance = drawn.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / 4000.0;
        assert!(mean.abs() < 0.06 && (variance - 1.0).abs() < 0.1, "{mean} {variance}");
    }
}
