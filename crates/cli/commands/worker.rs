//! The hidden side of the program: a worker process, see `firstseen_intake::worker`.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use firstseen_intake::worker::{jail, serve};

use crate::exit::Exit;

/// Serves the socket that stands in for standard input until the other side is gone.
pub(crate) fn run() -> Exit {
    let Ok(handle) = std::io::stdin().as_fd().try_clone_to_owned() else {
        return Exit::CouldNotRun;
    };
    let socket = UnixStream::from(handle);
    // Started by hand there is no socket, and nobody to serve.
    let (Ok(()), Ok(twin)) = (socket.set_nonblocking(false), socket.try_clone()) else {
        return Exit::CouldNotRun;
    };
    if socket.peer_addr().is_err() {
        return Exit::CouldNotRun;
    }
    jail::end_with(twin);
    let protections = jail::enter();
    match serve(&socket, &protections) {
        Ok(()) => Exit::Clean,
        Err(_) => Exit::CouldNotRun,
    }
}
