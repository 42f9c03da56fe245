//! Asks an HTTP API in AWS what nobody has captured, for `scripts/verify-aws.sh`: sends
//! `docs/verification/requests.json`, keeps the answers, and says where they differ from those of the
//! local front door in `docs/verification/local.json`, which a test holds to the code.

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::error::Error;
use std::path::PathBuf;
use verify::{Issuer, List};

/// Ask an HTTP API how it answers.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print what would be sent.
    List,
    /// Print the public key that is kept in a folder, and make it the first time.
    KeySet {
        /// The folder.
        #[arg(long)]
        keys: PathBuf,
    },
    /// Send the requests, keep the answers, and compare them.
    Send {
        /// The API, which is also the issuer of its tokens.
        url: String,
        /// The folder of the keys.
        #[arg(long)]
        keys: PathBuf,
        /// Where the API is, for the record.
        #[arg(long)]
        region: String,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let list = List::read()?;
    match Arguments::parse().command {
        Command::List => {
            println!(
                "To an API that pages of {} may call, with the routes",
                list.origin
            );
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
        Command::KeySet { keys } => println!("{}", Issuer::open("", &keys)?.key_set()),
        Command::Send { url, keys, region } => {
            let url = url.trim_end_matches('/');
            send(&list, url, &Issuer::open(url, &keys)?, &region).await?;
        }
    }
    Ok(())
}

async fn send(
    list: &List,
    url: &str,
    issuer: &Issuer,
    region: &str,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let answers = verify::ask(list, url, issuer).await?;
    if !verify::is_reached(&answers) {
        return Err(format!("{url} answers nothing").into());
    }
    let date = Timestamp::now().strftime("%Y-%m-%d").to_string();
    let file = format!("aws-{date}.json");
    let record = json!({ "date": date, "region": region, "answers": answers });
    std::fs::write(verify::folder().join(&file), format!("{record:#}\n"))?;

    let local = std::fs::read(verify::folder().join("local.json"))?;
    let local: Value = serde_json::from_slice(&local)?;
    let mut same = 0;
    for request in &list.requests {
        let (here, aws) = (&local["answers"][&request.name], &answers[&request.name]);
        if here == aws {
            same += 1;
        } else {
            println!("\n{} (fact {})", request.name, request.settles);
            for (part, here, aws) in differences(here, aws) {
                println!("  {part}\n    here  {here}\n    AWS   {aws}");
            }
        }
    }
    println!(
        "\n{same} of {} answers are the same here and in AWS. The record: docs/verification/{file}",
        list.requests.len()
    );
    Ok(())
}

/// The parts of two answers that differ, down to the event's fields.
fn differences(here: &Value, aws: &Value) -> Vec<(String, Value, Value)> {
    let (Value::Object(one), Value::Object(other)) = (here, aws) else {
        return vec![(String::new(), here.clone(), aws.clone())];
    };
    let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
    names.sort();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let of = |fields: &serde_json::Map<String, Value>| fields.get(name).cloned();
        let (here, aws) = (of(one).unwrap_or_default(), of(other).unwrap_or_default());
        if here == aws {
            continue;
        }
        for (part, here, aws) in differences(&here, &aws) {
            found.push((format!("{name} {part}").trim_end().to_owned(), here, aws));
        }
    }
    found
}
