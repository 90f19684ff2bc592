//! What somebody found out about an index as a whole, kept with it.

use crate::catalogue::meta::{Meta, Table};
use crate::catalogue::note::{Note, check_notes};
use crate::error::{IndexError, Trouble};
use crate::snapshot::Snapshot;
use crate::writer::Writer;

impl Snapshot {
    /// The text that was last noted under `name`, as of now; `None` where nothing was.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`] too where a note is missing.
    pub fn note(&self, name: &str) -> Result<Option<String>, IndexError> {
        self.handle.read(|connection| {
            if check_notes(connection)? != Meta::load(connection)?.tally(Table::Note) {
                return Err(Trouble::rows("note", None, "rows are missing or doubled"));
            }
            Ok(Note::find(connection, name)?.map(|note| note.text))
        })
    }
}

impl Writer {
    /// Notes a short text under `name`, in the place of what was noted there; it bears on no answer, so that a snapshot
    /// keeps its name. There for others after [`Writer::commit`].
    ///
    /// # Errors
    ///
    /// As [`Writer::put`].
    pub fn note(&mut self, name: &str, text: &str) -> Result<(), IndexError> {
        let note = Note { name: name.to_owned(), text: text.to_owned() };
        self.change(|batch, connection| note.save(connection, batch.meta.tally_mut(Table::Note)))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::tests::{NOW, assert_sound, put_all, time};
    use crate::{Index, IndexError};

    fn noted(index: &Index, text: &str) {
        let mut writer = index.writer(time(NOW)).unwrap();
        writer.note("calibration", text).unwrap();
        writer.commit().unwrap();
    }

    #[test]
    fn the_last_note_of_a_name_is_kept_and_the_snapshot_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        let index = Index::create(&path).unwrap();
        put_all(&index, 1..=1);
        let before = index.snapshot().unwrap();
        assert_eq!(before.note("calibration").unwrap(), None);
        noted(&index, "first");
        noted(&index, "second");
        let after = assert_sound(&path);
        assert_eq!(after.note("calibration").unwrap().as_deref(), Some("second"));
        assert_eq!(after.note("another").unwrap(), None);
        assert_eq!(after.id(), before.id());
    }

    #[test]
    fn a_note_that_was_changed_or_lost_is_damage() {
        for damage in ["UPDATE note SET text = 'none wrong'", "DELETE FROM note"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("index");
            let index = Index::create(&path).unwrap();
            noted(&index, "one wrong");
            let catalogue = Connection::open(path.join("catalogue.sqlite")).unwrap();
            catalogue.execute(damage, []).unwrap();
            let snapshot = index.snapshot().unwrap();
            let told = snapshot.note("calibration");
            assert!(matches!(told, Err(IndexError::Damaged { .. })), "{damage}");
            assert!(!snapshot.verify().unwrap().is_empty(), "{damage}");
        }
    }
}
