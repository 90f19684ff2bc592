//! What tells a photo from text panels and flat UI.

use firstseen_model::LumaView;

use super::bounds::Bounds;
use crate::texture;

/// Least measure of texture of a picture that is worth a look-up.
const LEAST_TEXTURE: u8 = 3;

/// Pixels of a row and of a column whose tones are counted.
const SAMPLES: usize = 96;

/// Share of pixels, in hundredths, that slope gently in the least photo-like photo.
const LEAST_GENTLE: u32 = 6;

/// Least number of tones, four levels each, that a four-hundredth of a photo's pixels have.
const LEAST_TONES: usize = 10;

/// Sums over any box of the small plane.
pub(super) struct Photos {
    width: usize,
    /// Pixels above and left of each that slope gently.
    gentle: Vec<u32>,
}

impl Photos {
    pub(super) fn of(plane: LumaView<'_>) -> Self {
        let width = plane.width() + 1;
        let mut gentle = vec![0; width * (plane.height() + 1)];
        for y in 0..plane.height() {
            let (row, above) = (plane.row(y), plane.row(y.saturating_sub(1)));
            let mut sum = 0;
            for x in 0..plane.width() {
                sum += u32::from(slopes_gently(row[x], row[x.saturating_sub(1)], above[x]));
                gentle[(y + 1) * width + x + 1] = gentle[y * width + x + 1] + sum;
            }
        }
        Self { width, gentle }
    }

    /// Whether enough of `bounds` slopes gently; a first, cheap sieve.
    pub(super) fn likely(&self, bounds: Bounds) -> bool {
        let at = |x: usize, y: usize| self.gentle[y * self.width + x];
        let gentle = at(bounds.right, bounds.bottom) + at(bounds.left, bounds.top)
            - at(bounds.left, bounds.bottom)
            - at(bounds.right, bounds.top);
        gentle * 100 >= bounds.area() as u32 * LEAST_GENTLE
    }
}

/// Strokes are steep and flat UI is flat; what lies between is light on things.
fn slopes_gently(at: u8, before: u8, above: u8) -> bool {
    let slope = at.abs_diff(before).max(at.abs_diff(above));
    (1..=24).contains(&slope)
}

/// Whether `bounds` of `frame` have the tones and the texture of a photo.
pub(super) fn is_photo(frame: LumaView<'_>, bounds: Bounds) -> bool {
    let view = frame.part(bounds.part(frame));
    if !has_tones(view) {
        return false;
    }
    let texture = texture::look(view);
    texture.gate.is_none() && texture.measure >= LEAST_TEXTURE
}

/// Whether `view` has many tones, and neither one nor two of them nearly everywhere.
///
/// Pixels are taken as they are: a mean of text is grey. Where most are flat, steep ones are strokes unless there are
/// more that slope gently.
fn has_tones(view: LumaView<'_>) -> bool {
    let mut counts = [0usize; 64];
    let (mut flat, mut gentle, mut steep) = (0, 0, 0);
    let (across, down) = (view.width().div_ceil(SAMPLES), view.height().div_ceil(SAMPLES));
    for row in view.rows().step_by(down) {
        for two in row.windows(2).step_by(across) {
            counts[usize::from(two[0] / 4)] += 1;
            match two[0].abs_diff(two[1]) {
                0..=1 => flat += 1,
                2..=24 => gentle += 1,
                _ => steep += 1,
            }
        }
    }
    if flat > gentle + steep && gentle < 3 * steep {
        return false;
    }
    let total: usize = counts.iter().sum();
    let tones = counts.iter().filter(|&&count| count * 400 >= total).count();
    let near = |at: usize| counts[at.saturating_sub(1)..(at + 2).min(64)].iter().sum::<usize>();
    let ground = (0..64).max_by_key(|&at| near(at)).unwrap_or(0);
    let ink = (0..64usize).filter(|at| at.abs_diff(ground) > 11).map(near).max().unwrap_or(0);
    let is_text = ink * 100 >= total * 3 && (near(ground) + ink) * 100 >= total * 80;
    tones >= LEAST_TONES && near(ground) * 100 < total.max(1) * 90 && !is_text
}
