//! `cargo local key`: the API keys of this machine.

use gateway::{ApiKey, ApiKeys, Timestamp};
use manifest::Workspace;
use uuid::Uuid;

use crate::{
    cli::Cli,
    error::Error,
    key_arguments::{KeyArguments, KeyCommand},
    state,
    usage_database::{NamedKey, UsageDatabase},
};

/// The number of characters of the keys that API Gateway makes.
const VALUE_LENGTH: usize = 40;
const ID_LENGTH: usize = 10;

/// Runs the command.
pub(crate) fn run(cli: &Cli, arguments: &KeyArguments) -> Result<(), Error> {
    let workspace = Workspace::load(cli.manifest_path.as_deref()).map_err(Error::Workspace)?;
    let folder = workspace.root.join(".colonnade");
    state::prepare(&folder)?;
    let mut database = UsageDatabase::open(&folder)?;
    match (&arguments.command, &arguments.plan) {
        (None, Some(plan)) => {
            let name = arguments.name.as_ref().unwrap_or(plan);
            println!("{}", value(&database, &workspace, plan, name)?);
            Ok(())
        }
        // clap prints the help without any argument.
        (None, None) | (Some(KeyCommand::List), _) => list(&mut database, &workspace),
        (Some(KeyCommand::Disable { name }), _) => found(database.enable_key(name, false)?, name),
        (Some(KeyCommand::Enable { name }), _) => found(database.enable_key(name, true)?, name),
        (Some(KeyCommand::Delete { name }), _) => found(database.delete_key(name)?, name),
    }
}

/// Returns the value of the key with this name. Creates the key if it does not exist.
fn value(
    database: &UsageDatabase,
    workspace: &Workspace,
    plan: &str,
    name: &str,
) -> Result<String, Error> {
    if !workspace.plans.contains_key(plan) {
        return Err(Error::UnknownPlan {
            plan: plan.to_owned(),
            plans: workspace.plans.keys().cloned().collect(),
        });
    }
    // Two commands at once get one key: the second finds what the first has added.
    if database.key(name)?.is_none() {
        database.add_key(&new_key(plan, name))?;
    }
    let unknown = || Error::UnknownKey {
        name: name.to_owned(),
    };
    let NamedKey { key, .. } = database.key(name)?.ok_or_else(unknown)?;
    if key.plan != plan {
        return Err(Error::KeyOfAnotherPlan {
            name: name.to_owned(),
            plan: key.plan,
        });
    }
    if !key.enabled {
        eprintln!("This key is disabled; `cargo local key enable {name}` enables it.");
    }
    Ok(key.value)
}

/// Makes a key. Its value has over 120 random bits.
fn new_key(plan: &str, name: &str) -> NamedKey {
    let random = || Uuid::new_v4().simple().to_string();
    let mut value = random() + &random();
    value.truncate(VALUE_LENGTH);
    let mut id = random();
    id.truncate(ID_LENGTH);
    NamedKey {
        name: name.to_owned(),
        key: ApiKey {
            id,
            value,
            plan: plan.to_owned(),
            enabled: true,
            created: Timestamp::now(),
        },
    }
}

/// Prints the keys, without their values.
fn list(database: &mut UsageDatabase, workspace: &Workspace) -> Result<(), Error> {
    let keys = database.keys()?;
    if keys.is_empty() {
        eprintln!("There are no keys. `cargo local key --plan PLAN` makes one.");
        return Ok(());
    }
    let usage = ApiKeys::new([], database.counts()?);
    let width = keys.iter().map(|named| named.name.len()).max().unwrap_or(0);
    for NamedKey { name, key } in &keys {
        let quota = match workspace.plans.get(&key.plan) {
            None => "a plan that is not declared".to_owned(),
            Some(plan) => match plan.quota {
                None => "no quota".to_owned(),
                Some(quota) => {
                    let used = usage.used(key, quota, Timestamp::now());
                    let period = <&str>::from(quota.period);
                    format!("{used} of {} this {period}", quota.limit)
                }
            },
        };
        let state = if key.enabled { "" } else { ", disabled" };
        println!("{name:width$}  plan {}, {quota}{state}", key.plan);
    }
    Ok(())
}

fn found(is_found: bool, name: &str) -> Result<(), Error> {
    match is_found {
        true => Ok(()),
        false => Err(Error::UnknownKey {
            name: name.to_owned(),
        }),
    }
}
