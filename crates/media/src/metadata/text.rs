//! Texts out of files: in some encoding, of any length.

use std::borrow::Cow;

use firstseen_model::Gap;

/// Turns bytes into texts of bearable length, and counts those that were cut.
pub(crate) struct Texts {
    most_bytes: usize,
    cut: Vec<Gap>,
}

impl Texts {
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self { most_bytes, cut: Vec::new() }
    }

    /// The text of a field: UTF-8, or else Latin-1, which older cameras and editors write.
    pub(crate) fn decode(&mut self, name: &str, bytes: &[u8]) -> String {
        match str::from_utf8(bytes) {
            Ok(text) => self.keep(name, text),
            Err(_) => self.keep(name, &latin1(&bytes[..bytes.len().min(self.most_bytes + 1)])),
        }
    }

    /// The text, cut and marked where it is too long.
    pub(crate) fn keep(&mut self, name: &str, text: &str) -> String {
        if text.len() <= self.most_bytes {
            return text.to_owned();
        }
        let mut end = self.most_bytes;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.cut.push(Gap::new(
            "metadata",
            format!("{name} is longer than {} bytes and was cut", self.most_bytes),
        ));
        format!("{} [cut]", &text[..end])
    }

    pub(crate) fn into_gaps(self) -> Vec<Gap> {
        self.cut
    }
}

/// UTF-8 where it is that, or else Latin-1.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    str::from_utf8(bytes).map_or_else(|_| Cow::Owned(latin1(bytes)), Cow::Borrowed)
}

/// Latin-1 as programs mean it: with Windows' quotes and dashes where the standard has control characters.
pub(super) fn latin1(bytes: &[u8]) -> String {
    const WINDOWS: [char; 32] = [
        '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}',
        '\u{2021}', '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}',
        '\u{8f}', '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}',
        '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}',
        '\u{178}',
    ];
    let letter = |byte: &u8| match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
        _ => char::from(*byte),
    };
    bytes.iter().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_letters_and_marked() {
        let mut texts = Texts::new(5);
        assert_eq!(texts.keep("caption", "\u{438}\u{438}\u{438}"), "\u{438}\u{438} [cut]");
        assert_eq!(texts.keep("caption", "five!"), "five!");
        assert_eq!(texts.into_gaps().len(), 1);
    }

    #[test]
    fn bytes_that_are_no_utf8_are_latin1() {
        assert_eq!(Texts::new(99).decode("artist", b"\xa9 Gro\xdf"), "\u{a9} Gro\u{df}");
        assert_eq!(decoded(b"\x93so\x94"), "\u{201c}so\u{201d}");
    }
}
