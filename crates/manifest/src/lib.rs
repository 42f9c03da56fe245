#![doc = include_str!("../README.md")]

mod access;
mod cors_settings;
mod describe;
mod environment_variables;
mod error;
mod fields;
mod function;
mod http_operation;
mod literal_secret;
mod member;
mod new_route;
mod path;
mod permissions;
mod route;
mod tables;
mod trigger;
mod workspace;

pub use access::Access;
pub use cors_settings::{Cors, InvalidCors};
pub use describe::Description;
pub use environment_variables::{Variable, Variables};
pub use error::{Error, Problem};
pub use fields::did_you_mean;
pub use function::Function;
pub use http_operation::{Answer, Body, Operation};
pub use literal_secret::literal_secret;
pub use new_route::NewRoute;
pub use path::{Path, Segment};
pub use permissions::{Action, Permissions, Resource};
pub use route::{InvalidRoute, Method, Route};
pub use tables::{Attribute, AttributeType, Index, Table, environment_variable, read_tables};
pub use trigger::{HttpTrigger, PayloadFormat, Throttle, Trigger};
pub use workspace::{Workspace, find_root, find_target_directory};
