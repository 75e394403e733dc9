//! `docs/reference/templates.md`, made of what templates see: names and what they hold of the views, what they mean of the doc
//! comments and of the schema of our own format, examples of the samples.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use hikyaku::channels::CHANNELS;
use hikyaku::ingress::unwrap;
use hikyaku::notification::{Kind, Mention, Notification, Status};
use hikyaku::render::{Caps, Library, Locale, Occasion, Reader, View, specimens, vocabulary};
use hikyaku::samples::SAMPLES;
use hikyaku::sources::decode;
use hikyaku::template::{Shape, helpers};
use hikyaku::text::rich;
use jiff::tz::TimeZone;
use serde_json::Value;

#[test]
fn the_reference_of_the_templates_is_up_to_date() {
    super::stands("docs/reference/templates.md", &page());
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| channel | built in | a template writes | `{{x}}` | `{{plain x}}` | at most |\n");
    page.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for kind in CHANNELS {
        let profile = &kind.profile;
        let own = |name: &&str| name.split_once('/').is_some_and(|(channel, _)| channel == profile.channel);
        let names: Vec<String> = Library::built_in().iter().map(|(name, _)| *name).filter(own).map(code).collect();
        let [text, plain] = profile.escaping.told();
        let (channel, names) = (code(profile.channel), names.join(", "));
        writeln!(page, "| {channel} | {names} | {} | {text} | {plain} | {} {} |", profile.written, profile.limit, profile.unit)
            .unwrap();
    }
    page.push_str(LOOKUP);
    for kind in Kind::ALL {
        let files: Vec<String> = Library::names(*kind).iter().map(|name| format!("`{name}.hbs`")).collect();
        writeln!(page, "| `{kind}` | {} |", files.join(", ")).unwrap();
    }
    page.push_str("\n## Helpers\n| helper | what it writes, answers or goes into |\n| --- | --- |\n");
    for (call, what) in helpers() {
        writeln!(page, "| `{call}` | {what} |").unwrap();
    }
    let meanings = meanings(&vocabulary(), "");
    page.push_str(VIEW);
    let all = Table::of(|_| true);
    all.rows(&mut page, "", &meanings, |name| !name.starts_with("notification."));
    page.push_str(NOTIFICATION);
    all.rows(&mut page, "notification.", &meanings, |name| !name.starts_with("data."));
    page.push_str(DATA);
    for (family, kinds) in families() {
        writeln!(page, "\n### `{family}`\nOf {}.\n", list(&kinds)).unwrap();
        let meanings = of_data(&family);
        let table = Table::of(|kind| kinds.contains(&kind.as_str()));
        let health = if family == "certificate" { of_data("health") } else { BTreeMap::new() };
        table.rows(&mut page, "notification.data.", &meanings, |name| !health.contains_key(name) || meanings.contains_key(name));
        if !health.is_empty() {
            page.push_str("\nAnd all of [`health`](#health), where AWS Health told it.\n");
        }
    }
    page
}

/// What the views of some kinds hold.
struct Table {
    shape: Shape,
    /// What is there in each of the least of them.
    always: BTreeSet<String>,
    /// A value of each, from a sample.
    examples: BTreeMap<String, Value>,
}

impl Table {
    fn of(kinds: impl Fn(Kind) -> bool) -> Table {
        let mut shape = Shape::default();
        let mut always: Option<BTreeSet<String>> = None;
        let mut examples = BTreeMap::new();
        for kind in Kind::ALL.iter().copied().filter(|kind| kinds(*kind)) {
            shape.add(&seen(&specimens::full(kind), Mention::Channel));
            let mut least = BTreeMap::new();
            leaves(&seen(&specimens::minimal(kind), Mention::None), "", &mut least);
            let least: BTreeSet<String> = least.into_keys().collect();
            always = Some(always.map_or(least.clone(), |all| &all & &least));
        }
        let samples = SAMPLES.iter().filter(|sample| kinds(sample.kind));
        let envelopes = samples.flat_map(|sample| unwrap(&sample.event().to_string()).unwrap().envelopes);
        let (firing, calm): (Vec<Notification>, Vec<Notification>) =
            envelopes.map(|envelope| decode(&envelope)).partition(|notification| notification.status == Status::Firing);
        let full = Kind::ALL.iter().copied().filter(|kind| kinds(*kind)).map(specimens::full);
        for notification in firing.into_iter().chain(calm).chain(full) {
            leaves(&seen(&notification, Mention::Channel), "", &mut examples);
        }
        Table { shape, always: always.unwrap_or_default(), examples }
    }

    /// A row for every name behind `at` that `shown` lets through, those that are always there in bold.
    fn rows(&self, page: &mut String, at: &str, meanings: &BTreeMap<String, String>, shown: impl Fn(&str) -> bool) {
        page.push_str("| name | holds | example | what |\n| --- | --- | --- | --- |\n");
        for (whole, holds) in self.shape.names() {
            let Some(name) = whole.strip_prefix(at).filter(|name| shown(name)) else { continue };
            let meaning = meanings.get(&whole).or_else(|| meanings.get(name));
            let meaning = meaning.unwrap_or_else(|| panic!("nothing tells what `{whole}` means"));
            let bold = if self.always.contains(&whole) { "**" } else { "" };
            let example = self.examples.get(&whole).map(example).unwrap_or_default();
            writeln!(page, "| {bold}`{name}`{bold} | {holds} | {example} | {} |", super::cell(meaning)).unwrap();
        }
    }
}

/// What a template sees of it.
fn seen(notification: &Notification, mention: Mention) -> Value {
    let accounts = specimens::accounts();
    let reader = Reader::new(Locale::En, TimeZone::UTC);
    let occasion = Occasion { mention: Some(mention), ..Occasion::new(&reader, &accounts) };
    let view = View::new(notification, &occasion, Caps::DEFAULT).with_document(notification, &occasion, Caps::DEFAULT);
    serde_json::to_value(view).unwrap()
}

/// Every name in `value` that holds something, with the first value that was found.
fn leaves(value: &Value, at: &str, found: &mut BTreeMap<String, Value>) {
    if !at.is_empty() && !value.is_null() && *value != "" {
        found.entry(at.to_owned()).or_insert_with(|| value.clone());
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        leaves(value, &if at.is_empty() { name.clone() } else { format!("{at}.{name}") }, found);
    }
    if let Some(first) = value.get(0) {
        leaves(first, &format!("{at}[]"), found);
    }
}

/// What each name means, by the descriptions of a JSON Schema.
fn meanings(schema: &Value, at: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    // What may be absent stands in `anyOf`, beside null.
    let variants = schema["anyOf"].as_array().into_iter().flatten();
    for (name, value) in variants.chain([schema]).filter_map(|schema| schema["properties"].as_object()).flatten() {
        let name = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        if let Some(text) = value["description"].as_str() {
            all.insert(name.clone(), text.to_owned());
        }
        all.extend(meanings(value, &name));
        all.extend(meanings(&value["items"], &format!("{name}[]")));
    }
    all
}

/// The same of a family's data, by the schema of our own format.
fn of_data(family: &str) -> BTreeMap<String, String> {
    let schema: Value = serde_json::from_str(include_str!("../../schema/notification.schema.json")).unwrap();
    let name = if family == "health" { "health_values" } else { family };
    meanings(&schema["$defs"][name], "")
}

/// The families of kinds whose data have names, with their kinds.
fn families() -> Vec<(String, Vec<&'static str>)> {
    let mut all: Vec<(String, Vec<&str>)> = Vec::new();
    for kind in Kind::ALL.iter().filter(|kind| !matches!(kind, Kind::Event | Kind::Text)) {
        let family = kind.as_str().split('.').next().unwrap();
        match all.last_mut() {
            Some((name, kinds)) if name == family => kinds.push(kind.as_str()),
            _ => all.push((family.to_owned(), vec![kind.as_str()])),
        }
    }
    all
}

fn list(kinds: &[&str]) -> String {
    kinds.iter().copied().map(code).collect::<Vec<_>>().join(", ")
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// A value in a cell; nothing of a list or a group, whose own values have rows, nor of what is made to be hostile.
fn example(value: &Value) -> String {
    let text = match value {
        Value::String(text) => rich::plain(text).into_owned(),
        Value::Array(items) if items.first().is_some_and(Value::is_string) => return example(&items[0]),
        Value::Array(_) | Value::Object(_) => return String::new(),
        other => other.to_string(),
    };
    let line = text.lines().next().unwrap_or_default();
    if line.contains("<!channel>") || line.contains('`') {
        return String::new();
    }
    let short: String = line.chars().take(EXAMPLE_CHARS).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    code(&super::cell(&format!("{short}{more}")))
}

const EXAMPLE_CHARS: usize = 60;

const HEAD: &str = "\
# Templates: every name, helper and place

[The guide](../templates.md) tells how to write one. This page is made of the program: of what templates see, of its doc comments, of
[the schema of our own format](../../schema/notification.schema.json) and of the samples.

## Where a text stands
";

const LOOKUP: &str = "
What a receiver has refused goes out once more by `plain`, or by `default` where there is none; that one is always the built-in one.
`hikyaku templates slack/default` prints a built-in template.

## Which one serves
The first of these that is in `templates_dir/CHANNEL`, else the first that is built in.

| kind | looks for |
| --- | --- |
";

const VIEW: &str = "
## What there is to show
What is not there writes nothing. Names in bold are there in every message; a text that may not be empty needs `{{#if x}}` for the
others. `facts[].label` is `{{label}}` inside of `{{#each facts}}`.

";

const NOTIFICATION: &str = "
### `notification`
The whole of it, as `hikyaku explain --json` shows it: `{{notification.account_name}}`. Here a value that is not there is an error,
so that nothing is shown as empty: ask with `{{#if}}` first, unless it is in bold.

";

const DATA: &str = "
## `notification.data`
Differs by kind; `event` and `text` have none, but `fields`.
";
