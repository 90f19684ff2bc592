//! An index that several processes use, that lies elsewhere, or that belongs to others.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::fault::skip;
use crate::luck::copy;
use crate::made::picture;
use crate::program::{Desk, Ended, Running, file};

/// A user that owns nothing here.
const NOBODY: u32 = 65_534;

/// A desk with an index of three pictures, and three more beside it.
fn desk() -> Desk {
    let desk = Desk::new();
    for seed in 0..6 {
        let folder = if seed < 3 { "old" } else { "new" };
        desk.put(format!("{folder}/{seed}.bmp"), picture(seed));
    }
    desk.run(&["add", "old", "--index", "shelf"]).with_code(0);
    desk
}

/// Holds the index as a writer does.
fn hold(desk: &Desk) -> File {
    let mut lock = File::create(desk.path("shelf/lock")).unwrap();
    lock.lock().unwrap();
    writeln!(lock, "{}", std::process::id()).unwrap();
    lock
}

/// Everything that writes to an index.
const WRITES: [&[&str]; 6] = [
    &["add", "new"],
    &["check", "new", "--remember"],
    &["note", "old/1.bmp", "--label", "drill", "--by", "kd", "--basis", "seen it"],
    &["decide", "old/1.bmp", "old/2.bmp", "different", "--by", "kd", "--note", "two yards"],
    // Of nothing that the others have read: they would be told to run again.
    &["index", "remove", "--path", "elsewhere"],
    &["index", "verify", "--repair"],
];

fn start(desk: &Desk, arguments: &[&str], wait: &str) -> Running {
    let more = ["--index", "shelf", "--wait", wait];
    Running::start(&mut desk.command(&[arguments, &more].concat()))
}

#[test]
fn a_second_writer_waits_for_the_first_and_says_so() {
    let desk = desk();
    let lock = hold(&desk);
    let waiting: Vec<Running> =
        WRITES.iter().map(|arguments| start(&desk, arguments, "30")).collect();
    std::thread::sleep(Duration::from_millis(1500));
    drop(lock);
    for (arguments, running) in WRITES.iter().zip(waiting) {
        let ended = running.end().with_code(0);
        let told = format!("waiting for process {}, which writes to shelf", std::process::id());
        assert!(ended.stderr.contains(&told), "{arguments:?}: {}", ended.stderr);
    }
    desk.run(&["index", "verify", "--index", "shelf"]).with_code(0);
}

#[test]
fn a_second_writer_names_the_first_in_the_end() {
    let desk = desk();
    let _lock = hold(&desk);
    let started = Instant::now();
    let waiting: Vec<Running> =
        WRITES.iter().map(|arguments| start(&desk, arguments, "1")).collect();
    for (arguments, running) in WRITES.iter().zip(waiting) {
        let told = running.end().with_code(2).stderr;
        let process = format!("shelf is being written by process {}", std::process::id());
        assert!(told.contains(&process) && told.contains("--wait"), "{arguments:?}: {told}");
    }
    assert!(started.elapsed() > Duration::from_secs(1));
}

#[test]
fn a_writer_that_is_interrupted_while_it_waits_has_written_nothing() {
    let desk = desk();
    let _lock = hold(&desk);
    let running = start(&desk, &["add", "new"], "30");
    std::thread::sleep(Duration::from_millis(700));
    running.signal(Signal::INT);
    let told = running.end().with_code(130).stderr;
    assert!(told.contains("nothing was written"), "{told}");
}

#[test]
fn writers_that_start_at_once_make_one_index() {
    let desk = Desk::new();
    let folders = ["a", "b", "c", "d"];
    for (i, folder) in folders.iter().enumerate() {
        desk.put(format!("{folder}/1.bmp"), picture(i as u64 * 2));
        desk.put(format!("{folder}/2.bmp"), picture(i as u64 * 2 + 1));
    }
    let running = folders.map(|folder| start(&desk, &["add", folder], "30"));
    for running in running {
        running.end().with_code(0);
    }
    let report = desk.run(&["index", "stats", "--index", "shelf", "--format", "json"]).json();
    assert_eq!(report["index"]["assets"], 8);
    desk.run(&["index", "verify", "--index", "shelf"]).with_code(0);
}

#[test]
fn a_reader_gets_a_whole_answer_while_others_write() {
    let desk = desk();
    for seed in 10..50 {
        desk.put(format!("many/{seed}.bmp"), picture(seed));
    }
    let check = [
        "check",
        "old/1.bmp",
        "many/30.bmp",
        "--index",
        "shelf",
        "--jobs",
        "1",
        "--format",
        "json",
    ];
    let mut answers = 0;
    let deeds =
        [&["add", "many"][..], &["index", "compact"], &["index", "remove", "--path", "many"]];
    for arguments in deeds {
        let mut writing = Some(start(&desk, arguments, "30"));
        while let Some(running) = writing.take() {
            let ended = desk.run(&check);
            // What was found is removed before it is told of: that is said, and nothing else.
            let gone = arguments[0] == "index" && ended.code == Some(2);
            if gone {
                assert!(ended.stderr.contains("has changed since it was read"), "{}", ended.stderr);
            } else {
                let report = ended.with_code(0).json();
                assert_eq!(file(&report, "old/1.bmp")["verdict"], "already-in-index");
                let verdict = &file(&report, "many/30.bmp")["verdict"];
                let known = report["index"]["assets"].as_u64().unwrap();
                match verdict.as_str().unwrap() {
                    "not-in-index" => assert!(known < 43, "{known}"),
                    "already-in-index" => assert!(known > 3, "{known}"),
                    other => panic!("{other}"),
                }
            }
            answers += 1;
            if answers % 4 == 0 {
                running.end().with_code(0);
            } else {
                writing = Some(running);
            }
        }
    }
    assert_eq!(answers, 12);
}

/// What `check` says of a picture that is known and of one that is not, apart from where the index lies.
fn answer<S: AsRef<OsStr>>(desk: &Desk, index: S) -> serde_json::Value {
    let mut arguments: Vec<OsString> =
        ["check", "old/1.bmp", "new/4.bmp", "--format", "json", "--index"]
            .map(OsString::from)
            .to_vec();
    arguments.push(index.as_ref().to_owned());
    let mut report = desk.run(&arguments).with_code(0).json();
    assert_eq!(file(&report, "old/1.bmp")["verdict"], "already-in-index");
    report["index"]["location"].take();
    report
}

#[test]
fn a_copied_index_answers_the_same() {
    let desk = desk();
    copy(&desk.path("shelf"), &desk.path("copy"));
    assert_eq!(answer(&desk, "copy"), answer(&desk, "shelf"));
    // The two are independent from then on.
    desk.run(&["add", "new", "--index", "copy"]).with_code(0);
    assert_eq!(file(&answer(&desk, "shelf"), "new/4.bmp")["verdict"], "not-in-index");
}

#[test]
fn an_index_behind_a_link_is_that_index() {
    let desk = desk();
    symlink("shelf", desk.path("link")).unwrap();
    assert_eq!(answer(&desk, "link"), answer(&desk, "shelf"));
    desk.run(&["add", "new", "--index", "link"]).with_code(0);
    assert_eq!(file(&answer(&desk, "shelf"), "new/4.bmp")["verdict"], "already-in-index");
    desk.run(&["index", "verify", "--index", "link"]).with_code(0);
}

#[test]
fn an_index_may_lie_on_a_path_that_is_no_text() {
    let desk = desk();
    let name = OsStr::from_bytes(b"she\xfflf?#%20");
    copy(&desk.path("shelf"), &desk.path(name));
    assert_eq!(answer(&desk, name), answer(&desk, "shelf"));
    let add = [OsStr::new("add"), OsStr::new("new"), OsStr::new("--index"), name];
    desk.run(&add).with_code(0);
    let verify = [OsStr::new("index"), OsStr::new("verify"), OsStr::new("--index"), name];
    desk.run(&verify).with_code(0);
    assert_eq!(file(&answer(&desk, name), "new/4.bmp")["verdict"], "already-in-index");
}

#[test]
fn another_format_is_refused_with_advice_and_left_alone() {
    let desk = desk();
    let catalogue = desk.path("shelf/catalogue.sqlite");
    let whole = fs::read(&catalogue).unwrap();
    for (format, advice) in
        [(1000_u32, "use a newer firstseen"), (1, "add its media to a new index")]
    {
        let mut other = whole.clone();
        // Where SQLite keeps a file's `user_version`.
        other[60..64].copy_from_slice(&format.to_be_bytes());
        fs::write(&catalogue, &other).unwrap();
        let reads: [&[&str]; 3] =
            [&["check", "old/1.bmp"], &["index", "stats"], &["index", "verify"]];
        for arguments in reads.iter().chain(&WRITES) {
            let told = start(&desk, arguments, "0").end().with_code(2).stderr;
            let named = told.contains("shelf") && told.contains(&format!("format {format}"));
            assert!(named && told.contains(advice), "{arguments:?}: {told}");
        }
        assert!(fs::read(&catalogue).unwrap() == other, "format {format} was written to");
    }
}

/// Runs the program as a user that owns nothing here; `None`, said aloud, where that cannot be done.
fn as_nobody(desk: &Desk, arguments: &[&str]) -> Option<Ended> {
    fs::set_permissions(desk.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    let ids = NOBODY.to_string();
    let user = ["--reuid", &ids, "--regid", &ids, "--clear-groups"];
    let program = desk.command(arguments);
    let mut command = Command::new("setpriv");
    command.args(user).arg(program.get_program());
    let mut able = Command::new("setpriv");
    able.args(user).arg(program.get_program()).arg("--version");
    if !able.output().is_ok_and(|output| output.status.success()) {
        skip("setpriv cannot run the program as another user");
        return None;
    }
    command.args(program.get_args()).current_dir(desk.path("")).env_clear();
    Some(Running::start(&mut command).end())
}

#[test]
fn an_index_that_may_only_be_read_answers_and_is_not_written() {
    let desk = desk();
    let expected = answer(&desk, "shelf");
    let check = ["check", "old/1.bmp", "new/4.bmp", "--format", "json", "--index", "shelf"];
    let Some(ended) = as_nobody(&desk, &check) else { return };
    let mut report = ended.with_code(0).json();
    report["index"]["location"].take();
    assert_eq!(report, expected);
    for read in [&["index", "stats"][..], &["index", "verify"], &["history", "old/1.bmp"]] {
        as_nobody(&desk, &[read, &["--index", "shelf"]].concat()).unwrap().with_code(0);
    }
    for write in WRITES {
        let ended = as_nobody(&desk, &[write, &["--index", "shelf"]].concat()).unwrap();
        let told = ended.with_code(2).stderr;
        assert!(told.contains("shelf") && !told.contains("panicked"), "{write:?}: {told}");
    }
    assert_eq!(answer(&desk, "shelf"), expected);
}

#[test]
fn an_index_of_another_user_is_used_when_it_is_named_and_never_when_it_is_found() {
    let desk = desk();
    fs::rename(desk.path("shelf"), desk.path(".firstseen")).unwrap();
    fn give(path: &Path) -> std::io::Result<()> {
        chown(path, Some(NOBODY), Some(NOBODY))?;
        for entry in path.is_dir().then(|| fs::read_dir(path)).transpose()?.into_iter().flatten() {
            give(&entry?.path())?;
        }
        Ok(())
    }
    if let Err(error) = give(&desk.path(".firstseen")) {
        return skip(&format!("an index cannot be given to another user: {error}"));
    }
    for command in [&["check", "old/1.bmp"][..], &["add", "new"], &["index", "stats"]] {
        let told = desk.run(command).with_code(2).stderr;
        let advice = told.contains("belongs to another user") && told.contains("--index");
        assert!(advice, "{command:?}: {told}");
    }
    answer(&desk, ".firstseen");
}

#[test]
fn what_was_planted_among_the_media_is_not_used() {
    let desk = desk();
    copy(&desk.path("shelf"), &desk.path("media/.firstseen"));
    desk.put("media/firstseen.toml", "index = \".firstseen\"\nquiet = \"no\"\n");
    fs::copy(desk.path("old/1.bmp"), desk.path("media/1.bmp")).unwrap();
    // From above it is nobody's index; from within it is found, and lies in what is looked at.
    let told = desk.run(&["check", "media"]).with_code(2).stderr;
    assert!(told.contains("no index here"), "{told}");
    for command in ["check", "add"] {
        let mut within = desk.command(&[command, ".", "--config", "/dev/null"]);
        within.current_dir(desk.path("media"));
        let told = Running::start(&mut within).end().with_code(2).stderr;
        assert!(told.contains("lies inside"), "{told}");
    }
    // Nor is it an input, nor are its settings read.
    let own = ["add", "media", "--index", "mine", "--format", "json"];
    let report = desk.run(&own).with_code(0).json();
    assert_eq!(report["index"]["assets"], 1);
    assert!(!report.to_string().contains("catalogue.sqlite"));
}
