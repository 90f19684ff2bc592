//! From an open handle to something that can be looked at.

use std::fs::File;
use std::ops::ControlFlow;

use firstseen_model::{FileState, Gap, LumaView, MediaKind, MediaTime};
use image::ImageFormat;

use serde::{Deserialize, Serialize};

use crate::animation::Animation;
use crate::frame::{Colour, FULL};
use crate::metadata::preview::{Held, Previews};
use crate::metadata::{self, Stored};
use crate::sniff::{SNIFFED_BYTES, Sniffed, sniff};
use crate::source::Source;
use crate::still::{Pixels, Still};
use crate::video::Video;
use crate::{Decode, Frame, Limits, Metadata};

/// Why a file cannot be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// It has no bytes.
    #[error("file is empty")]
    Empty,
    /// Its bytes are none that this program reads.
    #[error("not supported: {what}")]
    #[expect(missing_docs, reason = "the message names the fields")]
    Unsupported { what: String },
    /// It is media, but nothing can be decoded of it. The reason may hold text out of the file.
    #[error("damaged: {why}")]
    #[expect(missing_docs, reason = "the message names the fields")]
    Damaged { why: String },
    /// It needs more than a limit allows.
    #[error("{value} is over the limit {what} of {limit}")]
    #[expect(missing_docs, reason = "the message names the fields")]
    OverLimit { what: &'static str, value: u64, limit: u64 },
    /// Its header asks for more than its reader takes, whatever the settings.
    #[error("over the limit of its reader: {why}")]
    #[expect(missing_docs, reason = "the message names the fields")]
    TooLarge { why: String },
    /// Its bytes cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

impl MediaError {
    /// The same once more, for who asks again.
    fn again(&self) -> Self {
        match self {
            Self::Empty => Self::Empty,
            Self::Unsupported { what } => Self::Unsupported { what: what.clone() },
            Self::Damaged { why } => Self::Damaged { why: why.clone() },
            Self::OverLimit { what, value, limit } => {
                Self::OverLimit { what, value: *value, limit: *limit }
            }
            Self::TooLarge { why } => Self::TooLarge { why: why.clone() },
            Self::Io(why) => Self::Io(std::io::Error::new(why.kind(), why.to_string())),
        }
    }

    /// What this makes of the file.
    #[must_use]
    pub fn state(&self) -> FileState {
        match self {
            Self::Empty | Self::Damaged { .. } => FileState::Damaged,
            Self::Unsupported { .. } => FileState::Unsupported,
            Self::OverLimit { .. } | Self::TooLarge { .. } => FileState::OverLimit,
            Self::Io(_) => FileState::Unreadable,
        }
    }
}

/// What is plain to see of a file before its pictures are decoded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Picture or video; an animation of two frames or more is a video.
    pub kind: MediaKind,
    /// Media type by the bytes, such as `image/jpeg`.
    pub mime: String,
    /// Width in pixels as shown; 0 where only metadata can be read and they do not tell.
    pub width: u32,
    /// Height in pixels as shown; 0 where only metadata can be read and they do not tell.
    pub height: u32,
    /// As the header tells; after all frames were seen, from the first frame to the end of the last.
    pub duration: Option<MediaTime>,
    /// Whether there is a stream of sound; `None` for pictures.
    pub has_sound: Option<bool>,
    /// Frames a second on average, as the header tells.
    pub frame_rate: Option<f64>,
    /// FFmpeg's name of the codec of a video's pictures.
    pub codec: Option<String>,
    /// Size of the file.
    pub size_bytes: u64,
}

/// An open file whose header has been read.
pub struct Media {
    source: Source,
    limits: Limits,
    shape: Shape,
    content: Content,
    previews: Vec<Held>,
}

enum Content {
    Still(Still),
    Animation(Animation),
    Video(Box<Video>),
    /// Only metadata can be read, for this reason.
    MetadataOnly(String),
    /// Nothing can be decoded, for this reason; what it says of itself may be there all the same.
    Broken(MediaError),
}

/// Tells by its bytes what a file is, and reads its header. Decodes nothing yet, and reads by position only: the
/// handle's own offset is neither used nor moved.
///
/// A file of a known kind that cannot be decoded is opened all the same, since what it says of itself may be whole:
/// [`Media::broken`] tells why.
///
/// # Errors
///
/// [`MediaError::Empty`], [`MediaError::Io`], and [`MediaError::Unsupported`] where the bytes are of no known kind.
pub fn open(file: File, limits: &Limits) -> Result<Media, MediaError> {
    let source = Source::new(file)?;
    if source.len() == 0 {
        return Err(MediaError::Empty);
    }
    let head = source.bytes_at(0, SNIFFED_BYTES)?;
    let unsupported = |what: &str| Err(MediaError::Unsupported { what: what.to_owned() });
    match sniff(&head) {
        Some(Sniffed::Image(format)) => {
            let opened = open_image(&source, format, limits);
            opened.or_else(|why| {
                broken(source, MediaKind::Picture, format.to_mime_type(), why, limits)
            })
        }
        Some(Sniffed::Heif(mime) | Sniffed::Described(mime)) => Ok(described(source, mime, limits)),
        Some(Sniffed::Container(container)) => match Video::open(&source, container, limits) {
            Ok(video) => Ok(Media::of_video(source, container.mime, video, limits)),
            Err(why) => broken(source, MediaKind::Video, container.mime, why, limits),
        },
        Some(Sniffed::Sound(mime)) => {
            let what = "no pictures in it: sound only".to_owned();
            broken(source, MediaKind::Video, mime, MediaError::Unsupported { what }, limits)
        }
        Some(Sniffed::Other(name)) => unsupported(name),
        None => unsupported("no media bytes that this program reads"),
    }
}

/// A file of a known kind that cannot be decoded.
fn broken(
    source: Source,
    kind: MediaKind,
    mime: &str,
    why: MediaError,
    limits: &Limits,
) -> Result<Media, MediaError> {
    if matches!(why, MediaError::Io(_)) {
        return Err(why);
    }
    let shape = Shape {
        kind,
        mime: mime.to_owned(),
        width: 0,
        height: 0,
        duration: None,
        has_sound: None,
        frame_rate: None,
        codec: None,
        size_bytes: source.len(),
    };
    let (content, limits) = (Content::Broken(why), limits.clone());
    Ok(Media { source, limits, shape, content, previews: Vec::new() })
}

fn open_image(source: &Source, format: ImageFormat, limits: &Limits) -> Result<Media, MediaError> {
    let animation = match format {
        ImageFormat::Gif | ImageFormat::Png | ImageFormat::WebP => {
            Animation::open(source, format, limits)?
        }
        _ => None,
    };
    let mut shape = Shape {
        kind: MediaKind::Picture,
        mime: format.to_mime_type().to_owned(),
        width: 0,
        height: 0,
        duration: None,
        has_sound: None,
        frame_rate: None,
        codec: None,
        size_bytes: source.len(),
    };
    let content = match animation {
        Some(animation) => {
            shape.kind = MediaKind::Video;
            if format == ImageFormat::Png {
                shape.mime = "image/apng".to_owned();
            }
            (shape.width, shape.height) = (animation.width, animation.height);
            shape.duration = Some(animation.duration);
            shape.has_sound = Some(false);
            Content::Animation(animation)
        }
        None => {
            let look = (format == ImageFormat::Tiff)
                .then(|| metadata::tiff::look(source, limits.metadata_bytes))
                .flatten();
            let still = match Still::open(source, format, limits) {
                // What a reader of TIFF shows of a raw picture is its thumbnail, if anything.
                Ok(_) if look.is_some_and(|look| look.raw.is_some() && look.reduced_first) => {
                    return Ok(described(source.rewound(), "image/tiff", limits));
                }
                Err(MediaError::Unsupported { .. }) if look.is_some() => {
                    return Ok(described(source.rewound(), "image/tiff", limits));
                }
                Err(MediaError::Damaged { .. }) if look.is_some_and(|look| look.raw.is_some()) => {
                    return Ok(described(source.rewound(), "image/tiff", limits));
                }
                still => still?,
            };
            (shape.width, shape.height) = upright(still.width, still.height, still.turn());
            Content::Still(still)
        }
    };
    let source = source.rewound();
    Ok(Media { source, limits: limits.clone(), shape, content, previews: Vec::new() })
}

/// A picture of which only metadata are read.
fn described(source: Source, mime: &'static str, limits: &Limits) -> Media {
    let ration = limits.metadata_bytes;
    let look = metadata::tiff::look(&source, ration).filter(|_| metadata::is_tiff(mime));
    let mime = look.and_then(|look| look.raw).unwrap_or(mime);
    let stored = metadata::size(&source, mime, ration);
    let (width, height) = upright(stored.width, stored.height, stored.turn);
    let shape = Shape {
        kind: MediaKind::Picture,
        mime: mime.to_owned(),
        width,
        height,
        duration: None,
        has_sound: None,
        frame_rate: None,
        codec: None,
        size_bytes: source.len(),
    };
    let why = format!("{mime} pictures are not decoded; only metadata was read");
    let content = Content::MetadataOnly(why);
    Media { source, limits: limits.clone(), shape, content, previews: Vec::new() }
}

impl Media {
    fn of_video(source: Source, mime: &str, video: Video, limits: &Limits) -> Self {
        let about = &video.about;
        let (width, height) = upright(about.width, about.height, about.turn);
        let shape = Shape {
            kind: MediaKind::Video,
            mime: mime.to_owned(),
            width,
            height,
            duration: about.duration,
            has_sound: Some(about.has_sound),
            frame_rate: about.frame_rate,
            codec: Some(about.codec.clone()),
            size_bytes: source.len(),
        };
        let content = Content::Video(Box::new(video));
        Self { source, limits: limits.clone(), shape, content, previews: Vec::new() }
    }

    /// What is plain to see.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Why nothing can be decoded of it; `None` where that has to be tried.
    #[must_use]
    pub fn broken(&self) -> Option<MediaError> {
        match &self.content {
            Content::Broken(why) => Some(why.again()),
            _ => None,
        }
    }

    /// What the file says of itself, and what of that could not be read. Decodes no pixels.
    pub fn metadata(&mut self) -> (Metadata, Vec<Gap>) {
        let (stored, input) = match &mut self.content {
            Content::Still(still) => (
                Stored {
                    width: still.width,
                    height: still.height,
                    orientation: Some(still.orientation),
                },
                None,
            ),
            Content::Animation(animation) => (
                Stored { width: animation.width, height: animation.height, orientation: None },
                None,
            ),
            Content::Video(video) => {
                let stored = Stored {
                    width: video.about.width,
                    height: video.about.height,
                    orientation: None,
                };
                let stream = video.stream;
                (stored, Some((video.input(), stream)))
            }
            Content::MetadataOnly(_) => {
                let ration = self.limits.metadata_bytes;
                let size = metadata::size(&self.source, &self.shape.mime, ration);
                (Stored { width: size.width, height: size.height, orientation: None }, None)
            }
            Content::Broken(_) => (Stored { width: 0, height: 0, orientation: None }, None),
        };
        let (metadata, previews, gaps) =
            metadata::read(&self.source, &self.shape, &stored, input, &self.limits);
        self.previews = previews;
        (metadata, gaps)
    }

    /// The smaller pictures that [`Media::metadata`] met, to be compared with the main one. They are given once.
    pub fn previews(&mut self) -> Previews {
        let turn = match &self.content {
            Content::Still(still) => still.turn(),
            _ => firstseen_model::Dihedral::UPRIGHT,
        };
        Previews { held: std::mem::take(&mut self.previews), turn }
    }

    /// Decodes the pictures that are wanted, in the order of their times, and shows each to `see` until that breaks.
    /// A still is one frame at 0. May be called again, with other wishes.
    ///
    /// Gives what could not be decoded as gaps: damage costs the damaged part. Where pixels cannot be decoded at all
    /// but metadata can be read (HEIC, AVIF), there is no frame and a gap `pixels`.
    ///
    /// # Errors
    ///
    /// [`MediaError::Damaged`] where no frame comes out of the whole file, else as [`open()`].
    pub fn for_each_frame(
        &mut self,
        decode: &Decode,
        see: &mut dyn FnMut(&Frame<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<Gap>, MediaError> {
        match &mut self.content {
            Content::Still(still) => show_still(still, decode, &self.limits, see),
            Content::Animation(animation) => animation.for_each_frame(decode, &self.limits, see),
            Content::Video(video) => {
                let passed = video.for_each_frame(decode, see)?;
                self.shape.duration = passed.duration.or(self.shape.duration);
                Ok(passed.gaps)
            }
            Content::MetadataOnly(why) => Ok(vec![Gap::new("pixels", why.clone())]),
            Content::Broken(why) => Err(why.again()),
        }
    }
}

fn show_still(
    still: &Still,
    decode: &Decode,
    limits: &Limits,
    see: &mut dyn FnMut(&Frame<'_>) -> ControlFlow<()>,
) -> Result<Vec<Gap>, MediaError> {
    if decode.until.is_some_and(|until| until < MediaTime::ZERO) {
        return Ok(Vec::new());
    }
    let decoded = still.decode(limits)?;
    let (width, height) = (decoded.luma.width(), decoded.luma.height());
    let Some(raw) = LumaView::new(decoded.luma.bytes(), width, height, width) else {
        return Err(MediaError::Damaged { why: "no pixels".to_owned() });
    };
    let in_colour = || still.jpeg_rgb();
    let colour = decoded
        .pixels
        .as_ref()
        .map_or(Colour::Jpeg(&in_colour), |pixels: &Pixels| Colour::Pixels(pixels));
    // Nothing comes after it, so whether `see` breaks makes no difference.
    let _last = see(&Frame {
        at: MediaTime::ZERO,
        keyframe: true,
        raw,
        levels: &FULL,
        turn: still.turn(),
        colour,
    });
    Ok(decoded.gaps)
}

fn upright(width: u32, height: u32, turn: firstseen_model::Dihedral) -> (u32, u32) {
    if turn.swaps_sides() { (height, width) } else { (width, height) }
}
