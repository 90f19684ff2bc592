//! What the header of a video tells, and which of its streams is looked at.

use ffmpeg::format::context::Input;
use ffmpeg::format::stream::Disposition;
use ffmpeg::media;
use ffmpeg_next as ffmpeg;
use firstseen_model::{Dihedral, Gap, MediaTime};

use super::clock::Clock;
use crate::{MediaError, ffi};

/// Longest duration that is believed, 10,000 hours.
const LONGEST: i64 = 10_000 * 3600 * 1_000_000;

/// What the header of a video tells.
#[derive(Clone, Debug)]
pub(crate) struct About {
    /// Size as stored.
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) turn: Dihedral,
    pub(crate) duration: Option<MediaTime>,
    pub(crate) has_sound: bool,
    pub(crate) frame_rate: Option<f64>,
    pub(crate) codec: String,
    pub(crate) gaps: Vec<Gap>,
}

impl About {
    pub(super) fn of(input: &Input, index: usize) -> Result<Self, MediaError> {
        let Some(stream) = input.stream(index) else {
            return Err(MediaError::Damaged { why: "its stream of pictures is gone".to_owned() });
        };
        let parameters = stream.parameters();
        let (width, height) = ffi::size(&parameters);
        if width == 0 || height == 0 {
            return Err(MediaError::Damaged {
                why: "the size of its pictures is not told".to_owned(),
            });
        }
        let own = Clock::new(Some(stream.time_base()), None).micros(stream.duration());
        let duration =
            [own, Some(input.duration())].into_iter().flatten().find(|d| (1..LONGEST).contains(d));
        let rate = stream.avg_frame_rate();
        let frame_rate = (rate.numerator() > 0 && rate.denominator() > 0).then(|| f64::from(rate));
        let has_sound =
            input.streams().any(|stream| stream.parameters().medium() == media::Type::Audio);
        let others = input.streams().filter(is_video).count() - 1;
        let mut gaps = Vec::new();
        if others > 0 {
            gaps.push(Gap::new(
                "stream",
                format!("{others} more streams of pictures were not looked at"),
            ));
        }
        Ok(Self {
            width,
            height,
            turn: turn_of(&stream),
            duration: duration.map(MediaTime),
            has_sound,
            frame_rate,
            codec: parameters.id().name().to_owned(),
            gaps,
        })
    }
}

/// The stream of pictures that players show: the default one, else the largest, else the first.
pub(super) fn choose(input: &Input) -> Result<usize, MediaError> {
    let rank = |stream: &ffmpeg::Stream<'_>| {
        let (width, height) = ffi::size(&stream.parameters());
        (stream.disposition().contains(Disposition::DEFAULT), u64::from(width) * u64::from(height))
    };
    let best = input
        .streams()
        .filter(is_video)
        .reduce(|best, next| if rank(&next) > rank(&best) { next } else { best });
    best.map(|stream| stream.index()).ok_or_else(|| {
        let any = input.streams().any(|stream| stream.parameters().medium() == media::Type::Audio);
        let what = if any { "no pictures in it: sound only" } else { "no pictures in it" };
        MediaError::Unsupported { what: what.to_owned() }
    })
}

/// Cover art is one picture beside sound, and no video.
fn is_video(stream: &ffmpeg::Stream<'_>) -> bool {
    stream.parameters().medium() == media::Type::Video
        && !stream.disposition().contains(Disposition::ATTACHED_PIC)
}

fn turn_of(stream: &ffmpeg::Stream<'_>) -> Dihedral {
    use ffmpeg::codec::packet::side_data::Type;
    let matrix = stream.side_data().find(|data| data.kind() == Type::DisplayMatrix);
    matrix.map_or(Dihedral::UPRIGHT, |data| {
        let number = |at: usize| {
            let four = data.data().get(at * 4..at * 4 + 4).and_then(|bytes| bytes.try_into().ok());
            i64::from(four.map_or(0, i32::from_ne_bytes))
        };
        turn_of_matrix([number(0), number(1), number(3), number(4)])
    })
}

/// The nearest turn by right angles of a display matrix `[a b; c d]`, by which (x, y), y downwards, is shown at
/// (a x + c y, b x + d y).
fn turn_of_matrix([a, b, c, d]: [i64; 4]) -> Dihedral {
    let mirrored = a * d - b * c < 0;
    // Mirroring comes first, and changes the sign of x.
    let (a, b) = if mirrored { (-a, -b) } else { (a, b) };
    let quarter_turns = match (a.abs() >= b.abs(), a >= 0, b >= 0) {
        (true, true, _) => 0,
        (false, _, true) => 1,
        (true, false, _) => 2,
        (false, _, false) => 3,
    };
    Dihedral { mirrored, quarter_turns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_matrix_turns_and_mirrors() {
        let turn = |matrix| turn_of_matrix(matrix).index();
        let one = 1 << 16;
        assert_eq!(turn([one, 0, 0, one]), 0);
        assert_eq!(turn([0, one, -one, 0]), 1);
        assert_eq!(turn([-one, 0, 0, -one]), 2);
        assert_eq!(turn([0, -one, one, 0]), 3);
        assert_eq!(turn([-one, 0, 0, one]), 4);
        assert_eq!(turn([one, 0, 0, -one]), 6);
        assert_eq!(turn([0; 4]), 0);
        assert_eq!(turn([i64::from(i32::MIN); 4]), 2);
    }
}
