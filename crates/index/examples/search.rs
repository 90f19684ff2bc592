//! Times what searching sightings costs: making an index of them, finding words, cases and dates, and testing all of it.
//!
//! `search FOLDER SIGHTINGS`: makes an index of so many assets of one sighting each in FOLDER, unless one is there.

#![expect(clippy::print_stdout, reason = "what it prints is its result")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use firstseen_index::{Access, Entry, Index, Limit, Role, Search};
use firstseen_intake::Record;
use firstseen_media::Metadata;
use firstseen_model::{
    AssetFacts, AssetId, Basis, DateKind, Dated, MediaKind, Profile, SightingDraft,
};
use jiff::Timestamp;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, sightings] = args.as_slice() else {
        return Err("usage: search FOLDER SIGHTINGS".into());
    };
    let folder = Path::new(folder);
    if !folder.exists() {
        let start = Instant::now();
        fill(&Index::create(folder)?, sightings.parse()?)?;
        println!("made in {:.1} s", start.elapsed().as_secs_f64());
    }
    let index = Index::open(folder, Access::Read)?;
    let snapshot = index.snapshot()?;
    let case = Limit { case: Some("case 7".to_owned()), ..Limit::default() };
    let all = Limit::default();
    let year = Some((Some("2021-01-01T00:00:00Z".parse()?), Some("2021-01-31T00:00:00Z".parse()?)));
    for (what, text, limit, posted) in [
        ("a rare word", Some("word77"), &all, None),
        ("a word of all", Some("солдаты"), &all, None),
        ("a case", None, &case, None),
        ("a word in a case", Some("солдаты"), &case, None),
        ("a month", None, &all, year),
    ] {
        let start = Instant::now();
        let found = snapshot.find(&Search { text, limit, posted, place: None, rows: 100 })?;
        println!("{what}: {} rows in {:.3} s", found.value.len(), start.elapsed().as_secs_f64());
    }
    let start = Instant::now();
    let within = snapshot.within(&case)?;
    println!(
        "a case has {} assets, counted in {:.3} s",
        within.assets,
        start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    let problems = index.verify()?;
    println!("{} problems found in {:.1} s", problems.len(), start.elapsed().as_secs_f64());
    Ok(())
}

fn fill(index: &Index, sightings: u32) -> Result<(), Box<dyn Error>> {
    let mut writer = index.writer(Timestamp::UNIX_EPOCH)?;
    for i in 0..sightings {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&i.wrapping_mul(0x9e37_79b9).to_be_bytes());
        let record = Record {
            asset: AssetFacts {
                id: AssetId(id),
                kind: MediaKind::Picture,
                size_bytes: 1,
                mime: "image/jpeg".to_owned(),
                width: 640,
                height: 480,
                duration: None,
                has_sound: None,
            },
            profile: Profile::Standard,
            samples: Vec::new(),
            track: None,
            metadata: Metadata::default(),
            gaps: Vec::new(),
        };
        let posted = i64::from(i) * 300 + 1_600_000_000;
        let words: Vec<String> = (1..20).map(|word| format!("word{}", i / word)).collect();
        let seen = SightingDraft {
            source: "telegram".to_owned(),
            post: Some(i.to_string()),
            case: Some(format!("case {}", i % 1_000)),
            caption: format!("Солдаты {}", words.join(" ")),
            dates: Dated::from_unix(posted, DateKind::Posted, Basis::Person).into_iter().collect(),
            ..SightingDraft::default()
        };
        let (role, sightings) = (Role::Reference, [seen.of(record.asset.id)]);
        writer.put(&Entry {
            record: &record,
            role,
            file: None,
            sightings: &sightings,
            claims: &[],
        })?;
        if i % 4_096 == 4_095 {
            writer.commit()?;
        }
    }
    writer.commit()?;
    Ok(())
}
