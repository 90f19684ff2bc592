//! Stills: JPEG, PNG, WebP, GIF, TIFF, BMP.

use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use firstseen_model::{Dihedral, Gap, Luma};
use image::{ColorType, ImageDecoder, ImageFormat, ImageReader, RgbImage};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::frame::turn_of_exif;
use crate::metadata::jpeg;
use crate::source::Source;
use crate::{Limits, MediaError};

/// Bytes of a still's file that are read: more than any picture within the limits needs, less than a sparse file has.
const STILL_BYTES: u64 = 1 << 30;
/// Bytes of a JPEG, which is read into memory: 300 Mpx of the best quality.
const JPEG_BYTES: u64 = 256 << 20;

/// Bytes that a PNG's reader may take for all but the picture.
const PNG_BYTES: u64 = 64 << 20;

/// A still whose header has been read.
pub(crate) struct Still {
    source: Source,
    format: ImageFormat,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// EXIF's number, 1 where there is none.
    pub(crate) orientation: u8,
    /// Colours that a JPEG is made of.
    colours: ColorSpace,
}

/// Packed pixels, rows from the top, in native byte order.
pub(crate) struct Pixels {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) color: ColorType,
    pub(crate) bytes: Vec<u8>,
}

/// What came of a still.
pub(crate) struct Decoded {
    pub(crate) luma: Luma,
    /// `None` for a JPEG of luma and chroma, whose chroma was not decoded.
    pub(crate) pixels: Option<Pixels>,
    pub(crate) gaps: Vec<Gap>,
}

impl Still {
    pub(crate) fn open(
        source: &Source,
        format: ImageFormat,
        limits: &Limits,
    ) -> Result<Self, MediaError> {
        let jpeg = format == ImageFormat::Jpeg;
        let source = source.first(if jpeg { JPEG_BYTES } else { STILL_BYTES });
        guarded(|| match format {
            ImageFormat::Jpeg => Self::open_jpeg(source, limits),
            _ => Self::open_other(source, format, limits),
        })
    }

    fn open_jpeg(source: Source, limits: &Limits) -> Result<Self, MediaError> {
        let blocks = jpeg::blocks(&source, limits.metadata_bytes);
        let mut decoder =
            JpegDecoder::new_with_options(source.buffered(), jpeg_options(Strict::No));
        decoder.decode_headers().map_err(damaged_jpeg)?;
        let (Some((width, height)), Some(colours)) =
            (decoder.dimensions(), decoder.input_colorspace())
        else {
            return Err(MediaError::Damaged { why: "no size in its header".to_owned() });
        };
        let baseline =
            !blocks.progressive && matches!(colours, ColorSpace::YCbCr | ColorSpace::Luma);
        let limit = if baseline { limits.still_pixels_jpeg } else { limits.still_pixels };
        check_pixels(width as u64 * height as u64, limit)?;
        let orientation =
            blocks.exif.as_deref().and_then(image::metadata::Orientation::from_exif_chunk);
        let orientation = orientation.map_or(1, image::metadata::Orientation::to_exif);
        Ok(Self {
            source,
            format: ImageFormat::Jpeg,
            width: width as u32,
            height: height as u32,
            orientation,
            colours,
        })
    }

    fn open_other(
        source: Source,
        format: ImageFormat,
        limits: &Limits,
    ) -> Result<Self, MediaError> {
        let mut decoder = decoder(&source, format, limits)?;
        let (width, height) = decoder.dimensions();
        if width == 0 || height == 0 {
            return Err(MediaError::Damaged { why: "a side has no pixels".to_owned() });
        }
        check_pixels(u64::from(width) * u64::from(height), limits.still_pixels)?;
        // Nobody else looks at it: `image` checks its limits on another way into the decoder only.
        check_pixels(decoder.total_bytes().div_ceil(4), limits.still_pixels)?;
        let orientation = decoder.orientation().map_or(1, image::metadata::Orientation::to_exif);
        Ok(Self { source, format, width, height, orientation, colours: ColorSpace::RGB })
    }

    pub(crate) fn turn(&self) -> Dihedral {
        turn_of_exif(self.orientation)
    }

    /// Decodes the pixels; what a damaged file still gives comes with a gap.
    pub(crate) fn decode(&self, limits: &Limits) -> Result<Decoded, MediaError> {
        guarded(|| match self.format {
            ImageFormat::Jpeg => self.decode_jpeg(),
            _ => self.decode_other(limits),
        })
    }

    fn decode_jpeg(&self) -> Result<Decoded, MediaError> {
        let direct = matches!(self.colours, ColorSpace::YCbCr | ColorSpace::Luma);
        let (bytes, gaps) =
            self.jpeg_as(if direct { ColorSpace::Luma } else { ColorSpace::RGB })?;
        if direct {
            let luma = self.luma(bytes)?;
            return Ok(Decoded { luma, pixels: None, gaps });
        }
        let pixels =
            Pixels { width: self.width, height: self.height, color: ColorType::Rgb8, bytes };
        Ok(Decoded { luma: self.luma(pixels.luma()?)?, pixels: Some(pixels), gaps })
    }

    /// The picture of a JPEG in colour.
    pub(crate) fn jpeg_rgb(&self) -> Result<RgbImage, MediaError> {
        let (bytes, _) = guarded(|| self.jpeg_as(ColorSpace::RGB))?;
        RgbImage::from_raw(self.width, self.height, bytes).ok_or_else(|| MediaError::Damaged {
            why: "fewer pixels than its header says".to_owned(),
        })
    }

    fn jpeg_as(&self, space: ColorSpace) -> Result<(Vec<u8>, Vec<Gap>), MediaError> {
        let mut file = Vec::new();
        self.source.rewound().read_to_end(&mut file)?;
        let decode = |strict, space| {
            let options = jpeg_options(strict).jpeg_set_out_colorspace(space);
            JpegDecoder::new_with_options(ZCursor::new(&file), options).decode()
        };
        // Only the strict reader tells that data are missing, only the lenient one gives what is there.
        match decode(Strict::Yes, space) {
            Ok(bytes) => Ok((bytes, Vec::new())),
            Err(why) => {
                let bytes = decode(Strict::No, space).map_err(damaged_jpeg)?;
                let why = why.to_string();
                // Reading luma alone, zune-jpeg 0.5.15 finds fault with codes of sound files that it takes in colour.
                let harmless = why.contains("Extra bytes between headers")
                    || space == ColorSpace::Luma && decode(Strict::Yes, ColorSpace::RGB).is_ok();
                let gap = Gap::new("pixels", format!("JPEG is damaged: {why}"));
                Ok((bytes, if harmless { Vec::new() } else { vec![gap] }))
            }
        }
    }

    fn decode_other(&self, limits: &Limits) -> Result<Decoded, MediaError> {
        let decoder = decoder(&self.source, self.format, limits)?;
        let (color, total) = (decoder.color_type(), decoder.total_bytes());
        check_pixels(total.div_ceil(4), limits.still_pixels)?;
        let mut bytes = vec![0; usize::try_from(total).unwrap_or(usize::MAX)];
        let mut gaps = Vec::new();
        if let Err(why) = decoder.read_image(&mut bytes) {
            if bytes.iter().all(|byte| *byte == 0) {
                return Err(MediaError::Damaged { why: why.to_string() });
            }
            gaps.push(Gap::new("pixels", format!("only a part came out: {why}")));
        }
        let pixels = Pixels { width: self.width, height: self.height, color, bytes };
        Ok(Decoded { luma: self.luma(pixels.luma()?)?, pixels: Some(pixels), gaps })
    }

    fn luma(&self, bytes: Vec<u8>) -> Result<Luma, MediaError> {
        Luma::new(self.width as usize, self.height as usize, bytes).ok_or_else(|| {
            MediaError::Damaged { why: "fewer pixels than its header says".to_owned() }
        })
    }
}

impl Pixels {
    /// 8-bit luma by 0.299, 0.587, 0.114, rounded, as JPEG has it; transparent parts as on a white page, where such
    /// pictures are mostly seen. 16 bits become 8 by rounding.
    pub(crate) fn luma(&self) -> Result<Vec<u8>, MediaError> {
        let mut luma = Vec::with_capacity(self.width as usize * self.height as usize);
        match self.color {
            ColorType::L8 => luma.extend_from_slice(&self.bytes),
            ColorType::Rgb8 => {
                luma.extend(self.bytes.as_chunks().0.iter().map(|[r, g, b]| luma_of([*r, *g, *b])));
            }
            _ => self.each_rgb(|rgb| luma.push(luma_of(rgb)))?,
        }
        Ok(luma)
    }

    pub(crate) fn rgb(&self) -> Result<RgbImage, MediaError> {
        let mut bytes = Vec::with_capacity(self.width as usize * self.height as usize * 3);
        self.each_rgb(|rgb| bytes.extend(rgb))?;
        RgbImage::from_raw(self.width, self.height, bytes).ok_or_else(|| MediaError::Damaged {
            why: "fewer pixels than its header says".to_owned(),
        })
    }

    fn each_rgb(&self, mut see: impl FnMut([u8; 3])) -> Result<(), MediaError> {
        let bytes = &self.bytes;
        match self.color {
            ColorType::L8 => bytes.iter().for_each(|l| see([*l; 3])),
            ColorType::La8 => {
                bytes.as_chunks().0.iter().for_each(|[l, a]| see([over_white(*l, *a); 3]));
            }
            ColorType::Rgb8 => bytes.as_chunks().0.iter().for_each(|rgb| see(*rgb)),
            ColorType::Rgba8 => {
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .for_each(|[r, g, b, a]| see([*r, *g, *b].map(|v| over_white(v, *a))));
            }
            ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => {
                let eight: Vec<u8> = bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|two| to_eight(u16::from_ne_bytes(*two)))
                    .collect();
                let color = match self.color {
                    ColorType::L16 => ColorType::L8,
                    ColorType::La16 => ColorType::La8,
                    ColorType::Rgb16 => ColorType::Rgb8,
                    _ => ColorType::Rgba8,
                };
                return Self { color, bytes: eight, ..*self }.each_rgb(see);
            }
            ColorType::Rgb32F | ColorType::Rgba32F => {
                let channels = usize::from(self.color.channel_count());
                let values: Vec<u8> = bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|four| unit(f32::from_ne_bytes(*four)))
                    .collect();
                values.chunks_exact(channels).for_each(|v| {
                    let alpha = v.get(3).copied().unwrap_or(255);
                    see([v[0], v[1], v[2]].map(|value| over_white(value, alpha)));
                });
            }
            other => {
                return Err(MediaError::Unsupported { what: format!("pixels of kind {other:?}") });
            }
        }
        Ok(())
    }
}

/// Luma of a full-range colour, as JPEG and PDQ have it; `image` has other weights.
pub(crate) fn luma_of([r, g, b]: [u8; 3]) -> u8 {
    ((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000) as u8
}

fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

fn to_eight(value: u16) -> u8 {
    ((u32::from(value) + 128) / 257) as u8
}

fn unit(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

enum Strict {
    Yes,
    No,
}

fn jpeg_options(strict: Strict) -> DecoderOptions {
    // A side of 65,535 is all that the format can say; the product is checked against the limit.
    DecoderOptions::default()
        .set_strict_mode(matches!(strict, Strict::Yes))
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
}

fn damaged_jpeg(why: zune_jpeg::errors::DecodeErrors) -> MediaError {
    use zune_jpeg::errors::DecodeErrors;
    match why {
        DecodeErrors::Unsupported(what) => {
            MediaError::Unsupported { what: format!("JPEG: {what:?}") }
        }
        why => MediaError::Damaged { why: why.to_string() },
    }
}

/// A decoder with its header read, under the same limits wherever it is made.
pub(crate) fn decoder(
    source: &Source,
    format: ImageFormat,
    limits: &Limits,
) -> Result<impl ImageDecoder + use<>, MediaError> {
    let mut reader: ImageReader<BufReader<Source>> =
        ImageReader::with_format(source.buffered(), format);
    // A PNG's reader inflates colour profiles and texts up to this; the picture itself is not counted.
    let most =
        if format == ImageFormat::Png { PNG_BYTES } else { limits.still_pixels.saturating_mul(8) };
    reader.limits(image_limits(most));
    reader.into_decoder().map_err(damaged)
}

pub(crate) fn image_limits(most_bytes: u64) -> image::Limits {
    let mut own = image::Limits::default();
    own.max_alloc = Some(most_bytes);
    own
}

pub(crate) fn damaged(why: image::ImageError) -> MediaError {
    match why {
        image::ImageError::Unsupported(what) => MediaError::Unsupported { what: what.to_string() },
        image::ImageError::Limits(why) => MediaError::TooLarge { why: why.to_string() },
        why => MediaError::Damaged { why: why.to_string() },
    }
}

pub(crate) fn check_pixels(value: u64, limit: u64) -> Result<(), MediaError> {
    if value > limit {
        return Err(MediaError::OverLimit { what: "still-pixels", value, limit });
    }
    Ok(())
}

/// A panic of a decoder is damage of the file.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, MediaError>) -> Result<T, MediaError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(MediaError::Damaged { why: "its reader gave up in the midst of it".to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luma_has_the_weights_of_jpeg() {
        assert_eq!(luma_of([255, 0, 0]), 76);
        assert_eq!(luma_of([0, 255, 0]), 150);
        assert_eq!(luma_of([0, 0, 255]), 29);
        assert_eq!(luma_of([255; 3]), 255);
    }

    #[test]
    fn what_is_transparent_is_white() {
        let pixels =
            |color, bytes: &[u8]| Pixels { width: 1, height: 1, color, bytes: bytes.to_vec() };
        assert_eq!(pixels(ColorType::Rgba8, &[0, 0, 0, 0]).luma().unwrap(), [255]);
        assert_eq!(pixels(ColorType::La8, &[100, 255]).luma().unwrap(), [100]);
        assert_eq!(pixels(ColorType::La8, &[0, 128]).luma().unwrap(), [127]);
    }

    #[test]
    fn sixteen_bits_are_rounded_to_eight() {
        for v in 0..=255 {
            assert_eq!(to_eight(v * 257), v as u8);
        }
        assert_eq!([128, 129, 65535 - 129, 65535 - 128].map(to_eight), [0, 1, 254, 255]);
        assert_eq!([f32::NAN, -1.0, 0.5, 9.0].map(unit), [0, 0, 128, 255]);
    }

    #[test]
    fn a_panic_of_a_reader_is_damage() {
        assert!(matches!(guarded::<()>(|| panic!("bad table")), Err(MediaError::Damaged { .. })));
    }
}
