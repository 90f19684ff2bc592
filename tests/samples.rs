//! The samples give what `samples/README.md` says, on every machine the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Desk, Ended, Running, TOP};

/// A row of the table.
pub(crate) struct Row {
    pub(crate) file: String,
    pub(crate) options: Vec<String>,
    verdict: String,
    rules: BTreeSet<String>,
    code: i32,
}

/// Verdict, rules that speak, and what came of weighing the claims.
type Told = (String, BTreeSet<String>, Vec<String>);

fn told(file: &Value) -> Told {
    let rules = file["findings"].as_array().unwrap().iter().map(|f| text(&f["rule"])).collect();
    let claims = file["claims"].as_array().unwrap();
    let outcomes = claims.iter().map(|claim| text(&claim["outcome"])).collect();
    (text(&file["verdict"]), rules, outcomes)
}

impl Row {
    fn told(&self) -> Told {
        (self.verdict.clone(), self.rules.clone(), self.outcomes())
    }

    /// What must come of weighing the claims: a conflict only where a rule says so, and never a confirmation.
    fn outcomes(&self) -> Vec<String> {
        let outcome = match (self.options.is_empty(), self.code, &*self.verdict) {
            (true, ..) => return Vec::new(),
            (_, 10, _) => "conflict",
            (_, _, "not-in-index") => "not-weighed",
            _ => "no-conflict-found",
        };
        vec![outcome.to_owned()]
    }
}

/// The index of the archive, asked from the top of the repository.
pub(crate) struct Archive {
    desk: Desk,
}

impl Archive {
    /// Adds what the README's own commands add.
    pub(crate) fn new() -> Self {
        let archive = Self { desk: Desk::new() };
        let readme = readme();
        let commands: Vec<_> = (readme.lines())
            .filter(|line| line.starts_with("firstseen add "))
            .filter_map(|line| line.strip_prefix("firstseen "))
            .collect();
        assert!(!commands.is_empty());
        for command in commands {
            archive.run(&words(command)).with_code(0);
        }
        archive
    }

    pub(crate) fn run(&self, arguments: &[String]) -> Ended {
        self.run_in(arguments, &[])
    }

    pub(crate) fn check(&self, row: &Row, more: &[&str]) -> Ended {
        let mut arguments = vec!["check".to_owned(), row.file.clone()];
        arguments.extend(row.options.iter().cloned());
        arguments.extend(more.iter().map(|&word| word.to_owned()));
        self.run(&arguments)
    }

    fn run_in(&self, arguments: &[String], environment: &[(&str, &str)]) -> Ended {
        let mut command = self.desk.command(arguments);
        command.arg("--index").arg(self.desk.path(".firstseen")).current_dir(TOP);
        command.envs(environment.iter().copied());
        Running::start(&mut command).end()
    }
}

#[test]
fn every_row_gives_what_the_table_says() {
    let archive = Archive::new();
    let mut wrong = Vec::new();
    for row in rows() {
        let ended = archive.check(&row, &["--format", "json"]);
        let got = (told(&ended.json()["files"][0]), ended.code);
        let expected = (row.told(), Some(row.code));
        if got != expected {
            wrong.push(format!("{}: {got:?}, not {expected:?}", row.file));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn tables_of_claims_and_posts_say_the_same_as_the_options_of_the_rows() {
    let archive = Archive::new();
    let readme = readme();
    let command = readme.lines().find_map(|line| line.strip_prefix("firstseen check ")).unwrap();
    let ended = archive.run(&words(&format!("check {command} --format json"))).with_code(10);
    let report = ended.json();
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), rows().len());
    let mut wrong = Vec::new();
    for row in rows() {
        let file = files.iter().find(|file| file["path"] == *row.file).unwrap();
        let (got, expected) = (told(file), row.told());
        if got != expected {
            wrong.push(format!("{}: {got:?}, not {expected:?}", row.file));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_mirrored_cropped_and_captioned_excerpt_is_told_as_one_with_its_place_in_the_clip() {
    let segment =
        only_segment("samples/incoming/rabbit-drill--trim--mirror--crop--caption--crf33.mp4");
    let edit = &segment["edit"];
    assert_eq!(edit["mirrored"], true);
    // From samples/make: 454 x 302 of 540 x 360 pixels, from 64 and 16 once mirrored.
    within(&edit["crop"], [22.0 / 540.0, 16.0 / 360.0, 454.0 / 540.0, 302.0 / 360.0], 0.03);
    let overlays = edit["overlays"].as_array().unwrap();
    assert_ne!(overlays.len(), 0, "{segment:#}");
    for overlay in overlays {
        // The caption begins at 242 of 320 rows.
        assert!(overlay[1].as_f64().unwrap() > 0.6, "{segment:#}");
    }
    let words = edit["words"].as_str().unwrap();
    for told in ["mirrored", "this one shows 7", "something over"] {
        assert!(words.contains(told), "{words}");
    }
    // The README: from 1.2 s to 7.2 s.
    let near = |value: &Value, expected: f64| {
        assert!((value.as_f64().unwrap() - expected).abs() <= 1.0, "{segment:#}");
    };
    near(&segment["query"]["start_s"], 0.0);
    near(&segment["query"]["end_s"], 6.0);
    near(&segment["reference"]["start_s"], 1.2);
    near(&segment["reference"]["end_s"], 7.2);
    assert_eq!(segment["reversed"], false);
}

#[test]
fn a_picture_in_a_post_is_told_with_what_it_shows_and_where_it_lies() {
    let edit = &only_segment("samples/incoming/bear-on-guard--crop--post--q8.jpg")["edit"];
    // From samples/make: 492 x 346 of 615 x 407 pixels, put into a post of 500 x 580.
    within(&edit["crop"], [72.0 / 615.0, 20.0 / 407.0, 492.0 / 615.0, 346.0 / 407.0], 0.03);
    within(&edit["placed"], [20.0 / 500.0, 140.0 / 580.0, 460.0 / 500.0, 324.0 / 580.0], 0.03);
}

#[test]
fn a_meme_is_told_with_where_the_picture_lies_in_it() {
    let edit = &only_segment("samples/incoming/dinosaur--meme--q8.jpg")["edit"];
    // From samples/make: 48 rows above a picture of 400 x 341.
    within(&edit["placed"], [0.0, 48.0 / 389.0, 1.0, 341.0 / 389.0], 0.03);
    assert_ne!(edit["overlays"].as_array().unwrap().len(), 0, "{edit:#}");
}

#[test]
fn a_still_finds_its_moment() {
    let segment = only_segment("samples/incoming/rabbit-drill--still.jpg");
    let at = segment["reference"]["start_s"].as_f64().unwrap();
    assert!((at - 5.0).abs() <= 0.5, "{segment:#}");
    assert_eq!(segment["query"]["start_s"], 0.0);
}

#[test]
fn every_innocent_reading_is_printed_with_its_finding() {
    let archive = Archive::new();
    let mut readings = 0;
    for row in rows() {
        let path = archive.desk.path("report.json");
        let printed =
            archive.check(&row, &["--report", &format!("json={}", path.display())]).stdout;
        let report: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        for finding in report["files"][0]["findings"].as_array().unwrap() {
            for reading in finding["innocent"].as_array().unwrap() {
                assert!(printed.contains(&text(reading)), "{reading} is not in:\n{printed}");
                readings += 1;
            }
            assert_ne!(finding["evidence"].as_array().unwrap().len(), 0, "{finding:#}");
        }
    }
    assert!(readings > 0);
}

#[test]
fn neither_jobs_nor_place_nor_language_nor_a_second_run_change_a_byte() {
    let archive = Archive::new();
    let ask = |jobs: &str, environment: &[(&str, &str)]| {
        let question = format!(
            "check samples/incoming --posted 2024-10-22 --event-date 2024-10-22 --event-place 43.35,133.36~5km \
             --format json --jobs {jobs}"
        );
        archive.run_in(&words(&question), environment)
    };
    let first = ask("1", &[]).with_code(10);
    assert_eq!(first.json()["files"].as_array().unwrap().len(), rows().len());
    let elsewhere = [("TZ", "Asia/Kathmandu"), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")];
    for again in [ask("1", &[]), ask("2", &[]), ask("2", &elsewhere)] {
        assert!(again == first, "{}\nis not\n{}", again.stdout, first.stdout);
    }
}

#[test]
fn every_incoming_file_has_a_row() {
    let told: BTreeSet<String> = rows().into_iter().map(|row| row.file).collect();
    let there = fs::read_dir(Path::new(TOP).join("samples/incoming")).unwrap();
    let there = there
        .map(|entry| format!("samples/incoming/{}", entry.unwrap().file_name().to_str().unwrap()));
    assert_eq!(told, there.collect());
}

/// The only segment of the only match of a sample.
fn only_segment(sample: &str) -> Value {
    let row = rows().into_iter().find(|row| row.file == sample).unwrap();
    let report = Archive::new().check(&row, &["--format", "json"]).json();
    let matches = report["files"][0]["matches"].as_array().unwrap();
    assert_eq!(matches.len(), 1, "{report:#}");
    let segments = matches[0]["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 1, "{report:#}");
    segments[0].clone()
}

/// Holds the numbers of a box against those expected.
fn within(told: &Value, expected: [f64; 4], apart: f64) {
    for (i, expected) in expected.into_iter().enumerate() {
        assert!((told[i].as_f64().unwrap() - expected).abs() <= apart, "{told}: {expected}");
    }
}

/// The rows of the table, each cell in code.
pub(crate) fn rows() -> Vec<Row> {
    let readme = readme();
    let rows: Vec<Row> =
        readme.lines().filter(|line| line.starts_with("| `samples/")).map(row).collect();
    assert!(rows.len() > 1);
    rows
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> =
        line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
    let [file, options, verdict, rules, code] = cells[..] else { panic!("{line}") };
    let some = |cell: &str| if cell == "-" { String::new() } else { cell.to_owned() };
    let rules = some(rules);
    Row {
        file: file.to_owned(),
        options: words(&some(options)),
        verdict: verdict.to_owned(),
        rules: rules.split(", ").filter(|rule| !rule.is_empty()).map(str::to_owned).collect(),
        code: code.parse().unwrap(),
    }
}

fn readme() -> String {
    fs::read_to_string(Path::new(TOP).join("samples/README.md")).unwrap()
}

/// Words as a shell reads them; the README uses double quotes only.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
