//! Route selection (section 1 of the facts).

use std::{cmp::Ordering, collections::BTreeMap};

use http::Method;
use manifest::Segment;

use crate::configuration::Route;

/// The routes of an API in the order in which API Gateway prefers them.
#[derive(Debug)]
pub(crate) struct RouteTable {
    /// Positions in the configuration and keys, in the order of preference.
    preferred: Vec<(usize, manifest::Route)>,
}

/// The route of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// The route's position in the configuration.
    pub(crate) route: usize,
    pub(crate) path_parameters: BTreeMap<String, String>,
}

impl RouteTable {
    pub(crate) fn new(routes: &[Route]) -> RouteTable {
        let mut preferred: Vec<(usize, manifest::Route)> = routes
            .iter()
            .map(|route| route.key.clone())
            .enumerate()
            .collect();
        preferred.sort_by(|(_, a), (_, b)| preference(a, b));
        RouteTable { preferred }
    }

    /// Returns the route for a method and a decoded path.
    pub(crate) fn select(&self, method: &Method, path: &str) -> Option<Match> {
        let inner = path.strip_prefix('/').unwrap_or(path);
        let segments: Vec<&str> = inner.split('/').collect();
        self.preferred.iter().find_map(|(route, key)| {
            let path_parameters = match key {
                manifest::Route::Default => BTreeMap::new(),
                manifest::Route::Path {
                    method: wanted,
                    path,
                } => {
                    if !takes(*wanted, method) {
                        return None;
                    }
                    parameters(path.segments(), &segments)?
                }
            };
            Some(Match {
                route: *route,
                path_parameters,
            })
        })
    }
}

/// Returns whether a route with the method `wanted` takes a request. `ANY` stands for the seven methods
/// that a route can name.
fn takes(wanted: manifest::Method, method: &Method) -> bool {
    match wanted {
        manifest::Method::Any => method
            .as_str()
            .parse::<manifest::Method>()
            .is_ok_and(|m| m != wanted),
        one => one.as_str() == method.as_str(),
    }
}

/// Returns the variables of a pattern in a path that matches it.
fn parameters(pattern: &[Segment], segments: &[&str]) -> Option<BTreeMap<String, String>> {
    if pattern.is_empty() {
        // The route `/`: a request's path `/` splits into one empty segment.
        return (segments == [""]).then(BTreeMap::new);
    }
    let greedy = is_greedy(pattern);
    if segments.len() < pattern.len() || (!greedy && segments.len() > pattern.len()) {
        return None;
    }
    let matches = pattern
        .iter()
        .enumerate()
        .all(|(at, expected)| match expected {
            Segment::Literal(text) => text == segments[at],
            Segment::Variable(_) => !segments[at].is_empty(),
            // Facts 1.16 and 1.19: the rest may be empty.
            Segment::Greedy(_) => true,
        });
    matches.then(|| {
        pattern
            .iter()
            .enumerate()
            .filter_map(|(at, expected)| match expected {
                Segment::Literal(_) => None,
                Segment::Variable(name) => Some((name.clone(), segments[at].to_owned())),
                Segment::Greedy(name) => Some((name.clone(), segments[at..].join("/"))),
            })
            .collect()
    })
}

/// Compares by facts 1.2 to 1.6: the more specific path first, then the method. `Less` is preferred.
fn preference(a: &manifest::Route, b: &manifest::Route) -> Ordering {
    use manifest::{Method, Route};
    let (
        Route::Path {
            method: method_a,
            path: a,
        },
        Route::Path {
            method: method_b,
            path: b,
        },
    ) = (a, b)
    else {
        return (*a == Route::Default).cmp(&(*b == Route::Default));
    };
    let (a, b) = (a.segments(), b.segments());
    let by_method = (*method_a == Method::Any).cmp(&(*method_b == Method::Any));
    let by_path = is_greedy(a).cmp(&is_greedy(b)).then_with(|| {
        let ranks = |segments: &[Segment]| segments.iter().map(rank).collect::<Vec<_>>();
        ranks(a).cmp(&ranks(b))
    });
    by_path.then(by_method)
}

fn is_greedy(segments: &[Segment]) -> bool {
    matches!(segments.last(), Some(Segment::Greedy(_)))
}

fn rank(segment: &Segment) -> u8 {
    match segment {
        Segment::Literal(_) => 0,
        Segment::Variable(_) => 1,
        Segment::Greedy(_) => 2,
    }
}
