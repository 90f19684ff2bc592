//! Tables of persons and tools: separated by commas, semicolons or tabs, with a header, and strict about quotes.

use ::csv::{ReaderBuilder, StringRecord};
use firstseen_model::AssetId;

use super::{MOST_BYTES, SidecarError, not_a_record, plain, within};

/// What stands between two cells.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// Bytes of a header that are looked at.
const MOST_HEADER: usize = 64 << 10;
/// Faults that are told; more are counted.
const MOST_FAULTS: usize = 5;

/// A table: the names of its columns in lower case, and its rows.
pub(super) struct Table {
    header: Vec<String>,
    /// Each with the line that it begins in, from 1.
    rows: Vec<(u64, StringRecord)>,
    /// Whether the last row ends with the line, and so was written to its end.
    whole: bool,
}

/// A row with what its cells are called.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Table,
    line: u64,
    cells: &'a StringRecord,
}

/// What is wrong with a row.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub(super) struct Fault {
    line: u64,
    why: String,
}

impl Fault {
    pub(super) fn at(line: u64, why: impl Into<String>) -> Self {
        Self { line, why: why.into() }
    }
}

impl Table {
    /// The table in `bytes`, whose columns are to be some of `known`.
    pub(super) fn read(bytes: &[u8], known: &[&str]) -> Result<Self, SidecarError> {
        within("bytes", bytes.len(), MOST_BYTES)?;
        let text = utf8(bytes)?;
        let (separator, header) = header(text.as_bytes(), known).ok_or_else(|| {
            not_a_record(format!("its first line names none of {}", known.join(", ")))
        })?;
        for (i, name) in header.iter().enumerate() {
            if known.contains(&name.as_str()) && header[..i].contains(name) {
                return Err(not_a_record(format!("two columns are called {name}")));
            }
        }
        quotes(text.as_bytes(), separator)?;
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut table = Self { header, rows: Vec::new(), whole: text.ends_with(['\n', '\r']) };
        let (mut at, mut line) = (0, 1);
        for row in reader.records() {
            let row = row.map_err(|why| not_a_record(format!("no table: {why}")))?;
            // The reader's own count is one short where lines end with two characters.
            let from = row.position().map_or(at, |position| position.byte() as usize);
            let blank = text[from..].bytes().take_while(|byte| matches!(byte, b'\n' | b'\r'));
            let from = from + blank.count();
            line += text[at..from].bytes().filter(|byte| *byte == b'\n').count() as u64;
            at = from;
            if row.iter().any(|cell| !cell.trim().is_empty()) {
                table.rows.push((line, row));
            }
        }
        // The first is the header.
        table.rows.drain(..1.min(table.rows.len()));
        Ok(table)
    }

    /// Whether it has a column of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.header.iter().any(|column| column == name)
    }

    /// Columns that are none of `known` and have a name.
    pub(super) fn unknown_columns(&self, known: &[&str]) -> Vec<(String, u64)> {
        let names =
            self.header.iter().filter(|name| !name.is_empty() && !known.contains(&name.as_str()));
        names
            .map(|name| (super::fields::cut(name, 100).to_owned(), self.rows.len() as u64))
            .take(1_000)
            .collect()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row { table: self, line: *line, cells })
    }
}

impl<'a> Row<'a> {
    /// The line that it begins in, from 1.
    pub(super) fn line(self) -> u64 {
        self.line
    }

    /// A cell without the blanks around it; `None` where it is empty or there is no such column.
    pub(super) fn cell(self, name: &str) -> Option<&'a str> {
        let column = self.table.header.iter().position(|column| column == name)?;
        self.cells.get(column).map(str::trim).filter(|cell| !cell.is_empty())
    }

    /// The same for what means another thing when its end is missing.
    pub(super) fn whole_cell(self, name: &str) -> Result<Option<&'a str>, Fault> {
        let is_last_of_table = !self.table.whole
            && self.table.rows.last().is_some_and(|(_, last)| std::ptr::eq(last, self.cells))
            && self.table.header.last().is_some_and(|last| last == name);
        match self.cell(name) {
            Some(_) if is_last_of_table => Err(self.fault(format!(
                "{name} may be cut off: the last line has no end; add a line break"
            ))),
            cell => Ok(cell),
        }
    }

    /// Whether it has as many cells as the header; what is empty beyond does not count.
    pub(super) fn fits(self) -> Result<(), Fault> {
        let (cells, columns) = (self.cells.len(), self.table.header.len());
        if cells < columns || self.cells.iter().skip(columns).any(|cell| !cell.trim().is_empty()) {
            return Err(self.fault(format!("{cells} cells, and the header has {columns}")));
        }
        Ok(())
    }

    /// The SHA-256 that it names.
    pub(super) fn sha256(self) -> Result<Option<AssetId>, Fault> {
        let read = |text: &str| text.parse().map_err(|why| self.fault(format!("sha256: {why}")));
        self.cell("sha256").map(read).transpose()
    }

    pub(super) fn fault(self, why: impl Into<String>) -> Fault {
        Fault::at(self.line(), why)
    }
}

/// What each row says, or the error that names the rows that say nothing: a table with one fault may have others that
/// do not show, such as days and months in the wrong order, so none of it is used.
pub(super) fn all<T>(rows: impl Iterator<Item = Result<T, Fault>>) -> Result<Vec<T>, SidecarError> {
    let (mut read, mut faults, mut more) = (Vec::new(), Vec::new(), 0);
    for row in rows {
        match row {
            Ok(row) => read.push(row),
            Err(fault) if faults.len() < MOST_FAULTS => faults.push(fault),
            Err(_) => more += 1,
        }
    }
    if faults.is_empty() {
        return Ok(read);
    }
    let told = faults.iter().map(|fault| super::fields::cut(&fault.to_string(), 300).to_owned());
    let told = told.collect::<Vec<_>>().join("; ");
    let rest = if more > 0 { format!("; and {more} more lines") } else { String::new() };
    Err(not_a_record(format!("{told}{rest}; nothing of the table is used")))
}

/// The names in the first line where some of them are known, with the separator that shows them; else `None`.
pub(super) fn header(bytes: &[u8], known: &[&str]) -> Option<(u8, Vec<String>)> {
    let bytes = plain(bytes);
    let line = bytes
        .get(..MOST_HEADER)
        .unwrap_or(bytes)
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .next()?;
    let line = str::from_utf8(line).ok()?;
    let read = |separator: u8| {
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .from_reader(line.as_bytes());
        let names = reader.records().next()?.ok()?;
        let names: Vec<String> = names.iter().map(|name| name.trim().to_lowercase()).collect();
        let count = names.iter().filter(|name| known.contains(&name.as_str())).count();
        (count > 0).then_some((count, separator, names))
    };
    // The first of those that show as many names.
    let best = SEPARATORS.into_iter().rev().filter_map(read).max_by_key(|(count, ..)| *count)?;
    Some((best.1, best.2))
}

fn utf8(bytes: &[u8]) -> Result<&str, SidecarError> {
    let bytes = plain(bytes);
    if is_utf16(bytes) {
        return Err(utf16());
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(not_a_record(format!("line {}: a zero byte", line_of(bytes, at))));
    }
    str::from_utf8(bytes).map_err(|error| {
        let line = line_of(bytes, error.valid_up_to());
        not_a_record(format!("line {line}: not UTF-8; save it as UTF-8"))
    })
}

/// Whether it says of itself that it is in UTF-16, as some programs save what they call Unicode.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
}

pub(super) fn utf16() -> SidecarError {
    not_a_record("in UTF-16; save it as UTF-8")
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Whether every quote opens a cell or closes one: the reader would guess at the rest, and move cells about.
fn quotes(bytes: &[u8], separator: u8) -> Result<(), SidecarError> {
    #[derive(PartialEq)]
    enum At {
        Start,
        Plain,
        Quoted,
        Closed,
    }
    let (mut at, mut opened) = (At::Start, 0);
    let wrong = |i: usize, why: &str| not_a_record(format!("line {}: {why}", line_of(bytes, i)));
    for (i, byte) in bytes.iter().copied().enumerate() {
        let ends = byte == separator || matches!(byte, b'\n' | b'\r');
        at = match (at, byte) {
            (At::Start, b'"') => {
                opened = i;
                At::Quoted
            }
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) => At::Quoted,
            (At::Closed, b'"') => At::Quoted,
            (At::Plain, b'"') => {
                return Err(wrong(
                    i,
                    "a quote within a cell that does not begin with one; write \"\" in quotes",
                ));
            }
            (_, _) if ends => At::Start,
            (At::Closed, _) => return Err(wrong(i, "text behind the quote that ends a cell")),
            _ => At::Plain,
        };
    }
    if at == At::Quoted { Err(wrong(opened, "a quote that is never closed")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["path", "posted", "caption"];

    fn rows(text: &str) -> Vec<Vec<Option<String>>> {
        let table = Table::read(text.as_bytes(), &KNOWN).unwrap();
        table
            .rows()
            .map(|row| KNOWN.map(|name| row.cell(name).map(str::to_owned)).to_vec())
            .collect()
    }

    fn fault(text: &[u8]) -> String {
        Table::read(text, &KNOWN).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn separators_ends_of_lines_and_the_order_of_columns_do_not_matter() {
        let expected = vec![vec![Some("a;b, c.mp4".to_owned()), Some("2024".to_owned()), None]];
        for text in [
            "path,posted,caption\n\"a;b, c.mp4\",2024,\n",
            "\u{feff}Posted ; PATH;caption\r\n2024;\"a;b, c.mp4\";\r\n",
            "caption\tpath\tposted\n\ta;b, c.mp4\t2024",
            "posted,,path,other,\n2024,x,\"a;b, c.mp4\",y,\n,,,,\n\n",
        ] {
            assert_eq!(rows(text), expected, "{text:?}");
        }
        assert_eq!(
            rows("path,caption\na,\"two\nlines \"\"said\"\"\"\n")[0][2].as_deref(),
            Some("two\nlines \"said\"")
        );
    }

    #[test]
    fn what_would_be_guessed_at_is_refused_with_its_line() {
        for (text, why) in [
            (
                &b"path,posted\na,2024\n\"b,2024\nc,2024\n"[..],
                "line 3: a quote that is never closed",
            ),
            (b"path,posted\na \"b\",2024\n", "line 2: a quote within a cell"),
            (b"path,posted\n\"a\"b,2024\n", "line 2: text behind the quote"),
            (b"path,posted\na,2024\nb\xe9,2024\n", "line 3: not UTF-8"),
            (b"path,posted\na\0,2024\n", "line 2: a zero byte"),
            (b"\xff\xfep\0a\0", "UTF-16"),
            (b"path,path\na,b\n", "two columns are called path"),
            (b"name,when\na,b\n", "its first line names none of path, posted, caption"),
            (b"", "its first line names none"),
        ] {
            assert!(fault(text).contains(why), "{}", fault(text));
        }
    }

    #[test]
    fn rows_that_are_too_short_or_too_long_do_not_fit() {
        let table = Table::read(b"path,posted\na\nb,2024\nc,2024,\nd,2024,x\n", &KNOWN).unwrap();
        let fits: Vec<bool> = table.rows().map(|row| row.fits().is_ok()).collect();
        assert_eq!(fits, [false, true, true, false]);
        let refused = all(table.rows().map(|row| row.fits())).unwrap_err().to_string();
        assert!(
            refused.contains("line 2: 1 cells, and the header has 2; line 5: 3 cells"),
            "{refused}"
        );
    }

    #[test]
    fn the_end_of_a_table_without_an_end_is_not_believed() {
        let table = Table::read(b"path,posted\na,2024-10-18\nb,2024-10", &KNOWN).unwrap();
        let whole: Vec<bool> = table.rows().map(|row| row.whole_cell("posted").is_ok()).collect();
        assert_eq!(whole, [true, false]);
        assert!(table.rows().all(|row| row.whole_cell("path").is_ok()));
    }
}
