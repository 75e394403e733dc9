//! What a YAML parser says, for people.

/// What is wrong, and a way out, by what the parser says of it.
pub(super) fn plain(told: &str) -> (String, Option<&'static str>) {
    if let Some(key) = told.strip_prefix("duplicate mapping key: ").and_then(|rest| rest.rsplit_once(", set ")) {
        return (format!("the key `{}` stands twice", key.0), Some("Keep one of the two, or put into one what both hold."));
    }
    let known = TOLD.iter().find(|(needle, _, _)| told.contains(needle));
    let (text, help) = known.map_or((told, OTHERWISE), |(_, text, help)| (if text.is_empty() { told } else { text }, *help));
    (text.to_owned(), Some(help))
}

/// A piece of what the parser says, what to say instead (nothing: the same), and what to do.
const TOLD: &[(&str, &str, &str)] = &[
    ("tabs disallowed", "", "Indent with blanks: YAML takes no tab there."),
    (
        "mapping values are not allowed",
        "a second `: ` on one line",
        "Put a text that holds `: ` in quotes, or give each key a line of its own.",
    ),
    (
        "did not find expected key",
        "this line is indented like nothing around it",
        "Keys of one mapping begin in the same column; what belongs to a key stands further to the right.",
    ),
    ("unclosed quote", "a quote that is never closed", "Close it, on this line or where the text ends."),
    ("unknown anchor", "an alias of nothing", "A text that begins with `*` or `&` stands in quotes: \"*error*\"."),
    ("multiple YAML documents", "holds a second document", "Take out the line `---`, or what stands before it."),
    ("budget breached", "its aliases make too much of it", "Write out what they stand for, or leave it out."),
    ("expected ',' or '}'", "a `{` before this is never closed", "Close it with `}`, or put a comma before the next key."),
    ("expected ',' or ']'", "a `[` before this is never closed", "Close it with `]`, or put a comma before the next item."),
    (
        "illegal placement of ':'",
        "a key where none can be",
        "Close the `[` or `{` before it, or put a text that holds `:` in quotes.",
    ),
    (
        "implicit flow mapping",
        "a `{` or `[` is closed nowhere, or a comma is too many",
        "Look at the commas and brackets before this place.",
    ),
    ("expected string scalar", "a key that is no text", "Put a text that begins with `{` in quotes: \"{{title}}\"."),
    ("recursion", "is nested too deeply", OTHERWISE),
];

const OTHERWISE: &str = "Put a text with signs such as `: # { } [ ] , & * ! | > % @` in quotes, and look at the indentation.";
