//! Names of programs that files carry: which are editors, and before when a version cannot have been in use.

use std::sync::OnceLock;

use firstseen_media::{Fact, Metadata};
use jiff::Timestamp;
use jiff::civil::Date;

/// Fields in which programs name themselves.
pub(crate) const NAMED: [&str; 5] =
    ["software", "xmp_creator_tool", "xmp_history", "encoder", "encoder_library"];

/// Programs that are made to change what a picture shows, as they name themselves, in lower case. Cameras, phones,
/// scanners, transfer tools, viewers that turn a picture, and platforms are left out on purpose.
const EDITORS: [&str; 50] = [
    "acd systems digital imaging",
    "acdsee",
    "adobe after effects",
    "adobe fireworks",
    "adobe imageready",
    "adobe illustrator",
    "adobe indesign",
    "adobe lightroom",
    "adobe photoshop",
    "adobe premiere",
    "affinity photo",
    "affinity designer",
    "canva",
    "capcut",
    "capture nx",
    "capture one",
    "corel paint",
    "corel photo",
    "darktable",
    "davinci resolve",
    "dxo ",
    "facetune",
    "faceapp",
    "final cut pro",
    "gimp",
    "imovie",
    "inshot",
    "kdenlive",
    "kinemaster",
    "krita",
    "luminar",
    "meitu",
    "movavi",
    "paint shop pro",
    "paint.net",
    "paintshop",
    "photoscape",
    "picsart",
    "pixelmator",
    "pixlr",
    "polarr",
    "rawtherapee",
    "remini",
    "shotcut",
    "snapseed",
    "topaz",
    "vegas pro",
    "videoleap",
    "vsco",
    "wondershare filmora",
];

/// The field that names an editor, with the editor's name as the field has it: the first in the order of the file.
pub(crate) fn editor(metadata: &Metadata) -> Option<(&Fact, &str)> {
    metadata.facts.iter().find_map(|fact| Some((fact, editor_in(fact)?)))
}

/// The program's name in a field, if it is an editor's.
pub(crate) fn editor_in(fact: &Fact) -> Option<&str> {
    if !matches!(fact.name.as_str(), "software" | "xmp_creator_tool" | "xmp_history" | "encoder") {
        return None;
    }
    let name = agent(fact);
    // A name that only occurs within a sentence is no program's own.
    let lower = name.to_lowercase();
    EDITORS.iter().any(|editor| lower.starts_with(editor)).then_some(name)
}

/// The program's name: an entry of XMP's history is `action; when; softwareAgent`.
pub(crate) fn agent(fact: &Fact) -> &str {
    let value = fact.value.trim();
    match fact.name.as_str() {
        "xmp_history" => value.rsplit(';').next().unwrap_or_default().trim(),
        _ => value,
    }
}

/// A program's version, with the moment before which it cannot have been in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    /// The start of the month, wherever that comes first.
    pub(crate) not_before: Timestamp,
    /// The month, such as `2016-11`.
    pub(crate) month: &'static str,
}

/// The latest moment before which the program of this name and version cannot have been in use; `None` for those
/// that the table does not know.
pub(crate) fn release(program: &str) -> Option<Release> {
    table()
        .iter()
        .filter(|row| row.is_of(program))
        .map(|row| row.release)
        .max_by_key(|release| release.not_before)
}

struct Row {
    name: &'static str,
    version: Option<Vec<u32>>,
    release: Release,
}

impl Row {
    fn is_of(&self, program: &str) -> bool {
        let Some((head, rest)) = program.split_at_checked(self.name.len()) else { return false };
        if !head.eq_ignore_ascii_case(self.name) || rest.starts_with(|c: char| c.is_alphabetic()) {
            return false;
        }
        let Some(least) = &self.version else { return true };
        let version = version(rest.trim_start_matches([' ', '-', 'v']));
        // Years and version numbers are two ways of counting.
        let year = |version: &[u32]| version.first().is_some_and(|major| *major >= 1000);
        !version.is_empty() && year(&version) == year(least) && version >= *least
    }
}

/// The numbers of a version: `58.29.100` is 58, 29, 100.
fn version(text: &str) -> Vec<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].split('.').map_while(|number| number.parse().ok()).collect()
}

fn table() -> &'static [Row] {
    static TABLE: OnceLock<Vec<Row>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = include_str!("../data/releases.tsv").lines();
        lines.filter(|line| !line.starts_with('#')).filter_map(row).collect()
    })
}

fn row(line: &'static str) -> Option<Row> {
    let fields: Vec<&'static str> = line.split('\t').collect();
    let [name, least, month, _source] = fields[..] else { return None };
    let (year, number) = month.split_once('-')?;
    let begins = Date::new(year.parse().ok()?, number.parse().ok()?, 1).ok()?.at(0, 0, 0, 0);
    // The month begins first in the easternmost zone.
    let not_before = jiff::tz::offset(14).to_timestamp(begins).ok()?;
    let version = if least == "-" { None } else { Some(version(least)) };
    Some(Row { name, version, release: Release { not_before, month } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::says;

    fn month(program: &str) -> Option<&'static str> {
        release(program).map(|release| release.month)
    }

    #[test]
    fn every_row_of_the_table_is_read() {
        let lines = include_str!("../data/releases.tsv").lines();
        assert_eq!(table().len(), lines.filter(|line| !line.starts_with('#')).count());
        assert!(table().iter().all(|row| row.version.as_ref().is_none_or(|v| !v.is_empty())));
    }

    #[test]
    fn versions_of_known_programs_have_a_month() {
        for (program, expected) in [
            ("Adobe Photoshop 7.0", "2002-02"),
            ("Adobe Photoshop CS5 Macintosh", "2010-04"),
            ("Adobe Photoshop CS5.1 Windows", "2010-04"),
            ("Adobe Photoshop CC (Windows)", "2013-05"),
            ("Adobe Photoshop CC 2017 (Macintosh)", "2016-11"),
            ("Adobe Photoshop CC 2015.5 (Windows)", "2015-06"),
            ("Adobe Photoshop 22.3 (Windows)", "2020-10"),
            ("Adobe Photoshop Lightroom 3.4.1", "2009-10"),
            ("Adobe Photoshop Lightroom Classic 10.1 (Windows)", "2020-10"),
            ("Lavf58.29.100", "2018-11"),
            ("Lavf58.28.100", "2018-04"),
            ("Lavc58.54.100 libx264", "2018-11"),
            ("x264 - core 164 r3095 baee400", "2021-05"),
            ("iOS 11.2.2", "2017-06"),
            ("Android 10", "2019-03"),
        ] {
            assert_eq!(month(program), Some(expected), "{program}");
        }
    }

    #[test]
    fn what_the_table_does_not_know_has_none() {
        for program in [
            "",
            "Ver.5.01",
            "11.2.2",
            "Adobe Photoshop Elements 10.0 Windows",
            "Adobe Photoshop Express (iOS)",
            "Adobe Photoshop 2020",
            "Adobe Photoshop",
            "Adobe Photoshop Lightroom",
            "Lavf54.29.100",
            "Lavfilter 58.29",
            "Made with iOS 11",
            "x264 - core 120",
        ] {
            assert_eq!(month(program), None, "{program}");
        }
    }

    #[test]
    fn editors_name_themselves_first() {
        let named = |name: &str, value: &str| {
            let metadata = says(&[(name, value, "exif:IFD0")]);
            editor(&metadata).map(|(_, editor)| editor.to_owned())
        };
        assert!(named("software", "Adobe Photoshop 7.0").is_some());
        assert!(named("software", "GIMP 2.10.34").is_some());
        assert_eq!(
            named("xmp_history", "saved; 2017-05-03T10:00:00Z; Adobe Premiere Pro CC 2017.1")
                .as_deref(),
            Some("Adobe Premiere Pro CC 2017.1")
        );
        for value in [
            "Ver.1.0",
            "11.2.2",
            "Picasa",
            "Photos 3.0",
            "Windows Photo Viewer 10.0",
            "OLYMPUS Master 2.04W",
            "Nikon Transfer 6.2.1 W",
            "NIKON D70 Ver.2.00",
            "HDR+ 1.0.199571065z",
            "FDi V4.5 / FRONTIER390-6.0-0F-265",
            "EPSON Scan",
            "MediaTek Camera Application",
            "G950FXXU1AQJ5",
            "not edited with Photoshop",
        ] {
            assert_eq!(named("software", value), None, "{value}");
        }
        assert_eq!(named("caption", "Adobe Photoshop"), None);
    }
}
