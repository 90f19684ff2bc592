//! Texts out of files: in some encoding, of any length.

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
            Err(_) => {
                let latin: String =
                    bytes.iter().take(self.most_bytes + 1).map(|byte| char::from(*byte)).collect();
                self.keep(name, &latin)
            }
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
    }
}
