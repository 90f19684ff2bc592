//! How counts and lists of names read.

use std::path::Path;

/// A count with its noun, which takes an `s`.
pub(crate) fn counted(number: u64, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// How many of all files, up to what they have.
pub(crate) fn of_files(some: usize, files: usize) -> String {
    let have = if some == 1 { "has" } else { "have" };
    format!("{some} of {} {have}", counted(files as u64, "file"))
}

/// A file's name without its folder.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The first few names, or all of them.
pub(super) fn listed(names: &[String], verbose: bool) -> String {
    let shown = if verbose { names.len() } else { names.len().min(3) };
    let rest = if names.len() > shown { ", ..." } else { "" };
    format!("{}{rest}", names[..shown].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        let told = [0_u64, 1, 2].map(|number| counted(number, "record"));
        assert_eq!(told, ["0 records", "1 record", "2 records"]);
        assert_eq!(
            (of_files(1, 1), of_files(2, 3)),
            ("1 of 1 file has".into(), "2 of 3 files have".into())
        );
    }

    #[test]
    fn a_few_names_stand_for_many() {
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(
            (listed(&names, false), listed(&names, true)),
            ("a, b, c, ...".into(), "a, b, c, d".into())
        );
    }
}
