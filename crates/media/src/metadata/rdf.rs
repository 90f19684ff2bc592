//! RDF in XML, the form of XMP packets, as trees of properties, under limits.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, QName, ResolveResult};
use quick_xml::reader::NsReader;

use super::text;

/// Elements within each other; real packets have a dozen.
const MOST_DEPTH: usize = 64;
/// Elements and attributes of a packet; those of long editing sessions have some thousand.
const MOST_NODES: usize = 50_000;

/// Namespaces by what they are called here, whatever prefix a file gives them.
const NAMESPACES: [(&str, &str); 27] = [
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    ("http://www.w3.org/XML/1998/namespace", "xml"),
    ("adobe:ns:meta/", "x"),
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://purl.org/dc/terms/", "dcterms"),
    ("http://ns.adobe.com/xap/1.0/", "xmp"),
    ("http://ns.adobe.com/xap/1.0/mm/", "xmpMM"),
    ("http://ns.adobe.com/xap/1.0/rights/", "xmpRights"),
    ("http://ns.adobe.com/xap/1.0/sType/ResourceEvent#", "stEvt"),
    ("http://ns.adobe.com/xap/1.0/sType/ResourceRef#", "stRef"),
    ("http://ns.adobe.com/xmp/note/", "xmpNote"),
    ("http://ns.adobe.com/xmp/1.0/DynamicMedia/", "xmpDM"),
    ("http://ns.adobe.com/photoshop/1.0/", "photoshop"),
    ("http://ns.adobe.com/tiff/1.0/", "tiff"),
    ("http://ns.adobe.com/exif/1.0/", "exif"),
    ("http://ns.adobe.com/exif/1.0/aux/", "aux"),
    ("http://cipa.jp/exif/1.0/", "exifEX"),
    ("http://cipa.jp/exif/2.32/", "exifEX"),
    ("http://ns.adobe.com/camera-raw-settings/1.0/", "crs"),
    ("http://ns.adobe.com/lightroom/1.0/", "lr"),
    ("http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "Iptc4xmpCore"),
    ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "Iptc4xmpExt"),
    ("http://ns.google.com/photos/1.0/camera/", "GCamera"),
    ("http://ns.google.com/photos/1.0/panorama/", "GPano"),
    ("http://ns.google.com/photos/1.0/container/", "Container"),
    ("http://ns.google.com/photos/1.0/image/", "GImage"),
    ("http://ns.microsoft.com/photo/1.0/", "MicrosoftPhoto"),
];

/// A property: a text, or items of a list, or fields of a structure.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Property {
    /// Its name with the prefix that its namespace has here, such as `dc:title`; [`ITEM`] for items of a list.
    pub(super) name: String,
    pub(super) language: Option<String>,
    pub(super) text: String,
    pub(super) parts: Vec<Property>,
}

/// The name of a list's items.
pub(super) const ITEM: &str = "rdf:li";

/// The properties of a packet, and why the rest of it was not read.
pub(super) fn read(packet: &[u8]) -> (Vec<Property>, Option<String>) {
    let text = decoded(packet);
    let mut tree = Tree::default();
    let why = tree.grow(&text).err();
    // What was open when the reading ended is kept as far as it came.
    while tree.open.len() > 1 {
        tree.close();
    }
    (tree.found, why)
}

/// The packet's text: UTF-8, UTF-16 of either order, or Latin-1.
fn decoded(packet: &[u8]) -> Cow<'_, str> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|two| unit(*two)).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match packet {
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0, b'<', ..] => wide(packet, u16::from_be_bytes),
        [b'<', 0, ..] => wide(packet, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => text::decoded(rest),
        _ => text::decoded(packet),
    }
}

#[derive(Default)]
struct Tree {
    open: Vec<Property>,
    found: Vec<Property>,
    nodes: usize,
}

impl Tree {
    fn grow(&mut self, text: &str) -> Result<(), String> {
        let mut reader = NsReader::from_str(text.trim_end_matches('\0'));
        reader.config_mut().allow_dangling_amp = true;
        // The bottom, so that every element has one above it.
        self.open.push(Property::default());
        loop {
            let event = reader.read_event().map_err(|why| format!("XMP is damaged: {why}"))?;
            match event {
                Event::Start(start) => self.start(&reader, &start)?,
                Event::Empty(start) => {
                    self.start(&reader, &start)?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(text) => self.say(&text.xml10_content()),
                Event::CData(text) => self.say(&text.into_inner()),
                Event::GeneralRef(name) => self.refer(&name),
                Event::DocType(_) => {
                    return Err("XMP was not read on from its document type".to_owned());
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
        if self.open.len() > 1 { Err("XMP ends in the midst of it".to_owned()) } else { Ok(()) }
    }

    fn start(&mut self, reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<(), String> {
        self.count()?;
        if self.open.len() > MOST_DEPTH {
            return Err(format!("XMP is over {MOST_DEPTH} elements deep"));
        }
        let resolver = reader.resolver();
        let mut property = Property {
            name: named(resolver.resolve_element(start.name()).0, start.name()),
            ..Property::default()
        };
        for attribute in start.attributes().with_checks(false) {
            let Ok(attribute) = attribute else { break };
            self.count()?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let text = value.map_or_else(|_| attribute.value.to_string(), Cow::into_owned);
            let name = named(resolver.resolve_attribute(attribute.key).0, attribute.key);
            match name.as_str() {
                "xml:lang" => property.language = Some(text),
                "rdf:resource" => property.text = text,
                "rdf:value" => property.text = text,
                // Of RDF's own attributes and of those without a namespace nothing is told here.
                name if name.starts_with("rdf:") || !name.contains(':') => {}
                _ => property.parts.push(Property { name, text, ..Property::default() }),
            }
        }
        self.open.push(property);
        Ok(())
    }

    fn count(&mut self) -> Result<(), String> {
        self.nodes += 1;
        let over = self.nodes > MOST_NODES;
        if over { Err(format!("XMP has over {MOST_NODES} elements")) } else { Ok(()) }
    }

    fn say(&mut self, text: &str) {
        if let Some(last) = self.open.last_mut() {
            last.text.push_str(text);
        }
    }

    fn refer(&mut self, name: &BytesRef<'_>) {
        let known = match name.xml10_content().as_ref() {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "apos" => Some('\''),
            "quot" => Some('"'),
            _ => name.resolve_char_ref().ok().flatten(),
        };
        match known {
            Some(letter) => self.say(letter.encode_utf8(&mut [0; 4])),
            // Nobody declares others, since that takes a document type.
            None => self.say(&format!("&{};", name.xml10_content())),
        }
    }

    /// Ends the innermost element; the scaffold of RDF dissolves into what it holds.
    fn close(&mut self) {
        if self.open.len() < 2 {
            return;
        }
        let Some(mut done) = self.open.pop() else { return };
        let Some(above) = self.open.last_mut() else { return };
        if !done.parts.is_empty() && done.text.trim().is_empty() {
            done.text.clear();
        }
        match done.name.as_str() {
            // Nodes of the graph: what they hold is what the file says.
            _ if above.name == "rdf:RDF" => self.found.append(&mut done.parts),
            "rdf:Description" | "rdf:Alt" | "rdf:Seq" | "rdf:Bag" => {
                above.parts.append(&mut done.parts);
            }
            "rdf:value" => above.text = done.text,
            _ => above.parts.push(done),
        }
    }
}

fn named(resolved: ResolveResult<'_>, name: QName<'_>) -> String {
    let (local, own) = name.decompose();
    let known = match resolved {
        ResolveResult::Bound(Namespace(uri)) => {
            NAMESPACES.iter().find(|(known, _)| *known == uri).map(|(_, prefix)| *prefix)
        }
        _ => None,
    };
    match known.or(own.map(|own| own.into_inner())) {
        Some(prefix) => format!("{prefix}:{}", local.into_inner()),
        None => local.into_inner().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<r:Description r:about="" xmlns:z="http://ns.adobe.com/xap/1.0/" z:CreatorTool="Tool &amp; 1"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><r:Alt><r:li xml:lang="x-default">T&#x41;</r:li></r:Alt></dc:title>
<z:Thing r:parseType="Resource"><z:Part>p</z:Part></z:Thing><z:Other><r:Description z:Part="q"/></z:Other>
<z:Link r:resource="http://a/b"/></r:Description></r:RDF></x:xmpmeta><?xpacket end="w"?>   "#;

    #[test]
    fn properties_are_found_in_every_form_and_under_any_prefix() {
        let (found, why) = read(SAMPLE.as_bytes());
        assert_eq!(why, None);
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["xmp:CreatorTool", "dc:title", "xmp:Thing", "xmp:Other", "xmp:Link"]);
        assert_eq!(found[0].text, "Tool & 1");
        assert_eq!(
            (found[1].parts[0].name.as_str(), found[1].parts[0].text.as_str()),
            (ITEM, "TA")
        );
        assert_eq!(found[1].parts[0].language.as_deref(), Some("x-default"));
        assert_eq!((found[2].parts[0].text.as_str(), found[3].parts[0].text.as_str()), ("p", "q"));
        assert_eq!(found[4].text, "http://a/b");
    }

    #[test]
    fn packets_of_two_bytes_a_letter_are_read() {
        let expected = read(SAMPLE.as_bytes());
        let wide = |unit: fn(u16) -> [u8; 2], mark: &[u8]| -> Vec<u8> {
            [mark.to_vec(), SAMPLE.encode_utf16().flat_map(unit).collect()].concat()
        };
        for packet in [
            wide(u16::to_be_bytes, b"\xfe\xff"),
            wide(u16::to_le_bytes, b"\xff\xfe"),
            wide(u16::to_be_bytes, b""),
            wide(u16::to_le_bytes, b""),
        ] {
            assert_eq!(read(&packet), expected);
        }
    }

    #[test]
    fn document_types_end_the_reading() {
        let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>"#;
        let (found, why) = read(bomb.as_bytes());
        assert!(found.is_empty() && why.unwrap().contains("document type"));
    }

    #[test]
    fn deep_and_wide_packets_end_with_a_word() {
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert!(read(deep.as_bytes()).1.unwrap().contains("deep"));
        let wide = format!("<a>{}</a>", "<b/>".repeat(100_000));
        assert!(read(wide.as_bytes()).1.unwrap().contains("elements"));
    }

    #[test]
    fn what_came_before_the_damage_is_kept() {
        let cut = SAMPLE.find("<z:Thing").unwrap();
        let (found, why) = read(&SAMPLE.as_bytes()[..cut]);
        assert_eq!(found.len(), 2);
        assert!(why.is_some());
        for len in 0..SAMPLE.len() {
            read(&SAMPLE.as_bytes()[..len]);
        }
        assert_eq!(read(b""), (Vec::new(), None));
    }
}
