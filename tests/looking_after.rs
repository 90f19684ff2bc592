//! Looking after the folder of an index: compacting, merging, repairing, and asking it as it was.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::made::picture;
use crate::program::Desk;

/// Two folders, each with media and an index of its own: pictures 0 to 2 in `one`, 2 to 4 in `two`.
fn desk() -> Desk {
    let desk = Desk::new();
    for seed in 0..5 {
        for (folder, seeds) in [("one", 0..3), ("two", 2..5)] {
            if seeds.contains(&seed) {
                desk.put(format!("{folder}/{seed}.bmp"), picture(seed));
            }
        }
    }
    desk.run(&["add", "one", "--index", "one/.firstseen", "--source", "a"]).with_code(0);
    let said = ["--source", "b", "--posted", "2022-03-11", "--event-date", "2022"];
    desk.run(&[&["add", "two", "--index", "two/.firstseen"], &said[..]].concat()).with_code(0);
    let note = ["note", "two/4.bmp", "--index", "two", "--label", "drill", "--by", "kd"];
    desk.run(&[&note[..], &["--basis", "seen it"]].concat()).with_code(0);
    desk
}

fn export(desk: &Desk, index: &str) -> String {
    desk.run(&["index", "export", "--level", "all", "--index", index]).with_code(0).stdout
}

fn verify(desk: &Desk, index: &str) {
    desk.run(&["index", "verify", "--index", index]).with_code(0);
}

fn check(desk: &Desk, path: &str, more: &[&str]) -> Value {
    desk.run(&[&["check", path, "--format", "json"], more].concat()).with_code(0).json()
}

fn segments(desk: &Desk, index: &str) -> BTreeSet<PathBuf> {
    let files = fs::read_dir(desk.path(index).join("segments")).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

/// A picture that shows the same as that of `seed`, in other bytes.
fn copy_of(desk: &Desk, seed: u64) -> String {
    let name = format!("copy-{seed}.bmp");
    desk.put(&name, [picture(seed), b"\0".to_vec()].concat());
    name
}

#[test]
fn compacting_changes_no_answer() {
    let desk = Desk::new();
    for seed in 0..4 {
        let name = format!("{seed}.bmp");
        desk.put(&name, picture(seed));
        desk.run(&["add", &name, "--posted", "2022-03-11"]).with_code(0);
    }
    let copy = copy_of(&desk, 1);
    desk.run(&["index", "remove", "--path", "3.bmp"]).with_code(0);
    let told = desk.run(&["index", "stats"]).with_code(0).stdout;
    assert!(told.contains("until `firstseen index compact`: 1\n"), "{told}");
    let bytes = |report: &mut Value| report["index"]["bytes"].take().as_u64().unwrap();
    let (exported, mut before) = (export(&desk, ".firstseen"), check(&desk, &copy, &[]));
    let told = desk.run(&["index", "compact"]).with_code(0).stdout;
    assert!(told.contains("before: 4 segments") && told.contains("now:    1 segment"), "{told}");
    assert_eq!(segments(&desk, ".firstseen").len(), 1);
    let mut after = check(&desk, &copy, &[]);
    assert!(bytes(&mut after) < bytes(&mut before));
    assert!(before == after, "{before:#}\n{after:#}");
    assert_eq!(export(&desk, ".firstseen"), exported);
    verify(&desk, ".firstseen");
    let told = desk.run(&["index", "stats"]).with_code(0).stdout;
    assert!(told.contains("nothing waits for `firstseen index compact`"), "{told}");
}

#[test]
fn merging_is_as_if_all_had_been_added_to_one() {
    let desk = desk();
    let said = ["--source", "b", "--posted", "2022-03-11", "--event-date", "2022"];
    let note = ["--label", "drill", "--by", "kd", "--basis", "seen it"];
    for here in ["one", "two"] {
        let all = format!("{here}/all");
        desk.run(&["add", "one", "--index", &all, "--source", "a"]).with_code(0);
        desk.run(&[&["add", "two", "--index", &all], &said[..]].concat()).with_code(0);
        desk.run(&[&["note", "two/4.bmp", "--index", &all], &note[..]].concat()).with_code(0);
        // Each from what it was, not from what the other has become.
        let (mine, other) = (format!("{here}/merged"), if here == "one" { "two" } else { "one" });
        desk.run(&["index", "merge", here, "--index", &mine]).with_code(0);
        desk.run(&["index", "merge", other, "--index", &mine]).with_code(0);
        assert!(export(&desk, &mine) == export(&desk, &all), "{here}");
        verify(&desk, &mine);
        let again = desk.run(&["index", "merge", other, "--index", &mine]).with_code(0).stdout;
        assert!(again.contains("took 0 assets, 0 sightings, 0 claims, 0 statements"), "{again}");
    }
    let told = desk.run(&["index", "merge", "two", "--index", "one"]).with_code(0).stdout;
    assert!(told.contains("two: took 2 assets, 3 sightings, 3 claims, 1 statement"), "{told}");
    // The media are not needed, and known by the paths that lead there.
    let copy = copy_of(&desk, 3);
    let found = check(&desk, &copy, &["--index", "one"])["files"][0]["matches"][0].take();
    assert_eq!(found["reference"]["path"], "../two/3.bmp");
    fs::remove_dir_all(desk.path("two")).unwrap();
    let found = check(&desk, &copy, &["--index", "one"])["files"][0].take();
    assert_eq!(found["verdict"], "seen");
}

#[test]
fn what_was_removed_stays_so_through_merging_and_compacting() {
    let desk = desk();
    desk.run(&["index", "remove", "--path", "one/2.bmp", "--index", "one"]).with_code(0);
    let merge = || desk.run(&["index", "merge", "two", "--index", "one"]).with_code(0).stdout;
    let told = merge();
    assert!(told.contains("1 thing was removed from this index and stays so"), "{told}");
    desk.run(&["index", "compact", "--index", "one"]).with_code(0);
    merge();
    verify(&desk, "one");
    let verdict =
        |index: &str| check(&desk, "two/2.bmp", &["--index", index])["files"][0]["verdict"].take();
    assert_eq!(verdict("one"), "not-in-index");
    // Nobody removed it from the other one: it is told, with the way to do so.
    let told = desk.run(&["index", "merge", "one", "--index", "two"]).with_code(0).stdout;
    assert!(told.contains("was removed there and is kept here"), "{told}");
    assert_eq!(verdict("two"), "already-in-index");
    let (_, command) = told.split_once("`firstseen ").unwrap();
    let command: Vec<_> = command.split('`').next().unwrap().split(' ').collect();
    desk.run(&[&command[..], &["--index", "two"]].concat()).with_code(0);
    assert_eq!(verdict("two"), "not-in-index");
}

#[test]
fn only_another_index_can_be_merged() {
    let desk = desk();
    desk.put("no-index/2.bmp", picture(2));
    let before = export(&desk, "one");
    fs::create_dir_all(desk.path("twin/segments")).unwrap();
    let held = segments(&desk, "one/.firstseen");
    let held = held.iter().map(|file| format!("segments/{}", file.file_name().unwrap().display()));
    for name in held.chain(["catalogue.sqlite".to_owned()]) {
        fs::copy(desk.path("one/.firstseen").join(&name), desk.path("twin").join(&name)).unwrap();
    }
    let torn = segments(&desk, "two/.firstseen").into_iter().next().unwrap();
    fs::remove_file(torn).unwrap();
    for (other, told) in [
        ("one", "into itself"),
        ("one/.firstseen", "into itself"),
        ("twin", "it is a copy of one"),
        ("no-index", "no index at no-index"),
        ("nowhere", "no index at nowhere"),
        ("two", "is damaged"),
    ] {
        let ended = desk.run(&["index", "merge", other, "--index", "one"]).with_code(2);
        assert!(ended.stderr.contains(told), "{other}: {}", ended.stderr);
    }
    assert_eq!(export(&desk, "one"), before);
    desk.run(&["index", "merge", "two", "--index", "new"]).with_code(2);
    assert!(!desk.path("new").exists(), "nothing is made where there is nothing to take");
}

#[test]
fn a_repair_names_what_was_lost_and_keeps_the_rest() {
    for damage in [flip, cut, take_away] {
        let desk = Desk::new();
        let copies = [0, 1, 2].map(|seed| copy_of(&desk, seed));
        let mut file = PathBuf::new();
        for seed in 0..3 {
            let name = format!("{seed}.bmp");
            let before = if seed == 0 { BTreeSet::new() } else { segments(&desk, ".firstseen") };
            desk.put(&name, picture(seed));
            desk.run(&["add", &name]).with_code(0);
            if seed == 1 {
                file = segments(&desk, ".firstseen").difference(&before).next().unwrap().clone();
            }
        }
        let exported = export(&desk, ".firstseen");
        damage(&file);
        let ended = desk.run(&["index", "verify"]).with_code(2);
        assert!(ended.stdout.contains("`firstseen index verify --repair`"), "{}", ended.stdout);
        // What cannot be looked at is no answer that is shorter.
        let ended = desk.run(&["check", &copies[0]]).with_code(2);
        assert!(ended.stderr.contains("`firstseen index verify`"), "{}", ended.stderr);
        let told = desk.run(&["index", "verify", "--repair"]).with_code(0).stdout;
        assert!(told.contains("lay at 1.bmp; `firstseen add 1.bmp` brings it back"), "{told}");
        assert!(!told.contains("add 0.bmp") && !told.contains("add 2.bmp"), "{told}");
        verify(&desk, ".firstseen");
        let verdict = |copy: &str| check(&desk, copy, &[])["files"][0]["verdict"].take();
        assert_eq!([verdict(&copies[0]), verdict(&copies[2])], ["seen", "seen"]);
        let silent = check(&desk, &copies[1], &[])["files"][0].take();
        assert_eq!(silent["verdict"], "not-in-index");
        assert!(silent["gaps"].to_string().contains("1 without a fingerprint"), "{silent:#}");
        desk.run(&["add", "1.bmp"]).with_code(0);
        assert_eq!(verdict(&copies[1]), "seen");
        assert!(export(&desk, ".firstseen") == exported);
        verify(&desk, ".firstseen");
    }
}

#[test]
fn of_a_long_file_no_more_is_lost_than_was_damaged() {
    let desk = Desk::new();
    desk.sample("archive/frog-parade.mp4", "frog.mp4");
    desk.run(&["add", "frog.mp4"]).with_code(0);
    let features = || {
        let told = desk.run(&["index", "stats"]).with_code(0).stdout;
        let (before, _) = told.split_once(" local features\n").unwrap();
        before.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let whole = features();
    let file = segments(&desk, ".firstseen").into_iter().next().unwrap();
    flip(&file);
    let told = desk.run(&["index", "verify", "--repair"]).with_code(0).stdout;
    let left = features();
    assert!(left > 0 && left < whole, "{left} of {whole}");
    assert!(told.contains(&format!("lost {} of {whole} local features", whole - left)), "{told}");
    desk.run(&["add", "frog.mp4"]).with_code(0);
    assert_eq!(features(), whole);
    verify(&desk, ".firstseen");
    let told = desk.run(&["add", "frog.mp4"]).with_code(0).stdout;
    assert!(told.contains("1 known (1 of them unchanged)"), "{told}");
}

fn flip(file: &PathBuf) {
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(file, bytes).unwrap();
}

fn cut(file: &PathBuf) {
    let bytes = fs::read(file).unwrap();
    fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
}

fn take_away(file: &PathBuf) {
    fs::remove_file(file).unwrap();
}

#[test]
fn an_index_answers_as_it_was_until_something_of_that_is_removed() {
    let desk = Desk::new();
    for seed in 0..3 {
        desk.put(format!("{seed}.bmp"), picture(seed));
    }
    let copy = copy_of(&desk, 0);
    desk.run(&["add", "0.bmp", "--posted", "2022-03-11"]).with_code(0);
    let mut before = check(&desk, &copy, &[]);
    let snapshot = before["index"]["snapshot"].as_str().unwrap().to_owned();
    let twin = desk.path("twin.bmp");
    fs::copy(desk.path(&copy), twin).unwrap();
    desk.run(&["add", "1.bmp", "--posted", "2014"]).with_code(0);
    desk.run(&["add", "0.bmp", "twin.bmp", "--posted", "2013", "--source", "late"]).with_code(0);
    assert_ne!(check(&desk, &copy, &[])["files"], before["files"]);
    let mut then = check(&desk, &copy, &["--at", &snapshot]);
    // How large it is, it is now.
    (before["index"]["bytes"], then["index"]["bytes"]) = (Value::Null, Value::Null);
    assert!(then == before, "{then:#}\n{before:#}");
    desk.run(&["index", "remove", "--path", "1.bmp"]).with_code(0);
    assert_eq!(check(&desk, &copy, &["--at", &snapshot])["files"], before["files"]);
    desk.run(&["index", "remove", "--path", "0.bmp"]).with_code(0);
    let ended = desk.run(&["check", &copy, "--at", &snapshot]).with_code(2);
    assert!(ended.stderr.contains("was removed or replaced since"), "{}", ended.stderr);
    for (at, told) in [
        ("yesterday", "names no snapshot"),
        ("00000000-1-00000000000000000000000000000000", "of another index"),
    ] {
        let ended = desk.run(&["check", &copy, "--at", at]).with_code(2);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
    desk.run(&["check", &copy, "--at", &snapshot, "--remember"]).with_code(2);
}

#[test]
fn stats_tell_what_is_held_and_what_it_takes() {
    let desk = desk();
    desk.sample("archive/frog-parade.mp4", "two/frog.mp4");
    desk.sample("archive/frog-parade.info.json", "two/frog.info.json");
    let add = ["add", "two/frog.mp4", "--index", "two", "--profile", "triage"];
    desk.run(&add).with_code(0);
    desk.run(&["index", "remove", "--path", "two/3.bmp", "--index", "two"]).with_code(0);
    let told = desk.run(&["index", "stats", "--index", "two"]).with_code(0).stdout;
    insta::assert_snapshot!("index-stats", without_sizes(&told));
}

/// Sizes depend on versions of what compresses and stores.
fn without_sizes(told: &str) -> String {
    let units = ["B", "kB", "MB"];
    let lines = told.lines().map(|line| {
        let words: Vec<_> = line.split(' ').collect();
        let is_size = |at: usize| {
            words.get(at + 1).is_some_and(|unit| units.contains(unit))
                && words[at].starts_with(|c: char| c.is_ascii_digit())
        };
        let words = (0..words.len())
            .filter(|at| *at == 0 || !is_size(at - 1))
            .map(|at| if is_size(at) { "[size]" } else { words[at] });
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ") + "\n"
    });
    lines.collect()
}
