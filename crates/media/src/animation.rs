//! Animated GIF, PNG and WebP: pictures in time.

use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use firstseen_model::{Dihedral, Gap, LumaView, MediaTime};
use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{AnimationDecoder, ColorType, ImageDecoder, ImageFormat};

use crate::frame::{Colour, FULL};
use crate::source::Source;
use crate::still::{Pixels, check_pixels, damaged, guarded, image_limits};
use crate::{Decode, Frame, Limits, MediaError};

/// Shortest time that browsers show a frame for; a shorter delay, 0 included, means [`USUAL_DELAY`] to them.
const SHORTEST_DELAY: i64 = 20_000;
/// Microseconds for which browsers show a frame whose delay is too short to be meant.
const USUAL_DELAY: i64 = 100_000;
/// Most blocks that are walked over to count frames: a 64 MiB GIF of full blocks, or many times more chunks.
const MOST_BLOCKS: u32 = 1 << 18;

/// Pixels of all canvases together, some ten seconds of work: 2,000 frames of 800x600, 480 of 1920x1080.
const MOST_PIXELS: u64 = 1_000_000_000;

/// An animation whose blocks have been counted.
pub(crate) struct Animation {
    source: Source,
    format: ImageFormat,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// All frames' delays, as far as the blocks could be walked over.
    pub(crate) duration: MediaTime,
}

impl Animation {
    /// The animation in this file, or `None` where it holds one picture only.
    pub(crate) fn open(
        source: &Source,
        format: ImageFormat,
        limits: &Limits,
    ) -> Result<Option<Self>, MediaError> {
        let Some(duration) = duration(source, format) else { return Ok(None) };
        let (width, height) =
            guarded(|| Ok(crate::still::decoder(source, format, limits)?.dimensions()))?;
        check_pixels(u64::from(width) * u64::from(height), limits.still_pixels / 4)?;
        Ok(Some(Self { source: source.clone(), format, width, height, duration }))
    }

    /// Shows the frames that are wanted, each as it looks on the whole canvas, on a white page.
    pub(crate) fn for_each_frame(
        &self,
        decode: &Decode,
        limits: &Limits,
        see: &mut dyn FnMut(&Frame<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<Gap>, MediaError> {
        let mut frames = guarded(|| self.frames(limits))?;
        let by_size = MOST_PIXELS / (u64::from(self.width) * u64::from(self.height)).max(1);
        let most = u64::from(limits.animation_frames).min(by_size.max(2)) as u32;
        let (mut start, mut shown, mut gaps) = (MediaTime::ZERO, 0_u32, Vec::new());
        loop {
            if shown == most {
                let why = format!("limit of {shown} frames reached; the rest was not looked at");
                gaps.push(Gap::at("frames", start, why));
                break;
            }
            let frame = match guarded(|| frames.next().transpose().map_err(damaged)) {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(why) if shown == 0 => return Err(why),
                Err(why) => {
                    gaps.push(Gap::at(
                        "frames",
                        start,
                        format!("animation is damaged from here: {why}"),
                    ));
                    break;
                }
            };
            shown += 1;
            let (numerator, denominator) = frame.delay().numer_denom_ms();
            let delay = i64::from(numerator) * 1000 / i64::from(denominator.max(1));
            let end = start + shown_for(delay);
            if decode.until.is_some_and(|until| start > until) {
                break;
            }
            if decode.from.is_none_or(|from| end > from) {
                let canvas = frame.into_buffer();
                let (width, height) = canvas.dimensions();
                let pixels =
                    Pixels { width, height, color: ColorType::Rgba8, bytes: canvas.into_raw() };
                let luma = pixels.luma()?;
                let Some(raw) =
                    LumaView::new(&luma, width as usize, height as usize, width as usize)
                else {
                    break;
                };
                let colour = Colour::Pixels(&pixels);
                let frame = Frame {
                    at: start,
                    keyframe: true,
                    raw,
                    levels: &FULL,
                    turn: Dihedral::UPRIGHT,
                    colour,
                };
                if see(&frame).is_break() {
                    break;
                }
            }
            start = end;
        }
        Ok(gaps)
    }

    fn frames(&self, limits: &Limits) -> Result<image::Frames<'_>, MediaError> {
        let (bytes, own) =
            (self.source.buffered(), image_limits(limits.still_pixels.saturating_mul(4)));
        let frames = match self.format {
            ImageFormat::Gif => {
                let mut decoder = GifDecoder::new(bytes).map_err(damaged)?;
                decoder.set_limits(own).map_err(damaged)?;
                decoder.into_frames()
            }
            ImageFormat::Png => PngDecoder::with_limits(bytes, own)
                .and_then(PngDecoder::apng)
                .map_err(damaged)?
                .into_frames(),
            _ => WebPDecoder::new(bytes).map_err(damaged)?.into_frames(),
        };
        Ok(frames)
    }
}

fn shown_for(delay: i64) -> MediaTime {
    MediaTime(if delay < SHORTEST_DELAY { USUAL_DELAY } else { delay })
}

/// How long all frames are shown, or `None` where there are fewer than two.
fn duration(source: &Source, format: ImageFormat) -> Option<MediaTime> {
    let mut delays = Delays::default();
    let mut reader = source.buffered();
    // A walk that ends early has seen what there is to see.
    let _ended = match format {
        ImageFormat::Gif => gif(&mut reader, &mut delays),
        ImageFormat::Png => png(&mut reader, &mut delays),
        ImageFormat::WebP => webp(&mut reader, &mut delays),
        _ => Ok(()),
    };
    (delays.frames > 1).then_some(delays.total)
}

#[derive(Default)]
struct Delays {
    frames: u32,
    total: MediaTime,
}

impl Delays {
    fn add(&mut self, delay: i64) {
        self.frames += 1;
        self.total = self.total + shown_for(delay);
    }
}

fn gif(reader: &mut (impl BufRead + Seek), delays: &mut Delays) -> io::Result<()> {
    let head: [u8; 13] = array(reader)?;
    skip_palette(reader, head[10])?;
    let (mut delay, mut blocks) = (0, 0);
    while blocks < MOST_BLOCKS {
        match array::<1>(reader)?[0] {
            0x21 => {
                if array::<1>(reader)?[0] == 0xf9 {
                    let control: [u8; 6] = array(reader)?;
                    delay = i64::from(u16::from_le_bytes([control[2], control[3]])) * 10_000;
                    if control[5] == 0 {
                        continue;
                    }
                    // A longer control block than the format has: the rest of it are sub-blocks.
                    skip(reader, u64::from(control[5]))?;
                }
            }
            0x2c => {
                let image: [u8; 9] = array(reader)?;
                skip_palette(reader, image[8])?;
                skip(reader, 1)?;
                delays.add(delay);
                delay = 0;
            }
            _ => break,
        }
        loop {
            blocks += 1;
            match array::<1>(reader)?[0] {
                0 => break,
                len => skip(reader, u64::from(len))?,
            }
        }
    }
    Ok(())
}

fn skip_palette(reader: &mut (impl BufRead + Seek), flags: u8) -> io::Result<()> {
    if flags & 0x80 != 0 { skip(reader, 3 << ((flags & 7) + 1)) } else { Ok(()) }
}

fn png(reader: &mut (impl BufRead + Seek), delays: &mut Delays) -> io::Result<()> {
    skip(reader, 8)?;
    let mut animated = false;
    for _ in 0..MOST_BLOCKS {
        let [a, b, c, d, kind @ ..]: [u8; 8] = array(reader)?;
        let len = u64::from(u32::from_be_bytes([a, b, c, d]));
        match &kind {
            b"acTL" => animated = true,
            b"IDAT" if !animated => break,
            b"IEND" => break,
            b"fcTL" if len >= 26 => {
                let control: [u8; 26] = array(reader)?;
                let part =
                    |at: usize| i64::from(u16::from_be_bytes([control[at], control[at + 1]]));
                let denominator = if part(22) == 0 { 100 } else { part(22) };
                delays.add(part(20) * 1_000_000 / denominator);
                skip(reader, len - 26 + 4)?;
                continue;
            }
            _ => {}
        }
        skip(reader, len + 4)?;
    }
    Ok(())
}

fn webp(reader: &mut (impl BufRead + Seek), delays: &mut Delays) -> io::Result<()> {
    skip(reader, 12)?;
    for _ in 0..MOST_BLOCKS {
        let [kind @ .., a, b, c, d]: [u8; 8] = array(reader)?;
        let mut len = u64::from(u32::from_le_bytes([a, b, c, d]));
        len += len % 2;
        if &kind == b"ANMF" && len >= 16 {
            let frame: [u8; 16] = array(reader)?;
            delays.add(i64::from(u32::from_le_bytes([frame[12], frame[13], frame[14], 0])) * 1000);
            len -= 16;
        }
        skip(reader, len)?;
    }
    Ok(())
}

fn array<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Within the buffer where that is possible: a seek would throw it away.
fn skip(reader: &mut (impl BufRead + Seek), len: u64) -> io::Result<()> {
    let buffered = reader.fill_buf()?.len();
    if len <= buffered as u64 {
        reader.consume(len as usize);
        return Ok(());
    }
    let by = i64::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    reader.seek(SeekFrom::Current(by))?;
    Ok(())
}
