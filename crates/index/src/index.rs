//! Makes and opens indexes.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use rusqlite::TransactionBehavior;

use crate::catalogue::Handle;
use crate::catalogue::meta::Meta;
use crate::catalogue::schema::{self, Use};
use crate::error::{IndexError, Trouble};
use crate::live::Window;
use crate::lock::Lock;
use crate::name::SnapshotName;
use crate::snapshot::{Choose, Snapshot};
use crate::store::Store;
use crate::writer::Writer;

const CATALOGUE: &str = "catalogue.sqlite";
const SEGMENTS: &str = "segments";
const LOCK: &str = "lock";
/// All that lies in the folder of a new index.
const OURS: [&str; 4] = [CATALOGUE, "catalogue.sqlite-journal", SEGMENTS, LOCK];

/// An index of previously seen media: a folder, or memory.
pub struct Index {
    place: Place,
    location: String,
}

enum Place {
    Folder { folder: PathBuf, access: Access },
    Memory { handle: Handle, store: Store, held: Arc<AtomicBool> },
}

/// What an index is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only to read; a read-only folder will do.
    Read,
    /// To read and write.
    Write,
}

impl Index {
    /// Makes an index in `folder`, which is itself the index (`.firstseen`) and is made where it is missing.
    ///
    /// Making that was interrupted is completed.
    ///
    /// # Errors
    ///
    /// [`IndexError::Exists`], [`IndexError::Foreign`] where something else lies there, [`IndexError::Io`],
    /// [`IndexError::Full`].
    pub fn create(folder: &Path) -> Result<Self, IndexError> {
        let location = folder.display().to_string();
        make(folder).map_err(|trouble| trouble.of(&location, 1 << 17))?;
        Ok(Self {
            place: Place::Folder { folder: folder.to_owned(), access: Access::Write },
            location,
        })
    }

    /// Opens the index in `folder`.
    ///
    /// # Errors
    ///
    /// [`IndexError::NotFound`], [`IndexError::Foreign`], [`IndexError::Newer`], [`IndexError::Older`],
    /// [`IndexError::Damaged`], [`IndexError::Io`].
    pub fn open(folder: &Path, access: Access) -> Result<Self, IndexError> {
        let location = folder.display().to_string();
        let index = Self { place: Place::Folder { folder: folder.to_owned(), access }, location };
        index.connect(Use::Read).map_err(|trouble| trouble.of(&index.location, 0))?;
        Ok(index)
    }

    /// An index of nothing, in memory. It answers as one on disk does, and its snapshots have the same name each time.
    ///
    /// # Errors
    ///
    /// [`IndexError::Sql`] where there is no memory.
    pub fn in_memory() -> Result<Self, IndexError> {
        let location = "memory".to_owned();
        let make = || {
            let connection = schema::in_memory()?;
            Meta::empty([0; 16]).save(&connection)?;
            Ok(connection)
        };
        let connection = make().map_err(|trouble: Trouble| trouble.of(&location, 0))?;
        let handle = Handle::new(connection, location.clone());
        let place = Place::Memory { handle, store: Store::in_memory(), held: Arc::default() };
        Ok(Self { place, location })
    }

    /// Loads what look-ups need, as of now.
    ///
    /// The read transaction ends with this call. What the snapshot reads later is of its own moment too, or an
    /// [`IndexError::Changed`] where that has been removed since.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Busy`] where a writer's commit takes too long, [`IndexError::Io`].
    pub fn snapshot(&self) -> Result<Snapshot, IndexError> {
        self.snapshot_of(&|_| Ok(None))
    }

    /// The same, of what came after the commit of that number only.
    ///
    /// # Errors
    ///
    /// As [`Index::snapshot`].
    pub fn snapshot_since(&self, sequence: u64) -> Result<Snapshot, IndexError> {
        self.snapshot_of(&|meta| Ok(Some(Window { after: sequence, upto: meta.sequence })))
    }

    /// An earlier moment again, so that an answer that names it can be repeated.
    ///
    /// # Errors
    ///
    /// [`IndexError::NotThen`] where it is of another index or of the future, or something of it was removed or replaced
    /// since; as [`Index::snapshot`].
    pub fn snapshot_at(&self, id: &SnapshotName) -> Result<Snapshot, IndexError> {
        let not = |why: &str| {
            let (index, snapshot) = (self.location.clone(), id.to_string());
            IndexError::NotThen { index, snapshot, why: why.to_owned() }
        };
        let snapshot = self.snapshot_of(&|meta| {
            if !id.is_of(&meta.id()) {
                return Err(Trouble::Known(not("it is of another index")));
            }
            if id.sequence > meta.sequence {
                return Err(Trouble::Known(not("that commit never was")));
            }
            Ok(Some(Window { after: 0, upto: id.sequence }))
        })?;
        if !id.names(&snapshot.id()) {
            return Err(not("something of it was removed or replaced since"));
        }
        Ok(snapshot)
    }

    /// What reading it takes.
    pub(crate) fn to_read(&self) -> Result<(Handle, Store), IndexError> {
        match &self.place {
            Place::Folder { .. } => {
                self.connect(Use::Read).map_err(|trouble| trouble.of(&self.location, 0))
            }
            Place::Memory { handle, store, .. } => Ok((handle.clone(), store.clone())),
        }
    }

    fn snapshot_of(&self, window: &Choose<'_>) -> Result<Snapshot, IndexError> {
        let (handle, store) = self.to_read()?;
        Snapshot::load(handle, &store, window)
    }

    /// Becomes the one writer. `now` is what new assets get as the time of their coming.
    ///
    /// # Errors
    ///
    /// [`IndexError::Busy`] names the process that writes already; [`IndexError::ReadOnly`],
    /// [`IndexError::Damaged`], [`IndexError::Io`].
    pub fn writer(&self, now: Timestamp) -> Result<Writer, IndexError> {
        let start = || match &self.place {
            Place::Folder { access: Access::Read, .. } => {
                let why = "it was opened for reading".to_owned();
                Err(Trouble::Known(IndexError::ReadOnly { index: self.location.clone(), why }))
            }
            Place::Folder { folder, .. } => {
                let lock = Lock::file(&folder.join(LOCK), &self.location)?;
                let (handle, store) = self.connect(Use::Write)?;
                Ok((handle, store, lock))
            }
            Place::Memory { handle, store, held } => {
                Ok((handle.clone(), store.clone(), Lock::memory(held)?))
            }
        };
        let (handle, store, lock) = start().map_err(|trouble| trouble.of(&self.location, 0))?;
        Writer::start(handle, store, lock, now)
    }

    /// What answers and errors call it.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// Its folder, if it is on disk. Paths of files are relative to this folder's parent.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder { folder, .. } => Some(folder),
            Place::Memory { .. } => None,
        }
    }

    /// Deletes the folder of an index that holds nothing and that nobody else uses; whether it did. One in which
    /// something else lies stays.
    ///
    /// # Errors
    ///
    /// As [`Index::snapshot`], and where it cannot be deleted.
    pub fn discard_if_empty(self) -> Result<bool, IndexError> {
        let Place::Folder { folder, .. } = &self.place else { return Ok(false) };
        if !self.snapshot()?.all()?.is_empty() {
            return Ok(false);
        }
        discard(folder).map_err(|trouble| trouble.of(&self.location, 0))
    }

    fn connect(&self, purpose: Use) -> Result<(Handle, Store), Trouble> {
        let Place::Folder { folder, .. } = &self.place else {
            return Err(Trouble::rows("catalogue", None, "an index in memory is opened once"));
        };
        let path = folder.join(CATALOGUE);
        if !path.exists() {
            return Err(Trouble::Known(IndexError::NotFound { path: folder.clone() }));
        }
        let connection =
            schema::connect(&path, purpose).map_err(|trouble| not_sqlite(trouble, folder))?;
        schema::recognise(&connection, folder)?;
        let store = Store::Disk(folder.join(SEGMENTS));
        Ok((Handle::new(connection, self.location.clone()), store))
    }
}

/// The user id that owns `folder`, so that a stranger's index is not used unasked.
///
/// # Errors
///
/// What the system says of the folder.
pub fn owner_uid(folder: &Path) -> io::Result<u32> {
    Ok(fs::metadata(folder)?.uid())
}

fn make(folder: &Path) -> Result<(), Trouble> {
    let failed = |source| Trouble::Io { path: folder.display().to_string(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if !OURS.iter().any(|ours| name == *ours) {
            let why = format!("{} lies in it", name.display());
            return Err(Trouble::Known(IndexError::Foreign { path: folder.to_owned(), why }));
        }
    }
    // Their folder first: a catalogue that lists segments has one.
    Store::create(&folder.join(SEGMENTS))?;
    let mut connection = schema::connect(&folder.join(CATALOGUE), Use::Create)
        .map_err(|trouble| not_sqlite(trouble, folder))?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !schema::is_blank(&transaction)? {
        schema::recognise(&transaction, folder)?;
        return Err(Trouble::Known(IndexError::Exists { path: folder.to_owned() }));
    }
    // A catalogue that has lost all that it held is damage, and nothing is made over it.
    if !Store::is_bare(&folder.join(SEGMENTS))? {
        let why = "it is empty, and there are segments beside it";
        return Err(Trouble::rows("catalogue", None, why));
    }
    schema::make_tables(&transaction)?;
    let log = transaction.query_row("SELECT randomblob(16)", [], |row| row.get(0))?;
    Meta::empty(log).save(&transaction)?;
    transaction.commit()?;
    // The names have to be on disk as well as what they name.
    let parent =
        folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for folder in [folder, parent] {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(())
}

/// The name it has while it is deleted: what is left where that is interrupted is no index.
const DISCARDED: &str = ".discarded";

fn discard(folder: &Path) -> Result<bool, Trouble> {
    let failed = |source| Trouble::Io { path: folder.display().to_string(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if !OURS.iter().any(|ours| name == *ours) {
            return Ok(false);
        }
    }
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(DISCARDED);
    let aside = folder.with_file_name(name);
    // What is there already, an interrupted one has left, or somebody else has put there.
    if aside.symlink_metadata().is_ok() {
        return Ok(false);
    }
    fs::rename(folder, &aside).and_then(|()| fs::remove_dir_all(&aside)).map_err(failed)?;
    Ok(true)
}

fn not_sqlite(trouble: Trouble, folder: &Path) -> Trouble {
    match trouble {
        Trouble::Sql(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) =>
        {
            let why = "its catalogue is no SQLite file".to_owned();
            Trouble::Known(IndexError::Foreign { path: folder.to_owned(), why })
        }
        other => other,
    }
}
