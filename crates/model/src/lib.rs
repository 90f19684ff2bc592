//! The nouns that pass between stages which do not know each other.
//!
//! An [`AssetId`] names one byte sequence; [`MediaTime`] counts from its first frame; [`LumaView`] is what its
//! pictures look like; a [`Sighting`] says where it was seen, a [`Claim`] what is asserted of it, and [`Dated`] and
//! [`Place`] carry doubt with every date and place. A [`Hit`] is two samples that look alike; a [`Gap`] is what could
//! not be looked at.

pub mod asset;
pub mod claim;
pub mod date;
pub mod decision;
pub mod feature;
pub mod gap;
pub mod hit;
pub mod id;
pub mod luma;
pub mod note;
pub mod part;
pub mod place;
pub mod sighting;
pub mod time;

pub use asset::{AssetFacts, AssetId, FileState, MediaKind, Profile};
pub use claim::Claim;
pub use date::{Basis, DateError, DateKind, Dated, Doubt};
pub use decision::{Decision, Ruling};
pub use feature::{Descriptor, Feature, Features};
pub use gap::Gap;
pub use hit::{Algorithm, CodeVersion, Dihedral, FeatureHit, Hit, View};
pub use id::{ClaimId, FindingId, MatchId, NoteId, RecordingId, SightingId};
pub use luma::{Luma, LumaView};
pub use note::{Note, Retraction, Subject};
pub use part::Part;
pub use place::{Area, Place, PlaceError, PlaceKind, Point, Spot};
pub use sighting::{Sighting, SightingDraft};
pub use time::{MediaTime, Span};
