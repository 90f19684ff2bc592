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
    if !Tones::of(view).are_photo_like() {
        return false;
    }
    let texture = texture::look(view);
    texture.gate.is_none() && texture.measure >= LEAST_TEXTURE
}

/// Whether `bounds` of `frame` are nothing but text.
pub(super) fn is_text(frame: LumaView<'_>, bounds: Bounds) -> bool {
    Tones::of(frame.part(bounds.part(frame))).are_of_text()
}

/// How often tones and slopes occur.
///
/// Pixels are taken as they are: a mean of text is grey.
struct Tones {
    /// Four levels each.
    counts: [usize; 64],
    flat: usize,
    gentle: usize,
    steep: usize,
}

impl Tones {
    fn of(view: LumaView<'_>) -> Self {
        let mut tones = Self { counts: [0; 64], flat: 0, gentle: 0, steep: 0 };
        let (across, down) = (view.width().div_ceil(SAMPLES), view.height().div_ceil(SAMPLES));
        for row in view.rows().step_by(down) {
            for two in row.windows(2).step_by(across) {
                tones.counts[usize::from(two[0] / 4)] += 1;
                match two[0].abs_diff(two[1]) {
                    0..=1 => tones.flat += 1,
                    2..=24 => tones.gentle += 1,
                    _ => tones.steep += 1,
                }
            }
        }
        tones
    }

    fn total(&self) -> usize {
        self.flat + self.gentle + self.steep
    }

    /// How many pixels have a tone near `at`.
    fn near(&self, at: usize) -> usize {
        self.counts[at.saturating_sub(1)..(at + 2).min(64)].iter().sum()
    }

    fn ground(&self) -> usize {
        (0..64).max_by_key(|&at| self.near(at)).unwrap_or(0)
    }

    /// Whether nearly all is a ground and an ink.
    fn are_of_text(&self) -> bool {
        let (total, ground) = (self.total(), self.ground());
        let far = |at: &usize| at.abs_diff(ground) > 11;
        let ink = (0..64usize).filter(far).map(|at| self.near(at)).max().unwrap_or(0);
        ink * 100 >= total * 3 && (self.near(ground) + ink) * 100 >= total * 80
    }

    /// Whether most is flat, and more of the rest is strokes than slopes.
    fn are_of_panel(&self) -> bool {
        self.flat > self.gentle + self.steep && self.gentle < 3 * self.steep
    }

    /// Whether there are many tones and none nearly everywhere, and neither text nor a panel.
    fn are_photo_like(&self) -> bool {
        let total = self.total();
        let tones = self.counts.iter().filter(|&&count| count * 400 >= total).count();
        tones >= LEAST_TONES
            && self.near(self.ground()) * 100 < total.max(1) * 90
            && !self.are_of_text()
            && !self.are_of_panel()
    }
}
