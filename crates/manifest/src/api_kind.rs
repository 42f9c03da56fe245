//! The kind of API that has the routes, and what is declared for all of it.

use std::{fmt, str::FromStr};

use serde::Serialize;
use serde_json::Value;
use strum::VariantNames;

use crate::{
    error::Problems,
    fields::{Fields, did_you_mean},
};

/// The kinds of API that route HTTP requests to functions.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum ApiKind {
    /// An HTTP API (API Gateway v2).
    #[default]
    Http,
    /// A REST API (API Gateway v1).
    Rest,
}

/// The error for a text that names no kind of API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of API {0:?}; write \"http\" or \"rest\"")]
pub struct InvalidApiKind(String);

/// The API of a workspace. `[workspace.metadata.route]` declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Api {
    pub kind: ApiKind,
    /// The stage of a REST API. An HTTP API has the stage `$default`.
    pub stage: String,
    /// The media types whose bodies a REST API passes as bytes. An HTTP API decides by itself.
    pub binary_media_types: Vec<String>,
}

impl ApiKind {
    /// Parses the argument of a command line or of a declaration.
    ///
    /// # Errors
    /// Fails if it is neither `http` nor `rest`.
    pub fn parse(text: &str) -> Result<Self, InvalidApiKind> {
        Self::from_str(text).map_err(|_| InvalidApiKind(text.to_owned()))
    }
}

impl fmt::Display for ApiKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.into())
    }
}

impl Default for Api {
    fn default() -> Self {
        Self {
            kind: ApiKind::default(),
            stage: "prod".to_owned(),
            binary_media_types: Vec::new(),
        }
    }
}

impl Api {
    /// Reads the fields `api`, `stage` and `binary-media-types`, which may be missing.
    pub(crate) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Self {
        let mut api = Self::default();
        if let Some(text) = fields.text("api", problems) {
            match ApiKind::from_str(text) {
                Ok(kind) => api.kind = kind,
                Err(_) => {
                    let hint = did_you_mean(text, ApiKind::VARIANTS.iter().copied());
                    problems.add(fields.name_of("api"), format!("unknown api {text:?}{hint}"));
                }
            }
        }
        if let Some(stage) = fields.text("stage", problems) {
            if !is_stage(stage) {
                problems.add(
                    fields.name_of("stage"),
                    format!(
                        "must be 1 to 128 letters, digits, \"-\" and \"_\", and not \"ping\" or \
                         \"sping\", which API Gateway reserves; it is {stage:?}"
                    ),
                );
            }
            stage.clone_into(&mut api.stage);
        }
        if let Some(value) = fields.take("binary-media-types") {
            match read_media_types(value) {
                Some(types) => api.binary_media_types = types,
                None => problems.add(
                    fields.name_of("binary-media-types"),
                    format!("must be a list of media types, as in [\"image/png\", \"audio/*\"], not {value}"),
                ),
            }
        }
        api
    }
}

/// Reads a list of media types. A subtype, or both parts, may be `*`.
fn read_media_types(value: &Value) -> Option<Vec<String>> {
    let is_name = |text: &str| {
        let is_valid = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
        !text.is_empty() && text.chars().all(is_valid)
    };
    let is_media_type = |text: &&str| match text.split_once('/') {
        Some(("*", "*")) => true,
        Some((kind, subtype)) => is_name(kind) && (subtype == "*" || is_name(subtype)),
        None => false,
    };
    let types = value.as_array()?.iter();
    types
        .map(|text| text.as_str().filter(is_media_type).map(str::to_owned))
        .collect()
}

fn is_stage(name: &str) -> bool {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    (1..=128).contains(&name.len())
        && name.chars().all(is_valid)
        && !["ping", "sping"].contains(&name)
}
