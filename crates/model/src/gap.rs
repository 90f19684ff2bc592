//! What could not be looked at.

use serde::{Deserialize, Serialize};

use crate::MediaTime;

/// Something that could not be looked at or used, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// What it is: `frame`, `stream`, `pixels`, `metadata`, `time-track`, `companion`, `file`, `index`, ...
    pub what: String,
    /// Where in the media, if it has a time.
    pub at: Option<MediaTime>,
    /// Why, as a fragment in lower case. May hold text out of the file: escape before printing.
    pub why: String,
}

impl Gap {
    /// A gap that has no time.
    #[must_use]
    pub fn new(what: &str, why: impl Into<String>) -> Self {
        Self { what: what.to_owned(), at: None, why: why.into() }
    }

    /// A gap at a time of the media.
    #[must_use]
    pub fn at(what: &str, at: MediaTime, why: impl Into<String>) -> Self {
        Self { what: what.to_owned(), at: Some(at), why: why.into() }
    }
}
