//! Video through FFmpeg, over position reads on an open handle.

mod clock;
mod gaps;
mod header;

use std::ops::ControlFlow;

use ffmpeg::format::context::{Input, StreamIo};
use ffmpeg::frame::Video as VideoFrame;
use ffmpeg::{Dictionary, Error, Packet, decoder};
use ffmpeg_next as ffmpeg;
use firstseen_model::{Dihedral, Gap, MediaTime};

use self::clock::Clock;
use self::gaps::Gaps;
use self::header::{About, choose};
use crate::frame::Colour;
use crate::sniff::Container;
use crate::source::Source;
use crate::{Decode, Frame, Frames, Limits, MediaError, ffi, plane};

/// Decoders that may be run on foreign bytes: those of video that people post, record and archive, and of the sound
/// beside it, which probing looks at.
const CODECS: &str = "h264,hevc,vvc,av1,libdav1d,libaom-av1,vp8,libvpx,vp9,libvpx-vp9,vp6,vp6a,vp6f,vp3,theora,\
    mpeg1video,mpeg2video,mpegvideo,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,h261,h263,h263i,h263p,flv,wmv1,wmv2,wmv3,vc1,\
    svq1,svq3,cinepak,indeo3,indeo4,indeo5,msvideo1,msrle,8bps,qtrle,rpza,smc,rawvideo,mjpeg,mjpegb,png,prores,dnxhd,\
    dvvideo,ffv1,huffyuv,ffvhuff,utvideo,magicyuv,cfhd,hap,flashsv,flashsv2,cscd,camtasia,tscc2,zmbv,lagarith,\
    aac,aac_latm,mp1float,mp2float,mp3float,mp1,mp2,mp3,ac3,eac3,opus,libopus,vorbis,flac,alac,amrnb,amrwb,wmav1,wmav2,\
    wmapro,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_u8,pcm_s8,pcm_f32le,pcm_f32be,pcm_alaw,pcm_mulaw,\
    pcm_bluray,pcm_dvd,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,adpcm_swf,nellymoser,speex,dca,gsm,qdm2";

/// Errors in a row after which a demuxer or decoder is held to be getting nowhere.
const MOST_ERRORS: u32 = 1000;
/// A clip is held to be cut off where its pictures end earlier than its header says by more than this, and by more
/// than a twentieth.
const CUT_OFF: MediaTime = MediaTime(1_000_000);
/// How far before the wanted time is sought: some containers lead to a packet, not to a keyframe.
const SEEK_BACK: [MediaTime; 2] = [MediaTime::ZERO, MediaTime(10_000_000)];

/// What a demuxer is told; the tests hold that it knows every one of these.
pub(crate) fn demuxer_options(demuxer: &str) -> [(&'static str, String); 6] {
    [
        // The full name of the one demuxer that the first bytes ask for: a playlist within can open nothing.
        ("format_whitelist", demuxer.to_owned()),
        ("protocol_whitelist", String::new()),
        ("codec_whitelist", CODECS.to_owned()),
        ("probesize", "5000000".to_owned()),
        ("analyzeduration", "5000000".to_owned()),
        ("max_streams", "64".to_owned()),
    ]
}

/// What a decoder is told.
pub(crate) fn decoder_options(limits: &Limits, frames: Frames) -> [(&'static str, String); 6] {
    [
        ("codec_whitelist", CODECS.to_owned()),
        // A second thread costs a tenth more in all, and keyframes come out slower.
        ("threads", "1".to_owned()),
        ("flags", "+bitexact".to_owned()),
        // The quick transforms differ between processors.
        ("idct", "simple".to_owned()),
        ("max_pixels", limits.frame_pixels.min(i32::MAX as u64).to_string()),
        // Never the demuxer's own discarding: with B-frames it tells wrong times.
        ("skip_frame", if frames == Frames::Keyframes { "nokey" } else { "default" }.to_owned()),
    ]
}

/// A video whose header has been read.
pub(crate) struct Video {
    source: Source,
    container: Container,
    limits: Limits,
    /// The demuxer at the start of the file, until a pass takes it.
    fresh: Option<Input>,
    pub(crate) stream: usize,
    pub(crate) about: About,
    /// Time stamp of the first frame shown, in microseconds, once it is known.
    zero: Option<i64>,
}

/// What came of a pass over the frames.
pub(crate) struct Passed {
    pub(crate) gaps: Vec<Gap>,
    /// From the first frame to the end of the last, where all were seen.
    pub(crate) duration: Option<MediaTime>,
}

impl Video {
    pub(crate) fn open(
        source: &Source,
        container: Container,
        limits: &Limits,
    ) -> Result<Self, MediaError> {
        let input = open_input(source, container)?;
        let stream = choose(&input)?;
        let about = About::of(&input, stream)?;
        let pixels = u64::from(about.width) * u64::from(about.height);
        if pixels > limits.frame_pixels {
            return Err(MediaError::OverLimit {
                what: "frame-pixels",
                value: pixels,
                limit: limits.frame_pixels,
            });
        }
        let (source, limits) = (source.clone(), limits.clone());
        Ok(Self { source, container, limits, fresh: Some(input), stream, about, zero: None })
    }

    /// The demuxer, for its tags.
    pub(crate) fn input(&mut self) -> Result<&Input, MediaError> {
        if self.fresh.is_none() {
            self.fresh = Some(open_input(&self.source, self.container)?);
        }
        self.fresh
            .as_ref()
            .ok_or_else(|| MediaError::Damaged { why: "cannot be opened again".to_owned() })
    }

    pub(crate) fn for_each_frame(
        &mut self,
        decode: &Decode,
        see: &mut dyn FnMut(&Frame<'_>) -> ControlFlow<()>,
    ) -> Result<Passed, MediaError> {
        if let Some(from) = decode.from.filter(|from| from.0 > 0) {
            // Times count from the first frame, so that one has to be known before others are sought.
            if self.zero.is_none() {
                let first =
                    Decode { frames: Frames::All, from: None, until: Some(MediaTime::ZERO) };
                self.pass(&first, None, &mut |_| ControlFlow::Break(()))?;
            }
            for back in SEEK_BACK {
                if let Some(passed) = self.pass(decode, Some(from - back), see)? {
                    return Ok(passed);
                }
            }
        }
        self.pass(decode, None, see)?
            .ok_or_else(|| MediaError::Damaged { why: "no way to its first frame".to_owned() })
    }

    /// Decodes from the keyframe before `seek`, or from the start; `None` where seeking led beyond that time.
    fn pass(
        &mut self,
        decode: &Decode,
        seek: Option<MediaTime>,
        see: &mut dyn FnMut(&Frame<'_>) -> ControlFlow<()>,
    ) -> Result<Option<Passed>, MediaError> {
        let mut input = match self.fresh.take() {
            Some(input) => input,
            None => open_input(&self.source, self.container)?,
        };
        let sought = match (seek, self.zero) {
            (Some(to), Some(zero)) => {
                let to = zero.saturating_add(to.0);
                if input.seek(to, ..to).is_err() {
                    return Ok(None);
                }
                true
            }
            _ => false,
        };
        let clock = Clock::new(
            input.stream(self.stream).map(|stream| stream.time_base()),
            self.zero.filter(|_| sought),
        );
        let mut decoding = Decoding::new(input, self.stream, clock, &self.limits, decode.frames)?;
        let (mut current, mut held_frame) = (VideoFrame::empty(), VideoFrame::empty());
        let mut held: Option<Shown> = None;
        let mut reader = plane::Reader::default();
        let (mut stopped, mut counted) = (false, 0_u64);
        let from = decode.from.unwrap_or(MediaTime(i64::MIN));
        while decoding.next(&mut current) {
            let shown = Shown { at: decoding.clock.tick(&current), keyframe: current.is_key() };
            if self.zero.is_none() {
                self.zero = decoding.clock.zero();
            }
            counted += 1;
            if sought && counted == 1 && shown.at > from {
                return Ok(None);
            }
            if decode.frames == Frames::Keyframes && !shown.keyframe {
                continue;
            }
            if shown.at < from {
                std::mem::swap(&mut current, &mut held_frame);
                held = Some(shown);
                continue;
            }
            if let Some(held) = held.take().filter(|_| shown.at > from) {
                stopped =
                    decoding.show(&held_frame, &held, self.about.turn, &mut reader, see).is_break();
            }
            if stopped || decode.until.is_some_and(|until| shown.at > until) {
                stopped = true;
                break;
            }
            if decoding.show(&current, &shown, self.about.turn, &mut reader, see).is_break() {
                stopped = true;
                break;
            }
        }
        if let Some(held) = held.filter(|_| !stopped) {
            // The last frame is shown for ever.
            let _ended = decoding.show(&held_frame, &held, self.about.turn, &mut reader, see);
        }
        if counted == 0 && sought {
            return Ok(None);
        }
        let whole = !stopped && !sought;
        if counted == 0 && whole {
            return Err(decoding.nothing_came());
        }
        decoding.tell_losses(
            whole,
            self.about.duration.filter(|_| self.container.knows_duration),
            decode.frames,
        );
        let duration = (whole && decode.frames == Frames::All).then(|| decoding.clock.end());
        let mut gaps = self.about.gaps.clone();
        gaps.extend(decoding.gaps.into_list());
        Ok(Some(Passed { gaps, duration }))
    }
}

/// A frame's place in time.
struct Shown {
    at: MediaTime,
    keyframe: bool,
}

/// One pass of a demuxer and a decoder over a stream.
struct Decoding {
    input: Input,
    decoder: decoder::Video,
    stream: usize,
    /// Whether packets that are no keyframes are not even sent.
    keys_only: bool,
    draining: bool,
    errors: u32,
    /// Earliest time stamp of a packet.
    first_packet: Option<i64>,
    clock: Clock,
    gaps: Gaps,
}

impl Decoding {
    fn new(
        mut input: Input,
        stream: usize,
        clock: Clock,
        limits: &Limits,
        frames: Frames,
    ) -> Result<Self, MediaError> {
        for (index, mut other) in input.streams_mut().enumerate() {
            if index != stream {
                ffi::discard(&mut other);
            }
        }
        let Some(chosen) = input.stream(stream) else {
            return Err(MediaError::Damaged { why: "its stream of pictures is gone".to_owned() });
        };
        let parameters = chosen.parameters();
        let id = parameters.id();
        let codec = decoder::find(id).ok_or_else(|| unsupported_codec(id.name()))?;
        let mut context = ffmpeg::codec::Context::from_parameters(parameters)
            .map_err(|why| MediaError::Damaged { why: format!("header of its pictures: {why}") })?
            .decoder();
        context.set_packet_time_base(chosen.time_base());
        let options = decoder_options(limits, frames);
        let options: Dictionary<'_> =
            options.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let decoder = context
            .open_as_with(codec, options)
            .and_then(|opened| opened.video())
            .map_err(|why| match why {
                Error::InvalidData => {
                    MediaError::Damaged { why: format!("header of its {} pictures", id.name()) }
                }
                _ => unsupported_codec(id.name()),
            })?;
        // dav1d learned to skip frames late; its packets are marked truly.
        let keys_only = frames == Frames::Keyframes && id == ffmpeg::codec::Id::AV1;
        let gaps = Gaps::default();
        Ok(Self {
            input,
            decoder,
            stream,
            keys_only,
            draining: false,
            errors: 0,
            first_packet: None,
            clock,
            gaps,
        })
    }

    /// Decodes the next frame; `false` where there is no more.
    fn next(&mut self, frame: &mut VideoFrame) -> bool {
        while self.errors < MOST_ERRORS {
            match self.decoder.receive_frame(frame) {
                Ok(()) => {
                    if frame.is_corrupt() || frame.has_decode_errors() {
                        self.gaps.add("frame", self.clock.now(), "frame is damaged");
                    }
                    self.errors = 0;
                    return true;
                }
                Err(Error::Eof) => return false,
                Err(Error::Other { errno }) if errno == ffmpeg::util::error::EAGAIN => {
                    if self.draining {
                        return false;
                    }
                    self.feed();
                }
                Err(why) => {
                    self.failed("frame", &format!("not decoded: {why}"));
                    if !self.draining {
                        self.feed();
                    }
                }
            }
        }
        self.gaps.add("stream", self.clock.now(), "given up: nothing but errors");
        false
    }

    /// Sends the stream's next packet to the decoder, or the end.
    fn feed(&mut self) {
        while self.errors < MOST_ERRORS {
            let mut packet = Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) => {
                    if packet.stream() != self.stream || (self.keys_only && !packet.is_key()) {
                        continue;
                    }
                    if packet.is_corrupt() {
                        self.gaps.add("stream", self.clock.now(), "packet is damaged or cut off");
                    }
                    // What stands before 0 is decoded for the sake of others, and not meant to be shown.
                    if let Some(pts) = packet.pts().filter(|pts| *pts >= 0) {
                        self.first_packet =
                            Some(self.first_packet.map_or(pts, |first| first.min(pts)));
                    }
                    if let Err(why) = self.decoder.send_packet(&packet) {
                        self.failed("frame", &format!("not decoded: {why}"));
                    }
                    return;
                }
                Err(Error::Eof) => break,
                Err(
                    why
                    @ (Error::InvalidData | Error::Other { errno: ffmpeg::util::error::EAGAIN }),
                ) => {
                    self.failed("stream", &format!("container is damaged: {why}"));
                }
                Err(why) => {
                    self.failed("stream", &format!("container cannot be read on: {why}"));
                    break;
                }
            }
        }
        self.draining = true;
        if let Err(why) = self.decoder.send_eof() {
            self.failed("frame", &format!("last frames: {why}"));
        }
    }

    fn failed(&mut self, what: &'static str, why: &str) {
        self.errors += 1;
        self.gaps.add(what, self.clock.now(), why);
    }

    fn show(
        &mut self,
        frame: &VideoFrame,
        shown: &Shown,
        turn: Dihedral,
        reader: &mut plane::Reader,
        see: &mut dyn FnMut(&Frame<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match reader.luma(frame) {
            Ok((raw, levels)) => {
                let Shown { at, keyframe } = *shown;
                see(&Frame { at, keyframe, raw, levels, turn, colour: Colour::Decoded(frame) })
            }
            Err(why) => {
                self.gaps.add("frame", Some(shown.at), &why);
                ControlFlow::Continue(())
            }
        }
    }

    fn nothing_came(self) -> MediaError {
        let why = self
            .gaps
            .into_list()
            .into_iter()
            .next()
            .map_or("no frame in it".to_owned(), |gap| gap.why);
        MediaError::Damaged { why: format!("no frame came out: {why}") }
    }

    /// Adds gaps for what never reached the decoder's end.
    fn tell_losses(&mut self, whole: bool, declared: Option<MediaTime>, frames: Frames) {
        if !whole || frames == Frames::Keyframes {
            return;
        }
        if let (Some(first), Some(zero)) =
            (self.first_packet.and_then(|pts| self.clock.micros(pts)), self.clock.zero())
            && zero.saturating_sub(first) > CUT_OFF.0
        {
            let lost = MediaTime(zero - first);
            self.gaps.add(
                "stream",
                Some(MediaTime::ZERO),
                &format!("{lost} before the first frame gave no picture"),
            );
        }
        let end = self.clock.end();
        if let Some(declared) = declared
            && declared - end > CUT_OFF
            && (declared - end).0 > declared.0 / 20
        {
            self.gaps.add(
                "stream",
                Some(end),
                &format!("pictures end here, of {declared} that the header tells"),
            );
        }
    }
}

fn open_input(source: &Source, container: Container) -> Result<Input, MediaError> {
    ffi::ready();
    let damaged =
        |why: Error| MediaError::Damaged { why: format!("container cannot be opened: {why}") };
    let options = demuxer_options(container.demuxer);
    let options: Dictionary<'_> =
        options.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let io = StreamIo::from_read_seek(source.rewound()).map_err(damaged)?;
    ffmpeg::format::input_from_stream(io, None, Some(options)).map_err(damaged)
}

fn unsupported_codec(name: &str) -> MediaError {
    MediaError::Unsupported { what: format!("pictures of codec {name}") }
}
