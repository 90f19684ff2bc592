//! Times the exact scan over raw files of codes, so that it can be set against other programs.
//!
//! `scan CODES QUERIES RADIUS BATCH HITS`: both inputs are 32 bytes a code, first bit first; HITS gets query, code and
//! distance as three 32-bit little-endian numbers, sorted. Prints the best of seven runs as milliseconds a query.

#![expect(clippy::print_stdout, reason = "what it prints is its result")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use firstseen_fingerprint::Pdq;
use firstseen_index::scan::{Codes, Kernel};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [codes, queries, radius, batch, hits] = args.as_slice() else {
        return Err("usage: scan CODES QUERIES RADIUS BATCH HITS".into());
    };
    let (radius, batch): (u16, usize) = (radius.parse()?, batch.parse()?);
    let codes: Codes = read(codes)?.into_iter().collect();
    let queries = read(queries)?;
    for kernel in Kernel::all() {
        let best = (0..7)
            .map(|_| {
                let start = Instant::now();
                for some in queries.chunks(batch) {
                    black_box(codes.view().within_by(kernel, some, radius));
                }
                start.elapsed().as_secs_f64() * 1e3 / queries.len() as f64
            })
            .fold(f64::INFINITY, f64::min);
        println!("{kernel} {best:.4}");
    }
    let mut found = codes.view().within(&queries, radius);
    found.sort_unstable_by_key(|near| (near.query, near.code));
    let words = found.iter().flat_map(|near| [near.query, near.code, u32::from(near.distance)]);
    std::fs::write(hits, words.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())?;
    Ok(())
}

fn read(path: &str) -> Result<Vec<Pdq>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let (codes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(format!("{path} does not hold whole codes").into());
    }
    let words = codes.iter().map(|code| {
        let (words, _) = code.as_chunks::<8>();
        Pdq(std::array::from_fn(|i| u64::from_be_bytes(words[i])))
    });
    Ok(words.collect())
}
