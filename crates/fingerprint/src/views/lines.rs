//! The rows or columns of a box, from one of its sides inwards.

use firstseen_model::LumaView;

use super::bounds::Bounds;

/// Pixels of a line that are looked at.
const SAMPLES: usize = 192;

/// Bend of a pixel on a blurred border: small, but for the blocks of encoders.
const CALM: u8 = 8;

/// A side of a box.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Top,
    Bottom,
    Left,
    Right,
}

/// The lines of a box, counted from one of its sides.
pub(super) struct Lines<'a> {
    frame: LumaView<'a>,
    bounds: Bounds,
    pub(super) side: Side,
    /// Where lines are looked at, from their own beginnings.
    along: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Those of `bounds`, looked at along `extent` only.
    pub(super) fn new(frame: LumaView<'a>, bounds: Bounds, side: Side, extent: Bounds) -> Self {
        let (first, length) = match side {
            Side::Top | Side::Bottom => (extent.left, extent.width()),
            Side::Left | Side::Right => (extent.top, extent.height()),
        };
        let count = length.min(SAMPLES);
        let along = (0..count).map(|i| first + (2 * i + 1) * length / (2 * count)).collect();
        Self { frame, bounds, side, along }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        match self.side {
            Side::Top | Side::Bottom => self.bounds.height(),
            Side::Left | Side::Right => self.bounds.width(),
        }
    }

    /// Reads line `depth` into `pixels`.
    pub(super) fn read(&self, depth: usize, pixels: &mut Vec<u8>) {
        pixels.clear();
        let frame = self.frame;
        match self.side {
            Side::Top | Side::Bottom => {
                let row = frame.row(self.row(depth));
                pixels.extend(self.along.iter().map(|&x| row[x]));
            }
            Side::Left | Side::Right => {
                let x = self.column(depth);
                pixels.extend(self.along.iter().map(|&y| frame.row(y)[x]));
            }
        }
    }

    /// Share of line `depth`, in hundredths, that bends no more than blurred pictures do.
    pub(super) fn calm(&self, depth: usize) -> usize {
        let mut calm = 0;
        self.for_each_bend(depth, |bend| calm += usize::from(bend <= CALM));
        100 * calm / self.along.len()
    }

    /// Mean bend of the middling one of the first `deep` lines, in hundredths of a level: text is on fewer than half.
    pub(super) fn bend(&self, deep: usize) -> usize {
        let mut means: Vec<usize> = (0..deep)
            .step_by((deep / 24).max(1))
            .map(|depth| {
                let mut sum = 0;
                self.for_each_bend(depth, |bend| sum += usize::from(bend));
                100 * sum / self.along.len()
            })
            .collect();
        let middle = means.len() / 2;
        *means.select_nth_unstable(middle).1
    }

    /// By how many levels pixels of line `depth` differ from the straight line between their neighbours, doubled.
    fn for_each_bend(&self, depth: usize, mut see: impl FnMut(u8)) {
        let frame = self.frame;
        let mut three = |a: u8, b: u8, c: u8| {
            let bend = (2 * i16::from(b) - i16::from(a) - i16::from(c)).unsigned_abs();
            see(bend.min(32) as u8);
        };
        match self.side {
            Side::Top | Side::Bottom => {
                let row = frame.row(self.row(depth));
                let last = row.len() - 1;
                for &x in &self.along {
                    three(row[x.saturating_sub(1)], row[x], row[last.min(x + 1)]);
                }
            }
            Side::Left | Side::Right => {
                let x = self.column(depth);
                let last = frame.height() - 1;
                let at = |y: usize| frame.row(y)[x];
                for &y in &self.along {
                    three(at(y.saturating_sub(1)), at(y), at(last.min(y + 1)));
                }
            }
        }
    }

    fn row(&self, depth: usize) -> usize {
        if self.side == Side::Top {
            self.bounds.top + depth
        } else {
            self.bounds.bottom - 1 - depth
        }
    }

    fn column(&self, depth: usize) -> usize {
        if self.side == Side::Left {
            self.bounds.left + depth
        } else {
            self.bounds.right - 1 - depth
        }
    }
}
