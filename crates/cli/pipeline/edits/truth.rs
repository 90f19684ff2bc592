//! How an edited copy relates to its reference, known because we made it.

use firstseen_media::Rgb;
use firstseen_model::Part;

/// How far off an edge of a box may be, as a share of the side.
const BOX_ERROR: f32 = 0.03;

/// Where the reference lies in the edited copy, and what of it is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Truth {
    /// Left and right are swapped.
    pub(crate) mirrored: bool,
    /// Degrees that the reference was turned clockwise by, after mirroring.
    pub(crate) turned: f32,
    /// What is seen of the reference, in the reference as it is; after a turn, the box around that.
    pub(crate) crop: Part,
    /// The box around it in the copy.
    pub(crate) placed: Part,
}

impl Truth {
    /// The whole reference fills the copy.
    pub(super) const WHOLE: Self =
        Self { mirrored: false, turned: 0.0, crop: Part::WHOLE, placed: Part::WHOLE };

    /// The copy shows less of the picture than the reference does.
    pub(crate) fn less_picture(&self) -> bool {
        self.crop.area() < 0.999
    }

    /// Whether there is a part or a place to be told; that of a turned picture is no box.
    pub(crate) fn has_boxes(&self) -> bool {
        self.turned == 0.0 && (self.crop.area() < 0.99 || self.placed.area() < 0.99)
    }

    /// Whether every edge of the boxes that were told, as `x, y, width, height`, lies where it should; a box that was not
    /// told is the whole picture.
    pub(crate) fn agrees(&self, crop: Option<[f32; 4]>, placed: Option<[f32; 4]>) -> bool {
        let near = |truth: Part, told: Option<[f32; 4]>| {
            let [x, y, width, height] = told.unwrap_or([0.0, 0.0, 1.0, 1.0]);
            let edges = [
                (truth.x, x),
                (truth.y, y),
                (truth.x + truth.width, x + width),
                (truth.y + truth.height, y + height),
            ];
            edges.into_iter().all(|(truth, told)| (truth - told).abs() <= BOX_ERROR)
        };
        near(self.crop, crop) && near(self.placed, placed)
    }

    /// What comes of it where the copy is edited by `next`, of which neither turns.
    fn then(&self, next: &Self) -> Self {
        let left = meet(self.placed, next.crop);
        let flip = |part: Part, flipped: bool| {
            if flipped { Part { x: 1.0 - part.x - part.width, ..part } } else { part }
        };
        Self {
            mirrored: self.mirrored != next.mirrored,
            turned: self.turned + next.turned,
            crop: carried(flip(within(left, self.placed), self.mirrored), self.crop),
            placed: carried(flip(within(left, next.crop), next.mirrored), next.placed),
        }
    }
}

/// An edited copy.
#[derive(Clone, Debug)]
pub(crate) struct Edited {
    pub(crate) picture: Rgb,
    pub(crate) truth: Truth,
    /// Quality of the JPEG that it is shared as; chosen by chance where the edit does not settle it.
    pub(super) quality: Option<u8>,
}

impl Edited {
    /// A copy that the reference fills.
    pub(super) fn whole(picture: Rgb) -> Self {
        Self { picture, truth: Truth::WHOLE, quality: None }
    }

    pub(super) fn cropped(mut self, crop: Part) -> Self {
        self.truth.crop = crop;
        self
    }

    pub(super) fn placed(mut self, placed: Part) -> Self {
        self.truth.placed = placed;
        self
    }

    pub(super) fn turned(mut self, degrees: f32) -> Self {
        self.truth.turned = degrees;
        self
    }

    pub(super) fn at_quality(mut self, quality: u8) -> Self {
        self.quality = Some(quality);
        self
    }

    /// The copy edited once more.
    pub(super) fn then(self, edit: impl FnOnce(&Rgb) -> Self) -> Self {
        let next = edit(&self.picture);
        Self { truth: self.truth.then(&next.truth), ..next }
    }

    /// The copy as a JPEG.
    pub(crate) fn jpeg(&self) -> Vec<u8> {
        self.picture.jpeg(self.quality.unwrap_or(80))
    }
}

/// The box of `width` x `height` pixels at `x`, `y` as a part of `picture`.
pub(super) fn part_of(picture: &Rgb, x: f32, y: f32, width: f32, height: f32) -> Part {
    let (across, down) = (picture.width() as f32, picture.height() as f32);
    Part { x: x / across, y: y / down, width: width / across, height: height / down }
}

fn meet(a: Part, b: Part) -> Part {
    let (x, y) = (a.x.max(b.x), a.y.max(b.y));
    let right = (a.x + a.width).min(b.x + b.width);
    let bottom = (a.y + a.height).min(b.y + b.height);
    Part { x, y, width: (right - x).max(0.0), height: (bottom - y).max(0.0) }
}

/// `part` as a part of `whole`, both given in the same picture.
fn within(part: Part, whole: Part) -> Part {
    Part {
        x: (part.x - whole.x) / whole.width,
        y: (part.y - whole.y) / whole.height,
        width: part.width / whole.width,
        height: part.height / whole.height,
    }
}

/// A part of `whole` as a part of the picture that `whole` is given in.
fn carried(part: Part, whole: Part) -> Part {
    Part {
        x: whole.x + part.x * whole.width,
        y: whole.y + part.y * whole.height,
        width: part.width * whole.width,
        height: part.height * whole.height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Part = Part { x: 0.0, y: 0.0, width: 0.5, height: 1.0 };

    #[test]
    fn a_mirrored_copy_cropped_to_its_left_shows_the_right_of_the_reference() {
        let mirror = Truth { mirrored: true, ..Truth::WHOLE };
        let crop = Truth { crop: LEFT, ..Truth::WHOLE };
        let both = mirror.then(&crop);
        assert_eq!(both.crop, Part { x: 0.5, ..LEFT });
        assert!(both.mirrored && both.less_picture());
        // The other way round the left is what is left.
        assert_eq!(crop.then(&mirror).crop, LEFT);
    }

    #[test]
    fn a_crop_of_a_framed_copy_cuts_the_frame_first() {
        let framed =
            Truth { placed: Part { x: 0.25, y: 0.0, width: 0.5, height: 1.0 }, ..Truth::WHOLE };
        let both = framed.then(&Truth { crop: LEFT, ..Truth::WHOLE });
        assert_eq!(both.crop, LEFT);
        assert_eq!(both.placed, Part { x: 0.5, y: 0.0, width: 0.5, height: 1.0 });
    }

    #[test]
    fn a_box_is_right_where_no_edge_is_off_by_more_than_three_percent() {
        let crop = Part { x: 0.1, y: 0.2, width: 0.5, height: 0.6 };
        let truth = Truth { crop, ..Truth::WHOLE };
        assert!(truth.has_boxes() && !Truth::WHOLE.has_boxes());
        assert!(truth.agrees(Some([0.12, 0.18, 0.5, 0.62]), None));
        assert!(!truth.agrees(Some([0.12, 0.2, 0.52, 0.6]), None));
        assert!(!truth.agrees(None, None));
        let elsewhere = Some([0.0, 0.0, 0.5, 1.0]);
        assert!(!truth.agrees(Some([0.1, 0.2, 0.5, 0.6]), elsewhere));
    }
}
