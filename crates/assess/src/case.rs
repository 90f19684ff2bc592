//! One file with all that is known of it.

use firstseen_match::Match;
use firstseen_media::Metadata;
use firstseen_model::{AssetId, Claim, Decision, MediaTime, Note, Sighting, SightingId};
use jiff::{SignedDuration, Timestamp};

/// One file with all that is known of it, to be weighed.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What was asked about.
    pub asset: AssetId,
    /// How long it is; `None` for pictures, and where it is not known.
    pub duration: Option<MediaTime>,
    /// Its own sightings: those in the index and those that came with this run. The file as it lies there is one of
    /// them, even where nothing but its path is known.
    pub own: &'a [Sighting],
    /// Which of `own` came with this run.
    pub given: &'a [SightingId],
    /// What is asserted of it.
    pub claims: &'a [Claim],
    /// Assets that match it directly, from the best; the asset itself among them where it is in the index.
    pub matches: &'a [Known<'a>],
    /// What it says of itself.
    pub metadata: &'a Metadata,
    /// What persons state of it or of its recording; those taken back are left out.
    pub notes: &'a [Note],
    /// Ids in its metadata that assets of the index hold as well.
    pub shared: &'a [SharedId],
    /// Now.
    pub as_of: Timestamp,
    /// How long after the first known sighting a post makes footage recycled.
    pub older_than: SignedDuration,
}

/// An asset of the index that matches directly.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// How it matches.
    pub found: &'a Match,
    /// Where it was seen.
    pub sightings: &'a [Sighting],
    /// What it says of itself.
    pub metadata: &'a Metadata,
    /// What persons state of it or of its recording; those taken back are left out.
    pub notes: &'a [Note],
    /// What a person decided of this pair.
    pub decision: Option<&'a Decision>,
}

/// An id in a file's metadata that others hold as well, such as that of the document that it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedId {
    /// The fact's name, such as `xmp_original_document_id`.
    pub name: String,
    /// The id.
    pub id: String,
    /// Assets of the index with the same id, the asset itself left out; at most [`SharedId::MOST`] and one.
    pub assets: Vec<AssetId>,
}

impl SharedId {
    /// An id that more assets share is a template's or a zeroed counter, and says nothing.
    pub const MOST: usize = 20;
}

impl<'a> Case<'a> {
    /// Whether a sighting is the query's own: it came with this run, or has the path, or the source and post, of one
    /// that did. What is one's own was not seen *before*.
    #[must_use]
    pub fn is_own(&self, sighting: &Sighting) -> bool {
        self.given_sightings().any(|given| {
            let (given, seen) = (&given.seen, &sighting.seen);
            let same_path = seen.path.is_some() && seen.path == given.path;
            same_path
                || (seen.post.is_some()
                    && (&seen.post, &seen.source) == (&given.post, &given.source))
        }) || self.given.contains(&sighting.id())
    }

    /// The sightings that came with this run.
    pub fn given_sightings(&self) -> impl Iterator<Item = &'a Sighting> + use<'a> {
        let (own, given) = (self.own, self.given);
        own.iter().filter(move |sighting| given.contains(&sighting.id()))
    }

    /// The matches that say "seen".
    pub fn seen(&self) -> impl Iterator<Item = &'a Known<'a>> + use<'a> {
        self.matches.iter().filter(|known| known.found.grade.seen())
    }

    /// The sightings of a match that are not the query's own.
    pub fn others<'k>(&self, known: &Known<'k>) -> Vec<&'k Sighting> {
        known.sightings.iter().filter(|sighting| !self.is_own(sighting)).collect()
    }
}
