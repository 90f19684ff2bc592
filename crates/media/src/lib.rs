//! Opens hostile bytes under limits, in this process, and yields luma, sound and facts.

pub mod metadata;

pub use metadata::{Fact, FactKind, Metadata, Trust};
