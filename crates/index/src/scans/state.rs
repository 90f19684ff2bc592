//! What became of each file of a folder.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use firstseen_model::AssetId;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::error::ScanError;
use super::file::{Store, beside};
use crate::FileSeen;
use crate::checksum::{Fields, Tally};
use crate::lock::Lock;

const FORMAT: i64 = 1;

const TABLES: &str = "
CREATE TABLE scan (
    id INTEGER PRIMARY KEY CHECK (id = 1), root BLOB NOT NULL, round INTEGER NOT NULL, rows INTEGER NOT NULL, xor INTEGER NOT NULL,
    completed TEXT, answers TEXT NOT NULL, snapshot TEXT NOT NULL, sequence INTEGER NOT NULL, own INTEGER NOT NULL, known TEXT NOT NULL,
    sum INTEGER NOT NULL
) STRICT;
CREATE TABLE file (
    path BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL, sha256 BLOB, told BLOB NOT NULL,
    said BLOB NOT NULL, snapshot TEXT NOT NULL, looked TEXT NOT NULL, before TEXT, gone TEXT, added INTEGER NOT NULL,
    round INTEGER NOT NULL, change TEXT NOT NULL, report TEXT NOT NULL, sum INTEGER NOT NULL
) STRICT;
";

const COLUMNS: &str = "path, size_bytes, modified_ns, sha256, told, said, snapshot, looked, before, gone, added, round, change, \
     report, sum";

/// A scan that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastScan {
    /// When it began.
    pub completed: Timestamp,
    /// What its answers depend on besides files and index, a line each.
    pub answers: String,
    /// The snapshot that it asked, as reports name it.
    pub snapshot: String,
    /// That snapshot's sequence number.
    pub sequence: u64,
    /// The sequence number up to which nobody but the scan itself has added anything since.
    pub own: u64,
    /// What it found, as a baseline.
    pub known: String,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedFile {
    /// As it lay there; the path is relative to the folder that is scanned.
    pub file: FileSeen,
    /// Its bytes, where they could be read.
    pub asset: Option<AssetId>,
    /// Hash of what records and tables said of it.
    pub told: [u8; 32],
    /// Hash of what the index said of it and of what it matches.
    pub said: [u8; 32],
    /// The snapshot that it was last weighed against, or that says the same.
    pub snapshot: String,
    /// When it was last looked at.
    pub looked: Timestamp,
    /// What lay there before, where that was something else.
    pub before: Option<Before>,
    /// Since when it is not there.
    pub gone: Option<Timestamp>,
    /// Whether it was put into the index.
    pub added: bool,
    /// The number of the scan that says this.
    pub round: i64,
    /// What had changed then.
    pub change: String,
    /// Its report.
    pub report: String,
}

/// Bytes that lay at a path before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Which.
    pub asset: AssetId,
    /// How many.
    pub size_bytes: u64,
    /// When the system said that they were last changed.
    pub modified_ns: i64,
    /// When they were last looked at.
    pub looked: Timestamp,
}

/// Who holds a lock is written into it: over the `.lock` of another program that would be a loss.
fn refuse_foreign_lock(path: &Path) -> Result<(), ScanError> {
    let mut text = Vec::new();
    match File::open(path).and_then(|file| file.take(32).read_to_end(&mut text)) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(ScanError::io(path, source))
        }
        _ if text.len() == 32 || !text.trim_ascii_end().iter().all(u8::is_ascii_digit) => {
            Err(ScanError::Foreign { path: path.to_owned() })
        }
        _ => Ok(()),
    }
}

/// What is remembered of a folder, held by one scan at a time.
pub struct ScanState {
    store: Store,
    root: Vec<u8>,
    round: i64,
    tally: Tally,
    last: Option<LastScan>,
    #[expect(dead_code, reason = "it is held, not read")]
    lock: Lock,
}

impl ScanState {
    /// Opens what is remembered at `path` of the folder `root`, or begins to remember.
    ///
    /// # Errors
    ///
    /// [`ScanError::Busy`] names the scan that holds it; [`ScanError::Damaged`], [`ScanError::Newer`],
    /// [`ScanError::Foreign`], [`ScanError::OtherRoot`], [`ScanError::ReadOnly`], [`ScanError::Full`].
    pub fn open(path: &Path, root: &[u8]) -> Result<Self, ScanError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|source| ScanError::io(path, source))?;
        }
        let lock_path = Self::lock_of(path);
        refuse_foreign_lock(&lock_path)?;
        let lock = Lock::file(&lock_path, &path.display().to_string());
        let lock = lock.map_err(|trouble| ScanError::of_lock(path, trouble))?;
        let store = Store::open(path, TABLES, FORMAT)?;
        let row = "SELECT root, round, rows, xor, completed, answers, snapshot, sequence, own, known, sum FROM scan";
        let found = store.connection.query_row(row, [], |row| Ok(Head::read(row)));
        let found = found.optional().map_err(|source| store.failed(source))?;
        let mut state = Self {
            store,
            root: root.to_owned(),
            round: 1,
            tally: Tally::default(),
            last: None,
            lock,
        };
        match found {
            Some(head) => state.take(head?)?,
            None => {
                state.save()?;
                state.commit()?;
            }
        }
        Ok(state)
    }

    fn take(&mut self, head: Head) -> Result<(), ScanError> {
        if head.sum != head.spelled() {
            return Err(self.store.damaged("what it says of the last scan was changed"));
        }
        if head.root != self.root {
            let root = String::from_utf8_lossy(&head.root).into_owned();
            return Err(ScanError::OtherRoot { path: self.store.path.clone(), root });
        }
        (self.round, self.tally) = (head.round, head.tally);
        self.last = match head.completed {
            None => None,
            Some(completed) => Some(LastScan {
                completed: completed
                    .parse()
                    .map_err(|_| self.store.damaged("a time makes no sense"))?,
                answers: head.answers,
                snapshot: head.snapshot,
                sequence: head.sequence.cast_unsigned(),
                own: head.own.cast_unsigned(),
                known: head.known,
            }),
        };
        Ok(())
    }

    /// Where what an unfinished scan has read lies.
    #[must_use]
    pub fn run_of(path: &Path) -> PathBuf {
        beside(path, ".run")
    }

    /// Where the index of what was scanned and not added lies.
    #[must_use]
    pub fn seen_of(path: &Path) -> PathBuf {
        beside(path, ".seen")
    }

    fn lock_of(path: &Path) -> PathBuf {
        beside(path, ".lock")
    }

    /// The last scan that came to its end.
    #[must_use]
    pub fn last(&self) -> Option<&LastScan> {
        self.last.as_ref()
    }

    /// The number of the scan that has not come to its end yet.
    #[must_use]
    pub fn round(&self) -> i64 {
        self.round
    }

    /// Calls `each` for every file, by path.
    ///
    /// # Errors
    ///
    /// [`ScanError::Damaged`] where a row was changed, lost or doubled; what `each` has seen then is of no use.
    pub fn for_each(&self, mut each: impl FnMut(ScannedFile)) -> Result<(), ScanError> {
        let failed = |source| self.store.failed(source);
        let select = format!("SELECT {COLUMNS} FROM file ORDER BY path");
        let mut select = self.store.connection.prepare(&select).map_err(failed)?;
        let mut rows = select.query([]).map_err(failed)?;
        let mut tally = Tally::default();
        while let Some(row) = rows.next().map_err(failed)? {
            let (file, sum) = self.read(row)?;
            tally.add(sum);
            each(file);
        }
        if tally != self.tally {
            return Err(self.store.damaged("files are missing or doubled"));
        }
        Ok(())
    }

    /// What became of the file at a path.
    ///
    /// # Errors
    ///
    /// [`ScanError::Damaged`].
    pub fn file(&self, path: &[u8]) -> Result<Option<ScannedFile>, ScanError> {
        Ok(self.find(path)?.map(|(file, _)| file))
    }

    fn find(&self, path: &[u8]) -> Result<Option<(ScannedFile, i64)>, ScanError> {
        let failed = |source| self.store.failed(source);
        let select = format!("SELECT {COLUMNS} FROM file WHERE path = ?1");
        let mut select = self.store.connection.prepare_cached(&select).map_err(failed)?;
        let mut rows = select.query([path]).map_err(failed)?;
        let Some(row) = rows.next().map_err(failed)? else { return Ok(None) };
        self.read(row).map(Some)
    }

    fn read(&self, row: &Row<'_>) -> Result<(ScannedFile, i64), ScanError> {
        let read = || -> rusqlite::Result<_> {
            let file = FileSeen {
                path: row.get(0)?,
                size_bytes: row.get::<_, i64>(1)?.cast_unsigned(),
                modified_ns: row.get(2)?,
            };
            let asset = row.get::<_, Option<[u8; 32]>>(3)?.map(AssetId);
            let looked: String = row.get(7)?;
            let (before, gone): (Option<String>, Option<String>) = (row.get(8)?, row.get(9)?);
            let rest = (
                row.get(4)?,
                row.get(5)?,
                row.get(6)?,
                row.get(10)?,
                row.get(11)?,
                row.get(12)?,
                row.get(13)?,
            );
            Ok((file, asset, looked, before, gone, rest, row.get::<_, i64>(14)?))
        };
        let (file, asset, looked, before, gone, rest, sum) =
            read().map_err(|source| self.store.failed(source))?;
        let (told, said, snapshot, added, round, change, report) = rest;
        let senseless = || self.store.damaged("a time or hash makes no sense");
        let file = ScannedFile {
            file,
            asset,
            told,
            said,
            snapshot,
            looked: looked.parse().map_err(|_| senseless())?,
            before: match before {
                None => None,
                Some(text) => Some(serde_json::from_str(&text).map_err(|_| senseless())?),
            },
            gone: gone.map(|gone| gone.parse()).transpose().map_err(|_| senseless())?,
            added,
            round,
            change,
            report,
        };
        if spell(&file).sum() != sum {
            return Err(self.store.damaged("what became of a file was changed"));
        }
        Ok((file, sum))
    }

    /// Remembers what became of a file; there after [`ScanState::commit`].
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn put(&mut self, file: &ScannedFile) -> Result<(), ScanError> {
        if let Some((_, sum)) = self.find(&file.file.path)? {
            self.tally.take(sum);
        }
        let sum = spell(file).sum();
        let before = file.before.map(|before| spelled_before(&before));
        self.store.change(file.report.len(), |connection| {
            let replace = format!(
                "REPLACE INTO file ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
            );
            connection.prepare_cached(&replace)?.execute(params![
                file.file.path,
                file.file.size_bytes.cast_signed(),
                file.file.modified_ns,
                file.asset.map(|asset| asset.0),
                file.told,
                file.said,
                file.snapshot,
                file.looked.to_string(),
                before,
                file.gone.map(|gone| gone.to_string()),
                file.added,
                file.round,
                file.change,
                file.report,
                sum,
            ])
        })?;
        self.tally.add(sum);
        Ok(())
    }

    /// Forgets a file; after [`ScanState::commit`].
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn forget(&mut self, path: &[u8]) -> Result<(), ScanError> {
        if let Some((_, sum)) = self.find(path)? {
            self.tally.take(sum);
            self.store.change(0, |connection| {
                connection.prepare_cached("DELETE FROM file WHERE path = ?1")?.execute([path])
            })?;
        }
        Ok(())
    }

    /// Remembers that a scan came to its end, and brings everything to the disk.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn complete(&mut self, last: LastScan) -> Result<(), ScanError> {
        self.last = Some(last);
        self.round += 1;
        self.save()?;
        self.store.commit()
    }

    /// Brings what was put to the disk.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn commit(&mut self) -> Result<(), ScanError> {
        self.save()?;
        self.store.commit()
    }

    fn save(&mut self) -> Result<(), ScanError> {
        let head = Head::of(&self.root, (self.round, self.tally), self.last.as_ref());
        self.store.change(head.known.len(), |connection| head.write(connection))?;
        Ok(())
    }
}

/// The one row of `scan`.
struct Head {
    root: Vec<u8>,
    round: i64,
    tally: Tally,
    completed: Option<String>,
    answers: String,
    snapshot: String,
    sequence: i64,
    own: i64,
    known: String,
    sum: i64,
}

impl Head {
    fn of(root: &[u8], (round, tally): (i64, Tally), last: Option<&LastScan>) -> Self {
        let text = |text: fn(&LastScan) -> &String| last.map(text).cloned().unwrap_or_default();
        let mut head = Self {
            root: root.to_owned(),
            round,
            tally,
            completed: last.map(|last| last.completed.to_string()),
            answers: text(|last| &last.answers),
            snapshot: text(|last| &last.snapshot),
            sequence: last.map_or(0, |last| last.sequence.cast_signed()),
            own: last.map_or(0, |last| last.own.cast_signed()),
            known: text(|last| &last.known),
            sum: 0,
        };
        head.sum = head.spelled();
        head
    }

    fn read(row: &Row<'_>) -> Result<Self, ScanError> {
        let read = || -> rusqlite::Result<Self> {
            Ok(Self {
                root: row.get(0)?,
                round: row.get(1)?,
                tally: Tally { rows: row.get(2)?, xor: row.get(3)? },
                completed: row.get(4)?,
                answers: row.get(5)?,
                snapshot: row.get(6)?,
                sequence: row.get(7)?,
                own: row.get(8)?,
                known: row.get(9)?,
                sum: row.get(10)?,
            })
        };
        read().map_err(|source| ScanError::sql(Path::new("scan"), source, 0))
    }

    fn write(&self, connection: &Connection) -> rusqlite::Result<usize> {
        connection
            .prepare_cached(
                "REPLACE INTO scan VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                self.root,
                self.round,
                self.tally.rows,
                self.tally.xor,
                self.completed,
                self.answers,
                self.snapshot,
                self.sequence,
                self.own,
                self.known,
                self.sum
            ])
    }

    fn spelled(&self) -> i64 {
        self.tally
            .spell(Fields::of("scan").bytes(&self.root).int(self.round))
            .maybe(self.completed.as_deref(), Fields::text)
            .text(&self.answers)
            .text(&self.snapshot)
            .int(self.sequence)
            .int(self.own)
            .text(&self.known)
            .sum()
    }
}

fn spell(file: &ScannedFile) -> Fields {
    Fields::of("file")
        .bytes(&file.file.path)
        .int(file.file.size_bytes.cast_signed())
        .int(file.file.modified_ns)
        .maybe(file.asset, |fields, asset| fields.bytes(&asset.0))
        .bytes(&file.told)
        .bytes(&file.said)
        .text(&file.snapshot)
        .text(&file.looked.to_string())
        .maybe(file.before, |fields, before| fields.text(&spelled_before(&before)))
        .maybe(file.gone, |fields, gone| fields.text(&gone.to_string()))
        .int(i64::from(file.added))
        .int(file.round)
        .text(&file.change)
        .text(&file.report)
}

fn spelled_before(before: &Before) -> String {
    serde_json::json!(before).to_string()
}
