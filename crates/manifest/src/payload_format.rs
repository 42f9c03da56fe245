//! The versions of the events of HTTP APIs.

use serde::Serialize;

use crate::{error::Problems, fields::Fields};

/// The versions of HTTP API events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum PayloadFormat {
    /// The format of REST API events.
    #[serde(rename = "1.0")]
    V1,
    #[default]
    #[serde(rename = "2.0")]
    V2,
}

impl PayloadFormat {
    pub(crate) fn read(
        fields: &mut Fields<'_>,
        default: Self,
        problems: &mut Problems<'_>,
    ) -> Self {
        match fields.text("payload-format", problems) {
            None => default,
            Some("1.0") => Self::V1,
            Some("2.0") => Self::V2,
            Some(other) => {
                problems.add(
                    fields.name_of("payload-format"),
                    format!("must be \"2.0\" or \"1.0\", not {other:?}"),
                );
                default
            }
        }
    }
}
