//! Media time out of time stamps that may be missing, negative or out of order.

use ffmpeg_next::Rational;
use ffmpeg_next::frame::Video as VideoFrame;
use firstseen_model::MediaTime;

/// A step back by more than this is a new start of the stamps, as of a recorder that was switched on again; a shorter
/// one is a fault of a single stamp.
const NEW_START: i64 = 10_000_000;
/// Microseconds of a frame where nothing tells: 25 a second.
const USUAL_STEP: i64 = 40_000;

/// Tells when frames are shown, in microseconds from the first; never backwards.
pub(crate) struct Clock {
    base: Option<Rational>,
    zero: Option<i64>,
    last: Option<i64>,
    /// What is added to stamps since the last new start.
    shift: i64,
    step: i64,
    /// Whether the last frame had no stamp.
    guessed: bool,
}

impl Clock {
    /// A clock for a stream's time base; `zero` is the first frame's stamp, if it is known.
    pub(crate) fn new(base: Option<Rational>, zero: Option<i64>) -> Self {
        Self { base, zero, last: None, shift: 0, step: USUAL_STEP, guessed: false }
    }

    /// A stamp in microseconds, or `None` where the stamp says that it is none.
    pub(crate) fn micros(&self, stamp: i64) -> Option<i64> {
        let base = self.base?;
        let (numerator, denominator) =
            (i128::from(base.numerator()), i128::from(base.denominator()));
        if stamp == i64::MIN || numerator <= 0 || denominator <= 0 {
            return None;
        }
        let scaled = i128::from(stamp) * numerator * 1_000_000;
        i64::try_from((scaled + denominator / 2).div_euclid(denominator))
            .ok()
            .filter(|at| at.abs() < i64::MAX / 4)
    }

    /// When this frame is shown.
    pub(crate) fn tick(&mut self, frame: &VideoFrame) -> MediaTime {
        let step =
            self.micros(frame.packet().duration).filter(|step| (1..NEW_START).contains(step));
        self.step = step.unwrap_or(self.step);
        let stamp = frame.timestamp().and_then(|stamp| self.micros(stamp));
        self.show(stamp)
    }

    fn show(&mut self, stamp: Option<i64>) -> MediaTime {
        let expected = self.last.map(|last| last + self.step);
        let mut at =
            stamp.map(|stamp| stamp + self.shift).or(expected).unwrap_or(self.zero.unwrap_or(0));
        if let (Some(last), Some(expected)) = (self.last, expected)
            && at <= last
        {
            if self.guessed || last - at > NEW_START {
                self.shift += expected - at;
                at = expected;
            } else {
                at = last + 1;
            }
        }
        self.guessed = stamp.is_none();
        self.last = Some(at);
        MediaTime(at - *self.zero.get_or_insert(at))
    }

    /// The stamp of the first frame.
    pub(crate) fn zero(&self) -> Option<i64> {
        self.zero
    }

    /// When the last frame was shown.
    pub(crate) fn now(&self) -> Option<MediaTime> {
        Some(MediaTime(self.last? - self.zero?))
    }

    /// When the last frame ends, as far as its own length is told.
    pub(crate) fn end(&self) -> MediaTime {
        self.now().map_or(MediaTime::ZERO, |now| now + MediaTime(self.step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(stamps: &[Option<i64>]) -> Vec<i64> {
        let mut clock = Clock::new(Some(Rational(1, 1000)), None);
        stamps
            .iter()
            .map(|stamp| clock.show(stamp.and_then(|stamp| clock.micros(stamp))).0 / 1000)
            .collect()
    }

    #[test]
    fn time_counts_from_the_first_frame_wherever_stamps_start() {
        assert_eq!(times(&[Some(-80), Some(-40), Some(20)]), [0, 40, 100]);
        assert_eq!(times(&[Some(1_000_000), Some(1_000_040)]), [0, 40]);
    }

    #[test]
    fn missing_stamps_are_filled_in() {
        assert_eq!(times(&[None, None, Some(100), None]), [0, 40, 100, 140]);
        // Matroska cannot hold negative stamps: what stands before 0 has none.
        assert_eq!(times(&[None, None, Some(0), Some(40)]), [0, 40, 80, 120]);
    }

    #[test]
    fn time_never_runs_back() {
        assert_eq!(times(&[Some(0), Some(40), Some(20), Some(80)]), [0, 40, 40, 80]);
    }

    #[test]
    fn stamps_that_start_again_go_on() {
        assert_eq!(
            times(&[Some(0), Some(60_000), Some(0), Some(500)]),
            [0, 60_000, 60_040, 60_540]
        );
    }

    #[test]
    fn absurd_stamps_and_bases_are_no_times() {
        let clock = |base| Clock::new(base, None);
        assert_eq!(clock(Some(Rational(1, 1000))).micros(i64::MIN), None);
        assert_eq!(clock(Some(Rational(i32::MAX, 1))).micros(i64::MAX), None);
        assert_eq!(clock(Some(Rational(1, 0))).micros(1), None);
        assert_eq!(clock(None).micros(1), None);
    }
}
