//! Turns luma into codes that stay close when footage is re-encoded, and says how far to trust them.

pub mod pdq;

pub use pdq::{Pdq, Quality};
