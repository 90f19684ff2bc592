//! How far evidence carries.

use firstseen_match::Grade;
use firstseen_model::{Basis, Dated, Doubt, Place, PlaceKind, Point};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// A gap under this is weak: zones given wrongly, clocks and slow imports make such gaps.
pub const LEAST_GAP: SignedDuration = SignedDuration::from_hours(48);

/// Places less apart than this, in metres, are weak: coordinates are rounded, taken from a map's centre of a town, or
/// of where the camera looks.
pub const LEAST_DISTANCE_M: f64 = 5_000.0;

/// How far evidence carries. It grades the evidence, not the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Strength {
    /// A hint to look.
    Weak,
    /// Normally true; needs one trusted field.
    Strong,
    /// Follows from bytes or arithmetic on records.
    Exact,
}

impl Strength {
    /// The word of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Strong => "strong",
            Self::Exact => "exact",
        }
    }

    /// How far a match carries what is said of the other side; `None` where it accuses nothing.
    #[must_use]
    pub fn of_grade(grade: Grade) -> Option<Self> {
        match grade {
            Grade::IdenticalBytes => Some(Self::Exact),
            Grade::SameFootage => Some(Self::Strong),
            Grade::SamePlace | Grade::Lead => None,
        }
    }

    /// How far a date carries: never exact, since somebody wrote it down.
    #[must_use]
    pub fn of_date(date: &Dated) -> Self {
        let trusted = matches!(
            date.basis,
            // The id is that of an address or post which a person or a record named; ids in file names are names.
            Basis::Sidecar(_)
                | Basis::Person
                | Basis::IndexClock
                | Basis::WebArchive
                | Basis::PostId
        );
        if trusted && date.doubt == Doubt::None { Self::Strong } else { Self::Weak }
    }

    /// How far a place carries; `None` where it can conflict with nothing.
    #[must_use]
    pub fn of_place(place: &Place) -> Option<Self> {
        match (place.kind, &place.basis) {
            (PlaceKind::Caption | PlaceKind::Channel | PlaceKind::Event, _) => None,
            (_, Basis::Person | Basis::Sidecar(_)) => Some(Self::Strong),
            // Coordinates in a file alone: anyone can write them, and a fix may be stale.
            (PlaceKind::Camera | PlaceKind::Shown, _) => Some(Self::Weak),
        }
    }

    /// How far two places carry that lie `apart_m` metres from each other, their radii left out: a distance that is
    /// small beside what is known of either is a hint only.
    #[must_use]
    pub fn of_distance(apart_m: f64, one: &Point, other: &Point) -> Self {
        let least = LEAST_DISTANCE_M.max(one.radius_m).max(other.radius_m);
        if apart_m < least { Self::Weak } else { Self::Exact }
    }

    /// How far a gap between two dates carries.
    #[must_use]
    pub fn of_gap(gap: SignedDuration) -> Self {
        if gap < LEAST_GAP { Self::Weak } else { Self::Exact }
    }
}

#[cfg(test)]
mod tests {
    use firstseen_model::DateKind;

    use super::*;

    fn strength(text: &str, basis: Basis) -> Strength {
        Strength::of_date(&Dated::parse(text, DateKind::Posted, basis).unwrap())
    }

    #[test]
    fn an_id_in_an_address_is_as_good_as_its_record_and_one_in_a_name_is_a_hint() {
        assert_eq!(strength("2018-10-10T20:19:24Z", Basis::PostId), Strength::Strong);
        assert_eq!(strength("2018-10-10?", Basis::PostId), Strength::Weak);
        assert_eq!(strength("2018-10-10T20:19:24Z", Basis::FileName), Strength::Weak);
    }
}
