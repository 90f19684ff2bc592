use std::ops::Range;
use std::path::Path;

use firstseen_model::{Dihedral, Luma};
use proptest::prelude::*;

use super::*;
use crate::turn::turned;

/// A row of `samples/pdq/vectors.tsv`: what the reference says of a picture.
struct Vector {
    file: String,
    picture: Luma,
    quality: Quality,
    codes: [Pdq; 8],
}

fn vectors() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/pdq");
    let table = std::fs::read_to_string(folder.join("vectors.tsv")).unwrap();
    let vectors: Vec<_> = table
        .lines()
        .skip(1)
        .map(|line| {
            let mut fields = line.split('\t');
            let file = fields.next().unwrap().to_owned();
            let picture = image::open(folder.join(&file)).unwrap().into_luma8();
            let (width, height) = (picture.width() as usize, picture.height() as usize);
            Vector {
                picture: Luma::new(width, height, picture.into_raw()).unwrap(),
                quality: Quality(fields.next().unwrap().parse().unwrap()),
                codes: std::array::from_fn(|_| fields.next().unwrap().parse().unwrap()),
                file,
            }
        })
        .collect();
    assert!(vectors.len() >= 15);
    vectors
}

/// Any picture with `sides`, of soft blobs rather than noise, so that its frequencies are far from their median.
fn pictures(sides: Range<usize>) -> impl Strategy<Value = Luma> {
    let blobs = proptest::collection::vec((0f64..1.0, 0f64..1.0, 0.02f64..0.4, 0f64..255.0), 3..12);
    (sides.clone(), sides, blobs).prop_map(|(width, height, blobs)| {
        Luma::from_fn(width, height, |x, y| {
            let (x, y) = (x as f64 / width as f64, y as f64 / height as f64);
            let pixel = blobs.iter().fold(128.0, |below, &(cx, cy, r, tone)| {
                let share = 1.0 / (1.0 + ((x - cx).powi(2) + (y - cy).powi(2)) / (r * r));
                below + (tone - below) * share
            });
            pixel as u8
        })
    })
}

/// The tent filter as the reference has it, one sample after the other.
fn decimated_plainly(picture: &Luma) -> jarosz::Grid {
    fn pass(samples: &mut [f32]) {
        let window = samples.len().div_ceil(128);
        let after = window / 2;
        let source = samples.to_vec();
        let (mut sum, mut count) = (0f32, 0);
        for step in 0..source.len() + after {
            if step < source.len() {
                sum += source[step];
                count += 1;
            }
            if step >= window {
                sum -= source[step - window];
                count -= 1;
            }
            if step >= after {
                samples[step - after] = sum / count as f32;
            }
        }
    }
    let (width, height) = (picture.width(), picture.height());
    let mut plane: Vec<f32> = picture.bytes().iter().copied().map(f32::from).collect();
    for _ in 0..2 {
        plane.chunks_exact_mut(width).for_each(pass);
        for x in 0..width {
            let mut column: Vec<f32> = plane[x..].iter().step_by(width).copied().collect();
            pass(&mut column);
            plane[x..].iter_mut().step_by(width).zip(column).for_each(|(old, new)| *old = new);
        }
    }
    let kept = |i: usize, side: usize| ((i as f64 + 0.5) * side as f64 / 64.0) as usize;
    std::array::from_fn(|y| {
        std::array::from_fn(|x| plane[kept(y, height) * width + kept(x, width)])
    })
}

#[test]
fn codes_equal_the_references_bit_for_bit() {
    for vector in vectors() {
        let found = pdq(vector.picture.view());
        assert_eq!(found, Ok((vector.codes[0], vector.quality)), "{}", vector.file);
    }
}

#[test]
fn dihedral_codes_equal_the_references_bit_for_bit() {
    for vector in vectors() {
        let found = dihedral(vector.picture.view());
        assert_eq!(found, Ok((vector.codes, vector.quality)), "{}", vector.file);
    }
}

#[test]
fn a_side_too_small_is_refused_where_it_is_hashed() {
    let check = |width, height, expected: Option<(usize, usize)>| {
        let found = pdq(Luma::from_fn(width, height, |x, y| (x * y) as u8).view()).err();
        let expected = expected.map(|(width, height)| FingerprintError::TooSmall { width, height });
        assert_eq!(found, expected);
    };
    check(32, 32, None);
    check(31, 100, Some((31, 100)));
    check(10_000, 319, None);
    check(10_000, 310, Some((1000, 31)));
}

#[test]
fn the_first_hex_digit_lies_in_the_top_bits() {
    let code = Pdq([0x1234_0000_0000_0000, 0, 0, 0xabcd]);
    let text = format!("1234{}abcd", "0".repeat(56));
    assert_eq!(code.to_string(), text);
    assert_eq!(code.to_bytes()[..2], [0x12, 0x34]);
    assert_eq!(text.to_uppercase().parse(), Ok(code));
    for bad in ["", "12", &"g".repeat(64), &"é".repeat(32), &"+".repeat(64)] {
        assert_eq!(bad.parse::<Pdq>(), Err(NotPdq));
    }
}

#[test]
fn inverse_codes_are_farthest_apart() {
    assert_eq!(Pdq([0; 4]).distance(Pdq([0; 4]).negative()), 256);
}

#[test]
fn a_picture_that_was_turned_is_within_reach_of_the_derived_code() {
    // Bits of noise, checks and flat pictures hang on rounding, which the turn changes.
    let of_something = |file: &str| {
        !["noise", "checks", "flat", "slope"].iter().any(|made| file.starts_with(made))
    };
    for vector in vectors().into_iter().filter(|vector| of_something(&vector.file)) {
        for (code, way) in vector.codes.into_iter().zip(Dihedral::ALL) {
            let (real, _) = pdq(turned(vector.picture.view(), way).view()).unwrap();
            assert!(code.distance(real) < RADIUS, "{} {way:?}", vector.file);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn smoothing_equals_its_plain_twin(picture in pictures(MIN_SIDE..700)) {
        prop_assert!(jarosz::decimated(picture.view()) == decimated_plainly(&picture));
    }

    #[test]
    fn a_negative_has_nearly_the_complement(picture in pictures(200..700)) {
        let negative = Luma::from_fn(picture.width(), picture.height(), |x, y| 255 - picture.at(x, y));
        let (code, _) = pdq(picture.view()).unwrap();
        let (real, _) = pdq(negative.view()).unwrap();
        prop_assert!(code.negative().distance(real) <= 8);
    }

    #[test]
    fn bytes_and_text_give_the_code_back(words: [u64; 4]) {
        let code = Pdq(words);
        prop_assert_eq!(Pdq::from_bytes(code.to_bytes()), code);
        prop_assert_eq!(code.to_string().parse(), Ok(code));
        prop_assert_eq!(code.negative().negative(), code);
    }
}
