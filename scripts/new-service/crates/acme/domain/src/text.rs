//! The texts that people write: names, descriptions.

record::limited_text!(
    /// What something is called: 1 to 200 characters on one line.
    Name, 200, line_breaks: false, example: "First"
);
record::limited_text!(
    /// A description: 1 to 2,000 characters. Line breaks (`\n`) are permitted.
    Description, 2000, line_breaks: true, example: "What it is about."
);
