//! What persons decided of a query and assets of the index.

use firstseen_assess::Finding;
use firstseen_index::{IndexError, Role};
use firstseen_intake::Record;
use firstseen_match::{Explained, Grade, Match};
use firstseen_model::MatchId;

use super::counted::Counted;
use super::matching::Found;

/// Puts the assets among what was found of which a person says that they are the same as the query, where nothing else
/// found them.
pub(crate) fn add_same(
    found: &mut Found,
    query: &Record,
    counted: &Counted<'_>,
) -> Result<(), IndexError> {
    let id = query.asset.id;
    for other in counted.snapshot.statements()?.same_as(&id) {
        let there = found.explained.iter().any(|explained| explained.found.reference == other);
        let seen = counted.snapshot.role(&other)? == Some(Role::Reference)
            && counted.snapshot.counts(&other, counted.limit)?;
        if !there && seen {
            let lead = Match {
                query: id,
                reference: other,
                grade: Grade::Lead,
                score: 0.0,
                segments: Vec::new(),
            };
            let why = "nothing was found that they share; a person says that they are the same";
            found.explained.push(Explained { found: lead, why: why.to_owned() });
        }
    }
    Ok(())
}

/// Says with findings that rest on these pairs that nobody knows which part of the two is the same: a person said so of
/// both as a whole.
pub(crate) fn doubt_parts(findings: &mut [Finding], pairs: &[MatchId]) {
    for finding in findings {
        if finding.with_match.is_some_and(|pair| pairs.contains(&pair)) {
            let part = "a person says that the two are the same; they may share another part than is meant here";
            finding.innocent.push(part.to_owned());
        }
    }
}
