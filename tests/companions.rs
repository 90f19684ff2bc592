//! What tools and persons wrote down beside footage: export folders as each tool writes them, through `add` and `check`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::made::picture;
use crate::program::{Desk, file};

/// A claim that the footage of all exports here predates, and one that it does not.
const LATER: [&str; 2] = ["--event-date", "2024-10-18"];
const EARLIER: [&str; 2] = ["--event-date", "2022-03-11"];

/// Seconds of 2022-03-11T09:00:00Z, when every post here was posted.
const POSTED: i64 = 1_646_989_200;

/// Adds an export folder, and checks a copy of its picture against claims; the lines of `add` are returned.
#[track_caller]
fn proves(desk: &Desk, copy: &[u8]) -> String {
    let told = desk.run(&["add", "export"]).with_code(0).stdout;
    desk.put("query.bmp", copy);
    let found = desk.run(&[&["check", "query.bmp", "--format", "json"], &LATER[..]].concat());
    let report = found.with_code(10).json();
    let findings = report["files"][0]["findings"].as_array().unwrap();
    let rules: Vec<_> = findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert!(rules.contains(&"predates-claim"), "{rules:?}");
    let report = desk
        .run(&[&["check", "query.bmp", "--format", "json"], &EARLIER[..]].concat())
        .with_code(0);
    assert_eq!(report.json()["files"][0]["claims"][0]["outcome"], "no-conflict-found");
    told
}

/// The sightings of an index, by the ends of their files' paths.
fn sightings(desk: &Desk) -> BTreeMap<String, Vec<Value>> {
    let exported = desk.run(&["index", "export", "--level", "sightings"]).with_code(0).stdout;
    let mut sightings: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in exported.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        if record["record"] == "sighting" {
            let path = record["path"].as_str().unwrap_or_default().to_owned();
            sightings.entry(path).or_default().push(record);
        }
    }
    sightings
}

fn telegram(messages: Value) -> String {
    json!({ "name": "Example", "type": "public_channel", "id": 1234, "messages": messages })
        .to_string()
}

fn message(id: u32, path: &str) -> Value {
    json!({ "id": id, "type": "message", "date": "2022-03-11T12:00:00", "date_unixtime": POSTED.to_string(),
        "from": "Example", "photo": path, "text": ["At the ", { "type": "bold", "text": "depot" }] })
}

#[test]
fn an_export_of_telegram_desktop_proves_when_its_pictures_were_there() {
    let desk = Desk::new();
    desk.put("export/photos/photo_1.bmp", picture(1));
    desk.put("export/photos/photo_2.bmp", picture(2));
    desk.put("export/photos/other.bmp", picture(3));
    let excuse = "(File not included. Change data exporting settings to download.)";
    let messages = json!([
        message(1, "photos/photo_1.bmp"),
        message(2, "photos/photo_2.bmp"),
        message(3, excuse),
        message(4, "photos/gone.bmp")
    ]);
    desk.put("export/result.json", telegram(messages));
    let told = proves(&desk, &picture(1));
    for line in [
        "2 of 3 files have a telegram record",
        "1 of 3 files has no record: export/photos/other.bmp",
        "telegram: 3 records in result.json; 1 of no file given: photos/gone.bmp",
        "result.json: files of its messages that were not exported: 1",
    ] {
        assert!(told.lines().any(|told| told == line), "{line:?} is not in:\n{told}");
    }
    let sightings = sightings(&desk);
    let seen = &sightings["export/photos/photo_1.bmp"][0].to_string();
    for said in
        ["telegram", "1234/1", "Example", "At the depot", "2022-03-11T09:00:00Z", "result.json"]
    {
        assert!(seen.contains(said), "{said} is not in {seen}");
    }
    let again = desk.run(&["add", "export"]).with_code(0).stdout;
    assert!(again.contains("0 new sightings"), "{again}");
}

#[test]
fn a_post_that_was_edited_counts_from_its_edit() {
    let desk = Desk::new();
    desk.put("export/a.bmp", picture(1));
    let mut edited = message(1, "a.bmp");
    edited["edited_unixtime"] = json!("1734500000");
    desk.put("export/result.json", telegram(json!([edited])));
    desk.run(&["add", "export"]).with_code(0);
    desk.put("query.bmp", picture(1));
    desk.run(&[&["check", "query.bmp"], &LATER[..]].concat()).with_code(0);
}

#[test]
fn records_of_gallery_dl_prove_when_their_pictures_were_there() {
    let desk = Desk::new();
    desk.put("export/twitter/example/1.bmp", picture(1));
    let record = json!({ "category": "twitter", "subcategory": "timeline", "tweet_id": 1_502_211_111_111_111_111_u64,
        "retweet_id": 0, "date": "2022-03-11 09:00:00", "author": { "id": 7, "name": "example" }, "content": "depot",
        "num": 1, "extension": "bmp", "filename": "1", "moon_phase": 1 });
    desk.put("export/twitter/example/1.bmp.json", record.to_string());
    desk.put(
        "export/twitter/example/info.json",
        json!({ "category": "twitter", "subcategory": "timeline" }).to_string(),
    );
    let told = proves(&desk, &picture(1));
    assert!(told.contains("1 of 1 file has a gallery-dl record"), "{told}");
    assert!(told.contains("1 field of records was not understood"), "{told}");
    let seen = sightings(&desk)["export/twitter/example/1.bmp"][0].to_string();
    assert!(seen.contains("https://x.com/i/status/1502211111111111111"), "{seen}");
}

#[test]
fn records_of_auto_archiver_prove_when_their_pictures_were_there() {
    let item = |name: &str| {
        json!({ "status": "success", "metadata": { "_processed_at": "2022-03-12 08:00:00+00:00", "url": "https://example.org/1",
            "timestamp": "2022-03-11 09:00:00+00:00", "content": "depot" },
            "media": [{ "filename": "/tmp/x/a.bmp", "_key": format!("example/{name}"), "urls": [format!("./local_archive/example/{name}")],
                "properties": { "pdq_hash": "1f" } }] })
    };
    let desk = Desk::new();
    desk.put("export/example/K1.bmp", picture(1));
    desk.put("export/example/metadata.json", item("K1.bmp").to_string());
    let told = proves(&desk, &picture(1));
    assert!(told.contains("auto-archiver: 1 record in metadata.json"), "{told}");

    let desk = Desk::new();
    desk.put("export/example/K1.bmp", picture(1));
    let table = "status,metadata,media\r\nsuccess,\"{'url': 'https://example.org/1', 'timestamp': datetime.datetime(2022, 3, 11, 9, 0, \
        tzinfo=datetime.timezone.utc)}\",\"[{'filename': '/tmp/x/a.bmp', '_key': 'example/K1.bmp', 'urls': []}]\"\r\n";
    desk.put("export/db.csv", table);
    proves(&desk, &picture(1));
}

#[test]
fn a_name_that_several_files_have_tells_of_none() {
    let desk = Desk::new();
    desk.put("export/a/video.bmp", picture(1));
    desk.put("export/b/video.bmp", picture(2));
    desk.put(
        "export/db.csv",
        "url,timestamp,filename\nhttps://example.org/1,2022-03-11 09:00:00,video.bmp\n",
    );
    let told = desk.run(&["add", "export"]).with_code(0).stdout;
    assert!(told.contains("db.csv: video.bmp: several files or posts have this name"), "{told}");
    assert!(told.contains("2 of 2 files have no posted date"), "{told}");
}

#[test]
fn a_table_of_sightings_proves_when_its_files_were_there() {
    let desk = Desk::new();
    desk.put("export/a.bmp", picture(1));
    desk.put("export/b.bmp", picture(2));
    let table = "\u{feff}posted;path;url;caption;mood\r\n2022-03-11;a.bmp;https://example.org/1;\"one; two\";x\r\n\
        2022-03-12;a.bmp;https://example.org/2;;\r\n2022;gone.bmp;;;\r\n";
    desk.put("export/seen.csv", table);
    let told = proves(&desk, &picture(1));
    assert!(told.contains("csv: 3 records in seen.csv; 1 of no file given: gone.bmp"), "{told}");
    assert!(told.contains("1 field of records was not understood"), "{told}");
    let seen = &sightings(&desk)["export/a.bmp"];
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().any(|seen| seen["caption"] == "one; two"), "{seen:?}");
}

#[test]
fn a_record_of_yt_dlp_still_proves_when_its_clip_was_there() {
    let desk = Desk::new();
    desk.put("export/a.bmp", picture(1));
    let record = json!({ "id": "1", "extractor": "telegram:embed", "webpage_url": "https://t.me/example/1", "timestamp": POSTED });
    desk.put("export/a.info.json", record.to_string());
    desk.put("export/gone.info.json", record.to_string());
    let told = proves(&desk, &picture(1));
    assert!(told.contains("1 of 1 file has a yt-dlp record"), "{told}");
    assert!(told.contains("1 record without the file beside: export/gone.info.json"), "{told}");
}

#[test]
fn a_record_is_named_by_hand_where_it_lies_elsewhere() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    desk.put("b.bmp", picture(2));
    let record = json!({ "id": "1", "extractor": "example", "timestamp": POSTED });
    desk.put("elsewhere/r.json", record.to_string());
    let named = ["--from", "yt-dlp=elsewhere/r.json"];
    desk.run(&[&["add", "a.bmp"], &named[..]].concat()).with_code(0);
    assert!(sightings(&desk)["a.bmp"][0].to_string().contains("2022-03-11T09:00:00Z"));
    let ended = desk.run(&[&["add", "a.bmp", "b.bmp"], &named[..]].concat()).with_code(2);
    assert!(
        ended.stderr.contains("is the record of one file, and 2 are given"),
        "{}",
        ended.stderr
    );
    desk.put("tables/t.csv", "path,posted\n../b.bmp,2022-03-11\n");
    desk.run(&["add", "b.bmp", "--from", "csv=tables/t.csv"]).with_code(0);
    assert!(sightings(&desk)["b.bmp"].iter().any(|seen| seen.to_string().contains("2022-03-11")));
    // The query's own post counts in a check as well: it cannot show what came later.
    let check = ["check", "b.bmp", "--from", "csv=tables/t.csv", "--event-date", "2024-10-18"];
    desk.run(&check).with_code(10);
}

#[test]
fn what_is_named_by_hand_and_cannot_be_used_stops_the_run() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    desk.put("t.csv", "path,posted\na.bmp,18.10.2024\na.bmp,2024-05-06\n");
    desk.put("result.json", "{\"messages\": [");
    for (from, why) in [
        ("csv=t.csv", "line 2: posted: \"18.10.2024\" is not a date"),
        ("telegram=result.json", "not JSON"),
        ("telegram=gone.json", "--from telegram=gone.json"),
        ("telegram=t.csv", "not JSON"),
        ("word=t.csv", "no such format (yt-dlp, gallery-dl, telegram, auto-archiver, csv"),
        ("t.csv", "FORMAT=FILE is needed"),
    ] {
        let ended = desk.run(&["add", "a.bmp", "--from", from]).with_code(2);
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
    }
}

#[test]
fn a_claim_that_a_table_has_twice_is_asserted_once() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    desk.run(&["add", "a.bmp", "--posted", "2022-03-11"]).with_code(0);
    desk.put("claims.csv", "path,event_date\na.bmp,2024\na.bmp,2024\na.bmp,2025\n");
    let report =
        desk.run(&["check", "a.bmp", "--claims", "claims.csv", "--format", "json"]).with_code(10);
    let report = report.json();
    assert_eq!(file(&report, "a.bmp")["claims"].as_array().unwrap().len(), 2);
    assert_eq!(report["summary"]["findings"]["conflict"]["strong"], 2);
}

#[test]
fn what_is_no_record_that_is_known_is_named_and_not_passed_over() {
    let desk = Desk::new();
    desk.put("export/a.bmp", picture(1));
    desk.put("export/empty.json", "");
    desk.put("export/typo.csv", "file,date\na.bmp,2022\n");
    let told = desk.run(&["add", "export"]).with_code(0).stdout;
    let line =
        "2 files of no tool or table that this program knows: export/empty.json, export/typo.csv";
    assert!(told.lines().any(|told| told == line), "{told}");
}

#[test]
fn what_a_record_says_wrongly_is_told_with_its_name() {
    let desk = Desk::new();
    desk.put("export/a.bmp", picture(1));
    let mut wrong = message(1, "a.bmp");
    wrong["date_unixtime"] = json!("soon");
    desk.put("export/result.json", telegram(json!([wrong])));
    let told = desk.run(&["add", "export"]).with_code(0).stdout;
    assert!(told.contains("companion: result.json: date_unixtime is no time"), "{told}");
}

#[test]
fn a_record_that_is_damaged_or_hostile_costs_no_file() {
    let bomb = "[".repeat(100_000);
    let climbing =
        telegram(json!([message(1, "../a.bmp"), message(2, "/etc/passwd"), message(3, "a.bmp\0")]));
    let long = format!(
        "{{\"messages\": [{}]}}",
        vec!["{\"id\": 1e300, \"photo\": \"x\"}"; 1000].join(",")
    );
    for (name, bytes, why) in [
        (
            "cut.json",
            telegram(json!([message(1, "a.bmp")])).as_bytes()[..150].to_vec(),
            "cut.json: not understood: not JSON",
        ),
        ("bomb.json", bomb.into_bytes(), "levels, over the limit of 64"),
        (
            "climb.json",
            climbing.into_bytes(),
            "climb.json: 2 records of files outside its folder, left out",
        ),
        ("long.json", long.into_bytes(), "1000 of no file given: x, x, x, ..."),
        (
            "wide.csv",
            b"\xff\xfep\0a\0".to_vec(),
            "wide.csv: not understood: in UTF-16; save it as UTF-8",
        ),
        ("latin.csv", b"path,posted,url\na.bmp,2022,\xe9\n".to_vec(), "line 2: not UTF-8"),
        ("zero.csv", b"path,posted\na.bmp,2022\0\n".to_vec(), "line 2: a zero byte"),
        (
            "mixed.csv",
            b"path,posted\na.bmp,2022-03-11\na.bmp,11/03/2022\n".to_vec(),
            "line 3: posted",
        ),
        (
            "quote.csv",
            b"path,posted\na.bmp,\"2022\n".to_vec(),
            "line 2: a quote that is never closed",
        ),
    ] {
        let desk = Desk::new();
        desk.put("export/sub/a.bmp", picture(1));
        desk.put("a.bmp", picture(2));
        desk.put(format!("export/sub/{name}"), bytes);
        let ended = desk.run(&["add", "export", "a.bmp"]).with_code(0);
        assert!(ended.stdout.contains(why), "{name}: {}", ended.stdout);
        assert!(
            ended.stdout.contains("2 new, 0 upgraded")
                && ended.stdout.contains("2 of 2 files have no posted date"),
            "{}",
            ended.stdout
        );
    }
}

#[test]
fn dates_that_cannot_be_are_left_out_and_said_so() {
    let desk = Desk::new();
    desk.put("export/a.bmp", picture(1));
    let mut future = message(1, "a.bmp");
    future["date_unixtime"] = json!("1900000000");
    future["date"] = json!("2030-03-17T18:46:40");
    desk.put("export/result.json", telegram(json!([future])));
    let report = desk.run(&["add", "export", "--format", "json"]).with_code(0).json();
    let gap = file(&report, "export/a.bmp")["gaps"][0]["why"].as_str().unwrap().to_owned();
    assert_eq!(gap, "result.json: posted 2030-03-17T17:46:40Z is in the future, so it is left out");
}

#[test]
fn a_row_of_other_bytes_is_a_gap() {
    let desk = Desk::new();
    desk.put("export/a.bmp", picture(1));
    desk.put("export/t.csv", format!("path,sha256,posted\na.bmp,{},2022\n", "ab".repeat(32)));
    let report = desk.run(&["add", "export", "--format", "json"]).with_code(0).json();
    let gap = &file(&report, "export/a.bmp")["gaps"][0]["why"];
    assert_eq!(gap, "t.csv: its record is of a file with other bytes");
    assert_eq!(file(&report, "export/t.csv")["gaps"][0]["why"], "a record of csv");
}

#[test]
fn claims_of_a_table_are_weighed_each_with_its_file() {
    let desk = Desk::new();
    desk.put("known.bmp", picture(1));
    desk.run(&["add", "known.bmp", "--posted", "2022-03-11", "--source", "example"]).with_code(0);
    desk.put("in/a.bmp", picture(1));
    desk.put("in/b.bmp", picture(2));
    let table = "path,text,event_date,by,url\na.bmp,at the depot,2024-10-18,,https://example.org/9\ngone.bmp,x,,me,\n";
    desk.put("in/claims.csv", table);
    let lines = "{\"path\": \"a.bmp\", \"text\": \"at the depot\", \"event_date\": \"2024-10-18\", \"url\": \"https://example.org/9\"}\n\
        {\"path\": \"gone.bmp\", \"text\": \"x\", \"by\": \"me\"}\n";
    desk.put("in/claims.jsonl", lines);
    for claims in ["in/claims.csv", "in/claims.jsonl"] {
        let report =
            desk.run(&["check", "in", "--claims", claims, "--format", "json"]).with_code(10).json();
        let claim = &file(&report, "in/a.bmp")["claims"][0];
        assert_eq!(
            (&claim["text"], &claim["by"]),
            (&json!("at the depot"), &json!("https://example.org/9"))
        );
        assert_eq!(claim["outcome"], "conflict");
        assert!(file(&report, "in/b.bmp")["claims"].as_array().unwrap().is_empty());
        let notes = report["summary"]["notes"].to_string();
        assert!(
            notes.contains("1 claim of no file given: gone.bmp")
                && notes.contains("no claim of 1 file: in/b.bmp"),
            "{notes}"
        );
    }
    desk.put("in/bad.csv", "path,event_date\na.bmp,yesterday\n");
    let ended = desk.run(&["check", "in/a.bmp", "--claims", "in/bad.csv"]).with_code(2);
    assert!(
        ended.stderr.contains("line 2: event_date: \"yesterday\" is not a date"),
        "{}",
        ended.stderr
    );
    desk.run(&["add", "in/a.bmp", "--claims", "in/claims.csv"]).with_code(0);
    let exported = desk.run(&["index", "export", "--level", "sightings"]).stdout;
    assert!(exported.contains("at the depot"), "{exported}");
}

#[test]
fn xmp_in_a_file_of_its_own_tells_hints_and_no_post() {
    let packet = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:DateCreated="2022-03-11T09:05:00+02:00"
        photoshop:Headline="At the depot"/></rdf:RDF></x:xmpmeta>"#;
    for name in ["export/a.xmp", "export/a.bmp.xmp"] {
        let desk = Desk::new();
        desk.put("export/a.bmp", picture(1));
        desk.put(name, packet);
        let told = desk.run(&["add", "export"]).with_code(0).stdout;
        assert!(
            told.contains("1 of 1 file has an xmp record")
                && told.contains("1 of 1 file has no posted date"),
            "{told}"
        );
        let seen = sightings(&desk)["export/a.bmp"][0].to_string();
        assert!(seen.contains("At the depot") && seen.contains("2022-03-11"), "{seen}");
        desk.put("query.bmp", picture(1));
        desk.run(&[&["check", "query.bmp"], &LATER[..]].concat()).with_code(0);
        desk.put(name, &packet[..packet.len() - 30]);
        let told = desk
            .run(&["add", "export", "--index", "other", "--format", "json"])
            .with_code(0)
            .json();
        let gap = file(&told, "export/a.bmp")["gaps"][0]["why"].as_str().unwrap().to_owned();
        assert!(gap.contains("no XMP, or not to its end"), "{gap}");
    }
}

#[test]
fn names_of_places_are_looked_up_and_not_guessed_at() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    desk.run(&["add", "a.bmp", "--place", "43.35,133.36~5km", "--posted", "2022"]).with_code(0);
    desk.put("claims.csv", "path,place\na.bmp,\"Vladivostok, RU\"\n");
    let report = desk.run(&["check", "a.bmp", "--claims", "claims.csv", "--format", "json"]).json();
    let claim = &report["files"][0]["claims"][0];
    assert_eq!(claim["place"]["text"], "Vladivostok, RU", "{claim:#}");
    let told = desk.run(&["check", "a.bmp", "--event-place", "Sergeevka"]).with_code(0).stdout;
    assert!(told.contains("places are called \"Sergeevka\""), "{told}");
}
