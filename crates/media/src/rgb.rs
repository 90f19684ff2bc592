//! Colour pictures: what pictures that are made, edited or drawn are made of.

use firstseen_model::Luma;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

use crate::MediaError;
use crate::thumb::{decoded, too_few};

/// Longest side of a picture that a JPEG can hold.
const MAX_SIDE: usize = 65_535;

/// A picture of 8-bit red, green and blue, rows packed, from the upper left corner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

impl Rgb {
    /// The picture of `bytes`; `None` unless they are three for each pixel and no side is 0 or over 65,535.
    #[must_use]
    pub fn new(width: usize, height: usize, bytes: Vec<u8>) -> Option<Self> {
        let sides = 1..=MAX_SIDE;
        let fits = sides.contains(&width)
            && sides.contains(&height)
            && width.checked_mul(height)?.checked_mul(3)? == bytes.len();
        fits.then_some(Self { width, height, bytes })
    }

    /// A picture of the colours that `colour` gives for each column and row; sides outside 1 to 65,535 are brought in.
    #[must_use]
    pub fn from_fn(
        width: usize,
        height: usize,
        mut colour: impl FnMut(usize, usize) -> [u8; 3],
    ) -> Self {
        let (width, height) = (width.clamp(1, MAX_SIDE), height.clamp(1, MAX_SIDE));
        let mut bytes = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            for x in 0..width {
                bytes.extend_from_slice(&colour(x, y));
            }
        }
        Self { width, height, bytes }
    }

    /// A picture of one colour.
    #[must_use]
    pub fn plain(width: usize, height: usize, colour: [u8; 3]) -> Self {
        Self::from_fn(width, height, |_, _| colour)
    }

    /// Pixels a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Red, green and blue of every pixel.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Red, green and blue of every pixel, to be changed.
    #[must_use]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// The colour of a pixel; that of the nearest one for a place beyond the edges.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let i = (y.min(self.height - 1) * self.width + x.min(self.width - 1)) * 3;
        [self.bytes[i], self.bytes[i + 1], self.bytes[i + 2]]
    }

    /// Gives a pixel a colour; a place beyond the edges has none.
    pub fn put(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        if x < self.width && y < self.height {
            let i = (y * self.width + x) * 3;
            self.bytes[i..i + 3].copy_from_slice(&colour);
        }
    }

    /// The box of at most `width` x `height` pixels whose upper left corner is at `x`, `y`; at least one pixel.
    #[must_use]
    pub fn part(&self, x: usize, y: usize, width: usize, height: usize) -> Self {
        let (x, y) = (x.min(self.width - 1), y.min(self.height - 1));
        let (width, height) = (width.min(self.width - x), height.min(self.height - y));
        Self::from_fn(width, height, |column, row| self.at(x + column, y + row))
    }

    /// The picture at another size; what is made smaller is averaged, and sides outside 1 to 65,535 are brought in.
    #[must_use]
    pub fn resized(&self, width: usize, height: usize) -> Self {
        let (width, height) = (width.clamp(1, MAX_SIDE), height.clamp(1, MAX_SIDE));
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        self.through(|image| {
            imageops::resize(&image, width as u32, height as u32, FilterType::CatmullRom)
        })
    }

    /// The picture blurred as by a Gaussian with a standard deviation of `sigma` pixels.
    #[must_use]
    pub fn blurred(&self, sigma: f32) -> Self {
        if !sigma.is_finite() || sigma <= 0.0 {
            return self.clone();
        }
        self.through(|image| imageops::blur(&image, sigma))
    }

    /// The picture as a JPEG of `quality` 1 to 100.
    #[must_use]
    pub fn jpeg(&self, quality: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100))
            .encode(&self.bytes, self.width as u32, self.height as u32, ExtendedColorType::Rgb8)
            .expect("memory takes any bytes, and the sides are those that a JPEG can hold");
        bytes
    }

    /// The picture as a PNG that says in its head which `software` wrote it.
    #[must_use]
    pub fn png(&self, software: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        PngEncoder::new(&mut bytes)
            .write_image(
                &self.bytes,
                self.width as u32,
                self.height as u32,
                ExtendedColorType::Rgb8,
            )
            .expect("memory takes any bytes, and the sides are those that a PNG can hold");
        let text = [b"Software\0", software.as_bytes()].concat();
        bytes.splice(PNG_HEAD..PNG_HEAD, png_chunk(*b"tEXt", &text));
        bytes
    }

    /// Its luma, by the weights that JPEG has, rounded.
    #[must_use]
    pub fn luma(&self) -> Luma {
        Luma::from_fn(self.width, self.height, |x, y| {
            let [red, green, blue] = self.at(x, y).map(u32::from);
            ((299 * red + 587 * green + 114 * blue + 500) / 1000) as u8
        })
    }

    fn through(&self, change: impl FnOnce(RgbImage) -> RgbImage) -> Self {
        let image = RgbImage::from_raw(self.width as u32, self.height as u32, self.bytes.clone())
            .expect("there are three bytes for each pixel");
        let image = change(image);
        let (width, height) = (image.width() as usize, image.height() as usize);
        Self { width, height, bytes: image.into_raw() }
    }
}

/// Bytes of a PNG's signature and of its first chunk.
const PNG_HEAD: usize = 33;

/// A chunk of a PNG.
fn png_chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [&kind[..], data].concat();
    let sum = named.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)))
    });
    [&(data.len() as u32).to_be_bytes()[..], &named, &(!sum).to_be_bytes()].concat()
}

/// The picture of a JPEG with no side over `max_side`.
///
/// # Errors
///
/// [`MediaError::OverLimit`] where a side is longer, [`MediaError::Damaged`] where it is no JPEG or cannot be decoded.
pub fn decode_jpeg(bytes: &[u8], max_side: u32) -> Result<Rgb, MediaError> {
    let options = DecoderOptions::default()
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let (width, height, pixels) = decoded(bytes, options, "picture-side", max_side)?;
    Rgb::new(width, height, pixels).ok_or_else(too_few)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Rgb {
        Rgb::from_fn(96, 64, |x, y| [(x * 2) as u8, (y * 3) as u8, 90])
    }

    #[test]
    fn a_jpeg_comes_back_much_as_it_was() {
        let back = decode_jpeg(&ramp().jpeg(90), 96).unwrap();
        assert_eq!((back.width(), back.height()), (96, 64));
        assert!(back.bytes().iter().zip(ramp().bytes()).all(|(a, b)| a.abs_diff(*b) < 16));
    }

    #[test]
    fn a_png_comes_back_as_it_was_and_says_what_wrote_it() {
        let png = ramp().png("a test");
        let back = image::load_from_memory(&png).unwrap().into_rgb8();
        assert_eq!(back.as_raw(), ramp().bytes());
        let told = b"tEXtSoftware\0a test";
        assert!(png.windows(told.len()).any(|part| part == told));
    }

    #[test]
    fn luma_of_grey_is_that_grey() {
        let grey = Rgb::from_fn(256, 1, |x, _| [x as u8; 3]);
        assert!(grey.luma().bytes().iter().enumerate().all(|(x, luma)| x == usize::from(*luma)));
    }

    #[test]
    fn a_grey_jpeg_is_a_picture_too() {
        let grey = crate::encode_grey_jpeg(ramp().luma().view(), 90);
        let back = decode_jpeg(&grey, 96).unwrap();
        assert!(back.bytes().chunks(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    }

    #[test]
    fn a_long_side_is_over_the_limit_and_rubbish_is_damaged() {
        let told = decode_jpeg(&ramp().jpeg(90), 95);
        assert!(matches!(told, Err(MediaError::OverLimit { value: 96, limit: 95, .. })));
        assert!(matches!(decode_jpeg(b"no picture", 95), Err(MediaError::Damaged { .. })));
    }

    #[test]
    fn a_picture_has_three_bytes_a_pixel() {
        assert!(Rgb::new(2, 2, vec![0; 12]).is_some());
        assert!(Rgb::new(2, 2, vec![0; 11]).is_none());
        assert!(Rgb::new(0, 2, Vec::new()).is_none());
        assert!(Rgb::new(usize::MAX, 2, Vec::new()).is_none());
    }

    #[test]
    fn resizing_keeps_the_mean_colour() {
        let mean =
            |p: &Rgb| p.bytes().iter().map(|b| u64::from(*b)).sum::<u64>() / p.bytes().len() as u64;
        let small = ramp().resized(24, 16);
        assert_eq!((small.width(), small.height()), (24, 16));
        assert!(mean(&small).abs_diff(mean(&ramp())) <= 1);
        assert_eq!(ramp().part(90, 60, 50, 50).width(), 6);
        assert_eq!(Rgb::plain(8, 8, [7; 3]).blurred(2.0), Rgb::plain(8, 8, [7; 3]));
    }
}
