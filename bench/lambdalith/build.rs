//! Writes a module for each function in functions/, from its `main.rs`, and a function that selects among them.
//!
//! The handlers are private in their programs, and are not written again here: the `main` of each program becomes an
//! `answer` that calls the handler once.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
    println!("cargo::rerun-if-changed={}", functions.display());
    let mut names: Vec<_> = fs::read_dir(&functions)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, std::io::Error>>()?;
    names.sort();

    let (mut modules, mut arms) = (String::new(), String::new());
    for name in &names {
        let program = fs::read_to_string(functions.join(name).join("src/main.rs"))?;
        // An authorizer has no route.
        if !program.starts_with("//! `") {
            continue;
        }
        let (route, text) = module(&program).ok_or(format!("cannot read the program of {name}"))?;
        let module = name.replace('-', "_");
        writeln!(modules, "mod {module} {{\n{text}\n}}")?;
        writeln!(
            arms,
            "{route:?} => {module}::answer(database, request).await,"
        )?;
    }
    let answer = format!(
        "async fn answer(database: &Database, request: &Request) -> Result<Reply, Problem> {{
             match request.route() {{
                 {arms}
                 _ => Err(Problem::not_found()),
             }}
         }}"
    );
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("routes.rs"),
        modules + &answer,
    )?;
    Ok(())
}

/// Returns the route of a program, which its first line names, and its module.
fn module(program: &str) -> Option<(&str, String)> {
    let route = program.strip_prefix("//! `")?.split('`').next()?;
    let text = program.lines().filter(|line| !line.starts_with("//!"));
    let text = text.collect::<Vec<_>>().join("\n");
    let text = text.replace("#[cfg(test)]\nmod tests;", "");

    // From the attribute to the end of `main`.
    let (before, main) = text.split_once("#[tokio::main")?;
    let (main, after) = main.split_once("\n}\n")?;
    let (state, handler) = main
        .split_once("function::serve(")?
        .1
        .split_once(").await")?
        .0
        .rsplit_once(", ")?;
    let state = match main.split_once(&format!("let {state} = ")) {
        Some((_, made)) => made.split_once(';')?.0,
        None => state,
    };
    let state = state.replace("Database::connect().await?", "database.clone()");
    // With `?`, because the handlers have two types of problems. One of them needs no conversion.
    let answer = format!(
        "pub(super) async fn answer(
             database: &dynamodb::Database,
             request: &function::Request,
         ) -> Result<function::Reply, problem::Problem> {{
             let _ = database;
             Ok({handler}(&{state}, request).await?)
         }}"
    );
    Some((
        route,
        format!(
            "#![allow(unused_imports, clippy::needless_question_mark)]\n{before}{after}\n{answer}"
        ),
    ))
}
