//! What scripts rely on: commands, options, exit codes and the forms of the report.

use std::fs;

use serde_json::Value;

use crate::made::picture;
use crate::program::{AS_OF, Desk, hold_to_schema, of_documents};

/// Every command with a help of its own.
pub(crate) const COMMANDS: [&[&str]; 23] = [
    &[],
    &["add"],
    &["check"],
    &["scan"],
    &["compare"],
    &["inspect"],
    &["keyframes"],
    &["history"],
    &["find"],
    &["note"],
    &["decide"],
    &["audit"],
    &["calibrate"],
    &["index"],
    &["index", "stats"],
    &["index", "verify"],
    &["index", "compact"],
    &["index", "merge"],
    &["index", "remove"],
    &["index", "export"],
    &["doctor"],
    &["completions"],
    &["man"],
];

#[test]
fn help_is_as_it_was_read_last() {
    let desk = Desk::new();
    for command in COMMANDS {
        let ended = desk.run(&[command, &["--help"]].concat()).with_code(0);
        assert_eq!(ended.stderr, "");
        let name = if command.is_empty() { "firstseen".to_owned() } else { command.join("-") };
        insta::assert_snapshot!(format!("help-{name}"), ended.stdout);
    }
}

#[test]
fn the_list_of_commands_is_whole() {
    let help = Desk::new().run(&["--help"]).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    for command in listed.filter_map(|line| line.split_whitespace().next()) {
        assert!(command == "help" || COMMANDS.contains(&&[command][..]), "{command}");
    }
}

#[test]
fn help_tells_every_exit_code() {
    let help = Desk::new().run(&["--help"]).stdout;
    for code in ["    0  ", "   10  ", "    2  ", "    3  ", "  130  "] {
        assert!(help.contains(&format!("\n{code}")), "{help}");
    }
}

#[test]
fn the_version_is_one_line() {
    let ended = Desk::new().run(&["--version"]).with_code(0);
    assert_eq!(ended.stdout, format!("firstseen {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn mistakes_in_usage_end_with_2() {
    let desk = Desk::new();
    let mistakes: [&[&str]; 7] = [
        &[],
        &["chekc"],
        &["check"],
        &["check", "a", "--nonsense"],
        &["check", "a", "--jobs", "0"],
        &["index", "remove"],
        &["add", "a", "--quiet", "--verbose"],
    ];
    for mistake in mistakes {
        let ended = desk.run(mistake).with_code(2);
        assert!(!ended.stderr.is_empty() && ended.stdout.is_empty(), "{mistake:?}");
    }
    assert!(desk.run(&["chekc"]).stderr.contains("check"));
}

/// A folder with an index of `old.bmp`, posted in 2022, and a copy of it.
pub(crate) fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("old.bmp", picture(1));
    let copy = [picture(1), b"\0".to_vec()].concat();
    desk.put("copy.bmp", copy);
    desk.put("other.bmp", picture(2));
    desk.run(&["add", "old.bmp", "--posted", "2022-03-11", "--source", "example"]).with_code(0);
    desk
}

#[test]
fn what_counts_is_what_fail_on_says() {
    let desk = desk();
    let claimed = ["check", "copy.bmp", "--posted", "2024-10-22", "--event-date", "2024-10-20"];
    let cases = [
        (None, 10),
        (Some("conflict"), 10),
        (Some("conflict:weak"), 10),
        (Some("conflict:strong"), 10),
        (Some("conflict:exact"), 0),
        (Some("history"), 10),
        (Some("history:exact"), 0),
        (Some("recycled"), 10),
        (Some("seen-before"), 10),
        (Some("place-conflict"), 0),
        (Some("inconsistency,declared"), 0),
        (Some("declared,any"), 10),
        (Some("fixity-changed"), 0),
    ];
    for (what, code) in cases {
        let fail_on = what.map(|what| vec!["--fail-on", what]).unwrap_or_default();
        let report = desk
            .run(&[&claimed[..], &fail_on, &["--format", "json"]].concat())
            .with_code(code)
            .json();
        let exit = &report["summary"]["exit"];
        assert_eq!(exit["code"], code);
        assert_eq!(exit["because"].as_array().unwrap().is_empty(), code == 0, "{exit}");
        let default = "conflict:strong,recycled,fixity-changed";
        assert_eq!(exit["fail_on"], what.unwrap_or(default));
    }
}

#[test]
fn how_old_is_recycled_can_be_said() {
    let desk = desk();
    let posted = ["check", "copy.bmp", "--posted", "2022-05-01"];
    desk.run(&posted).with_code(10);
    desk.run(&[&posted[..], &["--older-than", "90"]].concat()).with_code(0);
    desk.run(&[&posted[..], &["--older-than", "90d"]].concat()).with_code(0);
}

#[test]
fn what_was_found_outranks_what_was_missed_and_both_are_told() {
    let desk = desk();
    desk.put("empty.mp4", "");
    let arguments =
        ["check", "copy.bmp", "empty.mp4", "--posted", "2024-10-22", "--format", "json"];
    let report = desk.run(&arguments).with_code(10).json();
    let exit = &report["summary"]["exit"];
    assert_eq!(exit["code"], 10);
    assert_eq!(exit["also"], serde_json::json!([3]));
    assert_eq!(report["summary"]["complete"], true);
}

#[test]
fn lines_are_a_run_the_files_and_a_summary() {
    let desk = desk();
    let lines = desk
        .run(&["check", "copy.bmp", "other.bmp", "--format", "jsonl"])
        .with_code(0)
        .json_lines();
    let types: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["run", "file", "file", "summary"]);
    assert_eq!(lines[0]["run"]["as_of"], AS_OF);
    assert_eq!(lines[3]["complete"], true);
}

#[test]
fn a_report_goes_to_files_beside_what_is_printed() {
    let desk = desk();
    let reports =
        ["--report", "json=a.json", "--report", "jsonl=b.jsonl", "--report", "text=c.txt"];
    let ended =
        desk.run(&[&["check", "copy.bmp", "--format", "json"], &reports[..]].concat()).with_code(0);
    assert_eq!(fs::read_to_string(desk.path("a.json")).unwrap(), ended.stdout);
    assert_eq!(fs::read_to_string(desk.path("b.jsonl")).unwrap().lines().count(), 3);
    assert!(fs::read_to_string(desk.path("c.txt")).unwrap().contains("SEEN BEFORE"));
    for unfinished in fs::read_dir(desk.path("")).unwrap() {
        assert!(!unfinished.unwrap().file_name().to_str().unwrap().ends_with(".part"));
    }
    let ended = desk.run(&["check", "copy.bmp", "--report", "json=nowhere/a.json"]).with_code(2);
    assert!(ended.stderr.contains("nowhere/a.json"), "{}", ended.stderr);
}

#[test]
fn every_command_with_a_report_holds_to_the_schema() {
    let desk = desk();
    let note = ["note", "old.bmp", "--label", "x", "--by", "kd", "--basis", "b"];
    let decide = ["decide", "old.bmp", "copy.bmp", "same", "--by", "kd", "--note", "n"];
    let commands: [&[&str]; 10] = [
        &note,
        &decide,
        &["history", "old.bmp"],
        &["find", "--text", "x"],
        &["audit"],
        &["add", "other.bmp"],
        &["check", "other.bmp"],
        &["compare", "old.bmp", "copy.bmp"],
        &["inspect", "old.bmp", "--codes"],
        &["index", "stats"],
    ];
    for command in commands {
        let report: Value = serde_json::from_str(
            &desk.run(&[command, &["--format", "json"]].concat()).with_code(0).stdout,
        )
        .unwrap();
        hold_to_schema(&report, of_documents());
        assert_eq!(
            report["run"]["command"],
            command[..command.len().min(1)].join(" ").replace("index", "index stats")
        );
        let asks = command[0] == "check" || command[0] == "compare";
        for file in report["files"].as_array().unwrap() {
            assert_eq!(file["verdict"].is_null(), !asks, "{command:?}");
        }
    }
}

#[test]
fn color_is_there_only_where_it_is_asked_for() {
    let desk = desk();
    assert!(!desk.run(&["check", "copy.bmp"]).stdout.contains('\u{1b}'));
    assert!(!desk.run(&["check", "copy.bmp", "--color", "never"]).stdout.contains('\u{1b}'));
    assert!(desk.run(&["check", "copy.bmp", "--color", "always"]).stdout.contains('\u{1b}'));
}

#[test]
fn doctor_tells_versions_and_what_workers_gave_up() {
    let told = Desk::new().run(&["doctor"]).with_code(0).stdout;
    for word in [
        "firstseen ",
        "FFmpeg ",
        "pdq version 1",
        "network ",
        "no writing to files",
        "not there yet: ",
    ] {
        assert!(told.contains(word), "{word} is not in:\n{told}");
    }
}

#[test]
fn completions_and_manual_name_every_command() {
    let desk = Desk::new();
    let script = desk.run(&["completions", "bash"]).with_code(0).stdout;
    let page = desk.run(&["man"]).with_code(0).stdout;
    desk.run(&["man", "--folder", "pages"]).with_code(0);
    for command in COMMANDS.into_iter().filter(|command| command.len() == 1) {
        assert!(script.contains(command[0]) && page.contains(command[0]), "{command:?}");
        assert!(desk.path(format!("pages/firstseen-{}.1", command[0])).exists(), "{command:?}");
    }
    assert!(!desk.path("pages/firstseen-worker.1").exists(), "the hidden side is no command");
}
