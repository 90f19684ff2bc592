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
        check(&archive.check(&row, &[]).stdout);
        check(&archive.check(&row, &["--details", "--all-candidates"]).stdout);
        let query = row.file;
        for command in [&["inspect"][..], &["inspect", "--codes"]] {
            let mut arguments: Vec<String> = command.iter().map(|&word| word.to_owned()).collect();
            arguments.push(query.clone());
            check(&archive.run(&arguments).stdout);
        }
    }
    let incoming = ["check", "samples/incoming", "--details"].map(str::to_owned);
    check(&archive.run(&incoming).stdout);
    let compared =
        ["samples/incoming/frog-parade--crf34.mp4", "samples/archive/frog-parade.mp4", "--explain"];
    let compared = [&["compare"][..], &compared].concat();
    check(&archive.run(&compared.into_iter().map(str::to_owned).collect::<Vec<_>>()).stdout);
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
