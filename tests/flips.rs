//! Bits that flip in the files of an index: each is found or does no harm, and no answer changes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::made::picture;
use crate::program::Desk;

/// Flips in each kind of file; the index's own tests, which start no program, make many more.
const FLIPS: u64 = 24;

const SHELF: &str = "shelf";

/// What is asked after each flip: of a picture that is known, of a changed copy of one, and of one that is not known.
const CHECK: &[&str] = &[
    "check",
    "old/0.bmp",
    "changed.bmp",
    "unknown.bmp",
    "--index",
    SHELF,
    "--jobs",
    "1",
    "--format",
    "json",
];

fn desk() -> Desk {
    let desk = Desk::in_memory();
    for seed in 0..6 {
        desk.put(format!("old/{seed}.bmp"), picture(seed));
    }
    let mut changed = picture(1);
    for grey in &mut changed[54..] {
        *grey = *grey / 2 + 40;
    }
    desk.put("changed.bmp", changed);
    desk.put("unknown.bmp", picture(100));
    desk.sample("archive/frog-parade.mp4", "old/frog.mp4");
    desk.run(&["add", "old", "--source", "example", "--posted", "2022", "--index", SHELF])
        .with_code(0);
    desk
}

/// The files of the index, by kind: their name, or that of the folder that they lie in.
fn kinds(desk: &Desk) -> BTreeMap<String, Vec<PathBuf>> {
    fn walk(folder: &Path, kind: Option<&str>, kinds: &mut BTreeMap<String, Vec<PathBuf>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let kind = kind.unwrap_or(&name);
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), Some(kind), kinds);
            } else {
                kinds.entry(kind.to_owned()).or_default().push(entry.path());
            }
        }
    }
    let mut kinds = BTreeMap::new();
    walk(&desk.path(SHELF), None, &mut kinds);
    kinds
}

/// Flips bits in the files of the kinds that `wanted` takes, one at a time.
#[track_caller]
fn flip(flips: u64, wanted: fn(&str) -> bool) {
    let desk = desk();
    let expected = desk.run(CHECK).with_code(0).stdout;
    let export = || desk.run(&["index", "export", "--level", "all", "--index", SHELF]);
    let whole = export().with_code(0).stdout;
    let kinds: Vec<_> = kinds(&desk).into_iter().filter(|(kind, _)| wanted(kind)).collect();
    assert!(!kinds.is_empty(), "no file of this kind");
    for (kind, files) in kinds {
        for number in 0..flips {
            let file = &files[number as usize % files.len()];
            let bytes = fs::read(file).unwrap();
            if bytes.is_empty() {
                continue;
            }
            // Spread by a multiplicative hash: the same places in every run.
            let place = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8;
            let (at, bit) = ((place >> 3) as usize % bytes.len(), place % 8);
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            fs::write(file, &flipped).unwrap();
            let what = format!("bit {bit} of byte {at} of {kind}");
            let check = desk.run(CHECK);
            let told = format!("{what}: {:?}\n{}", check.code, check.stderr);
            assert!(!check.stderr.contains("panicked"), "{told}");
            if check.code == Some(0) {
                assert!(check.stdout == expected, "{what} changes an answer:\n{}", check.stdout);
            } else {
                assert_eq!(check.code, Some(2), "{told}");
                let way_out = check.stderr.contains("`firstseen ")
                    || check.stderr.contains("--index")
                    || check.stderr.contains("newer firstseen");
                assert!(check.stderr.contains(SHELF) && way_out, "{told}");
            }
            let verify = desk.run(&["index", "verify", "--index", SHELF]);
            let told = format!("{what}: {:?}\n{}{}", verify.code, verify.stdout, verify.stderr);
            assert!(!verify.stderr.contains("panicked"), "{told}");
            if verify.code == Some(0) {
                assert_eq!(check.code, Some(0), "{told}: an error that verify does not find");
                assert!(export().stdout == whole, "{told}: found by nobody, and not harmless");
            } else {
                assert_eq!(verify.code, Some(2), "{told}");
            }
            fs::write(file, &bytes).unwrap();
        }
    }
    assert_eq!(desk.run(CHECK).with_code(0).stdout, expected);
}

#[test]
fn a_flipped_bit_in_the_catalogue_changes_no_answer() {
    flip(FLIPS, |kind| kind == "catalogue.sqlite");
}

#[test]
fn a_flipped_bit_in_a_fingerprint_changes_no_answer() {
    flip(FLIPS, |kind| kind == "segments" || kind == "spool");
}

#[test]
fn a_flipped_bit_beside_the_index_changes_no_answer() {
    flip(FLIPS / 4, |kind| !["catalogue.sqlite", "segments", "spool"].contains(&kind));
}
