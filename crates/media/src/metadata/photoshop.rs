//! Photoshop's image resources: in JPEGs over several segments, in TIFFs as a tag, in its own documents.

use super::blocks::Blocks;
use super::preview::Held;

const IPTC: u16 = 0x0404;
const THUMBNAIL_BGR: u16 = 0x0409;
const THUMBNAIL: u16 = 0x040c;
const EXIF: u16 = 0x0422;
const XMP: u16 = 0x0424;
/// What stands before a thumbnail's JPEG: its format, sizes and depths.
const THUMBNAIL_HEAD: usize = 28;
/// What a resource begins with: Adobe's own programs have written others than the one of the specification.
const SIGNATURES: [&[u8]; 5] = [b"8BIM", b"MeSa", b"PHUT", b"DCSR", b"AgHg"];
/// Resources of a file; Photoshop writes some dozens.
const MOST_RESOURCES: usize = 4_096;

/// Takes what is known out of a block of resources.
///
/// # Source
///
/// Adobe, "Photoshop File Formats Specification", image resource blocks.
pub(super) fn read(block: &[u8], found: &mut Blocks) {
    let mut rest = block;
    for _ in 0..MOST_RESOURCES {
        let Some((id, body)) = next(&mut rest) else { break };
        match id {
            IPTC => found.iptc.push(body.to_vec()),
            EXIF => found.add_exif(body),
            XMP => found.xmp.push(body.to_vec()),
            THUMBNAIL | THUMBNAIL_BGR => {
                let read_from = format!("photoshop:{id:04X}");
                if let Some(bytes) = body.get(THUMBNAIL_HEAD..) {
                    // The older kind has red and blue exchanged.
                    let comparable = id == THUMBNAIL;
                    found.previews.push(Held::jpeg(read_from, bytes.to_vec(), comparable));
                }
            }
            _ => {}
        }
    }
    if rest.len() > 3 {
        found.damage("Photoshop's resources end in the midst of one");
    }
}

/// Number and body of the next resource.
fn next<'a>(rest: &mut &'a [u8]) -> Option<(u16, &'a [u8])> {
    let body = SIGNATURES.iter().find_map(|signature| rest.strip_prefix(*signature))?;
    let (id, body) = body.split_first_chunk()?;
    // The name is one byte and as many as that tells, even in all.
    let name = usize::from(*body.first()?) + 1;
    let body = body.get(name.next_multiple_of(2)..)?;
    let (len, body) = body.split_first_chunk()?;
    let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
    let value = body.get(..len)?;
    *rest = body.get(len.next_multiple_of(2)..).unwrap_or_default();
    Some((u16::from_be_bytes(*id), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(id: u16, name: &[u8], body: &[u8]) -> Vec<u8> {
        let mut bytes = [b"8BIM", &id.to_be_bytes()[..], &[name.len() as u8], name].concat();
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes.extend((body.len() as u32).to_be_bytes());
        bytes.extend(body);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    }

    fn sample() -> Vec<u8> {
        let thumbnail = [&[0; THUMBNAIL_HEAD][..], b"\xff\xd8jpeg"].concat();
        [
            resource(IPTC, b"", b"iim"),
            resource(0x03ed, b"name", b"x"),
            resource(THUMBNAIL, b"odd", &thumbnail),
            resource(EXIF, b"", b"MM\0*"),
            resource(XMP, b"", b"<x/>"),
        ]
        .concat()
    }

    #[test]
    fn known_resources_are_taken_out() {
        let mut found = Blocks::default();
        read(&sample(), &mut found);
        assert_eq!(found.iptc, [b"iim"]);
        assert_eq!(found.exif.as_deref(), Some(&b"MM\0*"[..]));
        assert_eq!(found.xmp, [b"<x/>"]);
        assert_eq!(found.previews[0].read_from, "photoshop:040C");
        assert!(found.gaps.is_empty());
    }

    #[test]
    fn every_prefix_ends_gently() {
        let whole = sample();
        for len in 0..whole.len() {
            read(&whole[..len], &mut Blocks::default());
        }
        let mut found = Blocks::default();
        read(b"8BIM\x04\x04\0\0\xff\xff\xff\xff", &mut found);
        assert!(!found.gaps.is_empty());
    }
}
