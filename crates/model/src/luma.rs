//! Planes of 8-bit full-range luma.

use serde::{Deserialize, Serialize};

use crate::Part;

/// A plane of 8-bit full-range luma, rows from the top, that somebody else owns.
#[derive(Clone, Copy)]
pub struct LumaView<'a> {
    bytes: &'a [u8],
    width: usize,
    height: usize,
    stride: usize,
}

impl<'a> LumaView<'a> {
    /// The plane whose row `y` starts at `bytes[y * stride]`, or `None` where the bytes do not hold it or a side is 0.
    #[must_use]
    pub fn new(bytes: &'a [u8], width: usize, height: usize, stride: usize) -> Option<Self> {
        let needed = stride.checked_mul(height.checked_sub(1)?)?.checked_add(width)?;
        (width > 0 && width <= stride && bytes.len() >= needed).then_some(Self {
            bytes,
            width,
            height,
            stride,
        })
    }

    /// Width in pixels, never 0.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels, never 0.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Row `y`, `width` bytes long.
    ///
    /// # Panics
    ///
    /// Where `y` is not under the height.
    #[must_use]
    pub fn row(&self, y: usize) -> &'a [u8] {
        &self.bytes[y * self.stride..][..self.width]
    }

    /// The rows from the top.
    pub fn rows(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let view = *self;
        (0..view.height).map(move |y| view.row(y))
    }

    /// The pixels of `part`, at least one a side; what lies outside the picture is left out.
    #[must_use]
    pub fn part(&self, part: Part) -> Self {
        let (x, width) = range(part.x, part.width, self.width);
        let (y, height) = range(part.y, part.height, self.height);
        let bytes = &self.bytes[y * self.stride + x..];
        Self { bytes, width, height, stride: self.stride }
    }

    /// The same picture in bytes of its own, without padding.
    #[must_use]
    pub fn to_owned(&self) -> Luma {
        let mut bytes = Vec::with_capacity(self.width * self.height);
        for row in self.rows() {
            bytes.extend_from_slice(row);
        }
        Luma { width: self.width, height: self.height, bytes }
    }
}

/// First pixel and count of those that a share of a side covers.
fn range(start: f32, length: f32, side: usize) -> (usize, usize) {
    let pixels = |share: f32| (share.clamp(0.0, 1.0) * side as f32).round() as usize;
    let first = pixels(start).min(side - 1);
    (first, pixels(start + length).clamp(first + 1, side) - first)
}

/// A plane of 8-bit full-range luma without padding, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Luma {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

impl Luma {
    /// The plane with these bytes, or `None` where there are not `width * height` of them or a side is 0.
    #[must_use]
    pub fn new(width: usize, height: usize, bytes: Vec<u8>) -> Option<Self> {
        (width > 0 && height > 0 && width.checked_mul(height) == Some(bytes.len()))
            .then_some(Self { width, height, bytes })
    }

    /// The picture whose pixel at `(x, y)` is `pixel(x, y)`.
    ///
    /// # Panics
    ///
    /// Where a side is 0.
    #[must_use]
    pub fn from_fn(width: usize, height: usize, mut pixel: impl FnMut(usize, usize) -> u8) -> Self {
        assert!(width > 0 && height > 0, "a picture has at least one pixel");
        let bytes = (0..width * height).map(|i| pixel(i % width, i / width)).collect();
        Self { width, height, bytes }
    }

    /// Width in pixels, never 0.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels, never 0.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// All pixels, row by row.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The pixels themselves.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The pixel at `(x, y)`.
    ///
    /// # Panics
    ///
    /// Outside the picture.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> u8 {
        assert!(x < self.width, "column {x} of {}", self.width);
        self.bytes[y * self.width + x]
    }

    /// This picture, borrowed.
    #[must_use]
    pub fn view(&self) -> LumaView<'_> {
        LumaView { bytes: &self.bytes, width: self.width, height: self.height, stride: self.width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_that_its_bytes_cannot_hold_is_refused() {
        assert!(LumaView::new(&[0; 7], 2, 2, 5).is_some());
        assert!(LumaView::new(&[0; 6], 2, 2, 5).is_none());
        assert!(LumaView::new(&[0; 6], 0, 2, 3).is_none());
        assert!(LumaView::new(&[0; 6], 3, 0, 3).is_none());
        assert!(LumaView::new(&[0; 6], 3, usize::MAX, 3).is_none());
    }

    #[test]
    fn a_part_keeps_within_the_picture() {
        let picture = Luma::from_fn(4, 3, |x, y| (10 * y + x) as u8);
        let part = |x, y, width, height| {
            picture.view().part(Part { x, y, width, height }).to_owned().into_bytes()
        };
        assert_eq!(part(0.5, 0.34, 0.5, 0.33), [12, 13]);
        assert_eq!(part(0.0, 0.0, 2.0, 2.0), picture.bytes());
        assert_eq!(part(1.0, 1.0, 0.1, 0.1), [23]);
    }

    #[test]
    fn padding_is_left_behind() {
        let view = LumaView::new(&[1, 2, 9, 3, 4, 9], 2, 2, 3).unwrap();
        assert_eq!(view.to_owned().bytes(), [1, 2, 3, 4]);
    }
}
