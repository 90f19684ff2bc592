//! What a worker gives up before it sees its first file.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Addresses a worker may use. No limit on memory (FFmpeg reserves far more than it touches): that is watched from
/// outside.
const ADDRESS_BYTES: u64 = 16 << 30;

/// Handles a worker may hold: its socket, the file it looks at, and what its runtime opened before.
const HANDLES: u64 = 32;

/// Protections that later versions bring.
pub const MISSING: [&str; 2] =
    ["Landlock: no access to paths", "seccomp: no system calls beyond a few"];

/// Takes from this process what decoding needs none of: core dumps, writing files, more than a few handles. Returns what was enforced, for `doctor`.
pub fn enter() -> Vec<&'static str> {
    let mut enforced = Vec::new();
    let mut limit = |resource, value: u64, name| {
        let both = Rlimit { current: Some(value), maximum: Some(value) };
        if setrlimit(resource, both).is_ok() {
            enforced.push(name);
        }
    };
    limit(Resource::Core, 0, "no core dumps");
    limit(Resource::Fsize, 0, "no writing to files");
    limit(Resource::Nofile, HANDLES, "at most 32 open handles");
    limit(Resource::As, ADDRESS_BYTES, "at most 16 GiB of addresses");
    #[cfg(target_os = "linux")]
    if rustix::thread::set_no_new_privs(true).is_ok() {
        enforced.push("no new privileges");
    }
    enforced
}

/// Ends this process as soon as the other end of `socket` is gone, whatever a decoder is busy with.
#[expect(clippy::disallowed_methods, reason = "the one thread of a worker beside its decoder")]
pub fn end_with(socket: std::os::unix::net::UnixStream) {
    std::thread::spawn(move || {
        use rustix::event::{PollFd, PollFlags, poll};
        loop {
            let mut hung_up = [PollFd::new(&socket, PollFlags::empty())];
            match poll(&mut hung_up, None) {
                Err(rustix::io::Errno::INTR) => {}
                _ => std::process::exit(0),
            }
        }
    });
}
