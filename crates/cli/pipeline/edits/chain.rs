//! Copies of copies: several edits in a row.

use firstseen_media::Rgb;

use super::{Edited, Seeded, colour, crop, overlay, post, turn};

/// Cropped, captioned, without colour, and badly encoded.
pub(super) fn chain_3(reference: &Rgb, seeded: &mut Seeded, others: &[Rgb]) -> Edited {
    crop::crop_20(reference, seeded, others)
        .then(|picture| overlay::caption(picture, seeded, others))
        .then(|picture| colour::grey(picture, seeded, others))
        .at_quality(40)
}

/// Mirrored, cropped, captioned, and shown in a post.
pub(super) fn chain_4(reference: &Rgb, seeded: &mut Seeded, others: &[Rgb]) -> Edited {
    turn::mirror(reference, seeded, others)
        .then(|picture| crop::crop_20(picture, seeded, others))
        .then(|picture| overlay::caption(picture, seeded, others))
        .then(|picture| post::social_post(picture, seeded, others))
        .at_quality(70)
}
