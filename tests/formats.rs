//! A small index of each released format stays in `samples/index/`, and opens for ever.

use std::fs;
use std::path::Path;

use crate::program::{Desk, TOP};

/// Puts a folder of `samples/` here.
fn put_folder(desk: &Desk, sample: &str, name: &str) {
    for entry in fs::read_dir(Path::new(TOP).join("samples").join(sample)).unwrap() {
        let entry = entry.unwrap();
        let of = |folder: &str| format!("{folder}/{}", entry.file_name().to_str().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => put_folder(desk, &of(sample), &of(name)),
            false => drop(desk.sample(&of(sample), of(name))),
        }
    }
}

#[test]
fn an_index_of_each_released_format_opens_answers_and_can_be_written() {
    let mut versions = 0;
    for version in fs::read_dir(Path::new(TOP).join("samples/index")).unwrap() {
        let version = version.unwrap().file_name().into_string().unwrap();
        let desk = Desk::new();
        put_folder(&desk, &format!("index/{version}"), ".firstseen");
        desk.sample("incoming/bear-on-guard--480--q8.jpg", "query.jpg");
        desk.run(&["index", "verify"]).with_code(0);
        let report = desk.run(&["check", "query.jpg", "--format", "json"]).json();
        let file = &report["files"][0];
        assert_eq!(file["verdict"], "seen", "{version}");
        assert_eq!(file["first_known"]["text"], "2022-03-11", "{version}");
        let history = desk.run(&["history", "ec03db983bce"]).with_code(0).stdout;
        assert!(history.contains("toy bear") && history.contains("two toys"), "{history}");
        let stats = desk.run(&["index", "stats", "--format", "json"]).with_code(0).json();
        assert_eq!((&stats["index"]["assets"], &stats["index"]["claims"]), (&2.into(), &1.into()));
        // What was removed before stays so, and the index goes on.
        desk.sample("incoming/blueberries.jpg", "blueberries.jpg");
        desk.run(&["check", "blueberries.jpg"]).with_code(0);
        desk.run(&["add", "query.jpg"]).with_code(0);
        desk.run(&["index", "compact"]).with_code(0);
        desk.run(&["index", "verify"]).with_code(0);
        versions += 1;
    }
    assert!(versions > 0);
}
