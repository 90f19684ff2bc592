//! Questions that are put to one file or two: `check`, `compare`, `inspect`, `keyframes`.

use std::fs;

use serde_json::Value;

use crate::contract::desk;
use crate::made::{picture, with_exif};
use crate::program::{Desk, file};

fn clips() -> Desk {
    let desk = Desk::new();
    desk.sample("archive/frog-parade.mp4", "frog.mp4");
    desk.sample("incoming/frog-parade--crf34.mp4", "copy.mp4");
    desk.sample("incoming/crystal-flower.mp4", "flower.mp4");
    desk
}

#[test]
fn a_query_that_is_remembered_is_never_counted_as_seen() {
    let desk = desk();
    let copy = [picture(2), b"\0".to_vec()].concat();
    desk.put("other-copy.bmp", copy);
    let remembered =
        ["check", "other.bmp", "--remember", "--posted", "2020-01-01", "--format", "json"];
    for _ in 0..2 {
        let report = desk.run(&remembered).with_code(0).json();
        assert_eq!(report["files"][0]["verdict"], "not-in-index");
    }
    for query in ["other.bmp", "other-copy.bmp"] {
        let report = desk.run(&["check", query, "--format", "json"]).with_code(0).json();
        assert_eq!(report["files"][0]["verdict"], "not-in-index", "{query}");
        assert_eq!(report["index"]["assets"], 1);
    }
    let told = desk.run(&["index", "stats"]).with_code(0).stdout;
    assert!(
        told.contains("1 reference: 1 picture, 0 videos") && told.contains("remembered queries: 1"),
        "{told}"
    );
    desk.run(&["index", "verify"]).with_code(0);
}

#[test]
fn a_remembered_query_that_is_added_is_a_reference_from_then_on() {
    let desk = desk();
    desk.run(&["check", "other.bmp", "--remember"]).with_code(0);
    let told = desk.run(&["add", "other.bmp"]).with_code(0).stdout;
    assert!(told.contains("1 new, 0 upgraded, 0 known"), "{told}");
    let report = desk.run(&["check", "other.bmp", "--format", "json"]).with_code(0).json();
    assert_eq!(report["files"][0]["verdict"], "already-in-index");
    let told = desk.run(&["index", "stats"]).with_code(0).stdout;
    assert!(
        told.contains("2 references: 2 pictures") && told.contains("remembered queries: 0"),
        "{told}"
    );
}

#[test]
fn a_check_changes_nothing_unless_it_is_to_remember() {
    let desk = desk();
    let export = || desk.run(&["index", "export", "--level", "all"]).stdout;
    let before = export();
    desk.run(&["check", "other.bmp", "copy.bmp", "--event-date", "2024-10-18"]).with_code(10);
    assert_eq!(export(), before);
}

#[test]
fn a_file_that_is_in_the_index_is_told_so_and_accused_by_no_sighting_of_its_own() {
    let desk = desk();
    let report = desk.run(&["check", "old.bmp", "--format", "json"]).with_code(0).json();
    assert_eq!(report["files"][0]["verdict"], "already-in-index");
    // Its own record of 2022 contradicts a claim of 2024 all the same, and says so.
    let claimed = ["check", "old.bmp", "--event-date", "2024-10-18", "--format", "json"];
    let report = desk.run(&claimed).with_code(10).json();
    let findings = report["files"][0]["findings"].as_array().unwrap();
    let rules: Vec<_> = findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["predates-claim"]);
}

#[test]
fn strict_counts_unusable_frames_as_missed() {
    let desk = Desk::new();
    let dark = ["-f", "lavfi", "-i", "color=black:size=160x120:rate=10:duration=2"];
    let noise = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=2"];
    let joined = ["-filter_complex", "[0][1]concat", "-c:v", "mpeg4", "clip.mp4"];
    desk.ffmpeg(&[&dark[..], &noise, &joined].concat());
    desk.put("a.bmp", picture(1));
    desk.run(&["add", "a.bmp"]).with_code(0);
    let report = desk.run(&["check", "clip.mp4", "--format", "json"]).with_code(0).json();
    assert_ne!(report["files"][0]["asset"]["frames_unusable"], 0);
    let ended = desk.run(&["check", "clip.mp4", "--strict"]).with_code(3);
    assert!(ended.stdout.contains("with unusable frames"), "{}", ended.stdout);
}

#[test]
fn a_file_without_a_usable_frame_is_inconclusive() {
    let desk = Desk::new();
    desk.sample("pdq/flat-100x100.png", "flat.png");
    desk.put("a.bmp", picture(1));
    desk.run(&["add", "a.bmp", "flat.png"]).with_code(0);
    desk.sample("pdq/black-640x360.png", "black.png");
    let report = desk.run(&["check", "black.png", "--format", "json"]).with_code(3).json();
    assert_eq!(report["files"][0]["verdict"], "inconclusive");
    assert_eq!(report["files"][0]["matches"].as_array().unwrap().len(), 0);
}

#[test]
fn compare_says_what_two_files_are_to_each_other() {
    let desk = clips();
    let compare = |a: &str, b: &str| desk.run(&["compare", a, b]).with_code(0).stdout;
    assert!(compare("copy.mp4", "frog.mp4").contains("SAME FOOTAGE"));
    assert!(compare("frog.mp4", "frog.mp4").contains("IDENTICAL BYTES"));
    assert!(compare("flower.mp4", "frog.mp4").contains("NO MATCH FOUND"));
    assert!(!desk.path(".firstseen").exists(), "it needs no index and makes none");
}

#[test]
fn compare_explains_a_match_and_the_lack_of_one_stage_by_stage() {
    let desk = clips();
    let explain = |a: &str| desk.run(&["compare", a, "frog.mp4", "--explain"]).with_code(0).stdout;
    for (query, told) in [("copy.mp4", "within the radius"), ("flower.mp4", "beyond the radius")] {
        let stages = explain(query);
        assert!(stages.contains("samples: ") && stages.contains(told), "{stages}");
    }
    assert!(explain("copy.mp4").contains("judge: same-footage"));
}

#[test]
fn compare_names_the_side_that_cannot_be_looked_at() {
    let desk = clips();
    desk.put("empty.mp4", "");
    for pair in [["empty.mp4", "frog.mp4"], ["frog.mp4", "empty.mp4"]] {
        let report =
            desk.run(&["compare", pair[0], pair[1], "--format", "json"]).with_code(3).json();
        assert_eq!(file(&report, "empty.mp4")["state"], "damaged");
    }
    desk.run(&["compare", "frog.mp4", "."]).with_code(2);
}

#[test]
fn inspect_tells_what_a_camera_wrote_with_its_trust() {
    let desk = Desk::new();
    desk.sample("archive/bear-on-guard.jpg", "plain.jpg");
    let jpeg = fs::read(desk.path("plain.jpg")).unwrap();
    let fields = ["Maker of toys", "Model 7", "Editor 1.0", "2019:07:14 12:30:45"];
    desk.put("photo.jpg", with_exif(&jpeg, fields[0], fields[1], fields[2], fields[3]));
    let inspect = |name: &str| {
        desk.run(&["inspect", name, "--format", "json"]).with_code(0).json()["files"][0].clone()
    };
    let photo = inspect("photo.jpg");
    let metadata = &photo["metadata"];
    assert_eq!(metadata["mime"], "image/jpeg");
    assert_eq!((&metadata["width"], &metadata["height"]), (&Value::from(615), &Value::from(407)));
    assert_eq!(metadata["make"], fields[0]);
    assert_eq!(metadata["model"], fields[1]);
    assert_eq!(metadata["software"], fields[2]);
    let date = &photo["dates"][0];
    assert_eq!((&date["kind"], &date["basis"]), (&Value::from("captured"), &Value::from("exif")));
    // Without a zone it is widened by every one on Earth.
    assert_eq!(date["earliest"], "2019-07-13T22:30:45Z");
    assert_eq!(date["latest"], "2019-07-15T00:30:45Z");
    for fact in photo["facts"].as_array().unwrap() {
        assert!(fact["trust"].is_string() && fact["kind"].is_string(), "{fact:#}");
    }
    assert_eq!(inspect("plain.jpg")["metadata"]["make"], Value::Null);
    assert!(desk.run(&["inspect", "photo.jpg"]).stdout.contains("Maker of toys"));
}

#[test]
fn inspect_answers_in_short_and_accuses_no_edited_photograph() {
    let desk = Desk::new();
    desk.sample("archive/bear-on-guard.jpg", "plain.jpg");
    let jpeg = fs::read(desk.path("plain.jpg")).unwrap();
    let editor = "Adobe Photoshop CC 2017 (Macintosh)";
    desk.put("edited.jpg", with_exif(&jpeg, "Maker", "Model 7", editor, "2012:07:14 12:30:45"));
    let report = desk.run(&["inspect", "edited.jpg", "--format", "json"]).with_code(0).json();
    let findings = report["files"][0]["findings"].as_array().unwrap();
    let rules: Vec<_> = findings.iter().map(|found| (&found["rule"], &found["kind"])).collect();
    for (rule, kind) in &rules {
        assert_eq!(**kind, "declared", "{rule}");
    }
    assert_eq!(rules.len(), 2, "{rules:?}");
    let evidence = &findings[0]["evidence"][0];
    assert_eq!((&evidence["type"], &evidence["basis"]), (&"metadata".into(), &"exif".into()));
    assert_eq!(evidence["ref"], report["files"][0]["asset"]["sha256"]);
    let text = desk.run(&["inspect", "edited.jpg"]).with_code(0).stdout;
    for told in [
        "taken not before 2012-07-13T22:30:45Z",
        "device: Maker Model 7",
        "last saved in 2016-11 or later",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    let plain = desk.run(&["inspect", "plain.jpg"]).with_code(0).stdout;
    assert!(plain.contains("it names no date") && !plain.contains("FINDINGS"), "{plain}");
}

#[test]
fn codes_are_those_that_other_tools_write() {
    let desk = Desk::new();
    desk.sample("pdq/kittens-1024x683.png", "kittens.png");
    let vectors =
        fs::read_to_string(format!("{}/samples/pdq/vectors.tsv", crate::program::TOP)).unwrap();
    let vector = vectors.lines().find(|line| line.starts_with("kittens-1024x683.png")).unwrap();
    let report =
        desk.run(&["inspect", "kittens.png", "--codes", "--format", "json"]).with_code(0).json();
    let codes = report["files"][0]["codes"].as_array().unwrap();
    assert_eq!(codes[0]["algorithm"], "pdq");
    assert!(vector.contains(codes[0]["hex"].as_str().unwrap()), "{vector}\n{:#}", codes[0]);
}

#[test]
fn keyframes_are_pictures_named_by_their_time() {
    let desk = clips();
    let told = desk.run(&["keyframes", "frog.mp4", "--folder", "out"]).with_code(0).stdout;
    let mut names: Vec<_> = fs::read_dir(desk.path("out/frog-keyframes"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names[0], "00h00m00.000s.jpg");
    assert!(told.contains(&format!("{} frame", names.len())), "{told}");
    for name in &names {
        let jpeg = fs::read(desk.path("out/frog-keyframes").join(name)).unwrap();
        assert!(jpeg.starts_with(b"\xff\xd8\xff"), "{name}");
    }
    // A keyframe finds its clip again.
    desk.run(&["add", "frog.mp4"]).with_code(0);
    let query = format!("out/frog-keyframes/{}", names[0]);
    let report = desk.run(&["check", &query, "--format", "json"]).with_code(0).json();
    assert_eq!(report["files"][0]["verdict"], "seen");
}

#[test]
fn a_report_takes_the_place_of_an_earlier_report_only() {
    let desk = desk();
    let before = fs::read(desk.path("other.bmp")).unwrap();
    for target in ["other.bmp", ".firstseen/segments", ".firstseen/new.json"] {
        let ask = ["check", "other.bmp", "--report", &format!("json={target}")];
        let told = desk.run(&ask).with_code(2).stderr;
        assert!(told.contains(target), "{told}");
    }
    assert_eq!(fs::read(desk.path("other.bmp")).unwrap(), before);
    for _ in 0..2 {
        desk.run(&["check", "other.bmp", "--report", "json=report.json"]).with_code(0);
    }
    desk.run(&["index", "verify"]).with_code(0);
}

#[test]
fn southern_latitudes_can_be_typed() {
    let desk = desk();
    desk.run(&["check", "other.bmp", "--place", "-33.92,18.42~5km", "--event-place", "-33.9,18.4"])
        .with_code(0);
}
