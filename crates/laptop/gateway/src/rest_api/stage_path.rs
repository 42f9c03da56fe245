//! The path of a request to a REST API: the stage, and the path of a resource after it.

use crate::request_target::{BadTarget, Target};

/// The error for a target without the stage, or that is not a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoStage;

impl From<BadTarget> for NoStage {
    fn from(_: BadTarget) -> Self {
        Self
    }
}

/// Removes the stage from a request target. Nothing is decoded (fact R1.14). `raw_path` is the path with
/// the stage, for `requestContext.path`. Slashes that are doubled before or after the stage are one slash
/// in `path`, and those after the stage are kept in `raw_path`, as captured.
pub(super) fn parse(target: &[u8], stage: &str) -> Result<Target, NoStage> {
    let target = Target::split(target)?;
    let inner = target.raw_path.trim_start_matches('/');
    let rest = inner.strip_prefix(stage).ok_or(NoStage)?;
    if !(rest.is_empty() || rest.starts_with('/')) {
        return Err(NoStage);
    }
    Ok(Target {
        path: format!("/{}", rest.trim_start_matches('/')),
        raw_path: format!("/{inner}"),
        query: target.query.clone(),
    })
}
