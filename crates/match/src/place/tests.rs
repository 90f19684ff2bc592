//! Where made features place a picture.

use firstseen_model::{Descriptor, Dihedral};

use super::*;
use crate::made::noise;

const SIDE: (u16, u16) = (480, 270);

/// The whole of a plane of [`SIDE`].
const PLANE: Plane = Plane { part: Part::WHOLE, width: SIDE.0, height: SIDE.1 };

fn feature(x: f64, y: f64, level: u8, angle: u8, descriptor: u64) -> Feature {
    let subpixels = |at: f64| (at * f64::from(SUBPIXELS)) as u16;
    let descriptor = Descriptor([descriptor; 4]);
    Feature { x: subpixels(x), y: subpixels(y), level, angle, descriptor }
}

/// `count` features of a reference, anywhere on it.
fn scattered(seed: u64, count: usize) -> Vec<Feature> {
    let mut next = noise(seed);
    let mut within = |side: u16| 20.0 + (next() % u64::from(side - 40)) as f64;
    (0..count).map(|i| feature(within(SIDE.0), within(SIDE.1), 2, (i * 37) as u8, 0)).collect()
}

/// Where a picture that is turned by `turn` of 256 and scaled puts a feature.
fn moved(of: &Feature, turn: u8, levels: i8, (x, y): (f64, f64)) -> Feature {
    let (angle, scale) =
        (f64::from(turn) / 256.0 * std::f64::consts::TAU, 1.2_f64.powi(levels.into()));
    let (u, v) = (f64::from(of.x) / 64.0 - 240.0, f64::from(of.y) / 64.0 - 135.0);
    let (sin, cos) = (libm::sin(angle) * scale, libm::cos(angle) * scale);
    feature(
        cos * u - sin * v + 240.0 + x,
        sin * u + cos * v + 135.0 + y,
        of.level.saturating_add_signed(levels),
        of.angle.wrapping_add(turn),
        0,
    )
}

/// Pairs of features of the query and of sample `sample`, the same place in both lists.
fn hits(there: &[Feature], sample: u64) -> Vec<FeatureHit> {
    (0..)
        .zip(there)
        .map(|(point, f)| FeatureHit { point, sample, feature: *f, distance: 20 })
        .collect()
}

fn asked(features: &Features, hits: Vec<FeatureHit>, view: View) -> Asked<'_> {
    Asked { part: Part::WHOLE, view, features, hits }
}

fn of(points: Vec<Feature>) -> Features {
    Features { width: SIDE.0, height: SIDE.1, points }
}

#[test]
fn a_turned_and_smaller_copy_is_placed_among_as_many_strays() {
    let there = scattered(1, 60);
    let mut here: Vec<Feature> = there.iter().map(|f| moved(f, 20, -1, (5.0, -8.0))).collect();
    let strays = scattered(2, 60);
    here.extend(scattered(3, 60));
    let features = of(here);
    let all = [there.clone(), strays].concat();
    let placed = place(&asked(&features, hits(&all, 7), View::default()), 7, PLANE).unwrap();
    assert!((55..=63).contains(&placed.inliers), "{placed:?}");
    let sizes = ((480.0, 270.0), (480.0, 270.0));
    let (turn, scale) = placed.lay.turn_and_scale(sizes.0, sizes.1);
    assert!((turn - 28.1).abs() < 0.3 && (scale - 1.0 / 1.2).abs() < 0.01, "{turn} {scale}");
    let (x, y) = placed.lay.at(0.5, 0.5);
    assert!((x * 480.0 - 245.0).abs() < 1.0 && (y * 270.0 - 127.0).abs() < 1.0, "{x} {y}");
}

#[test]
fn a_mirrored_view_is_placed_as_a_mirrored_query() {
    let there = scattered(1, 30);
    let features = of(there.clone());
    let view = View { dihedral: Dihedral { mirrored: true, quarter_turns: 0 }, negative: true };
    let placed = place(&asked(&features, hits(&there, 7), view), 7, PLANE).unwrap();
    let (x, _) = placed.lay.at(0.0, 0.5);
    assert!((x - 1.0).abs() < 1e-6 && placed.lay.negative, "{placed:?}");
    assert!(placed.lay.nearest_view().dihedral.mirrored);
}

#[test]
fn features_that_agree_in_nothing_place_nothing() {
    let features = of(scattered(3, 40));
    let placed = place(&asked(&features, hits(&scattered(4, 40), 7), View::default()), 7, PLANE);
    assert!(placed.is_none_or(|placed| placed.inliers < 8), "{placed:?}");
}

#[test]
fn no_pairs_and_pairs_in_one_spot_place_nothing() {
    let spot = vec![feature(100.0, 100.0, 0, 0, 0); 30];
    let features = of(spot.clone());
    assert_eq!(place(&asked(&features, hits(&spot, 7), View::default()), 7, PLANE), None);
    assert_eq!(place(&asked(&features, Vec::new(), View::default()), 7, PLANE), None);
}

#[test]
fn a_picture_that_is_there_two_hundred_times_is_listed_two_hundred_times() {
    let there = scattered(1, 40);
    let features = of(there.clone());
    let all: Vec<FeatureHit> = (0..200).flat_map(|sample| hits(&there, sample)).collect();
    let listed = shortlist(&[asked(&features, all, View::default())]);
    assert_eq!(listed.len(), 200);
    assert!(listed.iter().all(|listed| listed.weight > 1.0), "{:?}", listed[0]);
}

#[test]
fn what_agrees_in_turn_and_scale_is_listed_before_what_does_not() {
    let there = scattered(1, 40);
    let features = of(there.clone());
    let mut next = noise(9);
    let strays = scattered(5, 40).into_iter().map(|f| Feature {
        angle: next() as u8,
        level: next() as u8 % 8,
        ..f
    });
    let all = [hits(&strays.collect::<Vec<_>>(), 1), hits(&there, 2)].concat();
    let listed = shortlist(&[asked(&features, all, View::default())]);
    assert_eq!(listed.iter().map(|listed| listed.sample).collect::<Vec<_>>(), [2, 1]);
    assert!(listed[0].weight > 3.0 * listed[1].weight, "{listed:?}");
}
