//! The words in which a person is told what the values mean.

use firstseen_assess::Verdict;
use firstseen_match::{Edit, LessPicture, Light, Segment};
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

/// Most overlays that are told one by one.
const OVERLAYS: usize = 3;

/// How the copies differ over a segment. "This one" is the query, "the other" the reference; what is told of neither
/// differs, and the side is not known.
pub(crate) fn edit(segment: &Segment, kind: MediaKind) -> String {
    let edit = &segment.edit;
    let mut words = Vec::new();
    if edit.dihedral.mirrored {
        words.push("mirrored".to_owned());
    }
    let turn = turn_deg(edit);
    if turn != 0.0 {
        let small = if turn > 180.0 { turn - 360.0 } else { turn };
        words.push(format!("turned by {:.0} degrees", small.abs()));
    }
    if edit.negative {
        words.push("dark and light changed".to_owned());
    }
    if edit.stretched != 0.0 && edit.stretched != 1.0 {
        words.push(format!("width stretched to {}", per_cent(edit.stretched)));
    }
    match (edit.less_picture, &edit.crop, &edit.placed) {
        (Some(LessPicture::Query), Some(crop), _) => {
            let share = per_cent(area(crop));
            let [x, y, ..] = crop;
            words.push(format!("this one shows {share} of the other, from {x:.2},{y:.2}"));
        }
        (Some(LessPicture::Reference), _, Some(placed)) => {
            words.push(format!("the other shows {} of this one", per_cent(area(placed))));
        }
        (Some(LessPicture::Query), ..) => words.push("this one shows less".to_owned()),
        (Some(LessPicture::Reference), ..) => words.push("the other shows less".to_owned()),
        (None, Some(crop), Some(placed)) if area(crop) < WHOLE && area(placed) < WHOLE => {
            words.push(format!("{} of the other is shown, side unknown", per_cent(area(crop))));
        }
        (None, ..) => {}
    }
    if let Some(placed) = edit.placed.filter(|placed| area(placed) < WHOLE)
        && edit.less_picture != Some(LessPicture::Reference)
    {
        words.push(lies(&placed));
    }
    words.extend(edit.overlays.iter().take(OVERLAYS).map(overlay));
    if edit.overlays.len() > OVERLAYS {
        words.push(format!("{} smaller differences", edit.overlays.len() - OVERLAYS));
    }
    if let Some(light) = edit.light {
        words.extend(self::light(light));
    }
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

/// Share of an area from which on all of it is meant.
const WHOLE: f32 = 0.97;

/// Degrees, clockwise, by which the query has to be turned, 0 to 360, once it is mirrored where it is.
pub(crate) fn turn_deg(edit: &Edit) -> f32 {
    (90.0 * f32::from(edit.dihedral.quarter_turns % 4) + edit.turned_deg).rem_euclid(360.0)
}

fn lies([x, y, width, height]: &[f32; 4]) -> String {
    if *width >= 0.97 && *height >= 0.97 {
        return "it fills this one".to_owned();
    }
    let third = |middle: f32, low, high| match middle {
        middle if middle < 0.4 => low,
        middle if middle > 0.6 => high,
        _ => "",
    };
    let across = third(x + width / 2.0, "left", "right");
    let down = third(y + height / 2.0, "upper", "lower");
    let at = match (down, across) {
        ("", "") => "in the middle".to_owned(),
        ("", side) => format!("on the {side}"),
        ("upper", "") => "at the top".to_owned(),
        (_, "") => "at the bottom".to_owned(),
        (down, across) => format!("in the {down} {across}"),
    };
    // The side that says more: a letterbox leaves all of the width.
    if width < height {
        format!("it lies at {} of the width {at}", per_cent(*width))
    } else {
        format!("it lies at {} of the height {at}", per_cent(*height))
    }
}

fn light(light: Light) -> Option<String> {
    let words: Vec<&str> = [
        (light.levels <= -12.0).then_some("darker"),
        (light.levels >= 12.0).then_some("lighter"),
        (light.contrast < 0.8).then_some("less contrast"),
        (light.contrast > 1.25).then_some("more contrast"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn overlay([x, y, width, height]: &[f32; 4]) -> String {
    let band = *x <= 0.15 && *width >= 0.75;
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
            features: None,
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
            "mirrored; turned by 90 degrees; this one shows 49 % of the other, from 0.10,0.10; something over its bottom 18 %"
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
