//! Parameters that a request must have.

use std::fmt;

/// A parameter that a REST API requires. A parameter that is empty counts as missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequiredParameter {
    pub place: ParameterPlace,
    pub name: String,
}

/// The part of a request that has a parameter. The texts are those of CloudFormation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum ParameterPlace {
    Header,
    Path,
    QueryString,
}

/// As CloudFormation writes it: `method.request.header.X`.
impl fmt::Display for RequiredParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "method.request.{}.{}", self.place, self.name)
    }
}
