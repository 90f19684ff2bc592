//! Stretches of the calendar, in months or seconds.

use jiff::civil::Date;

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// A stretch of the calendar, as wide as its text is precise.
#[derive(Clone, Copy)]
pub(super) enum Extent {
    /// `count` months from `from`, the number of months since January of year 0.
    Months { from: i64, count: i64 },
    /// `count` seconds from `from`, in local Unix time.
    Seconds { from: i64, count: i64 },
}

impl Extent {
    /// One unit more on each side.
    pub(super) fn widened(self) -> Self {
        match self {
            Self::Months { from, count } => Self::Months { from: from - count, count: count * 3 },
            Self::Seconds { from, count } => Self::Seconds { from: from - count, count: count * 3 },
        }
    }

    pub(super) fn start(self) -> i64 {
        match self {
            Self::Months { from, .. } => first_of_month(from),
            Self::Seconds { from, .. } => from,
        }
    }

    /// The second after.
    pub(super) fn end(self) -> i64 {
        match self {
            Self::Months { from, count } => first_of_month(from + count),
            Self::Seconds { from, count } => from + count,
        }
    }
}

fn first_of_month(months: i64) -> i64 {
    days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1) * DAY
}

/// Days since 1970-01-01 in the Gregorian calendar, of any year: bounds may leave the years that a time stamp holds.
///
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Days of a month in the Gregorian calendar.
pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    Date::new(year as i16, month as i8, 1).map_or(31, |date| i64::from(date.days_in_month()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_agree_with_the_calendar_library() {
        for (year, month, day) in
            [(1970, 1, 1), (2000, 2, 29), (2024, 12, 31), (0, 3, 1), (1, 1, 1), (9999, 12, 31)]
        {
            let civil = Date::new(year, month, day).unwrap();
            let days = (civil - Date::new(1970, 1, 1).unwrap()).get_days();
            assert_eq!(days_from_civil(year.into(), month.into(), day.into()), i64::from(days));
        }
    }
}
