use super::*;
use crate::metadata::iso::tests::boxed;
use crate::source::tests::source_of;

/// 2020-01-05T15:04:00Z, in seconds from 1904.
const SECONDS: u32 = 3_661_081_440;

/// A header that counts 32-bit seconds, of a time scale of 1000.
fn header(created: u32, modified: u32) -> Vec<u8> {
    let numbers = [0, created, modified, 1000, 5000];
    numbers.iter().flat_map(|number| number.to_be_bytes()).chain([0; 80]).collect()
}

fn data(kind: u8, payload: &[u8]) -> Vec<u8> {
    boxed(b"data", &[&[0, 0, 0, kind, 0, 0, 0, 0][..], payload].concat())
}

/// Apple's keys with their values.
fn keys(pairs: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut names, mut values) = (vec![0; 4], Vec::new());
    names.extend((pairs.len() as u32).to_be_bytes());
    for (index, (name, value)) in pairs.iter().enumerate() {
        names.extend((name.len() as u32 + 8).to_be_bytes());
        names.extend([b"mdta", name.as_bytes()].concat());
        values.extend(boxed(&(index as u32 + 1).to_be_bytes(), &data(1, value)));
    }
    boxed(
        b"meta",
        &[boxed(b"hdlr", &[0; 24]), boxed(b"keys", &names), boxed(b"ilst", &values)].concat(),
    )
}

/// A track of H.264 whose first sample lies at `sample`.
fn track(created: u32, sample: u32) -> Vec<u8> {
    let name = b"\x0bAVC Coding!";
    let mut entry = [0; 78];
    entry[42..42 + name.len()].copy_from_slice(name);
    let entry = boxed(b"avc1", &[&entry[..], &boxed(b"avcC", b"\x01\x64\0\x1f\xff")].concat());
    let stsd = boxed(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &entry].concat());
    let stsz = boxed(b"stsz", &[&[0; 8][..], &[0, 0, 0, 1], &64_u32.to_be_bytes()].concat());
    let stco = boxed(b"stco", &[&[0; 4][..], &[0, 0, 0, 1], &sample.to_be_bytes()].concat());
    let minf = boxed(b"minf", &boxed(b"stbl", &[stsd, stsz, stco].concat()));
    let hdlr = boxed(b"hdlr", &[&[0; 8][..], b"vide", &[0; 12], b"VideoHandle\0"].concat());
    let mdia = boxed(b"mdia", &[boxed(b"mdhd", &header(created, created)), hdlr, minf].concat());
    let elst = [
        &[0, 0, 0, 0, 0, 0, 0, 1][..],
        &5000_u32.to_be_bytes(),
        &500_u32.to_be_bytes(),
        &[0, 1, 0, 0],
    ];
    let edts = boxed(b"edts", &boxed(b"elst", &elst.concat()));
    boxed(b"trak", &[boxed(b"tkhd", &header(created, created)), edts, mdia].concat())
}

fn mov(created: u32, parts: &[Vec<u8>]) -> Vec<u8> {
    let moov = [boxed(b"mvhd", &header(created, created + 60)), parts.concat()].concat();
    [boxed(b"ftyp", b"qt  \0\0\0\0qt  mp42"), boxed(b"moov", &moov)].concat()
}

fn told(bytes: &[u8]) -> (Metadata, Vec<Gap>) {
    let (mut metadata, mut gaps) = (Metadata::default(), Vec::new());
    let mut texts = Texts::new(999);
    read(&source_of(bytes), 1 << 20, &mut metadata, &mut texts, &mut gaps);
    (metadata, gaps)
}

fn values<'a>(metadata: &'a Metadata, name: &str) -> Vec<&'a str> {
    metadata.facts.iter().filter(|fact| fact.name == name).map(|fact| fact.value.as_str()).collect()
}

#[test]
fn brands_order_and_times_are_told() {
    let (metadata, gaps) = told(&mov(SECONDS, &[]));
    assert_eq!(metadata.value("major_brand"), Some("qt"));
    assert_eq!(metadata.value("compatible_brands"), Some("qt mp42"));
    assert_eq!(metadata.value("box_order"), Some("ftyp moov"));
    assert_eq!(metadata.value("container_create_date"), Some("2020-01-05T15:04:00"));
    assert_eq!(metadata.value("container_modify_date"), Some("2020-01-05T15:05:00"));
    let date = &metadata.dates[0];
    assert_eq!((date.kind, date.basis.clone()), (DateKind::Encoded, Basis::Container));
    assert_eq!(date.earliest.unwrap().to_string(), "2020-01-05T01:04:00Z");
    assert_eq!(metadata.dates.len(), 2);
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[test]
fn a_clock_that_was_not_set_is_silent_and_one_from_1970_is_told_but_not_used() {
    let (metadata, _) = told(&mov(0, &[]));
    assert!(metadata.value("container_create_date").is_none());
    let (metadata, _) = told(&mov(1_578_236_640, &[]));
    assert!(metadata.value("container_create_date").is_none() && metadata.dates.is_empty());
    assert_eq!(
        metadata.value("mp4:container_create_date"),
        Some("before 1970; 2020-01-05T15:04:00 if counted from 1970")
    );
}

#[test]
fn a_tracks_time_is_told_where_it_differs() {
    let (metadata, _) = told(&mov(SECONDS, &[track(SECONDS, 0), track(SECONDS - 86_400, 0)]));
    assert_eq!(
        values(&metadata, "container_create_date"),
        ["2020-01-05T15:04:00", "2020-01-04T15:04:00"]
    );
    let second = metadata.facts.iter().filter(|fact| fact.name == "container_create_date").nth(1);
    assert_eq!(second.unwrap().read_from, "mp4:moov.trak2.tkhd");
}

#[test]
fn a_track_names_its_handler_its_encoder_and_its_edits() {
    let sei = [&[6, 5, 37][..], &[0xdc; 16], b"x264 - core 164 r3095", &[0x80]].concat();
    let sample = [&(sei.len() as u32).to_be_bytes()[..], &sei, &[0, 0, 0, 1, 0x65]].concat();
    let start = mov(SECONDS, &[track(SECONDS, 0)]).len() as u32 + 8;
    let clip = mov(SECONDS, &[track(SECONDS, start)]);
    let (metadata, gaps) = told(&[clip, boxed(b"mdat", &sample)].concat());
    assert_eq!(metadata.value("handler_name"), Some("VideoHandle"));
    assert_eq!(metadata.value("encoder"), Some("AVC Coding!"));
    assert_eq!(metadata.value("encoder_library"), Some("x264 - core 164 r3095"));
    assert_eq!(metadata.value("edit_list"), Some("5.000 s from 0.500 s"));
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[test]
fn apples_keys_give_device_date_and_place_with_its_radius() {
    let meta = keys(&[
        ("com.apple.quicktime.location.accuracy.horizontal", b"14.5"),
        ("com.apple.quicktime.location.ISO6709", b"+43.3500+133.3600+120.000/"),
        ("com.apple.quicktime.make", b"Apple"),
        ("com.apple.quicktime.creationdate", b"2018-02-05T15:11:44+0800"),
        ("com.apple.quicktime.content.identifier", b"9A-B"),
        ("com.example.own", b"x"),
    ]);
    let (metadata, gaps) = told(&mov(SECONDS, &[meta]));
    assert_eq!(metadata.value("make"), Some("Apple"));
    assert_eq!(metadata.value("quicktime_creation_date"), Some("2018-02-05T15:11:44+0800"));
    assert_eq!(metadata.value("content_identifier"), Some("9A-B"));
    assert_eq!(metadata.value("mp4:com.example.own"), Some("x"));
    assert_eq!(metadata.value("gps_alt"), Some("120"));
    let place = &metadata.places[0];
    assert_eq!((place.point.unwrap().radius_m, place.basis.clone()), (14.5, Basis::QuickTime));
    assert!(metadata.dates.iter().any(|date| date.kind == DateKind::Captured));
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[test]
fn user_data_in_its_three_spellings_is_one_place() {
    let text = b"+43.3500+133.3600/";
    let xyz = boxed(b"\xa9xyz", &[&[0, text.len() as u8, 0x15, 0xc7][..], text].concat());
    let fixed = |degrees: f64| ((degrees * 65_536.0) as i32).to_be_bytes();
    let loci = [
        &b"\0\0\0\0\x15\xc7Sergeevka\0\0"[..],
        &fixed(133.36),
        &fixed(43.35),
        &fixed(0.0),
        b"earth\0\0",
    ];
    let list = boxed(b"ilst", &boxed(b"\xa9nam", &data(1, b"Walk")));
    let meta = boxed(b"meta", &[&[0; 4][..], &boxed(b"hdlr", &[0; 24]), &list].concat());
    let udta = [xyz, boxed(b"loci", &loci.concat()), meta, boxed(b"SDLN", b"SEQ_PLAY"), vec![0; 4]];
    let (metadata, gaps) = told(&mov(SECONDS, &[boxed(b"udta", &udta.concat())]));
    assert_eq!(values(&metadata, "gps_lat").len(), 2);
    assert_eq!(metadata.value("mp4:\u{a9}xyz"), Some("+43.3500+133.3600/"));
    assert_eq!(metadata.value("mp4:loci"), Some("Sergeevka"));
    assert_eq!(metadata.value("title"), Some("Walk"));
    assert_eq!(metadata.value("mp4:other_user_data"), Some("SDLN (8 bytes)"));
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[test]
fn packets_and_credentials_are_handed_on() {
    let xmp = boxed(b"uuid", &[&iso::XMP[..], b"<x:xmpmeta/>"].concat());
    let c2pa = boxed(b"uuid", &[&iso::C2PA[..], b"jumb"].concat());
    let udta = boxed(b"udta", &boxed(b"XMP_", b"<x/>"));
    let found = blocks(&source_of(&[mov(SECONDS, &[udta]), xmp, c2pa].concat()), 9999);
    assert_eq!(found.xmp, [&b"<x/>"[..], b"<x:xmpmeta/>"]);
    assert!(found.c2pa && found.cut.is_none());
}

#[test]
fn every_prefix_gives_facts_so_far_and_a_gap() {
    let meta = keys(&[("com.apple.quicktime.make", b"Apple")]);
    let whole = mov(SECONDS, &[track(SECONDS, 0), meta]);
    let ftyp = 24;
    for len in 1..whole.len() {
        let (metadata, gaps) = told(&whole[..len]);
        assert_eq!(gaps.is_empty(), len == ftyp, "{len}");
        assert_eq!(metadata.value("major_brand").is_some(), len >= ftyp - 12, "{len}");
        blocks(&source_of(&whole[..len]), 9999);
    }
}

#[test]
fn every_flipped_byte_ends_gently() {
    let whole = mov(SECONDS, &[track(SECONDS, 0), keys(&[("com.apple.quicktime.make", b"Apple")])]);
    for at in 0..whole.len() {
        let mut bent = whole.clone();
        bent[at] ^= 0xff;
        told(&bent);
        blocks(&source_of(&bent), 9999);
    }
}

#[test]
fn boxes_that_nest_for_ever_are_not_followed() {
    let mut nested = boxed(b"free", b"");
    for _ in 0..5_000 {
        nested = boxed(b"trak", &nested);
    }
    let (_, gaps) = told(&boxed(b"moov", &nested));
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[test]
fn handlers_names_are_counted_or_ended() {
    assert_eq!(handler_name(b"VideoHandler\0"), b"VideoHandler");
    assert_eq!(handler_name(b"\x04abcd"), b"abcd");
    assert_eq!(handler_name(b"\x04abcd\0\0"), b"abcd");
    assert_eq!(handler_name(b""), b"");
}
