//! XMP in a file of its own, as editors leave it beside a picture or clip that they do not write to.

use super::fields::cut;
use super::{Companion, Format, MOST_TEXT, Record, SidecarError, not_a_record, plain, within};
use crate::metadata;

/// Bytes of a sidecar that are read; histories of edits make the largest.
const MOST_BYTES: usize = 16 << 20;

/// Reads a sidecar: caption, title, author, place, and the dates that it has.
///
/// None of its dates is one of a post: they are hints, as those inside of a file are.
///
/// # Errors
///
/// [`SidecarError`] where it is none, breaks off, or is too much.
pub fn read(bytes: &[u8]) -> Result<Companion, SidecarError> {
    within("bytes", bytes.len(), MOST_BYTES)?;
    if !is_whole(bytes) {
        return Err(not_a_record("no XMP, or not to its end: the end of its RDF is missing"));
    }
    let (metadata, gaps) = metadata::of_packet(bytes);
    let mut record = Record { notes: gaps, ..Record::default() };
    let fact = |name: &str| {
        let fact = metadata.facts.iter().find(|fact| fact.name == name && !fact.value.is_empty());
        fact.map(|fact| cut(&fact.value, MOST_TEXT).to_owned())
    };
    let seen = &mut record.seen;
    Format::Xmp.name().clone_into(&mut seen.source);
    seen.caption = fact("caption").unwrap_or_default();
    seen.title = fact("title").or_else(|| fact("headline")).unwrap_or_default();
    seen.channel = fact("artist").or_else(|| fact("credit"));
    seen.dates.extend(metadata.dates.iter().take(64).cloned());
    seen.place = metadata.places.first().cloned();
    record.notes.truncate(super::MOST_NOTES);
    Ok(Companion { records: vec![record], ..Companion::of(Format::Xmp) })
}

/// Whether it begins as XMP does.
pub(super) fn is_xmp(bytes: &[u8]) -> bool {
    let start = plain(bytes);
    let start = String::from_utf8_lossy(&start[..start.len().min(4096)]);
    start.trim_start().starts_with('<') && (start.contains("xmpmeta") || start.contains("RDF"))
}

/// Whether its RDF is closed: what was open when a file broke off might be half a date.
fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut closing = text.split("</").skip(1).filter_map(|rest| rest.split_once('>'));
    closing.any(|(name, _)| name.trim_end().ends_with("RDF"))
}

#[cfg(test)]
mod tests {
    use firstseen_model::{Basis, DateKind};

    use super::*;

    const PACKET: &str = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
        photoshop:DateCreated="2024-10-18T09:05:00+02:00"><dc:description><rdf:Alt><rdf:li xml:lang="x-default">depot</rdf:li></rdf:Alt>
        </dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"#;

    #[test]
    fn a_sidecar_tells_hints_and_no_post() {
        let read = super::super::read(PACKET.as_bytes(), None).unwrap();
        let seen = &read.records[0].seen;
        assert_eq!((seen.source.as_str(), seen.caption.as_str()), ("xmp", "depot"));
        assert!(seen.date(DateKind::Posted).is_none());
        assert!(seen.dates.iter().all(|date| date.basis == Basis::Xmp));
        assert_eq!(seen.dates[0].earliest.unwrap().to_string(), "2024-10-18T07:05:00Z");
    }

    #[test]
    fn a_sidecar_that_breaks_off_says_nothing() {
        let end = PACKET.find("</rdf:RDF>").unwrap() + "</rdf:RDF>".len();
        for len in 0..end {
            assert!(read(&PACKET.as_bytes()[..len]).is_err(), "{len}");
        }
        for text in ["", "<svg></svg>", "{}", "<x:xmpmeta/>"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
