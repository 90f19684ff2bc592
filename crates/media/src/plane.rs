//! The 8-bit luma of a decoded video frame, whatever its pixel format.

use ffmpeg_next::color::Range;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame::Video;
use firstseen_model::LumaView;

use crate::ffi::{Layout, plane};
use crate::frame::{FULL, LIMITED};
use crate::still::luma_of;

/// Reads the luma of frames, with room for those that have none of their own.
#[derive(Default)]
pub(crate) struct Reader {
    room: Vec<u8>,
    row: Vec<u16>,
}

impl Reader {
    /// Luma of 8 bits, and the table that expands it to full range; or which pixel format cannot be read.
    ///
    /// Planes of 8-bit luma are lent as they are. Deeper luma is reduced to 8 bits by rounding; RGB is weighed as a
    /// still's.
    pub(crate) fn luma<'a>(
        &'a mut self,
        frame: &'a Video,
    ) -> Result<(LumaView<'a>, &'static [u8; 256]), String> {
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        let format = frame.format();
        let unreadable = || format!("pixel format {format:?} is not read");
        let layout = Layout::of(format).filter(|layout| layout.readable).ok_or_else(unreadable)?;
        let levels = if is_full(frame, &layout) { &FULL } else { &LIMITED };
        let first = layout.first;
        let own_luma = !layout.rgb && !layout.palette && first.shift == 0;
        let lent = if own_luma && first.depth == 8 && first.step == 1 && first.offset == 0 {
            plane(frame, first.plane, width)
                .and_then(|(bytes, stride)| LumaView::new(bytes, width, height, stride))
        } else {
            None
        };
        if let Some(view) = lent {
            return Ok((view, levels));
        }
        let deep = own_luma
            && first.depth > 8
            && first.step == 2
            && first.offset == 0
            && !layout.big_endian;
        match plane(frame, first.plane, width * 2).filter(|_| deep) {
            Some((bytes, stride)) => self.shallow(bytes.chunks(stride), width, first.depth),
            None => self.any(frame, &layout, width, height),
        }
        let view = LumaView::new(&self.room, width, height, width).ok_or_else(unreadable)?;
        Ok((view, levels))
    }

    /// Little-endian luma of 9 to 16 bits.
    fn shallow<'a>(&mut self, rows: impl Iterator<Item = &'a [u8]>, width: usize, depth: u32) {
        self.room.clear();
        for row in rows {
            let samples = row[..width * 2].as_chunks().0.iter();
            self.room.extend(samples.map(|two| to_eight(u16::from_le_bytes(*two), depth)));
        }
    }

    /// Any format that FFmpeg can read row by row; slow, and seldom needed.
    fn any(&mut self, frame: &Video, layout: &Layout, width: usize, height: usize) {
        self.room.clear();
        self.row.resize(width * 3, 0);
        let colours = layout.palette || (layout.rgb && layout.components >= 3);
        let depth = if layout.palette { 8 } else { layout.first.depth };
        // The one format in which 0 is white; its description does not say so.
        let flip = if frame.format() == Pixel::MonoWhite { 0xff } else { 0 };
        for y in 0..height as u32 {
            for (component, row) in
                (0..).zip(self.row.chunks_exact_mut(width).take(if colours { 3 } else { 1 }))
            {
                layout.read_row(frame, component, y, row);
            }
            let (red, rest) = self.row.split_at(width);
            let (green, blue) = rest.split_at(width);
            self.room.extend((0..width).map(|x| {
                if colours {
                    luma_of([red[x], green[x], blue[x]].map(|value| to_eight(value, depth)))
                } else {
                    to_eight(red[x], depth) ^ flip
                }
            }));
        }
    }
}

/// Codecs that say nothing mean limited range for YUV, as players do, and full range for grey and RGB.
fn is_full(frame: &Video, layout: &Layout) -> bool {
    let grey = layout.components <= 2;
    match frame.color_range() {
        _ if layout.rgb || layout.palette => true,
        Range::JPEG => true,
        Range::MPEG => false,
        _ => {
            grey || matches!(
                frame.format(),
                Pixel::YUVJ420P
                    | Pixel::YUVJ422P
                    | Pixel::YUVJ444P
                    | Pixel::YUVJ440P
                    | Pixel::YUVJ411P
            )
        }
    }
}

/// A sample of `depth` bits as one of 8, rounded; fewer bits are stretched.
fn to_eight(value: u16, depth: u32) -> u8 {
    let value = u32::from(value);
    match depth {
        8 => value as u8,
        9..=16 => ((value + (1 << (depth - 9))) >> (depth - 8)).min(255) as u8,
        1..=7 => {
            let most = (1 << depth) - 1;
            ((value.min(most) * 255 + most / 2) / most) as u8
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame whose bytes in plane `plane` are `bytes(x, y)`.
    fn frame(format: Pixel, planes: usize, bytes: impl Fn(usize, usize) -> u8) -> Video {
        crate::ffi::ready();
        let mut frame = Video::new(format, 4, 2);
        for index in 0..planes {
            let stride = frame.stride(index);
            for (i, byte) in frame.data_mut(index).iter_mut().enumerate() {
                *byte = bytes(i % stride, index);
            }
        }
        frame
    }

    fn first_row(frame: &Video) -> Vec<u8> {
        let mut reader = Reader::default();
        reader.luma(frame).unwrap().0.row(0).to_vec()
    }

    #[test]
    fn luma_is_found_in_every_kind_of_format() {
        let ramp = |x: usize, _| (x * 10) as u8;
        assert_eq!(first_row(&frame(Pixel::YUV420P, 3, ramp)), [0, 10, 20, 30]);
        assert_eq!(first_row(&frame(Pixel::NV12, 2, ramp)), [0, 10, 20, 30]);
        assert_eq!(first_row(&frame(Pixel::GRAY8, 1, ramp)), [0, 10, 20, 30]);
        assert_eq!(first_row(&frame(Pixel::YUYV422, 1, ramp)), [0, 20, 40, 60]);
        assert_eq!(first_row(&frame(Pixel::UYVY422, 1, ramp)), [10, 30, 50, 70]);
        let rgb = |order: &'static [u8]| move |x: usize, _| order[x % order.len()];
        assert_eq!(first_row(&frame(Pixel::RGB24, 1, rgb(&[255, 0, 0])))[0], 76);
        assert_eq!(first_row(&frame(Pixel::BGR24, 1, rgb(&[255, 0, 0])))[0], 29);
        assert_eq!(first_row(&frame(Pixel::RGBA, 1, rgb(&[0, 255, 0, 9])))[0], 150);
        assert_eq!(first_row(&frame(Pixel::BGRA, 1, rgb(&[0, 0, 255, 9])))[0], 76);
        // Planes stand in the order green, blue, red.
        assert_eq!(first_row(&frame(Pixel::GBRP, 3, |_, plane| [0, 0, 255][plane]))[0], 76);
    }

    #[test]
    fn deep_luma_is_rounded_to_eight_bits() {
        let ten = |value: u16| move |x: usize, _: usize| value.to_le_bytes()[x % 2];
        assert_eq!(first_row(&frame(Pixel::YUV420P10LE, 3, ten(513)))[0], 128);
        assert_eq!(first_row(&frame(Pixel::YUV420P10LE, 3, ten(514)))[0], 129);
        assert_eq!(first_row(&frame(Pixel::YUV420P10LE, 3, ten(1023)))[0], 255);
        assert_eq!(first_row(&frame(Pixel::P010LE, 2, ten(514 << 6)))[0], 129);
        assert_eq!(first_row(&frame(Pixel::GRAY16LE, 1, ten(0x8080)))[0], 129);
    }

    #[test]
    fn range_is_told_by_frame_or_format() {
        let range = |format, range| {
            let mut frame = frame(format, 1, |_, _| 16);
            frame.set_color_range(range);
            Reader::default().luma(&frame).unwrap().1[16]
        };
        assert_eq!(range(Pixel::YUV420P, Range::Unspecified), 0);
        assert_eq!(range(Pixel::YUV420P, Range::JPEG), 16);
        assert_eq!(range(Pixel::YUVJ420P, Range::Unspecified), 16);
        assert_eq!(range(Pixel::GRAY8, Range::Unspecified), 16);
        assert_eq!(range(Pixel::RGB24, Range::MPEG), 16);
    }

    #[test]
    fn formats_of_no_plain_numbers_are_named() {
        let frame = frame(Pixel::GRAYF32LE, 1, |_, _| 0);
        assert!(Reader::default().luma(&frame).err().unwrap().contains("GRAYF32LE"));
    }
}
