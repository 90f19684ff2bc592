//! Which parts of a frame are pictures of their own: what bars and blurred borders leave, photos in posts, insets, tiles.
//!
//! Codes of a whole frame die where a picture is only a part of it. The content box is cheap, careful and for every
//! frame; the other parts are proposals at query time, of which a wrong one costs a look-up. None is text or flat UI:
//! two panels of text would match each other.

mod blocks;
mod borders;
mod bounds;
mod edges;
mod lines;
mod photo;
mod refine;

use firstseen_model::{LumaView, Part};

use crate::shrink;
use bounds::Bounds;
use edges::Edges;
use photo::Photos;

/// Version of what this module gives.
pub const VERSION: u16 = 1;

/// Long side of the plane in which parts are looked for. Borders of insets are sharper than what cameras see, which a
/// plane of half that size no longer shows: there three times as many lines of photos pass for borders.
const LONG_SIDE: usize = 640;

/// Proposals that are looked at closely, for each that is asked for.
const TRIED_FOR_EACH: usize = 4;

/// Share of two parts' union, in hundredths, that both cover where they are the same part.
const SAME: usize = 75;

/// Returns what bars, plain padding and blurred borders leave of `frame`; `None` where that is all of it, or nothing.
///
/// In doubt nothing is cut: a border ends at a straight edge that runs along all of it, so that night skies and white
/// walls stay. Text on a border is part of the border; what is nothing but text is no content.
#[must_use]
pub fn content(frame: LumaView<'_>) -> Option<Part> {
    let whole = Bounds::whole(frame);
    let left = borders::cut(frame);
    (left != whole && !photo::is_text(frame, left)).then(|| left.part(frame))
}

/// Returns parts of `frame` that look like pictures of their own, best first, at most `most`; neither the whole nor its
/// `content` is among them.
#[must_use]
pub fn parts(frame: LumaView<'_>, content: Option<Part>, most: usize) -> Vec<Part> {
    let small = shrink::to_fit(frame, LONG_SIDE);
    let plane = small.view();
    let edges = Edges::of(plane);
    let photos = Photos::of(plane);
    let mut proposals = blocks::propose(plane, &edges);
    proposals.extend(edges.propose());
    proposals.retain(|proposal| photos.likely(proposal.bounds));
    proposals.sort_by_key(|proposal| (std::cmp::Reverse(proposal.score), proposal.bounds));

    let whole = Bounds::whole(frame);
    let content = content.map_or(whole, |part| Bounds::of_part(part, frame));
    let mut seen: Vec<Bounds> = Vec::new();
    let (mut single, mut composed): (Vec<Bounds>, Vec<Bounds>) = (Vec::new(), Vec::new());
    let mut tried = 0;
    for proposal in proposals {
        if single.len() >= most || tried >= most.saturating_mul(TRIED_FOR_EACH) {
            break;
        }
        if seen.iter().any(|other| other.overlap(proposal.bounds) >= SAME) {
            continue;
        }
        seen.push(proposal.bounds);
        let bounds = refine::at_full_size(frame, plane, proposal.bounds);
        let known = [whole, content];
        if known.iter().chain(&single).chain(&composed).any(|other| other.overlap(bounds) >= SAME) {
            continue;
        }
        tried += 1;
        if photo::is_photo(frame, bounds) {
            // What holds a surer picture, or a piece of it, is rather a page or two pictures at once.
            let shares = single.iter().any(|other| other.shares_much(bounds));
            if shares { &mut composed } else { &mut single }.push(bounds);
        }
    }
    single.into_iter().chain(composed).take(most).map(|bounds| bounds.part(frame)).collect()
}

/// A part of the small plane that may be a picture of its own.
struct Proposal {
    bounds: Bounds,
    /// How sure its edges are and how large it is; only the order counts.
    score: usize,
}

#[cfg(test)]
mod tests;
