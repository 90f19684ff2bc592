//! The parallel pipeline: from files to what is reported of them.

pub(crate) mod add;
pub(crate) mod audit;
pub(crate) mod calibrate;
pub(crate) mod check;
pub(crate) mod claimed;
pub(crate) mod companions;
pub(crate) mod compare;
pub(crate) mod counted;
pub(crate) mod decided;
pub(crate) mod edits;
pub(crate) mod find;
pub(crate) mod frames;
pub(crate) mod look;
pub(crate) mod matching;
pub(crate) mod pairing;
pub(crate) mod parallel;
pub(crate) mod paths;
pub(crate) mod placing;
pub(crate) mod printed;
pub(crate) mod query;
pub(crate) mod run;
pub(crate) mod subject;
pub(crate) mod teller;
pub(crate) mod sheet;
pub(crate) mod told;
pub(crate) mod walk;
