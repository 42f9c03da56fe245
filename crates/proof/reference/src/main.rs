//! Writes the generated parts of the documents.

use std::{fs, process::ExitCode};

fn main() -> ExitCode {
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), Box<dyn std::error::Error>> {
    let root = reference::root();
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
