//! What persons state, and what a search finds.

use super::*;
use crate::{FoundRow, IndexError, Limit, Search, Selection, Stated};

fn made(seeds: impl IntoIterator<Item = u8>) -> Index {
    let index = Index::in_memory().unwrap();
    put_all(&index, seeds);
    index
}

fn write<T>(index: &Index, act: impl FnOnce(&mut crate::Writer) -> T) -> T {
    let mut writer = index.writer(time(NOW + 60)).unwrap();
    let done = act(&mut writer);
    writer.commit().unwrap();
    done
}

fn id(seed: u8) -> AssetId {
    AssetId([seed; 32])
}

#[test]
fn a_note_holds_until_it_is_taken_back_and_again_when_it_is_repeated() {
    let index = made([1]);
    let (before, note_id) = (index.snapshot().unwrap(), note(1).id());
    let said = before.statements().unwrap();
    assert_eq!(said.notes_on(&id(1)), [note(1)]);
    assert_eq!(said.label(&id(1)).as_deref(), Some("учения 1"));
    assert_eq!(write(&index, |writer| writer.note(&note(1)).unwrap()), Stated::Known);
    assert_eq!(index.snapshot().unwrap().id(), before.id());
    assert_eq!(write(&index, |writer| writer.retract(note_id, "me").unwrap()), Stated::New);
    assert_eq!(write(&index, |writer| writer.retract(note_id, "me").unwrap()), Stated::Known);
    let after = index.snapshot().unwrap();
    let taken = after.statements().unwrap();
    assert_eq!(taken.notes_on(&id(1)), []);
    assert_eq!(taken.note(&note_id).unwrap().retracted.as_ref().unwrap().by, "me");
    assert_eq!(said.notes_on(&id(1)).len(), 1, "the snapshot of before stays what it was");
    let again = Note { at: time(NOW + 60), ..note(1) };
    assert_eq!(write(&index, |writer| writer.note(&again).unwrap()), Stated::New);
    assert_eq!(index.snapshot().unwrap().statements().unwrap().notes_on(&id(1)), [again]);
    assert_eq!(index.verify().unwrap(), []);
}

#[test]
fn the_newest_word_on_a_pair_holds_whichever_comes_first() {
    let index = made([1]);
    let decided = || {
        let snapshot = index.snapshot().unwrap();
        let said = snapshot.statements().unwrap();
        (said.decision(id(!1), id(1)).unwrap().ruling, said.same_as(&id(1)))
    };
    assert_eq!(decided(), (Ruling::Same, vec![id(!1)]));
    let (one, other) = (id(!1), id(1));
    let overruled = Decision { one, other, ruling: Ruling::Different, ..decision(1) };
    assert_eq!(write(&index, |writer| writer.decide(&overruled).unwrap()), Stated::New);
    assert_eq!(decided(), (Ruling::Different, vec![]));
    assert_eq!(write(&index, |writer| writer.decide(&overruled).unwrap()), Stated::Known);
    assert_eq!(index.snapshot().unwrap().stats().unwrap().decisions, 1);
}

#[test]
fn a_note_on_a_recording_is_told_of_all_its_members() {
    let index = made([1, 2]);
    let recording = |seed| {
        let snapshot = index.snapshot().unwrap();
        snapshot.statements().unwrap().recording_of(&id(seed)).unwrap().clone()
    };
    let of_first = recording(1);
    assert_eq!((of_first.id.0, of_first.members.clone()), (note(1).id().0, vec![id(1), id(!1)]));
    let on_all = Note { on: Subject::Recording(of_first.id), label: None, ..note(1) };
    let third = Decision { one: id(1), other: id(3), ..decision(1) };
    let joined = Decision { one: id(1), other: id(2), ..decision(1) };
    write(&index, |writer| {
        writer.note(&on_all).unwrap();
        writer.decide(&third).unwrap();
        writer.decide(&joined).unwrap();
    });
    let snapshot = index.snapshot().unwrap();
    let said = snapshot.statements().unwrap();
    assert_eq!(said.notes_on(&id(3)), std::slice::from_ref(&on_all));
    assert_eq!(said.notes_on(&id(1)).len(), 2);
    assert_eq!(said.notes_on(&id(2)), [note(2)], "recordings are joined, not made one");
    assert!(recording(2).joined.contains(&of_first.id));
    // What made the recording goes, and with it what was noted on it.
    let removed = write(&index, |writer| writer.remove(&Selection::Asset(id(1))).unwrap());
    assert_eq!((removed.assets, removed.notes, removed.decisions), (1, 2, 3));
    assert_eq!(index.verify().unwrap(), []);
    assert_eq!(index.snapshot().unwrap().statements().unwrap().notes_on(&id(3)), []);
}

#[test]
fn ids_in_metadata_are_found_in_other_assets() {
    let index = made([1, 2, 3]);
    let snapshot = index.snapshot().unwrap();
    let ids = crate::ids_of(&clip(1).metadata);
    assert_eq!(ids.len(), 2, "zeros are no id: {ids:?}");
    let shared = |snapshot: &Snapshot, most| snapshot.sharing(&id(1), &ids, most).unwrap();
    let [one] = shared(&snapshot, 9).try_into().unwrap();
    assert_eq!((one.name.as_str(), one.assets), ("xmp_document_id", vec![id(2), id(3)]));
    assert_eq!(shared(&snapshot, 1)[0].assets, [id(2)]);
    write(&index, |writer| writer.remove(&Selection::Asset(id(2))).unwrap());
    assert_eq!(shared(&index.snapshot().unwrap(), 9)[0].assets, [id(3)]);
}

fn search<'a>(text: &'a str, limit: &'a Limit) -> Search<'a> {
    Search { text: Some(text), limit, posted: None, place: None, rows: 100 }
}

fn found(snapshot: &Snapshot, search: &Search<'_>) -> Vec<&'static str> {
    let kind = |row: &FoundRow| match row {
        FoundRow::Sighting(_) => "sighting",
        FoundRow::Claim(_) => "claim",
        FoundRow::Note(_) => "note",
    };
    snapshot.find(search).unwrap().value.iter().map(kind).collect()
}

#[test]
fn sightings_claims_and_notes_are_found_by_their_words() {
    let (index, all) = (made([1]), Limit::default());
    let snapshot = index.snapshot().unwrap();
    for (text, expected) in [
        ("СЛОВА", &["sighting", "sighting"][..]),
        ("title 1", &["sighting"]),
        ("happened", &["claim"]),
        ("учения", &["note"]),
        ("сергеевка", &["sighting", "sighting", "claim", "note"]),
        ("nowhere", &[]),
    ] {
        assert_eq!(found(&snapshot, &search(text, &all)), expected, "{text}");
    }
    assert!(matches!(snapshot.find(&search("?!", &all)), Err(IndexError::NoWords { .. })));
    let two = snapshot.find(&Search { rows: 2, ..search("сергеевка", &all) }).unwrap();
    assert!(two.truncated && two.value.len() == 2);
    write(&index, |writer| writer.remove(&Selection::Asset(id(1))).unwrap());
    let after = index.snapshot().unwrap();
    assert_eq!(found(&after, &search("сергеевка", &all)), [] as [&str; 0]);
    assert_eq!(index.verify().unwrap(), []);
}

#[test]
fn a_search_is_limited_by_case_source_and_dates() {
    let index = made([1]);
    let mut other = sighting(1, "3");
    (other.seen.case, other.seen.source) = (Some("case-8".to_owned()), "youtube".to_owned());
    let (record, others) = (clip(1), [other]);
    write(&index, |writer| {
        let entry = Entry { sightings: &others, ..bare(&record, Role::Reference) };
        writer.put(&entry).unwrap();
    });
    let snapshot = index.snapshot().unwrap();
    let count = |limit: &Limit| found(&snapshot, &Search { text: None, ..search("", limit) });
    let case = |name: &str| Limit { case: Some(name.to_owned()), ..Limit::default() };
    assert_eq!(count(&Limit::default()), ["sighting", "sighting", "sighting", "claim", "note"]);
    // The claim and the note are of an asset that another case has seen as well.
    assert_eq!(count(&case("case-8")), ["sighting"]);
    assert_eq!(
        count(&Limit { source: Some("telegram".to_owned()), ..case("case-8") }),
        [] as [&str; 0]
    );
    assert_eq!(count(&case("case-9")), [] as [&str; 0]);
    let before = |second| Limit { posted_before: Some(time(second)), ..Limit::default() };
    assert_eq!(count(&before(1_647_043_199)), [] as [&str; 0]);
    assert_eq!(count(&before(1_647_043_200)).len(), 5);
    let posted = |earliest, latest| {
        let posted = Some((Some(time(earliest)), Some(time(latest))));
        let all = Limit::default();
        let asked = Search { text: None, posted, ..search("", &all) };
        snapshot.find(&asked).unwrap().value.len()
    };
    assert_eq!(posted(1_647_043_199, 1_700_000_000), 3);
    assert_eq!(posted(1_647_043_200, 1_700_000_000), 0);
    let within = snapshot.within(&case("case-8")).unwrap();
    assert_eq!((within.assets, within.sightings, within.codes), (1, 1, 6));
    assert_eq!(snapshot.within(&case("case-9")).unwrap(), crate::Within::default());
    let whole = snapshot.within(&Limit::default()).unwrap();
    let stats = snapshot.stats().unwrap();
    assert_eq!(
        (whole.codes, whole.earliest, whole.latest),
        (stats.codes, stats.earliest, stats.latest)
    );
}

#[test]
fn a_place_is_asked_of_each_record() {
    let (index, all) = (made([1]), Limit::default());
    let snapshot = index.snapshot().unwrap();
    let north = |place: &Place| place.point.is_some();
    let asked = Search { text: None, place: Some(&north), ..search("", &all) };
    assert_eq!(found(&snapshot, &asked), ["sighting", "sighting", "note"]);
}

#[test]
fn what_is_derived_is_tested_and_made_again() {
    for damage in [
        "INSERT INTO words (rowid, text) VALUES (1000, 'more')",
        "INSERT INTO words (words) VALUES ('delete-all')",
        "DELETE FROM marker WHERE id = '306101'",
        "UPDATE marker SET id = '306107' WHERE id = '306101'",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        put_all(&Index::create(&path).unwrap(), [1, 2]);
        let before = exported(&assert_sound(&path));
        let connection = rusqlite::Connection::open(path.join("catalogue.sqlite")).unwrap();
        connection.execute(damage, []).unwrap();
        let index = Index::open(&path, Access::Write).unwrap();
        let problems = index.verify().unwrap();
        assert!(!problems.is_empty(), "{damage}");
        assert!(problems.iter().any(|problem| problem.advice.contains("--repair")), "{problems:?}");
        write(&index, |writer| writer.derive_again().unwrap());
        assert_eq!(exported(&assert_sound(&path)), before, "{damage}");
    }
}
