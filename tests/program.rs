//! The built program: run in a folder of its own, with a clock that stands still, and never waited for in vain.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jsonschema::Validator;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What the program takes for now.
pub(crate) const AS_OF: &str = "2026-11-23T08:00:00Z";

/// The top of the repository.
pub(crate) const TOP: &str = env!("CARGO_MANIFEST_DIR");

/// Longest time that any run here may take; the slowest takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder to run the program in, which goes away with it.
pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A folder in memory, where there is one: for tests that write so often that a disk would keep them waiting.
    #[cfg(target_os = "linux")]
    pub(crate) fn in_memory() -> Self {
        let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
        Self { folder: folder.unwrap() }
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn put(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Puts a file of `samples/` here.
    pub(crate) fn sample(&self, sample: &str, name: impl AsRef<Path>) -> PathBuf {
        self.put(name, fs::read(Path::new(TOP).join("samples").join(sample)).unwrap())
    }

    /// The program, in this folder, with nothing in its environment that others have set.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firstseen"));
        command.args(["--as-of", AS_OF]).args(arguments).current_dir(self.folder.path());
        command.env_clear().env("HOME", self.folder.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Ended {
        Running::start(&mut self.command(arguments)).end()
    }

    /// Runs the program with `input` as its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ended {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(input).unwrap();
        file.rewind().unwrap();
        Running::start(self.command(arguments).stdin(file)).end()
    }

    /// Makes a file here with ffmpeg; the last of its arguments is the file's name.
    pub(crate) fn ffmpeg(&self, arguments: &[&str]) {
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-loglevel", "error", "-bitexact"]).args(arguments);
        let status = command.current_dir(self.folder.path()).status().unwrap();
        assert!(status.success(), "ffmpeg {arguments:?}");
    }
}

/// The program while it runs.
pub(crate) struct Running {
    child: Child,
    stdout: File,
    stderr: File,
    started: Instant,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let (stdout, stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        command.stdout(stdout.try_clone().unwrap()).stderr(stderr.try_clone().unwrap());
        Self { child: command.spawn().unwrap(), stdout, stderr, started: Instant::now() }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// A process that this one has started; waits until there is one.
    #[cfg(target_os = "linux")]
    pub(crate) fn worker(&mut self) -> Pid {
        loop {
            if let Some(worker) = child_of(self.child.id()) {
                return worker;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended before it had a worker");
            self.wait_a_little();
        }
    }

    /// Waits until it ends.
    pub(crate) fn end(mut self) -> Ended {
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            self.wait_a_little();
        };
        let text = |file: &mut File| {
            let mut bytes = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut bytes).unwrap();
            String::from_utf8(bytes).expect("all that is printed is UTF-8")
        };
        Ended { code, stdout: text(&mut self.stdout), stderr: text(&mut self.stderr) }
    }

    /// Waits until something is so while it runs.
    pub(crate) fn wait_until(&mut self, mut is_so: impl FnMut() -> bool) {
        while !is_so() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended before");
            self.wait_a_little();
        }
    }

    fn wait_a_little(&self) {
        assert!(self.started.elapsed() < PATIENCE, "it hangs");
        std::thread::sleep(Duration::from_millis(2));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Where a test has failed meanwhile, nothing of it stays behind.
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(target_os = "linux")]
fn child_of(parent: u32) -> Option<Pid> {
    fs::read_dir("/proc").unwrap().find_map(|entry| {
        let pid: i32 = entry.unwrap().file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name before the state stands in brackets and may hold anything.
        let mut fields = stat[stat.rfind(')')? + 1..].split_ascii_whitespace();
        let its_parent: u32 = fields.nth(1)?.parse().ok()?;
        // Before it has become a worker its parent waits for it, and would wait for one that was stopped.
        let is_worker = || {
            fs::read(format!("/proc/{pid}/cmdline")).ok()?.ends_with(b"\0worker\0").then_some(())
        };
        (its_parent == parent).then(is_worker)??;
        Pid::from_raw(pid)
    })
}

/// What a run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Fails the test, with all that was printed, unless this is the exit code.
    #[track_caller]
    pub(crate) fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The JSON document on standard output, which holds to the published schema.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let document = serde_json::from_str(&self.stdout).expect(&self.stderr);
        hold_to_schema(&document, of_documents());
        document
    }

    /// The JSON lines on standard output, which hold to the published schema.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let lines = self.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.inspect(|line| hold_to_schema(line, of_lines())).collect()
    }
}

#[track_caller]
pub(crate) fn hold_to_schema(value: &Value, schema: &Validator) {
    let errors = schema.iter_errors(value);
    let errors: Vec<_> =
        errors.map(|error| format!("{error} at {}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

pub(crate) fn of_documents() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| jsonschema::validator_for(&schema()).unwrap())
}

fn of_lines() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| {
        let line = json!({ "$ref": "#/$defs/line", "$defs": schema()["$defs"] });
        jsonschema::validator_for(&line).unwrap()
    })
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../docs/report-1.schema.json")).unwrap()
}

/// The one file of a report that is `path`, else the only one.
#[track_caller]
pub(crate) fn file<'a>(report: &'a Value, path: &str) -> &'a Value {
    let files = report["files"].as_array().unwrap();
    let found = files.iter().find(|file| file["path"] == path);
    found.unwrap_or_else(|| panic!("{path} is not among {files:#?}"))
}
