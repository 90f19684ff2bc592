//! Local features go in, are found again, and are given for no more than they are.

use firstseen_fingerprint::local::{LISTS, list_of, lists_near};
use firstseen_model::{Dihedral, FeatureHit};
use proptest::prelude::*;

use super::*;
use crate::part::LOCAL_VERSION;
use crate::{MAX_HITS, PutAsset, Selection, StoredCutout};

fn index_of(seeds: impl IntoIterator<Item = u8>) -> Snapshot {
    let index = Index::in_memory().unwrap();
    put_all(&index, seeds);
    index.snapshot().unwrap()
}

fn flipped(Descriptor(mut words): Descriptor, bits: u32) -> Descriptor {
    (0..bits).for_each(|bit| words[bit as usize % 4] ^= 1 << (bit / 4));
    Descriptor(words)
}

/// A picture with these descriptors.
fn picture(seed: u8, descriptors: impl IntoIterator<Item = Descriptor>) -> Record {
    let mut picture = clip(seed);
    picture.samples.truncate(1);
    let points = descriptors.into_iter().enumerate();
    let point = |(i, descriptor)| Feature { x: i as u16, y: 0, level: 0, angle: 0, descriptor };
    picture.samples[0].cutouts[0].features[0].1.points = points.map(point).collect();
    picture
}

/// Point, distance, asset, time there, and the feature's place.
type Found = (u32, u16, AssetId, MediaTime, u16);

/// Hits with what they are of, in place of the samples' numbers, which follow from the order of adding.
fn of_content(snapshot: &Snapshot, hits: &[FeatureHit]) -> Vec<Found> {
    let samples: Vec<_> = hits.iter().map(|hit| hit.sample).collect();
    let cutouts = snapshot.cutouts(&samples).unwrap();
    let named = hits.iter().zip(cutouts);
    let mut named: Vec<_> =
        named.map(|(hit, of)| (hit.point, hit.distance, of.asset, of.at, hit.feature.x)).collect();
    named.sort_unstable();
    named
}

#[test]
fn the_first_cutout_comes_out_as_it_went_in() {
    let snapshot = index_of([1, 2]);
    let (id, record) = (AssetId([2; 32]), clip(2));
    let samples = snapshot.samples(&id).unwrap();
    // In the order asked, and twice where asked twice.
    let mut asked: Vec<u64> = samples.iter().rev().map(|sample| sample.id.0).collect();
    asked.push(asked[0]);
    let cutouts = snapshot.cutouts(&asked).unwrap();
    assert_eq!(cutouts.iter().map(|cutout| cutout.sample.0).collect::<Vec<_>>(), asked);
    for StoredCutout { asset, at, shot, texture, part, width, height, thumbnail, .. } in cutouts {
        let put = record.samples.iter().find(|sample| sample.at == at).unwrap();
        assert_eq!((asset, shot, texture), (id, put.shot, put.texture));
        let kept = put.cutouts.first();
        let plane =
            kept.map_or((0, 0), |kept| (kept.features[0].1.width, kept.features[0].1.height));
        assert_eq!((part, (width, height)), (kept.map_or(Part::WHOLE, |kept| kept.part), plane));
        let own = kept.map(|kept| kept.thumbnail.clone()).unwrap_or_default();
        let shown = if own.is_empty() { put.thumbnail.clone() } else { own };
        assert_eq!(thumbnail.unwrap_or_default(), shown);
    }
}

#[test]
fn features_are_found_with_all_that_they_are() {
    let snapshot = index_of([1, 2]);
    let put = clip(2).samples[1].cutouts[0].features[0].1.points[3];
    let answer = snapshot.like(&[descriptor(9, 0, 0), flipped(put.descriptor, 12)], 12).unwrap();
    assert_eq!((answer.value.len(), answer.truncated, answer.snapshot), (1, false, snapshot.id()));
    let hit = answer.value[0];
    assert_eq!((hit.point, hit.feature, hit.distance), (1, put, 12));
    let of = &snapshot.cutouts(&[hit.sample]).unwrap()[0];
    assert_eq!((of.asset, of.at), (AssetId([2; 32]), MediaTime(1_500_000)));
    let nearer = snapshot.like(&[flipped(put.descriptor, 12)], 11).unwrap();
    assert_eq!(nearer.value, []);
}

fn index_with<'a>(records: impl IntoIterator<Item = &'a Record>) -> Index {
    let index = Index::in_memory().unwrap();
    let mut writer = index.writer(time(NOW)).unwrap();
    for record in records {
        writer.put(&bare(record, Role::Reference)).unwrap();
    }
    writer.commit().unwrap();
    index
}

/// What a plain loop finds, with the list that each hit is of.
fn plain(records: &[Record], points: &[Descriptor], radius: u16) -> Vec<(Found, u16)> {
    let mut found = Vec::new();
    for (point, sought) in (0..).zip(points) {
        for record in records {
            for feature in &record.samples[0].cutouts[0].features[0].1.points {
                let distance = sought.distance(feature.descriptor);
                if distance <= radius {
                    let hit = (point, distance, record.asset.id, record.samples[0].at, feature.x);
                    found.push((hit, list_of(feature.descriptor)));
                }
            }
        }
    }
    found.sort_unstable();
    found
}

fn check(records: &[Record], points: &[Descriptor], radius: u16) {
    let expected = plain(records, points, radius);
    let all: Vec<_> = expected.iter().map(|(hit, _)| *hit).collect();
    let found = |snapshot: &Snapshot, probes: Option<usize>| {
        let hits = snapshot.search_features(points, radius, probes).unwrap().value;
        assert!(hits.is_sorted_by_key(|hit| (hit.point, hit.distance)));
        of_content(snapshot, &hits)
    };
    for index in [index_with(records), index_with(records.iter().rev())] {
        let snapshot = index.snapshot().unwrap();
        assert_eq!(found(&snapshot, None), all, "radius {radius}");
        assert_eq!(found(&snapshot, Some(LISTS)), all, "radius {radius}");
        for probes in [0, 1, 5, 16] {
            let near: Vec<_> = points.iter().map(|point| lists_near(*point, probes)).collect();
            let probed = expected.iter().filter(|(hit, list)| near[hit.0 as usize].contains(list));
            let probed: Vec<_> = probed.map(|(hit, _)| *hit).collect();
            assert_eq!(found(&snapshot, Some(probes)), probed, "radius {radius}, {probes} lists");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn lists_miss_only_by_probes_and_a_scan_misses_nothing(
        features in prop::collection::vec((0_u8..6, 0_u32..70, 1_u8..4), 0..120),
        points in prop::collection::vec((0_u8..6, 0_u32..70), 0..8),
        radius in 0_u16..=64,
    ) {
        let records: Vec<_> = (1..4).map(|seed| {
            let own = features.iter().filter(|(_, _, picture)| *picture == seed);
            picture(seed, own.map(|(base, bits, _)| flipped(descriptor(*base, 0, 0), *bits)))
        }).collect();
        let points: Vec<_> =
            points.iter().map(|(base, bits)| flipped(descriptor(*base, 0, 0), *bits)).collect();
        check(&records, &points, radius);
    }
}

#[test]
fn every_radius_is_inclusive_and_exact() {
    let base = descriptor(1, 0, 0);
    let of = |count: u32| (0..count).map(|bits| flipped(base, bits));
    let points = [flipped(base, 20), base, descriptor(8, 0, 0)];
    for count in [0, 1, 100] {
        let records = [picture(1, of(count)), picture(2, [])];
        for radius in (0..=64).step_by(if count == 1 { 4 } else { 1 }) {
            check(&records, &points, radius);
        }
    }
}

#[test]
fn only_references_that_are_not_gated_are_searched_and_the_rest_is_told() {
    let index = Index::in_memory().unwrap();
    put_all(&index, [1]);
    let mut writer = index.writer(time(NOW)).unwrap();
    writer.put(&bare(&clip(2), Role::Query)).unwrap();
    writer.commit().unwrap();
    let (before, gated) = (index.snapshot().unwrap(), descriptor(1, 7, 0));
    assert!(!clip(1).samples[7].cutouts.is_empty());
    assert_eq!(before.like(&[gated, descriptor(2, 0, 0)], 0).unwrap().value, []);
    let told = before.like(&[], 0).unwrap().not_searched;
    let gap = |what: &str| Gap::new("reference-samples", what);
    assert_eq!(told, [gap("1 are dark, flat or text only"), gap("1 have no local features")]);
    writer.put(&bare(&clip(2), Role::Reference)).unwrap();
    writer.commit().unwrap();
    let after = index.snapshot().unwrap();
    assert_eq!(after.like(&[gated, descriptor(2, 0, 0)], 0).unwrap().value.len(), 1);
    // Whatever came later is not of the snapshot of before.
    assert_eq!(before.like(&[descriptor(2, 0, 0)], 0).unwrap().value, []);
}

#[test]
fn the_order_of_adding_changes_no_hit() {
    let points: Vec<_> = (0..20).map(|i| descriptor(1 + i % 4, i % 6, i % 5)).collect();
    let hits = |seeds: [u8; 4]| {
        let snapshot = index_of(seeds);
        let answer = snapshot.like(&points, 110).unwrap();
        (of_content(&snapshot, &answer.value), answer.not_searched, answer.snapshot.content)
    };
    assert!(hits([1, 2, 3, 4]).0.len() > points.len());
    assert_eq!(hits([1, 2, 3, 4]), hits([3, 1, 4, 2]));
}

#[test]
fn no_point_gets_more_than_the_nearest_and_which_does_not_depend_on_the_order() {
    let base = descriptor(1, 0, 0);
    // 100 at each distance, of three pictures in turn.
    let of = |seed: u8| picture(seed, (0..900).map(|i| flipped(base, i / 20)));
    let hits = |seeds: [u8; 3]| {
        let index = Index::in_memory().unwrap();
        let mut writer = index.writer(time(NOW)).unwrap();
        for seed in seeds {
            writer.put(&bare(&of(seed), Role::Reference)).unwrap();
        }
        writer.commit().unwrap();
        let snapshot = index.snapshot().unwrap();
        let answer = snapshot.like(&[base, descriptor(9, 0, 0), flipped(base, 45)], 60).unwrap();
        assert!(answer.truncated);
        let count = |point| answer.value.iter().filter(|hit| hit.point == point).count();
        assert_eq!([0, 1, 2].map(count), [MAX_HITS, 0, MAX_HITS]);
        assert!(!snapshot.like(&[base], 15).unwrap().truncated);
        of_content(&snapshot, &answer.value)
    };
    let expected = hits([1, 2, 3]);
    assert_eq!(expected[MAX_HITS - 1].1, 16);
    assert_eq!(hits([3, 1, 2]), expected);
}

#[test]
fn a_snapshot_keeps_what_was_taken_away_or_merged_since() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::create(&folder.path().join("index")).unwrap();
    put_all(&index, [1]);
    put_all(&index, [2]);
    let before = index.snapshot().unwrap();
    let mut writer = index.writer(time(NOW)).unwrap();
    writer.remove(&Selection::Asset(AssetId([1; 32]))).unwrap();
    writer.compact(&mut |_, _| true).unwrap();
    let hit = before.like(&[descriptor(1, 0, 0)], 0).unwrap().value[0];
    assert_eq!(before.cutouts(&[hit.sample]).unwrap()[0].asset, AssetId([1; 32]));
    let after = index.snapshot().unwrap();
    assert_eq!(after.like(&[descriptor(1, 0, 0)], 0).unwrap().value, []);
    assert_eq!(after.like(&[descriptor(2, 0, 0)], 0).unwrap().value.len(), 1);
    assert_eq!(index.verify().unwrap(), []);
}

#[test]
fn a_record_with_features_replaces_one_without_and_never_the_reverse() {
    let bald = |profile| {
        let mut record = clip(1);
        record.profile = profile;
        record.samples.iter_mut().for_each(|sample| sample.cutouts.clear());
        record
    };
    let index = Index::in_memory().unwrap();
    let mut writer = index.writer(time(NOW)).unwrap();
    let mut put = |record: &Record| writer.put(&bare(record, Role::Reference)).unwrap().asset;
    assert_eq!(put(&bald(Profile::Triage)), PutAsset::New);
    assert_eq!(put(&bald(Profile::Standard)), PutAsset::Upgraded);
    assert_eq!(put(&clip(1)), PutAsset::Upgraded);
    assert_eq!(put(&clip(1)), PutAsset::Known);
    assert_eq!(put(&bald(Profile::Thorough)), PutAsset::Known);
    writer.commit().unwrap();
    let snapshot = index.snapshot().unwrap();
    assert_eq!(snapshot.id().content, {
        let other = Index::in_memory().unwrap();
        let mut writer = other.writer(time(NOW)).unwrap();
        writer.put(&bare(&clip(1), Role::Reference)).unwrap();
        writer.commit().unwrap().content
    });
    assert_eq!(snapshot.like(&[descriptor(1, 0, 0)], 0).unwrap().value.len(), 1);
    assert_eq!(index.verify().unwrap(), []);
}

#[test]
fn features_are_part_of_what_an_index_holds() {
    let content = |change: fn(&mut Record)| {
        let (index, mut record) = (Index::in_memory().unwrap(), clip(1));
        change(&mut record);
        let mut writer = index.writer(time(NOW)).unwrap();
        writer.put(&bare(&record, Role::Reference)).unwrap();
        writer.commit().unwrap().content
    };
    let plain = content(|_| ());
    assert_ne!(content(|record| record.samples[0].cutouts[0].part.x += 0.1), plain);
    assert_ne!(content(|record| record.samples[1].cutouts[0].thumbnail.clear()), plain);
    assert_ne!(
        content(|record| record.samples[0].cutouts[0].features[0].1.points[0].angle ^= 1),
        plain
    );
    // Further cutouts and views serve a query only.
    assert_eq!(content(|record| record.samples[0].cutouts.truncate(1)), plain);
    assert_eq!(content(|record| record.samples[0].cutouts[0].features.truncate(1)), plain);
    let mirrored = View { dihedral: Dihedral::ALL[4], negative: false };
    assert_ne!(content(|_| ()), {
        let (index, mut record) = (Index::in_memory().unwrap(), clip(1));
        record.samples[0].cutouts[0].features[0].0 = mirrored;
        let mut writer = index.writer(time(NOW)).unwrap();
        writer.put(&bare(&record, Role::Reference)).unwrap();
        writer.commit().unwrap().content
    });
}

#[test]
fn an_export_tells_the_features_bit_for_bit() {
    let snapshot = index_of([1]);
    let records = exported(&snapshot);
    let mut cutouts = records.iter().filter(|record| record["record"] == "cutout");
    let samples = clip(1).samples;
    for sample in samples.iter().filter(|sample| sample.kept) {
        let Some(kept) = sample.cutouts.first() else { continue };
        let (record, features) = (cutouts.next().unwrap(), &kept.features[0].1);
        assert_eq!(record["at_us"], sample.at.0);
        assert_eq!((&record["width"], &record["height"]), (&480.into(), &features.height.into()));
        assert_eq!(record["local_version"], LOCAL_VERSION);
        let part: Vec<f32> = serde_json::from_value(record["part"].clone()).unwrap();
        assert_eq!(part, [kept.part.x, kept.part.y, kept.part.width, kept.part.height]);
        let text = record["features_base64"].as_str().unwrap();
        let mut spelled = Vec::new();
        // Features of moments that are not searched are not kept.
        let points = features.points.iter().filter(|_| sample.gate.is_none());
        for point in points {
            spelled.extend(point.x.to_le_bytes());
            spelled.extend(point.y.to_le_bytes());
            spelled.extend([point.level, point.angle]);
            spelled.extend(point.descriptor.0.iter().flat_map(|word| word.to_le_bytes()));
        }
        assert_eq!(text, crate::export::base64(&spelled));
    }
    assert_eq!(cutouts.next(), None);
}

#[test]
fn stats_count_the_features_of_references() {
    let index = Index::in_memory().unwrap();
    put_all(&index, [1]);
    let mut writer = index.writer(time(NOW)).unwrap();
    writer.put(&bare(&clip(2), Role::Query)).unwrap();
    writer.commit().unwrap();
    let stats = index.snapshot().unwrap().stats().unwrap();
    // Five kept cutouts of five features, one more of a dark moment, which keeps none.
    assert_eq!(stats.features, 25);
    assert!(stats.features_bytes > 25 * 44, "{}", stats.features_bytes);
}
