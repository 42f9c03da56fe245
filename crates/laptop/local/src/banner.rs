//! What is printed when `cargo local` begins to serve.

use std::fmt::Write;

use manifest::{Access, Workspace};

use crate::{
    cli::{Cli, ServeArguments},
    edit_loop::count,
    route_table,
    server::Server,
    settings::Authorizer,
};

/// Returns the address, the routes, what to know about the options, and a request to try.
pub(crate) fn text(cli: &Cli, server: &Server, workspace: &Workspace) -> String {
    let (url, authorizer) = (server.url(), server.authorizer());
    let mut text = format!(
        "\nServing on {url}, {}, {}; Ctrl-C ends it.\n\n{}\n",
        count(workspace.routes().count(), "route"),
        database(&cli.serve),
        route_table::table(workspace)
    );
    for note in notes(cli, server, workspace, authorizer) {
        // A String takes every text.
        let _ = writeln!(text, "  {note}");
    }
    if let Some(command) = sample(cli, workspace, authorizer, &url) {
        let _ = writeln!(text, "  try   {command}");
    }
    if let Some(url) = server.reference_url() {
        let _ = writeln!(text, "  docs  {url}");
    }
    text.push_str("  logs  cargo local logs ID\n\n");
    text
}

fn database(arguments: &ServeArguments) -> String {
    match (&arguments.database, arguments.ephemeral) {
        (_, true) => "database in memory".to_owned(),
        (Some(file), false) => format!("database {}", file.display()),
        (None, false) => "database .colonnade/dynamodb.sqlite".to_owned(),
    }
}

fn notes(
    cli: &Cli,
    server: &Server,
    workspace: &Workspace,
    authorizer: &Authorizer,
) -> Vec<String> {
    let arguments = &cli.serve;
    let mut notes = Vec::new();
    if arguments.faults.is_some() {
        let (database, token) = (server.database_url(), server.fault_token());
        notes.push(format!(
            "Fault injection is on. To inspect it, or to change it with PUT:\n  \
             curl -H 'Authorization: Bearer {token}' {database}/_faults\n"
        ));
    }
    if !workspace.without_route.is_empty() {
        let names = workspace.without_route.join(", ");
        notes.push(format!("Not served, because they have no route: {names}."));
    }
    if !arguments.host.is_loopback() {
        notes.push("Other machines can reach it.".to_owned());
    }
    if !server.shows_issuer_documents() && matches!(authorizer, Authorizer::Development { .. }) {
        notes.push(
            "The development issuer's port is taken: other programs cannot read its keys here."
                .to_owned(),
        );
    }
    let has_iam = workspace
        .routes()
        .any(|(_, http)| http.access == Access::Iam);
    if arguments.principals.is_none() && has_iam {
        notes.push(
            "Routes with access = \"iam\" refuse every request without --principals FILE."
                .to_owned(),
        );
    }
    notes
}

/// Returns a command that sends a request, with a token where the route requires one.
fn sample(cli: &Cli, workspace: &Workspace, authorizer: &Authorizer, url: &str) -> Option<String> {
    let sample = route_table::sample(workspace, url)?;
    let key = sample.plan.map(|plan| {
        let command = key_command(cli, &plan);
        format!("-H \"x-api-key: $({command})\" ")
    });
    let arguments = key.unwrap_or_default() + &sample.arguments;
    Some(match authorizer {
        Authorizer::Development { audience, .. } if sample.needs_token => format!(
            "curl -H \"Authorization: Bearer $({})\" {arguments}",
            token_command(cli, &sample.scopes, audience)
        ),
        Authorizer::Provider { issuer, .. } if sample.needs_token => {
            format!("curl -H 'Authorization: Bearer TOKEN' {arguments}   (a token of {issuer})")
        }
        Authorizer::Development { .. } | Authorizer::Provider { .. } => format!("curl {arguments}"),
    })
}

/// The command that prints a token for the sample request. The token itself is not printed: it would
/// stay in the terminal.
fn token_command(cli: &Cli, scopes: &[String], audience: &[String]) -> String {
    let mut command = "cargo local token".to_owned();
    if !scopes.is_empty() {
        command.push_str(&format!(" --scope '{}'", scopes.join(" ")));
    }
    if let Some(audience) = audience.first() {
        command.push_str(&format!(" --audience '{audience}'"));
    }
    command + &manifest_option(cli)
}

/// The command that prints an API key. Like a token, the key itself is not printed.
fn key_command(cli: &Cli, plan: &str) -> String {
    format!("cargo local key --plan {plan}{}", manifest_option(cli))
}

fn manifest_option(cli: &Cli) -> String {
    match &cli.manifest_path {
        Some(manifest) => format!(" --manifest-path '{}'", manifest.display()),
        None => String::new(),
    }
}
