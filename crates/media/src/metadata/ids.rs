//! Ids of posts that hold the time at which they were made.

use firstseen_model::{Basis, DateKind, Dated, Doubt};
use jiff::Timestamp;

/// How a platform makes its ids.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scheme {
    /// The platform's short name.
    pub(super) platform: &'static str,
    /// Bits below the time.
    shift: u32,
    /// Milliseconds of one unit of the time.
    unit_ms: i64,
    /// Milliseconds from 1970 at which the time begins to count.
    epoch_ms: i64,
    /// The first second of 1970 at which such an id can have been made.
    since: i64,
    /// Seconds that may lie between the id and the post.
    late_s: i64,
    /// What is to be doubted of every such date.
    doubt: Doubt,
}

/// Posts and media of X. Source: Twitter, "Announcing Snowflake", 2010; checked against the API's samples.
pub(super) const X: Scheme = Scheme {
    platform: "x",
    shift: 22,
    unit_ms: 1,
    epoch_ms: 1_288_834_974_657,
    since: 1_288_834_975,
    late_s: 0,
    doubt: Doubt::None,
};

/// TikTok and Douyin, and musical.ly before them: the id is made when the upload starts. In a public set of 73 posts
/// the post came 49 s later at most; one that was scheduled comes days later, and existed by then all the same.
pub(super) const TIKTOK: Scheme = Scheme {
    platform: "tiktok",
    shift: 32,
    unit_ms: 1000,
    epoch_ms: 0,
    since: 1_406_851_200,
    late_s: 60,
    doubt: Doubt::None,
};

/// Instagram. Source: its engineers' "Sharding & IDs at Instagram", 2012; checked against two published posts.
pub(super) const INSTAGRAM: Scheme = Scheme {
    platform: "instagram",
    shift: 23,
    unit_ms: 1,
    epoch_ms: 1_314_220_021_721,
    since: 1_314_220_021,
    late_s: 0,
    doubt: Doubt::None,
};

/// Discord. Source: its developer documentation, "Snowflakes", with the example that the tests hold.
pub(super) const DISCORD: Scheme = Scheme {
    platform: "discord",
    shift: 22,
    unit_ms: 1,
    epoch_ms: 1_420_070_400_000,
    since: 1_431_475_200,
    late_s: 0,
    doubt: Doubt::None,
};

/// LinkedIn: no published formula, and no post whose second is published.
pub(super) const LINKEDIN: Scheme = Scheme {
    platform: "linkedin",
    shift: 22,
    unit_ms: 1,
    epoch_ms: 0,
    since: 1_051_747_200,
    late_s: 0,
    doubt: Doubt::Uncertain,
};

/// Mastodon since version 2.0. Each server has a clock of its own, and dates the posts of others as they say.
pub(super) const MASTODON: Scheme = Scheme {
    platform: "mastodon",
    shift: 16,
    unit_ms: 1,
    epoch_ms: 0,
    since: 1_506_816_000,
    late_s: 0,
    doubt: Doubt::Uncertain,
};

impl Scheme {
    /// The second at which `id` was made; `None` before the platform began and after `now`.
    pub(super) fn made_at(&self, id: u64, now: Timestamp) -> Option<Timestamp> {
        let units = i64::try_from(id >> self.shift).ok()?;
        let ms = units.checked_mul(self.unit_ms)?.checked_add(self.epoch_ms)?;
        let second = ms.div_euclid(1000);
        let at = Timestamp::from_second(second).ok()?;
        (second >= self.since && at <= now).then_some(at)
    }

    /// The same as a date. What is in doubt is told to the day.
    pub(super) fn dated(
        &self,
        id: u64,
        kind: DateKind,
        basis: Basis,
        now: Timestamp,
    ) -> Option<Dated> {
        let at = self.made_at(id, now)?;
        if self.doubt != Doubt::None {
            return guessed(at, kind, basis);
        }
        let dated = Dated::from_unix(at.as_second(), kind, basis)?;
        let latest = Timestamp::from_second(at.as_second() + self.late_s).ok();
        Some(Dated { latest: latest.or(dated.latest), ..dated })
    }
}

/// A day that may be the one.
pub(super) fn guessed(at: Timestamp, kind: DateKind, basis: Basis) -> Option<Dated> {
    Dated::parse_utc(&at.strftime("%Y-%m-%d?").to_string(), kind, basis).ok()
}

/// An id in digits, `least` to 20 of them.
pub(super) fn digits(text: &str, least: usize) -> Option<u64> {
    let fits = (least..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// The id of an Instagram address, `CEWsh68Kc5C`: its digits are the 64 of URLs' base64.
pub(super) fn of_shortcode(code: &str) -> Option<u64> {
    if !(10..=11).contains(&code.len()) {
        return None;
    }
    code.bytes().try_fold(0_u64, |sum, byte| sum.checked_mul(64)?.checked_add(digit64(byte)?))
}

/// The id in the name of a picture on X, 15 characters of URLs' base64: its first eight bytes.
///
/// The tenth character holds the high bits of a count within a millisecond, which are always zero: without that one
/// in ten random names would have a date.
pub(super) fn of_x_media(name: &str) -> Option<u64> {
    if name.len() != 15 || name.as_bytes().get(9) != Some(&b'A') {
        return None;
    }
    let bits =
        name.bytes().try_fold(0_u128, |sum, byte| Some(sum << 6 | u128::from(digit64(byte)?)))?;
    u64::try_from(bits >> (15 * 6 - 64)).ok()
}

fn digit64(byte: u8) -> Option<u64> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u64::from(value))
}

/// Which platform's id an address holds, and whether it is a post's or that of a file which was uploaded for one.
pub(super) fn in_address(url: &str) -> Option<(&'static Scheme, u64, DateKind)> {
    let rest = url.trim().split_once("://").map_or(url.trim(), |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next()?;
    let mut parts = rest.split('/');
    let host = parts.next()?.rsplit('@').next()?.split(':').next()?.to_ascii_lowercase();
    let path: Vec<&str> = parts.collect();
    let of = |domains: &[&str]| {
        domains.iter().any(|domain| {
            host.strip_suffix(domain).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
        })
    };
    let after = |names: &[&str]| {
        let at = path.iter().position(|part| names.contains(part))?;
        path.get(at + 1).copied()
    };
    let posted = |scheme, id: Option<u64>| Some((scheme, id?, DateKind::Posted));
    if of(&["twimg.com"]) {
        // Files: the id is that of the upload, which the post follows.
        let folders =
            ["ext_tw_video", "amplify_video", "ext_tw_video_thumb", "amplify_video_thumb"];
        let pictures = ["media", "tweet_video", "tweet_video_thumb"];
        let name = || of_x_media(after(&pictures)?.split(['.', ':']).next()?);
        let id = after(&folders).and_then(|id| digits(id, 15)).or_else(name)?;
        return Some((&X, id, DateKind::Collected));
    }
    if of(&["twitter.com", "x.com", "fxtwitter.com", "vxtwitter.com", "fixupx.com", "nitter.net"]) {
        return posted(&X, digits(after(&["status", "statuses"])?, 15));
    }
    if of(&["tiktok.com", "douyin.com"]) {
        return posted(&TIKTOK, digits(after(&["video", "photo", "note"])?, 19));
    }
    if of(&["instagram.com", "ddinstagram.com"]) {
        return posted(&INSTAGRAM, of_shortcode(after(&["p", "reel", "reels", "tv"])?));
    }
    if of(&["discordapp.com", "discordapp.net", "discord.com"]) {
        let id = match path.as_slice() {
            ["attachments", _, id, ..] | ["channels", _, _, id, ..] => digits(id, 17),
            _ => None,
        };
        return posted(&DISCORD, id);
    }
    if of(&["linkedin.com"]) {
        let urns = ["urn:li:activity:", "urn:li:share:", "urn:li:ugcPost:"];
        let id = path.iter().find_map(|part| {
            let urn = urns.iter().find_map(|urn| part.strip_prefix(urn));
            let slug = || part.split_once("-activity-")?.1.split('-').next();
            digits(urn.or_else(slug)?, 19)
        });
        return posted(&LINKEDIN, id);
    }
    // A server of any name, by the form of its addresses.
    match path.as_slice() {
        [user, id] | [user, id, ""] if user.starts_with('@') && id.len() == 18 => {
            posted(&MASTODON, digits(id, 18))
        }
        ["users", _, "statuses", id] if id.len() == 18 => posted(&MASTODON, digits(id, 18)),
        _ => None,
    }
}

/// The id of a post whose platform is named by whoever recorded it.
pub(super) fn of_post(source: &str, post: &str) -> Option<(&'static Scheme, u64)> {
    match source.to_ascii_lowercase().as_str() {
        "twitter" | "x" => Some((&X, digits(post, 15)?)),
        "tiktok" | "douyin" => Some((&TIKTOK, digits(post, 19)?)),
        "instagram" => Some((&INSTAGRAM, digits(post, 17).or_else(|| of_shortcode(post))?)),
        "discord" => Some((&DISCORD, digits(post, 17)?)),
        "linkedin" => Some((&LINKEDIN, digits(post, 19)?)),
        "mastodon" => Some((&MASTODON, digits(post, 18).filter(|_| post.len() == 18)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    fn made(scheme: &Scheme, id: u64) -> String {
        scheme.made_at(id, now()).unwrap().to_string()
    }

    #[test]
    fn formulas_give_the_published_times() {
        // The samples of X's documentation.
        assert_eq!(made(&X, 1_050_118_621_198_921_728), "2018-10-10T20:19:24Z");
        assert_eq!(made(&X, 1_098_230_906_194_546_688), "2019-02-20T14:40:26Z");
        assert_eq!(made(&TIKTOK, 6_854_717_870_488_702_213), "2020-07-29T02:06:13Z");
        assert_eq!(made(&INSTAGRAM, 2_384_288_897_814_875_714), "2020-08-26T13:43:27Z");
        assert_eq!(made(&INSTAGRAM, 2_383_568_809_444_681_765), "2020-08-25T13:52:46Z");
        assert_eq!(made(&DISCORD, 175_928_847_299_117_063), "2016-04-30T11:18:25Z");
        // Created at 03:48:33.901 by Mastodon's own documentation, made at 33.849.
        assert_eq!(made(&MASTODON, 103_270_115_826_048_975), "2019-12-08T03:48:33Z");
        assert_eq!(made(&LINKEDIN, 6_685_980_502_161_199_104), "2020-07-06T18:59:31Z");
    }

    #[test]
    fn spellings_in_base64_are_the_same_ids() {
        assert_eq!(of_shortcode("CEWsh68Kc5C"), Some(2_384_288_897_814_875_714));
        assert_eq!(of_shortcode("CEUIzQYpqgl"), Some(2_383_568_809_444_681_765));
        // X's documentation gives this picture's id beside its name.
        assert_eq!(of_x_media("C_UdnvPUwAE3Dnn"), Some(861_627_472_244_162_561));
        for name in ["C_UdnvPUwBE3Dnn", "C_UdnvPUwAE3Dn", "C_UdnvPU!AE3Dnn", "C_UdnvPU\u{e9}A3Dnn"]
        {
            assert_eq!(of_x_media(name), None, "{name}");
        }
        assert_eq!(of_shortcode("-----------"), None);
    }

    #[test]
    fn ids_of_no_time_have_none() {
        assert_eq!(X.made_at(0, now()), None);
        assert_eq!(X.made_at(u64::MAX, now()), None);
        assert_eq!(TIKTOK.made_at(1_050_118_621_198_921_728, now()), None);
        let before: Timestamp = "2018-10-10T20:19:23Z".parse().unwrap();
        assert_eq!(X.made_at(1_050_118_621_198_921_728, before), None);
    }

    fn check(url: &str, expected: Option<(&str, u64, DateKind)>) {
        let found = in_address(url).map(|(scheme, id, kind)| (scheme.platform, id, kind));
        assert_eq!(found, expected, "{url}");
    }

    #[test]
    fn addresses_of_posts_and_files_are_known() {
        let (x, tiktok) = (1_050_118_621_198_921_728, 6_854_717_870_488_702_213);
        let post = DateKind::Posted;
        check("https://twitter.com/i/web/status/1050118621198921728", Some(("x", x, post)));
        check("https://x.com/a/status/1050118621198921728/video/1?s=20", Some(("x", x, post)));
        check(
            "HTTPS://Mobile.Twitter.com:443/a/status/1050118621198921728#b",
            Some(("x", x, post)),
        );
        let file = Some(("x", x, DateKind::Collected));
        check("https://video.twimg.com/ext_tw_video/1050118621198921728/pu/vid/a.mp4", file);
        let picture = Some(("x", 861_627_472_244_162_561, DateKind::Collected));
        check("https://pbs.twimg.com/media/C_UdnvPUwAE3Dnn.jpg", picture);
        check("https://pbs.twimg.com/media/C_UdnvPUwAE3Dnn?format=jpg&name=orig", picture);
        let clip = Some(("tiktok", tiktok, post));
        check("https://www.tiktok.com/@a.b/video/6854717870488702213?lang=en", clip);
        let reel = Some(("instagram", 2_384_288_897_814_875_714, post));
        check("https://www.instagram.com/reel/CEWsh68Kc5C/", reel);
        check("instagram.com/a/p/CEWsh68Kc5C", reel);
        let attachment = Some(("discord", 175_928_847_299_117_063, post));
        check("https://cdn.discordapp.com/attachments/1/175928847299117063/a.mp4", attachment);
        let mastodon = Some(("mastodon", 103_270_115_826_048_975, post));
        check("https://mastodon.social/@Gargron/103270115826048975", mastodon);
        let linkedin = Some(("linkedin", 6_685_980_502_161_199_104, post));
        check(
            "https://www.linkedin.com/feed/update/urn:li:activity:6685980502161199104/",
            linkedin,
        );
        check("https://www.linkedin.com/posts/a-b_c-activity-6685980502161199104-dEfG", linkedin);
    }

    #[test]
    fn other_addresses_have_no_id() {
        for url in [
            "",
            "://",
            "https://",
            "https://t.me/example/1050118621198921728",
            "https://notx.com/a/status/1050118621198921728",
            "https://example.com/?u=https://x.com/a/status/1050118621198921728",
            "https://x.com/a/status/105011",
            "https://x.com/a/1050118621198921728",
            "https://www.tiktok.com/@a/video/685471787048870221",
            "https://www.instagram.com/explore/CEWsh68Kc5C/",
            "https://www.youtube.com/watch?v=CEWsh68Kc5C",
            "https://medium.com/@a/1032701158260489757",
        ] {
            check(url, None);
        }
    }

    #[test]
    fn a_doubted_id_is_told_to_the_day_and_widened() {
        let dated = MASTODON
            .dated(103_270_115_826_048_975, DateKind::Posted, Basis::PostId, now())
            .unwrap();
        assert_eq!((dated.text.as_str(), dated.doubt), ("2019-12-08?", Doubt::Uncertain));
        assert_eq!(dated.earliest.unwrap().to_string(), "2019-12-07T00:00:00Z");
    }
}
