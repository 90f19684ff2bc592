//! Records of SARIF 2.1.0, as far as they are written.

use firstseen_model::AssetId;
use serde::Serialize;
use serde_json::{Value, json};

use super::uri::uri;
use crate::escape;

#[derive(Serialize)]
pub(super) struct Log {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) runs: [RunLog; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunLog {
    pub(super) tool: Tool,
    pub(super) automation_details: Value,
    pub(super) invocations: [Invocation; 1],
    pub(super) results: Vec<ResultLog>,
    pub(super) artifacts: Vec<Artifact>,
    pub(super) properties: Value,
}

#[derive(Serialize)]
pub(super) struct Tool {
    pub(super) driver: Driver,
}

#[derive(Serialize)]
pub(super) struct Driver {
    pub(super) name: &'static str,
    pub(super) version: String,
    pub(super) rules: Vec<RuleDescriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleDescriptor {
    pub(super) id: &'static str,
    pub(super) short_description: Message,
    pub(super) help: Help,
    pub(super) default_configuration: Value,
    pub(super) properties: Value,
}

#[derive(Serialize)]
pub(super) struct Help {
    pub(super) text: String,
    pub(super) markdown: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    pub(super) execution_successful: bool,
    pub(super) exit_code: u8,
    pub(super) exit_code_description: String,
    pub(super) start_time_utc: String,
    pub(super) tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
pub(super) struct Notification {
    pub(super) level: Level,
    pub(super) message: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) locations: Option<[Location; 1]>,
}

/// How grave something is. What is not of the kind `fail` has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    None,
    Note,
    Warning,
    Error,
}

/// Kind and level of a result.
pub(super) struct Severity {
    pub(super) kind: &'static str,
    pub(super) level: Level,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultLog {
    pub(super) rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule_index: Option<usize>,
    pub(super) kind: &'static str,
    pub(super) level: Level,
    pub(super) message: Message,
    pub(super) locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) related_locations: Vec<Location>,
    pub(super) partial_fingerprints: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) baseline_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suppressions: Option<[Suppressed; 1]>,
    pub(super) properties: Value,
}

#[derive(Serialize)]
pub(super) struct Suppressed {
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) justification: String,
    pub(super) properties: Value,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<usize>,
    pub(super) physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Message>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: ArtifactLocation,
}

#[derive(Clone, Serialize)]
pub(super) struct ArtifactLocation {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Artifact {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<ArtifactLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) roles: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mime_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hashes: Option<Value>,
}

#[derive(Clone, Serialize)]
pub(super) struct Message {
    text: String,
}

impl Message {
    /// Words of this program.
    pub(super) fn ours(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    /// A message that may hold text from outside, where brackets would make links.
    pub(super) fn of(text: &str) -> Self {
        Self { text: escape::text(text).replace('[', "\\[").replace(']', "\\]") }
    }
}

impl Location {
    /// The file with this path, which is the artifact of this index.
    pub(super) fn of(path: &[u8], index: usize) -> Self {
        let location = ArtifactLocation { index: Some(index), ..ArtifactLocation::named(path) };
        Self {
            id: None,
            physical_location: PhysicalLocation { artifact_location: location },
            message: None,
        }
    }
}

impl ArtifactLocation {
    pub(super) fn named(path: &[u8]) -> Self {
        Self { uri: Some(uri(path)), index: None }
    }
}

pub(super) fn hashes(id: AssetId) -> Value {
    json!({ "sha-256": id.to_string() })
}
