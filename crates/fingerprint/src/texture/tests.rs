use super::*;

fn check(expected: Option<GateReason>, pixel: impl FnMut(usize, usize) -> u8) -> u8 {
    let look = look(Luma::from_fn(640, 360, pixel).view());
    assert_eq!(look.gate, expected, "{look:?}");
    look.measure
}

/// Noise of `amount` levels either way, of the same size as sensors' in a plane of 640x360.
fn noise(x: usize, y: usize, amount: u32) -> i32 {
    let hash = (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77);
    let hash = (hash ^ hash >> 15).wrapping_mul(0x2c1b_3c6d);
    ((hash >> 12) % (2 * amount + 1)) as i32 - amount as i32
}

fn clamped(pixel: i32) -> u8 {
    pixel.clamp(0, 255) as u8
}

/// Lines of letter-like strokes, 30 pixels high.
fn is_stroke(x: usize, y: usize) -> bool {
    let (line, column) = (y % 60, x % 24);
    let letter = x / 24 * 7 + y / 60 * 5;
    (80..560).contains(&x)
        && (60..300).contains(&y)
        && line < 30
        && !letter.is_multiple_of(6)
        && (column < 5
            || letter.is_multiple_of(3) && line < 5
            || letter.is_multiple_of(2) && line > 24 && column < 18)
}

/// A scene of discs and beams with light of `level` in 256.
fn scene(x: usize, y: usize, level: i32) -> i32 {
    let mut tone = 90 + (x / 9) as i32;
    for i in 0..60 {
        let (cx, cy, r) = (i * 97 % 640, i * 61 % 360, 8 + i * 13 % 40);
        if x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) < r * r {
            tone = (i * 83 % 256) as i32;
        }
    }
    tone * level / 256
}

#[test]
fn one_tone_is_flat_and_black_is_dark() {
    assert_eq!(check(Some(GateReason::Flat), |_, _| 128), 0);
    assert_eq!(check(Some(GateReason::Flat), |_, _| 255), 0);
    check(Some(GateReason::Dark), |_, _| 0);
    check(Some(GateReason::Dark), |_, _| 16);
    check(Some(GateReason::Dark), |x, y| clamped(12 + noise(x, y, 4)));
    check(Some(GateReason::Flat), |x, y| clamped(120 + noise(x, y, 5)));
}

#[test]
fn a_slope_is_flat_however_steep() {
    check(Some(GateReason::Flat), |x, y| (x * 255 / 640 / 2 + y * 255 / 360 / 2) as u8);
    check(Some(GateReason::Flat), |x, _| (x * 255 / 640) as u8);
    check(Some(GateReason::Flat), |x, y| {
        let far = x.abs_diff(320).pow(2) + y.abs_diff(180).pow(2);
        (220 - far * 200 / 140_000) as u8
    });
}

#[test]
fn a_small_logo_on_black_is_no_picture() {
    check(Some(GateReason::Flat), |x, y| {
        let inside = x.abs_diff(320).pow(2) + y.abs_diff(180).pow(2) < 1600;
        if inside && (x / 6 + y / 6) % 2 == 0 { 230 } else { 0 }
    });
}

#[test]
fn a_title_card_is_only_text() {
    check(Some(GateReason::TextOnly), |x, y| if is_stroke(x, y) { 255 } else { 0 });
    check(Some(GateReason::TextOnly), |x, y| if is_stroke(x, y) { 20 } else { 250 });
    check(Some(GateReason::TextOnly), |x, y| {
        clamped(if is_stroke(x, y) { 230 } else { 40 } + noise(x, y, 6))
    });
}

#[test]
fn a_scene_is_a_picture_in_daylight_dusk_and_night() {
    let day = check(None, |x, y| clamped(scene(x, y, 256)));
    let dusk = check(None, |x, y| clamped(scene(x, y, 64) + noise(x, y, 2)));
    let night = check(None, |x, y| clamped(6 + scene(x, y, 26) + noise(x, y, 1)));
    assert!(day > dusk && dusk > night && night > 0, "{day} {dusk} {night}");
}

#[test]
fn text_over_a_scene_leaves_a_picture() {
    check(None, |x, y| if is_stroke(x, y) { 255 } else { clamped(scene(x, y, 200)) });
    // A scene in a quarter of a card.
    check(None, |x, y| match () {
        () if is_stroke(x, y) => 255,
        () if x < 320 && y < 180 => clamped(scene(x, y, 256)),
        () => 0,
    });
}

#[test]
fn any_size_can_be_looked_at() {
    for (width, height) in [(1, 1), (1, 700), (2, 2), (700, 3), (255, 257)] {
        let _ = look(Luma::from_fn(width, height, |x, y| ((x * 31) ^ (y * 17)) as u8).view());
    }
}
