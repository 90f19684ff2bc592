//! What a segment promises.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use firstseen_fingerprint::local::{LISTS, list_of};
use firstseen_fingerprint::{Pdq, Quality};
use firstseen_intake::Gate;
use firstseen_model::{AssetId, Descriptor, Feature, MediaTime, Profile};
use proptest::prelude::*;
use proptest::sample::Index as At;

use super::check::Bad;
use super::layout::{self, Unread};
use super::*;
use crate::scan::{Kernel, Sought};

fn feature(seed: u64) -> Feature {
    let word =
        |at: u64| (seed + at).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(at as u32 * 11);
    Feature {
        x: word(1) as u16,
        y: word(2) as u16,
        level: seed as u8 % 4,
        angle: word(3) as u8,
        descriptor: Descriptor([word(4), word(5), word(6), word(7)]),
    }
}

/// An asset of so many moments, every third one dark and the one before it without features.
fn part(id: u8, moments: usize, features: u64) -> Part {
    let moment = |i: usize| Moment {
        at: MediaTime(i as i64 * 500_000 - 1),
        shot: i as u32 / 2,
        texture: 40 + i as u8,
        gate: (i % 3 == 2).then_some(Gate::Dark),
        pdq: Pdq([id.into(), i as u64, u64::MAX, 0x0123_4567_89ab_cdef]),
        pdq_quality: Quality(100 - i as u8),
        gradient: u64::from(id) << 56 | i as u64,
        thumbnail: vec![id ^ i as u8; if i == 1 { 0 } else { 30 + i }],
        cutout: (i % 3 != 1).then(|| Cut {
            part: firstseen_model::Part { x: 0.125, y: 0.0, width: 0.75, height: 1.0 },
            width: 320,
            height: 180 + i as u16,
            thumbnail: vec![id; i],
            features: sorted(
                (0..features).map(|n| feature(n << 16 | (i as u64) << 8 | u64::from(id))),
            ),
        }),
    };
    Part {
        id: AssetId([id; 32]),
        num: i64::from(id) + 7,
        came: 1000 + u64::from(id),
        role: if id.is_multiple_of(2) { Role::Query } else { Role::Reference },
        profile: Profile::Standard,
        moments: (0..moments).map(moment).collect(),
        track: (moments > 1).then(|| vec![id.into(), 2, u64::MAX]),
    }
}

fn sorted(features: impl Iterator<Item = Feature>) -> Vec<Feature> {
    let mut features: Vec<_> = features.collect();
    features.sort_unstable_by_key(features::order);
    features
}

fn written(contents: &Contents<'_>) -> (Vec<u8>, Written) {
    let mut bytes = Vec::new();
    let written = write(contents, &mut bytes, Path::new("test")).unwrap();
    (bytes, written)
}

fn segment(parts: &[Part]) -> Segment {
    let (bytes, written) = written(&Contents { parts, kept: Vec::new() });
    Segment::in_memory(&bytes, &written.listed).unwrap()
}

/// Everything that a segment says, asset by asset, and what its lists hold.
fn all(segment: &Segment) -> Result<(Vec<Part>, Vec<u64>), Trouble> {
    let grouped = segment.grouped()?;
    let parts = (0..segment.assets()).map(|at| segment.part(at, &grouped));
    let lists = (0..LISTS as u16).map(|list| Ok(segment.list(list)?.len() as u64));
    let codes = segment.codes_view()?;
    let mut numbers = lists.collect::<Result<Vec<_>, Trouble>>()?;
    for code in 0..codes.len() {
        numbers.extend(codes.get(code).0);
    }
    let descriptors = segment.descriptors(0..segment.features())?;
    numbers.extend((0..descriptors.len()).flat_map(|place| descriptors.get(place).0));
    Ok((parts.collect::<Result<_, _>>()?, numbers))
}

fn bad(segment: &Segment) -> Vec<Bad> {
    let mut found = Vec::new();
    segment.check(&mut |bad| found.push(bad)).unwrap();
    found
}

fn parts() -> impl Strategy<Value = BTreeMap<u8, Part>> {
    let part = (any::<u8>(), 0_usize..7, 0_u64..6)
        .prop_map(|(id, moments, features)| (id, part(id, moments, features)));
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_merge_is_what_writing_all_at_once_would_have_been(
        parts in parts(),
        sides in prop::collection::vec(0_u8..4, 12),
        now in any::<u64>(),
    ) {
        // Sides 0 and 1 are older segments, 2 is new, and 3 lies in the first segment and is not kept.
        let of = |side: &[u8]| -> Vec<Part> {
            let all = parts.values().zip(&sides);
            all.filter(|(_, on)| side.contains(on)).map(|(part, _)| part.clone()).collect()
        };
        let older = [segment(&of(&[0, 3])), segment(&of(&[1]))];
        let gone = of(&[3]);
        let kept = older.iter().map(|older| {
            let entries = (0..older.assets()).map(|ordinal| (ordinal, older.entry(ordinal).unwrap()));
            let here = entries.filter(|(_, entry)| gone.iter().all(|part| part.id != entry.id));
            let kept = here.map(|(ordinal, Entry { num, .. })| Kept {
                ordinal,
                num: num + 1,
                came: now,
                role: Role::Reference,
            });
            (older, kept.collect())
        });
        let new = of(&[2]);
        let merged = written(&Contents { parts: &new, kept: kept.collect() });
        let mut expected = of(&[0, 1]);
        for part in &mut expected {
            (part.num, part.came, part.role) = (part.num + 1, now, Role::Reference);
        }
        expected.extend(new);
        let expected = written(&Contents { parts: &expected, kept: Vec::new() });
        prop_assert!(merged == expected);
    }

    #[test]
    fn what_was_written_is_read(parts in parts()) {
        let parts: Vec<_> = parts.into_values().collect();
        let read = segment(&parts);
        prop_assert_eq!(&all(&read).unwrap().0, &parts);
        prop_assert_eq!(bad(&read), []);
        for (ordinal, part) in (0..).zip(&parts) {
            prop_assert_eq!(read.find(&part.id).unwrap(), Some(ordinal));
        }
        prop_assert_eq!(read.find(&AssetId([9, 9, 9, 0].repeat(8).try_into().unwrap())).unwrap(), None);
        let searched = parts.iter().flat_map(|part| &part.moments).filter(|moment| moment.gate.is_none());
        prop_assert!(searched.map(|moment| moment.pdq).eq((0..read.codes()).map(|row| read.code(row).unwrap())));
    }

    #[test]
    fn a_flipped_bit_is_found_and_changes_no_answer(at: At, bit in 0..8) {
        let parts = [part(1, 5, 3), part(2, 0, 0), part(3, 4, 9)];
        let (mut bytes, Written { listed, .. }) = written(&Contents { parts: &parts, kept: Vec::new() });
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        let Ok(read) = Segment::in_memory(&bytes, &listed) else { return Ok(()) };
        if let Ok((found, _)) = all(&read) {
            prop_assert_eq!(found, parts);
        }
        prop_assert!(!bad(&read).is_empty(), "byte {}", at);
    }

    #[test]
    fn bytes_that_sum_up_but_make_no_sense_never_end_the_process(
        flips in prop::collection::vec((any::<At>(), any::<u8>()), 1..6),
    ) {
        let parts = [part(1, 5, 3), part(2, 0, 0), part(3, 4, 9)];
        let (mut bytes, Written { mut listed, .. }) = written(&Contents { parts: &parts, kept: Vec::new() });
        let end = bytes.len() - layout::EDGE;
        for (at, byte) in flips {
            let at = at.index(end);
            bytes[at] = byte;
        }
        // Sums are made anew, as somebody would who wants it to be believed.
        let offset = u64::from_le_bytes(bytes[end..end + 8].try_into().unwrap()) as usize;
        let sums = bytes[..offset].chunks(layout::CHUNK as usize).flat_map(|chunk| blake3::hash(chunk).as_bytes()[..8].to_vec());
        let sums: Vec<_> = sums.collect();
        bytes[end - sums.len()..end].copy_from_slice(&sums);
        listed.footer = *blake3::hash(&bytes[offset..end]).as_bytes();
        bytes[end + 16..end + 48].copy_from_slice(&listed.footer);
        if let Ok(read) = Segment::in_memory(&bytes, &listed) {
            let _ = all(&read);
            read.check(&mut |_| ()).unwrap();
            let kept = (0..read.assets()).map(|ordinal| Kept { ordinal, num: 1, came: 1, role: Role::Query });
            let contents = Contents { parts: &[], kept: vec![(&read, kept.collect())] };
            let _ = write(&contents, &mut Vec::new(), Path::new("test"));
        }
    }
}

#[test]
fn a_file_is_read_as_what_lies_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let parts = [part(1, 5, 30), part(4, 6, 2)];
    let (bytes, Written { listed, assets, codes, rows, features }) =
        written(&Contents { parts: &parts, kept: Vec::new() });
    let path = folder.path().join(listed.file_name());
    fs::write(&path, &bytes).unwrap();
    assert_eq!(blake3::hash(&bytes).as_bytes(), &listed.blake3);
    let read = Segment::open(File::open(&path).unwrap(), &path, &listed).unwrap();
    assert_eq!(all(&read).unwrap(), all(&segment(&parts)).unwrap());
    assert_eq!(bad(&read), []);
    assert_eq!((assets, codes, rows, features), (2, 8, 11, 3 * 30 + 4 * 2));
    assert_eq!((read.assets(), read.codes(), read.rows(), read.features()), (2, 8, 11, 98));
    assert_eq!(read.sizes().map(|(_, bytes)| bytes).sum::<u64>() / 1000, listed.bytes / 1000);
    // A file that was cut is told before it is mapped.
    for length in (0..bytes.len()).step_by(997).chain([bytes.len() - 1, bytes.len() + 1]) {
        File::options().write(true).open(&path).unwrap().set_len(length as u64).unwrap();
        assert!(Segment::open(File::open(&path).unwrap(), &path, &listed).is_err(), "{length}");
        fs::write(&path, &bytes).unwrap();
    }
}

#[test]
fn nothing_cut_short_is_opened() {
    let (bytes, Written { listed, .. }) =
        written(&Contents { parts: &[part(1, 2, 1)], kept: Vec::new() });
    for length in 0..bytes.len() {
        let cut = Listed { bytes: length as u64, ..listed };
        assert!(Segment::in_memory(&bytes[..length], &listed).is_err(), "{length}");
        assert!(Segment::in_memory(&bytes[..length], &cut).is_err(), "{length}");
    }
}

#[test]
fn features_lie_in_their_lists_and_are_found_there() {
    let parts = [part(1, 5, 40), part(2, 5, 40)];
    let read = segment(&parts);
    for sought in [parts[0].moments[0].cutout.as_ref(), parts[1].moments[2].cutout.as_ref()] {
        let descriptor = sought.unwrap().features[7].descriptor;
        let places = read.list(list_of(descriptor)).unwrap();
        let view = read.descriptors(places.clone()).unwrap();
        let mut found = Vec::new();
        let points = [Sought { point: 0, descriptor, radius: 0 }];
        view.within(Kernel::best(), places, &points, |near| {
            found.push(read.feature(near.place).unwrap());
            0
        });
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, sought.unwrap().features[7]);
    }
    let ends: Vec<_> = (0..LISTS as u16).map(|list| read.list(list).unwrap()).collect();
    assert!(ends.windows(2).all(|pair| pair[0].end == pair[1].start));
    assert!(read.list(LISTS as u16).is_err());
    assert!(read.row(read.rows()).is_err() && read.thumbnail(read.rows()).is_err());
    assert!(read.entry(2).is_err() && read.feature(read.features()).is_err());
}

/// Assets of some 150 KiB each, so that each has chunks to itself.
fn large() -> [Part; 4] {
    [1, 2, 3, 4].map(|id| {
        let mut part = part(id, 3, 5);
        let mut noise = vec![0; 150_000];
        blake3::Hasher::new().update(&[id]).finalize_xof().fill(&mut noise);
        part.moments[0].thumbnail = noise;
        part
    })
}

#[test]
fn a_bad_chunk_costs_what_lies_in_it() {
    let parts = large();
    let (mut bytes, Written { listed, .. }) =
        written(&Contents { parts: &parts, kept: Vec::new() });
    let jpeg = &parts[2].moments[0].thumbnail;
    let at = bytes.windows(64).position(|window| window == &jpeg[70_000..70_064]).unwrap();
    bytes[at] ^= 1;
    let read = Segment::in_memory(&bytes, &listed).unwrap();
    let salvaged = read.salvage().unwrap();
    assert_eq!(salvaged.whole, [0, 1, 3]);
    assert_eq!(salvaged.lost.iter().map(|lost| lost.0).collect::<Vec<_>>(), [2]);
    let grouped = read.salvageable().unwrap();
    for ordinal in [0, 1, 3] {
        assert_eq!(read.part(ordinal, &grouped).unwrap(), parts[ordinal as usize]);
    }
    let found = bad(&read);
    let told: Vec<_> = found.iter().map(|bad| (bad.section, bad.asset)).collect();
    assert_eq!(told, [("thumbnails", None), ("file", None), ("asset", Some(2))]);
    // A merge that would need it fails; one that does not need it goes on.
    for (ordinals, good) in [(vec![0, 1, 2, 3], false), (vec![0, 3], true)] {
        let kept = ordinals.into_iter().map(|ordinal| Kept {
            ordinal,
            num: 1,
            came: 1,
            role: Role::Query,
        });
        let contents = Contents { parts: &[], kept: vec![(&read, kept.collect())] };
        assert_eq!(write(&contents, &mut Vec::new(), Path::new("test")).is_ok(), good);
    }
}

#[test]
fn an_asset_comes_once() {
    let twice = [part(1, 2, 1), part(1, 3, 1)];
    let contents = Contents { parts: &twice, kept: Vec::new() };
    assert!(write(&contents, &mut Vec::new(), Path::new("test")).is_err());
}

#[test]
fn what_does_not_fit_into_a_row_is_refused() {
    let mut late = part(1, 4, 1);
    late.moments.reverse();
    let contents = Contents { parts: std::slice::from_ref(&late), kept: Vec::new() };
    assert!(write(&contents, &mut Vec::new(), Path::new("test")).is_err());
    let mut late = late.in_order().unwrap();
    assert_eq!(late, part(1, 4, 1));
    for at in [TIMES.start, TIMES.end - 1, -1] {
        late.moments[0].at = MediaTime(at);
        let late = late.clone().in_order().unwrap();
        assert_eq!(all(&segment(std::slice::from_ref(&late))).unwrap().0, [late]);
    }
    late.moments[0].at = MediaTime(TIMES.end);
    assert!(late.clone().in_order().is_err());
    late.moments[0].at = MediaTime(0);
    late.moments[0].shot = MAX_SHOT + 1;
    assert!(late.in_order().is_err());
}

#[test]
fn a_full_disk_is_told_with_its_path() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let parts = large();
    let contents = Contents { parts: &parts, kept: Vec::new() };
    for room in [0, 1, 65_536, 400_000] {
        let failed = write(&contents, &mut Full(room), Path::new("here")).unwrap_err();
        assert!(matches!(failed, Trouble::Io { path, .. } if path == "here"), "{room}");
    }
}

#[test]
fn a_newer_format_is_refused_and_a_section_may_be_passed_over() {
    let mut newer = layout::header();
    newer[32] = 2;
    assert_eq!(layout::check_header(&newer), Err(Unread::Newer(2)));
    newer[0] = b'F';
    assert!(matches!(layout::check_header(&newer), Err(Unread::Bad(_))));
    let (bytes, Written { listed, .. }) =
        written(&Contents { parts: &[part(1, 2, 1)], kept: Vec::new() });
    let end = bytes.len() - layout::EDGE;
    let trailer = bytes[end..].try_into().unwrap();
    let (range, _) = layout::footer_range(trailer, listed.bytes).unwrap();
    let mut footer = bytes[range.start as usize..range.end as usize].to_vec();
    assert!(layout::parse_footer(&footer, range.start).is_ok());
    footer[0] += 1;
    let mut sound = [0; 32];
    sound[0] = 11;
    sound[8] = 64;
    for (flags, passes) in [(0, false), (1, true), (2, false), (3, true)] {
        sound[4] = flags;
        let mut footer = footer.clone();
        footer.splice(8..8, sound);
        assert_eq!(layout::parse_footer(&footer, range.start).is_ok(), passes, "{flags}");
    }
    sound[16] = 1;
    footer.splice(8..8, sound);
    assert!(layout::parse_footer(&footer, range.start).is_err(), "sections overlap");
}
