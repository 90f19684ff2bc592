//! Looking after an index: `index stats|verify|remove|export`.

use crate::made::picture;
use crate::program::Desk;

/// Four pictures: two of one source, one of them of a case, one without either, and one below a folder.
fn desk() -> Desk {
    let desk = Desk::new();
    for (i, name) in ["a.bmp", "b.bmp", "c.bmp", "folder/d.bmp"].iter().enumerate() {
        desk.put(name, picture(i as u64));
    }
    desk.run(&["add", "a.bmp", "--source", "example", "--posted", "2022-03-11"]).with_code(0);
    desk.run(&["add", "b.bmp", "--source", "example", "--case", "depot", "--event-date", "2024"])
        .with_code(0);
    desk.run(&["add", "c.bmp", "folder"]).with_code(0);
    desk
}

fn export(desk: &Desk, level: &str) -> String {
    desk.run(&["index", "export", "--level", level]).with_code(0).stdout
}

#[test]
fn stats_count_what_is_there() {
    let report = desk().run(&["index", "stats", "--format", "json"]).with_code(0).json();
    let index = &report["index"];
    for (field, count) in
        [("assets", 4), ("sightings", 4), ("claims", 1), ("codes", 4), ("only_triage", 0)]
    {
        assert_eq!(index[field], count, "{field}");
    }
    assert!(index["bytes"].as_u64().unwrap() > 0);
    assert_eq!(report["files"].as_array().unwrap().len(), 0);
}

#[test]
fn what_is_removed_is_found_no_more() {
    let cases: [(&[&str], &str, &[&str]); 4] = [
        (
            &["--source", "example"],
            "removed 2 assets, 2 sightings, 1 claim, 2 files",
            &["a.bmp", "b.bmp"],
        ),
        (&["--case", "depot"], "removed 1 asset, 1 sighting, 1 claim, 1 file", &["b.bmp"]),
        (&["--path", "c.bmp"], "removed 1 asset, 1 sighting, 0 claims, 1 file", &["c.bmp"]),
        (&["--path", "folder"], "removed 1 asset, 1 sighting, 0 claims, 1 file", &["folder/d.bmp"]),
    ];
    for (what, told, gone) in cases {
        let desk = desk();
        let ended = desk.run(&[&["index", "remove"], what].concat()).with_code(0);
        let (first, rest) = ended.stdout.split_once('\n').unwrap();
        assert_eq!(first, told, "{what:?}");
        assert!(rest.contains("`firstseen index compact`"), "{rest}");
        for name in ["a.bmp", "b.bmp", "c.bmp", "folder/d.bmp"] {
            let report = desk.run(&["check", name, "--format", "json"]).json();
            let expected = if gone.contains(&name) { "not-in-index" } else { "already-in-index" };
            assert_eq!(report["files"][0]["verdict"], expected, "{what:?}: {name}");
            assert_eq!(export(&desk, "all").contains(name), !gone.contains(&name));
        }
        desk.run(&["index", "verify"]).with_code(0);
    }
}

#[test]
fn an_asset_is_removed_by_its_sha_256() {
    let desk = desk();
    let report = desk.run(&["inspect", "a.bmp", "--format", "json"]).json();
    let sha256 = report["files"][0]["asset"]["sha256"].as_str().unwrap().to_owned();
    let ended = desk.run(&["index", "remove", "--asset", &sha256]).with_code(0);
    assert!(ended.stdout.starts_with("removed 1 asset"), "{}", ended.stdout);
    assert!(!export(&desk, "all").contains(&sha256));
    desk.run(&["index", "remove", "--asset", "abc"]).with_code(2);
}

#[test]
fn what_was_removed_may_come_again() {
    let desk = desk();
    let before = export(&desk, "all");
    desk.run(&["index", "remove", "--path", "c.bmp"]).with_code(0);
    desk.run(&["add", "c.bmp"]).with_code(0);
    assert_eq!(export(&desk, "all"), before);
    desk.run(&["index", "verify"]).with_code(0);
}

#[test]
fn an_export_gives_no_more_than_its_level() {
    let desk = desk();
    desk.sample("archive/frog-parade.mp4", "frog.mp4");
    desk.run(&["add", "frog.mp4"]).with_code(0);
    let fields =
        ["\"pdq\":", "\"path\":", "\"sighting\"", "\"claim\"", "\"codes\":", "\"thumbnail"];
    for (level, told) in [("hashes", 1), ("sightings", 4), ("features", 5), ("all", 6)] {
        let exported = export(&desk, level);
        for (i, field) in fields.iter().enumerate() {
            assert_eq!(exported.contains(field), i < told, "{level}: {field}");
        }
    }
}

#[test]
fn an_export_does_not_depend_on_the_order_in_which_things_came() {
    let desk = Desk::new();
    for (i, name) in ["a.bmp", "b.bmp", "c.bmp"].iter().enumerate() {
        desk.put(name, picture(i as u64));
    }
    for (index, names) in
        [("one", ["a.bmp", "b.bmp", "c.bmp"]), ("two", ["c.bmp", "a.bmp", "b.bmp"])]
    {
        for name in names {
            desk.run(&["add", name, "--index", index]).with_code(0);
        }
    }
    let export = |index| desk.run(&["index", "export", "--level", "all", "--index", index]).stdout;
    assert_eq!(export("one"), export("two"));
    let snapshot = |index| {
        let report = desk.run(&["index", "stats", "--format", "json", "--index", index]).json();
        report["index"]["snapshot"].as_str().unwrap().rsplit('-').next().unwrap().to_owned()
    };
    assert_eq!(snapshot("one"), snapshot("two"), "the sum of all records");
}
