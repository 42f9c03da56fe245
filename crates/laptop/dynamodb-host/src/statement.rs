//! What a PartiQL statement would do, read from its first words.

use crate::demand::Demand;
use manifest::{Action, Resource};

/// The action and table of a statement. One that cannot be read demands what nobody can declare.
pub(crate) fn demand(statement: &str) -> Demand {
    let words = words(statement);
    let verb = words.first().map(|word| word.to_ascii_uppercase());
    let (action, before_table) = match verb.as_deref() {
        Some("SELECT") => (Action::PartiQLSelect, "FROM"),
        // EXISTS(SELECT …) is the condition check of a transaction.
        Some("EXISTS") => (Action::PartiQLSelect, "FROM"),
        Some("INSERT") => (Action::PartiQLInsert, "INTO"),
        Some("UPDATE") => (Action::PartiQLUpdate, "UPDATE"),
        Some("DELETE") => (Action::PartiQLDelete, "FROM"),
        _ => {
            return Demand {
                verb: "PartiQLSelect",
                action: None,
                resource: None,
            };
        }
    };
    let table = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case(before_table))
        .and_then(|keyword| words.get(keyword + 1));
    let resource = table.map(|name| {
        let (table, index) = match name.split_once('.') {
            Some((table, index)) => (table, Some(index.to_owned())),
            None => (name.as_str(), None),
        };
        Resource {
            table: table.to_owned(),
            index,
        }
    });
    Demand::new(action, resource)
}

/// The words outside of string literals. `"notes"."by-author"` is one word, `notes.by-author`.
fn words(statement: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut within = None;
    for c in statement.chars() {
        match within {
            Some(quote) if c == quote => within = None,
            Some('"') => word.push(c),
            Some(_) => {}
            None if c == '"' => within = Some('"'),
            None if c == '\'' || !(c.is_alphanumeric() || "_-.$".contains(c)) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                within = (c == '\'').then_some(c);
            }
            None => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::demand;

    #[test]
    fn a_statement_tells_its_action_and_table() {
        let cases = [
            ("SELECT * FROM notes", "PartiQLSelect notes"),
            (
                "select 'from pages', a from \"notes\".\"by-author\"",
                "PartiQLSelect notes/by-author",
            ),
            (
                "EXISTS(SELECT * FROM notes WHERE id='1')",
                "PartiQLSelect notes",
            ),
            ("INSERT INTO notes VALUE {'id':'1'}", "PartiQLInsert notes"),
            ("UPDATE \"notes\" SET a=1", "PartiQLUpdate notes"),
            ("DELETE FROM notes WHERE id='1'", "PartiQLDelete notes"),
        ];
        for (statement, expected) in cases {
            let demand = demand(statement);
            let resource = demand.resource.unwrap();
            assert_eq!(
                format!("{} {resource}", demand.verb),
                expected,
                "{statement}"
            );
            assert!(demand.action.is_some());
        }
    }

    #[test]
    fn a_statement_that_cannot_be_read_demands_what_nobody_can_declare() {
        assert!(demand("").action.is_none());
        assert!(demand("CREATE TABLE notes").action.is_none());
        assert!(demand("SELECT 1").resource.is_none());
    }
}
