//! Lists into which descriptors are sorted by what they resemble, so that a search need not look at all of them.

use firstseen_model::Descriptor;

/// Lists there are.
pub const LISTS: usize = BRANCHES * BRANCHES;

/// Upper cells, and lists of each.
const BRANCHES: usize = 64;

/// Bytes of a descriptor: four words, lowest byte first.
const BYTES: usize = 32;

/// The middles of the upper cells, then those of the lists, cell by cell.
const TABLE: &[u8; (BRANCHES + LISTS) * BYTES] = include_bytes!("../../tables/lists.bin");

/// Returns the list, under [`LISTS`], to which `descriptor` belongs: the nearest of the nearest upper cell.
#[must_use]
pub fn list_of(descriptor: Descriptor) -> u16 {
    let nearest = |from: usize| {
        let distances =
            (from..from + BRANCHES).map(|at| (descriptor.distance(middle(at)), at - from));
        distances.min().map_or(0, |(_, at)| at)
    };
    let cell = nearest(0);
    (cell * BRANCHES + nearest((1 + cell) * BRANCHES)) as u16
}

/// Returns the `probes` lists nearest to `descriptor`, the nearest first, among those of the nearest upper cells.
///
/// The first need not be that of [`list_of`]. More upper cells are looked at the more probes there are, all of them
/// from 64 on.
#[must_use]
pub fn lists_near(descriptor: Descriptor, probes: usize) -> Vec<u16> {
    let mut cells: Vec<(u16, usize)> =
        (0..BRANCHES).map(|cell| (descriptor.distance(middle(cell)), cell)).collect();
    let wanted = cells_for(probes);
    cells.sort_unstable();
    let lists =
        cells.into_iter().take(wanted).flat_map(|(_, cell)| cell * BRANCHES..(cell + 1) * BRANCHES);
    let mut lists: Vec<(u16, u16)> =
        lists.map(|list| (descriptor.distance(middle(BRANCHES + list)), list as u16)).collect();
    if probes < lists.len() {
        lists.select_nth_unstable(probes);
        lists.truncate(probes);
    }
    lists.sort_unstable();
    lists.into_iter().map(|(_, list)| list).collect()
}

/// Upper cells that are looked at for so many lists.
fn cells_for(probes: usize) -> usize {
    (4 + probes / 2).min(BRANCHES).max(probes.div_ceil(BRANCHES))
}

/// The middle of an upper cell, or from [`BRANCHES`] on of a list.
fn middle(at: usize) -> Descriptor {
    let bytes = &TABLE[at * BYTES..][..BYTES];
    let word = |word: usize| bytes[8 * word..][..8].try_into().expect("eight bytes");
    Descriptor(std::array::from_fn(|at| u64::from_le_bytes(word(at))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_many_lists_as_asked_for_come_nearest_first(words: [u64; 4], probes in 0usize..300) {
            let lists = lists_near(Descriptor(words), probes);
            prop_assert_eq!(lists.len(), probes);
            let far = |list: &u16| Descriptor(words).distance(middle(BRANCHES + usize::from(*list)));
            prop_assert!(lists.iter().map(far).is_sorted());
            let mut once = lists.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), probes);
        }

        #[test]
        fn the_list_of_a_descriptor_is_among_all(words: [u64; 4]) {
            let descriptor = Descriptor(words);
            prop_assert!(usize::from(list_of(descriptor)) < LISTS);
            prop_assert_eq!(lists_near(descriptor, LISTS).len(), LISTS);
        }
    }

    #[test]
    fn the_middle_of_a_list_is_near_it() {
        for list in (0..LISTS).step_by(97) {
            let near = lists_near(middle(BRANCHES + list), 1)[0];
            let twin = middle(BRANCHES + usize::from(near)) == middle(BRANCHES + list);
            assert!(twin, "{list}");
        }
    }
}
