//! Tags in ISO files: QuickTime's user data, 3GPP's, iTunes' list, Apple's and Android's keys.

use super::FactKind;
use super::boxes::{self, RADIUS_M, Tag, Told};
use super::clip::Clip;
use super::iso::{self, IsoBox, number};
use super::position;
use firstseen_model::Basis;

/// Bytes of a tag that are read: covers and maker notes are longer, texts are not.
const MOST_BYTES: u64 = 256 << 10;
/// Apple's key for how far a position may be off, in metres.
const ACCURACY: &str = "com.apple.quicktime.location.accuracy.horizontal";
/// Boxes of user data that hold no tag.
const STRUCTURE: [&[u8; 4]; 4] = [b"hnti", b"hinf", b"free", b"skip"];

/// Adds the tags of a `udta` box.
pub(super) fn user_data(clip: &mut Clip<'_>, udta: &IsoBox, from: &str) {
    let mut unread = Vec::new();
    for found in clip.walk.boxes(udta.body.clone()) {
        let key = iso::name(found.kind);
        match &found.kind {
            b"meta" => metadata(clip, &found, &format!("{from}.meta")),
            b"loci" => loci(clip, &found, from),
            // A packet of its own, which is read as such.
            b"XMP_" => {}
            b"titl" | b"dscp" | b"cprt" | b"perf" | b"auth" | b"gnre" | b"albm" | b"clfn" => {
                let body = clip.walk.bytes(&found.body, MOST_BYTES);
                let text = marked(body.get(6..).unwrap_or_default());
                clip.tag(tag(&key, &text, from));
            }
            b"yrrc" => {
                let year = number(&clip.walk.bytes(&found.body, 6), 4, 2).unwrap_or(0);
                clip.tag(tag(&key, year.to_string().as_bytes(), from));
            }
            b"name" | b"FIRM" | b"date" => {
                let body = clip.walk.bytes(&found.body, MOST_BYTES);
                clip.tag(tag(&key, &body, from));
            }
            [0xa9, ..] => {
                let body = clip.walk.bytes(&found.body, MOST_BYTES);
                for text in international(&body) {
                    clip.tag(tag(&key, text, from));
                }
            }
            kind if STRUCTURE.contains(&kind) => {}
            _ => unread.push(format!("{key} ({} bytes)", found.body.end - found.body.start)),
        }
    }
    unread.truncate(32);
    clip.say("mp4:other_user_data", unread.join(", "), from, FactKind::Other);
}

/// Adds the tags of a `meta` box, whether they are named by keys or by types.
pub(super) fn metadata(clip: &mut Clip<'_>, meta: &IsoBox, from: &str) {
    // The standard's has a version; QuickTime's starts with its first box.
    let plain = clip.walk.bytes(&meta.body, 8).get(4..8) == Some(b"hdlr");
    let start = meta.body.start.saturating_add(if plain { 0 } else { 4 });
    let parts = clip.walk.boxes(start..meta.body.end);
    let keys = parts.iter().find(|found| found.kind == *b"keys").map(|found| {
        let body = clip.walk.bytes(&found.body, MOST_BYTES);
        names(&body)
    });
    let Some(list) = parts.iter().find(|found| found.kind == *b"ilst") else { return };
    let mut tags = Vec::new();
    for item in clip.walk.boxes(list.body.clone()) {
        let key = match &keys {
            Some(keys) => {
                let index = u32::from_be_bytes(item.kind) as usize;
                index.checked_sub(1).and_then(|index| keys.get(index).cloned())
            }
            None => Some(iso::name(item.kind)),
        };
        let mut key = key.unwrap_or_else(|| iso::name(item.kind));
        for part in clip.walk.boxes(item.body.clone()) {
            match &part.kind {
                // A key of somebody's own, after whose it is.
                b"name" => {
                    let body = clip.walk.bytes(&part.body, MOST_BYTES);
                    key = String::from_utf8_lossy(body.get(4..).unwrap_or_default()).into_owned();
                }
                b"data" => {
                    let len = part.body.end - part.body.start;
                    let body = clip.walk.bytes(&part.body, MOST_BYTES.min(len));
                    tags.push((key.clone(), value(&body, len)));
                }
                _ => {}
            }
        }
    }
    let radius_m = tags
        .iter()
        .filter(|(key, _)| key == ACCURACY)
        .find_map(|(_, value)| str::from_utf8(value).ok()?.trim().parse().ok())
        .filter(|radius: &f64| radius.is_finite() && *radius > 0.0)
        .unwrap_or(RADIUS_M);
    for (key, value) in &tags {
        let key = clip.texts.keep("a tag's name", key);
        clip.tag(Tag { radius_m, ..tag(&key, value, from) });
    }
}

fn tag<'a>(key: &'a str, value: &'a [u8], from: &'a str) -> Tag<'a> {
    Tag { key, value, from, radius_m: RADIUS_M }
}

fn loci(clip: &mut Clip<'_>, found: &IsoBox, from: &str) {
    let body = clip.walk.bytes(&found.body, MOST_BYTES);
    let Some((name, position)) = position::loci(&body) else { return };
    let name = clip.texts.decode("loci", &marked(&name));
    let raw = format!("{} {} {name}", position.latitude, position.longitude);
    clip.say("mp4:loci", name.clone(), from, FactKind::Place);
    let told = Told { raw: raw.trim(), from, radius_m: RADIUS_M, basis: Basis::Container };
    boxes::add_position(&position, told, clip.metadata);
}

/// A text that is UTF-8, or UTF-16 where it is marked so, up to its NUL.
fn marked(text: &[u8]) -> Vec<u8> {
    match text {
        [0xfe, 0xff, wide @ ..] => utf16(wide),
        _ => text.split(|byte| *byte == 0).next().unwrap_or_default().to_vec(),
    }
}

fn utf16(bytes: &[u8]) -> Vec<u8> {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let text = char::decode_utf16(units.take_while(|unit| *unit != 0));
    text.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>().into_bytes()
}

/// The texts of a QuickTime tag in several languages: length, language, text. Some writers put iTunes' box there.
fn international(body: &[u8]) -> Vec<&[u8]> {
    if body.get(4..8) == Some(b"data") {
        return body.get(16..).into_iter().collect();
    }
    let mut texts = Vec::new();
    let mut rest = body;
    while let Some(([high, low, _, _], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some((text, next)) = after.split_at_checked(length) else {
            // The length is wrong; the text is there all the same.
            texts.push(after);
            break;
        };
        texts.push(text);
        rest = next;
    }
    texts
}

/// The names in a `keys` box, in their order.
fn names(keys: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = keys.get(8..).unwrap_or_default();
    while let Some(size) = number(rest, 0, 4).and_then(|size| usize::try_from(size).ok()) {
        let (Some(name), Some(next)) = (rest.get(8..size), rest.get(size..)) else { break };
        names.push(String::from_utf8_lossy(name).into_owned());
        rest = next;
    }
    names
}

/// A `data` box's value as text; `len` is the length of the whole, of which `body` may be the beginning.
///
/// # Source
///
/// Apple, "QuickTime File Format": well-known types.
fn value(body: &[u8], len: u64) -> Vec<u8> {
    let (Some(kind), Some(payload)) = (number(body, 1, 3), body.get(8..)) else {
        return Vec::new();
    };
    let whole = || number(payload, 0, payload.len()).unwrap_or(0);
    let signed = || {
        let unused = 64_u32.saturating_sub(payload.len() as u32 * 8).min(63);
        (whole() << unused) as i64 >> unused
    };
    match (kind, payload) {
        (1 | 4, text) => text.to_vec(),
        (2 | 5, text) => utf16(text),
        (21 | 65..=67 | 74, [_, ..]) => signed().to_string().into_bytes(),
        (22 | 75..=78, [_, ..]) => whole().to_string().into_bytes(),
        (23, [a, b, c, d]) => f32::from_be_bytes([*a, *b, *c, *d]).to_string().into_bytes(),
        (24, &[a, b, c, d, e, f, g, h]) => {
            f64::from_be_bytes([a, b, c, d, e, f, g, h]).to_string().into_bytes()
        }
        (0, bytes) if bytes.len() > 3 && bytes.iter().all(|b| (b' '..0x7f).contains(b)) => {
            bytes.to_vec()
        }
        (_, []) => Vec::new(),
        _ => format!("{} bytes", len.saturating_sub(8)).into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_their_type() {
        let read = |kind: u8, payload: &[u8]| {
            let body = [&[0, 0, 0, kind, 0, 0, 0, 0][..], payload].concat();
            String::from_utf8(value(&body, body.len() as u64)).unwrap()
        };
        assert_eq!(read(1, b"Kyzyl"), "Kyzyl");
        assert_eq!(read(2, b"\x04\x1a\0K"), "\u{41a}K");
        assert_eq!(read(21, &[0xff]), "-1");
        assert_eq!(read(21, &[0, 0, 1, 0]), "256");
        assert_eq!(
            read(22, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            "18446744073709551615"
        );
        assert_eq!(read(23, &30.0_f32.to_be_bytes()), "30");
        assert_eq!(read(13, b"\xff\xd8\xff"), "3 bytes");
        assert_eq!(read(0, &[0, 1]), "2 bytes");
        assert_eq!(read(21, &[1; 9]), "0");
    }

    #[test]
    fn a_tag_may_be_in_several_languages_or_have_a_wrong_length() {
        assert_eq!(international(b"\0\x02\0\0ab\0\x01\x15\xc7c"), [&b"ab"[..], b"c"]);
        assert_eq!(international(b"\0\xff\0\0abc"), [b"abc"]);
        assert_eq!(international(b"\0\0\0\x11data\0\0\0\x01\0\0\0\0a"), [b"a"]);
        assert!(international(b"\0").is_empty());
    }

    #[test]
    fn names_end_where_their_sizes_make_no_sense() {
        assert_eq!(names(b"\0\0\0\0\0\0\0\x02\0\0\0\x0amdtaab\0\0\0\x09mdtac"), ["ab", "c"]);
        assert!(names(b"\0\0\0\0\xff\xff\xff\xff\0\0\0\0mdta").is_empty());
        assert_eq!(names(b"\0\0\0\0\0\0\0\x02\0\0\0\x09mdtaa\xff\xff\xff\xff"), ["a"]);
    }
}
