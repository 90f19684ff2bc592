//! What is found of metadata inside a still before any of it is read, and the reader that walks over its parts.

use std::io::{self, BufReader, Read, Seek};

use firstseen_model::Gap;
use jiff::civil::DateTime;

use super::FactKind;
use super::jpeg;
use super::preview::Held;
use super::trail::Multi;
use crate::source::{Rationed, Source};

/// What was found without decoding any pixel.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    /// The EXIF block, from its TIFF header on.
    pub(crate) exif: Option<Vec<u8>>,
    /// Further EXIF blocks: some programs leave the one that they found and add their own.
    pub(crate) more_exif: Vec<Vec<u8>>,
    /// XMP packets, in the order of the file.
    pub(crate) xmp: Vec<Vec<u8>>,
    /// What did not fit a JPEG's first packet.
    pub(crate) extended_xmp: Vec<Vec<u8>>,
    /// IPTC blocks.
    pub(crate) iptc: Vec<Vec<u8>>,
    /// Keywords and texts of a PNG, as bytes of Latin-1 or UTF-8.
    pub(crate) texts: Vec<(String, Vec<u8>)>,
    /// Comments, and where each lies.
    pub(crate) comments: Vec<(&'static str, Vec<u8>)>,
    /// What carriers say outside of any block.
    pub(crate) said: Vec<Said>,
    /// When a PNG says that it was changed last.
    pub(crate) changed: Option<[u8; 7]>,
    /// What a JPEG's body tells.
    pub(crate) jpeg: Option<jpeg::Body>,
    /// The index of a JPEG's further pictures.
    pub(crate) multi: Option<Multi>,
    /// Smaller pictures.
    pub(crate) previews: Vec<Held>,
    /// Where the picture's own bytes end, if it says so.
    pub(crate) end: Option<u64>,
    /// Whether C2PA content credentials are there; that they are valid is not said.
    pub(crate) c2pa: bool,
    /// Whether a JPEG keeps its whole picture in memory while it is decoded.
    pub(crate) progressive: bool,
    /// Why the walk ended early, if it did.
    pub(crate) cut: Option<String>,
    /// What else could not be read.
    pub(crate) gaps: Vec<Gap>,
}

/// A field of a carrier that knows no EXIF.
#[derive(Debug)]
pub(crate) struct Said {
    pub(super) name: &'static str,
    pub(super) text: String,
    pub(super) read_from: &'static str,
    pub(super) kind: FactKind,
    /// When it was recorded, by the camera's clock.
    pub(super) at: Option<DateTime>,
}

impl Said {
    pub(super) fn new(
        name: &'static str,
        text: String,
        read_from: &'static str,
        kind: FactKind,
    ) -> Self {
        Self { name, text, read_from, kind, at: None }
    }

    /// A date of recording.
    pub(super) fn at(
        name: &'static str,
        text: String,
        read_from: &'static str,
        at: DateTime,
    ) -> Self {
        Self { name, text, read_from, kind: FactKind::Date, at: Some(at) }
    }
}

impl Blocks {
    /// Nothing, for this reason.
    pub(super) fn without(why: &str) -> Self {
        let mut found = Self::default();
        found.damage(why);
        found
    }

    /// Takes an EXIF block: the first, the rest of the one before, or a further one.
    pub(super) fn add_exif(&mut self, block: &[u8]) {
        let starts = block.starts_with(b"MM") || block.starts_with(b"II");
        match self.more_exif.last_mut().or(self.exif.as_mut()) {
            None => self.exif = Some(block.to_vec()),
            // What does not fit a segment of a JPEG goes on in the next.
            Some(before) if !starts => before.extend(block),
            Some(_) => self.more_exif.push(block.to_vec()),
        }
    }

    pub(super) fn damage(&mut self, why: impl Into<String>) {
        self.gaps.push(Gap::new("metadata", why));
    }
}

/// Most blocks of one file that are walked over; real files have a few dozen.
pub(super) const MOST_BLOCKS: usize = 65_536;

pub(super) type Reader = Rationed<BufReader<Source>>;

pub(super) fn walk(
    source: &Source,
    ration: u64,
    steps: impl FnOnce(&mut Reader, &mut Blocks) -> io::Result<()>,
) -> Blocks {
    let mut found = Blocks::default();
    let mut reader = Rationed { inner: BufReader::new(source.rewound()), left: ration };
    if let Err(why) = steps(&mut reader, &mut found) {
        found.cut = Some(match why.kind() {
            io::ErrorKind::UnexpectedEof => "the file ends among its blocks".to_owned(),
            _ => why.to_string(),
        });
    }
    found
}

/// Where the reader stands in the file.
pub(super) fn position(reader: &mut Reader) -> io::Result<u64> {
    reader.inner.stream_position()
}

pub(super) fn byte(reader: &mut Reader) -> io::Result<u8> {
    array::<1>(reader).map(|[byte]| byte)
}

pub(super) fn array<const N: usize>(reader: &mut Reader) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The next `N` bytes, or `None` where the file ends before the first of them.
pub(super) fn array_or_end<const N: usize>(reader: &mut Reader) -> io::Result<Option<[u8; N]>> {
    let mut first = [0; 1];
    if reader.read(&mut first)? == 0 {
        return Ok(None);
    }
    let mut bytes = [0; N];
    bytes[0] = first[0];
    reader.read_exact(&mut bytes[1..])?;
    Ok(Some(bytes))
}

/// Allocates by the bytes that are there, never by `len`.
pub(super) fn body(reader: &mut Reader, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(len).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

pub(super) fn skip(reader: &mut Reader, len: u64) -> io::Result<()> {
    let by = i64::try_from(len).map_err(|_| bad("a block is longer than any file"))?;
    // Keeps what is buffered, where it can: blocks are small, and there may be thousands.
    reader.inner.seek_relative(by)?;
    if reader.inner.stream_position()? > reader.inner.get_ref().len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

pub(super) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

pub(super) fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
