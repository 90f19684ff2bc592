//! One picture of a file, as it came out of its decoder.

use firstseen_model::{Dihedral, Luma, LumaView, MediaTime};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, RgbImage, imageops};

use crate::MediaError;
use crate::still::Pixels;

/// Which frames are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decode {
    /// All, or only those that the codec can decode by themselves.
    pub frames: Frames,
    /// Begins with the frame that is shown at this time, rather than with the first.
    pub from: Option<MediaTime>,
    /// Ends with the last frame that starts at this time or before.
    pub until: Option<MediaTime>,
}

/// Which frames of a codec are decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frames {
    /// Every one.
    #[default]
    All,
    /// Those that need no other. Each frame of an animation counts as one.
    Keyframes,
}

/// Expands nothing: full range as it is.
pub(crate) static FULL: [u8; 256] = levels(0, 255);
/// Expands luma of 16..=235 to 0..=255.
pub(crate) static LIMITED: [u8; 256] = levels(16, 235);

const fn levels(black: i32, white: i32) -> [u8; 256] {
    let mut table = [0; 256];
    let span = white - black;
    let mut v = 0;
    while v < 256 {
        let above = (v as i32 - black) * 255;
        let level = (above + span / 2) / span;
        table[v] = if above < 0 {
            0
        } else if level > 255 {
            255
        } else {
            level as u8
        };
        v += 1;
    }
    table
}

/// One picture of a file, borrowed from its decoder until the next one.
pub struct Frame<'a> {
    pub(crate) at: MediaTime,
    pub(crate) keyframe: bool,
    pub(crate) raw: LumaView<'a>,
    pub(crate) levels: &'static [u8; 256],
    pub(crate) turn: Dihedral,
    pub(crate) colour: Colour<'a>,
}

/// Where a frame's colours are.
pub(crate) enum Colour<'a> {
    /// In a decoder's frame.
    Decoded(&'a ffmpeg_next::frame::Video),
    /// In packed pixels.
    Pixels(&'a Pixels),
    /// Still in the file: a JPEG was decoded as luma only.
    Jpeg(&'a dyn Fn() -> Result<RgbImage, MediaError>),
}

impl Frame<'_> {
    /// When it is shown, from the first frame.
    #[must_use]
    pub fn at(&self) -> MediaTime {
        self.at
    }

    /// Whether it needs no other frame to be decoded.
    #[must_use]
    pub fn is_keyframe(&self) -> bool {
        self.keyframe
    }

    /// Luma of 8 bits as it came out of the decoder: not yet of full range, see [`Frame::levels`], and not yet
    /// upright, see [`Frame::turn`].
    #[must_use]
    pub fn raw(&self) -> LumaView<'_> {
        self.raw
    }

    /// The table that gives the full-range level of each raw one; it changes nothing where the range is full.
    #[must_use]
    pub fn levels(&self) -> &[u8; 256] {
        self.levels
    }

    /// What must be done to the raw picture so that it is upright.
    #[must_use]
    pub fn turn(&self) -> Dihedral {
        self.turn
    }

    /// The raw luma where it is full-range and upright already, so that nobody need copy it.
    #[must_use]
    pub fn plain_luma(&self) -> Option<LumaView<'_>> {
        let plain = self.turn == Dihedral::UPRIGHT && std::ptr::eq(self.levels, &FULL);
        plain.then_some(self.raw)
    }

    /// Full-range luma, upright.
    #[must_use]
    pub fn luma(&self) -> Luma {
        turned(self.raw, self.levels, self.turn)
    }

    /// The upright picture in colour as a JPEG for people, with no side over `max_side`. It is never hashed.
    ///
    /// # Errors
    ///
    /// [`MediaError::Unsupported`] where the colours cannot be told, [`MediaError::Damaged`] where they do not come out.
    pub fn jpeg(&self, max_side: u32, quality: u8) -> Result<Vec<u8>, MediaError> {
        let (width, height) = fit(self.raw.width(), self.raw.height(), max_side);
        let shrink = |picture: RgbImage| {
            if picture.dimensions() == (width, height) {
                picture
            } else {
                imageops::thumbnail(&picture, width, height)
            }
        };
        let picture = match &self.colour {
            Colour::Decoded(frame) => crate::ffi::rgb(frame, width, height)?,
            Colour::Pixels(pixels) => shrink(pixels.rgb()?),
            Colour::Jpeg(decode) => shrink(decode()?),
        };
        let picture = upright(picture, self.turn);
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100))
            .encode(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)
            .map_err(|why| MediaError::Damaged {
                why: format!("frame cannot be written as JPEG: {why}"),
            })?;
        Ok(bytes)
    }
}

/// The size with the same shape whose longer side is `max_side` at most, and no side 0.
pub(crate) fn fit(width: usize, height: usize, max_side: u32) -> (u32, u32) {
    let (width, height, max_side) = (width as u64, height as u64, u64::from(max_side.max(1)));
    let longer = width.max(height);
    if longer <= max_side {
        return (width as u32, height as u32);
    }
    let shrink = |side: u64| ((side * max_side + longer / 2) / longer).max(1) as u32;
    (shrink(width), shrink(height))
}

/// `raw` with its levels expanded, mirrored and then turned.
pub(crate) fn turned(raw: LumaView<'_>, levels: &[u8; 256], turn: Dihedral) -> Luma {
    let (width, height) = (raw.width(), raw.height());
    let mut bytes = Vec::with_capacity(width * height);
    // Row y of the turned picture is a row or a column of the mirrored one, forwards or backwards.
    let column = |u: usize| if turn.mirrored { width - 1 - u } else { u };
    let (across, down) = if turn.swaps_sides() { (height, width) } else { (width, height) };
    for y in 0..down {
        match turn.quarter_turns % 4 {
            0 | 2 => {
                let upside_down = turn.quarter_turns % 4 == 2;
                let row = raw.row(if upside_down { height - 1 - y } else { y });
                let expanded = row.iter().map(|v| levels[usize::from(*v)]);
                if upside_down != turn.mirrored {
                    bytes.extend(expanded.rev());
                } else {
                    bytes.extend(expanded);
                }
            }
            1 => {
                let x = column(y);
                bytes.extend((0..height).rev().map(|v| levels[usize::from(raw.row(v)[x])]));
            }
            _ => {
                let x = column(width - 1 - y);
                bytes.extend((0..height).map(|v| levels[usize::from(raw.row(v)[x])]));
            }
        }
    }
    Luma::new(across, down, bytes).expect("as many pixels came out as went in")
}

fn upright(picture: RgbImage, turn: Dihedral) -> RgbImage {
    let picture = if turn.mirrored { imageops::flip_horizontal(&picture) } else { picture };
    match turn.quarter_turns % 4 {
        1 => imageops::rotate90(&picture),
        2 => imageops::rotate180(&picture),
        3 => imageops::rotate270(&picture),
        _ => picture,
    }
}

/// What makes a picture with this EXIF orientation upright.
pub(crate) fn turn_of_exif(orientation: u8) -> Dihedral {
    let (mirrored, quarter_turns) = match orientation {
        2 => (true, 0),
        3 => (false, 2),
        4 => (true, 2),
        5 => (true, 3),
        6 => (false, 1),
        7 => (true, 1),
        8 => (false, 3),
        _ => (false, 0),
    };
    Dihedral { mirrored, quarter_turns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limited_range_is_stretched_and_rounded() {
        assert_eq!(
            [0, 16, 17, 125, 126, 235, 255].map(|v: usize| LIMITED[v]),
            [0, 0, 1, 127, 128, 255, 255]
        );
        for (v, level) in LIMITED.iter().enumerate().skip(16).take(220) {
            assert_eq!(*level, ((v as f64 - 16.0) * 255.0 / 219.0).round() as u8, "{v}");
        }
        assert!((0..256).all(|v| usize::from(FULL[v]) == v));
    }

    /// The picture `ab` over `cd` over `ef`.
    fn letters(turn: Dihedral) -> (usize, String) {
        let raw = LumaView::new(b"ab_cd_ef_", 2, 3, 3).unwrap();
        let luma = turned(raw, &FULL, turn);
        (luma.width(), String::from_utf8(luma.into_bytes()).unwrap())
    }

    #[test]
    fn each_exif_orientation_comes_upright() {
        // What the standard says row 0 and column 0 of the stored picture are of the scene.
        let expected =
            ["abcdef", "badcfe", "fedcba", "efcdab", "acebdf", "ecafdb", "fdbeca", "bdface"];
        for (orientation, expected) in (1..).zip(expected) {
            let (width, shown) = letters(turn_of_exif(orientation));
            assert_eq!(shown, expected, "orientation {orientation}");
            assert_eq!(width, if orientation < 5 { 2 } else { 3 });
        }
    }

    #[test]
    fn colour_and_luma_are_turned_alike() {
        for turn in Dihedral::ALL {
            let picture =
                RgbImage::from_fn(2, 3, |x, y| image::Rgb([b"abcdef"[(y * 2 + x) as usize]; 3]));
            let colour: Vec<u8> = upright(picture, turn).pixels().map(|pixel| pixel[0]).collect();
            assert_eq!(colour, letters(turn).1.as_bytes(), "{turn:?}");
        }
    }

    #[test]
    fn a_sliver_keeps_a_side_of_one() {
        assert_eq!(fit(4000, 3, 128), (128, 1));
        assert_eq!(fit(100, 50, 128), (100, 50));
        assert_eq!(fit(1920, 1080, 128), (128, 72));
    }
}
