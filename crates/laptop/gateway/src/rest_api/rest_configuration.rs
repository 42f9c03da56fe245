//! The settings of a REST API.

use std::{collections::BTreeMap, sync::Arc};

use manifest::{GatewayResponses, Plan};
use serde_json::Value;

use crate::{
    api_keys::ApiKeys,
    configuration::{Configuration, ConfigurationError},
};

/// One REST API with one stage.
#[derive(Clone, Debug)]
pub struct RestConfiguration {
    /// What both kinds of API have. `payload_format` of the routes has no meaning here.
    pub api: Configuration,
    /// The name of the stage, with which every path begins.
    pub stage: String,
    /// The declared gateway responses.
    pub gateway_responses: GatewayResponses,
    /// The media types whose bodies are bytes.
    pub binary_media_types: Vec<String>,
    /// The models of request bodies by name: JSON Schema of draft 4.
    pub models: BTreeMap<String, Value>,
    /// The declared usage plans by name.
    pub plans: BTreeMap<String, Plan>,
    /// The API keys.
    pub keys: Arc<ApiKeys>,
}

impl RestConfiguration {
    /// Returns the settings of an API without declared gateway responses, binary media types, models,
    /// usage plans and API keys.
    pub fn new(api: Configuration, stage: impl Into<String>) -> RestConfiguration {
        RestConfiguration {
            api,
            stage: stage.into(),
            gateway_responses: GatewayResponses::new(),
            binary_media_types: Vec::new(),
            models: BTreeMap::new(),
            plans: BTreeMap::new(),
            keys: Arc::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigurationError> {
        check_stage(&self.stage)?;
        self.api.check()
    }
}

/// Fact R1.12.
fn check_stage(stage: &str) -> Result<(), ConfigurationError> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let is_reserved = ["ping", "sping"].contains(&stage);
    if (1..=128).contains(&stage.len()) && stage.chars().all(is_allowed) && !is_reserved {
        Ok(())
    } else {
        Err(ConfigurationError::Stage(stage.to_owned()))
    }
}
