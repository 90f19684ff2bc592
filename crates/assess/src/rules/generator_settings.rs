//! Files that carry the settings of a picture generator.

use firstseen_media::Fact;

use super::Rule;
use crate::speaker::{Speaker, heard_once, speakers};
use crate::{Case, Evidence, Finding, Kind, RuleId, Strength};

/// Programs that generate pictures, as they name themselves, in lower case.
const GENERATORS: [&str; 12] = [
    "adobe firefly",
    "comfyui",
    "dall-e",
    "dall·e",
    "fooocus",
    "invokeai",
    "leonardo.ai",
    "midjourney",
    "novelai",
    "openai",
    "stable diffusion",
    "stability ai",
];

pub(super) const RULE: Rule = Rule {
    id: RuleId("generator-settings"),
    kind: Kind::Declared,
    about: "the file, or a matching copy, carries the settings or the name of a picture generator",
    innocent: &[
        "settings were pasted into the file",
        "a tool that only enlarged or cleaned a photograph writes the same settings",
    ],
    check,
};

fn check(case: &Case<'_>) -> Vec<Finding> {
    let of = |speaker: &Speaker<'_>| {
        let (fact, what) =
            speaker.metadata.facts.iter().find_map(|fact| Some((fact, settings(fact)?)))?;
        let message = format!("{} carries {what} ({})", speaker.name(), fact.read_from);
        let mut finding = RULE.finding(case, Strength::Strong, message);
        finding.evidence = vec![Evidence::fact(speaker.asset, fact, (None, None))];
        speaker.stamp(case, &mut finding);
        Some(finding)
    };
    heard_once(speakers(case).iter().filter_map(of))
}

/// What a field tells of a generator; names of files tell nothing here, anyone types them.
pub(crate) fn settings(fact: &Fact) -> Option<&'static str> {
    if fact.read_from.starts_with("name") {
        return None;
    }
    let text = fact.value.trim().to_lowercase();
    match fact.name.as_str() {
        "ai_parameters" if !text.is_empty() => Some("the settings of a picture generator"),
        "user_comment" | "comment" | "caption" | "png:parameters" if sampled(&text) => {
            Some("the settings of a picture generator")
        }
        "software" | "xmp_creator_tool" | "xmp_history" | "encoder"
            if GENERATORS.iter().any(|name| text.contains(name)) =>
        {
            Some("the name of a picture generator")
        }
        _ => None,
    }
}

/// The line that samplers write below the prompt: `Steps: 20, Sampler: Euler a, ...`.
fn sampled(text: &str) -> bool {
    text.contains("steps: ") && text.contains("sampler: ")
}

#[cfg(test)]
mod tests {
    use firstseen_match::Grade::{SameFootage, SamePlace};

    use crate::scene::Scene;

    fn check(name: &str, value: &str, expected: &[&str]) {
        let scene = Scene::default().saying(&[(name, value, "png:text")]);
        assert_eq!(scene.found("generator-settings"), expected, "{name} {value}");
    }

    #[test]
    fn settings_and_names_of_generators_speak() {
        check("ai_parameters", "a harbour at dawn\nSteps: 20, Sampler: Euler a", &["strong"]);
        check("ai_parameters", "{\"3\": {\"class_type\": \"KSampler\"}}", &["strong"]);
        check("user_comment", "a harbour\nSteps: 20, Sampler: Euler a, CFG scale: 7", &["strong"]);
        check("software", "NovelAI", &["strong"]);
        check("xmp_creator_tool", "Adobe Firefly", &["strong"]);
    }

    #[test]
    fn a_copy_that_matches_speaks_for_the_stripped_one() {
        let facts = [("ai_parameters", "Steps: 20, Sampler: Euler a", "png:text")];
        let found =
            |grade| Scene::default().matching_saying(grade, &facts).found("generator-settings");
        assert_eq!(found(SameFootage), ["strong"]);
        assert!(found(SamePlace).is_empty());
    }

    #[test]
    fn prose_about_steps_is_none() {
        check("caption", "Soldiers on the steps: a sampler of pictures", &[]);
        check("user_comment", "Screenshot", &[]);
        check("ai_parameters", " ", &[]);
    }

    #[test]
    fn editors_and_cameras_are_no_generators() {
        check("software", "Adobe Photoshop CC 2017", &[]);
        check("software", "Ver.1.0", &[]);
        check("caption", "The exhibition \"Midjourney\" opened today", &[]);
    }

    #[test]
    fn a_files_name_is_typed_by_anyone() {
        let scene = Scene::default().saying(&[("ai_parameters", "ComfyUI_00001_", "name:comfyui")]);
        assert!(scene.found("generator-settings").is_empty());
    }
}
