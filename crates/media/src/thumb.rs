//! Thumbnails: small grey JPEGs, written by this program and read again under strict limits.

use firstseen_model::{Luma, LumaView};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::MediaError;
use crate::still::guarded;

/// Scans that a thumbnail may have. Ours have one; a JPEG of many is slow to decode for its size.
const MOST_SCANS: usize = 8;

/// The picture as a grey JPEG of `quality` 1 to 100; empty where a side is over 65,535, which a JPEG cannot hold.
#[must_use]
pub fn encode_grey_jpeg(luma: LumaView<'_>, quality: u8) -> Vec<u8> {
    let (Ok(width), Ok(height)) = (u16::try_from(luma.width()), u16::try_from(luma.height()))
    else {
        return Vec::new();
    };
    let (packed, mut bytes) = (luma.to_owned(), Vec::new());
    let written = JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100)).encode(
        packed.bytes(),
        u32::from(width),
        u32::from(height),
        ExtendedColorType::L8,
    );
    if written.is_err() {
        bytes.clear();
    }
    bytes
}

/// The luma of a JPEG with no side over `max_side`.
///
/// # Errors
///
/// [`MediaError::OverLimit`] where a side is longer, [`MediaError::Damaged`] where it is no JPEG or cut off.
pub fn decode_grey_jpeg(bytes: &[u8], max_side: u32) -> Result<Luma, MediaError> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(MOST_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let (width, height, luma) = decoded(bytes, options, "thumbnail-side", max_side)?;
    Luma::new(width, height, luma).ok_or_else(too_few)
}

/// Width, height and bytes of a JPEG with no side over `max_side`; that limit is called `what`.
pub(crate) fn decoded(
    bytes: &[u8],
    options: DecoderOptions,
    what: &'static str,
    max_side: u32,
) -> Result<(usize, usize, Vec<u8>), MediaError> {
    let damaged = |why: String| MediaError::Damaged { why };
    guarded(|| {
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map_err(|why| damaged(why.to_string()))?;
        let (width, height) = decoder.dimensions().ok_or_else(|| damaged("no size".to_owned()))?;
        let longer = width.max(height) as u64;
        if longer > u64::from(max_side) {
            return Err(MediaError::OverLimit { what, value: longer, limit: u64::from(max_side) });
        }
        let pixels = decoder.decode().map_err(|why| damaged(why.to_string()))?;
        Ok((width, height, pixels))
    })
}

/// What is said where a decoder gave less than its header promises.
pub(crate) fn too_few() -> MediaError {
    MediaError::Damaged { why: "fewer pixels than its header says".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Luma {
        Luma::from_fn(128, 72, |x, y| (x + y) as u8)
    }

    #[test]
    fn a_thumbnail_comes_back_much_as_it_was() {
        let bytes = encode_grey_jpeg(ramp().view(), 60);
        let back = decode_grey_jpeg(&bytes, 128).unwrap();
        assert_eq!((back.width(), back.height()), (128, 72));
        assert!(back.bytes().iter().zip(ramp().bytes()).all(|(a, b)| a.abs_diff(*b) < 12));
    }

    #[test]
    fn a_long_side_is_over_the_limit() {
        let bytes = encode_grey_jpeg(ramp().view(), 60);
        assert!(matches!(
            decode_grey_jpeg(&bytes, 127),
            Err(MediaError::OverLimit { value: 128, limit: 127, .. })
        ));
    }

    #[test]
    fn every_prefix_fails_gently() {
        let bytes = encode_grey_jpeg(ramp().view(), 60);
        for len in 0..bytes.len() - 2 {
            assert!(
                decode_grey_jpeg(&bytes[..len], 128).is_err() || len > bytes.len() / 2,
                "{len}"
            );
        }
    }
}
