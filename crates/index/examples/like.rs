//! Times what an index of many local features costs: making it, loading it, and looking points up.
//!
//! `like FOLDER PICTURES BASES`: makes an index of so many pictures of 250 features each in FOLDER, unless one is there,
//! and looks 500 points up, half of them near a feature and half of them near none. BASES holds descriptors of real
//! pictures, 32 bytes each; the features are these with 20 to 100 bits changed, so that they crowd as real ones do.

#![expect(clippy::print_stdout, reason = "what it prints is its result")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use firstseen_fingerprint::{Pdq, Quality};
use firstseen_index::{Access, Entry, Index, Role};
use firstseen_intake::{Cutout, Record, Sample};
use firstseen_media::Metadata;
use firstseen_model::{
    AssetFacts, AssetId, Descriptor, Feature, Features, MediaKind, MediaTime, Part, Profile, View,
};
use jiff::Timestamp;

const FEATURES: u64 = 250;
const RADIUS: u16 = 48;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, pictures, bases] = args.as_slice() else {
        return Err("usage: like FOLDER PICTURES BASES".into());
    };
    let (folder, pictures) = (Path::new(folder), pictures.parse()?);
    let bases = read(bases)?;
    if !folder.exists() {
        fill(&Index::create(folder)?, pictures, &bases)?;
    }
    let index = Index::open(folder, Access::Read)?;
    let snapshot = index.snapshot()?;
    let before = resident()?;
    let (start, start_busy) = (Instant::now(), busy()?);
    snapshot.like(&[], RADIUS)?;
    let (loaded, loaded_busy) = (start.elapsed().as_secs_f64(), busy()? - start_busy);
    let features = (pictures * FEATURES) as f64;
    let bytes = (resident()? - before) as f64 / features;
    println!(
        "{features} features loaded in {loaded:.2} s ({loaded_busy:.2} s of a processor), {bytes:.1} bytes resident each"
    );

    let mut random = Random(7);
    let mut sought = Vec::new();
    for point in 0..500 {
        let (picture, place) = (random.below(pictures), random.below(FEATURES));
        let far = descriptor(&bases, pictures + picture, place);
        let near = descriptor(&bases, picture, place);
        let bits = random.below(41);
        sought.push(if point % 2 == 0 { flipped(near, bits, &mut random) } else { far });
    }
    let mut all = BTreeSet::new();
    for probes in [usize::MAX, 1, 2, 4, 8, 16, 32, 64] {
        let mut best = f64::INFINITY;
        let mut found = BTreeSet::new();
        for _ in 0..3 {
            let start = busy()?;
            let answer = snapshot.like_in(&sought, RADIUS, probes)?;
            best = best.min(busy()? - start);
            let hits = answer.value.iter();
            found = hits
                .filter(|hit| hit.distance <= RADIUS)
                .map(|hit| (hit.distance, hit.point, hit.sample, hit.feature.x))
                .collect();
        }
        if probes == usize::MAX {
            all = found.clone();
        }
        let share = |least: u16, most: u16| {
            let wanted = all.iter().filter(|hit| (least..=most).contains(&hit.0));
            let (mut count, mut kept) = (0, 0);
            for hit in wanted {
                count += 1;
                kept += usize::from(found.contains(hit));
            }
            f64::from(kept as u32) / f64::from(count.max(1))
        };
        let shares = [share(0, 16), share(17, 32), share(33, 40), share(41, RADIUS)];
        let probes = if probes == usize::MAX { "all".to_owned() } else { probes.to_string() };
        println!(
            "{probes:>4} lists: {:7.1} ms, {:6} hits, kept at 0-16, -32, -40, -{RADIUS} bits: {shares:.3?}",
            best * 1e3,
            found.len()
        );
    }
    Ok(())
}

fn fill(index: &Index, pictures: u64, bases: &[Descriptor]) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let mut writer = index.writer(Timestamp::UNIX_EPOCH)?;
    for picture in 0..pictures {
        let point = |place| Feature {
            x: place as u16,
            y: 0,
            level: 0,
            angle: 0,
            descriptor: descriptor(bases, picture, place),
        };
        let points = (0..FEATURES).map(point).collect();
        let features = Features { width: 480, height: 320, points };
        let sample = Sample {
            at: MediaTime(0),
            shot: 0,
            kept: true,
            texture: 80,
            gate: None,
            pdq: Pdq([picture; 4]),
            pdq_quality: Quality(100),
            gradient: picture,
            views: Vec::new(),
            thumbnail: vec![picture as u8; 2500],
            cutouts: vec![Cutout {
                part: Part::WHOLE,
                features: vec![(View::default(), features)],
                thumbnail: Vec::new(),
            }],
        };
        let mut id = [0; 32];
        id[..8].copy_from_slice(&Random(picture).next().to_le_bytes());
        id[8..16].copy_from_slice(&picture.to_le_bytes());
        let record = Record {
            asset: AssetFacts {
                id: AssetId(id),
                kind: MediaKind::Picture,
                size_bytes: picture,
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
        if picture % 4096 == 4095 {
            writer.commit()?;
        }
    }
    writer.commit()?;
    println!("made in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// The same in every run.
fn descriptor(bases: &[Descriptor], picture: u64, place: u64) -> Descriptor {
    let mut random = Random((picture << 16 | place).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let base = bases[random.below(bases.len() as u64) as usize];
    let bits = 20 + random.below(81);
    flipped(base, bits, &mut random)
}

fn flipped(Descriptor(mut words): Descriptor, bits: u64, random: &mut Random) -> Descriptor {
    for _ in 0..bits {
        let bit = random.below(256);
        words[bit as usize / 64] ^= 1 << (bit % 64);
    }
    Descriptor(words)
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

fn read(path: &str) -> Result<Vec<Descriptor>, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let (descriptors, rest) = bytes.as_chunks::<32>();
    if descriptors.is_empty() || !rest.is_empty() {
        return Err(format!("{path} does not hold whole descriptors").into());
    }
    let words = descriptors.iter().map(|descriptor| {
        let (words, _) = descriptor.as_chunks::<8>();
        Descriptor(std::array::from_fn(|i| u64::from_le_bytes(words[i])))
    });
    Ok(words.collect())
}

/// Seconds that this thread has had a processor, as Linux counts them: others may be at work on the machine.
fn busy() -> Result<f64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().ok_or("no schedstat")?.parse::<f64>()? / 1e9)
}

/// Bytes of memory of this process, as Linux counts them.
fn resident() -> Result<usize, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/statm")?;
    Ok(text.split(' ').nth(1).ok_or("no statm")?.parse::<usize>()? * 4096)
}
