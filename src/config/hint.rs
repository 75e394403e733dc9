//! What the schema says about one setting, for whoever got it wrong.

use serde_json::Value;

use super::schema;

/// What can stand at `pointer`, as a sentence; `text` is what is wrong there. None where the schema does not know either.
pub(super) fn hint(root: &Value, pointer: &str, text: &str) -> Option<String> {
    let (above, key) = pointer.rsplit_once('/').unwrap_or(("", ""));
    if text.starts_with("is no setting") {
        return keys(schema::at(root, above)?);
    }
    if let Some(field) = text.strip_prefix("needs `").and_then(|rest| rest.split('`').next()) {
        return about(schema::at(root, &format!("{pointer}/{field}"))?, field);
    }
    // In a list, the setting is the list.
    let is_item = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((_, help)) = BY_TEXT.iter().find(|(beginning, _)| text.starts_with(beginning)) {
        return Some((*help).to_owned());
    }
    let own = schema::at(root, pointer)?;
    match is_item || own.get("description").is_none() {
        true => about(schema::at(root, above)?, above.rsplit('/').next().unwrap_or_default()),
        false => about(own, key),
    }
}

/// What is wrong with routes as they stand together, and what to do.
const BY_TEXT: &[(&str, &str)] = &[
    ("the last route must", "Put one below it that takes the rest: `- to: [ops]`, or `- drop: true`."),
    ("is never reached", "Put it above that one, or let that one say `continue: true`."),
    ("calls nobody", "Slack's built-in templates do; a template of your own can."),
    ("must name receivers in `to`", "For example `to: [ops]`."),
];

/// What a setting is for, what it takes, and an example.
fn about(schema: &Value, name: &str) -> Option<String> {
    let description = schema::description(schema).map(|text| text.replace('\n', " "));
    let values = schema::values(schema);
    let values = (!values.is_empty()).then(|| format!("One of {}.", listed(values.iter().map(String::as_str))));
    let example = schema.get("examples").and_then(|examples| examples.get(0)).filter(|_| values.is_none());
    let keys = if example.is_none() && values.is_none() { keys(schema) } else { None };
    let about: Vec<String> = [description, values, keys].into_iter().flatten().collect();
    let example = example.map(|example| format!("For example: {name}: {}", flow(example)));
    // An example stands on a line of its own, to be copied.
    let lines: Vec<String> = [(!about.is_empty()).then(|| about.join(" ")), example].into_iter().flatten().collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The keys of a mapping.
fn keys(schema: &Value) -> Option<String> {
    let keys = schema.get("properties")?.as_object()?.keys().map(String::as_str);
    let listed = listed(keys);
    Some(if listed.is_empty() { "Nothing can be set here.".to_owned() } else { format!("The settings here are {listed}.") })
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// A value as one would write it in YAML, on one line.
pub fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| format!("{}: {}", flow(&Value::from(key.as_str())), flow(value));
            format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Whether YAML takes a text for a text without quotes, wherever it stands.
fn is_plain(text: &str) -> bool {
    const WORDS: &[&str] = &["true", "false", "null", "yes", "no", "on", "off"];
    text.starts_with(|char: char| char.is_ascii_alphabetic() || char == '/')
        && text.chars().all(|char| char.is_alphanumeric() || "_-./".contains(char))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}
