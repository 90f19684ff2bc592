//! Paths as URI references.

use std::fmt::Write;

/// RFC 3986: everything but letters, digits, `-._~` and `/` as `%XX`, so that no name reads as a scheme or a query.
pub(super) fn uri(path: &[u8]) -> String {
    let mut uri = if path.starts_with(b"/") { "file://".to_owned() } else { String::new() };
    for byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(*byte));
            }
            _ => _ = write!(uri, "%{byte:02X}"),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_percent_encoded() {
        assert_eq!(uri(b"incoming/a b.mp4"), "incoming/a%20b.mp4");
        assert_eq!(uri(b"/media/x.mp4"), "file:///media/x.mp4");
        assert_eq!(uri(b"javascript:x?#%"), "javascript%3Ax%3F%23%25");
        assert_eq!(uri("\u{43a}\u{202e}".as_bytes()), "%D0%BA%E2%80%AE");
        assert_eq!(uri(b"a\xff"), "a%FF");
    }
}
