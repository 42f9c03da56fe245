#![doc = include_str!("../README.md")]

mod access;
mod error;
mod fields;
mod function;
mod member;
mod path;
mod permissions;
mod route;
mod tables;
mod workspace;

pub use access::Access;
pub use error::{Error, Problem};
pub use function::{Function, PayloadFormat, Throttle};
pub use path::{Path, Segment};
pub use permissions::{Action, Permissions, Resource};
pub use route::{Method, Route};
pub use tables::{Attribute, AttributeType, Index, Table, environment_variable, read_tables};
pub use workspace::{Workspace, find_root};
