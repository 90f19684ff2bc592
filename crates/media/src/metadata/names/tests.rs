use super::*;

fn now() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn read(name: &str) -> Named {
    of_name(name.as_bytes(), now())
}

/// Writer, date and kind of the one date in a name.
fn check(name: &str, writer: &str, text: &str, kind: DateKind) {
    let named = read(name);
    let fact = named.facts.iter().find(|fact| fact.name == "name_date");
    let fact = fact.unwrap_or_else(|| panic!("{name} has no date"));
    assert_eq!(fact.read_from, format!("name:{writer}"), "{name}");
    assert_eq!((fact.value.as_str(), fact.trust), (text, Trust::Hint), "{name}");
    let dates: Vec<_> = named.dates.iter().map(|date| (date.kind, &date.basis)).collect();
    assert_eq!(dates, [(kind, &Basis::FileName)], "{name}");
}

#[test]
fn messengers_names_say_when_a_file_came() {
    let came = DateKind::Collected;
    check("IMG-20241018-WA0001.jpg", "whatsapp", "2024-10-18", came);
    check("VID-20241018-WA0012 (1).mp4", "whatsapp", "2024-10-18", came);
    check("WhatsApp Image 2024-10-18 at 3.04.05 PM.jpeg", "whatsapp", "2024-10-18", came);
    check("photo_2024-10-18_12-00-00.jpg", "telegram", "2024-10-18T12:00:00", came);
    check("video_2024-10-18_12-00-00 (2).mp4", "telegram", "2024-10-18T12:00:00", came);
    check("photo_17@18-10-2024_12-00-00.jpg", "telegram", "2024-10-18T12:00:00", came);
    check("IMG_20241018_120000_123.jpg", "telegram", "2024-10-18T12:00:00", came);
    check("signal-2024-10-18-12-00-00-000.jpg", "signal", "2024-10-18T12:00:00", came);
}

#[test]
fn cameras_names_say_when_it_was_taken() {
    let taken = DateKind::Captured;
    check("IMG_20241018_120000.jpg", "android", "2024-10-18T12:00:00", taken);
    check("VID_20241018_120000.mp4", "android", "2024-10-18T12:00:00", taken);
    check("20241018_120000.jpg", "samsung", "2024-10-18T12:00:00", taken);
    check("PXL_20241018_090000123.MP.jpg", "pixel", "2024-10-18T09:00:00Z", taken);
    let pixel = read("PXL_20241018_090000123.jpg");
    assert_eq!(pixel.dates[0].earliest, pixel.dates[0].latest);
    let local = read("IMG_20241018_120000.jpg");
    assert_eq!(local.dates[0].earliest.unwrap().to_string(), "2024-10-17T22:00:00Z");
}

#[test]
fn copies_of_a_screen_are_dated_when_they_were_made_not_taken() {
    let made = DateKind::Encoded;
    check("Screenshot_20241018-120000_Telegram.png", "screenshot", "2024-10-18T12:00:00", made);
    check("Screenshot 2024-10-18 at 12.00.00.png", "screenshot", "2024-10-18", made);
    check("RPReplay_Final1729235100.mp4", "replaykit", "2024-10-18T07:05:00Z", made);
}

#[test]
fn other_dates_are_when_somebody_named_it_so() {
    let named = DateKind::Collected;
    check("20220311 Training ground.mp4", "date", "2022-03-11", named);
    check("Sergeevka 2024-10-18.mp4", "date", "2024-10-18", named);
    check("18.10.2024 clip.mp4", "date", "2024-10-18", named);
    check("clip-1729235100.mp4", "unix", "2024-10-18T07:05:00Z", named);
    check("FB_IMG_1729235100123.jpg", "unix", "2024-10-18T07:05:00Z", named);
}

#[test]
fn what_is_no_date_says_nothing() {
    for name in [
        "",
        ".",
        "clip.mp4",
        "IMG_1034.HEIC",
        "20241318.mp4",
        "IMG_20240230_120000.jpg",
        "IMG-20271018-WA0001.jpg",
        "x20241018.mp4",
        "202410181.mp4",
        "9999999999.mp4",
        "1.2.2024.mp4",
        "9c1f40ae20241018.mp4",
        "\u{661}\u{662}.mp4",
    ] {
        assert_eq!(read(name), Named::default(), "{name:?}");
    }
    assert_eq!(of_name(b"\xff\xfe20", now()), Named::default());
    assert_eq!(of_name(&[b'1'; 9999], now()), Named::default());
}

fn post(name: &str) -> Option<(String, String, Option<String>)> {
    let named = read(name);
    let fact = named.facts.iter().find(|fact| fact.name == "post_id")?;
    let date = named.dates.first().map(|date| date.text.clone());
    Some((fact.read_from.clone(), fact.value.clone(), date))
}

#[test]
fn ids_in_names_are_hints_and_guessed_where_no_platform_is_named() {
    let told = |from: &str, id: &str, date: &str| {
        Some((from.to_owned(), id.to_owned(), Some(date.to_owned())))
    };
    let x = "1050118621198921728";
    assert_eq!(
        post("Twitter - 1050118621198921728.mp4"),
        told("name:x", x, "2018-10-10T20:19:24Z")
    );
    assert_eq!(post("Words [1050118621198921728].mp4"), told("name:x", x, "2018-10-10?"));
    assert_eq!(post("1050118621198921728_1.jpg"), told("name:x", x, "2018-10-10?"));
    let tiktok = "6854717870488702213";
    let exact = told("name:tiktok", tiktok, "2020-07-29T02:06:13Z");
    assert_eq!(post("@user_video_6854717870488702213.mp4"), exact);
    assert_eq!(post("6854717870488702213.mp4"), told("name:tiktok", tiktok, "2020-07-29?"));
    let picture = told("name:x", "861627472244162561", "2017-05-08?");
    assert_eq!(post("C_UdnvPUwAE3Dnn.jpg"), picture);
    assert!(read("C_UdnvPUwAE3Dnn.jpg").dates[0].kind == DateKind::Collected);
}

#[test]
fn facebooks_numbers_are_no_dates() {
    let named = read("10158012_10158012345678901_1729235100123456789_n.jpg");
    assert_eq!(named.facts[0].value, "10158012345678901");
    assert!(named.dates.is_empty());
}

#[test]
fn numbers_that_fit_no_platform_are_no_ids() {
    for name in ["123456789012345.jpg", "99999999999999999999.jpg", "a1050118621198921728.mp4"] {
        assert_eq!(post(name), None, "{name}");
    }
}

#[test]
fn names_of_generators_are_told() {
    let generator = |name: &str| {
        let named = read(name);
        let fact = named.facts.into_iter().find(|fact| fact.name == "generator_name");
        fact.map(|fact| fact.value)
    };
    assert_eq!(generator("ComfyUI_00001_.png").unwrap(), "comfyui");
    assert_eq!(generator("DALL\u{b7}E 2024-10-18 12.00.00 - a dog.png").unwrap(), "dall-e");
    let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
    assert_eq!(generator(&format!("someone_a_dog_in_space_{uuid}.png")).unwrap(), "midjourney");
    assert_eq!(generator(&format!("someone_a_dog_in_space_{uuid}_2.png")).unwrap(), "midjourney");
    assert_eq!(generator(&format!("{uuid}.jpg")), None);
    assert_eq!(generator("comfyui-tutorial.mp4"), None);
}

#[test]
fn an_address_dates_its_post() {
    let dated = of_address("https://x.com/a/status/1050118621198921728", now()).unwrap();
    assert_eq!((dated.kind, &dated.basis), (DateKind::Posted, &Basis::PostId));
    assert_eq!(dated.text, "2018-10-10T20:19:24Z");
    let clip = of_post("TikTok", "6854717870488702213", now()).unwrap();
    assert_eq!(clip.earliest.unwrap().to_string(), "2020-07-29T02:06:13Z");
    assert_eq!(clip.latest.unwrap().to_string(), "2020-07-29T02:07:13Z");
    assert_eq!(of_post("telegram", "6854717870488702213", now()), None);
    assert_eq!(of_address("https://t.me/example/1847", now()), None);
}
