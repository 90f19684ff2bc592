//! Times what an index of many pictures costs: its size, opening it with a first look-up, and adding to it.
//!
//! `load FOLDER PICTURES`: makes an index of so many pictures of one code each in FOLDER, unless one is there; prints
//! bytes a code, the best of five openings with a look-up each, and what adding 1,000 more takes against adding them to
//! an empty one. `load FOLDER PICTURES equal`: all codes are one.

#![expect(clippy::print_stdout, reason = "what it prints is its result")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use firstseen_fingerprint::{Pdq, Quality};
use firstseen_index::{Access, CodeQuery, Entry, Index, Role};
use firstseen_intake::{Record, Sample};
use firstseen_media::Metadata;
use firstseen_model::{AssetFacts, AssetId, MediaKind, MediaTime, Profile};
use jiff::Timestamp;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (folder, pictures, equal) = match args.as_slice() {
        [folder, pictures] => (Path::new(folder), pictures.parse::<u64>()?, false),
        [folder, pictures, equal] if equal == "equal" => {
            (Path::new(folder), pictures.parse()?, true)
        }
        _ => return Err("usage: load FOLDER PICTURES [equal]".into()),
    };
    let code = |asset: u64| if equal { Pdq([0; 4]) } else { code(asset) };
    if !folder.exists() {
        let start = Instant::now();
        fill(&Index::create(folder)?, 0..pictures, &code)?;
        println!("made in {:.1} s", start.elapsed().as_secs_f64());
    }
    let index = Index::open(folder, Access::Write)?;
    let snapshot = index.snapshot()?;
    let (stats, codes) = (snapshot.stats()?, snapshot.codes().max(1));
    println!("{codes} codes in {} segments, {:.1} MB", stats.segments, stats.bytes as f64 / 1e6);
    for (part, bytes) in snapshot.sizes()? {
        println!("  {part}: {:.1} bytes a code", bytes as f64 / codes as f64);
    }
    drop(snapshot);
    let (mut best, mut worst) = (f64::INFINITY, 0.0_f64);
    for _ in 0..5 {
        let start = Instant::now();
        let snapshot = Index::open(folder, Access::Read)?.snapshot()?;
        let opened = start.elapsed().as_secs_f64();
        let known = snapshot.asset(&AssetId(hash(7)))?.is_some();
        let other = Pdq([0x0123_4567_89ab_cdef; 4]);
        let queries = [self::code(7), other].map(|code| CodeQuery { code });
        let hits = snapshot.near(&queries, 31)?.value;
        let all = start.elapsed().as_secs_f64();
        (best, worst) = (best.min(all), worst.max(all));
        println!(
            "opened {opened:.4} s, first look-up {all:.4} s ({known}, {} hits)",
            hits[0].len()
        );
    }
    println!(
        "opening and first look-up: {best:.4} to {worst:.4} s; {} MB resident",
        resident()? >> 20
    );
    // In turn, so that what else the machine does touches both.
    let (mut full, mut empty) = (Vec::new(), Vec::new());
    let scratch = folder.with_extension("empty");
    for round in 0..5 {
        let new = pictures + round * 1000..pictures + round * 1000 + 1000;
        let start = Instant::now();
        fill(&index, new.clone(), &self::code)?;
        full.push(start.elapsed().as_secs_f64());
        fs::remove_dir_all(&scratch).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
        let other = Index::create(&scratch)?;
        let start = Instant::now();
        fill(&other, new, &self::code)?;
        empty.push(start.elapsed().as_secs_f64());
    }
    fs::remove_dir_all(&scratch)?;
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let (full, empty) = (median(&mut full), median(&mut empty));
    println!("adding 1,000: {full:.4} s, to none {empty:.4} s, {:.3} x", full / empty);
    Ok(())
}

fn fill(
    index: &Index,
    pictures: std::ops::Range<u64>,
    code: &dyn Fn(u64) -> Pdq,
) -> Result<(), Box<dyn Error>> {
    let mut writer = index.writer(Timestamp::UNIX_EPOCH)?;
    let pictures_are_many = pictures.end - pictures.start > 10_000;
    for asset in pictures {
        let sample = Sample {
            at: MediaTime(0),
            shot: 0,
            kept: true,
            texture: 80,
            gate: None,
            pdq: code(asset),
            pdq_quality: Quality(100),
            gradient: asset,
            views: Vec::new(),
            thumbnail: Vec::new(),
            cutouts: Vec::new(),
        };
        let record = Record {
            asset: AssetFacts {
                id: AssetId(hash(asset)),
                kind: MediaKind::Picture,
                size_bytes: asset,
                mime: "image/jpeg".to_owned(),
                width: 1280,
                height: 720,
                duration: None,
                has_sound: None,
            },
            profile: Profile::Standard,
            samples: vec![sample],
            track: None,
            metadata: Metadata::default(),
            gaps: Vec::new(),
        };
        let role = Role::Reference;
        writer.put(&Entry { record: &record, role, file: None, sightings: &[], claims: &[] })?;
        // As `add` does; but a million are made in larger steps.
        let step = if pictures_are_many { 4096 } else { 64 };
        if asset % step == step - 1 {
            writer.commit()?;
        }
    }
    writer.commit()?;
    Ok(())
}

/// Numbers that look random and are the same in every run.
fn hash(seed: u64) -> [u8; 32] {
    let mut word = seed;
    std::array::from_fn(|_| {
        word = word.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (word ^ word >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_be_bytes()[0]
    })
}

fn code(asset: u64) -> Pdq {
    let bytes = hash(asset << 20 | 1);
    let (words, _) = bytes.as_chunks::<8>();
    Pdq(std::array::from_fn(|i| u64::from_le_bytes(words[i])))
}

/// Bytes of memory of this process, as Linux counts them, files that are mapped among them.
fn resident() -> Result<usize, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/statm")?;
    Ok(text.split(' ').nth(1).ok_or("no statm")?.parse::<usize>()? * 4096)
}
