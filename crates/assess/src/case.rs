//! One file with all that is known of it.

use firstseen_match::{Grade, Match};
use firstseen_media::Metadata;
use firstseen_model::{AssetId, Claim, Decision, MediaTime, Note, Ruling, Sighting, SightingId};
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
    /// What lay at its path, and what lies there, where a scan has met other bytes there.
    pub replaced: Option<&'a Replaced>,
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

/// A path at which an earlier scan has met other bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// What lay there.
    pub before: AtPath,
    /// What lies there.
    pub now: AtPath,
    /// When what lay there was looked at for the last time.
    pub seen: Timestamp,
}

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtPath {
    /// The bytes.
    pub asset: AssetId,
    /// How many.
    pub size_bytes: u64,
    /// When the system says that they were last changed, where it names a moment.
    pub modified: Option<Timestamp>,
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

/// What a match says once a person's word on the pair is heard: nothing where they hold the two to be different or of no
/// account; where they hold them to be the same, at least that they are the same footage, which is strong and never
/// exact.
#[must_use]
pub fn heard(found: &Match, decision: Option<&Decision>) -> Option<Match> {
    match decision.map(|decision| decision.ruling) {
        Some(Ruling::Different | Ruling::Irrelevant) => None,
        Some(Ruling::Same) if !found.grade.seen() => {
            Some(Match { grade: Grade::SameFootage, ..found.clone() })
        }
        Some(Ruling::Same) | None => Some(found.clone()),
    }
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

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{IdenticalBytes, Lead, SameFootage, SamePlace};

    use super::*;
    use crate::scene::{QUERY, Scene, posted};

    fn word(ruling: Ruling) -> Decision {
        Decision {
            one: QUERY,
            other: AssetId([2; 32]),
            ruling,
            by: "kd".to_owned(),
            note: "frame by frame".to_owned(),
            at: "2026-11-01T08:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_persons_word_outranks_the_grade() {
        let check = |grade, ruling, expected: Option<Grade>| {
            let scene = Scene::default().matching(grade, posted("2022-03-11"));
            let found = heard(&scene.matches[0].0, Some(&word(ruling)));
            assert_eq!(found.map(|found| found.grade), expected);
        };
        check(Lead, Ruling::Same, Some(SameFootage));
        check(SamePlace, Ruling::Same, Some(SameFootage));
        check(IdenticalBytes, Ruling::Same, Some(IdenticalBytes));
        check(SameFootage, Ruling::Different, None);
        check(SameFootage, Ruling::Irrelevant, None);
    }

    #[test]
    fn without_a_word_the_grade_stays() {
        let scene = Scene::default().matching(Lead, posted("2022-03-11"));
        assert_eq!(heard(&scene.matches[0].0, None).as_ref(), Some(&scene.matches[0].0));
    }
}
