//! Whether two stretches are one recording, or one place at two moments.
//!
//! A fixed camera shows the same walls every day, so most blocks of a picture agree whatever the moment. What tells
//! moments apart is what moves: it must agree block by block, and the time tracks must fit each other better than they
//! fit a second off. The thresholds were measured on 20 pairs of clips of one person before one camera, on halves of 18
//! clips, and on 45 clips against their own re-encoded, scaled and mirrored copies; see `BENCHMARKS.md`.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use firstseen_model::{Luma, MediaTime};

use crate::found::Grade;
use crate::judge::Stretch;
use crate::pairs::spread;

/// Moving blocks, over all pairs, on which motion can be judged.
const LEAST_MOVING: u32 = 12;

/// Least share of moving blocks that must agree where the tracks fit sharply.
const MOVING_SHARE: f32 = 0.5;

/// Least share of moving blocks that must agree where it has to carry more.
const MOVING_SHARE_ALONE: f32 = 0.7;

/// Bits by which tracks of one recording fit worse half a second to two seconds off, where the whole picture moves:
/// 5.7 to 17 were measured, and at most 4.3 between two takes of similar gestures.
const SHARP_BITS: f32 = 5.5;

/// The same where features placed the query, whose tracks then differ more even at the right moment: 10 was measured for a
/// cropped and captioned copy, and at most 1.2 between other takes of similar gestures.
const PLACED_SHARP_BITS: f32 = 8.0;

/// Mean distance of two tracks up to which a scene where little moves is the same moment: up to 1.6 was measured for
/// copies, and from 1.9 on for other moments.
const STILL_SCENE_BITS: f32 = 1.7;

/// Mean distance of two tracks that fit as only copies were measured to: less of what moves need agree then.
const TIGHT_BITS: f32 = 0.6;

/// Least share of moving blocks that must agree where the tracks fit so tightly.
const MOVING_SHARE_TIGHT: f32 = 0.55;

/// Bits by which the codes of both tracks must change within a stretch, or nothing moves that could tell moments apart:
/// at most 2 were measured between other moments of a camera before which people stand still.
const CHANGE_BITS: u32 = 3;

/// Shortest stretch of a scene where little moves that can be told from another moment.
const STILL_SCENE: MediaTime = MediaTime(1_000_000);

/// Least share of moving blocks that must agree between a still and a video: 0.71 was measured between two takes of one
/// pose.
const STILL_MOVING_SHARE: f32 = 0.8;

/// Share of all blocks that must agree between a still and a video in which nothing moves.
const STILL_SHARE: f32 = 0.9;

/// Frames that make a background.
const BACKGROUND_FRAMES: usize = 15;

/// Fewest frames of which a median is a background.
const LEAST_FRAMES: usize = 3;

/// What moves, and how far it agrees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Motion {
    /// Blocks that are unlike their background, on either side, over all pairs.
    pub(crate) moving: u32,
    /// Those among them that agree between the two sides.
    pub(crate) agree: u32,
    /// Whether the reference's background is known.
    pub(crate) known: bool,
}

impl Motion {
    fn share(self) -> Option<f32> {
        (self.moving >= LEAST_MOVING).then(|| self.agree as f32 / self.moving as f32)
    }
}

/// Grades a stretch of two videos whose pictures agree in `pairs` moments, and says why.
pub(crate) fn moment_of_video(
    stretch: &Stretch<'_>,
    motion: &Motion,
    pairs: usize,
) -> (Grade, String) {
    let share = motion.share();
    let told = match share {
        Some(share) => format!("of what moves {:.0} % agrees", share * 100.0),
        None => "too little moves to tell moments apart by it".to_owned(),
    };
    if share.is_some_and(|share| share < MOVING_SHARE) {
        return (Grade::SamePlace, format!("{told}: the same place, another moment"));
    }
    if stretch.shots > 1 {
        return (Grade::SameFootage, format!("{told}, over {} shots", stretch.shots));
    }
    let moves_alike = share.is_some_and(|share| share >= MOVING_SHARE_ALONE);
    let Some(aligned) = stretch.aligned else {
        let tracks = stretch.reference.track.is_some();
        return if !tracks && moves_alike && pairs > 1 {
            (Grade::SameFootage, told)
        } else if tracks {
            (Grade::SamePlace, format!("{told}, and the time tracks do not fit"))
        } else {
            (Grade::SamePlace, format!("{told}, and there is no time track to tell by"))
        };
    };
    let fit = match aligned.sharpness_bits {
        Some(sharp) => format!(
            "the time tracks differ by {:.1} bits of 64, and by {:.1} some second off",
            aligned.mean_bits,
            aligned.mean_bits + sharp
        ),
        None => format!("the time tracks differ by {:.1} bits of 64", aligned.mean_bits),
    };
    // Somebody who stands still until after the stretch, and then leaves, makes the fit sharp all the same.
    let moves_within = aligned.change_bits >= CHANGE_BITS;
    let sharp = aligned.sharpness_bits.filter(|_| moves_within);
    let fits_sharply = sharp.is_some_and(|sharp| sharp >= SHARP_BITS && sharp >= aligned.mean_bits);
    let placed_sharply = stretch.chain.inliers.is_some()
        && share.is_some()
        && sharp.is_some_and(|sharp| sharp >= PLACED_SHARP_BITS);
    if fits_sharply || placed_sharply {
        return (Grade::SameFootage, format!("{told}; {fit}"));
    }
    let still_scene = aligned.mean_bits <= STILL_SCENE_BITS
        && aligned.query.length() >= STILL_SCENE
        && aligned.parted_ends == 0
        && moves_within;
    let moves_enough =
        aligned.mean_bits <= TIGHT_BITS && share.is_some_and(|share| share >= MOVING_SHARE_TIGHT);
    if still_scene && (moves_alike || moves_enough) {
        return (Grade::SameFootage, format!("{told}; {fit}"));
    }
    if !moves_within {
        let why = format!(
            "{told}; {fit}, but nothing moves within: the same place, perhaps another moment"
        );
        return (Grade::SamePlace, why);
    }
    let parted = if aligned.parted_ends > 0 { ", and they part without a cut" } else { "" };
    (Grade::SamePlace, format!("{told}; {fit}{parted}: the same place, perhaps another moment"))
}

/// Grades a still against a video or another still; `best` is the share of all blocks that agree.
pub(crate) fn moment_of_still(motion: &Motion, best: f32) -> (Grade, String) {
    match motion.share() {
        Some(share) if share >= STILL_MOVING_SHARE => (
            Grade::SameFootage,
            format!("of what moves around that moment {:.0} % agrees", share * 100.0),
        ),
        Some(share) => (
            Grade::SamePlace,
            format!(
                "but of what moves around that moment only {:.0} % agrees: the same place, another moment",
                share * 100.0
            ),
        ),
        None if motion.known && best < STILL_SHARE => (
            Grade::SamePlace,
            "but too little moves around that moment to tell it from another one".to_owned(),
        ),
        None => (
            Grade::SameFootage,
            format!("in the best one {:.0} % of the detailed blocks agree", best * 100.0),
        ),
    }
}

/// Backgrounds of one side's shots: the median of their frames, made when first asked for.
pub(crate) struct Backgrounds<'a> {
    shots: BTreeMap<u32, (Vec<&'a Luma>, OnceCell<Option<Luma>>)>,
}

impl<'a> Backgrounds<'a> {
    /// The backgrounds behind `frames`, each with the number of its shot.
    pub(crate) fn of(frames: impl Iterator<Item = (u32, Option<&'a Luma>)>) -> Self {
        let mut shots: BTreeMap<u32, (Vec<&Luma>, OnceCell<Option<Luma>>)> = BTreeMap::new();
        for (shot, frame) in frames {
            shots.entry(shot).or_default().0.extend(frame);
        }
        Self { shots }
    }

    /// The background of a shot; `None` where it has too few frames.
    pub(crate) fn at(&self, shot: u32) -> Option<&Luma> {
        let (frames, background) = self.shots.get(&shot)?;
        background.get_or_init(|| median(frames)).as_ref()
    }
}

/// The median of each pixel; `None` where there are too few frames, or of several sizes.
fn median(frames: &[&Luma]) -> Option<Luma> {
    let all: Vec<usize> = (0..frames.len()).collect();
    let frames: Vec<&Luma> =
        spread(&all, BACKGROUND_FRAMES).into_iter().map(|i| frames[i]).collect();
    let first = frames.first().filter(|_| frames.len() >= LEAST_FRAMES)?;
    let (width, height) = (first.width(), first.height());
    if frames.iter().any(|frame| (frame.width(), frame.height()) != (width, height)) {
        return None;
    }
    let mut values = vec![0; frames.len()];
    Some(Luma::from_fn(width, height, |x, y| {
        for (value, frame) in values.iter_mut().zip(&frames) {
            *value = frame.at(x, y);
        }
        let middle = values.len() / 2;
        *values.select_nth_unstable(middle).1
    }))
}
