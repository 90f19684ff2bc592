//! What went wrong, told often enough to be seen and seldom enough to be read.

use std::collections::BTreeMap;

use firstseen_model::{Gap, MediaTime};

/// Gaps that are told one by one; a file with two thousand flipped bits has hundreds.
const TOLD: usize = 20;

/// The first gaps, and how many more there were of each kind.
#[derive(Default)]
pub(crate) struct Gaps {
    told: Vec<Gap>,
    more: BTreeMap<&'static str, u64>,
}

impl Gaps {
    pub(crate) fn add(&mut self, what: &'static str, at: Option<MediaTime>, why: &str) {
        if self.told.len() < TOLD {
            self.told.push(Gap { what: what.to_owned(), at, why: why.to_owned() });
        } else {
            *self.more.entry(what).or_default() += 1;
        }
    }

    pub(crate) fn into_list(self) -> Vec<Gap> {
        let more = self
            .more
            .into_iter()
            .map(|(what, count)| Gap::new(what, format!("{count} more like these")));
        self.told.into_iter().chain(more).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_gaps_become_a_count() {
        let mut gaps = Gaps::default();
        for i in 0..300 {
            gaps.add("frame", Some(MediaTime(i)), "damaged");
        }
        let list = gaps.into_list();
        assert_eq!(list.len(), TOLD + 1);
        assert_eq!(list[TOLD].why, "280 more like these");
    }
}
