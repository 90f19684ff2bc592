//! Damage is found, or does no harm: it never makes an answer shorter or different.

use rusqlite::Connection;

use super::*;
use crate::{CodeQuery, IndexError};

struct Made {
    folder: tempfile::TempDir,
    expected: Vec<Value>,
}

fn made(clips: u8) -> Made {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::create(&folder.path().join("index")).unwrap();
    put_all(&index, 1..=clips);
    Made { expected: exported(&index.snapshot().unwrap()), folder }
}

/// What a reader gets of a folder: all that an export tells, or an error.
fn read(folder: &Path) -> Result<(Vec<Value>, usize, bool), IndexError> {
    let index = Index::open(folder, Access::Read)?;
    let snapshot = index.snapshot()?;
    let mut hits = snapshot.near(&[CodeQuery { code: code(1, 0) }], 31)?.value[0].len();
    let like = snapshot.like(&[descriptor(1, 1, 1)], 31)?.value;
    let samples: Vec<_> = like.iter().map(|hit| hit.sample).collect();
    hits += snapshot.cutouts(&samples)?.len();
    let mut records = Vec::new();
    snapshot.export(Level::All, &mut |record| {
        records.push(record.clone());
        Ok(())
    })?;
    Ok((records, hits, index.verify()?.is_empty()))
}

/// Flips one bit at each of `places` (a number spread over the file) and reads. Returns how many reads failed.
fn flip_each(made: &Made, name: &Path, flips: u64) -> usize {
    let path = made.folder.path().join("index");
    let bytes = fs::read(path.join(name)).unwrap();
    let mut found = 0;
    for flip in 0..flips {
        // Spread over the file by a multiplicative hash: the same places in every run.
        let place = flip.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8;
        let (at, bit) = ((place >> 3) as usize % bytes.len(), place % 8);
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << bit;
        fs::write(path.join(name), &damaged).unwrap();
        match read(&path) {
            Err(_) => found += 1,
            Ok((records, hits, sound)) => {
                let same = records == made.expected && hits == 2;
                assert!(
                    same,
                    "bit {bit} of byte {at} of {} changes an answer without an error",
                    name.display()
                );
                found += usize::from(!sound);
            }
        }
    }
    fs::write(path.join(name), &bytes).unwrap();
    assert!(read(&path).unwrap().2);
    found
}

#[test]
fn a_flipped_bit_in_the_catalogue_is_found_or_does_no_harm() {
    // Free space inside pages is large: flips there cannot be found, and do no harm.
    assert!(flip_each(&made(12), Path::new("catalogue.sqlite"), 150) > 30);
}

#[test]
fn a_flipped_bit_in_a_segment_is_always_found() {
    let made = made(3);
    let segment = segments(&made.folder.path().join("index")).remove(0);
    assert_eq!(flip_each(&made, &segment, 100), 100);
}

#[test]
fn a_segment_that_is_cut_or_missing_is_found_and_repaired_as_far_as_can_be() {
    for cut in [true, false] {
        let made = made(2);
        let path = made.folder.path().join("index");
        let segment = segments(&path).remove(0);
        let index = Index::open(&path, Access::Write).unwrap();
        if cut {
            let file = fs::OpenOptions::new().write(true).open(&segment).unwrap();
            file.set_len(file.metadata().unwrap().len() - 1).unwrap();
        } else {
            fs::remove_file(&segment).unwrap();
        }
        let error = index.snapshot().map(|_| ()).unwrap_err();
        assert!(matches!(error, IndexError::Damaged { table: "segment", .. }), "{error}");
        assert!(!index.verify().unwrap().is_empty());
        let mut writer = index.writer(time(NOW)).unwrap();
        let lost: Vec<_> = writer.repair().unwrap().into_iter().map(|lost| lost.asset).collect();
        assert_eq!(lost, [AssetId([1; 32]), AssetId([2; 32])]);
        writer.commit().unwrap();
        drop(writer);
        let after = assert_sound(&path);
        assert_eq!(after.samples(&AssetId([1; 32])).unwrap(), []);
        assert_eq!(after.sightings(&AssetId([1; 32])).unwrap().len(), 2);
        // Read again, it is whole.
        put_all(&index, [1, 2]);
        assert_eq!(exported(&assert_sound(&path)), made.expected);
    }
}

#[test]
fn a_repair_loses_no_more_than_what_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let index = Index::create(&path).unwrap();
    let mut writer = index.writer(time(NOW)).unwrap();
    for seed in 1..=6 {
        // Each takes some chunks of its own.
        let mut record = clip(seed);
        record.samples[0].thumbnail = vec![seed; 300_000];
        writer.put(&bare(&record, Role::Reference)).unwrap();
    }
    writer.commit().unwrap();
    let segment = segments(&path).remove(0);
    let mut bytes = fs::read(&segment).unwrap();
    // In the midst of the third's thumbnail.
    let start = bytes.windows(1000).position(|window| *window == [3; 1000]).unwrap();
    bytes[start + 150_000] ^= 1;
    fs::write(&segment, bytes).unwrap();
    drop(writer);
    let before = index.snapshot().unwrap();
    assert_eq!(before.like(&[descriptor(3, 0, 0)], 0).unwrap().value.len(), 1);
    let mut writer = index.writer(time(NOW)).unwrap();
    let lost = writer.repair().unwrap();
    writer.commit().unwrap();
    assert_eq!(lost.iter().map(|lost| lost.asset).collect::<Vec<_>>(), [AssetId([3; 32])]);
    let after = assert_sound(&path);
    assert_eq!(after.like(&[descriptor(3, 0, 0)], 0).unwrap().value, []);
    assert_eq!(after.like(&[descriptor(4, 0, 0)], 0).unwrap().value.len(), 1);
    assert_eq!(after.references().unwrap().len(), 6);
}

#[test]
fn a_row_that_is_lost_is_missed() {
    for (sql, table) in [
        ("DELETE FROM segment", "segment"),
        ("UPDATE segment SET bytes = bytes + 1", "segment"),
        ("INSERT INTO mark SELECT num, 0, 1, 1, 1 FROM segment", "mark"),
        ("DELETE FROM sighting_date WHERE position = 1", "sighting"),
        ("DELETE FROM sighting WHERE num = (SELECT max(num) FROM sighting)", "sighting"),
        ("DELETE FROM claim", "claim"),
        ("DELETE FROM file", "file"),
        ("DELETE FROM metadata", "metadata"),
        ("DELETE FROM detail WHERE asset = (SELECT max(num) FROM asset)", "detail"),
        ("DELETE FROM asset WHERE num = (SELECT max(num) FROM asset)", "asset"),
        ("DELETE FROM statement WHERE what = 'decision'", "statement"),
        ("UPDATE statement SET body = replace(body, 'kd', 'me')", "statement"),
        ("UPDATE statement SET what = 'retraction' WHERE what = 'note'", "statement"),
        ("UPDATE asset SET role = 2", "asset"),
        ("UPDATE meta SET sequence = 0", "meta"),
        ("UPDATE tally SET rows = rows - 1 WHERE name = 'asset'", "meta"),
    ] {
        let made = made(2);
        let path = made.folder.path().join("index");
        let connection = Connection::open(path.join("catalogue.sqlite")).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection.execute(sql, []).unwrap();
        let error = read(&path).map(|_| ()).unwrap_err();
        let named = matches!(&error, IndexError::Damaged { table: found, .. } if *found == table);
        assert!(named && error.to_string().contains("firstseen index verify"), "{sql}: {error}");
    }
}

#[test]
fn verify_names_the_asset_and_what_to_do() {
    let made = made(3);
    let path = made.folder.path().join("index");
    let connection = Connection::open(path.join("catalogue.sqlite")).unwrap();
    connection
        .execute(
            "UPDATE sighting SET caption = 'other' WHERE num = (SELECT min(num) FROM sighting)",
            [],
        )
        .unwrap();
    let index = Index::open(&path, Access::Read).unwrap();
    let snapshot = index.snapshot().unwrap();
    let problems = index.verify().unwrap();
    assert!(problems.iter().any(|problem| problem.asset == Some(AssetId([1; 32]))));
    assert!(problems.iter().all(|problem| !problem.advice.is_empty()));
    // The others can still be read.
    assert_eq!(snapshot.sightings(&AssetId([2; 32])).unwrap().len(), 2);
}
