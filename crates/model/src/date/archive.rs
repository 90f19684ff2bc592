//! Times in the addresses of web archives.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Archives whose addresses hold the UTC time of the copy as 14 digits. Any site may have such a path, so others say
/// nothing.
const HOSTS: [&str; 11] = [
    "web.archive.org",
    "wayback.archive-it.org",
    "arquivo.pt",
    "webarchive.nationalarchives.gov.uk",
    "www.webarchive.org.uk",
    "archive.today",
    "archive.ph",
    "archive.is",
    "archive.li",
    "archive.vn",
    "archive.md",
];

/// The Unix time in an archived copy's address.
pub(super) fn taken_at(url: &str) -> Option<i64> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let (host, path) = rest.split_once('/')?;
    if !HOSTS.iter().any(|known| host.eq_ignore_ascii_case(known)) {
        return None;
    }
    // The archived address comes last and may hold anything.
    let digits = path.split('/').take(3).find_map(stamp)?;
    let at = DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// The 14 digits of a path's part, which may carry a mode such as `id_`.
fn stamp(part: &str) -> Option<&str> {
    let (digits, mode) = part.split_at_checked(14)?;
    let plain = mode.is_empty() || (mode.len() == 3 && mode.ends_with('_'));
    (plain && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use crate::{Basis, DateKind, Dated};

    fn check(url: &str, expected: Option<&str>) {
        let dated = Dated::web_archive(url);
        assert_eq!(dated.as_ref().map(|dated| dated.text.as_str()), expected, "{url}");
        if let Some(dated) = dated {
            assert_eq!((dated.kind, dated.basis), (DateKind::Archived, Basis::WebArchive));
            assert_eq!(dated.earliest, dated.latest);
        }
    }

    #[test]
    fn an_archived_copys_address_dates_it() {
        let at = Some("2024-10-18T07:05:00Z");
        check("https://web.archive.org/web/20241018070500/https://example.org/v.mp4", at);
        check("http://web.archive.org/web/20241018070500id_/http://example.org/", at);
        check("https://web.archive.org/web/20241018070500im_/x", at);
        check("https://archive.ph/20241018070500/https://example.org/", at);
    }

    #[test]
    fn other_addresses_say_nothing() {
        check("https://example.org/web/20241018070500/clip.mp4", None);
        check("https://web.archive.org/web/2024/https://example.org/", None);
        check("https://web.archive.org/web/20241318070500/https://example.org/", None);
        check("https://web.archive.org/web/2024101807050é/", None);
        check("https://web.archive.org/save/https://x.org/20241018070500/y", None);
        check("20241018070500", None);
        check("", None);
    }
}
