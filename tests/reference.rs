//! The pages in `docs/reference`: `configuration.md`, made of the configuration's schema, which is made of the settings' own types,
//! and `templates.md`.
//!
//! `UPDATE_GOLDENS=1 cargo test --test reference` writes it anew; read it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[path = "reference/templates.rs"]
mod templates;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use hikyaku::config::{flow, schema};
use serde_json::Value;

#[test]
fn the_reference_of_the_configuration_is_up_to_date() {
    let schema = schema();
    let mut page = Page { text: HEAD.to_owned(), sections: Vec::new() };
    page.table(&schema, "");
    page.below(&schema, "");
    stands("docs/reference/configuration.md", &page.text);
}

/// Whether the page at `path` says `text`.
fn stands(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let stands = fs::read_to_string(&path).unwrap_or_default();
    assert!(stands == text, "UPDATE_GOLDENS=1 cargo test --test reference writes {} anew", path.display());
}

struct Page {
    text: String,
    /// What has a section already, with its name: three channels have the same settings.
    sections: Vec<(Value, String)>,
}

impl Page {
    /// A row for every key of a mapping.
    fn table(&mut self, schema: &Value, at: &str) {
        self.text.push_str("| key | takes | default | what |\n| --- | --- | --- | --- |\n");
        let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|found| found == name));
        for (name, value) in schema["properties"].as_object().into_iter().flatten() {
            let default = match value.get("default") {
                Some(default) => format!("`{}`", flow(default)),
                None if required(name) => "must be there".to_owned(),
                None => String::new(),
            };
            let key = if is_group(value) { format!("[`{name}`](#{})", anchor(&path(at, name))) } else { format!("`{name}`") };
            let mut what = cell(value["description"].as_str().unwrap_or_default());
            for (word, meaning) in words(value).into_iter().filter(|(_, meaning)| !meaning.is_empty()) {
                write!(what, "<br>`{word}`: {}", cell(meaning)).unwrap();
            }
            for form in forms(value) {
                let keys = form["properties"].as_object().into_iter().flatten();
                let keys: Vec<String> = keys.map(|(key, value)| format!("{key}: {}", takes(value))).collect();
                let shown = form["const"].as_str().map_or_else(|| format!("{{ {} }}", keys.join(", ")), str::to_owned);
                write!(what, "<br>`{shown}`: {}", cell(form["description"].as_str().unwrap_or_default())).unwrap();
            }
            writeln!(self.text, "| {key} | {} | {default} | {what} |", takes(value)).unwrap();
        }
        let examples = |(name, value): (&String, &Value)| {
            Some(format!("{name}: {}\n", flow(value["examples"].get(0).filter(|_| words(value).is_empty())?)))
        };
        let examples: String = schema["properties"].as_object().into_iter().flatten().filter_map(examples).collect();
        if !examples.is_empty() {
            write!(self.text, "\n```yaml\n{examples}```\n").unwrap();
        }
    }

    /// A section for every mapping below.
    fn below(&mut self, schema: &Value, at: &str) {
        for (name, value) in schema["properties"].as_object().into_iter().flatten().filter(|(_, value)| is_group(value)) {
            let path = path(at, name);
            write!(self.text, "\n## `{path}`\n{}\n", value["description"].as_str().unwrap_or_default()).unwrap();
            let inner = inner(value);
            if let Some((_, same)) = self.sections.iter().find(|(known, _)| known == inner) {
                writeln!(self.text, "\nThe same as [`{same}`](#{}).", anchor(same)).unwrap();
                continue;
            }
            self.sections.push((inner.clone(), path.clone()));
            if value != inner && inner["description"] != value["description"] {
                writeln!(self.text, "\n{}", inner["description"].as_str().unwrap_or_default()).unwrap();
            }
            self.text.push('\n');
            self.table(inner, &path);
            self.below(inner, &path);
        }
    }
}

/// What a mapping or a list holds whose items are mappings with keys of their own.
fn inner(schema: &Value) -> &Value {
    [schema.get("items"), schema.get("additionalProperties")]
        .into_iter()
        .flatten()
        .find(|inside| inside["properties"].is_object())
        .unwrap_or(schema)
}

fn is_group(schema: &Value) -> bool {
    inner(schema)["properties"].as_object().is_some_and(|keys| !keys.is_empty())
}

/// The forms of a setting that is one of several mappings.
fn forms(schema: &Value) -> Vec<&Value> {
    let variants: Vec<&Value> = schema["oneOf"].as_array().into_iter().flatten().collect();
    if variants.iter().any(|variant| variant["properties"].is_object()) { variants } else { Vec::new() }
}

/// What a setting takes, in a word.
fn takes(schema: &Value) -> String {
    let words = words(schema);
    if !words.is_empty() {
        return words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    }
    if schema["writeOnly"] == true {
        return "secret".to_owned();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.last().and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("string") => "text".to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some("number") => "number".to_owned(),
        Some("boolean") => "`true`, `false`".to_owned(),
        Some("array") if schema["items"]["$ref"].is_string() => "list of routes".to_owned(),
        Some("array") if schema["items"].is_object() => format!("list of {}", plural(&takes(&schema["items"]))),
        Some("array") => "list".to_owned(),
        Some("object") => "mapping".to_owned(),
        _ if !forms(schema).is_empty() => "word, mapping".to_owned(),
        _ => {
            let kinds = schema["anyOf"].as_array().into_iter().flatten().map(takes).collect::<Vec<_>>();
            kinds.join(", or ")
        }
    }
}

fn plural(word: &str) -> String {
    format!("{word}s")
}

/// The words of a closed set, each with its meaning.
fn words(schema: &Value) -> Vec<(&str, &str)> {
    let variants = schema["oneOf"].as_array().or(schema["anyOf"].as_array()).into_iter().flatten();
    let variants: Vec<&Value> = variants.collect();
    if variants.iter().any(|variant| variant["type"] == "object") {
        return Vec::new();
    }
    let one =
        variants.iter().filter_map(|variant| Some((variant["const"].as_str()?, variant["description"].as_str().unwrap_or(""))));
    let inside = variants.iter().flat_map(|variant| variant["enum"].as_array()).flatten();
    let several = schema["enum"].as_array().into_iter().flatten().chain(inside).filter_map(|word| Some((word.as_str()?, "")));
    one.chain(several).collect()
}

fn path(at: &str, name: &str) -> String {
    let at = match at {
        "receivers" => "receivers.NAME",
        "accounts" => "accounts.ID",
        "routes" | "sources" => return format!("{at}[].{name}"),
        _ => at,
    };
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// As GitHub makes anchors of headings.
fn anchor(path: &str) -> String {
    path.to_lowercase().replace(['.', '[', ']', '`'], "")
}

fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

const HEAD: &str = "\
# The configuration

Every key of `hikyaku.yaml`. `hikyaku init` writes one to start from; `hikyaku check` looks it over; `hikyaku schema` prints the same
as a JSON Schema, for editors. This page is made of it.

A **secret** is a reference, fetched when it is first used: `env:NAME`, `ssm:/name`, `secretsmanager:id#json-key` or `file:path`. The
value itself would do too, and earns a warning.

";
