//! `docs/rules.md` is what the program's rules say of themselves.

use std::fmt::Write;
use std::path::Path;

use firstseen_assess::rules;

fn page() -> String {
    let mut page = "# Rules\n\nEach finding comes from one of these rules. A rule never changes its name. This page is made from the \
                    program: `make accept` renews it.\n"
        .to_owned();
    for rule in rules() {
        write!(
            page,
            "\n## {}\n\nKind: {}. {}\n\nInnocent readings:\n\n",
            rule.id,
            rule.kind.word(),
            rule.about
        )
        .unwrap();
        for reading in rule.innocent {
            writeln!(page, "- {reading}").unwrap();
        }
    }
    page
}

#[test]
fn the_page_of_rules_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), page(), "run `make accept`");
}
