//! The ids that are printed: a prefix and the first hex digits of the BLAKE3 of an identity.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::AssetId;

/// Least hex digits of an id that is printed.
pub const MIN_DIGITS: usize = 4;

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        // The length keeps ("ab", "c") apart from ("a", "bc").
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

macro_rules! printed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// What stands before the digits.
            pub const PREFIX: &str = $prefix;

            /// The id of the identity that `parts` spell.
            #[must_use]
            pub fn of(parts: &[&[u8]]) -> Self {
                Self(digest(parts))
            }

            /// The prefix and the first `digits` hex digits, four at least.
            #[must_use]
            pub fn short(&self, digits: usize) -> String {
                let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("{}{}", $prefix, &hex[..digits.clamp(MIN_DIGITS, 64)])
            }

            /// The shortest form, of four digits or more, that tells it from all `others` (itself may be among them).
            #[must_use]
            pub fn short_among<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> String {
                let shared = others.into_iter().filter(|other| *other != self).map(|other| shared_digits(&self.0, &other.0)).max();
                self.short(shared.map_or(MIN_DIGITS, |shared| shared + 1))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.short(8))
            }
        }
    };
}

fn shared_digits(a: &[u8; 32], b: &[u8; 32]) -> usize {
    let bytes = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let half = bytes < 32 && a[bytes] >> 4 == b[bytes] >> 4;
    bytes * 2 + usize::from(half)
}

printed_id!(
    /// Names a sighting.
    SightingId,
    "S-"
);
printed_id!(
    /// Names a claim.
    ClaimId,
    "C-"
);
printed_id!(
    /// Names a pair of assets that match, whichever was asked about.
    MatchId,
    "M-"
);
printed_id!(
    /// Names a finding; stable from run to run, so that a baseline can hold it.
    FindingId,
    "F-"
);
printed_id!(
    /// Names a recording by its first event.
    RecordingId,
    "R-"
);
printed_id!(
    /// Names a person's note.
    NoteId,
    "N-"
);

impl MatchId {
    /// The id of an unordered pair.
    #[must_use]
    pub fn of_pair(a: AssetId, b: AssetId) -> Self {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        Self::of(&[&low.0, &high.0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_has_one_id_from_both_sides() {
        let (a, b) = (AssetId([1; 32]), AssetId([2; 32]));
        assert_eq!(MatchId::of_pair(a, b), MatchId::of_pair(b, a));
        assert_ne!(MatchId::of_pair(a, b), MatchId::of_pair(a, a));
    }

    #[test]
    fn ids_grow_until_they_differ() {
        let (mut a, mut b) = ([0; 32], [0; 32]);
        (a[3], b[3]) = (0x12, 0x13);
        let (a, b) = (MatchId(a), MatchId(b));
        assert_eq!(a.short_among([&a]), "M-0000");
        assert_eq!(a.short_among([&a, &b]), "M-00000012");
        assert_eq!(b.short_among([&a, &b]), "M-00000013");
    }
}
