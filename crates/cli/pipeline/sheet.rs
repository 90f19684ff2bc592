//! Contact sheets: the keyframes of files on one picture or page, for people.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use firstseen_fingerprint::texture::{self, GateReason};
use firstseen_media::{Rgb, decode_jpeg};
use firstseen_model::{AssetId, MediaTime};
use firstseen_report::{ContactSheet, HtmlStyle, SheetFile, SheetFrame, contact_sheet, escape};

use super::edits::draw::{Area, Canvas, Hand, Ink};
use crate::output;

/// Longest side of a frame on a sheet.
const SIDE: usize = 320;

/// JPEG quality of a frame on a page, and of a sheet that is a JPEG.
const QUALITY: u8 = 85;

/// Frames on a sheet that is a picture: more would make it longer than a JPEG can be.
const MOST: usize = 400;

/// Frames side by side on a sheet that is a picture.
const COLUMNS: usize = 4;

/// Pixels between frames and around all of them.
const GAP: f32 = 24.0;

/// Pixels under a frame for its time, and above a file's frames for its name and hash.
const LABEL: f32 = 34.0;
const TITLE: f32 = 84.0;

/// Longest side of a frame that is looked at.
const MAX_SIDE: u32 = 8192;

const GROUND: [u8; 3] = [251, 250, 247];
const INK: Ink = Ink::solid([29, 28, 26]);
const SOFT: Ink = Ink::solid([93, 90, 83]);

/// What sheets that are pictures say of themselves.
const MARK: &str = "firstseen contact sheet";

/// Where a sheet goes, and in which form.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    path: PathBuf,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Page,
    Jpeg,
    Png,
}

impl Target {
    /// The sheet at `path`, in the form that its ending tells.
    ///
    /// # Errors
    ///
    /// Where the ending is another, or something is there already that is no earlier sheet.
    pub(crate) fn at(path: &Path, inputs: &[&Path]) -> anyhow::Result<Self> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        let form = match ending.to_str() {
            Some("html" | "htm") => Form::Page,
            Some("jpg" | "jpeg") => Form::Jpeg,
            Some("png") => Form::Png,
            _ => bail!("--sheet: {} does not end in .html, .jpg or .png", path.display()),
        };
        let ours = if form == Form::Page { output::PAGE } else { MARK.as_bytes() };
        output::refuse_to_replace("--sheet", path, inputs, ours)?;
        Ok(Self { path: path.to_path_buf(), form })
    }

    /// Where it goes.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the sheet, in full or not at all.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub(crate) fn write(&self, mut sheet: ContactSheet, style: HtmlStyle) -> anyhow::Result<()> {
        let bytes = match self.form {
            Form::Page => {
                let mut page = Vec::new();
                contact_sheet(&sheet, style, &mut page)?;
                page
            }
            Form::Jpeg | Form::Png => {
                shorten(&mut sheet.files);
                let picture = drawn(&sheet.files);
                if self.form == Form::Png {
                    picture.png(MARK)
                } else {
                    marked(&picture.jpeg(QUALITY))
                }
            }
        };
        output::put(&self.path, &bytes)
            .with_context(|| format!("--sheet: cannot write {}", self.path.display()))
    }
}

/// One keyframe, small, with what is peculiar about it.
pub(crate) struct Small {
    pub(crate) picture: Rgb,
    pub(crate) mark: Option<&'static str>,
}

impl Small {
    /// Of a frame.
    pub(crate) fn of(frame: &Rgb) -> Self {
        let (width, height) = (frame.width(), frame.height());
        let long = width.max(height);
        let fit = |side: usize| {
            if long <= SIDE { side } else { ((side * SIDE + long / 2) / long).max(1) }
        };
        let mark = texture::gate(frame.luma().view()).map(|reason| match reason {
            GateReason::Dark => "dark",
            GateReason::Flat => "flat",
            GateReason::TextOnly => "text only",
        });
        Self { picture: frame.resized(fit(width), fit(height)), mark }
    }

    /// On a sheet, at its time.
    pub(crate) fn frame(&self, at: MediaTime) -> SheetFrame {
        let jpeg = self.picture.jpeg(QUALITY);
        SheetFrame { at, marks: self.mark.into_iter().collect(), jpeg }
    }

    /// The same with left and right swapped.
    pub(crate) fn mirrored_frame(&self, at: MediaTime) -> SheetFrame {
        let jpeg = mirrored(&self.picture).jpeg(QUALITY);
        SheetFrame { at, marks: self.mark.into_iter().chain(["mirrored"]).collect(), jpeg }
    }
}

/// The picture of a JPEG that a worker made; `None` where it is none.
pub(crate) fn picture(jpeg: &[u8]) -> Option<Rgb> {
    decode_jpeg(jpeg, MAX_SIDE).ok()
}

/// The picture with left and right swapped.
pub(crate) fn mirrored(picture: &Rgb) -> Rgb {
    let width = picture.width();
    Rgb::from_fn(width, picture.height(), |x, y| picture.at(width - 1 - x, y))
}

/// A file on a sheet.
pub(crate) fn file(
    path: &[u8],
    sha256: AssetId,
    frames: Vec<SheetFrame>,
    remarks: Vec<String>,
) -> SheetFile {
    SheetFile { path: path.to_vec(), sha256, frames, remarks }
}

/// Leaves out what a picture cannot hold, and says so.
fn shorten(files: &mut Vec<SheetFile>) {
    let mut room = MOST;
    let all = files.len();
    files.retain_mut(|file| {
        if room == 0 {
            return false;
        }
        let rest = file.frames.len().saturating_sub(room);
        if rest > 0 {
            file.frames.truncate(room);
            file.remarks.push(format!("{rest} more frames are not on this sheet"));
        }
        room -= file.frames.len();
        true
    });
    let left_out = all - files.len();
    if let Some(last) = files.last_mut().filter(|_| left_out > 0) {
        last.remarks.push(format!("{left_out} more of the files are not on this sheet"));
    }
}

/// The files below each other, each with its name, its hash and its frames in rows.
fn drawn(files: &[SheetFile]) -> Rgb {
    let across = COLUMNS as f32 * (SIDE as f32 + GAP) + GAP;
    let pictures: Vec<Vec<Option<Rgb>>> = files
        .iter()
        .map(|file| {
            file.frames.iter().map(|frame| decode_jpeg(&frame.jpeg, SIDE as u32).ok()).collect()
        })
        .collect();
    let high =
        |row: &[Option<Rgb>]| row.iter().flatten().map(Rgb::height).max().unwrap_or(0) as f32;
    let rows: f32 = pictures
        .iter()
        .flat_map(|of_file| of_file.chunks(COLUMNS))
        .map(|row| high(row) + LABEL)
        .sum();
    let lines: usize = files.iter().map(|file| file.remarks.len()).sum();
    let down = rows + files.len() as f32 * (TITLE + GAP) + lines as f32 * LABEL + GAP;
    let mut canvas = Canvas::new(across, down, GROUND);
    let mut y = GAP;
    for (file, pictures) in files.iter().zip(&pictures) {
        let room = across - 2.0 * GAP;
        title(&mut canvas, file, y, room);
        y += TITLE;
        for (frames, row) in file.frames.chunks(COLUMNS).zip(pictures.chunks(COLUMNS)) {
            let below = y + high(row);
            for (column, (frame, picture)) in frames.iter().zip(row).enumerate() {
                let x = GAP + column as f32 * (SIDE as f32 + GAP);
                if let Some(picture) = picture {
                    canvas.paste(picture, x, y);
                }
                let end =
                    canvas.write(&frame.at.to_string(), x, below + 8.0, Hand::plain(11.0, INK));
                canvas.write(
                    &frame.marks.join(", "),
                    end + 10.0,
                    below + 8.0,
                    Hand::plain(11.0, SOFT),
                );
            }
            y = below + LABEL;
        }
        for remark in &file.remarks {
            line(&mut canvas, remark, y, (Hand::plain(11.0, SOFT), room));
            y += LABEL;
        }
        y += GAP;
    }
    canvas.picture
}

fn title(canvas: &mut Canvas, file: &SheetFile, y: f32, room: f32) {
    canvas.block(Area::new(GAP, y - 10.0, room, 1.0), SOFT);
    line(canvas, &escape::text(&file.path), y + 4.0, (Hand::bold(16.0, INK), room));
    let hash = format!("SHA-256 {}", file.sha256);
    line(canvas, &hash, y + 34.0, (Hand::plain(10.0, SOFT), room));
}

/// A line of text, cut where it would leave the sheet.
fn line(canvas: &mut Canvas, text: &str, y: f32, (hand, room): (Hand, f32)) {
    let mut text = Hand::written(text);
    while hand.width(&text) > room && !text.is_empty() {
        let fits = text.chars().count() * 9 / 10;
        text = text.chars().take(fits).collect();
    }
    canvas.write(&text, GAP, y, hand);
}

/// The JPEG with a comment that says what wrote it.
fn marked(jpeg: &[u8]) -> Vec<u8> {
    let (start, rest) = jpeg.split_at(2.min(jpeg.len()));
    let length = (MARK.len() as u16 + 2).to_be_bytes();
    [start, &[0xff, 0xfe], &length, MARK.as_bytes(), rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(count: usize) -> Vec<SheetFrame> {
        let ramp = Rgb::from_fn(640, 360, |x, y| [(x / 3) as u8, (y / 2) as u8, 90]);
        (0..count).map(|i| Small::of(&ramp).frame(MediaTime::from_seconds(i as f64))).collect()
    }

    fn sheet(count: usize) -> SheetFile {
        file("a clip_Сергеевка (1).mp4".as_bytes(), AssetId([7; 32]), frames(count), vec![])
    }

    #[test]
    fn frames_stand_in_rows_of_four_with_room_for_words() {
        let one = drawn(&[sheet(4)]);
        assert_eq!(one.width(), 4 * (320 + 24) + 24);
        assert_eq!(drawn(&[sheet(5)]).height() - one.height(), 180 + 34);
        // The second frame of the first row.
        let [red, _, blue] = one.at(24 + 344 + 160, 24 + 84 + 90);
        assert!(red.abs_diff(106) < 8 && blue.abs_diff(90) < 8, "{red} {blue}");
    }

    #[test]
    fn what_a_picture_cannot_hold_is_told() {
        let mut files = vec![sheet(3); 3];
        files[1].frames = files[0].frames.iter().cycle().take(MOST).cloned().collect();
        shorten(&mut files);
        assert_eq!(files.len(), 2);
        assert_eq!(files[1].frames.len(), MOST - 3);
        let told =
            ["3 more frames are not on this sheet", "1 more of the files are not on this sheet"];
        assert_eq!(files[1].remarks, told);
    }

    #[test]
    fn dark_and_flat_frames_are_marked() {
        let mark = |level| Small::of(&Rgb::plain(320, 240, [level; 3])).mark;
        assert_eq!((mark(0), mark(200)), (Some("dark"), Some("flat")));
        let busy = Rgb::from_fn(320, 240, |x, y| [((x * 37) ^ (y * 91)) as u8; 3]);
        assert_eq!(Small::of(&busy).mark, None);
    }

    #[test]
    fn a_marked_jpeg_is_still_one() {
        let ramp = Rgb::from_fn(96, 64, |x, y| [(x * 2) as u8, (y * 3) as u8, 90]);
        let jpeg = marked(&ramp.jpeg(90));
        assert_eq!(picture(&jpeg).unwrap(), picture(&ramp.jpeg(90)).unwrap());
        assert!(jpeg.windows(MARK.len()).any(|part| part == MARK.as_bytes()));
    }

    #[test]
    fn mirroring_twice_changes_nothing() {
        let ramp = Rgb::from_fn(5, 3, |x, y| [x as u8, y as u8, 0]);
        assert_eq!(mirrored(&ramp).at(0, 2), [4, 2, 0]);
        assert_eq!(mirrored(&mirrored(&ramp)), ramp);
    }
}
