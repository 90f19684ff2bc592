//! Positions as containers spell them.

use super::iso::number;

/// Degrees of WGS84, and metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Position {
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    /// `None` where it is not told.
    pub(super) altitude_m: Option<f64>,
}

/// The position of an ISO 6709 text such as `+27.5916+086.5640+8850/`: in degrees, or in degrees and minutes, or in
/// degrees, minutes and seconds.
pub(super) fn iso6709(text: &str) -> Option<Position> {
    let body = text.trim().trim_end_matches('/');
    let body = body.split_once("CRS").map_or(body, |(body, _)| body);
    let mut starts: Vec<usize> = body.match_indices(['+', '-']).map(|(at, _)| at).take(4).collect();
    if starts.first() != Some(&0) || !(2..=3).contains(&starts.len()) {
        return None;
    }
    starts.push(body.len());
    let part = |i: usize| starts.get(i + 1).map(|end| &body[starts[i]..*end]);
    let latitude = angle(part(0)?, 2)?;
    let longitude = angle(part(1)?, 3)?;
    let altitude_m = part(2).and_then(|part| part.parse().ok());
    Some(Position { latitude, longitude, altitude_m })
}

/// A signed angle whose degrees have `degrees` digits.
fn angle(text: &str, degrees: usize) -> Option<f64> {
    let (sign, digits) = (if text.starts_with('-') { -1.0 } else { 1.0 }, text.get(1..)?);
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let whole = digits.find('.').unwrap_or(digits.len());
    let read = |from: usize, to: usize| digits.get(from..to)?.parse::<f64>().ok();
    let end = digits.len();
    let value = match whole.checked_sub(degrees) {
        None | Some(0 | 1) => read(0, end)?,
        Some(2 | 3) => read(0, degrees)? + read(degrees, end)? / 60.0,
        Some(_) => {
            read(0, degrees)?
                + read(degrees, degrees + 2)? / 60.0
                + read(degrees + 2, end)? / 3600.0
        }
    };
    Some(sign * value)
}

/// The name and the position of a 3GPP `loci` box, from its version on.
///
/// # Source
///
/// 3GPP TS 26.244, 8.11: language, name, role, then longitude first, in 16.16 fixed point.
pub(super) fn loci(body: &[u8]) -> Option<(Vec<u8>, Position)> {
    let text = body.get(6..)?;
    let (name, after) = match text {
        // UTF-16 is marked, and ends in two zeros.
        [0xfe, 0xff, wide @ ..] => {
            let units = wide.chunks_exact(2).position(|unit| unit == [0, 0])?;
            (&text[..units * 2 + 2], wide.get(units * 2 + 2..)?)
        }
        _ => {
            let end = text.iter().position(|byte| *byte == 0)?;
            (&text[..end], &text[end + 1..])
        }
    };
    let fixed = |at: usize| Some(f64::from(number(after, at, 4)? as u32 as i32) / 65_536.0);
    let position =
        Position { longitude: fixed(1)?, latitude: fixed(5)?, altitude_m: Some(fixed(9)?) };
    Some((name.to_vec(), position))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn degrees(text: &str) -> Option<[f64; 3]> {
        let Position { latitude, longitude, altitude_m } = iso6709(text)?;
        Some([latitude, longitude, altitude_m.unwrap_or(f64::NAN)])
    }

    #[test]
    fn positions_are_read_in_all_their_spellings() {
        assert_eq!(degrees("+27.5916+086.5640+8850/"), Some([27.5916, 86.564, 8850.0]));
        let close = |text: &str, latitude: f64, longitude: f64| {
            let [a, b, c] = degrees(text).unwrap();
            assert!(
                (a - latitude).abs() < 1e-6 && (b - longitude).abs() < 1e-6 && c.is_nan(),
                "{text}"
            );
        };
        close("-3351.5-15112.25/", -33.858333, -151.204167);
        close("+404206-0740024/", 40.701667, -74.006667);
        close("+00.0000+000.0000/", 0.0, 0.0);
        close("+43.35+133.36/", 43.35, 133.36);
    }

    #[test]
    fn other_texts_are_no_positions() {
        for text in ["", "/", "Kyzyl", "+", "+1", "+1+", "++", "+1+2+3+4/", "+\u{661}+2", "+4a+5b/"]
        {
            assert_eq!(iso6709(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_3gpp_position_has_its_longitude_first() {
        let numbers = b"\0\x00\x85\x5c\x00\xff\xd4\x80\0\0\x01\x80\0earth\0\0";
        let body = [&b"\0\0\0\0\x15\xc7Kyzyl\0"[..], numbers].concat();
        let (name, position) = loci(&body).unwrap();
        assert_eq!(name, b"Kyzyl");
        assert_eq!((position.latitude, position.altitude_m), (-43.5, Some(1.5)));
        assert!((position.longitude - 133.359).abs() < 0.001);
        for len in 0..body.len() - 7 {
            assert_eq!(loci(&body[..len]), None, "{len}");
        }
    }
}
