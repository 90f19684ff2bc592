//! An asset, seen somewhere.

use serde::{Deserialize, Serialize};

use crate::{AssetId, DateKind, Dated, Place, SightingId};

/// An asset seen somewhere: where, when, under which words, and which record says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// What was seen.
    pub asset: AssetId,
    /// The rest.
    pub seen: SightingDraft,
}

/// A sighting whose asset is not known yet: what a companion file or the command line says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SightingDraft {
    /// Platform or collection, such as `telegram`; `local` where nothing was said.
    pub source: String,
    /// The post's id there.
    pub post: Option<String>,
    /// Address of the post or file.
    pub url: Option<String>,
    /// Channel or account.
    pub channel: Option<String>,
    /// Address of an archived copy.
    pub archive_url: Option<String>,
    /// The case it belongs to.
    pub case: Option<String>,
    /// Posted, archived, collected and other dates, in the order in which they were read.
    pub dates: Vec<Dated>,
    /// Where it says to have been.
    pub place: Option<Place>,
    /// The words under it; empty where there are none.
    pub caption: String,
    /// The title of the post; empty where there is none.
    pub title: String,
    /// The record that this came from: a companion's file name, or `command line`.
    pub record: String,
    /// Path of the file that was seen, as bytes relative to the folder that holds the index.
    pub path: Option<Vec<u8>>,
}

impl SightingDraft {
    /// This sighting, of that asset.
    #[must_use]
    pub fn of(self, asset: AssetId) -> Sighting {
        Sighting { asset, seen: self }
    }

    /// The first date of a kind.
    #[must_use]
    pub fn date(&self, kind: DateKind) -> Option<&Dated> {
        self.dates.iter().find(|date| date.kind == kind)
    }
}

impl Sighting {
    /// Its identity: asset and source, and post id, else URL, else posted date, else path.
    #[must_use]
    pub fn id(&self) -> SightingId {
        let seen = &self.seen;
        let (tag, rest): (&str, Vec<u8>) = if let Some(post) = &seen.post {
            ("post", post.clone().into_bytes())
        } else if let Some(url) = &seen.url {
            ("url", url.clone().into_bytes())
        } else if let Some(posted) = seen.date(DateKind::Posted) {
            ("posted", posted.text.clone().into_bytes())
        } else {
            ("path", seen.path.clone().unwrap_or_default())
        };
        SightingId::of(&[&self.asset.0, seen.source.as_bytes(), tag.as_bytes(), &rest])
    }
}
