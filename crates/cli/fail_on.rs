//! `--fail-on`: which findings make the program end with 10.

use std::fmt;
use std::str::FromStr;

use firstseen_assess::{Finding, Kind, Strength, rules};
use firstseen_report::{BaselineState, Standing};

/// What counts, as given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FailOn {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    /// Findings of a kind (any where none is named), at or above a strength.
    Kind(Option<Kind>, Strength),
    /// Findings of a rule.
    Rule(String),
    /// Of these, what the baseline does not hold.
    New(Box<Part>),
}

impl Default for FailOn {
    fn default() -> Self {
        let text = "conflict:strong,recycled,fixity-changed".to_owned();
        let parts = vec![
            Part::Kind(Some(Kind::Conflict), Strength::Strong),
            Part::Rule("recycled".to_owned()),
            Part::Rule("fixity-changed".to_owned()),
        ];
        Self { text, parts }
    }
}

impl FailOn {
    /// Whether a finding is at or above what was asked for, and nobody has set it aside.
    pub(crate) fn counts(&self, finding: &Finding, standing: &Standing) -> bool {
        standing.suppressed.is_none() && self.parts.iter().any(|part| part.asks(finding, standing))
    }

    /// Whether anything is asked for only where the baseline does not hold it.
    pub(crate) fn asks_new(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::New(_)))
    }
}

impl Part {
    fn asks(&self, finding: &Finding, standing: &Standing) -> bool {
        match self {
            Self::Kind(kind, strength) => {
                kind.is_none_or(|kind| kind == finding.kind) && finding.strength >= *strength
            }
            Self::Rule(rule) => finding.rule.to_string() == *rule,
            Self::New(part) => {
                standing.baseline != Some(BaselineState::Unchanged) && part.asks(finding, standing)
            }
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Rules of this program that later versions bring: they may stand in a setting already.
const COMING: [&str; 2] = ["captions-disagree", "sound-differs"];

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(part);
        Ok(Self { text: text.to_owned(), parts: parts.collect::<Result<_, _>>()? })
    }
}

/// Whether a rule of this program is called so, or will be.
pub(crate) fn is_rule(name: &str) -> bool {
    rules().iter().any(|rule| rule.id.to_string() == name) || COMING.contains(&name)
}

fn part(text: &str) -> Result<Part, String> {
    if let Some(rest) = text.strip_prefix("new:") {
        return match part(rest)? {
            Part::New(_) => Err(format!("new: twice in {text}")),
            once => Ok(Part::New(Box::new(once))),
        };
    }
    let (name, strength) = match text.split_once(':') {
        Some((name, "weak")) => (name, Some(Strength::Weak)),
        Some((name, "strong")) => (name, Some(Strength::Strong)),
        Some((name, "exact")) => (name, Some(Strength::Exact)),
        Some((_, other)) => return Err(format!("no such strength: {other} (weak, strong, exact)")),
        None => (text, None),
    };
    let kind = match name {
        "any" => Some(None),
        "conflict" => Some(Some(Kind::Conflict)),
        "history" => Some(Some(Kind::History)),
        "inconsistency" => Some(Some(Kind::Inconsistency)),
        "declared" => Some(Some(Kind::Declared)),
        _ => None,
    };
    if let Some(kind) = kind {
        return Ok(Part::Kind(kind, strength.unwrap_or(Strength::Weak)));
    }
    let known: Vec<String> = rules().iter().map(|rule| rule.id.to_string()).collect();
    if strength.is_some() && known.iter().any(|rule| rule == name) {
        return Err(format!("a rule takes no strength: {name}"));
    }
    if strength.is_none() && is_rule(name) {
        return Ok(Part::Rule(name.to_owned()));
    }
    Err(format!(
        "no such kind or rule: {name} (conflict, history, inconsistency, declared, any, each with :weak, :strong or \
         :exact; {})",
        known.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_what_its_text_says() {
        let default = FailOn::default();
        assert_eq!(default.to_string().parse::<FailOn>().unwrap(), default);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        assert!("conflict:loud".parse::<FailOn>().unwrap_err().contains("loud"));
        assert!(
            "conflicts".parse::<FailOn>().unwrap_err().contains("no such kind or rule: conflicts")
        );
        assert!("new:new:conflict".parse::<FailOn>().unwrap_err().contains("twice"));
        assert!("new:".parse::<FailOn>().is_err());
        assert!("new:conflict:strong,recycled".parse::<FailOn>().unwrap().asks_new());
        assert!(!"conflict:strong,recycled".parse::<FailOn>().unwrap().asks_new());
    }
}
