//! What to write instead of dates as people write them.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What to write, where the text is a date in another form.
pub(super) fn way_out(text: &str) -> Option<String> {
    let runs = runs(text)?;
    let texts: Vec<&str> = runs.iter().map(String::as_str).collect();
    named_month(&texts).or_else(|| numbers(&texts)).map(|better| format!("write {better}"))
}

/// Runs of digits and of letters; `None` where there are more than a date has.
fn runs(text: &str) -> Option<Vec<String>> {
    let mut runs: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in text.chars() {
        let same = (c.is_ascii_digit() && last.is_ascii_digit())
            || (c.is_ascii_alphabetic() && last.is_ascii_alphabetic());
        if same {
            runs.last_mut()?.push(c);
        } else if c.is_ascii_alphanumeric() {
            if runs.len() == 8 {
                return None;
            }
            runs.push(c.to_string());
        }
        last = c;
    }
    Some(runs)
}

/// `18 October 2024`, `Oct. 18th, 2024`, `October 2024`.
fn named_month(runs: &[&str]) -> Option<String> {
    let (mut year, mut month, mut day) = (None, None, None);
    for run in runs {
        let word = run.to_ascii_lowercase();
        let named = MONTHS.iter().position(|name| word.len() >= 3 && name.starts_with(&word));
        match (run.parse::<u16>(), run.len()) {
            (Ok(number), 4) if year.is_none() => year = Some(number),
            (Ok(number), 1 | 2) if day.is_none() => day = Some(number),
            (Err(_), _) if named.is_some() && month.is_none() => month = named,
            (Err(_), _) if matches!(word.as_str(), "st" | "nd" | "rd" | "th") => {}
            _ => return None,
        }
    }
    let (year, month) = (year?, month? as u16 + 1);
    match day {
        Some(day) => ymd(year, month, day),
        None => Some(format!("{year:04}-{month:02}")),
    }
}

/// `18.10.2024`, `10/18/2024`, `2024/10/18`, `2024:10:18 07:05:30`, `20241018`, Unix seconds.
fn numbers(runs: &[&str]) -> Option<String> {
    let runs = match runs {
        [head @ .., "Z"] => head,
        runs => runs,
    };
    let numbers: Vec<u16> = runs
        .iter()
        .filter(|run| **run != "T" && run.len() <= 4)
        .map(|run| run.parse().ok())
        .collect::<Option<_>>()?;
    match (runs, numbers.as_slice()) {
        ([digits], _) if digits.len() > 4 => one_run(digits),
        ([_, _, year], [a, b, y]) if year.len() == 4 => match (ymd(*y, *b, *a), ymd(*y, *a, *b)) {
            (Some(day_first), Some(month_first)) if day_first != month_first => {
                Some(format!("{day_first} if the day comes first, else {month_first}"))
            }
            (day_first, month_first) => day_first.or(month_first),
        },
        ([_, year], [month @ 1..=12, y]) if year.len() == 4 => Some(format!("{y:04}-{month:02}")),
        ([year, ..], [y, a, b, time @ ..]) if year.len() == 4 => {
            let date = ymd(*y, *a, *b).or_else(|| ymd(*y, *b, *a))?;
            match time {
                [] => Some(date),
                [hour, minute] => {
                    clock(*hour, *minute, 0).map(|_| format!("{date}T{hour:02}:{minute:02}"))
                }
                [hour, minute, second] => {
                    clock(*hour, *minute, *second).map(|time| format!("{date}T{time}"))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn one_run(digits: &str) -> Option<String> {
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u16>().ok();
    let date = || ymd(part(0, 4)?, part(4, 6)?, part(6, 8)?);
    match digits.len() {
        6 => match part(4, 6)? {
            month @ 1..=12 => Some(format!("{}-{month:02}", &digits[..4])),
            _ => None,
        },
        8 => date(),
        14 => Some(format!("{}T{}", date()?, clock(part(8, 10)?, part(10, 12)?, part(12, 14)?)?)),
        10 | 13 => {
            let seconds = digits[..10].parse().ok()?;
            let at = Timestamp::from_second(seconds).ok()?;
            Some(format!(
                "{at} if these are Unix {}",
                if digits.len() == 10 { "seconds" } else { "milliseconds" }
            ))
        }
        _ => None,
    }
}

fn ymd(year: u16, month: u16, day: u16) -> Option<String> {
    let (year, month, day) = (year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
    Date::new(year, month, day).ok().map(|date| date.to_string())
}

fn clock(hour: u16, minute: u16, second: u16) -> Option<Time> {
    Time::new(hour.try_into().ok()?, minute.try_into().ok()?, second.try_into().ok()?, 0).ok()
}

#[cfg(test)]
mod tests {
    use crate::{Basis, DateKind, Dated};

    fn check(text: &str, way_out: &str) {
        let error = Dated::parse(text, DateKind::Event, Basis::Person).unwrap_err();
        assert_eq!(error.way_out, way_out, "{text}");
    }

    #[test]
    fn dates_as_people_write_them_are_answered_with_the_right_form() {
        check("18.10.2024", "write 2024-10-18");
        check("10/18/2024", "write 2024-10-18");
        check("05/06/2024", "write 2024-06-05 if the day comes first, else 2024-05-06");
        check("18 October 2024", "write 2024-10-18");
        check("Oct. 18th, 2024", "write 2024-10-18");
        check("October 2024", "write 2024-10");
        check("20241018", "write 2024-10-18");
        check("202410", "write 2024-10");
        check("20241018070500", "write 2024-10-18T07:05:00");
        check("1729235100", "write 2024-10-18T07:05:00Z if these are Unix seconds");
        check("10.2024", "write 2024-10");
        check("2024/10/18", "write 2024-10-18");
        check("2024-1-5", "write 2024-01-05");
        check("2024-18-10", "write 2024-10-18");
        check("2024-10-18 07:05", "write 2024-10-18T07:05");
        check("2024:10:18 07:05:30", "write 2024-10-18T07:05:30");
    }

    #[test]
    fn what_is_no_date_gets_examples() {
        let examples =
            "write it as 2024-10-18, 2024-10, 2024-10-18T07:05Z or 2024-10-01/2024-10-18";
        check("2024-13", examples);
        check("99.99.2024", examples);
        check("yesterday", examples);
        check("1 2 3 4 5 6 7 8 9 10", examples);
    }
}
