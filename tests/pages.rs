//! Reports as pages and contact sheets, as a person asks for them.

use std::fs;

use crate::contract::desk;
use crate::program::{AS_OF, Desk, TOP};
use crate::samples::{Archive, rows};

/// Largest page that a browser opens at once.
const MOST_BYTES: usize = 10_000_000;

fn page(desk: &Desk, name: &str) -> String {
    fs::read_to_string(desk.path(name)).unwrap()
}

/// What stands on the page as a person reads it.
fn unescaped(page: &str) -> String {
    let mut page = page.to_owned();
    for (written, meant) in
        [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
    {
        page = page.replace(written, meant);
    }
    page
}

fn holds_nothing_that_asks_or_runs(page: &str) {
    assert!(page.contains("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-"));
    for outside in ["<script", "<link", "<iframe", "@import", " src=\"h", " href=\"h", " style=\""]
    {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.len() < MOST_BYTES, "{}", page.len());
}

#[test]
fn a_page_on_a_sample_shows_both_sides_and_every_innocent_reading() {
    let archive = Archive::new();
    let out = Desk::new();
    for row in rows() {
        let path = out.path("report.html");
        let report = format!("html={}", path.display());
        let json = archive.check(&row, &["--format", "json", "--report", &report]).json();
        let page = page(&out, "report.html");
        holds_nothing_that_asks_or_runs(&page);
        let file = &json["files"][0];
        let told = unescaped(&page);
        let sha256 = file["asset"]["sha256"].as_str().unwrap();
        assert!(told.contains(sha256) && told.contains(AS_OF), "{}", row.file);
        for finding in file["findings"].as_array().unwrap() {
            let innocent = finding["innocent"].as_array().unwrap();
            for text in innocent.iter().chain([&finding["message"], &finding["rule"]]) {
                assert!(told.contains(text.as_str().unwrap()), "{}: {text}", row.file);
            }
        }
        let matched = !file["matches"].as_array().unwrap().is_empty();
        let pictures = page.matches("<img alt=").count();
        assert!(if matched { pictures >= 4 } else { pictures == 0 }, "{}: {pictures}", row.file);
        assert_eq!(page.contains("class=\"switch show\""), matched, "{}: blurred", row.file);
    }
}

#[test]
fn the_same_question_gives_the_same_page() {
    let desk = desk();
    let read = |jobs: &str| {
        desk.run(&["check", "copy.bmp", "--jobs", jobs, "--report", "html=report.html"])
            .with_code(0);
        page(&desk, "report.html")
    };
    let first = read("1");
    assert_eq!(read("2"), first);
    assert!(first.contains("data:image/jpeg;base64,"));
}

#[test]
fn several_files_have_an_overview_and_pictures_are_shown_when_asked_for() {
    let desk = desk();
    desk.put("b.jpg", "no picture");
    let check = ["check", "copy.bmp", "b.jpg", "--report", "html=report.html", "--no-blur"];
    desk.run(&check).with_code(3);
    let page = page(&desk, "report.html");
    holds_nothing_that_asks_or_runs(&page);
    assert!(page.contains("class=\"overview\"") && page.contains("href=\"#file-2\""));
    assert!(page.contains("id=\"all\" class=\"switch all\" checked>"));
}

#[test]
fn every_command_with_a_report_writes_a_page() {
    let desk = desk();
    for command in
        [&["compare", "copy.bmp", "copy.bmp"][..], &["add", "copy.bmp"], &["inspect", "copy.bmp"]]
    {
        let name = format!("{}.html", command[0]);
        let report = format!("html={name}");
        desk.run(&[command, &["--report", &report]].concat()).with_code(0);
        holds_nothing_that_asks_or_runs(&page(&desk, &name));
    }
}

#[test]
fn names_and_claims_are_no_markup() {
    let desk = desk();
    let name = "\"><img src=x onerror=alert(1)>\u{202e}.bmp";
    fs::copy(desk.path("copy.bmp"), desk.path(name)).unwrap();
    let claim = format!("</style><script>alert(1)</script>{}", "x".repeat(10_000));
    let check =
        ["check", name, "--claim", &claim, "--claim-by", "<b>", "--report", "html=report.html"];
    desk.run(&check).with_code(0);
    let page = page(&desk, "report.html");
    holds_nothing_that_asks_or_runs(&page);
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(!page.contains("<img src=x") && !page.contains('\u{202e}'));
}

#[test]
fn a_page_takes_the_place_of_an_earlier_one_only() {
    let desk = desk();
    desk.put("mine.html", "<!doctype html><title>mine</title>");
    let check = |report: &str| desk.run(&["check", "copy.bmp", "--report", report]);
    assert!(check("html=mine.html").with_code(2).stderr.contains("mine.html is there already"));
    for _ in 0..2 {
        check("html=ours.html").with_code(0);
    }
    check("html=.firstseen/report.html").with_code(2);
    assert_eq!(page(&desk, "mine.html"), "<!doctype html><title>mine</title>");
}

#[test]
fn keyframes_stand_on_a_sheet_with_times_name_and_hash() {
    let desk = Desk::new();
    desk.sample("archive/frog-parade.mp4", "frog.mp4");
    let keyframes = |sheet: &str, code| {
        let arguments =
            ["keyframes", "frog.mp4", "--folder", "out", "--mirrored", "--sheet", sheet];
        desk.run(&arguments).with_code(code)
    };
    assert!(keyframes("sheet.html", 0).stdout.contains("sheet: sheet.html"));
    let written = page(&desk, "sheet.html");
    holds_nothing_that_asks_or_runs(&written);
    let readme = fs::read_to_string(format!("{TOP}/samples/README.md")).unwrap();
    let row = readme.lines().find(|line| line.starts_with("| `archive/frog-parade.mp4`")).unwrap();
    let hash = row.split('|').map(str::trim).find(|cell| cell.len() == 64).unwrap();
    for told in ["frog.mp4", hash, "00:00.0", "mirrored"] {
        assert!(written.contains(told), "{told}");
    }
    for (sheet, magic) in [("sheet.jpg", &b"\xff\xd8\xff\xfe"[..]), ("sheet.png", b"\x89PNG")] {
        for _ in 0..2 {
            keyframes(sheet, 0);
        }
        assert!(fs::read(desk.path(sheet)).unwrap().starts_with(magic));
    }
    desk.ffmpeg(&["-i", "frog.mp4", "-frames:v", "1", "evidence.jpg"]);
    for sheet in ["sheet.gif", "evidence.jpg", "frog.mp4"] {
        assert!(keyframes(sheet, 2).stderr.contains(sheet));
    }
}

#[test]
fn a_mirrored_frame_is_the_frame_mirrored() {
    let desk = Desk::new();
    desk.sample("archive/bear-on-guard.jpg", "bear.jpg");
    desk.run(&["keyframes", "bear.jpg", "--folder", "out", "--mirrored"]).with_code(0);
    let folder = desk.path("out/bear-keyframes");
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["00h00m00.000s--mirrored.jpg", "00h00m00.000s.jpg"]);
    let raw = |name: &str, filter: &str| {
        let name = format!("out/bear-keyframes/{name}");
        desk.ffmpeg(&[
            "-y", "-i", &name, "-vf", filter, "-pix_fmt", "gray", "-f", "rawvideo", "raw",
        ]);
        fs::read(desk.path("raw")).unwrap()
    };
    let (mirrored, frame) = (raw(&names[0], "hflip"), raw(&names[1], "null"));
    let apart: f64 = mirrored.iter().zip(&frame).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    assert_eq!(mirrored.len(), frame.len());
    assert!(apart / (frame.len() as f64) < 3.0);
}
