//! Finds every code within a radius by looking at all of them.
//!
//! The first 12 bytes of the codes lie in planes, apart from the rest. The distance on some bits is a lower bound of the
//! distance on all, so a code whose first 96 bits differ in more places than the radius is out; at radius 31 that is all
//! but one in 2,600 of unrelated codes, and only 12 of 32 bytes are read.

mod codes;
mod descriptors;
mod kernel;

pub use codes::{BLOCK, Codes, CodesView, Near, lay_block};
pub use descriptors::{Descriptors, DescriptorsView, NearPoint, Sought, WIDE, Words};
pub use kernel::Kernel;
