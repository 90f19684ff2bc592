//! What cannot be looked at is in the report with its state; it costs itself and nothing else.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::{fs, iter};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::Value;

use crate::made::{bmp_header, picture, png_header};
use crate::program::{Desk, Ended, file};

/// A folder with an index of one picture in it, `known.bmp`.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("known.bmp", picture(1));
    desk.run(&["add", "known.bmp"]).with_code(0);
    desk
}

fn check_json(desk: &Desk, paths: &[&str], code: i32) -> Value {
    let arguments = [&["check", "--format", "json"], paths].concat();
    desk.run(&arguments).with_code(code).json()
}

/// Checks one file of these bytes beside a good one.
#[track_caller]
fn check(name: &str, bytes: &[u8], state: &str) {
    let desk = desk();
    desk.put(name, bytes);
    desk.put("good.bmp", picture(1));
    let report = check_json(&desk, &[name, "good.bmp"], 3);
    assert_eq!(file(&report, name)["state"], state, "{report:#}");
    assert_eq!(file(&report, name)["verdict"], "not-looked-at");
    assert_ne!(file(&report, name)["gaps"].as_array().unwrap().len(), 0, "no reason is given");
    assert_eq!(file(&report, "good.bmp")["verdict"], "seen");
    assert_eq!(report["summary"]["states"][state], 1);
    assert_eq!(report["summary"]["exit"]["code"], 3);
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(format!("{}/samples/{name}", crate::program::TOP)).unwrap()
}

#[test]
fn an_empty_file_is_damaged() {
    check("empty.mp4", b"", "damaged");
    check("empty", b"", "damaged");
}

#[test]
fn a_file_cut_off_before_its_first_picture_is_damaged() {
    // The clip's list of frames stands before the frames and ends at byte 3766.
    let cuts = [
        ("archive/frog-parade.mp4", 4000),
        ("archive/bear-on-guard.jpg", 60),
        ("pdq/coffee-64x64.png", 60),
    ];
    for (name, length) in cuts {
        check("cut.bin", &sample(name)[..length], "damaged");
    }
}

#[test]
fn a_picture_cut_off_half_way_is_never_clean() {
    for name in ["archive/bear-on-guard.jpg", "pdq/kittens-1024x683.png"] {
        let desk = desk();
        let whole = sample(name);
        desk.put("half", &whole[..whole.len() / 2]);
        let ended = desk.run(&["check", "half", "--format", "json"]);
        let report = ended.json();
        let half = &report["files"][0];
        assert_ne!(half["state"], "ok", "{name}");
        assert_ne!(half["gaps"].as_array().unwrap().len(), 0, "{name}");
        assert_eq!(ended.code == Some(3), half["verdict"] == "not-looked-at", "{name}: {half:#}");
    }
}

#[test]
fn the_bytes_decide_what_a_file_is_not_its_name() {
    let desk = desk();
    desk.sample("incoming/frog-parade--crf34.mp4", "picture.jpg");
    desk.put("clip.mp4", picture(2));
    let report = check_json(&desk, &["picture.jpg", "clip.mp4"], 0);
    assert_eq!(file(&report, "picture.jpg")["asset"]["kind"], "video");
    assert_eq!(file(&report, "clip.mp4")["asset"]["kind"], "picture");
}

#[test]
fn a_header_that_claims_too_many_pixels_allocates_none() {
    check("wide.png", &png_header(60_000, 60_000), "over-limit");
    check("wide.bmp", &bmp_header(60_000, 60_000), "over-limit");
    // Beyond what any picture of their kind has, which their readers tell by themselves.
    check("bomb.png", &png_header(2_000_000_000, 2_000_000_000), "over-limit");
    check("bomb.bmp", &bmp_header(1_000_000, 1_000_000), "damaged");
}

#[test]
fn text_that_is_called_a_clip_is_unsupported() {
    check("notes.mp4", b"this is no clip\n", "unsupported");
}

#[test]
fn a_playlist_called_a_clip_opens_nothing() {
    let desk = desk();
    let line = desk.path("known.bmp");
    let line = line.to_str().unwrap();
    let playlists = [
        format!("ffconcat version 1.0\nfile '{line}'\n"),
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{line}\n#EXT-X-ENDLIST\n"),
        format!("#EXTM3U\n{line}\n"),
    ];
    for playlist in playlists {
        check("clip.mp4", playlist.as_bytes(), "unsupported");
        // With media bytes in front, so that it comes as far as a demuxer.
        let boxed = [b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", playlist.as_bytes()].concat();
        check("clip.mp4", &boxed, "damaged");
    }
}

#[test]
fn a_path_that_leads_nowhere_is_unreadable() {
    let desk = desk();
    symlink("vanished", desk.path("link.mp4")).unwrap();
    let report = check_json(&desk, &["gone.mp4", "link.mp4", "known.bmp"], 3);
    assert_eq!(file(&report, "gone.mp4")["state"], "unreadable");
    assert_eq!(file(&report, "link.mp4")["state"], "unreadable");
    assert_eq!(file(&report, "known.bmp")["verdict"], "already-in-index");
}

#[test]
fn a_file_without_permission_is_unreadable() {
    // The superuser may read everything.
    if rustix::process::geteuid().is_root() {
        return;
    }
    let desk = desk();
    let secret = desk.put("folder/secret.bmp", picture(3));
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    let report = check_json(&desk, &["folder"], 3);
    assert_eq!(file(&report, "folder/secret.bmp")["state"], "unreadable");
}

#[test]
fn what_is_no_file_is_skipped_on_a_walk_with_the_reason() {
    let desk = desk();
    desk.put("folder/good.bmp", picture(1));
    desk.put("folder/readme.txt", "not media");
    mknodat(CWD, desk.path("folder/pipe.mp4"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = UnixListener::bind(desk.path("folder/socket")).unwrap();
    symlink(".", desk.path("folder/loop")).unwrap();
    symlink("turn", desk.path("folder/turn")).unwrap();
    let report = check_json(&desk, &["folder"], 0);
    let whys = [
        ("pipe.mp4", "FIFO"),
        ("socket", "socket"),
        ("loop", "link"),
        ("turn", "link"),
        ("readme.txt", ""),
    ];
    for (name, why) in whys {
        let met = file(&report, &format!("folder/{name}"));
        assert_eq!(met["state"], "skipped", "{name}");
        assert!(met["gaps"][0]["why"].as_str().unwrap().contains(why), "{name}: {met:#}");
    }
    assert_eq!(file(&report, "folder/good.bmp")["verdict"], "seen");
    assert_eq!(report["summary"]["states"]["skipped"], 5);
}

#[test]
fn what_is_no_file_is_not_waited_for_when_it_is_named() {
    let desk = desk();
    mknodat(CWD, desk.path("pipe.mp4"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    symlink("turn", desk.path("turn")).unwrap();
    let report = check_json(&desk, &["pipe.mp4", "turn", "/dev/zero"], 3);
    assert_eq!(file(&report, "pipe.mp4")["state"], "unsupported");
    assert_eq!(file(&report, "/dev/zero")["state"], "unsupported");
    assert_eq!(file(&report, "turn")["state"], "unreadable");
}

#[test]
fn a_link_that_is_named_is_followed() {
    let desk = desk();
    desk.put("elsewhere/copy.bmp", picture(1));
    symlink("elsewhere/copy.bmp", desk.path("link")).unwrap();
    let report = check_json(&desk, &["link"], 0);
    assert_eq!(file(&report, "link")["verdict"], "seen");
}

#[test]
fn a_name_gives_no_orders() {
    let desk = desk();
    let names: [&[u8]; 6] = [
        b"\x1b[31mred\x1b]0;title\x07.mp4",
        "right\u{202e}4pm.mp4".as_bytes(),
        b"line\nSEEN BEFORE      first known 2001.mp4",
        b"::error::annotation.mp4",
        b"not utf-8 \xff\xfe.mp4",
        b"back\rspace\x08\x7f.mp4",
    ];
    for name in names {
        desk.put(OsStr::from_bytes(&[b"folder/", name].concat()), "no media");
    }
    let named = names.map(|name| OsString::from(OsStr::from_bytes(name)));
    let named: Vec<OsString> = named
        .into_iter()
        .map(|name| [OsStr::new("folder/"), &name].into_iter().collect())
        .collect();
    let commands: [&[&str]; 4] = [
        &["check", "folder"],
        &["check", "folder", "--details"],
        &["add", "folder", "--verbose"],
        &["inspect", "folder"],
    ];
    for command in commands {
        tells_safely(&desk.run(command).with_code(3));
    }
    // One by one too: a name may stand in an error as well.
    for name in named {
        for command in ["check", "add", "inspect", "keyframes"] {
            tells_safely(&desk.run(&[OsStr::new(command), &name]).with_code(3));
        }
        tells_safely(
            &desk.run(&[OsStr::new("compare"), &name, OsStr::new("known.bmp")]).with_code(3),
        );
        tells_safely(
            &desk
                .run(&[OsStr::new("check"), OsStr::new("known.bmp"), OsStr::new("--index"), &name])
                .with_code(2),
        );
    }
}

/// Nothing but plain lines, none of which a file's name began.
#[track_caller]
fn tells_safely(ended: &Ended) {
    for printed in [&ended.stdout, &ended.stderr] {
        let obeyed =
            |c: &char| c.is_control() && *c != '\n' || ('\u{202a}'..='\u{202e}').contains(c);
        assert_eq!(printed.chars().find(obeyed), None, "{printed}");
        for line in printed.lines() {
            let forged = line.starts_with("SEEN BEFORE") || line.trim_start().starts_with("::");
            assert!(!forged, "{printed}");
        }
    }
}

#[test]
fn a_name_that_is_not_utf_8_is_kept_to_the_byte() {
    let desk = desk();
    let name = OsStr::from_bytes(b"a\xff.bmp");
    desk.put(name, picture(1));
    let arguments = ["check", "--format", "json"].map(OsStr::new);
    let report = desk.run(&[&arguments[..], &[name]].concat()).with_code(0).json();
    assert_eq!(report["files"][0]["path"], "a\u{fffd}.bmp");
    assert_eq!(report["files"][0]["path_base64"], "Yf8uYm1w");
    assert_eq!(report["files"][0]["verdict"], "seen");
}

#[test]
fn names_are_what_they_are_in_json_too() {
    let desk = desk();
    desk.put("folder/\u{1b}[31m\nred\u{202e}.bmp", picture(1));
    let ended = desk.run(&["check", "folder", "--format", "jsonl"]).with_code(0);
    assert!(!ended.stdout.contains(['\u{1b}', '\u{202e}']));
    assert_eq!(ended.json_lines()[1]["path"], "folder/\u{1b}[31m\nred\u{202e}.bmp");
}

#[test]
fn an_address_is_answered_with_the_tool_that_downloads() {
    let desk = desk();
    for command in ["check", "add", "inspect", "keyframes"] {
        let ended = desk.run(&[command, "https://example.org/clip"]).with_code(2);
        assert!(ended.stderr.contains("https://example.org/clip"), "{}", ended.stderr);
        assert!(ended.stderr.contains("yt-dlp") && ended.stderr.contains("does not download"));
    }
    desk.run(&["compare", "known.bmp", "https://example.org/clip"]).with_code(2);
}

#[test]
fn options_that_make_no_sense_are_refused_by_name_with_the_way_out() {
    let desk = desk();
    let wrong: [(&str, &str, &str); 14] = [
        ("--event-date", "yesterday", "2024-10-18"),
        ("--event-date", "2024-13", "2024-10-18"),
        ("--event-date", "2024-02-30", "2024-10-18"),
        ("--posted", "18.10.2024", "2024-10-18"),
        ("--event-place", "91,0", "latitude comes first"),
        ("--event-place", "43.35,133.36~far", "km"),
        ("--event-place", "geonames:0", "43.35,133.36~5km"),
        ("--place", "geonames:x", "43.35,133.36~5km"),
        ("--older-than", "a while", "30"),
        ("--fail-on", "lies", "conflict"),
        ("--limit", "speed=3", "memory"),
        ("--report", "pdf=a.pdf", "json"),
        ("--as-of", "noon", "2026-11-23T08:00:00Z"),
        ("--from-list", "nowhere.txt", "no such file"),
    ];
    for (option, value, way_out) in wrong {
        let ended = desk.run(&["check", "known.bmp", option, value]).with_code(2);
        assert!(ended.stderr.contains(option), "{option} {value}: {}", ended.stderr);
        assert!(ended.stderr.contains(way_out), "{option} {value}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn nothing_is_added_where_an_option_makes_no_sense() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    desk.run(&["add", "a.bmp", "--posted", "yesterday"]).with_code(2);
    assert!(!desk.path(".firstseen").exists());
}

#[test]
fn an_index_that_is_none_is_refused_with_the_way_out() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    desk.put("text", "no index");
    fs::create_dir(desk.path("folder")).unwrap();
    for index in ["missing", "text", "folder"] {
        let ended = desk.run(&["check", "a.bmp", "--index", index]).with_code(2);
        assert!(
            ended.stderr.contains(index) && ended.stderr.contains("firstseen add"),
            "{}",
            ended.stderr
        );
    }
    let ended = desk.run(&["check", "a.bmp"]).with_code(2);
    assert!(
        ended.stderr.contains("firstseen add") && ended.stderr.contains("--index"),
        "{}",
        ended.stderr
    );
}

#[test]
fn what_is_in_the_way_of_an_index_is_not_touched() {
    let desk = Desk::new();
    desk.put("a.bmp", picture(1));
    desk.put("text", "mine");
    desk.put("folder/text", "mine");
    for index in ["text", "folder"] {
        desk.run(&["add", "a.bmp", "--index", index]).with_code(2);
    }
    assert_eq!(fs::read(desk.path("text")).unwrap(), b"mine");
    assert_eq!(fs::read_dir(desk.path("folder")).unwrap().count(), 1);
}

#[test]
fn an_index_without_assets_cannot_clear_anything() {
    let desk = Desk::new();
    desk.put("notes.mp4", "text");
    desk.put("a.bmp", picture(1));
    desk.run(&["add", "notes.mp4"]).with_code(3);
    let ended = desk.run(&["check", "a.bmp"]).with_code(3);
    assert!(ended.stdout.contains("the index has no assets"), "{}", ended.stdout);
}

#[test]
fn a_folder_without_media_is_not_clean() {
    let desk = desk();
    desk.put("folder/readme.txt", "text");
    fs::create_dir(desk.path("empty")).unwrap();
    for folder in ["folder", "empty"] {
        let ended = desk.run(&["check", folder]).with_code(3);
        assert!(ended.stdout.contains("no media found"), "{}", ended.stdout);
    }
}

#[test]
fn every_input_is_in_the_report_exactly_once() {
    let desk = desk();
    let names: Vec<String> = (0..20).map(|i| format!("folder/{i}.jpg")).collect();
    for (i, name) in names.iter().enumerate() {
        let bytes = if i % 2 == 0 { picture(i as u64 + 10) } else { vec![b'x'; i] };
        desk.put(name, bytes);
    }
    let paths: Vec<&str> = iter::once("folder").chain(names.iter().map(String::as_str)).collect();
    let report = check_json(&desk, &paths, 3);
    let mut told: Vec<_> = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["path"].as_str().unwrap().to_owned())
        .collect();
    let mut expected = names;
    expected.sort();
    told.sort();
    assert_eq!(told, expected);
    assert_eq!(report["summary"]["states"]["unsupported"], 10);
}
