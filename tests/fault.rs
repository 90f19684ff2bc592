//! Operations on files that fail, and kills between them: `fault.c`, loaded before all other libraries.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::io::Errno;

use crate::program::{Desk, Ended, Running, TOP};

/// What happens at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails once.
    Error,
    /// The disk is full from there on; what was being written is written in half.
    Full,
    /// The program is killed just before it.
    Kill,
}

/// The library, built.
pub(crate) struct Faults {
    folder: tempfile::TempDir,
    library: PathBuf,
}

impl Faults {
    /// `None`, and a line that says so, where there is no C compiler.
    pub(crate) fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("fault.so");
        let source = Path::new(TOP).join("tests/fault.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]);
        match compiler.arg(&library).arg(source).arg("-ldl").status() {
            Ok(status) => assert!(status.success(), "fault.c does not compile"),
            Err(error) => {
                skip(&format!("cc: {error}"));
                return None;
            }
        }
        Some(Self { folder, library })
    }

    /// Runs the program, and returns what it did to files below the desk: the name and path of each operation, in order.
    pub(crate) fn observe(&self, desk: &Desk, arguments: &[&str]) -> (Ended, Vec<String>) {
        let log = self.folder.path().join("log");
        let mut command = self.command(desk, arguments);
        let ended = Running::start(command.env("FAULT_LOG", &log)).end();
        let operations = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(&log);
        (ended, operations.lines().map(str::to_owned).collect())
    }

    /// Runs the program with a fault at one operation.
    pub(crate) fn run(&self, desk: &Desk, arguments: &[&str], fault: Fault, at: usize) -> Ended {
        let mut command = self.command(desk, arguments);
        let at = at.to_string();
        let mut fail = |errno: Errno| {
            command.env("FAULT_AT", &at).env("FAULT_ERRNO", errno.raw_os_error().to_string());
        };
        match fault {
            Fault::Error => fail(Errno::IO),
            Fault::Full => {
                fail(Errno::NOSPC);
                command.env("FAULT_ON", "1").env("FAULT_SHORT", "1");
            }
            Fault::Kill => {
                command.env("FAULT_KILL_AT", &at);
            }
        }
        Running::start(&mut command).end()
    }

    fn command<S: AsRef<OsStr>>(&self, desk: &Desk, arguments: &[S]) -> Command {
        let mut command = desk.command(arguments);
        let under = desk.path("").canonicalize().unwrap();
        command.env("LD_PRELOAD", &self.library).env("FAULT_UNDER", under);
        command
    }
}

/// Says that a test did not look.
pub(crate) fn skip(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED, NOT PASSED: {why}");
}
