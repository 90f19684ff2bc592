//! PostScript: the comments at its front, Photoshop's resources as hexadecimal lines, and XMP.

use super::FactKind;
use super::blocks::{Blocks, Said};
use super::photoshop;
use crate::source::Source;

/// Bytes in which all of it is looked for: programs write it before the page.
const FRONT_BYTES: u64 = 4 << 20;
/// Lines in which comments are looked for.
const MOST_LINES: usize = 65_536;
/// What a file with a preview begins with.
const BINARY: &[u8] = b"\xc5\xd0\xd3\xc6";

/// What the comments say, the resources and the packet.
///
/// # Source
///
/// Adobe, "PostScript Language Document Structuring Conventions Specification", version 3.0.
pub(super) fn blocks(source: &Source, ration: u64) -> Blocks {
    let front = front(source, ration);
    let mut found = Blocks::default();
    let mut resources: Option<Vec<u8>> = None;
    for line in lines(&front) {
        if line.starts_with(b"%EndPhotoshop") || line.starts_with(b"%%EndData") {
            if let Some(bytes) = resources.take() {
                photoshop::read(&bytes, &mut found);
            }
        } else if let Some(bytes) = &mut resources {
            bytes.extend(hexadecimal(line));
        } else if line.starts_with(b"%BeginPhotoshop:") {
            resources = Some(Vec::new());
        }
        let known = [
            (&b"%%Creator:"[..], "software", FactKind::Program),
            (b"%%Title:", "title", FactKind::Credit),
            (b"%%CreationDate:", "postscript:CreationDate", FactKind::Date),
            (b"%%For:", "postscript:For", FactKind::Credit),
        ];
        for (comment, name, kind) in known {
            if let Some(text) = line.strip_prefix(comment)
                && !found.said.iter().any(|said| said.name == name)
            {
                let text = String::from_utf8_lossy(text);
                let text = text.trim().trim_start_matches('(').trim_end_matches(')').to_owned();
                found.said.push(Said::new(name, text, "postscript", kind));
            }
        }
    }
    if resources.is_some() {
        found.damage("Photoshop's resources have no end");
    }
    let place = |text: &[u8], from: usize| {
        let rest = front.get(from..)?;
        Some(from + rest.windows(text.len()).position(|window| window == text)?)
    };
    let start = place(b"<?xpacket begin", 0);
    if let Some((start, end)) =
        start.and_then(|start| Some((start, place(b"<?xpacket end", start)?)))
    {
        found.xmp.push(front[start..end].to_vec());
    }
    found
}

/// Width and height: those of Photoshop's pixels, else of the page in points.
pub(super) fn size(source: &Source, ration: u64) -> Option<(u32, u32)> {
    let front = front(source, ration);
    let numbers = |comment: &[u8]| -> Option<Vec<f64>> {
        let text = lines(&front).find_map(|line| line.strip_prefix(comment))?;
        let text = str::from_utf8(text).ok()?;
        Some(text.split_whitespace().map_while(|word| word.parse().ok()).collect())
    };
    let side = |side: f64| (1.0..1e9).contains(&side).then_some(side as u32);
    if let Some([width, height, ..]) = numbers(b"%ImageData:").as_deref() {
        return side(*width).zip(side(*height));
    }
    match numbers(b"%%BoundingBox:").as_deref() {
        Some([left, bottom, right, top, ..]) => side(right - left).zip(side(top - bottom)),
        _ => None,
    }
}

/// The beginning of the text.
fn front(source: &Source, ration: u64) -> Vec<u8> {
    let head = source.bytes_at(0, 12).unwrap_or_default();
    let number = |at: usize| {
        let four = head.get(at..)?.first_chunk()?;
        Some(u64::from(u32::from_le_bytes(*four)))
    };
    let (at, len) = match (head.starts_with(BINARY), number(4), number(8)) {
        (true, Some(at), Some(len)) => (at, len),
        _ => (0, source.len()),
    };
    let most = len.min(FRONT_BYTES).min(ration);
    source.bytes_at(at, most as usize).unwrap_or_default()
}

/// Lines of any machine: the old Macintosh ends them with CR alone.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = text.split(|byte| matches!(byte, b'\r' | b'\n'));
    lines.filter(|line| !line.is_empty()).take(MOST_LINES)
}

fn hexadecimal(line: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> =
        line.iter().filter_map(|byte| Some(char::from(*byte).to_digit(16)? as u8)).collect();
    digits.as_chunks().0.iter().map(|[high, low]| high << 4 | low).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::source_of;

    const EPS: &[u8] = b"%!PS-Adobe-3.0 EPSF-3.0\r%%Creator: (Adobe Photoshop)\r%%Title: c.eps\r\
        %%BoundingBox: 10 20 110 220\r%BeginPhotoshop: 16\r\
        % 3842494D0404000000000004\r% 1C020000\r%EndPhotoshop\r\
        <?xpacket begin=''?><x/><?xpacket end='w'?>\r%%EOF\r";

    #[test]
    fn comments_resources_and_packet_are_found() {
        let source = source_of(EPS);
        assert_eq!(size(&source, 9999), Some((100, 200)));
        let found = blocks(&source, 9999);
        let said: Vec<_> = found.said.iter().map(|said| (said.name, said.text.as_str())).collect();
        assert_eq!(said, [("software", "Adobe Photoshop"), ("title", "c.eps")]);
        assert_eq!(found.iptc, [b"\x1c\x02\0\0"]);
        assert_eq!(found.xmp, [b"<?xpacket begin=''?><x/>"]);
        assert!(found.gaps.is_empty());
    }

    #[test]
    fn a_preview_in_front_is_passed_over() {
        let mut bytes = b"\xc5\xd0\xd3\xc6\x20\0\0\0".to_vec();
        bytes.extend((EPS.len() as u32).to_le_bytes());
        bytes.resize(32, 0);
        bytes.extend(EPS);
        assert_eq!(size(&source_of(&bytes), 9999), Some((100, 200)));
    }

    #[test]
    fn every_prefix_ends_gently() {
        for len in 0..EPS.len() {
            let source = source_of(&EPS[..len]);
            blocks(&source, 9999);
            size(&source, 9999);
        }
    }
}
