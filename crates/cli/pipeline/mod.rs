//! The parallel pipeline: from files to what is reported of them.

pub(crate) mod add;
pub(crate) mod calibrate;
pub(crate) mod check;
pub(crate) mod companions;
pub(crate) mod compare;
pub(crate) mod edits;
pub(crate) mod frames;
pub(crate) mod look;
pub(crate) mod matching;
pub(crate) mod parallel;
pub(crate) mod paths;
pub(crate) mod placing;
pub(crate) mod run;
pub(crate) mod sheet;
pub(crate) mod walk;
