//! Packs a table of places into the gazetteer's file: `pack_gazetteer PLACES.tsv PLACES.bin`.
//!
//! `scripts/gazetteer/make` runs it. A line of the table is GeoNames' number, number of the area's line in `areas.tsv`,
//! time zone, latitude, longitude, population, main name, and further names, with tabs between.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fs;

use firstseen_assess::gazetteer::packed::{BLOCK, LONGEST, MAGIC, imprint};
use firstseen_assess::gazetteer::{fold, skeleton};

struct Row {
    geonames: u32,
    district: (u16, String),
    latitude: f64,
    longitude: f64,
    population: u64,
    names: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, from, to] = args.as_slice() else { return Err("PLACES.tsv PLACES.bin".into()) };
    let mut rows: Vec<Row> =
        fs::read_to_string(from)?.lines().map(row).collect::<Result<_, _>>()?;
    rows.sort_by_key(|row| (band(row.latitude), degrees(row.longitude, 180.0), row.geonames));
    fs::write(to, pack(&rows)?)?;
    Ok(())
}

fn row(line: &str) -> Result<Row, Box<dyn Error>> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [geonames, area, zone, latitude, longitude, population, names @ ..] = fields.as_slice()
    else {
        return Err(format!("too few fields: {line}").into());
    };
    Ok(Row {
        geonames: geonames.parse()?,
        district: (area.parse()?, (*zone).to_owned()),
        latitude: latitude.parse()?,
        longitude: longitude.parse()?,
        population: population.parse()?,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    })
}

fn band(latitude: f64) -> u32 {
    degrees(latitude, 90.0) / 10_000
}

/// Ten thousandths of a degree from the least.
fn degrees(value: f64, offset: f64) -> u32 {
    ((value + offset) * 10_000.0).round() as u32
}

fn pack(rows: &[Row]) -> Result<Vec<u8>, Box<dyn Error>> {
    let zones: BTreeSet<&str> = rows.iter().map(|row| row.district.1.as_str()).collect();
    let zones: Vec<&str> = zones.into_iter().collect();
    let districts: BTreeSet<&(u16, String)> = rows.iter().map(|row| &row.district).collect();
    let districts: Vec<&(u16, String)> = districts.into_iter().collect();
    let names: BTreeSet<&str> = rows.iter().map(|row| row.names[0].as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();

    let mut district_bytes = Vec::new();
    for district in &districts {
        let zone = zones.binary_search(&district.1.as_str()).map_err(|_| "a zone is lost")?;
        district_bytes.extend(district.0.to_le_bytes());
        district_bytes.extend(u16::try_from(zone)?.to_le_bytes());
    }
    let mut records = Vec::new();
    for row in rows {
        let class = u64::from(u64::BITS - row.population.leading_zeros()).min(31);
        let (north, east) = (degrees(row.latitude, 90.0), degrees(row.longitude, 180.0));
        let at = u64::from(north) | u64::from(east) << 21 | class << 43;
        let district = districts.binary_search(&&row.district).map_err(|_| "a district is lost")?;
        let name = names.binary_search(&row.names[0].as_str()).map_err(|_| "a name is lost")?;
        records.extend(&row.geonames.to_le_bytes()[..3]);
        records.extend(&at.to_le_bytes()[..6]);
        records.extend(u16::try_from(district)?.to_le_bytes());
        records.extend(&u32::try_from(name)?.to_le_bytes()[..3]);
    }

    let mut keys: BTreeMap<String, BTreeSet<(u32, u8)>> = BTreeMap::new();
    for (number, row) in rows.iter().enumerate() {
        for name in &row.names {
            let folded = fold(name);
            // A main name is found whatever it looks like; of the others those are left out that only spell the letters
            // of a script without vowels.
            let spelled = folded.is_ascii() && !folded.bytes().any(|b| b"aeiouy".contains(&b));
            if folded.is_empty() || (spelled && *name != row.names[0]) {
                continue;
            }
            let key = skeleton(&folded);
            keys.entry(key).or_default().insert((u32::try_from(number)?, imprint(&folded)));
        }
    }
    let (mut starts, mut postings) = (Vec::new(), Vec::new());
    for (at, entries) in keys.values().enumerate() {
        if at % BLOCK == 0 {
            starts.extend(u32::try_from(postings.len() / 3)?.to_le_bytes());
        }
        for (i, (place, imprint)) in entries.iter().enumerate() {
            let last = u32::from(i + 1 == entries.len());
            let posting = place | u32::from(*imprint) << 18 | last << 23;
            postings.extend(&posting.to_le_bytes()[..3]);
        }
    }
    let keys: Vec<&str> = keys.keys().map(String::as_str).collect();

    let sections = [
        zones.join("\n").into_bytes(),
        district_bytes,
        records,
        dictionary(&names)?,
        dictionary(&keys)?,
        starts,
        postings,
    ];
    let mut file = MAGIC.to_vec();
    for section in &sections {
        file.extend(u32::try_from(section.len())?.to_le_bytes());
    }
    for section in &sections {
        file.extend(section);
    }
    Ok(file)
}

/// A sorted list of texts as `gazetteer/dictionary.rs` reads it.
fn dictionary(texts: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut before = "";
    let mut shared = Vec::new();
    let mut tails: Vec<Vec<u8>> = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let same = text.bytes().zip(before.bytes()).take_while(|(a, b)| a == b).count();
        let same = if at % BLOCK == 0 { 0 } else { same };
        shared.push(same);
        tails.push(text.as_bytes()[same..].to_vec());
        before = text;
    }
    let pairs = pairs(&mut tails);
    let (mut offsets, mut bytes) = (Vec::new(), Vec::new());
    for (at, (same, tail)) in shared.iter().zip(&tails).enumerate() {
        if at % BLOCK == 0 {
            offsets.extend(u32::try_from(bytes.len())?.to_le_bytes());
        }
        bytes.push((same.min(&15) << 4 | tail.len().min(15)) as u8);
        for length in [*same, tail.len()] {
            if length >= 15 {
                bytes.push(u8::try_from(length - 15)?);
            }
        }
        bytes.extend(tail);
    }
    let mut list = Vec::new();
    for count in [texts.len(), offsets.len() / 4, pairs.len()] {
        list.extend(u32::try_from(count)?.to_le_bytes());
    }
    for (byte, (first, second)) in pairs {
        list.extend([byte, first, second]);
    }
    list.extend(offsets);
    list.extend(bytes);
    Ok(list)
}

/// Puts bytes that no text has for the commonest pairs, again and again (Gage 1994, byte pair encoding).
fn pairs(tails: &mut [Vec<u8>]) -> Vec<(u8, (u8, u8))> {
    let mut used = [false; 256];
    tails.iter().flatten().for_each(|byte| used[usize::from(*byte)] = true);
    let free: Vec<u8> = (0..=255).filter(|byte| !used[usize::from(*byte)]).collect();
    let mut lengths: HashMap<u8, usize> = HashMap::new();
    let mut pairs = Vec::new();
    for byte in free {
        let length = |b: u8| lengths.get(&b).copied().unwrap_or(1);
        let mut counts = vec![0_u32; 1 << 16];
        for tail in tails.iter() {
            for pair in tail.windows(2) {
                counts[usize::from(pair[0]) << 8 | usize::from(pair[1])] += 1;
            }
        }
        let best = (0..1_usize << 16)
            .filter(|at| length((at >> 8) as u8) + length((at & 255) as u8) <= LONGEST)
            .max_by_key(|at| (counts[*at], usize::MAX - at));
        let Some(best) = best.filter(|at| counts[*at] > 100) else { break };
        let pair = ((best >> 8) as u8, (best & 255) as u8);
        let both = length(pair.0) + length(pair.1);
        lengths.insert(byte, both);
        for tail in tails.iter_mut() {
            let mut packed = Vec::with_capacity(tail.len());
            for &next in tail.iter() {
                if next == pair.1 && packed.last() == Some(&pair.0) {
                    packed.pop();
                    packed.push(byte);
                } else {
                    packed.push(next);
                }
            }
            *tail = packed;
        }
        pairs.push((byte, pair));
    }
    pairs
}
