//! What is asserted of an asset.

use serde::{Deserialize, Serialize};

use crate::{AssetId, ClaimId, Dated, Place};

/// What somebody asserts of an asset: what happened, when and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// What it is said of.
    pub asset: AssetId,
    /// Who says so.
    pub by: Option<String>,
    /// In their words; empty where only a date or place was given.
    pub text: String,
    /// When it is said to have happened; not when it was posted.
    pub event: Option<Dated>,
    /// Where it is said to have happened.
    pub place: Option<Place>,
}

impl Claim {
    /// Its identity: asset, claimant, text, event and place.
    #[must_use]
    pub fn id(&self) -> ClaimId {
        ClaimId::of(&[
            &self.asset.0,
            self.by.as_deref().unwrap_or_default().as_bytes(),
            self.text.as_bytes(),
            self.event.as_ref().map(|event| event.text.as_str()).unwrap_or_default().as_bytes(),
            self.place.as_ref().map(|place| place.text.as_str()).unwrap_or_default().as_bytes(),
        ])
    }
}
