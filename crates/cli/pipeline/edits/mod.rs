//! Edited copies of pictures, made the way that pictures change when people share them, and how each relates to the
//! picture it was made from.
//!
//! The same picture, edit and seed give the same bytes. No letter, face or word here is anyone's.

mod chain;
mod colour;
mod crop;
mod distractors;
pub(crate) mod draw;
mod embed;
mod frame;
mod keep;
mod overlay;
mod post;
mod quality;
mod seeded;
mod text;
mod truth;
mod turn;

use firstseen_media::Rgb;

pub(crate) use distractors::distractors;
pub(crate) use keep::Keep;
pub(crate) use seeded::Seeded;
pub(crate) use truth::{Edited, Truth};

/// What an edit does to a reference; the other pictures are for what it is shown beside or over.
type Act = fn(&Rgb, &mut Seeded, &[Rgb]) -> Edited;

/// A way in which copies differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit {
    /// In kebab-case.
    pub(crate) name: &'static str,
    pub(crate) group: Group,
    act: Act,
}

/// Edits that ask the same of whoever wants to find the copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// The whole picture, and less of its detail.
    Quality,
    /// The whole picture in other colours.
    Colour,
    /// Left and right swapped, and right angles.
    Mirror,
    /// Something drawn over it.
    Overlay,
    /// Something added around it.
    Frame,
    /// A part of it, turned, or seen from aside.
    CropTurn,
    /// One thing among others.
    Embedded,
    /// Several of these in a row.
    Chain,
}

impl Group {
    /// As it is printed.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Quality => "quality",
            Self::Colour => "colour",
            Self::Mirror => "mirror",
            Self::Overlay => "overlay",
            Self::Frame => "frame",
            Self::CropTurn => "crop-turn",
            Self::Embedded => "embedded",
            Self::Chain => "chain",
        }
    }
}

impl Edit {
    /// Makes the copy, and says how it relates to `reference`. None of `others` should be a reference.
    pub(crate) fn apply(&self, reference: &Rgb, seeded: &mut Seeded, others: &[Rgb]) -> Edited {
        let mut edited = (self.act)(reference, seeded, others);
        if edited.quality.is_none() {
            edited.quality = Some(seeded.within(70.0..91.0) as u8);
        }
        edited
    }

    /// The edit of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|edit| edit.name == name)
    }
}

const fn edit(name: &'static str, group: Group, act: Act) -> Edit {
    Edit { name, group, act }
}

/// Every edit, by group.
pub(crate) const ALL: &[Edit] = &[
    edit("none", Group::Quality, quality::none),
    edit("jpeg-30", Group::Quality, quality::jpeg_30),
    edit("down-half", Group::Quality, quality::down_half),
    edit("down-quarter", Group::Quality, quality::down_quarter),
    edit("messaging", Group::Quality, quality::messaging),
    edit("aspect", Group::Quality, quality::aspect),
    edit("blur", Group::Quality, quality::blur),
    edit("noise", Group::Quality, quality::noise),
    edit("sharpen", Group::Quality, quality::sharpen),
    edit("bright", Group::Colour, colour::bright),
    edit("dark", Group::Colour, colour::dark),
    edit("contrast", Group::Colour, colour::contrast),
    edit("grey", Group::Colour, colour::grey),
    edit("tint", Group::Colour, colour::tint),
    edit("hue", Group::Colour, colour::hue),
    edit("sepia", Group::Colour, colour::sepia),
    edit("negative", Group::Colour, colour::negative),
    edit("mirror", Group::Mirror, turn::mirror),
    edit("turn-90", Group::Mirror, turn::turn_90),
    edit("turn-180", Group::Mirror, turn::turn_180),
    edit("turn-270", Group::Mirror, turn::turn_270),
    edit("news", Group::Overlay, overlay::news),
    edit("logo", Group::Overlay, overlay::logo),
    edit("caption", Group::Overlay, overlay::caption),
    edit("stickers", Group::Overlay, overlay::stickers),
    edit("ticker", Group::Overlay, overlay::ticker),
    edit("censor-bar", Group::Overlay, overlay::censor_bar),
    edit("pixelated", Group::Overlay, overlay::pixelated),
    edit("chain-overlay", Group::Overlay, overlay::chain_overlay),
    edit("letterbox", Group::Frame, frame::letterbox),
    edit("pillarbox", Group::Frame, frame::pillarbox),
    edit("pad", Group::Frame, frame::pad),
    edit("blur-916", Group::Frame, frame::blur_916),
    edit("meme-strip", Group::Frame, frame::meme_strip),
    edit("meme-both", Group::Frame, frame::meme_both),
    edit("crop-5", Group::CropTurn, crop::crop_5),
    edit("crop-10", Group::CropTurn, crop::crop_10),
    edit("crop-20", Group::CropTurn, crop::crop_20),
    edit("crop-30", Group::CropTurn, crop::crop_30),
    edit("crop-50", Group::CropTurn, crop::crop_50),
    edit("crop-75", Group::CropTurn, crop::crop_75),
    edit("crop-916", Group::CropTurn, crop::crop_916),
    edit("turn-3", Group::CropTurn, turn::turn_3),
    edit("turn-10", Group::CropTurn, turn::turn_10),
    edit("turn-15", Group::CropTurn, turn::turn_15),
    edit("turn-30", Group::CropTurn, turn::turn_30),
    edit("turn-10-cut", Group::CropTurn, turn::turn_10_cut),
    edit("turn-30-cut", Group::CropTurn, turn::turn_30_cut),
    edit("screen-photo", Group::CropTurn, turn::screen_photo),
    edit("social-post", Group::Embedded, post::social_post),
    edit("quote", Group::Embedded, post::quote),
    edit("player", Group::Embedded, embed::player),
    edit("pip-50", Group::Embedded, embed::pip_50),
    edit("pip-30", Group::Embedded, embed::pip_30),
    edit("collage-2", Group::Embedded, embed::collage_2),
    edit("collage-4", Group::Embedded, embed::collage_4),
    edit("split-screen", Group::Embedded, embed::split_screen),
    edit("chain-3", Group::Chain, chain::chain_3),
    edit("chain-4", Group::Chain, chain::chain_4),
];

#[cfg(test)]
mod tests;
