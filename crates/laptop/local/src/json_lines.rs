//! Items as JSON lines, in the format of DynamoDB's exports to S3: `{"Item":{"id":{"S":"1"}}}`.
//!
//! Attribute values keep their types, which plain JSON would lose: sets, binary values, and numbers of
//! 38 digits.

use std::{
    fmt,
    io::{self, BufRead, Write},
};

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// How many bad lines an error lists.
const LISTED: usize = 10;

/// Lines that are not items, the first ten with their reasons.
#[derive(Debug, Default)]
pub struct BadLines {
    listed: Vec<(usize, String)>,
    count: usize,
}

impl fmt::Display for BadLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (line, reason)) in self.listed.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}line {line}: {reason}")?;
        }
        match self.count - self.listed.len() {
            0 => Ok(()),
            more => write!(f, "\nand {more} more lines"),
        }
    }
}

impl std::error::Error for BadLines {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "Item")]
    item: Map<String, Value>,
}

/// Writes an item as one line.
pub(crate) fn write(output: &mut impl Write, item: &Value) -> io::Result<()> {
    writeln!(output, "{}", json!({ "Item": item }))
}

/// Reads all lines, each with its number, and skips empty ones. Fails if one of them is not an item.
pub(crate) fn read(input: impl BufRead) -> Result<Vec<(usize, Value)>, BadLines> {
    let mut items = Vec::new();
    let mut bad = BadLines::default();
    for (index, line) in input.lines().enumerate() {
        let number = index + 1;
        let parsed = match line {
            Ok(line) if line.trim().is_empty() => continue,
            Ok(line) => item(&line),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(error.to_string()),
            Err(error) => {
                // Without this end, a broken disk would be one error for each line.
                bad.add(number, format!("cannot be read: {error}"));
                break;
            }
        };
        match parsed {
            Ok(item) => items.push((number, item)),
            Err(reason) => bad.add(number, reason),
        }
    }
    if bad.count == 0 { Ok(items) } else { Err(bad) }
}

impl BadLines {
    fn add(&mut self, line: usize, reason: String) {
        self.count += 1;
        if self.listed.len() < LISTED {
            self.listed.push((line, reason));
        }
    }
}

fn item(line: &str) -> Result<Value, String> {
    let line: Line = serde_json::from_str(line)
        .map_err(|error| format!("{error}; write {{\"Item\":{{\"name\":{{\"S\":\"value\"}}}}}}"))?;
    for (name, value) in &line.item {
        let is_typed = value.as_object().is_some_and(|value| value.len() == 1);
        if !is_typed {
            return Err(format!(
                "the attribute {name:?} has no type; write {{\"S\":\"text\"}} or {{\"N\":\"1\"}}"
            ));
        }
    }
    Ok(Value::Object(line.item))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{read, write};

    #[test]
    fn an_item_that_was_written_is_read_again() {
        let item = json!({ "id": { "S": "a\nb" }, "tags": { "SS": ["x"] } });
        let mut text = Vec::new();

        write(&mut text, &item).unwrap();

        assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 1);
        assert_eq!(read(text.as_slice()).unwrap(), [(1, item)]);
    }

    #[test]
    fn bad_lines_are_named_by_their_numbers() {
        let text =
            "{\"Item\":{\"id\":{\"S\":\"1\"}}}\n\n{\"id\":\"1\"}\n{\"Item\":{\"id\":\"1\"}}\nno\n";

        let error = read(text.as_bytes()).unwrap_err().to_string();

        assert!(error.contains("line 3: unknown field `id`"), "{error}");
        assert!(
            error.contains("line 4: the attribute \"id\" has no type"),
            "{error}"
        );
        assert!(error.contains("line 5: expected"), "{error}");
        assert!(
            !error.contains("line 1:") && !error.contains("line 2:"),
            "{error}"
        );
    }

    #[test]
    fn an_error_lists_ten_bad_lines() {
        let error = read("no\n".repeat(500).as_bytes()).unwrap_err().to_string();

        assert_eq!(error.lines().count(), 11);
        assert!(error.ends_with("and 490 more lines"), "{error}");
    }
}
