//! Ids in a file that others of the index hold as well.

use super::Rule;
use crate::{Case, Evidence, Finding, Kind, RuleId, SharedId, Strength};

/// Assets that a message names; the others are counted.
const NAMED: usize = 3;
/// Shorter ids are counters and dates.
const LEAST_DIGITS: usize = 6;

pub(super) const RULE: Rule = Rule {
    id: RuleId("shared-id"),
    kind: Kind::Declared,
    about: "the file holds the id of a document, a capture or a camera that other files of the index hold as well: made \
            from the same source (strong), or by the same camera (weak)",
    innocent: &["files made from one template, or copied from one another's metadata, share ids"],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let telling = case.shared.iter().filter_map(|shared| Some((shared, telling(shared)?)));
    let Some((best, what)) = telling.min_by_key(|(_, what)| what.rank) else { return Vec::new() };
    let named: Vec<String> = best.assets.iter().take(NAMED).map(|asset| asset.short()).collect();
    let more = match best.assets.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "this file holds {} that {}{more} of the index {} as well",
        what.words,
        named.join(", "),
        if best.assets.len() == 1 { "holds" } else { "hold" },
    );
    let mut finding = RULE.finding(case, what.strength, message);
    let held = |fact: &&firstseen_media::Fact| {
        fact.name == best.name && (fact.value == best.id || fact.raw == best.id)
    };
    let own = case.metadata.facts.iter().find(held);
    finding.evidence =
        own.map(|fact| Evidence::fact(case.asset, fact, (None, None))).into_iter().collect();
    vec![finding]
}

/// What an id tells.
struct What {
    rank: u8,
    strength: Strength,
    words: &'static str,
}

/// What an id tells, unless it is one that says nothing: of a template, or zeros.
fn telling(shared: &SharedId) -> Option<What> {
    let digits: Vec<char> = shared.id.chars().filter(char::is_ascii_alphanumeric).collect();
    let all_alike = digits.windows(2).all(|pair| pair[0] == pair[1]);
    let too_many = shared.assets.len() > SharedId::MOST;
    if shared.assets.is_empty() || too_many || all_alike || digits.len() < LEAST_DIGITS {
        return None;
    }
    let (rank, strength, words) = match shared.name.as_str() {
        "content_identifier" => (0, Strength::Strong, "the id of a capture"),
        "image_unique_id" => (1, Strength::Strong, "the id of a capture"),
        "xmp_original_document_id" => {
            (2, Strength::Strong, "the id of the document it was made from")
        }
        "xmp_document_id" => (3, Strength::Strong, "the id of a document"),
        "body_serial" => (4, Strength::Weak, "the serial number of a camera"),
        _ => return None,
    };
    Some(What { rank, strength, words })
}

#[cfg(test)]
mod tests {
    use firstseen_model::AssetId;

    use super::*;
    use crate::scene::Scene;

    fn check(name: &str, id: &str, assets: usize, expected: &[&str]) {
        let mut scene = Scene::default().saying(&[(name, id, "xmp")]);
        let assets = (0..assets).map(|i| AssetId([i as u8 + 3; 32])).collect();
        scene.shared.push(SharedId { name: name.to_owned(), id: id.to_owned(), assets });
        assert_eq!(scene.found("shared-id"), expected, "{name} {id}");
    }

    const ID: &str = "xmp.did:0180117407206811822ADD1B5F0B4F64";

    #[test]
    fn the_same_document_or_capture_is_strong() {
        check("xmp_original_document_id", ID, 1, &["strong"]);
        check("image_unique_id", "bf3ba9b1a5c7d7e60000000000000001", 2, &["strong"]);
        check("content_identifier", "8B5F0C3A-8A1B-4C5D-9E6F-1A2B3C4D5E6F", 1, &["strong"]);
    }

    #[test]
    fn the_same_camera_is_weak() {
        check("body_serial", "0123456789", 4, &["weak"]);
    }

    #[test]
    fn the_best_id_speaks_and_names_who_shares_it() {
        let mut scene = Scene::default();
        for name in ["body_serial", "xmp_original_document_id"] {
            let assets = vec![AssetId([3; 32])];
            scene.shared.push(SharedId { name: name.to_owned(), id: ID.to_owned(), assets });
        }
        assert_eq!(
            scene.findings("shared-id")[0].message,
            "this file holds the id of the document it was made from that 03030303 of the index holds as well"
        );
    }

    #[test]
    fn templates_and_zeros_say_nothing() {
        check("xmp_original_document_id", ID, SharedId::MOST + 1, &[]);
        check("image_unique_id", "00000000000000000000000000000000", 2, &[]);
        check("body_serial", "1", 2, &[]);
        check("image_unique_id", "", 2, &[]);
    }

    #[test]
    fn an_id_that_nobody_else_holds_says_nothing() {
        check("xmp_original_document_id", ID, 0, &[]);
    }

    #[test]
    fn other_fields_are_no_ids() {
        check("model", "Canon EOS 70D", 3, &[]);
    }
}
