//! Which moments of a match are worth showing.

use std::cmp::Reverse;

use firstseen_match::Segment;

/// Least time between two moments of one stretch: nearer ones show the same.
const LEAST_APART_US: i64 = 1_000_000;

/// At most `most` moments, as segment and pair: the best of each stretch, then what lies farthest from all that were
/// taken, by segment and time.
pub(super) fn choose(segments: &[Segment], most: usize) -> Vec<(usize, usize)> {
    let there = segments.iter().enumerate().filter(|(_, segment)| !segment.pairs.is_empty());
    let mut taken: Vec<(usize, usize)> = there.map(|(i, _)| (i, 0)).take(most).collect();
    let at = |(i, j): (usize, usize)| segments[i].pairs[j].query.0;
    while taken.len() < most {
        let all = segments.iter().enumerate();
        let all = all.flat_map(|(i, segment)| (0..segment.pairs.len()).map(move |j| (i, j)));
        let far =
            |one: (usize, usize)| taken.iter().map(|other| (at(*other) - at(one)).abs()).min();
        let Some((apart, next)) =
            all.map(|one| (far(one), one)).max_by_key(|(apart, one)| (*apart, Reverse(*one)))
        else {
            break;
        };
        if apart < Some(LEAST_APART_US) {
            break;
        }
        taken.push(next);
    }
    taken.sort_by_key(|one| (one.0, at(*one)));
    taken
}

#[cfg(test)]
mod tests {
    use firstseen_match::{Edit, Pair};
    use firstseen_model::{MediaTime, Span};

    use super::*;

    fn segment(seconds: &[i64]) -> Segment {
        let pair = |second: &i64| Pair {
            query: MediaTime(second * 1_000_000),
            reference: MediaTime::ZERO,
            distance: None,
            agreement: None,
            blocks: 0,
            tone: None,
        };
        Segment {
            query: Span::default(),
            reference: Span::default(),
            speed: 1.0,
            reversed: false,
            frames: 1,
            frames_looked_at: 1,
            features: None,
            edit: Edit::default(),
            pairs: seconds.iter().map(pair).collect(),
        }
    }

    #[test]
    fn every_stretch_comes_before_a_second_moment_of_one() {
        let segments = [segment(&[5, 9]), segment(&[]), segment(&[30, 20])];
        assert_eq!(choose(&segments, 2), [(0, 0), (2, 0)]);
        assert_eq!(choose(&segments, 3), [(0, 0), (2, 1), (2, 0)]);
        assert_eq!(choose(&segments, 0), []);
    }

    #[test]
    fn moments_of_one_stretch_are_spread() {
        assert_eq!(choose(&[segment(&[4, 5, 0, 9, 8])], 3), [(0, 2), (0, 0), (0, 3)]);
    }

    #[test]
    fn what_shows_the_same_is_shown_once() {
        assert_eq!(choose(&[segment(&[4, 4, 4])], 3), [(0, 0)]);
    }
}
