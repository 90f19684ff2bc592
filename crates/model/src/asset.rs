//! One byte sequence and what is plain to see of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::MediaTime;

/// SHA-256 of an asset's bytes: one file, wherever it lies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AssetId(pub [u8; 32]);

impl AssetId {
    /// The first eight hex digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AssetId({self})")
    }
}

/// A text is no SHA-256 of 64 hex digits.
#[derive(Debug, thiserror::Error)]
#[error("not a SHA-256: 64 hex digits are needed")]
pub struct NotAnAssetId;

impl FromStr for AssetId {
    type Err = NotAnAssetId;

    fn from_str(text: &str) -> Result<Self, NotAnAssetId> {
        if text.len() != 64 || !text.is_ascii() {
            return Err(NotAnAssetId);
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = str::from_utf8(digits).map_err(|_| NotAnAssetId)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NotAnAssetId)?;
        }
        Ok(Self(bytes))
    }
}

/// What kind of media a byte sequence holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MediaKind {
    /// One still.
    Picture,
    /// Frames in time, animations included.
    Video,
}

impl MediaKind {
    /// The word of the report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Video => "video",
        }
    }
}

/// What is plain to see of an asset once it has been opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetFacts {
    /// Its identity.
    pub id: AssetId,
    /// Picture or video.
    pub kind: MediaKind,
    /// Size of the file.
    pub size_bytes: u64,
    /// Media type sniffed from the bytes, such as `image/jpeg`.
    pub mime: String,
    /// Width in pixels as shown, after orientation.
    pub width: u32,
    /// Height in pixels as shown, after orientation.
    pub height: u32,
    /// From the first frame to the end of the last; `None` for pictures and where it is not known.
    pub duration: Option<MediaTime>,
    /// Whether a sound stream is there; `None` where it was not looked at.
    pub has_sound: Option<bool>,
}

/// How thoroughly an asset was, or is to be, looked at. Ordered from poor to rich.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Profile {
    /// Codec keyframes only, and no time track.
    Triage,
    /// Every frame is decoded.
    #[default]
    Standard,
    /// Every frame is decoded, more samples are kept and more views tried.
    Thorough,
}

impl Profile {
    /// The word of options and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Triage => "triage",
            Self::Standard => "standard",
            Self::Thorough => "thorough",
        }
    }
}

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileState {
    /// Looked at in full.
    Ok,
    /// Looked at, but not all of it: see its gaps.
    OkWithGaps,
    /// No media bytes that this program reads.
    Unsupported,
    /// Media, but nothing could be decoded of it.
    Damaged,
    /// Not opened, vanished, or changed while it was read.
    Unreadable,
    /// Stopped at a limit before anything came of it.
    OverLimit,
    /// Its reader died.
    Crashed,
    /// Met on a walk and passed over, with the reason as a gap.
    Skipped,
}

impl FileState {
    /// The word of the report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::OkWithGaps => "ok-with-gaps",
            Self::Unsupported => "unsupported",
            Self::Damaged => "damaged",
            Self::Unreadable => "unreadable",
            Self::OverLimit => "over-limit",
            Self::Crashed => "crashed",
            Self::Skipped => "skipped",
        }
    }

    /// Whether the bytes were looked at, so that "not in this index" can be said of them.
    #[must_use]
    pub fn looked_at(self) -> bool {
        matches!(self, Self::Ok | Self::OkWithGaps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_id_survives_its_text() {
        let id = AssetId(std::array::from_fn(|i| i as u8 * 7));
        assert_eq!(id.to_string().parse::<AssetId>().unwrap(), id);
        assert!("12".parse::<AssetId>().is_err());
        assert!("é".repeat(32).parse::<AssetId>().is_err());
    }

    #[test]
    fn a_richer_profile_is_greater() {
        assert!(Profile::Triage < Profile::Standard && Profile::Standard < Profile::Thorough);
    }
}
