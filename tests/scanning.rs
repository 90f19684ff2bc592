//! A folder that is scanned again and again: `scan`.

use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use rustix::process::Signal;
use serde_json::Value;

use crate::contract;
use crate::made::picture;
use crate::program::{Desk, Running, file};

/// An index of `old.bmp`, posted in 2022, and a folder `in` of two pictures that are not in it.
pub(crate) fn desk() -> Desk {
    let desk = contract::desk();
    desk.put("in/a.bmp", picture(11));
    desk.put("in/sub/b.bmp", picture(12));
    desk
}

pub(crate) fn scan(desk: &Desk, more: &[&str]) -> Value {
    desk.run(&[&["scan", "in", "--format", "json"], more].concat()).json()
}

/// What has changed of each file, by path.
pub(crate) fn changes(report: &Value) -> Vec<(&str, &str)> {
    let files = report["files"].as_array().unwrap().iter();
    files.map(|file| (file["path"].as_str().unwrap(), file["change"].as_str().unwrap())).collect()
}

pub(crate) fn rules(file: &Value) -> Vec<&str> {
    let findings = file["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["rule"].as_str().unwrap()).collect()
}

fn code(report: &Value) -> u64 {
    report["summary"]["exit"]["code"].as_u64().unwrap()
}

#[track_caller]
fn notes_hold(report: &Value, words: &str) {
    let notes = report["summary"]["notes"].to_string();
    assert!(notes.contains(words), "{notes}");
}

/// Another size for the bytes, so that nobody has to wait for a clock.
fn picture_with(seed: u64, more: &[u8]) -> Vec<u8> {
    [&picture(seed), more].concat()
}

#[test]
fn what_is_unchanged_is_carried_along_unread() {
    let desk = desk();
    desk.put("in/copy.bmp", picture_with(1, b"\0"));
    let first = scan(&desk, &["--posted", "2024-10-22"]);
    let all = |change| [("in/a.bmp", change), ("in/copy.bmp", change), ("in/sub/b.bmp", change)];
    assert_eq!(changes(&first), all("new"));
    assert_eq!(code(&first), 10);
    assert_eq!(file(&first, "in/a.bmp")["verdict"], "not-in-index");
    assert!(rules(file(&first, "in/copy.bmp")).contains(&"recycled"));

    // The same size and time, and bytes that would be no picture: nobody reads them.
    let path = desk.path("in/copy.bmp");
    let before = path.metadata().unwrap();
    fs::write(&path, vec![7; before.len() as usize]).unwrap();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(before.modified().unwrap())
        .unwrap();
    let mut second = scan(&desk, &["--posted", "2024-10-22"]);
    assert_eq!(changes(&second), all("unchanged"));
    assert_eq!(code(&second), 10);
    notes_hold(&second, "3 unchanged");
    for (before, after) in
        first["files"].as_array().unwrap().iter().zip(second["files"].as_array_mut().unwrap())
    {
        let mut before = before.clone();
        before["change"] = "unchanged".into();
        // Against the scan before, and not against none.
        for findings in [&mut before["findings"], &mut after["findings"]] {
            for finding in findings.as_array_mut().unwrap() {
                finding["baseline"] = Value::Null;
            }
        }
        assert_eq!(*after, before);
    }
}

#[test]
fn another_time_alone_is_settled_by_the_bytes() {
    let desk = desk();
    scan(&desk, &[]);
    let earlier = SystemTime::now() - Duration::from_secs(1000);
    let touched = File::options().write(true).open(desk.path("in/a.bmp")).unwrap();
    touched.set_modified(earlier).unwrap();
    let report = scan(&desk, &[]);
    assert_eq!(changes(&report), [("in/a.bmp", "unchanged"), ("in/sub/b.bmp", "unchanged")]);
    assert_eq!(code(&report), 0);
}

#[test]
fn other_bytes_at_a_known_path_are_a_finding_that_stays_until_they_are_back() {
    let desk = desk();
    scan(&desk, &[]);
    desk.put("in/a.bmp", picture_with(11, b"\0\0"));
    let report = scan(&desk, &[]);
    assert_eq!(changes(&report), [("in/a.bmp", "changed"), ("in/sub/b.bmp", "unchanged")]);
    assert_eq!(rules(file(&report, "in/a.bmp")), ["fixity-changed"]);
    assert_eq!(code(&report), 10);
    let evidence = &file(&report, "in/a.bmp")["findings"][0]["evidence"];
    assert!(evidence[0]["raw"].as_str().unwrap().ends_with(", 57654 bytes"), "{evidence}");
    let sha256 = file(&report, "in/a.bmp")["asset"]["sha256"].as_str().unwrap();
    assert!(evidence[1]["raw"].as_str().unwrap().starts_with(sha256), "{evidence}");
    // Its earlier self is no earlier sighting.
    assert_eq!(file(&report, "in/a.bmp")["matches"], serde_json::json!([]));

    let again = scan(&desk, &[]);
    assert_eq!((changes(&again)[0], code(&again)), (("in/a.bmp", "unchanged"), 10));
    // Looked at again for another reason, it is still there.
    let again = scan(&desk, &["--older-than", "31"]);
    assert_eq!(rules(file(&again, "in/a.bmp")), ["fixity-changed"]);
    notes_hold(&again, "--older-than");

    desk.put("in/a.bmp", picture(11));
    let back = scan(&desk, &["--older-than", "31"]);
    assert_eq!((changes(&back)[0], code(&back)), (("in/a.bmp", "changed"), 0));
}

#[test]
fn only_what_is_new_since_the_last_scan_counts_where_that_is_asked() {
    let desk = desk();
    let posted = ["--posted", "2024-10-22", "--fail-on", "new:recycled"];
    desk.put("in/copy.bmp", picture_with(1, b"\0"));
    assert_eq!(code(&scan(&desk, &posted)), 10);
    let second = scan(&desk, &posted);
    assert_eq!(code(&second), 0);
    let known = &file(&second, "in/copy.bmp")["findings"];
    assert!(known.as_array().unwrap().iter().all(|finding| finding["baseline"] == "unchanged"));
    desk.put("in/copy-2.bmp", picture_with(1, b"\0\0"));
    let third = scan(&desk, &posted);
    assert_eq!((changes(&third).len(), code(&third)), (4, 10));
    // Moving a file makes nothing new.
    fs::rename(desk.path("in/copy-2.bmp"), desk.path("in/moved.bmp")).unwrap();
    let moved = scan(&desk, &posted);
    assert_eq!((file(&moved, "in/moved.bmp")["change"].as_str(), code(&moved)), (Some("new"), 0));
    notes_hold(&moved, "1 file of earlier scans is gone: in/copy-2.bmp");
}

#[test]
fn two_copies_that_come_the_same_night_find_each_other() {
    let desk = desk();
    desk.put("in/c.bmp", picture(13));
    desk.put("in/d.bmp", picture(13));
    desk.put("in/e.bmp", picture_with(13, b"\0"));
    let report = scan(&desk, &[]);
    let matched = |path: &str| -> Vec<(String, String)> {
        let matches = file(&report, path)["matches"].as_array().unwrap().iter();
        let told = |known: &Value| {
            assert_eq!(known["reference"]["of_scan"], true);
            let path = known["reference"]["path"].as_str().unwrap().to_owned();
            (known["grade"].as_str().unwrap().to_owned(), path)
        };
        matches.map(told).collect()
    };
    let pair = |grade: &str, path: &str| (grade.to_owned(), path.to_owned());
    let (same, like) = ("identical-bytes", "same-footage");
    assert_eq!(matched("in/c.bmp"), [pair(same, "in/d.bmp"), pair(like, "in/e.bmp")]);
    assert_eq!(matched("in/d.bmp"), [pair(same, "in/c.bmp"), pair(like, "in/e.bmp")]);
    assert_eq!(matched("in/e.bmp"), [pair(like, "in/c.bmp")]);
    assert_eq!(matched("in/a.bmp"), []);
    // Nothing of that is in the index.
    assert_eq!(report["index"]["assets"], 1);
    let asked = desk.run(&["check", "in/c.bmp", "--format", "json"]).json();
    assert_eq!(file(&asked, "in/c.bmp")["verdict"], "not-in-index");
}

#[test]
fn what_was_scanned_another_night_is_found_too() {
    let desk = desk();
    scan(&desk, &[]);
    desk.put("in/late.bmp", picture_with(11, b"\0"));
    let report = scan(&desk, &[]);
    assert_eq!(file(&report, "in/late.bmp")["matches"][0]["reference"]["path"], "in/a.bmp");
}

#[test]
fn the_report_does_not_depend_on_jobs() {
    let told = |jobs: &str| {
        let desk = desk();
        for seed in 0..6 {
            desk.put(format!("in/{seed}.bmp"), picture(20 + seed % 4));
        }
        desk.put("in/broken.bmp", &picture(1)[..60]);
        desk.run(&["scan", "in", "--format", "json", "--jobs", jobs]).with_code(3).stdout
    };
    let log = |text: &str| {
        let mut report: Value = serde_json::from_str(text).unwrap();
        // The name of an index's log is made by chance.
        report["index"]["snapshot"] = Value::Null;
        report["index"]["bytes"] = Value::Null;
        report
    };
    assert_eq!(log(&told("1")), log(&told("4")));
}

#[test]
fn what_is_added_is_in_the_index_and_is_not_looked_at_again() {
    let desk = desk();
    scan(&desk, &[]);
    desk.put("in/new.bmp", picture(14));
    let report = scan(&desk, &["--add", "--source", "archive"]);
    notes_hold(&report, "3 files added");
    assert_eq!(file(&report, "in/new.bmp")["verdict"], "not-in-index");
    let again = scan(&desk, &["--add", "--source", "archive"]);
    assert_eq!(again["index"]["assets"], 4);
    assert!(changes(&again).iter().all(|(_, change)| *change == "unchanged"), "{again:#}");
    notes_hold(&again, "0 files added");
    let asked = desk.run(&["check", "in/new.bmp", "--format", "json"]).json();
    let known = &file(&asked, "in/new.bmp")["matches"][0];
    assert_eq!(known["sightings"][0]["source"], "archive");
    assert_eq!(known["reference"]["path"], "in/new.bmp");
    desk.run(&["index", "verify"]).with_code(0);
    // A copy of what was added is found in the index.
    desk.put("in/copy.bmp", picture_with(14, b"\0"));
    let later = scan(&desk, &["--source", "archive"]);
    assert_eq!(file(&later, "in/copy.bmp")["matches"][0]["reference"]["of_scan"], false);
}

#[test]
fn references_that_come_later_are_matched_against_what_was_scanned() {
    let desk = desk();
    scan(&desk, &[]);
    desk.put("late.bmp", picture_with(11, b"\0"));
    desk.run(&["add", "late.bmp", "--posted", "2020-05-01"]).with_code(0);
    let report = scan(&desk, &[]);
    assert_eq!(changes(&report), [("in/a.bmp", "new-reference"), ("in/sub/b.bmp", "unchanged")]);
    assert_eq!(file(&report, "in/a.bmp")["first_known"]["text"], "2020-05-01");
    notes_hold(&report, "1 earlier file now matches");
    assert_eq!(changes(&scan(&desk, &[]))[0], ("in/a.bmp", "unchanged"));
}

#[test]
fn what_the_index_says_otherwise_is_weighed_anew() {
    let desk = desk();
    desk.put("in/copy.bmp", picture_with(1, b"\0"));
    let posted = ["--posted", "2024-10-22"];
    let report = scan(&desk, &posted);
    assert_eq!(code(&report), 10);
    desk.run(&["decide", "in/copy.bmp", "old.bmp", "different", "--by", "kd", "--note", "another"])
        .with_code(0);
    let decided = scan(&desk, &posted);
    assert!(!rules(file(&decided, "in/copy.bmp")).contains(&"recycled"));
    assert_eq!(code(&decided), 0);
    desk.run(&["index", "remove", "--path", "old.bmp"]).with_code(0);
    let removed = scan(&desk, &posted);
    assert_eq!(file(&removed, "in/copy.bmp")["matches"], serde_json::json!([]));
}

#[test]
fn a_record_that_comes_later_is_heard() {
    let desk = desk();
    desk.put("in/copy.bmp", picture_with(1, b"\0"));
    let before = scan(&desk, &[]);
    assert!(!rules(file(&before, "in/copy.bmp")).contains(&"recycled"));
    let record = r#"{"id": "1", "extractor": "example", "upload_date": "20241022", "_type": "video", "title": "x",
        "webpage_url": "https://example.org/1", "epoch": 1732000000, "_version": {"version": "2024.10.22"}}"#;
    desk.put("in/copy.info.json", record);
    let report = scan(&desk, &[]);
    let copy = file(&report, "in/copy.bmp");
    assert_eq!(copy["change"], "unchanged");
    assert!(copy["first_known"]["text"].as_str().unwrap().starts_with("2022"), "{copy:#}");
    let findings = copy["findings"].as_array().unwrap();
    let recycled = findings.iter().find(|finding| finding["rule"] == "recycled").unwrap();
    assert!(recycled.to_string().contains("2024-10-22"), "{recycled:#}");
    notes_hold(&report, "3 unchanged");
    assert_eq!(file(&report, "in/copy.info.json")["state"], "skipped");
}

#[test]
fn failures_are_tried_again_and_never_taken_for_answers() {
    let desk = desk();
    desk.put("in/broken.bmp", "");
    let first = scan(&desk, &[]);
    assert_eq!((file(&first, "in/broken.bmp")["change"].as_str(), code(&first)), (Some("new"), 3));
    let second = scan(&desk, &[]);
    assert_eq!(file(&second, "in/broken.bmp")["change"], "retried");
    assert_eq!(code(&second), 3);
    desk.put("in/broken.bmp", picture(15));
    let mended = scan(&desk, &[]);
    let broken = file(&mended, "in/broken.bmp");
    assert_eq!((&broken["change"], &broken["state"]), (&"retried".into(), &"ok".into()));
    assert_eq!((rules(broken).len(), code(&mended)), (0, 0));
}

#[test]
fn a_file_that_cannot_be_read_for_a_night_is_still_known_by_its_bytes() {
    let desk = desk();
    scan(&desk, &[]);
    desk.put("in/a.bmp", "");
    assert_eq!(code(&scan(&desk, &[])), 3);
    desk.put("in/a.bmp", picture_with(16, b"\0"));
    let report = scan(&desk, &[]);
    assert_eq!(rules(file(&report, "in/a.bmp")), ["fixity-changed"]);
}

#[test]
fn a_folder_that_was_away_is_known_when_it_is_back() {
    let desk = desk();
    scan(&desk, &[]);
    fs::rename(desk.path("in/sub"), desk.path("away")).unwrap();
    let report = scan(&desk, &[]);
    notes_hold(&report, "1 file of earlier scans is gone: in/sub/b.bmp");
    assert_eq!(changes(&report), [("in/a.bmp", "unchanged")]);
    assert!(!scan(&desk, &[])["summary"]["notes"].to_string().contains("gone"));
    fs::rename(desk.path("away"), desk.path("in/sub")).unwrap();
    assert_eq!(changes(&scan(&desk, &[]))[1], ("in/sub/b.bmp", "unchanged"));
}

#[test]
fn a_scan_that_was_killed_goes_on_where_it_stopped() {
    let desk = desk();
    for seed in 0..24 {
        desk.put(format!("in/{seed:02}.bmp"), picture(30 + seed));
    }
    // The last one takes so long that the others are read, and kept, before it is.
    desk.ffmpeg(&[
        "-f",
        "lavfi",
        "-i",
        "testsrc2=d=40:s=640x480:r=25",
        "-c:v",
        "mjpeg",
        "in/z.avi",
    ]);
    let mut running = Running::start(&mut desk.command(&["scan", "in", "--jobs", "1"]));
    let run = || {
        let files = fs::read_dir(desk.path(".firstseen/scans")).into_iter().flatten();
        let run = files.filter_map(|entry| Some(entry.ok()?.path()));
        run.into_iter().find(|path| path.as_os_str().as_bytes().ends_with(b".run"))
    };
    // What was read is safe once SQLite needs no journal for it.
    let is_kept = |path: std::path::PathBuf| {
        let size = |path: &std::path::Path| path.metadata().map_or(0, |file| file.len());
        let journal = path.with_extension("run-journal");
        size(&path) > 200_000 && size(&journal) == 0
    };
    running.wait_until(|| run().is_some_and(is_kept));
    running.signal(Signal::KILL);
    assert_eq!(running.end().code, None);
    let report = scan(&desk, &[]);
    notes_hold(&report, "went on where an earlier scan stopped");
    assert_eq!(changes(&report).len(), 27);
    assert!(changes(&report).iter().all(|(_, change)| *change == "new"));
    assert!(run().is_none());
    assert!(changes(&scan(&desk, &[])).iter().all(|(_, change)| *change == "unchanged"));
}

#[test]
fn a_folder_is_the_same_however_it_is_named() {
    let desk = desk();
    scan(&desk, &[]);
    std::os::unix::fs::symlink(desk.path("in"), desk.path("link")).unwrap();
    let whole = desk.path("in");
    for name in ["in/", "./in", "link", "sub/../in", whole.to_str().unwrap()] {
        fs::create_dir_all(desk.path("sub")).unwrap();
        let report = desk.run(&["scan", name, "--format", "json"]).with_code(0).json();
        assert!(changes(&report).iter().all(|(_, change)| *change == "unchanged"), "{name}");
    }
    // A folder within is another one.
    let report = desk.run(&["scan", "in/sub", "--format", "json"]).with_code(0).json();
    assert_eq!(changes(&report), [("in/sub/b.bmp", "new")]);
}

#[test]
fn names_that_are_not_utf_8_are_known_again() {
    let desk = desk();
    let name = std::ffi::OsStr::from_bytes(b"in/caf\xe9.bmp");
    desk.put(name, picture(17));
    scan(&desk, &[]);
    assert!(changes(&scan(&desk, &[])).iter().all(|(_, change)| *change == "unchanged"));
}

#[test]
fn an_index_that_may_only_be_read_needs_a_place_for_the_state() {
    let desk = desk();
    desk.put("index-there", "");
    let told = desk.run(&["scan", "in", "--state", "index-there/x"]).with_code(2).stderr;
    assert!(told.contains("index-there"), "{told}");
    let with_state = ["--state", "night.sqlite"];
    assert_eq!(changes(&scan(&desk, &with_state))[0].1, "new");
    assert_eq!(changes(&scan(&desk, &with_state))[0].1, "unchanged");
    assert!(!desk.path(".firstseen/scans").exists());
    // It is of that folder, and of no other.
    let told = desk.run(&["scan", "in/sub", "--state", "night.sqlite"]).with_code(2).stderr;
    assert!(told.contains("is of the folder") && told.contains("--state"), "{told}");
    // Nor is it what is looked at.
    let inside = ["--state", "in/night.sqlite"];
    scan(&desk, &inside);
    assert_eq!(changes(&scan(&desk, &inside)).len(), 2);
    // A user who is root may write anywhere.
    if !rustix::process::geteuid().is_root() {
        let index = desk.path(".firstseen");
        fs::set_permissions(&index, Permissions::from_mode(0o555)).unwrap();
        let told = desk.run(&["scan", "in"]).with_code(2).stderr;
        assert!(told.contains("--state FILE"), "{told}");
        assert_eq!(changes(&scan(&desk, &with_state))[0].1, "unchanged");
        fs::set_permissions(&index, Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_state_that_cannot_be_used_says_the_way_out() {
    let desk = desk();
    let with_state = ["scan", "in", "--state", "night.sqlite"];
    desk.run(&with_state).with_code(0);
    let whole = fs::read(desk.path("night.sqlite")).unwrap();
    let mut newer = whole.clone();
    // SQLite keeps `user_version` at offset 60.
    newer[63] = 9;
    desk.put("night.sqlite", newer);
    let told = desk.run(&with_state).with_code(2).stderr;
    assert!(told.contains("has format 9") && told.contains("delete it"), "{told}");
    let mut damaged = whole;
    let at = damaged.windows(9).rposition(|part| part == b"sub/b.bmp").unwrap();
    damaged[at] = b'S';
    desk.put("night.sqlite", damaged);
    let told = desk.run(&with_state).with_code(2).stderr;
    assert!(told.contains("is damaged") && told.contains("delete it"), "{told}");
    desk.put("night.sqlite", "no state at all, but somebody's text, and a long one at that");
    let told = desk.run(&with_state).with_code(2).stderr;
    assert!(told.contains("--state"), "{told}");
    fs::remove_file(desk.path("night.sqlite")).unwrap();
    desk.run(&with_state).with_code(0);
}

#[test]
fn what_lies_planted_in_the_folder_is_never_used() {
    let desk = desk();
    desk.put("in/firstseen.toml", "fail-on = \"any\"\nadd = true\n");
    fs::create_dir_all(desk.path("elsewhere")).unwrap();
    let planted = desk.path("in/.firstseen");
    let made = ["add", "old.bmp", "--index", planted.to_str().unwrap()];
    desk.run(&made).with_code(0);
    let report = scan(&desk, &[]);
    assert_eq!((report["index"]["location"].as_str(), code(&report)), (Some(".firstseen"), 0));
    assert!(changes_of_media(&report).iter().all(|path| !path.contains(".firstseen")));
    let mut within = desk.command(&["scan", "."]);
    let told = Running::start(within.current_dir(desk.path("in"))).end();
    assert_eq!(told.code, Some(2));
    assert!(told.stderr.contains("lies inside"), "{}", told.stderr);
}

fn changes_of_media(report: &Value) -> Vec<&str> {
    let files = report["files"].as_array().unwrap().iter();
    files.map(|file| file["path"].as_str().unwrap()).collect()
}

#[test]
fn a_folder_that_is_not_there_or_empty_is_told() {
    let desk = desk();
    let told = desk.run(&["scan", "nowhere"]).with_code(2).stderr;
    assert!(told.contains("nowhere"), "{told}");
    let told = desk.run(&["scan", "old.bmp"]).with_code(2).stderr;
    assert!(told.contains("firstseen check old.bmp"), "{told}");
    fs::create_dir(desk.path("empty")).unwrap();
    let told = desk.run(&["scan", "empty"]).with_code(3).stdout;
    assert!(told.contains("no media found"), "{told}");
}
