//! Lays down the bytes of a segment: sections, sums of chunks, footer and trailer.

use std::io::{self, Write};
use std::path::Path;

use firstseen_model::Descriptor;

use super::Listed;
use super::layout::{self, ALIGNED, CHUNK, Kind, Section, WIDE, footer, trailer};
use crate::error::Trouble;

/// A file on its way out, its sums taken.
pub(super) struct Output<'a, W> {
    out: &'a mut W,
    path: &'a Path,
    /// The last bytes, less than a chunk.
    waiting: Vec<u8>,
    /// Bytes before those.
    written: u64,
    whole: blake3::Hasher,
    sums: Vec<[u8; 8]>,
    sections: Vec<(Kind, Section)>,
}

impl<'a, W: Write> Output<'a, W> {
    pub(super) fn new(out: &'a mut W, path: &'a Path) -> Self {
        let waiting = Vec::with_capacity(CHUNK as usize);
        let (whole, sums, sections) = (blake3::Hasher::new(), Vec::new(), Vec::new());
        Self { out, path, waiting, written: 0, whole, sums, sections }
    }

    fn at(&self) -> u64 {
        self.written + self.waiting.len() as u64
    }

    pub(super) fn put(&mut self, mut bytes: &[u8]) -> Result<(), Trouble> {
        while !bytes.is_empty() {
            let room = CHUNK as usize - self.waiting.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.waiting.extend(now);
            bytes = later;
            if self.waiting.len() == CHUNK as usize {
                self.chunk()?;
            }
        }
        Ok(())
    }

    pub(super) fn section(
        &mut self,
        kind: Kind,
        count: u64,
        fill: impl FnOnce(&mut Self) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        self.align()?;
        let offset = self.at();
        fill(self)?;
        let section =
            Section { version: kind.version(), offset, length: self.at() - offset, count };
        self.sections.push((kind, section));
        Ok(())
    }

    /// Writes where each blob begins and the last ends, and then the blobs; `each` shows them all, twice.
    pub(super) fn blobs(
        &mut self,
        each: impl Fn(&mut dyn FnMut(&[u8]) -> Result<(), Trouble>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mut end = 0_u32;
        self.put(&end.to_le_bytes())?;
        each(&mut |blob| {
            let next = u32::try_from(blob.len()).ok().and_then(|length| end.checked_add(length));
            end = next.ok_or_else(|| refused("more than 4 GiB in a section"))?;
            self.put(&end.to_le_bytes())
        })?;
        each(&mut |blob| self.put(blob))
    }

    pub(super) fn put_descriptors(&mut self, block: &mut Vec<Descriptor>) -> Result<(), Trouble> {
        block.resize(WIDE, Descriptor::default());
        for word in 0..4 {
            for descriptor in &*block {
                self.put(&descriptor.0[word].to_le_bytes())?;
            }
        }
        block.clear();
        Ok(())
    }

    /// Writes footer and trailer.
    pub(super) fn end(mut self) -> Result<Listed, Trouble> {
        self.align()?;
        let offset = self.at();
        if !self.waiting.is_empty() {
            self.chunk()?;
        }
        let footer = footer(&self.sections, &self.sums);
        let blake3 = *blake3::hash(&footer).as_bytes();
        self.pass(&footer)?;
        self.pass(&trailer(offset, footer.len() as u64, &blake3))?;
        self.out.flush().map_err(|source| failed(self.path, source))?;
        let bytes = offset + (footer.len() + layout::EDGE) as u64;
        Ok(Listed { blake3: *self.whole.finalize().as_bytes(), footer: blake3, bytes })
    }

    fn align(&mut self) -> Result<(), Trouble> {
        let gap = self.at().next_multiple_of(ALIGNED) - self.at();
        self.put(&[0; ALIGNED as usize][..gap as usize])
    }

    /// Sums and writes what waits.
    fn chunk(&mut self) -> Result<(), Trouble> {
        let chunk = std::mem::take(&mut self.waiting);
        let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(&chunk).as_bytes();
        self.sums.push([a, b, c, d, e, f, g, h]);
        self.pass(&chunk)?;
        self.written += chunk.len() as u64;
        self.waiting = chunk;
        self.waiting.clear();
        Ok(())
    }

    fn pass(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.whole.update(bytes);
        self.out.write_all(bytes).map_err(|source| failed(self.path, source))
    }
}

fn failed(path: &Path, source: io::Error) -> Trouble {
    Trouble::Io { path: path.display().to_string(), source }
}

pub(super) fn refused(why: &str) -> Trouble {
    Trouble::rows("segment", None, why)
}
