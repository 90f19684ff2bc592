//! Which index and which settings hold: what is named, else what lies near, never what came with the media.

use std::fs;

use crate::made::picture;
use crate::program::{Desk, Ended, Running};

/// A folder `media` with one picture, and an index of it in `.firstseen`.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("media/a.bmp", picture(1));
    desk.run(&["add", "media"]).with_code(0);
    desk
}

fn run_in(desk: &Desk, folder: &str, arguments: &[&str]) -> Ended {
    Running::start(desk.command(arguments).current_dir(desk.path(folder))).end()
}

#[test]
fn add_makes_an_index_here_and_says_so() {
    let desk = Desk::new();
    desk.put("media/a.bmp", picture(1));
    let ended = desk.run(&["add", "media"]).with_code(0);
    assert!(ended.stderr.contains("made the index .firstseen"), "{}", ended.stderr);
    assert!(ended.stdout.contains("index .firstseen: 1 asset"), "{}", ended.stdout);
    assert!(desk.path(".firstseen").is_dir());
}

#[test]
fn the_nearest_index_above_is_used_and_named() {
    let desk = desk();
    fs::create_dir_all(desk.path("work/deep")).unwrap();
    let ended = run_in(&desk, "work/deep", &["check", "../../media/a.bmp"]).with_code(0);
    assert!(ended.stdout.contains("ALREADY IN THIS INDEX"), "{}", ended.stdout);
    assert!(ended.stdout.contains("/.firstseen: 1 asset"), "{}", ended.stdout);
}

#[test]
fn the_environment_names_an_index_and_an_option_outranks_it() {
    let desk = desk();
    fs::rename(desk.path(".firstseen"), desk.path("kept")).unwrap();
    desk.run(&["check", "media"]).with_code(2);
    let by_environment = |arguments: &[&str], index: &str| {
        Running::start(desk.command(arguments).env("FIRSTSEEN_INDEX", index)).end()
    };
    by_environment(&["check", "media"], "kept").with_code(0);
    by_environment(&["check", "media"], "nowhere").with_code(2);
    by_environment(&["check", "media", "--index", "kept"], "nowhere").with_code(0);
    // Empty is as good as not set.
    by_environment(&["check", "media"], "").with_code(2);
}

#[test]
fn the_folder_that_holds_an_index_may_be_named_for_it() {
    let desk = desk();
    fs::create_dir(desk.path("elsewhere")).unwrap();
    run_in(&desk, "elsewhere", &["check", "../media", "--index", ".."]).with_code(0);
}

#[test]
fn an_index_that_came_with_the_media_is_used_only_when_it_is_named() {
    let desk = desk();
    for path in [".", "../media"] {
        // Both hold `.firstseen` as seen from within.
        let folder = if path == "." { "." } else { "media" };
        if path != "." {
            fs::rename(desk.path(".firstseen"), desk.path("media/.firstseen")).unwrap();
        }
        let ended = run_in(&desk, folder, &["check", path]).with_code(2);
        assert!(
            ended.stderr.contains("lies inside") && ended.stderr.contains("--index"),
            "{}",
            ended.stderr
        );
        run_in(&desk, folder, &["check", path, "--index", ".firstseen"]).with_code(0);
    }
}

#[test]
fn settings_are_long_option_names_and_the_command_line_outranks_them() {
    let desk = desk();
    desk.put(
        "firstseen.toml",
        "format = \"json\"\njobs = 1\nquiet = true\nlimit = [\"memory=900M\", \"text=4K\"]\n",
    );
    let report = desk.run(&["check", "media"]).with_code(0).json();
    assert_eq!(report["run"]["settings"]["limit-memory"], "900M");
    assert_eq!(report["run"]["settings"]["limit-text"], "4K");
    let ended = desk.run(&["check", "media", "--format", "text"]).with_code(0);
    assert!(ended.stdout.contains("ALREADY IN THIS INDEX"), "{}", ended.stdout);
}

#[test]
fn a_setting_of_another_command_is_no_mistake() {
    let desk = desk();
    desk.put("firstseen.toml", "older-than = \"90\"\nfail-on = \"any\"\n");
    desk.run(&["index", "stats"]).with_code(0);
    let report = desk.run(&["check", "media", "--format", "json"]).json();
    assert_eq!(report["run"]["settings"]["older-than"], "90");
    assert_eq!(report["summary"]["exit"]["fail_on"], "any");
}

#[test]
fn mistakes_in_settings_name_the_file_and_the_key() {
    let desk = desk();
    let mistakes = [
        ("colour = \"never\"\n", "colour"),
        ("quiet = \"yes\"\n", "quiet"),
        ("format = true\n", "format"),
        ("jobs = [true]\n", "jobs"),
        ("jobs = \n", "no TOML"),
    ];
    for (text, told) in mistakes {
        desk.put("firstseen.toml", text);
        let ended = desk.run(&["check", "media"]).with_code(2);
        assert!(
            ended.stderr.contains("firstseen.toml") && ended.stderr.contains(told),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn a_named_settings_file_is_read_instead_and_must_be_there() {
    let desk = desk();
    desk.put("firstseen.toml", "colour = 1\n");
    desk.put("mine.toml", "format = \"jsonl\"\n");
    for named in [&["--config", "mine.toml"][..], &["--config=mine.toml"]] {
        let ended = desk.run(&[&["check", "media"], named].concat()).with_code(0);
        assert_eq!(ended.json_lines().len(), 3);
    }
    let ended = desk.run(&["check", "media", "--config", "nowhere.toml"]).with_code(2);
    assert!(ended.stderr.contains("nowhere.toml"), "{}", ended.stderr);
}

#[test]
fn settings_that_came_with_the_media_are_not_read() {
    let desk = desk();
    desk.put("media/firstseen.toml", "fail-on = \"place-conflict\"\n");
    fs::create_dir(desk.path("media/deep")).unwrap();
    let index = desk.path(".firstseen");
    for (folder, path) in [("media", "."), ("media/deep", "..")] {
        let arguments = ["check", path, "--index", index.to_str().unwrap(), "--format", "json"];
        let report = run_in(&desk, folder, &arguments).with_code(0).json();
        assert_eq!(report["summary"]["exit"]["fail_on"], "conflict:strong,recycled,fixity-changed");
    }
}

#[test]
fn what_looks_at_no_file_says_its_lines_in_a_report_too() {
    let desk = desk();
    for (command, line) in [
        (&["doctor"][..], "network   none"),
        (&["index", "verify"], "every checksum and reference is right"),
        (&["index", "remove", "--source", "x"], "removed 0 assets"),
    ] {
        let told = desk.run(command).with_code(0).stdout;
        assert!(told.contains(line), "{told}");
        let report = desk.run(&[command, &["--format", "json"]].concat()).with_code(0).json();
        let notes = report["summary"]["notes"].as_array().unwrap();
        assert!(notes.iter().any(|note| note.as_str().unwrap().contains(line)), "{report:#}");
        assert_eq!(report["summary"]["exit"]["code"], 0);
    }
}

#[test]
fn a_case_that_holds_nothing_is_named() {
    let desk = desk();
    desk.put("query.bmp", picture(2));
    let told = desk.run(&["check", "query.bmp", "--in-case", "nosuch"]).with_code(3).stdout;
    let why = "exit 3: no asset of the index counts: none in it is of case \"nosuch\"";
    assert!(told.lines().any(|line| line == why), "{told}");
}
