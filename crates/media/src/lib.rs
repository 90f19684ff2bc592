//! Opens hostile bytes under limits, in this process, and yields luma, stills and facts.
//!
//! [`open()`] looks at the bytes of an open handle and tells what they are; [`Media::for_each_frame`] gives the pictures
//! as luma, a still being a clip of one frame; [`Media::metadata`] gives what the file says of itself. [`sidecar`]
//! reads the records that download tools leave beside a file. Nothing here takes a file name.

mod animation;
mod ffi;
mod frame;
pub mod limits;
pub mod metadata;
pub mod open;
mod plane;
mod rgb;
pub mod sidecar;
mod sniff;
mod source;
mod still;
pub mod thumb;
mod video;
mod when;

pub use frame::{Decode, Frame, Frames};
pub use limits::Limits;
pub use metadata::preview::Previews;
pub use metadata::{Fact, FactKind, Metadata, Preview, Trust, names};
pub use open::{Media, MediaError, Shape, open};
pub use rgb::{Rgb, decode_jpeg};
pub use sniff::{SNIFFED_BYTES, no_media};
pub use thumb::{decode_grey_jpeg, encode_grey_jpeg};

/// The version of FFmpeg that is linked, as its release is called.
#[must_use]
pub fn ffmpeg_version() -> String {
    ffi::version()
}
