//! The parts of a frame that may be pictures of their own, with their local features.

use firstseen_fingerprint::{local, shrink, views};
use firstseen_media::encode_grey_jpeg;
use firstseen_model::{Dihedral, Luma, LumaView, MediaTime, Part, View};

use crate::plan::Purpose;
use crate::record::Cutout;

/// Long side of the plane that is kept until it is known whether its features are wanted: more than features are found
/// on, so that what borders leave still has as many pixels.
pub(crate) const PLANE_SIDE: usize = 720;

/// Most parts of one frame that are looked at beside what borders leave and the whole.
const MAX_PARTS: usize = 4;

/// Long side of what is kept of a picture: what the judge gets to see of it.
pub(crate) const THUMBNAIL_SIDE: usize = 128;
/// Long side of a query's: it is not stored, and may lie in the reference at a multiple of its size.
const QUERY_SIDE: usize = 256;

/// JPEG quality of what is kept: 2 to 3 kB each.
pub(crate) const THUMBNAIL_QUALITY: u8 = 60;
/// JPEG quality of a query's.
const QUERY_QUALITY: u8 = 85;

/// How much of a frame is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// What borders leave, and the whole.
    Frame,
    /// Parts of it as well, and the negative.
    Parts,
}

const PLAIN: View = View { dihedral: Dihedral::UPRIGHT, negative: false };
const MIRRORED: View =
    View { dihedral: Dihedral { mirrored: true, quarter_turns: 0 }, negative: false };

/// Returns the parts of `frame` with their features: one for a reference; for a query, what borders leave first.
pub(crate) fn cutouts(frame: LumaView<'_>, purpose: Purpose, effort: Effort) -> Vec<Cutout> {
    let content = views::content(frame);
    if purpose == Purpose::Reference {
        let part = content.unwrap_or(Part::WHOLE);
        return vec![cutout(frame, part, purpose, &[PLAIN])];
    }
    let negatives = [View { negative: true, ..PLAIN }, View { negative: true, ..MIRRORED }];
    let mut found = Vec::new();
    for part in content.into_iter().chain([Part::WHOLE]) {
        let mut views = vec![PLAIN, MIRRORED];
        if effort == Effort::Parts && found.is_empty() {
            views.extend(negatives);
        }
        found.push(cutout(frame, part, purpose, &views));
    }
    if effort == Effort::Parts {
        let parts = views::parts(frame, content, MAX_PARTS);
        found
            .extend(parts.into_iter().map(|part| cutout(frame, part, purpose, &[PLAIN, MIRRORED])));
    }
    found
}

fn cutout(frame: LumaView<'_>, part: Part, purpose: Purpose, views: &[View]) -> Cutout {
    let picture = frame.part(part);
    let features = local::features(picture, local::COUNT, views);
    let thumbnail = match purpose {
        // The sample's own shows the whole.
        Purpose::Reference if part == Part::WHOLE => Vec::new(),
        Purpose::Reference => {
            let small = shrink::to_fit(picture, THUMBNAIL_SIDE);
            encode_grey_jpeg(small.view(), THUMBNAIL_QUALITY)
        }
        Purpose::Query => {
            encode_grey_jpeg(shrink::to_fit(picture, QUERY_SIDE).view(), QUERY_QUALITY)
        }
    };
    Cutout { part, features: views.iter().copied().zip(features).collect(), thumbnail }
}

/// Most planes that wait for the end of a clip.
const MAX_WAITING: usize = 64;

/// Frames of a query video whose parts are looked at, too.
const WITH_PARTS: usize = 4;

/// Frames of a query video that may be worth their features; which are, shows at its end.
#[derive(Debug)]
pub(crate) struct Waiting {
    frames: Vec<(MediaTime, u32, Luma)>,
    left_out: u64,
}

/// The frames that are worth it.
pub(crate) struct Chosen {
    /// Each with its parts, by time.
    pub(crate) frames: Vec<(MediaTime, Vec<Cutout>)>,
    /// How many more could have been looked at.
    pub(crate) left_out: u64,
}

impl Waiting {
    pub(crate) fn new() -> Self {
        Self { frames: Vec::new(), left_out: 0 }
    }

    /// Takes a frame of shot number `shot`.
    pub(crate) fn push(&mut self, at: MediaTime, shot: u32, plane: Luma) {
        self.frames.push((at, shot, plane));
        if self.frames.len() > MAX_WAITING {
            let before = self.frames.len();
            let mut last = None;
            let mut place = 0;
            // Every second one goes, the first of a shot last.
            self.frames.retain(|(_, shot, _)| {
                place += 1;
                let first = last.replace(*shot) != Some(*shot);
                first || place % 2 == 0
            });
            if self.frames.len() > MAX_WAITING {
                place = 0;
                self.frames.retain(|_| {
                    place += 1;
                    place % 2 == 0
                });
            }
            self.left_out += (before - self.frames.len()) as u64;
        }
    }

    /// The features of at most `budget` frames: one of each shot, then more, spread evenly.
    pub(crate) fn finish(&mut self, budget: usize) -> Chosen {
        let frames = std::mem::take(&mut self.frames);
        let mut last = None;
        let (firsts, others): (Vec<usize>, Vec<usize>) =
            (0..frames.len()).partition(|&i| last.replace(frames[i].1) != Some(frames[i].1));
        let mut chosen = spread(&firsts, budget);
        chosen.extend(spread(&others, budget - chosen.len()));
        chosen.sort_unstable();
        let with_parts = spread(&chosen, WITH_PARTS.max(budget / 3));
        let left_out = self.left_out + (frames.len() - chosen.len()) as u64;
        let look = |&i: &usize| {
            let (at, _, plane) = &frames[i];
            let effort = if with_parts.contains(&i) { Effort::Parts } else { Effort::Frame };
            (*at, cutouts(plane.view(), Purpose::Query, effort))
        };
        Chosen { frames: chosen.iter().map(look).collect(), left_out }
    }
}

/// At most `most` of `all`, spread evenly, none at the very ends.
fn spread(all: &[usize], most: usize) -> Vec<usize> {
    if all.len() <= most {
        return all.to_vec();
    }
    (0..most).map(|i| all[(2 * i + 1) * all.len() / (2 * most)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(seed: usize) -> Luma {
        Luma::from_fn(160, 90, |x, y| ((x / 8 * 37 + y / 8 * 101 + seed * 53) % 251) as u8)
    }

    fn chosen(shots: &[u32], budget: usize) -> Vec<i64> {
        let mut waiting = Waiting::new();
        for (i, shot) in shots.iter().enumerate() {
            waiting.push(MediaTime(i as i64), *shot, plane(i));
        }
        waiting.finish(budget).frames.into_iter().map(|(at, _)| at.0).collect()
    }

    #[test]
    fn each_shot_comes_before_a_second_frame_of_any() {
        assert_eq!(chosen(&[0, 0, 0, 1, 1, 2], 3), [0, 3, 5]);
        assert_eq!(chosen(&[0, 0, 0, 1, 1, 2], 4), [0, 2, 3, 5]);
    }

    #[test]
    fn an_hour_of_frames_stays_within_memory_and_budget() {
        let shots: Vec<u32> = (0..800).map(|i| i / 7).collect();
        let mut waiting = Waiting::new();
        for (i, shot) in shots.iter().enumerate() {
            waiting.push(MediaTime(i as i64), *shot, Luma::from_fn(8, 8, |_, _| 0));
            assert!(waiting.frames.len() <= MAX_WAITING);
        }
        let chosen = waiting.finish(12);
        assert_eq!((chosen.frames.len(), chosen.left_out), (12, 788));
    }

    #[test]
    fn a_reference_has_one_cutout_and_a_query_the_whole_frame_among_its() {
        let frame = plane(1);
        let reference = cutouts(frame.view(), Purpose::Reference, Effort::Parts);
        assert_eq!(reference.len(), 1);
        assert_eq!(reference[0].features.len(), 1);
        let query = cutouts(frame.view(), Purpose::Query, Effort::Parts);
        assert!(query.iter().any(|cutout| cutout.part == Part::WHOLE));
        assert!(query.iter().all(|cutout| !cutout.thumbnail.is_empty()));
    }
}
