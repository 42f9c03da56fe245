//! The table of problems.

pub(crate) fn table() -> String {
    let mut table = "| type | status | when | what to do |\n|---|---|---|---|\n".to_owned();
    let mut problems = contract::problems();
    problems.sort_by_key(|(kind, ..)| kind.status);
    for (kind, when, remedy) in problems {
        let row = format!(
            "| `/problems/{}` | {} | {when} | {remedy} |",
            kind.name, kind.status
        );
        table.push_str(&row.replace("  |", " |"));
        table.push('\n');
    }
    table
}
