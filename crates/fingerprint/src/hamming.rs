//! Distance of 256-bit codes, plainly: the oracle of every faster kernel.

/// Returns the bits in which `a` and `b` differ, 0..=256.
#[must_use]
pub fn distance(a: &[u64; 4], b: &[u64; 4]) -> u16 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones() as u16).sum()
}

/// Yields place and distance of each of `codes` that differs from `query` in at most `radius` bits, in order.
pub fn within<'a>(
    query: &'a [u64; 4],
    codes: &'a [[u64; 4]],
    radius: u16,
) -> impl Iterator<Item = (usize, u16)> + 'a {
    codes
        .iter()
        .map(|code| distance(query, code))
        .enumerate()
        .filter(move |&(_, distance)| distance <= radius)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_radius_is_inclusive() {
        let codes = [[0; 4], [1, 0, 0, 0], [3, 0, 0, 1 << 63], [u64::MAX; 4]];
        let found: Vec<_> = within(&[0; 4], &codes, 3).collect();
        assert_eq!(found, [(0, 0), (1, 1), (2, 3)]);
        assert_eq!(within(&[0; 4], &codes, 256).count(), 4);
        assert_eq!(within(&[0; 4], &codes, 0).count(), 1);
    }

    proptest! {
        #[test]
        fn distance_is_a_metric(a: [u64; 4], b: [u64; 4], c: [u64; 4]) {
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert_eq!(distance(&a, &a), 0);
            prop_assert!(distance(&a, &c) <= distance(&a, &b) + distance(&b, &c));
        }
    }
}
