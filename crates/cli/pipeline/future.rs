//! Dates of records that have not come yet.

use firstseen_model::{DateKind, Dated, SightingDraft};
use jiff::{SignedDuration, Timestamp};

/// How far a post may lie in the future before its date is held wrong: clocks and zones differ.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Takes dates out that cannot be: posts of the future. An edit at such a time may have been at any.
pub(super) fn keep_out(seen: &mut SightingDraft, now: Timestamp) -> Vec<String> {
    let limit = now.checked_add(AHEAD).unwrap_or(now);
    let is_ahead = |date: &Dated| {
        let told = matches!(
            date.kind,
            DateKind::Posted | DateKind::Edited | DateKind::Archived | DateKind::Collected
        );
        told && date.earliest.is_some_and(|at| at > limit)
    };
    let posted = seen.date(DateKind::Posted).cloned();
    let mut notes = Vec::new();
    seen.dates.retain_mut(|date| {
        if !is_ahead(date) {
            return true;
        }
        notes.push(format!(
            "{} {} is in the future, so it is left out",
            date.kind.word(),
            date.text
        ));
        match &posted {
            Some(posted) if date.kind == DateKind::Edited && !is_ahead(posted) => {
                *date = Dated {
                    text: format!("{}/..", posted.text),
                    latest: None,
                    kind: DateKind::Edited,
                    ..posted.clone()
                };
                true
            }
            _ => false,
        }
    });
    notes
}

#[cfg(test)]
mod tests {
    use firstseen_model::Basis;

    use super::*;

    #[test]
    fn what_lies_in_the_future_is_left_out() {
        let date = |text: &str, kind| Dated::parse_utc(text, kind, Basis::Person).unwrap();
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let mut seen = SightingDraft {
            dates: vec![
                date("2026-11-24T07:00:00", DateKind::Posted),
                date("2027-01-01", DateKind::Edited),
                date("2031", DateKind::Archived),
            ],
            ..SightingDraft::default()
        };
        assert_eq!(keep_out(&mut seen, now).len(), 2);
        let left: Vec<_> =
            seen.dates.iter().map(|date| (date.kind, date.latest.is_some())).collect();
        assert_eq!(left, [(DateKind::Posted, true), (DateKind::Edited, false)]);
    }
}
