//! The five questions that a person asks of a file's metadata, answered with what each answer rests on.

use firstseen_media::{Fact, Metadata};
use firstseen_model::{PlaceKind, Point};

use crate::gazetteer;
use crate::moment::{CAPTURED, Clock, WRITTEN, clock_ahead, moments, signed};
use crate::programs;
use crate::rules::caption_place_elsewhere::named_places;
use crate::rules::declared_generated::declares;
use crate::rules::generator_settings::settings;
use crate::rules::software_after_capture::youngest;
use crate::rules::zone_elsewhere::goes_by;

/// Lines of one answer that tell of programs; a chain of twenty savings is told by its ends.
const PROGRAMS: usize = 4;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// When it can have existed at the earliest and at the latest, and by which clock.
    When,
    /// Where it was taken, and whether its clock agrees with that place.
    Where,
    /// Which device or program made it, and which wrote it last.
    Maker,
    /// Through which platform it passed.
    Passage,
    /// Whether it declares itself edited or generated.
    Declared,
    /// What else lies in it.
    Inside,
}

impl Question {
    /// The word of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::When => "when",
            Self::Where => "where",
            Self::Maker => "made by",
            Self::Passage => "came through",
            Self::Declared => "declares",
            Self::Inside => "also inside",
        }
    }
}

/// One line of an answer. May hold text from outside: escape before printing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it answers.
    pub question: Question,
    /// In plain words.
    pub text: String,
    /// What it rests on: fields and where they were read; empty where nothing was found.
    pub basis: String,
}

/// The answers that a file's metadata give, in the order of the questions; each question has one line at least, but
/// for [`Question::Inside`].
///
/// They are lines for people and accuse nothing: what contradicts a claim is a finding.
#[must_use]
pub fn origin(metadata: &Metadata) -> Vec<Answer> {
    let mut answers = Answers(Vec::new());
    answers.of(
        Question::When,
        metadata,
        when,
        "it names no date; who saw it when is all that can tell",
    );
    answers.of(Question::Where, metadata, place, "it names no place");
    answers.of(Question::Maker, metadata, maker, "it names no device and no program");
    answers.of(Question::Passage, metadata, passage, "no trace of a platform");
    answers.of(
        Question::Declared,
        metadata,
        declared,
        "neither edits nor a generator; most files declare nothing",
    );
    inside(metadata, &mut answers);
    answers.0
}

struct Answers(Vec<Answer>);

impl Answers {
    fn of(
        &mut self,
        question: Question,
        metadata: &Metadata,
        ask: fn(&Metadata, &mut Self),
        nothing: &str,
    ) {
        let before = self.0.len();
        ask(metadata, self);
        if self.0.len() == before {
            self.say(question, nothing, "");
        }
    }

    fn say(&mut self, question: Question, text: impl Into<String>, basis: impl Into<String>) {
        self.0.push(Answer { question, text: text.into(), basis: basis.into() });
    }

    fn fact(&mut self, question: Question, text: impl Into<String>, fact: &Fact) {
        self.say(question, text, format!("{}, {}", fact.name, fact.read_from));
    }
}

fn when(metadata: &Metadata, answers: &mut Answers) {
    let captured = moments(metadata, &CAPTURED);
    if let Some(first) = captured.iter().min_by_key(|moment| moment.earliest) {
        let clock = match first.clock() {
            Clock::Satellite => "the satellites' clock",
            Clock::Device if first.never_set() => "a clock that was perhaps never set",
            Clock::Device => "the device's clock",
        };
        let text = format!("taken not before {}, by {clock}", first.earliest);
        answers.fact(Question::When, text, first.fact);
    }
    // What was taken or written then existed then.
    let mut existed = moments(metadata, &WRITTEN);
    existed.extend(captured);
    let set = existed.iter().filter(|moment| !moment.never_set());
    if let Some(by) = set.min_by_key(|moment| moment.latest) {
        let text = format!("existed by {}, if that clock was right", by.latest);
        answers.fact(Question::When, text, by.fact);
    }
    if let Some((fact, release)) = youngest(metadata) {
        let text = format!("last saved in {} or later: {}", release.month, programs::agent(fact));
        answers.fact(Question::When, text, fact);
    }
    for fact in named(metadata, "name_date") {
        let text = format!("its name says {}, which anyone can type", fact.value);
        answers.fact(Question::When, text, fact);
    }
}

fn place(metadata: &Metadata, answers: &mut Answers) {
    let camera = metadata.places.iter().filter(|place| place.kind == PlaceKind::Camera);
    for (place, point) in camera.clone().filter_map(|place| Some((place, place.point?))) {
        let near = gazetteer::nearest(&point).map(|(spot, metres)| {
            format!(", {:.0} km from {}, {}", metres / 1_000.0, spot.name, spot.area.country)
        });
        let text = format!("the camera stood at {}{}", told(&point), near.unwrap_or_default());
        answers.say(Question::Where, text, place.basis.to_string());
    }
    for (place, fact) in named_places(metadata) {
        let elsewhere = camera.clone().any(|camera| gazetteer::apart(&place, camera).is_some());
        let but = if elsewhere { ", which is not where the coordinates are" } else { "" };
        let text = format!("its caption fields name {}{but}", place.text);
        answers.fact(Question::Where, text, fact);
    }
    clock(metadata, answers);
}

/// In which zone the device's clock ran, and whether that is one of the place.
fn clock(metadata: &Metadata, answers: &mut Answers) {
    let Some((taken, ahead)) = clock_ahead(metadata) else { return };
    let how = match taken.offset {
        Some(_) => "its clock was set to",
        None => "by the satellites' clock its own was set to about",
    };
    let here = metadata.places.iter().find(|place| place.kind == PlaceKind::Camera);
    let agrees = match here.and_then(|place| goes_by(place, &taken, ahead)) {
        Some(true) => ", as clocks are there",
        Some(false) => ", which clocks there are not",
        None => "",
    };
    answers.fact(Question::Where, format!("{how} UTC{}{agrees}", signed(ahead)), taken.fact);
}

fn told(point: &Point) -> String {
    let radius = if point.radius_m < 1_000.0 {
        format!("{:.0} m", point.radius_m)
    } else {
        format!("{:.0} km", point.radius_m / 1_000.0)
    };
    format!("{:.5}, {:.5} (~{radius})", point.latitude, point.longitude)
}

fn maker(metadata: &Metadata, answers: &mut Answers) {
    let (make, model) = (named(metadata, "make").next(), named(metadata, "model").next());
    if let Some(fact) = model.or(make) {
        let value =
            |fact: Option<&Fact>| fact.map(|fact| fact.value.trim().to_owned()).unwrap_or_default();
        let (make, model) = (value(make), value(model));
        let repeats = model.to_lowercase().starts_with(&make.to_lowercase());
        let name = if repeats || make.is_empty() { model } else { format!("{make} {model}") };
        answers.fact(Question::Maker, format!("device: {}", name.trim()), fact);
    }
    let mut programs: Vec<&Fact> = metadata
        .facts
        .iter()
        .filter(|fact| {
            programs::NAMED.contains(&fact.name.as_str()) && !programs::agent(fact).is_empty()
        })
        .collect();
    programs.dedup_by_key(|fact| programs::agent(fact));
    let left_out = programs.len().saturating_sub(PROGRAMS);
    if left_out > 0 {
        programs.drain(1..=left_out);
    }
    for fact in programs {
        let what = match fact.name.as_str() {
            "encoder" => "container written by",
            "encoder_library" => "pictures encoded by",
            "xmp_creator_tool" => "made with",
            "xmp_history" => "saved with",
            _ => "program",
        };
        answers.fact(Question::Maker, format!("{what}: {}", programs::agent(fact)), fact);
    }
    if left_out > 0 {
        answers.say(Question::Maker, format!("and {left_out} more savings"), "xmp_history");
    }
    if let Some(fact) = named(metadata, "jpeg_quality").next() {
        let sampling = metadata.value("jpeg_sampling").map(|sampling| format!(", {sampling}"));
        let progressive = metadata.value("jpeg_progressive") == Some("true");
        let text = format!(
            "JPEG tables nearest to quality {}{}{}",
            fact.value,
            sampling.unwrap_or_default(),
            if progressive { ", progressive" } else { "" }
        );
        answers.fact(Question::Maker, text, fact);
    }
}

fn passage(metadata: &Metadata, answers: &mut Answers) {
    for fact in named(metadata, "special_instructions").filter(|fact| fact.raw.starts_with("FBMD"))
    {
        let text =
            "Facebook or Instagram: they write FBMD into what they save; the bytes can be copied";
        answers.fact(Question::Passage, text, fact);
    }
    let mut platforms: Vec<(&str, &Fact)> = metadata
        .facts
        .iter()
        .filter_map(|fact| Some((fact.read_from.strip_prefix("name:")?, fact)))
        .collect();
    platforms.dedup_by_key(|(platform, _)| *platform);
    for (platform, fact) in platforms {
        let text = match (platform, fact.name.as_str()) {
            ("screenshot", _) => "a screenshot, by its name".to_owned(),
            (_, "post_id") => format!("{platform}, by the id {} in its name", fact.value),
            _ => format!("its name is like those of {platform}; anyone can type a name"),
        };
        answers.fact(Question::Passage, text, fact);
    }
    for fact in named(metadata, "user_comment").filter(|fact| fact.value.trim() == "Screenshot") {
        answers.fact(Question::Passage, "a screenshot, by the phone's comment", fact);
    }
    let stripped = !metadata.facts.iter().any(|fact| {
        ["exif", "xmp", "iptc", "png", "container", "mp4"]
            .iter()
            .any(|block| fact.read_from.starts_with(block) && fact.name != "has_thumbnail")
    });
    if stripped && answers.0.iter().all(|answer| answer.question != Question::Passage) {
        let text = "no metadata, as in nearly all copies from platforms and messengers; that alone says nothing";
        answers.say(Question::Passage, text, "");
    }
}

fn declared(metadata: &Metadata, answers: &mut Answers) {
    for fact in &metadata.facts {
        if let Some(words) = declares(fact) {
            answers.fact(Question::Declared, format!("that it is {words}"), fact);
        }
    }
    if let Some((fact, what)) = metadata.facts.iter().find_map(|fact| Some((fact, settings(fact)?)))
    {
        answers.fact(Question::Declared, format!("{what} in it"), fact);
    }
    if let Some((fact, name)) = programs::editor(metadata) {
        let text = format!("that {name} saved it, which tells nothing of what was changed");
        answers.fact(Question::Declared, text, fact);
    }
    for fact in
        named(metadata, "has_c2pa").filter(|fact| matches!(fact.value.as_str(), "true" | "yes"))
    {
        let text = "content credentials (C2PA) are in it; this version does not verify them";
        answers.fact(Question::Declared, text, fact);
    }
}

fn inside(metadata: &Metadata, answers: &mut Answers) {
    let number = |name| metadata.value(name).and_then(|value| value.parse::<u32>().ok());
    let (width, height) = (number("width"), number("height"));
    for preview in &metadata.previews {
        let larger = width.is_some_and(|width| preview.width > width)
            || height.is_some_and(|height| preview.height > height);
        if larger {
            let text = format!(
                "a preview of {}x{}, larger than the picture",
                preview.width, preview.height
            );
            answers.say(Question::Inside, text, preview.read_from.clone());
        }
    }
    for fact in named(metadata, "trailing_bytes").filter(|fact| fact.value != "0") {
        let kind = metadata.value("trailing_kind").unwrap_or("of an unknown kind");
        let text = format!("{} bytes after its end: {kind}", fact.value);
        answers.fact(Question::Inside, text, fact);
    }
}

fn named<'a>(metadata: &'a Metadata, name: &str) -> impl Iterator<Item = &'a Fact> {
    let name = name.to_owned();
    metadata.facts.iter().filter(move |fact| fact.name == name && !fact.value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use firstseen_media::Preview;
    use firstseen_model::{Basis, Place};

    use super::*;
    use crate::scene::says;

    fn texts(metadata: &Metadata, question: Question) -> Vec<String> {
        let answers = origin(metadata).into_iter();
        answers.filter(|answer| answer.question == question).map(|answer| answer.text).collect()
    }

    #[test]
    fn every_question_is_answered_where_there_is_nothing() {
        let questions: Vec<Question> =
            origin(&Metadata::default()).iter().map(|answer| answer.question).collect();
        use Question::{Declared, Maker, Passage, When, Where};
        assert_eq!(questions, [When, Where, Maker, Passage, Declared]);
    }

    #[test]
    fn a_camera_file_is_told_in_full() {
        let mut metadata = says(&[
            ("make", "SONY", "exif:IFD0"),
            ("model", "DSC-HX5V", "exif:IFD0"),
            ("datetime_original", "2010-05-15T17:12:05", "exif:Exif"),
            ("gps_datetime_utc", "2010-05-15T15:12:07", "exif:GPS"),
            ("software", "Adobe Photoshop CC 2017 (Macintosh)", "exif:IFD0"),
        ]);
        metadata.places =
            vec![Place::parse("51.72,94.44~100m", PlaceKind::Camera, Basis::Exif).unwrap()];
        assert_eq!(
            texts(&metadata, Question::When),
            [
                "taken not before 2010-05-15T03:12:05Z, by the device's clock",
                "existed by 2010-05-15T15:12:07Z, if that clock was right",
                "last saved in 2016-11 or later: Adobe Photoshop CC 2017 (Macintosh)",
            ]
        );
        assert_eq!(
            texts(&metadata, Question::Where),
            [
                "the camera stood at 51.72000, 94.44000 (~100 m), 1 km from Kyzyl, RU",
                "by the satellites' clock its own was set to about UTC+02:00, which clocks there are not",
            ]
        );
        assert_eq!(
            texts(&metadata, Question::Maker),
            ["device: SONY DSC-HX5V", "program: Adobe Photoshop CC 2017 (Macintosh)"]
        );
        assert!(texts(&metadata, Question::Declared)[0].starts_with("that Adobe Photoshop"));
    }

    #[test]
    fn traces_of_platforms_are_told_and_their_absence_is_not_held_against_a_file() {
        let facebook = says(&[("special_instructions", "FBMD0f000747", "iptc")]);
        assert!(texts(&facebook, Question::Passage)[0].starts_with("Facebook or Instagram"));
        let whatsapp = says(&[("name_date", "2024-10-18", "name:whatsapp")]);
        assert!(texts(&whatsapp, Question::Passage)[0].contains("like those of whatsapp"));
        let stripped = says(&[("width", "1280", "header")]);
        assert!(texts(&stripped, Question::Passage)[0].ends_with("that alone says nothing"));
        let camera = says(&[("model", "DSC-HX5V", "exif:IFD0")]);
        assert_eq!(texts(&camera, Question::Passage), ["no trace of a platform"]);
    }

    #[test]
    fn what_lies_beside_the_picture_is_told() {
        let mut metadata = says(&[
            ("width", "640", "header"),
            ("height", "480", "header"),
            ("trailing_bytes", "1200", "jpeg"),
            ("trailing_kind", "motion photo", "jpeg"),
        ]);
        let preview =
            |width, height| Preview { read_from: "mpf".to_owned(), width, height, agreement: None };
        metadata.previews = vec![preview(160, 120), preview(1616, 1080)];
        assert_eq!(
            texts(&metadata, Question::Inside),
            [
                "a preview of 1616x1080, larger than the picture",
                "1200 bytes after its end: motion photo"
            ]
        );
    }

    #[test]
    fn a_long_history_is_told_by_its_ends() {
        let entries: Vec<String> = (0..9).map(|i| format!("saved; 2017; Editor {i}")).collect();
        let facts: Vec<(&str, &str, &str)> =
            entries.iter().map(|entry| ("xmp_history", entry.as_str(), "xmp")).collect();
        assert_eq!(
            texts(&says(&facts), Question::Maker),
            [
                "saved with: Editor 0",
                "saved with: Editor 6",
                "saved with: Editor 7",
                "saved with: Editor 8",
                "and 5 more savings"
            ]
        );
    }
}
