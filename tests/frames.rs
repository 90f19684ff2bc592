//! Matches shown as pictures: `compare --replay`, `--frames`.

use std::fs;

use serde_json::Value;

use crate::contract::desk;
use crate::made::picture;
use crate::program::Desk;

const KINDS: [&str; 4] = ["difference", "query", "reference", "replay"];

/// A photo in an index, and a mirrored copy of it, made smaller.
fn mirrored() -> Desk {
    let desk = Desk::new();
    desk.sample("archive/bear-on-guard.jpg", "archive/bear.jpg");
    desk.ffmpeg(&["-i", "archive/bear.jpg", "-vf", "hflip,scale=500:-2", "-q:v", "2", "copy.jpg"]);
    desk.put("other.bmp", picture(7));
    desk.run(&["add", "archive"]).with_code(0);
    desk
}

fn names(desk: &Desk, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(desk.path(folder)).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn files(report: &Value) -> &Value {
    &report["files"][0]["matches"][0]["segments"][0]["pairs"][0]["files"]
}

/// Size and luma of a picture.
fn luma(desk: &Desk, name: &str) -> (usize, Vec<u8>) {
    desk.ffmpeg(&["-y", "-i", name, "-pix_fmt", "gray", "-f", "rawvideo", "raw"]);
    let bytes = fs::read(desk.path("raw")).unwrap();
    (bytes.len(), bytes)
}

fn mean_difference(desk: &Desk, a: &str, b: &str) -> f64 {
    let ((a_len, a), (b_len, b)) = (luma(desk, a), luma(desk, b));
    assert_eq!(a_len, b_len);
    a.iter().zip(&b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a_len as f64
}

#[test]
fn a_match_is_shown_as_four_pictures_that_the_report_names() {
    let desk = mirrored();
    let check = ["check", "copy.jpg", "--frames", "shown", "--format", "json"];
    let report = desk.run(&check).json();
    let files = files(&report).as_object().unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), KINDS);
    for path in files.values() {
        let jpeg = fs::read(desk.path(path.as_str().unwrap())).unwrap();
        assert!(jpeg.starts_with(b"\xff\xd8\xff"));
    }
    let sha256 = report["files"][0]["asset"]["sha256"].as_str().unwrap();
    let id = report["files"][0]["matches"][0]["id"].as_str().unwrap();
    let names = names(&desk, "shown");
    assert_eq!(names.len(), 4);
    assert!(names.iter().all(|name| name.starts_with(&format!("{}-{id}", &sha256[..8]))));
    let [difference, query, reference, replay] =
        KINDS.map(|what| files[what].as_str().unwrap().to_owned());
    assert!(mean_difference(&desk, &query, &replay) < 5.0, "the replay looks like the query");
    let (_, dark) = luma(&desk, &difference);
    assert!(dark.iter().map(|level| f64::from(*level)).sum::<f64>() / (dark.len() as f64) < 12.0);
    assert_ne!(luma(&desk, &reference).0, luma(&desk, &query).0, "each side has its own size");
}

#[test]
fn pictures_are_the_same_each_run_and_nothing_else_in_the_folder_is_touched() {
    let desk = mirrored();
    desk.put("shown/notes.txt", "mine");
    let read = || -> Vec<_> {
        let told = desk.run(&["check", "copy.jpg", "--frames", "shown"]).with_code(0).stdout;
        assert!(told.contains("frames: shown/") && told.contains("-*.jpg"), "{told}");
        let names = names(&desk, "shown").into_iter();
        names.map(|name| (fs::read(desk.path(format!("shown/{name}"))).unwrap(), name)).collect()
    };
    let first = read();
    assert_eq!(first.len(), 5);
    assert_eq!(read(), first);
}

#[test]
fn identical_bytes_have_nothing_to_replay() {
    let desk = mirrored();
    fs::copy(desk.path("archive/bear.jpg"), desk.path("same.jpg")).unwrap();
    let report = desk
        .run(&["check", "same.jpg", "--frames", "shown", "--format", "json"])
        .with_code(0)
        .json();
    let files = files(&report).as_object().unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["query", "reference"]);
}

#[test]
fn a_reference_that_has_gone_is_shown_by_its_thumbnail_and_a_gap_says_so() {
    let desk = mirrored();
    fs::remove_file(desk.path("archive/bear.jpg")).unwrap();
    let check = ["check", "copy.jpg", "--frames", "shown", "--format", "json"];
    let report = desk.run(&check).with_code(0).json();
    assert_eq!(files(&report).as_object().unwrap().len(), 4);
    let gaps = report["files"][0]["gaps"].as_array().unwrap();
    let told = gaps.iter().find(|gap| gap["what"] == "frames").unwrap()["why"].as_str().unwrap();
    assert!(told.contains("archive/bear.jpg is not there"), "{told}");
    let query = files(&report)["query"].as_str().unwrap().to_owned();
    let replay = files(&report)["replay"].as_str().unwrap().to_owned();
    assert!(mean_difference(&desk, &query, &replay) < 20.0);

    desk.put("archive/bear.jpg", "something else");
    let told = desk.run(&["check", "copy.jpg", "--frames", "shown"]).with_code(0).stdout;
    assert!(told.contains("archive/bear.jpg has changed"), "{told}");
}

#[test]
fn pictures_of_an_earlier_run_are_no_input() {
    let desk = mirrored();
    let check = ["check", ".", "--index", ".firstseen", "--frames", "shown", "--format", "json"];
    let met = || desk.run(&check).json()["files"].as_array().unwrap().clone();
    let first = met().len();
    let again = met();
    let passed: Vec<_> = again.iter().filter(|file| file["state"] == "skipped").collect();
    assert_eq!(again.len() - passed.len(), first);
    assert!(passed.iter().all(|file| file["path"].as_str().unwrap().contains("shown/")));
    let name = format!("shown/{}", names(&desk, "shown")[0]);
    let told = desk.run(&["check", &name, "--frames", "shown"]).with_code(2).stderr;
    assert!(told.contains(&name), "{told}");
}

#[test]
fn a_folder_for_pictures_is_neither_a_file_nor_in_an_index() {
    let desk = mirrored();
    for folder in [".firstseen", ".firstseen/shown", "shown/../.firstseen/new", "copy.jpg"] {
        let told = desk.run(&["check", "other.bmp", "--frames", folder]).with_code(2).stderr;
        assert!(told.contains(folder), "{told}");
    }
    desk.run(&["index", "verify"]).with_code(0);
    assert!(!desk.path("shown").exists());
}

#[test]
fn a_comparison_is_shown_side_by_side() {
    let desk = mirrored();
    let compare =
        |a: &str, png: &str| desk.run(&["compare", a, "archive/bear.jpg", "--replay", png]);
    for _ in 0..2 {
        let told = compare("copy.jpg", "shown.png").with_code(0).stdout;
        assert!(told.contains("replay: shown.png"), "{told}");
        assert!(fs::read(desk.path("shown.png")).unwrap().starts_with(b"\x89PNG"));
    }
    desk.ffmpeg(&["-i", "shown.png", "-vf", "crop=500:ih:0:0", "left.png"]);
    desk.ffmpeg(&["-i", "shown.png", "-vf", "crop=500:ih:506:0", "middle.png"]);
    assert!(mean_difference(&desk, "left.png", "copy.jpg") < 3.0);
    assert!(mean_difference(&desk, "left.png", "middle.png") < 5.0);

    let told = compare("other.bmp", "none.png").with_code(0).stdout;
    assert!(told.contains("none.png was not written: the two do not match"), "{told}");
    assert!(!desk.path("none.png").exists());
}

#[test]
fn a_replay_takes_the_place_of_an_earlier_one_only() {
    let desk = mirrored();
    desk.ffmpeg(&["-i", "copy.jpg", "evidence.png"]);
    let before = fs::read(desk.path("evidence.png")).unwrap();
    fs::create_dir(desk.path("folder.png")).unwrap();
    for target in ["evidence.png", "folder.png", ".firstseen/new.png", "new.jpg"] {
        let compare = ["compare", "copy.jpg", "archive/bear.jpg", "--replay", target];
        let told = desk.run(&compare).with_code(2).stderr;
        assert!(told.contains(target), "{told}");
    }
    assert_eq!(fs::read(desk.path("evidence.png")).unwrap(), before);
    let compare = |a: &str, to: &str| desk.run(&["compare", a, "archive/bear.jpg", "--replay", to]);
    compare("copy.jpg", "shown.png").with_code(0);
    let told = compare("shown.png", "shown.png").with_code(2).stderr;
    assert!(told.contains("is to be looked at"), "{told}");
}

#[test]
fn both_sides_of_a_clip_are_shown_at_the_moment_that_matched() {
    let desk = Desk::new();
    desk.sample("archive/frog-parade.mp4", "frog.mp4");
    desk.ffmpeg(&[
        "-ss", "2", "-i", "frog.mp4", "-vf", "hflip", "-an", "-c:v", "mpeg4", "-q:v", "3",
        "cut.mp4",
    ]);
    let compare = ["compare", "cut.mp4", "frog.mp4", "--frames", "shown", "--format", "json"];
    let report = desk.run(&compare).with_code(0).json();
    let [query, replay] =
        ["query", "replay"].map(|what| files(&report)[what].as_str().unwrap().to_owned());
    assert!(mean_difference(&desk, &query, &replay) < 6.0);
}

#[test]
fn the_best_twenty_matches_are_shown_and_the_rest_is_told() {
    let desk = Desk::new();
    for copy in 0..22 {
        desk.put(format!("archive/{copy:02}.bmp"), [picture(1), vec![copy]].concat());
    }
    desk.put("query.bmp", picture(1));
    desk.run(&["add", "archive"]).with_code(0);
    let check = ["check", "query.bmp", "--frames", "shown", "--format", "json"];
    let file = desk.run(&check).with_code(0).json()["files"][0].clone();
    assert_eq!(names(&desk, "shown").len(), 4 * 20);
    assert!(file["gaps"].to_string().contains("the first 20 of 22 matches"), "{}", file["gaps"]);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    let desk = desk();
    let names = |told: &str| assert!(told.contains("copy.bmp/shown"), "{told}");
    names(&desk.run(&["check", "copy.bmp", "--frames", "copy.bmp/shown"]).with_code(2).stderr);
    assert!(desk.path("copy.bmp").is_file());
}
