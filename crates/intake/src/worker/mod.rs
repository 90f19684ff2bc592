//! The process border: what crosses it, the side that asks, and the side that answers.

mod believe;
mod companion;
pub mod host;
pub mod jail;
pub mod serve;
mod track;
pub mod watch;
pub mod wire;

pub use serve::serve;
