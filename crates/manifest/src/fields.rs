//! Reads the fields of a TOML table by name and type, and refuses unknown fields.

use serde_json::{Map, Value};

use crate::error::Problems;

/// The fields of one table. A field that has not been taken at the end is unknown.
#[derive(Debug)]
pub(crate) struct Fields<'v> {
    prefix: String,
    values: &'v Map<String, Value>,
    known: Vec<&'static str>,
}

impl<'v> Fields<'v> {
    /// Opens `value`, which must be a table. `prefix` is its name in the manifest.
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

    /// Returns the field's full name, for messages.
    pub(crate) fn name_of(&self, field: &str) -> String {
        format!("{}.{field}", self.prefix)
    }

    /// Returns every field, for a table whose keys are names that the declaration chooses.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'v String, &'v Value)> + use<'v> {
        self.values.iter()
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

    /// Reads a field that is true or false, and false if it is missing.
    pub(crate) fn flag(&mut self, field: &'static str, problems: &mut Problems<'_>) -> bool {
        match self.take(field) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                let message = format!("must be true or false, not {}", kind(other));
                problems.add(self.name_of(field), message);
                false
            }
        }
    }

    /// Returns the fields of a table that the field holds; none if it is missing.
    pub(crate) fn table(
        &mut self,
        field: &'static str,
        problems: &mut Problems<'_>,
    ) -> impl Iterator<Item = (&'v String, &'v Value)> + use<'v> {
        let table = self.take(field).and_then(|value| {
            if !value.is_object() {
                let message = format!("must be a table, not {}", kind(value));
                problems.add(self.name_of(field), message);
            }
            value.as_object()
        });
        table.into_iter().flatten()
    }

    /// Adds a problem if the field is missing.
    pub(crate) fn require(&self, field: &str, hint: &str, problems: &mut Problems<'_>) {
        if !self.values.contains_key(field) {
            problems.add(self.name_of(field), format!("is missing, {hint}"));
        }
    }

    /// Reads a whole number from `least` to `most`.
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

    /// Adds a problem for every field that has not been taken.
    pub(crate) fn finish(self, problems: &mut Problems<'_>) {
        for name in self.values.keys() {
            if !self.known.contains(&name.as_str()) {
                let hint = did_you_mean(name, self.known.iter().copied());
                problems.add(self.name_of(name), format!("unknown field{hint}"));
            }
        }
    }
}

/// Returns the type of `value`, in TOML's terms.
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

/// Returns `; did you mean …?` if one of `candidates` is similar, or else lists all of them.
#[must_use]
pub fn did_you_mean<'a>(given: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> String {
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
