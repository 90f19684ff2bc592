//! Metadata in the chunks of PNG.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::blocks::{Blocks, MOST_BLOCKS, array, body, position, skip, walk};
use super::text::Texts;
use super::{FactKind, Metadata, photoshop};
use crate::source::Source;
use crate::when;

const XMP: &[u8] = b"XML:com.adobe.xmp";

/// Walks over a PNG's chunks; texts are inflated as far as the ration goes.
pub(super) fn blocks(source: &Source, ration: u64) -> Blocks {
    walk(source, ration, |reader, found| {
        let mut room = usize::try_from(ration).unwrap_or(usize::MAX);
        skip(reader, 8)?;
        for _ in 0..MOST_BLOCKS {
            let len = u64::from(u32::from_be_bytes(array(reader)?));
            let kind: [u8; 4] = array(reader)?;
            match &kind {
                b"eXIf" => {
                    let body = body(reader, len)?;
                    found.add_exif(body.strip_prefix(b"Exif\0\0").unwrap_or(&body));
                }
                b"tEXt" | b"iTXt" | b"zTXt" => {
                    let chunk = body(reader, len)?;
                    match text(&kind, &chunk, &mut room) {
                        Ok(Some((keyword, text))) => keep(keyword, text, found),
                        Ok(None) => found.damage("a text of the PNG is damaged"),
                        Err(why) => found.damage(why),
                    }
                }
                b"tIME" if len == 7 => found.changed = Some(array(reader)?),
                _ => {
                    found.c2pa |= &kind == b"caBX";
                    skip(reader, len)?;
                }
            }
            skip(reader, 4)?;
            if &kind == b"IEND" {
                found.end = Some(position(reader)?);
                break;
            }
        }
        Ok(())
    })
}

/// Keyword and text of a chunk.
type Text<'a> = (&'a [u8], Vec<u8>);

/// Keyword and text of a chunk, inflated; `None` where it has no such parts.
fn text<'a>(kind: &[u8; 4], chunk: &'a [u8], room: &mut usize) -> Result<Option<Text<'a>>, String> {
    let mut parts = chunk.splitn(2, |byte| *byte == 0);
    let (Some(keyword), Some(rest)) = (parts.next(), parts.next()) else { return Ok(None) };
    let (packed, text) = match (kind, rest) {
        (b"tEXt", text) => (false, text),
        // How it is compressed: there is one way.
        (b"zTXt", [_, text @ ..]) => (true, text),
        (b"iTXt", [packed, _, rest @ ..]) => {
            // In which language, and the keyword in that language.
            let Some(text) = rest.splitn(3, |byte| *byte == 0).nth(2) else { return Ok(None) };
            (*packed == 1, text)
        }
        _ => return Ok(None),
    };
    if !packed {
        return Ok(Some((keyword, text.to_vec())));
    }
    let inflated = match decompress_to_vec_zlib_with_limit(text, *room) {
        Ok(inflated) => inflated,
        Err(why) if why.output.is_empty() => return Ok(None),
        Err(_) => {
            return Err(format!("a text of the PNG is damaged or inflates to over {room} bytes"));
        }
    };
    *room -= inflated.len();
    Ok(Some((keyword, inflated)))
}

/// Sorts a text by its keyword: other blocks are kept in texts as well.
fn keep(keyword: &[u8], text: Vec<u8>, found: &mut Blocks) {
    match keyword {
        XMP => found.xmp.push(text),
        b"Raw profile type exif"
        | b"Raw profile type APP1"
        | b"Raw profile type xmp"
        | b"Raw profile type iptc"
        | b"Raw profile type 8bim" => match profile(&text) {
            Some(bytes) => take(&bytes, found),
            None => found.damage("a profile in a text of the PNG is damaged"),
        },
        _ => found.texts.push((super::text::latin1(keyword), text)),
    }
}

/// What a profile holds, by its first bytes: its name does not tell it surely.
fn take(bytes: &[u8], found: &mut Blocks) {
    let xmp = bytes.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0").unwrap_or(bytes);
    if let Some(exif) = bytes.strip_prefix(b"Exif\0\0") {
        found.add_exif(exif);
    } else if bytes.starts_with(b"8BIM") {
        photoshop::read(bytes, found);
    } else if bytes.starts_with(b"\x1c") {
        found.iptc.push(bytes.to_vec());
    } else if xmp.starts_with(b"<") {
        found.xmp.push(xmp.to_vec());
    } else if bytes.starts_with(b"MM\0*") || bytes.starts_with(b"II*\0") {
        found.add_exif(bytes);
    } else {
        found.damage("a profile in a text of the PNG is of no known kind");
    }
}

/// The bytes of a profile as ImageMagick writes it: its name, its length and hexadecimal digits, in lines.
fn profile(text: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(text).ok()?;
    let mut lines = text.trim_start().lines();
    let (_name, len) = (lines.next()?, lines.next()?.trim().parse::<usize>().ok()?);
    let mut bytes = Vec::new();
    for line in lines {
        for two in line.trim().as_bytes().chunks(2) {
            bytes.push(u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok()?);
        }
    }
    (bytes.len() == len).then_some(bytes)
}

/// Adds a text; the keywords that the standard defines have common names.
pub(super) fn read(keyword: &str, text: &[u8], metadata: &mut Metadata, texts: &mut Texts) {
    let (name, kind) = match keyword {
        "Software" => ("software", FactKind::Program),
        "Author" => ("artist", FactKind::Credit),
        "Description" => ("caption", FactKind::Credit),
        "Copyright" => ("copyright", FactKind::Credit),
        "Title" => ("title", FactKind::Credit),
        "Comment" => ("comment", FactKind::Credit),
        "Source" => ("source", FactKind::Credit),
        _ => ("", FactKind::Other),
    };
    let own = format!("png:{}", texts.keep("a keyword", keyword));
    let name = if name.is_empty() { own.as_str() } else { name };
    let raw = texts.decode(name, text);
    if super::is_generator(keyword, &raw) {
        metadata.declare(
            "ai_parameters",
            raw.clone(),
            keyword.to_owned(),
            "png:text",
            FactKind::Other,
        );
    }
    metadata.declare(name, raw.trim().to_owned(), raw, "png:text", kind);
}

/// Adds the time of the last change, which the standard has in UTC.
pub(super) fn changed([high, low, rest @ ..]: [u8; 7], metadata: &mut Metadata) {
    use firstseen_model::{Basis, DateKind};
    let year = i16::from_be_bytes([high, low]);
    if let Some(at) = when::civil(year, rest.map(i16::from)) {
        let told = at.to_string();
        metadata.declare("modify_date", told.clone(), told, "png:tIME", FactKind::Date);
        let at = at.to_zoned(jiff::tz::TimeZone::UTC).map(|at| at.timestamp()).ok();
        let word = when::Word { kind: DateKind::Encoded, basis: Basis::Container };
        metadata.dates.extend(at.map(|at| when::doubtful_utc(at, word)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;
    use miniz_oxide::deflate::compress_to_vec_zlib;

    fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32).to_be_bytes()[..], kind, body, b"crc_"].concat()
    }

    fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut whole = b"\x89PNG\r\n\x1a\n".to_vec();
        whole.extend(chunks.concat());
        whole.extend(chunk(b"IEND", b""));
        whole
    }

    fn sample() -> Vec<u8> {
        let packed = compress_to_vec_zlib(b"packed text", 6);
        png(&[
            chunk(b"eXIf", b"MM\0*"),
            chunk(b"caBX", b"x"),
            chunk(b"tEXt", b"Software\0Gimp"),
            chunk(b"iTXt", b"Title\0\0\0ru\0\xd0\x97\0\xd0\xb4"),
            chunk(b"zTXt", &[b"Comment\0\0", &packed[..]].concat()),
            chunk(b"iTXt", &[b"Author\0\x01\0\0\0", &packed[..]].concat()),
            chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"),
            chunk(b"tEXt", b"Raw profile type xmp\0\nxmp\n   3\n1c0\n"),
            chunk(b"tEXt", b"Raw profile type iptc\0\nIPTC profile\n   3\n1c025a\n"),
            chunk(b"tEXt", b"Raw profile type exif\0\nexif\n  10\n4578696600004d4d\n002a\n"),
            chunk(b"tIME", &[0x07, 0xe8, 10, 18, 7, 5, 0]),
        ])
    }

    #[test]
    fn texts_and_blocks_are_found_in_every_kind_of_chunk() {
        let whole = sample();
        let found = blocks(&source_of(&whole), 9999);
        let expected = [
            ("Software", &b"Gimp"[..]),
            ("Title", b"\xd0\xb4"),
            ("Comment", b"packed text"),
            ("Author", b"packed text"),
        ];
        assert_eq!(
            found.texts,
            expected.map(|(keyword, text)| (keyword.to_owned(), text.to_vec()))
        );
        assert_eq!(found.exif.as_deref(), Some(&b"MM\0*"[..]));
        assert_eq!(found.more_exif, [b"MM\0*"]);
        assert_eq!(found.xmp, [b"<x/>"]);
        assert!(found.c2pa && found.cut.is_none());
        assert_eq!(found.iptc, [b"\x1c\x02\x5a"]);
        assert_eq!(found.gaps.len(), 1, "the XMP profile has an odd number of digits");
        assert_eq!(found.end, Some(whole.len() as u64));
        let mut metadata = Metadata::default();
        changed(found.changed.unwrap(), &mut metadata);
        assert_eq!(metadata.value("modify_date"), Some("2024-10-18T07:05:00"));
    }

    #[test]
    fn a_text_that_inflates_without_end_is_told() {
        let bomb = compress_to_vec_zlib(&vec![b'a'; 1 << 20], 9);
        let whole = png(&[chunk(b"zTXt", &[b"Comment\0\0", &bomb[..]].concat())]);
        let found = blocks(&source_of(&whole), 9999);
        assert!(found.texts.is_empty());
        assert!(found.gaps[0].why.contains("inflates"), "{found:?}");
    }

    #[test]
    fn every_prefix_ends_gently() {
        let whole = sample();
        for len in 0..whole.len() {
            assert!(blocks(&source_of(&whole[..len]), 9999).cut.is_some());
        }
        let long = b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffeXIfMM";
        assert!(blocks(&source_of(long), 9999).cut.is_some());
    }

    #[test]
    fn settings_of_a_generator_are_told_as_such() {
        let check = |keyword: &str, text: &str, expected: bool| {
            let mut metadata = Metadata::default();
            read(keyword, text.as_bytes(), &mut metadata, &mut Texts::new(999));
            assert_eq!(metadata.value("ai_parameters").is_some(), expected, "{keyword}: {text}");
            assert_eq!(metadata.facts.last().unwrap().value, text);
        };
        check("parameters", "a cat\nSteps: 20, Sampler: Euler a, Seed: 1", true);
        check("prompt", "{\"3\": {\"class_type\": \"KSampler\"}}", true);
        check("prompt", "Please name this picture", false);
        check("parameters", "gamma=2.2", false);
        check("Comment", "Steps: three, to the harbour", false);
    }
}
