use super::*;
use crate::turn::turned;
use firstseen_model::Dihedral;
use proptest::prelude::*;

const UPRIGHT: View = View { dihedral: Dihedral::UPRIGHT, negative: false };
const MIRRORED: View =
    View { dihedral: Dihedral { mirrored: true, quarter_turns: 0 }, negative: false };
const NEGATIVE: View = View { dihedral: Dihedral::UPRIGHT, negative: true };

/// Boxes of many sizes and tones over a slope, softened.
fn scene(width: usize, height: usize) -> Luma {
    let mut sharp = vec![0; width * height];
    for (at, pixel) in sharp.iter_mut().enumerate() {
        *pixel = (40 + at % width * 60 / width + at / width * 50 / height) as u8;
    }
    let mut seed = 7u64;
    let mut random = |limit: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % limit
    };
    for _ in 0..160 {
        let (left, top, tone) = (random(width), random(height), random(200) as u8);
        let (wide, high) = (4 + random(width / 5), 4 + random(height / 5));
        for y in top..height.min(top + high) {
            sharp[y * width + left..y * width + width.min(left + wide)].fill(tone);
        }
    }
    pyramid::smoothed(&Luma::new(width, height, sharp).unwrap())
}

/// How many of `ours` have one of `theirs` within two pixels of their level and 24 bits.
fn shared(ours: &Features, theirs: &Features) -> usize {
    let alike = |a: &Feature, b: &Feature| {
        let near = u16::from(a.level + 1) * 2 * SUBPIXELS;
        a.level == b.level
            && a.x.abs_diff(b.x) <= near
            && a.y.abs_diff(b.y) <= near
            && a.descriptor.distance(b.descriptor) <= 24
    };
    ours.points.iter().filter(|a| theirs.points.iter().any(|b| alike(a, b))).count()
}

fn check_alike(ours: &Features, theirs: &Features) {
    assert_eq!((ours.width, ours.height), (theirs.width, theirs.height));
    let shared = shared(ours, theirs);
    assert!(shared * 100 >= ours.points.len() * 90, "{shared} of {}", ours.points.len());
    assert!(ours.points.len() > 150, "{}", ours.points.len());
}

#[test]
fn a_mirrored_view_is_that_of_the_mirrored_picture() {
    let picture = scene(640, 420);
    let flipped = turned(picture.view(), MIRRORED.dihedral);
    let ours = features(picture.view(), COUNT, &[UPRIGHT, MIRRORED]);
    check_alike(&ours[1], &features(flipped.view(), COUNT, &[UPRIGHT])[0]);
    assert!(shared(&ours[1], &ours[0]) < 25);
}

#[test]
fn a_negative_view_is_that_of_the_negative() {
    let picture = scene(500, 500);
    let bytes = picture.bytes().iter().map(|pixel| 255 - pixel).collect();
    let negative = Luma::new(500, 500, bytes).unwrap();
    let ours = features(picture.view(), COUNT, &[NEGATIVE]);
    check_alike(&ours[0], &features(negative.view(), COUNT, &[UPRIGHT])[0]);
}

#[test]
fn a_faint_part_keeps_corners_beside_loud_text() {
    let mut loud = scene(480, 480).into_bytes();
    for (at, pixel) in loud.iter_mut().enumerate() {
        let (x, y) = (at % 480, at / 480);
        if y < 240 {
            *pixel = if (x / 5 * 7 + y / 6 * 11) % 5 < 2 { 0 } else { 255 };
        } else {
            *pixel = 100 + *pixel / 8;
        }
    }
    let found = features(Luma::new(480, 480, loud).unwrap().view(), COUNT, &[UPRIGHT]);
    let faint = found[0].points.iter().filter(|point| point.y > 240 * SUBPIXELS).count();
    // As many as there are: a smooth scene has corners on coarse levels only.
    assert!(faint >= 20, "{faint} of {}", found[0].points.len());
}

#[test]
fn a_picture_without_detail_has_no_features() {
    for (width, height) in [(1, 1), (40, 1), (1, 3000), (16_000, 100), (300, 200)] {
        let found = features(Luma::from_fn(width, height, |_, _| 90).view(), COUNT, &[UPRIGHT]);
        assert_eq!(found[0].points, []);
    }
}

#[test]
fn pictures_full_of_corners_give_no_more_than_asked_for() {
    let noise = Luma::from_fn(480, 480, |x, y| ((x * 2_654_435_761) ^ (y * y * 40_503) >> 3) as u8);
    let board = Luma::from_fn(480, 480, |x, y| if (x / 4 + y / 4) % 2 == 0 { 0 } else { 255 });
    for picture in [noise, board] {
        assert!(features(picture.view(), COUNT, &[UPRIGHT])[0].points.len() <= COUNT);
        assert!(features(picture.view(), 3, &[UPRIGHT])[0].points.len() <= 3);
        assert_eq!(features(picture.view(), 0, &[UPRIGHT, MIRRORED])[1].points, []);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn features_of_any_picture_lie_on_its_plane(
        (width, height, bytes) in (1usize..90, 1usize..90).prop_flat_map(|(width, height)| {
            (Just(width), Just(height), proptest::collection::vec(any::<u8>(), width * height))
        })
    ) {
        let picture = Luma::new(width, height, bytes).unwrap();
        for found in features(picture.view(), 60, &[UPRIGHT, MIRRORED, NEGATIVE]) {
            for point in found.points {
                prop_assert!(point.x <= found.width * SUBPIXELS && point.y <= found.height * SUBPIXELS);
            }
        }
    }
}
