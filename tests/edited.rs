//! Edited copies of pictures are found, each named by what was done to it.
//!
//! The copies are those of `calibrate --keep`, with what is true of each; they are looked up by the ordinary way.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::made::picture;
use crate::program::{Desk, file};

/// Photos with detail, in the order of their SHA-256: every other one is a reference to a calibration.
const PHOTOS: [&str; 5] = [
    "incoming/rabbit-drill--still.jpg",
    "incoming/blueberries.jpg",
    "pdq/larch-600x400.png",
    "archive/dinosaur.jpg",
    "archive/bear-on-guard.jpg",
];

/// Other pictures that are in the index, beside made ones.
const BESIDE: [&str; 5] = [
    "pdq/moon-512x512.png",
    "pdq/leopardskin-200x1024.png",
    "pdq/shapes-640x480.png",
    "pdq/checks-128x128.png",
    "pdq/noise-129x257.png",
];

/// How far off an edge of a box may be, as a share of the side.
const BOX_ERROR: f64 = 0.03;

/// A copy with what is true of it and what was found.
struct Copy {
    truth: Value,
    matches: Vec<Value>,
}

impl Copy {
    /// Whether it is held to be the same as a picture that it is not made from.
    fn wrong(&self) -> bool {
        let mut same = self.matches.iter().filter(|known| known["grade"] == "same-footage");
        same.any(|known| known["reference"]["sha256"] != self.truth["made_from"])
    }

    /// What is said of how it differs, if it is held to be the same as the picture it is made from.
    fn edit(&self) -> Option<&Value> {
        let same = self.matches.iter().find(|known| {
            known["grade"] == "same-footage"
                && known["reference"]["sha256"] == self.truth["made_from"]
        })?;
        Some(&same["segments"][0]["edit"])
    }

    /// Whether the edges of a box, `crop` or `placed`, are told where they are.
    fn has_box(&self, which: &str) -> bool {
        let truth = ["x", "y", "width", "height"].map(|side| self.truth[which][side].as_f64());
        let [x, y, width, height] = truth.map(|side| side.unwrap());
        let told = self.edit().and_then(|edit| serde_json::from_value(edit[which].clone()).ok());
        let [left, top, wide, high]: [f64; 4] = told.unwrap_or([0.0, 0.0, 1.0, 1.0]);
        let edges = [(x, left), (y, top), (x + width, left + wide), (y + height, top + high)];
        edges.into_iter().all(|(truth, told)| (truth - told).abs() <= BOX_ERROR)
    }
}

/// Copies of every other photo, by edit, looked up at once among pictures of which none is shown beside or behind them.
fn copies(edits: &[&str]) -> BTreeMap<String, Vec<Copy>> {
    let desk = Desk::new();
    for (i, photo) in PHOTOS.iter().enumerate() {
        let name = photo.rsplit('/').next().unwrap();
        desk.sample(photo, format!("mine/{name}"));
        if i % 2 == 0 {
            desk.sample(photo, format!("known/{name}"));
        }
    }
    for (i, other) in BESIDE.iter().enumerate() {
        desk.sample(other, format!("known/beside-{i}.png"));
    }
    for seed in 0..8 {
        desk.put(format!("known/made-{seed}.bmp"), picture(100 + seed));
    }
    desk.run(&["add", "known"]).with_code(0);
    let edits = edits.join(",");
    desk.run(&["calibrate", "mine", "--keep", "kept", "--edits", &edits]).with_code(0);
    let truth = fs::read_to_string(desk.path("kept/truth.jsonl")).unwrap();
    let truth = truth.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let truth: Vec<Value> = truth.filter(|truth| truth["of_reference"] == true).collect();
    let path = |truth: &Value| format!("kept/{}", truth["file"].as_str().unwrap());
    let mut check = vec!["check".to_owned(), "--format".to_owned(), "json".to_owned()];
    check.extend(truth.iter().map(path));
    let report = desk.run(&check).with_code(0).json();
    let mut copies: BTreeMap<String, Vec<Copy>> = BTreeMap::new();
    for truth in truth {
        let matches = file(&report, &path(&truth))["matches"].as_array().unwrap().clone();
        let edit = truth["edit"].as_str().unwrap().to_owned();
        copies.entry(edit).or_default().push(Copy { truth, matches });
    }
    assert!(copies.values().all(|copies| copies.len() == PHOTOS.len().div_ceil(2)));
    copies
}

/// Fails unless all but one copy of each edit are found, none is held to be another picture, and what is always told of
/// a copy is right; returns the copies.
#[track_caller]
fn found(edits: &[&str]) -> BTreeMap<String, Vec<Copy>> {
    let all = copies(edits);
    let mut failed = Vec::new();
    for (edit, copies) in &all {
        let missed = copies.iter().filter(|copy| copy.edit().is_none());
        let missed: Vec<&Value> = missed.map(|copy| &copy.truth["file"]).collect();
        if missed.len() > 1 {
            failed.push(format!("{edit}: not found: {missed:?}"));
        }
        for copy in copies {
            let name = &copy.truth["file"];
            if copy.wrong() {
                failed.push(format!("{name} is taken for another picture"));
            }
            let Some(told) = copy.edit() else { continue };
            if told["mirrored"] != copy.truth["mirrored"] {
                failed.push(format!("{name} is said to be mirrored: {}", told["mirrored"]));
            }
            if told["negative"] != (edit == "negative") {
                failed.push(format!("{name} is said to be a negative: {}", told["negative"]));
            }
            let words = told["words"].as_str().unwrap();
            if words.contains("mirrored") != (told["mirrored"] == true) {
                failed.push(format!("{name} is told as {words}"));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    all
}

/// Fails unless so much is true of all copies of an edit but one.
#[track_caller]
fn all_but_one(copies: &[Copy], what: &str, holds: impl Fn(&Copy) -> bool) {
    let fails: Vec<String> = copies
        .iter()
        .filter(|copy| !holds(copy))
        .map(|copy| {
            format!("{} {} {:?}", copy.truth["file"], copy.truth, copy.edit().map(Value::to_string))
        })
        .collect();
    assert!(fails.len() <= 1, "{what}: {fails:#?}");
}

fn words(copy: &Copy) -> &str {
    copy.edit().and_then(|edit| edit["words"].as_str()).unwrap_or_default()
}

#[test]
fn copies_of_less_quality_and_other_colours_are_found() {
    let edits = [
        "jpeg-30",
        "down-half",
        "down-quarter",
        "messaging",
        "aspect",
        "blur",
        "noise",
        "sharpen",
        "bright",
        "dark",
        "contrast",
        "grey",
        "tint",
        "hue",
        "sepia",
        "negative",
        "mirror",
        "turn-90",
        "turn-180",
        "turn-270",
    ];
    let all = found(&edits);
    all_but_one(&all["mirror"], "mirror", |copy| words(copy) == "mirrored");
    all_but_one(&all["negative"], "negative", |copy| {
        words(copy).starts_with("dark and light changed")
    });
    all_but_one(&all["dark"], "dark", |copy| words(copy).contains("darker"));
    all_but_one(&all["bright"], "bright", |copy| words(copy).contains("lighter"));
    all_but_one(&all["aspect"], "aspect", |copy| words(copy).contains("width stretched to"));
    for (edit, turn) in [("turn-90", 270.0), ("turn-180", 180.0), ("turn-270", 90.0)] {
        all_but_one(&all[edit], edit, |copy| {
            copy.edit().is_some_and(|edit| edit["rotation_deg"] == turn)
        });
    }
    for edit in edits {
        all_but_one(&all[edit], edit, |copy| {
            copy.edit().is_some_and(|edit| edit["less_picture"].is_null())
        });
    }
}

#[test]
fn copies_with_something_over_or_around_them_are_found() {
    let over = [
        "news",
        "logo",
        "caption",
        "stickers",
        "ticker",
        "censor-bar",
        "pixelated",
        "chain-overlay",
    ];
    let around = ["letterbox", "pillarbox", "pad", "blur-916", "meme-strip", "meme-both"];
    let all = found(&[&over[..], &around[..]].concat());
    for edit in around {
        all_but_one(&all[edit], edit, |copy| copy.has_box("crop") && copy.has_box("placed"));
        all_but_one(&all[edit], edit, |copy| words(copy).contains("it lies at "));
    }
    for edit in ["news", "caption"] {
        all_but_one(&all[edit], edit, covered_below);
    }
}

/// Whether something is told to lie over the lower third.
fn covered_below(copy: &Copy) -> bool {
    let Some(edit) = copy.edit() else { return false };
    let lower = |overlay: &Value| {
        let side = |i: usize| overlay[i].as_f64().unwrap();
        side(1) >= 0.5 && side(1) + side(3) >= 0.85
    };
    words(copy).contains("something over") && edit["overlays"].as_array().unwrap().iter().any(lower)
}

#[test]
fn parts_of_pictures_and_turned_ones_are_found() {
    let cut = ["crop-5", "crop-10", "crop-20", "crop-30", "crop-50", "crop-75", "crop-916"];
    let turned =
        ["turn-3", "turn-10", "turn-15", "turn-30", "turn-10-cut", "turn-30-cut", "screen-photo"];
    let all = found(&[&cut[..], &turned[..]].concat());
    for edit in cut {
        all_but_one(&all[edit], edit, |copy| copy.has_box("crop") && copy.has_box("placed"));
        all_but_one(&all[edit], edit, |copy| {
            copy.edit().is_some_and(|edit| edit["less_picture"] == "query")
        });
        all_but_one(&all[edit], edit, |copy| words(copy).contains("this one shows "));
    }
    for edit in &turned[..6] {
        all_but_one(&all[*edit], edit, |copy| {
            let truth = copy.truth["turned_deg"].as_f64().unwrap();
            copy.edit().is_some_and(|edit| {
                let off = edit["rotation_deg"].as_f64().unwrap() + truth;
                ((off + 540.0).rem_euclid(360.0) - 180.0).abs() < 1.5
            })
        });
    }
}

#[test]
fn pictures_among_others_and_copies_of_copies_are_found() {
    let beside = ["social-post", "quote", "player", "pip-50", "pip-30", "collage-2", "collage-4"];
    let chains = ["split-screen", "chain-3", "chain-4"];
    let all = found(&[&beside[..], &chains[..]].concat());
    for edit in ["social-post", "quote", "player", "pip-50", "pip-30", "collage-2", "collage-4"] {
        all_but_one(&all[edit], edit, |copy| copy.has_box("crop") && copy.has_box("placed"));
        all_but_one(&all[edit], edit, |copy| words(copy).contains("it lies at "));
    }
    all_but_one(&all["chain-4"], "chain-4", |copy| words(copy).starts_with("mirrored; "));
    for edit in chains {
        all_but_one(&all[edit], edit, |copy| {
            copy.edit().is_some_and(|edit| edit["less_picture"] == "query")
        });
    }
}

#[test]
fn a_clip_that_was_mirrored_cropped_and_letterboxed_is_found_at_its_moment() {
    let desk = Desk::new();
    desk.sample("archive/frog-parade.mp4", "known/frog-parade.mp4");
    let rabbit = "archive/ChatExport_2024-11-02/video_files/rabbit-drill.mp4";
    desk.sample(rabbit, "known/rabbit-drill.mp4");
    desk.sample("incoming/crystal-flower.mp4", "known/crystal-flower.mp4");
    desk.run(&["add", "known"]).with_code(0);
    // 85 % of the width and 80 % of the height, from the left and a tenth down, once it is mirrored.
    let filter = "hflip,crop=iw*0.85:ih*0.8:0:ih*0.1,scale=480:-2,pad=480:400:0:-1";
    desk.ffmpeg(&[
        "-ss",
        "2",
        "-t",
        "4.5",
        "-i",
        "known/frog-parade.mp4",
        "-vf",
        filter,
        "-an",
        "-c:v",
        "mpeg4",
        "-q:v",
        "6",
        "cut.mp4",
    ]);
    let report = desk.run(&["check", "cut.mp4", "--format", "json"]).with_code(0).json();
    let known = &report["files"][0]["matches"][0];
    assert!(known["reference"]["path"].as_str().unwrap().ends_with("frog-parade.mp4"), "{known:#}");
    assert_eq!(known["grade"], "same-footage", "{known:#}");
    let segment = &known["segments"][0];
    let start = |side: &str| segment[side]["start_s"].as_f64().unwrap();
    assert!((start("reference") - start("query") - 2.0).abs() <= 0.5, "{segment:#}");
    assert_eq!(segment["edit"]["mirrored"], true, "{segment:#}");
    let crop: [f64; 4] = serde_json::from_value(segment["edit"]["crop"].clone()).unwrap();
    // In the clip as it is, it is the right that is left.
    for (told, truth) in crop.into_iter().zip([0.15, 0.1, 0.85, 0.8]) {
        assert!((told - truth).abs() <= BOX_ERROR, "{segment:#}");
    }
}
