//! What persons state of an asset or a recording.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AssetId, Dated, NoteId, Place, RecordingId};

/// A person's statement. It is never changed: a retraction is added to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// What it is said of.
    pub on: Subject,
    /// When the footage was taken.
    pub captured: Option<Dated>,
    /// Where the camera stood.
    pub place: Option<Place>,
    /// What the footage is called, such as `game footage`.
    pub label: Option<String>,
    /// Who says so.
    pub by: String,
    /// How they know.
    pub basis: String,
    /// When they said so, by this program's clock.
    pub at: Timestamp,
    /// Who took it back, if somebody did.
    pub retracted: Option<Retraction>,
}

/// What a note is said of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// One byte sequence.
    Asset(AssetId),
    /// A take, with all its copies and parts.
    Recording(RecordingId),
}

/// A note, taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retraction {
    /// By whom.
    pub by: String,
    /// When, by this program's clock.
    pub at: Timestamp,
}

impl Note {
    /// Its identity: what it is said of, by whom, and all that they said. The same statement is one note, whenever it
    /// is made again.
    #[must_use]
    pub fn id(&self) -> NoteId {
        let on: &[u8] = match &self.on {
            Subject::Asset(asset) => &asset.0,
            Subject::Recording(recording) => &recording.0,
        };
        NoteId::of(&[
            on,
            self.by.as_bytes(),
            self.captured.as_ref().map_or("", |date| &date.text).as_bytes(),
            self.place.as_ref().map_or("", |place| &place.text).as_bytes(),
            self.label.as_deref().unwrap_or_default().as_bytes(),
            self.basis.as_bytes(),
        ])
    }
}
