//! Every operation that fails, and every moment at which the program may be killed: nothing that was told as added is
//! lost, what is there is sound, and the next run completes it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use firstseen_index::{Access, Index, IndexError, Level};
use rustix::process::Signal;

use crate::fault::{Fault, Faults};
use crate::made::picture;
use crate::program::{Desk, Ended, Running};

/// The folder of the index: a name that stands in no message by chance.
const SHELF: &str = "shelf";

/// Operations of a deed at which faults are tried, at most; they are spread evenly.
const MOST_PLACES: usize = 12;

/// Something that a person does which changes an index.
struct Deed {
    /// What was done before.
    before: &'static [&'static [&'static str]],
    /// What is disturbed; done again, it completes.
    arguments: &'static [&'static str],
}

const ADD_OLD: &[&str] = &["add", "old", "--source", "example"];

const MAKE: Deed = Deed { before: &[], arguments: &["add", "new"] };
const ADD: Deed = Deed { before: &[ADD_OLD], arguments: &["add", "new"] };
const REMOVE: Deed =
    Deed { before: &[ADD_OLD], arguments: &["index", "remove", "--source", "example"] };
const NOTE: Deed = Deed {
    before: &[ADD_OLD],
    arguments: &["note", "old/1.bmp", "--label", "drill", "--by", "kd", "--basis", "seen it"],
};
const DECIDE: Deed = Deed {
    before: &[ADD_OLD],
    // One of the two is not in the index, so that its codes are put there.
    arguments: &["decide", "old/1.bmp", "new/5.bmp", "same", "--by", "kd", "--note", "same yard"],
};
const REMEMBER: Deed = Deed { before: &[ADD_OLD], arguments: &["check", "new", "--remember"] };
const REPAIR: Deed = Deed { before: &[ADD_OLD], arguments: &["index", "verify", "--repair"] };
const SCAN: Deed = Deed { before: &[ADD_OLD], arguments: &["scan", "new", "--add"] };
const COMPACT: Deed = Deed {
    before: &[ADD_OLD, &["add", "new"], &["index", "remove", "--path", "new/4.bmp"]],
    arguments: &["index", "compact"],
};
const MERGE: Deed = Deed {
    before: &[ADD_OLD, &["add", "new", "--index", "other"]],
    arguments: &["index", "merge", "other"],
};

/// A desk where a deed is done over and over, each time from the same beginning.
struct Bench {
    desk: Desk,
    deed: &'static Deed,
    before: Option<BTreeSet<String>>,
    after: BTreeSet<String>,
    takes: Duration,
}

impl Bench {
    fn new(deed: &'static Deed) -> Self {
        let desk = Desk::in_memory();
        for seed in 0..6 {
            let folder = if seed < 3 { "old" } else { "new" };
            desk.put(format!("{folder}/{seed}.bmp"), picture(seed));
        }
        let mut bench =
            Self { desk, deed, before: None, after: BTreeSet::new(), takes: Duration::ZERO };
        for arguments in deed.before {
            bench.desk.run(&whole(arguments)).with_code(0);
        }
        if !deed.before.is_empty() {
            bench.before = Some(bench.holds());
            copy(&bench.desk.path(SHELF), &bench.desk.path("before"));
        }
        let started = Instant::now();
        bench.desk.run(&whole(deed.arguments)).with_code(0);
        bench.takes = started.elapsed();
        bench.after = bench.holds();
        bench
    }

    /// Puts the index back to what it was before the deed.
    fn begin_again(&self) {
        let shelf = self.desk.path(SHELF);
        let _ = fs::remove_dir_all(&shelf);
        if self.before.is_some() {
            copy(&self.desk.path("before"), &shelf);
        }
    }

    /// All that the index holds, where it is one, and what is wrong with it.
    fn look(&self) -> Result<(BTreeSet<String>, Vec<String>), IndexError> {
        let index = Index::open(&self.desk.path(SHELF), Access::Read)?;
        let problems = index.verify()?.into_iter().map(|problem| problem.what).collect();
        let mut records = BTreeSet::new();
        index.snapshot()?.export(Level::All, &mut |record| {
            records.insert(record.to_string());
            Ok(())
        })?;
        Ok((records, problems))
    }

    #[track_caller]
    fn holds(&self) -> BTreeSet<String> {
        let (records, problems) = self.look().unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        records
    }

    /// What is wrong with what a disturbed run left, or with how the next one goes on.
    fn settle(&self, ended: &Ended) -> Result<(), String> {
        ensure(!ended.stderr.contains("panicked"), "it panicked")?;
        let nothing = BTreeSet::new();
        let before = self.before.as_ref().unwrap_or(&nothing);
        let (holds, problems) = match self.look() {
            Ok(look) => look,
            // Until it is made there is nothing to open.
            Err(IndexError::NotFound { .. } | IndexError::Foreign { .. })
                if self.before.is_none() =>
            {
                Default::default()
            }
            Err(error) => return Err(format!("the index cannot be read: {error}")),
        };
        ensure(problems.is_empty(), &format!("verify: {problems:?}"))?;
        // Commits come one after the other, so a part of what is new may be there.
        let between = before.is_subset(&holds) && holds.is_subset(&self.after);
        if holds != *before && holds != self.after && !between {
            let of = |one: &BTreeSet<String>, other| one.difference(other).cloned().collect();
            let (more, less): (Vec<String>, Vec<String>) = (of(&holds, before), of(before, &holds));
            return Err(format!("neither old nor new: more {more:?}, less {less:?}"));
        }
        if ended.code == Some(0) {
            ensure(holds == self.after, "what was told as done is not there")?;
        } else if let Ok(report) = serde_json::from_str::<serde_json::Value>(&ended.stdout) {
            for file in report["files"].as_array().into_iter().flatten() {
                let added = file["asset"]["sha256"].as_str().filter(|_| file["state"] == "ok");
                let there = added.is_none_or(|id| holds.iter().any(|record| record.contains(id)));
                ensure(there, "what was told as added is not there")?;
            }
        }
        let again = self.desk.run(&whole(self.deed.arguments));
        let told = format!("the next run: {:?} {}{}", again.code, again.stdout, again.stderr);
        ensure(again.code == Some(0), &told)?;
        match self.look() {
            Ok((holds, problems)) if problems.is_empty() => {
                ensure(holds == self.after, "the next run does not complete it")
            }
            other => Err(format!("after the next run: {other:?}")),
        }
    }
}

fn ensure(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// The arguments, with what makes each run the same.
fn whole<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["--index", SHELF, "--jobs", "1", "--format", "json"], arguments].concat()
}

/// The first and the last of each row of like operations, by their places; evenly fewer where these are too many.
fn places(operations: &[String]) -> Vec<usize> {
    let mut places = BTreeSet::new();
    let mut start = 0;
    for row in operations.chunk_by(|one, next| one == next) {
        places.extend([start, start + row.len() - 1]);
        start += row.len();
    }
    let places: Vec<usize> = places.into_iter().collect();
    let most = places.len().min(MOST_PLACES);
    (0..most).map(|i| places[i * places.len() / most]).collect()
}

/// Does a deed with a fault at each operation.
#[track_caller]
fn survives(deed: &'static Deed) {
    let Some(faults) = Faults::new() else { return };
    let bench = Bench::new(deed);
    bench.begin_again();
    let (ended, operations) = faults.observe(&bench.desk, &whole(deed.arguments));
    ended.with_code(0);
    assert!(operations.len() > 5, "{operations:?}");
    let mut wrong = Vec::new();
    for at in places(&operations) {
        let (name, _) = operations[at].split_once(' ').unwrap();
        let writes = ["write", "pwrite", "writev"].contains(&name);
        let needs_room = writes || ["create", "mkdir"].contains(&name);
        for fault in [Fault::Kill, if needs_room { Fault::Full } else { Fault::Error }] {
            bench.begin_again();
            let ended = faults.run(&bench.desk, &whole(deed.arguments), fault, at);
            let told = told_well(&ended, fault, writes).and_then(|()| bench.settle(&ended));
            if let Err(why) = told {
                let (code, stderr) = (ended.code, ended.stderr);
                wrong.push(format!(
                    "{fault:?} at {at}, {}: {why}; {code:?} {stderr}",
                    operations[at]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} {:?}:\n{}", wrong.len(), deed.arguments, wrong.join("\n"));
}

/// Whether a run that met a fault ended as it should, and names the path; and the bytes, where they are known.
fn told_well(ended: &Ended, fault: Fault, writes: bool) -> Result<(), String> {
    match (fault, ended.code) {
        (Fault::Kill, None) => Ok(()),
        // What costs nothing may be passed over; and commits by the clock come not always at the same operations.
        (_, Some(0)) => Ok(()),
        (_, Some(2)) => {
            ensure(ended.stderr.contains(SHELF), "the path is not named")?;
            let bytes = fault != Fault::Full || !writes || bytes_needed(&ended.stderr) > 0;
            ensure(bytes, "it is not told how much room is needed")
        }
        _ => Err("it ended in another way".to_owned()),
    }
}

/// The greatest number before the word "bytes"; 0 where there is none.
fn bytes_needed(message: &str) -> u64 {
    let words: Vec<&str> = message.split_whitespace().collect();
    let numbers = words.windows(2).filter(|pair| pair[1] == "bytes");
    numbers.filter_map(|pair| pair[0].parse().ok()).max().unwrap_or(0)
}

#[test]
fn making_an_index_survives_every_fault() {
    survives(&MAKE);
}

#[test]
fn adding_survives_every_fault() {
    survives(&ADD);
}

#[test]
fn removing_survives_every_fault() {
    survives(&REMOVE);
}

#[test]
fn noting_survives_every_fault() {
    survives(&NOTE);
}

#[test]
fn deciding_survives_every_fault() {
    survives(&DECIDE);
}

#[test]
fn remembering_survives_every_fault() {
    survives(&REMEMBER);
}

#[test]
fn repairing_survives_every_fault() {
    survives(&REPAIR);
}

#[test]
fn scanning_survives_every_fault() {
    survives(&SCAN);
}

#[test]
fn compacting_survives_every_fault() {
    survives(&COMPACT);
}

#[test]
fn merging_survives_every_fault() {
    survives(&MERGE);
}

#[test]
fn each_deed_may_be_killed_at_any_moment() {
    const MOMENTS: u64 = 10;
    let mut killed = 0;
    for (number, deed) in [&MAKE, &ADD, &REMOVE, &SCAN, &COMPACT, &MERGE].into_iter().enumerate() {
        let bench = Bench::new(deed);
        for moment in 0..MOMENTS {
            let seed = number as u64 * MOMENTS + moment;
            bench.begin_again();
            let running = Running::start(&mut bench.desk.command(&whole(deed.arguments)));
            // The golden ratio's multiples fill an interval evenly, in no order that the program could share.
            let share = (seed as f64 * 0.618_033_988_749_895).fract();
            let delay = bench.takes.mul_f64(share);
            std::thread::sleep(delay);
            running.signal(Signal::KILL);
            let ended = running.end();
            killed += usize::from(ended.code.is_none());
            if let Err(why) = bench.settle(&ended) {
                panic!("{:?}, killed after {delay:?}: {why}", deed.arguments);
            }
        }
    }
    assert!(killed > 0, "each run ended before it was killed");
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
