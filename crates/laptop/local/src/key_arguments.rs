//! The arguments of `cargo local key`.

use clap::{Args, Subcommand};

/// Which API key to print, or what else to do with the keys.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct KeyArguments {
    /// What else to do than print a key.
    #[command(subcommand)]
    pub command: Option<KeyCommand>,
    /// The usage plan of the key, as in [workspace.metadata.plans.NAME].
    #[arg(long)]
    pub plan: Option<String>,
    /// The name of the key [default: the name of the plan].
    #[arg(long, requires = "plan", value_parser = key_name)]
    pub name: Option<String>,
}

/// What else to do than print a key.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// List the keys with their plans and what counted in their quotas.
    List,
    /// Refuse requests with a key from now on.
    Disable { name: String },
    /// Accept requests with a disabled key again.
    Enable { name: String },
    /// Delete a key and what counted in its quota.
    Delete { name: String },
}

/// Parses the name of a key: one line of up to 1,024 characters (fact R4.8), none of them invisible.
fn key_name(text: &str) -> Result<String, String> {
    let length = text.chars().count();
    if (1..=1_024).contains(&length) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(
            "the name of a key has 1 to 1,024 characters, none of them a control character"
                .to_owned(),
        )
    }
}
