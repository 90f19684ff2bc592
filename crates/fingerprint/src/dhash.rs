//! The 64-bit gradient hash, for interchange with tools that use it.
//!
//! The hash is that of the crate `img_hash` with its default filter, Lanczos of 3. That filter is slow on a whole
//! picture and asks the system for sines, which are not the same everywhere; so luma is brought to 72x64 by area and from
//! there to 9x8 by the same filter in whole numbers, and `img_hash` is left with what needs no filter. Of 108 photos
//! 75 keep the code that `img_hash` gives the whole picture, and none is more than 4 bits from it.
//!
//! Bits: whether each pixel of 9x8 is darker than the one to its right, row by row. `img_hash` packs them into bytes
//! from the lowest bit; as a number here the first bit is the highest, so that 16 hex digits (`{:016x}`) read as those
//! of Python's `ImageHash.dhash`.

use firstseen_model::LumaView;
use img_hash::image::GrayImage;
use img_hash::{FilterType, HashAlg, HasherConfig};

use crate::shrink;

/// Version of the codes that [`gradient`] gives.
pub const VERSION: u16 = 1;

/// Columns and rows that are compared: one column more than bits.
const COLUMNS: usize = 9;
const ROWS: usize = 8;

/// Pixels each way that become one by the filter.
const FACTOR: usize = 8;

/// Weights of pixels by their distance from the centre, in 65,536ths: sinc(x) sinc(x / 3) at x of 1/16, 3/16, ...
#[rustfmt::skip]
const LANCZOS: [i32; 3 * FACTOR] = [
    65069, 61415, 54519, 45147, 34306, 23106, 12604, 3677,
    -3088, -7432, -9430, -9435, -7986, -5705, -3190, -929,
    760, 1739, 2042, 1827, 1316, 737, 273, 29,
];

/// Returns the gradient hash of `view`, the first bit in the top.
///
/// # Source
///
/// N. Krawetz, "Kind of Like That", 2013, as `img_hash` 3.2 has it.
#[must_use]
pub fn gradient(view: LumaView<'_>) -> u64 {
    let small = GrayImage::from_raw(COLUMNS as u32, ROWS as u32, reduced(view))
        .expect("a plane has as many bytes as pixels");
    // A triangle on a picture that has its size already is the pixel itself.
    let hasher = HasherConfig::with_bytes_type::<[u8; 8]>()
        .hash_alg(HashAlg::Gradient)
        .hash_size(8, 8)
        .resize_filter(FilterType::Triangle)
        .to_hasher();
    let hash = hasher.hash_image(&small);
    hash.as_bytes().iter().fold(0, |code, byte| code << 8 | u64::from(byte.reverse_bits()))
}

/// The 9x8 pixels that are compared: rows are reduced first and rounded, as `img_hash` does it.
fn reduced(view: LumaView<'_>) -> Vec<u8> {
    let middle = shrink::to_size(view, COLUMNS * FACTOR, ROWS * FACTOR);
    let width = middle.width();
    let mut short = Vec::with_capacity(width * ROWS);
    for y in 0..ROWS {
        short.extend((0..width).map(|x| filtered(y, ROWS, |y| middle.at(x, y))));
    }
    let row = |y: usize| &short[y * width..][..width];
    (0..ROWS).flat_map(|y| (0..COLUMNS).map(move |x| filtered(x, COLUMNS, |x| row(y)[x]))).collect()
}

/// Pixel `at` of `count`, of `count` * [`FACTOR`] pixels; those beyond the ends count nothing.
fn filtered(at: usize, count: usize, pixel: impl Fn(usize) -> u8) -> u8 {
    let centre = at * FACTOR + FACTOR / 2;
    let (mut sum, mut weights) = (0, 0);
    for (distance, weight) in LANCZOS.into_iter().enumerate() {
        let before = centre.checked_sub(distance + 1);
        let after = Some(centre + distance).filter(|&after| after < count * FACTOR);
        for there in before.into_iter().chain(after) {
            sum += weight * i32::from(pixel(there));
            weights += weight;
        }
    }
    ((2 * sum + weights).div_euclid(2 * weights)).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use firstseen_model::Luma;

    fn check(expected: u64, pixel: impl FnMut(usize, usize) -> u8) {
        let code = gradient(Luma::from_fn(200, 150, pixel).view());
        assert_eq!(code, expected, "{code:#018x}");
    }

    #[test]
    fn known_pictures_keep_their_codes() {
        check(u64::MAX, |x, _| x as u8);
        check(0, |x, _| 255 - x as u8);
        check(0, |_, _| 128);
        check(0xffff_fffe_fefc_f9e3, |x, y| (x * x / 170 + y * y / 110) as u8);
        check(0xf4b3_bdec_afb9_ebae, |x, y| (((x / 23) * 37 + (y / 17) * 91) % 256) as u8);
    }

    #[test]
    fn the_first_bit_is_the_highest() {
        // Each pixel of 9x8 is lighter than the one to its right, but for the first.
        let corner = Luma::from_fn(72, 64, |x, y| match (x / 8, y / 8) {
            (0, 0) => 160,
            (column, _) => 200 - 16 * column as u8,
        });
        assert_eq!(gradient(corner.view()), 1 << 63);
    }

    #[test]
    fn the_weights_are_those_of_lanczos() {
        let sinc = |x: f64| libm::sin(std::f64::consts::PI * x) / (std::f64::consts::PI * x);
        for (distance, weight) in LANCZOS.into_iter().enumerate() {
            let x = (2 * distance + 1) as f64 / 16.0;
            assert_eq!(weight, (sinc(x) * sinc(x / 3.0) * 65536.0).round() as i32);
        }
    }

    #[test]
    fn the_code_is_that_of_img_hash_with_its_own_filter() {
        let hasher = HasherConfig::with_bytes_type::<[u8; 8]>()
            .hash_alg(HashAlg::Gradient)
            .hash_size(8, 8)
            .to_hasher();
        for seed in 1..40 {
            let picture = Luma::from_fn(72, 64, |x, y| {
                ((x * seed / 5 + y * y / seed) % 190 + ((x * 31) ^ (y * 17 * seed)) % 64) as u8
            });
            let theirs = GrayImage::from_raw(72, 64, picture.bytes().to_vec()).unwrap();
            let theirs = hasher.hash_image(&theirs);
            let ours: Vec<u8> = gradient(picture.view()).to_be_bytes().map(u8::reverse_bits).into();
            assert_eq!(ours, theirs.as_bytes(), "{seed}");
        }
    }
}
