//! Made planes for the property tests.

use firstseen_model::Luma;
use proptest::prelude::*;

/// Any plane of up to 40 x 40.
pub(crate) fn planes() -> impl Strategy<Value = Luma> {
    (1usize..40, 1usize..40).prop_flat_map(|(width, height)| {
        proptest::collection::vec(any::<u8>(), width * height)
            .prop_map(move |bytes| Luma::new(width, height, bytes).unwrap())
    })
}
