use firstseen_model::{AssetId, FindingId};
use serde_json::Value;

use super::*;
use crate::{
    Absent, BaselineState, Compared, Exit, Failure, Format, Gone, Listed, Standing, Suppression,
    SuppressionUse, sample,
};

const SCHEMA: &str = include_str!("../../../../tests/schemas/sarif-2.1.0.json");

/// The log, which holds to the published schema.
fn written(run: &Run) -> Value {
    let mut out = Vec::new();
    crate::write(run, Format::Sarif, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(!text.chars().any(|c| c != '\n' && escape::is_unsafe(c)));
    let log: Value = serde_json::from_str(&text).unwrap();
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&log).map(|e| format!("{e} at {}", e.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    log
}

fn entry() -> Suppression {
    Suppression {
        place: "suppress.toml:1".to_owned(),
        rule: "place-conflict".to_owned(),
        asset: Some("9c9c9c".to_owned()),
        path: None,
        reason: "a [known](evil) mistake of the map".to_owned(),
        author: "kd".to_owned(),
        expires: Some("2027-06-30".parse().unwrap()),
    }
}

/// Findings that are new, known, set aside and absent, and a file that could not be looked at.
fn settled() -> Run {
    let mut run = sample::several();
    let [first, second, ..] = run.files[0].findings.as_slice() else { panic!() };
    let (first, second) = (first.id(), second.id());
    run.files[0].standings.insert(
        first,
        Standing { baseline: Some(BaselineState::New), counts: true, ..Standing::default() },
    );
    run.files[0].standings.insert(
        second,
        Standing {
            baseline: Some(BaselineState::Unchanged),
            suppressed: Some(entry()),
            counts: false,
        },
    );
    run.files[2].failure = Some(Failure { why: "damaged", baseline: None });
    run.suppressions = vec![
        SuppressionUse { entry: entry(), is_expired: false, findings: 1 },
        SuppressionUse { entry: entry(), is_expired: true, findings: 1 },
    ];
    let listed = Listed {
        id: FindingId([9; 32]),
        rule: "a-rule-of-another-version".to_owned(),
        strength: Strength::Strong,
        asset: AssetId([7; 32]),
        path: "old/clip.mp4".to_owned(),
    };
    run.baseline = Some(Compared {
        file: "baseline.json".to_owned(),
        of_scan: false,
        absent: vec![Absent { listed, why: Gone::NotGiven }],
    });
    run
}

#[test]
fn every_sort_of_run_holds_to_the_published_schema() {
    for run in sample::runs() {
        written(&run);
    }
    let mut run = settled();
    run.exit = Exit { code: 10, because: vec!["1 strong".to_owned()], ..Exit::default() };
    written(&run);
}

#[test]
fn the_schema_refuses_what_sarif_does_not_know() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut log = written(&settled());
    log["runs"][0]["results"][0]["kind"] = "guilty".into();
    assert!(!validator.is_valid(&log));
}

#[test]
fn results_tell_their_state_and_who_set_them_aside() {
    let log = written(&settled());
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!((&results[0]["kind"], &results[0]["level"]), (&"fail".into(), &"error".into()));
    assert_eq!(results[0]["baselineState"], "new");
    assert_eq!(results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a.mp4");
    let rule = results[0]["ruleIndex"].as_u64().unwrap() as usize;
    assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], results[0]["ruleId"]);
    let help = run["tool"]["driver"]["rules"][rule]["help"]["text"].as_str().unwrap();
    assert!(help.contains("Innocent readings:\n- "), "{help}");
    let print = results[0]["partialFingerprints"]["firstseenFinding/v1"].as_str().unwrap();
    assert!(print.starts_with("F-") && print.len() == 66, "{print}");
    assert_eq!(results[0]["properties"]["segments"][0]["query"]["start_s"], 2.0);
    let related = &results[0]["relatedLocations"][0]["physicalLocation"]["artifactLocation"];
    let artifact = &run["artifacts"][related["index"].as_u64().unwrap() as usize];
    assert_eq!(artifact["hashes"]["sha-256"], "41".repeat(32));

    let set_aside = &results[1]["suppressions"][0];
    assert_eq!(set_aside["properties"]["expires"], "2027-06-30");
    let absent = results.last().unwrap();
    assert_eq!(
        (&absent["baselineState"], &absent["kind"]),
        (&"absent".into(), &"informational".into())
    );
    assert!(absent.get("ruleIndex").is_none());
}

#[test]
fn a_weak_finding_asks_for_a_look_and_history_informs_unless_asked_for() {
    use firstseen_assess::Strength::{Strong, Weak};
    let mut run = sample::recycled();
    let severity = |run: &Run| {
        let result = &written(run)["runs"][0]["results"][0];
        (result["kind"].as_str().unwrap().to_owned(), result["level"].as_str().unwrap().to_owned())
    };
    for (kind, strength, counts, expected) in [
        (Kind::Conflict, Weak, false, ("review", "none")),
        (Kind::Conflict, Weak, true, ("fail", "warning")),
        (Kind::Conflict, Strong, false, ("fail", "error")),
        (Kind::Inconsistency, Strong, true, ("fail", "warning")),
        (Kind::History, Strong, false, ("informational", "none")),
        (Kind::History, Strong, true, ("fail", "warning")),
    ] {
        let finding = &mut run.files[0].findings[0];
        (finding.kind, finding.strength) = (kind, strength);
        let id = finding.id();
        run.files[0].standings.insert(id, Standing { counts, ..Standing::default() });
        assert_eq!(severity(&run), (expected.0.to_owned(), expected.1.to_owned()));
    }
}

#[test]
fn what_could_not_be_looked_at_is_a_notification() {
    let log = written(&settled());
    let invocation = &log["runs"][0]["invocations"][0];
    let told = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(told[0]["level"], "error");
    assert!(told[0]["message"]["text"].as_str().unwrap().starts_with("damaged: "));
    assert!(told[1]["message"]["text"].as_str().unwrap().contains("expired"));
    let empty = written(&sample::empty());
    assert_eq!(empty["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn text_from_outside_makes_no_link() {
    let mut run = settled();
    run.files[0].findings[0].message = "see [here](javascript:x)".to_owned();
    let log = written(&run);
    let text = log["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
    assert!(text.starts_with("see \\[here\\](javascript:x)"), "{text}");
}
