//! Prints what each operation of the store costs in shops of the given sizes, as JSON.

use std::{env::consts::ARCH, fs, thread};

use capacity::{Cost, FilledShop, costs};
use clap::Parser;
use jiff::Timestamp;
use serde::Serialize;

/// Print what each operation of the store costs in shops of increasing size, as JSON.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// The numbers of users, products and orders, in ascending order.
    #[arg(required = true, value_parser = clap::value_parser!(u32).range(1..))]
    sizes: Vec<u32>,
    /// How many times each operation is repeated in each shop.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
}

/// What the command prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    date: String,
    machine: String,
    /// Whether the program, with the database in it, is optimized.
    optimized: bool,
    repetitions: u32,
    shops: Vec<Shop>,
}

#[derive(Debug, Serialize)]
struct Shop {
    items: u32,
    operations: Vec<Operation>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    operation: &'static str,
    read_units: f64,
    write_units: f64,
    median_micros: u128,
}

impl From<Cost> for Operation {
    fn from(cost: Cost) -> Self {
        Self {
            operation: cost.operation,
            read_units: cost.consumed.read,
            write_units: cost.consumed.write,
            median_micros: cost.median.as_micros(),
        }
    }
}

#[tokio::main]
async fn main() {
    let mut cli = Cli::parse();
    cli.sizes.sort_unstable();

    let mut filled = FilledShop::open().await;
    let mut shops = Vec::new();
    for &items in &cli.sizes {
        eprintln!("loading until there are {items} users, products and orders");
        filled.grow(items as usize).await;
        eprintln!("measuring");
        let operations = costs(&filled, cli.repetitions as usize).await;
        shops.push(Shop {
            items,
            operations: operations.into_iter().map(Operation::from).collect(),
        });
    }
    filled.close().await;

    let report = Report {
        date: Timestamp::now().strftime("%Y-%m-%d").to_string(),
        machine: machine(),
        optimized: !cfg!(debug_assertions),
        repetitions: cli.repetitions,
        shops,
    };
    let json = serde_json::to_string_pretty(&report);
    println!("{}", json.expect("numbers and texts are valid JSON"));
}

/// Describes the machine: the model of its processor, if Linux knows it, and the number of cores.
fn machine() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or(ARCH, |(_, model)| model);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {cores} cores")
}
