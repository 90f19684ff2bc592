//! How the program ends.

use std::process::ExitCode;

/// The program's exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing at or above `--fail-on`.
    Clean,
    /// Something at or above `--fail-on` was found.
    Found,
    /// Could not run: usage, index missing or damaged.
    CouldNotRun,
    /// Some input could not be looked at.
    NotAllChecked,
    /// Interrupted; the report says `complete: false`.
    Interrupted,
}

impl Exit {
    /// All of them, in the order of the manual.
    pub const ALL: [Self; 5] =
        [Self::Clean, Self::Found, Self::CouldNotRun, Self::NotAllChecked, Self::Interrupted];

    /// The number that the shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Found => 10,
            Self::CouldNotRun => 2,
            Self::NotAllChecked => 3,
            Self::Interrupted => 130,
        }
    }

    /// A line for the manual.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Clean => "nothing at or above --fail-on",
            Self::Found => "something at or above --fail-on was found",
            Self::CouldNotRun => "could not run: usage, index missing or damaged",
            Self::NotAllChecked => {
                "some input could not be looked at: damaged, unreadable, crashed, over a limit, unsupported, \
                 inconclusive, no media found, or an index without assets"
            }
            Self::Interrupted => "interrupted; the report says complete: false",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
