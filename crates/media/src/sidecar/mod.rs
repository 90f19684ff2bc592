//! Companion files: what download tools wrote down about a post.

pub mod ytdlp;

use firstseen_model::{Gap, SightingDraft};
use serde::{Deserialize, Serialize};

/// Bytes of a companion that are read.
pub const MOST_BYTES: usize = 64 << 20;
/// How deep a companion's values may be nested.
pub const MOST_LEVELS: usize = 64;

/// What a companion says of the file beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Companion {
    /// The post. Its `record` and `path` are left to whoever knows the companion's name.
    pub seen: SightingDraft,
    /// Fields that this program does not know, in the order of their names.
    pub unknown_fields: Vec<String>,
    /// Fields that it knows and could not use, and why.
    pub notes: Vec<Gap>,
}

/// Why a companion says nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SidecarError {
    /// It is longer or deeper than any record is.
    #[error("record has {value} {what}, over the limit of {limit}")]
    #[expect(missing_docs, reason = "the message names the fields")]
    OverLimit { what: &'static str, value: usize, limit: usize },
    /// It is no record of that tool. The reason may hold text out of the file.
    #[error("no record: {why}")]
    #[expect(missing_docs, reason = "the message names the fields")]
    NotARecord { why: String },
}

/// The object that a JSON companion holds, read within the limits.
fn json_object(bytes: &[u8]) -> Result<serde_json::Map<String, serde_json::Value>, SidecarError> {
    if bytes.len() > MOST_BYTES {
        return Err(SidecarError::OverLimit {
            what: "bytes",
            value: bytes.len(),
            limit: MOST_BYTES,
        });
    }
    let levels = levels(bytes);
    if levels > MOST_LEVELS {
        return Err(SidecarError::OverLimit { what: "levels", value: levels, limit: MOST_LEVELS });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match serde_json::from_slice(bytes) {
        Ok(serde_json::Value::Object(object)) => Ok(object),
        Ok(_) => Err(SidecarError::NotARecord { why: "not a JSON object".to_owned() }),
        Err(why) => Err(SidecarError::NotARecord { why: format!("not JSON: {why}") }),
    }
}

/// How deep brackets are nested outside of strings.
fn levels(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_are_no_levels() {
        assert_eq!(levels(br#"{"a":[1,{"b":"[[\"[["}]}"#), 3);
        assert!(json_object("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn only_objects_are_records() {
        for text in ["", "null", "[]", "7", "{", "{}x", "\u{feff}"] {
            assert!(json_object(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(json_object("\u{feff}{}".as_bytes()).is_ok());
    }
}
