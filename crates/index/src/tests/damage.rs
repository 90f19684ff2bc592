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
    let snapshot = Index::open(folder, Access::Read)?.snapshot()?;
    let mut hits = snapshot.near(&[CodeQuery { code: code(1, 0) }], 31).value[0].len();
    let like = snapshot.like(&[descriptor(1, 1, 1)], 31)?.value;
    let samples: Vec<_> = like.iter().map(|hit| hit.sample).collect();
    hits += snapshot.cutouts(&samples)?.len();
    let mut records = Vec::new();
    snapshot.export(Level::All, &mut |record| {
        records.push(record.clone());
        Ok(())
    })?;
    Ok((records, hits, snapshot.verify()?.is_empty()))
}

/// Flips one bit at each of `places` (a number spread over the file) and reads. Returns how many reads failed.
fn flip_each(made: &Made, name: &str, flips: u64) -> usize {
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
                    "bit {bit} of byte {at} of {name} changes an answer without an error"
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
    assert!(flip_each(&made(12), "catalogue.sqlite", 150) > 30);
}

#[test]
fn a_flipped_bit_in_the_spool_is_always_found() {
    assert_eq!(flip_each(&made(3), "spool", 50), 50);
}

#[test]
fn a_spool_that_is_cut_is_found() {
    let made = made(2);
    let path = made.folder.path().join("index");
    let spool = fs::OpenOptions::new().write(true).open(path.join("spool")).unwrap();
    spool.set_len(spool.metadata().unwrap().len() - 1).unwrap();
    let snapshot = Index::open(&path, Access::Read).unwrap().snapshot().unwrap();
    assert!(matches!(
        snapshot.track(&AssetId([2; 32])),
        Err(IndexError::Damaged { table: "spool", .. })
    ));
    assert!(snapshot.verify().unwrap().iter().any(|problem| problem.what.contains("spool")));
    let index = Index::open(&path, Access::Write).unwrap();
    assert!(matches!(index.writer(time(NOW)).map(|_| ()), Err(IndexError::Damaged { .. })));
}

#[test]
fn a_row_that_is_lost_is_missed() {
    for (sql, table) in [
        ("DELETE FROM sample WHERE id = (SELECT max(id) FROM sample)", "sample"),
        (
            "UPDATE sample SET texture = texture + 1 WHERE id = (SELECT min(id) FROM sample)",
            "sample",
        ),
        ("DELETE FROM sighting_date WHERE position = 1", "sighting"),
        ("DELETE FROM sighting WHERE num = (SELECT max(num) FROM sighting)", "sighting"),
        ("DELETE FROM claim", "claim"),
        ("DELETE FROM thumbnail", "thumbnail"),
        ("DELETE FROM cutout WHERE sample = (SELECT max(sample) FROM cutout)", "cutout"),
        ("UPDATE cutout SET features = 4000000000", "cutout"),
        ("UPDATE cutout SET bytes = bytes - 38, features = features - 1", "cutout"),
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
    let snapshot = Index::open(&path, Access::Read).unwrap().snapshot().unwrap();
    let problems = snapshot.verify().unwrap();
    assert!(problems.iter().any(|problem| problem.asset == Some(AssetId([1; 32]))));
    assert!(problems.iter().all(|problem| !problem.advice.is_empty()));
    // The others can still be read.
    assert_eq!(snapshot.sightings(&AssetId([2; 32])).unwrap().len(), 2);
}
