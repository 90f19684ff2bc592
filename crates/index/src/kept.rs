//! What somebody found out about an index as a whole, kept with it.

use crate::catalogue::kept::{KeptText, check_kept};
use crate::catalogue::meta::{Meta, Table};
use crate::error::{IndexError, Trouble};
use crate::snapshot::Snapshot;
use crate::writer::Writer;

impl Snapshot {
    /// The text that was last kept under `name`, as of now; `None` where nothing was.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`] too where a text is missing.
    pub fn kept(&self, name: &str) -> Result<Option<String>, IndexError> {
        self.handle.read(|connection| {
            if check_kept(connection)? != Meta::load(connection)?.tally(Table::Kept) {
                return Err(Trouble::rows("kept", None, "rows are missing or doubled"));
            }
            Ok(KeptText::find(connection, name)?.map(|kept| kept.text))
        })
    }
}

impl Writer {
    /// Keeps a short text under `name`, in the place of what was kept there; it bears on no answer, so that a snapshot
    /// keeps its name. There for others after [`Writer::commit`].
    ///
    /// # Errors
    ///
    /// As [`Writer::put`].
    pub fn keep(&mut self, name: &str, text: &str) -> Result<(), IndexError> {
        let kept = KeptText { name: name.to_owned(), text: text.to_owned() };
        self.change(|batch, connection| kept.save(connection, batch.meta.tally_mut(Table::Kept)))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::tests::{NOW, assert_sound, put_all, time};
    use crate::{Index, IndexError};

    fn keep(index: &Index, text: &str) {
        let mut writer = index.writer(time(NOW)).unwrap();
        writer.keep("calibration", text).unwrap();
        writer.commit().unwrap();
    }

    #[test]
    fn the_last_text_of_a_name_is_kept_and_the_snapshot_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        let index = Index::create(&path).unwrap();
        put_all(&index, 1..=1);
        let before = index.snapshot().unwrap();
        assert_eq!(before.kept("calibration").unwrap(), None);
        keep(&index, "first");
        keep(&index, "second");
        let after = assert_sound(&path);
        assert_eq!(after.kept("calibration").unwrap().as_deref(), Some("second"));
        assert_eq!(after.kept("another").unwrap(), None);
        assert_eq!(after.id(), before.id());
    }

    #[test]
    fn a_text_that_was_changed_or_lost_is_damage() {
        for damage in ["UPDATE kept SET text = 'none wrong'", "DELETE FROM kept"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("index");
            let index = Index::create(&path).unwrap();
            keep(&index, "one wrong");
            let catalogue = Connection::open(path.join("catalogue.sqlite")).unwrap();
            catalogue.execute(damage, []).unwrap();
            let snapshot = index.snapshot().unwrap();
            let told = snapshot.kept("calibration");
            assert!(matches!(told, Err(IndexError::Damaged { .. })), "{damage}");
            assert!(!index.verify().unwrap().is_empty(), "{damage}");
        }
    }
}
