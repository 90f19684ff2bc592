//! Dates as intervals, with the text that they came from.

mod archive;
mod edtf;
mod extent;
mod hint;
mod zoneless;

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A date as an interval in UTC, both bounds included and to the second, with what it is a date of and who says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dated {
    /// EDTF level 1, as given.
    pub text: String,
    /// Not before; `None` where it is open or unknown.
    pub earliest: Option<Timestamp>,
    /// Not after; `None` where it is open or unknown.
    pub latest: Option<Timestamp>,
    /// What happened then.
    pub kind: DateKind,
    /// Whose word it is.
    pub basis: Basis,
    /// What the text itself doubts.
    pub doubt: Doubt,
}

/// A text is no date that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" is not a date: {problem} (column {column}); {way_out}", text.escape_debug())]
pub struct DateError {
    /// The text, cut where it is long.
    pub text: String,
    /// What is wrong, as a fragment.
    pub problem: String,
    /// Where: the first character is 1.
    pub column: usize,
    /// What to write.
    pub way_out: String,
}

impl Dated {
    /// The date that an EDTF level 1 text names, such as `2024-10-18`, `2024-10~`, `2024-10-XX`,
    /// `2024-10-18T07:05Z` or `../2022-03-11`.
    ///
    /// What has no zone may have been written anywhere on Earth: it is widened by 14 hours before and 12 after.
    /// `~`, `?` and `%` widen by one unit of the text's precision on each side.
    ///
    /// # Errors
    ///
    /// Where the text is none, with what is wrong, where, and what to write.
    ///
    /// # Source
    ///
    /// Library of Congress, "Extended Date/Time Format (EDTF) Specification", 2019 (ISO 8601-2:2019, level 1).
    pub fn parse(text: &str, kind: DateKind, basis: Basis) -> Result<Self, DateError> {
        edtf::read(text, zoneless::Zoneless::Anywhere, kind, basis)
    }

    /// The same for records known to be in UTC where they name no zone: nothing is widened by zones.
    ///
    /// # Errors
    ///
    /// As [`Dated::parse`].
    pub fn parse_utc(text: &str, kind: DateKind, basis: Basis) -> Result<Self, DateError> {
        edtf::read(text, zoneless::Zoneless::Utc, kind, basis)
    }

    /// The same for what was written by the clocks of a place: what has no zone is widened by these zones only, as they
    /// were then. Where there are none, it may have been written anywhere.
    ///
    /// # Errors
    ///
    /// As [`Dated::parse`].
    pub fn parse_in(
        text: &str,
        zones: &[TimeZone],
        kind: DateKind,
        basis: Basis,
    ) -> Result<Self, DateError> {
        let zoneless = if zones.is_empty() {
            zoneless::Zoneless::Anywhere
        } else {
            zoneless::Zoneless::In(zones)
        };
        edtf::read(text, zoneless, kind, basis)
    }

    /// One second of Unix time, or `None` outside the years that a time stamp holds.
    #[must_use]
    pub fn from_unix(seconds: i64, kind: DateKind, basis: Basis) -> Option<Self> {
        let at = Timestamp::from_second(seconds).ok()?;
        Some(Self {
            text: at.to_string(),
            earliest: Some(at),
            latest: Some(at),
            kind,
            basis,
            doubt: Doubt::None,
        })
    }

    /// When a web archive took its copy, from the 14 digits in the copy's address; `None` for any other address.
    #[must_use]
    pub fn web_archive(url: &str) -> Option<Self> {
        archive::taken_at(url)
            .and_then(|seconds| Self::from_unix(seconds, DateKind::Archived, Basis::WebArchive))
    }
}

/// What happened at a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DateKind {
    /// The picture was taken.
    Captured,
    /// The file was written by an encoder or editor.
    Encoded,
    /// It was posted.
    Posted,
    /// The post was edited.
    Edited,
    /// A web archive took a copy.
    Archived,
    /// It came into somebody's hands.
    Collected,
    /// What is shown is said to have happened.
    Event,
}

impl DateKind {
    /// The word of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Captured => "captured",
            Self::Encoded => "encoded",
            Self::Posted => "posted",
            Self::Edited => "edited",
            Self::Archived => "archived",
            Self::Collected => "collected",
            Self::Event => "event",
        }
    }
}

/// Whose word a date or place is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Basis {
    /// A companion file of this tool, such as `yt-dlp`.
    Sidecar(String),
    /// A person's, by option, note or table.
    Person,
    /// This program's own clock.
    IndexClock,
    /// The time stamp in a web archive's address.
    WebArchive,
    /// A platform's id that holds its time.
    PostId,
    /// The file's name.
    FileName,
    /// An EXIF block.
    Exif,
    /// GPS date and time of an EXIF block, which are UTC.
    ExifGps,
    /// An XMP packet.
    Xmp,
    /// QuickTime's creation date with its zone.
    QuickTime,
    /// Creation times of a container.
    Container,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sidecar(tool) => write!(f, "sidecar:{tool}"),
            Self::Person => f.write_str("person"),
            Self::IndexClock => f.write_str("index-clock"),
            Self::WebArchive => f.write_str("web-archive"),
            Self::PostId => f.write_str("post-id"),
            Self::FileName => f.write_str("file-name"),
            Self::Exif => f.write_str("exif"),
            Self::ExifGps => f.write_str("exif-gps"),
            Self::Xmp => f.write_str("xmp"),
            Self::QuickTime => f.write_str("quicktime"),
            Self::Container => f.write_str("container"),
        }
    }
}

/// What a date's text doubts of itself.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Doubt {
    /// Nothing.
    #[default]
    None,
    /// `~`: about then.
    Approximate,
    /// `?`: perhaps then.
    Uncertain,
    /// `%`: perhaps about then.
    Both,
}
