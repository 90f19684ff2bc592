//! A smaller picture inside the file that shows something else.

use firstseen_media::Preview;

use super::Rule;
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength, Witness};

/// Agreement under which a thumbnail differs. Of 21 in files of cameras and of careful editors none agrees less than
/// 0.96, bars, tone and left-out edges and all.
const DIFFERS: f32 = 0.85;
/// Agreement under which it shows another picture: of 390 pairs of unrelated pictures half agree by less than 0.25, and
/// nine in ten by less than 0.48.
const OTHER: f32 = 0.5;

pub(super) const RULE: Rule = Rule {
    id: RuleId("thumbnail-differs"),
    kind: Kind::Inconsistency,
    about: "a smaller picture inside the file shows something else than the picture itself",
    innocent: &[
        "it was cropped or retouched by a program that left the thumbnail as it was",
        "the camera made the thumbnail with other settings, or of another part",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let worst = case
        .metadata
        .previews
        .iter()
        .filter_map(|preview| Some((preview, preview.agreement.filter(|value| value.is_finite())?)))
        .min_by(|(_, a), (_, b)| a.total_cmp(b));
    let Some((preview, agreement)) = worst.filter(|(_, agreement)| *agreement < DIFFERS) else {
        return Vec::new();
    };
    let strength = if agreement < OTHER { Strength::Strong } else { Strength::Weak };
    let message = format!(
        "the thumbnail of {}x{} pixels ({}) agrees with the picture by {:.2} only; 1 is the same, 0 unrelated",
        preview.width,
        preview.height,
        preview.read_from,
        agreement.max(0.0)
    );
    let mut finding = RULE.finding(case, strength, message);
    finding.evidence = vec![evidence(case, preview, agreement)];
    vec![finding]
}

fn evidence(case: &Case<'_>, preview: &Preview, agreement: f32) -> Evidence {
    Evidence {
        witness: Witness::Asset(case.asset),
        field: "preview".into(),
        raw: format!("{}x{}, agreement {agreement:.2}", preview.width, preview.height),
        earliest: None,
        latest: None,
        record: preview.read_from.clone(),
        basis: preview.read_from.split(':').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Scene;

    fn check(agreements: &[Option<f32>], expected: &[&str]) {
        let mut scene = Scene::default();
        scene.metadata.previews = agreements
            .iter()
            .map(|agreement| Preview {
                read_from: "exif:IFD1".to_owned(),
                width: 160,
                height: 120,
                agreement: *agreement,
            })
            .collect();
        assert_eq!(scene.found("thumbnail-differs"), expected, "{agreements:?}");
    }

    #[test]
    fn another_picture_is_strong() {
        check(&[Some(0.1)], &["strong"]);
        check(&[Some(-0.7)], &["strong"]);
    }

    #[test]
    fn a_changed_picture_is_a_hint() {
        check(&[Some(0.7)], &["weak"]);
    }

    #[test]
    fn the_worst_of_several_is_told_once() {
        check(&[Some(0.99), Some(0.6), Some(0.1), None], &["strong"]);
    }

    #[test]
    fn bars_tone_and_bad_thumbnails_are_silent() {
        // The least of what files of cameras give, once bars are cut.
        check(&[Some(0.96), Some(0.86)], &[]);
    }

    #[test]
    fn what_was_not_compared_says_nothing() {
        check(&[None], &[]);
        check(&[], &[]);
    }

    #[test]
    fn what_is_no_number_says_nothing() {
        check(&[Some(f32::NAN)], &[]);
    }

    #[test]
    fn the_finding_names_where_the_thumbnail_lies() {
        let mut scene = Scene::default();
        scene.metadata.previews = vec![Preview {
            read_from: "photoshop:040C".to_owned(),
            width: 160,
            height: 120,
            agreement: Some(0.2),
        }];
        let finding = &scene.findings("thumbnail-differs")[0];
        assert!(finding.message.contains("photoshop:040C"), "{}", finding.message);
        assert_eq!(finding.evidence[0].record, "photoshop:040C");
    }
}
