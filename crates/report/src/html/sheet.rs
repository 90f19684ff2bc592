//! A contact sheet: the keyframes of files with their times, on a page of its own.

use std::io::{self, Write};

use askama::Template;
use firstseen_model::{AssetId, MediaTime};

use super::{Head, HtmlStyle, ROOM, plain};
use crate::json::base64;
use crate::{escape, words};

/// Keyframes of files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactSheet {
    /// This program's version.
    pub version: String,
    /// The files, in the order in which they were given.
    pub files: Vec<SheetFile>,
}

/// Keyframes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetFile {
    /// Its path as given.
    pub path: Vec<u8>,
    /// Its identity.
    pub sha256: AssetId,
    /// Its frames, by time.
    pub frames: Vec<SheetFrame>,
    /// What of it is not on the sheet, and why. May hold text from outside.
    pub remarks: Vec<String>,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetFrame {
    /// When it is shown.
    pub at: MediaTime,
    /// What is peculiar about it, such as `dark` or `mirrored`; most have nothing.
    pub marks: Vec<&'static str>,
    /// As a JPEG, small.
    pub jpeg: Vec<u8>,
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct Sheet {
    head: Head,
    files: Vec<File>,
}

struct File {
    path: String,
    sha256: String,
    count: String,
    frames: Vec<Frame>,
    remarks: Vec<String>,
}

struct Frame {
    at: String,
    marks: String,
    data: String,
}

/// Writes a contact sheet as a page.
///
/// # Errors
///
/// Where `out` cannot be written to.
pub fn contact_sheet(
    sheet: &ContactSheet,
    style: HtmlStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = match sheet.files.as_slice() {
        [file] => format!("{}: keyframes", escape::cut(&file.path, 400)),
        files => format!("Keyframes of {}", words::counted(files.len(), "file", "files")),
    };
    let mut room = ROOM;
    let files = sheet.files.iter().map(|file| File::of(file, &mut room)).collect();
    Sheet { head: Head::of(title, &sheet.version, style), files }.write_into(out)
}

impl File {
    fn of(file: &SheetFile, room: &mut usize) -> Self {
        let fits = |frame: &&SheetFrame| {
            let left = room.checked_sub(frame.jpeg.len().div_ceil(3) * 4);
            *room = left.unwrap_or(0);
            left.is_some()
        };
        let frames: Vec<Frame> = file
            .frames
            .iter()
            .take_while(fits)
            .map(|frame| Frame {
                at: frame.at.to_string(),
                marks: frame.marks.join(", "),
                data: base64(&frame.jpeg),
            })
            .collect();
        let mut remarks: Vec<String> = file.remarks.iter().map(plain).collect();
        let left_out = file.frames.len() - frames.len();
        if left_out > 0 {
            let left_out = words::counted(left_out, "picture is", "pictures are");
            remarks.push(format!("{left_out} left out to keep this page small"));
        }
        Self {
            path: escape::cut(&file.path, 400),
            sha256: file.sha256.to_string(),
            count: words::counted(file.frames.len(), "picture", "pictures"),
            frames,
            remarks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(sheet: &ContactSheet) -> String {
        let mut out = Vec::new();
        contact_sheet(sheet, HtmlStyle::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn sheet(path: &str, sizes: &[usize]) -> ContactSheet {
        let frame = |size: &usize| SheetFrame {
            at: MediaTime::from_seconds(1.5),
            marks: vec!["dark"],
            jpeg: vec![0; *size],
        };
        let file = SheetFile {
            path: path.into(),
            sha256: AssetId([7; 32]),
            frames: sizes.iter().map(frame).collect(),
            remarks: vec![],
        };
        ContactSheet { version: "0.1.0".to_owned(), files: vec![file] }
    }

    #[test]
    fn frames_stand_with_their_times_and_marks_and_the_file_with_its_hash() {
        let page = written(&sheet("clip.mp4", &[3, 3]));
        assert_eq!(page.matches("data:image/jpeg;base64,AAAA").count(), 2);
        for told in ["clip.mp4", &"07".repeat(32), "00:01.5", "dark", "2 pictures"] {
            assert!(page.contains(told), "{told}");
        }
    }

    #[test]
    fn what_finds_no_room_is_told() {
        let page = written(&sheet("clip.mp4", &[ROOM / 2, ROOM / 2, 3]));
        assert!(page.len() < 10_000_000);
        assert!(page.contains("2 pictures are left out"));
    }

    #[test]
    fn a_name_is_no_markup() {
        let page = written(&sheet("<script>\u{202e}alert(1)</script>.mp4", &[3]));
        assert!(!page.contains("<script") && !page.contains('\u{202e}'));
    }
}
