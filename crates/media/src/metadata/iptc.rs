//! IPTC-IIM: what agencies write beside their pictures.

use firstseen_model::Gap;

use super::text::{Texts, latin1};
use super::{FactKind, Metadata};

/// Datasets of record 2 that have a common name here.
const NAMED: [(u8, &str, FactKind); 16] = [
    (5, "title", FactKind::Credit),
    (40, "special_instructions", FactKind::Credit),
    (65, "software", FactKind::Program),
    (80, "artist", FactKind::Credit),
    (90, "city", FactKind::Place),
    (92, "location", FactKind::Place),
    (95, "region", FactKind::Place),
    (100, "country_code", FactKind::Place),
    (101, "country", FactKind::Place),
    (103, "transmission_reference", FactKind::Credit),
    (105, "headline", FactKind::Credit),
    (110, "credit", FactKind::Credit),
    (115, "source", FactKind::Credit),
    (116, "copyright", FactKind::Credit),
    (120, "caption", FactKind::Credit),
    (0, "iptc:2:0", FactKind::Other),
];
const DATE_CREATED: u8 = 55;
const TIME_CREATED: u8 = 60;
/// Datasets that are told; real blocks have some dozens, most of them keywords.
const MOST_DATASETS: usize = 1_000;

/// Adds the datasets of a block.
///
/// # Source
///
/// IPTC-NAA Information Interchange Model, version 4.2.
pub(super) fn read(
    block: &[u8],
    read_from: &str,
    metadata: &mut Metadata,
    texts: &mut Texts,
    gaps: &mut Vec<Gap>,
) {
    let mut rest = block;
    let mut utf8 = false;
    let (mut day, mut time) = (None, None);
    for _ in 0..MOST_DATASETS {
        let Some((record, number, value)) = next(&mut rest) else { break };
        if (record, number) == (1, 90) {
            utf8 = value == b"\x1b%G";
        }
        if record != 2 {
            continue;
        }
        match NAMED.iter().find(|(named, ..)| *named == number) {
            // The version of the model.
            Some((0, ..)) => {}
            _ if number == DATE_CREATED => day = text(value, utf8, texts, "date_created"),
            _ if number == TIME_CREATED => time = text(value, utf8, texts, "date_created"),
            Some((_, name, kind)) => {
                if let Some(raw) = text(value, utf8, texts, name) {
                    metadata.declare(name, raw.trim().to_owned(), raw, read_from, *kind);
                }
            }
            None => {
                let name = format!("iptc:2:{number}");
                if let Some(raw) = text(value, utf8, texts, &name) {
                    let value = raw.trim().to_owned();
                    metadata.declare(&name, value, raw, read_from, FactKind::Other);
                }
            }
        }
    }
    if let Some(day) = day {
        date(&day, time.as_deref(), read_from, metadata);
    }
    // Padding is usual.
    if rest.iter().any(|byte| *byte != 0) {
        gaps.push(Gap::new("metadata", format!("IPTC: {} bytes were not read", rest.len())));
    }
}

/// Record, number and value of the next dataset.
fn next<'a>(rest: &mut &'a [u8]) -> Option<(u8, u8, &'a [u8])> {
    let [0x1c, record, number, high, low, body @ ..] = *rest else { return None };
    let len = usize::from(u16::from_be_bytes([*high, *low]));
    let (len, body) = if len < 0x8000 {
        (len, body)
    } else {
        // The length of the length, for values that need more than two bytes.
        let (long, body) =
            body.split_at_checked(len & 0x7fff).filter(|(long, _)| long.len() <= 4)?;
        (long.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), body)
    };
    let (value, after) = body.split_at_checked(len)?;
    *rest = after;
    Some((*record, *number, value))
}

/// The text of a dataset, in the character set that the block declares; many declare none and write UTF-8.
fn text(value: &[u8], utf8: bool, texts: &mut Texts, name: &str) -> Option<String> {
    let end = value.iter().rposition(|byte| *byte != 0)? + 1;
    let value = &value[..end];
    let readable = value.iter().all(|byte| *byte >= 0x20 || byte.is_ascii_whitespace());
    Some(match (readable, utf8) {
        (false, _) => texts.keep(name, &latin1(value).escape_debug().to_string()),
        (true, true) => texts.keep(name, &String::from_utf8_lossy(value)),
        (true, false) => texts.decode(name, value),
    })
}

/// `20020916` and `101112+0100` as `2002-09-16T10:11:12`; what is no date keeps its own name.
fn date(day: &str, time: Option<&str>, read_from: &str, metadata: &mut Metadata) {
    let raw = format!("{day} {}", time.unwrap_or_default()).trim_end().to_owned();
    let digits: String = day.chars().filter(char::is_ascii_digit).collect();
    let parsed: Option<jiff::civil::Date> =
        (digits.len() == 8).then(|| digits.parse().ok()).flatten();
    let clock = time
        .and_then(|time| time.get(..6))
        .filter(|time| time.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|time| format!("T{}:{}:{}", &time[..2], &time[2..4], &time[4..]));
    match parsed {
        Some(day) => {
            let value = format!("{day}{}", clock.unwrap_or_default());
            metadata.declare("date_created", value, raw, read_from, FactKind::Date);
        }
        None => metadata.declare("iptc:2:55", raw.clone(), raw, read_from, FactKind::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(record: u8, number: u8, value: &[u8]) -> Vec<u8> {
        let len = u16::try_from(value.len()).unwrap().to_be_bytes();
        [&[0x1c, record, number][..], &len, value].concat()
    }

    fn told(block: &[u8]) -> (Vec<(String, String)>, Vec<Gap>) {
        let (mut metadata, mut gaps) = (Metadata::default(), Vec::new());
        read(block, "iptc", &mut metadata, &mut Texts::new(999), &mut gaps);
        (metadata.facts.into_iter().map(|fact| (fact.name, fact.value)).collect(), gaps)
    }

    fn check(block: &[u8], expected: &[(&str, &str)]) {
        let (facts, gaps) = told(block);
        let facts: Vec<_> = facts.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(facts, expected);
        assert!(gaps.is_empty(), "{gaps:?}");
    }

    #[test]
    fn fields_are_read_in_the_character_set_that_is_declared() {
        let city = dataset(2, 90, b"K\xc3\xb6ln");
        check(&[dataset(1, 90, b"\x1b%G"), city.clone()].concat(), &[("city", "K\u{f6}ln")]);
        check(&city, &[("city", "K\u{f6}ln")]);
        check(&dataset(2, 90, b"K\xf6ln"), &[("city", "K\u{f6}ln")]);
    }

    #[test]
    fn date_and_time_are_one_fact() {
        let block = [dataset(2, 55, b"20020916"), dataset(2, 60, b"101112+0100")].concat();
        check(&block, &[("date_created", "2002-09-16T10:11:12")]);
        check(&dataset(2, 55, b"20020916\0"), &[("date_created", "2002-09-16")]);
        check(&dataset(2, 55, b"00000000"), &[("iptc:2:55", "00000000")]);
        check(&dataset(2, 55, b"\xd0\xb4\xd0\xb4"), &[("iptc:2:55", "\u{434}\u{434}")]);
    }

    #[test]
    fn a_platforms_mark_is_a_fact() {
        check(&dataset(2, 40, b"FBMD0a000a6f01"), &[("special_instructions", "FBMD0a000a6f01")]);
    }

    #[test]
    fn long_values_and_blank_ones_are_read() {
        check(b"\x1c\x02\x78\x80\x04\0\0\0\x02hi\x1c\x02\x69\0\0", &[("caption", "hi")]);
        check(b"\x1c\x02\x78\0\x03  \0\0\0", &[]);
    }

    #[test]
    fn what_does_not_parse_is_told() {
        let whole = [dataset(2, 120, b"caption"), dataset(2, 80, b"name")].concat();
        for len in 1..whole.len() {
            let (facts, gaps) = told(&whole[..len]);
            assert!(len == 12 || gaps.len() == 1, "{len} {facts:?}");
        }
        assert_eq!(told(b"\x1c\x02\x78\xff\xff").1.len(), 1);
    }
}
