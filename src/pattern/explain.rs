//! Why an event does not fit, in words.

use std::fmt::Display;

use serde_json::Value;

use super::kind;
use super::node::{Node, elements, objects};

/// How many characters of a value, of a path and of a list of wanted values are shown.
const MAX_VALUE: usize = 80;
const MAX_PATH: usize = 160;
const MAX_WANTED: usize = 240;

/// How many different reasons are given when a `$or` has no alternative that fits.
const MAX_REASONS: usize = 3;

/// Why none of the combinations of `$or` fits the event.
pub(super) fn mismatch(alternatives: &[Node], event: &Value) -> String {
    if !event.is_object() {
        return format!("the event is {}, wanted an object", kind(event));
    }
    let mut reasons: Vec<String> = Vec::new();
    for node in alternatives {
        let reason = reason(node, &[event], "");
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let more = reasons.len().saturating_sub(MAX_REASONS);
    reasons.truncate(MAX_REASONS);
    let joined = reasons.join("; ");
    match (reasons.len(), more) {
        (0 | 1, _) => joined,
        (_, 0) => format!("no alternative of `$or` fits: {joined}"),
        _ => format!("no alternative of `$or` fits: {joined}; and {more} more"),
    }
}

/// Why the values found at a path do not fit the node, which is known.
fn reason(node: &Node, values: &[&Value], path: &str) -> String {
    if let Some(conditions) = node.leaf.as_deref().filter(|_| !node.leaf_fits(values)) {
        let path = tail(path);
        let wanted = cut(&one_of(conditions), MAX_WANTED);
        return format!("`{path}` is {}, wanted {wanted}", found(values));
    }
    let objects = objects(values);
    for (key, child) in &node.fields {
        let inner = elements(objects.iter().filter_map(|object| object.get(key)));
        if !child.fits(&inner) {
            return reason(child, &inner, &join(path, key));
        }
    }
    // Every field alone is there, so that they must be spread over the elements of a list.
    let keys: Vec<String> = node.fields.iter().map(|(key, _)| quoted(key)).collect();
    let keys = cut(&keys.join(" and "), MAX_WANTED);
    format!("`{}` has no element that fits {keys} together", tail(path))
}

/// What is there, as a word or as the value itself.
fn found(values: &[&Value]) -> String {
    let plain: Vec<String> =
        values.iter().filter(|value| !value.is_object()).take(MAX_VALUE).map(|value| literal(value)).collect();
    match plain.as_slice() {
        [] if values.is_empty() => "absent".to_owned(),
        [] => "an object".to_owned(),
        [only] => quoted(only),
        several => quoted(&format!("[{}]", several.join(", "))),
    }
}

/// A plain value as text: a string bare, unless it would read as something else than a string.
pub(super) fn literal(value: &Value) -> String {
    match value.as_str() {
        Some(text) if !reads_as_another_type(text) => text.to_owned(),
        _ => value.to_string(),
    }
}

fn reads_as_another_type(text: &str) -> bool {
    text.is_empty() || text.parse::<f64>().is_ok() || matches!(text, "true" | "false" | "null")
}

/// A text of the pattern or the event between backticks, cut.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", cut(text, MAX_VALUE))
}

/// The entries as a choice: `a, b or c`.
pub(super) fn one_of(entries: &[impl Display]) -> String {
    let texts: Vec<String> = entries.iter().map(ToString::to_string).collect();
    match texts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}

/// At most so many characters of a text, on one line.
fn cut(text: &str, most: usize) -> String {
    let mut cut: String = text.chars().take(most).map(printable).collect();
    if text.chars().nth(most).is_some() {
        cut.push('…');
    }
    cut
}

/// The end of a path, which tells more than its beginning, on one line.
fn tail(path: &str) -> String {
    let Some(hidden) = path.chars().count().checked_sub(MAX_PATH).filter(|n| *n > 0) else {
        return path.chars().map(printable).collect();
    };
    let shown = path.chars().skip(hidden).map(printable);
    std::iter::once('…').chain(shown).collect()
}

/// The character, or a blank for one that would break the line or steer a terminal.
fn printable(char: char) -> char {
    if char.is_control() { ' ' } else { char }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
