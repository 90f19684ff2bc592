//! What crosses the process border: framed messages of at most [`MAX_FRAME`] bytes, requests with an open handle.
//!
//! Both sides are the same binary, so the form may change from build to build; nothing of it is stored. The parent
//! believes none of it: sizes are checked before anything is read into memory, and counts by [`super::host`].

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use firstseen_media::sidecar::claims::Claims;
use firstseen_media::sidecar::{Companion, Format};
use firstseen_media::{Fact, Limits, Preview, Shape};
use firstseen_model::{Dated, FileState, Gap, MediaTime, Place};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::plan::Plan;
use crate::record::{Cutout, Sample};

/// Greatest length of one message.
pub const MAX_FRAME: usize = 1 << 20;

/// Greatest length of the part of a still that one message carries.
pub const STILL_CHUNK: usize = 512 << 10;

/// What the parent asks; an open handle comes with each.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// The record of a media file.
    Read {
        /// What is wanted.
        plan: Plan,
        /// What it may cost inside one decoder.
        limits: Limits,
    },
    /// Codec keyframes and starts of shots, as times.
    Moments {
        /// What it may cost inside one decoder.
        limits: Limits,
    },
    /// Pictures for people at these times, in order.
    Stills {
        /// When.
        times: Vec<MediaTime>,
        /// Longest side; larger ones are reduced.
        max_side: u32,
        /// What it may cost inside one decoder.
        limits: Limits,
    },
    /// What a companion file says.
    Companion {
        /// Which tool wrote it; `None` where that is to be found out.
        format: Option<Format>,
    },
    /// What a table of claims says.
    Claims,
    /// What the worker has given up, whatever the file.
    Protections,
}

/// A codec keyframe or a start of a shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: MediaTime,
    /// Whether the codec marks it so.
    pub keyframe: bool,
    /// Whether a shot starts there.
    pub shot_start: bool,
}

/// What a worker answers; [`Reply::Done`] or [`Reply::Failed`] ends it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// What is plain to see.
    Shape(Shape),
    /// Part of what the file says of itself.
    Facts {
        /// Fields.
        facts: Vec<Fact>,
        /// Dates.
        dates: Vec<Dated>,
        /// Places.
        places: Vec<Place>,
    },
    /// Smaller pictures inside the file.
    Previews(Vec<Preview>),
    /// How far it got: times seen and frames decoded.
    Progress {
        /// Time of the newest frame.
        at: MediaTime,
        /// Frames so far.
        frames: u64,
    },
    /// A sample.
    Sample(Box<Sample>),
    /// Parts of a frame whose sample came before.
    Cutouts {
        /// The sample's time.
        at: MediaTime,
        /// The parts.
        cutouts: Vec<Cutout>,
    },
    /// The next codes of the time track, and of its variants for queries.
    Track {
        /// Codes.
        codes: Vec<u64>,
        /// Variants, as many or none.
        variants: Vec<[u64; 7]>,
    },
    /// A keyframe or a start of a shot.
    Moment(Moment),
    /// Part of a still.
    Still {
        /// The time that was asked for.
        at: MediaTime,
        /// The next bytes of its JPEG.
        bytes: Vec<u8>,
        /// Whether these are the last.
        last: bool,
    },
    /// What the worker has given up.
    Protections(Vec<String>),
    /// The next records of a companion; what is said of it as a whole comes last.
    Companion(Box<Companion>),
    /// The next rows of a table of claims.
    Claims(Claims),
    /// Something that could not be looked at.
    Gap(Gap),
    /// Nothing came of it, or nothing more.
    Failed {
        /// What became of it.
        state: FileState,
        /// Why.
        why: String,
    },
    /// All that there is.
    Done {
        /// From the first frame to the end of the last, where frames were seen.
        end: Option<MediaTime>,
    },
}

/// Sends one message.
///
/// # Errors
///
/// `InvalidData` where it is longer than [`MAX_FRAME`], else what the socket says.
pub fn send<T: Serialize>(mut socket: impl Write, message: &T) -> io::Result<()> {
    let frame = framed(message)?;
    socket.write_all(&frame)
}

/// Sends one message and an open handle with it.
///
/// # Errors
///
/// As [`send`].
pub fn send_with_handle<T: Serialize>(
    mut socket: &UnixStream,
    message: &T,
    handle: impl AsFd,
) -> io::Result<()> {
    let frame = framed(message)?;
    let handles = [handle.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(&handles)) {
        return Err(io::Error::other("no room for the handle"));
    }
    // The handle travels with the first byte, so that whoever reads that byte has it.
    let sent = sendmsg(socket, &[IoSlice::new(&frame)], &mut ancillary, SendFlags::empty())?;
    socket.write_all(&frame[sent..])
}

/// Receives one message; `None` where the other side is gone between two messages.
///
/// # Errors
///
/// `InvalidData` where it is too long or makes no sense, else what the socket says.
pub fn receive<T: DeserializeOwned>(mut socket: impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match socket.read(&mut length[..1])? {
        0 => return Ok(None),
        _ => socket.read_exact(&mut length[1..])?,
    }
    receive_body(socket, length).map(Some)
}

/// Receives one message and the handle that came with it; `None` where the other side is gone.
///
/// # Errors
///
/// As [`receive`], and where no handle came.
pub fn receive_with_handle<T: DeserializeOwned>(
    mut socket: &UnixStream,
) -> io::Result<Option<(T, OwnedFd)>> {
    let mut length = [0; 4];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let first = recvmsg(
        socket,
        &mut [IoSliceMut::new(&mut length[..1])],
        &mut ancillary,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    if first.bytes == 0 {
        return Ok(None);
    }
    let handle = ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut handles) => handles.next(),
        _ => None,
    });
    let handle = handle.ok_or_else(|| invalid("a request came without its file"))?;
    socket.read_exact(&mut length[1..])?;
    Ok(Some((receive_body(socket, length)?, handle)))
}

fn framed<T: Serialize>(message: &T) -> io::Result<Vec<u8>> {
    let frame = postcard::to_extend(message, vec![0; 4]).map_err(invalid)?;
    let length = frame.len() - 4;
    if length > MAX_FRAME {
        return Err(invalid(format!("a message of {length} bytes is over {MAX_FRAME}")));
    }
    let mut frame = frame;
    frame[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(frame)
}

fn receive_body<T: DeserializeOwned>(mut socket: impl Read, length: [u8; 4]) -> io::Result<T> {
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(invalid(format!("a message says to be {length} bytes long")));
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body)?;
    postcard::from_bytes(&body).map_err(invalid)
}

fn invalid(why: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    #[test]
    fn a_request_brings_its_file() {
        let (a, b) = UnixStream::pair().unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"hello").unwrap();
        let request = Request::Companion { format: Some(Format::YtDlp) };
        send_with_handle(&a, &request, &file).unwrap();
        drop(a);
        let (request, handle) = receive_with_handle::<Request>(&b).unwrap().unwrap();
        assert!(matches!(request, Request::Companion { .. }));
        let mut bytes = [0; 5];
        File::from(handle).read_exact_at(&mut bytes, 0).unwrap();
        assert_eq!(&bytes, b"hello");
        assert!(receive_with_handle::<Request>(&b).unwrap().is_none());
    }

    #[test]
    fn a_length_that_lies_is_refused_before_memory_is_taken() {
        let (mut a, b) = UnixStream::pair().unwrap();
        a.write_all(&u32::MAX.to_le_bytes()).unwrap();
        assert_eq!(receive::<Reply>(&b).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn garbage_is_refused() {
        let (mut a, b) = UnixStream::pair().unwrap();
        a.write_all(&[3, 0, 0, 0, 0xff, 0xff, 0xff]).unwrap();
        assert_eq!(receive::<Reply>(&b).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_message_that_is_too_long_is_not_sent() {
        let (a, _b) = UnixStream::pair().unwrap();
        let still = Reply::Still { at: MediaTime::ZERO, bytes: vec![0; MAX_FRAME], last: true };
        assert_eq!(send(&a, &still).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
