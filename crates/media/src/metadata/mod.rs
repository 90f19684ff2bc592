//! What a file says of itself.

use firstseen_model::{Dated, Place};
use serde::{Deserialize, Serialize};

/// Everything that a file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// Every field read, in the order of the file.
    pub facts: Vec<Fact>,
    /// The dates among them, as intervals.
    pub dates: Vec<Dated>,
    /// The places among them.
    pub places: Vec<Place>,
}

/// One field as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The field's name in snake case, such as `make` or `datetime_original`; the same for the same meaning wherever it
    /// was read. Fields without a common name keep the file's own, such as `exif:FNumber`.
    pub name: String,
    /// The value for people.
    pub value: String,
    /// The value as it stood in the file.
    pub raw: String,
    /// Where it was read, such as `exif:IFD0` or `mp4:moov.udta`.
    pub read_from: String,
    /// What sort of statement it is.
    pub kind: FactKind,
    /// How easily it is wrong.
    pub trust: Trust,
}

/// What sort of statement a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FactKind {
    /// When.
    Date,
    /// Where.
    Place,
    /// Which device.
    Device,
    /// Which program.
    Program,
    /// Whose, and in which words.
    Credit,
    /// Size, orientation, duration, codec.
    Shape,
    /// Anything else.
    Other,
}

/// How easily a field is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Trust {
    /// Follows from the bytes that were decoded.
    Measured,
    /// Written by a device or program; anyone can change it.
    Declared,
    /// Declared, and known to be wrong often: clocks, container times.
    Hint,
}
