//! Turns hits into aligned segments, with the edit that explains them.

pub mod found;

pub use found::{Edit, Grade, LessPicture, Match, Pair, Segment};
