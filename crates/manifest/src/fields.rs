//! Reads the fields of one TOML table by name and type, and refuses those nobody asked for.

use crate::error::Problems;
use serde_json::{Map, Value};

/// The fields of one table. Each is taken once; what is left at the end is unknown.
#[derive(Debug)]
pub(crate) struct Fields<'v> {
    prefix: String,
    values: &'v Map<String, Value>,
    known: Vec<&'static str>,
}

impl<'v> Fields<'v> {
    /// Opens `value`, which must be a table. `prefix` is its name in the file.
    pub(crate) fn open(
        prefix: impl Into<String>,
        value: &'v Value,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let prefix = prefix.into();
        match value {
            Value::Object(values) => Some(Self {
                prefix,
                values,
                known: Vec::new(),
            }),
            other => {
                problems.add(prefix, format!("must be a table, not {}", kind(other)));
                None
            }
        }
    }

    /// The field's full name, for messages.
    pub(crate) fn name_of(&self, field: &str) -> String {
        format!("{}.{field}", self.prefix)
    }

    pub(crate) fn take(&mut self, field: &'static str) -> Option<&'v Value> {
        self.known.push(field);
        self.values.get(field)
    }

    pub(crate) fn text(
        &mut self,
        field: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<&'v str> {
        let value = self.take(field)?;
        if value.as_str().is_none() {
            problems.add(
                self.name_of(field),
                format!("must be a string, not {}", kind(value)),
            );
        }
        value.as_str()
    }

    /// Asks for a field that is not there.
    pub(crate) fn require(&self, field: &str, hint: &str, problems: &mut Problems<'_>) {
        if !self.values.contains_key(field) {
            problems.add(self.name_of(field), format!("is missing, {hint}"));
        }
    }

    /// A whole number between `least` and `most`.
    pub(crate) fn whole(
        &mut self,
        field: &'static str,
        least: u32,
        most: u32,
        unit: &str,
        problems: &mut Problems<'_>,
    ) -> Option<u32> {
        let value = self.take(field)?;
        let number = value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let range = if most == u32::MAX {
                format!("of at least {least}")
            } else {
                format!("from {least} to {most}")
            };
            problems.add(
                self.name_of(field),
                format!("must be a whole number {range}{unit}, not {value}"),
            );
        }
        number
    }

    /// Refuses every field that was not asked for.
    pub(crate) fn finish(self, problems: &mut Problems<'_>) {
        for name in self.values.keys() {
            if !self.known.contains(&name.as_str()) {
                let hint = did_you_mean(name, self.known.iter().copied());
                problems.add(self.name_of(name), format!("unknown field{hint}"));
            }
        }
    }
}

/// What `value` is, in TOML's words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "a table",
    }
}

/// `; did you mean …?` when one of `candidates` is close, else the list of them all.
pub(crate) fn did_you_mean<'a>(
    given: &str,
    candidates: impl Iterator<Item = &'a str> + Clone,
) -> String {
    let closest = candidates
        .clone()
        .map(|candidate| {
            let score = strsim::jaro_winkler(&given.to_lowercase(), &candidate.to_lowercase());
            (candidate, score)
        })
        .filter(|(_, score)| *score > 0.8)
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    match closest {
        Some((candidate, _)) => format!("; did you mean {candidate:?}?"),
        None => {
            let all: Vec<&str> = candidates.collect();
            if all.is_empty() {
                String::new()
            } else {
                format!("; known are {}", all.join(", "))
            }
        }
    }
}
