//! Times what an index of many codes costs: making it, and taking a snapshot of it.
//!
//! `load FOLDER ASSETS SAMPLES`: makes an index of so many assets of so many samples each in FOLDER, unless one is
//! there, and prints the best of five snapshots.

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
    let [folder, assets, samples] = args.as_slice() else {
        return Err("usage: load FOLDER ASSETS SAMPLES".into());
    };
    let folder = Path::new(folder);
    if !folder.exists() {
        fill(&Index::create(folder)?, assets.parse()?, samples.parse()?)?;
    }
    let index = Index::open(folder, Access::Read)?;
    let before = resident()?;
    let mut best = f64::INFINITY;
    for run in 0..5 {
        let start = Instant::now();
        let snapshot = index.snapshot()?;
        best = best.min(start.elapsed().as_secs_f64());
        if run == 0 {
            let codes = snapshot.codes().max(1) as usize;
            println!("{codes} codes, {} bytes resident a code", (resident()? - before) / codes);
        }
        let start = Instant::now();
        let known = snapshot.asset(&AssetId(hash(0)))?.is_some();
        let asset = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let hits = snapshot.near(&[CodeQuery { code: code(1, 1) }], 31)?.value[0].len();
        let near = start.elapsed().as_secs_f64();
        println!("first asset {asset:.4} s ({known}), near {near:.4} s ({hits} hits)");
    }
    println!("snapshot {best:.3} s");
    Ok(())
}

fn fill(index: &Index, assets: u64, samples: u64) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let mut writer = index.writer(Timestamp::UNIX_EPOCH)?;
    for asset in 0..assets {
        let sample = |i: u64| Sample {
            at: MediaTime(i.cast_signed() * 4_500_000),
            shot: i as u32,
            kept: true,
            texture: 80,
            gate: None,
            pdq: code(asset, i),
            pdq_quality: Quality(100),
            gradient: i,
            views: Vec::new(),
            thumbnail: vec![i as u8; 16],
            cutouts: Vec::new(),
        };
        let record = Record {
            asset: AssetFacts {
                id: AssetId(hash(asset)),
                kind: MediaKind::Video,
                size_bytes: asset,
                mime: "video/mp4".to_owned(),
                width: 1280,
                height: 720,
                duration: None,
                has_sound: None,
            },
            profile: Profile::Standard,
            samples: (0..samples).map(sample).collect(),
            track: None,
            metadata: Metadata::default(),
            gaps: Vec::new(),
        };
        let role = Role::Reference;
        writer.put(&Entry { record: &record, role, file: None, sightings: &[], claims: &[] })?;
        if asset % 4096 == 4095 {
            writer.commit()?;
        }
    }
    writer.commit()?;
    println!("made in {:.1} s", start.elapsed().as_secs_f64());
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

fn code(asset: u64, sample: u64) -> Pdq {
    let bytes = hash(asset << 20 | sample);
    let (words, _) = bytes.as_chunks::<8>();
    Pdq(std::array::from_fn(|i| u64::from_le_bytes(words[i])))
}

/// Bytes of memory of this process, as Linux counts them.
fn resident() -> Result<usize, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/statm")?;
    Ok(text.split(' ').nth(1).ok_or("no statm")?.parse::<usize>()? * 4096)
}
