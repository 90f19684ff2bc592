//! Codes as they lie in a segment, and the search among them.

use firstseen_fingerprint::Pdq;

use super::Kernel;
use super::kernel::{GROUP, Group, SIEVED};

/// Codes of a block.
pub const BLOCK: usize = 4096;

/// Bytes of a code.
const CODE_BYTES: usize = 32;

/// Bytes of a code that are read only where the sieve lets it through.
const REST: usize = CODE_BYTES - SIEVED;

/// Groups that all queries pass over before the next ones are gathered: 24 KiB, so that they stay in the first cache.
const GATHERED: usize = 32;

/// Codes in the layout of a segment's section, borrowed.
///
/// Blocks of [`BLOCK`] codes, the last one filled up to a multiple of 64 with zeros: the first 12 bytes of the codes in 12
/// planes, a byte of each code after the other, then the other 20 bytes, code after code.
#[derive(Clone, Copy, Debug)]
pub struct CodesView<'a> {
    bytes: &'a [u8],
    len: usize,
}

/// Codes in the layout of a segment's section, owned.
#[derive(Default)]
pub struct Codes {
    bytes: Vec<u8>,
    len: usize,
}

/// A code within the radius of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// Number of the query, from 0.
    pub query: u32,
    /// Bits that differ.
    pub distance: u16,
    /// Number of the code, from 0.
    pub code: u32,
}

impl<'a> CodesView<'a> {
    /// The first `len` codes in `bytes`; `None` where so many take another length, or cannot be numbered in 32 bits.
    #[must_use]
    pub fn new(bytes: &'a [u8], len: usize) -> Option<Self> {
        let fits = u32::try_from(len).is_ok() && bytes.len() == Self::bytes_for(len);
        fits.then_some(Self { bytes, len })
    }

    /// Bytes that so many codes take.
    #[must_use]
    pub fn bytes_for(len: usize) -> usize {
        len.div_ceil(GROUP).saturating_mul(GROUP * CODE_BYTES)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The code of a number.
    ///
    /// # Panics
    ///
    /// Where there is no such code.
    #[must_use]
    pub fn get(&self, i: usize) -> Pdq {
        assert!(i < self.len, "no code {i} among {}", self.len);
        let block = self.block(i / BLOCK);
        let lane = i % BLOCK;
        let mut code = [0; CODE_BYTES];
        for (byte, plane) in code.iter_mut().zip(block.planes.chunks_exact(block.lanes())) {
            *byte = plane[lane];
        }
        code[SIEVED..].copy_from_slice(&block.rest[lane]);
        pdq_of(code)
    }

    /// Finds for each query every code at most `radius` bits away, the bound included.
    ///
    /// Cost is that of memory for few queries and of arithmetic for many: pass them together. What is found comes
    /// block by block, and is not sorted.
    #[must_use]
    pub fn within(&self, queries: &[Pdq], radius: u16) -> Vec<Near> {
        self.within_by(Kernel::best(), queries, radius)
    }

    /// The same, by a kernel of the caller's choice.
    #[must_use]
    pub fn within_by(&self, kernel: Kernel, queries: &[Pdq], radius: u16) -> Vec<Near> {
        let mut found = Vec::new();
        self.each_within(kernel, queries, radius, &mut |near| found.push(near));
        found
    }

    /// The same, each shown when it is found: of a frame that is everywhere there may be too many to keep.
    pub fn each_within(
        &self,
        kernel: Kernel,
        queries: &[Pdq],
        radius: u16,
        see: &mut dyn FnMut(Near),
    ) {
        let queries: Vec<_> = queries.iter().map(|query| split(*query)).collect();
        // No two codes differ in more of the sieved bits.
        let bound = radius.min(8 * SIEVED as u16) as u8;
        let mut gathered = Vec::with_capacity(GATHERED);
        let mut passed = Vec::new();
        for number in 0..self.len.div_ceil(BLOCK) {
            let block = self.block(number);
            for lane in (0..block.filled).step_by(GATHERED * GROUP) {
                block.gather(lane, &mut gathered);
                for (query, (sieved, rest)) in (0..).zip(&queries) {
                    passed.clear();
                    kernel.sieve(&gathered, sieved, bound, &mut passed);
                    for &(place, distance) in &passed {
                        let lane = lane + usize::from(place);
                        // What fills the last group up is no code.
                        if lane >= block.filled {
                            continue;
                        }
                        let distance = u16::from(distance) + differing(&block.rest[lane], rest);
                        if distance <= radius {
                            let code = (number * BLOCK + lane) as u32;
                            see(Near { query, distance, code });
                        }
                    }
                }
            }
        }
    }

    fn block(&self, number: usize) -> Block<'a> {
        let first = number * BLOCK;
        let filled = BLOCK.min(self.len - first);
        let lanes = filled.next_multiple_of(GROUP);
        let bytes = &self.bytes[first * CODE_BYTES..][..lanes * CODE_BYTES];
        let (planes, rest) = bytes.split_at(lanes * SIEVED);
        Block { planes, rest: rest.as_chunks().0, filled }
    }
}

struct Block<'a> {
    planes: &'a [u8],
    rest: &'a [[u8; REST]],
    /// Codes in it, without what fills it up.
    filled: usize,
}

impl Block<'_> {
    fn lanes(&self) -> usize {
        self.rest.len()
    }

    /// Brings the bytes of the groups from `lane` on together.
    ///
    /// Planes lie 4 KiB apart, where lines of the first cache push each other out.
    fn gather(&self, lane: usize, groups: &mut Vec<Group>) {
        let end = self.lanes().min(lane + GATHERED * GROUP);
        // What the last ones left is written over.
        groups.resize((end - lane) / GROUP, Group([[0; GROUP]; SIEVED]));
        for (number, plane) in self.planes.chunks_exact(self.lanes()).enumerate() {
            for (group, bytes) in groups.iter_mut().zip(plane[lane..end].as_chunks().0) {
                group.0[number] = *bytes;
            }
        }
    }
}

/// Lays out a block of at most [`BLOCK`] codes behind what `out` holds. Only the last block may have fewer.
///
/// # Panics
///
/// With more codes.
pub fn lay_block(codes: &[Pdq], out: &mut Vec<u8>) {
    assert!(codes.len() <= BLOCK, "{} codes are more than a block's {BLOCK}", codes.len());
    let lanes = codes.len().next_multiple_of(GROUP);
    let first = out.len();
    out.resize(first + lanes * CODE_BYTES, 0);
    let (planes, rest) = out[first..].split_at_mut(lanes * SIEVED);
    for ((lane, code), rest) in codes.iter().enumerate().zip(rest.as_chunks_mut::<REST>().0) {
        let (sieved, others) = split(*code);
        for (plane, byte) in planes.chunks_exact_mut(lanes).zip(sieved) {
            plane[lane] = byte;
        }
        *rest = others;
    }
}

impl Codes {
    /// What to search among.
    #[must_use]
    pub fn view(&self) -> CodesView<'_> {
        CodesView { bytes: &self.bytes, len: self.len }
    }
}

impl FromIterator<Pdq> for Codes {
    fn from_iter<I: IntoIterator<Item = Pdq>>(codes: I) -> Self {
        let mut all = Self::default();
        let mut block = Vec::with_capacity(BLOCK);
        for code in codes {
            block.push(code);
            if block.len() == BLOCK {
                lay_block(&block, &mut all.bytes);
                all.len += block.len();
                block.clear();
            }
        }
        lay_block(&block, &mut all.bytes);
        all.len += block.len();
        all
    }
}

/// The sieved bytes of a code and the others, in the order of the interchange form.
fn split(Pdq(words): Pdq) -> ([u8; SIEVED], [u8; REST]) {
    let byte = |i: usize| words[i / 8].to_be_bytes()[i % 8];
    (std::array::from_fn(byte), std::array::from_fn(|i| byte(SIEVED + i)))
}

fn pdq_of(bytes: [u8; CODE_BYTES]) -> Pdq {
    let (words, _) = bytes.as_chunks::<8>();
    Pdq(std::array::from_fn(|i| u64::from_be_bytes(words[i])))
}

fn differing(a: &[u8; REST], b: &[u8; REST]) -> u16 {
    let words = |bytes: &[u8; REST]| {
        let (words, _) = bytes.as_chunks::<4>();
        std::array::from_fn::<_, { REST / 4 }, _>(|i| u32::from_ne_bytes(words[i]))
    };
    let bits = words(a).into_iter().zip(words(b)).map(|(a, b)| (a ^ b).count_ones());
    bits.sum::<u32>() as u16
}

#[cfg(test)]
mod tests;
