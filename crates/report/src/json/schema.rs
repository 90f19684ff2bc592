//! The published schema holds for what is written, and describes all of it.

use serde_json::{Value, json};

use crate::run::Run;
use crate::{Format, sample, write};

const SCHEMA: &str = include_str!("../../../../docs/report-1.schema.json");

fn written(run: &Run, format: Format) -> Vec<Value> {
    let mut out = Vec::new();
    write(run, format, &mut out).unwrap();
    serde_json::Deserializer::from_slice(&out).into_iter().collect::<Result<_, _>>().unwrap()
}

/// Refuses fields that the schema does not name.
fn strict(schema: &mut Value) {
    if let Value::Object(fields) = schema {
        if fields.contains_key("required") && !fields.contains_key("oneOf") {
            fields.entry("additionalProperties").or_insert(json!(false));
        }
        fields.values_mut().for_each(strict);
    } else if let Value::Array(values) = schema {
        values.iter_mut().for_each(strict);
    }
}

fn check(schema: &Value, value: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{} at {}", error, error.instance_path))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

#[test]
fn documents_hold_to_the_schema_and_hold_nothing_else() {
    let mut strict_schema = schema();
    strict(&mut strict_schema);
    for run in sample::runs() {
        let documents = written(&run, Format::Json);
        assert_eq!(documents.len(), 1);
        check(&schema(), &documents[0]);
        check(&strict_schema, &documents[0]);
    }
}

#[test]
fn lines_hold_to_the_schema() {
    let line = json!({ "$ref": "#/$defs/line", "$defs": schema()["$defs"] });
    for run in sample::runs() {
        let lines = written(&run, Format::Jsonl);
        assert_eq!(lines.len(), run.files.len() + 2);
        lines.iter().for_each(|value| check(&line, value));
        assert_eq!(
            (&lines[0]["type"], &lines[lines.len() - 1]["type"]),
            (&json!("run"), &json!("summary"))
        );
    }
}

#[test]
fn the_schema_refuses_a_verdict_of_another_name() {
    let mut document = written(&sample::recycled(), Format::Json).remove(0);
    document["files"][0]["verdict"] = json!("fake");
    assert!(!jsonschema::validator_for(&schema()).unwrap().is_valid(&document));
}

#[test]
fn a_name_that_is_not_utf8_comes_in_base64() {
    let mut run = sample::recycled();
    run.files[0].path = b"a\xff.mp4".to_vec();
    let document = written(&run, Format::Json).remove(0);
    assert_eq!(document["files"][0]["path"], "a\u{fffd}.mp4");
    assert_eq!(document["files"][0]["path_base64"], "Yf8ubXA0");
}

#[test]
fn a_conflict_is_told_with_its_evidence() {
    let document = written(&sample::recycled(), Format::Json).remove(0);
    let file = &document["files"][0];
    assert_eq!(file["verdict"], "seen");
    assert_eq!(file["first_known"]["latest"], "2022-03-11T18:00:00Z");
    assert_eq!(file["claims"][0]["outcome"], "conflict");
    let finding = &file["findings"][0];
    assert_eq!(
        (&finding["rule"], &finding["strength"]),
        (&json!("predates-claim"), &json!("strong"))
    );
    assert_eq!(finding["match"], file["matches"][0]["id"]);
    assert_eq!(finding["evidence"][0]["ref"], file["matches"][0]["sightings"][0]["id"]);
    assert_eq!(file["claims"][0]["findings"][0], finding["id"]);
    assert_eq!(document["summary"]["findings"]["conflict"]["strong"], 2);
}
