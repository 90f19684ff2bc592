use std::collections::BTreeSet;

use firstseen_model::Part;

use super::*;

fn reference() -> Rgb {
    distractors::hills(&mut Seeded::of(&[b"reference"]), 160, 110)
}

fn edited(edit: &Edit, reference: &Rgb) -> Edited {
    let others = [distractors::hills(&mut Seeded::of(&[b"other"]), 120, 90)];
    edit.apply(reference, &mut Seeded::of(&[edit.name.as_bytes()]), &others)
}

#[test]
fn names_are_unique_and_in_kebab_case() {
    let names: BTreeSet<&str> = ALL.iter().map(|edit| edit.name).collect();
    assert_eq!(names.len(), ALL.len());
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!(names.iter().all(|name| name.chars().all(kebab)));
    assert_eq!(Edit::named("crop-50").map(|edit| edit.group), Some(Group::CropTurn));
}

#[test]
fn an_edit_gives_the_same_bytes_each_time_and_boxes_inside_their_pictures() {
    for edit in ALL {
        let copy = edited(edit, &reference());
        assert_eq!(copy.jpeg(), edited(edit, &reference()).jpeg(), "{}", edit.name);
        for part in [copy.truth.crop, copy.truth.placed] {
            let inside = |at: f32, side: f32| at > -1e-4 && side > 0.0 && at + side < 1.0 + 1e-4;
            let fits = inside(part.x, part.width) && inside(part.y, part.height);
            assert!(fits, "{}: {part:?}", edit.name);
        }
    }
}

#[test]
fn crops_remove_the_share_of_the_area_in_their_name() {
    for share in [5, 10, 20, 30, 50, 75] {
        let edit = Edit::named(&format!("crop-{share}")).unwrap();
        let copy = edited(edit, &reference());
        let left = 1.0 - share as f32 / 100.0;
        assert!((copy.truth.crop.area() - left).abs() < 0.02, "{share}: {:?}", copy.truth);
        assert!(copy.truth.less_picture());
        assert_eq!(copy.truth.placed, Part::WHOLE);
    }
}

/// Mean difference of the reference's crop and the copy's box, brought to one size.
fn difference(reference: &Rgb, copy: &Edited) -> f32 {
    let cut = |picture: &Rgb, part: Part| {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let pixels = |at: f32| (at + 0.5) as usize;
        let (x, y) = (pixels(part.x * width), pixels(part.y * height));
        picture.part(x, y, pixels(part.width * width), pixels(part.height * height)).resized(48, 48)
    };
    let mut shown = cut(&copy.picture, copy.truth.placed);
    if copy.truth.mirrored {
        shown = Rgb::from_fn(48, 48, |x, y| shown.at(47 - x, y));
    }
    let seen = cut(reference, copy.truth.crop);
    let differences =
        seen.bytes().iter().zip(shown.bytes()).map(|(a, b)| f32::from(a.abs_diff(*b)));
    differences.sum::<f32>() / seen.bytes().len() as f32
}

#[test]
fn the_reference_lies_where_the_truth_says() {
    let reference = reference();
    let upright = |edit: &&Edit| {
        !edit.name.starts_with("turn-") && edit.group != Group::Colour && edit.name != "chain-3"
    };
    for edit in ALL.iter().filter(upright) {
        let off = difference(&reference, &edited(edit, &reference));
        assert!(off < 30.0, "{}: {off}", edit.name);
    }
    // The measure notices where a box is wrong.
    let mut wrong = edited(Edit::named("pip-50").unwrap(), &reference);
    wrong.truth.placed.x = 0.5 - wrong.truth.placed.x;
    assert!(difference(&reference, &wrong) > 35.0);
}

#[test]
fn pictures_of_any_size_can_be_edited() {
    for (width, height) in [(1, 1), (3, 90)] {
        let reference = Rgb::from_fn(width, height, |x, y| [x as u8, y as u8, 50]);
        for edit in ALL {
            let copy = edit.apply(&reference, &mut Seeded::of(&[b"size"]), &[]);
            assert!(copy.picture.width() > 0 && copy.picture.height() > 0, "{}", edit.name);
        }
    }
}

#[test]
fn distractors_are_many_and_no_two_are_the_same() {
    let photos = [reference(), distractors::hills(&mut Seeded::of(&[b"b"]), 90, 160)];
    let all = distractors(&photos);
    let names: BTreeSet<&str> = all.iter().map(|made| made.name.as_str()).collect();
    let pictures: BTreeSet<&[u8]> = all.iter().map(|made| made.picture.bytes()).collect();
    assert!(all.len() > 30 && names.len() == all.len() && pictures.len() == all.len());
}
