//! Writes the generated documents, or checks the permissions of functions.

use std::{env, error::Error, fs, process::ExitCode};

const USAGE: &str = "\
Usage: cargo run -q -p reference                 writes openapi.json and the generated parts of other documents
       cargo run -q -p reference -- openapi      prints openapi.json
       cargo run -q -p reference -- permissions  fails if a declared permission is used by no test";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        [] => write(),
        ["openapi"] => print_openapi(),
        ["permissions"] => check_permissions(),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn print_openapi() -> Result<(), Box<dyn Error>> {
    print!("{}", reference::openapi(&reference::root())?);
    Ok(())
}

fn write() -> Result<(), Box<dyn Error>> {
    let root = reference::root();
    let openapi = reference::openapi(&root)?;
    let file = root.join("openapi.json");
    if fs::read_to_string(&file).ok().as_ref() != Some(&openapi) {
        fs::write(&file, openapi)?;
        println!("openapi.json written");
    }
    for part in reference::parts(&root)? {
        let file = root.join(part.file);
        let before = fs::read_to_string(&file)?;
        let after = part.insert_into(&before)?;
        if before != after {
            fs::write(&file, after)?;
            println!("{}: {} written", part.file, part.name);
        }
    }
    Ok(())
}

fn check_permissions() -> Result<(), Box<dyn Error>> {
    let root = reference::root();
    let target_directory = manifest::find_target_directory(&root.join("Cargo.toml"))?;
    let unused = reference::unused_permissions(&root, &target_directory)?;
    if unused.is_empty() {
        return Ok(());
    }
    let unused: Vec<_> = unused.iter().map(ToString::to_string).collect();
    Err(unused.join("\n").into())
}
