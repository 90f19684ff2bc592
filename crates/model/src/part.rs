//! Parts of a picture.

use serde::{Deserialize, Serialize};

/// A box within a picture, as shares of its sides; `x` and `y` from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Part {
    /// The whole picture.
    pub const WHOLE: Self = Self { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };

    /// Its share of the picture's area.
    #[must_use]
    pub fn area(self) -> f32 {
        self.width * self.height
    }
}
