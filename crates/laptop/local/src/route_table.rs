//! The declared routes as the gateway wants them, and as people read them.

use crate::error::Error;
use gateway::{Authorization, PayloadFormat, Route, Throttle};
use manifest::{Access, Function, Method, Segment};
use std::collections::BTreeSet;

/// The routes of an HTTP API.
pub(crate) fn of(functions: &[Function]) -> Result<Vec<Route>, Error> {
    functions.iter().map(route).collect()
}

fn route(function: &Function) -> Result<Route, Error> {
    let key = function.route.to_string().parse();
    let key = key.map_err(|source| Error::Route {
        function: function.name.clone(),
        source,
    })?;
    let mut route = Route::new(key, &function.name);
    route.authorization = match &function.access {
        Access::Public => Authorization::None,
        Access::Token { scopes } => Authorization::Jwt {
            scopes: scopes.clone(),
        },
        Access::Iam => Authorization::Iam,
    };
    route.payload_format = match function.payload_format {
        manifest::PayloadFormat::V1 => PayloadFormat::V1,
        manifest::PayloadFormat::V2 => PayloadFormat::V2,
    };
    route.throttle = function.throttle.map(|throttle| Throttle {
        rate: throttle.rate,
        burst: throttle.burst,
    });
    Ok(route)
}

/// The routes as a table, in the order of their paths.
pub(crate) fn table(functions: &[Function]) -> String {
    let mut rows: Vec<[String; 4]> = functions
        .iter()
        .map(|function| {
            let (method, path) = match &function.route {
                manifest::Route::Path { method, path } => (method.as_str(), path.as_str()),
                manifest::Route::Default => ("", "$default"),
            };
            [path, method, &function.access.to_string(), &function.name].map(str::to_owned)
        })
        .collect();
    rows.sort();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (path, method, access) = (width(0), width(1), width(2));
    rows.iter()
        .map(|row| {
            let [p, m, a, name] = row;
            format!("  {m:method$}  {p:path$}  {a:access$}  {name}\n")
        })
        .collect()
}

/// Every scope that a route asks for.
pub(crate) fn scopes(functions: &[Function]) -> BTreeSet<&str> {
    let scopes = functions
        .iter()
        .filter_map(|function| match &function.access {
            Access::Token { scopes } => Some(scopes),
            Access::Public | Access::Iam => None,
        });
    scopes.flatten().map(String::as_str).collect()
}

/// A call to try first, as arguments of curl without the token: a protected route that can be read
/// without knowing an id, or else the one that comes closest.
pub(crate) fn sample(functions: &[Function], url: &str) -> Option<Sample> {
    let best = functions
        .iter()
        .filter_map(|function| match &function.route {
            manifest::Route::Path { method, path } => Some((function, *method, path)),
            manifest::Route::Default => None,
        })
        .filter(|(function, ..)| function.access != Access::Iam)
        .min_by_key(|(function, method, path)| {
            let reads = matches!(method, Method::Get | Method::Any);
            let variables = path.segments().iter().filter(|s| !is_literal(s)).count();
            let open = function.access == Access::Public;
            (!reads, open, variables, path.segments().len())
        });
    let (function, method, path) = best?;
    let filled: String = path
        .segments()
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Variable(_) | Segment::Greedy(_) => "/1".to_owned(),
        })
        .collect();
    let method = match method {
        Method::Get | Method::Any => String::new(),
        other => format!("-X {other} "),
    };
    Some(Sample {
        needs_token: function.access != Access::Public,
        arguments: format!("{method}{url}{filled}"),
    })
}

/// A call to try.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) needs_token: bool,
    pub(crate) arguments: String,
}

fn is_literal(segment: &Segment) -> bool {
    matches!(segment, Segment::Literal(_))
}
