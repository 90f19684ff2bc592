//! What goes in comes out, once.

use super::*;
use crate::{CodeQuery, IndexError, PutAsset, SampleId, Selection};

fn stored() -> Index {
    let index = Index::in_memory().unwrap();
    put_all(&index, [1, 2]);
    index
}

fn all(snapshot: &Snapshot, seed: u8) -> Vec<(MediaTime, u16)> {
    let queries = [CodeQuery { code: code(seed, 0) }];
    snapshot.near(&queries, 31).unwrap().value[0].iter().map(|hit| (hit.at, hit.distance)).collect()
}

#[test]
fn everything_put_in_comes_out() {
    let snapshot = stored().snapshot().unwrap();
    let (id, record) = (AssetId([2; 32]), clip(2));
    let asset = snapshot.asset(&id).unwrap().unwrap();
    assert_eq!(asset.facts, record.asset);
    assert_eq!((asset.profile, asset.role), (Profile::Standard, Role::Reference));
    assert_eq!(asset.paths, [path(2)]);
    assert!(asset.title.unwrap().starts_with("title "));
    assert_eq!(asset.added_at, time(NOW));
    assert_eq!(snapshot.metadata(&id).unwrap().unwrap(), record.metadata);
    assert_eq!(snapshot.gaps(&id).unwrap(), record.gaps);
    assert_eq!(snapshot.track(&id).unwrap(), record.track);
    assert_eq!(snapshot.claims(&id).unwrap(), [claim(2)]);
    let mut sightings = snapshot.sightings(&id).unwrap();
    sightings.sort_by_key(|sighting| sighting.seen.post.clone());
    assert_eq!(sightings, [sighting(2, "1"), sighting(2, "2")]);
    assert_eq!(snapshot.file(&path(2)).unwrap(), Some((file(2), id)));
    assert_eq!(snapshot.file(b"elsewhere").unwrap(), None);
    let kept: Vec<_> = record.samples.iter().filter(|sample| sample.kept).collect();
    let samples = snapshot.samples(&id).unwrap();
    let ids: Vec<SampleId> = samples.iter().map(|sample| sample.id).collect();
    let thumbnails = snapshot.thumbnails(&ids).unwrap();
    assert_eq!(samples.len(), kept.len());
    for ((sample, thumbnail), kept) in samples.iter().zip(thumbnails).zip(kept) {
        assert_eq!((sample.at, sample.shot, sample.texture), (kept.at, kept.shot, kept.texture));
        assert_eq!(
            (sample.gate, sample.pdq, sample.gradient),
            (kept.gate, kept.pdq, kept.gradient)
        );
        assert_eq!(sample.pdq_quality, kept.pdq_quality);
        assert_eq!(thumbnail.unwrap_or_default(), kept.thumbnail);
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let snapshot = stored().snapshot().unwrap();
    let other = AssetId([9; 32]);
    assert_eq!(snapshot.asset(&other).unwrap(), None);
    assert_eq!(snapshot.role(&other).unwrap(), None);
    assert_eq!(snapshot.metadata(&other).unwrap(), None);
    assert_eq!(snapshot.samples(&other).unwrap(), []);
    assert_eq!(snapshot.sightings(&other).unwrap(), []);
    assert_eq!(all(&snapshot, 9), []);
}

#[test]
fn an_empty_index_answers() {
    let index = Index::in_memory().unwrap();
    let snapshot = index.snapshot().unwrap();
    assert_eq!(all(&snapshot, 1), []);
    assert_eq!(snapshot.stats().unwrap().assets, 0);
    assert_eq!(index.verify().unwrap(), []);
    assert_eq!(exported(&snapshot), [] as [Value; 0]);
}

#[test]
fn an_index_in_memory_equals_one_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Index::create(&folder.path().join("index")).unwrap();
    put_all(&disk, [2, 1]);
    let (disk, memory) = (disk.snapshot().unwrap(), stored().snapshot().unwrap());
    assert_eq!(exported(&disk), exported(&memory));
    // The same content has the same sum, in whatever order it came.
    assert_eq!(disk.id().content, memory.id().content);
    assert_ne!(disk.id().log, memory.id().log);
}

#[test]
fn hits_are_sorted_and_gated_samples_are_told_of() {
    let snapshot = stored().snapshot().unwrap();
    let answer =
        snapshot.near(&[CodeQuery { code: code(1, 3) }, CodeQuery { code: code(1, 7) }], 256);
    let answer = answer.unwrap();
    let order: Vec<_> =
        answer.value[0].iter().map(|hit| (hit.distance, hit.asset, hit.at)).collect();
    assert!(order.is_sorted());
    assert_eq!(order.len(), 2 * 6);
    assert_eq!(order[0], (0, AssetId([1; 32]), MediaTime(4_500_000)));
    assert_eq!((answer.value[0][0].shot, answer.value[0][0].texture), (1, 43));
    assert!(answer.value[1][0].distance > 31);
    assert_eq!(
        answer.not_searched,
        [Gap::new("reference-samples", "2 are dark, flat or text only")]
    );
}

#[test]
fn the_same_again_changes_nothing() {
    let index = stored();
    let before = index.snapshot().unwrap().id();
    put_all(&index, [1, 2]);
    assert_eq!(index.snapshot().unwrap().id(), before);
}

#[test]
fn a_richer_profile_replaces_a_poorer_one_and_never_the_reverse() {
    let index = stored();
    let mut writer = index.writer(time(NOW + 9)).unwrap();
    let mut rich = clip(1);
    rich.profile = Profile::Thorough;
    rich.samples.truncate(2);
    let mut poor = clip(1);
    poor.profile = Profile::Triage;
    poor.track = None;
    assert_eq!(writer.put(&bare(&rich, Role::Reference)).unwrap().asset, PutAsset::Upgraded);
    assert_eq!(writer.put(&bare(&poor, Role::Reference)).unwrap().asset, PutAsset::Known);
    writer.commit().unwrap();
    let snapshot = index.snapshot().unwrap();
    let id = AssetId([1; 32]);
    assert_eq!(snapshot.samples(&id).unwrap().len(), 2);
    let asset = snapshot.asset(&id).unwrap().unwrap();
    assert_eq!((asset.profile, asset.added_at), (Profile::Thorough, time(NOW)));
    assert_eq!(snapshot.sightings(&id).unwrap().len(), 2);
    assert_eq!(index.verify().unwrap(), []);
}

#[test]
fn a_query_is_not_searched_until_it_is_added() {
    let index = Index::in_memory().unwrap();
    let mut writer = index.writer(time(NOW)).unwrap();
    let record = clip(1);
    assert_eq!(writer.put(&bare(&record, Role::Query)).unwrap().asset, PutAsset::New);
    writer.commit().unwrap();
    let before = index.snapshot().unwrap();
    assert_eq!((all(&before, 1).len(), before.references().unwrap().len()), (0, 0));
    assert_eq!(writer.put(&bare(&record, Role::Reference)).unwrap().asset, PutAsset::Promoted);
    assert_eq!(writer.put(&bare(&record, Role::Query)).unwrap().asset, PutAsset::Known);
    writer.commit().unwrap();
    let after = index.snapshot().unwrap();
    assert_eq!((all(&after, 1).len(), after.references().unwrap().len()), (1, 1));
    // The snapshot of before stays what it was.
    assert_eq!(
        (before.role(&AssetId([1; 32])).unwrap(), all(&before, 1).len()),
        (Some(Role::Query), 0)
    );
    assert_eq!(index.verify().unwrap(), []);
}

#[test]
fn a_path_that_holds_something_else_moves() {
    let index = stored();
    let before = index.snapshot().unwrap();
    let mut writer = index.writer(time(NOW)).unwrap();
    let (record, moved) = (clip(3), FileSeen { path: path(1), size_bytes: 5, modified_ns: 6 });
    writer.put(&Entry { file: Some(&moved), ..bare(&record, Role::Reference) }).unwrap();
    writer.commit().unwrap();
    let after = index.snapshot().unwrap();
    assert_eq!(after.file(&path(1)).unwrap(), Some((moved, AssetId([3; 32]))));
    assert_eq!(after.asset(&AssetId([1; 32])).unwrap().unwrap().paths, [] as [Vec<u8>; 0]);
    assert_eq!(before.asset(&AssetId([1; 32])).unwrap().unwrap().paths, [path(1)]);
    assert_eq!(index.verify().unwrap(), []);
}

#[test]
fn a_snapshot_does_not_see_what_comes_later() {
    let index = stored();
    let before = index.snapshot().unwrap();
    let mut writer = index.writer(time(NOW)).unwrap();
    let (record, more) = (clip(1), [sighting(1, "3")]);
    let put = writer.put(&Entry { sightings: &more, ..bare(&record, Role::Reference) }).unwrap();
    assert_eq!((put.asset, put.new_sightings), (PutAsset::Known, 1));
    writer.commit().unwrap();
    let seen = |snapshot: &Snapshot| snapshot.sightings(&AssetId([1; 32])).unwrap().len();
    assert_eq!((seen(&before), seen(&index.snapshot().unwrap())), (2, 3));
}

#[test]
fn what_is_dropped_uncommitted_never_was() {
    let index = stored();
    let before = index.snapshot().unwrap().id();
    let mut writer = index.writer(time(NOW)).unwrap();
    writer.put(&bare(&clip(3), Role::Reference)).unwrap();
    drop(writer);
    let snapshot = index.snapshot().unwrap();
    assert_eq!((snapshot.id(), snapshot.asset(&AssetId([3; 32])).unwrap()), (before, None));
    assert_eq!(index.verify().unwrap(), []);
}

#[test]
fn a_sighting_of_another_asset_is_refused_and_changes_nothing() {
    let index = stored();
    let mut writer = index.writer(time(NOW)).unwrap();
    let (record, wrong) = (clip(3), [sighting(4, "1")]);
    let refused = writer.put(&Entry { sightings: &wrong, ..bare(&record, Role::Reference) });
    assert!(matches!(refused, Err(IndexError::OfAnotherAsset { .. })));
    writer.put(&bare(&record, Role::Reference)).unwrap();
    writer.commit().unwrap();
}

#[test]
fn what_is_removed_is_gone_with_all_that_hangs_on_it() {
    let check = |what: Selection, gone: [bool; 3], sightings: usize| {
        let index = Index::in_memory().unwrap();
        put_all(&index, [1, 2, 3]);
        let mut writer = index.writer(time(NOW)).unwrap();
        let (record, mut elsewhere) = (clip(3), sighting(3, "x"));
        elsewhere.seen.source = "youtube".to_owned();
        elsewhere.seen.case = None;
        elsewhere.seen.path = None;
        writer.put(&Entry { sightings: &[elsewhere], ..bare(&record, Role::Reference) }).unwrap();
        writer.commit().unwrap();
        let before = index.snapshot().unwrap();
        let removed = writer.remove(&what).unwrap();
        writer.commit().unwrap();
        let after = index.snapshot().unwrap();
        assert_eq!(
            [1, 2, 3].map(|seed| after.role(&AssetId([seed; 32])).unwrap().is_none()),
            gone,
            "{what:?}"
        );
        assert_eq!(
            (removed.assets, removed.sightings),
            (gone.iter().filter(|gone| **gone).count(), sightings)
        );
        assert_eq!(index.verify().unwrap(), []);
        for seed in (1..=3).filter(|seed| gone[usize::from(*seed) - 1]) {
            assert_eq!(all(&after, seed), []);
            let id = AssetId([seed; 32]);
            // Its fingerprint is still of the snapshot's moment; what is known of it beside that is gone.
            assert_eq!(before.samples(&id).unwrap().len(), 7);
            assert!(matches!(before.sightings(&id), Err(IndexError::Changed { .. })));
        }
    };
    check(Selection::Asset(AssetId([2; 32])), [false, true, false], 2);
    check(Selection::Path(path(1)), [true, false, false], 2);
    check(Selection::Path(b"../media/".to_vec()), [true, true, false], 6);
    check(Selection::Path(b"../med".to_vec()), [false; 3], 0);
    check(Selection::Source("telegram".to_owned()), [true, true, false], 6);
    check(Selection::Case("case-7".to_owned()), [true, true, false], 6);
    check(Selection::Case("case".to_owned()), [false; 3], 0);
}

#[test]
fn what_was_removed_can_come_again() {
    let index = stored();
    let before = index.snapshot().unwrap();
    let mut writer = index.writer(time(NOW)).unwrap();
    writer.remove(&Selection::Asset(AssetId([1; 32]))).unwrap();
    writer.commit().unwrap();
    drop(writer);
    put_all(&index, [1]);
    let after = index.snapshot().unwrap();
    assert_eq!(exported(&after), exported(&stored().snapshot().unwrap()));
    assert_eq!(after.id().content, before.id().content);
    assert!(after.id().sequence > before.id().sequence);
    assert_eq!(index.verify().unwrap(), []);
}

#[test]
fn stats_count_what_is_there() {
    let index = stored();
    let mut writer = index.writer(time(NOW)).unwrap();
    let mut picture = clip(5);
    picture.asset.kind = MediaKind::Picture;
    picture.asset.duration = None;
    let mut triage = clip(6);
    triage.profile = Profile::Triage;
    writer.put(&bare(&picture, Role::Query)).unwrap();
    writer.put(&bare(&triage, Role::Reference)).unwrap();
    writer.commit().unwrap();
    let stats = index.snapshot().unwrap().stats().unwrap();
    assert_eq!((stats.assets, stats.references, stats.queries), (4, 3, 1));
    // A query that is remembered is no reference.
    assert_eq!((stats.pictures, stats.videos, stats.only_triage), (0, 3, 1));
    assert_eq!((stats.sightings, stats.claims, stats.codes, stats.samples_unusable), (4, 2, 18, 3));
    assert_eq!(stats.hours, 0.01);
    assert_eq!(
        (stats.earliest, stats.latest),
        (Some(time(1_646_956_800)), Some(time(1_647_043_199)))
    );
    assert_eq!(index.snapshot().unwrap().sources().unwrap(), [("telegram".to_owned(), 4)]);
    assert!(stats.bytes > 0);
}

#[test]
fn a_lower_level_tells_less() {
    let snapshot = stored().snapshot().unwrap();
    let kinds = |level| {
        let mut kinds = std::collections::BTreeSet::new();
        let mut text = String::new();
        snapshot
            .export(level, &mut |record| {
                kinds.insert(record["record"].as_str().unwrap().to_owned());
                text += &record.to_string();
                Ok(())
            })
            .unwrap();
        (kinds.into_iter().collect::<Vec<_>>().join(" "), text.contains("thumbnail"))
    };
    assert_eq!(kinds(Level::Hashes), ("asset sample".to_owned(), false));
    assert_eq!(
        kinds(Level::Sightings),
        ("asset claim decision file note recording sample sighting".to_owned(), false)
    );
    assert_eq!(
        kinds(Level::Features),
        ("asset claim cutout decision file note recording sample sighting track".to_owned(), false)
    );
    assert_eq!(
        kinds(Level::All),
        ("asset claim cutout decision file note recording sample sighting track".to_owned(), true)
    );
}

/// All that an index holds, but for when it came.
fn held(index: &Index) -> Vec<Value> {
    let mut records = exported(&index.snapshot().unwrap());
    for record in &mut records {
        record.as_object_mut().unwrap().remove("added_at");
    }
    records
}

#[test]
fn many_small_commits_answer_as_one_and_leave_few_segments() {
    let folder = tempfile::tempdir().unwrap();
    let (many, one) = (folder.path().join("many"), folder.path().join("one"));
    let (many, one) = (Index::create(&many).unwrap(), Index::create(&one).unwrap());
    (1..=60).for_each(|seed| put_all(&many, [seed]));
    put_all(&one, 1..=60);
    assert_eq!(held(&many), held(&one));
    let (a, b) = (many.snapshot().unwrap(), one.snapshot().unwrap());
    assert_eq!(a.id().content, b.id().content);
    let queries: Vec<_> = (1..=60).map(|seed| CodeQuery { code: code(seed, 3) }).collect();
    let found = |snapshot: &Snapshot| {
        let hits = snapshot.near(&queries, 100).unwrap().value.into_iter().flatten();
        hits.map(|hit| (hit.distance, hit.asset, hit.at, hit.texture)).collect::<Vec<_>>()
    };
    assert_eq!(found(&a), found(&b));
    assert!(a.stats().unwrap().segments <= 16, "{}", a.stats().unwrap().segments);
    assert_eq!(many.verify().unwrap(), []);
    // What was made compact answers alike, and is one segment.
    let before = a.id();
    many.writer(time(NOW)).unwrap().compact(&mut |_, _| true).unwrap();
    let compact = many.snapshot().unwrap();
    assert_eq!((compact.id(), compact.stats().unwrap().segments), (before, 1));
    assert_eq!(held(&many), held(&one));
    assert_eq!(many.verify().unwrap(), []);
}

#[test]
fn two_indexes_joined_hold_what_both_held_and_what_was_removed_stays_so() {
    let make = |seeds: &[u8]| {
        let index = Index::in_memory().unwrap();
        put_all(&index, seeds.iter().copied());
        index
    };
    let join = |index: &Index, other: &Index| {
        let mut writer = index.writer(time(NOW)).unwrap();
        writer.merge(other, &|path| path.to_vec(), &mut |_, _| true).unwrap()
    };
    let (a, b, both) = (make(&[1, 2]), make(&[2, 3]), make(&[1, 2, 3]));
    let merged = join(&a, &b);
    assert_eq!((merged.assets, merged.sightings, merged.claims), (1, 2, 1));
    assert_eq!(held(&a), held(&both));
    assert_eq!(a.verify().unwrap(), []);
    assert_eq!(a.snapshot().unwrap().id().content, both.snapshot().unwrap().id().content);
    // Again nothing.
    assert_eq!(join(&a, &b), crate::Merged::default());
    let mut writer = a.writer(time(NOW)).unwrap();
    writer.remove(&Selection::Asset(AssetId([3; 32]))).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let merged = join(&a, &b);
    assert_eq!(merged.assets, 0);
    assert!(merged.removed_here > 0);
    assert_eq!(a.snapshot().unwrap().role(&AssetId([3; 32])).unwrap(), None);
    // The other keeps what it has, and is told.
    assert_eq!(join(&b, &a).removed_there, [AssetId([3; 32])]);
    assert_eq!(b.snapshot().unwrap().role(&AssetId([3; 32])).unwrap(), Some(Role::Reference));
    // A third one that takes it from the first does not get it back from the second.
    let third = make(&[]);
    join(&third, &a);
    join(&third, &make(&[3]));
    assert_eq!(third.snapshot().unwrap().role(&AssetId([3; 32])).unwrap(), None);
    for index in [&a, &b, &third] {
        assert_eq!(index.verify().unwrap(), []);
    }
}

#[test]
fn an_earlier_moment_can_be_had_again_until_something_of_it_is_gone() {
    let index = Index::in_memory().unwrap();
    put_all(&index, [1]);
    let name = index.snapshot().unwrap().id().to_string();
    let before = exported(&index.snapshot().unwrap());
    put_all(&index, [2]);
    let then = index.snapshot_at(&name.parse().unwrap()).unwrap();
    assert_eq!(exported(&then), before);
    assert_eq!((then.id().to_string(), then.codes()), (name.clone(), 6));
    assert_eq!((all(&then, 1).len(), all(&then, 2).len()), (1, 0));
    let since = index.snapshot_since(then.id().sequence).unwrap();
    assert_eq!((all(&since, 1).len(), all(&since, 2).len()), (0, 1));
    let mut writer = index.writer(time(NOW)).unwrap();
    writer.remove(&Selection::Asset(AssetId([1; 32]))).unwrap();
    writer.commit().unwrap();
    let error = index.snapshot_at(&name.parse().unwrap()).map(|_| ()).unwrap_err();
    assert!(matches!(error, IndexError::NotThen { .. }), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let other = Index::create(&folder.path().join("index")).unwrap();
    let error = other.snapshot_at(&name.parse().unwrap()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("of another index"), "{error}");
    for text in ["", "1", "00000000-1", "00000000-x-00", "0000000é-1-"] {
        assert!(text.parse::<crate::SnapshotName>().is_err(), "{text}");
    }
}

#[test]
fn an_index_beside_another_answers_of_what_that_one_has_not() {
    let (own, beside) = (Index::in_memory().unwrap(), Index::in_memory().unwrap());
    put_all(&own, [1, 2]);
    put_all(&beside, [2, 3]);
    let id = own.snapshot().unwrap().id();
    let joined = own.snapshot().unwrap().with(beside.snapshot().unwrap()).unwrap();
    assert_eq!(joined.id(), id);
    for seed in 1..=3 {
        assert_eq!(all(&joined, seed).len(), 1, "{seed}");
        let asset = AssetId([seed; 32]);
        assert_eq!(joined.sightings(&asset).unwrap().len(), 2, "{seed}");
        assert_eq!(joined.metadata(&asset).unwrap().unwrap(), clip(seed).metadata);
        assert_eq!(joined.track(&asset).unwrap(), clip(seed).track);
        let samples = joined.samples(&asset).unwrap();
        let names: Vec<SampleId> = samples.iter().map(|sample| sample.id).collect();
        let thumbnails = joined.thumbnails(&names).unwrap();
        assert_eq!(thumbnails[0].as_deref(), Some(clip(seed).samples[0].thumbnail.as_slice()));
        let hits = joined.like(&[descriptor(seed, 0, 0)], 0).unwrap().value;
        assert_eq!(hits.len(), 1, "{seed}");
        assert_eq!(joined.cutouts(&[hits[0].sample]).unwrap()[0].asset, asset);
    }
    assert_eq!(joined.references().unwrap().len(), 3);
}
