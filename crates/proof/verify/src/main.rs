//! The command line of verify, which `scripts/verify-aws.sh` runs.

use std::{error::Error, fs, path::PathBuf};

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use verify::{RequestList, TestIssuer};

/// Compare the responses of an HTTP API in AWS with those of the local front door.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the routes and the requests.
    List,
    /// Print the issuer's public key. Create the key if it is missing.
    KeySet {
        /// The folder of the keys.
        #[arg(long)]
        keys: PathBuf,
    },
    /// Send the requests, record the responses, and print the differences.
    Send {
        /// The URL of the API, which is also the issuer of its tokens.
        url: String,
        /// The folder of the keys.
        #[arg(long)]
        keys: PathBuf,
        /// The AWS region, for the record.
        #[arg(long)]
        region: String,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let list = RequestList::read()?;
    match Arguments::parse().command {
        Command::List => print(&list),
        Command::KeySet { keys } => println!("{}", TestIssuer::open("", &keys)?.key_set()),
        Command::Send { url, keys, region } => {
            let url = url.trim_end_matches('/');
            send(&list, url, &TestIssuer::open(url, &keys)?, &region).await?;
        }
    }
    Ok(())
}

fn print(list: &RequestList) {
    println!("CORS origin: {}", list.origin);
    println!("{} routes:", list.routes.len());
    for route in &list.routes {
        let scopes = route.scopes.as_ref().map(|scopes| scopes.join(" or "));
        match scopes.as_deref() {
            None => println!("  {}", route.key),
            Some("") => println!("  {}, with a token", route.key),
            Some(scopes) => println!("  {}, with a token for {scopes}", route.key),
        }
    }
    println!("{} requests:", list.requests.len());
    for request in &list.requests {
        let token = request.token.as_deref();
        let token = token.map_or_else(String::new, |name| format!(", token {name}"));
        let (method, target) = (&request.method, &request.target);
        println!(
            "  {:<14} {:<50} {method} {target}{token}",
            request.settles, request.name
        );
    }
}

async fn send(
    list: &RequestList,
    url: &str,
    issuer: &TestIssuer,
    region: &str,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let responses = verify::send_all(list, url, issuer).await?;
    if !verify::has_response(&responses) {
        return Err(format!("no response from {url}").into());
    }
    let date = Timestamp::now().strftime("%Y-%m-%d").to_string();
    let file = format!("aws-{date}.json");
    let record = json!({ "date": date, "region": region, "responses": responses });
    fs::write(verify::folder().join(&file), format!("{record:#}\n"))?;

    let local = fs::read(verify::folder().join("local.json"))?;
    let local: Value = serde_json::from_slice(&local)?;
    let mut same = 0;
    for request in &list.requests {
        let local = &local["responses"][&request.name];
        let aws = &responses[&request.name];
        if local == aws {
            same += 1;
        } else {
            println!("\n{} (fact {})", request.name, request.settles);
            for (part, local, aws) in differences(local, aws) {
                println!("  {part}\n    local  {local}\n    AWS    {aws}");
            }
        }
    }
    println!(
        "\n{same} of {} responses are the same. Recorded in docs/verification/{file}",
        list.requests.len()
    );
    Ok(())
}

/// Returns the names and the values of the parts that differ, recursively.
fn differences(local: &Value, aws: &Value) -> Vec<(String, Value, Value)> {
    let (Value::Object(one), Value::Object(other)) = (local, aws) else {
        return vec![(String::new(), local.clone(), aws.clone())];
    };
    let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
    names.sort();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let value = |fields: &Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
        let (local, aws) = (value(one), value(other));
        if local == aws {
            continue;
        }
        for (part, local, aws) in differences(&local, &aws) {
            found.push((format!("{name} {part}").trim_end().to_owned(), local, aws));
        }
    }
    found
}
