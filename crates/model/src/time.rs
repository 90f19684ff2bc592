//! Time inside a clip.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Microseconds from the first frame.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct MediaTime(pub i64);

impl MediaTime {
    /// The first frame.
    pub const ZERO: Self = Self(0);

    /// The time nearest to `seconds`.
    #[must_use]
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * 1e6).round() as i64)
    }

    /// Seconds from the first frame.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl std::ops::Sub for MediaTime {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::ops::Add for MediaTime {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Prints `00:31.5`, with hours where there are some.
impl fmt::Display for MediaTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0.unsigned_abs() + 50_000) / 100_000;
        let sign = if self.0 < 0 && tenths > 0 { "-" } else { "" };
        let (seconds, tenth) = (tenths / 10, tenths % 10);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            write!(f, "{sign}{hours}:{minutes:02}:{seconds:02}.{tenth}")
        } else {
            write!(f, "{sign}{minutes:02}:{seconds:02}.{tenth}")
        }
    }
}

/// A stretch of a clip, both ends included. A picture's is all zero.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span {
    /// Where it starts.
    pub start: MediaTime,
    /// Where it ends; never before `start`.
    pub end: MediaTime,
}

impl Span {
    /// How long it is.
    #[must_use]
    pub fn length(self) -> MediaTime {
        self.end - self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_write_them() {
        assert_eq!(MediaTime::from_seconds(31.04).to_string(), "00:31.0");
        assert_eq!(MediaTime::from_seconds(59.96).to_string(), "01:00.0");
        assert_eq!(MediaTime::from_seconds(3725.5).to_string(), "1:02:05.5");
        assert_eq!(MediaTime::from_seconds(-0.5).to_string(), "-00:00.5");
    }
}
