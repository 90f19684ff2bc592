//! Everything that FFmpeg offers only through raw pointers.
//!
//! No field is used here that moved between FFmpeg 5 and 8.
#![expect(
    unsafe_code,
    reason = "the safe bindings have no way to pixel descriptors, planes with their true strides, stream sizes and colour ranges"
)]

use std::ffi::{CStr, c_int};
use std::sync::Once;

use ffmpeg::ffi as av;
use ffmpeg::format::Pixel;
use ffmpeg::software::scaling::{Context as Scaler, Flags};
use ffmpeg_next as ffmpeg;
use image::RgbImage;

use crate::MediaError;

/// Makes FFmpeg ready, and silent: its messages hold text out of files.
pub(crate) fn ready() {
    static READY: Once = Once::new();
    READY.call_once(|| {
        // It fails on no platform; what it sets up besides messages is needed by old versions only.
        let _ready = ffmpeg::init();
        ffmpeg::log::set_level(ffmpeg::log::Level::Quiet);
    });
}

/// The release that is linked, such as `5.1.9-0+deb12u1`.
pub(crate) fn version() -> String {
    // SAFETY: the text is static and ends with a NUL.
    let text = unsafe { CStr::from_ptr(av::av_version_info()) };
    text.to_string_lossy().into_owned()
}

/// Width and height as the container tells them.
pub(crate) fn size(parameters: &ffmpeg::codec::Parameters) -> (u32, u32) {
    // SAFETY: the pointer is valid as long as `parameters` is.
    let (width, height) = unsafe { ((*parameters.as_ptr()).width, (*parameters.as_ptr()).height) };
    (u32::try_from(width).unwrap_or(0), u32::try_from(height).unwrap_or(0))
}

/// Has the demuxer pass over a stream that nobody looks at.
pub(crate) fn discard(stream: &mut ffmpeg::StreamMut<'_>) {
    // SAFETY: the pointer is valid as long as `stream` is, and nobody else holds it.
    unsafe { (*stream.as_mut_ptr()).discard = av::AVDiscard::AVDISCARD_ALL }
}

/// Tags of the container, as bytes in whatever encoding: the safe bindings hold them to be UTF-8 without a look.
pub(crate) fn tags(input: &ffmpeg::format::context::Input) -> Vec<(Vec<u8>, Vec<u8>)> {
    // SAFETY: the pointer is valid as long as `input` is.
    unsafe { dictionary((*input.as_ptr()).metadata) }
}

/// Tags of a stream.
pub(crate) fn stream_tags(stream: &ffmpeg::Stream<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
    // SAFETY: the pointer is valid as long as the stream's container is, which `stream` borrows.
    unsafe { dictionary((*stream.as_ptr()).metadata) }
}

/// # Safety
///
/// `tags` is null or a dictionary that nobody changes meanwhile.
unsafe fn dictionary(tags: *const av::AVDictionary) -> Vec<(Vec<u8>, Vec<u8>)> {
    let (mut list, mut entry) = (Vec::new(), std::ptr::null());
    loop {
        // SAFETY: `entry` is null or the entry before; both its texts end with a NUL.
        unsafe {
            entry = av::av_dict_get(tags, c"".as_ptr(), entry, av::AV_DICT_IGNORE_SUFFIX as c_int);
            if entry.is_null() {
                return list;
            }
            let bytes = |text: *const std::ffi::c_char| CStr::from_ptr(text).to_bytes().to_vec();
            list.push((bytes((*entry).key), bytes((*entry).value)));
        }
    }
}

/// How a component of a pixel lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Component {
    pub(crate) plane: usize,
    pub(crate) step: usize,
    pub(crate) offset: usize,
    pub(crate) shift: u32,
    pub(crate) depth: u32,
}

/// How the pixels of a format lie in memory.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    descriptor: *const av::AVPixFmtDescriptor,
    /// Luma, or red.
    pub(crate) first: Component,
    pub(crate) components: u8,
    pub(crate) rgb: bool,
    pub(crate) palette: bool,
    pub(crate) big_endian: bool,
    /// Whether components are whole numbers in memory that a processor can read.
    pub(crate) readable: bool,
}

impl Layout {
    pub(crate) fn of(format: Pixel) -> Option<Self> {
        let descriptor = format.descriptor()?.as_ptr();
        // SAFETY: descriptors are static tables of FFmpeg.
        let told = unsafe { &*descriptor };
        let has = |flag: c_int| told.flags & flag as u64 != 0;
        let first = &told.comp[0];
        let number = |value: c_int| usize::try_from(value).unwrap_or(0);
        Some(Self {
            descriptor,
            first: Component {
                plane: number(first.plane),
                step: number(first.step),
                offset: number(first.offset),
                shift: number(first.shift) as u32,
                depth: number(first.depth) as u32,
            },
            components: told.nb_components,
            rgb: has(av::AV_PIX_FMT_FLAG_RGB as c_int),
            palette: has(av::AV_PIX_FMT_FLAG_PAL as c_int),
            big_endian: has(av::AV_PIX_FMT_FLAG_BE as c_int),
            readable: !has(av::AV_PIX_FMT_FLAG_HWACCEL as c_int)
                && !has(av::AV_PIX_FMT_FLAG_FLOAT as c_int)
                && !has(av::AV_PIX_FMT_FLAG_BAYER as c_int)
                && told.nb_components > 0,
        })
    }

    /// Reads component `component` of row `y` of a frame of this format, palette looked up.
    pub(crate) fn read_row(
        &self,
        frame: &ffmpeg::frame::Video,
        component: u8,
        y: u32,
        row: &mut [u16],
    ) {
        assert!(
            component < self.components.max(if self.palette { 3 } else { 0 }),
            "component {component} is not there"
        );
        assert!(y < frame.height() && row.len() == frame.width() as usize, "row {y} is not there");
        // SAFETY: the frame has this format, the row and the component exist, `row` holds its width; strides may be
        // negative, which FFmpeg's own reader allows for.
        unsafe {
            let raw = frame.as_ptr();
            let mut planes = [std::ptr::null::<u8>(); 4];
            for (plane, data) in planes.iter_mut().zip((*raw).data) {
                *plane = data;
            }
            av::av_read_image_line(
                row.as_mut_ptr(),
                planes.as_mut_ptr(),
                (*raw).linesize.as_ptr(),
                self.descriptor,
                0,
                y as c_int,
                c_int::from(component),
                row.len() as c_int,
                c_int::from(self.palette),
            );
        }
    }
}

/// Plane `plane` from its first row on and its stride, where rows go downwards and hold `row_bytes` each.
pub(crate) fn plane(
    frame: &ffmpeg::frame::Video,
    plane: usize,
    row_bytes: usize,
) -> Option<(&[u8], usize)> {
    // SAFETY: `data[plane]` points at `height` rows, `linesize[plane]` bytes apart, of which each holds the row.
    unsafe {
        let raw = &*frame.as_ptr();
        let (data, stride) = (*raw.data.get(plane)?, usize::try_from(raw.linesize[plane]).ok()?);
        if data.is_null() || stride < row_bytes || frame.height() == 0 {
            return None;
        }
        Some((
            std::slice::from_raw_parts(data, stride * (frame.height() as usize - 1) + row_bytes),
            stride,
        ))
    }
}

/// The frame in colour, in another size; for people, not for hashing.
pub(crate) fn rgb(
    frame: &ffmpeg::frame::Video,
    width: u32,
    height: u32,
) -> Result<RgbImage, MediaError> {
    let failed =
        |why: ffmpeg::Error| MediaError::Unsupported { what: format!("colours of a frame: {why}") };
    let flags = Flags::AREA | Flags::ACCURATE_RND | Flags::BITEXACT;
    let mut scaler = Scaler::get(
        frame.format(),
        frame.width(),
        frame.height(),
        Pixel::RGB24,
        width,
        height,
        flags,
    )
    .map_err(failed)?;
    let full = c_int::from(frame.color_range() == ffmpeg::color::Range::JPEG);
    let matrix = match frame.color_space() {
        ffmpeg::color::Space::BT709 => av::SWS_CS_ITU709,
        ffmpeg::color::Space::BT2020NCL | ffmpeg::color::Space::BT2020CL => av::SWS_CS_BT2020,
        _ => av::SWS_CS_DEFAULT,
    };
    // SAFETY: the scaler is valid, the coefficients are static tables. It returns -1 where the formats need no
    // matrix, which is no failure.
    unsafe {
        let source = av::sws_getCoefficients(matrix as c_int);
        let target = av::sws_getCoefficients(av::SWS_CS_DEFAULT as c_int);
        av::sws_setColorspaceDetails(
            scaler.as_mut_ptr(),
            source,
            full,
            target,
            1,
            0,
            1 << 16,
            1 << 16,
        );
    }
    let mut scaled = ffmpeg::frame::Video::empty();
    scaler.run(frame, &mut scaled).map_err(failed)?;
    let row_bytes = width as usize * 3;
    let (bytes, stride) =
        plane(&scaled, 0, row_bytes).ok_or_else(|| failed(ffmpeg::Error::InvalidData))?;
    let packed = bytes.chunks(stride).flat_map(|row| row[..row_bytes].iter().copied()).collect();
    RgbImage::from_raw(width, height, packed).ok_or_else(|| failed(ffmpeg::Error::InvalidData))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    /// FFmpeg drops options that it does not know without a word.
    #[test]
    fn every_option_is_known_to_ffmpeg() {
        let known = |class: *const av::AVClass, name: &str| {
            let name = CString::new(name).unwrap();
            let mut class = class;
            // SAFETY: a pointer to a class pointer stands for an object of that class, by FFmpeg's convention.
            let found = unsafe {
                let object = (&raw mut class).cast();
                av::av_opt_find(
                    object,
                    name.as_ptr(),
                    std::ptr::null(),
                    0,
                    av::AV_OPT_SEARCH_FAKE_OBJ as c_int,
                )
            };
            !found.is_null()
        };
        // SAFETY: both give static tables.
        let (demuxer, decoder) = unsafe { (av::avformat_get_class(), av::avcodec_get_class()) };
        for (name, _) in crate::video::demuxer_options("avi") {
            assert!(known(demuxer, name), "demuxer option {name}");
        }
        for (name, _) in
            crate::video::decoder_options(&crate::Limits::default(), crate::Frames::Keyframes)
        {
            assert!(known(decoder, name), "decoder option {name}");
        }
        assert!(!known(demuxer, "no_such_option"));
    }
}
