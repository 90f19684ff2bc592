//! A reader that dies, hangs or takes too much costs its file, and is named.

#![cfg(target_os = "linux")]

use std::time::Duration;

use rustix::process::{Signal, kill_process};
use serde_json::Value;

use crate::made::picture;
use crate::program::{Desk, Running, file};

/// A folder with a clip, `a.mp4`, before two pictures.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.sample("archive/frog-parade.mp4", "media/a.mp4");
    desk.put("media/b.bmp", picture(1));
    desk.put("media/c.bmp", picture(2));
    desk
}

const ADD: [&str; 6] = ["add", "media", "--jobs", "1", "--format", "json"];

fn why(report: &Value, path: &str) -> String {
    file(report, path)["gaps"][0]["why"].as_str().unwrap().to_owned()
}

#[test]
fn a_reader_that_dies_costs_one_file_and_the_next_run_makes_up_for_it() {
    let desk = desk();
    let mut running = Running::start(&mut desk.command(&ADD));
    kill_process(running.worker(), Signal::KILL).unwrap();
    let report = running.end().with_code(3).json();
    assert_eq!(file(&report, "media/a.mp4")["state"], "crashed");
    assert!(why(&report, "media/a.mp4").contains("signal 9"), "{report:#}");
    assert_eq!(file(&report, "media/b.bmp")["state"], "ok");
    assert_eq!(file(&report, "media/c.bmp")["state"], "ok");
    assert_eq!(report["index"]["assets"], 2);
    let again = desk.run(&ADD).with_code(0).json();
    assert_eq!(file(&again, "media/a.mp4")["state"], "ok");
    assert_eq!(again["index"]["assets"], 3);
}

#[test]
fn a_reader_that_hangs_is_ended() {
    let desk = desk();
    let arguments = [&ADD[..], &["--limit", "time=1s"]].concat();
    let mut running = Running::start(&mut desk.command(&arguments));
    kill_process(running.worker(), Signal::STOP).unwrap();
    let report = running.end().with_code(3).json();
    assert_eq!(file(&report, "media/a.mp4")["state"], "over-limit");
    assert!(why(&report, "media/a.mp4").contains("limit time"), "{report:#}");
    assert_eq!(report["summary"]["states"]["ok"], 2);
}

#[test]
fn no_reader_outlives_the_program() {
    let desk = desk();
    let mut running = Running::start(&mut desk.command(&ADD));
    let worker = running.worker();
    running.signal(Signal::KILL);
    assert_eq!(running.end().code, None);
    let gone = || kill_process(worker, Signal::CONT).is_err();
    let looks = (0..500).find(|_| {
        std::thread::sleep(Duration::from_millis(10));
        gone()
    });
    assert!(looks.is_some(), "a worker is still there");
}

#[test]
fn memory_beyond_its_limit_ends_the_reader() {
    let desk = Desk::new();
    let clip = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=3840x2160:rate=25:duration=2",
        "-c:v",
        "mpeg4",
        "clip.mp4",
    ];
    desk.ffmpeg(&clip);
    desk.put("good.bmp", picture(1));
    let limited = ["add", "clip.mp4", "good.bmp", "--format", "json", "--limit", "memory=40M"];
    let report = desk.run(&limited).with_code(3).json();
    assert_eq!(file(&report, "clip.mp4")["state"], "over-limit");
    assert!(why(&report, "clip.mp4").contains("40 MiB of memory (limit memory)"), "{report:#}");
    assert_eq!(file(&report, "good.bmp")["state"], "ok");
}

#[test]
fn cpu_time_beyond_its_limit_ends_the_reader() {
    let desk = Desk::new();
    // Frames that hold nothing, but each of them a whole canvas: they take longer than the second allowed here.
    let frames = "color=gray:size=1280x720:rate=25:duration=40";
    desk.ffmpeg(&["-f", "lavfi", "-i", frames, "slow.gif"]);
    let limited = ["inspect", "slow.gif", "--codes", "--format", "json", "--limit", "cpu=1s"];
    let report = desk.run(&limited).with_code(3).json();
    assert_eq!(file(&report, "slow.gif")["state"], "over-limit");
    assert!(why(&report, "slow.gif").contains("limit cpu"), "{report:#}");
}

#[test]
fn limits_on_what_is_read_are_named_too() {
    let desk = desk();
    // 160x120 and 540x360 pixels: one more than each limit allows.
    for (limit, path) in [
        ("file-size=1K", "media/b.bmp"),
        ("still-pixels=19199", "media/b.bmp"),
        ("frame-pixels=194399", "media/a.mp4"),
    ] {
        let report =
            desk.run(&["inspect", path, "--format", "json", "--limit", limit]).with_code(3).json();
        assert_eq!(file(&report, path)["state"], "over-limit", "{limit}");
        let (name, _) = limit.split_once('=').unwrap();
        assert!(why(&report, path).contains(name), "{limit}: {report:#}");
    }
}
