//! The page as a whole: nothing on it runs, asks for anything, or is lost.

use firstseen_model::{FileState, Gap, Place, PlaceKind};
use proptest::prelude::*;

use super::*;
use crate::{Format, Moment, sample};

fn written(run: &Run, style: HtmlStyle) -> String {
    let mut out = Vec::new();
    crate::write(run, Format::Html(style), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn page(run: &Run) -> String {
    written(run, HtmlStyle::default())
}

/// The tags of a page, without what stands in quotes in them.
fn tags(page: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let (mut tag, mut quote) = (None::<String>, false);
    for c in page.chars() {
        match (&mut tag, c) {
            (None, '<') => tag = Some(String::new()),
            (Some(_), '"') => quote = !quote,
            (Some(_), '>') if !quote => tags.extend(tag.take()),
            (Some(tag), c) if !quote => tag.push(c),
            _ => {}
        }
    }
    tags
}

#[test]
fn the_policy_allows_one_style_and_pictures_that_are_inside() {
    for run in sample::runs() {
        let page = page(&run);
        let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let hash = base64(&Sha256::digest(style.as_bytes()));
        let policy = format!(
            "content=\"default-src 'none'; img-src data:; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\""
        );
        // Quotes in attributes are written as references.
        assert!(page.replace("&#39;", "'").contains(&policy), "{}", &page[..900]);
        for outside in [
            "http:",
            "https:",
            "<script",
            "<link",
            "<iframe",
            "<object",
            "@import",
            "javascript:",
            " style=",
        ] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(!style.replace("url(#fade-", "").contains("url("));
    }
}

#[test]
fn no_tag_has_a_handler_or_leads_away() {
    for run in sample::runs() {
        for tag in tags(&page(&run)) {
            let mut words = tag.split_whitespace();
            let name = words.next().unwrap_or_default();
            assert!(words.all(|word| !word.starts_with("on")), "{tag}");
            assert!(!["form", "base", "button"].contains(&name), "{tag}");
        }
        let links = page(&run).matches("href=").count();
        assert_eq!(links, page(&run).matches("href=\"#file-").count());
    }
}

#[test]
fn every_finding_has_its_evidence_and_its_innocent_readings() {
    let run = sample::recycled();
    let page = unescaped(&page(&run));
    for finding in &run.files[0].findings {
        assert!(page.contains(finding.rule.0), "{}", finding.rule);
        for told in finding.innocent.iter().chain([&finding.message]) {
            assert!(page.contains(&long(told)), "{told}");
        }
        assert!(finding.evidence.iter().all(|evidence| page.contains(&plain(&evidence.raw))));
    }
}

fn unescaped(page: &str) -> String {
    let mut page = page.to_owned();
    for (written, meant) in
        [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
    {
        page = page.replace(written, meant);
    }
    page
}

#[test]
fn pictures_are_blurred_unless_they_are_asked_for() {
    let run = sample::recycled();
    let blurred = page(&run);
    assert!(blurred.contains("id=\"all\" class=\"switch all\">"));
    assert!(
        blurred.contains("class=\"switch show\"")
            && blurred.contains("data:image/jpeg;base64,/9j/4A==")
    );
    let shown = written(&run, HtmlStyle { pictures: Pictures::Shown });
    assert!(shown.contains("id=\"all\" class=\"switch all\" checked>"));
    assert!(!shown.contains("class=\"switch show\""));
}

#[test]
fn no_page_pronounces_a_verdict() {
    for run in sample::runs() {
        let page = page(&run).to_lowercase();
        let (_, body) = page.split_once("<body>").unwrap();
        for word in body.split(|c: char| !c.is_alphabetic() && c != '_') {
            assert!(!["fake", "false", "authentic", "original", "real"].contains(&word), "{word}");
        }
    }
}

#[test]
fn several_files_stand_in_an_overview_with_the_gravest_first() {
    assert!(!page(&sample::recycled()).contains("class=\"overview\""));
    let page = page(&sample::several());
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("href=\"#file-1\"><bdi>a.mp4") < at("href=\"#file-2\"><bdi>c"));
    assert!(at("href=\"#file-2\"") < at("href=\"#file-3\"><bdi>b.jpg"));
    assert!(at("id=\"file-1\"") < at("id=\"file-2\""));
}

#[test]
fn candidates_for_a_place_are_listed_and_the_gazetteer_is_credited() {
    let mut run = sample::recycled();
    assert!(!page(&run).contains("GeoNames"));
    let mut place = Place::named("Sergeevka", PlaceKind::Event, firstseen_model::Basis::Person);
    for (geonames, country) in [(1, "RU"), (2, "KZ")] {
        place.spots.push(firstseen_model::Spot {
            geonames,
            name: "Sergeyevka".to_owned(),
            area: firstseen_model::Area {
                country: country.to_owned(),
                region: None,
                name: "An area".to_owned(),
            },
            point: firstseen_model::Point { latitude: 43.35, longitude: 133.36, radius_m: 2000.0 },
        });
    }
    run.files[0].claims[0].claim.place = Some(place);
    let page = page(&run);
    assert!(page.contains("Sergeyevka, An area, KZ: 43.3500, 133.3600, geonames:2"));
    assert!(page.contains("GeoNames"));
}

#[test]
fn pictures_stop_where_the_page_would_grow_too_large_and_that_is_told() {
    let mut run = sample::several();
    let mut file = run.files[0].clone();
    let picture = vec![7; 100_000];
    let moment = Moment {
        pictures: ["query", "reference", "replay", "difference"]
            .map(|what| (what, picture.clone()))
            .into(),
        ..Moment::default()
    };
    file.matches[0].moments = vec![moment; 2];
    run.files = vec![file; 50];
    let page = page(&run);
    assert!(page.len() < 10_000_000, "{}", page.len());
    assert!(page.contains("Pictures of 2 moments are left out"));
    assert!(page.matches("data:image/jpeg").count() > 40);
}

#[test]
fn a_page_on_very_many_files_tells_the_gravest_and_counts_the_rest() {
    let mut run = sample::several();
    let graves = run.files.clone();
    run.files = (0..3_000).map(|i| sample::plain(&format!("{i:04}.jpg"))).collect();
    run.files.extend(graves);
    let page = page(&run);
    assert_eq!(page.matches("<article ").count(), FILES);
    assert!(page.contains("2803 more files are not told in full"));
    assert!(page.contains("And 1003 more; the JSON report"));
    assert!(page.find("a.mp4").unwrap() < page.find("0000.jpg").unwrap());
    assert!(page.len() < 2_000_000, "{}", page.len());
}

#[test]
fn a_long_text_is_cut_with_a_mark() {
    let mut run = sample::recycled();
    run.files[0].claims[0].claim.text = "x".repeat(10_000);
    assert!(page(&run).contains("x... (8000 more)"));
    assert_eq!(long("a\nb\u{202e}\r\nc\0"), "a\nb\\u{202e}\nc\\x00");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn hostile_text_adds_no_tag(bytes in prop::collection::vec(any::<u8>(), 0..40), text in any::<String>()) {
        let evil = format!("\"'><img src=x onerror=alert(1)></style></title><script>{text}</script>\u{202e}\0--><!--");
        let path = [evil.as_bytes(), &bytes].concat();
        for run in sample::runs() {
            let calm = tags(&page(&with(run.clone(), "calm", b"calm")));
            let page = page(&with(run, &evil, &path));
            prop_assert_eq!(tags(&page), calm);
            let safe = |c: char| c == '\n' || !escape::is_unsafe(c);
            prop_assert!(page.chars().all(safe));
        }
    }
}

/// The run with every text that may come from outside replaced.
pub(super) fn with(mut run: Run, text: &str, path: &[u8]) -> Run {
    let said = || text.to_owned();
    let lost =
        FileReport::not_looked_at(path.to_vec(), FileState::Unreadable, Gap::new(text, text));
    run.files.push(lost);
    run.notes.push(said());
    run.exit.because.push(said());
    run.settings.insert(said(), said());
    run.unseen_edits = said();
    run.index.iter_mut().for_each(|index| index.location = said());
    for file in &mut run.files {
        file.path = path.to_vec();
        let seen = file.matches.iter_mut().flat_map(|known| &mut known.sightings);
        for sighting in seen.chain(&mut file.own) {
            let seen = &mut sighting.seen;
            (seen.source, seen.caption, seen.title, seen.record) = (said(), said(), said(), said());
            (seen.channel, seen.post, seen.url) = (Some(said()), Some(said()), Some(said()));
            seen.place = Some(Place::named(
                text,
                PlaceKind::Caption,
                firstseen_model::Basis::Sidecar(said()),
            ));
            seen.dates.iter_mut().for_each(|date| date.text = said());
        }
        for known in &mut file.matches {
            (known.reference.title, known.reference.path) = (Some(said()), Some(path.to_vec()));
            known.moments.iter_mut().for_each(|moment| moment.remarks = vec![said()]);
            known.first_known.iter_mut().for_each(|first| first.seen_at = said());
        }
        for weighed in &mut file.claims {
            (weighed.claim.text, weighed.claim.by, weighed.why) = (said(), Some(said()), said());
            weighed.claim.event.iter_mut().for_each(|event| event.text = said());
            weighed.claim.place.iter_mut().for_each(|place| place.text = said());
        }
        for finding in &mut file.findings {
            (finding.message, finding.innocent) = (said(), vec![said()]);
            for evidence in &mut finding.evidence {
                (evidence.raw, evidence.record, evidence.basis) = (said(), said(), said());
            }
        }
        for fact in file.metadata.iter_mut().flat_map(|metadata| &mut metadata.facts) {
            (fact.name, fact.value, fact.read_from) = (said(), said(), said());
        }
    }
    run
}
