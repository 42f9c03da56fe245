//! Request validation: what a REST API checks before it invokes a function.

use serde::Serialize;
use strum::VariantNames;

use crate::{
    error::Problems,
    fields::{Fields, did_you_mean},
};

/// What a REST API checks of a request before it invokes the function.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, strum::EnumString, strum::VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum RequestValidation {
    #[default]
    None,
    Body,
    Parameters,
    All,
}

impl RequestValidation {
    /// Whether bodies are compared with their models.
    #[must_use]
    pub fn includes_body(self) -> bool {
        matches!(self, Self::Body | Self::All)
    }

    /// Whether required parameters are looked for.
    #[must_use]
    pub fn includes_parameters(self) -> bool {
        matches!(self, Self::Parameters | Self::All)
    }

    /// Reads the field `validate`, if it is there.
    pub(crate) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let name = fields.name_of("validate");
        let text = fields.text("validate", problems)?;
        let validation = text.parse().ok();
        if validation.is_none() {
            let hint = did_you_mean(text, Self::VARIANTS.iter().copied());
            problems.add(name, format!("unknown validation {text:?}{hint}"));
        }
        validation
    }
}
