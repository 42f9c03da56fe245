//! The resources of a REST API and their methods (section 1 of the REST facts).

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use manifest::Segment;

use crate::configuration::{ConfigurationError, Route};

/// The methods of all resources, in the order in which API Gateway prefers them.
#[derive(Debug)]
pub(super) struct Resources {
    preferred: Vec<ResourceMethod>,
}

#[derive(Debug)]
struct ResourceMethod {
    method: manifest::Method,
    segments: Vec<Segment>,
    /// The route's position in the configuration; `None` for the response to a preflight.
    route: Option<usize>,
}

/// The method that serves a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// The route's position in the configuration; `None` for the response to a preflight.
    pub(super) route: Option<usize>,
    pub(super) path_parameters: BTreeMap<String, String>,
}

impl Resources {
    /// Creates the resources of `routes`. With `preflights`, each resource has a method OPTIONS, unless
    /// a route is its own.
    ///
    /// # Errors
    ///
    /// Fails if a REST API cannot have these routes.
    pub(super) fn new(routes: &[Route], preflights: bool) -> Result<Resources, ConfigurationError> {
        let mut preferred = Vec::new();
        let mut variables: BTreeMap<Vec<Segment>, (&Segment, &Route)> = BTreeMap::new();
        for (position, route) in routes.iter().enumerate() {
            let manifest::Route::Path { method, path } = &route.key else {
                return Err(ConfigurationError::DefaultRoute);
            };
            for (at, segment) in path.segments().iter().enumerate() {
                if let Segment::Literal(text) = segment {
                    check_path_part(text, route)?;
                    continue;
                }
                let parent = path.segments()[..at].to_vec();
                let (first, its) = variables.entry(parent).or_insert((segment, route));
                if *first != segment {
                    return Err(ConfigurationError::SiblingVariables {
                        first: its.to_string(),
                        second: route.to_string(),
                    });
                }
            }
            preferred.push(ResourceMethod {
                method: *method,
                segments: path.segments().to_vec(),
                route: Some(position),
            });
        }
        if preflights {
            preferred.extend(options(&preferred));
        }
        preferred.sort_by_cached_key(|method| {
            let ranks: Vec<u8> = method.segments.iter().map(rank).collect();
            (ranks, method.method == manifest::Method::Any)
        });
        Ok(Resources { preferred })
    }

    /// Returns the method for a request, whose path is without the stage. Resource and method are
    /// selected together (fact R1.5).
    pub(super) fn select(&self, method: &Method, path: &str) -> Option<Match> {
        let inner = path.strip_prefix('/').unwrap_or(path);
        // Facts R1.11 and R1.7: a slash at the end does not count, and `/` has no segment.
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let segments: Vec<&str> = match inner {
            "" => Vec::new(),
            inner => inner.split('/').collect(),
        };
        self.preferred.iter().find_map(|candidate| {
            if !takes(candidate.method, method) {
                return None;
            }
            Some(Match {
                route: candidate.route,
                path_parameters: parameters(&candidate.segments, &segments)?,
            })
        })
    }
}

/// The methods OPTIONS of all resources that have none. A resource exists for each part of a path.
fn options(methods: &[ResourceMethod]) -> Vec<ResourceMethod> {
    let own: BTreeSet<&[Segment]> = methods
        .iter()
        .filter(|method| method.method == manifest::Method::Options)
        .map(|method| method.segments.as_slice())
        .collect();
    let resources: BTreeSet<&[Segment]> = methods
        .iter()
        .flat_map(|method| (0..=method.segments.len()).map(|end| &method.segments[..end]))
        .filter(|segments| !own.contains(segments))
        .collect();
    resources
        .into_iter()
        .map(|segments| ResourceMethod {
            method: manifest::Method::Options,
            segments: segments.to_vec(),
            route: None,
        })
        .collect()
}

/// Fact R1.3.
fn check_path_part(text: &str, route: &Route) -> Result<(), ConfigurationError> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-.,:".contains(c);
    if text.chars().all(is_allowed) {
        return Ok(());
    }
    Err(ConfigurationError::PathPart {
        part: text.to_owned(),
        route: route.to_string(),
    })
}

/// Whether a method takes a request. `ANY` stands for the seven methods that a route can name.
fn takes(own: manifest::Method, method: &Method) -> bool {
    match own {
        manifest::Method::Any => method
            .as_str()
            .parse::<manifest::Method>()
            .is_ok_and(|method| method != own),
        one => one.as_str() == method.as_str(),
    }
}

/// Returns the variables of a pattern in a path that matches it, as sent.
fn parameters(pattern: &[Segment], segments: &[&str]) -> Option<BTreeMap<String, String>> {
    let greedy = matches!(pattern.last(), Some(Segment::Greedy(_)));
    if segments.len() < pattern.len() || (!greedy && segments.len() > pattern.len()) {
        return None;
    }
    let mut parameters = BTreeMap::new();
    for (at, part) in pattern.iter().enumerate() {
        match part {
            Segment::Literal(text) if text == segments[at] => {}
            Segment::Variable(name) if !segments[at].is_empty() => {
                parameters.insert(name.clone(), segments[at].to_owned());
            }
            Segment::Greedy(name) => {
                parameters.insert(name.clone(), segments[at..].join("/"));
            }
            Segment::Literal(_) | Segment::Variable(_) => return None,
        }
    }
    Some(parameters)
}

/// Fact R1.4.
fn rank(segment: &Segment) -> u8 {
    match segment {
        Segment::Literal(_) => 0,
        Segment::Variable(_) => 1,
        Segment::Greedy(_) => 2,
    }
}
