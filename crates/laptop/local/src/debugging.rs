//! Prints how to attach a debugger to a function.

use manifest::{Function, Workspace};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use request_log::say;

/// Returns the receiver of process ids for the Lambda host. Prints for each process how to attach a
/// debugger to it.
pub(crate) fn announce(function: &Function, workspace: &Workspace) -> UnboundedSender<u32> {
    let (debugger, mut processes) = unbounded_channel();
    let name = function.name.clone();
    let main = function.folder.join("src/main.rs");
    let line = std::fs::read_to_string(&main)
        .ok()
        .and_then(|source| first_line_of_handler(&source));
    let main = main.strip_prefix(&workspace.root).unwrap_or(&main);
    let main = main.display().to_string();
    tokio::spawn(async move {
        while let Some(process) = processes.recv().await {
            say(&instructions(&name, process, &main, line));
        }
    });
    debugger
}

fn instructions(name: &str, process: u32, main: &str, line: Option<usize>) -> String {
    let (gdb, lldb) = match line {
        Some(line) => (
            format!(" -ex 'break {main}:{line}' -ex continue"),
            format!(" -o 'breakpoint set --file {main} --line {line}' -o continue"),
        ),
        None => (String::new(), String::new()),
    };
    format!(
        "{name} runs as process {process}. To attach a debugger:\n  \
         rust-gdb -p {process}{gdb}\n  rust-lldb -p {process}{lldb}"
    )
}

/// Returns the line of the first statement in the handler, which is the last function of `main.rs`
/// before its tests.
fn first_line_of_handler(source: &str) -> Option<usize> {
    let code = source.split("#[cfg(test)]").next()?;
    let lines: Vec<&str> = code.lines().collect();
    let signature = lines.iter().rposition(|line| {
        let line = line.trim_start_matches("pub ").trim_start_matches("async ");
        line.starts_with("fn ") && !line.starts_with("fn main(")
    })?;
    let opened = lines[signature..]
        .iter()
        .position(|line| line.ends_with('{'))?;
    // The brace is on line `signature + opened + 1`, and the statement on the next one.
    Some(signature + opened + 2)
}

#[cfg(test)]
mod tests {
    use super::{first_line_of_handler, instructions};

    #[test]
    fn the_handler_begins_after_its_signature() {
        let source = "async fn main() {\n    serve(get)\n}\n\nasync fn get(\n    id: u32,\n) -> u32 {\n    \
                      id\n}\n\n#[cfg(test)]\nmod tests {\n    fn other() {}\n}\n";

        assert_eq!(first_line_of_handler(source), Some(8));
        assert_eq!(first_line_of_handler("fn main() {\n}\n"), None);
    }

    #[test]
    fn the_instructions_can_be_pasted() {
        assert_eq!(
            instructions("notes-get", 7, "functions/notes-get/src/main.rs", Some(18)),
            "notes-get runs as process 7. To attach a debugger:\n  \
             rust-gdb -p 7 -ex 'break functions/notes-get/src/main.rs:18' -ex continue\n  \
             rust-lldb -p 7 -o 'breakpoint set --file functions/notes-get/src/main.rs --line 18' \
             -o continue"
        );
    }
}
