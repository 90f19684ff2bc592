//! What encoders write of themselves among a video's pictures: user data in H.264 and HEVC.

/// Bytes of the first picture that are looked at; encoders write themselves before it.
pub(super) const LOOKED_AT: u64 = 16 << 10;
/// The payload type of user data without a registry.
const USER_DATA_UNREGISTERED: usize = 5;
/// Shortest text that is held to be one: shorter ones are numbers that happen to be letters.
const SHORTEST: usize = 8;

/// How a stream's units lie: which codec's they are, and how many bytes tell a unit's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Units {
    codec: Codec,
    length_bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    H264,
    Hevc,
}

impl Units {
    /// What an `avcC` or `hvcC` box says.
    ///
    /// # Source
    ///
    /// ISO/IEC 14496-15.
    pub(super) fn of(kind: [u8; 4], configuration: &[u8]) -> Option<Self> {
        let (codec, at) = match &kind {
            b"avcC" => (Codec::H264, 4),
            b"hvcC" => (Codec::Hevc, 21),
            _ => return None,
        };
        Some(Self { codec, length_bytes: usize::from(configuration.get(at)? & 3) + 1 })
    }

    /// The texts among a configuration's own units: HEVC's may hold user data there.
    pub(super) fn texts_of_configuration(self, configuration: &[u8]) -> Vec<String> {
        let mut texts = Vec::new();
        let mut rest = match self.codec {
            Codec::H264 => return texts,
            Codec::Hevc => configuration.get(23..).unwrap_or_default(),
        };
        while let Some(([_, high, low], units)) = rest.split_first_chunk() {
            rest = units;
            for _ in 0..u16::from_be_bytes([*high, *low]) {
                let Some((length, body)) = rest.split_first_chunk() else { return texts };
                let Some((unit, after)) =
                    body.split_at_checked(usize::from(u16::from_be_bytes(*length)))
                else {
                    return texts;
                };
                texts.extend(self.texts_of_unit(unit));
                rest = after;
            }
        }
        texts
    }

    /// The texts before a sample's first slice.
    pub(super) fn texts_of_sample(self, sample: &[u8]) -> Vec<String> {
        let mut texts = Vec::new();
        let mut rest = sample;
        while let Some((length, body)) = rest.split_at_checked(self.length_bytes) {
            let length = length.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
            let (unit, after) = body.split_at(length.min(body.len()));
            if unit.is_empty() || self.is_slice(unit[0]) {
                break;
            }
            texts.extend(self.texts_of_unit(unit));
            rest = after;
        }
        texts
    }

    fn is_slice(self, head: u8) -> bool {
        match self.codec {
            Codec::H264 => (1..=5).contains(&(head & 31)),
            Codec::Hevc => head >> 1 & 63 < 32,
        }
    }

    fn texts_of_unit(self, unit: &[u8]) -> Vec<String> {
        let payload = match (self.codec, unit) {
            (Codec::H264, [head, rest @ ..]) if head & 31 == 6 => rest,
            (Codec::Hevc, [head, _, rest @ ..]) if matches!(head >> 1 & 63, 39 | 40) => rest,
            _ => return Vec::new(),
        };
        user_data(&unescaped(payload)).iter().filter_map(|data| text(data)).collect()
    }
}

/// The payload without the bytes that keep start codes out of it.
fn unescaped(payload: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(payload.len());
    let mut zeros = 0;
    for byte in payload {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        plain.push(*byte);
    }
    plain
}

/// What follows the 16 bytes that name whose user data it is, of each message that is some.
fn user_data(mut messages: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    // One byte is the stop bit.
    while messages.len() > 2 {
        let (Some(kind), Some(size)) = (varied(&mut messages), varied(&mut messages)) else {
            break;
        };
        let (body, rest) = messages.split_at(size.min(messages.len()));
        messages = rest;
        if kind == USER_DATA_UNREGISTERED {
            found.extend(body.get(16..));
        }
    }
    found
}

/// A number as bytes of 255 and a last one.
fn varied(bytes: &mut &[u8]) -> Option<usize> {
    let mut sum = 0;
    loop {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        sum += usize::from(*first);
        if *first < 255 {
            return Some(sum);
        }
    }
}

/// The printable text up to the first NUL.
fn text(data: &[u8]) -> Option<String> {
    let data = data.split(|byte| *byte == 0).next()?;
    let text = str::from_utf8(data).ok()?.trim();
    (text.len() >= SHORTEST && !text.chars().any(|c| c.is_control() && !c.is_whitespace()))
        .then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"x264 - core 164 r3095";

    fn message(text: &[u8]) -> Vec<u8> {
        [&[5, 16 + text.len() as u8][..], &[0xdc; 16], text, &[0x80]].concat()
    }

    fn sample(units: &[&[u8]]) -> Vec<u8> {
        units
            .iter()
            .flat_map(|unit| [&(unit.len() as u32).to_be_bytes()[..], unit].concat())
            .collect()
    }

    fn h264() -> Units {
        Units::of(*b"avcC", &[1, 100, 0, 31, 0xff]).unwrap()
    }

    #[test]
    fn an_encoder_is_read_before_the_first_slice() {
        let sei = [&[6][..], &message(TEXT)].concat();
        assert_eq!(
            h264().texts_of_sample(&sample(&[&[9, 0xf0], &sei, &[0x65, 1, 2]])),
            ["x264 - core 164 r3095"]
        );
        assert!(h264().texts_of_sample(&sample(&[&[0x65, 1, 2], &sei])).is_empty());
    }

    #[test]
    fn hevc_has_it_in_its_configuration_or_in_its_sample() {
        let sei = [&[39 << 1, 1][..], &message(TEXT)].concat();
        let head = [&[1][..], &[0; 20], &[3, 1]].concat();
        let array = [&[39, 0, 1][..], &(sei.len() as u16).to_be_bytes(), &sei].concat();
        let configuration = [head, array].concat();
        let units = Units::of(*b"hvcC", &configuration).unwrap();
        assert_eq!(units.texts_of_configuration(&configuration).len(), 1);
        assert_eq!(units.texts_of_sample(&sample(&[&sei])).len(), 1);
        for len in 0..configuration.len() {
            units.texts_of_configuration(&configuration[..len]);
        }
    }

    #[test]
    fn bytes_against_start_codes_are_taken_out() {
        assert_eq!(unescaped(&[0, 0, 3, 1, 0, 0, 3, 0, 0, 3]), [0, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn other_user_data_is_no_text() {
        assert_eq!(text(b"\x01\x02\x03\x04\x05\x06\x07\x08\x09"), None);
        assert_eq!(text(b"abc\0"), None);
        assert_eq!(text(b"Some Encoder 1\0\xff"), Some("Some Encoder 1".to_owned()));
    }

    #[test]
    fn every_prefix_and_every_flipped_byte_ends_gently() {
        let whole = sample(&[&[&[6][..], &message(TEXT)].concat()]);
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 0xff;
            h264().texts_of_sample(&whole[..at]);
            h264().texts_of_sample(&bent);
        }
    }
}
