//! A table of sightings that a person wrote: a row for each time a file was seen.

use firstseen_model::{Basis, DateKind, Dated, Place, PlaceError, PlaceKind};

use super::fields::FIRST_SECOND;
use super::table::{Fault, Row, Table, all, header};
use super::{Companion, Format, Record, SidecarError, not_a_record};

/// The columns of a table.
const COLUMNS: [&str; 9] =
    ["path", "sha256", "posted", "source", "url", "caption", "archived", "place", "case"];
/// Those that say which file a row is of.
const FILE: [&str; 2] = ["path", "sha256"];
/// Those that tell a table of sightings from any other list of files.
const SEEN: [&str; 4] = ["posted", "source", "url", "archived"];

/// Reads a table with the columns path or sha256, and posted, source, url, caption, archived, place, case, in any order.
///
/// Dates are EDTF, as in options. A table with one fault is not used at all: who mixes forms of dates in one table is
/// not known to have meant the others as they read.
///
/// # Errors
///
/// [`SidecarError`] where it is no such table, with the lines that are wrong, or too much.
pub fn read(bytes: &[u8]) -> Result<Companion, SidecarError> {
    let table = Table::read(bytes, &COLUMNS)?;
    if !FILE.iter().any(|name| table.has(name)) {
        return Err(not_a_record("no column path or sha256 says which file a row is of"));
    }
    Ok(Companion {
        records: all(table.rows().map(record))?,
        unknown_fields: table.unknown_columns(&COLUMNS),
        ..Companion::of(Format::Csv)
    })
}

/// Whether the first line shows a table of sightings.
pub(super) fn is_table(bytes: &[u8]) -> bool {
    header(bytes, &COLUMNS).is_some_and(|(_, names)| {
        let any = |of: &[&str]| names.iter().any(|name| of.contains(&name.as_str()));
        any(&FILE) && any(&SEEN) && !any(&["event_date", "text"])
    })
}

fn record(row: Row<'_>) -> Result<Record, Fault> {
    row.fits()?;
    let mut record = Record { path: row.cell("path").map(str::to_owned), ..Record::default() };
    record.sha256 = row.sha256()?;
    if record.path.is_none() && record.sha256.is_none() {
        return Err(row.fault("neither path nor sha256 says which file it is of"));
    }
    let text = |name: &str| row.cell(name).map(str::to_owned);
    let seen = &mut record.seen;
    seen.source = text("source").unwrap_or_else(|| "local".to_owned());
    seen.url = text("url");
    seen.caption = text("caption").unwrap_or_default();
    seen.case = text("case");
    if let Some(posted) = date(row, "posted", DateKind::Posted)? {
        if posted.latest.is_some_and(|at| at.as_second() < FIRST_SECOND) {
            return Err(row.fault("posted: no post is from before 1990"));
        }
        seen.dates.push(posted);
    }
    if let Some(archived) = row.cell("archived") {
        if !archived.contains("://") {
            return Err(row.fault("archived: the address of an archived copy is needed"));
        }
        seen.archive_url = Some(archived.to_owned());
        seen.dates.extend(Dated::web_archive(archived));
    }
    seen.place = place(row, "place", PlaceKind::Camera)?;
    Ok(record)
}

/// A date of a person's table.
pub(super) fn date(row: Row<'_>, name: &str, kind: DateKind) -> Result<Option<Dated>, Fault> {
    let read = |text| {
        Dated::parse(text, kind, Basis::Person).map_err(|why| row.fault(format!("{name}: {why}")))
    };
    row.whole_cell(name)?.map(read).transpose()
}

/// A place of a person's table: by coordinates, or its name to be looked up.
pub(super) fn place(row: Row<'_>, name: &str, kind: PlaceKind) -> Result<Option<Place>, Fault> {
    let read = |text: &str| match Place::parse(text, kind, Basis::Person) {
        Err(PlaceError::NotCoordinates) => Ok(Place::named(text, kind, Basis::Person)),
        read => read.map_err(|why| row.fault(format!("{name}: {why}"))),
    };
    row.whole_cell(name)?.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "path,posted,source,url,caption,archived,place,case,mood\r\n\
        a/clip.mp4,2022-03-11,telegram,https://t.me/example/1,\"one, two\",https://web.archive.org/web/20220312000000/https://t.me/example/1,\"43.35,133.36~5km\",depot,x\r\n\
        b.jpg,2024-10~,,,,,Sergeevka,,\r\n";

    fn refused(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn every_row_becomes_a_sighting() {
        let table = read(TABLE.as_bytes()).unwrap();
        let [first, second] = table.records.as_slice() else { panic!("{table:?}") };
        assert_eq!(first.path.as_deref(), Some("a/clip.mp4"));
        let seen = &first.seen;
        assert_eq!((seen.source.as_str(), seen.caption.as_str()), ("telegram", "one, two"));
        assert_eq!(seen.case.as_deref(), Some("depot"));
        assert_eq!(seen.date(DateKind::Posted).unwrap().basis, Basis::Person);
        assert_eq!(seen.date(DateKind::Archived).unwrap().text, "2022-03-12T00:00:00Z");
        assert!(seen.place.as_ref().unwrap().point.is_some());
        assert_eq!((second.seen.source.as_str(), &second.seen.url), ("local", &None));
        assert_eq!(second.seen.place.as_ref().unwrap().text, "Sergeevka");
        assert_eq!(table.unknown_fields, [("mood".to_owned(), 2)]);
    }

    #[test]
    fn a_row_may_name_its_file_by_its_bytes() {
        let sha256 = "ab".repeat(32);
        let table = read(format!("sha256;posted\n{sha256};2024\n").as_bytes()).unwrap();
        assert_eq!(table.records[0].sha256.unwrap().to_string(), sha256);
        assert!(refused("sha256,posted\nabc,2024\n").contains("line 2: sha256"));
        assert!(refused("sha256,posted\n,2024\n").contains("line 2: neither path nor sha256"));
        assert!(refused("posted,url\n2024,x\n").contains("no column path or sha256"));
    }

    #[test]
    fn one_date_in_another_form_refuses_the_table() {
        let why = refused("path,posted\na,2024-10-18\nb,18.10.2024\nc,2024-05-06\n");
        assert!(why.contains("line 3: posted: \"18.10.2024\" is not a date"), "{why}");
        assert!(
            why.contains("write 2024-10-18") && why.contains("nothing of the table is used"),
            "{why}"
        );
        assert!(refused("path,posted\na,0000-00-00\n").contains("line 2"));
        assert!(
            refused("path,posted\na,1988\n")
                .contains("line 2: posted: no post is from before 1990")
        );
        assert!(refused("path,place\na,\"200,300\"\n").contains("line 2: place"));
        assert!(refused("path,archived\na,2024\n").contains("line 2: archived"));
    }

    #[test]
    fn a_list_of_files_is_no_table_of_sightings() {
        for (text, expected) in [
            ("path,posted\n", true),
            ("sha256;url\n", true),
            ("path,size\n", false),
            ("path,caption\n", false),
            ("posted,url\n", false),
            ("path,text,event_date,url\n", false),
        ] {
            assert_eq!(is_table(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn no_prefix_gives_another_date() {
        for columns in [["path", "url", "posted"], ["posted", "path", "url"]] {
            let cell = |name| match name {
                "path" => "a.mp4",
                "url" => "https://example.org/1",
                _ => "2024-10-01/2024-10-18",
            };
            let text = format!("{}\n{}\n", columns.join(","), columns.map(cell).join(","));
            for len in 0..text.len() {
                for record in
                    read(&text.as_bytes()[..len]).map_or(Vec::new(), |table| table.records)
                {
                    assert!(
                        record.seen.dates.iter().all(|date| date.text == cell("posted")),
                        "{len}"
                    );
                }
            }
        }
        for len in 0..TABLE.len() {
            let _ = read(&TABLE.as_bytes()[..len]);
        }
    }
}
