//! Counting on somebody's own pictures.

use std::fs;

use serde_json::Value;

use crate::made::picture;
use crate::program::Desk;

/// Pictures of a desk, as many as that.
fn desk(pictures: u64) -> Desk {
    let desk = Desk::new();
    for seed in 1..=pictures {
        desk.put(format!("mine/{seed}.bmp"), picture(seed));
    }
    desk
}

#[test]
fn copies_are_made_of_all_pictures_and_looked_up_among_every_other() {
    let desk = desk(4);
    desk.run(&["add", "mine"]).with_code(0);
    let ended = desk.run(&[
        "calibrate",
        "mine",
        "--edits",
        "none,mirror",
        "--format",
        "json",
        "--index",
        ".firstseen",
    ]);
    let ended = ended.with_code(0);
    assert!(ended.stderr.contains("not kept with the index"), "{}", ended.stderr);
    let counted: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&counted["references"], &counted["others"]), (&2.into(), &2.into()));
    for edit in counted["edits"].as_array().unwrap() {
        let counts = ["copies", "found", "same", "wrong", "others", "others_wrong", "not_read"];
        let counts = counts.map(|name| edit[name].as_u64().unwrap());
        assert_eq!(counts, [2, 2, 2, 0, 2, 0, 0], "{edit}");
    }
    let stats = desk.run(&["index", "stats"]).with_code(0).stdout;
    assert!(
        stats.contains("not calibrated for these versions: firstseen calibrate DIR"),
        "{stats}"
    );
}

#[test]
fn copies_are_kept_where_asked_with_what_was_done_to_them() {
    let desk = desk(4);
    desk.run(&["calibrate", "mine", "--edits", "mirror,crop-50", "--keep", "kept"]).with_code(0);
    let truth = fs::read_to_string(desk.path("kept/truth.jsonl")).unwrap();
    let lines: Vec<Value> = truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 8);
    for line in &lines {
        assert!(desk.path("kept").join(line["file"].as_str().unwrap()).is_file());
        let mirror = line["edit"] == "mirror";
        assert_eq!((&line["mirrored"], &line["less_picture"]), (&mirror.into(), &(!mirror).into()));
    }
    let other = desk.run(&["calibrate", "mine", "--keep", "mine/kept"]).with_code(2);
    assert!(other.stderr.contains("lies in the folder of the pictures"), "{}", other.stderr);
}

#[test]
fn too_few_pictures_and_unknown_edits_are_told() {
    let desk = desk(3);
    let few = desk.run(&["calibrate", "mine"]).with_code(2);
    assert!(few.stderr.contains("3 pictures that can be used; at least 4"), "{}", few.stderr);
    let unknown = desk.run(&["calibrate", "mine", "--edits", "melt"]).with_code(2);
    assert!(unknown.stderr.contains("no such edit; there are none, jpeg-30"), "{}", unknown.stderr);
}
