//! Boxes in whole pixels.

use firstseen_model::{LumaView, Part};

/// A box of at least one pixel: columns `left..right`, rows `top..bottom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bounds {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) right: usize,
    pub(super) bottom: usize,
}

impl Bounds {
    pub(super) fn whole(view: LumaView<'_>) -> Self {
        Self { left: 0, top: 0, right: view.width(), bottom: view.height() }
    }

    pub(super) fn width(self) -> usize {
        self.right - self.left
    }

    pub(super) fn height(self) -> usize {
        self.bottom - self.top
    }

    pub(super) fn area(self) -> usize {
        self.width() * self.height()
    }

    /// As shares of the sides of `view`.
    pub(super) fn part(self, view: LumaView<'_>) -> Part {
        let (width, height) = (view.width() as f32, view.height() as f32);
        Part {
            x: self.left as f32 / width,
            y: self.top as f32 / height,
            width: self.width() as f32 / width,
            height: self.height() as f32 / height,
        }
    }

    /// The pixels of `view` that `part` covers, at least one.
    pub(super) fn of_part(part: Part, view: LumaView<'_>) -> Self {
        let pixels = |share: f32, side: usize| (share.clamp(0.0, 1.0) * side as f32 + 0.5) as usize;
        let left = pixels(part.x, view.width()).min(view.width() - 1);
        let top = pixels(part.y, view.height()).min(view.height() - 1);
        Self {
            left,
            top,
            right: pixels(part.x + part.width, view.width()).clamp(left + 1, view.width()),
            bottom: pixels(part.y + part.height, view.height()).clamp(top + 1, view.height()),
        }
    }

    /// This box of a view that is `old` a side, where the view is `new` a side.
    pub(super) fn scaled(self, old: (usize, usize), new: (usize, usize)) -> Self {
        let scale = |at: usize, old: usize, new: usize| (2 * at * new + old) / (2 * old);
        let left = scale(self.left, old.0, new.0).min(new.0 - 1);
        let top = scale(self.top, old.1, new.1).min(new.1 - 1);
        Self {
            left,
            top,
            right: scale(self.right, old.0, new.0).clamp(left + 1, new.0),
            bottom: scale(self.bottom, old.1, new.1).clamp(top + 1, new.1),
        }
    }

    /// Area that both cover over area that either covers, in hundredths.
    pub(super) fn overlap(self, other: Self) -> usize {
        let both = self.shared(other);
        100 * both / (self.area() + other.area() - both)
    }

    /// Whether the two share more than a rim of the smaller one.
    pub(super) fn shares_much(self, other: Self) -> bool {
        5 * self.shared(other) >= self.area().min(other.area())
    }

    /// Area that both cover.
    fn shared(self, other: Self) -> usize {
        let shared =
            |a: (usize, usize), b: (usize, usize)| a.1.min(b.1).saturating_sub(a.0.max(b.0));
        shared((self.left, self.right), (other.left, other.right))
            * shared((self.top, self.bottom), (other.top, other.bottom))
    }
}
