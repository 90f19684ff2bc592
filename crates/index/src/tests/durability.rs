//! What a folder survives, and who may write to it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use rusqlite::Connection;

use super::*;
use crate::IndexError;

/// An index of three clips, in a folder of its own.
fn made() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    put_all(&Index::create(&path).unwrap(), [1, 2, 3]);
    (folder, path)
}

#[test]
fn a_writer_killed_before_its_commit_leaves_the_last_one() {
    let (folder, path) = made();
    let before = assert_sound(&path).id();
    let index = Index::open(&path, Access::Write).unwrap();
    let mut writer = index.writer(time(NOW)).unwrap();
    writer.put(&bare(&clip(4), Role::Reference)).unwrap();
    // The segment is written, and the catalogue does not list it yet.
    writer.change(|batch, connection| batch.finish(connection)).unwrap();
    let killed = folder.path().join("killed");
    copy(&path, &killed);
    assert_eq!(segments(&killed).len(), 2);
    assert_eq!(assert_sound(&killed).id(), before);
    put_all(&Index::open(&killed, Access::Write).unwrap(), [4]);
    assert_eq!(assert_sound(&killed).references().unwrap().len(), 4);
    assert_eq!(segments(&killed).len(), 2);
}

#[test]
fn a_writer_killed_inside_its_commit_leaves_the_last_one() {
    let (folder, path) = made();
    let before = assert_sound(&path).id();
    // Half of the pages are written and the journal is hot, as in the middle of a commit.
    let connection = Connection::open(path.join("catalogue.sqlite")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = TRUNCATE; PRAGMA cache_size = 2; PRAGMA cache_spill = 1; BEGIN;
             UPDATE sighting SET caption = zeroblob(3000) || 'x';
             UPDATE metadata SET facts = hex(zeroblob(9000));",
        )
        .unwrap();
    let bytes = |path: &Path| fs::read(path.join("catalogue.sqlite")).unwrap();
    for access in [Access::Read, Access::Write] {
        let killed = folder.path().join(format!("{access:?}"));
        copy(&path, &killed);
        assert!(fs::metadata(killed.join("catalogue.sqlite-journal")).unwrap().len() > 0);
        let written = bytes(&killed);
        assert_eq!(Index::open(&killed, access).unwrap().snapshot().unwrap().id(), before);
        assert_ne!(bytes(&killed), written, "nothing was rolled back");
        assert_sound(&killed);
    }
}

#[test]
fn making_that_was_interrupted_is_completed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("segments")).unwrap();
    fs::write(folder.path().join("catalogue.sqlite"), b"").unwrap();
    assert!(matches!(Index::open(folder.path(), Access::Read), Err(IndexError::Foreign { .. })));
    put_all(&Index::create(folder.path()).unwrap(), [1]);
    assert_sound(folder.path());
}

#[test]
fn a_second_writer_is_told_who_writes() {
    let (_folder, path) = made();
    let index = Index::open(&path, Access::Write).unwrap();
    let writer = index.writer(time(NOW)).unwrap();
    let second = Index::open(&path, Access::Write).unwrap().writer(time(NOW)).map(|_| ());
    let error = second.unwrap_err();
    assert!(matches!(error, IndexError::Busy { pid: Some(pid), .. } if pid == std::process::id()));
    assert!(error.to_string().contains("wait until that is done"));
    drop(writer);
    index.writer(time(NOW)).unwrap();
    let memory = Index::in_memory().unwrap();
    let _writer = memory.writer(time(NOW)).unwrap();
    assert!(matches!(memory.writer(time(NOW)).map(|_| ()), Err(IndexError::Busy { .. })));
}

#[test]
fn readers_read_while_a_writer_writes() {
    let (_folder, path) = made();
    let index = Index::open(&path, Access::Write).unwrap();
    let old = index.snapshot().unwrap();
    let mut writer = index.writer(time(NOW)).unwrap();
    for seed in 10..40 {
        writer.put(&bare(&clip(seed), Role::Reference)).unwrap();
    }
    assert_eq!(index.snapshot().unwrap().id(), old.id());
    // A snapshot holds nothing that a commit would have to wait for.
    writer.commit().unwrap();
    assert_eq!(index.snapshot().unwrap().references().unwrap().len(), 33);
    assert_eq!(old.references().unwrap().len(), 3);
}

#[test]
fn an_index_opened_for_reading_is_not_written() {
    let (_folder, path) = made();
    let index = Index::open(&path, Access::Read).unwrap();
    assert!(matches!(index.writer(time(NOW)).map(|_| ()), Err(IndexError::ReadOnly { .. })));
}

#[test]
fn a_read_only_folder_can_be_read() {
    let (_folder, path) = made();
    let lock = |file: u32, folder: u32| {
        for entry in fs::read_dir(&path).unwrap() {
            fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(file)).unwrap();
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(folder)).unwrap();
    };
    // Root may write nevertheless: there this only shows that reading needs nothing more.
    lock(0o444, 0o555);
    assert_eq!(exported(&assert_sound(&path)).len(), 3 * (1 + 1 + 7 + 6 + 1 + 2 + 1 + 3));
    lock(0o644, 0o755);
}

#[test]
fn a_path_that_is_not_text_works() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(OsStr::from_bytes(b"caf\xe9?#%20")).join(".firstseen");
    put_all(&Index::create(&path).unwrap(), [1]);
    assert_sound(&path);
    assert!(path.join("catalogue.sqlite").exists());
}

#[test]
fn another_programs_files_are_not_taken_for_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let open = |access| Index::open(folder.path(), access).map(|_| ());
    assert!(matches!(open(Access::Read), Err(IndexError::NotFound { .. })));
    fs::write(folder.path().join("letter.txt"), "dear").unwrap();
    assert!(matches!(Index::create(folder.path()).map(|_| ()), Err(IndexError::Foreign { .. })));
    fs::write(folder.path().join("catalogue.sqlite"), vec![b'x'; 5000]).unwrap();
    assert!(matches!(open(Access::Write), Err(IndexError::Foreign { .. })));
    fs::remove_file(folder.path().join("catalogue.sqlite")).unwrap();
    let other = Connection::open(folder.path().join("catalogue.sqlite")).unwrap();
    other.execute_batch("CREATE TABLE cookies (id)").unwrap();
    assert!(matches!(open(Access::Write), Err(IndexError::Foreign { .. })));
}

#[test]
fn an_index_is_made_once() {
    let (_folder, path) = made();
    assert!(matches!(Index::create(&path).map(|_| ()), Err(IndexError::Exists { .. })));
    assert_sound(&path);
}

#[test]
fn another_format_is_refused_with_advice() {
    let (_folder, path) = made();
    let connection = Connection::open(path.join("catalogue.sqlite")).unwrap();
    for access in [Access::Read, Access::Write] {
        connection.pragma_update(None, "user_version", 5).unwrap();
        let error = Index::open(&path, access).map(|_| ()).unwrap_err();
        assert!(matches!(error, IndexError::Newer { found: 5, known: 4, .. }));
        assert!(error.to_string().ends_with("use a newer firstseen"));
        connection.pragma_update(None, "user_version", 2).unwrap();
        let error = Index::open(&path, access).map(|_| ()).unwrap_err();
        assert!(matches!(error, IndexError::Older { found: 2, known: 4, .. }));
        assert!(error.to_string().ends_with("add its media to a new index"));
    }
}

#[test]
fn the_owner_of_a_folder_is_told() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(crate::owner_uid(folder.path()).unwrap(), rustix::process::getuid().as_raw());
}
