//! What persons know: notes, decisions, searches, histories, audits, and cases that are kept apart.

use serde_json::Value;

use crate::made::picture;
use crate::program::Desk;

/// An index of `old.bmp`, posted in 2022; `copy.bmp` looks the same, `other.bmp` does not.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("old.bmp", picture(1));
    desk.put("copy.bmp", [picture(1), b"\0".to_vec()].concat());
    desk.put("other.bmp", picture(2));
    let caption = "Солдаты в Сергеевке";
    let seen = ["--posted", "2022-03-11", "--source", "example", "--caption", caption];
    desk.run(&[&["add", "old.bmp"], &seen[..]].concat()).with_code(0);
    desk
}

fn check(desk: &Desk, more: &[&str]) -> Value {
    let ended = desk.run(&[&["check"], more, &["--format", "json"]].concat());
    assert!(matches!(ended.code, Some(0 | 3 | 10)), "{}{}", ended.stdout, ended.stderr);
    ended.json()["files"][0].clone()
}

const KD: [&str; 2] = ["--by", "kd"];

fn note(desk: &Desk, more: &[&str]) -> String {
    let told = desk
        .run(&[&["note"], more, &KD, &["--basis", "spoke with the crew"]].concat())
        .with_code(0);
    let at = told.stdout.find("N-").expect(&told.stdout);
    told.stdout[at..].split_whitespace().next().unwrap().to_owned()
}

fn decide(desk: &Desk, pair: &[&str], ruling: &str) -> String {
    let why = [ruling, "--by", "kd", "--note", "frame by frame"];
    desk.run(&[&["decide"], pair, &why].concat()).with_code(0).stdout
}

#[test]
fn a_note_is_told_with_the_match_until_it_is_taken_back() {
    let desk = desk();
    let title = |desk: &Desk| check(desk, &["copy.bmp"])["matches"][0]["reference"].clone();
    assert_eq!(title(&desk)["title"], Value::Null);
    let stated =
        ["old.bmp", "--captured", "2021-06", "--place", "51.72,94.44~5km", "--label", "учения"];
    let id = note(&desk, &stated);
    assert_eq!(note(&desk, &stated), id, "the same words are the same note");
    assert_eq!(title(&desk)["title"], "учения");
    let recording = title(&desk)["recording"].as_str().unwrap().to_owned();
    assert_eq!(recording[2..], id[2..], "a recording is called after its first event");
    let text = desk.run(&["check", "copy.bmp"]).with_code(0).stdout;
    assert!(text.contains(&format!("{recording} \"учения\"")), "{text}");
    assert!(text.contains(&format!("firstseen history {recording}")), "{text}");
    desk.run(&["note", "--retract", &id, "--by", "me"]).with_code(0);
    assert_eq!(title(&desk)["title"], Value::Null);
    assert_eq!(title(&desk)["recording"], recording.as_str());
    let history = desk.run(&["history", &recording]).with_code(0).stdout;
    assert!(history.contains("retracted") && history.contains("учения"), "{history}");
    desk.run(&["index", "verify"]).with_code(0);
}

#[test]
fn a_note_that_makes_no_sense_is_refused_with_the_way_out() {
    let desk = desk();
    let refused = |more: &[&str], told: &str| {
        let stderr = desk.run(&[&["note"], more].concat()).with_code(2).stderr;
        assert!(stderr.contains(told), "{more:?}: {stderr}");
    };
    let basis = ["--by", "kd", "--basis", "b"];
    refused(&[&["other.bmp", "--label", "x"], &basis[..]].concat(), "firstseen add other.bmp");
    refused(&[&["old.bmp"], &basis[..]].concat(), "nothing is stated");
    refused(&["old.bmp", "--label", "x", "--by", "kd"], "--basis");
    refused(&["old.bmp", "--label", "x", "--by", " ", "--basis", "b"], "--by says nothing");
    refused(&[&["nowhere.bmp", "--label", "x"], &basis[..]].concat(), "no such file");
    refused(&[&["old.bmp", "--captured", "yesterday"], &basis[..]].concat(), "--captured");
    refused(&[&["R-0123", "--label", "x"], &basis[..]].concat(), "no recording");
    refused(&["--retract", "N-0123", "--by", "kd"], "no note");
}

#[test]
fn an_asset_is_named_by_digits_of_its_sha_256_even_when_its_file_is_gone() {
    let desk = desk();
    let report = desk.run(&["inspect", "old.bmp", "--format", "json"]).json();
    let sha256 = report["files"][0]["asset"]["sha256"].as_str().unwrap().to_owned();
    std::fs::remove_file(desk.path("old.bmp")).unwrap();
    for name in [&sha256[..6], &sha256.to_uppercase(), "old.bmp"] {
        let history = desk.run(&["history", name, "--format", "json"]).with_code(0).json();
        assert_eq!(history["files"][0]["asset"]["sha256"], sha256.as_str(), "{name}");
    }
    desk.run(&["history", &sha256[..5]]).with_code(2);
}

#[test]
fn a_decision_is_remembered_and_the_newest_holds() {
    let desk = desk();
    let found = check(&desk, &["copy.bmp"]);
    assert_eq!(found["verdict"], "seen");
    let id = found["matches"][0]["id"].as_str().unwrap();
    let told = decide(&desk, &[id], "different");
    assert!(told.contains("decided different"), "{told}");
    let parted = check(&desk, &["copy.bmp", "--event-date", "2024"]);
    assert_eq!(
        (&parted["verdict"], &parted["matches"][0]["decision"]),
        (&"not-in-index".into(), &"different".into())
    );
    assert_eq!(parted["findings"], serde_json::json!([]));
    let told = desk.run(&["check", "copy.bmp"]).with_code(0).stdout;
    assert!(told.contains("1 match set aside: decided different by"), "{told}");
    decide(&desk, &[id], "same");
    let joined = check(&desk, &["copy.bmp"]);
    assert_eq!(
        (&joined["verdict"], &joined["matches"][0]["decision"]),
        (&"seen".into(), &"same".into())
    );
    decide(&desk, &["old.bmp", "copy.bmp"], "irrelevant");
    assert_eq!(check(&desk, &["copy.bmp"])["verdict"], "not-in-index");
    let history = desk.run(&["history", "old.bmp"]).with_code(0).stdout;
    for word in ["different", "same", "irrelevant"] {
        assert!(history.contains(&format!(": {word}: frame by frame")), "{history}");
    }
    desk.run(&["index", "verify"]).with_code(0);
}

#[test]
fn what_a_person_holds_to_be_the_same_counts_as_seen_whatever_was_measured() {
    let desk = desk();
    assert_eq!(check(&desk, &["other.bmp"])["verdict"], "not-in-index");
    decide(&desk, &["other.bmp", "old.bmp"], "same");
    let claimed = ["other.bmp", "--event-date", "2024-10-20"];
    let found = check(&desk, &claimed);
    assert_eq!(found["verdict"], "seen");
    assert_eq!(found["matches"][0]["decision"], "same");
    let finding = &found["findings"][0];
    assert_eq!(
        (&finding["rule"], &finding["strength"]),
        (&"predates-claim".into(), &"strong".into())
    );
    let innocent = finding["innocent"].to_string();
    assert!(innocent.contains("may share another part"), "{innocent}");
    desk.run(&[&["check"], &claimed[..]].concat()).with_code(10);
    let text = desk.run(&["check", "other.bmp"]).stdout;
    assert!(
        text.contains("decided: same, it counts as seen (by kd): \"frame by frame\""),
        "{text}"
    );
}

#[test]
fn deciding_keeps_a_query_that_is_not_in_the_index_and_never_counts_it_as_seen() {
    let desk = desk();
    let stats = |desk: &Desk| desk.run(&["index", "stats"]).with_code(0).stdout;
    let id = check(&desk, &["copy.bmp"])["matches"][0]["id"].as_str().unwrap().to_owned();
    decide(&desk, &[&id], "same");
    assert!(stats(&desk).contains("remembered queries: 1"), "{}", stats(&desk));
    assert!(stats(&desk).contains("0 notes, 1 decision, 1 recording"), "{}", stats(&desk));
    let report = desk.run(&["index", "stats", "--format", "json"]).json();
    assert_eq!((&report["index"]["assets"], &report["index"]["decisions"]), (&1.into(), &1.into()));
    // A file that holds something else by now: the word is kept, and nothing of the file.
    let again = [picture(1), b"\0\0".to_vec()].concat();
    desk.put("second.bmp", again);
    let id = check(&desk, &["second.bmp"])["matches"][0]["id"].as_str().unwrap().to_owned();
    desk.put("second.bmp", picture(9));
    let told = decide(&desk, &[&id], "different");
    assert!(
        told.contains("only the decision is kept") && told.contains("something else"),
        "{told}"
    );
    assert!(stats(&desk).contains("remembered queries: 1"));
}

#[test]
fn a_decision_that_makes_no_sense_is_refused_with_the_way_out() {
    let desk = desk();
    let refused = |what: &[&str], told: &str| {
        let why = ["same", "--by", "kd", "--note", "n"];
        let stderr = desk.run(&[&["decide"], what, &why].concat()).with_code(2).stderr;
        assert!(stderr.contains(told), "{what:?}: {stderr}");
    };
    refused(&["M-0123"], "two files or SHA-256");
    refused(&["old.bmp"], "a match's id is needed");
    refused(&["old.bmp", "old.bmp"], "nothing to decide");
    refused(&["copy.bmp", "other.bmp"], "firstseen add FILE");
    desk.run(&["decide", "old.bmp", "copy.bmp", "alike", "--by", "a", "--note", "b"]).with_code(2);
    desk.run(&["decide", "old.bmp", "copy.bmp", "same", "--by", "a"]).with_code(2);
}

#[test]
fn a_search_finds_words_in_any_script_and_tells_what_is_left() {
    let desk = desk();
    desk.run(&[
        "add",
        "other.bmp",
        "--claim",
        "Сергеевка, 2024",
        "--posted",
        "2024-10",
        "--case",
        "depot",
    ])
    .with_code(0);
    note(&desk, &["old.bmp", "--label", "не сергеевка", "--place", "51.72,94.44~1km"]);
    let found = |more: &[&str]| -> Vec<(String, String)> {
        let report =
            desk.run(&[&["find"], more, &["--format", "json"]].concat()).with_code(0).json();
        let files = report["files"].as_array().unwrap().clone();
        let of = |file: &Value| {
            let path = file["path"].as_str().unwrap().to_owned();
            let events = file["history"].as_array().unwrap().clone();
            events
                .into_iter()
                .map(move |event| (path.clone(), event["type"].as_str().unwrap().to_owned()))
        };
        files.iter().flat_map(of).collect()
    };
    let rows = |rows: &[(&str, &str)]| -> Vec<(String, String)> {
        rows.iter().map(|(path, kind)| ((*path).to_owned(), (*kind).to_owned())).collect()
    };
    assert_eq!(
        found(&["--text", "сергеев"]),
        rows(&[("old.bmp", "sighting"), ("old.bmp", "note"), ("other.bmp", "claim")])
    );
    assert_eq!(found(&["--text", "СОЛДАТЫ"]), rows(&[("old.bmp", "sighting")]));
    assert_eq!(
        found(&["--case", "depot"]),
        rows(&[("other.bmp", "sighting"), ("other.bmp", "claim")])
    );
    assert_eq!(found(&["--posted", "2024"]), rows(&[("other.bmp", "sighting")]));
    assert_eq!(
        found(&["--posted", "../2022", "--source", "example"]),
        rows(&[("old.bmp", "sighting")])
    );
    assert_eq!(found(&["--place", "51.7,94.4~10km"]), rows(&[("old.bmp", "note")]));
    assert_eq!(found(&["--text", "nowhere"]), rows(&[]));
    let told = desk.run(&["find", "--text", "сергеев", "--rows", "1"]).with_code(0).stdout;
    assert!(told.contains("1 record of 1 asset") && told.contains("there are more"), "{told}");
    for none in [&["find"][..], &["find", "--text", "?!"], &["find", "--posted", "soon"]] {
        desk.run(none).with_code(2);
    }
}

#[test]
fn a_history_tells_all_that_is_known_in_order() {
    let desk = desk();
    desk.run(&[
        "add",
        "old.bmp",
        "--claim",
        "it happened",
        "--event-date",
        "2024-10",
        "--claim-by",
        "x",
    ])
    .with_code(0);
    note(&desk, &["old.bmp", "--captured", "2021-06"]);
    decide(&desk, &["copy.bmp", "old.bmp"], "same");
    let report = desk.run(&["history", "old.bmp", "--format", "json"]).with_code(0).json();
    let file = &report["files"][0];
    assert_eq!(file["verdict"], Value::Null);
    let events: Vec<(&str, &str)> = file["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["type"].as_str().unwrap(), event["what"].as_str().unwrap()))
        .collect();
    assert_eq!(events[..3], [("note", "captured"), ("sighting", "posted"), ("claim", "event")]);
    assert!(events.contains(&("decision", "decided")) && events.contains(&("note", "stated")));
    assert!(events.contains(&("sighting", "collected")));
    let text = desk.run(&["history", "old.bmp"]).with_code(0).stdout;
    assert!(text.contains("[2021-05-31") && text.contains("2 copies"), "{text}");
}

#[test]
fn an_audit_finds_records_that_contradict_each_other() {
    let desk = desk();
    let audit = |more: &[&str]| desk.run(&[&["audit"], more, &["--format", "json"]].concat());
    let silent = audit(&[]).with_code(0).json();
    assert_eq!(silent["files"], serde_json::json!([]));
    assert!(silent["summary"]["notes"][0].as_str().unwrap().contains("1 asset audited, 0 with"));
    // A claim on a copy, against a post of what a person says is the same.
    desk.run(&["add", "other.bmp", "--event-date", "2024-10", "--case", "depot"]).with_code(0);
    audit(&[]).with_code(0);
    decide(&desk, &["other.bmp", "old.bmp"], "same");
    let report = audit(&[]).with_code(10).json();
    let file = &report["files"][0];
    assert_eq!((&file["path"], &file["verdict"]), (&"other.bmp".into(), &Value::Null));
    assert_eq!(file["findings"][0]["rule"], "predates-claim");
    assert_eq!(file["claims"][0]["outcome"], "conflict");
    audit(&["--fail-on", "conflict:exact"]).with_code(0);
    // The post is of no case, and does not count in one.
    assert_eq!(audit(&["--case", "depot"]).with_code(0).json()["files"], serde_json::json!([]));
    let text = desk.run(&["audit"]).with_code(10).stdout;
    assert!(text.contains("predates-claim") && text.contains("exit 10"), "{text}");
    desk.run(&["index", "remove", "--asset", &"0".repeat(64)]).with_code(0);
    let empty = Desk::new();
    empty.put("a.txt", "no media");
    empty.run(&["add", "a.txt"]);
    empty.run(&["audit"]).with_code(3);
}

#[test]
fn nothing_of_one_case_shows_in_another() {
    let desk = Desk::new();
    let secrets = ["hidden-path", "hidden caption", "hidden-source", "hidden label", "2013"];
    desk.put("hidden-path.bmp", picture(1));
    desk.put("shared.bmp", [picture(1), b"\0".to_vec()].concat());
    desk.put("hidden-path-two.bmp", [picture(1), b"\0".to_vec()].concat());
    desk.put("copy.bmp", [picture(1), b"\0\0".to_vec()].concat());
    let hidden =
        ["--source", "hidden-source", "--caption", "hidden caption", "--posted", "2013-05-01"];
    desk.run(
        &[&["add", "hidden-path.bmp", "hidden-path-two.bmp", "--case", "one"], &hidden[..]]
            .concat(),
    )
    .with_code(0);
    desk.run(&["add", "shared.bmp", "--case", "two", "--source", "open", "--posted", "2022-01-01"])
        .with_code(0);
    for name in ["hidden-path.bmp", "shared.bmp"] {
        note(&desk, &[name, "--label", "hidden label"]);
    }
    let asked = ["check", "copy.bmp", "--event-date", "2024", "--details", "--all-candidates"];
    for form in ["json", "text"] {
        let open = desk.run(&[&asked[..], &["--format", form]].concat()).with_code(10).stdout;
        // A text leaves out what is of no use to a reader.
        for secret in secrets.into_iter().filter(|_| form == "json") {
            assert!(open.contains(secret), "{secret} is to be seen without a limit: {open}");
        }
        let limited = [&asked[..], &["--in-case", "two", "--format", form]].concat();
        let told = desk.run(&limited).with_code(10).stdout;
        for secret in secrets {
            assert!(!told.contains(secret), "{secret} shows in {told}");
        }
        assert!(told.contains("case \\\"two\\\"") || told.contains("case \"two\""), "{told}");
        for more in [
            &["history", "shared.bmp", "--in-case", "two"][..],
            &["find", "--case", "two"],
            &["audit", "--case", "two"],
        ] {
            let told = desk.run(&[more, &["--format", form]].concat()).with_code(0).stdout;
            for secret in secrets {
                assert!(!told.contains(secret), "{secret} shows in {told}");
            }
        }
    }
    let report = check(&desk, &["copy.bmp", "--in-case", "two"]);
    let matches = report["matches"].as_array().unwrap();
    assert_eq!(matches.len(), 1);
    assert_eq!(matches[0]["sightings"].as_array().unwrap().len(), 1);
    assert_eq!(report["first_known"]["text"], "2022-01-01");
    assert_eq!(check(&desk, &["copy.bmp", "--in-case", "three"])["verdict"], "not-in-index");
    assert_eq!(
        check(&desk, &["copy.bmp", "--in-source", "open"])["first_known"]["text"],
        "2022-01-01"
    );
    assert_eq!(
        check(&desk, &["copy.bmp", "--posted-before", "2020"])["first_known"]["text"],
        "2013-05-01"
    );
    assert_eq!(check(&desk, &["copy.bmp", "--posted-before", "2013"])["verdict"], "not-in-index");
    // Where nothing counts, nothing was checked.
    let text = desk.run(&["check", "copy.bmp", "--in-case", "three"]).with_code(3).stdout;
    assert!(text.contains("nothing like it among 0 assets, limited to case \"three\""), "{text}");
    desk.run(&["history", "hidden-path.bmp", "--in-case", "two"]).with_code(2);
}

#[test]
fn what_belongs_to_an_asset_goes_with_it() {
    let desk = desk();
    note(&desk, &["old.bmp", "--label", "учения"]);
    decide(&desk, &["copy.bmp", "old.bmp"], "same");
    let exported = desk.run(&["index", "export", "--level", "sightings"]).with_code(0).stdout;
    for record in ["note", "decision", "recording"] {
        assert!(exported.contains(&format!("\"record\":\"{record}\"")), "{exported}");
    }
    let told = desk.run(&["index", "remove", "--path", "old.bmp"]).with_code(0).stdout;
    assert!(told.contains("1 note, 1 decision"), "{told}");
    let left = desk.run(&["index", "export", "--level", "all"]).with_code(0).stdout;
    assert!(!left.contains("учения") && !left.contains("frame by frame"), "{left}");
    assert!(desk.run(&["find", "--text", "учения"]).with_code(0).stdout.contains("0 records"));
    desk.run(&["index", "verify"]).with_code(0);
    desk.run(&["index", "verify", "--repair"]).with_code(0);
}
