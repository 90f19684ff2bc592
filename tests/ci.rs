//! What CI relies on: baselines, suppressions, reports of other forms, and the examples in `docs/ci/`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::contract;
use crate::made::picture;
use crate::program::{Desk, TOP, file, hold_to_schema};

/// A copy of footage posted in 2022, posted anew in 2024 and said to show what happened then.
const CLAIMED: [&str; 6] =
    ["check", "copy.bmp", "--posted", "2024-10-22", "--event-date", "2024-10-20"];

const NEW: [&str; 2] = ["--fail-on", "new:conflict:strong,new:recycled"];

fn with<'a>(first: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [first, more].concat()
}

#[test]
fn only_what_the_baseline_does_not_hold_is_new() {
    let desk = contract::desk();
    desk.run(&with(&CLAIMED, &["--write-baseline", "known.json"])).with_code(10);
    let known = ["--baseline", "known.json"];
    let new = with(&known, &NEW);

    let report = desk.run(&with(&with(&CLAIMED, &new), &["--format", "json"])).with_code(0).json();
    let findings = file(&report, "copy.bmp")["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    assert!(findings.iter().all(|finding| finding["baseline"] == "unchanged"));
    assert_eq!(report["summary"]["baseline"]["absent"], serde_json::json!([]));
    // Without new: it counts as ever.
    desk.run(&with(&CLAIMED, &known)).with_code(10);

    fs::rename(desk.path("copy.bmp"), desk.path("renamed.bmp")).unwrap();
    let renamed = CLAIMED.map(|word| if word == "copy.bmp" { "renamed.bmp" } else { word });
    desk.run(&with(&renamed, &new)).with_code(0);

    let longer = [picture(1), b"\0\0".to_vec()].concat();
    desk.put("other-copy.bmp", longer);
    let other = CLAIMED.map(|word| if word == "copy.bmp" { "other-copy.bmp" } else { word });
    let told = desk.run(&with(&other, &new)).with_code(10).stdout;
    assert!(told.contains("new, not in the baseline"), "{told}");
    assert!(
        told.contains("absent: strong predates-claim  copy.bmp: not among the files"),
        "{told}"
    );
}

#[test]
fn failures_that_the_baseline_knows_end_with_0() {
    let desk = contract::desk();
    desk.put("empty.mp4", "");
    let check = ["check", "other.bmp", "empty.mp4"];
    desk.run(&with(&check, &["--write-baseline", "known.json"])).with_code(3);
    let known = ["--baseline", "known.json"];
    let report = desk.run(&with(&with(&check, &known), &["--format", "json"])).with_code(0).json();
    assert_eq!(file(&report, "empty.mp4")["failure"]["baseline"], "unchanged");
    desk.put("cut.bmp", &picture(1)[..60]);
    let told = desk.run(&with(&with(&check, &["cut.bmp"]), &known)).with_code(3).stdout;
    assert!(told.contains("1 failure known"), "{told}");
}

#[test]
fn a_baseline_that_cannot_be_used_ends_with_2_and_says_the_way_out() {
    let desk = contract::desk();
    let check = |more: &[&str]| desk.run(&with(&["check", "other.bmp"], more));
    check(&["--write-baseline", "known.json"]).with_code(0);
    let whole = fs::read_to_string(desk.path("known.json")).unwrap();
    desk.put("cut.json", &whole[..whole.len() / 2]);
    desk.put("newer.json", whole.replace("baseline/1", "baseline/2"));
    for (name, word) in
        [("cut.json", "damaged"), ("newer.json", "baseline/2"), ("no.json", "no such file")]
    {
        let told = check(&["--baseline", name]).with_code(2).stderr;
        assert!(told.contains(word) && told.contains("--write-baseline"), "{told}");
    }
    // A cut one is written anew where that is asked for.
    check(&["--write-baseline", "cut.json"]).with_code(0);
    assert_eq!(fs::read_to_string(desk.path("cut.json")).unwrap(), whole);

    let told = check(&["--fail-on", "new:conflict"]).with_code(2).stderr;
    assert!(told.contains("needs --baseline"), "{told}");
    let told = check(&["--write-baseline", "old.bmp"]).with_code(2).stderr;
    assert!(told.contains("is no earlier baseline"), "{told}");
    assert_eq!(fs::read(desk.path("old.bmp")).unwrap(), picture(1));
    check(&["--write-baseline", ".firstseen/known.json"]).with_code(2);
}

#[test]
fn a_renewed_baseline_holds_what_is_there_now() {
    let desk = contract::desk();
    desk.run(&with(&CLAIMED, &["--write-baseline", "known.json"])).with_code(10);
    let renew = ["--baseline", "known.json", "--write-baseline", "known.json"];
    desk.run(&with(&with(&["check", "other.bmp"], &renew), &NEW)).with_code(0);
    desk.run(&with(&with(&CLAIMED, &["--baseline", "known.json"]), &NEW)).with_code(10);
}

#[test]
fn an_audit_has_a_baseline_too() {
    let desk = contract::desk();
    let sighting = ["--posted", "2022-03-11", "--source", "example", "--event-date", "2024-10"];
    desk.run(&with(&["add", "other.bmp"], &sighting)).with_code(0);
    desk.run(&["audit", "--write-baseline", "known.json"]).with_code(10);
    let new = ["audit", "--baseline", "known.json", "--fail-on", "new:conflict"];
    desk.run(&new).with_code(0);
    desk.put("third.bmp", picture(3));
    desk.run(&with(&["add", "third.bmp"], &sighting)).with_code(0);
    desk.run(&new).with_code(10);
}

fn suppress(rule: &str, target: &str, expires: &str) -> String {
    format!(
        "[[suppress]]\nrule = \"{rule}\"\n{target}\nreason = \"seen by the desk\"\nauthor = \"kd\"\nexpires = {expires}\n\n"
    )
}

#[test]
fn what_a_person_set_aside_does_not_count_until_it_expires() {
    let desk = contract::desk();
    let check = with(&CLAIMED, &["--suppress", "suppress.toml", "--format", "json"]);
    let report = desk.run(&with(&CLAIMED, &["--format", "json"])).with_code(10).json();
    let sha256 = report["files"][0]["asset"]["sha256"].as_str().unwrap();
    let asset = format!("asset = \"{}\"", &sha256[..8]);
    let entries = |expires| {
        suppress("predates-claim", &asset, expires)
            + &suppress("recycled", "path = \"*.bmp\"", expires)
            + &suppress("place-conflict", "path = \"nowhere/*\"", expires)
    };

    // AS_OF is 2026-11-23, the last day on which they hold.
    desk.put("suppress.toml", entries("2026-11-23"));
    let report = desk.run(&check).with_code(0).json();
    let findings = file(&report, "copy.bmp")["findings"].as_array().unwrap();
    let of = |rule: &str| findings.iter().find(|finding| finding["rule"] == rule).unwrap();
    assert_eq!(of("predates-claim")["suppressed"]["reason"], "seen by the desk");
    assert_eq!(of("recycled")["suppressed"]["expires"], "2026-11-23");
    assert!(of("seen-before")["suppressed"].is_null());
    let states: Vec<_> = report["summary"]["suppressions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["used", "used", "unused"]);
    let told = desk.run(&check[..check.len() - 2]).with_code(0).stdout;
    assert!(told.contains("suppressed until 2026-11-23 by kd: \"seen by the desk\""), "{told}");
    assert!(told.contains("suppress.toml:15: matches nothing: place-conflict nowhere/*"), "{told}");

    desk.put("suppress.toml", entries("2026-11-22"));
    let told = desk.run(&check[..check.len() - 2]).with_code(10).stdout;
    assert!(told.contains("suppress.toml:1: expired, counts again: predates-claim"), "{told}");
}

#[test]
fn a_suppression_that_makes_no_sense_ends_with_2_and_its_line() {
    let desk = contract::desk();
    let whole = suppress("recycled", "path = \"*\"", "2027-01-01");
    for (from, to) in [("author = \"kd\"\n", ""), ("reason", "raeson"), ("recycled", "recycld")] {
        desk.put("suppress.toml", whole.replace(from, to));
        let ended = desk.run(&["check", "other.bmp", "--suppress", "suppress.toml"]).with_code(2);
        assert!(ended.stderr.contains("suppress.toml:"), "{}", ended.stderr);
    }
}

#[test]
fn reports_for_ci_are_written_and_written_again() {
    let desk = contract::desk();
    desk.put("empty.mp4", "");
    desk.put("suppress.toml", suppress("recycled", "path = \"copy.bmp\"", "2027-01-01"));
    let reports = ["--report", "csv=a.csv", "--report", "junit=a.xml", "--report", "sarif=a.sarif"];
    let check = with(&with(&CLAIMED, &["empty.mp4", "--suppress", "suppress.toml"]), &reports);
    desk.run(&check).with_code(10);
    let read = |name: &str| fs::read_to_string(desk.path(name)).unwrap();
    let before = ["a.csv", "a.xml", "a.sarif"].map(read);
    desk.run(&check).with_code(10);
    assert_eq!(["a.csv", "a.xml", "a.sarif"].map(read), before, "the same bytes");

    assert_eq!(before[0].lines().count(), 3, "{}", before[0]);
    assert!(before[0].lines().nth(1).unwrap().starts_with("copy.bmp,found,seen,2022-03-11,"));
    assert!(
        before[1].contains("tests=\"2\" skipped=\"0\" failures=\"1\" errors=\"1\""),
        "{}",
        before[1]
    );
    let log: Value = serde_json::from_str(&before[2]).unwrap();
    let schema: Value = serde_json::from_str(include_str!("schemas/sarif-2.1.0.json")).unwrap();
    hold_to_schema(&log, &jsonschema::validator_for(&schema).unwrap());
    let results = log["runs"][0]["results"].as_array().unwrap();
    let recycled = results.iter().find(|result| result["ruleId"] == "recycled").unwrap();
    assert_eq!(recycled["suppressions"][0]["justification"], "seen by the desk");
    assert_eq!(log["runs"][0]["invocations"][0]["exitCode"], 10);

    for form in ["csv", "junit", "sarif"] {
        let report = format!("{form}=old.bmp");
        let told = desk.run(&["check", "other.bmp", "--report", &report]).with_code(2).stderr;
        assert!(told.contains("no earlier report"), "{told}");
    }
}

#[test]
fn every_command_with_a_report_writes_the_forms_of_ci() {
    let desk = contract::desk();
    let commands: [&[&str]; 4] = [
        &["add", "other.bmp"],
        &["compare", "old.bmp", "copy.bmp"],
        &["inspect", "old.bmp"],
        &["index", "stats"],
    ];
    for command in commands {
        let reports =
            ["--report", "csv=a.csv", "--report", "junit=a.xml", "--report", "sarif=a.sarif"];
        desk.run(&with(command, &reports)).with_code(0);
        let xml = fs::read_to_string(desk.path("a.xml")).unwrap();
        assert!(xml.contains("failures=\"0\" errors=\"0\""), "{xml}");
    }
}

/// The commands of an example: what begins with `firstseen`, with lines joined that end with a backslash.
fn commands(example: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(Path::new(TOP).join("docs/ci").join(example)).unwrap();
    let text = text.replace("\\\n", " ");
    let lines = text.lines().map(|line| line.trim().trim_start_matches("- "));
    let commands: Vec<Vec<String>> = lines
        .filter_map(|line| line.strip_prefix("firstseen "))
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect();
    assert!(!commands.is_empty(), "{example} has no command");
    commands
}

/// What the examples expect: an archive, what came in, and a folder for what is kept.
fn footage() -> Desk {
    let desk = Desk::new();
    desk.put("archive/old.bmp", picture(1));
    desk.put("archive/old.info.json", info("2022-03-11"));
    desk.put("incoming/other.bmp", picture(2));
    desk.put("ci/suppress.toml", suppress("recycled", "path = \"*.gif\"", "2027-01-01"));
    desk
}

fn info(day: &str) -> String {
    let day = day.replace('-', "");
    format!(
        "{{\"id\": \"{day}\", \"extractor\": \"example\", \"title\": \"t\", \"upload_date\": \"{day}\", \
             \"webpage_url\": \"https://example.org/{day}\"}}"
    )
}

#[test]
fn the_examples_pass_until_something_new_comes_in() {
    let desk = footage();
    for command in commands("README.md") {
        desk.run(&command).with_code(0);
    }
    fs::create_dir(desk.path("reports")).unwrap();
    let examples = ["github-actions.yml", "gitlab-ci.yml"];
    for command in examples.into_iter().flat_map(commands) {
        desk.run(&command).with_code(0);
    }
    // Footage of 2022, posted as if it were of today.
    desk.put("incoming/copy.bmp", [picture(1), b"\0".to_vec()].concat());
    desk.put("incoming/copy.info.json", info("2024-10-22"));
    for command in examples.into_iter().flat_map(commands) {
        let told = desk.run(&command).with_code(10).stdout;
        assert!(told.contains("recycled"), "{told}");
    }
    for report in ["firstseen.xml", "firstseen.sarif", "firstseen.csv", "firstseen.html"] {
        assert!(desk.path("reports").join(report).exists(), "{report}");
    }
}

#[test]
fn the_script_for_cron_is_silent_until_something_new_comes_in() {
    let desk = footage();
    for command in commands("README.md") {
        desk.run(&command).with_code(0);
    }
    let program = Path::new(env!("CARGO_BIN_EXE_firstseen"));
    let nightly = || {
        std::process::Command::new("sh")
            .arg(Path::new(TOP).join("docs/ci/nightly.sh"))
            .current_dir(desk.path(""))
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", program.parent().unwrap().display()))
            .env("HOME", desk.path(""))
            .output()
            .unwrap()
    };
    let quiet = nightly();
    assert_eq!((quiet.status.code(), quiet.stdout.as_slice()), (Some(0), &b""[..]));
    desk.put("incoming/copy.bmp", [picture(1), b"\0".to_vec()].concat());
    desk.put("incoming/copy.info.json", info("2024-10-22"));
    let loud = nightly();
    assert_eq!(loud.status.code(), Some(10));
    assert!(String::from_utf8(loud.stdout).unwrap().contains("recycled"));
}

#[test]
fn a_release_holds_program_pages_completions_and_licences() {
    let desk = Desk::new();
    let status = std::process::Command::new(Path::new(TOP).join("scripts/release"))
        .args(["--program", env!("CARGO_BIN_EXE_firstseen"), "--to"])
        .arg(desk.path("dist"))
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let archive = fs::read_dir(desk.path("dist")).unwrap().map(|entry| entry.unwrap().path());
    let archive = archive.into_iter().find(|path| path.extension().is_some_and(|e| e == "gz"));
    let listed =
        std::process::Command::new("tar").arg("-tzf").arg(archive.unwrap()).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for file in [
        "/bin/firstseen\n",
        "/share/man/man1/firstseen-check.1\n",
        "/share/completions/firstseen.bash\n",
        "/LICENSE-MIT\n",
        "/LICENSE-APACHE\n",
        "/licences/CRATES.txt\n",
        "/ci/nightly.sh\n",
    ] {
        assert!(listed.contains(file), "{file} is not in\n{listed}");
    }
}
