use firstseen_model::Luma;
use proptest::prelude::*;

use super::*;

/// A picture with soft shapes of all sizes and some grain, another for each `seed`.
fn scene(width: usize, height: usize, seed: u32) -> Luma {
    let noise = |side: usize, seed: u32| {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let plane = Luma::from_fn(side, side, |_, _| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 9) as u8
        });
        soft(&plane, width, height)
    };
    let layers = [noise(4, seed), noise(9, seed + 1), noise(40, seed + 2), noise(160, seed + 3)];
    Luma::from_fn(width, height, |x, y| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| u32::from(layers[i].at(x, y)));
        ((4 * a + 3 * b + 2 * c + d) / 10) as u8
    })
}

/// `plane` enlarged without edges between its pixels.
fn soft(plane: &Luma, width: usize, height: usize) -> Luma {
    let place = |at: usize, old: usize, new: usize| {
        let at = at * (old - 1) * 256 / new;
        (at / 256, at % 256)
    };
    Luma::from_fn(width, height, |x, y| {
        let ((x, right), (y, low)) =
            (place(x, plane.width(), width), place(y, plane.height(), height));
        let row = |y: usize| {
            usize::from(plane.at(x, y)) * (256 - right) + usize::from(plane.at(x + 1, y)) * right
        };
        ((row(y) * (256 - low) + row(y + 1) * low) >> 16) as u8
    })
}

/// `ground` with `picture` laid over it.
fn laid(ground: &Luma, picture: &Luma, left: usize, top: usize) -> Luma {
    Luma::from_fn(ground.width(), ground.height(), |x, y| {
        if (left..left + picture.width()).contains(&x) && (top..top + picture.height()).contains(&y)
        {
            picture.at(x - left, y - top)
        } else {
            ground.at(x, y)
        }
    })
}

fn flat(width: usize, height: usize, tone: u8) -> Luma {
    Luma::from_fn(width, height, |_, _| tone)
}

/// Lines of strokes that are half of each line, as text is.
fn write(page: &Luma, top: usize, bottom: usize, ink: u8) -> Luma {
    Luma::from_fn(page.width(), page.height(), |x, y| {
        let within = (20..page.width() - 20).contains(&x) && (top..bottom).contains(&y);
        let stroke = (y - top.min(y)) % 20 < 12 && (x * 7 + y / 4 * 5) % 11 < 4;
        if within && stroke { ink } else { page.at(x, y) }
    })
}

fn is_near(found: Part, view: LumaView<'_>, left: usize, top: usize, picture: &Luma) -> bool {
    let truth = Bounds { left, top, right: left + picture.width(), bottom: top + picture.height() };
    truth.overlap(Bounds::of_part(found, view)) >= 90
}

#[track_caller]
fn has_content(frame: &Luma, left: usize, top: usize, picture: &Luma) {
    let found = content(frame.view()).expect("something is cut");
    let bounds = Bounds::of_part(found, frame.view());
    let truth = Bounds { left, top, right: left + picture.width(), bottom: top + picture.height() };
    let off = [
        bounds.left.abs_diff(truth.left) * 100 / frame.width(),
        bounds.right.abs_diff(truth.right) * 100 / frame.width(),
        bounds.top.abs_diff(truth.top) * 100 / frame.height(),
        bounds.bottom.abs_diff(truth.bottom) * 100 / frame.height(),
    ];
    assert_eq!(off, [0; 4], "{bounds:?} for {truth:?}");
}

#[track_caller]
fn has_part(frame: &Luma, left: usize, top: usize, picture: &Luma) {
    let found = parts(frame.view(), content(frame.view()), 4);
    assert!(found.iter().any(|&part| is_near(part, frame.view(), left, top, picture)), "{found:?}");
}

#[test]
fn bars_of_any_tone_are_cut() {
    let picture = scene(640, 300, 1);
    for tone in [0, 16, 128, 255] {
        has_content(&laid(&flat(640, 480, tone), &picture, 0, 90), 0, 90, &picture);
        has_content(&laid(&flat(640, 480, tone), &picture, 0, 40), 0, 40, &picture);
        has_content(&laid(&flat(900, 300, tone), &picture, 130, 0), 130, 0, &picture);
        has_content(&laid(&flat(800, 400, tone), &picture, 70, 60), 70, 60, &picture);
    }
}

#[test]
fn text_on_a_bar_is_part_of_the_bar() {
    let picture = scene(640, 360, 2);
    let strip = write(&flat(640, 520, 255), 20, 80, 0);
    has_content(&laid(&strip, &picture, 0, 100), 0, 100, &picture);
    let subtitles = write(&flat(640, 480, 0), 435, 450, 255);
    has_content(&laid(&subtitles, &picture, 0, 60), 0, 60, &picture);
}

#[test]
fn blurred_copies_around_a_picture_are_cut() {
    let blurred = soft(&shrink::to_size(scene(540, 960, 3).view(), 12, 20), 540, 960);
    let picture = scene(540, 304, 3);
    has_content(&laid(&blurred, &picture, 0, 328), 0, 328, &picture);
}

#[test]
fn a_picture_without_borders_is_left_whole() {
    for seed in 0..20 {
        assert_eq!(content(scene(640, 480, 10 * seed).view()), None);
    }
}

#[test]
fn a_night_sky_is_no_bar() {
    let picture = scene(640, 480, 4);
    let skyline = |x: usize| 200 + (x * 7919 / 64 % 13) * 9;
    let sky = Luma::from_fn(640, 480, |x, y| if y < skyline(x) { 3 } else { picture.at(x, y) });
    assert_eq!(content(sky.view()), None);
}

#[test]
fn a_black_frame_has_no_content() {
    assert_eq!(content(flat(640, 480, 0).view()), None);
    assert_eq!(parts(flat(640, 480, 0).view(), None, 4), []);
}

#[test]
fn the_photo_of_a_post_is_a_part() {
    for (ground, ink) in [(255, 20), (24, 230)] {
        let page = write(&write(&flat(540, 960, ground), 40, 180, ink), 620, 900, ink);
        let picture = scene(500, 375, 5);
        let post = laid(&page, &picture, 20, 200);
        let found = content(post.view());
        assert!(
            found.is_some_and(|part| is_near(part, post.view(), 20, 200, &picture))
                || parts(post.view(), found, 4).iter().any(|&part| is_near(
                    part,
                    post.view(),
                    20,
                    200,
                    &picture
                )),
        );
    }
}

#[test]
fn an_inset_is_a_part() {
    let ground = scene(640, 480, 6);
    for (left, top, width) in [(30, 40, 320), (400, 280, 200), (440, 0, 200)] {
        let picture = scene(width, width * 3 / 4, 7);
        has_part(&laid(&ground, &picture, left, top), left, top, &picture);
    }
}

#[test]
fn tiles_are_parts() {
    let tiles = [8, 18, 28, 38].map(|seed| scene(320, 240, seed));
    let mut frame = flat(640, 480, 0);
    for (i, tile) in tiles.iter().enumerate() {
        frame = laid(&frame, tile, i % 2 * 320, i / 2 * 240);
    }
    for (i, tile) in tiles.iter().enumerate() {
        has_part(&frame, i % 2 * 320, i / 2 * 240, tile);
    }
}

#[test]
fn text_is_never_a_part() {
    let page = write(&flat(640, 900, 255), 30, 400, 0);
    let page = write(&page, 480, 860, 0);
    assert_eq!(parts(page.view(), None, 4), []);
}

#[test]
fn the_whole_and_the_content_are_not_among_the_parts() {
    let picture = scene(640, 300, 9);
    let frame = laid(&flat(640, 480, 0), &picture, 0, 90);
    let content = content(frame.view());
    for part in parts(frame.view(), content, 8) {
        assert!(!is_near(part, frame.view(), 0, 90, &picture), "{part:?}");
        assert!(part.area() < 0.9, "{part:?}");
    }
}

#[test]
fn no_more_parts_than_asked_for() {
    let frame = laid(&scene(640, 480, 6), &scene(300, 200, 7), 30, 40);
    assert_eq!(parts(frame.view(), None, 0), []);
    assert!(parts(frame.view(), None, 1).len() <= 1);
}

#[test]
fn long_and_narrow_frames_are_read_to_the_end() {
    for (width, height) in [(16_000, 100), (100, 16_000), (1, 5_000), (5_000, 1)] {
        let frame = scene(width, height, 11);
        let content = content(frame.view());
        let _ = parts(frame.view(), content, 4);
    }
}

proptest! {
    #[test]
    fn any_frame_has_parts_within_it(width in 1usize..70, height in 1usize..70, seed in any::<u16>(), tones in 1u8..=255) {
        let picture = scene(width, height, seed.into());
        let frame = Luma::from_fn(width, height, |x, y| picture.at(x, y) / tones * tones);
        let content = content(frame.view());
        for part in content.into_iter().chain(parts(frame.view(), content, 4)) {
            prop_assert!(part.x >= 0.0 && part.y >= 0.0 && part.width > 0.0 && part.height > 0.0);
            prop_assert!(part.x + part.width <= 1.001 && part.y + part.height <= 1.001);
        }
    }
}
