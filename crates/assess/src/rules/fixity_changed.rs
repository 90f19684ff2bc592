//! Other bytes at a path that was looked at before.

use super::Rule;
use crate::case::AtPath;
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

pub(super) const RULE: Rule = Rule {
    id: RuleId("fixity-changed"),
    kind: Kind::Inconsistency,
    about: "a file that was scanned before has other bytes now",
    innocent: &[
        "it was edited or tagged on purpose",
        "it was re-encoded, downloaded again or put in the place of another of the same name",
        "it was still being written when it was scanned before",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let Some(replaced) = case.replaced else { return Vec::new() };
    let (before, now) = (&replaced.before, &replaced.now);
    if before.asset == now.asset {
        return Vec::new();
    }
    let mut message = format!(
        "its bytes have changed since {}: {} then, {} now",
        replaced.seen,
        before.asset.short(),
        now.asset.short()
    );
    if before.modified.is_some() && before.modified == now.modified {
        message += "; the time of its last change is the same, so that something other than an edit may have done it";
    }
    let mut finding = RULE.finding(case, Strength::Exact, message);
    let evidence =
        |lay: &AtPath, record| Evidence::bytes(lay.asset, lay.size_bytes, lay.modified, record);
    finding.evidence = vec![
        evidence(before, format!("scan of {}", replaced.seen)),
        evidence(now, "the file as it is".to_owned()),
    ];
    vec![finding]
}

#[cfg(test)]
mod tests {
    use firstseen_model::AssetId;

    use super::*;
    use crate::Replaced;
    use crate::scene::{QUERY, Scene};

    fn replaced(before: u8, modified: &str) -> Scene {
        let lay = |asset, size_bytes, modified: &str| AtPath {
            asset,
            size_bytes,
            modified: modified.parse().ok(),
        };
        let replaced = Replaced {
            before: lay(AssetId([before; 32]), 10, "2026-11-01T08:00:00Z"),
            now: lay(QUERY, 12, modified),
            seen: "2026-11-20T03:17:00Z".parse().unwrap(),
        };
        Scene { replaced: Some(replaced), ..Scene::default() }
    }

    #[test]
    fn other_bytes_at_a_known_path_are_exact() {
        let scene = replaced(9, "2026-11-21T08:00:00Z");
        assert_eq!(scene.found("fixity-changed"), ["exact"]);
        let findings = scene.with(check);
        let [before, now] = findings[0].evidence.as_slice() else { panic!("{findings:?}") };
        assert!(before.raw.starts_with("0909") && before.raw.ends_with(", 10 bytes"));
        assert!(now.raw.starts_with("0101") && now.raw.ends_with(", 12 bytes"));
        assert!(!findings[0].message.contains("same"));
    }

    #[test]
    fn bytes_that_changed_without_a_change_of_time_are_told_so() {
        let findings = replaced(9, "2026-11-01T08:00:00Z").with(check);
        assert!(findings[0].message.contains("last change is the same"));
    }

    #[test]
    fn the_same_bytes_and_a_new_path_are_silent() {
        assert_eq!(replaced(1, "2026-11-21T08:00:00Z").found("fixity-changed"), [""; 0]);
        assert_eq!(Scene::default().found("fixity-changed"), [""; 0]);
    }
}
