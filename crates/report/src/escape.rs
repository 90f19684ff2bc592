//! Text from outside, made safe for terminals and logs.

use std::fmt::Write;

/// Characters of a text that are shown where it is cut.
pub const LONG: usize = 200;

/// A text from outside on one line, without anything that a terminal, a log reader or the order of letters obeys.
///
/// Escaped so that it can be told what stood there: control characters, line and paragraph separators, bidi controls,
/// zero width and other invisible characters, bytes that are no UTF-8, the backslash itself, and what CI systems take
/// for commands (`::` at the start, `##` anywhere).
#[must_use]
pub fn text(from: impl AsRef<[u8]>) -> String {
    let mut safe = String::new();
    let mut last = None;
    for chunk in from.as_ref().utf8_chunks() {
        for c in chunk.valid().chars() {
            push(&mut safe, c, last);
            last = Some(c);
        }
        for byte in chunk.invalid() {
            _ = write!(safe, "\\x{byte:02x}");
            last = Some('\\');
        }
    }
    let indent = safe.len() - safe.trim_start().len();
    if safe[indent..].starts_with("::") {
        safe.replace_range(indent..=indent, "\\x3a");
    }
    safe
}

/// A text from outside in double quotes, cut after [`LONG`] characters with a mark.
#[must_use]
pub fn quoted(from: impl AsRef<[u8]>) -> String {
    let safe = cut(from, LONG).replace('"', "\\\"");
    format!("\"{safe}\"")
}

/// A text from outside, cut after `most` of its characters with a mark that tells how much is missing.
#[must_use]
pub fn cut(from: impl AsRef<[u8]>, most: usize) -> String {
    let from = String::from_utf8_lossy(from.as_ref());
    match from.char_indices().nth(most) {
        None => text(from.as_ref()),
        Some((end, _)) => {
            format!("{}... ({} more)", text(&from[..end]), from[end..].chars().count())
        }
    }
}

/// A path: as it is where it is made of plain characters, else escaped in quotes, so that no name reads as a line of
/// ours.
#[must_use]
pub fn path(path: impl AsRef<[u8]>) -> String {
    let path = path.as_ref();
    let safe = text(path);
    let plain = !safe.is_empty()
        && !safe.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\\' | '\''));
    if plain { safe } else { format!("\"{}\"", safe.replace('"', "\\\"")) }
}

/// Whether a character is not what it seems: a terminal obeys it, or nobody sees it.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn push(safe: &mut String, c: char, last: Option<char>) {
    match c {
        '\\' => safe.push_str("\\\\"),
        '\n' => safe.push_str("\\n"),
        '\r' => safe.push_str("\\r"),
        '\t' => safe.push_str("\\t"),
        '#' if last == Some('#') => safe.push_str("\\x23"),
        c if c.is_ascii_control() => _ = write!(safe, "\\x{:02x}", c as u32),
        c if is_unsafe(c) => _ = write!(safe, "\\u{{{:x}}}", c as u32),
        c => safe.push(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_spelled_out() {
        assert_eq!(text("\u{1b}[2J\u{7f}\u{9b}1m"), "\\x1b[2J\\x7f\\u{9b}1m");
        assert_eq!(
            text("abc\u{202e}fed\u{2066}\u{200b}\u{feff}\u{e0041}"),
            "abc\\u{202e}fed\\u{2066}\\u{200b}\\u{feff}\\u{e0041}"
        );
        assert_eq!(text("a\r\nb\u{2028}c\td"), "a\\r\\nb\\u{2028}c\\td");
        assert_eq!(text(b"a\xff\x9bb"), "a\\xff\\x9bb");
        assert_eq!(text("C:\\x1b"), "C:\\\\x1b");
        assert_eq!(text("Сергеевка 朝鲜"), "Сергеевка 朝鲜");
    }

    #[test]
    fn what_ci_takes_for_a_command_is_broken() {
        assert_eq!(text("::add-mask::x"), "\\x3a:add-mask::x");
        assert_eq!(text("  ::error::x"), "  \\x3a:error::x");
        assert_eq!(text("a ##vso[task.x]"), "a #\\x23vso[task.x]");
        assert_eq!(text("std::fmt #1"), "std::fmt #1");
    }

    #[test]
    fn a_path_that_reads_as_a_line_is_quoted() {
        assert_eq!(path("incoming/clip.mp4"), "incoming/clip.mp4");
        assert_eq!(path("SEEN BEFORE.mp4"), "\"SEEN BEFORE.mp4\"");
        assert_eq!(path("a\"b"), "\"a\\\"b\"");
        assert_eq!(path(""), "\"\"");
    }

    #[test]
    fn a_long_text_is_cut_with_a_mark() {
        assert_eq!(cut("abcdef", 4), "abcd... (2 more)");
        assert_eq!(cut("éé", 2), "éé");
        assert_eq!(quoted("say \"hi\""), "\"say \\\"hi\\\"\"");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_comes_through(bytes in prop::collection::vec(any::<u8>(), 0..200), chars in any::<String>()) {
            for safe in [text(&bytes), text(&chars), quoted(&chars), path(&bytes), cut(&chars, 5)] {
                prop_assert!(!safe.chars().any(is_unsafe), "{:?}", safe);
                prop_assert!(!safe.trim_start().starts_with("::") && !safe.contains("##"), "{:?}", safe);
            }
        }
    }
}
