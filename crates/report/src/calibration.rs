//! What `calibrate` counted: how many edited copies were found, and how often something else was.

use std::collections::BTreeMap;
use std::io::{self, Write};

use firstseen_model::Part;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{escape, words};

/// What its JSON says of itself.
const SCHEMA: &str = "firstseen.calibration/1";

/// Most remarks that are told to a person.
const REMARKS: usize = 20;

/// How well edited copies of somebody's own pictures were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    schema: String,
    /// When it was counted.
    pub at: Timestamp,
    /// Version of the program.
    pub version: String,
    /// Versions of the algorithms by name. It says nothing of others.
    pub algorithms: BTreeMap<String, u32>,
    /// Pictures that were references.
    pub references: u64,
    /// Pictures that were not.
    pub others: u64,
    /// Counts of each edit.
    pub edits: Vec<EditCount>,
    /// Made pictures that resemble much and are copies of nothing: how many were looked up.
    pub made: u64,
    /// How many of these were matched with a reference.
    pub made_wrong: u64,
}

/// Counts of one edit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditCount {
    /// Its name.
    pub name: String,
    /// What it asks of whoever wants to find the copy.
    pub group: String,
    /// Edited copies of references that were looked up.
    pub copies: u64,
    /// How many of these were found: the right reference was named, with any grade.
    pub found: u64,
    /// How many were held to be the same footage.
    pub same: u64,
    /// How many were held to be the same footage as another reference.
    pub wrong: u64,
    /// Of those held the same, how many have a part or a place to be told.
    pub boxes: u64,
    /// How many boxes were told within 3 % of the side.
    pub boxes_right: u64,
    /// Edited copies of pictures that are no reference.
    pub others: u64,
    /// How many of these were held to be the same footage as a reference.
    pub others_wrong: u64,
    /// Copies of which nothing could be read.
    pub not_read: u64,
}

impl EditCount {
    /// Adds the counts of `more`.
    pub fn add(&mut self, more: &Self) {
        self.copies += more.copies;
        self.found += more.found;
        self.same += more.same;
        self.wrong += more.wrong;
        self.boxes += more.boxes;
        self.boxes_right += more.boxes_right;
        self.others += more.others;
        self.others_wrong += more.others_wrong;
        self.not_read += more.not_read;
    }
}

/// What a calibration says of any match.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibrated {
    /// When it was counted.
    pub at: Timestamp,
    /// Pictures that were looked up.
    pub queries: u64,
    /// How many of these were matched with something else than they came from.
    pub wrong: u64,
    /// Pictures that they were held against.
    pub references: u64,
}

impl Calibrated {
    /// The greatest share of queries with a wrong match that agrees with the counts, at 95 %.
    #[must_use]
    pub fn rate(&self) -> f64 {
        bound(self.wrong, self.queries)
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let wrong = match self.wrong {
            0 => "no wrong match".to_owned(),
            some => words::counted(some as usize, "wrong match", "wrong matches"),
        };
        let queries = words::counted(self.queries as usize, "query", "queries");
        let references = words::counted(self.references as usize, "picture", "pictures");
        format!(
            "calibrated {}: {wrong} among {queries} against {references}, so at most {:.2} % (95 % bound)",
            words::day(self.at),
            100.0 * self.rate()
        )
    }
}

impl Calibration {
    /// One that has counted nothing yet.
    #[must_use]
    pub fn new(at: Timestamp, version: String, algorithms: BTreeMap<String, u32>) -> Self {
        let schema = SCHEMA.to_owned();
        let (references, others, made, made_wrong) = (0, 0, 0, 0);
        let edits = Vec::new();
        Self { schema, at, version, algorithms, references, others, edits, made, made_wrong }
    }

    /// One that was written by [`Calibration::json`]; `None` for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|read: &Self| read.schema == SCHEMA)
    }

    /// As JSON.
    ///
    /// # Errors
    ///
    /// Where `out` cannot be written to.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        crate::json_line(self, out)
    }

    /// What it says of any match.
    #[must_use]
    pub fn says(&self) -> Calibrated {
        let all = self.total();
        Calibrated {
            at: self.at,
            queries: all.copies + all.others + self.made,
            wrong: all.wrong + all.others_wrong + self.made_wrong,
            references: self.references,
        }
    }

    /// All edits together.
    #[must_use]
    pub fn total(&self) -> EditCount {
        let mut total = EditCount { name: "all".to_owned(), ..EditCount::default() };
        self.edits.iter().for_each(|edit| total.add(edit));
        total
    }

    /// For people: a line an edit, and what it comes to. `remarks` may hold text from outside.
    ///
    /// # Errors
    ///
    /// Where `out` cannot be written to.
    pub fn text(&self, remarks: &[String], out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{:<14} {:<10} {:>7} {:>9} {:>9} {:>6} {:>9} {:>9} {:>6}",
            "edit", "group", "copies", "found", "same", "wrong", "boxes", "others", "wrong"
        )?;
        for edit in self.edits.iter().chain([&self.total()]) {
            writeln!(
                out,
                "{:<14} {:<10} {:>7} {:>9} {:>9} {:>6} {:>9} {:>9} {:>6}",
                edit.name,
                edit.group,
                edit.copies,
                share(edit.found, edit.copies),
                share(edit.same, edit.copies),
                edit.wrong,
                share(edit.boxes_right, edit.boxes),
                edit.others,
                edit.others_wrong
            )?;
        }
        writeln!(
            out,
            "\nfound: the picture it was made from is named, with any grade; same: it is held to be the same footage; \
             wrong: another one is;\nboxes: which part of it is seen and where was told within 3 % of the side; \
             others: copies of pictures that are no reference"
        )?;
        writeln!(
            out,
            "{} references, {} others, {} made pictures of which {} were matched",
            words::count(self.references),
            words::count(self.others),
            words::count(self.made),
            words::count(self.made_wrong)
        )?;
        let not_read = self.total().not_read;
        if not_read > 0 {
            let copies = words::counted(not_read as usize, "copy", "copies");
            writeln!(out, "{copies} could not be read, and count as not found")?;
        }
        for remark in remarks.iter().take(REMARKS) {
            writeln!(out, "{}", escape::text(remark))?;
        }
        if remarks.len() > REMARKS {
            writeln!(out, "and {} more", words::count((remarks.len() - REMARKS) as u64))?;
        }
        writeln!(out, "{}", self.says().words())
    }
}

/// What is known of an edited copy because we made it; one line of `truth.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Made {
    /// Name of the copy's file.
    pub file: String,
    /// The edit.
    pub edit: String,
    /// Its group.
    pub group: String,
    /// SHA-256 of the picture that it was made from, in hexadecimal digits.
    pub made_from: String,
    /// Whether that picture was a reference.
    pub of_reference: bool,
    /// Left and right are swapped.
    pub mirrored: bool,
    /// Degrees that it was turned clockwise by.
    pub turned_deg: f32,
    /// What is seen of the picture, in the picture as it is.
    pub crop: Part,
    /// Where that lies in the copy.
    pub placed: Part,
    /// Whether the copy shows less of the picture.
    pub less_picture: bool,
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    format!("{:.1} %", 100.0 * part as f64 / whole as f64)
}

/// Upper end of the one-sided 95 % interval of a rate, from `events` among `tries`: 3/n where there were none.
///
/// The count is taken as Poisson's; its bound is half the chi-squared quantile of 2 (events + 1) degrees of freedom, here
/// by Wilson and Hilferty, "The Distribution of Chi-Square", 1931.
fn bound(events: u64, tries: u64) -> f64 {
    if tries == 0 {
        return 1.0;
    }
    let freedom = 2.0 * (events as f64 + 1.0);
    let spread = 2.0 / (9.0 * freedom);
    let quantile = freedom * (1.0 - spread + 1.6449 * spread.sqrt()).powi(3);
    (quantile / 2.0 / tries as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted() -> Calibration {
        let at = "2026-11-23T08:00:00Z".parse().unwrap();
        let edits = ["none", "crop-50"].map(|name| EditCount {
            name: name.to_owned(),
            group: "quality".to_owned(),
            copies: 40,
            found: 30,
            same: 20,
            others: 40,
            ..EditCount::default()
        });
        let blank = Calibration::new(at, "0.1.0".to_owned(), BTreeMap::new());
        Calibration { references: 40, others: 40, edits: edits.into(), made: 40, ..blank }
    }

    #[test]
    fn nothing_wrong_among_n_is_bounded_by_three_in_n() {
        assert!((bound(0, 300) - 0.01).abs() < 2e-4, "{}", bound(0, 300));
        // Tables of Poisson's distribution give 4.74 for one event and 10.51 for five.
        assert!((bound(1, 1000) - 0.00474).abs() < 2e-5);
        assert!((bound(5, 1000) - 0.01051).abs() < 2e-5);
        assert_eq!((bound(0, 0), bound(9, 2)), (1.0, 1.0));
    }

    #[test]
    fn what_was_written_is_read_again_and_nothing_else_is() {
        let mut json = Vec::new();
        counted().json(&mut json).unwrap();
        let json = String::from_utf8(json).unwrap();
        assert_eq!(Calibration::read(&json), Some(counted()));
        assert_eq!(Calibration::read(&json.replace("calibration/1", "calibration/2")), None);
        assert_eq!(Calibration::read("{}"), None);
    }

    #[test]
    fn every_edit_has_a_line_and_remarks_command_no_terminal() {
        let mut out = Vec::new();
        counted().text(&["\x1b[2J".to_owned()], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains("\ncrop-50        quality         40    75.0 %    50.0 %      0"),
            "{text}"
        );
        assert!(!text.contains('\x1b'));
        assert!(text.ends_with(
            "calibrated 2026-11-23: no wrong match among 200 queries against 40 pictures, so at most 1.48 % (95 % bound)\n"
        ), "{text}");
    }
}
