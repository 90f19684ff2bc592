//! A person's word on a match.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AssetId, MatchId};

/// A person's word on a pair of assets. The newest of a pair holds; none is ever changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// One of the two.
    pub one: AssetId,
    /// The other.
    pub other: AssetId,
    /// What they are to each other.
    pub ruling: Ruling,
    /// Who decided.
    pub by: String,
    /// Why.
    pub note: String,
    /// When, by this program's clock.
    pub at: Timestamp,
}

/// What two assets are to each other, in a person's judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ruling {
    /// The same footage, or one a part of the other.
    Same,
    /// Not the same footage.
    Different,
    /// The same, and of no account: a logo, a stock clip, a test card.
    Irrelevant,
}

impl Ruling {
    /// The word of reports and of the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Irrelevant => "irrelevant",
        }
    }
}

impl Decision {
    /// The pair that it is on, whichever was asked about.
    #[must_use]
    pub fn pair(&self) -> MatchId {
        MatchId::of_pair(self.one, self.other)
    }
}
