//! What `add` takes in, what it leaves, and what it says at the end.

use std::fs;

use serde_json::{Value, json};

use crate::made::picture;
use crate::program::Desk;

/// The lines with which an `add` ends, from a folder with two pictures and a clip with its record.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("media/a.bmp", picture(1));
    desk.put("media/deep/b.bmp", picture(2));
    desk.sample("archive/frog-parade.mp4", "media/frog.mp4");
    desk.sample("archive/frog-parade.info.json", "media/frog.info.json");
    desk
}

fn records(desk: &Desk, level: &str, kind: &str) -> Vec<Value> {
    let exported = desk.run(&["index", "export", "--level", level]).with_code(0).stdout;
    let records = exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.filter(|record| record["record"] == kind).collect()
}

#[test]
fn it_ends_with_what_it_took_in_and_understood() {
    let told = desk().run(&["add", "media"]).with_code(0).stdout;
    for line in [
        "4 files: 3 ok, 1 skipped",
        "3 new, 0 upgraded, 0 known (0 of them unchanged)",
        "3 new sightings, 0 new claims",
        "1 of 3 files has a yt-dlp record",
        "2 of 3 files have no posted date; they can be found, and contradict little",
        "index .firstseen: 3 assets",
    ] {
        assert!(told.lines().any(|told| told.starts_with(line)), "{line:?} is not in:\n{told}");
    }
}

#[test]
fn a_second_time_takes_only_what_is_new() {
    let desk = desk();
    desk.run(&["add", "media"]).with_code(0);
    let before = desk.run(&["index", "export", "--level", "all"]).stdout;
    let told = desk.run(&["add", "media"]).with_code(0).stdout;
    assert!(
        told.contains("0 new, 0 upgraded, 3 known (3 of them unchanged)\n0 new sightings"),
        "{told}"
    );
    assert_eq!(desk.run(&["index", "export", "--level", "all"]).stdout, before);
    desk.put("media/new.bmp", picture(3));
    let told = desk.run(&["add", "media"]).with_code(0).stdout;
    assert!(told.contains("1 new, 0 upgraded, 3 known (3 of them unchanged)"), "{told}");
}

#[test]
fn the_same_bytes_at_another_place_are_one_asset_with_two_sightings() {
    let desk = Desk::new();
    desk.put("here.bmp", picture(1));
    desk.put("there.bmp", picture(1));
    for jobs in ["1", "8"] {
        let index = format!("index-{jobs}");
        let added =
            ["add", "here.bmp", "there.bmp", "--jobs", jobs, "--index", &index, "--format", "json"];
        let report = desk.run(&added).with_code(0).json();
        assert_eq!(report["index"]["assets"], 1);
        assert_eq!(report["index"]["sightings"], 2);
    }
    let export = |index| desk.run(&["index", "export", "--level", "all", "--index", index]).stdout;
    assert_eq!(export("index-1"), export("index-8"));
}

#[test]
fn a_sighting_that_comes_again_moves_nothing() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    let seen = [
        "add",
        "a.bmp",
        "--posted",
        "2022-03-11",
        "--source",
        "example",
        "--url",
        "https://example.org/1",
    ];
    desk.run(&seen).with_code(0);
    let told = desk.run(&seen).with_code(0).stdout;
    assert!(told.contains("0 new sightings"), "{told}");
    let other = [&seen[..6], &["--url", "https://example.org/2"]].concat();
    let told = desk.run(&other).with_code(0).stdout;
    assert!(told.contains("1 new sighting,"), "{told}");
    assert_eq!(records(&desk, "sightings", "sighting").len(), 2);
}

#[test]
fn what_options_say_is_kept_as_it_was_said() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    let said = [
        "add",
        "a.bmp",
        "--posted",
        "2024-10",
        "--source",
        "telegram",
        "--url",
        "https://t.me/x/1",
        "--caption",
        "Сергеевка",
        "--archived",
        "https://web.archive.org/web/20241020080000/https://t.me/x/1",
        "--place",
        "43.35,133.36~5km",
        "--case",
        "depot",
        "--claim",
        "at the depot",
        "--event-date",
        "2024-10-18",
        "--claim-by",
        "somebody",
    ];
    let told = desk.run(&said).with_code(0).stdout;
    assert!(told.contains("1 new sighting, 1 new claim"), "{told}");
    let sighting = &records(&desk, "sightings", "sighting")[0];
    let text = sighting.to_string();
    for said in [
        "telegram",
        "https://t.me/x/1",
        "Сергеевка",
        "2024-10",
        "2024-10-20T08:00:00Z",
        "depot",
        "43.35",
    ] {
        assert!(text.contains(said), "{said} is not in {sighting:#}");
    }
    let claim = records(&desk, "sightings", "claim")[0].to_string();
    assert!(claim.contains("at the depot") && claim.contains("somebody"), "{claim}");
}

#[test]
fn a_richer_profile_replaces_a_poorer_one_and_never_the_other_way() {
    let desk = Desk::new();
    desk.sample("archive/frog-parade.mp4", "frog.mp4");
    let add = |profile: &str| {
        let arguments = ["add", "frog.mp4", "--profile", profile, "--format", "json"];
        let report = desk.run(&arguments).with_code(0).json();
        (
            report["summary"]["notes"][0].as_str().unwrap().to_owned(),
            report["index"]["only_triage"].clone(),
        )
    };
    assert_eq!(
        add("triage"),
        ("1 new, 0 upgraded, 0 known (0 of them unchanged)".to_owned(), json!(1))
    );
    assert_eq!(
        add("standard"),
        ("0 new, 1 upgraded, 0 known (0 of them unchanged)".to_owned(), json!(0))
    );
    assert_eq!(
        add("triage"),
        ("0 new, 0 upgraded, 1 known (1 of them unchanged)".to_owned(), json!(0))
    );
    desk.run(&["index", "verify"]).with_code(0);
}

#[test]
fn a_file_that_failed_is_tried_again() {
    let desk = Desk::new();
    desk.put("a.bmp", &picture(1)[..50]);
    desk.run(&["add", "a.bmp"]).with_code(3);
    desk.put("a.bmp", picture(1));
    let told = desk.run(&["add", "a.bmp"]).with_code(0).stdout;
    assert!(told.contains("1 new"), "{told}");
}

#[test]
fn what_exclude_names_is_left_out() {
    let desk = desk();
    let added = ["add", "media", "--exclude", "deep", "--exclude", "*.mp4", "--format", "json"];
    let report = desk.run(&added).with_code(0).json();
    let paths: Vec<_> =
        report["files"].as_array().unwrap().iter().map(|file| file["path"].clone()).collect();
    assert_eq!(paths, ["media/a.bmp", "media/frog.info.json"]);
    let ended = desk.run(&["add", "media", "--exclude", "a["]).with_code(2);
    assert!(ended.stderr.contains("--exclude a["), "{}", ended.stderr);
}

#[test]
fn paths_come_from_lists_by_lines_or_zeros() {
    let desk = Desk::new();
    desk.put("with\nline.bmp", picture(1));
    desk.put("plain.bmp", picture(2));
    let zeros = ["check", "--from-list", "-", "-0", "--format", "json", "--index", "index"];
    desk.run(&["add", "plain.bmp", "--index", "index"]).with_code(0);
    let report = desk.run_with_input(&zeros, b"with\nline.bmp\0plain.bmp\0").with_code(0).json();
    let paths: Vec<_> =
        report["files"].as_array().unwrap().iter().map(|file| file["path"].clone()).collect();
    assert_eq!(paths, ["plain.bmp", "with\nline.bmp"]);
    desk.put("list", "plain.bmp\r\n\nplain.bmp\n");
    let lines = ["check", "--from-list", "list", "--format", "json", "--index", "index"];
    let report = desk.run(&lines).with_code(0).json();
    assert_eq!(report["files"].as_array().unwrap().len(), 1);
    // An address in a list is one all the same.
    desk.run_with_input(&zeros, b"https://example.org/clip").with_code(2);
}

#[test]
fn nothing_that_is_looked_at_is_written_to() {
    let desk = desk();
    let before: Vec<_> = ["a.bmp", "frog.mp4", "frog.info.json"]
        .map(|name| fs::metadata(desk.path("media").join(name)).unwrap().modified().unwrap())
        .into();
    desk.run(&["add", "media"]).with_code(0);
    desk.run(&["check", "media"]).with_code(0);
    let after: Vec<_> = ["a.bmp", "frog.mp4", "frog.info.json"]
        .map(|name| fs::metadata(desk.path("media").join(name)).unwrap().modified().unwrap())
        .into();
    assert_eq!(after, before);
    assert_eq!(fs::read_dir(desk.path("media")).unwrap().count(), 4);
}

#[test]
fn fields_of_a_record_that_are_not_understood_are_counted_and_named() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    let record = json!({ "id": "1", "extractor_key": "Example", "upload_date": "20220311", "webpage_url": "https://example.org/1", "moon_phase": "full" });
    desk.put("a.info.json", record.to_string());
    let told = desk.run(&["add", "a.bmp", "--index", "one"]).with_code(0).stdout;
    assert!(
        told.contains("1 field of records was not understood (--verbose names them)"),
        "{told}"
    );
    let told = desk.run(&["add", "a.bmp", "--index", "two", "--verbose"]).with_code(0).stdout;
    assert!(told.contains("fields not understood: moon_phase (1)"), "{told}");
}

#[test]
fn a_record_that_makes_no_sense_is_a_gap_and_the_file_is_added() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    desk.put("a.info.json", "{ \"id\": ");
    let report = desk.run(&["add", "a.bmp", "--format", "json"]).with_code(0).json();
    assert_eq!(report["files"][0]["state"], "ok-with-gaps");
    assert_eq!(report["files"][0]["gaps"][0]["what"], "companion");
    assert_eq!(report["index"]["assets"], 1);
}
