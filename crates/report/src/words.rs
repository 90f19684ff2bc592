//! The words in which a person is told what the values mean.

use firstseen_assess::Verdict;
use firstseen_match::{Edit, LessPicture, Segment};
use firstseen_media::{FactKind, Trust};
use firstseen_model::MediaKind;
use jiff::Timestamp;

/// A verdict's word in JSON.
pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Seen => "seen",
        Verdict::PartlySeen { .. } => "partly-seen",
        Verdict::Possible => "possible",
        Verdict::NotInIndex => "not-in-index",
        Verdict::AlreadyInIndex => "already-in-index",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NotLookedAt => "not-looked-at",
    }
}

/// What sort of statement a field is.
pub(crate) fn fact_kind(kind: FactKind) -> &'static str {
    match kind {
        FactKind::Date => "date",
        FactKind::Place => "place",
        FactKind::Device => "device",
        FactKind::Program => "program",
        FactKind::Credit => "credit",
        FactKind::Shape => "shape",
        FactKind::Other => "other",
    }
}

/// How easily a field is wrong.
pub(crate) fn trust(trust: Trust) -> &'static str {
    match trust {
        Trust::Measured => "measured",
        Trust::Declared => "declared",
        Trust::Hint => "hint",
    }
}

/// How the copies differ over a segment.
pub(crate) fn edit(segment: &Segment, kind: MediaKind) -> String {
    let Edit { dihedral, negative, crop, placed, overlays, less_picture } = &segment.edit;
    let mut words = Vec::new();
    if dihedral.mirrored {
        words.push("mirrored".to_owned());
    }
    if dihedral.quarter_turns % 4 != 0 {
        words.push(format!("turned by {} degrees", 90 * u32::from(dihedral.quarter_turns % 4)));
    }
    if *negative {
        words.push("dark and light changed".to_owned());
    }
    match (less_picture, crop, placed) {
        (Some(LessPicture::Query), Some(crop), _) => {
            words.push(format!("this one shows {} of the other", per_cent(area(crop))));
        }
        (Some(LessPicture::Reference), _, Some(placed)) => {
            words.push(format!("the other shows {} of this one", per_cent(area(placed))));
        }
        (Some(LessPicture::Query), ..) => words.push("this one shows less".to_owned()),
        (Some(LessPicture::Reference), ..) => words.push("the other shows less".to_owned()),
        (None, ..) => {}
    }
    words.extend(overlays.iter().map(overlay));
    if kind == MediaKind::Video {
        if segment.reversed {
            words.push("runs backwards".to_owned());
        }
        let speed = format!("speed x{:.2}", segment.speed);
        if speed != "speed x1.00" {
            words.push(speed);
        }
    }
    if words.is_empty() { "in nothing that was measured".to_owned() } else { words.join("; ") }
}

fn overlay([x, y, width, height]: &[f32; 4]) -> String {
    let band = *x <= 0.05 && *width >= 0.9;
    if band && y + height >= 0.95 {
        format!("something over its bottom {}", per_cent(*height))
    } else if band && *y <= 0.05 {
        format!("something over its top {}", per_cent(*height))
    } else {
        format!("something over {} of it", per_cent(width * height))
    }
}

fn area([_, _, width, height]: &[f32; 4]) -> f32 {
    width * height
}

fn per_cent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A moment, to the second.
pub(crate) fn moment(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// A day in UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// A count with commas: `41,210`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut words = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    words
}

/// A count with its noun.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as u64), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use firstseen_model::{Dihedral, Span};

    use super::*;

    fn segment(edit: Edit) -> Segment {
        let span = Span::default();
        Segment {
            query: span,
            reference: span,
            speed: 1.0,
            reversed: false,
            frames: 1,
            frames_looked_at: 1,
            edit,
            pairs: vec![],
        }
    }

    #[test]
    fn differences_are_told_in_words() {
        let differs = Edit {
            dihedral: Dihedral { mirrored: true, quarter_turns: 1 },
            crop: Some([0.1, 0.1, 0.7, 0.7]),
            overlays: vec![[0.0, 0.82, 1.0, 0.18]],
            less_picture: Some(LessPicture::Query),
            ..Edit::default()
        };
        assert_eq!(
            edit(&segment(differs), MediaKind::Video),
            "mirrored; turned by 90 degrees; this one shows 49 % of the other; something over its bottom 18 %"
        );
        for kind in [MediaKind::Picture, MediaKind::Video] {
            assert_eq!(edit(&segment(Edit::default()), kind), "in nothing that was measured");
        }
        let faster = Segment { speed: 1.25, ..segment(Edit::default()) };
        assert_eq!(edit(&faster, MediaKind::Video), "speed x1.25");
    }

    #[test]
    fn counts_have_commas() {
        assert_eq!(
            [0, 999, 1_000, 41_210, 1_234_567].map(count),
            ["0", "999", "1,000", "41,210", "1,234,567"]
        );
    }
}
