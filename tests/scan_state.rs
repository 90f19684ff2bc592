//! What `scan` remembers, where it keeps it, and what it leaves alone.

use std::fs::{self, File};

use crate::program::{Desk, file};
use crate::scanning::{changes, desk, rules, scan};

/// What lies at a path that `scan --state night` would use for itself.
#[track_caller]
fn is_left_alone(desk: &Desk, path: &str) {
    let before = fs::read(desk.path(path)).unwrap();
    let told = desk.run(&["scan", "in", "--state", "night"]).with_code(2).stderr;
    assert!(told.contains("night") && told.contains("--state"), "{told}");
    assert_eq!(fs::read(desk.path(path)).unwrap(), before);
}

/// A SQLite file of another program: with tables, and with an application id that is not ours.
fn database(desk: &Desk, path: &str) {
    let mut bytes = fs::read(desk.path(".firstseen/catalogue.sqlite")).unwrap();
    bytes[68..72].copy_from_slice(b"diry");
    desk.put(path, bytes);
}

#[test]
fn what_others_keep_where_the_state_would_lie_is_left_alone() {
    for path in ["night", "night.run", "night.lock", "night.seen", "night.seen/diary.txt"] {
        let desk = desk();
        desk.put(path, "the diary of somebody, which is no file of ours");
        is_left_alone(&desk, path);
    }
    for path in ["night", "night.run"] {
        let desk = desk();
        database(&desk, path);
        is_left_alone(&desk, path);
    }
    for path in ["night", "night.run", "night.lock"] {
        let desk = desk();
        desk.put(path, "");
        scan(&desk, &["--state", "night"]);
    }
}

#[test]
fn a_state_inside_an_index_is_refused() {
    let desk = desk();
    for path in [".firstseen/night", ".firstseen/segments/new/night"] {
        let told = desk.run(&["scan", "in", "--state", path]).with_code(2).stderr;
        assert!(told.contains("inside the index") && told.contains("outside"), "{told}");
        assert!(!desk.path(path).exists());
    }
    scan(&desk, &["--state", ".firstseen/scans/night"]);
}

#[test]
fn bytes_that_decay_behind_size_and_time_are_found_where_all_are_read_again() {
    let desk = desk();
    scan(&desk, &[]);
    let path = desk.path("in/a.bmp");
    let modified = path.metadata().unwrap().modified().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();

    assert_eq!(changes(&scan(&desk, &[]))[0], ("in/a.bmp", "unchanged"));
    let report = scan(&desk, &["--rehash"]);
    assert_eq!(changes(&report), [("in/a.bmp", "changed"), ("in/sub/b.bmp", "unchanged")]);
    assert_eq!(rules(file(&report, "in/a.bmp")), ["fixity-changed"]);
    // What is found once is not forgotten.
    assert_eq!(rules(file(&scan(&desk, &[]), "in/a.bmp")), ["fixity-changed"]);
}

#[test]
fn nothing_of_what_was_added_stays_beside_the_state() {
    let desk = desk();
    scan(&desk, &["--state", "night"]);
    assert!(desk.path("night.seen").exists());
    scan(&desk, &["--state", "night", "--add"]);
    assert!(!desk.path("night.seen").exists());
    scan(&desk, &["--state", "night", "--add"]);
    assert!(!desk.path("night.seen").exists());
}

#[test]
fn what_an_interrupted_scan_has_added_is_no_match_of_itself() {
    let desk = desk();
    let add = ["--state", "night", "--add"];
    // Somebody else writes, so that this one comes as far as its answers.
    let writer = File::options().write(true).open(desk.path(".firstseen/lock")).unwrap();
    writer.lock().unwrap();
    let arguments = ["scan", "in", "--wait", "0", "--state", "night", "--add"];
    desk.run(&arguments).with_code(2);
    drop(writer);
    // One of its files is in the index, as where it was killed between two commits.
    desk.run(&["add", "in/a.bmp"]).with_code(0);

    let report = scan(&desk, &add);
    assert_eq!(changes(&report), [("in/a.bmp", "new"), ("in/sub/b.bmp", "new")]);
    for path in ["in/a.bmp", "in/sub/b.bmp"] {
        assert_eq!(file(&report, path)["verdict"], "not-in-index");
    }
    let again = scan(&desk, &add);
    assert_eq!(changes(&again), [("in/a.bmp", "unchanged"), ("in/sub/b.bmp", "unchanged")]);
    assert_eq!(file(&again, "in/a.bmp")["verdict"], "not-in-index");
    assert_eq!(again["index"]["assets"], 3);
    assert!(!desk.path("night.seen").exists());
}
