//! What holds for every case: no rule speaks of what it cannot know.

use firstseen_media::Metadata;
use firstseen_model::Dated;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::moment::{CAPTURED, moments};
use crate::scene::{Scene, says};
use crate::{Finding, Kind, Strength, Witness};

/// 2024-10-18T00:00:00Z.
const DAY: i64 = 1_729_209_600;

fn text(seconds: i64) -> String {
    let at = Timestamp::from_second(DAY + seconds).unwrap();
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn event() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("2024-10-18".to_owned()),
        Just("2024-10".to_owned()),
        Just("2024".to_owned()),
        Just("2024-10-18T08:00+10:00".to_owned()),
        Just("2024-10-17/2024-10-20".to_owned()),
        Just("../2024-10-18".to_owned()),
        Just("2024-10-18/..".to_owned()),
        Just("2024-10-18~".to_owned()),
    ]
}

fn field() -> impl Strategy<Value = (&'static str, i64)> {
    let names = prop_oneof![
        Just("datetime_original"),
        Just("date_created"),
        Just("quicktime_creation_date"),
        Just("gps_datetime_utc"),
        Just("datetime_digitized"),
        Just("modify_date"),
        Just("container_create_date"),
    ];
    (names, prop_oneof![-400_000..400_000i64, -60_000_000..60_000_000i64])
}

fn file(fields: &[(&str, i64)]) -> Metadata {
    let told: Vec<(&str, String)> =
        fields.iter().map(|(name, seconds)| (*name, text(*seconds))).collect();
    let facts: Vec<(&str, &str, &str)> =
        told.iter().map(|(name, value)| (*name, value.as_str(), "exif:Exif")).collect();
    says(&facts)
}

fn touch(one: (Option<Timestamp>, Option<Timestamp>), event: &Dated) -> bool {
    let after = event.earliest.is_none_or(|from| one.1.is_none_or(|to| to >= from));
    let before = event.latest.is_none_or(|to| one.0.is_none_or(|from| from <= to));
    after && before
}

fn strong(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.strength > Strength::Weak).collect()
}

proptest! {
    #[test]
    fn no_rule_speaks_of_a_claim_that_its_evidence_allows(
        event in event(), fields in prop::collection::vec(field(), 0..6)
    ) {
        let mut scene = Scene::claimed(&event);
        scene.metadata = file(&fields);
        let claimed = scene.claims[0].event.clone().unwrap();
        let conflicts: Vec<Finding> = scene
            .with(crate::assess)
            .into_iter()
            .filter(|finding| finding.kind == Kind::Conflict)
            .collect();
        for evidence in conflicts.iter().flat_map(|finding| &finding.evidence) {
            let of_the_file = matches!(evidence.witness, Witness::Asset(_));
            prop_assert!(!of_the_file || !touch((evidence.earliest, evidence.latest), &claimed));
        }
        let captured = moments(&scene.metadata, &CAPTURED);
        if captured.iter().any(|moment| touch(moment.bounds(), &claimed)) {
            prop_assert!(conflicts.is_empty(), "{conflicts:?}");
        }
    }

    #[test]
    fn a_clock_set_to_another_zone_makes_no_strong_finding(
        quarters in -48..=56i64, true_zone in -48..=56i64, with_offset in any::<bool>(), gps in any::<bool>()
    ) {
        // A file that tells the truth but for its zone, taken at noon UTC of the claimed day.
        let noon = 12 * 3600;
        let shown = noon + quarters * 900;
        let mut fields = vec![
            ("datetime_original", shown),
            ("datetime_digitized", shown),
            ("modify_date", shown),
            ("container_create_date", shown),
        ];
        if gps {
            fields.push(("gps_datetime_utc", noon));
        }
        let mut metadata = file(&fields);
        if with_offset {
            let zone = SignedDuration::from_mins(true_zone * 15);
            let sign = if zone.is_negative() { '-' } else { '+' };
            let (hours, minutes) = (zone.as_hours().abs(), zone.as_mins().abs() % 60);
            let offset = format!("{sign}{hours:02}:{minutes:02}");
            metadata.facts.extend(says(&[("offset_original", &offset, "exif:Exif")]).facts);
        }
        for event in ["2024-10-18", "2024-10-18T12:00:00Z"] {
            let mut scene = Scene::claimed(event);
            scene.metadata = metadata.clone();
            let findings = scene.with(crate::assess);
            prop_assert!(strong(&findings).is_empty(), "{findings:?}");
        }
    }

    #[test]
    fn no_text_of_a_file_panics(name in 0..8usize, value in ".{0,40}") {
        let names = ["datetime_original", "software", "gps_lat", "digital_source_type", "xmp_history",
            "offset_original", "android_version", "container_create_date"];
        let scene = Scene::claimed("2024-10").saying(&[(names[name], &value, "exif:Exif")]);
        scene.with(crate::assess);
    }
}
