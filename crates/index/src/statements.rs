//! What persons stated and decided, as a snapshot tells it, and how it is put in.

use std::collections::BTreeMap;

use firstseen_model::{
    AssetId, Decision, MatchId, Note, NoteId, RecordingId, Retraction, Ruling, Subject,
};
use rusqlite::Connection;

use crate::catalogue::meta::{Meta, Table};
use crate::catalogue::statement::{Statement, StatementRow};
use crate::catalogue::words;
use crate::error::{IndexError, Trouble};
use crate::recording::{self, Recording};
use crate::snapshot::Snapshot;
use crate::writer::{Batch, Writer};

/// All that persons stated and decided.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    /// By id; those that were taken back say so.
    notes: BTreeMap<NoteId, Note>,
    /// In the order in which they were said.
    decisions: Vec<Decision>,
    newest: BTreeMap<MatchId, usize>,
    recordings: Vec<Recording>,
    of_asset: BTreeMap<AssetId, usize>,
    /// The number of the row that first said a note.
    pub(crate) rows: BTreeMap<i64, NoteId>,
}

/// What became of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stated {
    /// It was not known.
    New,
    /// It was known, and holds already.
    Known,
}

impl Statements {
    fn of(mut rows: Vec<StatementRow>) -> Self {
        rows.sort_by_key(|row| (row.said.at(), row.num));
        let mut all = Self::default();
        for row in &rows {
            match &row.said {
                // The same words after a retraction hold again.
                Statement::Note(note) => {
                    all.notes.insert(note.id(), (**note).clone());
                    all.rows.insert(row.num, note.id());
                }
                Statement::Retraction(note, retraction) => {
                    if let Some(note) = all.notes.get_mut(note) {
                        note.retracted = Some(retraction.clone());
                    }
                }
                Statement::Decision(decision) => {
                    all.newest.insert(decision.pair(), all.decisions.len());
                    all.decisions.push(decision.clone());
                }
            }
        }
        all.recordings = recording::recordings(rows.iter().map(|row| &row.said));
        for (at, recording) in all.recordings.iter().enumerate() {
            all.of_asset.extend(recording.members.iter().map(|member| (*member, at)));
        }
        all
    }

    /// Every note, those that were taken back too, by id.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.notes.values()
    }

    /// The note of that id.
    #[must_use]
    pub fn note(&self, id: &NoteId) -> Option<&Note> {
        self.notes.get(id)
    }

    /// What persons state of an asset and of the recording that it is part of; nothing that was taken back.
    #[must_use]
    pub fn notes_on(&self, asset: &AssetId) -> Vec<Note> {
        let recording = self.recording_of(asset).map(|recording| recording.id);
        let on = |note: &&Note| match note.on {
            Subject::Asset(noted) => noted == *asset,
            Subject::Recording(noted) => Some(noted) == recording,
        };
        self.notes.values().filter(on).filter(|note| note.retracted.is_none()).cloned().collect()
    }

    /// What an asset is called: its own newest label, else that of its recording.
    #[must_use]
    pub fn label(&self, asset: &AssetId) -> Option<String> {
        let notes = self.notes_on(asset);
        let own = |note: &Note| matches!(note.on, Subject::Asset(_));
        let labelled = notes.into_iter().filter(|note| note.label.is_some());
        labelled.max_by_key(|note| (own(note), note.at, note.id()))?.label
    }

    /// Every decision, in the order in which they were made.
    #[must_use]
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// How many pairs were decided on.
    #[must_use]
    pub fn decided(&self) -> usize {
        self.newest.len()
    }

    /// The newest word on a pair, which holds.
    #[must_use]
    pub fn decision(&self, one: AssetId, other: AssetId) -> Option<&Decision> {
        self.newest.get(&MatchId::of_pair(one, other)).map(|at| &self.decisions[*at])
    }

    /// The assets of which a person says that they are the same as this one.
    #[must_use]
    pub fn same_as(&self, asset: &AssetId) -> Vec<AssetId> {
        let newest = self.newest.values().map(|at| &self.decisions[*at]);
        let same = newest.filter(|decision| decision.ruling == Ruling::Same);
        let mut others: Vec<AssetId> = same
            .filter_map(|decision| match (decision.one == *asset, decision.other == *asset) {
                (true, false) => Some(decision.other),
                (false, true) => Some(decision.one),
                _ => None,
            })
            .collect();
        others.sort_unstable();
        others
    }

    /// Every recording, in the order in which they were made.
    #[must_use]
    pub fn recordings(&self) -> &[Recording] {
        &self.recordings
    }

    /// The recording of that id.
    #[must_use]
    pub fn recording(&self, id: &RecordingId) -> Option<&Recording> {
        self.recordings.iter().find(|recording| recording.id == *id)
    }

    /// The recording that an asset is part of.
    #[must_use]
    pub fn recording_of(&self, asset: &AssetId) -> Option<&Recording> {
        self.of_asset.get(asset).map(|at| &self.recordings[*at])
    }
}

impl Snapshot {
    /// What persons stated and decided, read when it is first asked for.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Changed`].
    pub fn statements(&self) -> Result<&Statements, IndexError> {
        if let Some(statements) = self.statements.get() {
            return Ok(statements);
        }
        let read = self.handle.read(|connection| {
            let (mut rows, meta) = (StatementRow::all(connection)?, Meta::load(connection)?);
            if StatementRow::tally(&rows, u64::MAX) != meta.tally(Table::Statement) {
                return Err(Trouble::rows("statement", None, "rows are missing or doubled"));
            }
            let then = StatementRow::tally(&rows, self.loaded_at);
            if then != self.meta.tally(Table::Statement) {
                return Err(Trouble::Changed);
            }
            rows.retain(|row| row.came <= self.meta.sequence);
            Ok(Statements::of(rows))
        })?;
        Ok(self.statements.get_or_init(|| read))
    }
}

impl Writer {
    /// Puts in a person's note; there for others after [`Writer::commit`]. One that was taken back holds again.
    ///
    /// # Errors
    ///
    /// As [`Writer::put`].
    pub fn note(&mut self, note: &Note) -> Result<Stated, IndexError> {
        let note = Note { retracted: None, ..note.clone() };
        let holds = |known: &Statements| {
            known.note(&note.id()).is_some_and(|known| known.retracted.is_none())
        };
        self.state(Statement::Note(Box::new(note.clone())), holds)
    }

    /// Takes a note back.
    ///
    /// # Errors
    ///
    /// As [`Writer::put`].
    pub fn retract(&mut self, note: NoteId, by: &str) -> Result<Stated, IndexError> {
        let now = self.now();
        let retraction = Retraction { by: by.to_owned(), at: now };
        let holds =
            |known: &Statements| known.note(&note).is_none_or(|known| known.retracted.is_some());
        self.state(Statement::Retraction(note, retraction), holds)
    }

    /// Puts in a person's word on a pair; the newest holds.
    ///
    /// # Errors
    ///
    /// As [`Writer::put`].
    pub fn decide(&mut self, decision: &Decision) -> Result<Stated, IndexError> {
        let holds = |known: &Statements| {
            let newest = known.decision(decision.one, decision.other);
            newest.is_some_and(|newest| {
                (newest.ruling, &newest.by, &newest.note)
                    == (decision.ruling, &decision.by, &decision.note)
            })
        };
        self.state(Statement::Decision(decision.clone()), holds)
    }

    fn state(
        &mut self,
        said: Statement,
        holds: impl Fn(&Statements) -> bool,
    ) -> Result<Stated, IndexError> {
        self.change(|batch, connection| {
            if holds(&Statements::of(StatementRow::all(connection)?)) {
                return Ok(Stated::Known);
            }
            let row = StatementRow { num: batch.meta.number(), came: batch.next_sequence, said };
            batch.meta.tally_mut(Table::Statement).add(row.insert(connection)?);
            batch.meta.content.add(&row.said.content());
            words::add(connection, row.num, &row.said.words())?;
            batch.changed = true;
            Ok(Stated::New)
        })
    }
}

impl Batch {
    /// Removes what was said of these assets, and what was said of recordings that are none without that. Returns how
    /// many notes and decisions went.
    pub(crate) fn remove_statements(
        &mut self,
        connection: &Connection,
        assets: &[AssetId],
    ) -> Result<(usize, usize), Trouble> {
        let gone = |said: &Statement, left: &Statements| match said {
            Statement::Note(note) => match note.on {
                Subject::Asset(asset) => assets.contains(&asset),
                Subject::Recording(recording) => left.recording(&recording).is_none(),
            },
            Statement::Retraction(note, _) => left.note(note).is_none(),
            Statement::Decision(said) => assets.contains(&said.one) || assets.contains(&said.other),
        };
        let mut rows = StatementRow::all(connection)?;
        let (mut notes, mut decisions) = (0, 0);
        // A recording goes with what made it, then what was noted on it, then what took that back.
        loop {
            let direct = |row: &StatementRow| match &row.said {
                Statement::Note(note) => {
                    matches!(note.on, Subject::Asset(asset) if assets.contains(&asset))
                }
                Statement::Decision(said) => {
                    assets.contains(&said.one) || assets.contains(&said.other)
                }
                _ => false,
            };
            let left = rows.iter().filter(|row| !direct(row)).cloned().collect();
            let left = Statements::of(left);
            let (going, staying): (Vec<_>, Vec<_>) =
                rows.into_iter().partition(|row| gone(&row.said, &left));
            rows = staying;
            if going.is_empty() {
                return Ok((notes, decisions));
            }
            for row in going {
                row.delete(connection)?;
                words::take(connection, row.num, &row.said.words())?;
                self.meta.tally_mut(Table::Statement).take(row.sum());
                self.meta.content.take(&row.said.content());
                self.bury(connection, "statement", &row.said.content(), row.came)?;
                match row.said {
                    Statement::Note(_) => notes += 1,
                    Statement::Decision(_) => decisions += 1,
                    Statement::Retraction(..) => {}
                }
            }
        }
    }
}
