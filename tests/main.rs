//! The program as a person runs it, and the rules that the repository keeps.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests start the program, wait for it, and fail by panicking"
)]

mod adding;
mod asking;
mod bad_input;
mod calibrating;
mod ci;
mod companions;
mod contract;
mod durability;
mod edited;
#[cfg(target_os = "linux")]
mod fault;
#[cfg(target_os = "linux")]
mod flips;
mod formats;
mod frames;
mod hard;
mod keeping;
mod knowing;
mod looking_after;
#[cfg(target_os = "linux")]
mod luck;
mod made;
mod pages;
mod program;
mod rules_page;
mod samples;
mod scan_state;
mod scanning;
mod settings;
#[cfg(target_os = "linux")]
mod sharing;
mod tidy;
mod words;
mod worker;
