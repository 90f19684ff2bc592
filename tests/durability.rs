//! What is in the index stays whole, whenever its writer ends.

use std::fs;
use std::time::Duration;

use rustix::process::Signal;

use crate::made::picture;
use crate::program::{Desk, Ended, Running};

/// Pictures beside one clip and its record: enough for several commits.
const PICTURES: u64 = 100;

/// Files in the folder; the record is one that is told as skipped.
const FILES: u64 = PICTURES + 2;

/// Moments, in milliseconds, at which writers are killed: evenly from the start to beyond the end of most.
const MOMENTS: std::ops::Range<u64> = 0..30;

/// The folder to add, in a place of its own so that several indexes may be made of it.
fn media() -> Desk {
    let desk = Desk::new();
    for i in 0..PICTURES {
        desk.put(format!("media/{i:03}.bmp"), picture(i));
    }
    desk.sample("archive/frog-parade.mp4", "media/frog.mp4");
    desk.sample("archive/frog-parade.info.json", "media/frog.info.json");
    desk
}

fn add<'a>(index: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["add", "media", "--index", index], more].concat()
}

/// All that an index holds.
fn export(desk: &Desk, index: &str) -> String {
    desk.run(&["index", "export", "--level", "all", "--index", index]).with_code(0).stdout
}

fn verify(desk: &Desk, index: &str) -> Ended {
    desk.run(&["index", "verify", "--index", index])
}

#[test]
fn a_writer_may_be_killed_at_any_moment() {
    let desk = media();
    let started = std::time::Instant::now();
    desk.run(&add("whole", &[])).with_code(0);
    let whole = started.elapsed();
    let expected = export(&desk, "whole");
    assert!(expected.contains("frog.info.json"));
    let mut half_done = 0;
    for moment in MOMENTS {
        // Three kills to an index, so that what goes on from a torn one is torn too.
        let index = format!("index-{}", moment / 3);
        let running = Running::start(&mut desk.command(&add(&index, &[])));
        // Seven has no divisor in common with 30: each index sees early, middle and late moments.
        let delay = whole * (moment as u32 * 7 % 30) / 30;
        std::thread::sleep(delay);
        running.signal(Signal::KILL);
        running.end();
        if desk.path(&index).exists() {
            let verified = verify(&desk, &index);
            // Until it is made there is nothing to open, and the next run makes it.
            if !verified.stderr.contains("`firstseen add`") {
                verified.with_code(0);
                half_done += usize::from(!export(&desk, &index).is_empty());
            }
        }
        if moment % 3 == 2 {
            desk.run(&add(&index, &[])).with_code(0);
            verify(&desk, &index).with_code(0);
            assert!(export(&desk, &index) == expected, "killed at {moment} and before");
        }
    }
    assert!(half_done > 0, "no kill came between the first commit and the last");
}

#[test]
fn an_index_whose_making_was_interrupted_is_made_by_the_next_run() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    for torn in [&[][..], &["catalogue.sqlite"]] {
        let _ = fs::remove_dir_all(desk.path(".firstseen"));
        fs::create_dir_all(desk.path(".firstseen/segments")).unwrap();
        for name in torn {
            desk.put(format!(".firstseen/{name}"), "");
        }
        let ended = desk.run(&["check", "a.bmp"]).with_code(2);
        assert!(ended.stderr.contains("`firstseen add`"), "{}", ended.stderr);
        desk.run(&["add", "a.bmp"]).with_code(0);
        desk.run(&["index", "verify"]).with_code(0);
    }
    // A catalogue that is lost is another matter: what lies beside it shows that it held something.
    fs::write(desk.path(".firstseen/catalogue.sqlite"), "").unwrap();
    desk.run(&["add", "a.bmp"]).with_code(2);
}

#[test]
fn an_interrupted_run_says_so_and_the_next_goes_on_from_there() {
    let desk = media();
    desk.run(&add("whole", &[])).with_code(0);
    let mut command = desk.command(&add("index", &["--format", "json", "--jobs", "1"]));
    let running = Running::start(&mut command);
    // The index is made after the program has begun to listen.
    wait_for(|| desk.path("index/lock").exists());
    running.signal(Signal::INT);
    let report = running.end().with_code(130).json();
    assert_eq!(report["summary"]["complete"], false);
    assert_eq!(report["summary"]["exit"]["code"], 130);
    assert_eq!(report["files"].as_array().unwrap().len() as u64, FILES, "every input is told");
    verify(&desk, "index").with_code(0);
    let states = &report["summary"]["states"];
    assert_eq!(states["ok"].as_u64().unwrap_or(0) + states["skipped"].as_u64().unwrap(), FILES);
    assert_eq!(report["index"]["assets"].as_u64(), states["ok"].as_u64().or(Some(0)));
    desk.run(&add("index", &[])).with_code(0);
    assert!(export(&desk, "index") == export(&desk, "whole"));
}

#[test]
fn an_interrupted_check_says_so() {
    let desk = media();
    desk.run(&["add", "media/000.bmp"]).with_code(0);
    let mut command = desk.command(&["check", "media", "--format", "jsonl", "--jobs", "1"]);
    let mut running = Running::start(&mut command);
    #[cfg(target_os = "linux")]
    running.worker();
    running.signal(Signal::TERM);
    let lines = running.end().with_code(130).json_lines();
    assert_eq!(lines.last().unwrap()["complete"], false);
    assert_eq!(lines.len() as u64, FILES + 2);
}

#[test]
fn a_second_writer_is_told_who_holds_the_index() {
    let desk = media();
    let first = Running::start(&mut desk.command(&add("index", &[])));
    wait_for(|| fs::read_to_string(desk.path("index/lock")).is_ok_and(|holder| !holder.is_empty()));
    first.signal(Signal::STOP);
    let holder = fs::read_to_string(desk.path("index/lock")).unwrap();
    let second = ["add", "media/000.bmp", "--index", "index", "--wait", "0"];
    let second = desk.run(&second).with_code(2);
    assert!(second.stderr.contains(holder.trim()), "{}", second.stderr);
    // Readers do not mind.
    desk.run(&["index", "stats", "--index", "index"]).with_code(0);
    first.signal(Signal::CONT);
    first.end().with_code(0);
    desk.run(&["add", "media/000.bmp", "--index", "index"]).with_code(0);
}

#[test]
fn damage_is_found_and_never_a_shorter_answer() {
    let desk = Desk::new();
    desk.sample("archive/frog-parade.mp4", "frog.mp4");
    desk.run(&["add", "frog.mp4"]).with_code(0);
    let segment = fs::read_dir(desk.path(".firstseen/segments")).unwrap().next().unwrap();
    let segment = segment.unwrap().path();
    let whole = fs::read(&segment).unwrap();
    for bytes in [flipped(&whole), whole[..whole.len() - 1].to_vec(), Vec::new()] {
        fs::write(&segment, bytes).unwrap();
        let told = desk.run(&["index", "verify"]).with_code(2).stdout;
        assert!(told.contains("`firstseen index verify --repair`"), "{told}");
    }
    fs::write(&segment, &whole).unwrap();
    desk.run(&["index", "verify"]).with_code(0);
    let catalogue = desk.path(".firstseen/catalogue.sqlite");
    fs::write(&catalogue, b"no database").unwrap();
    desk.run(&["check", "frog.mp4"]).with_code(2);
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[bytes.len() / 2] ^= 0x40;
    flipped
}

fn wait_for(mut met: impl FnMut() -> bool) {
    for _ in 0..20_000 {
        if met() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("it never came");
}
