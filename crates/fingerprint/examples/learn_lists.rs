//! Learns the lists into which descriptors are sorted, and says how often neighbours share them:
//! `cargo run --release --example learn_lists -- OUT [FILE...] -- [FILE...]`.
//!
//! Lists are learned from the features of the first files, unless there are none, by two levels of majorities; what is
//! said is of the others, with the lists as they are compiled in.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use firstseen_fingerprint::local;
use firstseen_model::{Descriptor, Luma, View};

const BRANCHES: usize = 64;
const ROUNDS: usize = 12;

/// Features of each picture: more than are kept of one, for variety.
const COUNT: usize = 800;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().ok_or("where to?")?;
    let arguments: Vec<String> = arguments.collect();
    let end = arguments.iter().position(|file| file == "--").unwrap_or(arguments.len());
    if end > 0 {
        let mut all = Vec::new();
        for file in &arguments[..end] {
            all.extend(descriptors(&opened(file)?, COUNT));
        }
        println!("{} descriptors", all.len());
        let (cells, members) = majorities(&all);
        let mut table = cells.clone();
        for (cell, members) in cells.iter().zip(members) {
            let (mut lists, _) = majorities(&members);
            // A cell with few members has lists that nothing falls into.
            lists.resize(BRANCHES, *cell);
            table.extend(lists);
        }
        let bytes = table.iter().flat_map(|middle| middle.0).flat_map(u64::to_le_bytes);
        std::fs::write(out, bytes.collect::<Vec<u8>>())?;
    }
    let files = arguments.get(end + 1..).unwrap_or_default();
    shares(files)
}

fn opened(file: &str) -> Result<Luma, Box<dyn std::error::Error>> {
    let picture = image::open(file)?.into_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Ok(Luma::new(width, height, picture.into_raw()).ok_or("a picture without pixels")?)
}

fn descriptors(picture: &Luma, count: usize) -> Vec<Descriptor> {
    let features = local::features(picture.view(), count, &[View::default()]);
    features.into_iter().flat_map(|found| found.points).map(|point| point.descriptor).collect()
}

/// At most 64 descriptors, each the majority of those that are nearest to it, and those.
fn majorities(all: &[Descriptor]) -> (Vec<Descriptor>, Vec<Vec<Descriptor>>) {
    let step = (all.len() / BRANCHES).max(1);
    let mut middles: Vec<Descriptor> = all.iter().copied().step_by(step).take(BRANCHES).collect();
    let mut members = Vec::new();
    for _ in 0..ROUNDS {
        members = vec![Vec::new(); middles.len()];
        for &descriptor in all {
            let nearest = (0..middles.len()).min_by_key(|&at| descriptor.distance(middles[at]));
            if let Some(nearest) = nearest {
                members[nearest].push(descriptor);
            }
        }
        for (middle, members) in middles.iter_mut().zip(&members) {
            if !members.is_empty() {
                *middle = majority(members);
            }
        }
    }
    (middles, members)
}

fn majority(of: &[Descriptor]) -> Descriptor {
    let yes = |bit: usize| of.iter().filter(|one| one.0[bit / 64] >> (bit % 64) & 1 == 1).count();
    let mut words = [0; 4];
    for bit in 0..256 {
        words[bit / 64] |= u64::from(2 * yes(bit) > of.len()) << (bit % 64);
    }
    Descriptor(words)
}

/// Prints what share of a picture's descriptors have the list of their nearest neighbour in a copy among the first few.
fn shares(files: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    const REACHES: [u16; 3] = [32, 40, 48];
    const PROBES: [usize; 6] = [1, 4, 8, 16, 32, 64];
    let mut found = [[0usize; PROBES.len()]; REACHES.len()];
    let mut pairs = [0usize; REACHES.len()];
    let mut sizes = vec![0usize; local::LISTS];
    for file in files {
        let picture = opened(file)?;
        let smaller = |side: usize| (side * 7 / 10).max(1);
        let (width, height) = (smaller(picture.width()), smaller(picture.height()));
        let copy = firstseen_fingerprint::shrink::to_size(picture.view(), width, height);
        let references = descriptors(&picture, local::COUNT);
        for &reference in &references {
            sizes[usize::from(local::list_of(reference))] += 1;
        }
        for query in descriptors(&copy, local::COUNT) {
            let nearest = references.iter().min_by_key(|reference| query.distance(**reference));
            let Some(&nearest) = nearest else { continue };
            let lists = local::lists_near(query, PROBES[PROBES.len() - 1]);
            let place = lists.iter().position(|&list| list == local::list_of(nearest));
            for (reach, (found, pairs)) in REACHES.iter().zip(found.iter_mut().zip(&mut pairs)) {
                if query.distance(nearest) > *reach {
                    continue;
                }
                *pairs += 1;
                for (found, probes) in found.iter_mut().zip(PROBES) {
                    *found += usize::from(place.is_some_and(|place| place < probes));
                }
            }
        }
    }
    println!("probes {PROBES:?}");
    for ((reach, found), pairs) in REACHES.iter().zip(found).zip(pairs) {
        let shares = found.map(|found| format!("{:.3}", found as f64 / pairs.max(1) as f64));
        println!("d <= {reach}: {pairs} pairs, {}", shares.join(" "));
    }
    let (all, squares) =
        sizes.iter().fold((0, 0), |(all, squares), &size| (all + size, squares + size * size));
    let uneven = (squares * local::LISTS) as f64 / (all * all).max(1) as f64;
    println!(
        "{all} descriptors in lists; a search reads {uneven:.1} times what even lists would ask for"
    );
    Ok(())
}
