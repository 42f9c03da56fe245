//! The texts that people write: names, categories, descriptions.

record::limited_text!(
    /// What a user or a product is called: 1 to 200 characters on one line.
    Name, 200, line_breaks: false, example: "Darjeeling"
);
record::limited_text!(
    /// The category of a product: 1 to 60 characters on one line.
    Category, 60, line_breaks: false, example: "Tea"
);
record::limited_text!(
    /// A description of a product: 1 to 2,000 characters. Line breaks (`\n`) are permitted.
    Description, 2000, line_breaks: true, example: "First flush.\nSpring 2026."
);
