//! Query parameters, read as strictly as bodies.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use dynamodb::{Cursor, PageRequest};

use crate::{InvalidField, InvalidFields, Problem};

/// The parameters of a query string. Each known one is taken once. Those that remain are unknown.
pub struct Query {
    parameters: BTreeMap<String, String>,
    errors: InvalidFields,
}

impl Query {
    /// Reads a query string as it was sent. The event has its parameters decoded as well, but there a
    /// comma and a parameter that is given twice look the same.
    pub(crate) fn new(raw: &str) -> Self {
        let mut query = Self {
            parameters: BTreeMap::new(),
            errors: InvalidFields::default(),
        };
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            if query
                .parameters
                .insert(name.to_string(), value.into_owned())
                .is_some()
            {
                query
                    .errors
                    .push(|| InvalidField::parameter(&name, "is given twice"));
            }
        }
        query
    }

    /// A parameter that may be missing.
    pub fn optional<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        match self.parameters.remove(name)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.errors.push(|| InvalidField::parameter(name, error));
                None
            }
        }
    }

    /// Which page of a list: `limit` (1 to 100, else 20) and `cursor` (else the first).
    pub fn page(&mut self) -> PageRequest {
        PageRequest {
            limit: self.optional("limit").unwrap_or_default(),
            after: self.parameters.remove("cursor").map(Cursor::from),
        }
    }

    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        for name in self.parameters.keys() {
            self.errors
                .push(|| InvalidField::parameter(name, "is not known here"));
        }
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Problem::InvalidParameter(self.errors.into_vec()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem;

    #[test]
    fn invalid_parameters_are_reported_up_to_a_limit() {
        let many: Vec<_> = (0..2_000).map(|n| n.to_string()).collect();

        for (raw, entries) in [
            ("a&".repeat(4_900), 101),
            (many.join("&"), 101),
            ("%01".repeat(3_300), 1),
            ("a&a&b".to_owned(), 3),
        ] {
            let problem = Query::new(&raw).finish().unwrap_err();
            let response = problem::reply(&problem, "id").into_response(String::new);

            let body = response.body.unwrap();
            assert!(body.len() < 10_000, "{raw:.20}: {} bytes", body.len());
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(
                body["errors"].as_array().unwrap().len(),
                entries,
                "{raw:.20}"
            );
        }
    }
}
