//! `suppress.toml`: findings that a person has set aside, with who, why and until when.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{Context, bail};
use firstseen_assess::Finding;
use firstseen_report::{Run, Suppression, SuppressionUse};
use globset::{GlobBuilder, GlobMatcher};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use crate::fail_on;

/// Least digits of an asset: fewer mean too many.
const MIN_DIGITS: usize = 6;

/// What persons have set aside, ready to be matched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suppressions {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    says: Suppression,
    path: Option<GlobMatcher>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    suppress: Vec<Spanned<Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    rule: String,
    asset: Option<String>,
    path: Option<String>,
    reason: String,
    author: String,
    expires: Option<toml::Value>,
}

impl Suppressions {
    /// Reads a file of suppressions.
    ///
    /// # Errors
    ///
    /// Where it cannot be read or an entry makes no sense; file and line are named.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("--suppress {shown}"))?;
        Self::parse(&text, &shown.to_string())
    }

    fn parse(text: &str, file: &str) -> anyhow::Result<Self> {
        let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let document: Document = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            anyhow::anyhow!("{file}:{}: {}", line(at), error.message())
        })?;
        let entries = document.suppress.into_iter().map(|table| {
            let place = format!("{file}:{}", line(table.span().start));
            entry(table.into_inner(), &place).with_context(|| place.clone())
        });
        Ok(Self { entries: entries.collect::<anyhow::Result<_>>()? })
    }

    /// Marks what is set aside on the day of the run, and tells what became of each entry.
    pub(crate) fn mark(&self, run: &mut Run) {
        let today = run.as_of.to_zoned(TimeZone::UTC).date();
        let mut uses: Vec<SuppressionUse> = self
            .entries
            .iter()
            .map(|entry| SuppressionUse {
                entry: entry.says.clone(),
                is_expired: entry.says.expires.is_some_and(|day| day < today),
                findings: 0,
            })
            .collect();
        for file in &mut run.files {
            for finding in &file.findings {
                let mut holds = None;
                for (entry, used) in self.entries.iter().zip(&mut uses) {
                    if entry.matches(file.path.as_slice(), finding) {
                        used.findings += 1;
                        holds = holds.or((!used.is_expired).then_some(&entry.says));
                    }
                }
                if let Some(says) = holds {
                    let standing = file.standings.entry(finding.id()).or_default();
                    standing.suppressed = Some(says.clone());
                }
            }
        }
        run.suppressions = uses;
    }
}

impl Entry {
    fn matches(&self, path: &[u8], finding: &Finding) -> bool {
        let same_asset = (self.says.asset.as_ref())
            .is_none_or(|digits| finding.asset.to_string().starts_with(digits.as_str()));
        let path = Path::new(std::ffi::OsStr::from_bytes(path));
        let path = path.strip_prefix(".").unwrap_or(path);
        let same_path = self.path.as_ref().is_none_or(|glob| {
            // A pattern without a folder is one of names, wherever they are.
            let names_only = !glob.glob().glob().contains('/');
            glob.is_match(path)
                || names_only && path.file_name().is_some_and(|name| glob.is_match(name))
        });
        finding.rule.to_string() == self.says.rule && same_asset && same_path
    }
}

fn entry(table: Table, place: &str) -> anyhow::Result<Entry> {
    if !fail_on::is_rule(&table.rule) {
        bail!("no such rule: {}", table.rule);
    }
    if table.asset.is_none() && table.path.is_none() {
        bail!("an asset or a path is needed: a whole rule is left out with --fail-on");
    }
    for (name, text) in [("reason", &table.reason), ("author", &table.author)] {
        if text.trim().is_empty() {
            bail!("{name} is empty");
        }
    }
    let asset = table.asset.map(|digits| digits.to_ascii_lowercase());
    if let Some(digits) = &asset
        && (!(MIN_DIGITS..=64).contains(&digits.len())
            || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    {
        bail!("asset {digits}: {MIN_DIGITS} to 64 digits of a SHA-256 are needed");
    }
    let path = table.path.as_deref().map(|pattern| {
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        glob.map(|glob| glob.compile_matcher()).with_context(|| format!("path {pattern}"))
    });
    let says = Suppression {
        place: place.to_owned(),
        rule: table.rule,
        asset,
        path: table.path.clone(),
        reason: table.reason,
        author: table.author,
        expires: table.expires.as_ref().map(day).transpose()?,
    };
    Ok(Entry { says, path: path.transpose()? })
}

/// A day, with quotes around it or without.
fn day(value: &toml::Value) -> anyhow::Result<Date> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(date) => date.to_string(),
        other => other.to_string(),
    };
    // A time would be taken for its day.
    let is_day = text.len() == "2027-06-30".len();
    let day = text.parse::<Date>().ok().filter(|_| is_day);
    day.with_context(|| format!("expires {text}: a day is needed, such as 2027-06-30"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "# Looked at in June.\n\n[[suppress]]\nrule = \"recycled\"\nasset = \"9C1F40AE\"\n\
                         path = \"incoming/*.mp4\"\nreason = \"known\"\nauthor = \"kd\"\nexpires = 2027-06-30\n";

    #[test]
    fn an_entry_says_what_why_who_and_until_when() {
        let read = Suppressions::parse(WHOLE, "suppress.toml").unwrap();
        let says = &read.entries[0].says;
        assert_eq!(says.place, "suppress.toml:3");
        assert_eq!((says.asset.as_deref(), says.author.as_str()), (Some("9c1f40ae"), "kd"));
        assert_eq!(says.expires.unwrap().to_string(), "2027-06-30");
        let quoted = WHOLE.replace("2027-06-30", "\"2027-06-30\"");
        assert_eq!(
            Suppressions::parse(&quoted, "x").unwrap().entries[0].says.expires,
            says.expires
        );
        assert!(Suppressions::parse("", "x").unwrap().entries.is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        let without = |line: &str| WHOLE.replace(&format!("{line}\n"), "");
        let cases = [
            (WHOLE.replace("reason", "resaon"), "suppress.toml:7: unknown field `resaon`"),
            (without("reason = \"known\""), "suppress.toml:3: missing field `reason`"),
            (without("author = \"kd\""), "suppress.toml:3: missing field `author`"),
            (WHOLE.replace("\"kd\"", "\" \""), "suppress.toml:3: author is empty"),
            (
                WHOLE.replace("\"recycled\"", "\"recicled\""),
                "suppress.toml:3: no such rule: recicled",
            ),
            (WHOLE.replace("9C1F40AE", "9c1f"), "suppress.toml:3: asset 9c1f: 6 to 64 digits"),
            (WHOLE.replace("9C1F40AE", "9c1fzzzz"), "suppress.toml:3: asset 9c1fzzzz"),
            (WHOLE.replace("*.mp4", "[.mp4"), "suppress.toml:3: path incoming/[.mp4"),
            (WHOLE.replace("2027-06-30", "\"soon\""), "suppress.toml:3: expires soon: a day"),
            (WHOLE.replace("2027-06-30", "2027-06-30T10:00:00Z"), "a day is needed"),
            (
                WHOLE.replace("[[suppress]]", "[[supress]]"),
                "suppress.toml:3: unknown field `supress`",
            ),
            ("[[suppress]\n".to_owned(), "suppress.toml:1: "),
            (
                without("asset = \"9C1F40AE\"").replace("path = \"incoming/*.mp4\"\n", ""),
                "suppress.toml:3: an asset or a path is needed",
            ),
        ];
        for (text, expected) in cases {
            let error = format!("{:#}", Suppressions::parse(&text, "suppress.toml").unwrap_err());
            assert!(error.contains(expected), "{error}\nfor\n{text}");
        }
    }
}
