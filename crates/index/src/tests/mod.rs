//! What an index promises as a whole.

mod damage;
mod durability;
mod features;
mod round_trip;
mod said;

use std::fs;
use std::path::{Path, PathBuf};

use firstseen_fingerprint::{Pdq, Quality};
use firstseen_intake::{Cutout, Gate, Record, Sample, TimeTrack};
use firstseen_media::{Fact, FactKind, Metadata, Preview, Trust};
use firstseen_model::{
    Area, AssetFacts, AssetId, Basis, Claim, DateKind, Dated, Decision, Descriptor, Doubt, Feature,
    Features, Gap, MediaKind, MediaTime, Note, Part, Place, PlaceKind, Point, Profile, Ruling,
    Sighting, SightingDraft, Spot, Subject, View,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{Access, Entry, FileSeen, Index, Level, Role, Snapshot};

/// 2026-11-23T08:00:00Z.
pub(crate) const NOW: i64 = 1_795_420_800;

pub(crate) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A clip of eight samples, the last of them dark and the one before it not kept. The third has no cutouts, the others
/// have two, of five features in two views each.
pub(crate) fn clip(seed: u8) -> Record {
    let sample = |i: u8| Sample {
        at: MediaTime(i64::from(i) * 1_500_000),
        shot: u32::from(i / 3),
        kept: i != 6,
        texture: 40 + i,
        gate: (i == 7).then_some(Gate::Dark),
        pdq: code(seed, i),
        pdq_quality: Quality(90 + i),
        gradient: u64::from_le_bytes([seed, i, 3, 4, 5, 6, 7, 250]),
        views: Vec::new(),
        thumbnail: if i == 5 { Vec::new() } else { vec![seed ^ i; 40 + usize::from(i)] },
        cutouts: if i == 2 { Vec::new() } else { vec![cutout(seed, i), cutout(!seed, i)] },
    };
    Record {
        asset: AssetFacts {
            id: AssetId([seed; 32]),
            kind: MediaKind::Video,
            size_bytes: u64::MAX - u64::from(seed),
            mime: "video/mp4".to_owned(),
            width: 1280,
            height: 720,
            duration: Some(MediaTime(12_000_000)),
            has_sound: Some(true),
        },
        profile: Profile::Standard,
        samples: (0..8).map(sample).collect(),
        track: Some(TimeTrack {
            codes: (0..48).map(|i| i * 0x0101_0101_0101_0101 + u64::from(seed)).collect(),
            variants: Vec::new(),
        }),
        metadata: Metadata {
            previews: vec![Preview {
                read_from: "exif:IFD1".to_owned(),
                width: 160,
                height: 120,
                agreement: Some(0.1 + 0.2),
            }],
            facts: vec![
                fact("make", "Käm\u{0}era"),
                fact("body_serial", &format!("30610{seed}")),
                fact("xmp_document_id", "xmp.did:shared"),
                fact("image_unique_id", "00000000"),
            ],
            dates: vec![date(DateKind::Captured, Basis::Exif)],
            places: vec![place()],
        },
        gaps: vec![Gap::at("frame", MediaTime(1), "dark"), Gap::new("stream", "unknown codec")],
    }
}

fn fact(name: &str, value: &str) -> Fact {
    Fact {
        name: name.to_owned(),
        value: value.to_owned(),
        raw: "\"{}\u{202e}".to_owned(),
        read_from: "exif:IFD0".to_owned(),
        kind: FactKind::Device,
        trust: Trust::Declared,
    }
}

/// Codes of different seeds are far apart.
pub(crate) fn code(seed: u8, sample: u8) -> Pdq {
    let hash = blake3::hash(&[seed, sample]);
    let (words, _) = hash.as_bytes().as_chunks::<8>();
    Pdq(std::array::from_fn(|i| u64::from_le_bytes(words[i])))
}

fn cutout(seed: u8, sample: u8) -> Cutout {
    let feature = |i: u8| Feature {
        x: 0xff00 + u16::from(i),
        y: 257 * u16::from(sample),
        level: i,
        angle: 250 + i,
        descriptor: descriptor(seed, sample, i),
    };
    let features = Features {
        width: 480,
        height: 260 + u16::from(sample),
        points: (0..5).map(feature).collect(),
    };
    let negative = View { negative: true, ..View::default() };
    Cutout {
        part: Part { x: 0.1, y: 1.0 / 3.0, width: 0.5, height: f32::from(sample) / 16.0 },
        features: vec![(View::default(), features), (negative, Features::default())],
        thumbnail: vec![seed; if sample.is_multiple_of(2) { 0 } else { 30 }],
    }
}

/// Descriptors of different clips, samples and features are far apart.
pub(crate) fn descriptor(seed: u8, sample: u8, feature: u8) -> Descriptor {
    let hash = blake3::hash(&[seed, sample, feature]);
    let (words, _) = hash.as_bytes().as_chunks::<8>();
    Descriptor(std::array::from_fn(|i| u64::from_le_bytes(words[i])))
}

pub(crate) fn date(kind: DateKind, basis: Basis) -> Dated {
    Dated {
        text: "2022-03-11~".to_owned(),
        earliest: Some(time(1_646_956_800)),
        latest: (kind != DateKind::Captured).then(|| time(1_647_043_199)),
        kind,
        basis,
        doubt: Doubt::Approximate,
    }
}

pub(crate) fn place() -> Place {
    let point = Point { latitude: 0.1 + 0.2, longitude: -133.360_000_000_000_1, radius_m: 5e3 };
    let area = Area {
        country: "RU".to_owned(),
        region: Some("59".to_owned()),
        name: "Primorskiy".to_owned(),
    };
    Place {
        point: Some(point),
        area: Some(area.clone()),
        spots: vec![Spot { geonames: 2_013_000, name: "Sergeyevka".to_owned(), area, point }],
        ..Place::named("Сергеевка", PlaceKind::Camera, Basis::Person)
    }
}

pub(crate) fn sighting(seed: u8, post: &str) -> Sighting {
    let seen = SightingDraft {
        source: "telegram".to_owned(),
        post: Some(post.to_owned()),
        url: Some(format!("https://t.me/example/{post}")),
        channel: Some("example".to_owned()),
        archive_url: None,
        case: Some("case-7".to_owned()),
        dates: vec![
            date(DateKind::Posted, Basis::Sidecar("telegram".to_owned())),
            date(DateKind::Collected, Basis::IndexClock),
        ],
        place: Some(place()),
        caption: "слова\n".to_owned(),
        title: format!("title {post}"),
        record: "result.json".to_owned(),
        path: Some(path(seed)),
    };
    seen.of(AssetId([seed; 32]))
}

pub(crate) fn claim(seed: u8) -> Claim {
    Claim {
        asset: AssetId([seed; 32]),
        by: Some("someone".to_owned()),
        text: "it happened there".to_owned(),
        event: Some(date(DateKind::Event, Basis::Person)),
        place: Some(Place { point: None, ..place() }),
    }
}

/// What a person states of a clip.
pub(crate) fn note(seed: u8) -> Note {
    Note {
        on: Subject::Asset(AssetId([seed; 32])),
        captured: Some(date(DateKind::Captured, Basis::Person)),
        place: Some(place()),
        label: Some(format!("учения {seed}")),
        by: "kd".to_owned(),
        basis: "was there".to_owned(),
        at: time(NOW),
        retracted: None,
    }
}

/// A person's word on a clip and one that is not in the index.
pub(crate) fn decision(seed: u8) -> Decision {
    Decision {
        one: AssetId([seed; 32]),
        other: AssetId([!seed; 32]),
        ruling: Ruling::Same,
        by: "kd".to_owned(),
        note: "frame by frame".to_owned(),
        at: time(NOW),
    }
}

/// Not UTF-8, as names may be.
pub(crate) fn path(seed: u8) -> Vec<u8> {
    [b"../media/\xff".as_slice(), &[b'a' + seed % 26], b".mp4"].concat()
}

pub(crate) fn file(seed: u8) -> FileSeen {
    FileSeen { path: path(seed), size_bytes: 77, modified_ns: -5 }
}

/// Puts a clip with everything that can be known of it, and commits.
pub(crate) fn put_all(index: &Index, seeds: impl IntoIterator<Item = u8>) {
    let mut writer = index.writer(time(NOW)).unwrap();
    for seed in seeds {
        let (record, file) = (clip(seed), file(seed));
        let (sightings, claims) = ([sighting(seed, "1"), sighting(seed, "2")], [claim(seed)]);
        let role = Role::Reference;
        writer
            .put(&Entry {
                record: &record,
                role,
                file: Some(&file),
                sightings: &sightings,
                claims: &claims,
            })
            .unwrap();
        writer.note(&note(seed)).unwrap();
        writer.decide(&decision(seed)).unwrap();
    }
    writer.commit().unwrap();
}

/// An entry without anything beside the record.
pub(crate) fn bare(record: &Record, role: Role) -> Entry<'_> {
    Entry { record, role, file: None, sightings: &[], claims: &[] }
}

pub(crate) fn exported(snapshot: &Snapshot) -> Vec<Value> {
    let mut records = Vec::new();
    snapshot
        .export(Level::All, &mut |record| {
            records.push(record.clone());
            Ok(())
        })
        .unwrap();
    records
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// The files of its segments, the largest first.
pub(crate) fn segments(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder.join("segments")).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort_by_key(|file| std::cmp::Reverse(fs::metadata(file).unwrap().len()));
    files
}

pub(crate) fn assert_sound(folder: &Path) -> Snapshot {
    let index = Index::open(folder, Access::Read).unwrap();
    assert_eq!(index.verify().unwrap(), []);
    index.snapshot().unwrap()
}
