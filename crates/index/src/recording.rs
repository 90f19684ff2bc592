//! Which assets are copies or parts of one take, by the word of persons.
//!
//! Nothing of it is stored: it follows from the log of statements alone, so that it is the same on every machine that
//! holds the same log, and falls back to what it was where a decision is overruled.

use std::collections::{BTreeMap, BTreeSet};

use firstseen_model::{AssetId, Decision, MatchId, RecordingId, Ruling, Subject};

use crate::catalogue::statement::Statement;

/// A take, with the assets that persons put into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Its id: that of its first event.
    pub id: RecordingId,
    /// Its assets: the one that it was made for, then others in the order in which they joined.
    pub members: Vec<AssetId>,
    /// Recordings of which a person says that they show the same as this one. They stay apart.
    pub joined: BTreeSet<RecordingId>,
}

/// The recordings that statements make, which are in the order in which they were said.
///
/// A note on an asset, or `same` on a pair of which neither has a recording, makes one, and it stays. `same` takes an
/// asset that has none into that of the other as long as it is the newest word on the pair. Where both have one,
/// both stay, and are told as joined.
pub(crate) fn recordings<'a>(log: impl Iterator<Item = &'a Statement> + Clone) -> Vec<Recording> {
    let mut newest: BTreeMap<MatchId, Ruling> = BTreeMap::new();
    for statement in log.clone() {
        if let Statement::Decision(decision) = statement {
            newest.insert(decision.pair(), decision.ruling);
        }
    }
    let mut made = Made::default();
    for statement in log {
        match statement {
            Statement::Note(note) => {
                if let Subject::Asset(asset) = note.on
                    && !made.of.contains_key(&asset)
                {
                    made.found(RecordingId(note.id().0), asset);
                }
            }
            Statement::Decision(decision) if decision.ruling == Ruling::Same => {
                made.same(decision, newest.get(&decision.pair()) == Some(&Ruling::Same));
            }
            _ => {}
        }
    }
    made.recordings
}

/// The id of the recording that a decision makes.
fn of_decision(decision: &Decision) -> RecordingId {
    let at = decision.at.to_string();
    RecordingId::of(&[&decision.pair().0, decision.by.as_bytes(), at.as_bytes()])
}

#[derive(Default)]
struct Made {
    recordings: Vec<Recording>,
    of: BTreeMap<AssetId, usize>,
}

impl Made {
    fn found(&mut self, id: RecordingId, asset: AssetId) -> usize {
        let at = self.recordings.len();
        self.recordings.push(Recording { id, members: vec![asset], joined: BTreeSet::new() });
        self.of.insert(asset, at);
        at
    }

    fn join(&mut self, at: usize, asset: AssetId) {
        self.recordings[at].members.push(asset);
        self.of.insert(asset, at);
    }

    fn same(&mut self, decision: &Decision, holds: bool) {
        let (one, other) = (decision.one, decision.other);
        let (low, high) = (one.min(other), one.max(other));
        match (self.of.get(&one).copied(), self.of.get(&other).copied()) {
            // Made even by a word that was overruled since: what was noted on it has to belong to something.
            (None, None) => {
                let at = self.found(of_decision(decision), low);
                if holds {
                    self.join(at, high);
                }
            }
            (Some(at), None) if holds => self.join(at, other),
            (None, Some(at)) if holds => self.join(at, one),
            (Some(a), Some(b)) if holds && a != b => {
                let (a_id, b_id) = (self.recordings[a].id, self.recordings[b].id);
                self.recordings[a].joined.insert(b_id);
                self.recordings[b].joined.insert(a_id);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use firstseen_model::Note;
    use jiff::Timestamp;

    use super::*;

    fn asset(seed: u8) -> AssetId {
        AssetId([seed; 32])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn note(on: u8) -> Statement {
        Statement::Note(Box::new(Note {
            on: Subject::Asset(asset(on)),
            captured: None,
            place: None,
            label: Some("exercise".to_owned()),
            by: "kd".to_owned(),
            basis: "was there".to_owned(),
            at: at(1),
            retracted: None,
        }))
    }

    fn decide(one: u8, other: u8, ruling: Ruling) -> Statement {
        Statement::Decision(Decision {
            one: asset(one),
            other: asset(other),
            ruling,
            by: "kd".to_owned(),
            note: String::new(),
            at: at(2),
        })
    }

    fn check(log: &[Statement], members: &[&[u8]]) -> Vec<Recording> {
        let made = recordings(log.iter());
        let found: Vec<Vec<u8>> = made
            .iter()
            .map(|recording| recording.members.iter().map(|member| member.0[0]).collect())
            .collect();
        assert_eq!(found, members);
        made
    }

    use Ruling::{Different, Irrelevant, Same};

    #[test]
    fn the_first_note_or_word_makes_a_recording() {
        let Statement::Note(first) = note(1) else { unreachable!("it is one") };
        let made =
            check(&[note(1), note(1), decide(1, 2, Same), decide(3, 2, Same)], &[&[1, 2, 3]]);
        assert_eq!(made[0].id.0, first.id().0);
        check(&[decide(2, 1, Same), note(2)], &[&[1, 2]]);
        check(&[decide(1, 2, Different), decide(1, 3, Irrelevant)], &[]);
    }

    #[test]
    fn two_recordings_are_never_made_one() {
        let made = check(&[note(1), note(2), decide(1, 2, Same)], &[&[1], &[2]]);
        assert!(made[0].joined.contains(&made[1].id) && made[1].joined.contains(&made[0].id));
        let parted = [note(1), note(2), decide(1, 2, Same), decide(2, 1, Different)];
        assert!(check(&parted, &[&[1], &[2]])[0].joined.is_empty());
    }

    #[test]
    fn what_joined_by_a_word_leaves_with_it() {
        let log = [decide(1, 2, Same), decide(2, 3, Same), decide(1, 2, Different)];
        // The third was said to be the same as the second, which has to do with the first no more.
        check(&log, &[&[1], &[2, 3]]);
        check(&[&log[..], &[decide(1, 2, Same)]].concat(), &[&[1, 2, 3]]);
    }
}
