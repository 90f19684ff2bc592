//! No text of ours pronounces a verdict on footage.

use crate::contract::COMMANDS;
use crate::program::Desk;
use crate::samples::{Archive, rows};

/// Words that would be one.
const VERDICTS: [&str; 5] = ["fake", "false", "authentic", "original", "real"];

#[test]
fn no_answer_on_the_samples_says_what_nobody_can_know() {
    let archive = Archive::new();
    for row in rows() {
        check(&archive.check(&row, &["--details", "--all-candidates"]).stdout);
    }
    let (copy, clip) =
        ("samples/incoming/frog-parade--crf34.mp4", "samples/archive/frog-parade.mp4");
    let more: [&[&str]; 4] = [
        &["check", "samples/incoming"],
        &["inspect", "samples/incoming", "--codes"],
        &["compare", copy, clip, "--explain"],
        &["index", "stats"],
    ];
    for arguments in more {
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        check(&archive.run(&arguments).stdout);
    }
}

#[test]
fn no_help_does_either() {
    let desk = Desk::new();
    for command in COMMANDS {
        check(&desk.run(&[command, &["--help"]].concat()).with_code(0).stdout);
    }
    check(&desk.run(&["man"]).with_code(0).stdout);
}

#[track_caller]
fn check(printed: &str) {
    assert!(!printed.is_empty());
    // A field of the JSON report, which is told to those who read it by a program.
    let printed = printed.replace("complete: false", "");
    for word in printed.split(|c: char| !c.is_alphanumeric() && c != '_') {
        assert!(!VERDICTS.contains(&word.to_lowercase().as_str()), "{word:?} in:\n{printed}");
    }
}
