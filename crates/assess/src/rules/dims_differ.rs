//! A picture of another size than its camera wrote down.

use firstseen_media::Fact;

use super::Rule;
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// Sides that differ by less, as a share, are those of a camera that counts whole blocks or leaves out an edge.
const SAME: f64 = 0.02;
/// Sides that differ by more are another picture's, whatever a camera leaves out.
const CLEARLY: f64 = 0.1;
/// Shapes that differ by less are one shape in whole pixels: the picture was made smaller, nothing was cut off.
const SAME_SHAPE: f64 = 0.02;
/// Types whose EXIF tells of the picture that is in them. That of a raw picture tells of its sensor.
const TOLD: [&str; 6] =
    ["image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif"];

pub(super) const RULE: Rule = Rule {
    id: RuleId("dims-differ"),
    kind: Kind::Inconsistency,
    about: "the picture has another size than the camera wrote down: it was resized or cropped afterwards",
    innocent: &[
        "it was made smaller for the web or by a messenger, which is routine",
        "it was straightened or cropped for print",
        "the camera wrote the size of its sensor",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let of = |name: &str, from: &str| {
        case.metadata
            .facts
            .iter()
            .find(|fact| fact.name == name && fact.read_from.starts_with(from))
    };
    let told = of("exif_width", "exif:").zip(of("exif_height", "exif:"));
    let stored = of("width", "header").zip(of("height", "header"));
    let (Some((told_width, told_height)), Some((width, height))) = (told, stored) else {
        return Vec::new();
    };
    let sides = (side(told_width), side(told_height), side(width), side(height));
    let (Some(told_w), Some(told_h), Some(w), Some(h)) = sides else { return Vec::new() };
    // A copy that was turned has its sides exchanged.
    let Some(strength) = weighed((told_w, told_h), (w, h)).min(weighed((told_h, told_w), (w, h)))
    else {
        return Vec::new();
    };
    if !of("mime", "file").is_some_and(|mime| TOLD.contains(&mime.value.as_str())) {
        return Vec::new();
    }
    let message = format!(
        "the camera wrote {told_w}x{told_h} pixels; the picture has {w}x{h}: it was resized or cropped since"
    );
    let mut finding = RULE.finding(case, strength, message);
    finding.evidence = [told_width, told_height, width, height]
        .map(|fact| Evidence::fact(case.asset, fact, (None, None)))
        .into();
    vec![finding]
}

/// A side in pixels; some phones write 0.
fn side(fact: &Fact) -> Option<f64> {
    let pixels: f64 = fact.value.split(' ').next()?.parse().ok()?;
    (pixels.is_finite() && pixels >= 1.0).then_some(pixels)
}

/// How far two sizes differ; `None` where they are as good as one.
fn weighed(told: (f64, f64), stored: (f64, f64)) -> Option<Strength> {
    let apart = |a: f64, b: f64| a.max(b) / a.min(b) - 1.0;
    let most = apart(told.0, stored.0).max(apart(told.1, stored.1));
    let shapes = apart(told.0 / told.1, stored.0 / stored.1);
    match most {
        most if most <= SAME => None,
        // Something was cut off, not only made smaller.
        most if most > CLEARLY && shapes > SAME_SHAPE => Some(Strength::Strong),
        _ => Some(Strength::Weak),
    }
}

#[cfg(test)]
mod tests {
    use crate::scene::Scene;

    fn check(told: [&str; 2], stored: [&str; 2], mime: &str, expected: &[&str]) {
        let scene = Scene::default().saying(&[
            ("mime", mime, "file"),
            ("width", stored[0], "header"),
            ("height", stored[1], "header"),
            ("exif_width", told[0], "exif:Exif"),
            ("exif_height", told[1], "exif:Exif"),
        ]);
        assert_eq!(scene.found("dims-differ"), expected, "{told:?} {stored:?} {mime}");
    }

    const JPEG: &str = "image/jpeg";

    #[test]
    fn a_crop_of_another_shape_is_strong() {
        check(["4000", "3000"], ["2000", "2000"], JPEG, &["strong"]);
        check(["4000", "3000"], ["4000", "2250"], JPEG, &["strong"]);
        check(["4000 pixels", "3000 pixels"], ["800", "800"], JPEG, &["strong"]);
    }

    #[test]
    fn a_smaller_copy_is_a_hint_only() {
        check(["4000", "3000"], ["1280", "960"], JPEG, &["weak"]);
        check(["4000", "3000"], ["960", "1280"], JPEG, &["weak"]);
        check(["4000", "3000"], ["3800", "3000"], JPEG, &["weak"]);
    }

    #[test]
    fn a_turned_copy_is_silent() {
        check(["4000", "3000"], ["3000", "4000"], JPEG, &[]);
    }

    #[test]
    fn zeros_and_rubbish_are_silent() {
        check(["0", "0"], ["4000", "3000"], JPEG, &[]);
        check(["many", "3000"], ["4000", "3000"], JPEG, &[]);
        check(["inf", "3000"], ["4000", "3000"], JPEG, &[]);
    }

    #[test]
    fn blocks_and_edges_of_a_camera_are_silent() {
        check(["4000", "3000"], ["4008", "3008"], JPEG, &[]);
        check(["3872", "2592"], ["3888", "2600"], JPEG, &[]);
    }

    #[test]
    fn raw_pictures_tell_of_their_sensor_and_are_silent() {
        check(["4000", "3000"], ["160", "120"], "image/x-nikon-nef", &[]);
        check(["4000", "3000"], ["160", "120"], "image/tiff", &[]);
    }
}
